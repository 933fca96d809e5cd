"""The one place that reads the clock. Steps take it as an argument; tests bring their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q
from django.utils import timezone

Clock = Callable[[], datetime]


def clock() -> datetime:
    """Return the present time: the database's on PostgreSQL, where several hosts must agree; else this host's."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            return cursor.fetchone()[0]
    return timezone.now()


def due_by(column: str, now: datetime, *, within: timedelta) -> Q:
    """Return the rows whose time in `column` has come, or lies further ahead than it is ever set.

    within: the longest time from its writing to its coming. What lies further ahead was written by a clock that was
    wrong; nobody may wait for it.
    """
    return Q(**{f"{column}__lte": now}) | Q(**{f"{column}__gt": now + within})


def is_due(at: datetime, now: datetime, *, within: timedelta) -> bool:
    """Tell the same of one time."""
    return at <= now or at > now + within
