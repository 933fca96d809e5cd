"""The one place that reads the clock. Steps take it as an argument; tests bring their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import connection
from django.utils import timezone

Clock = Callable[[], datetime]


def clock() -> datetime:
    """Return the present time: the database's on PostgreSQL, where several hosts must agree; else this host's."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            return cursor.fetchone()[0]
    return timezone.now()
