from __future__ import annotations

from datetime import timedelta

import pytest

from exports.models import ExportJobItem, ExportRecord
from exports.reporting.report import give_up_waiting, report, result_of
from integration.errors import Rejected, TryLater
from integration.models import Connection, EntityConfiguration
from integration.pleo.client import ItemError, PleoJob, UpdateAnswer
from tests.conftest import Clock
from tests.db.exports.rows import NOW, a_configuration, a_document, a_job, a_record, an_offer

pytestmark = pytest.mark.django_db


class TestResultOf:
    """What Pleo is told about an entry; nothing while its outcome is open or unknown."""

    @pytest.mark.parametrize(
        ("status", "document", "columns", "told"),
        [
            ("WAITING", "PLANNED", {}, None),
            ("SENDING", "IN_FLIGHT", {}, None),
            ("UNKNOWN", "UNKNOWN", {}, None),
            ("POSTED", "CONFIRMED", {}, "successful"),
            ("AWAITING_APPROVAL", "CONFIRMED", {}, "successful"),
            ("SKIPPED", None, {}, "successful"),
            ("NEEDS_FIX", None, {}, "failed"),
            ("NEEDS_FIX", "REJECTED", {}, "failed"),
            ("NEEDS_FIX", "REJECTED", {"plan_wanted": True}, None),
            # A follow-up has failed: what Pleo asked for is in the ledger.
            ("NEEDS_FIX", "CONFIRMED", {}, "successful"),
            ("REVIEW", "CONFIRMED", {}, "failed"),
            ("REVIEW", "REVIEW", {}, "failed"),
            ("REVERSED", "CONFIRMED", {}, "failed"),
        ],
    )
    def test_follows_from_the_status_and_the_principal(self, status, document, columns, told):
        record = a_record(status=status, **columns)
        if document:
            a_document(record, state=document)

        result = result_of(an_offer(record), NOW)

        assert (result.status if result else None) == told

    def test_names_intacct_s_number_and_address(self):
        record = a_record(status="POSTED")
        a_document(record, state="CONFIRMED", intacct_key="4711", intacct_url="https://intacct.example/4711")

        result = result_of(an_offer(record), NOW)

        assert (result.external_id, result.external_url, result.exported_at) == ("4711", "https://intacct.example/4711", NOW)
        assert (result.failure_type, result.failure_reason) == ("", "")

    def test_names_no_document_of_a_skipped_entry(self):
        result = result_of(an_offer(a_record(status="SKIPPED")), NOW)

        assert (result.external_id, result.exported_at) == ("", NOW)

    def test_names_the_cause_in_at_most_500_characters(self):
        problem = {"code": "account_unknown", "sentence": "Wrong. " * 200, "place": "line 1", "kind": "", "value": ""}
        record = a_record(status="NEEDS_FIX", problems=[problem])

        result = result_of(an_offer(record), NOW)

        assert result.failure_type == "account_unknown"
        assert result.failure_reason.startswith("Line 1: Wrong.")
        assert len(result.failure_reason) <= 500

    def test_takes_no_principal_of_an_earlier_posting(self):
        record = a_record(status="POSTED", posting_number=2)
        a_document(record, state="CONFIRMED", posting_number=1)

        assert result_of(an_offer(record), NOW) is None


