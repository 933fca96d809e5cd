"""Which connections are to be synced now. The rows say it, so a missed hour is made up for once and nothing is done twice."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max, Min, Q

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
    candidates = Connection.objects.open().filter(intacct_credentials__isnull=False)
    reading = ~Q(syncrun__mode=Mode.VERIFY)
    tried = dict(candidates.annotate(tried_at=Max("syncrun__started_at", filter=reading)).values_list("pk", "tried_at"))
    for connection in candidates:
        tried_at, wanted_at = tried.get(connection.pk), connection.sync_wanted_at
        at_once = tried_at is None or tried_at <= now - every or (wanted_at and tried_at < wanted_at) or _paused(connection)
        if at_once or (tried_at and tried_at <= now - TRY_AGAIN_AFTER and _has_work(connection, now)):
            found.append(connection)
    return found


def _paused(connection: Connection) -> bool:
    newest = SyncRun.objects.filter(connection=connection).exclude(mode=Mode.VERIFY).order_by("-pk").first()
    return newest is not None and newest.outcome == Outcome.PAUSED


def _has_work(connection: Connection, now: datetime) -> bool:
    """Tell whether something is left to do that does not wait for the next whole round."""
    if connection.sync_wanted_at or _keys_due(connection, now):
        return True
    since = now - timedelta(hours=settings.SYNC_EVERY_HOURS)
    newest = SyncRun.objects.filter(connection=connection, started_at__gt=since).exclude(mode=Mode.VERIFY).newest()
    return newest.filter(outcome__in=(Outcome.FAILED, Outcome.RUNNING, Outcome.PAUSED)).exists()


def _keys_due(connection: Connection, now: datetime) -> bool:
    read = SyncState.objects.filter(connection=connection, read_at__isnull=False, refused="")
    swept_at = read.aggregate(oldest=Min("swept_at"))["oldest"]
    return bool(swept_at and swept_at <= now - timedelta(hours=settings.SYNC_KEYS_EVERY_HOURS))
