"""The one place that reads the clock. Steps take it as an argument; tests bring their own."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from django.db import connection
from django.db.models import Q
from django.utils import timezone

Clock = Callable[[], datetime]

# Two that read the clock one after the other may be this much apart, and a clock that is set right moves so far in a step.
_APART = timedelta(minutes=1)


def clock() -> datetime:
    """Return the present time: the database's on PostgreSQL, where several hosts must agree; else this host's."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            return cursor.fetchone()[0]
    return timezone.now()


def uptime() -> tuple[str, int] | None:
    """Return (which start of this host, seconds since then): a clock that nobody sets. None where the host does not say.

    It counts on while the host sleeps. Source: Linux, clock_gettime(2) CLOCK_BOOTTIME, and random(4) boot_id.
    """
    boot = _boot()
    return (boot, int(time.clock_gettime(time.CLOCK_BOOTTIME))) if boot else None


@cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


# A time that a wrong clock has written: ahead by an hour or a day, until somebody set the clock right. Nobody may wait for
# it, so whoever waits for a time says how far ahead it is ever set.


def due_by(column: str, now: datetime, *, within: timedelta) -> Q:
    """Return the rows whose time in `column` has come, or lies further ahead than `within`, which is as far as it is ever set."""
    return Q(**{f"{column}__lte": now}) | Q(**{f"{column}__gt": now + within + _APART})


def is_due(at: datetime, now: datetime, *, within: timedelta) -> bool:
    """Tell the same of one time."""
    return at <= now or at > now + within + _APART


def has_passed(span: timedelta, since: datetime, now: datetime) -> bool:
    """Tell whether so much time has passed since a moment. One that lies ahead tells nothing, so it has."""
    return since <= now - span or lies_ahead(since, now)


def lies_ahead(moment: datetime, now: datetime) -> bool:
    """Tell whether what is said to have been lies in the future."""
    return moment > now + _APART


def lies_ahead_by(column: str, now: datetime) -> Q:
    """Return the rows of which the same is true of the time in `column`."""
    return Q(**{f"{column}__gt": now + _APART})
