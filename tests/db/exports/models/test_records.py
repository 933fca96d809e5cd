from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from exports.models import Document, Event, ExportRecord, ReceiptContent
from integration.errors import Problem
from integration.pleo.items import parse_item
from tests.db.exports.rows import (
    NOW,
    a_configuration,
    a_document,
    a_job,
    a_payload,
    a_receipt,
    a_record,
    an_offer,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)
WRONG = Problem("account_unknown", "Account 6999 does not exist.")
SAME, OTHER = "f" * 64, "e" * 64


class TestRefreshStatus:
    """The one function that works the status out: of documents, problems and fingerprints."""

    @pytest.mark.parametrize(
        ("documents", "problems", "columns", "status"),
        [
            ([], (), {}, "WAITING"),
            (["PLANNED"], (), {}, "WAITING"),
            (["IN_FLIGHT"], (), {}, "SENDING"),
            (["UNKNOWN"], (), {}, "UNKNOWN"),
            (["CONFIRMED"], (), {}, "POSTED"),
            (["REJECTED"], (), {}, "NEEDS_FIX"),
            (["REVIEW"], (), {}, "REVIEW"),
            (["CANCELLED"], (), {}, "WAITING"),
            ([], (WRONG,), {}, "NEEDS_FIX"),
            (["CANCELLED"], (WRONG,), {}, "NEEDS_FIX"),
            (["PLANNED"], (WRONG,), {}, "NEEDS_FIX"),
            # What is in doubt wins over everything: nobody may act on it.
            (["UNKNOWN"], (WRONG,), {}, "UNKNOWN"),
            (["IN_FLIGHT"], (WRONG,), {}, "SENDING"),
            (["REVIEW"], (WRONG,), {}, "REVIEW"),
            ([], (), {"skipped_reason": "amount is zero"}, "SKIPPED"),
            (["CONFIRMED"], (), {"skipped_reason": "amount is zero"}, "POSTED"),
            # The attachment and what names it.
            (["attachment CONFIRMED", "PLANNED"], (), {}, "WAITING"),
            (["attachment CONFIRMED", "CONFIRMED"], (), {}, "POSTED"),
            (["attachment UNKNOWN", "PLANNED"], (), {}, "UNKNOWN"),
            (["attachment REJECTED", "PLANNED"], (), {}, "NEEDS_FIX"),
            (["attachment CANCELLED", "CONFIRMED"], (), {}, "POSTED"),
            (["attachment CONFIRMED"], (), {}, "WAITING"),
            # Offered again.
            (["CONFIRMED"], (), {"offered_fingerprint": SAME}, "POSTED"),
            (["CONFIRMED"], (), {"offered_fingerprint": OTHER}, "REVIEW"),
            (["CONFIRMED"], (), {"offered_fingerprint": OTHER, "accepted_fingerprint": OTHER}, "POSTED"),
            (["PLANNED"], (), {"offered_fingerprint": OTHER}, "WAITING"),
            (["UNKNOWN"], (), {"offered_fingerprint": OTHER}, "UNKNOWN"),
        ],
    )
    def test_follows_from_documents_problems_and_fingerprints(self, documents, problems, columns, status):
        record = a_record(**columns)
        for each in documents:
            kind, _, state = each.rpartition(" ")
            a_document(record, state=state, kind=kind or "journal_entry")
        if problems:
            record.stop(problems)
            ExportRecord.objects.filter(pk=record.pk).update(**{name: columns[name] for name in columns if name == "skipped_reason"})

        assert record.refresh_status(NOW) == status

        assert ExportRecord.objects.get(pk=record.pk).status == status

    @pytest.mark.parametrize("state", ["Submitted", "Partially Approved"])
    def test_waits_for_approval_in_intacct(self, state):
        record = a_record()
        a_document(record, state="CONFIRMED", intacct_state=state)

        assert record.refresh_status(NOW) == "AWAITING_APPROVAL"

    @pytest.mark.parametrize("kind", ["journal_entry", "bill", "payment"])
    def test_keeps_a_draft_out_of_the_ledger_also_one_made_on_purpose(self, kind):
        record = a_record()
        a_document(
            record, state="CONFIRMED", kind=kind, intacct_state="Draft", body=b"<create><GLBATCH><STATE>Draft</STATE></GLBATCH></create>"
        )

        assert record.refresh_status(NOW) == "DRAFT"

    @pytest.mark.parametrize("state", ["Declined", "Reversed", "gone"])
    def test_is_to_be_reviewed_where_what_was_posted_is_gone(self, state):
        record = a_record(offered_fingerprint=OTHER)
        a_document(record, state="CONFIRMED", intacct_state=state)

        assert record.refresh_status(NOW) == "REVIEW" and record.first_problem_code == "vanished_in_intacct"

    def test_is_being_sent_until_its_state_was_read(self):
        record = a_record()
        a_document(record, state="CONFIRMED", intacct_state="")

        assert record.refresh_status(NOW) == "SENDING"

    def test_looks_only_at_the_present_posting(self):
        record = a_record(posting_number=2)
        a_document(record, state="CONFIRMED", posting_number=1)

        assert record.refresh_status(NOW) == "WAITING"

    def test_names_the_document_that_holds_the_old_content(self):
        record = a_record(offered_fingerprint=OTHER)
        document = a_document(record, state="CONFIRMED")

        record.refresh_status(NOW)

        assert record.first_problem_code == "content_changed"
        assert document.intacct_key in record.first_problem and document.key in record.first_problem

    def test_drops_that_problem_once_the_content_is_the_old_one_again(self):
        record = a_record(offered_fingerprint=OTHER)
        a_document(record, state="CONFIRMED")
        record.refresh_status(NOW)
        record.offered_fingerprint = SAME
        record.save()

        assert record.refresh_status(NOW) == "POSTED"
        assert (record.problems, record.first_problem) == ([], "")

    def test_says_what_intacct_refused(self):
        record = a_record()
        a_document(record, state="REJECTED")

        record.refresh_status(NOW)

        assert record.first_problem_code == "refused_by_intacct"
        assert "Account 6999 is not valid." in record.first_problem

    def test_drops_a_refusal_that_has_moved_on(self):
        record = a_record()
        document = a_document(record, state="REJECTED")
        record.refresh_status(NOW)
        document.adopt("4711", now=NOW, intacct_state="Posted")

        assert record.refresh_status(NOW) == "POSTED"
        assert record.first_problem == ""

    def test_writes_one_event_for_a_change_and_none_for_no_change(self):
        record = a_record()
        a_document(record, state="CONFIRMED")

        record.refresh_status(NOW, why="looked up")
        record.refresh_status(LATER)

        (event,) = Event.objects.filter(record=record)
        assert (event.what, event.why, event.who) == ("In the ledger", "looked up", "the system")
        assert record.status_changed_at == NOW
        assert record.posted_at == NOW


