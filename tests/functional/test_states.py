"""How what we posted stands in Sage Intacct, where people delete, reverse, decline and void: over real HTTP against the sandbox."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from exports.delivery.deliver import deliver
from exports.models import ExportRecord
from exports.run_cycle import in_doubt
from integration.intacct.gateway import gateway_for
from integration.models import EntityConfiguration
from integration.sandbox import http
from integration.sandbox.http import Fault
from integration.sandbox.intacct.objects import SIDE
from integration.sandbox.intacct.preferences import set_preference
from integration.sandbox.sandbox import Sandbox
from integration.sandbox.world import COMPANY_ID, entry_id, load_demo_world
from referencedata.models import Entity
from tests.conftest import Clock
from tests.functional.journey import export, journal_of, offer, record, status, told_one
from tests.functional.test_payables import INVOICE, RAIL, studio, user

__all__ = ["studio", "user"]
pytestmark = pytest.mark.django_db

MANY = tuple(f"UK-{number:02}" for number in range(1, 41))


@pytest.fixture
def sandbox() -> Sandbox:
    """Both systems with the demo world, and nothing offered yet."""
    return Sandbox(world=lambda books, now: load_demo_world(books, now, with_jobs=False), now=datetime.now(UTC))


@pytest.fixture
def posted(connected, sandbox):
    """One journal entry in the ledger, and Pleo knows."""
    first = offer(sandbox, "UK-01")
    export()
    assert told_one(sandbox, first, "UK-01")["status"] == "successful" and record("UK-01").status == "POSTED"
    return connected


def questions(sandbox: Sandbox) -> int:
    """How often Sage Intacct was asked how entries stand: what its allowance counts."""
    return sum(request["body"].count("<field>REVERSEDKEY</field>") for request in sandbox.intacct.requests)


def overnight(connection) -> Clock:
    """Let a night pass, and do what is due then, without any job."""
    clock = Clock(datetime.now(UTC) + timedelta(hours=25))
    deliver(connection, gateway=gateway_for(connection), clock=clock, owner="night")
    return clock


def gone(sandbox: Sandbox, how: str) -> None:
    number, now = journal_of("UK-01").intacct_key, datetime.now(UTC)
    if how == "deleted":
        sandbox.intacct.delete("GLBATCH", number, now)
    else:
        sandbox.intacct.reverse_entry(number, now)


class TestAnEntryThatIsGone:
    @pytest.mark.parametrize("how", ["deleted", "reversed"])
    def test_is_never_told_successful_when_it_is_offered_again(self, posted, sandbox, how):
        gone(sandbox, how)

        again = offer(sandbox, "UK-01")
        export()

        item = told_one(sandbox, again, "UK-01")
        assert item["status"] == "failed" and journal_of("UK-01").intacct_key in item["failureReason"]
        assert (record("UK-01").status, record("UK-01").first_problem_code) == ("REVIEW", "vanished_in_intacct")
        assert not record("UK-01").reported_at
        assert status(sandbox, again) == "failed" and len(sandbox.intacct.control_ids()) == 3  # folder, attachment, entry

    @pytest.mark.parametrize("how", ["deleted", "reversed"])
    def test_is_seen_at_night_without_any_job(self, posted, sandbox, how):
        gone(sandbox, how)

        overnight(posted)

        seen = record("UK-01")
        assert (seen.status, seen.first_problem_code) == ("REVIEW", "vanished_in_intacct")
        assert ("any more" in seen.first_problem) is (how == "deleted") and "General Ledger" in seen.first_problem

    def test_is_said_to_be_gone_also_where_other_content_is_offered(self, posted, sandbox):
        gone(sandbox, "deleted")
        sandbox.pleo.change_entry(entry_id("UK-01"), amount=13_000)

        again = offer(sandbox, "UK-01")
        export()

        assert record("UK-01").first_problem_code == "vanished_in_intacct"
        assert told_one(sandbox, again, "UK-01")["status"] == "failed" and len(sandbox.intacct.ledger()) == 0

    def test_that_shows_again_is_in_the_ledger_again(self, posted, sandbox, user):
        row = sandbox.books.get(SIDE, "GLBATCH", journal_of("UK-01").intacct_key)
        sandbox.books.delete(SIDE, "GLBATCH", row["RECORDNO"])
        overnight(posted)
        sandbox.books.put(SIDE, "GLBATCH", row["RECORDNO"], row)

        record("UK-01").try_again(by=user, now=datetime.now(UTC))
        export()

        assert record("UK-01").status == "POSTED" and not record("UK-01").problems


class TestAnEntryOfferedAgain:
    def test_waits_while_intacct_does_not_say_how_it_stands(self, posted, sandbox):
        sandbox.intacct.inject(Fault(http.HTML_BEFORE, matching="<object>GLBATCH</object>", times=3))
        again = offer(sandbox, "UK-01")

        export()
        waiting = told_one(sandbox, again, "UK-01")["status"], record("UK-01").status
        sandbox.intacct.faults.clear()
        export()

        assert waiting == ("pending", "POSTED")
        assert told_one(sandbox, again, "UK-01")["status"] == "successful"

    def test_is_told_why_where_the_role_may_not_see_it(self, posted, sandbox):
        company = sandbox.books.get(SIDE, "COMPANY", COMPANY_ID)
        sandbox.books.put(SIDE, "COMPANY", COMPANY_ID, {**company, "DENIED": ["QUERY GLBATCH"]})

        again = offer(sandbox, "UK-01")
        export()

        item = told_one(sandbox, again, "UK-01")
        assert item["status"] == "failed" and "permission" in item["failureReason"].lower()
        assert record("UK-01").status == "POSTED" and record("UK-01").may_be_exported_again

    def test_is_asked_about_again_where_one_refusal_may_be_a_slip(self, posted, sandbox):
        sandbox.intacct.inject(Fault(http.UNJUDGED_REFUSAL, matching="<object>GLBATCH</object>", times=2, wording="Not today"))
        again = offer(sandbox, "UK-01")

        export()
        waiting = told_one(sandbox, again, "UK-01")["status"], journal_of("UK-01").refusal
        export(Clock(datetime.now(UTC) + timedelta(minutes=2)))

        assert waiting == ("pending", "")
        assert told_one(sandbox, again, "UK-01")["status"] == "successful"

    def test_is_told_why_where_it_is_refused_for_ten_minutes(self, posted, sandbox):
        sandbox.intacct.inject(Fault(http.UNJUDGED_REFUSAL, matching="<object>GLBATCH</object>", times=100, wording="Not today"))
        again = offer(sandbox, "UK-01")

        export(Clock(datetime.now(UTC) + timedelta(seconds=1)))
        export(Clock(datetime.now(UTC) + timedelta(minutes=9)))
        waiting = told_one(sandbox, again, "UK-01")["status"]
        export(Clock(datetime.now(UTC) + timedelta(minutes=12)))

        item = told_one(sandbox, again, "UK-01")
        assert waiting == "pending"
        assert item["status"] == "failed" and "Not today" in item["failureReason"]
        assert record("UK-01").status == "POSTED" and record("UK-01").may_be_exported_again

    def test_is_read_in_one_question_with_all_others(self, connected, sandbox):
        offer(sandbox, *MANY)
        export()
        before, entries = questions(sandbox), len(sandbox.intacct.ledger())

        offer(sandbox, *MANY)
        export()

        assert entries > 25  # more than one batch
        assert (before, questions(sandbox)) == (1, 2)


class TestAtNight:
    def test_one_question_reads_all_entries_of_an_entity(self, connected, sandbox):
        offer(sandbox, *MANY)
        export()
        before = questions(sandbox)

        overnight(connected)

        assert questions(sandbox) == before + 1
        assert not ExportRecord.objects.filter(status="REVIEW").exists()

    def test_nothing_of_a_closed_period_is_read(self, posted, sandbox):
        Entity.objects.filter(code="UK01").update(start_open_date=date(2999, 1, 1))
        overnight(posted)  # the last time
        before = questions(sandbox)

        deliver(posted, gateway=gateway_for(posted), clock=Clock(datetime.now(UTC) + timedelta(days=3)), owner="later")

        assert questions(sandbox) == before and journal_of("UK-01").due_at is None


class TestAnEntryThatWaitsInIntacct:
    def test_for_approval_is_in_the_ledger_once_it_has_it(self, connected, sandbox):
        set_preference(sandbox.books, "GL", "JOURNAL_APPROVAL", "true")
        job = offer(sandbox, "UK-01")
        export()
        waiting = record("UK-01").status, told_one(sandbox, job, "UK-01")["status"]
        sandbox.intacct.approve("GLBATCH", journal_of("UK-01").intacct_key, datetime.now(UTC))

        export(Clock(datetime.now(UTC) + timedelta(hours=1)))

        assert waiting == ("AWAITING_APPROVAL", "successful")
        assert record("UK-01").status == "POSTED"

    def test_and_is_declined_is_to_be_reviewed(self, connected, sandbox):
        set_preference(sandbox.books, "GL", "JOURNAL_APPROVAL", "true")
        offer(sandbox, "UK-01")
        export()
        sandbox.intacct.decline("GLBATCH", journal_of("UK-01").intacct_key, datetime.now(UTC))

        export(Clock(datetime.now(UTC) + timedelta(hours=1)))

        assert record("UK-01").status == "REVIEW" and "declined" in record("UK-01").first_problem

    @pytest.mark.parametrize("rule", ["post_as", "a rule of Intacct"])
    def test_as_a_draft_is_not_in_the_ledger_until_somebody_posts_it(self, connected, sandbox, rule):
        if rule == "post_as":
            EntityConfiguration.objects.update(post_as="draft")
        else:
            set_preference(sandbox.books, "GL", "JOURNAL_DRAFTS", "true")
        job = offer(sandbox, "UK-01")
        export()
        item, as_draft = told_one(sandbox, job, "UK-01"), record("UK-01").status
        export(Clock(datetime.now(UTC) + timedelta(hours=1)))
        still = record("UK-01").status
        sandbox.intacct.post_draft("GLBATCH", journal_of("UK-01").intacct_key, datetime.now(UTC))

        export(Clock(datetime.now(UTC) + timedelta(hours=2)))

        assert (item["status"], item["externalId"]) == ("successful", journal_of("UK-01").intacct_key)
        assert (as_draft, still, record("UK-01").status) == ("DRAFT", "DRAFT", "POSTED")


class TestPayables:
    def test_a_payment_that_was_voided_moves_its_expense(self, studio):
        studio.export(INVOICE)
        studio.export("ST-34")
        (payment,) = studio.payments()
        studio.sandbox.intacct.void_payment(payment["recordno"], datetime.now(UTC))

        studio.later(hours=25)

        assert studio.record("ST-34").status == "REVIEW" and "was voided" in studio.record("ST-34").first_problem
        assert studio.record(INVOICE).status == "POSTED"

    def test_a_voided_payment_of_a_card_bill_moves_its_expense(self, studio):
        studio.export(RAIL)
        studio.sandbox.intacct.void_payment(studio.payments()[0]["recordno"], datetime.now(UTC))

        studio.later(hours=25)

        assert studio.record(RAIL).status == "REVIEW" and "was voided" in studio.record(RAIL).first_problem

    def test_a_bill_that_was_deleted_is_never_told_successful(self, studio):
        studio.configuration.card_settlement = "leave_open"
        studio.configuration.save()
        studio.export(RAIL)
        studio.sandbox.intacct.delete("APBILL", studio.bills()[0]["recordno"], datetime.now(UTC))

        again = studio.export(RAIL)

        assert studio.told(again) == {entry_id(RAIL): "failed"} and studio.record(RAIL).status == "REVIEW"


class TestARoleThatMayNotSeeEntries:
    def test_keeps_nobody_waiting_for_what_only_a_person_can_mend(self, connected, sandbox):
        company = sandbox.books.get(SIDE, "COMPANY", COMPANY_ID)
        sandbox.books.put(SIDE, "COMPANY", COMPANY_ID, {**company, "DENIED": ["QUERY GLBATCH"]})
        job = offer(sandbox, "UK-01")

        export()

        assert record("UK-01").status == "SENDING" and "permission" in journal_of("UK-01").refusal.lower()
        assert told_one(sandbox, job, "UK-01")["status"] == "successful"  # Intacct has said that it made it
        assert in_doubt(list(EntityConfiguration.objects.all())) == 0


class TestAnUnreadableAnswer:
    def test_about_one_kind_is_asked_again_soon(self, studio, monkeypatch):
        """Of the whole answer one result is missing."""
        from exports.delivery import states
        from integration.errors import OutcomeUnknown

        read = states._rows
        lost = [OutcomeUnknown("The answer lacks a result.")]
        monkeypatch.setattr(states, "_rows", lambda answer: lost.pop() if lost else read(answer))
        studio.export(RAIL)
        sending = studio.record(RAIL).status

        studio.later(hours=2 / 60)

        assert (sending, studio.record(RAIL).status) == ("SENDING", "POSTED")
