"""What happened to an expense, from all that was written down about it, as one line of time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from exports.models import Attempt, AttemptDocument, Event
from exports.models.trail import SYSTEM

_ICONS = {
    "offered by Pleo": "download",
    "Pleo was told": "upload",
    "In the ledger": "check_circle",
    "Draft, not in the ledger": "edit_note",
    "Needs you": "error",
    "To be reviewed": "rule",
}
# What a request said of one document: the state it brought it to, or what a look-up found.
_RESULTS = {
    "CONFIRMED": "is in Sage Intacct",
    "REJECTED": "was refused",
    "UNKNOWN": "got no clear answer, so it is looked up",
    "PLANNED": "was not carried out and is sent again",
    "REVIEW": "is to be reviewed",
    "equal": "was found as we sent it",
    "different": "was found, but differs",
    "several": "was found more than once",
    "absent": "was not found",
    "nothing": "could not be looked up",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened. by: a person's name, or "" for the system. rank: the order among things of the same moment."""

    at: datetime
    what: str
    why: str = ""
    by: str = ""
    icon: str = "circle"
    rank: int = 1


def timeline(events: Iterable[Event], parts: Iterable[AttemptDocument]) -> list[Moment]:
    """Return everything that happened, oldest first."""
    moments = [*map(_event, events)]
    for attempt, its_parts in groupby(sorted(parts, key=lambda part: part.attempt_id), key=lambda part: part.attempt):
        moments += _request(attempt, list(its_parts))
    return sorted(moments, key=lambda moment: (moment.at, moment.rank))


def _event(event: Event) -> Moment:
    return Moment(
        event.at,
        event.what[:1].upper() + event.what[1:],
        event.why,
        "" if event.who == SYSTEM else event.who,
        icon=_ICONS.get(event.what.partition(":")[0], "flag"),
        rank=3,
    )


def _request(attempt: Attempt, parts: Sequence[AttemptDocument]) -> list[Moment]:
    sent = attempt.purpose == Attempt.Purpose.SEND
    named = " and ".join(f"{part.document.get_kind_display()} {part.document.key}" for part in parts)
    moments = [
        Moment(
            attempt.begun_at,
            f"{'Sent to Sage Intacct' if sent else 'Looked up in Sage Intacct'}: {named}",
            icon="send" if sent else "search",
            rank=1,
        )
    ]
    if attempt.completed_at:
        found = "; ".join(f"{part.document.get_kind_display()} {_RESULTS.get(part.result, 'got no answer')}" for part in parts)
        said = " ".join(dict.fromkeys(part.message for part in parts if part.message))
        moments.append(Moment(attempt.completed_at, found[:1].upper() + found[1:], said, icon="reply", rank=2))
    return moments
