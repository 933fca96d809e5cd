from __future__ import annotations

import pytest

from exports.models import Document, ExportRecord
from exports.planning import posting_context
from exports.planning import prepare as module
from exports.planning.prepare import prepare
from exports.planning.preview import preview
from exports.posting.plan import CannotPost, PostingPlan
from integration.errors import Problem
from tests.conftest import Clock
from tests.db.exports.rows import (
    NOW,
    a_configuration,
    a_document,
    a_job,
    a_payload,
    a_receipt,
    a_record,
    an_attachment,
    an_entry,
    an_offer,
    key_of,
)

pytestmark = pytest.mark.django_db
SAME = "f" * 64


@pytest.fixture
def offered():
    """One record of an open job that waits for its plan."""
    configuration = a_configuration()
    record = a_record(configuration, plan_wanted=True, offered_fingerprint=SAME)
    an_offer(record, a_job(configuration), payload=a_payload(record), fingerprint=SAME)
    return record


@pytest.fixture
def plans(monkeypatch):
    """Let a test say what the rules plan; what they plan is tested elsewhere."""

    def say(*documents, problems=(), error=None, **columns):
        def plan_posting(item, context, facts):
            if error:
                raise error
            if problems:
                raise CannotPost(tuple(problems))
            return PostingPlan(documents=documents, principal=documents[-1] if documents else None, **columns)

        monkeypatch.setattr(module, "plan_posting", plan_posting)

    monkeypatch.setattr(module, "context_of_each", lambda *args: (None, frozenset()))
    monkeypatch.setattr(module, "bill_wanted", lambda item, context: None)
    monkeypatch.setattr(module, "uses", lambda item, documents, context: frozenset())
    return say


def prepared(record, clock=None):
    taken = prepare(record.configuration, clock=clock or Clock(NOW))
    record.refresh_from_db()
    return taken


def entry_of(record, **columns):
    return an_entry(key_of(record, "journal_entry"), **columns)


