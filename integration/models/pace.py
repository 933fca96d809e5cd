"""How fast all workers together may call one address: a row that says when the next call may leave."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models

from integration.clock import is_due

# Of the calls of a minute, the share that may leave at once after a quiet time.
_AT_ONCE = 15
_LONGEST = timedelta(minutes=15)


class Pace(models.Model):
    """The turns at one address. next_at: when the next call would leave if none might leave at once.

    In any 60 seconds no more than the calls of a minute have their turn: a fifteenth of them at once, the others
    evenly after it. No row is locked while anybody waits.
    """

    name = models.CharField(max_length=300, unique=True)
    next_at = models.DateTimeField()

    class Meta:
        verbose_name = "pace"

    def __str__(self) -> str:
        return self.name

    @classmethod
    def take_turn(cls, name: str, now: datetime, *, a_minute: int) -> datetime:
        """Return when the caller may call, `now` or later; that moment is nobody else's."""
        apart, spare = _parts(a_minute)
        cls.objects.get_or_create(name=name, defaults={"next_at": now})
        while True:
            held = cls.objects.get(name=name)
            due = now if is_due(held.next_at, now, within=_LONGEST + spare) else held.next_at
            # update(), not save(): the filter is what keeps two workers from taking the same turn.
            if cls.objects.filter(pk=held.pk, next_at=held.next_at).update(next_at=due + apart):
                return max(now, due - spare)

    @classmethod
    def hold_back(cls, name: str, now: datetime, *, seconds: float, a_minute: int) -> None:
        """Let nobody call for so long: the address has asked for it. After a quarter of an hour it is asked again all the same."""
        _, spare = _parts(a_minute)
        until = now + min(timedelta(seconds=seconds), _LONGEST) + spare
        cls.objects.filter(name=name, next_at__lt=until).update(next_at=until)


def _parts(a_minute: int) -> tuple[timedelta, timedelta]:
    """Return (time between two calls, how far a call may come before its time)."""
    at_once = max(a_minute // _AT_ONCE, 1)
    apart = timedelta(seconds=60) / max(a_minute - at_once, 1)
    return apart, apart * (at_once - 1)
