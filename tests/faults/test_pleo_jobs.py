"""What Pleo thinks of a job decides whether anything of it is posted: cancelled, not started, finished by others, not to be asked."""

from __future__ import annotations

import pytest

from integration.sandbox import http
from integration.sandbox.http import Fault
from integration.sandbox.world import US, entry_id
from tests.faults.backup import backup, forget_control_ids, restore
from tests.faults.rig import GOOD, SMALL

READ_JOB = "/v3/export-jobs/"


class TestAJobCancelledInPleo:
    def test_while_intacct_was_away_is_not_posted(self, rig):
        job = rig.offer("UK-09", "UK-38")
        rig.until_sent()
        rig.sandbox.pleo.cancel_job(job, rig.clock())

        rig.settle()

        assert rig.count("send") == 0
        assert {rig.record(label).first_problem_code for label in ("UK-09", "UK-38")} == {"job_ended"}
        rig.check()

    def test_between_two_tries_is_not_posted_by_the_second(self, rig):
        job = rig.offer("UK-09")
        rig.sandbox.intacct.inject(Fault(http.THROTTLE, matching="<GLBATCH>"))
        rig.run()
        rig.sandbox.pleo.cancel_job(job, rig.clock())
        rig.forget()

        rig.settle()

        assert rig.count("send") == 0
        assert rig.record("UK-09").first_problem_code == "job_ended"
        rig.check()

    def test_during_a_long_batch_stops_the_next_one(self, rig, monkeypatch):
        monkeypatch.setattr("exports.delivery.deliver.DOCUMENTS_IN_A_REQUEST", 1)
        job = rig.offer("UK-09", "UK-38")

        def long_and_cancelled(*_):
            rig.forward(25)  # within the lease
            rig.sandbox.pleo.cancel_job(job, rig.clock())

        rig.before("send", 1, long_and_cancelled)
        monkeypatch.setattr("exports.intake.pleo_jobs.READING_HOLDS_SECONDS", 20)

        rig.settle()

        assert rig.count("send") == 1
        assert sorted(rig.record(label).status for label in ("UK-09", "UK-38")) == ["NEEDS_FIX", "POSTED"]
        rig.check()

    def test_leaves_what_is_sent_already_as_it_is_and_its_payment_goes(self, rig):
        job = rig.offer("UK-09")
        rig.until_sent()
        rig.deliver()
        rig.sandbox.pleo.cancel_job(job, rig.clock())

        rig.settle()

        assert rig.record("UK-09").status == "POSTED"
        rig.check()


class TestAJobThatCannotBeRead:
    @pytest.mark.parametrize("kind", [http.RESET_AFTER, http.HTML_AFTER, http.OFFLINE, http.THROTTLE, http.TRUNCATE_AFTER])
    def test_is_not_posted_before_it_can_be_and_the_trouble_is_named(self, rig, kind):
        rig.offer("UK-09")
        rig.until_sent()
        rig.sandbox.pleo.inject(Fault(kind, matching=READ_JOB))

        delivered = rig.deliver()

        assert rig.count("send") == 0
        (trouble,) = delivered.troubles.values()
        assert "Pleo" in trouble
        rig.settle()
        assert rig.record("UK-09").status == "POSTED"
        rig.check()

    def test_does_not_hold_up_the_jobs_of_other_companies(self, rig):
        rig.offer("UK-09")
        rig.offer("US-01", company=US.id)
        rig.until_sent()
        rig.sandbox.pleo.inject(Fault(http.OFFLINE, matching=READ_JOB))

        rig.deliver()

        assert sorted(rig.record(label).status for label in ("UK-09", "US-01")) == ["POSTED", "WAITING"]


class TestAJobThatPleoHasNotStarted:
    def test_is_started_before_it_is_posted(self, rig):
        job = rig.offer("UK-09")
        rig.until_sent()
        row = rig.sandbox.books.get("pleo", "job", job)
        rig.sandbox.books.put("pleo", "job", job, row | {"status": "pending", "startedAt": None})

        rig.deliver()
        sent = rig.count("send")
        rig.settle()

        assert sent == 0
        assert rig.job(job)["status"] == "completed"
        assert rig.record("UK-09").status == "POSTED"
        rig.check()


