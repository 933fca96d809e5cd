"""The buttons of an expense: what a person may do with it now, first of all what the problem's sentence names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from exports.models import Document, ExportRecord
from exports.posting.reasons import reason

# What a person may do, by the name of its action: the words on the button, and its icon.
BUTTONS = {
    "export_again": ("Export again", "replay"),
    "look_up": ("Look up in Sage Intacct", "search"),
    "allow_date": ("Allow the date", "event_available"),
    "confirm_direction": ("Confirm the direction", "swap_vert"),
    "adopt_bill": ("Adopt the bill", "link"),
    "adopt": ("It is the one in Sage Intacct", "link"),
    "try_again": ("Try again", "refresh"),
    "settled_by_hand": ("Settled by hand", "edit_note"),
    "keep": ("Keep what is posted", "lock"),
    "reverse": ("Reverse it in Sage Intacct", "undo"),
    "reversed_there": ("I have reversed it in Sage Intacct", "fact_check"),
    "post_again": ("Post the new version", "post_add"),
    "release": ("It is not in Sage Intacct", "restart_alt"),
    "skip": ("Skip: booked by hand", "edit_note"),
    "agree": ("Agree", "how_to_reg"),
    "withdraw": ("Withdraw", "undo"),
}


def sensible_actions(record: ExportRecord, documents: Sequence[Document]) -> list[Mapping[str, Any]]:
    """Return the actions that make sense now, the one that the problems name first; the others are absent, not disabled."""
    names = []
    if record.export_again_at is None and record.may_be_exported_again:
        names.append("export_again")
    if any(document.state in (Document.State.UNKNOWN, Document.State.REJECTED) for document in documents):
        names.append("look_up")
    if record.asked:
        names += ["agree", "withdraw"]
    names += [name for name in record.decisions if name != "allow_date" or record.date_allowed_at is None]
    names = [name for name in names if not record.asked or name != record.asked]
    main = "look_up" if record.status == record.Status.UNKNOWN else "agree" if record.asked else named_first(record)
    names.sort(key=lambda name: name != main)
    return [{"name": name, "label": BUTTONS[name][0], "icon": BUTTONS[name][1], "main": name == main} for name in names]


def named_first(record: ExportRecord) -> str:
    """Return the action that its problems name, "" where they name none."""
    return first_of((problem["code"] for problem in record.problems), posted=record.posted_at is not None)


def first_of(codes: Iterable[str], *, posted: bool) -> str:
    """Return the action that problems of these codes name. What is to be decided goes before exporting it again, which needs that."""
    named = [name for code in codes if (name := reason(code).button(posted=posted))]
    return next((name for name in named if name != "export_again"), named[0] if named else "")