class TestPrepare:
    def test_writes_a_document_for_each_that_the_plan_names_in_sending_order(self, offered, plans):
        attachment = an_attachment("PLBBBBBBBBBBBBBBBB")
        plans(attachment, entry_of(offered))

        assert prepared(offered) == 1

        first, second = Document.objects.order_by("position")
        assert (first.kind, first.position, second.kind, second.position) == ("attachment", 0, "journal_entry", 1)
        assert second.names == first
        assert (second.state, second.control_id, second.fingerprint) == ("PLANNED", f"{second.key}.1", SAME)
        assert second.body and not first.body
        assert (offered.status, offered.plan_wanted, offered.preparations) == ("WAITING", False, 0)

    def test_plans_nothing_of_another_company_s_item_however_often_it_is_asked_to(self, offered, plans):
        plans(entry_of(offered))
        offer = offered.offers.get()
        offer.payload = offer.payload.replace(str(offered.configuration.pleo_company_id), "0b7c0000-0000-4000-8000-000000000000")
        offer.save()

        for _ in range(2):
            prepared(offered)
            (shown,) = preview([offered.configuration], NOW)

            assert (offered.status, Document.objects.count()) == ("NEEDS_FIX", 0)
            assert "it belongs to Pleo company 0b7c0000" in offered.first_problem
            assert [problem.sentence for problem in shown.problems] == [offered.first_problem]
            offered.want_plan()

    def test_run_twice_changes_nothing(self, offered, plans):
        plans(entry_of(offered))
        prepared(offered)
        before = list(Document.objects.values())

        assert prepared(offered) == 0

        assert list(Document.objects.values()) == before

    def test_planned_anew_keeps_the_control_id_of_what_was_never_sent(self, offered, plans):
        plans(entry_of(offered))
        prepared(offered)
        offered.want_plan()

        plans(entry_of(offered, gross="99.99"))
        prepared(offered)

        document = Document.objects.get()
        assert (document.revision, document.amount_minor) == (1, 9_999)

    def test_cancels_what_a_new_plan_no_longer_has(self, offered, plans):
        attachment = an_attachment("PLBBBBBBBBBBBBBBBB")
        plans(attachment, entry_of(offered))
        prepared(offered)
        offered.want_plan()

        plans(entry_of(offered))
        prepared(offered)

        assert dict(Document.objects.values_list("kind", "state")) == {"attachment": "CANCELLED", "journal_entry": "PLANNED"}
        assert Document.objects.get(kind="journal_entry").names is None

    def test_plans_a_cancelled_document_again_when_the_plan_has_it_again(self, offered, plans):
        attachment = an_attachment("PLBBBBBBBBBBBBBBBB")
        for documents in ((attachment, entry_of(offered)), (entry_of(offered),), (attachment, entry_of(offered))):
            plans(*documents)
            offered.want_plan()
            prepared(offered)

        assert set(Document.objects.values_list("kind", "state")) == {("attachment", "PLANNED"), ("journal_entry", "PLANNED")}
        assert Document.objects.get(kind="journal_entry").names == Document.objects.get(kind="attachment")

    def test_uses_a_confirmed_attachment_again(self, offered, plans):
        attachment = an_attachment("PLBBBBBBBBBBBBBBBB")
        there = a_document(offered, "CONFIRMED", "attachment", key=attachment.key)
        plans(attachment, entry_of(offered))

        prepared(offered)

        there.refresh_from_db()
        assert there.state == "CONFIRMED"
        assert Document.objects.get(kind="journal_entry").names == there

    def test_never_touches_a_record_in_the_ledger(self, offered, plans):
        document = a_document(offered, "CONFIRMED")
        before = Document.objects.values().get(pk=document.pk)
        plans(entry_of(offered, gross="1.00"))

        prepared(offered)

        assert Document.objects.values().get() == before
        assert (offered.status, offered.plan_wanted) == ("POSTED", False)

    @pytest.mark.parametrize("state", ["IN_FLIGHT", "UNKNOWN", "REVIEW"])
    def test_takes_up_nothing_while_a_document_is_in_doubt_or_disputed(self, offered, plans, state):
        a_document(offered, state)
        offered.refresh_status(NOW)
        plans(entry_of(offered))

        assert prepared(offered) == 0

    def test_writes_down_every_problem_and_cancels_what_was_planned(self, offered, plans):
        plans(entry_of(offered))
        prepared(offered)
        offered.want_plan()

        plans(problems=(Problem("account_unknown", "No such account."), Problem("tax_code_unknown", "No such code.")))
        prepared(offered)

        assert offered.status == "NEEDS_FIX"
        assert [problem["code"] for problem in offered.problems] == ["account_unknown", "tax_code_unknown"]
        assert Document.objects.get().state == "CANCELLED"

    def test_forgets_problems_that_are_mended(self, offered, plans):
        plans(problems=(Problem("account_unknown", "No such account."),))
        prepared(offered)
        offered.want_plan()

        plans(entry_of(offered))
        prepared(offered)

        assert (offered.status, offered.problems, offered.first_problem) == ("WAITING", [], "")

    def test_keeps_what_the_plan_says_beside_its_documents(self, offered, plans):
        plans(entry_of(offered), notes=("Posted without a receipt.",), without_receipt=True, moved_from=NOW.date())

        prepared(offered)

        assert (offered.notes, offered.without_receipt, offered.moved_from) == (["Posted without a receipt."], True, NOW.date())

    def test_skips_what_has_nothing_to_post(self, offered, plans):
        plans(skipped="amount is zero")

        prepared(offered)

        assert (offered.status, offered.skipped_reason) == ("SKIPPED", "amount is zero")
        assert not Document.objects.exists()

    def test_links_receipts_to_the_attachment_that_holds_them(self, offered, plans):
        attachment = an_attachment("PLBBBBBBBBBBBBBBBB")
        receipt = a_receipt(offered)
        type(receipt.content).objects.create(content_hash="a" * 64, content=b"x", size=1, fetched_at=NOW)
        type(receipt).objects.update(content_id="a" * 64)
        plans(attachment, entry_of(offered))

        prepared(offered)

        receipt.refresh_from_db()
        assert (receipt.document.kind, receipt.name) == ("attachment", "a")

    def test_turns_an_unexpected_error_into_needs_fix_and_goes_on_with_the_others(self, offered, plans, caplog):
        other = a_record(offered.configuration, plan_wanted=True)
        an_offer(other, offered.offers.get().job, payload=a_payload(other), fingerprint=SAME)
        plans(error=RuntimeError("a secret detail"))

        assert prepared(offered) == 2

        assert set(ExportRecord.objects.values_list("status", "first_problem_code")) == {("NEEDS_FIX", "unexpected_error")}
        assert "secret detail" not in offered.first_problem
        assert str(offered.entry_id) in str(offered.problems)

    @pytest.mark.parametrize("place", ["context", "bill"])
    def test_stops_alone_what_breaks_before_the_rules_are_asked(self, offered, plans, monkeypatch, place):
        other = a_record(offered.configuration, plan_wanted=True, offered_fingerprint=SAME)
        an_offer(other, offered.offers.get().job, payload=a_payload(other), fingerprint=SAME)
        plans(entry_of(offered))

        def breaks(items):
            if str(other.entry_id) in {item.entry_id for item in items}:
                raise RuntimeError("a secret detail")

        if place == "bill":
            monkeypatch.setattr(module, "bill_wanted", lambda item, context: breaks([item]))
        else:
            monkeypatch.setattr(module, "context_of_each", posting_context.context_of_each)
            monkeypatch.setattr(posting_context, "posting_context", lambda configuration, items, now: breaks(items))

        assert prepared(offered) == 2

        other.refresh_from_db()
        assert (offered.status, offered.plan_wanted) == ("WAITING", False)
        assert (other.status, other.first_problem_code, other.plan_wanted) == ("NEEDS_FIX", "unexpected_error", False)
        assert "secret detail" not in str(other.problems)
        assert prepared(offered) == 0

    def test_stops_no_expense_for_what_the_configuration_alone_breaks(self, offered, plans, monkeypatch):
        def posting_context_(configuration, items, now):
            raise RuntimeError

        monkeypatch.setattr(module, "context_of_each", posting_context.context_of_each)
        monkeypatch.setattr(posting_context, "posting_context", posting_context_)

        with pytest.raises(RuntimeError):
            prepared(offered)

        offered.refresh_from_db()
        assert offered.plan_wanted

    def test_stops_alone_what_the_database_refuses(self, offered, plans, monkeypatch):
        other = a_record(offered.configuration, plan_wanted=True, offered_fingerprint=SAME)
        an_offer(other, offered.offers.get().job, payload=a_payload(other), fingerprint=SAME)
        taken = a_document(a_record(), key=key_of(other, "journal_entry"))  # nobody else's key; a fault of ours

        def plan_posting(item, context, facts):
            entry = entry_of(offered if item.entry_id == str(offered.entry_id) else other)
            return PostingPlan(documents=(entry,), principal=entry)

        plans()
        monkeypatch.setattr(module, "plan_posting", plan_posting)

        assert prepared(offered) == 2

        other.refresh_from_db()
        assert (other.status, other.first_problem_code) == ("NEEDS_FIX", "unexpected_error")
        assert (offered.status, offered.plan_wanted, offered.preparations) == ("WAITING", False, 0)
        assert list(Document.objects.exclude(pk=taken.pk).values_list("record", "state")) == [(offered.pk, "PLANNED")]

    @pytest.mark.parametrize("column", ["plan_wanted", "offered_fingerprint"])
    def test_leaves_what_another_worker_has_planned_or_pleo_offered_meanwhile(self, offered, plans, monkeypatch, column):
        plans(entry_of(offered))
        plan = module.plan_posting

        def meanwhile(*args):
            ExportRecord.objects.update(**{column: {"plan_wanted": False, "offered_fingerprint": "d" * 64}[column]})
            return plan(*args)

        monkeypatch.setattr(module, "plan_posting", meanwhile)

        prepared(offered)

        assert not Document.objects.exists()
        assert offered.plan_wanted == (column != "plan_wanted")

    def test_counts_the_beginning_before_anything_that_may_crash_the_process(self, offered, plans):
        plans(error=SystemExit())

        with pytest.raises(SystemExit):
            prepared(offered)

        offered.refresh_from_db()
        assert offered.preparations == 1

    def test_stops_what_has_crashed_the_process_three_times(self, offered, plans):
        ExportRecord.objects.update(preparations=3)
        plans(entry_of(offered))

        prepared(offered)

        assert (offered.status, offered.first_problem_code) == ("NEEDS_FIX", "unexpected_error")

    def test_plans_from_the_newest_item(self, offered, plans, monkeypatch):
        offer = offered.offers.get()
        offer.job.advance("FINISHED", now=NOW)
        newer = an_offer(
            offered, a_job(offered.configuration), payload=a_payload(offered, amount=999, tax=0), fingerprint="d" * 64,
            received_at=Clock(NOW).forward(minutes=1),
        )  # fmt: skip
        seen = []
        plans(entry_of(offered))
        plan = module.plan_posting
        monkeypatch.setattr(module, "plan_posting", lambda item, *rest: seen.append(item.amount.minor) or plan(item, *rest))

        prepared(offered)

        assert seen == [999]
        assert Document.objects.get().fingerprint == newer.fingerprint


