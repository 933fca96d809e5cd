"""Bills and their payments in a company that keeps payables: what goes wrong there, and that everything is there once."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from integration.sandbox import http
from integration.sandbox.http import Fault
from integration.sandbox.intacct.objects import SIDE, set_first_open_day
from integration.sandbox.intacct.preferences import set_preference
from integration.sandbox.sandbox import Sandbox
from integration.sandbox.world import COMPANY_ID, ST, entry_id

pytestmark = pytest.mark.django_db(transaction=True)

RAIL, APPROVED, TWO_RATES = "ST-01", "ST-12", "ST-03"
INVOICE, FIRST_PART, SECOND_PART = "ST-33", "ST-34", "ST-35"


class Studio:
    """The studio company alone, in a world without jobs, with a clock that can be moved."""

    def __init__(self, sandbox: Sandbox, configuration) -> None:
        self.sandbox, self.configuration, self.ahead = sandbox, configuration, timedelta(0)

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def offer(self, *labels: str) -> str:
        return self.sandbox.pleo.make_job(ST.id, [entry_id(label) for label in labels], now=datetime.now(UTC), vendor_based=True)

    def export(self, *labels: str) -> str:
        """Offer these entries, if any, and run the whole cycle until nothing is due; returns the job's id."""
        from exports.run_cycle import export_until_nothing_is_due

        job = self.offer(*labels) if labels else ""
        export_until_nothing_is_due([self.configuration], clock=self.clock, owner=uuid.uuid4().hex, say=lambda _: None)
        return job

    def later(self, hours: float) -> None:
        """Let time pass, and do what is due then."""
        self.ahead += timedelta(hours=hours)
        self.export()

    def record(self, label: str):
        from exports.models import ExportRecord

        return ExportRecord.objects.get(entry_id=entry_id(label))

    def document(self, label: str, kind: str):
        return self.record(label).documents.get(kind=kind)

    def told(self, job: str) -> dict[str, str]:
        return {item["accountingEntryId"]: item["status"] for item in self.sandbox.pleo.items(job)}

    def change(self, kind: str, code_field: str, code: str, **fields: str) -> None:
        """Have somebody change a record in Sage Intacct; our copy does not know."""
        (row,) = [row for row in self.sandbox.books.all(SIDE, kind) if row.get(code_field) == code]
        self.sandbox.books.put(SIDE, kind, row["RECORDNO"], {**row, **fields})

    def bills(self) -> list[dict]:
        return self.sandbox.intacct.bills()

    def payments(self) -> list[dict]:
        return self.sandbox.intacct.payments()


@pytest.fixture
def studio(monkeypatch, settings):
    from integration.models import EntityConfiguration
    from tests.functional.journey import all_companies, all_kinds_in_the_queue

    settings.LEASE_SECONDS, settings.LATE_COMMIT_HORIZON_SECONDS = 30, 20
    sandbox = all_kinds_in_the_queue()
    with all_companies(sandbox, monkeypatch):
        yield Studio(sandbox, EntityConfiguration.objects.select_related("connection").get(pleo_company_id=ST.id))


@pytest.fixture
def user(django_user_model):
    return django_user_model.objects.create(username="ada")


