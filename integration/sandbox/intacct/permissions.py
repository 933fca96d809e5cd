"""What a user may do, and how he reads days: getUserPermissions, readUserFormatting."""

from __future__ import annotations

from lxml import etree

from integration.sandbox.intacct.answers import child, element, record
from integration.sandbox.intacct.days import Days
from integration.sandbox.intacct.refusals import refuse
from integration.sandbox.intacct.sessions import Context

# (application, permission) -> the objects it is about.
PERMISSIONS = {
    ("Company", "Entities"): ("LOCATIONENTITY",),
    ("Company", "Locations"): ("LOCATION",),
    ("Company", "Departments"): ("DEPARTMENT",),
    ("Company", "Classes"): ("CLASS",),
    ("Company", "Employees"): ("EMPLOYEE",),
    ("Company", "Exchange rate types"): ("EXCHANGERATETYPES",),
    ("Company", "Attachments"): ("SUPDOC",),
    ("Company", "Attachment folders"): ("SUPDOCFOLDER",),
    ("Projects", "Projects"): ("PROJECT",),
    ("Projects", "Tasks"): ("TASK",),
    ("General Ledger", "Accounts"): ("GLACCOUNT",),
    ("General Ledger", "Journals"): ("JOURNAL",),
    ("General Ledger", "Journal entries"): ("GLBATCH", "GLENTRY"),
    ("Accounts Payable", "Vendors"): ("VENDOR",),
    ("Accounts Payable", "Terms"): ("APTERM",),
    ("Accounts Payable", "Bills"): ("APBILL", "APBILLITEM"),
    ("Accounts Payable", "Payments"): ("APPYMT", "APPYMTDETAIL"),
    ("Accounts Receivable", "Customers"): ("CUSTOMER",),
    ("Cash Management", "Checking accounts"): ("CHECKINGACCOUNT",),
    ("Cash Management", "Savings accounts"): ("SAVINGSACCOUNT",),
    ("Inventory Control", "Items"): ("ITEM",),
    ("Platform Services", "Cost centres"): ("COST_CENTRE",),
    ("Taxes", "Tax details"): ("TAXDETAIL",),
    ("Taxes", "Tax solutions"): ("TAXSOLUTION",),
}
# Operations of the interface -> the right in the role.
RIGHTS = {"QUERY": ("List", "View"), "CREATE": ("Add",), "UPDATE": ("Edit",)}
# What an integration of expenses adds and changes; of the others it reads.
WRITTEN = ("Journal entries", "Bills", "Payments", "Attachments", "Attachment folders")
# Function -> operation, where the function names no object as `create` and `query` do.
_OPERATIONS = {
    "create_bill": "CREATE APBILL",
    "reverse_bill": "UPDATE APBILL",
    "create_supdoc": "CREATE SUPDOC",
    "update_supdoc": "UPDATE SUPDOC",
    "create_supdocfolder": "CREATE SUPDOCFOLDER",
}


def check(name: str, node: etree._Element, context: Context) -> None:
    """Refuse a function of the older form that the user may not call."""
    operation = _OPERATIONS.get(name, "")
    if name in ("get", "get_list"):
        operation = f"QUERY {(node.get('object') or '').upper()}"
    if operation and operation in context.company.get("DENIED", []):
        action, _, kind = operation.partition(" ")
        raise refuse("permission", operation=action, kind=kind)


def user_permissions(node: etree._Element, context: Context) -> etree._Element:
    """Answer per application and permission, with the rights that are left, separated by "|".

    The elements of the answer stand on no page there is (docs/assumptions.md, D48); nothing of ours reads them.
    """
    user = (node.findtext("userId") or "").strip()
    if user not in context.company.get("USERS", {}):
        raise refuse("login_unknown", login=user)
    denied = set(context.company.get("DENIED", []))
    data = element("data", listtype="userPermissions", count=1)
    permissions = child(data, "permissions")
    for application in dict.fromkeys(name for name, _ in PERMISSIONS):
        made = child(permissions, "appSubscription")
        child(made, "applicationName", application)
        policies = child(made, "policies")
        for (of, name), objects in PERMISSIONS.items():
            if of == application:
                policies.append(record("policy", [("policyName", name), ("rights", "|".join(_left(objects, denied)))]))
    return data


def user_formatting(node: etree._Element, context: Context) -> etree._Element:
    """Answer how the user's days and times are written, as people have set it at the company (FORMATTING, by login).

    It may be asked by the user's record number too, which nothing of ours does. Source: XML API, readUserFormatting.
    """
    user = (node.findtext("userId") or "").strip()
    if user not in context.company.get("USERS", {}):
        raise refuse("login_unknown", login=user)
    form = Days.of(context.company, user).form
    data = element("data", listtype="userformatting", count=1)
    shown = [("recordno", "1"), ("locale", "en_US"), ("dateformat", form), ("gmtoffset", "+00:00"), ("clock", "24")]
    data.append(record("userformatting", shown))
    return data


def _left(objects: tuple[str, ...], denied: set[str]) -> list[str]:
    return [
        right for operation, rights in RIGHTS.items() if not any(f"{operation} {kind}" in denied for kind in objects) for right in rights
    ]
