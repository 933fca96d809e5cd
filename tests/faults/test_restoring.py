"""An older backup is put back, and Pleo's users queue again what it does not know: nothing twice, all of it taken over."""

from __future__ import annotations

import pytest

from exports.models import Event, RestoreMode, Unaccounted
from tests.faults.backup import backup, forget_control_ids, restore
from tests.faults.rig import GOOD, HORIZON, SMALL

LATER = ("UK-02", "UK-03", "UK-04")
REMEMBERED = pytest.mark.parametrize("forgotten", [False, True], ids=["control ids remembered", "control ids forgotten"])


def put_back(rig, kept, *, forgotten):
    if forgotten:
        forget_control_ids(rig.sandbox)
    restore(kept)
    rig.forget()


class TestRestoreMode:
    @REMEMBERED
    def test_takes_over_what_is_offered_again_and_sends_none_of_it(self, rig, forgotten):
        rig.offer(*LATER)
        kept = backup()  # nothing is known of any of them
        rig.settle()
        before = rig.references()
        put_back(rig, kept, forgotten=forgotten)

        rig.offer(*LATER)
        rig.settle()

        assert rig.references() == before
        assert rig.count("send") == 0
        assert {rig.record(label).status for label in LATER} == {"POSTED"}
        rig.check()

    @REMEMBERED
    def test_takes_over_what_was_planned_already(self, rig, forgotten):
        rig.offer(*SMALL)
        rig.until_sent()
        kept = backup()
        rig.settle()
        before = rig.references()
        put_back(rig, kept, forgotten=forgotten)

        rig.settle()
        rig.offer(*GOOD)
        rig.settle()

        assert rig.references() == before
        assert {rig.record(label).status for label in GOOD} == {"POSTED"}
        rig.check()

    def test_sends_nothing_until_the_horizon_is_over_and_then_goes_on_by_itself(self, rig):
        rig.offer(*GOOD)
        kept = backup()
        rig.settle()
        put_back(rig, kept, forgotten=True)
        rig.offer(*LATER)

        errors = rig.run()

        assert rig.count("send") == 0
        assert any("Restore mode" in error for error in errors)
        mode = RestoreMode.objects.get(ended_at=None)
        assert mode.found == len(rig.references())
        rig.settle()
        assert {rig.record(label).status for label in LATER} == {"POSTED"}
        assert not RestoreMode.objects.filter(ended_at=None).exists()
        assert [event.what for event in Event.objects.filter(what__startswith="restore mode")] == [
            "restore mode began",
            "restore mode ended",
        ]
        # What is not offered again stays listed.
        assert Unaccounted.objects.count() == len(rig.references()) - len(LATER)

    def test_asks_once_in_a_delivery_and_not_while_it_waits(self, rig):
        rig.offer(*GOOD)
        kept = backup()
        rig.settle()
        put_back(rig, kept, forgotten=True)
        rig.offer(*LATER)
        rig.run()
        rig.forget()

        rig.forward(HORIZON / 2)
        rig.deliver()
        asked_while_waiting = rig.count("watch the ledger")
        rig.forward(HORIZON)
        rig.deliver()

        assert asked_while_waiting == 0
        assert rig.count("watch the ledger") == 1

    def test_is_not_switched_on_by_what_we_wrote_ourselves(self, rig):
        for labels in (SMALL, LATER):
            rig.offer(*labels)
            rig.settle()
        rig.forward(3 * HORIZON)
        rig.offer("UK-05")
        rig.settle()

        assert not RestoreMode.objects.exists()
        assert not Unaccounted.objects.exists()

    def test_costs_one_request_in_a_delivery_that_sends_and_none_in_others(self, rig):
        rig.offer(*SMALL)
        rig.until_sent()
        rig.forget()

        rig.deliver()
        rig.deliver()

        assert rig.count("watch the ledger") == 1
