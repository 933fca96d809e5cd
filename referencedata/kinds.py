"""How each kind of reference data is asked for in Intacct, and how its rows become ours.

A new kind is one entry here and one model. Names of objects and fields: Sage Intacct XML API reference, 4.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

from django.db import models

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
    Status,
    TaxDetail,
    TaxSolution,
    UserDefinedValue,
    Vendor,
)

Row = Mapping[str, str]

RECORD_NUMBER = "RECORDNO"

_REQUIRE_FLAGS = {
    "REQUIREDEPT": "DEPARTMENT",
    "REQUIRELOC": "LOCATION",
    "REQUIREPROJECT": "PROJECT",
    "REQUIRECUSTOMER": "CUSTOMER",
    "REQUIREVENDOR": "VENDOR",
    "REQUIREEMPLOYEE": "EMPLOYEE",
    "REQUIREITEM": "ITEM",
    "REQUIRECLASS": "CLASS",
    "REQUIRETASK": "TASK",
    "REQUIRECONTRACT": "CONTRACT",
    "REQUIREWAREHOUSE": "WAREHOUSE",
}
_STATUSES = {"": Status.ACTIVE, "active": Status.ACTIVE, "active non-posting": Status.NON_POSTING}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of reference data.

    name: what the command line and SyncRun call it. objects: Intacct's names for it, the one to prefer first; none for
    what is not read by query. code: the field without which a row is nothing. fields: asked for always, so that a
    company that does not show them is refused loudly, not read half. optional: asked for only where this company's
    `lookup` shows them, because one unknown field fails the whole query. columns: a row's own columns.
    scope: columns that are the same on all rows of this kind, where a model holds several kinds.
    permission: what the role of the Web Services user must allow.
    """

    name: str
    label: str
    model: type[Mirror]
    objects: tuple[str, ...]
    code: str
    fields: tuple[str, ...]
    optional: tuple[str, ...]
    columns: Callable[[Row], dict[str, object]]
    permission: str
    key: str = RECORD_NUMBER
    scope: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def question(self, shown: Collection[str]) -> tuple[tuple[str, ...], str]:
        """Return (fields to select, field to order by).

        shown: the fields that `lookup` shows in this company. An object without record number (no lookup of JOURNAL
        was ever published) is ordered and known by its code.
        """
        key = self.key if self.key in shown or self.key != RECORD_NUMBER else self.code
        optional = (each for each in self.optional if each in shown)
        return tuple(dict.fromkeys((key, self.code, *self.fields, *optional))), key

    def read(self, row: Row) -> tuple[str, dict[str, object]]:
        """Return (Intacct's key, columns) of one row.

        Names too long for us are cut, codes never. Raises ValueError naming the row if it has no code or a value of
        another form than documented.
        """
        code = row.get(self.code.upper(), "")
        key = row.get(self.key.upper(), "") or code
        if not code:
            raise ValueError(f"{self.label}: record {key or '(without number)'} has no {self.code}.")
        try:
            columns = {**self.columns(row), **self.scope}
        except ValueError as error:
            raise ValueError(f"{self.label}: {code}: {error}") from error
        columns.setdefault("status", _STATUSES.get(row.get("STATUS", "").lower(), Status.INACTIVE))
        columns.setdefault("owner", row.get("MEGAENTITYID", ""))
        for name, value in columns.items():
            column = self.model._meta.get_field(name)
            longest = column.max_length if isinstance(column, models.CharField) else None
            if longest and len(str(value)) > longest:
                if name != self.model.NAME or name == self.model.CODE:
                    raise ValueError(f"{self.label}: {code}: {name} is longer than {longest} characters.")
                columns[name] = str(value)[:longest]
        return key, columns


def user_defined(object_name: str, label: str) -> Kind:
    """Return the kind of the values of one dimension the customer defined. Custom objects have no RECORDNO to select."""
    return Kind(
        name=object_name,
        label=f"{label} (own dimension)",
        model=UserDefinedValue,
        objects=(object_name,),
        code="name",
        fields=(),
        optional=(),
        columns=lambda row: {"name": row["NAME"]},
        permission=f"list {label} (Platform Services)",
        key="id",
        scope=MappingProxyType({"dimension": object_name}),
    )


def _named(row: Row, code: str, name: str) -> dict[str, object]:
    return {"code": row[code], "name": row.get(name, "")}


