from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from exports.models import Event, ExportJob, ExportJobItem
from integration.pleo.items import MalformedItem
from tests.db.exports.rows import NOW, a_configuration, a_job, a_payload, a_record, an_offer

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=10)
STATES = ("SEEN", "STARTED", "COLLECTED", "REPORTED", "FINISHED", "ENDED_BY_PLEO")
OPEN = STATES[:4]
MOVES = {
    "STARTED": {"SEEN"},
    "COLLECTED": {"STARTED", "REPORTED"},
    "REPORTED": {"COLLECTED"},
    "FINISHED": set(OPEN),
    "ENDED_BY_PLEO": set(OPEN),
}


class TestAdvance:
    @pytest.mark.parametrize("before", STATES)
    @pytest.mark.parametrize("after", MOVES)
    def test_allows_only_the_way_through(self, before, after):
        job = a_job(state=before)

        moved = job.advance(after, now=LATER)

        allowed = before in MOVES[after]
        assert moved is allowed
        assert ExportJob.objects.get(pk=job.pk).state == (after if allowed else before)
        assert Event.objects.filter(job=job).count() == int(allowed)

    def test_is_done_by_one_of_two_workers(self):
        job = a_job(state="SEEN")
        other = ExportJob.objects.get(pk=job.pk)

        assert [job.advance("STARTED", now=NOW), other.advance("STARTED", now=NOW)] == [True, False]

    @pytest.mark.parametrize(
        ("state", "stamp"),
        [("STARTED", "started_at"), ("FINISHED", "ended_at"), ("ENDED_BY_PLEO", "ended_at")],
    )
    def test_stamps_the_moment_and_begins_the_time_to_expiry_anew(self, state, stamp):
        job = a_job(state="SEEN", expires_in=600)

        job.advance(state, now=LATER)

        job.refresh_from_db()
        assert getattr(job, stamp) == LATER
        assert job.expires_at == LATER + timedelta(seconds=600)


class TestKeepAlive:
    def test_is_due_when_two_thirds_of_the_time_have_passed(self):
        job = a_job(expires_in=3600, expires_at=NOW + timedelta(seconds=3600))

        assert not job.is_to_be_kept_alive(NOW + timedelta(seconds=2399))
        assert job.is_to_be_kept_alive(NOW + timedelta(seconds=2400))

    def test_begins_anew_when_pleo_has_counted_an_action(self):
        job = a_job(expires_in=3600)

        job.touched(LATER)

        assert ExportJob.objects.get(pk=job.pk).expires_at == LATER + timedelta(hours=1)


class TestConstraints:
    @pytest.mark.parametrize("state", OPEN)
    def test_refuse_a_second_open_job_of_a_pleo_company(self, state):
        configuration = a_configuration()
        a_job(configuration, state="SEEN")

        with pytest.raises(IntegrityError), transaction.atomic():
            a_job(configuration, state=state)

    def test_allow_an_open_job_beside_ended_ones_and_in_another_company(self):
        configuration = a_configuration()
        a_job(configuration, state="FINISHED")
        a_job(configuration, state="ENDED_BY_PLEO")

        a_job(configuration, state="SEEN")
        a_job(a_configuration(connection=configuration.connection, intacct_entity="US01"), state="SEEN")

        assert ExportJob.objects.open().count() == 2

    @pytest.mark.parametrize(("state", "ended_at"), [("FINISHED", None), ("ENDED_BY_PLEO", None), ("COLLECTED", NOW)])
    def test_refuse_an_ended_job_that_does_not_say_when(self, state, ended_at):
        with pytest.raises(IntegrityError), transaction.atomic():
            a_job(state=state, ended_at=ended_at)

    def test_refuse_a_job_of_pleo_twice(self):
        job = a_job(state="FINISHED")

        with pytest.raises(IntegrityError), transaction.atomic():
            a_job(pleo_job_id=job.pleo_job_id)

    def test_refuse_an_entry_twice_in_a_job(self):
        record = a_record()
        offer = an_offer(record)

        with pytest.raises(IntegrityError), transaction.atomic():
            an_offer(record, offer.job)

    @pytest.mark.parametrize(
        "columns",
        [
            {"told_status": "successful"},
            {"told_at": NOW},
            {"told_status": "failed", "told_at": NOW, "told_type": "validation_failure"},
            {"told_status": "failed", "told_at": NOW, "told_reason": "No."},
        ],
        ids=["told_says_when", "told_says_when the other way", "told_failed_says_why reason", "told_failed_says_why type"],
    )
    def test_refuse_what_pleo_was_told_without_when_or_why(self, columns):
        offer = an_offer(a_record())

        with pytest.raises(IntegrityError), transaction.atomic():
            ExportJobItem.objects.filter(pk=offer.pk).update(**columns)


class TestItems:
    @pytest.mark.parametrize(("told", "untold"), [("", True), ("in_progress", True), ("successful", False), ("failed", False)])
    def test_are_untold_until_their_final_result_is_acknowledged(self, told, untold):
        offer = an_offer(a_record())
        if told:
            offer.tell(told, now=NOW, failure_type="validation_failure", reason="No.")

        assert ExportJobItem.objects.untold().filter(pk=offer.pk).exists() is untold

    def test_come_back_as_they_were_received(self):
        record = a_record()
        offer = an_offer(record, payload=a_payload(record))

        item = offer.item()

        assert (item.entry_id, item.amount.minor, str(item.lines[0].tax.rate)) == (str(record.entry_id), 12_000, "20.0")

    def test_that_cannot_be_read_say_so(self):
        with pytest.raises(MalformedItem):
            an_offer(a_record(), payload="{}").item()
