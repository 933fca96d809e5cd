"""The one tick a minute: asks the rows what is due and rings the bell for it."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import Q
from django_q.models import OrmQ, Schedule, Success
from django_q.tasks import async_task

from exports.delivery.states import have_open_periods_read
from exports.models import Document, ReceiptContent
from exports.tasks import POLL_EVERY, configurations_to_look_at, connections_with_work
from integration.clock import clock, due_by
from integration.models import EntityConfiguration, Heartbeat

log = structlog.get_logger(__name__)

TASKS_KEPT = timedelta(days=7)


def tick() -> None:
    """Show that the workers are alive, and queue what is due. Called every minute; a missed call is made up by the next."""
    now = clock()
    Heartbeat.beat("worker", now)
    for pk in configurations_to_look_at():
        _ring("exports.tasks.run_configuration", pk)
        EntityConfiguration.objects.filter(pk=pk).update(poll_due_at=now + POLL_EVERY)
    for pk in connections_with_work():
        _ring("exports.tasks.run_lane", pk)
    from referencedata.models import SyncWish
    from referencedata.publishing import publish
    from referencedata.syncing.due import due

    for connection in due(now):
        _ring("referencedata.tasks.sync_connection", connection.pk)
    for connection in SyncWish.connections_due(now):
        _ring("referencedata.tasks.fulfil_wishes", connection.pk)
    for configuration in publish.due(now):
        _ring("referencedata.tasks.publish_configuration", configuration.pk)


def purge() -> None:
    """Once a day: drop the bytes of receipts some days after posting, and old rows of the queue; nothing in open periods stays unread."""
    now = clock()
    have_open_periods_read(now)
    kept_since = now - timedelta(days=settings.RECEIPTS_KEPT_DAYS)
    needed = Document.objects.filter(Q(confirmed_at=None) | Q(confirmed_at__gt=kept_since)).exclude(state=Document.State.CANCELLED)
    old = ReceiptContent.objects.filter(purged_at=None, fetched_at__lt=kept_since).exclude(receipt__document__in=needed)
    log.info(
        "receipts_purged",
        count=old.exclude(receipt__record__status__in=("WAITING", "NEEDS_FIX", "REVIEW")).update(content=None, purged_at=now),
    )
    Success.objects.filter(stopped__lt=now - TASKS_KEPT).delete()


SCHEDULES = (
    {"name": "tick", "func": "config.schedules.tick", "schedule_type": Schedule.MINUTES, "minutes": 1, "repeats": -1},
    {"name": "purge", "func": "config.schedules.purge", "schedule_type": Schedule.DAILY, "repeats": -1},
)
_EVERY = {"tick": timedelta(minutes=1), "purge": timedelta(days=1)}


def install_schedules() -> list[str]:
    """Make the schedules what SCHEDULES says, and return their names. Others are left alone."""
    for schedule in SCHEDULES:
        Schedule.objects.update_or_create(name=schedule["name"], defaults={**schedule, "cluster": None})
    return [str(schedule["name"]) for schedule in SCHEDULES]


def ring_what_is_scheduled(now: datetime) -> None:
    """Queue each of SCHEDULES whose time has come. Called by every worker between two tasks; one of them rings."""
    for schedule in SCHEDULES:
        name, every = str(schedule["name"]), _EVERY[str(schedule["name"])]
        due = Schedule.objects.filter(due_by("next_run", now, within=every), name=name)
        # exists() first: a write for every look would make workers on SQLite wait for each other.
        # update(), not save(): the filter is what keeps two workers from ringing for the same time.
        if due.exists() and due.update(next_run=now + every):
            _ring(str(schedule["func"]), group=name)


def _ring(function: str, *args: int, group: str = "") -> None:
    """Queue a task once: where the same one waits already, nothing is added."""
    if not any(task.func() == function and task.args() == args for task in OrmQ.objects.all()[:200]):
        async_task(function, *args, group=group or function.rsplit(".", 2)[0])
