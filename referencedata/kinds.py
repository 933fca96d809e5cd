"""The kinds of reference data: a new one is one entry here and one model. Names: Sage Intacct XML API reference, 4."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from integration.intacct import xml
from referencedata.columns import REQUIRE_FLAGS, account, bank_account, dimension, employee, entity, named, simple, tax_detail, true
from referencedata.kind import RECORD_NUMBER, Kind, Row, user_defined
from referencedata.models import (
    Account,
    CheckingAccount,
    Department,
    Dimension,
    DimensionClass,
    Employee,
    Entity,
    Journal,
    Location,
    Mirror,
    Project,
    TaxDetail,
    TaxSolution,
    Vendor,
)

__all__ = ["BY_NAME", "DIMENSIONS", "DIMENSION_MODELS", "KINDS", "RECORD_NUMBER", "Kind", "Row", "user_defined"]

# Whose entity a record belongs to; companies with a single entity do not show it.
_OWNER = ("MEGAENTITYID",)

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
)  # fmt: skip

BY_NAME: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in KINDS})

# Where the values of each standard dimension are held.
DIMENSION_MODELS: Mapping[str, type[Mirror]] = MappingProxyType(
    {"LOCATION": Location, "DEPARTMENT": Department, "CLASS": DimensionClass, "PROJECT": Project, "EMPLOYEE": Employee, "VENDOR": Vendor}
)