class TestACardPurchase:
    def test_is_a_bill_that_is_paid_at_once(self, studio):
        job = studio.export(RAIL)

        (bill,), (payment,) = studio.bills(), studio.payments()
        assert (bill["state"], bill["total"], bill["due"], bill["vendor"]) == ("Paid", Decimal("120.00"), Decimal("0.00"), "V-RAIL")
        assert (payment["bills"], payment["bank"], payment["method"]) == ([(bill["recordno"], Decimal("120.00"))], "CHK-ST-GBP", "EFT")
        assert payment["date"] == bill["posting_date"]
        assert studio.record(RAIL).status == "POSTED" and studio.told(job) == {entry_id(RAIL): "successful"}

    def test_left_open_is_a_bill_on_hold(self, studio):
        studio.configuration.card_settlement = "leave_open"
        studio.configuration.save()

        studio.export(RAIL)

        (bill,) = studio.bills()
        assert bill["on_hold"] and bill["due"] == Decimal("120.00") and not studio.payments()
        assert studio.record(RAIL).status == "POSTED"

    def test_left_open_is_counted_until_somebody_settles_it(self, studio):
        from exports.delivery.open_bills import by_configuration

        studio.configuration.card_settlement = "leave_open"
        studio.configuration.save()
        studio.export(RAIL, INVOICE)
        counted = by_configuration()
        studio.change("APBILL", "RECORDNO", studio.document(RAIL, "bill").intacct_key, STATE="Paid", TRX_TOTALDUE="0.00")

        studio.later(hours=25)

        (open_bills,) = counted.values()
        assert (open_bills.number, open_bills.due) == (1, {"GBP": Decimal("120.00")})
        assert by_configuration() == {}
        assert studio.record(RAIL).status == "POSTED"

    def test_whose_payment_is_refused_is_told_successful_needs_a_fix_and_is_paid_once(self, studio, user):
        studio.change("CHECKINGACCOUNT", "BANKACCOUNTID", "CHK-ST-GBP", STATUS="inactive")

        job = studio.export(RAIL)
        record = studio.record(RAIL)
        refused = record.status, record.first_problem_code, studio.told(job)
        studio.change("CHECKINGACCOUNT", "BANKACCOUNTID", "CHK-ST-GBP", STATUS="active")
        record.try_again(by=user, now=studio.clock())
        studio.export()
        studio.record(RAIL).try_again(by=user, now=studio.clock())
        studio.export()

        assert refused == ("NEEDS_FIX", "refused_by_intacct", {entry_id(RAIL): "successful"})
        assert studio.record(RAIL).status == "POSTED", studio.record(RAIL).first_problem
        assert len(studio.bills()) == len(studio.payments()) == 1 and studio.bills()[0]["state"] == "Paid"

    def test_whose_bill_waits_for_approval_is_paid_when_it_has_it(self, studio):
        job = studio.export(APPROVED)
        waiting = studio.record(APPROVED).status, studio.told(job), len(studio.payments())
        (bill,) = studio.bills()
        studio.sandbox.intacct.approve("APBILL", bill["recordno"], datetime.now(UTC))

        studio.export()
        not_yet = len(studio.payments())
        studio.later(hours=1.1)

        assert waiting == ("AWAITING_APPROVAL", {entry_id(APPROVED): "successful"}, 0) and not_yet == 0
        assert studio.record(APPROVED).status == "POSTED" and studio.bills()[0]["state"] == "Paid" and len(studio.payments()) == 1

    def test_whose_bill_is_declined_is_to_be_reviewed(self, studio):
        studio.export(APPROVED)
        studio.sandbox.intacct.decline("APBILL", studio.bills()[0]["recordno"], datetime.now(UTC))

        studio.later(hours=1.1)

        record = studio.record(APPROVED)
        assert record.status == "REVIEW" and "declined" in record.first_problem and not studio.payments()

    def test_paid_in_part_by_somebody_else_needs_a_fix_and_can_be_settled_by_hand(self, studio, user):
        studio.export(APPROVED)
        (bill,) = studio.bills()
        studio.sandbox.intacct.approve("APBILL", bill["recordno"], datetime.now(UTC))
        row = studio.sandbox.books.get(SIDE, "APBILL", bill["recordno"])
        studio.sandbox.books.put(SIDE, "APBILL", bill["recordno"], {**row, "TRX_TOTALDUE": "200.00", "STATE": "Partially Paid"})

        studio.later(hours=1.1)
        record = studio.record(APPROVED)
        held = record.status, record.first_problem_code, len(studio.payments())
        record.settled_by_hand("The rest was paid by cheque.", by=user, now=studio.clock())
        studio.export()

        assert held == ("NEEDS_FIX", "bill_partly_paid", 0)
        assert studio.record(APPROVED).status == "POSTED" and not studio.payments()

    def test_gets_files_that_come_after_its_bill_was_paid(self, studio):
        studio.export(RAIL)
        attachment = studio.bills()[0]["supdocid"]
        studio.sandbox.pleo.change_entry(entry_id(RAIL), files=("pdf", "jpg"))

        job = studio.export(RAIL)

        assert len(studio.sandbox.intacct.attachments()[attachment]) == 3
        assert set(studio.record(RAIL).receipts.values_list("state", flat=True)) == {"ATTACHED"}
        assert len(studio.bills()) == len(studio.payments()) == 1 and studio.told(job) == {entry_id(RAIL): "successful"}

    def test_in_a_closed_period_of_payables_moves_once_as_the_policy_says(self, studio):
        opens = (datetime.now(UTC) - timedelta(days=3)).date()
        studio.configuration.closed_period = "first_open_day"
        studio.configuration.save()
        for module in ("AP", "CM"):
            set_first_open_day(studio.sandbox.books, "UK02", opens, module)

        studio.export(RAIL)

        record = studio.record(RAIL)
        assert (record.status, record.first_problem, record.moved_from) == ("POSTED", "", record.date)
        (bill,), (payment,) = studio.bills(), studio.payments()
        assert bill["posting_date"] == payment["date"] == f"{opens:%m/%d/%Y}"

    def test_whose_payment_meets_closed_cash_is_paid_on_the_first_open_day(self, studio):
        opens = (datetime.now(UTC) - timedelta(days=3)).date()
        studio.configuration.closed_period = "first_open_day"
        studio.configuration.save()
        set_first_open_day(studio.sandbox.books, "UK02", opens, "CM")

        studio.export(RAIL)

        (bill,), (payment,) = studio.bills(), studio.payments()
        assert payment["date"] == f"{opens:%m/%d/%Y}" and bill["posting_date"] != payment["date"] and bill["state"] == "Paid"

    def test_in_a_closed_period_stops_where_the_policy_says_so(self, studio):
        set_first_open_day(studio.sandbox.books, "UK02", date(2099, 1, 1), "AP")

        job = studio.export(RAIL)

        assert studio.record(RAIL).status == "NEEDS_FIX" and "must be on or after" in studio.record(RAIL).first_problem
        assert studio.told(job) == {entry_id(RAIL): "failed"} and not studio.bills()


