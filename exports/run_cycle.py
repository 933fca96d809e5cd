"""The whole cycle in the foreground, round by round, until nothing is due now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from django.db.models import Exists, OuterRef

from exports.delivery.deliver import Delivered, deliver
from exports.intake.collect import collect
from exports.intake.receipts import trouble_with_receipts
from exports.lane import may_be_asked
from exports.models import Document, ExportJob, ExportRecord
from exports.planning.prepare import prepare_alone
from exports.reporting.report import report
from integration.clock import Clock
from integration.errors import IntegrationError
from integration.intacct.gateway import gateway_for
from integration.models import EntityConfiguration, LeaseBusy, LeaseLost
from integration.pleo.client import client_for

log = structlog.get_logger(__name__)

ROUNDS_AT_MOST = 200


@dataclass(slots=True)
class Round:
    """What one round did. moved: whether another round may find something to do."""

    moved: bool = False
    errors: list[str] = field(default_factory=list)


def export_until_nothing_is_due(
    configurations: Sequence[EntityConfiguration], *, clock: Clock, owner: str, say: Callable[[str], None]
) -> list[str]:
    """Run rounds until one moves nothing; return what went wrong in the last one, as sentences."""
    errors: list[str] = []
    for _ in range(ROUNDS_AT_MOST):
        done = _round(configurations, clock=clock, owner=owner, say=say)
        errors = done.errors
        if not done.moved:
            return errors
    return [*errors, "Stopped: there was still something to do after very many rounds."]


def _round(configurations: Sequence[EntityConfiguration], *, clock: Clock, owner: str, say: Callable[[str], None]) -> Round:
    done = Round()
    for configuration in configurations:
        _guarded(done, configuration, lambda each: _collect(each, done, clock, owner, say))
        _guarded(done, configuration, lambda each: _prepare(each, done, clock, owner, say))
    lanes = {configuration.connection_id: configuration for configuration in configurations}
    for configuration in lanes.values():
        _guarded(done, configuration, lambda each: _deliver(each, done, clock, owner, say))
    for configuration in configurations:
        _guarded(done, configuration, lambda each: _prepare(each, done, clock, owner, say))
        _guarded(done, configuration, lambda each: _report(each, done, clock, owner, say))
    return done


def _guarded(done: Round, configuration: EntityConfiguration, step: Callable[[EntityConfiguration], None]) -> None:
    """One configuration that fails does not stop the others."""
    configuration.refresh_from_db()
    configuration.connection.refresh_from_db()
    try:
        step(configuration)
    except (LeaseBusy, LeaseLost) as busy:
        done.errors.append(f"{configuration}: another worker is at it ({busy}).")
    except IntegrationError as error:
        done.errors.append(f"{configuration}: {error}")
    except Exception as error:
        log.exception("step_stopped", configuration=configuration.pk)
        done.errors.append(f"{configuration}: an unexpected error stopped it ({type(error).__name__}); the others went on. See the log.")


def _collect(configuration: EntityConfiguration, done: Round, clock: Clock, owner: str, say: Callable[[str], None]) -> None:
    if configuration.closed_at:
        done.errors.append(f"{configuration} is closed: {configuration.closed_reason}")
    before = _job_state(configuration)
    job = collect(configuration, client=client_for(configuration), clock=clock, owner=owner)
    if trouble := trouble_with_receipts(configuration):
        done.errors.append(f"{configuration}: {trouble}")
    if job and (str(job.pk), job.state) != before:
        done.moved = True
        say(f"{configuration}: job with {job.number_of_items} expenses {job.get_state_display()}")


def _job_state(configuration: EntityConfiguration) -> tuple[str, str]:
    job = ExportJob.objects.open().filter(configuration=configuration).first()
    return (str(job.pk), job.state) if job else ("", "")


def _prepare(configuration: EntityConfiguration, done: Round, clock: Clock, owner: str, say: Callable[[str], None]) -> None:
    prepared = prepare_alone(configuration, clock=clock, owner=owner)
    if prepared:
        done.moved = True
        say(f"{configuration}: {prepared} prepared")


def _deliver(configuration: EntityConfiguration, done: Round, clock: Clock, owner: str, say: Callable[[str], None]) -> None:
    connection = configuration.connection
    if not may_be_asked(connection):
        done.errors.append(f"{connection} is closed: {connection.closed_reason or 'switched off'}")
        return
    delivered: Delivered = deliver(connection, gateway=gateway_for(connection), clock=clock, owner=owner)
    if delivered.sent or delivered.looked_up:
        say(f"{connection}: {delivered.sent} documents sent, {delivered.confirmed} confirmed, {delivered.looked_up} looked up")
        done.moved = True
    done.errors += [f"{connection}: {trouble}" for trouble in delivered.troubles.values()]
    if delivered.stopped:
        done.moved = False
        done.errors.append(f"{connection}: {delivered.stopped}")


def _report(configuration: EntityConfiguration, done: Round, clock: Clock, owner: str, say: Callable[[str], None]) -> None:
    told = report(configuration, client=client_for(configuration), clock=clock, owner=owner)
    if told.trouble:
        done.errors.append(f"{configuration}: {told.trouble}")
    if told.successful or told.failed or told.finished:
        done.moved = True
        say(f"{configuration}: Pleo told of {told.successful} successful, {told.failed} failed{', job ended' if told.finished else ''}")


def in_doubt(configurations: Sequence[EntityConfiguration]) -> int:
    """Return how many expenses wait for a look-up or a later try; not those of which Intacct refuses to say how they stand."""
    waiting = (ExportRecord.Status.UNKNOWN, ExportRecord.Status.SENDING)
    refused = Document.objects.with_state().filter(record=OuterRef("pk")).exclude(refusal="")
    return (
        ExportRecord.objects.filter(~Exists(refused), configuration__in=configurations, status__in=waiting).count()
        + Document.objects.filter(
            record__configuration__in=configurations,
            state=Document.State.PLANNED,
            first_try_later_at__isnull=False,
            record__status=ExportRecord.Status.WAITING,
        ).count()
    )