def _entity(row: Row) -> dict[str, object]:
    return {
        **_named(row, "LOCATIONID", "NAME"),
        "currency": row.get("CURRENCY", ""),
        "tax_solution": row.get("TAXSOLUTIONID", ""),
        "start_open_date": _date(row.get("STARTOPEN", "")),
        "country": row.get("OPCOUNTRY", ""),
        "partially_exempt": _true(row.get("PARTIALEXEMPT", "")),
        "owner": "",
    }


def _account(row: Row) -> dict[str, object]:
    return {
        "number": row["ACCOUNTNO"],
        "title": row.get("TITLE", ""),
        "account_type": {"balancesheet": Account.Type.BALANCE_SHEET, "incomestatement": Account.Type.INCOME_STATEMENT}.get(
            row.get("ACCOUNTTYPE", "").lower(), ""
        ),
        "normal_balance": {"debit": Account.Side.DEBIT, "credit": Account.Side.CREDIT}.get(row.get("NORMALBALANCE", "").lower(), ""),
        "category": row.get("CATEGORY", ""),
        "control": _true(row.get("SUBLEDGERCONTROLON", "")),
        "alternative_account": "" if row.get("ALTERNATIVEACCOUNT", "None") == "None" else row["ALTERNATIVEACCOUNT"],
        "required_dimensions": [dimension for flag, dimension in _REQUIRE_FLAGS.items() if _true(row.get(flag, ""))],
    }


def _checking_account(row: Row) -> dict[str, object]:
    return {
        **_named(row, "BANKACCOUNTID", "BANKNAME"),
        "gl_account": row.get("GLACCOUNTNO", ""),
        "currency": row.get("CURRENCY", ""),
    }


def _employee(row: Row) -> dict[str, object]:
    name = row.get("PERSONALINFO.PRINTAS", "") or row.get("PERSONALINFO.CONTACTNAME", "")
    return {"code": row["EMPLOYEEID"], "name": name, "location": row.get("LOCATIONID", "")}


def _tax_detail(row: Row) -> dict[str, object]:
    return {
        "detail_id": row["DETAILID"],
        "description": row.get("DESCRIPTION", ""),
        "value": _percent(row.get("VALUE", "")),
        "tax_type": {"purchase": TaxDetail.Type.PURCHASE, "sale": TaxDetail.Type.SALE}.get(row.get("TAXTYPE", "").lower(), ""),
        "solution": row.get("TAXSOLUTIONID", ""),
        "reverse_charge": _true(row.get("REVERSECHARGE", "")),
        "gl_account": row.get("GLACCOUNT", ""),
    }


def _dimension(row: Row) -> dict[str, object]:
    return {
        "object_name": row["OBJECTNAME"],
        "label": row.get("TERMLABEL", "") or row.get("OBJECTLABEL", ""),
        "user_defined": _true(row.get("USERDEFINEDDIMENSION", "")),
        "journal_element": row.get("JOURNALELEMENT", ""),
        "bill_element": row.get("BILLELEMENT", ""),
        "status": Status.ACTIVE if _true(row.get("ENABLEDINGL", "true")) else Status.INACTIVE,
    }


def _true(text: str) -> bool:
    return text.lower() in ("true", "t")


def _date(text: str) -> date | None:
    """Read mm/dd/yyyy. Raises ValueError for another form: a guessed first open day would move postings."""
    if not text:
        return None
    try:
        return datetime.strptime(text, "%m/%d/%Y").date()  # noqa: DTZ007 a day, no moment
    except ValueError:
        raise ValueError(f"'{text}' is not a date like 12/31/2026") from None


def _percent(text: str) -> Decimal:
    """Read a rate, with as many decimals as the column has, so that it compares equal once stored."""
    try:
        value = Decimal(text)
        if not value.is_finite():
            raise InvalidOperation
        return value.quantize(Decimal("0.000001"))
    except InvalidOperation:
        raise ValueError(f"its rate '{text}' is not a number") from None


def _simple(columns: Mapping[str, str]) -> Callable[[Row], dict[str, object]]:
    """Return a reader for rows whose columns are fields as they are. columns: field by column."""
    return lambda row: {column: row.get(name, "") for column, name in columns.items()}


# Whose entity a record belongs to; companies with a single entity do not show it.
_OWNER = ("MEGAENTITYID",)

DIMENSIONS = Kind(
    "dimensions", "Dimensions", Dimension, (), "OBJECTNAME", (), (), _dimension, "see dimensions (Platform Services)",
    key="OBJECTNAME",
)  # fmt: skip

