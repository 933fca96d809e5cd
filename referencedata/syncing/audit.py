"""Writing down what changed of values in Sage Intacct, in the same commit as the change itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import QuerySet

from integration.models import Connection
from referencedata.kinds.registry import KINDS, Kind
from referencedata.models import Change, Mirror, Status, UserDefinedValue
from referencedata.syncing.changes import differences, what_changed
from referencedata.syncing.diff import Columns

CHUNK = 500


def note_changed(connection: Connection, kind: Kind, pairs: Iterable[tuple[Columns, Columns]], now: datetime) -> None:
    """Note what differs between rows as we hold them and what was just read of them.

    pairs: (the columns we hold, with `intacct_key` and `retired_at`; the columns that were read).
    """
    changes = []
    for held, read in pairs:
        before, after = differences(held, read)
        before, after = _named(kind, before), _named(kind, after)
        usable = read.get("status") == Status.ACTIVE and not read.get("on_hold")
        what = what_changed(before, after, was_gone=held["retired_at"] is not None, usable=usable)
        changes.append(_change(connection, kind, str(held["intacct_key"]), read, what, now, before, after))
    Change.objects.bulk_create(changes, batch_size=CHUNK)


def note_gone(connection: Connection, kind: Kind, rows: QuerySet[Any], now: datetime) -> None:
    """Note that these rows have vanished from Sage Intacct; to be called before they are retired."""
    held = rows.values("intacct_key", kind.model.CODE).iterator(CHUNK)
    changes = (_change(connection, kind, row["intacct_key"], row, Change.What.GONE, now, {}, {}) for row in held)
    while some := list(islice(changes, CHUNK)):
        Change.objects.bulk_create(some)


def _change(
    connection: Connection, kind: Kind, key: str, columns: Columns, what: str, now: datetime, before: dict[str, str], after: dict[str, str]
) -> Change:
    code = str(columns[kind.model.CODE])
    own = kind.scope.get("dimension")
    return Change(
        connection=connection,
        kind=kind.name,
        label=label_of(kind),
        object_name=own or next(iter(kind.objects), "DIMENSION"),
        intacct_key=key,
        code=code,
        code_on_lines=key if own else code,
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
