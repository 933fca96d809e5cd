"""What a company keeps besides: customers, items, projects in detail, terms; and lists of any length."""

from __future__ import annotations

from datetime import datetime

from integration.sandbox.books import Books
from integration.sandbox.intacct.objects import put_object

# object -> the records of the demo company
_RECORDS: dict[str, tuple[dict[str, str], ...]] = {
    "CUSTOMER": (
        {"CUSTOMERID": "K-10", "NAME": "Client Alpha", "STATUS": "active", "PARENTID": ""},
        {"CUSTOMERID": "K-20", "NAME": "Client Beta", "STATUS": "inactive", "PARENTID": "K-10"},
    ),
    "ITEM": ({"ITEMID": "I-1", "NAME": "Consulting", "STATUS": "active", "ITEMTYPE": "Non-Inventory"},),
    "WAREHOUSE": ({"WAREHOUSEID": "WH-LDN", "NAME": "London warehouse", "STATUS": "active", "LOC.LOCATIONID": "LDN"},),
    "CONTRACT": ({"CONTRACTID": "CT-7", "NAME": "Support for Alpha", "CUSTOMERID": "K-10", "STATE": "In progress", "STATUS": "active"},),
    # The code of a task is unique within its project only.
    "TASK": (
        {"TASKID": "T-1", "NAME": "Design", "PROJECTID": "P-100", "TASKSTATUS": "In Progress"},
        {"TASKID": "T-1", "NAME": "Packing", "PROJECTID": "P-200", "TASKSTATUS": "Planned"},
    ),
    "COSTTYPE": ({"COSTTYPEID": "LAB", "NAME": "Labour", "PROJECTID": "P-100", "TASKID": "T-1", "STATUS": "active"},),
    "SAVINGSACCOUNT": (
        {"BANKACCOUNTID": "SAV-1", "BANKNAME": "Savings", "BANKACCOUNTNO": "87654321", "BANKACCOUNTTYPE": "Savings",
         "GLACCOUNTNO": "1000", "CURRENCY": "GBP", "STATUS": "active", "LOCATIONID": "UK01", "DEPARTMENTID": ""},
    ),
    "APTERM": ({"NAME": "Net 30", "STATUS": "active"}, {"NAME": "Due on receipt", "STATUS": "active"}),
}  # fmt: skip


def fill_more(books: Books, now: datetime) -> None:
    for kind, rows in _RECORDS.items():
        for row in rows:
            put_object(books, kind, now=now, **row)


# object -> (the field with its code, the one with its name, what every record has besides)
LISTS: dict[str, tuple[str, str, dict[str, str]]] = {
    "VENDOR": ("VENDORID", "NAME", {"STATUS": "active", "ONHOLD": "false"}),
    "PROJECT": ("PROJECTID", "NAME", {"STATUS": "active", "PROJECTSTATUS": "In Progress", "PARENTID": ""}),
    "CUSTOMER": ("CUSTOMERID", "NAME", {"STATUS": "active", "PARENTID": ""}),
    "ITEM": ("ITEMID", "NAME", {"STATUS": "active", "ITEMTYPE": "Non-Inventory"}),
    "EMPLOYEE": ("EMPLOYEEID", "PERSONALINFO.CONTACTNAME", {"STATUS": "active", "LOCATIONID": "UK01"}),
    "DEPARTMENT": ("DEPARTMENTID", "TITLE", {"STATUS": "active", "PARENTID": ""}),
    "CLASS": ("CLASSID", "NAME", {"STATUS": "active", "PARENTID": ""}),
    "TASK": ("TASKID", "NAME", {"PROJECTID": "P-100", "TASKSTATUS": "Planned"}),
    "GLACCOUNT": ("ACCOUNTNO", "TITLE", {"STATUS": "active", "ACCOUNTTYPE": "incomestatement", "NORMALBALANCE": "debit"}),
    "COST_CENTRE": ("name", "name", {}),
}


def fill_lists(books: Books, now: datetime, values: int) -> dict[str, int]:
    """Make sure of so many values, spread over all kinds of LISTS, and return how many of them each kind has."""
    made = {}
    with books.transaction():
        for place, (kind, (code, name, fields)) in enumerate(LISTS.items()):
            count = values // len(LISTS) + (place < values % len(LISTS))
            there = sum(str(row.get(code, "")).startswith("X0") for row in books.all("intacct", kind))
            for number in range(there + 1, count + 1):
                named = {code: f"X{number:06}", name: f"{kind.title()} number {number}", **fields}
                put_object(books, kind, now=now, **(named if name != code else {name: f"X{number:06}"}))
            made[kind] = count
    return made