class TestToPrepare:
    def wanted(self, *, job=None, offer=None, **columns):
        configuration = a_configuration()
        record = a_record(configuration, **({"plan_wanted": True} | columns))
        an_offer(record, a_job(configuration, **(job or {})), **(offer or {}))
        return record

    def taken(self, record, now=NOW):
        return record in ExportRecord.objects.to_prepare(now)

    def test_takes_what_an_open_job_offers_and_wants_a_plan(self):
        assert self.taken(self.wanted())
        assert not self.taken(self.wanted(plan_wanted=False))

    @pytest.mark.parametrize("state", ["SEEN", "STARTED", "REPORTED", "FINISHED", "ENDED_BY_PLEO"])
    def test_takes_nothing_from_a_job_in_another_state(self, state):
        assert not self.taken(self.wanted(job={"state": state}))

    def test_takes_nothing_once_the_job_has_run_out(self):
        assert not self.taken(self.wanted(), NOW + timedelta(hours=1))

    def test_takes_nothing_that_pleo_was_told_the_end_of(self):
        assert not self.taken(self.wanted(offer={"told_status": "successful", "told_at": NOW}))

    @pytest.mark.parametrize(
        ("status", "taken"),
        [
            ("WAITING", True),
            ("NEEDS_FIX", True),
            ("POSTED", True),
            ("SKIPPED", True),
            ("AWAITING_APPROVAL", True),
            ("SENDING", False),
            ("UNKNOWN", False),
            ("REVIEW", False),
        ],
    )
    def test_leaves_what_is_in_doubt_or_disputed(self, status, taken):
        assert self.taken(self.wanted(status=status)) is taken

    def test_waits_until_a_refused_document_was_looked_up(self):
        record = self.wanted(status="NEEDS_FIX")
        document = a_document(record, state="REJECTED")

        before = self.taken(record)
        document.not_there()

        assert (before, self.taken(record)) == (False, True)


