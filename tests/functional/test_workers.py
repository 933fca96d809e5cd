"""Several workers at once, tasks that are delivered twice, and workers that were held up: each entry is posted once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from integration.models import Lease, LeaseBusy, LeaseLost
from integration.sandbox import http
from integration.sandbox.http import Answer, Fault, Request
from integration.sandbox.world import ENTRIES, EXPECTED_PROBLEMS, US, entry_id
from tests.faults.conftest import nursery, rig, sandbox, server, shared_rig, short_times, worker_environment  # noqa: F401
from tests.faults.nursery import Nursery
from tests.faults.rig import GOOD, LEASE, SMALL, Rig

MANY = tuple(entry.label for entry in ENTRIES["UK"][:24])
US_MANY = tuple(entry.label for entry in ENTRIES["US"][:6])
LIMITS = {"documents": 3, "items": 3}


def together(*works: Callable[[], object]) -> None:
    """Do all of these at the same time, each in a thread with a database connection of its own."""
    from django.db import connections

    errors: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors, errors


class TestTwoWorkers:
    @pytest.mark.parametrize("what", ["rounds", "tasks"])
    def test_in_two_processes_post_every_entry_once(self, shared_rig: Rig, nursery: Nursery, what: str):  # noqa: F811
        jobs = [shared_rig.offer(*MANY), shared_rig.offer(*US_MANY, company=US.id)]

        def both() -> None:
            order = {"ahead": shared_rig.ahead.total_seconds(), **LIMITS}
            pids = [nursery.start(what, **order) for _ in range(2)]
            assert [nursery.wait(pid) for pid in pids] == [0, 0], nursery.errors()

        shared_rig.settle(run=both)

        shared_rig.check()
        assert set(shared_rig.told(jobs[0]).values()) | set(shared_rig.told(jobs[1]).values()) == {"successful"}
        assert {shared_rig.sent(control_id) for control_id in shared_rig.carried_out()} == {1}
        assert shared_rig.count("final event") == 2
        assert shared_rig.count("started") == 2

    def test_in_two_threads_post_every_entry_once(self, shared_rig: Rig):  # noqa: F811
        job = shared_rig.offer(*MANY)

        shared_rig.settle(run=lambda: together(shared_rig.run, shared_rig.run))

        shared_rig.check()
        assert set(shared_rig.told(job).values()) == {"successful"}
        assert {shared_rig.sent(control_id) for control_id in shared_rig.carried_out()} == {1}

    def test_that_prepare_the_same_entries_make_one_plan(self, shared_rig: Rig, monkeypatch: pytest.MonkeyPatch):  # noqa: F811
        from exports.intake.collect import collect
        from exports.models import Document
        from exports.planning import prepare as module
        from integration.pleo.client import client_for

        shared_rig.offer(*GOOD)
        configuration = shared_rig.configurations()[0]
        collect(configuration, client=client_for(configuration), clock=shared_rig.clock, owner="one")
        meeting, plan = threading.Barrier(2), module.plan_posting

        def plan_when_both_are_here(*arguments: object) -> object:
            meeting.wait(10)
            return plan(*arguments)

        monkeypatch.setattr(module, "plan_posting", plan_when_both_are_here)

        together(*[lambda: module.prepare(configuration, clock=shared_rig.clock)] * 2)

        monkeypatch.undo()
        assert {shared_rig.record(label).status for label in GOOD} == {"WAITING"}
        assert Document.objects.filter(state="PLANNED").count() == Document.objects.count() == 7


class TestAPersonWhoBooksByHand:
    def test_while_it_begins_to_be_sent_is_told_to_wait(self, shared_rig: Rig, monkeypatch: pytest.MonkeyPatch):  # noqa: F811
        from exports.models import Document, ExportRecord

        shared_rig.offer(*SMALL)
        begin, said, started = Document.begin, [], []

        def skip(pk: int) -> None:
            try:
                ExportRecord.objects.get(pk=pk).skip("booked by hand", by=None, now=shared_rig.clock())
                said.append("skipped")
            except ValueError as error:
                said.append(str(error))

        def begin_while_somebody_skips(document: Document, *arguments: object, **options: object) -> bool:
            if document.kind == Document.Kind.JOURNAL_ENTRY and not started:
                started.append(threading.Thread(target=together, args=(lambda: skip(document.record_id),)))
                started[0].start()
                started[0].join(0.5)  # time enough to look before the document is in flight
            return begin(document, *arguments, **options)

        monkeypatch.setattr(Document, "begin", begin_while_somebody_skips)

        shared_rig.settle()
        started[0].join(60)

        (answer,) = said
        assert "still being asked" in answer or "posted meanwhile" in answer
        assert not ExportRecord.objects.exclude(skipped_at=None).exists()
        shared_rig.check()


class TestATaskDeliveredTwice:
    def test_makes_no_call_that_changes_anything(self, shared_rig: Rig, nursery: Nursery):  # noqa: F811
        shared_rig.offer(*SMALL)
        shared_rig.settle(run=lambda: nursery.run("tasks"))
        before = shared_rig.sandbox.counts()

        nursery.run("tasks", times=2)

        after = shared_rig.sandbox.counts()
        assert (after["intacct_writes"], after["pleo_writes"]) == (before["intacct_writes"], before["pleo_writes"])
        shared_rig.check()

    def test_while_the_first_is_at_work_leaves_it_alone(self, shared_rig: Rig, nursery: Nursery):  # noqa: F811
        job = shared_rig.offer(*SMALL)

        def deliver_again(name: str, request: Request, answer: Answer) -> None:
            assert nursery.run("tasks", **LIMITS) == 0

        for place in ("started", "export items", "receipt", "make folder", "send", "update items", "final event"):
            shared_rig.after(place, 1, deliver_again)
        shared_rig.settle(run=lambda: nursery.run("tasks", **LIMITS))

        shared_rig.check()
        assert sum(shared_rig.references().values()) == len(GOOD)
        assert set(shared_rig.told(job)) & set(EXPECTED_PROBLEMS) == {entry_id("UK-46")}
        assert {shared_rig.sent(control_id) for control_id in shared_rig.carried_out()} == {1}
        assert (shared_rig.count("started"), shared_rig.count("final event")) == (1, 1)


class TestAnotherHolder:
    def test_keeps_a_worker_out_of_the_lane(self, rig: Rig):  # noqa: F811
        rig.offer(*GOOD)
        rig.until_sent()
        Lease.take(rig.connection.lane, owner="another", now=rig.clock())

        with pytest.raises(LeaseBusy):
            rig.deliver()

        assert rig.count("send") == 0
        assert {rig.record(label).status for label in GOOD} == {"WAITING"}

    def test_is_named_by_the_foreground_run_which_goes_on_when_the_lease_has_run_out(self, rig: Rig):  # noqa: F811
        rig.offer(*GOOD)
        Lease.take(rig.connection.lane, owner="another", now=rig.clock())

        errors = rig.run()
        sent = rig.count("send")
        rig.forward(LEASE + 1)
        rig.settle()

        assert any("another worker is at it" in error for error in errors)
        assert sent == 0
        rig.check()

    def test_gets_a_token_that_no_one_held_before(self, rig: Rig):  # noqa: F811
        tokens = [
            Lease.take("intacct:X", owner=str(number), now=rig.clock() + number * timedelta(seconds=2 * LEASE)).token for number in range(4)
        ]

        assert tokens == [1, 2, 3, 4]


class TestAWorkerHeldUp:
    """Its lease ran out while it was paused: it may neither send nor write, whoever holds the lane now."""

    def test_while_its_request_was_out_writes_nothing(self, rig: Rig):  # noqa: F811
        rig.offer(*GOOD)
        rig.until_sent()
        rig.after("send", 1, lambda *_: rig.forward(LEASE + 1))

        with pytest.raises(LeaseLost):
            rig.deliver()
        stayed = {rig.record(label).status for label in GOOD}
        rig.settle()

        assert stayed == {"SENDING"}
        rig.check()
        assert rig.count("send") == 1
        assert {rig.record(label).status for label in GOOD} == {"POSTED"}

    def test_while_another_took_over_writes_nothing_over_what_that_one_found(self, shared_rig: Rig, nursery: Nursery):  # noqa: F811
        shared_rig.offer(*GOOD)
        shared_rig.until_sent()

        def take_over(name: str, request: Request, answer: Answer) -> None:
            shared_rig.forward(LEASE + 1)
            for _ in range(2):  # finds what is in flight; looks it up
                assert nursery.run(ahead=shared_rig.ahead.total_seconds()) == 0
                shared_rig.forward(1)

        shared_rig.after("send", 1, take_over)

        with pytest.raises(LeaseLost):
            shared_rig.deliver()

        shared_rig.settle()
        shared_rig.check()
        assert shared_rig.count("send") == 1
        assert [str(each.purpose) for each in shared_rig.document("UK-09").attempts.order_by("pk")] == ["SEND", "LOOK"]

    @pytest.mark.parametrize(("seconds", "error"), [(LEASE / 15 + 0.5, None), (LEASE + 1, LeaseLost)])
    def test_between_its_intent_and_the_send_does_not_send(self, rig: Rig, seconds: float, error: type[Exception] | None):  # noqa: F811
        rig.offer("UK-09")
        rig.until_sent()
        clock = ClockThatJumps(rig, seconds)

        if error:
            with pytest.raises(error):
                rig.deliver(clock=clock)
            state = "IN_FLIGHT"
        else:
            rig.deliver(clock=clock)
            state = "CONFIRMED"  # with a new intent, right afterwards

        assert clock.jumped
        assert rig.document("UK-09").state == state
        assert rig.count("send") == (0 if error else 1)
        if not error:
            assert "held up" in rig.document("UK-09").attempts.order_by("pk").first().outcome
        rig.settle(step=60)
        rig.check()
        assert rig.document("UK-09").revision == 1

    def test_during_a_look_concludes_nothing(self, rig: Rig):  # noqa: F811
        rig.offer("UK-09")
        rig.sandbox.intacct.inject(Fault(http.RESET_BEFORE, matching="<GLBATCH>"))
        rig.run()
        rig.forward(LEASE + 60)
        rig.after("look up", 1, lambda *_: rig.forward(LEASE + 1))

        with pytest.raises(LeaseLost):
            rig.deliver()
        doubted, sent = rig.document("UK-09").state, rig.count("send")
        rig.settle()

        assert (doubted, sent) == ("UNKNOWN", 1)
        rig.check()

    def test_during_an_update_of_Pleo_leaves_the_rest_to_the_next(self, rig: Rig, monkeypatch: pytest.MonkeyPatch):  # noqa: F811
        monkeypatch.setattr("exports.reporting.report.ITEMS_IN_AN_UPDATE", 2)
        rig.offer(*GOOD)
        rig.after("update items", 1, lambda *_: rig.forward(LEASE + 1))

        errors = rig.run()
        rig.settle()

        assert any("another worker is at it" in error for error in errors) or rig.count("update items") == 2
        rig.check()
        assert rig.count("final event") == 1


class ClockThatJumps:
    """The clock of a rig, which leaps ahead the first time it is read while a document is in flight."""

    def __init__(self, of: Rig, seconds: float) -> None:
        self._rig, self._seconds, self.jumped = of, seconds, False

    def __call__(self) -> datetime:
        from exports.models import Document

        if not self.jumped and Document.objects.filter(state="IN_FLIGHT").exists():
            self.jumped = True
            self._rig.forward(self._seconds)
        return self._rig.clock()
