"""Writing rows together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db import models


def save_together(rows: Sequence[models.Model], names: Collection[str], *, linked: Collection[str] = ()) -> None:
    """Write these columns of rows of one model, in a number of queries that does not grow with them.

    What is the same in all rows is one statement; the rest costs a good deal more. linked: columns that a constraint binds to
    each other: they are written in one statement, because the constraint is checked after each.
    """
    if not rows or not names:
        return
    objects: Any = type(rows[0])._base_manager
    same = {name: getattr(rows[0], name) for name in names if all(getattr(each, name) == getattr(rows[0], name) for each in rows)}
    if any(name in names and name not in same for name in linked):
        same = {name: value for name, value in same.items() if name not in linked}
    if same:
        objects.filter(pk__in=[row.pk for row in rows]).update(**same)
    if varying := sorted(set(names) - same.keys()):
        objects.bulk_update(rows, varying)
