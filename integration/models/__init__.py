"""The rows of a connection: credentials, entity configurations, leases, the heartbeat, checks and counts of requests.

In come values and moments, out go rows; codes of Sage Intacct are held as they are, never as keys into our copy. They call no other
system.
"""

from integration.models.accounts import AccountChange, why_not_second
from integration.models.checks import ConnectionCheck
from integration.models.configurations import DimensionMapping, EntityConfiguration, PleoCredentials, WalletAccount
from integration.models.connections import Connection, IntacctCredentials
from integration.models.leases import Heartbeat, Lease, LeaseBusy, LeaseLost, owner
from integration.models.pace import Pace
from integration.models.usage import Usage

__all__ = [
    "AccountChange",
    "Connection",
    "ConnectionCheck",
    "DimensionMapping",
    "EntityConfiguration",
    "Heartbeat",
    "IntacctCredentials",
    "Lease",
    "LeaseBusy",
    "LeaseLost",
    "Pace",
    "PleoCredentials",
    "Usage",
    "WalletAccount",
    "owner",
    "why_not_second",
]
