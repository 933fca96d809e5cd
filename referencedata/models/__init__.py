"""One model a kind of reference data, with the runs that filled it and the changes they found.

In come rows read from Sage Intacct, out go rows that are marked inactive and never deleted. Nothing here asks another system.
"""

from referencedata.models.changes import CONCERNS_EXPENSES, Change
from referencedata.models.dimensions import (
    Contract,
    CostType,
    Customer,
    Department,
    Dimension,
    DimensionClass,
    Employee,
    Item,
    Location,
    Project,
    Task,
    UserDefinedValue,
    Warehouse,
)
from referencedata.models.ledger import Account, CheckingAccount, Entity, Journal, SavingsAccount, TaxDetail, TaxSolution, Vendor
from referencedata.models.mirror import KEY_LENGTH, Mirror, Status
from referencedata.models.publishing import PublishedGroup, PublishRun, UnansweredCreate
from referencedata.models.runs import Mode, SyncRun
from referencedata.models.setup import CompanySetting, ExchangeRateType, PaymentTerm
from referencedata.models.state import CompanyShape, SyncState
from referencedata.models.wishes import SyncWish

__all__ = [
    "CONCERNS_EXPENSES",
    "KEY_LENGTH",
    "Account",
    "Change",
    "CheckingAccount",
    "CompanySetting",
    "CompanyShape",
    "Contract",
    "CostType",
    "Customer",
    "Department",
    "Dimension",
    "DimensionClass",
    "Employee",
    "Entity",
    "ExchangeRateType",
    "Item",
    "Journal",
    "Location",
    "Mirror",
    "Mode",
    "PaymentTerm",
    "Project",
    "PublishRun",
    "PublishedGroup",
    "SavingsAccount",
    "Status",
    "SyncRun",
    "SyncState",
    "SyncWish",
    "Task",
    "TaxDetail",
    "TaxSolution",
    "UnansweredCreate",
    "UserDefinedValue",
    "Vendor",
    "Warehouse",
]
