"""Expenses, export jobs and requests as pages of the admin.

In come clicks, out go calls of mutators and tasks in the queue. No page calls another system, and no rule is decided here.
"""

from exports.admin.expenses import ExpenseAdmin
from exports.admin.jobs import JobAdmin
from exports.admin.requests import RequestAdmin

__all__ = ["ExpenseAdmin", "JobAdmin", "RequestAdmin"]