class TestALostAnswer:
    @pytest.mark.parametrize("kind", [http.RESET_AFTER, http.TRUNCATE_AFTER, http.HTML_AFTER, http.RESET_BEFORE, http.MISSING_RESULT_AFTER])
    @pytest.mark.parametrize("what", ["<create><APBILL>", "<create><APPYMT>", "<update_supdoc", "<update><APBILL>"])
    def test_doubles_nothing_and_loses_nothing(self, studio, what, kind):
        comes_later = what.startswith("<update")
        if comes_later:
            studio.sandbox.pleo.change_entry(entry_id(INVOICE), files=() if what == "<update><APBILL>" else ("pdf",))
            studio.export(INVOICE)
            studio.sandbox.pleo.change_entry(entry_id(INVOICE), files=("pdf", "jpg"))
        studio.sandbox.intacct.inject(Fault(kind, matching=what))

        job = studio.export(*((INVOICE,) if comes_later else ()), RAIL, TWO_RATES)
        for _ in range(6):
            studio.later(hours=0.02)

        assert [(studio.record(each).status, studio.record(each).first_problem) for each in (RAIL, TWO_RATES)] == [("POSTED", "")] * 2
        assert Counter(bill["state"] for bill in studio.bills())["Paid"] == 2 and len(studio.payments()) == 2
        assert not studio.sandbox.intacct.faults._waiting, "the fault met no request"
        assert set(studio.told(job).values()) == {"successful"}


class TestAWorkerThatDies:
    @pytest.mark.parametrize("kind", ["bill", "payment"])
    def test_between_its_request_and_writing_the_answer_down_doubles_nothing(self, studio, monkeypatch, kind):
        from exports.delivery import deliver

        settle = deliver.settle

        def dies(attempt, documents, *others):
            if any(document.kind == kind for document in documents):
                monkeypatch.setattr(deliver, "settle", settle)
                raise KeyboardInterrupt
            settle(attempt, documents, *others)

        monkeypatch.setattr(deliver, "settle", dies)
        with pytest.raises(KeyboardInterrupt):
            studio.export(RAIL)
        in_flight = studio.document(RAIL, kind).state
        for _ in range(6):
            studio.later(hours=0.02)

        assert in_flight == "IN_FLIGHT" and studio.record(RAIL).status == "POSTED"
        assert len(studio.bills()) == len(studio.payments()) == 1 and studio.bills()[0]["state"] == "Paid"


