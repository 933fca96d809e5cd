from referencedata.models.changes import CONCERNS_EXPENSES, Change
from referencedata.models.dimensions import Department, Dimension, DimensionClass, Employee, Location, Project, UserDefinedValue
from referencedata.models.ledger import Account, CheckingAccount, Entity, Journal, TaxDetail, TaxSolution, Vendor
from referencedata.models.mirror import Mirror, Status
from referencedata.models.publishing import PublishedGroup, PublishRun, UnansweredCreate
from referencedata.models.runs import Mode, SyncRun
from referencedata.models.state import CompanyShape, SyncState

__all__ = [
    "CONCERNS_EXPENSES",
    "Account",
    "Change",
    "CheckingAccount",
    "CompanyShape",
    "Department",
    "Dimension",
    "DimensionClass",
    "Employee",
    "Entity",
    "Journal",
    "Location",
    "Mirror",
    "Mode",
    "Project",
    "PublishRun",
    "PublishedGroup",
    "Status",
    "SyncRun",
    "SyncState",
    "TaxDetail",
    "TaxSolution",
    "UnansweredCreate",
    "UserDefinedValue",
    "Vendor",
]
