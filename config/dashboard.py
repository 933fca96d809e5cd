"""What the first page shows: is all well, what needs a person, what is under way. A constant number of queries, no other system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from config.allowance import meters
from config.health import is_alive, worker_beat
from exports.admin.filters import SECOND_PERSON, use_word, zone_of
from exports.delivery.open_bills import OpenBills, by_configuration
from exports.models import ExportJob, ExportRecord
from exports.models.standing import UNDER_WAY
from exports.pages.buttons import BUTTONS, first_of
from exports.planning.impact import Impact, impacts
from exports.posting.reasons import reason
from exports.reporting.tieout import tie_out
from integration.models import Connection, EntityConfiguration
from integration.money import Money
from referencedata.models import Change, SyncRun

CAUSES_SHOWN = 8
ASKED_SHOWN = 5
CHANGES_SHOWN = 5
JOBS_SHOWN = 5

_STATUS = ExportRecord.Status


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason why expenses need a person. see: the address of exactly those rows.

    first: the action that its sentence names, with the words of its button; "" where it names none.
    """

    count: int
    sentence: str
    mends: str
    help: str
    see: str
    first: str
    button: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the month, in hundredths of the chart; a day without postings is a thin line at its foot."""

    day: date
    count: int
    x: float
    height: float

    @property
    def top(self) -> float:
        return 100 - self.height


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add to the context of the first page what this person may see of the expenses."""
    if not request.user.has_perm("exports.view_exportrecord"):
        return context
    now = timezone.now()
    configurations = list(EntityConfiguration.objects.select_related("connection"))
    chosen = next((each for each in configurations if str(each.pk) == request.GET.get("entity")), None)
    records = ExportRecord.objects.filter(configuration=chosen) if chosen else ExportRecord.objects.all()
    zone = zone_of([chosen] if chosen else configurations)
    today = now.astimezone(zone).date()
    counts = dict(records.order_by().values_list("status").annotate(Count("pk")))
    causes, more = _causes(records, chosen)
    may_operate = request.user.has_perm("exports.operate_exportrecord")
    return {
        **context,
        "title": "Dashboard",
        "configurations": configurations,
        "chosen": chosen,
        "alive": is_alive(worker_beat(), now),
        "syncs": _syncs(configurations, chosen),
        "troubles": [each for each in configurations if each.trouble and chosen in (None, each)],
        **_second_person(records, chosen),
        "meters": meters(_connections(configurations, chosen), now.astimezone(UTC).date()),
        "needs_you": counts.get(_STATUS.NEEDS_FIX, 0) + counts.get(_STATUS.REVIEW, 0),
        "causes": causes,
        "more_causes": more,
        "may_operate": may_operate,
        "under_way": [(status.value, counts[status], _list(chosen, state=status.value)) for status in UNDER_WAY if counts.get(status)],
        "under_way_count": sum(counts.get(status, 0) for status in UNDER_WAY),
        "under_way_list": _list(chosen, state="under-way"),
        **_today(records, chosen, today, zone),
        **_month(records, today, zone),
        "changes": _changes(chosen, now),
        "open_card_bills": _open_card_bills([chosen] if chosen else configurations),
        "jobs": _jobs(chosen),
        "needs_you_list": _list(chosen, state="needs-you"),
        "expenses_url": reverse("admin:exports_exportrecord_changelist"),
        "zone": zone,
        "now": now,
        "has_configurations": bool(configurations),
    }


def _second_person(records: QuerySet[ExportRecord], chosen: EntityConfiguration | None) -> Mapping[str, Any]:
    """Return what waits for a second person, with who asked and when, the oldest first; and the list of all of them."""
    asked = records.exclude(asked="").select_related("asked_by").order_by("asked_at", "pk")
    shown = [(record, BUTTONS[record.asked][0]) for record in asked[:ASKED_SHOWN]]
    return {"asked": shown, "asked_count": asked.count() if shown else 0, "asked_list": _list(chosen, state=SECOND_PERSON)}


def _causes(records: QuerySet[ExportRecord], chosen: EntityConfiguration | None) -> tuple[list[Cause], int]:
    """Return why expenses need a person, the most frequent first, and how many reasons are not shown."""
    grouped = (
        records.needing_a_person()  # type: ignore[attr-defined]
        .order_by()
        .values("first_problem_code", "first_problem")
        .annotate(number=Count("pk"), posted=Count("posted_at"))
        .order_by("-number", "first_problem")
    )
    rows = list(grouped)
    causes = []
    for row in rows[:CAUSES_SHOWN]:
        meaning = reason(row["first_problem_code"])
        see = _list(chosen, state="needs-you", first_problem=row["first_problem"])
        first = first_of([row["first_problem_code"]], posted=bool(row["posted"]))
        button = "Try these again" if first == "export_again" else BUTTONS[first][0] if first in BUTTONS else ""
        causes.append(Cause(row["number"], row["first_problem"], meaning.mends, meaning.help, see, first if button else "", button))
    return causes, len(rows) - len(causes)


