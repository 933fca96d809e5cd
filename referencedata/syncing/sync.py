"""Make our copy of reference data equal to what Sage Intacct knows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

import structlog

from integration.clock import Clock
from integration.intacct.gateway import Gateway
from integration.models import Connection, Lease, owner
from referencedata.models import Mode, SyncRun
from referencedata.syncing.connection_sync import Round
from referencedata.syncing.storing import place_locations
from referencedata.syncing.verifying import verify

log = structlog.get_logger(__name__)

Outcome = SyncRun.Outcome


class ConnectionClosed(Exception):
    """Sign-in was refused before; asking again may lock the user out of Sage Intacct."""


def sync_all(
    connection: Connection,
    *,
    gateway: Gateway,
    clock: Clock,
    kinds: Collection[str] | None = None,
    mode: Mode | None = None,
    dry_run: bool = False,
    agreed: int = 0,
    stop_at: datetime | None = None,
    progress: Callable[[SyncRun], object] = lambda run: None,
) -> list[SyncRun]:
    """Make our copy equal to Intacct's, kind by kind, and return what each reading found.

    kinds: names of kinds, or object names of the customer's own dimensions; all where None. mode: what to read; None
    reads what has changed, and everything of a kind or all its keys where that is due. dry_run: only count; the runs
    returned are not stored. agreed: how many vanished values a person has agreed to retire. stop_at: no
    request is made after it; what is left goes on from there the next time. progress: told of each run when it ends, and of a long
    one after each of its pages.

    A kind that fails leaves our copy of it as it was and does not stop the others. A refused sign-in closes the
    connection. Raises LeaseBusy if another worker is at it, LeaseLost if another has taken over meanwhile,
    ConnectionClosed, and ValueError for a kind this company does not have.
    """
    connection.refresh_from_db()
    if connection.closed_at:
        raise ConnectionClosed(connection.closed_reason)
    wanted_at = connection.sync_wanted_at
    lease = None if dry_run else Lease.take(f"sync:{connection.pk}", owner=owner(), now=clock())
    runs = []
    try:
        if lease:
            SyncRun.objects.filter(connection=connection).abandoned(clock())
        round_ = Round(connection, gateway, clock, lease, mode, agreed, stop_at, progress)
        for run in verify(round_, kinds) if mode == Mode.VERIFY else round_.runs(kinds):
            log.info("reference_data_read", connection=connection.pk, kind=run.kind, mode=run.mode, outcome=run.outcome, read=run.read)
            runs.append(run)
            progress(run)
        if lease and any(run.kind in ("entities", "locations") for run in runs):
            place_locations(connection, lease=lease, now=clock())
        if lease and kinds is None and mode != Mode.VERIFY and runs and not _left_open(runs):
            # Only the wish that was fulfilled: one made while we were reading stays.
            Connection.objects.filter(pk=connection.pk, sync_wanted_at=wanted_at).update(sync_wanted_at=None)
    finally:
        if lease:
            lease.give_back()
    return runs


def _left_open(runs: Sequence[SyncRun]) -> bool:
    """Tell whether something is left that trying again soon may bring to its end."""
    return any(run.outcome in (Outcome.FAILED, Outcome.PAUSED, Outcome.RUNNING) for run in _last(runs))


def _last(runs: Sequence[SyncRun]) -> list[SyncRun]:
    """Return the last run of each kind: what one left open, the next may have settled."""
    return list({run.kind: run for run in runs}.values())


def went_through(runs: Sequence[SyncRun]) -> bool:
    """Tell whether a round came to its end: what is refused or waits for a person does not mend itself by trying again."""
    ended = (Outcome.COMPLETE, Outcome.HELD, Outcome.REFUSED, Outcome.ABSENT)
    return bool(runs) and all(run.outcome in ended for run in _last(runs))
