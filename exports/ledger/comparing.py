"""Whether what Sage Intacct holds under our reference is what we sent: one rule for each kind of document.

Equal means, for a journal entry: journal, date and our lines; a bill: vendor, number, date, currency, total; a payment:
bank, date, amount, bill. Source: docs/design.md, section 5.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from exports.posting.banks import GONE
from integration.errors import IntegrationError, Rejected
from integration.intacct import xml
from integration.intacct.documents import Bill, JournalEntry, Payment

Row = Mapping[str, str]
_NO_AMOUNT = Decimal(10**20)

_NONE_OF_THEM = "Reverse or delete all of them there, then press It is not in Sage Intacct."


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look found. verdict: equal, different, several, absent; or no information: nothing (no readable answer), refused."""

    verdict: Literal["equal", "different", "several", "absent", "nothing", "refused"]
    key: str = ""
    state: str = ""
    said: str = ""


def compare(entry: JournalEntry, heads: Sequence[Row], lines: Iterable[Row]) -> Finding:
    """Tell whether Intacct holds exactly this journal entry.

    Our lines (account, side, amount) are among its lines; what else it has are the tax lines that Intacct adds.
    heads: rows of GLBATCH with our reference; lines: rows of GLENTRY.
    """
    found = _one(heads, "journal entries", entry.key)
    if isinstance(found, Finding):
        return found
    number = found["RECORDNO"]
    differences = _differences(
        ("journal", found.get("JOURNAL", ""), entry.journal),
        ("date", _day(found, "BATCH_DATE"), entry.posting_date),
    )
    theirs = Counter(_line(row) for row in lines if row.get("BATCHNO") == number)
    ours = Counter((line.account, "1" if line.side == "debit" else "-1", line.amount.amount.normalize()) for line in entry.lines)
    if ours - theirs:
        differences.append("other lines")
    return _judged(found, "Journal entry", entry.key, differences)


def compare_bill(bill: Bill, found: Sequence[Row]) -> Finding:
    """Tell whether Intacct holds exactly this bill. found: rows of APBILL with our reference."""
    one = _one(found, "bills", bill.key)
    if isinstance(one, Finding):
        return one
    differences = _differences(
        ("vendor", one.get("VENDORID", ""), bill.vendor),
        ("number", one.get("RECORDID", ""), bill.number),
        ("date", _day(one, "WHENCREATED"), bill.bill_date),
        ("currency", one.get("CURRENCY") or bill.currency, bill.currency),
        ("total", _amount(one, "TRX_TOTALENTERED"), bill.total().amount),
    )
    return _judged(one, "Bill", bill.key, differences)


def compare_payment(payment: Payment, found: Sequence[Row], details: Iterable[Row]) -> Finding:
    """Tell whether Intacct holds exactly this payment. found: rows of APPYMT with our reference; details: of APPYMTDETAIL."""
    one = _one(found, "payments", payment.key)
    if isinstance(one, Finding):
        return one
    parts = [row for row in details if row.get("PAYMENTKEY") == one["RECORDNO"]]
    differences = _differences(
        ("bank account", one.get("FINANCIALENTITY", ""), payment.bank),
        ("date", _day(one, "WHENCREATED"), payment.payment_date),
        ("bill", ", ".join(sorted({row.get("RECORDKEY", "") for row in parts})), payment.bill_record),
        ("amount", sum((_amount(row, "TRX_PAYMENTAMOUNT") for row in parts), Decimal(0)), payment.amount.amount),
    )
    return _judged(one, "Payment", payment.key, differences)


def compare_late(attachment_key: str, bill_record: str, found: Sequence[Row]) -> Finding:
    """Tell whether the bill names this attachment. found: its row of APBILL, with SUPDOCID."""
    named = next((row.get("SUPDOCID", "") for row in found if row.get("RECORDNO") == bill_record), None)
    return Finding("equal", key=f"{bill_record}/{attachment_key}") if named == attachment_key else Finding("absent")


def compare_reversed_bill(bill_record: str, found: Sequence[Row]) -> Finding:
    """Tell whether the bill was reversed. found: its row of APBILL, with STATE."""
    state = next((row.get("STATE", "") for row in found if row.get("RECORDNO") == bill_record), "")
    return Finding("equal", key=f"bill {bill_record}", state=state) if state in GONE else Finding("absent")


def compare_files(attachment_key: str, key: str, ours: Set[str], there: Set[str]) -> Finding:
    """Tell whether files were added to an attachment. ours, there: their names; Intacct takes none of a name twice."""
    if ours <= there:
        return Finding("equal", key=f"{attachment_key}/{key}")
    if ours & there:
        return Finding("different", said=f"Attachment {attachment_key} has some of the files {', '.join(sorted(ours))}, but not all.")
    return Finding("absent")


def not_told(error: IntegrationError) -> Finding:
    """Return the finding of a question that brought nothing: refused, or without an answer that can be read."""
    return Finding("refused" if isinstance(error, Rejected) else "nothing", said=error.message)


def _one(found: Sequence[Row], what: str, key: str) -> Row | Finding:
    if not found:
        return Finding("absent")
    if len(found) > 1:
        return Finding("several", said=f"{len(found)} {what} carry the reference {key}. {_NONE_OF_THEM}")
    return found[0]


def _differences(*compared: tuple[str, object, object]) -> list[str]:
    return [f"{name} {_shown(theirs)} instead of {_shown(ours)}" for name, theirs, ours in compared if _folded(theirs) != _folded(ours)]


def _shown(value: object) -> object:
    return xml.written_date(value) if isinstance(value, date) else value


def _folded(value: object) -> object:
    """Codes and numbers are the same in other capitals: people read them so, and Intacct may write them so."""
    return value.casefold() if isinstance(value, str) else value


def _judged(one: Row, what: str, key: str, differences: list[str]) -> Finding:
    number = one["RECORDNO"]
    if differences:
        return Finding("different", key=number, said=f"{what} {number} carries our reference {key} but has {', '.join(differences)}.")
    return Finding("equal", key=number, state=one.get("STATE", ""))


def _line(row: Row) -> tuple[str, str, Decimal]:
    return row.get("ACCOUNTNO", ""), row.get("TR_TYPE", ""), _amount(row, "TRX_AMOUNT").normalize()


def _day(row: Row, name: str) -> date | str:
    """Read a day, however it is padded and with a time behind it or not; what cannot be read stays as it stands, and differs."""
    text = row.get(name, "")
    try:
        return xml.parse_date(text)
    except ValueError:
        return text


def _amount(row: Row, name: str) -> Decimal:
    """Return an amount; NaN, which equals none, where it cannot be read."""
    try:
        amount = Decimal(row.get(name, "").replace(",", ""))
    except InvalidOperation:
        return Decimal("NaN")
    return amount if amount.is_finite() and abs(amount) < _NO_AMOUNT else Decimal("NaN")
