"""A corrected expense finds its way into the ledger: what stands there is taken back, and the new version is posted once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command

from exports.models import Document
from integration.models import Connection, EntityConfiguration
from integration.sandbox import http
from integration.sandbox.http import Fault
from integration.sandbox.intacct import ledger, payables
from integration.sandbox.intacct.objects import SIDE, set_first_open_day
from integration.sandbox.intacct.payments import void
from integration.sandbox.intacct.people import delete, reverse_entry
from integration.sandbox.world import ST, entry_id
from tests.functional.journey import all_companies, all_kinds_in_the_queue
from tests.functional.test_payables import Studio

pytestmark = pytest.mark.django_db(transaction=True)

RAIL, BERLIN, INVOICE, FIRST_PART = "ST-01", "ST-05", "ST-33", "ST-34"
WHY = "Coded to the wrong account."


class Reversals(Studio):
    """The studio company, and two people who may decide."""

    def people(self, users: Any) -> Reversals:
        self.ada, self.ben = (users.objects.create(username=name) for name in ("ada", "ben"))
        for user in (self.ada, self.ben):
            user.user_permissions.add(Permission.objects.get(codename="operate_exportrecord"))
        return self

    def changed(self, label: str, **changes: Any) -> str:
        """Post it, have it changed in Pleo and offered again; returns the job that offered it again."""
        self.export(label)
        self.sandbox.pleo.change_entry(entry_id(label), **(changes or {"amount": 18_000}))
        return self.export(label)

    def reverse(self, label: str) -> None:
        self.record(label).reverse(WHY, by=self.ada, now=self.clock())
        self.export()

    def post_again(self, label: str) -> None:
        self.record(label).post_again(by=self.ben, now=self.clock())
        self.export()

    def principals(self, label: str) -> list[Document]:
        return [each for each in self.record(label).documents.order_by("posting_number", "pk") if each.is_principal]

    def reversal(self, label: str) -> Document:
        found: Document = self.record(label).documents.get(kind="reversal")
        return found

    def balances(self) -> dict[str, Decimal]:
        """Debits less credits in base currency by account; those at nothing left out."""
        held = {account: debit - credit for (_, account), (debit, credit) in ledger.balances(self.sandbox.books).items()}
        return {account: amount for account, amount in held.items() if amount}

    def boxes(self) -> dict[int, Decimal]:
        return payables.vat_boxes(self.sandbox.books, "UK02")

    def put(self, kind: str, number: str, **fields: str) -> None:
        row = self.sandbox.books.get(SIDE, kind, number)
        assert row
        self.sandbox.books.put(SIDE, kind, number, {**row, **fields})


@pytest.fixture
def studio(monkeypatch: Any, settings: Any, django_user_model: Any) -> Iterator[Reversals]:
    settings.LEASE_SECONDS, settings.LATE_COMMIT_HORIZON_SECONDS = 30, 20
    sandbox = all_kinds_in_the_queue()
    with all_companies(sandbox, monkeypatch):
        yield Reversals(sandbox, EntityConfiguration.objects.select_related("connection").get(pleo_company_id=ST.id)).people(
            django_user_model
        )


@pytest.fixture
def journals(studio: Reversals) -> Reversals:
    """The same company, with card purchases as journal entries."""
    studio.configuration.card_method = "journal"
    studio.configuration.save()
    return studio


class TestAJournalEntry:
    def test_is_taken_back_with_its_vat_and_the_new_version_posted_once(self, journals):
        job = journals.changed(RAIL)
        before = journals.record(RAIL).status, journals.told(job)

        journals.reverse(RAIL)
        reversed_ = journals.record(RAIL)
        taken_back = reversed_.status, journals.balances(), set(journals.boxes().values())
        journals.post_again(RAIL)

        assert before == ("REVIEW", {entry_id(RAIL): "failed"})
        assert taken_back == ("REVERSED", {}, {Decimal("0.00")})
        record, (old, new) = journals.record(RAIL), journals.principals(RAIL)
        assert (record.status, record.first_problem, record.posting_number) == ("POSTED", "", 2)
        assert journals.balances() == {"6100": Decimal("150.00"), "2200": Decimal("30.00"), "1070": Decimal("-180.00")}
        assert journals.boxes()[4] == Decimal("30.00") and journals.boxes()[7] == Decimal("150.00")
        entries = journals.sandbox.intacct.ledger("GL")
        assert [entry["reference"] for entry in entries] == [old.key, journals.reversal(RAIL).key, new.key]
        assert entries[1]["title"].startswith(f"Reversal of {old.key}: {WHY}") and entries[1]["date"] == entries[0]["date"]

    def test_in_foreign_currency_cancels_to_the_cent_whatever_the_rate_is_today(self, journals):
        tax = journals.sandbox.pleo.entry(entry_id(RAIL))["item"]["accountingEntryLines"][0]["tax"]
        both = {side: {"currency": "EUR", "value": 0} for side in ("inWalletCurrency", "inSupplierCurrency")}
        journals.sandbox.pleo.change_entry(entry_id(BERLIN), tax={**tax, "amount": both})
        journals.sandbox.pleo.change_entry(entry_id(BERLIN), amount=11_900)
        journals.changed(BERLIN, amount=11_901)
        assert journals.record(BERLIN).status == "REVIEW", journals.record(BERLIN).problems
        posted = journals.balances()

        journals.reverse(BERLIN)

        assert len(posted) == 3, "the entry has tax"
        assert journals.record(BERLIN).status == "REVERSED", journals.record(BERLIN).problems
        assert journals.balances() == {} and set(journals.boxes().values()) == {Decimal("0.00")}
        first, second = journals.sandbox.intacct.ledger("GL")
        assert [line["base_amount"] for line in first["lines"]] == [line["base_amount"] for line in second["lines"]]

    def test_gets_its_receipts_in_an_attachment_of_its_own(self, journals):
        journals.changed(RAIL)
        journals.reverse(RAIL)

        journals.post_again(RAIL)

        first, _, last = journals.sandbox.intacct.ledger("GL")
        assert first["supdocid"] and last["supdocid"] and first["supdocid"] != last["supdocid"]
        attachments = journals.sandbox.intacct.attachments()
        assert len(attachments[last["supdocid"]]) == len(attachments[first["supdocid"]])
        assert set(journals.record(RAIL).receipts.values_list("state", flat=True)) == {"ATTACHED"}

    def test_gets_receipts_that_are_not_kept_any_more_fetched_again(self, journals):
        from exports.models import ReceiptContent

        journals.changed(RAIL)
        journals.reverse(RAIL)
        ReceiptContent.objects.update(content=None, purged_at=journals.clock())

        journals.post_again(RAIL)

        attachments = journals.sandbox.intacct.attachments()
        first, _, last = journals.sandbox.intacct.ledger("GL")
        assert len(attachments[last["supdocid"]]) == len(attachments[first["supdocid"]])
        assert journals.record(RAIL).status == "POSTED"

    def test_of_a_closed_period_is_taken_back_as_the_policy_says(self, journals):
        journals.changed(RAIL)
        opens = (datetime.now(UTC) - timedelta(days=3)).date()
        journals.configuration.closed_period = "first_open_day"
        journals.configuration.save()
        set_first_open_day(journals.sandbox.books, "UK02", opens)

        journals.reverse(RAIL)
        refused = journals.record(RAIL).status
        for _ in range(3):
            journals.later(hours=0.02)

        assert refused in ("REVIEW", "REVERSED")
        assert journals.record(RAIL).status == "REVERSED", journals.record(RAIL).problems
        assert journals.sandbox.intacct.ledger("GL")[1]["date"] == f"{opens:%m/%d/%Y}" and journals.balances() == {}

    def test_is_told_failed_to_pleo_until_it_is_posted_again_which_says_so(self, journals):
        journals.changed(RAIL)
        journals.reverse(RAIL)

        job = journals.export(RAIL)

        (item,) = journals.sandbox.pleo.items(job)
        assert item["status"] == "failed" and "was reversed" in item["failureReason"] and WHY in item["failureReason"]
        assert journals.record(RAIL).status == "REVERSED" and len(journals.sandbox.intacct.ledger("GL")) == 2

    def test_that_somebody_reversed_by_hand_meanwhile_is_not_reversed_twice(self, journals):
        journals.changed(RAIL)
        reverse_entry(journals.sandbox.books, journals.principals(RAIL)[0].intacct_key, datetime.now(UTC))
        writes = journals.sandbox.intacct.writes()

        journals.reverse(RAIL)

        assert journals.record(RAIL).status == "REVERSED" and journals.sandbox.intacct.writes() == writes
        assert "by hand" in journals.record(RAIL).first_problem

    def test_that_a_person_says_was_reversed_there_is_read_before_it_is_believed(self, journals):
        journals.changed(RAIL)
        (entry,) = journals.principals(RAIL)
        journals.record(RAIL).reversed_there(WHY, by=journals.ada, now=journals.clock())
        journals.export()
        record = journals.record(RAIL)
        doubted = record.status, [problem["code"] for problem in record.problems], record.decisions
        reverse_entry(journals.sandbox.books, entry.intacct_key, datetime.now(UTC))

        journals.later(hours=1.1)

        assert doubted == ("REVIEW", ["still_in_intacct", "content_changed"], ("try_again", "keep", "reverse", "reversed_there"))
        assert journals.record(RAIL).status == "REVERSED" and journals.balances() == {}

    def test_that_somebody_deleted_counts_as_reversed_and_is_posted_anew(self, journals):
        journals.export(RAIL)
        delete(journals.sandbox.books, "GLBATCH", journals.principals(RAIL)[0].intacct_key, datetime.now(UTC))
        journals.export(RAIL)
        gone = journals.record(RAIL).status, journals.record(RAIL).first_problem_code

        journals.record(RAIL).reversed_there("Deleted by mistake.", by=journals.ada, now=journals.clock())
        journals.export()
        checked = journals.record(RAIL).status
        journals.post_again(RAIL)

        assert (gone, checked) == (("REVIEW", "vanished_in_intacct"), "REVERSED")
        assert journals.record(RAIL).status == "POSTED" and len(journals.sandbox.intacct.ledger("GL")) == 1

    def test_whose_reversal_by_hand_was_taken_back_there_can_be_kept_or_reversed(self, journals):
        journals.export(RAIL)
        entry = journals.principals(RAIL)[0].intacct_key
        kept = journals.sandbox.books.get(SIDE, "GLBATCH", entry)
        turned = reverse_entry(journals.sandbox.books, entry, datetime.now(UTC))
        journals.export(RAIL)
        gone = journals.record(RAIL).first_problem_code
        journals.put("GLBATCH", entry, **{"REVERSED": "", "REVERSEDKEY": "", **kept})
        delete(journals.sandbox.books, "GLBATCH", turned, datetime.now(UTC))

        journals.record(RAIL).reversed_there("By mistake.", by=journals.ada, now=journals.clock())
        journals.export()
        doubted = journals.record(RAIL)
        possible = doubted.status, doubted.first_problem_code, doubted.decisions
        doubted.keep(by=journals.ada, now=journals.clock())
        journals.export()

        assert (gone, *possible) == (
            "vanished_in_intacct", "REVIEW", "still_in_intacct", ("try_again", "keep", "reverse", "reversed_there"),
        )  # fmt: skip
        assert journals.record(RAIL).status == "POSTED" and len(journals.sandbox.intacct.ledger("GL")) == 1

    def test_that_is_only_a_draft_is_deleted_there_first(self, journals):
        journals.configuration.post_as = "draft"
        journals.configuration.save()
        journals.changed(RAIL)
        journals.reverse(RAIL)
        held = journals.record(RAIL)
        delete(journals.sandbox.books, "GLBATCH", journals.principals(RAIL)[0].intacct_key, datetime.now(UTC))

        journals.record(RAIL).try_again(by=journals.ada, now=journals.clock())
        journals.export()

        assert (held.status, held.first_problem_code) == ("REVIEW", "reversal_waits") and "delete it there" in held.first_problem
        assert journals.record(RAIL).status == "REVERSED" and not journals.sandbox.intacct.ledger("GL")

    def test_whose_reversal_is_refused_is_to_be_reviewed_and_tried_again(self, journals):
        journals.changed(RAIL)
        (journal,) = [row for row in journals.sandbox.books.all(SIDE, "JOURNAL") if row["SYMBOL"] == journals.configuration.card_journal]
        journals.put("JOURNAL", journal["RECORDNO"], STATUS="inactive")
        journals.reverse(RAIL)
        record = journals.record(RAIL)
        refused = record.status, record.first_problem_code, "try_again" in record.decisions
        job = journals.export(RAIL)
        journals.put("JOURNAL", journal["RECORDNO"], STATUS="active")

        record.try_again(by=journals.ada, now=journals.clock())
        journals.export()

        assert refused == ("REVIEW", "refused_by_intacct", True) and journals.told(job) == {entry_id(RAIL): "failed"}
        assert journals.record(RAIL).status == "REVERSED" and journals.balances() == {}

    def test_can_be_kept_after_its_reversal_was_refused(self, journals):
        journals.changed(RAIL)
        (journal,) = [row for row in journals.sandbox.books.all(SIDE, "JOURNAL") if row["SYMBOL"] == journals.configuration.card_journal]
        journals.put("JOURNAL", journal["RECORDNO"], STATUS="inactive")
        journals.reverse(RAIL)

        journals.record(RAIL).keep(by=journals.ada, now=journals.clock())
        journals.export()

        assert journals.record(RAIL).status == "POSTED" and len(journals.sandbox.intacct.ledger("GL")) == 1

    def test_can_be_reversed_and_posted_again_more_than_once(self, journals):
        journals.changed(RAIL)
        journals.reverse(RAIL)
        journals.post_again(RAIL)
        journals.changed(RAIL, amount=9_000)

        journals.reverse(RAIL)
        journals.post_again(RAIL)

        assert journals.record(RAIL).posting_number == 3 and journals.record(RAIL).status == "POSTED"
        assert journals.balances() == {"6100": Decimal("75.00"), "2200": Decimal("15.00"), "1070": Decimal("-90.00")}
        assert len({entry["reference"] for entry in journals.sandbox.intacct.ledger("GL")}) == 5

    def test_ties_out_with_its_new_version_alone(self, journals):
        from exports.models import ExportJob
        from exports.reporting.tieout import as_text, tie_out

        journals.changed(RAIL)
        journals.reverse(RAIL)
        journals.post_again(RAIL)

        last = ExportJob.objects.order_by("pk").last()
        assert last
        result = tie_out(last)
        assert result.ties and result.tax and result.tax.in_ledger == {"GBP": Decimal("30.00")}
        assert all(tie_out(each).ties for each in ExportJob.objects.all()), "also those that offered the former content"
        (taken_back,) = result.taken_back
        first, second = (each.intacct_key for each in journals.principals(RAIL))
        assert f"journal entry {first} " in str(taken_back) and f"then journal entry {second} " in str(taken_back)
        assert f"taken back by journal entry {journals.reversal(RAIL).intacct_key} " in as_text(last)


class TestABill:
    def test_that_is_paid_is_reversed_once_its_payment_is_voided(self, studio):
        studio.changed(RAIL)
        bill, payment = studio.document(RAIL, "bill"), studio.document(RAIL, "payment")
        studio.reverse(RAIL)
        held = studio.record(RAIL)
        waits = held.status, held.first_problem_code, held.first_problem
        void(studio.sandbox.books, payment.intacct_key, datetime.now(UTC))

        studio.later(hours=1.1)
        taken_back = studio.record(RAIL).status, studio.balances(), set(studio.boxes().values())
        studio.post_again(RAIL)

        assert waits[:2] == ("REVIEW", "reversal_waits") and f"Void payment {payment.intacct_key} " in waits[2]
        assert taken_back == ("REVERSED", {}, {Decimal("0.00")})
        assert studio.record(RAIL).status == "POSTED", studio.record(RAIL).problems
        states = [(each["state"], each["total"]) for each in studio.bills()]
        assert states == [("Reversed", Decimal("120.00")), ("Paid", Decimal("180.00"))]
        assert studio.balances() == {"6100": Decimal("150.00"), "2200": Decimal("30.00"), "1070": Decimal("-180.00")}
        assert studio.reversal(RAIL).intacct_key == f"bill {bill.intacct_key}"

    def test_of_a_supplier_that_nobody_has_paid_is_reversed_at_once_and_its_number_used_again(self, studio):
        studio.changed(INVOICE, amount=60_000)

        studio.reverse(INVOICE)
        status = studio.record(INVOICE).status
        studio.post_again(INVOICE)

        assert status == "REVERSED" and studio.record(INVOICE).status == "POSTED", studio.record(INVOICE).problems
        first, second = studio.bills()
        assert (first["state"], second["state"], first["number"]) == ("Reversed", "Posted", second["number"])
        assert (first["total"], second["total"]) == (Decimal("540.00"), Decimal("660.00"))


class TestAnInvoicePayment:
    def test_that_was_voided_in_intacct_is_paid_again_by_two_people(self, studio):
        studio.export(INVOICE)
        studio.export(FIRST_PART)
        (payment,) = studio.principals(FIRST_PART)
        void(studio.sandbox.books, payment.intacct_key, datetime.now(UTC))
        studio.export(FIRST_PART)
        record = studio.record(FIRST_PART)
        gone = record.status, record.first_problem_code, "reverse" in record.decisions

        record.reversed_there("The money came back.", by=studio.ada, now=studio.clock())
        studio.export()
        taken_back = studio.record(FIRST_PART).status
        studio.post_again(FIRST_PART)

        assert (gone, taken_back) == (("REVIEW", "vanished_in_intacct", False), "REVERSED")
        assert studio.record(FIRST_PART).status == "POSTED", studio.record(FIRST_PART).problems
        assert [each["state"] for each in studio.payments()].count("Voided") == 1 and len(studio.payments()) == 2


class TestALostAnswer:
    @pytest.mark.parametrize("kind", [http.RESET_AFTER, http.TRUNCATE_AFTER, http.HTML_AFTER, http.RESET_BEFORE, http.MISSING_RESULT_AFTER])
    @pytest.mark.parametrize("method", ["journal", "bill"])
    def test_reverses_once(self, studio, method, kind):
        label = RAIL if method == "journal" else INVOICE
        if method == "journal":
            studio.configuration.card_method = "journal"
            studio.configuration.save()
        studio.changed(label, amount=60_000)
        studio.sandbox.intacct.inject(Fault(kind, matching="Reversal of"))

        studio.reverse(label)
        for _ in range(6):
            studio.later(hours=0.02)
        taken_back = studio.record(label).status, studio.balances()
        studio.post_again(label)

        assert not studio.sandbox.intacct.faults._waiting, "the fault met no request"
        assert taken_back == ("REVERSED", {}), studio.record(label).problems
        assert studio.record(label).status == "POSTED" and len(studio.balances()) == (3 if method == "journal" else 4)


class TestTheCommands:
    def run(self, *arguments: str) -> str:
        said = StringIO()
        call_command(*arguments, stdout=said, stderr=said)
        return said.getvalue()

    def test_reverse_and_post_again_with_two_people(self, journals):
        journals.changed(RAIL)
        entry = entry_id(RAIL)

        first = self.run("reverse", entry, "--dry-run", "--by", "ada")
        unchanged = journals.record(RAIL).status
        self.run("reverse", entry, "--reason", WHY, "--by", "ada")
        journals.export()
        with pytest.raises(CommandError):
            self.run("reverse", entry, "--reason", WHY, "--by", "ada")
        alone = self.run("post_again", entry, "--by", "ada")
        still = journals.record(RAIL)
        second = self.run("post_again", entry, "--dry-run", "--by", "ben") + self.run("post_again", entry, "--by", "ben")
        journals.export()

        assert "would be decided" in first and unchanged == "REVIEW"
        assert "waits for a second person" in alone and (still.status, still.posting_number) == ("REVERSED", 1)
        assert "It takes two people" in second and "decided." in second
        assert journals.record(RAIL).status == "POSTED" and len(journals.sandbox.intacct.ledger("GL")) == 3

    def test_say_who_decides_where_it_takes_two(self, journals):
        journals.changed(RAIL)

        with pytest.raises(CommandError, match="--by"):
            self.run("reverse", entry_id(RAIL), "--reason", WHY)
        with pytest.raises(CommandError, match="nobody"):
            self.run("reverse", entry_id(RAIL), "--reason", WHY, "--by", "nobody")

    def test_take_nobody_who_may_not_decide_in_the_browser_either(self, journals):
        journals.changed(RAIL)
        journals.ada.user_permissions.clear()

        with pytest.raises(CommandError, match="ada may not decide about expenses"):
            self.run("reverse", entry_id(RAIL), "--reason", WHY, "--by", "ada")

        assert journals.record(RAIL).status == "REVIEW"

    def test_say_what_they_would_do_without_a_person_or_a_reason(self, journals):
        journals.changed(RAIL)

        assert "would be decided" in self.run("reverse", entry_id(RAIL), "--dry-run")

    def test_take_one_person_where_the_connection_says_so(self, journals):
        journals.changed(RAIL)
        Connection.objects.update(second_person=False)

        self.run("reverse", entry_id(RAIL), "--reason", WHY)
        journals.export()
        self.run("post_again", entry_id(RAIL))
        journals.export()

        assert journals.record(RAIL).status == "POSTED" and journals.record(RAIL).posting_number == 2

    def test_leave_alone_what_is_not_reversed_and_fail(self, journals):
        journals.export(RAIL)

        with pytest.raises(CommandError, match="1 left alone"):
            self.run("post_again", entry_id(RAIL), "--by", "ben")
