"""Writing what was read of one kind into our copy: each page in one commit, retirement at the very end."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from integration.models import Connection, Lease
from referencedata.kinds.registry import Kind, Row
from referencedata.models import Entity, Location, Mode, SyncRun, SyncState
from referencedata.places import entity_of
from referencedata.syncing.audit import note_changed, note_gone
from referencedata.syncing.diff import Columns, diff, needs_a_person

CHUNK = 500
_SHOWN = 3  # unreadable rows named in full

Outcome = SyncRun.Outcome


@dataclass(slots=True)
class Reading:
    """One kind being read.

    lease: None only counts and stores nothing. unreadable: a sentence for each row left out. seen: keys shown, kept only
    where nothing is stored; else each row bears the number of the reading that showed it.
    """

    kind: Kind
    run: SyncRun
    state: SyncState
    lease: Lease | None
    unreadable: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def take(self, rows: Iterable[Row], now: datetime, *, position: str | None = None, watermark: datetime | None = None) -> None:
        """Store one page, and in the same commit how far a way through all keys has come.

        position: the last key of the page; None for rows that are no part of such a way. watermark: of the page.
        Raises LeaseLost if another worker has taken over; nothing is written then.
        """
        read: dict[str, Columns] = {}
        for row in rows:
            try:
                key, columns = self.kind.read(row)
            except ValueError as error:
                self.unreadable.append(str(error))
            else:
                read[key] = columns
        with _held(self.lease, now):
            added, changed = self._store(read, now)
            if self.run.mode != Mode.KEYS:
                self.run.read += len(read)
            self.run.added += added
            self.run.changed += changed
            self._progress(position, watermark)

    def see(self, keys: Sequence[str], now: datetime, *, position: str) -> None:
        """Note that Intacct still has these records, as `take` does for whole ones."""
        with _held(self.lease, now):
            if self.lease:
                for chunk in _chunks(keys):
                    self.rows().present().filter(intacct_key__in=chunk).update(last_seen_at=now, seen_in=self.state.reading)
            else:
                self.seen.update(keys)
            self.run.read += len(keys)
            self._progress(position, None)

    def unknown(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Return those of Intacct's keys that we do not hold, or hold as gone."""
        held: set[str] = set()
        for chunk in _chunks(keys):
            held.update(self.rows().present().filter(intacct_key__in=chunk).values_list("intacct_key", flat=True))
        return tuple(key for key in keys if key not in held)

    def in_doubt(self, *, agreed: int) -> Iterator[tuple[str, ...]]:
        """Yield the keys that would be retired now, a thousand at a time: each is asked for once more before.

        Nothing where a person has to agree first. What is shown after all must be taken before the next ones are asked.
        """
        held, gone = self._balance()
        last = 0
        while gone and not needs_a_person(held, gone, agreed=agreed):
            chunk = list(self._unseen().filter(pk__gt=last).order_by("pk").values_list("pk", "intacct_key")[:1000])
            if not chunk:
                return
            last = chunk[-1][0]
            keys = tuple(key for _, key in chunk if key not in self.seen)
            if keys:
                yield keys

    def close(self, now: datetime, *, agreed: int) -> None:
        """Retire what a way through all keys no longer showed, and finish the run.

        agreed: how many a person has agreed to retire. Raises LeaseLost.
        """
        held, gone = self._balance()
        self.run.gone = gone
        outcome, error = self._judge(held, gone, agreed=agreed)
        with _held(self.lease, now):
            if outcome == Outcome.COMPLETE:
                if self.lease:
                    note_gone(self.run.connection, self.kind, self._unseen(), now)
                self.run.retired = self._unseen().retire(now) if self.lease else gone
            self.run.our_count = held - gone if outcome == Outcome.COMPLETE else held
            if self.lease:
                # What we hold and were not shown may have changed: nothing counts as read up to here while it is in doubt.
                whole = outcome == Outcome.COMPLETE or (not gone and not self.unreadable)
                self.state.through(now, whole=whole, held=error if outcome == Outcome.HELD else "")
            self.run.watermark = self.state.watermark
            self.run.finish(outcome, now=now, error=error)

    def catch_up(self, rows: Iterable[Row], now: datetime, *, watermark: datetime | None) -> None:
        """Store the last page of what was changed and finish the run, in one commit. Raises LeaseLost.

        Where the counts agree, our copy holds every change before `watermark` now. Where they do not, the Web Services
        user may have lost sight of records, and of their changes: then they are asked for again from where we were.
        """
        with _held(self.lease, now):
            self.take(rows, now)
            self.count()
            outcome, error = self._judge_changes()
            if self.lease and outcome == Outcome.COMPLETE:
                self.state.caught_up(watermark)
            self.run.watermark = self.state.watermark
            self.run.finish(outcome, now=now, error=error)

    def count(self) -> None:
        self.run.our_count = self.rows().present().count()

    def rows(self) -> Any:
        return self.kind.model.objects.filter(connection=self.run.connection, **self.kind.scope)

    def _unseen(self) -> Any:
        return self.rows().present().exclude(seen_in=self.state.reading)

    def _balance(self) -> tuple[int, int]:
        """Return (how many we hold, how many of them this way through all keys has not shown)."""
        present = self.rows().present()
        if self.lease:
            return present.count(), self._unseen().count()
        held = present.values_list("intacct_key", flat=True)
        return present.count(), sum(key not in self.seen for key in held.iterator())

    def _judge(self, held: int, gone: int, *, agreed: int) -> tuple[str, str]:
        """Return (outcome, what to do)."""
        what = self.kind.label.lower()
        left = held - gone if self.lease else len(self.seen)
        if self.unreadable:
            return Outcome.INCOMPLETE, self._left_out()
        if needs_a_person(held, gone, agreed=agreed):
            return (
                Outcome.HELD,
                f"{gone} of {held} {what} are no longer shown by Sage Intacct. Nothing was retired. See in Sage Intacct whether they "
                "are gone or the Web Services user may no longer see them; if they are gone, press Retire what is gone here, or use: "
                f'manage.py sync_reference_data "{self.run.connection}" --kind {self.kind.name} --keys --retire',
            )
        if left != self.run.server_count:
            return (
                Outcome.INCOMPLETE,
                f"Sage Intacct counts {self.run.server_count} {what} and showed {left}; they were probably changed while they "
                "were read. What was read is stored, nothing was retired, and their keys are compared again.",
            )
        return Outcome.COMPLETE, ""

    def _judge_changes(self) -> tuple[str, str]:
        what, ours = self.kind.label.lower(), self.run.our_count
        if not self.lease:
            ours = (ours or 0) + self.run.added
        if self.unreadable:
            return Outcome.INCOMPLETE, self._left_out()
        if self.run.server_count == ours:
            return Outcome.COMPLETE, ""
        if self.state.held:
            self.run.gone = max((ours or 0) - (self.run.server_count or 0), 0)
            return Outcome.HELD, self.state.held
        return (
            Outcome.INCOMPLETE,
            f"Sage Intacct counts {self.run.server_count} {what}, our copy {ours}. All changes are stored, nothing was retired, and "
            "their keys are compared now.",
        )

    def _left_out(self) -> str:
        named = " ".join(self.unreadable[:_SHOWN])
        more = f" … and {len(self.unreadable) - _SHOWN} more." if len(self.unreadable) > _SHOWN else ""
        what = self.kind.label.lower()
        return (
            f"{len(self.unreadable)} of the {what} could not be understood and were left out: {named}{more} Correct them in Sage "
            "Intacct; they are read again with the next sync."
        )

    def _progress(self, position: str | None, watermark: datetime | None) -> None:
        if self.lease:
            if position is not None:
                self.state.advance(position, watermark)
            self.run.show_progress()

    def _store(self, read: Mapping[str, Columns], now: datetime) -> tuple[int, int]:
        """Write what differs, and return how many are new and how many have changed."""
        names = list(next(iter(read.values()), ()))
        ours: dict[str, dict[str, Any]] = {}
        for chunk in _chunks(list(read)):
            for row in self.rows().filter(intacct_key__in=chunk).values("pk", "intacct_key", "retired_at", *names):
                ours[row["intacct_key"]] = row
        changes = diff(ours, read, retired=[key for key, row in ours.items() if row["retired_at"]])
        if self.lease:
            note_changed(self.run.connection, self.kind, [(ours[key], read[key]) for key in changes.changed], now)
            self._write((*changes.added, *changes.changed), read, now)
            for pks in _chunks([ours[key]["pk"] for key in changes.unchanged]):
                self.kind.model.objects.filter(pk__in=pks).update(last_seen_at=now, seen_in=self.state.reading)
        else:
            self.seen.update(read)
        return len(changes.added), len(changes.changed)

    def _write(self, keys: Collection[str], read: Mapping[str, Columns], now: datetime) -> None:
        """Insert or change these rows; when a row was first seen stays as it is."""
        if not keys:
            return
        model, seen = self.kind.model, {"last_seen_at": now, "changed_at": now, "seen_in": self.state.reading}
        model.objects.bulk_create(
            [model(connection=self.run.connection, intacct_key=key, first_seen_at=now, **seen, **read[key]) for key in keys],
            batch_size=CHUNK,
            update_conflicts=True,
            unique_fields=["connection", *self.kind.scope, "intacct_key"],
            update_fields=[*(name for name in next(iter(read.values())) if name not in self.kind.scope), *seen, "retired_at"],
        )


