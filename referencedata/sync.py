"""Make our copy of reference data equal to what Sage Intacct knows."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import Max

from integration.clock import Clock
from integration.errors import IntegrationError, Rejected, SignInRefused, TryLater
from integration.intacct.gateway import Gateway
from integration.models import Connection, Lease
from referencedata.kinds import KINDS, Kind
from referencedata.models import SyncRun
from referencedata.reading import Company, look_around, pages, pages_of
from referencedata.storing import Reading, place_locations

log = structlog.get_logger(__name__)

TRY_AGAIN_AFTER = timedelta(minutes=15)

Outcome = SyncRun.Outcome


class ConnectionClosed(Exception):
    """Sign-in was refused before; asking again may lock the user out of Sage Intacct."""


def sync_all(
    connection: Connection,
    *,
    gateway: Gateway,
    clock: Clock,
    kinds: Collection[str] | None = None,
    dry_run: bool = False,
    retire_any: bool = False,
    progress: Callable[[SyncRun], object] = lambda run: None,
) -> list[SyncRun]:
    """Make our copy equal to Intacct's, kind by kind, and return what each reading found.

    kinds: names of kinds, or object names of the customer's own dimensions; all where None. dry_run: only count; the
    runs returned are not stored. retire_any: retire whatever has vanished, however much: a person has said so.

    A kind that fails leaves our copy of it as it was and does not stop the others. A refused sign-in closes the
    connection. Raises LeaseBusy if another worker is at it, LeaseLost if another has taken over meanwhile,
    ConnectionClosed, and ValueError for a kind this company does not have.
    """
    connection.refresh_from_db()
    if connection.closed_at:
        raise ConnectionClosed(connection.closed_reason)
    wanted_at = connection.sync_wanted_at
    lease = None if dry_run else Lease.take(f"sync:{connection.pk}", owner=uuid.uuid4().hex, now=clock())
    runs = []
    try:
        if lease:
            SyncRun.objects.filter(connection=connection).abandoned(clock())
        for run in _Round(connection, gateway, clock, lease, retire_any).runs(kinds):
            log.info("reference_data_read", connection=connection.pk, kind=run.kind, outcome=run.outcome, read=run.read)
            runs.append(run)
            progress(run)
        if lease and any(run.kind in ("entities", "locations") for run in runs):
            place_locations(connection, lease=lease, now=clock())
        if lease and kinds is None and went_through(runs):
            # Only the wish that was fulfilled: one made while we were reading stays.
            Connection.objects.filter(pk=connection.pk, sync_wanted_at=wanted_at).update(sync_wanted_at=None)
    finally:
        if lease:
            lease.give_back()
    return runs


def went_through(runs: Sequence[SyncRun]) -> bool:
    """Tell whether a round came to its end: what is refused or waits for a person does not mend itself by trying again."""
    return bool(runs) and all(run.outcome in (Outcome.COMPLETE, Outcome.HELD, Outcome.REFUSED) for run in runs)


def due(now: datetime) -> list[Connection]:
    """Return the open connections to sync now: wished for, not tried for SYNC_EVERY_HOURS, or failed a while ago."""
    every = timedelta(hours=settings.SYNC_EVERY_HOURS)
    found = []
    candidates = Connection.objects.open().filter(intacct_credentials__isnull=False)
    tried = dict(candidates.annotate(tried_at=Max("syncrun__started_at")).values_list("pk", "tried_at"))
    for connection in candidates:
        tried_at, wanted_at = tried.get(connection.pk), connection.sync_wanted_at
        if tried_at is None or tried_at <= now - every or (wanted_at and tried_at < wanted_at):
            found.append(connection)
        elif tried_at <= now - TRY_AGAIN_AFTER:
            newest = SyncRun.objects.filter(connection=connection, started_at__gt=now - every).newest()
            if wanted_at or newest.filter(outcome__in=(Outcome.FAILED, Outcome.INCOMPLETE, Outcome.RUNNING)).exists():
                found.append(connection)
    return found


@dataclass(slots=True)
class _Round:
    """All kinds of one connection, read once.

    stopped: what concerns the whole connection; nothing more is asked then, and every kind left says so.
    """

    connection: Connection
    gateway: Gateway
    clock: Clock
    lease: Lease | None
    retire_any: bool
    stopped: IntegrationError | None = None

    def runs(self, names: Collection[str] | None) -> Iterator[SyncRun]:
        started_at = self.clock()
        company = self._look_around()
        for number, kind in enumerate(_chosen(company.kinds() if company else KINDS, names, complete=company is not None)):
            # The look around belongs to the first run: its time, and its one request.
            yield self._run(kind, company, started_at=self.clock() if number else started_at, requests=0 if number else 1)

    def _look_around(self) -> Company | None:
        try:
            return look_around(self.gateway)
        except IntegrationError as error:
            self._stop(error)
            return None

    def _run(self, kind: Kind, company: Company | None, *, started_at: datetime, requests: int) -> SyncRun:
        run = SyncRun(connection=self.connection, kind=kind.name, label=kind.label, started_at=started_at, requests=requests)
        if self.lease:
            run.save(force_insert=True)
        if company is None or self.stopped:
            return self._failed(run, kind, self.stopped)
        reading = Reading(kind, run, self.lease)
        try:
            for page in pages(kind, company=company, gateway=self.gateway):
                run.requests += 1 if kind.objects else 0
                reading.counted(page.total)
                reading.take(page.rows, self.clock())
            doubted = reading.in_doubt(retire_any=self.retire_any) if kind.objects else ()
            for page in pages_of(kind, doubted, company=company, gateway=self.gateway) if doubted else ():
                run.requests += 1
                reading.take(page.rows, self.clock())
        except IntegrationError as error:
            reading.count()
            if isinstance(error, SignInRefused | TryLater):
                self._stop(error)
            return self._failed(run, kind, error)
        reading.close(self.clock, retire_any=self.retire_any)
        return run

    def _stop(self, error: IntegrationError) -> None:
        self.stopped = error
        if isinstance(error, SignInRefused) and error.of in ("user", "sender"):
            self.connection.close(f"Sage Intacct refused the sign-in: {error.message}", self.clock())

    def _failed(self, run: SyncRun, kind: Kind, error: IntegrationError | None) -> SyncRun:
        said = error.message if error else ""
        if isinstance(error, SignInRefused):
            outcome = Outcome.REFUSED
            text = f"Sage Intacct refused the sign-in: {said} Enter the right credentials on the connection, then sync again."
        elif isinstance(error, Rejected):
            outcome = Outcome.REFUSED
            text = (
                f"Sage Intacct does not show the {kind.label.lower()}: {said} If the company uses them, the role of the Web Services "
                f"user needs the permission to {kind.permission} (Company › Admin › Roles). Our copy of them stays as it was."
            )
        else:
            outcome = Outcome.FAILED
            text = f"{said} Our copy stays as it was; it is tried again in a quarter of an hour."
        run.finish(outcome, now=self.clock(), error=text)
        return run


def _chosen(known: tuple[Kind, ...], names: Collection[str] | None, *, complete: bool) -> tuple[Kind, ...]:
    """Return the kinds of these names, whatever their case; raise ValueError for others.

    complete: False where the customer's own dimensions could not be asked for; then other names may be theirs.
    """
    if names is None:
        return known
    wanted = {name.lower() for name in names}
    unknown = sorted(wanted - {kind.name.lower() for kind in known})
    if unknown and complete:
        raise ValueError(f"There is no kind called {', '.join(unknown)}. There are: {', '.join(kind.name for kind in known)}.")
    return tuple(kind for kind in known if kind.name.lower() in wanted)
