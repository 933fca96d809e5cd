"""What the queue may ask for: a primary key and nothing else."""

from __future__ import annotations

import time
from datetime import timedelta

import structlog
from django.conf import settings
from django_q.tasks import async_task

from exports.models import Event
from integration.clock import clock
from integration.connecting.connection_checks import activate_installations
from integration.intacct.gateway import gateway_for
from integration.models import Connection, EntityConfiguration, LeaseBusy, LeaseLost, PleoCredentials, Usage
from referencedata.models import Mode, PublishRun, SyncRun, SyncWish
from referencedata.models.wishes import TRY_AGAIN_AFTER
from referencedata.publishing.publish import PublishingClosed, publish
from referencedata.syncing.sync import ConnectionClosed, sync_all, went_through

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
        runs = sync_all(connection, gateway=gateway_for(connection, Usage.Purpose.COPY), clock=clock, stop_at=stop_at)
        if went_through(runs):
            activate_installations(connection, clock=clock)
            for configuration in EntityConfiguration.objects.open().filter(connection=connection):
                async_task("referencedata.tasks.publish_configuration", configuration.pk, group="referencedata")
    except (LeaseBusy, LeaseLost, ConnectionClosed) as error:
        log.info("sync_left_to_another", connection=pk, reason=type(error).__name__)


def fulfil_wishes(pk: int) -> None:
    """Do what people have asked of single kinds of one connection. What cannot be done now is tried again by a later tick."""
    connection = Connection.objects.open().filter(pk=pk, intacct_credentials__isnull=False).first()
    if connection is None:
        return
    stop_at = clock() + timedelta(seconds=settings.Q_CLUSTER["timeout"] / 2)
    gateway = gateway_for(connection, Usage.Purpose.COPY)
    for wish in SyncWish.objects.filter(SyncWish.is_due(clock()), connection=connection):
        # Before it begins: one that kills its worker must not keep the others waiting.
        wish.try_at(clock() + TRY_AGAIN_AFTER)
        try:
            runs = sync_all(
                connection, gateway=gateway, clock=clock, kinds=[wish.kind], mode=Mode(wish.mode) if wish.mode else None,
                agreed=wish.agreed, stop_at=stop_at,
            )  # fmt: skip
        except (LeaseBusy, LeaseLost, ConnectionClosed) as error:
            wish.try_at(clock())
            log.info("sync_left_to_another", connection=pk, kind=wish.kind, reason=type(error).__name__)
            return
        except ValueError as error:
            Event.note(connection=connection, what=f"{wish}: what was asked for cannot be done", why=str(error), now=clock())
            wish.fulfilled()
            continue
        outcomes = {run.outcome for run in runs}
        if SyncRun.Outcome.PAUSED in outcomes:
            wish.try_at(clock())  # it goes on with the same consent
            return
        if SyncRun.Outcome.FAILED not in outcomes:
            wish.fulfilled()


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