class TestGiveUpWaiting:
    def offered(self, **columns):
        configuration = a_configuration()
        record = a_record(configuration, **columns)
        an_offer(record, a_job(configuration))
        return record

    def after(self, record, clock=None):
        give_up_waiting(EntityConfiguration.objects.get(pk=record.configuration_id), clock or Clock(NOW))
        return ExportRecord.objects.get(pk=record.pk)

    def test_leaves_everything_while_intacct_is_open(self):
        assert self.after(self.offered()).status == "WAITING"

    @pytest.mark.parametrize("model", [Connection, EntityConfiguration])
    def test_stops_what_waits_when_a_connection_or_configuration_is_closed(self, model):
        record = self.offered()
        model.objects.update(closed_at=NOW, closed_reason="The password is wrong.")

        after = self.after(record)

        assert (after.status, after.first_problem_code) == ("NEEDS_FIX", "sign_in_refused")
        assert "The password is wrong." in after.first_problem

    def test_stops_what_was_about_to_be_planned_again_too(self):
        record = self.offered(status="NEEDS_FIX", plan_wanted=True)
        a_document(record, state="REJECTED")
        Connection.objects.update(closed_at=NOW, closed_reason="The password is wrong.")

        after = self.after(record)

        assert (after.plan_wanted, after.first_problem_code) == (False, "sign_in_refused")

    @pytest.mark.parametrize(("status", "state"), [("UNKNOWN", "UNKNOWN"), ("SENDING", "IN_FLIGHT"), ("POSTED", "CONFIRMED")])
    def test_leaves_what_is_in_doubt_or_posted_when_closed(self, status, state):
        record = self.offered(status=status)
        a_document(record, state=state)
        Connection.objects.update(closed_at=NOW, closed_reason="The password is wrong.")

        assert self.after(record).status == status

    @pytest.mark.parametrize(("hours", "status"), [(5.9, "WAITING"), (6, "NEEDS_FIX")])
    def test_stops_what_was_to_be_tried_later_for_too_long(self, hours, status, settings):
        settings.TRY_LATER_HOURS = 6
        record = self.offered()
        a_document(record, first_try_later_at=NOW)

        assert self.after(record, Clock(NOW + timedelta(hours=hours))).status == status


class _Pleo:
    """Stands in for the client: takes what it is given, and says what it was told to say."""

    def __init__(self, *, status="in_progress", refuses=(), refusal="ACCOUNTING_ENTRY_DOES_NOT_EXIST", ends=False):
        self.status, self.refuses, self.ends = status, refuses, ends
        self.refusal = ItemError(refusal, "It is not in the job.")
        self.updates, self.events, self.held = [], [], {}

    def job(self, job_id):
        return PleoJob(job_id, "", self.status, 1, None, 3600, False, "validation_failure" if self.status == "failed" else "", "")

    def job_items(self, job_id, *, status=""):
        return ((entry, held) for entry, held in self.held.items() if status in ("", held))

    def update_items(self, job_id, results):
        if self.ends:
            raise Rejected("Export job is finished.", code="422")
        self.updates.append([(result.entry_id, result.status) for result in results])
        errors = {result.entry_id: self.refusal for result in results if result.entry_id in self.refuses}
        self.held |= {result.entry_id: result.status for result in results if result.entry_id not in errors}
        return UpdateAnswer(errors)

    def send_event(self, job_id, event, *, failure_type="", failure_reason=""):
        self.events.append((event, failure_type))


