"""What people do with journal entries, and with what nobody posted, in Intacct itself. All raise ValueError where the state forbids it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from integration.sandbox.books import Books, Row
from integration.sandbox.intacct import bills, payments
from integration.sandbox.intacct.bill_checks import number_key
from integration.sandbox.intacct.objects import SIDE, as_date, as_text, delete_object, first_open_day, put_object, timestamp

# What may be deleted, by kind. A bill also only while nothing was paid on it.
_DELETABLE = {
    "GLBATCH": ("Draft", "Submitted", "Declined", "Posted"),
    "APBILL": ("Draft", "Submitted", "Declined", "Posted"),
    "APPYMT": ("Draft", "Declined"),
}


def approve_entry(books: Books, key: str, now: datetime) -> None:
    _move_entry(books, key, ("Submitted",), "Posted", now)


def decline_entry(books: Books, key: str, now: datetime) -> None:
    _move_entry(books, key, ("Submitted",), "Declined", now)


def post_draft(books: Books, kind: str, key: str, now: datetime) -> None:
    """Post what lies there as a draft: an entry, a bill or a payment."""
    row = _row(books, kind, key)
    if row["STATE"] != "Draft":
        raise ValueError(f"{kind} {key} is not a draft")
    if kind == "GLBATCH":
        _move_entry(books, key, ("Draft",), "Posted", now)
    elif kind == "APBILL":
        bills.set_state(books, key, "Posted", now)
        bills.post_bill(books, key, now)
    else:
        payments.confirm(books, key, now)


def delete(books: Books, kind: str, key: str, now: datetime) -> None:
    """Delete an entry that nothing reverses, a bill on which nothing was paid, or a payment that was never confirmed.

    No query shows it any more; only the audit history knows of it.
    """
    row = _row(books, kind, key)
    if row["STATE"] not in _DELETABLE[kind] or Decimal(row.get("_SELECTED") or 0):
        raise ValueError(f"{kind} {key} reads {row['STATE']} and cannot be deleted")
    if kind == "GLBATCH":
        _open(books, row["_ENTITY"], row["BATCH_DATE"])
        _delete_entry(books, key, now)
        return
    if kind == "APBILL":
        books.delete(SIDE, "BILLNUMBER", number_key(row["VENDORID"], row["RECORDID"]))
        for batch in [each for each in books.all(SIDE, "GLBATCH") if each.get("_SOURCE") == f"APBILL {key}"]:
            _delete_entry(books, batch["RECORDNO"], now)
    lines, by = ("APBILLITEM", "RECORDKEY") if kind == "APBILL" else ("APPYMTDETAIL", "PAYMENTKEY")
    for each in [each for each in books.all(SIDE, lines) if each[by] == key]:
        books.delete(SIDE, lines, each["RECORDNO"])
    delete_object(books, kind, key, now=now)


def reverse_entry(books: Books, key: str, now: datetime) -> str:
    """Reverse a posted entry on its own day: the entry reads Reversed and names the one with its sides turned. Return its number."""
    row = _row(books, "GLBATCH", key)
    if row["STATE"] != "Posted":
        raise ValueError(f"journal entry {key} reads {row['STATE']} and cannot be reversed")
    _open(books, row["_ENTITY"], row["BATCH_DATE"])
    kept = {name: value for name, value in row.items() if name not in ("RECORDNO", "BATCHNO", "RECORD_URL", "REFERENCENO", "WHENMODIFIED")}
    title = f"Reversed - {row['BATCH_TITLE']}"[:80]
    turned = put_object(books, "GLBATCH", now=now, **{**kept, "BATCH_TITLE": title, "REVERSEDFROM": key, "WHENCREATED": timestamp(now)})
    number = str(turned["RECORDNO"])
    put_object(books, "GLBATCH", now=now, RECORDNO=number, BATCHNO=number)
    for line in [each for each in books.all(SIDE, "GLENTRY") if each["BATCHNO"] == key]:
        side = "-1" if line["TR_TYPE"] == "1" else "1"
        put_object(books, "GLENTRY", now=now, **{**line, "RECORDNO": "", "BATCHNO": number, "TR_TYPE": side})
    for record in [each for each in books.all(SIDE, "TAXRECORD") if each.get("GLBATCHKEY") == key]:
        less = {name: str(-Decimal(record[name])) for name in ("TRX_TAX", "TAX", "TRX_AMOUNT", "AMOUNT")}
        put_object(books, "TAXRECORD", now=now, **{**record, **less, "RECORDNO": "", "GLBATCHKEY": number})
    put_object(books, "GLBATCH", now=now, RECORDNO=key, STATE="Reversed", REVERSED=as_text(now.date()), REVERSEDKEY=number)
    return number


def _move_entry(books: Books, key: str, states: tuple[str, ...], state: str, now: datetime) -> None:
    row = _row(books, "GLBATCH", key)
    if row["STATE"] not in states:
        raise ValueError(f"journal entry {key} reads {row['STATE']}, not {' or '.join(states)}")
    put_object(books, "GLBATCH", now=now, RECORDNO=key, STATE=state)
    for line in [each for each in books.all(SIDE, "GLENTRY") if each["BATCHNO"] == key]:
        put_object(books, "GLENTRY", now=now, RECORDNO=line["RECORDNO"], STATE=state)
    for record in [each for each in books.all(SIDE, "TAXRECORD") if each.get("GLBATCHKEY") == key]:
        put_object(books, "TAXRECORD", now=now, RECORDNO=record["RECORDNO"], STATE="Posted" if state == "Posted" else "Ignored")


def _delete_entry(books: Books, key: str, now: datetime) -> None:
    for kind, by in (("GLENTRY", "BATCHNO"), ("TAXRECORD", "GLBATCHKEY")):
        for each in [each for each in books.all(SIDE, kind) if each.get(by) == key]:
            books.delete(SIDE, kind, each["RECORDNO"])
    delete_object(books, "GLBATCH", key, now=now)


def _row(books: Books, kind: str, key: str) -> Row:
    row = books.get(SIDE, kind, key)
    if row is None or (kind == "GLBATCH" and row.get("_SOURCE")):
        raise ValueError(f"there is no {kind} {key} that people change by itself")
    return row


def _open(books: Books, entity: str, day: str) -> None:
    opened = first_open_day(books, entity)
    if opened and as_date(day) < opened:
        raise ValueError(f"the books of {entity} are closed before {as_text(opened)}")
