"""What the queue may ask for: a primary key and nothing else."""

from __future__ import annotations

import time
from datetime import timedelta

import structlog
from django.conf import settings
from django_q.tasks import async_task

from exports.models import Event
from integration.clock import clock
from integration.doctor import activate_installations
from integration.intacct.gateway import gateway_for
from integration.models import Connection, EntityConfiguration, LeaseBusy, LeaseLost, PleoCredentials
from referencedata.models import Mode, PublishRun, SyncRun
from referencedata.publish import PublishingClosed, publish
from referencedata.sync import ConnectionClosed, sync_all, went_through

log = structlog.get_logger(__name__)


def sync_connection(pk: int) -> None:
    """Sync one connection. Does nothing if it is closed, switched off, without credentials, or being synced.

    Stops itself at half of what a task may take; the next tick goes on from there.
    """
    connection = Connection.objects.open().filter(pk=pk, intacct_credentials__isnull=False).first()
    if connection is None:
        return
    stop_at = clock() + timedelta(seconds=settings.Q_CLUSTER["timeout"] / 2)
    try:
        runs = sync_all(connection, gateway=gateway_for(connection), clock=clock, stop_at=stop_at)
        if went_through(runs):
            activate_installations(connection, clock=clock)
            for configuration in EntityConfiguration.objects.open().filter(connection=connection):
                async_task("referencedata.tasks.publish_configuration", configuration.pk, group="referencedata")
    except (LeaseBusy, LeaseLost, ConnectionClosed) as error:
        log.info("sync_left_to_another", connection=pk, reason=type(error).__name__)


def sync_kind(run: int) -> None:
    """Read again the kind that this run was about. Like the two below, nothing where its connection is closed or being synced."""
    _once_more(run)


def verify_kind(run: int) -> None:
    """Compare the kind that this run was about with Sage Intacct; change nothing."""
    _once_more(run, mode=Mode.VERIFY)


def retire_gone(run: int) -> None:
    """Retire what is gone of the kind that this run was about, however much: a person has said so.

    Nothing where a later reading has been made since: what the person saw is old then.
    """
    asked = SyncRun.objects.filter(pk=run).first()
    if asked and asked.waits_for_a_person:
        _once_more(run, mode=Mode.KEYS, retire_any=True)


def _once_more(pk: int, *, mode: Mode | None = None, retire_any: bool = False) -> None:
    ready = Connection.objects.open().filter(intacct_credentials__isnull=False)
    run = SyncRun.objects.select_related("connection").filter(pk=pk, connection__in=ready).first()
    if run is None:
        return
    stop_at = clock() + timedelta(seconds=settings.Q_CLUSTER["timeout"] / 2)
    gateway = gateway_for(run.connection)
    try:
        sync_all(run.connection, gateway=gateway, clock=clock, kinds=[run.kind], mode=mode, retire_any=retire_any, stop_at=stop_at)
    except (LeaseBusy, LeaseLost, ConnectionClosed, ValueError) as error:
        busy = isinstance(error, LeaseBusy | LeaseLost)
        why = "Another sync was at work. Ask for it again when that has finished." if busy else str(error)
        Event.note(connection=run.connection, what=f"{run.label[:100]}: what was asked for was not done", why=why, now=clock())
        log.info("sync_left_to_another", connection=run.connection_id, kind=run.kind, reason=type(error).__name__)


def publish_configuration(pk: int) -> None:
    """Publish to one Pleo company. Does nothing if it is closed, switched off, without key, or being published to."""
    configuration = EntityConfiguration.objects.open().filter(pk=pk).first()
    if configuration is None:
        return
    stop_at = time.monotonic() + settings.Q_CLUSTER["timeout"] / 2
    try:
        run = publish(configuration, clock=clock, stop_at=stop_at)
    except (LeaseBusy, LeaseLost, PublishingClosed, PleoCredentials.DoesNotExist) as error:
        log.info("publishing_left", configuration=pk, reason=type(error).__name__)
        return
    if run.outcome == PublishRun.Outcome.PAUSED and run.due_at and run.due_at <= clock():
        async_task("referencedata.tasks.publish_configuration", pk, group="referencedata")
