"""Which expenses a change in Sage Intacct concerns: those in the queue, and those posted lately, that use the changed value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from exports.models import ExportRecord, ValueUse
from exports.models.standing import Status
from referencedata.models import CONCERNS_EXPENSES, Change

RECENT = timedelta(days=30)
CHANGES_LOOKED_AT = 500
# Whether a value can be used, by the newest of these.
_STANDING = (Change.What.CLOSED, Change.What.GONE, Change.What.OPENED, Change.What.BACK)
QUEUED = (Status.WAITING, Status.SENDING, Status.UNKNOWN, Status.NEEDS_FIX, Status.REVIEW)


@dataclass(frozen=True, slots=True)
class Impact:
    """One change and how many expenses use the value: those not in the ledger yet, and those posted in the last 30 days."""

    change: Change
    queued: int
    posted: int

    @property
    def sentence(self) -> str:
        """Return it in words: Project P-100 was closed: 14 queued expenses use it, 3 posted in the last 30 days."""
        parts = []
        if self.queued:
            parts.append(f"{self.queued} queued {_expenses(self.queued)} {'uses' if self.queued == 1 else 'use'} it")
        if self.posted:
            used = "" if self.queued else (" that uses it was" if self.posted == 1 else " that use it were")
            what = f"{self.posted}" if self.queued else f"{self.posted} {_expenses(self.posted)}"
            parts.append(f"{what}{used} posted in the last {RECENT.days} days")
        return f"{self.change.sentence}: {', '.join(parts)}."


def impacts(changes: QuerySet[Change], now: datetime) -> list[Impact]:
    """Return what the newest of these changes mean for expenses, most concerned first; two queries, whatever their number.

    Left out: what no such expense uses, and what was opened again or came back since.
    """
    used = _concerned(now).filter(
        object_name=OuterRef("object_name"), code=OuterRef("code_on_lines"), record__configuration__connection=OuterRef("connection")
    )
    recent = changes.filter(Exists(used), at__gte=now - RECENT)
    lasting = _lasting(recent.order_by("-at", "-pk")[:CHANGES_LOOKED_AT])
    counts = _counts(lasting, now)
    found = [
        Impact(each, *counts[key]) for each in lasting if (key := (each.connection_id, each.object_name, each.code_on_lines)) in counts
    ]
    return sorted(found, key=lambda each: (-each.queued, -each.posted))


def concerning(record: ExportRecord, now: datetime) -> list[Change]:
    """Return what changed, since Pleo first offered it, of the values that this expense uses, the newest first."""
    used = set(record.uses.values_list("object_name", "code"))
    since = max(record.first_seen_at, now - RECENT)
    changes = Change.objects.filter(
        connection=record.configuration.connection_id, at__gte=since, code_on_lines__in={code for _, code in used}
    )
    return [each for each in _lasting(changes.order_by("-at", "-pk")) if (each.object_name, each.code_on_lines) in used]


def _lasting(changes: Iterable[Change]) -> list[Change]:
    """Return what still matters of each value: that it is closed or gone, else its newest name or rate. changes: the newest first."""
    standing: dict[tuple[int, str, str], Change] = {}
    named: dict[tuple[int, str, str], Change] = {}
    for each in changes:
        of = standing if each.what in _STANDING else named if each.what in CONCERNS_EXPENSES else {}
        of.setdefault((each.connection_id, each.kind, each.intacct_key), each)
    lost = {key: each for key, each in standing.items() if each.what in CONCERNS_EXPENSES}
    return list({**named, **lost}.values())


def _counts(changes: Sequence[Change], now: datetime) -> dict[tuple[int, str, str], tuple[int, int]]:
    """Return (queued, posted) by connection, object and code."""
    queued, posted = _queued(), _posted(now)
    uses = (
        _concerned(now)
        .filter(object_name__in={each.object_name for each in changes})
        .filter(code__in={each.code_on_lines for each in changes})
        .filter(record__configuration__connection__in={each.connection_id for each in changes})
        .values_list("record__configuration__connection", "object_name", "code")
        .annotate(in_queue=Count("record", filter=queued), in_ledger=Count("record", filter=posted & ~queued))
    )
    return {(connection, name, code): (in_queue, in_ledger) for connection, name, code, in_queue, in_ledger in uses}


def _concerned(now: datetime) -> QuerySet[ValueUse]:
    return ValueUse.objects.filter(_queued() | _posted(now))


def _queued() -> Q:
    return Q(record__status__in=QUEUED)


def _posted(now: datetime) -> Q:
    return Q(record__posted_at__gte=now - RECENT)


def _expenses(count: int) -> str:
    return "expense" if count == 1 else "expenses"
