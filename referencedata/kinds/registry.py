"""The kinds of reference data: a new one is one entry here and one model. Names: docs/reference/intacct/04-objects.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from integration.intacct import xml
from referencedata.kinds.columns import (
    REQUIRE_FLAGS,
    account,
    bank_account,
    dimension,
    employee,
    entity,
    named,
    rate_type,
    setting,
    simple,
    tax_detail,
    true,
)
from referencedata.kinds.company_shapes import preference_rows, setup_rows
from referencedata.kinds.kind import RECORD_NUMBER, Kind, Row, user_defined
from referencedata.models import (
    Account,
    CheckingAccount,
    CompanySetting,
    Contract,
    CostType,
    Customer,
    Department,
    Dimension,
    DimensionClass,
    Employee,
    Entity,
    ExchangeRateType,
    Item,
    Journal,
    Location,
    Mirror,
    PaymentTerm,
    Project,
    SavingsAccount,
    Task,
    TaxDetail,
    TaxSolution,
    Vendor,
    Warehouse,
)

__all__ = ["BY_NAME", "DIMENSIONS", "DIMENSION_MODELS", "KINDS", "RECORD_NUMBER", "Kind", "Row", "user_defined"]

# Whose entity a record belongs to; companies with a single entity do not show it.
_OWNER = ("MEGAENTITYID",)


def _settings(name: str, label: str, source: str, function: bytes, rows: Callable[[Any], Sequence[Row]], permission: str) -> Kind:
    """Return the kind of the settings that one function tells."""
    return Kind(
        name, label, CompanySetting, (), "NAME", (), (), setting, permission,
        key="NAME", scope=MappingProxyType({"source": source}), needed=False, function=function, rows=rows,
    )  # fmt: skip


DIMENSIONS = Kind(
    "dimensions", "Dimensions", Dimension, (), "OBJECTNAME", (), (), dimension, "see dimensions (Platform Services)",
    key="OBJECTNAME", function=xml.get_dimensions(),
)  # fmt: skip

KINDS: tuple[Kind, ...] = (
    DIMENSIONS,
    Kind("entities", "Entities", Entity, ("LOCATIONENTITY",), "LOCATIONID", ("NAME", "STATUS", "CURRENCY", "STARTOPEN"),
         ("TAXSOLUTIONID", "OPCOUNTRY", "PARTIALEXEMPT"), entity, "list entities (Company)",
         whole=True),  # STARTOPEN moves when the books are closed, which changes the record of nobody
    Kind("locations", "Locations", Location, ("LOCATION",), "LOCATIONID", ("NAME", "PARENTID", "STATUS"), _OWNER,
         simple({"code": "LOCATIONID", "name": "NAME", "parent": "PARENTID"}), "list locations (Company)"),
    Kind("departments", "Departments", Department, ("DEPARTMENT",), "DEPARTMENTID", ("TITLE", "PARENTID", "STATUS"), _OWNER,
         simple({"code": "DEPARTMENTID", "name": "TITLE", "parent": "PARENTID"}), "list departments (Company)"),
    Kind("classes", "Classes", DimensionClass, ("CLASS",), "CLASSID", ("NAME", "PARENTID", "STATUS"), _OWNER,
         simple({"code": "CLASSID", "name": "NAME", "parent": "PARENTID"}), "list classes (Company)"),
    Kind("projects", "Projects", Project, ("PROJECT",), "PROJECTID", ("NAME", "STATUS"), ("PARENTID", "PROJECTSTATUS", *_OWNER),
         simple({"code": "PROJECTID", "name": "NAME", "parent": "PARENTID", "project_status": "PROJECTSTATUS"}),
         "list projects (Projects)"),
    Kind("employees", "Employees", Employee, ("EMPLOYEE",), "EMPLOYEEID", ("PERSONALINFO.CONTACTNAME", "STATUS"),
         ("PERSONALINFO.PRINTAS", "LOCATIONID", *_OWNER), employee, "list employees (Company)"),
    Kind("vendors", "Vendors", Vendor, ("VENDOR",), "VENDORID", ("NAME", "STATUS", "ONHOLD"), _OWNER,
         lambda row: {**named(row, "VENDORID", "NAME"), "on_hold": true(row.get("ONHOLD", ""))}, "list vendors (Accounts Payable)"),
    Kind("accounts", "Accounts", Account, ("GLACCOUNT",), "ACCOUNTNO", ("TITLE", "ACCOUNTTYPE", "NORMALBALANCE", "STATUS"),
         ("CATEGORY", "ALTERNATIVEACCOUNT", "SUBLEDGERCONTROLON", *_OWNER, *REQUIRE_FLAGS), account,
         "list accounts (General Ledger)"),
    # The documentation says JOURNAL, the older clients say GLJOURNAL: whichever this company knows. Only SYMBOL is sure.
    Kind("journals", "Journals", Journal, ("JOURNAL", "GLJOURNAL"), "SYMBOL", (), ("TITLE", "STATUS", *_OWNER),
         simple({"symbol": "SYMBOL", "title": "TITLE"}), "list journals (General Ledger)"),
    Kind("bank_accounts", "Bank accounts", CheckingAccount, ("CHECKINGACCOUNT",), "BANKACCOUNTID",
         ("BANKNAME", "GLACCOUNTNO", "CURRENCY", "STATUS"), _OWNER, bank_account, "list checking accounts (Cash Management)"),
    Kind("tax_solutions", "Tax solutions", TaxSolution, ("TAXSOLUTION",), "SOLUTIONID", ("TAXMETHOD", "STATUS"), _OWNER,
         simple({"name": "SOLUTIONID", "method": "TAXMETHOD"}), "list tax solutions (Taxes)"),
    Kind("tax_codes", "Tax codes", TaxDetail, ("TAXDETAIL",), "DETAILID", ("DESCRIPTION", "VALUE", "TAXTYPE", "TAXSOLUTIONID", "STATUS"),
         ("REVERSECHARGE", "GLACCOUNT", *_OWNER), tax_detail, "list tax details (Taxes)"),
    # Codes of tasks and cost types are unique within their project only, so they need a record number to be told apart.
    Kind("tasks", "Tasks", Task, ("TASK",), "TASKID", (RECORD_NUMBER, "NAME", "PROJECTID"), ("TASKSTATUS", *_OWNER),
         simple({"code": "TASKID", "name": "NAME", "project": "PROJECTID", "task_status": "TASKSTATUS"}),
         "list tasks (Projects)", needed=False),
    Kind("cost_types", "Cost types", CostType, ("COSTTYPE",), "COSTTYPEID",
         (RECORD_NUMBER, "NAME", "PROJECTID", "TASKID", "STATUS"), _OWNER,
         simple({"code": "COSTTYPEID", "name": "NAME", "project": "PROJECTID", "task": "TASKID"}),
         "list cost types (Construction)", needed=False),
    Kind("customers", "Customers", Customer, ("CUSTOMER",), "CUSTOMERID", ("NAME", "STATUS"), ("PARENTID", *_OWNER),
         simple({"code": "CUSTOMERID", "name": "NAME", "parent": "PARENTID"}), "list customers (Accounts Receivable)", needed=False),
    Kind("items", "Items", Item, ("ITEM",), "ITEMID", ("NAME", "STATUS"), ("ITEMTYPE", *_OWNER),
         simple({"code": "ITEMID", "name": "NAME", "item_type": "ITEMTYPE"}), "list items (Inventory Control)", needed=False),
    Kind("warehouses", "Warehouses", Warehouse, ("WAREHOUSE",), "WAREHOUSEID", ("NAME", "STATUS"), ("LOC.LOCATIONID", *_OWNER),
         simple({"code": "WAREHOUSEID", "name": "NAME", "location": "LOC.LOCATIONID"}),
         "list warehouses (Inventory Control)", needed=False),
    Kind("contracts", "Contracts", Contract, ("CONTRACT",), "CONTRACTID", ("NAME", "STATUS"), ("CUSTOMERID", "STATE", *_OWNER),
         simple({"code": "CONTRACTID", "name": "NAME", "customer": "CUSTOMERID", "state": "STATE"}),
         "list contracts (Contracts)", needed=False),
    Kind("savings_accounts", "Savings accounts", SavingsAccount, ("SAVINGSACCOUNT",), "BANKACCOUNTID",
         ("BANKNAME", "GLACCOUNTNO", "CURRENCY", "STATUS"), _OWNER, bank_account, "list savings accounts (Cash Management)", needed=False),
    Kind("payment_terms", "Payment terms", PaymentTerm, ("APTERM",), "NAME", (), ("STATUS",),
         simple({"name": "NAME"}), "list AP terms (Accounts Payable)", needed=False),
    Kind("exchange_rate_types", "Exchange rate types", ExchangeRateType, ("EXCHANGERATETYPES",), "NAME", (), ("ISDEFAULT",),
         rate_type, "list exchange rate types (Company)", needed=False),
    _settings("financial_setup", "Financial set-up", "Company", xml.get_financial_setup(), setup_rows,
              "see the company's financial set-up (Company)"),
    *(_settings(f"preferences_{code.lower()}", f"Preferences of {name.lower()}", name, xml.get_preferences(code),
                partial(preference_rows, application=code), f"see the set-up of {name.lower()} ({name})")
      for code, name in (("AP", "Accounts Payable"), ("GL", "General Ledger"), ("CM", "Cash Management"), ("ME", "Multi-Entity"))),
)  # fmt: skip

BY_NAME: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in KINDS})

# Where the values of each standard dimension are held.
DIMENSION_MODELS: Mapping[str, type[Mirror]] = MappingProxyType(
    {
        "LOCATION": Location,
        "DEPARTMENT": Department,
        "CLASS": DimensionClass,
        "PROJECT": Project,
        "TASK": Task,
        "COSTTYPE": CostType,
        "CUSTOMER": Customer,
        "VENDOR": Vendor,
        "EMPLOYEE": Employee,
        "ITEM": Item,
        "WAREHOUSE": Warehouse,
        "CONTRACT": Contract,
    }
)
