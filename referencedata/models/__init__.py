from referencedata.models.changes import CONCERNS_EXPENSES, Change
from referencedata.models.dimensions import Department, Dimension, DimensionClass, Employee, Location, Project, UserDefinedValue
from referencedata.models.ledger import Account, CheckingAccount, Entity, Journal, TaxDetail, TaxSolution, Vendor
from referencedata.models.mirror import Mirror, Status
from referencedata.models.runs import SyncRun

__all__ = [
    "CONCERNS_EXPENSES",
    "Account",
    "Change",
    "CheckingAccount",
    "Department",
    "Dimension",
    "DimensionClass",
    "Employee",
    "Entity",
    "Journal",
    "Location",
    "Mirror",
    "Project",
    "Status",
    "SyncRun",
    "TaxDetail",
    "TaxSolution",
    "UserDefinedValue",
    "Vendor",
]
