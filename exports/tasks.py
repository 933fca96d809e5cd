"""What the queue calls. A task carries a primary key; the rows decide whether there is anything to do.

A task that runs twice, late or never does no harm: leases keep two apart, and the tick rings again every minute.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django_q.tasks import async_task

from exports.delivery.deliver import deliver
from exports.intake.collect import collect
from exports.intake.receipts import trouble_with_receipts
from exports.lane import may_be_asked
from exports.ledger import restoring
from exports.models import Document, ExportJob, ExportRecord
from exports.planning.prepare import prepare_alone
from exports.reporting.report import report
from integration.clock import clock, due_by
from integration.errors import IntegrationError
from integration.intacct.gateway import gateway_for
from integration.models import Connection, EntityConfiguration, LeaseBusy, LeaseLost, owner
from integration.pleo.client import client_for

log = structlog.get_logger(__name__)

POLL_EVERY = timedelta(minutes=2)


def run_configuration(pk: int) -> None:
    """Take one Pleo company's job as far as it goes: collect, prepare, have it delivered, report."""
    configuration = EntityConfiguration.objects.select_related("connection").filter(pk=pk).first()
    if configuration is None or not (configuration.is_on or ExportJob.objects.open().filter(configuration=pk).exists()):
        return
    stop_at = time.monotonic() + settings.Q_CLUSTER["timeout"] / 2
    client, me = client_for(configuration), owner()
    try:
        collect(configuration, client=client, clock=clock, owner=me, stop_at=stop_at)
        prepare_alone(configuration, clock=clock, owner=me)
        trouble = ""
        if _anything_to_deliver(configuration.connection):
            trouble = run_lane(configuration.connection_id).get(pk, "")
            prepare_alone(configuration, clock=clock, owner=me)
        told = report(configuration, client=client, clock=clock, owner=me)
        configuration.note_trouble(trouble or told.trouble or trouble_with_receipts(configuration), clock())
    except (LeaseBusy, LeaseLost) as busy:
        log.info("busy", lease=str(busy))
    except IntegrationError as error:
        log.warning("configuration_run_stopped", configuration=pk, kind=type(error).__name__, code=error.code)
        configuration.note_trouble(str(error), clock())
    except (OperationalError, InterfaceError):
        raise  # nothing can be written down now
    except Exception as error:
        configuration.note_trouble(f"An unexpected error stopped the export ({type(error).__name__}); see the log.", clock())
        raise


def run_lane(pk: int) -> dict[int, str]:
    """Send and look up what is due in one Intacct company; return what keeps entity configurations (by number) from it."""
    connection = Connection.objects.filter(pk=pk).first()
    if connection is None or not may_be_asked(connection):
        return {}
    stop_at = time.monotonic() + settings.Q_CLUSTER["timeout"] / 4
    try:
        return deliver(connection, gateway=gateway_for(connection), clock=clock, owner=owner(), stop_at=stop_at).troubles
    except (LeaseBusy, LeaseLost) as busy:
        log.info("busy", lease=str(busy))
        return {}


def _anything_to_deliver(connection: Connection) -> bool:
    now = clock()
    documents = Document.objects
    return (
        documents.sendable(connection.company_id, now).exists()
        or documents.to_look_up(connection.company_id, now).exists()
        or documents.to_read_again(connection.company_id, now).exists()
        or ExportRecord.objects.waiting_for_a_bill(connection.company_id, now).exists()
        or documents.of_company(connection.company_id).filter(state=Document.State.IN_FLIGHT).exists()
        or restoring.is_on(connection)
    )


def wake_collectors(records: Iterable[ExportRecord]) -> None:
    """Have the Pleo companies of these records looked at now."""
    for pk in {record.configuration_id for record in records}:
        async_task("exports.tasks.run_configuration", pk, group="exports")


def wake_lanes(records: Iterable[ExportRecord]) -> None:
    """Have what is due in the Intacct companies of these records done now."""
    for pk in {record.configuration.connection_id for record in records}:
        async_task("exports.tasks.run_lane", pk, group="exports")


def connections_with_work() -> list[int]:
    """Return the connections where something may be sent or looked up now."""
    connections = Connection.objects.filter(closed_at=None)
    return [connection.pk for connection in connections if may_be_asked(connection) and _anything_to_deliver(connection)]


def configurations_to_look_at() -> list[int]:
    """Return the entity configurations that are due for a poll, or have an open job; one that was switched off only for its job."""
    now = clock()
    due = Q(poll_due_at=None) | due_by("poll_due_at", now, within=POLL_EVERY)
    open_jobs = ExportJob.objects.open().values("configuration")
    on = Q(active=True, connection__active=True)
    return list(EntityConfiguration.objects.filter(on & due | Q(pk__in=open_jobs)).values_list("pk", flat=True))
