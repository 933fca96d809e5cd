"""What the guard takes for hanging, tried with workers that are one line of Python."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator

import pytest

from config import guard
from config.guard import Guard

SAYS_A_WORD_LATE = "import time; time.sleep(2); print('.', end='', flush=True); time.sleep(60)"
SAYS_NOTHING = "import time; time.sleep(60)"


@pytest.fixture
def place() -> Iterator[Callable[[str], guard._Place]]:
    begun = []

    def begin(program: str) -> guard._Place:
        command = [sys.executable, "-c", program]
        begun.append(Guard(command, 1, silent_after=0.5, task_limit=1)._places[0])
        return begun[-1]

    yield begin
    for each in begun:
        each.kill()


def ended_after(place: guard._Place, *, within: float) -> float | None:
    """Look after it; return after how many seconds its process was ended, None where it still lives."""
    place.look_after()
    process, began = place._process, time.monotonic()
    assert process
    while (passed := time.monotonic() - began) < within:
        place.look_after()
        if process.poll() is not None:
            return passed
        time.sleep(0.05)
    return None


class TestAWorker:
    def test_may_take_longer_to_begin_than_to_say_that_it_is_alive(self, place):
        assert ended_after(place(SAYS_A_WORD_LATE), within=1.5) is None

    def test_that_has_said_a_word_and_is_silent_is_ended(self, place):
        ended = ended_after(place(SAYS_A_WORD_LATE), within=40)

        assert ended and ended > 2

    def test_that_never_begins_is_ended(self, place, monkeypatch):
        monkeypatch.setattr(guard, "BEGINS_WITHIN", 1.0)

        ended = ended_after(place(SAYS_NOTHING), within=40)

        assert ended and ended > 1