class TestReport:
    def job_with(self, *statuses):
        configuration = a_configuration()
        job = a_job(configuration, number_of_items=len(statuses))
        for status in statuses:
            record = a_record(configuration, status=status)
            state = {"POSTED": "CONFIRMED", "WAITING": "PLANNED", "UNKNOWN": "UNKNOWN"}.get(status)
            if state:
                a_document(record, state=state)
            an_offer(record, job)
        return job

    def run(self, job, pleo, clock=None):
        told = report(job.configuration, client=pleo, clock=clock or Clock(NOW), owner="test")
        job.refresh_from_db()
        return told

    @pytest.mark.parametrize(
        ("statuses", "event"),
        [
            (("POSTED", "SKIPPED"), ("completed", "")),
            (("POSTED", "NEEDS_FIX"), ("completed_with_errors", "")),
            (("NEEDS_FIX", "REVIEW"), ("failed", "validation_failure")),
            ((), ("completed", "")),
        ],
    )
    def test_ends_the_job_with_the_event_that_its_items_call_for(self, statuses, event):
        job, pleo = self.job_with(*statuses), _Pleo()

        self.run(job, pleo)

        assert pleo.events == [event]
        assert (job.state, job.final_event) == ("FINISHED", event[0])

    def test_tells_in_tens(self):
        job, pleo = self.job_with(*["POSTED"] * 23), _Pleo()

        told = self.run(job, pleo)

        assert [len(update) for update in pleo.updates] == [10, 10, 3]
        assert told.successful == 23

    def test_tells_what_is_posted_while_others_are_open_and_no_failure_before_all_else_is_final(self):
        job, pleo = self.job_with("POSTED", "NEEDS_FIX", "UNKNOWN"), _Pleo()

        self.run(job, pleo)

        assert [[status for _, status in update] for update in pleo.updates] == [["successful"]]
        assert (pleo.events, job.state) == ([], "COLLECTED")

    def test_tells_nothing_twice(self):
        job, pleo = self.job_with("POSTED", "UNKNOWN"), _Pleo()

        self.run(job, pleo)
        self.run(job, pleo)

        assert len(pleo.updates) == 1

    def test_keeps_the_job_alive_at_two_thirds_of_its_time(self):
        job, pleo, clock = self.job_with("UNKNOWN"), _Pleo(), Clock(NOW)

        self.run(job, pleo, clock)
        clock.forward(seconds=2400)
        self.run(job, pleo, clock)

        assert [[status for _, status in update] for update in pleo.updates] == [["in_progress"]]
        assert job.expires_at == clock.now + timedelta(hours=1)

    def test_writes_down_what_pleo_does_not_take_for_good_and_ends_the_job_all_the_same(self):
        job = self.job_with("POSTED", "POSTED")
        stranger = job.items.first()
        pleo = _Pleo(refuses={str(stranger.record.entry_id)})

        told = self.run(job, pleo)

        stranger.refresh_from_db()
        assert (stranger.told_status, "did not take" in stranger.told_reason) == ("refused", True)
        assert "ACCOUNTING_ENTRY_DOES_NOT_EXIST" in told.trouble
        assert (job.state, pleo.events) == ("FINISHED", [("completed", "")])
        assert ExportRecord.objects.get(pk=stranger.record_id).reported_at is None

    def test_tells_again_what_pleo_does_not_take_for_a_reason_that_nobody_has_published(self):
        job = self.job_with("POSTED", "POSTED")
        first = job.items.first()
        pleo = _Pleo(refuses={str(first.record.entry_id)}, refusal="UPDATE_FAILED")

        told = self.run(job, pleo)
        open_with_one = (job.state, [*pleo.events], told.successful)
        pleo.refuses = ()
        again = self.run(job, pleo)

        assert open_with_one == ("COLLECTED", [], 1)
        assert "UPDATE_FAILED" in told.trouble and not again.trouble
        assert (job.state, pleo.events) == ("FINISHED", [("completed", "")])

    def test_does_not_keep_a_job_open_for_what_pleo_alone_does_not_take(self):
        job, clock = self.job_with("POSTED"), Clock(NOW)
        pleo = _Pleo(refuses={str(job.items.get().record.entry_id)}, refusal="UPDATE_FAILED")
        clock.forward(seconds=2500)

        self.run(job, pleo, clock)

        assert [[status for _, status in update] for update in pleo.updates] == [["successful"]]
        assert job.expires_at == NOW + timedelta(hours=1)

    def test_tells_what_pleo_does_not_keep_five_times_and_leaves_the_job_to_its_end(self):
        job, pleo = self.job_with("POSTED"), _Pleo()
        take = pleo.update_items

        def forgetful(job_id, results):
            answer = take(job_id, results)
            pleo.held = dict.fromkeys(pleo.held, "in_progress")
            return answer

        pleo.update_items = forgetful

        told = [self.run(job, pleo) for _ in range(8)]

        assert (len(pleo.updates), pleo.events, job.state) == (6, [], "REPORTED")
        assert "as open" in told[-1].trouble

    def test_of_a_job_that_pleo_has_ended_writes_that_down(self):
        job, pleo = self.job_with("POSTED"), _Pleo(status="failed", ends=True)

        self.run(job, pleo)

        assert job.state == "ENDED_BY_PLEO"
        assert not ExportJobItem.objects.exclude(told_status="").exists()

    def test_sends_no_second_final_event_where_the_first_had_arrived(self):
        job, pleo = self.job_with("POSTED"), _Pleo(status="completed")

        self.run(job, pleo)

        assert pleo.events == []
        assert (job.state, job.final_event) == ("FINISHED", "completed")

    def test_keeps_what_was_acknowledged_when_pleo_asks_to_come_later(self):
        job, pleo = self.job_with(*["POSTED"] * 15), _Pleo()
        take = pleo.update_items

        def once(job_id, results):
            if pleo.updates:
                raise TryLater("later")
            return take(job_id, results)

        pleo.update_items = once

        with pytest.raises(TryLater):
            self.run(job, pleo)

        assert ExportJobItem.objects.filter(told_status="successful").count() == 10
        job.refresh_from_db()
        assert job.state == "COLLECTED"
