"""The clock of this host jumps while an outcome is unknown: its uptime says how long ago the bytes have left."""

from __future__ import annotations

from datetime import timedelta

import pytest

from integration.sandbox import http
from integration.sandbox.http import Fault
from tests.faults.test_intacct import ENTRIES, SETTLED

JUMPS = [timedelta(hours=1), timedelta(days=1), timedelta(hours=-1), timedelta(days=-1)]


@pytest.fixture
def uptime(monkeypatch):
    """Seconds since the host was started, as a test sets them."""
    seconds = {"now": 1000}
    monkeypatch.setattr("integration.clock.uptime", lambda: ("this start", seconds["now"]))
    return seconds


class TestAClockThatJumps:
    @pytest.mark.parametrize("jump", JUMPS, ids=str)
    def test_makes_nobody_believe_that_what_is_still_to_come_is_absent(self, rig, uptime, jump):
        rig.offer("UK-09")
        rig.sandbox.intacct.inject(Fault(http.LATE, matching=ENTRIES, seconds=100_000))
        rig.run()

        for _ in range(8):
            uptime["now"] += int(SETTLED / 10)
            rig.deliver(clock=lambda: rig.clock() + jump)
        before = rig.record("UK-09").status, rig.document("UK-09").state
        rig.sandbox.intacct.run_late(rig.clock())
        uptime["now"] += int(SETTLED / 2)
        # Its next look is due by the clock, wherever that stands now.
        for seconds in range(0, 200, 20):
            rig.deliver(clock=lambda seconds=seconds: rig.clock() + jump + timedelta(seconds=seconds))

        assert before == ("UNKNOWN", "UNKNOWN")
        assert rig.document("UK-09").state == "CONFIRMED"
        assert rig.sent(rig.document("UK-09").control_id) == 1, (rig.names, rig.state())
        assert sum(rig.references().values()) == 1

    @pytest.mark.parametrize("jump", JUMPS, ids=str)
    def test_and_what_never_came_is_known_as_absent_after_the_horizon(self, rig, uptime, jump):
        rig.offer("UK-09")
        rig.sandbox.intacct.inject(Fault(http.RESET_BEFORE, matching=ENTRIES))
        rig.run()

        uptime["now"] += int(SETTLED) + 2
        for seconds in range(0, 200, 20):
            rig.deliver(clock=lambda seconds=seconds: rig.clock() + jump + timedelta(seconds=seconds))

        assert rig.document("UK-09").state != "UNKNOWN"
        assert not rig.document("UK-09").doubt

    def test_and_a_host_that_was_started_anew_goes_by_the_clock(self, rig, uptime, monkeypatch):
        rig.offer("UK-09")
        rig.sandbox.intacct.inject(Fault(http.RESET_BEFORE, matching=ENTRIES))
        rig.run()

        monkeypatch.setattr("integration.clock.uptime", lambda: ("another start", 5))
        rig.deliver(clock=lambda: rig.clock() + timedelta(seconds=SETTLED / 2))
        before = rig.document("UK-09").state
        rig.deliver(clock=lambda: rig.clock() + timedelta(seconds=SETTLED))

        assert before == "UNKNOWN"
        assert not rig.document("UK-09").doubt


def test_the_host_says_how_long_it_is_up(db):
    from integration import clock

    assert clock._boot()
    assert clock.clock()
