"""On which day an item stands in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from exports.posting.context import PostingContext, RecordFacts
from exports.posting.findings import Findings
from exports.posting.texts import said
from integration.pleo.items import ExportItem


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
    return item.booked_at.astimezone(context.time_zone).date()


def posting_day(item: ExportItem, context: PostingContext, record: RecordFacts, findings: Findings) -> PostingDay:
    """Return the item's day, moved by the closed-period policy where the ledger is closed on it.

    Policy "today" means today, or the first open day where even today is not open yet.
    """
    day = local_day(item, context)
    first = context.first_posting_date
    if first and day < first and not record.date_allowed:
        findings.problem(
            "before_first_posting_date",
            f"This expense is of {said(day)}, before the first posting date {said(first)} of {context.entity}; another integration may "
            "have posted it. If it has not, allow its date here (on the page of the expense).",
            kind="date", value=day.isoformat(),
        )  # fmt: skip
    opens = context.open_from
    if opens is None or day >= opens:
        return PostingDay(day, day)
    if context.closed_period == "fail":
        findings.problem(
            "period_closed",
            f"The books of {context.entity} are closed on {said(day)}; the first open day is {said(opens)}. Open the period in Sage "
            "Intacct (General Ledger › Open books), or choose here what happens with closed periods "
            f"(Entity configurations › {context.entity} › Policies › Closed period).",
            kind="date", value=day.isoformat(),
        )  # fmt: skip
        return PostingDay(day, day)
    moved = opens if context.closed_period == "first_open_day" else max(context.today, opens)
    findings.note(f"Posted on {said(moved)}: the books of {context.entity} are closed on {said(day)}.")
    return PostingDay(moved, day)
