"""Writing what was read of one kind into our copy: each page in one commit, retirement at the very end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from integration.models import Connection, Lease
from referencedata.diff import Changes, Columns, diff, needs_a_person, vanished
from referencedata.kinds import Kind, Row
from referencedata.models import Entity, Location, SyncRun
from referencedata.places import entity_of
from referencedata.trail import note_changed, note_gone

CHUNK = 500
_SHOWN = 3  # unreadable rows named in full

Outcome = SyncRun.Outcome


@dataclass(slots=True)
class Reading:
    """One kind being read.

    lease: None only counts and stores nothing. seen: keys shown so far. unreadable: a sentence for each row left out.
    moved: the server's count changed between two pages, so that pages counted by offset may have left out rows.
    """

    kind: Kind
    run: SyncRun
    lease: Lease | None
    seen: set[str] = field(default_factory=set)
    unreadable: list[str] = field(default_factory=list)
    moved: bool = False

    def counted(self, total: int) -> None:
        """Note how many Intacct says there are."""
        self.moved = self.moved or self.run.server_count not in (None, total)
        self.run.server_count = total

    def take(self, rows: Iterable[Row], now: datetime) -> None:
        """Store one page. Raises LeaseLost if another worker has taken over; nothing is written then."""
        read: dict[str, dict[str, object]] = {}
        for row in rows:
            try:
                key, columns = self.kind.read(row)
            except ValueError as error:
                self.unreadable.append(str(error))
            else:
                read[key] = columns
        with _held(self.lease, now):
            ours = {each.intacct_key: each for each in self._rows().filter(intacct_key__in=read)}
            held = {key: {name: getattr(each, name) for name in read[key]} for key, each in ours.items()}
            changes = diff(held, read, retired=[key for key, each in ours.items() if each.retired_at])
            if self.lease:
                self._write(changes, read, ours, now)
        self.seen.update(read)
        self.run.read = len(self.seen)
        self.run.added += len(changes.added)
        self.run.changed += len(changes.changed)

    def close(self, clock: Any, *, retire_any: bool) -> None:
        """Retire what a complete reading no longer showed, and finish the run.

        retire_any: a person has agreed to retire however many. Raises LeaseLost.
        """
        keys = self._present()
        gone = vanished(keys, self.seen)
        outcome, error = self._judge(len(keys), len(gone), retire_any=retire_any)
        now = clock()
        with _held(self.lease, now):
            if outcome == Outcome.COMPLETE:
                self.run.retired = len(gone)
                for chunk in _chunks([keys[key] for key in gone]) if self.lease else ():
                    note_gone(self.run.connection, self.kind, chunk, now)
                    self.kind.model.retire(chunk, now)
            self.count()
            self.run.finish(outcome, now=now, error=error)

    def in_doubt(self, *, retire_any: bool) -> tuple[str, ...]:
        """Return the keys that would be retired now, to be asked for one by one: a page may have skipped a row.

        Empty where a person has to agree first.
        """
        keys = self._present()
        gone = vanished(keys, self.seen)
        return () if needs_a_person(len(keys), len(gone)) and not retire_any else gone

    def count(self) -> None:
        self.run.our_count = self._rows().filter(retired_at=None).count()

    def _judge(self, held: int, gone: int, *, retire_any: bool) -> tuple[str, str]:
        """Return (outcome, what to do)."""
        what = self.kind.label.lower()
        if self.unreadable:
            named = " ".join(self.unreadable[:_SHOWN])
            more = f" … and {len(self.unreadable) - _SHOWN} more." if len(self.unreadable) > _SHOWN else ""
            return Outcome.INCOMPLETE, f"{len(self.unreadable)} of the {what} could not be understood and were left out: {named}{more}"
        if self.moved or len(self.seen) != self.run.server_count:
            return (
                Outcome.INCOMPLETE,
                f"Sage Intacct counts {self.run.server_count} {what} and showed {len(self.seen)}; they were probably changed while they "
                "were read. What was read is stored, nothing was retired, and it is read again in a quarter of an hour.",
            )
        if needs_a_person(held, gone) and not retire_any:
            return (
                Outcome.HELD,
                f"{gone} of {held} {what} are no longer shown by Sage Intacct. Nothing was retired. See in Sage Intacct whether they "
                "are gone or the Web Services user may no longer see them; if they are gone, retire them with: "
                f'manage.py sync_reference_data "{self.run.connection}" --kind {self.kind.name} --retire',
            )
        return Outcome.COMPLETE, ""

    def _present(self) -> dict[str, int]:
        return dict(self._rows().filter(retired_at=None).values_list("intacct_key", "pk"))

    def _rows(self) -> Any:
        return self.kind.model.objects.filter(connection=self.run.connection, **self.kind.scope)

    def _write(self, changes: Changes, read: Mapping[str, Columns], ours: Mapping[str, Any], now: datetime) -> None:
        model = self.kind.model
        model.objects.bulk_create(
            [
                model(connection=self.run.connection, intacct_key=key, first_seen_at=now, last_seen_at=now, changed_at=now, **read[key])
                for key in changes.added
            ],
            batch_size=CHUNK,
        )
        note_changed(self.run.connection, self.kind, [(ours[key], read[key]) for key in changes.changed], now)
        touched = []
        for key in changes.changed:
            row = ours[key]
            for name, value in {**read[key], "changed_at": now, "last_seen_at": now, "retired_at": None}.items():
                setattr(row, name, value)
            touched.append(row)
        if touched:
            names = [*read[changes.changed[0]], "changed_at", "last_seen_at", "retired_at"]
            model.objects.bulk_update(touched, names, batch_size=CHUNK)
        for chunk in _chunks([ours[key].pk for key in changes.unchanged]):
            model.objects.filter(pk__in=chunk).update(last_seen_at=now)


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


@contextmanager
def _held(lease: Lease | None, now: datetime) -> Iterator[None]:
    """One commit that is only made while the lease is ours."""
    with transaction.atomic():
        if lease:
            lease.hold(now)
        yield


def _chunks(pks: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(pks), CHUNK):
        yield pks[start : start + CHUNK]