class TestARestoredBackup:
    """The database of an hour ago is put back; the two others know better. Its backlog is not posted by itself."""

    @pytest.mark.parametrize("forgotten", [False, True], ids=["control ids remembered", "control ids forgotten"])
    def test_whose_job_has_ended_meanwhile_posts_nothing(self, rig, forgotten):
        rig.offer(*SMALL)
        rig.until_sent()
        kept = backup()
        rig.settle()
        if forgotten:
            forget_control_ids(rig.sandbox)
        restore(kept)
        rig.forget()

        rig.settle()

        assert rig.count("send") == 0
        for label in GOOD:
            record = rig.record(label)
            assert record.first_problem_code == "told_elsewhere", label
            assert "Pleo holds it as exported" in record.first_problem

    @pytest.mark.parametrize("forgotten", [False, True], ids=["control ids remembered", "control ids forgotten"])
    def test_whose_job_is_still_open_sends_nothing_that_pleo_holds_as_exported(self, rig, monkeypatch, forgotten):
        monkeypatch.setattr("exports.delivery.deliver.DOCUMENTS_IN_A_REQUEST", 1)
        job = rig.offer(*GOOD)
        rig.until_sent()
        kept = backup()
        rig.sandbox.intacct.inject(Fault(http.THROTTLE, matching=entry_marker(rig, "UK-09"), times=4))
        rig.run()
        told = [label for label in GOOD if rig.told(job)[entry_id(label)] == "successful"]
        assert told and len(told) < len(GOOD), "the job is still open"
        if forgotten:
            forget_control_ids(rig.sandbox)
        restore(kept)

        rig.settle()

        assert not [times for times in rig.references().values() if times > 1]
        rig.check()
        assert {rig.record(label).status for label in GOOD} == {"POSTED"}
        assert set(rig.told(job).values()) == {"successful"}


def entry_marker(rig, label):
    """Text that only the journal entry of this expense holds."""
    return rig.document(label).key


class TestARefusedStart:
    def test_of_a_job_that_is_not_in_progress_posts_nothing_before_it_is(self, rig):
        job = rig.offer("UK-09")
        rig.sandbox.pleo.inject(Fault(http.UNPROCESSABLE, matching='"started"'))

        errors = rig.run()

        assert rig.count("send") == 0
        assert any("has not started" in error for error in errors), errors
        rig.settle()
        assert rig.record("UK-09").status == "POSTED"
        assert rig.job(job)["status"] == "completed"
        rig.check()

    def test_of_a_job_that_is_in_progress_is_no_reason_to_wait(self, rig):
        job = rig.offer("UK-09")

        def started_by_a_request_that_came_late(*_):
            row = rig.sandbox.books.get("pleo", "job", job)
            rig.sandbox.books.put("pleo", "job", job, row | {"status": "in_progress"})

        rig.before("started", 1, started_by_a_request_that_came_late)

        rig.run()

        assert rig.record("UK-09").status == "POSTED"
        assert rig.job(job)["status"] == "completed"
        rig.check()


class TestAnErrorOfAnItemInsideAGoodAnswer:
    def test_has_the_result_told_again_before_the_job_ends(self, rig):
        job = rig.offer(*SMALL)
        rig.sandbox.pleo.inject(Fault(http.ITEM_ERRORS, matching='"successful"', times=4))

        errors = rig.run()

        assert any("did not take" in error for error in errors), errors
        assert rig.job(job)["status"] == "in_progress"
        rig.settle()
        rig.check()
        assert {rig.told(job)[entry_id(label)] for label in GOOD} == {"successful"}
        assert rig.job(job)["status"] == "completed_with_errors"

    def test_that_never_ends_lets_the_job_expire_and_the_tie_out_says_so(self, rig):
        from exports.models import ExportJob
        from exports.reporting.tieout import as_text, tie_out

        rig.offer("UK-09", "UK-38")
        rig.sandbox.pleo.inject(Fault(http.ITEM_ERRORS, matching='"successful"', times=500))

        rig.settle(step=300)

        job = ExportJob.objects.get()
        assert job.state == "ENDED_BY_PLEO"
        assert tie_out(job).unknown_to_pleo == 1
        assert "Pleo does not know of 1 " in as_text(job)
        assert rig.record("UK-09").may_be_exported_again or rig.record("UK-38").may_be_exported_again

    def test_in_an_item_that_pleo_shows_as_open_has_it_told_again_before_the_final_event(self, rig):
        job = rig.offer("UK-09")

        def lost(name, request, answer):
            from integration.sandbox.pleo.jobs import item_kind

            row = rig.sandbox.books.get("pleo", item_kind(job), entry_id("UK-09"))
            rig.sandbox.books.put("pleo", item_kind(job), entry_id("UK-09"), row | {"status": "in_progress"})
            return answer

        rig.after("update items", 1, lost)

        rig.settle()

        assert rig.count("final event") == 1, "the items were read before it"
        assert rig.told(job) == {entry_id("UK-09"): "successful"}
        rig.check()
