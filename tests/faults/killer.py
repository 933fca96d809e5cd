"""Kills a worker right after a request of a name was carried out, before its answer is stored."""

from __future__ import annotations

import threading

from integration.sandbox.http import Answer, Request
from tests.faults.nursery import Nursery
from tests.faults.rig import Rig, kill

# A small job then needs several requests of a kind: 7 documents go as 3, 3 and 1; 5 results as 3 and 2.
LIMITS = {"documents": 3, "items": 3}


class Killer:
    """Kills the worker that works now, when the nth request of a name has been carried out."""

    def __init__(self, rig: Rig, nursery: Nursery) -> None:
        self._rig, self._nursery = rig, nursery
        self._known = threading.Event()
        self._pid = 0

    def run_and_kill(self, place: str, nth: int) -> None:
        """Run workers until one has come as far as `place`, and died there."""
        for _ in range(3):  # the first after a death finds what that one left in flight; only the next looks it up
            self._known.clear()
            self._rig.forget()
            self._rig.after(place, nth, self._kill)
            self._pid = self._nursery.start(ahead=self._rig.ahead.total_seconds(), **LIMITS)
            self._known.set()
            ended = self._nursery.wait(self._pid)
            self._rig.forget_hooks()
            if ended == -9:
                return
            assert ended == 0, self._nursery.errors()
            self._rig.forward(1)
        raise AssertionError(f"no worker came as far as {place} {nth}")

    def run(self) -> None:
        assert self._nursery.run(ahead=self._rig.ahead.total_seconds(), **LIMITS) == 0, self._nursery.errors()

    def _kill(self, name: str, request: Request, answer: Answer) -> Answer:
        self._known.wait(10)
        kill(self._pid)
        return Answer(0, drop=True)
