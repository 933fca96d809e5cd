"""Make what Pleo's users choose from equal to our copy: tags of the chosen dimensions, tax codes, accounts."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import Max

from integration.clock import Clock, has_passed, is_due, lies_ahead
from integration.errors import IntegrationError, SignInRefused, TryLater
from integration.models import EntityConfiguration, Lease, LeaseLost, owner
from integration.pleo.pacing import TimeIsUp, Turns
from integration.pleo.reference import ReferenceClient, reference_client_for
from referencedata.models import PublishRun, SyncRun
from referencedata.publishing.differences import Write
from referencedata.publishing.reading import Part, Plan, Reader
from referencedata.publishing.writing import Writer

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
    lease = None if dry_run else Lease.take(_lease(configuration), owner=owner(), now=clock())
    run = PublishRun(configuration=configuration, started_at=clock())
    turns = Turns(configuration.connection.pleo_base_url, clock=clock, lease=lease, stop_at=stop_at, sleep=sleep)
    try:
        client = connect(configuration, turns)
        if lease:
            PublishRun.objects.filter(configuration=configuration).abandoned(clock())
            if before := _unfinished(configuration):
                run.go_on_from(before)
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
    synced = _synced()
    held = set(Lease.objects.held(now).values_list("name", flat=True))
    for configuration in candidates:
        synced_at = synced.get(configuration.connection_id)
        # While a sync is at work, its end is waited for: it may change everything.
        busy = f"sync:{configuration.connection_id}" in held or _lease(configuration) in held
        if not configuration.publishes or synced_at is None or busy:
            continue
        if _is_due(last.get(configuration.pk), configuration.publish_wanted_at, synced_at, now):
            found.append(configuration)
    return found


def _unfinished(configuration: EntityConfiguration) -> PublishRun | None:
    """Return the last run where its time was up and nothing has changed since: what it has done need not be read again."""
    last = PublishRun.objects.newest().filter(configuration=configuration).first()
    if last is None or last.outcome != Outcome.PAUSED or not last.parts_done:
        return None
    changed = (_synced().get(configuration.connection_id), configuration.publish_wanted_at)
    return None if any(at and at > last.started_at for at in changed) else last


def _synced() -> dict[int, datetime]:
    """Return when something was last read whole from Sage Intacct, by connection; of the newest run by its number."""
    newest = SyncRun.objects.read_whole().order_by().values("connection").annotate(newest=Max("pk")).values("newest")
    return {run.connection_id: run.finished_at for run in SyncRun.objects.filter(pk__in=newest) if run.finished_at}


def _is_due(last: PublishRun | None, wanted_at: datetime | None, synced_at: datetime, now: datetime) -> bool:
    if last is None or last.outcome == Outcome.RUNNING or synced_at > last.started_at or lies_ahead(last.started_at, now):
        return True
    if wanted_at and lies_ahead(wanted_at, now):
        return has_passed(TRY_AGAIN_AFTER, last.started_at, now)
    longest = max(TRY_AGAIN_AFTER, timedelta(seconds=settings.LATE_COMMIT_HORIZON_SECONDS))
    return bool((wanted_at and wanted_at > last.started_at) or (last.due_at and is_due(last.due_at, now, within=longest)))


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
    """One run, part by part: read, plan, write; and once more where an answer was lost."""

    def __init__(
        self, run: PublishRun, reader: Reader, writer: Writer, turns: Turns, clock: Clock, progress: Callable[[PublishRun], object]
    ) -> None:
        self._run = run
        self._reader = reader
        self._writer = writer
        self._turns = turns
        self._clock = clock
        self._progress = progress
        self._unsure: list[Write] = []
        self._unread: list[str] = []
        self._waits_until: datetime | None = None

    def go(self, *, dry_run: bool) -> None:
        """Bring the run to an outcome. Whatever happens, it does not stay open; what is unexpected is raised on."""
        try:
            parts = self._reader.parts()
            for part in parts:
                if part.always or part.name not in self._run.parts_done:
                    self._do(part, dry_run=dry_run)
            self._conclude(len(parts))
        except TimeIsUp:
            self._finish(Outcome.PAUSED, due_at=self._clock(), goes_on=True)
        except PublishingClosed as closed:
            self._finish(Outcome.FAILED, error=f"{closed} Nothing more was written.")
        except LeaseLost:
            self._finish(Outcome.FAILED, error=f"Another worker has taken over. {_LEFT}")
            raise
        except SignInRefused as error:
            self._run.configuration.close(error.message, self._clock())
            self._finish(Outcome.REFUSED, error=f"{error.message} Nothing more was written.")
        except IntegrationError as error:
            after = timedelta(seconds=(error.after if isinstance(error, TryLater) else None) or 0) or TRY_AGAIN_AFTER
            self._finish(Outcome.FAILED, error=f"{error.message} {_LEFT}", due_at=self._clock() + min(after, TRY_AGAIN_AFTER))
        finally:
            if self._run.outcome == Outcome.RUNNING:
                error_text = f"It stopped for a reason nobody has foreseen; the log of the worker names it. {_LEFT}"
                self._finish(Outcome.FAILED, error=error_text, due_at=self._clock() + TRY_AGAIN_AFTER)

    def _do(self, part: Part, *, dry_run: bool) -> None:
        for number in range(PASSES):
            self._run.doing = f"Reading the {part.name}"
            plan = part.plan()
            if number == 0:
                self._begin(plan)
            for note in plan.notes:
                self._run.note(note.about, note.sentence, to_do=note.to_do)
            self._writer.settle(plan)
            self.show()
            if dry_run:
                self._writer.pretend(plan)
            else:
                self._writer.carry_out(plan, self._reader.group_ids, self.show)
            if not self._writer.unsure:
                break
        if not (self._writer.unsure or plan.unread or plan.waits_until):
            self._run.parts_done = [*self._run.parts_done, part.name]
        self._unsure += self._writer.unsure
        self._writer.unsure = []
        self._unread += filter(None, [plan.unread])
        if plan.waits_until:
            self._waits_until = max(self._waits_until or plan.waits_until, plan.waits_until)

    def _begin(self, plan: Plan) -> None:
        """Count what is there and what is to do in one part."""
        run = self._run
        run.wanted += plan.wanted
        run.there += plan.there
        run.unchanged += plan.unchanged
        run.left_out += plan.left_out
        run.planned += plan.size

    def _conclude(self, parts: int) -> None:
        if self._unsure:
            more = f" and {len(self._unsure) - 1} more" if len(self._unsure) > 1 else ""
            said = f"Pleo gave no readable answer about {self._unsure[0]}{more}; it is read again in a quarter of an hour."
            raise TryLater(said, code="unsure")
        if self._unread and len(self._unread) == parts:
            self._finish(Outcome.REFUSED, error=self._unread[0])
        elif self._waits_until:
            self._finish(Outcome.PAUSED, due_at=self._waits_until)
        else:
            self._finish(Outcome.PARTLY if self._run.needs_a_person else Outcome.COMPLETE)

    def show(self) -> None:
        """Show how far it is. Raises PublishingClosed where somebody has switched it off meanwhile."""
        self._run.requests = self._turns.calls
        self._run.show_progress()
        self._progress(self._run)
        now = EntityConfiguration.objects.select_related("connection").get(pk=self._run.configuration.pk)
        if not now.may_post or not now.publishes:
            raise PublishingClosed(_why_closed(now))

    def _finish(self, outcome: str, *, error: str = "", due_at: datetime | None = None, goes_on: bool = False) -> None:
        if not goes_on:
            self._run.parts_done = []  # the next run begins anew
        self._run.requests = self._turns.calls
        self._run.finish(outcome, now=self._clock(), error=error, due_at=due_at)
        self._progress(self._run)