def place_locations(connection: Connection, *, lease: Lease, now: datetime) -> int:
    """Write on each location the entity it lies in, and return how many moved. Raises LeaseLost."""
    entities = set(Entity.objects.present().filter(connection=connection).values_list("code", flat=True))
    locations = list(Location.objects.present().filter(connection=connection).only("pk", "code", "parent", "entity_code"))
    parents = {each.code: each.parent for each in locations}
    moved = []
    for each in locations:
        entity = entity_of(each.code, parents=parents, entities=entities)
        if entity != each.entity_code:
            each.entity_code = entity
            moved.append(each)
    with _held(lease, now):
        Location.objects.bulk_update(moved, ["entity_code"], batch_size=CHUNK)
    return len(moved)


def begin(states: Iterable[SyncState], mode: str, *, lease: Lease | None, now: datetime) -> None:
    """Note for all these kinds that they are to be gone through: should we die, whoever comes next goes on. Raises LeaseLost."""
    with _held(lease, now):
        for state in states:
            state.begin(mode, now)
            if lease:
                state.store()


@contextmanager
def _held(lease: Lease | None, now: datetime) -> Iterator[None]:
    """One commit that is only made while the lease is ours."""
    with transaction.atomic():
        if lease:
            lease.hold(now)
        yield


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
