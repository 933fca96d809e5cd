"""When to try again, and when to look. Pure: chance comes in as an argument."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo

LONGEST_WAIT = 900.0
FIRST_WAIT = 5.0
# Minutes after an unreadable outcome at which it is looked up, for a horizon of 20 minutes.
LOOKS = (1, 3, 7, 20)
USUAL_HORIZON = 20
NIGHT = time(2)
# So long a refused question is asked again before a person hears of it.
SLIP = timedelta(minutes=10)


def next_try(now: datetime, *, tries: int, chance: float, after: float | None = None) -> datetime:
    """Return when a request that changed nothing is sent again: full jitter, doubling from 10 seconds up to 15 minutes.

    tries: how often it was sent, at least 1. chance: between 0 and 1. after: seconds the other system asks for; of more
    than 15 minutes it is asked again meanwhile.
    """
    ceiling = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(tries, 10))
    return now + timedelta(seconds=max(ceiling * chance, min(after or 0.0, LONGEST_WAIT), 1.0))


def next_look(last_possible_send: datetime, now: datetime, *, looks: int, horizon: timedelta) -> datetime:
    """Return when an unknown outcome is looked up next: about 1, 3, 7 and 20 minutes, in proportion to the horizon.

    The last of them lies just behind the horizon, where "not found" means absent. Never in the past.
    """
    if looks < len(LOOKS) - 1:
        due = last_possible_send + horizon * LOOKS[looks] / USUAL_HORIZON
    else:
        due = last_possible_send + horizon + timedelta(seconds=1)
    return max(due, now + horizon / 100)


def next_hour(now: datetime) -> datetime:
    """Return when what waits for somebody in Intacct is read next: on the full hour, so that all of it is asked for together."""
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def next_night(now: datetime, zone: tzinfo) -> datetime:
    """Return when what is in the books is read next: at two in the night of `zone`, so that all of it is asked for together."""
    local = now.astimezone(zone)
    tonight = datetime.combine(local.date(), NIGHT, zone)
    night = tonight if tonight > local else datetime.combine(local.date() + timedelta(days=1), NIGHT, zone)
    return night.astimezone(now.tzinfo)


def soon(now: datetime, horizon: timedelta) -> datetime:
    """Return when a question is asked again that brought nothing: after a minute, in proportion to the horizon."""
    return now + max(timedelta(seconds=1), horizon / USUAL_HORIZON)


def last_possible_send(begun: datetime, *, lease_seconds: float) -> datetime:
    """Return when the last byte of a send begun then can have left: it must begin within 1/15 of the lease and ends after 4/5."""
    return begun + timedelta(seconds=lease_seconds * (1 / 15 + 4 / 5))
