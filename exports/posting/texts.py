"""What people read on a posting: cleaned and cut by one rule, never inside an id."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date

from integration.intacct.documents import (
    ATTACHMENT_DESCRIPTION_LENGTH,
    BILL_DESCRIPTION_LENGTH,
    BILL_LINE_DESCRIPTION_LENGTH,
    LINE_DESCRIPTION_LENGTH,
    LINE_DOCUMENT_LENGTH,
    PAYMENT_DESCRIPTION_LENGTH,
    TITLE_LENGTH,
)
from integration.pleo.items import ExportItem, ItemLine, without_invisible

MARK = "…"
BETWEEN = " · "
DO_NOT_PAY = "Paid by Pleo card - do not pay"

# Control characters that are no blanks, lone surrogates, and the last two code points of each plane, which are no
# characters.
_UNREADABLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
# What must not stand at the end of a cut text: joiners and variation selectors of the character that is gone, a separator.
_HANGING = "\u200d\ufe0e\ufe0f ·"


def cleaned(text: str) -> str:
    """Return `text` on one line: blanks collapsed, and without characters XML forbids or a reader cannot see.

    Of the latter (soft hyphens, zero widths, byte order marks: Unicode's Cf) two numbers that look alike may differ, and
    the bidirectional ones among them turn round what stands after them in the ledger.

    Source: XML 1.0, 2.2 Characters; Sage Intacct XML API, parse error XL03000003; Unicode, general category.
    """
    return " ".join(without_invisible(_UNREADABLE.sub("", text)).split())


def cut(text: str, length: int) -> str:
    """Return `text`, at most `length` characters (code points) of it; what was cut ends with "…"."""
    if len(text) <= length:
        return text
    if length < 1:
        return ""
    head = text[: length - 1]
    # A combining mark right after the cut belongs to the last character kept: leave both out.
    if unicodedata.combining(text[length - 1]):
        while head and unicodedata.combining(head[-1]):
            head = head[:-1]
        head = head[:-1]
    return head.rstrip(_HANGING) + MARK


def composed(free: Iterable[str], kept: Iterable[str], length: int) -> str:
    """Join texts with " · " to at most `length` characters.

    free: texts of people, cut at the end where there is no room. kept: ids and facts that are whole or not there;
    where not all of them fit, the first ones win.
    """
    end = BETWEEN.join(_fitting(kept, length))
    room = length - len(end) - (len(BETWEEN) if end else 0)
    start = cut(BETWEEN.join(filter(None, map(cleaned, free))), room) if room > 1 else ""
    return BETWEEN.join(filter(None, (start, end)))


def _fitting(kept: Iterable[str], length: int) -> list[str]:
    whole: list[str] = []
    for part in filter(None, map(cleaned, kept)):
        if len(BETWEEN.join([*whole, part])) <= length:
            whole.append(part)
    return whole


def title(item: ExportItem, kind_name: str, *, moved_from: date | None) -> str:
    """Return the title of the whole posting: supplier, employee, note; and the original day where it was moved."""
    free = (item.merchant if cleaned(item.merchant) else kind_name.capitalize(), item.employee_name, item.note)
    return composed(free, _kept_of_all(item, moved_from), TITLE_LENGTH)


def line_description(item: ExportItem, line: ItemLine, *, moved_from: date | None, tax_text: str) -> str:
    """Return what a line on an expense account says: supplier, employee, note, attendees; facts about amounts; ids.

    In a split the account's name in Pleo tells the lines apart.
    """
    category = line.account_name if len(item.lines) > 1 else ""
    free = (item.merchant, category, item.employee_name, item.note, attendees(item.attendees))
    return composed(free, (*_kept_of_all(item, moved_from), supplier_amount(item), tax_text), LINE_DESCRIPTION_LENGTH)


def bill_description(item: ExportItem, kind_name: str, *, moved_from: date | None, paid_by_card: bool) -> str:
    """Return what the bill as a whole says. paid_by_card: it stays open, and nobody must pay it a second time."""
    free = (item.merchant if cleaned(item.merchant) else kind_name.capitalize(), item.employee_name, item.note)
    kept = (DO_NOT_PAY if paid_by_card else "", *_kept_of_bill(item, moved_from))
    return composed(free, kept, BILL_DESCRIPTION_LENGTH)


def bill_line_description(item: ExportItem, line: ItemLine, *, moved_from: date | None, tax_text: str) -> str:
    """Return what a line of a bill says: as on a journal entry, with more room."""
    category = line.account_name if len(item.lines) > 1 else ""
    free = (item.merchant, category, item.employee_name, item.note, attendees(item.attendees))
    return composed(free, (*_kept_of_bill(item, moved_from), supplier_amount(item), tax_text), BILL_LINE_DESCRIPTION_LENGTH)


def payment_description(item: ExportItem, number: str, *, moved_from: date | None) -> str:
    """Return what a payment says. number: of the bill it pays, "" where that is our own key and says nothing to people."""
    kept = (number, *_kept_of_bill(item, moved_from), supplier_amount(item))
    return composed((item.merchant, item.employee_name), kept, PAYMENT_DESCRIPTION_LENGTH)


def offset_description(item: ExportItem, *, moved_from: date | None) -> str:
    """Return what the line on the Pleo balance or the employees' account says: supplier, employee; original amount."""
    return composed((item.merchant, item.employee_name), (*_kept_of_all(item, moved_from), supplier_amount(item)), LINE_DESCRIPTION_LENGTH)


def attachment_description(item: ExportItem, day: date) -> str:
    """Return what the attachment says: supplier, employee; Pleo's book id, day and amount, to find it by."""
    facts = (item.reconciliation_id, said(day), str(item.amount))
    return composed((item.merchant, item.employee_name), facts, ATTACHMENT_DESCRIPTION_LENGTH)


def said(day: date) -> str:
    """Write a day as people here read it: 9 Mar 2026."""
    return f"{day.day} {('Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec')[day.month - 1]} {day.year}"


def attendees(names: Sequence[str]) -> str:
    known = [name for name in map(cleaned, names) if name]
    return f"with {', '.join(known)}" if known else ""


def supplier_amount(item: ExportItem) -> str:
    """Return what the supplier charged where it is another currency than the wallet's; "of" it where lines share it."""
    if item.supplier_currency in ("", item.currency):
        return ""
    return f"of {item.supplier_amount}" if len(item.lines) > 1 else str(item.supplier_amount)


def line_document(item: ExportItem) -> str:
    """Return the id for the DOCUMENT of each line: a card invoice's number, else Pleo's book id; "" where it is too long."""
    name = _document_id(item)
    return name if len(name) <= LINE_DOCUMENT_LENGTH else ""


def lost_ids(item: ExportItem, *, on_bill: bool = False) -> tuple[str, ...]:
    """Return the ids that fit neither DOCUMENT nor the text whole, and so stand nowhere in the ledger."""
    ids = (cleaned(item.reconciliation_id),) if on_bill else _ids_in_text(item)
    fitting = _fitting(ids, BILL_LINE_DESCRIPTION_LENGTH if on_bill else LINE_DESCRIPTION_LENGTH)
    return tuple(name for name in ids if name and name not in fitting)


def _document_id(item: ExportItem) -> str:
    invoice = cleaned(item.invoice.number) if item.invoice and item.type == "card_invoice" else ""
    return invoice or cleaned(item.reconciliation_id)


def _ids_in_text(item: ExportItem) -> tuple[str, ...]:
    candidates = (_document_id(item), cleaned(item.reconciliation_id))
    shown = line_document(item)
    return tuple(dict.fromkeys(name for name in candidates if name and name != shown))


def _kept_of_bill(item: ExportItem, moved_from: date | None) -> tuple[str, ...]:
    """Return the ids of a bill: its lines have no DOCUMENT, so Pleo's book id stands in the text."""
    return (cleaned(item.reconciliation_id), f"moved from {said(moved_from)}" if moved_from else "")


def _kept_of_all(item: ExportItem, moved_from: date | None) -> tuple[str, ...]:
    return (*_ids_in_text(item), f"moved from {said(moved_from)}" if moved_from else "")