class TestExportAgain:
    @pytest.mark.parametrize(
        ("status", "reported", "allowed"),
        [
            ("NEEDS_FIX", True, True),
            ("NEEDS_FIX", False, True),
            ("REVIEW", True, True),
            ("REVERSED", True, True),
            ("WAITING", False, True),
            ("POSTED", True, False),
            ("POSTED", False, True),
            ("SKIPPED", True, False),
            ("SKIPPED", False, True),
            ("AWAITING_APPROVAL", True, False),
            ("SENDING", False, False),
            ("UNKNOWN", False, False),
        ],
    )
    def test_is_there_for_what_is_not_under_way_and_not_known_to_pleo(self, status, reported, allowed):
        record = a_record(status=status, reported_at=NOW if reported else None)

        done, skipped = ExportRecord.objects.filter(pk=record.pk).export_again(by=None, now=LATER)

        assert (record in done, record in skipped) == (allowed, not allowed)
        record.refresh_from_db()
        assert record.export_again_at == (LATER if allowed else None)

    @pytest.mark.parametrize("state", ["SEEN", "STARTED", "COLLECTED", "REPORTED"])
    def test_leaves_alone_what_is_in_an_open_job(self, state):
        record = a_record(status="NEEDS_FIX")
        an_offer(record, a_job(record.configuration, state=state))

        done, _ = ExportRecord.objects.all().export_again(by=None, now=NOW)

        assert done == []

    def test_writes_down_who_asked(self):
        user = get_user_model().objects.create_user("mara")
        record = a_record(status="NEEDS_FIX")

        ExportRecord.objects.all().export_again(by=user, now=NOW)

        record.refresh_from_db()
        assert (record.export_again_by, Event.objects.get(record=record).who) == (user, "mara")
        assert list(ExportRecord.objects.wished()) == [record]

    def test_wish_is_granted_by_the_next_offer(self):
        record = a_record(status="NEEDS_FIX", export_again_at=NOW)

        record.want_plan()

        assert not ExportRecord.objects.wished().exists()


class TestLookUp:
    @pytest.mark.parametrize(
        ("state", "due"),
        [("UNKNOWN", True), ("REJECTED", True), ("PLANNED", False), ("CONFIRMED", False), ("IN_FLIGHT", False)],
    )
    def test_makes_documents_in_doubt_or_refused_due_now(self, state, due):
        document = a_document(state=state, due_at=None)

        done, skipped = ExportRecord.objects.all().look_up(by=None, now=LATER)

        assert (len(done), len(skipped)) == ((1, 0) if due else (0, 1))
        assert Document.objects.get(pk=document.pk).due_at == (LATER if due else None)


class TestOfEntry:
    def test_is_one_per_intacct_company_and_entry(self):
        configuration = a_configuration()
        entry = str(a_record(configuration).entry_id)

        again = ExportRecord.of_entry(configuration, entry, LATER)

        assert ExportRecord.objects.count() == 1
        assert again.first_seen_at == NOW

    def test_is_another_one_in_another_company(self):
        entry = str(a_record().entry_id)

        ExportRecord.of_entry(a_configuration(), entry, NOW)

        assert ExportRecord.objects.count() == 2