class TestAnInvoice:
    def test_gets_files_that_come_later_added_to_the_attachment_of_its_bill(self, studio):
        studio.export(INVOICE)
        before = studio.bills()[0]["supdocid"]
        studio.sandbox.pleo.change_entry(entry_id(INVOICE), files=("pdf", "jpg"))

        studio.export(INVOICE)

        assert studio.bills()[0]["supdocid"] == before and studio.document(INVOICE, "late_attachment").state == "CONFIRMED"
        assert len(studio.sandbox.intacct.attachments()[before]) == 3
        assert len(studio.bills()) == 1 and studio.record(INVOICE).status == "POSTED"
        assert set(studio.record(INVOICE).receipts.values_list("state", flat=True)) <= {"ATTACHED", "DUPLICATE"}

    @pytest.mark.parametrize("held_up", ["update_supdoc>"])
    def test_gets_the_newest_files_where_they_change_again_before_the_first_are_sent(self, studio, held_up):
        studio.export(INVOICE)
        for files in (("pdf", "jpg"), ("png", "pdf", "jpg")):
            studio.sandbox.pleo.change_entry(entry_id(INVOICE), files=files)
            studio.sandbox.intacct.inject(Fault(http.THROTTLE, matching=held_up))
            studio.export(INVOICE)

        studio.later(hours=0.5)
        job = studio.export(RAIL)

        assert studio.told(job) == {entry_id(RAIL): "successful"}, "what else waits in the lane is held up"
        bill = next(bill for bill in studio.bills() if bill["number"] == "LS/99-1")
        assert len(studio.sandbox.intacct.attachments()[bill["supdocid"]]) == 4
        assert studio.record(INVOICE).status == "POSTED"

    def test_posted_without_files_that_were_refused_gets_them_when_it_is_offered_again(self, studio):
        posted_without_its_files(studio)
        without = studio.bills()[0]["supdocid"]

        studio.export(INVOICE)
        studio.later(hours=0.5)

        record = studio.record(INVOICE)
        assert without == "" and len(studio.bills()) == 1
        assert (record.status, record.first_problem) == ("POSTED", ""), list(record.documents.values_list("kind", "state", "refusal"))
        assert studio.bills()[0]["supdocid"] == studio.document(INVOICE, "late_attachment").names.key

    def test_gets_files_that_come_while_somebody_pays_it(self, studio):
        """The attachment changes and the bill does not: so it may be paid."""
        studio.export(INVOICE)
        attachment = studio.bills()[0]["supdocid"]
        studio.change("APBILL", "RECORDID", "LS/99-1", STATE="Paid", TRX_TOTALDUE="0.00")
        studio.sandbox.pleo.change_entry(entry_id(INVOICE), files=("pdf", "jpg"))

        studio.export(INVOICE)

        assert len(studio.sandbox.intacct.attachments()[attachment]) == 3
        assert set(studio.record(INVOICE).receipts.values_list("state", flat=True)) == {"ATTACHED"}

    @pytest.mark.parametrize("lost", [False, True])
    def test_that_names_no_attachment_has_files_listed_that_come_while_somebody_pays_it(self, studio, lost):
        posted_without_its_files(studio)
        before = studio.bills()[0]["supdocid"]
        studio.change("APBILL", "RECORDID", "LS/99-1", STATE="Paid", TRX_TOTALDUE="0.00")
        studio.sandbox.pleo.change_entry(entry_id(INVOICE), files=("pdf", "jpg"))
        if lost:
            studio.sandbox.intacct.inject(Fault(http.RESET_BEFORE, matching="<update><APBILL>"))

        studio.export(INVOICE)
        for _ in range(6):
            studio.later(hours=0.02)

        record = studio.record(INVOICE)
        assert (record.status, record.first_problem) == ("POSTED", "") and studio.bills()[0]["supdocid"] == before
        assert set(record.receipts.values_list("state", flat=True)) == {"NOT_ATTACHED"}

    def test_is_paid_in_parts_and_never_beyond_what_is_due(self, studio):
        studio.export(INVOICE, FIRST_PART, SECOND_PART, "ST-42")

        (bill,) = studio.bills()
        assert (bill["number"], bill["state"], bill["total"]) == ("LS/99-1", "Paid", Decimal("540.00"))
        assert sorted(payment["amount"] for payment in studio.payments()) == [Decimal("240.00"), Decimal("300.00")]
        assert studio.record("ST-42").status == "NEEDS_FIX"

    def test_that_comes_after_its_payment_lets_it_go_by_itself(self, studio):
        job = studio.export(FIRST_PART)
        waiting = studio.record(FIRST_PART).status, studio.told(job)

        studio.export(INVOICE)
        studio.later(hours=1.1)

        assert waiting == ("WAITING", {entry_id(FIRST_PART): "failed"})
        assert studio.record(FIRST_PART).status == "POSTED" and len(studio.payments()) == 1

    def test_that_somebody_entered_by_hand_is_found_and_paid(self, studio):
        entered_by_hand(studio, total="540.00")

        studio.export(FIRST_PART)

        assert studio.record(FIRST_PART).status == "POSTED" and studio.bills()[0]["due"] == Decimal("240.00")

    @pytest.mark.parametrize("number", ["ls/99-1", "Ls/99-1"])
    def test_that_is_there_already_in_other_capitals_is_never_posted_again(self, studio, number):
        record_number = entered_by_hand(studio, total="540.00", number=number)

        job = studio.export(INVOICE)

        record = studio.record(INVOICE)
        assert (record.status, record.first_problem_code) == ("NEEDS_FIX", "bill_exists"), record.first_problem
        assert record_number in record.first_problem
        assert studio.told(job) == {entry_id(INVOICE): "failed"}
        assert len(studio.bills()) == 1

    def test_that_is_there_already_is_shown_for_adoption_and_never_posted_again(self, studio, user):
        record_number = entered_by_hand(studio, total="540.00")
        job = studio.export(INVOICE)
        record = studio.record(INVOICE)
        found = record.status, record.first_problem_code, record_number in record.first_problem, studio.told(job)

        record.adopt_bill(by=user, now=studio.clock())
        studio.export()
        studio.export(FIRST_PART)

        assert found == ("NEEDS_FIX", "bill_exists", True, {entry_id(INVOICE): "failed"})
        assert studio.record(INVOICE).status == "POSTED" and studio.document(INVOICE, "bill").intacct_key == record_number
        assert len(studio.bills()) == 1 and studio.record(FIRST_PART).status == "POSTED"

    def test_whose_adopted_bill_has_another_total_is_not_adopted(self, studio, user):
        entered_by_hand(studio, total="500.00")
        studio.export(INVOICE)
        studio.record(INVOICE).adopt_bill(by=user, now=studio.clock())

        studio.export()

        assert (studio.record(INVOICE).status, studio.record(INVOICE).first_problem_code) == ("NEEDS_FIX", "adopted_bill_differs")