KINDS: tuple[Kind, ...] = (
    DIMENSIONS,
    Kind("entities", "Entities", Entity, ("LOCATIONENTITY",), "LOCATIONID", ("NAME", "STATUS", "CURRENCY", "STARTOPEN"),
         ("TAXSOLUTIONID", "OPCOUNTRY", "PARTIALEXEMPT"), _entity, "list entities (Company)"),
    Kind("locations", "Locations", Location, ("LOCATION",), "LOCATIONID", ("NAME", "PARENTID", "STATUS"), _OWNER,
         _simple({"code": "LOCATIONID", "name": "NAME", "parent": "PARENTID"}), "list locations (Company)"),
    Kind("departments", "Departments", Department, ("DEPARTMENT",), "DEPARTMENTID", ("TITLE", "PARENTID", "STATUS"), _OWNER,
         _simple({"code": "DEPARTMENTID", "name": "TITLE", "parent": "PARENTID"}), "list departments (Company)"),
    Kind("classes", "Classes", DimensionClass, ("CLASS",), "CLASSID", ("NAME", "PARENTID", "STATUS"), _OWNER,
         _simple({"code": "CLASSID", "name": "NAME", "parent": "PARENTID"}), "list classes (Company)"),
    Kind("projects", "Projects", Project, ("PROJECT",), "PROJECTID", ("NAME", "STATUS"), ("PARENTID", "PROJECTSTATUS", *_OWNER),
         _simple({"code": "PROJECTID", "name": "NAME", "parent": "PARENTID", "project_status": "PROJECTSTATUS"}),
         "list projects (Projects)"),
    Kind("employees", "Employees", Employee, ("EMPLOYEE",), "EMPLOYEEID", ("PERSONALINFO.CONTACTNAME", "STATUS"),
         ("PERSONALINFO.PRINTAS", "LOCATIONID", *_OWNER), _employee, "list employees (Company)"),
    Kind("vendors", "Vendors", Vendor, ("VENDOR",), "VENDORID", ("NAME", "STATUS", "ONHOLD"), _OWNER,
         lambda row: {**_named(row, "VENDORID", "NAME"), "on_hold": _true(row.get("ONHOLD", ""))}, "list vendors (Accounts Payable)"),
    Kind("accounts", "Accounts", Account, ("GLACCOUNT",), "ACCOUNTNO", ("TITLE", "ACCOUNTTYPE", "NORMALBALANCE", "STATUS"),
         ("CATEGORY", "ALTERNATIVEACCOUNT", "SUBLEDGERCONTROLON", *_OWNER, *_REQUIRE_FLAGS), _account,
         "list accounts (General Ledger)"),
    # The documentation says JOURNAL, the older clients say GLJOURNAL: whichever this company knows. Only SYMBOL is sure.
    Kind("journals", "Journals", Journal, ("JOURNAL", "GLJOURNAL"), "SYMBOL", (), ("TITLE", "STATUS", *_OWNER),
         _simple({"symbol": "SYMBOL", "title": "TITLE"}), "list journals (General Ledger)"),
    Kind("bank_accounts", "Bank accounts", CheckingAccount, ("CHECKINGACCOUNT",), "BANKACCOUNTID",
         ("BANKNAME", "GLACCOUNTNO", "CURRENCY", "STATUS"), _OWNER, _checking_account, "list checking accounts (Cash Management)"),
    Kind("tax_solutions", "Tax solutions", TaxSolution, ("TAXSOLUTION",), "SOLUTIONID", ("TAXMETHOD", "STATUS"), _OWNER,
         _simple({"name": "SOLUTIONID", "method": "TAXMETHOD"}), "list tax solutions (Taxes)"),
    Kind("tax_codes", "Tax codes", TaxDetail, ("TAXDETAIL",), "DETAILID", ("DESCRIPTION", "VALUE", "TAXTYPE", "TAXSOLUTIONID", "STATUS"),
         ("REVERSECHARGE", "GLACCOUNT", *_OWNER), _tax_detail, "list tax details (Taxes)"),
)  # fmt: skip

BY_NAME: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in KINDS})

# Where the values of each standard dimension are held.
DIMENSION_MODELS: Mapping[str, type[Mirror]] = MappingProxyType(
    {"LOCATION": Location, "DEPARTMENT": Department, "CLASS": DimensionClass, "PROJECT": Project, "EMPLOYEE": Employee, "VENDOR": Vendor}
)
