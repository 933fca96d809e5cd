"""What a change of a row means to the people who post with it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from referencedata.syncing.diff import Columns

_BLOCKED = ("status", "on_hold")


def differences(before: Columns, after: Columns) -> tuple[dict[str, str], dict[str, str]]:
    """Return the columns that differ, as text: (before, after)."""
    names = [name for name, value in after.items() if before.get(name) != value]
    return {name: _text(before.get(name)) for name in names}, {name: _text(after[name]) for name in names}


def what_changed(before: Mapping[str, str], after: Mapping[str, str], *, was_gone: bool, usable: bool) -> str:
    """Return what this is to a bookkeeper, by the worst of it: a word of `models.changes.What`.

    before, after: as `differences` returns them, with "name" for what people read and "rate" for the rate of a tax code.
    usable: whether it may stand on new postings now.
    """
    if was_gone:
        return "BACK" if usable else "CLOSED"
    if after.get("on_hold") == "yes" or (before.get("status") == "ACTIVE" and "status" in after):
        return "CLOSED"
    if "rate" in after:
        return "RATE"
    if "name" in after:
        return "RENAMED"
    if after.get("status") == "ACTIVE" or after.get("on_hold") == "no":
        return "OPENED"
    return "OTHER"


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)