class TestPayablesSetUpOtherwise:
    """Choices of Accounts Payable › Setup › Configuration."""

    def test_with_bill_sequencing_keep_the_number_that_we_give(self, studio):
        set_preference(studio.sandbox.books, "AP", "BILL_SEQUENCING", "true")

        studio.export(RAIL, INVOICE)

        assert {bill["number"] for bill in studio.bills()} == {studio.document(RAIL, "bill").key, "LS/99-1"}
        assert {studio.record(label).status for label in (RAIL, INVOICE)} == {"POSTED"}

    def test_with_summaries_that_users_name_get_one_a_month_where_that_is_set(self, studio, user):
        set_preference(studio.sandbox.books, "AP", "USER_NAMED_SUMMARIES", "true")
        studio.export(RAIL)
        refused = studio.record(RAIL).status, "summary" in studio.record(RAIL).first_problem

        studio.configuration.name_bill_summaries = True
        studio.configuration.save()
        studio.export(RAIL)

        assert refused == ("NEEDS_FIX", True)
        posted = datetime.strptime(studio.bills()[0]["posting_date"], "%m/%d/%Y")
        assert studio.bills()[0]["summary"] == f"Pleo {posted:%Y-%m}" and studio.record(RAIL).status == "POSTED"

    def test_with_account_labels_get_the_label_of_each_account(self, studio):
        from integration.sandbox.intacct.objects import put_object

        set_preference(studio.sandbox.books, "AP", "ACCOUNT_LABELS", "true")
        fields = {"ACCOUNTLABEL": "Travel", "GLACCOUNTNO": "6100", "STATUS": "active", "DESCRIPTION": ""}
        put_object(studio.sandbox.books, "APACCOUNTLABEL", now=datetime.now(UTC), **fields)
        studio.configuration.account_labels = {"6100": "Travel"}
        studio.configuration.save()

        studio.export(RAIL, TWO_RATES)

        (bill,) = studio.bills()
        assert [(line["account"], line["label"]) for line in bill["lines"]] == [("6100", "Travel")]
        assert studio.record(RAIL).status == "POSTED" and bill["state"] == "Paid"
        stopped = studio.record(TWO_RATES)
        assert (stopped.status, stopped.first_problem_code) == ("NEEDS_FIX", "account_label_missing")
        assert "6300" in stopped.first_problem and "Account labels" in stopped.first_problem


class TestADirection:
    def test_is_confirmed_once_for_the_connection_and_then_holds(self, studio, user):
        studio.sandbox.pleo.change_entry(entry_id("ST-20"), amount=300)
        studio.export("ST-20")
        record = studio.record("ST-20")
        asked = record.status, record.first_problem_code

        record.confirm_direction(by=user, now=studio.clock())
        studio.export()

        assert asked == ("NEEDS_FIX", "sign_unexpected") and studio.record("ST-20").status == "POSTED"
        studio.configuration.connection.refresh_from_db()
        assert studio.configuration.connection.confirmed_directions == [["cashback", "", 1]]


def posted_without_its_files(studio: Studio) -> None:
    studio.sandbox.intacct.inject(
        Fault(http.UNJUDGED_REFUSAL, matching="create_supdoc>", times=2, wording="Attachment type 'pdf' is not valid")
    )
    studio.export(INVOICE)
    assert studio.bills()[0]["supdocid"] == ""


