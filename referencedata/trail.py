"""Writing down what changed of values in Sage Intacct, in the same commit as the change itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from integration.models import Connection
from referencedata.diff import Columns
from referencedata.history import differences, what_changed
from referencedata.kinds import KINDS, Kind
from referencedata.models import Change, Mirror, UserDefinedValue

CHUNK = 500


def note_changed(connection: Connection, kind: Kind, pairs: Iterable[tuple[Mirror, Columns]], now: datetime) -> None:
    """Note what differs between rows as we hold them and what was just read of them; to be called before they take it over."""
    changes = []
    for row, read in pairs:
        before, after = differences({name: getattr(row, name) for name in read}, read)
        before, after = _named(kind, before), _named(kind, after)
        changes.append(_change(connection, kind, row, what_changed(before, after, was_gone=row.retired_at is not None), now, before, after))
    Change.objects.bulk_create(changes, batch_size=CHUNK)


def note_gone(connection: Connection, kind: Kind, pks: Iterable[int], now: datetime) -> None:
    """Note that these rows have vanished from Sage Intacct; to be called before they are retired."""
    rows = kind.model.objects.filter(pk__in=list(pks), retired_at=None)
    Change.objects.bulk_create([_change(connection, kind, row, Change.What.GONE, now, {}, {}) for row in rows], batch_size=CHUNK)


def _change(
    connection: Connection, kind: Kind, row: Mirror, what: str, now: datetime, before: dict[str, str], after: dict[str, str]
) -> Change:
    object_name, code_on_lines = on_lines(row)
    return Change(
        connection=connection,
        kind=kind.name,
        label=label_of(kind),
        object_name=object_name,
        intacct_key=row.intacct_key,
        code=str(getattr(row, row.CODE)),
        code_on_lines=code_on_lines,
        what=what,
        at=now,
        before=before,
        after=after,
    )


def on_lines(row: Mirror) -> tuple[str, str]:
    """Return what a document carries of this value: (Intacct's name of the object, its code or, of an own dimension, its id)."""
    if isinstance(row, UserDefinedValue):
        return row.dimension, row.intacct_key
    kind = next(each for each in KINDS if isinstance(row, each.model))
    return next(iter(kind.objects), "DIMENSION"), str(getattr(row, row.CODE))


def label_of(kind: Kind) -> str:
    """Return what people call one value of this kind: "project", or the customer's own word for their dimension."""
    return kind.label.removesuffix(" (own dimension)") if kind.scope.get("dimension") else str(kind.model._meta.verbose_name)


def _named(kind: Kind, columns: dict[str, str]) -> dict[str, str]:
    """Return the columns under the names that `what_changed` knows: what people read is the name, a percentage is the rate."""
    names = {kind.model.CODE: "name", kind.model.NAME: "name", "value": "rate"}
    return {names.get(name, name): value for name, value in columns.items()}
