"""On which day a document stands in the ledger.

The general ledger, payables and cash close separately: a journal entry needs the ledger open, a bill the payables too, a
payment cash too. Source: docs/design.md, section 6, Date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from exports.posting.context import PostingContext, RecordFacts
from exports.posting.findings import Findings
from exports.posting.texts import said
from integration.pleo.items import ExportItem

Books = Literal["ledger", "payables", "cash"]

_NAMES = {"ledger": "books", "payables": "payables", "cash": "cash accounts"}
_MENUS = {"ledger": "General Ledger › Open books", "payables": "Accounts Payable › Open books", "cash": "Cash Management › Open books"}


@dataclass(frozen=True, slots=True)
class PostingDay:
    """posting: the day in the ledger. original: the item's own day, which is also the day of its exchange rate."""

    posting: date
    original: date

    @property
    def moved_from(self) -> date | None:
        return self.original if self.original != self.posting else None


def local_day(item: ExportItem, context: PostingContext) -> date:
    """Return the calendar day of the item in the configuration's time zone (23:30 UTC on 31 March is 1 April in Rome)."""
    return day_of(item.booked_at, context.time_zone, midnight_is_a_day=context.midnight_is_a_day)


def day_of(moment: datetime, zone: ZoneInfo, *, midnight_is_a_day: bool) -> date:
    """Return the calendar day of a moment in `zone`.

    midnight_is_a_day: 00:00:00 in UTC, to the microsecond, is how Pleo writes a day without a time; in New York that moment
    would be the evening before.
    """
    utc = moment.astimezone(UTC)
    if midnight_is_a_day and moment.utcoffset() == timedelta() and utc.time() == time():
        return utc.date()
    return moment.astimezone(zone).date()


def printed_day(moment: datetime, context: PostingContext) -> date:
    """Return the day of an invoice, a due date or a payment.

    Midnight as written is a day without a time, and stays that day; any other moment is read in the time zone.
    """
    return moment.date() if moment.timetz().replace(tzinfo=None) == time() else moment.astimezone(context.time_zone).date()


def own_day(item: ExportItem, context: PostingContext, *, billed: bool = False) -> date:
    """Return the day an item is dated by: an invoice by its invoice date, a payment by its payment date, others by their own.

    billed: it becomes a bill. A card invoice is then dated by the earlier of invoice and card: the supplier's day, but
    never one on which the wallet has already paid.
    """
    invoice = item.invoice
    if item.type == "card_invoice" and invoice and billed:
        return min(printed_day(invoice.invoice_date, context), local_day(item, context))
    if item.type == "invoice" and invoice:
        return printed_day(invoice.invoice_date, context)
    if item.type == "invoice_payment" and invoice and invoice.payment_date:
        return printed_day(invoice.payment_date, context)
    return local_day(item, context)


def check_first_day(day: date, context: PostingContext, record: RecordFacts, findings: Findings) -> None:
    """Note a problem for an item dated before the first posting date that no person has allowed."""
    first = context.first_posting_date
    if first and day < first and not record.date_allowed:
        findings.problem(
            "before_first_posting_date",
            f"This expense is of {said(day)}, before the first posting date {said(first)} of {context.entity}; another integration may "
            "have posted it. If it has not, allow its date here (on the page of the expense).",
            kind="date", value=day.isoformat(),
        )  # fmt: skip


def posting_day(day: date, books: Books, context: PostingContext, findings: Findings) -> PostingDay:
    """Return `day`, moved by the closed-period policy where these books, or the ledger behind them, are closed on it.

    Policy "today" means today, or the first open day where even today is not open yet.
    """
    closed, opens = _first_open(books, context)
    if opens is None or day >= opens:
        return PostingDay(day, day)
    name = _NAMES[closed]
    if context.closed_period == "fail":
        findings.problem(
            "period_closed",
            f"The {name} of {context.entity} are closed on {said(day)}; the first open day is {said(opens)}. Open the period in Sage "
            f"Intacct ({_MENUS[closed]}), or choose here what happens with closed periods "
            f"(Entity configurations › {context.entity} › Policies › Closed period).",
            kind="date", value=day.isoformat(),
        )  # fmt: skip
        return PostingDay(day, day)
    moved = opens if context.closed_period == "first_open_day" else max(context.today, opens)
    findings.note(f"Posted on {said(moved)}: the {name} of {context.entity} are closed on {said(day)}.")
    return PostingDay(moved, day)


def _first_open(books: Books, context: PostingContext) -> tuple[Books, date | None]:
    """Return the first day on which `books` and the ledger are both open, and which of them opens last."""
    own = {"ledger": None, "payables": context.payables_open_from, "cash": context.cash_open_from}[books]
    if own and (context.open_from is None or own > context.open_from):
        return books, own
    return "ledger", context.open_from