def entered_by_hand(studio: Studio, *, total: str, number: str = "LS/99-1") -> str:
    """Have somebody enter the invoice's bill in Sage Intacct; returns its record number."""
    from integration.intacct import xml
    from integration.intacct.documents import Bill, BillLine, Dimension, ExchangeRate
    from integration.intacct.gateway import Function, gateway_for
    from integration.money import Money

    day = (datetime.now(UTC) - timedelta(days=20)).date()
    line = BillLine("6800", Money(Decimal(total), "GBP"), dimensions=(Dimension("LOCATION", "UK02", "LOCATIONID"),))
    rate = ExchangeRate(day, "Intacct Daily Rate")
    made = Bill(
        "PLAAAAAAAAAAAAAAAA", "UK02", "V-STUDIO", number, day, day, day, "By hand", (line,), exchange_rate=rate, base_currency="GBP"
    )  # fmt: skip
    # People do not write keys of ours, which would tell of another database that posts here.
    body = xml.function(made).replace(b"PLAAAAAAAAAAAAAAAA", b"BY-HAND")
    answer = gateway_for(studio.configuration.connection).carry_out([Function("by-hand", body)], entity="UK02")
    return answer.outcomes["by-hand"].key


class TestAPartiallyExemptEntity:
    def test_has_its_bills_marked_and_its_journals_stopped(self, studio):
        from integration.intacct.gateway import gateway_for
        from referencedata.syncing.sync import sync_all

        studio.change("LOCATIONENTITY", "LOCATIONID", "UK02", PARTIALEXEMPT="true")
        connection = studio.configuration.connection
        sync_all(connection, gateway=gateway_for(connection), clock=studio.clock, kinds=["entities"])

        studio.export(RAIL, "ST-21")

        (bill,) = studio.bills()
        assert [line["partial_exempt"] for line in bill["lines"]] == [True] and studio.record(RAIL).status == "POSTED"
        assert studio.record("ST-21").first_problem_code == "partial_exemption_on_journal"


class TestARoleThatMayNotListBills:
    def test_stops_only_what_is_about_a_bill_and_says_which_permission_is_missing(self, studio, monkeypatch):
        from exports.ledger import ledger_bills
        from exports.planning import prepare
        from integration.errors import Rejected

        def refused(*arguments, **named):
            raise Rejected("You do not have permission for API operation QUERY on objects of type APBILL.", code="BL01001973")

        studio.export(FIRST_PART)  # waits for its bill
        monkeypatch.setattr(prepare, "bills_numbered", refused)
        monkeypatch.setattr(ledger_bills, "bills_numbered", refused)
        studio.ahead += timedelta(hours=1.1)

        studio.export(INVOICE, RAIL)

        assert studio.record(RAIL).status == "POSTED" and studio.record(FIRST_PART).status == "WAITING"
        stopped = studio.record(INVOICE)
        assert (stopped.status, stopped.first_problem_code) == ("NEEDS_FIX", "bills_unreadable") and "Roles" in stopped.first_problem


class TestBillsThatAreNotShown:
    """The question is refused in words that nobody knows."""

    BILLS = "<object>APBILL</object>"

    def test_once_are_asked_for_again_and_nobody_is_needed(self, studio):
        studio.sandbox.intacct.inject(Fault(http.UNJUDGED_REFUSAL, matching=self.BILLS, wording="Not today"))
        job = studio.export(INVOICE)
        studio.later(hours=3 / 60)

        assert not studio.sandbox.intacct.faults._waiting, "the fault met no request"
        assert (studio.record(INVOICE).status, len(studio.bills())) == ("POSTED", 1)
        assert set(studio.told(job).values()) == {"successful"}

    def test_for_ten_minutes_need_a_person_who_reads_why(self, studio):
        studio.sandbox.intacct.inject(Fault(http.UNJUDGED_REFUSAL, matching=self.BILLS, times=100, wording="Not today"))
        studio.export(INVOICE)
        studio.later(hours=9 / 60)
        waiting = studio.record(INVOICE).status

        studio.later(hours=3 / 60)

        stopped = studio.record(INVOICE)
        assert (waiting, stopped.status, stopped.first_problem_code) == ("WAITING", "NEEDS_FIX", "bills_unreadable")
        assert "Not today" in stopped.first_problem and "Roles" not in stopped.first_problem


