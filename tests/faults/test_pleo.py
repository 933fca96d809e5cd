"""What happens when Pleo, or the way to it, goes wrong at any of its calls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integration.sandbox import http
from integration.sandbox.http import Fault
from integration.sandbox.world import entry_id
from tests.faults.rig import GOOD, SMALL, no_answer

CALLS = {
    "list jobs": Fault("", matching="/v3/export-jobs "),
    "read job": Fault("", matching="/v3/export-jobs/"),
    "started": Fault("", matching='"started"'),
    "list items": Fault("", matching="/items "),
    "export items": Fault("", matching="/v3/export-items"),
    "update items": Fault("", matching="/items ", writes_only=True),
    "final event": Fault("", matching='"completed'),
}
KINDS = (
    http.RESET_BEFORE,
    http.RESET_AFTER,
    http.TRUNCATE_AFTER,
    http.HTML_AFTER,
    http.THROTTLE,
    http.OFFLINE,
    http.EMPTY_BODY_AFTER,
)


def fault(call: str, kind: str, **more: float) -> Fault:
    of_call = CALLS[call]
    return Fault(kind, matching=of_call.matching, writes_only=of_call.writes_only, **more)


class TestAFaultAtPleo:
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("call", CALLS)
    def test_delays_the_job_and_changes_nothing_else(self, rig, call, kind):
        job = rig.offer("UK-01", "UK-46")
        rig.sandbox.pleo.inject(fault(call, kind))

        rig.settle()

        assert not rig.faults_left(), "the fault did not happen"
        rig.check()
        assert rig.told(job) == {entry_id("UK-01"): "successful", entry_id("UK-46"): "failed"}
        assert rig.job(job)["status"] == "completed_with_errors"
        assert rig.count("send") == 1

    def test_after_it_has_started_the_job_does_not_start_it_again(self, rig):
        rig.offer("UK-09")
        rig.sandbox.pleo.inject(fault("started", http.RESET_AFTER))

        rig.settle()

        assert rig.count("started") == 1

    def test_after_it_has_ended_the_job_does_not_end_it_again(self, rig):
        rig.offer("UK-09")
        rig.sandbox.pleo.inject(fault("final event", http.RESET_AFTER))

        rig.settle()

        assert rig.count("final event") == 1
        assert "read job" in rig.names[rig.names.index("final event") :], "nobody asked what became of it"
        rig.check()

    def test_before_the_job_has_ended_sends_the_event_again_after_reading_the_job(self, rig):
        job = rig.offer("UK-09")
        rig.sandbox.pleo.inject(fault("final event", http.RESET_BEFORE))

        rig.settle()

        last = [name for name in rig.names if name in ("final event", "read job")][-3:]
        assert last == ["final event", "read job", "final event"]
        assert rig.job(job)["status"] == "completed"

    def test_repeats_an_update_and_Pleo_keeps_one_result(self, rig):
        job = rig.offer(*SMALL)
        rig.sandbox.pleo.inject(fault("update items", http.RESET_AFTER))

        rig.settle()

        rig.check()
        assert rig.count("update items") >= 2
        assert sorted(rig.told(job).values()) == ["failed"] + ["successful"] * len(GOOD)

    @pytest.mark.parametrize("call", ["started", "update items", "final event"])
    def test_that_carries_the_request_out_late_does_no_harm(self, rig, call):
        job = rig.offer("UK-01", "UK-46")
        rig.sandbox.pleo.inject(fault(call, http.LATE, seconds=5))

        rig.settle(step=4)
        rig.forward(10)
        rig.sandbox.pleo.run_late(rig.clock())
        rig.settle()

        rig.check()
        assert rig.told(job) == {entry_id("UK-01"): "successful", entry_id("UK-46"): "failed"}


class TestALateSignOfLife:
    def test_after_the_result_has_the_item_told_again_and_the_job_ends(self, rig):
        job = rig.offer("UK-09")

        def overtaken(name, request, answer):
            late = b'[{"accountingEntryId": "%s", "status": "in_progress"}]' % entry_id("UK-09").encode()
            rig.sandbox.pleo.handle(replace(request, path=request.path.removeprefix("/pleo"), body=late), rig.clock())
            return answer

        rig.after("update items", 1, overtaken)

        rig.settle()

        rig.check()
        assert rig.told(job) == {entry_id("UK-09"): "successful"}
        assert rig.job(job)["status"] == "completed"
        assert rig.count("update items") == 2


class TestALostPage:
    @pytest.mark.parametrize("call", ["list items", "export items"])
    def test_of_a_list_is_asked_for_again_and_no_entry_is_lost(self, rig, call):
        rig.sandbox.pleo.settings.page_size = 2
        job = rig.offer(*SMALL)
        rig.after(call, 2, no_answer)

        rig.run()
        sent = rig.count("send")
        rig.settle()

        assert sent == 0, "nothing is sent before all entries are collected"
        rig.check()
        assert rig.told(job) == {entry_id(label): "successful" if label in GOOD else "failed" for label in SMALL}


class TestAReceipt:
    @pytest.mark.parametrize("kind", [http.RESET_AFTER, http.HTML_AFTER, http.TRUNCATE_AFTER, http.OFFLINE, http.JSON_INSTEAD])
    def test_that_cannot_be_fetched_for_a_moment_is_attached_all_the_same(self, rig, kind):
        rig.offer("UK-01", "UK-06")
        rig.sandbox.pleo.inject(Fault(kind, matching="/files/"))

        rig.settle()

        rig.check()
        assert sorted(len(files) for files in rig.sandbox.intacct.attachments().values()) == [1, 2]
        assert not rig.record("UK-01").without_receipt

    def test_whose_link_has_expired_is_fetched_from_a_new_link(self, rig):
        rig.sandbox.pleo.settings.link_seconds = 3
        rig.offer("UK-01")
        rig.before("receipt", 1, lambda *_: rig.forward(5))

        rig.settle()

        rig.check()
        assert len(rig.sandbox.intacct.attachments()) == 1

    def test_instead_of_which_the_host_sends_a_message_is_not_attached(self, rig):
        rig.offer("UK-01")
        rig.sandbox.pleo.inject(Fault(http.JSON_INSTEAD, matching="/files/", times=100))

        rig.settle()

        assert not rig.sandbox.intacct.attachments()
        assert "a message instead of the file" in rig.record("UK-01").receipts.get().fault
        assert rig.record("UK-01").without_receipt

    def test_that_is_never_to_be_had_is_named_and_the_expense_is_posted(self, rig):
        rig.offer("UK-01")
        rig.sandbox.pleo.inject(Fault(http.OFFLINE, matching="/files/", times=100))

        rig.settle()

        rig.check()
        assert rig.record("UK-01").status == "POSTED"
        assert rig.record("UK-01").without_receipt


class TestAskingForANewJob:
    @pytest.mark.parametrize("kind", [http.RESET_AFTER, http.RESET_BEFORE, http.HTML_AFTER, http.EMPTY_BODY_AFTER, http.OFFLINE])
    def test_twice_is_never_done_while_the_first_answer_is_unknown(self, rig, kind):
        from exports.models import ExportRecord

        rig.offer("UK-46")
        rig.settle()
        rig.sandbox.pleo.change_entry(entry_id("UK-46"), account="6600")
        ExportRecord.objects.needing_a_person().export_again(by=None, now=rig.clock())
        rig.sandbox.pleo.inject(Fault(kind, matching='"isInteractive"'))

        rig.run()
        rig.forward(10)
        rig.run()
        rig.settle()

        assert not rig.faults_left()
        rig.check()
        assert len(rig.sandbox.pleo.jobs()) == 2
        assert rig.record("UK-46").status == "POSTED"


class TestWorkThatTakesLong:
    def test_keeps_the_job_alive_while_an_outcome_is_open(self, rig):
        job = rig.offer("UK-09")
        rig.sandbox.intacct.inject(Fault(http.THROTTLE, matching="<GLBATCH>", times=10))

        rig.settle(step=600)

        assert rig.ahead.total_seconds() > 3600, "longer than the job lives without an action"
        rig.check()
        assert rig.told(job) == {entry_id("UK-09"): "successful"}


class TestAJobThatEndsWhileAnOutcomeIsUnknown:
    def test_leaves_what_was_not_carried_out_to_a_person_and_not_waiting_for_ever(self, rig):
        rig.offer("UK-09")
        rig.sandbox.intacct.inject(Fault(http.RESET_BEFORE, matching="<GLBATCH>"))
        rig.run()
        in_doubt = rig.record("UK-09").status
        rig.forward(2 * 3600)  # Pleo's job dies; only then is it known that nothing was carried out

        rig.settle()

        from exports.models import ExportRecord

        record = rig.record("UK-09")
        assert in_doubt == "UNKNOWN" and not rig.references()
        assert (record.status, record.first_problem_code) == ("NEEDS_FIX", "job_ended")
        rig.check()
        ExportRecord.objects.needing_a_person().export_again(by=None, now=rig.clock())
        rig.settle()
        assert rig.record("UK-09").status == "POSTED" and sum(rig.references().values()) == 1
