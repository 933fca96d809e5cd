"""Which connections are to be synced now. The rows say it, so a missed hour is made up for once and nothing is done twice."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from integration.clock import has_passed, lies_ahead
from integration.models import Connection
from referencedata.models import Mode, SyncRun, SyncState

TRY_AGAIN_AFTER = timedelta(minutes=15)

Outcome = SyncRun.Outcome


def due(now: datetime) -> list[Connection]:
    """Return the open connections to sync now: wished for, not tried for SYNC_EVERY_HOURS, half read, with keys that were
    not compared for SYNC_KEYS_EVERY_HOURS, or failed a while ago.
    """
    every = timedelta(hours=settings.SYNC_EVERY_HOURS)
    found = []
    for connection in Connection.objects.open().filter(intacct_credentials__isnull=False):
        # The newest by its number: the times of those before it may be a wrong clock's.
        newest = SyncRun.objects.filter(connection=connection).exclude(mode=Mode.VERIFY).order_by("-pk").first()
        if newest is None or newest.outcome == Outcome.PAUSED or _is_to_be_tried(connection, newest.started_at, every, now):
            found.append(connection)
    return found


def _is_to_be_tried(connection: Connection, tried_at: datetime, every: timedelta, now: datetime) -> bool:
    if has_passed(every, tried_at, now) or _is_wished_for(connection, tried_at, now):
        return True
    return has_passed(TRY_AGAIN_AFTER, tried_at, now) and _has_work(connection, now)


def _is_wished_for(connection: Connection, tried_at: datetime, now: datetime) -> bool:
    """Tell whether it was wished for since it was tried; a wish with a wrong clock's time is tried again with what failed."""
    wanted_at = connection.sync_wanted_at
    return wanted_at is not None and tried_at < wanted_at and not lies_ahead(wanted_at, now)


def _has_work(connection: Connection, now: datetime) -> bool:
    """Tell whether something is left to do that does not wait for the next whole round."""
    if connection.sync_wanted_at or _keys_due(connection, now):
        return True
    since = now - timedelta(hours=settings.SYNC_EVERY_HOURS)
    newest = SyncRun.objects.filter(connection=connection, started_at__gt=since).exclude(mode=Mode.VERIFY).newest()
    return newest.filter(outcome__in=(Outcome.FAILED, Outcome.RUNNING, Outcome.PAUSED)).exists()


def _keys_due(connection: Connection, now: datetime) -> bool:
    read = SyncState.objects.filter(connection=connection, read_at__isnull=False, refused="")
    every = timedelta(hours=settings.SYNC_KEYS_EVERY_HOURS)
    return any(swept_at and has_passed(every, swept_at, now) for swept_at in read.values_list("swept_at", flat=True))
