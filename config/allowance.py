"""What counts against the monthly allowance of each company at Sage Intacct: so far, and by the end of the month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Min, Sum

from integration.models import Connection, Usage

# What the smallest tier includes. Source: docs/reference/intacct/07-limits-setup-formats-rest.md, section 7.1.
A_MONTH = 100_000


@dataclass(frozen=True, slots=True)
class Meter:
    """functions: each object written and each page read. by_purpose: of these, the most first. forecast: by the month's end."""

    connection: Connection
    requests: int
    functions: int
    by_purpose: tuple[tuple[str, int], ...]
    forecast: int
    allowance: int = A_MONTH

    @property
    def is_short(self) -> bool:
        return self.forecast > self.allowance


def meters(connections: Sequence[Connection], today: date) -> list[Meter]:
    """Return the meter of each. Days are those of UTC; two queries, however many there are."""
    first = today.replace(day=1)
    counted = Usage.objects.filter(company_id__in={each.company_id for each in connections}).order_by()
    begun = dict(counted.values_list("company_id").annotate(Min("day")))
    totals: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    this_month = counted.filter(day__gte=first, day__lt=_next_month(today)).values_list("company_id", "purpose")
    for company, purpose, functions, requests in this_month.annotate(Sum("functions"), Sum("requests")):
        totals[company].append((Usage.Purpose(purpose).label, functions, requests))
    return [_meter(each, totals[each.company_id], max(first, min(begun.get(each.company_id, today), today)), today) for each in connections]


def _meter(connection: Connection, totals: Sequence[tuple[str, int, int]], since: date, today: date) -> Meter:
    """since: when counting began this month. The forecast goes on as since then."""
    functions = sum(number for _, number, _ in totals)
    days, to_come = (today - since).days + 1, (_next_month(today) - today).days - 1
    return Meter(
        connection,
        sum(requests for _, _, requests in totals),
        functions,
        tuple(sorted(((purpose, number) for purpose, number, _ in totals if number), key=lambda each: -each[1])),
        functions + round(functions / days * to_come),
    )


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
