"""Planning, one worker at a time for each entity configuration."""

from __future__ import annotations

from exports.prepare import prepare
from integration.clock import Clock
from integration.models import EntityConfiguration, Lease


def prepare_alone(configuration: EntityConfiguration, *, clock: Clock, owner: str) -> int:
    """Plan what waits for a plan; return how many were planned or stopped.

    Two workers that plan one record at once would read it before either has written: the slower one would see a bill that
    is paid, and take the payment of the faster one for somebody else's. Raises LeaseBusy where another worker is at it.
    """
    lease = Lease.take(f"plan:{configuration.pleo_company_id}", owner=owner, now=clock())
    try:
        return prepare(configuration, clock=clock)
    finally:
        lease.give_back()