class TestDescribe:
    def test_copies_what_lists_show(self):
        configuration = a_configuration(time_zone="America/New_York")
        record = a_record(configuration)
        raw = json.loads(a_payload(record)) | {"date": "2026-03-09T02:30:00Z", "supplier": {"name": "Bad\x00 \ud800name"}}

        record.describe(parse_item(raw))

        record.refresh_from_db()
        assert (record.type, record.currency, record.amount_minor, record.tax_minor) == ("card_purchase", "GBP", 12_000, 2_000)
        assert record.date.isoformat() == "2026-03-08"
        assert record.merchant == "Bad name"
        assert len(record.offered_fingerprint) == 64

    @pytest.mark.parametrize(("is_a_day", "day"), [(True, "2026-03-09"), (False, "2026-03-08")])
    def test_dates_midnight_as_the_posting_does(self, is_a_day, day):
        record = a_record(a_configuration(time_zone="America/New_York", midnight_is_a_day=is_a_day))

        record.describe(parse_item(json.loads(a_payload(record)) | {"date": "2026-03-09T00:00:00Z"}))

        record.refresh_from_db()
        assert record.date.isoformat() == day


class TestPreparation:
    def test_that_crashed_three_times_is_not_begun_again(self):
        record = a_record()

        begun = []
        for _ in range(5):
            record.refresh_from_db()
            begun.append(record.begin_preparation())

        assert begun == [True, True, True, False, False]


class TestConstraints:
    @pytest.mark.parametrize(
        "columns",
        [{"status": "NEEDS_FIX"}, {"status": "SKIPPED"}, {"status": "POSTED"}],
        ids=["needs_fix_says_why", "skipped_says_why", "posted_says_when"],
    )
    def test_refuse_a_status_that_does_not_say_why(self, columns):
        record = a_record()

        with pytest.raises(IntegrityError), transaction.atomic():
            ExportRecord.objects.filter(pk=record.pk).update(**columns)

    def test_refuse_a_second_record_of_an_entry(self):
        record = a_record()

        with pytest.raises(IntegrityError), transaction.atomic():
            a_record(record.configuration, entry_id=record.entry_id)

    def test_refuse_a_receipt_number_twice(self):
        record = a_record()
        a_receipt(record)

        with pytest.raises(IntegrityError), transaction.atomic():
            a_receipt(record)

    @pytest.mark.parametrize("state", ["FETCHED", "ATTACHED"])
    def test_refuse_a_usable_receipt_without_content(self, state):
        with pytest.raises(IntegrityError), transaction.atomic():
            a_receipt(a_record(), content=b"x", state=state).__class__.objects.update(content=None)

    @pytest.mark.parametrize("columns", [{"content": None}, {"purged_at": NOW}])
    def test_refuse_content_that_is_neither_there_nor_purged(self, columns):
        a_receipt(a_record())

        with pytest.raises(IntegrityError), transaction.atomic():
            ReceiptContent.objects.update(**columns)


class TestAnUnreadableOffer:
    """What `collect` does with an item that cannot be read, and then with one that can."""

    UNREADABLE = Problem("malformed_item", "It cannot be read.")

    def offered(self, record, problem=None):
        record.stop([problem]) if problem else record.want_plan()
        record.refresh_status(NOW)

    def test_of_what_is_posted_is_over_with_the_next_one(self):
        record = a_record(offered_fingerprint="f" * 64)
        a_document(record, "CONFIRMED")
        record.refresh_status(NOW)
        self.offered(record, self.UNREADABLE)
        needs = record.status
        self.offered(record)
        record.plan_stands()
        record.refresh_status(NOW)

        assert (needs, record.status, record.first_problem) == ("NEEDS_FIX", "POSTED", "")

    def test_of_what_was_booked_by_hand_leaves_that_as_it_is(self, django_user_model):
        record = a_record(status="NEEDS_FIX")
        record.skip("booked by hand", by=django_user_model.objects.create(username="ann"), now=NOW)
        self.offered(record, self.UNREADABLE)
        self.offered(record)

        assert (record.status, record.skipped_reason) == ("SKIPPED", "booked by hand")

    def test_is_not_what_keeps_a_posted_one_from_being_so(self):
        record = a_record(offered_fingerprint="f" * 64)
        document = a_document(record, "IN_FLIGHT")
        record.stop([Problem("job_ended", "Pleo ended the export job.")])
        record.refresh_status(NOW)
        document.confirm("4711", now=NOW, intacct_state="Posted")

        assert record.refresh_status(NOW) == "POSTED"