class TestWrittenTogether:
    """What a batch must survive that a single expense does not meet."""

    def more(self, record, **columns):
        other = a_record(record.configuration, plan_wanted=True, offered_fingerprint=SAME, **columns)
        an_offer(other, record.offers.get().job, payload=a_payload(other), fingerprint=SAME)
        return other

    @pytest.mark.parametrize(
        ("first", "second", "status"),
        [
            (Problem("a", "First."), Problem("b", "Second."), None),
            ("", "amount is zero", "NEEDS_FIX"),
            ("amount is zero", "another reason", None),
        ],
    )
    def test_needs_no_second_try_where_each_ends_otherwise(self, offered, plans, monkeypatch, first, second, status):
        if status:
            offered.stop([Problem("a", "It was wrong.")])
            offered.refresh_status(NOW)
            offered.want_plan()
        self.more(offered)
        outcomes, planned = [first, second], []

        def plan_posting(item, context, facts):
            planned.append(item.entry_id)
            outcome = outcomes[len(planned) - 1]
            if isinstance(outcome, Problem):
                raise CannotPost((outcome,))
            return PostingPlan(skipped=outcome)

        plans()
        monkeypatch.setattr(module, "plan_posting", plan_posting)

        assert prepared(offered) == 2

        assert len(planned) == 2
        assert not ExportRecord.objects.filter(first_problem_code="unexpected_error").exists()

    def test_posts_nothing_that_a_person_books_by_hand_meanwhile(self, offered, plans, monkeypatch, django_user_model):
        offered.stop([Problem("a", "It was wrong.")])
        offered.want_plan()
        offered.refresh_status(NOW)
        user = django_user_model.objects.create(username="ann")

        def plan_posting(item, context, facts):
            ExportRecord.objects.get(pk=offered.pk).skip("booked by hand", by=user, now=NOW)
            return PostingPlan(documents=(entry_of(offered),))

        plans()
        monkeypatch.setattr(module, "plan_posting", plan_posting)

        prepared(offered)

        assert (offered.status, offered.skipped_reason) == ("SKIPPED", "booked by hand")
        assert not Document.objects.exists()

    def test_tries_no_former_item_again_that_pleo_has_replaced(self, offered, plans, monkeypatch):
        plans(entry_of(offered))

        def failing(*args):
            ExportRecord.objects.update(offered_fingerprint="e" * 64)
            monkeypatch.undo()
            raise RuntimeError("one of the batch cannot be written")

        monkeypatch.setattr(module, "context_of_each", lambda *args: (None, frozenset()))
        monkeypatch.setattr(module, "write_plans", failing)

        prepared(offered)

        assert offered.plan_wanted and not Document.objects.exists()


class TestUses:
    def test_are_those_of_the_newest_plan(self, offered, plans, monkeypatch):
        found = [{("GLACCOUNT", "6100"), ("DEPARTMENT", "SALES")}, {("GLACCOUNT", "6100"), ("PROJECT", "P-1")}]
        monkeypatch.setattr(module, "uses", lambda *args: frozenset(found.pop(0)))
        for _ in range(2):
            plans(entry_of(offered))
            offered.want_plan()
            prepared(offered)

        assert set(offered.uses.values_list("object_name", "code")) == {("GLACCOUNT", "6100"), ("PROJECT", "P-1")}

    def test_stay_while_it_is_in_the_ledger(self, offered, plans):
        offered.uses.create(object_name="GLACCOUNT", code="6100")
        a_document(offered, "CONFIRMED")
        plans(entry_of(offered))

        prepared(offered)

        assert offered.uses.get().code == "6100"
