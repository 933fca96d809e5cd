"""A place in the queue before Pleo: every call of ours waits for its turn, whichever worker makes it."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings

from integration.clock import Clock
from integration.errors import TryLater
from integration.models import Lease, Pace

# Nobody sleeps longer than this; what would have to is tried again by the queue.
LONGEST_WAIT = 60.0


class TimeIsUp(Exception):
    """The step has used its share of the task's time limit and stops where it is; the next one goes on."""


class Turns:
    """Lets one step call Pleo, call by call. calls: how many were let through.

    lease: kept alive before each call, so that no call leaves when another worker has taken over. stop_at: a
    time.monotonic() after which no call leaves.
    """

    def __init__(
        self,
        address: str,
        *,
        clock: Clock,
        lease: Lease | None = None,
        stop_at: float | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._name = address.rstrip("/").lower()[:300]
        self._clock = clock
        self._lease = lease
        self._stop_at = stop_at
        self._sleep = sleep
        self.calls = 0

    def wait(self) -> None:
        """Return when a call may leave. Raises TimeIsUp, LeaseLost, and TryLater where that is more than a minute away."""
        now = self._clock()
        seconds = (Pace.take_turn(self._name, now, a_minute=settings.PLEO_CALLS_A_MINUTE) - now).total_seconds()
        if self._stop_at is not None and time.monotonic() + max(seconds, 0) >= self._stop_at:
            raise TimeIsUp
        if seconds > LONGEST_WAIT:
            raise TryLater("Pleo is limiting how often it may be asked.", code="429", after=seconds)
        if seconds > 0:
            self._sleep(seconds)
        if self._lease:
            self._lease.hold(self._clock())
        self.calls += 1

    def hold_back(self, seconds: float) -> None:
        """Pleo has asked for a pause: no worker calls before it is over."""
        Pace.hold_back(self._name, self._clock(), seconds=seconds, a_minute=settings.PLEO_CALLS_A_MINUTE)