class TestWhatIsReadAgain:
    def test_sees_the_approval_of_a_payment(self, studio):
        set_preference(studio.sandbox.books, "AP", "PAYMENT_APPROVAL", "true")
        studio.export(RAIL)
        waiting = studio.record(RAIL).status
        studio.sandbox.intacct.approve("APPYMT", studio.payments()[0]["recordno"], datetime.now(UTC))

        studio.later(hours=1.1)

        assert waiting == "AWAITING_APPROVAL" and studio.record(RAIL).status == "POSTED"

    def test_says_why_nobody_can_tell_how_a_payment_stands(self, studio):
        from exports.pages.expense import expense_context

        company = studio.sandbox.books.get(SIDE, "COMPANY", COMPANY_ID)
        studio.sandbox.books.put(SIDE, "COMPANY", COMPANY_ID, {**company, "DENIED": ["QUERY APPYMT"]})
        studio.export(RAIL)
        step = expense_context(studio.record(RAIL), may_operate=True, now=studio.clock())["next_step"]
        studio.sandbox.books.put(SIDE, "COMPANY", COMPANY_ID, company)

        studio.later(hours=1.1)

        assert "Sage Intacct has the AP payment, but does not say how it stands" in step and "APPYMT" in step
        assert studio.record(RAIL).status == "POSTED" and len(studio.payments()) == 1
        assert not studio.document(RAIL, "payment").refusal

    def test_pays_nothing_while_the_expense_is_to_be_reviewed(self, studio, user):
        studio.export(APPROVED)
        studio.sandbox.pleo.change_entry(entry_id(APPROVED), amount=30_000)
        job = studio.export(APPROVED)
        studio.sandbox.intacct.approve("APBILL", studio.bills()[0]["recordno"], datetime.now(UTC))

        studio.later(hours=1.1)
        disputed = studio.record(APPROVED).status, studio.told(job), len(studio.payments())
        studio.record(APPROVED).keep(by=user, now=studio.clock())
        studio.export()

        assert disputed == ("REVIEW", {entry_id(APPROVED): "failed"}, 0)
        assert studio.record(APPROVED).status == "POSTED" and len(studio.payments()) == 1

    def test_lets_a_bill_go_on_that_was_restored(self, studio, user):
        studio.export(APPROVED)
        (bill,) = studio.bills()
        studio.sandbox.intacct.decline("APBILL", bill["recordno"], datetime.now(UTC))
        studio.later(hours=1.1)
        decisions = studio.record(APPROVED).decisions
        row = studio.sandbox.books.get(SIDE, "APBILL", bill["recordno"])
        studio.sandbox.books.put(SIDE, "APBILL", bill["recordno"], {**row, "STATE": "Submitted"})
        studio.sandbox.intacct.approve("APBILL", bill["recordno"], datetime.now(UTC))

        studio.record(APPROVED).try_again(by=user, now=studio.clock())
        studio.export()

        assert decisions == ("try_again", "reversed_there")
        assert studio.record(APPROVED).status == "POSTED" and len(studio.payments()) == 1

    def test_takes_the_document_s_currency_where_intacct_names_none(self, studio, monkeypatch):
        from exports.delivery import states

        monkeypatch.setattr(states.responses, "page_of", without("CURRENCY", states.responses.page_of))

        studio.export(RAIL)

        assert studio.record(RAIL).status == "POSTED" and len(studio.payments()) == 1

    def test_holds_back_a_payment_whose_bill_cannot_be_read_and_says_so(self, studio, monkeypatch):
        from exports.delivery import states

        monkeypatch.setattr(states.responses, "page_of", without("TRX_TOTALDUE", states.responses.page_of))

        studio.export(RAIL)

        record = studio.record(RAIL)
        assert (record.status, record.first_problem_code) == ("NEEDS_FIX", "bill_unreadable") and not studio.payments()


class TestAChangeWhileAPaymentIsInDoubt:
    def test_is_told_only_when_the_doubt_is_gone(self, studio):
        studio.sandbox.intacct.inject(Fault(http.RESET_AFTER, matching="<create><APPYMT>"))
        studio.export(RAIL)
        in_doubt = studio.record(RAIL).status
        studio.sandbox.pleo.change_entry(entry_id(RAIL), amount=15_000)

        job = studio.export(RAIL)
        before = studio.told(job)
        for _ in range(6):
            studio.later(hours=0.02)

        assert in_doubt == "UNKNOWN" and before == {entry_id(RAIL): "pending"}
        assert studio.record(RAIL).status == "REVIEW" and studio.told(job) == {entry_id(RAIL): "failed"}
        assert len(studio.bills()) == len(studio.payments()) == 1


class TestAPaymentThatWaitsForItsBill:
    def test_is_not_lost_when_pleo_ends_the_job_that_brought_it_again(self, studio):
        from exports.delivery.deliver import deliver
        from exports.intake.collect import collect
        from integration.intacct.gateway import gateway_for
        from integration.pleo.client import client_for
        from tests.functional.journey import expire

        studio.export(FIRST_PART)
        entered_by_hand(studio, total="540.00")
        studio.ahead += timedelta(hours=1.1)
        connection = studio.configuration.connection
        deliver(connection, gateway=gateway_for(connection), clock=studio.clock, owner="test")
        wished = studio.record(FIRST_PART).export_again_at
        job = collect(studio.configuration, client=client_for(studio.configuration), clock=studio.clock, owner="test")
        expire(studio.sandbox, str(job.pleo_job_id))
        studio.ahead += timedelta(hours=2)

        studio.export()

        record = studio.record(FIRST_PART)
        assert wished and (record.status, record.first_problem_code) == ("NEEDS_FIX", "job_ended")

    def test_can_be_booked_by_hand(self, studio, user):
        studio.export(FIRST_PART)
        record = studio.record(FIRST_PART)
        offered = "skip" in record.decisions

        record.skip("Paid by cheque.", by=user, now=studio.clock())
        studio.export()

        assert offered and studio.record(FIRST_PART).status == "SKIPPED"


