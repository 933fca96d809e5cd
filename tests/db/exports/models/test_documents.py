from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from exports.models import AttemptDocument, Document
from integration.retry import last_possible_send
from tests.db.exports.rows import (
    BODY,
    NOW,
    STATES,
    a_configuration,
    a_document,
    a_job,
    a_record,
    an_attachment,
    an_attempt,
    an_entry,
    an_offer,
    key_of,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


def planned_again(row, value, body):
    """Take in a plan and write it, as `plan_rows` does; tell whether there was anything to write."""
    taken = row.take_plan(value, body, fingerprint="g" * 64, names=None, now=LATER)
    row.save(update_fields=taken)
    return bool(taken)


# mutator -> (call, the states it leaves, the state it enters; None: it stays)
MUTATORS = {
    "take_plan": (
        lambda row: planned_again(row, an_entry(row.key), BODY),
        {"PLANNED", "REJECTED", "CANCELLED"},
        "PLANNED",
    ),
    "begin": (lambda row: row.begin(an_attempt(), BODY, now=LATER, deadline=LATER), {"PLANNED"}, "IN_FLIGHT"),
    "confirm": (lambda row: row.confirm("4711", now=LATER), {"IN_FLIGHT", "UNKNOWN", "REJECTED", "REVIEW"}, "CONFIRMED"),
    "reject": (lambda row: row.reject("No.", "BL1"), {"IN_FLIGHT", "UNKNOWN"}, "REJECTED"),
    "doubt_it": (lambda row: row.doubt_it("UNREADABLE", first_look_at=LATER), {"IN_FLIGHT"}, "UNKNOWN"),
    "wait": (lambda row: row.wait(LATER, NOW, message="Later."), {"IN_FLIGHT"}, "PLANNED"),
    "unsend": (lambda row: row.unsend(LATER), {"IN_FLIGHT"}, "PLANNED"),
    "absent": (lambda row: row.absent(LATER, new_revision=False), {"UNKNOWN"}, "PLANNED"),
    "look_before_planning": (lambda row: row.look_before_planning(LATER), {"REJECTED"}, None),
    "not_there": (lambda row: row.not_there(), {"REJECTED"}, None),
    "look_again": (lambda row: row.look_again(LATER), {"UNKNOWN", "REJECTED", "REVIEW"}, None),
    "dispute": (lambda row: row.dispute("Two of them."), {"UNKNOWN", "REJECTED", "PLANNED"}, "REVIEW"),
    "cancel": (lambda row: row.cancel("Not needed."), {"PLANNED", "REJECTED", "REVIEW"}, "CANCELLED"),
    "adopt": (lambda row: row.adopt("4711", now=LATER), {"REVIEW", "REJECTED", "PLANNED"}, "CONFIRMED"),
    "keep_in_dispute": (lambda row: row.keep_in_dispute("It is there."), {"REVIEW"}, None),
    "look_before_release": (lambda row: row.look_before_release(LATER), {"REVIEW"}, None),
    "takes_back": (lambda row: row.takes_back("4711", BODY, NOW.date(), LATER), {"PLANNED"}, None),
    "taken_back_there": (lambda row: row.taken_back_there("bill 4711 gone", "gone", LATER), {"PLANNED"}, "CONFIRMED"),
    "wait_to_take_back": (lambda row: row.wait_to_take_back("reversal_waits", "It is paid.", LATER), {"PLANNED"}, None),
    "read_first": (lambda row: row.read_first(LATER), {"PLANNED"}, None),
    "release": (lambda row: row.release(LATER), {"REVIEW"}, "PLANNED"),
}


class TestMutators:
    @pytest.mark.parametrize("state", STATES)
    @pytest.mark.parametrize("name", MUTATORS)
    def test_change_only_the_states_they_are_for(self, name, state):
        change, leaves, enters = MUTATORS[name]
        row = a_document(state=state)
        before = Document.objects.values().get(pk=row.pk)

        done = change(row)

        after = Document.objects.values().get(pk=row.pk)
        assert done is (state in leaves)
        assert after["state"] == ((enters or state) if state in leaves else state)
        if state not in leaves:
            assert after == before

    # Those whose row may be left in the state it was in can be called again; a new plan is one of them.
    @pytest.mark.parametrize(
        "name",
        [name for name, (_, leaves, enters) in MUTATORS.items() if name != "take_plan" and enters is not None and enters not in leaves],
    )
    def test_let_only_one_of_two_workers_change_the_state(self, name):
        change, leaves, _ = MUTATORS[name]
        row = a_document(state=sorted(leaves)[0])
        other = Document.objects.get(pk=row.pk)

        results = [change(row), change(other)]

        assert results == [True, False]

    def test_no_mutator_leaves_confirmed(self):
        assert not [name for name, (_, leaves, _) in MUTATORS.items() if "CONFIRMED" in leaves]


class TestPlanAgain:
    def planned_again(self, row, *, body=BODY, value=None):
        value = value or an_entry(row.key)
        assert planned_again(row, value, body)
        return Document.objects.get(pk=row.pk)

    def test_keeps_bytes_and_control_id_of_what_was_sent_while_the_plan_says_the_same(self):
        row = a_document(body=BODY, body_hash=_hash(BODY), sent_hash=_hash(BODY), tries=1)

        again = self.planned_again(row)

        assert (again.control_id, bytes(again.body), again.sent_before) == (f"{row.key}.1", BODY, True)

    def test_raises_the_revision_when_the_plan_differs_from_what_was_sent(self):
        row = a_document(body=BODY, body_hash=_hash(BODY), sent_hash=_hash(BODY), tries=1)

        again = self.planned_again(row, body=b"<other/>")

        assert (again.control_id, bytes(again.body), again.sent_before) == (f"{row.key}.2", b"<other/>", False)

    def test_keeps_the_revision_of_what_was_never_sent(self):
        row = a_document(body=BODY, body_hash=_hash(BODY))

        again = self.planned_again(row, body=b"<other/>")

        assert (again.control_id, bytes(again.body)) == (f"{row.key}.1", b"<other/>")

    @pytest.mark.parametrize(("state", "tries", "revision"), [("REJECTED", 1, 2), ("CANCELLED", 1, 2), ("CANCELLED", 0, 1)])
    def test_raises_the_revision_after_a_refusal(self, state, tries, revision):
        row = a_document(state=state, tries=tries)

        again = self.planned_again(row)

        assert (again.revision, again.tries if revision == 2 else 0, again.due_at) == (revision, 0, LATER)
        assert (again.refusal, again.reason, again.sent_hash) == ("", "", "")

    def test_forgets_how_long_it_has_waited(self):
        row = a_document(first_try_later_at=NOW - timedelta(hours=9))

        assert self.planned_again(row).first_try_later_at is None

    def test_keeps_the_bytes_of_an_attachment_that_was_sent(self):
        row = a_document(kind="attachment", body=BODY, body_hash=_hash(BODY), sent_hash=_hash(BODY), tries=1)

        again = self.planned_again(row, body=None, value=an_attachment(row.key))

        assert (again.control_id, bytes(again.body)) == (f"{row.key}.1", BODY)

    def test_takes_over_what_the_plan_says(self):
        row = a_document(a_record())

        again = self.planned_again(row, value=an_entry(row.key, gross="99.99", title="Other"))

        assert (again.title, again.amount_minor, again.journal, again.fingerprint) == ("Other", 9_999, "PLEO", "g" * 64)


class TestBegin:
    def test_commits_intent_bytes_and_deadline(self):
        row, attempt = a_document(body=BODY, body_hash=_hash(BODY), absence_proven=True), an_attempt()

        assert row.begin(attempt, BODY, now=NOW, deadline=LATER)

        row.refresh_from_db()
        assert (row.state, bytes(row.body), row.body_hash) == ("IN_FLIGHT", BODY, _hash(BODY))
        assert (row.attempt, row.sent_at, row.last_possible_send_at, row.tries) == (attempt, NOW, LATER, 1)
        assert row.absence_proven is False

    def test_begins_nothing_whose_plan_has_changed_meanwhile(self):
        row = a_document(body=BODY, body_hash=_hash(BODY))
        Document.objects.filter(pk=row.pk).update(body=b"<other/>", body_hash=_hash(b"<other/>"))

        assert not row.begin(an_attempt(), BODY, now=NOW, deadline=LATER)

    def test_begins_nothing_of_an_older_revision(self):
        row = a_document(body=BODY, body_hash=_hash(BODY))
        Document.objects.filter(pk=row.pk).update(revision=2)

        assert not row.begin(an_attempt(), BODY, now=NOW, deadline=LATER)


class TestDoubt:
    def test_is_sent_alone_from_then_on_and_counts_its_rounds(self):
        row = a_document(state="IN_FLIGHT")

        row.doubt_it("DUPLICATE", first_look_at=LATER, message="already exists", code="BL34000061")

        assert (row.alone, row.rounds, row.looks, row.due_at) == (True, 1, 0, LATER)
        assert row.sent_hash == row.body_hash and row.sent_before

    @pytest.mark.parametrize(("new_revision", "control", "sent_before"), [(False, 1, True), (True, 2, False)])
    def test_proven_absent_is_sent_again_under_the_id_that_can_work(self, new_revision, control, sent_before):
        row = a_document(state="UNKNOWN")

        row.absent(LATER, new_revision=new_revision)

        assert (row.revision, row.sent_before, bytes(row.body), row.alone) == (control, sent_before, BODY, True)

    def test_wait_remembers_since_when(self):
        row = a_document(state="IN_FLIGHT", first_try_later_at=NOW - timedelta(hours=1))

        row.wait(LATER, NOW, message="Later.")

        assert (row.first_try_later_at, row.due_at) == (NOW - timedelta(hours=1), LATER)

    def test_unsend_does_not_count_as_sent(self):
        row = a_document(state="IN_FLIGHT")

        row.unsend(LATER, alone=True)

        assert (row.sent_before, row.alone) == (False, True)


class TestLastPossibleSend:
    def test_is_the_latest_begin_plus_the_longest_request(self):
        assert last_possible_send(NOW, lease_seconds=300) == NOW + timedelta(seconds=20 + 240)


class TestConstraints:
    @pytest.mark.parametrize(
        ("state", "columns"),
        [
            ("CONFIRMED", {"intacct_key": ""}),
            ("PLANNED", {"intacct_key": "4711"}),
            ("IN_FLIGHT", {"attempt": None}),
            ("IN_FLIGHT", {"body": None}),
            ("UNKNOWN", {"body_hash": ""}),
            ("UNKNOWN", {"doubt": ""}),
            ("REJECTED", {"refusal": ""}),
            ("CANCELLED", {"reason": ""}),
            ("REVIEW", {"reason": ""}),
            ("PLANNED", {"amount_minor": None}),
            ("PLANNED", {"kind": "attachment"}),
        ],
        ids=[
            "intacct_key_means_confirmed", "intacct_key_means_confirmed the other way", "in_doubt_has_attempt_and_bytes attempt",
            "in_doubt_has_attempt_and_bytes body", "in_doubt_has_attempt_and_bytes hash", "unknown_says_why", "rejected_says_why",
            "cancelled_says_why", "cancelled_says_why review", "postings_have_amounts", "postings_have_amounts the other way",
        ],
    )  # fmt: skip
    def test_refuse_a_wrong_row(self, state, columns):
        row = a_document(state=state)

        with pytest.raises(IntegrityError), transaction.atomic():
            Document.objects.filter(pk=row.pk).update(**columns)

    def test_refuse_a_second_document_with_the_same_key(self):
        record = a_record()
        a_document(record)

        with pytest.raises(IntegrityError), transaction.atomic():
            a_document(a_record(), key=key_of(record, "journal_entry"))

    def test_refuse_a_document_twice_in_an_attempt(self):
        row, attempt = a_document(), an_attempt()
        AttemptDocument.objects.create(attempt=attempt, document=row, control_id=row.control_id)

        with pytest.raises(IntegrityError), transaction.atomic():
            AttemptDocument.objects.create(attempt=attempt, document=row, control_id=row.control_id)

    def test_refuse_a_completed_attempt_that_does_not_say_how_it_ended(self):
        with pytest.raises(IntegrityError), transaction.atomic():
            an_attempt(completed_at=NOW)


class TestAttempt:
    def test_is_completed_once(self):
        attempt = an_attempt()

        assert attempt.complete(outcome="1 of 1 carried out", now=NOW)
        assert not attempt.complete(outcome="something else", now=LATER)

        attempt.refresh_from_db()
        assert (attempt.outcome, attempt.completed_at) == ("1 of 1 carried out", NOW)


class TestSendable:
    """What the lane may send: planned, due, offered by an open job that has not run out, and not held back."""

    def offered(self, *, record=None, job=None, offer=None, document=None):
        configuration = a_configuration()
        made = a_record(configuration, **(record or {}))
        an_offer(made, a_job(configuration, **(job or {})), **(offer or {}))
        return a_document(made, **(document or {}))

    def sendable(self, row, now=NOW):
        return row in Document.objects.sendable(row.record.intacct_company_id, now)

    def test_takes_what_an_open_job_offers(self):
        assert self.sendable(self.offered())

    @pytest.mark.parametrize("state", ["SEEN", "STARTED", "REPORTED", "FINISHED", "ENDED_BY_PLEO"])
    def test_takes_nothing_first_posted_while_no_open_job_offers_it(self, state):
        assert not self.sendable(self.offered(job={"state": state}))

    def test_takes_nothing_once_the_job_has_run_out(self):
        row = self.offered()

        assert self.sendable(row, NOW + timedelta(minutes=59))
        assert not self.sendable(row, NOW + timedelta(hours=1))

    def test_takes_nothing_that_no_job_offers(self):
        assert not self.sendable(a_document())

    @pytest.mark.parametrize("told", ["successful", "failed"])
    def test_takes_nothing_that_pleo_was_told_the_end_of(self, told):
        reason = {"told_reason": "No.", "told_type": "validation_failure"} if told == "failed" else {}

        assert not self.sendable(self.offered(offer={"told_status": told, "told_at": NOW, **reason}))

    def test_takes_what_pleo_was_told_is_in_progress(self):
        assert self.sendable(self.offered(offer={"told_status": "in_progress", "told_at": NOW}))

    @pytest.mark.parametrize("state", [state for state in STATES if state != "PLANNED"])
    def test_takes_nothing_in_another_state(self, state):
        assert not self.sendable(self.offered(document={"state": state}))

    def test_takes_nothing_before_it_is_due(self):
        assert not self.sendable(self.offered(document={"due_at": NOW + timedelta(seconds=1)}))

    @pytest.mark.parametrize("status", ["NEEDS_FIX", "REVIEW", "REVERSED", "SKIPPED", "UNKNOWN", "SENDING"])
    def test_takes_nothing_of_a_record_that_is_not_waiting(self, status):
        assert not self.sendable(self.offered(record={"status": status}))

    def test_takes_nothing_of_another_company(self):
        row = self.offered()

        assert not Document.objects.sendable("OTHER", NOW).exists()
        assert self.sendable(row)

    @pytest.mark.parametrize("columns", [{"active": False}, {"closed_at": NOW, "closed_reason": "refused"}])
    def test_takes_nothing_of_a_closed_configuration(self, columns):
        row = self.offered()
        type(row.record.configuration).objects.update(**columns)

        assert not self.sendable(row)

    @pytest.mark.parametrize(
        ("state", "taken"),
        [
            ("PLANNED", True),
            ("CONFIRMED", True),
            ("IN_FLIGHT", False),
            ("UNKNOWN", False),
            ("REJECTED", False),
            ("REVIEW", False),
            ("CANCELLED", False),
        ],
    )
    def test_holds_back_what_names_an_attachment_in_doubt_or_refused(self, state, taken):
        row = self.offered()
        row.names = a_document(row.record, state=state, kind="attachment")
        row.save()

        assert self.sendable(row) is taken

    @pytest.mark.parametrize(("state", "taken"), [(state, state == "CONFIRMED") for state in STATES])
    def test_takes_a_follow_up_of_a_confirmed_principal_without_a_job(self, state, taken):
        principal = a_document(state=state)
        follow_up = a_document(principal.record, kind="payment", principal=principal, bill_record="4711")

        assert self.sendable(follow_up) is taken


class TestToLookUp:
    @pytest.mark.parametrize(("state", "taken"), [(state, state in ("UNKNOWN", "REJECTED", "REVIEW")) for state in STATES])
    def test_takes_what_is_in_doubt_refused_or_said_not_to_be_there_and_is_due(self, state, taken):
        row = a_document(state=state, due_at=NOW)

        found = Document.objects.to_look_up(row.record.intacct_company_id, NOW)

        assert (row in found) is taken

    def test_leaves_what_is_not_due_or_never_to_be_looked_at(self):
        row = a_document(state="REJECTED", due_at=None)
        later = a_document(row.record, state="UNKNOWN", kind="attachment", due_at=LATER)

        assert not Document.objects.to_look_up(row.record.intacct_company_id, NOW).exists()
        assert list(Document.objects.to_look_up(row.record.intacct_company_id, LATER)) == [later]


def _hash(body: bytes) -> str:
    import hashlib

    return hashlib.sha256(body).hexdigest()


class TestConfirm:
    def test_leaves_a_number_that_belongs_to_another_document_to_a_person(self):
        first = a_document(state="IN_FLIGHT")
        second = a_document(a_record(first.record.configuration), state="IN_FLIGHT")
        first.confirm("4711", now=NOW)

        second.confirm("4711", now=NOW)

        assert (second.state, second.intacct_key) == ("REVIEW", "")
        assert "4711" in second.reason

    def test_cannot_be_got_round_in_the_database(self):
        first = a_document(state="CONFIRMED", intacct_key="4711")

        with pytest.raises(IntegrityError), transaction.atomic():
            a_document(a_record(first.record.configuration), state="CONFIRMED", intacct_key="4711")
