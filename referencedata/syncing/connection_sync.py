"""One round over the kinds of one connection: what has changed in one request, the rest page by page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

from django.conf import settings

from integration.clock import Clock, has_passed
from integration.errors import IntegrationError, Rejected, SignInRefused, TryLater
from integration.intacct.gateway import Gateway
from integration.models import Connection, Lease
from referencedata.kinds.kind import is_key
from referencedata.kinds.registry import KINDS, Kind
from referencedata.models import Mode, SyncRun, SyncState
from referencedata.syncing.company_discovery import Company, chosen, look_around, remember, remembered, unknown
from referencedata.syncing.first_questions import Part, ask_together, known_dimensions
from referencedata.syncing.outcomes import explained
from referencedata.syncing.paging import Portion, everything, keys_only, pages_of, portions
from referencedata.syncing.storing import Reading, begin

# An unfinished reading older than this begins anew: what it read first is too old to be worth going on.
GOES_ON_FOR = timedelta(days=1)

Outcome = SyncRun.Outcome


@dataclass(slots=True)
class Round:
    """All kinds of one connection, read once.

    mode, agreed, stop_at: as `sync_all` takes them. progress: told of a run after each of its pages. stopped: what
    concerns the whole connection; nothing more is asked then, and every kind left says so. requests: made, and not yet
    counted on a run. doubtful: kinds whose keys are to be compared.
    """

    connection: Connection
    gateway: Gateway
    clock: Clock
    lease: Lease | None
    mode: Mode | None = None
    agreed: int = 0
    stop_at: datetime | None = None
    progress: Callable[[SyncRun], object] = lambda run: None
    stopped: IntegrationError | None = None
    requests: int = 0
    doubtful: list[Kind] = field(default_factory=list)
    _states: dict[str, SyncState] = field(default_factory=dict)

    def runs(self, names: Collection[str] | None) -> Iterator[SyncRun]:
        """Read and yield what became of each kind, until all are read or the time is up."""
        started_at = self.clock()
        company, kinds = self.look(names)
        if company is None:
            yield from (self.failed(self.begin(kind, Mode.FULL, started_at), kind, self.stopped) for kind in kinds)
            return
        whole: list[Kind] = []
        together: list[Kind] = []
        for kind in kinds:
            (whole if self._to_be_read_whole(kind, company) else together).append(kind)
        if self.mode == Mode.KEYS:
            whole, together, self.doubtful = [], [], [kind for kind in kinds if kind.objects]
        begin([self.state(kind) for kind in whole], Mode.FULL, lease=self.lease, now=started_at)
        for part, run in self._together(together, company, started_at):
            if run:
                yield run
            else:
                whole.append(part.kind)
        if whole and not company.fresh and not self.stopped:
            # What is read whole is read with what the company shows now: a new field would be missed for days.
            company, now_known = self.look(names, anew=True)
            if company:
                asked = {kind.name for kind in kinds} - {kind.name for kind in whole}
                whole = [kind for kind in now_known if kind.name not in asked]
        for kind in whole:
            if self._time_is_up():
                yield self._paused(self.begin(kind, Mode.FULL), kind)
                return
            yield self._whole(kind, company)
        # Noted now: should we stop or die, whoever comes next goes on with them.
        begin([self.state(kind) for kind in self.doubtful], Mode.KEYS, lease=self.lease, now=self.clock())
        for kind in self.doubtful:
            if company is None or self.stopped:
                return
            if self._time_is_up():
                yield self._paused(self.begin(kind, Mode.KEYS), kind)
                return
            yield self._sweep(kind, company)

    def look(self, names: Collection[str] | None, *, anew: bool = False) -> tuple[Company | None, tuple[Kind, ...]]:
        """Return what the company shows, and the kinds with these names; asked where it is not remembered.

        None where nothing can be asked. Raises ValueError for a name that no kind of this company has.
        """
        company = None if anew or self.mode == Mode.FULL else remembered(self.connection)
        if company is None or (names is not None and unknown(company.kinds(), names)):
            self.requests += 1
            try:
                company = look_around(self.gateway)
            except IntegrationError as error:
                self._stop(error)
                return None, chosen(KINDS, names, complete=False)
            if self.lease:
                remember(company, self.connection, lease=self.lease, now=self.clock())
                self._forget_others(company)
        return company, chosen(company.kinds(), names, complete=True)

    def _forget_others(self, company: Company) -> None:
        """A dimension the customer has given up is not waited for any more; its values stay as they were."""
        if "getDimensions" not in company.refusals:
            gone = SyncState.objects.filter(connection=self.connection).exclude(kind__in=[kind.name for kind in company.kinds()])
            gone.delete()

    def state(self, kind: Kind) -> SyncState:
        if not self._states:
            self._states = {each.kind: each for each in SyncState.objects.filter(connection=self.connection)}
        return self._states.setdefault(kind.name, SyncState(connection=self.connection, kind=kind.name))

    def begin(self, kind: Kind, mode: Mode, started_at: datetime | None = None) -> SyncRun:
        """Begin a run, with the requests that were made before it."""
        run = SyncRun(connection=self.connection, kind=kind.name, label=kind.label, mode=mode, started_at=started_at or self.clock())
        run.requests, self.requests = self.requests, 0
        if self.lease:
            run.save(force_insert=True)
        return run

    def failed(self, run: SyncRun, kind: Kind, error: IntegrationError | None) -> SyncRun:
        """Finish a run that came to nothing, with what is to be done about it."""
        outcome, text = explained(error, kind)
        if self.lease and isinstance(error, Rejected) and not isinstance(error, SignInRefused):
            self.state(kind).note_refusal(error.message)
        run.our_count = kind.model.objects.filter(connection=self.connection, **kind.scope).present().count()
        run.finish(outcome, now=self.clock(), error=text)
        return run

    def _stop(self, error: IntegrationError) -> None:
        if isinstance(error, SignInRefused | TryLater):
            self.stopped = error
        if isinstance(error, SignInRefused) and error.of in ("user", "sender"):
            self.connection.close(f"Sage Intacct refused the sign-in: {error.message}", self.clock())

    def _time_is_up(self) -> bool:
        return self.stop_at is not None and self.clock() >= self.stop_at

    def _to_be_read_whole(self, kind: Kind, company: Company) -> bool:
        """Tell whether a kind needs pages of its own: never read before, half read, or read whole too long ago."""
        state, now = self.state(kind), self.clock()
        if state.unfinished and (not state.began_at or has_passed(GOES_ON_FOR, state.began_at, now)):
            state.unfinished = ""
        if not kind.objects or company.hides(kind) or (state.refused and self.mode != Mode.FULL):
            return False
        if self.mode == Mode.FULL or state.unfinished == Mode.FULL or state.read_at is None:
            return True
        long_ago = has_passed(timedelta(days=settings.SYNC_FULL_EVERY_DAYS), state.read_at, now)
        return bool(company.stamp_of(kind)) and (state.watermark is None or long_ago)

    def _keys_due(self, state: SyncState) -> bool:
        every = timedelta(hours=settings.SYNC_KEYS_EVERY_HOURS)
        return state.unfinished == Mode.KEYS or state.swept_at is None or has_passed(every, state.swept_at, self.clock())

    def _together(self, kinds: Sequence[Kind], company: Company, started_at: datetime) -> Iterator[tuple[Part, SyncRun | None]]:
        """Ask about all these kinds at once; no run where a kind is to be read whole instead."""
        try:
            parts, requests = ask_together(kinds, company, {kind.name: self.state(kind) for kind in kinds}, self.gateway, self.clock())
        except IntegrationError as error:
            self.requests += 1
            self._stop(error)
            yield from ((Part(kind), self.failed(self.begin(kind, Mode.INCREMENTAL, started_at), kind, error)) for kind in kinds)
            return
        self.requests += requests
        for part in parts:
            if part.stale:
                yield part, None
                continue
            run = self.begin(part.kind, Mode.INCREMENTAL if part.since else Mode.FULL, started_at)
            reading = Reading(part.kind, run, self.state(part.kind), self.lease)
            if self.stopped or part.portion is None:
                yield part, self.failed(run, part.kind, self.stopped or part.error)
                continue
            rest: Iterator[Portion] = iter(())
            if part.question and part.portion.more:
                left = part.portion.total - len(part.portion.rows)
                rest = portions(part.question, self.gateway, self.clock, after=part.portion.last, remaining=left)
            try:
                if part.since:
                    self._changes(reading, part.portion, rest)
                else:
                    self.state(part.kind).begin(Mode.FULL, started_at, anew=True)
                    self._through(reading, chain((part.portion,), self._counted(run, rest)), company)
            except IntegrationError as error:
                self._stop(error)
                self.failed(run, part.kind, error)
            yield part, run

    def _changes(self, reading: Reading, portion: Portion, rest: Iterator[Portion]) -> None:
        run, watermark = reading.run, portion.watermark
        run.server_count = portion.count
        for following in rest:
            run.requests += 1
            reading.take(portion.rows, self.clock())
            self.progress(run)
            portion = following
            run.server_count = portion.count if portion.count is not None else run.server_count
        reading.catch_up(portion.rows, self.clock(), watermark=watermark)
        self._doubt(reading)

    def _whole(self, kind: Kind, company: Company | None) -> SyncRun:
        state, run = self.state(kind), self.begin(kind, Mode.FULL)
        if company is None or self.stopped:
            return self.failed(run, kind, self.stopped)
        state.begin(Mode.FULL, self.clock())
        reading = Reading(kind, run, state, self.lease)
        try:
            if kind.objects:
                after = state.position if self.lease else ""
                self._through(
                    reading, self._counted(run, portions(everything(kind, company), self.gateway, self.clock, after=after)), company
                )
            else:
                self._through(reading, iter((known_dimensions(company),)), company)
        except IntegrationError as error:
            self._stop(error)
            return self.failed(run, kind, error)
        return run

    def _sweep(self, kind: Kind, company: Company) -> SyncRun:
        """Compare keys alone: read what we do not hold, retire what is there no longer."""
        state, run = self.state(kind), self.begin(kind, Mode.KEYS)
        state.begin(Mode.KEYS, self.clock())
        reading = Reading(kind, run, state, self.lease)
        try:
            question = keys_only(kind, company)
            after = state.position if self.lease else ""
            for portion in self._counted(run, portions(question, self.gateway, self.clock, after=after)):
                run.server_count = portion.count if portion.count is not None else run.server_count
                keys = [key for row in portion.rows if is_key(question.key, key := row[question.key.upper()])]
                self._ask_for(reading, reading.unknown(keys), company)
                reading.see(keys, self.clock(), position=portion.last)
                if portion.more:
                    self.progress(run)
                    if self._time_is_up():
                        return self._paused(run, kind)
            self._settle(reading, company)
        except IntegrationError as error:
            self._stop(error)
            return self.failed(run, kind, error)
        return run

    def _through(self, reading: Reading, found: Iterator[Portion], company: Company) -> None:
        for portion in found:
            run = reading.run
            run.server_count = portion.count if portion.count is not None else run.server_count
            reading.take(portion.rows, self.clock(), position=portion.last, watermark=portion.watermark)
            if portion.more:
                self.progress(run)
                if self._time_is_up():
                    self._paused(run, reading.kind)
                    return
        self._settle(reading, company)

    def _settle(self, reading: Reading, company: Company) -> None:
        """Ask for what was not shown by its keys, and retire what is not shown then either."""
        for keys in reading.in_doubt(agreed=self.agreed) if reading.kind.objects else ():
            self._ask_for(reading, keys, company)
        reading.close(self.clock(), agreed=self.agreed)
        self._doubt(reading)

    def _doubt(self, reading: Reading) -> None:
        """Have the keys of a kind compared where the counts disagree, or where they have not been for long."""
        run = reading.run
        if not reading.kind.objects or run.mode == Mode.KEYS:
            return
        disagree = run.outcome == Outcome.INCOMPLETE and not reading.unreadable
        disagree = disagree or (run.outcome == Outcome.HELD and self.agreed > 0)
        if disagree or (self.mode is None and self._keys_due(reading.state)):
            self.doubtful.append(reading.kind)

    def _ask_for(self, reading: Reading, keys: Sequence[str], company: Company) -> None:
        for page in pages_of(reading.kind, keys, company=company, gateway=self.gateway) if keys else ():
            reading.run.requests += 1
            reading.take(page.rows, self.clock())

    @staticmethod
    def _counted(run: SyncRun, found: Iterator[Portion]) -> Iterator[Portion]:
        for portion in found:
            run.requests += 1
            yield portion

    def _paused(self, run: SyncRun, kind: Kind) -> SyncRun:
        run.our_count = kind.model.objects.filter(connection=self.connection, **kind.scope).present().count()
        run.finish(Outcome.PAUSED, now=self.clock(), error="It takes longer than one task may; it goes on in a moment where it stopped.")
        return run
