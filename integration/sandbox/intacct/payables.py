"""Payables and VAT as tests and people read them."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from integration.sandbox.books import Books, Row
from integration.sandbox.intacct import ledger
from integration.sandbox.intacct.bills import POSTED
from integration.sandbox.intacct.objects import SIDE, as_date, true
from integration.sandbox.intacct.preferences import payables_account

BOXES = (1, 4, 6, 7)


def _tax(row: dict[str, Any]) -> dict[str, Any]:
    return {"detail": row["detail"], "amount": Decimal(row["amount"]), "base_amount": Decimal(row["base"]), "account": row["account"]}


def _line(row: dict[str, Any]) -> dict[str, Any]:
    values = row["values"]
    return {
        "account": values["ACCOUNTNO"],
        "label": values.get("ACCOUNTLABEL", ""),
        "amount": Decimal(row["amount"]),
        "base_amount": Decimal(row["base"]),
        "description": values.get("ENTRYDESCRIPTION", ""),
        "partial_exempt": values.get("PARTIALEXEMPT") == "true",
        "taxes": [_tax(each) for each in row["taxes"]],
        **{name: values.get(element, "") for name, element in ledger.DIMENSIONS.items()},
        "udd": {name: value for name, value in values.items() if name.startswith("GLDIM")},
    }


def bills(books: Books) -> list[dict[str, Any]]:
    """Every bill in the order of creation, whatever its state."""
    paid: dict[str, list[str]] = defaultdict(list)
    for row in books.all(SIDE, "APPYMTDETAIL"):
        paid[row["RECORDKEY"]].append(row["PAYMENTKEY"])
    return [
        {
            "recordno": row["RECORDNO"],
            "entity": row["_ENTITY"],
            "vendor": row["VENDORID"],
            "vendor_name": row["VENDORNAME"],
            "number": row["RECORDID"],
            "reference": row["DOCNUMBER"],
            "date": row["WHENCREATED"],
            "posting_date": row["WHENPOSTED"],
            "due_date": row["WHENDUE"],
            "state": row["STATE"],
            "on_hold": true(row["ONHOLD"]),
            "description": row["DESCRIPTION"],
            "summary": row["PRBATCH"],
            "supdocid": row["SUPDOCID"],
            "currency": row["CURRENCY"],
            "base_currency": row["BASECURR"],
            "total": Decimal(row["TRX_TOTALENTERED"]),
            "due": Decimal(row["TRX_TOTALDUE"]),
            "base_total": Decimal(row["TOTALENTERED"]),
            "base_due": Decimal(row["TOTALDUE"]),
            "lines": [_line(each) for each in row["_LINES"]],
            "payments": paid[row["RECORDNO"]],
        }
        for row in books.all(SIDE, "APBILL")
    ]


def payments(books: Books) -> list[dict[str, Any]]:
    """Every payment in the order of creation; `bills` are (record number of the bill, amount)."""
    details: dict[str, list[Row]] = defaultdict(list)
    for row in books.all(SIDE, "APPYMTDETAIL"):
        details[row["PAYMENTKEY"]].append(row)
    return [
        {
            "recordno": row["RECORDNO"],
            "entity": row["_ENTITY"],
            "vendor": row["VENDORID"],
            "bank": row["FINANCIALENTITY"],
            "account": row["_ACCOUNT"],
            "method": row["PAYMENTMETHOD"],
            "reference": row["DOCNUMBER"],
            "description": row["DESCRIPTION"],
            "date": row["WHENCREATED"],
            "state": row["STATE"],
            "currency": row["CURRENCY"],
            "base_currency": row["BASECURR"],
            "amount": Decimal(row["TRX_TOTALENTERED"]),
            "base_amount": Decimal(row["TOTALENTERED"]),
            "bills": [(each["RECORDKEY"], Decimal(each["TRX_PAYMENTAMOUNT"])) for each in details[row["RECORDNO"]]],
        }
        for row in books.all(SIDE, "APPYMT")
    ]


def open_bills(books: Books, entity: str) -> list[dict[str, Any]]:
    return [bill for bill in bills(books) if bill["entity"] == entity and bill["state"] in POSTED and bill["due"]]


def payables_balance(books: Books, entity: str) -> Decimal:
    """What the payables control account says is owed, in base currency; it equals the base amounts due of the open bills."""
    debit, credit = ledger.balances(books).get((entity, payables_account(books)), (Decimal(0), Decimal(0)))
    return credit - debit


def vat_boxes(books: Books, entity: str, *, year_month: str = "") -> dict[int, Decimal]:
    """Boxes 1, 4, 6 and 7 of the UK return from the entity's posted tax records, in base currency.

    1 tax due on sales and on the output side of reverse charges; 4 tax reclaimed; 6 and 7 the net values of both sides.
    year_month: "2026-07" takes one month only.
    """
    boxes = dict.fromkeys(BOXES, Decimal(0))
    for row in books.all(SIDE, "TAXRECORD"):
        if row["STATE"] != "Posted" or row.get("_ENTITY") != entity:
            continue
        if year_month and as_date(row["ENTRY_DATE"]).strftime("%Y-%m") != year_month:
            continue
        output = row["TAXTYPE"] == "Output Tax"
        boxes[1 if output else 4] += Decimal(row["TAX"])
        if row.get("_NET") == "true":
            boxes[6 if output else 7] += Decimal(row["AMOUNT"])
    return boxes