def _changes(chosen: EntityConfiguration | None, now: datetime) -> list[tuple[Impact, str]]:
    """Return what changed in Sage Intacct that expenses in the queue or posted lately use, each with the address of those."""
    changes = Change.objects.filter(connection=chosen.connection_id) if chosen else Change.objects.all()
    found = impacts(changes, now)[:CHANGES_SHOWN]
    return [(each, _list(chosen, uses=use_word(each.change.object_name, each.change.code_on_lines))) for each in found]


def _list(chosen: EntityConfiguration | None, **filters: str) -> str:
    """Return the address of the expenses with these filters."""
    if chosen:
        filters["entity"] = str(chosen.pk)
    return f"{reverse('admin:exports_exportrecord_changelist')}?{urlencode(filters)}"


def _syncs(configurations: Sequence[EntityConfiguration], chosen: EntityConfiguration | None) -> list[dict[str, Any]]:
    """Return for each connection when it was last synced and whether every kind was read whole."""
    newest: dict[int, list[SyncRun]] = {}
    for run in SyncRun.objects.newest():
        newest.setdefault(run.connection_id, []).append(run)
    return [
        {
            "connection": connection,
            "at": max((run.finished_at for run in newest.get(connection.pk, ()) if run.finished_at), default=None),
            "complete": bool(newest.get(connection.pk)) and all(run.outcome in SyncRun.ALL_RIGHT for run in newest[connection.pk]),
            "open": connection.active and connection.closed_at is None,
        }
        for connection in _connections(configurations, chosen)
    ]


def _connections(configurations: Sequence[EntityConfiguration], chosen: EntityConfiguration | None) -> list[Connection]:
    shown = [chosen] if chosen else configurations
    return list({each.connection_id: each.connection for each in shown}.values())


def _today(records: QuerySet[ExportRecord], chosen: EntityConfiguration | None, today: date, zone: ZoneInfo) -> Mapping[str, Any]:
    posted = records.in_ledger_since(today, zone)  # type: ignore[attr-defined]
    by_currency = posted.order_by().values_list("currency").annotate(Count("pk"), Sum("amount_minor"))
    amounts: dict[str, Decimal] = {}
    number = 0
    for currency, count, minor in by_currency:
        number += count
        if currency:
            amounts[currency] = Money.of_minor(minor or 0, currency).amount
    return {"posted_today": number, "amounts_today": amounts, "today_list": _list(chosen, posted=today.isoformat())}


def _month(records: QuerySet[ExportRecord], today: date, zone: ZoneInfo) -> Mapping[str, Any]:
    first = today.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    posted = records.in_ledger_since(first, zone)  # type: ignore[attr-defined]
    by_day = dict(posted.annotate(on=TruncDate("in_ledger_at", tzinfo=zone)).order_by().values_list("on").annotate(Count("pk")))
    days = [first + timedelta(days=number) for number in range((following - first).days)]
    most, width = max(by_day.values(), default=0), 100 / len(days)
    bars = [Bar(day, by_day.get(day, 0), index * width, max(by_day.get(day, 0) / (most or 1) * 100, 2)) for index, day in enumerate(days)]
    return {"month": first, "posted_this_month": sum(by_day.values()), "bars": bars, "bar_width": width * 0.7, "last_day": days[-1]}


def _open_card_bills(configurations: Sequence[EntityConfiguration]) -> list[tuple[EntityConfiguration, OpenBills, str]]:
    """Return what card bills are open, and the list of them, for each that leaves them open or still has some."""
    found = by_configuration()
    leaves_open = {each.pk for each in configurations if each.leaves_card_bills_open}
    return [
        (each, found.get(each.pk, OpenBills(0, {})), _list(each, bill="open"))
        for each in configurations
        if each.pk in leaves_open or each.pk in found
    ]


def _jobs(chosen: EntityConfiguration | None) -> list[tuple[ExportJob, Any]]:
    jobs = ExportJob.objects.select_related("configuration__connection")
    if chosen:
        jobs = jobs.filter(configuration=chosen)
    return [(job, tie_out(job)) for job in jobs[:JOBS_SHOWN]]