class TestASignInThatIsRefused:
    def test_while_bills_are_looked_for_closes_the_connection_and_is_not_tried_again(self, studio, monkeypatch):
        from exports.planning import prepare
        from integration.errors import SignInRefused

        asked = []

        def refused(*arguments, **named):
            asked.append(1)
            raise SignInRefused("Sign-in information is incorrect.", of="user", code="XL03000006")

        monkeypatch.setattr(prepare, "bills_numbered", refused)

        job = studio.export(INVOICE)
        studio.export()

        studio.configuration.connection.refresh_from_db()
        assert studio.configuration.connection.closed_at and len(asked) == 1
        assert studio.record(INVOICE).first_problem_code == "sign_in_refused" and studio.told(job) == {entry_id(INVOICE): "failed"}


class TestAJobWeAskFor:
    @pytest.mark.parametrize("with_vendors", [True, False])
    def test_offers_an_entry_with_its_vendor_as_the_last_one_did(self, studio, user, with_vendors):
        studio.change("VENDOR", "VENDORID", "V-STUDIO", STATUS="inactive")
        studio.sandbox.pleo.make_job(ST.id, [entry_id(INVOICE)], now=datetime.now(UTC), vendor_based=with_vendors)
        set_first_open_day(studio.sandbox.books, "UK02", date(2099, 1, 1), "AP")
        studio.export()
        first = studio.record(INVOICE).offered_fingerprint
        studio.change("VENDOR", "VENDORID", "V-STUDIO", STATUS="active")
        set_first_open_day(studio.sandbox.books, "UK02", date(2025, 1, 1), "AP")

        from exports.models import ExportRecord

        ExportRecord.objects.filter(entry_id=entry_id(INVOICE)).export_again(by=user, now=studio.clock())
        studio.export()

        record = studio.record(INVOICE)
        assert record.status == "POSTED" and record.offered_fingerprint == first
        assert studio.bills()[0]["vendor"] == ("V-STUDIO" if with_vendors else "V-PLEO")


class TestTwoInvoicesOfOneNumber:
    def test_are_never_one_bill_and_the_second_says_whose_it_is(self, studio):
        studio.export(INVOICE)
        item = studio.sandbox.pleo.entry(entry_id(INVOICE))["item"]
        again = studio.sandbox.pleo.add_entry(ST.id, {**item, "accountingEntryId": str(uuid.uuid4())})
        studio.sandbox.pleo.make_job(ST.id, [again], now=datetime.now(UTC), vendor_based=True)

        studio.export()

        from exports.models import ExportRecord

        record = ExportRecord.objects.get(entry_id=again)
        assert (record.status, record.first_problem_code) == ("NEEDS_FIX", "bill_of_another_expense")
        assert "adopt_bill" not in record.decisions and len(studio.bills()) == 1


def without(field: str, page_of):
    """Have Intacct's bills come without a field."""
    from dataclasses import replace

    def page(result):
        read = page_of(result)
        return replace(read, rows=tuple({name: value for name, value in row.items() if name != field} for row in read.rows))

    return page


class TestTwoWorkersThatPlan:
    def test_are_never_at_it_at_once(self, studio, monkeypatch):
        """The slower one would take the payment that the faster one has made for somebody else's."""
        from exports.ledger import ledger_bills
        from exports.planning import prepare
        from integration.models import EntityConfiguration

        studio.export(INVOICE)
        read, busy = ledger_bills.bills_numbered, []

        def slow(*arguments, **named):
            if not busy:
                busy.append(True)  # meanwhile another worker plans, pays and reports
                other = Studio(studio.sandbox, EntityConfiguration.objects.select_related("connection").get(pk=studio.configuration.pk))
                other.export()
            return read(*arguments, **named)

        monkeypatch.setattr(prepare, "bills_numbered", slow)
        studio.export(FIRST_PART)

        assert busy and len(studio.payments()) == 1
        assert (studio.record(FIRST_PART).status, studio.record(FIRST_PART).first_problem) == ("POSTED", "")
