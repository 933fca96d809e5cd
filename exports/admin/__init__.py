from exports.admin.expenses import ExpenseAdmin
from exports.admin.jobs import JobAdmin
from exports.admin.requests import RequestAdmin

__all__ = ["ExpenseAdmin", "JobAdmin", "RequestAdmin"]
