"""Postings that payables make in the general ledger by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from integration.sandbox.books import Books, Row
from integration.sandbox.intacct.objects import as_text, put_object, timestamp
from integration.sandbox.intacct.references import cents

# What a bill line carries that the ledger line does not.
_NOT_CARRIED = {"TRX_AMOUNT", "TOTALTRXAMOUNT", "TAXENTRIES", "ACCOUNTNO", "ACCOUNTLABEL", "ENTRYDESCRIPTION", "PARTIALEXEMPT", "FORM1099"}


@dataclass(slots=True)
class Posting:
    """amount, base: signed, a debit is positive. tax: whether the system added it."""

    account: str
    amount: Decimal
    base: Decimal
    values: Mapping[str, str] = field(default_factory=dict)
    detail: str = ""
    line_tax: Decimal | None = None
    tax: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """Where postings come from. source: "APBILL 12"; entity: where they stand; owner: the entity that wrote them."""

    journal: str
    title: str
    source: str
    entity: str
    owner: str
    currency: str
    base_currency: str
    rate: Decimal
    supdocid: str = ""


def post(books: Books, now: datetime, origin: Origin, day: date, postings: Iterable[Posting], base_url: str = "") -> str:
    """Write one ledger entry and return its record number. The postings must add up to nothing in both currencies."""
    postings = list(postings)
    assert not sum(each.amount for each in postings if each.amount), origin
    assert not sum(each.base for each in postings), origin
    batch = put_object(
        books, "GLBATCH", now=now, JOURNAL=origin.journal, BATCH_TITLE=origin.title[:80], BATCH_DATE=as_text(day), STATE="Posted",
        MODULE="3.AP", TAXIMPLICATIONS="None", SUPDOCID=origin.supdocid, MEGAENTITYID=origin.owner, WHENCREATED=timestamp(now),
        _ENTITY=origin.entity, _SOURCE=origin.source,
    )  # fmt: skip
    number = str(batch["RECORDNO"])
    put_object(books, "GLBATCH", now=now, RECORDNO=number, BATCHNO=number, RECORD_URL=f"{base_url}/?entry={number}")
    for position, each in enumerate(postings, start=1):
        carried = {name: value for name, value in each.values.items() if name not in _NOT_CARRIED}
        debit = (each.amount or each.base) > 0 or (not each.amount and not each.base)
        put_object(
            books,
            "GLENTRY",
            now=now,
            **{
                **carried,
                "DESCRIPTION": each.values.get("ENTRYDESCRIPTION", ""),
                "BATCHNO": number,
                "LINE_NO": str(position),
                "TR_TYPE": "1" if debit else "-1",
                "ACCOUNTNO": each.account,
                "TRX_AMOUNT": str(cents(abs(each.amount))),
                "AMOUNT": str(abs(each.base)),
                "CURRENCY": origin.currency,
                "BASECURR": origin.base_currency,
                "EXCHANGE_RATE": str(origin.rate),
                "EXCH_RATE_DATE": as_text(day),
                "ENTRY_DATE": as_text(day),
                "STATE": "Posted",
                "MEGAENTITYID": origin.owner,
                "_TAX": "true" if each.tax else "",
                "_DETAILID": each.detail,
                "_TRX_TAX": "" if each.line_tax is None or each.tax else str(cents(each.line_tax)),
            },
        )
    return number


def mirrored(books: Books, source: str) -> list[Posting]:
    """The postings of a source with their sides turned, for its reversal."""
    numbers = {row["RECORDNO"] for row in books.all("intacct", "GLBATCH") if row.get("_SOURCE") == source}
    rows: list[Row] = [row for row in books.all("intacct", "GLENTRY") if row["BATCHNO"] in numbers]
    turned = []
    for row in rows:
        sign = -1 if row["TR_TYPE"] == "1" else 1
        values = {"ENTRYDESCRIPTION": row.get("DESCRIPTION", "")} | {
            name: value
            for name, value in row.items()
            if name in ("LOCATION", "DEPARTMENT") or (name.endswith("ID") and not name.startswith(("_", "MEGA", "EXCH"))) or "GLDIM" in name
        }
        tax = row.get("_TAX") == "true"
        turned.append(
            Posting(row["ACCOUNTNO"], sign * Decimal(row["TRX_AMOUNT"]), sign * Decimal(row["AMOUNT"]), values, row["_DETAILID"], tax=tax)
        )
    return turned
