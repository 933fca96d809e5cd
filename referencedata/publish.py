"""Make what Pleo's users choose from equal to our copy: tags of the chosen dimensions, tax codes, accounts."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db.models import Max

from integration.clock import Clock
from integration.errors import IntegrationError, SignInRefused, TryLater
from integration.models import EntityConfiguration, Lease
from integration.pleo.pacing import TimeIsUp, Turns
from integration.pleo.reference import ReferenceClient, reference_client_for
from referencedata.models import PublishRun, SyncRun
from referencedata.publish_plan import Plan, Reader
from referencedata.publish_write import Writer

log = structlog.get_logger(__name__)

TRY_AGAIN_AFTER = timedelta(minutes=15)
# Lost answers are looked up by reading Pleo again and writing what still differs.
PASSES = 3
_LEFT = "What is left is written by the next run."

Outcome = PublishRun.Outcome
Connect = Callable[[EntityConfiguration, Turns], ReferenceClient]


class PublishingClosed(Exception):
    """Nothing may be sent: the configuration or its connection is closed or switched off, or nothing is to be published."""


def publish(
    configuration: EntityConfiguration,
    *,
    clock: Clock,
    connect: Connect = reference_client_for,
    stop_at: float | None = None,
    dry_run: bool = False,
    progress: Callable[[PublishRun], object] = lambda run: None,
    sleep: Callable[[float], object] = time.sleep,
) -> PublishRun:
    """Read Pleo, write what differs, and return what was done. What a run leaves, the next one finds as a difference.

    stop_at: a time.monotonic() after which it stops where it is. dry_run: only read and count; the run returned is not
    stored and says what would be written. A refused sign-in closes the configuration.

    Raises LeaseBusy where another worker is at it, LeaseLost where one has taken over meanwhile, PublishingClosed, and
    PleoCredentials.DoesNotExist.
    """
    configuration = EntityConfiguration.objects.select_related("connection").get(pk=configuration.pk)
    if not configuration.may_post or not configuration.publishes:
        raise PublishingClosed(_why_closed(configuration))
    lease = None if dry_run else Lease.take(_lease(configuration), owner=uuid.uuid4().hex, now=clock())
    run = PublishRun(configuration=configuration, started_at=clock())
    turns = Turns(configuration.connection.pleo_base_url, clock=clock, lease=lease, stop_at=stop_at, sleep=sleep)
    try:
        client = connect(configuration, turns)
        if lease:
            PublishRun.objects.filter(configuration=configuration).abandoned(clock())
            run.save(force_insert=True)
        reader = Reader(configuration, client, clock, store=not dry_run)
        _Publishing(run, reader, Writer(client, run, clock), turns, clock, progress).go(dry_run=dry_run)
        if lease and run.went_well:
            # Only the wish that was fulfilled: one made while we were writing stays.
            wish = EntityConfiguration.objects.filter(pk=configuration.pk, publish_wanted_at=configuration.publish_wanted_at)
            wish.update(publish_wanted_at=None)
    finally:
        if lease:
            lease.give_back()
    log.info("reference_data_published", configuration=configuration.pk, outcome=run.outcome, written=run.written, requests=run.requests)
    return run


def due(now: datetime) -> list[EntityConfiguration]:
    """Return the configurations to publish now: wished for, synced since the last time, or left to go on."""
    found = []
    candidates = EntityConfiguration.objects.open().filter(pleo_credentials__isnull=False).select_related("connection")
    last = {run.configuration_id: run for run in PublishRun.objects.newest().defer("notes")}
    synced = dict(SyncRun.objects.read_whole().values_list("connection").annotate(at=Max("finished_at")).order_by())
    held = set(Lease.objects.exclude(owner="").filter(expires_at__gt=now).values_list("name", flat=True))
    for configuration in candidates:
        synced_at = synced.get(configuration.connection_id)
        # While a sync is at work, its end is waited for: it may change everything.
        busy = f"sync:{configuration.connection_id}" in held or _lease(configuration) in held
        if not configuration.publishes or synced_at is None or busy:
            continue
        if _is_due(last.get(configuration.pk), configuration.publish_wanted_at, synced_at, now):
            found.append(configuration)
    return found


def _is_due(last: PublishRun | None, wanted_at: datetime | None, synced_at: datetime, now: datetime) -> bool:
    if last is None or last.outcome == Outcome.RUNNING or synced_at > last.started_at:
        return True
    return bool((wanted_at and wanted_at > last.started_at) or (last.due_at and last.due_at <= now))


def _lease(configuration: EntityConfiguration) -> str:
    return f"publish:{configuration.pk}"


def _why_closed(configuration: EntityConfiguration) -> str:
    closed = configuration.connection.closed_reason or configuration.closed_reason
    if closed:
        return f"{configuration} is closed: {closed}"
    if configuration.may_post:
        return f"Nothing is to be published for {configuration}: switch it on (Entity configurations › Published to Pleo)."
    return f"{configuration} is switched off."


class _Publishing:
    """One run, pass by pass: read, plan, write; and once more where an answer was lost."""

    def __init__(
        self, run: PublishRun, reader: Reader, writer: Writer, turns: Turns, clock: Clock, progress: Callable[[PublishRun], object]
    ) -> None:
        self._run = run
        self._reader = reader
        self._writer = writer
        self._turns = turns
        self._clock = clock
        self._progress = progress

    def go(self, *, dry_run: bool) -> None:
        """Bring the run to an outcome. Whatever happens, it does not stay open; what is unexpected is raised on."""
        try:
            plan = self._pass_by_pass(dry_run)
            self._conclude(plan)
        except TimeIsUp:
            self._finish(Outcome.PAUSED, due_at=self._clock())
        except SignInRefused as error:
            self._run.configuration.close(error.message, self._clock())
            self._finish(Outcome.REFUSED, error=f"{error.message} Nothing more was written.")
        except IntegrationError as error:
            after = timedelta(seconds=(error.after if isinstance(error, TryLater) else None) or 0)
            self._finish(Outcome.FAILED, error=f"{error.message} {_LEFT}", due_at=self._clock() + (after or TRY_AGAIN_AFTER))
        finally:
            if self._run.outcome == Outcome.RUNNING:
                error_text = f"It stopped for a reason nobody has foreseen; the log of the worker names it. {_LEFT}"
                self._finish(Outcome.FAILED, error=error_text, due_at=self._clock() + TRY_AGAIN_AFTER)

    def _pass_by_pass(self, dry_run: bool) -> Plan:
        for number in range(PASSES):
            self._run.doing = "Reading Pleo"
            plan = self._reader.plan()
            if number == 0:
                self._begin(plan)
            self._writer.settle(plan)
            self.show()
            if dry_run:
                self._writer.pretend(plan)
                return plan
            self._writer.carry_out(plan, self.show)
            if not self._writer.unsure:
                return plan
        return plan

    def _begin(self, plan: Plan) -> None:
        """Count what is there and what is to do."""
        run = self._run
        run.wanted, run.there, run.unchanged = plan.wanted, plan.there, plan.unchanged
        run.left_out, run.planned = plan.left_out, plan.size
        for note in plan.notes:
            run.note(note.about, note.sentence)

    def _conclude(self, plan: Plan) -> None:
        unsure = self._writer.unsure
        if unsure:
            more = f" and {len(unsure) - 1} more" if len(unsure) > 1 else ""
            raise TryLater(
                f"Pleo gave no readable answer about {unsure[0]}{more}; it is read again in a quarter of an hour.", code="unsure"
            )
        if plan.unread and not plan.read:
            self._finish(Outcome.REFUSED, error=plan.unread[0])
        elif plan.waits_until:
            self._finish(Outcome.PAUSED, due_at=plan.waits_until)
        else:
            needs_you = plan.unread or self._writer.refused or any(note.to_do for note in plan.notes)
            self._finish(Outcome.PARTLY if needs_you else Outcome.COMPLETE)

    def show(self) -> None:
        self._run.requests = self._turns.calls
        self._run.show_progress()
        self._progress(self._run)

    def _finish(self, outcome: str, *, error: str = "", due_at: datetime | None = None) -> None:
        self._run.requests = self._turns.calls
        self._run.finish(outcome, now=self._clock(), error=error, due_at=due_at)
        self._progress(self._run)
