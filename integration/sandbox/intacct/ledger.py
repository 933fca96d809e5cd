"""The general ledger as tests and people read it."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from integration.sandbox.books import Books, Row
from integration.sandbox.intacct.objects import SIDE, user_dimensions

DIMENSIONS = {
    "department": "DEPARTMENT",
    "location": "LOCATION",
    "class": "CLASSID",
    "project": "PROJECTID",
    "employee": "EMPLOYEEID",
    "vendor": "VENDORID",
    "customer": "CUSTOMERID",
    "item": "ITEMID",
}


def _line(row: Row, elements: list[str]) -> dict[str, Any]:
    tax = row.get("_TRX_TAX", "")
    return {
        "account": row["ACCOUNTNO"],
        "side": "debit" if row["TR_TYPE"] == "1" else "credit",
        "amount": Decimal(row["TRX_AMOUNT"]),
        "base_amount": Decimal(row["AMOUNT"]),
        "currency": row["CURRENCY"],
        "tax_detail": row.get("_DETAILID", ""),
        "tax": Decimal(tax) if tax else None,
        "is_tax": row.get("_TAX") == "true",
        "description": row.get("DESCRIPTION", ""),
        "document": row.get("DOCUMENT", ""),
        "udd": {element: row[element] for element in elements if row.get(element)},
        **{name: row.get(element, "") for name, element in DIMENSIONS.items()},
    }


def entries(books: Books, module: str = "") -> list[dict[str, Any]]:
    """Every entry of the ledger in the order of creation, its tax postings after its lines.

    module: "GL" for journal entries alone, "AP" for what bills and payments have posted; "" for all.
    `source`: what an AP entry comes from, e.g. "APBILL 12", "APBILL 12 reversal", "APPYMT 3"; "" for a journal entry.
    """
    elements = [row["FIELD"] for row in user_dimensions(books)]
    lines: dict[str, list[Row]] = defaultdict(list)
    for row in books.all(SIDE, "GLENTRY"):
        lines[row["BATCHNO"]].append(row)
    return [
        {
            "recordno": row["RECORDNO"],
            "entity": row.get("_ENTITY", ""),
            "journal": row["JOURNAL"],
            "module": row["MODULE"].partition(".")[2],
            "source": row.get("_SOURCE", ""),
            "date": row["BATCH_DATE"],
            "title": row["BATCH_TITLE"],
            "reference": row.get("REFERENCENO", ""),
            "supdocid": row.get("SUPDOCID", ""),
            "state": row["STATE"],
            "currency": lines[row["RECORDNO"]][0]["CURRENCY"],
            "base_currency": lines[row["RECORDNO"]][0]["BASECURR"],
            "tax_implications": row["TAXIMPLICATIONS"],
            "vat_vendor": row.get("VATVENDORID", ""),
            "created": row["WHENCREATED"],
            "lines": [_line(each, elements) for each in lines[row["RECORDNO"]]],
        }
        for row in books.all(SIDE, "GLBATCH")
        if not module or row["MODULE"].endswith(f".{module}")
    ]


def balances(books: Books) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    """(debits, credits) in base currency by (entity, account), posted entries only."""
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for entry in entries(books):
        if entry["state"] in ("Posted", "Reversed"):  # what was reversed stays, with its opposite beside it
            for line in entry["lines"]:
                sums[entry["entity"], line["account"]][line["side"] == "credit"] += line["base_amount"]
    return {key: (debit, credit) for key, (debit, credit) in sums.items()}
