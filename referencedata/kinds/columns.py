"""How the fields of each kind's rows become the columns of its model.

Names of fields: docs/reference/intacct/04-objects.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from integration.intacct import xml
from referencedata.kinds.kind import Row
from referencedata.models import Account, Status, TaxDetail

# Percent; the column takes no more.
_RATE_LIMIT = 1_000_000
# How much of a value that cannot be read is shown.
_SHOWN = 60

REQUIRE_FLAGS = {
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


def named(row: Row, code: str, name: str) -> dict[str, object]:
    return {"code": row[code], "name": row.get(name, "")}


def entity(row: Row) -> dict[str, object]:
    return {
        **named(row, "LOCATIONID", "NAME"),
        "currency": row.get("CURRENCY", ""),
        "tax_solution": row.get("TAXSOLUTIONID", ""),
        "start_open_date": day(row.get("STARTOPEN", "")),
        "country": row.get("OPCOUNTRY", ""),
        "partially_exempt": true(row.get("PARTIALEXEMPT", "")),
        "owner": "",
    }


def account(row: Row) -> dict[str, object]:
    return {
        "number": row["ACCOUNTNO"],
        "title": row.get("TITLE", ""),
        "account_type": {"balancesheet": Account.Type.BALANCE_SHEET, "incomestatement": Account.Type.INCOME_STATEMENT}.get(
            row.get("ACCOUNTTYPE", "").lower(), ""
        ),
        "normal_balance": {"debit": Account.Side.DEBIT, "credit": Account.Side.CREDIT}.get(row.get("NORMALBALANCE", "").lower(), ""),
        "category": row.get("CATEGORY", ""),
        "control": true(row.get("SUBLEDGERCONTROLON", "")),
        "alternative_account": "" if row.get("ALTERNATIVEACCOUNT", "None") == "None" else row["ALTERNATIVEACCOUNT"],
        "required_dimensions": [dimension for flag, dimension in REQUIRE_FLAGS.items() if true(row.get(flag, ""))],
    }


def bank_account(row: Row) -> dict[str, object]:
    return {
        **named(row, "BANKACCOUNTID", "BANKNAME"),
        "gl_account": row.get("GLACCOUNTNO", ""),
        "currency": row.get("CURRENCY", ""),
    }


def employee(row: Row) -> dict[str, object]:
    name = row.get("PERSONALINFO.PRINTAS", "") or row.get("PERSONALINFO.CONTACTNAME", "")
    return {"code": row["EMPLOYEEID"], "name": name, "location": row.get("LOCATIONID", "")}


def tax_detail(row: Row) -> dict[str, object]:
    return {
        "detail_id": row["DETAILID"],
        "description": row.get("DESCRIPTION", ""),
        "value": percent(row.get("VALUE", "")),
        "tax_type": {"purchase": TaxDetail.Type.PURCHASE, "sale": TaxDetail.Type.SALE}.get(row.get("TAXTYPE", "").lower(), ""),
        "solution": row.get("TAXSOLUTIONID", ""),
        "reverse_charge": true(row.get("REVERSECHARGE", "")),
        "gl_account": row.get("GLACCOUNT", ""),
    }


def dimension(row: Row) -> dict[str, object]:
    return {
        "object_name": row["OBJECTNAME"],
        "label": row.get("TERMLABEL", "") or row.get("OBJECTLABEL", ""),
        "user_defined": true(row.get("USERDEFINEDDIMENSION", "")),
        "journal_element": row.get("JOURNALELEMENT", ""),
        "bill_element": row.get("BILLELEMENT", ""),
        "status": Status.ACTIVE if true(row.get("ENABLEDINGL", "true")) else Status.INACTIVE,
    }


def rate_type(row: Row) -> dict[str, object]:
    return {"name": row["NAME"], "default": true(row.get("ISDEFAULT", ""))}


def setting(row: Row) -> dict[str, object]:
    return {"name": row["NAME"], "value": row.get("VALUE", "")[:255]}


def true(text: str) -> bool:
    return text.lower() in ("true", "t")


def day(text: str) -> date | None:
    """Read mm/dd/yyyy, as answers are turned into. Raises ValueError for another form: a guessed first open day would move postings."""
    if not text:
        return None
    try:
        return xml.parse_date(text)
    except ValueError:
        raise ValueError(f"'{text[:_SHOWN]}' is not a date like 12/31/2026") from None


def percent(text: str) -> Decimal:
    """Read a rate, with as many decimals as the column has, so that it compares equal once stored."""
    try:
        value = Decimal(text)
        if not value.is_finite() or abs(value) >= _RATE_LIMIT:
            raise InvalidOperation
        return value.quantize(Decimal("0.000001"))
    except InvalidOperation:
        raise ValueError(f"its rate '{text[:_SHOWN]}' is not a number that a rate can be") from None


def simple(columns: Mapping[str, str]) -> Callable[[Row], dict[str, object]]:
    """Return a reader for rows whose columns are fields as they are. columns: field by column."""
    return lambda row: {column: row.get(name, "") for column, name in columns.items()}
