from dataclasses import replace
from datetime import date

import pytest

from exports.posting.banks import BillWanted
from exports.posting.payables import bill_wanted
from integration.intacct.documents import Attachment, Bill, JournalEntry, Payment, document_key
from tests.unit.exports.posting.posting_kit import (
    CONTEXT,
    ENTRY,
    PAYABLES,
    REDUCED,
    REVERSE,
    ZERO,
    bill_rows,
    billed,
    carried,
    codes,
    context,
    facts,
    held,
    invoice,
    item,
    line,
    payables,
    plan,
    receipt,
    rows,
    sentences,
)

LEAVE_OPEN = payables(card=replace(PAYABLES.card, settlement="leave_open"))
HILTON = {"id": "v", "name": "Hilton", "code": "V-200"}


def supplied(**more):
    """An invoice of £1,200.00 with £200.00 VAT."""
    return item(line(120000, "6200", tax=20000), **{"type": "invoice", "invoice": invoice()} | more)


def paid(minor=120000, **more):
    return item(line(minor, None), **{"type": "invoice_payment", "invoice": invoice()} | more)


def payment_of(of, within=PAYABLES, record=None):
    found = plan(of, within, record).documents[-1]
    assert isinstance(found, Payment)
    return found


class TestCardBill:
    def test_is_sent_after_its_receipts_and_before_its_payment(self):
        planned = plan(item(), PAYABLES)

        attachment, bill, payment = planned.documents
        assert [type(each) for each in planned.documents] == [Attachment, Bill, Payment]
        assert planned.principal is bill
        assert bill.attachment_key == attachment.key
        assert payment.bill_key == bill.key

    def test_of_a_purchase_carries_the_key_as_its_number(self):
        bill = billed(item())

        assert bill.number == bill.key == document_key("ACME", ENTRY, "bill")
        assert bill.vendor == "V-PLEO"

    def test_of_a_card_invoice_carries_the_suppliers_number_and_dates(self):
        of = item(line(12000, "6200"), type="card_invoice", invoice=invoice(), date="2026-03-09T12:00:00Z")

        bill, payment = billed(of), payment_of(of)

        assert (bill.number, bill.bill_date, bill.posting_date, bill.due_date) == (
            "INV-4711",
            date(2026, 2, 20),
            date(2026, 2, 20),
            date(2026, 3, 22),
        )
        assert payment.payment_date == date(2026, 3, 9)

    def test_has_a_line_for_each_split_and_each_discount(self):
        lines = line(9600, "6300", tax=1600), line(4200, "6400", tax=200, code=REDUCED), line(-1200, "6500", tax=0, code=ZERO)

        bill = billed(item(*lines))

        assert bill_rows(bill) == [("6300", "80.00", "16.00"), ("6400", "40.00", "2.00"), ("6500", "-12.00", "0.00")]
        assert str(bill.total()) == "GBP 126.00"

    def test_may_have_lines_without_tax_code_in_a_company_with_vat(self):
        assert bill_rows(billed(item(line(12000)))) == [("6100", "120.00")]

    def test_spells_its_dimensions_as_bills_do(self):
        bill = billed(item(line(100, tags={"department": "200", "cost_centre": "events", "PROJECT": "P-1"})))

        assert carried(bill, 0) == {"LOCATIONID": "UK01", "DEPARTMENTID": "200", "PROJECTID": "P-1", "GLDIMCOST_CENTRE": "10017"}

    @pytest.mark.parametrize(
        ("account", "found"),
        [
            ("2000", "account_is_control"),
            ("1000", "account_belongs_to_bank"),
            ("1050", "account_is_balance_account"),
            ("6600", "dimension_required"),
        ],
    )
    def test_has_no_line_on_an_account_that_takes_none(self, account, found):
        assert found in codes(item(line(100, account)), PAYABLES)

    @pytest.mark.parametrize("currency", ["EUR", "GBP"])
    def test_names_rate_and_base_currency_once(self, currency):
        of = item(line(11900, currency=currency), currency=currency)

        for document in (billed(of), payment_of(of)):
            assert document.base_currency == "GBP"
            assert (document.exchange_rate.on_date, document.exchange_rate.rate_type) == (date(2026, 3, 9), "Intacct Daily Rate")

    def test_is_left_open_on_hold_where_that_is_set(self):
        planned = plan(item(), LEAVE_OPEN)

        assert [type(each) for each in planned.documents] == [Attachment, Bill]
        assert planned.principal.on_hold
        assert "Paid by Pleo card - do not pay" in planned.principal.description

    def test_needs_no_bank_account_where_it_is_left_open(self):
        assert codes(item(), replace(LEAVE_OPEN, card=replace(LEAVE_OPEN.card, bank_accounts={}))) == []

    def test_that_would_not_be_positive_is_the_refund_journal(self):
        confirmed = payables(confirmed_directions={("card_purchase", "", -1)})

        back = plan(item(line(-12000, tax=-2000)), confirmed).principal
        nothing = plan(item(line(1000), line(-1000, "6200")), PAYABLES).principal

        assert isinstance(back, JournalEntry)
        assert [carried(each, 0)["VENDORID"] for each in (back, nothing)] == ["V-PLEO", "V-PLEO"]
        assert rows(back) == [("Cr", "6100", "100.00", "20.00"), ("Dr", "1050", "120.00", "")]
        assert rows(nothing) == [("Dr", "6100", "10.00", ""), ("Cr", "6200", "10.00", "")]

    def test_is_kept_out_of_the_1099_forms_of_the_united_states(self):
        assert all(each.not_on_1099 for each in billed(item(), payables(in_united_states=True)).lines)
        assert not any(each.not_on_1099 for each in billed(item()).lines)

    def test_names_the_summary_where_users_do(self):
        assert (billed(item()).summary, billed(item(), payables(user_names_summaries=True)).summary) == ("", "Pleo 2026-03")

    def test_is_a_draft_with_its_payment_where_that_is_set(self):
        assert all(each.draft for each in plan(item(), payables(draft=True)).documents[1:])

    def test_gets_a_new_key_and_number_after_a_reversal(self):
        first, second = (billed(item(), record=facts(receipt(), posting_number=number)) for number in (1, 2))

        assert first.number != second.number

    def test_says_what_pleo_charged_and_its_book_id(self):
        text = billed(item(line(7940), supplier_amount=("USD", 10000))).lines[0].description

        assert text == "Trainline · Ada Byron · Ticket to Leeds · PLEO-0042 · USD 100.00"


class TestCardPayment:
    def test_pays_the_whole_bill_from_the_wallets_bank_account(self):
        payment = payment_of(item())

        assert (payment.bank, payment.method, payment.vendor, str(payment.amount)) == ("CHK-PLEO", "EFT", "V-PLEO", "GBP 120.00")
        assert payment.payment_date == billed(item()).posting_date

    def test_is_complete_once_the_bill_has_a_record_number(self):
        payment = payment_of(item())

        whole = payment.of_bill("4711", posted_on=date(2026, 4, 1))

        assert (payment.complete, whole.complete, whole.bill_record) == (False, True, "4711")
        assert whole.payment_date == date(2026, 4, 1)

    @pytest.mark.parametrize(
        ("banks", "found"),
        [
            ({}, "bank_account_missing"),
            ({"GBP": "gone"}, "bank_account_unusable"),
            ({"GBP": "CHK-OLD"}, "bank_account_unusable"),
            ({"GBP": "CHK-FR"}, "bank_account_unusable"),
            ({"GBP": "CHK-EUR"}, "bank_account_unusable"),
            ({"GBP": "CHK-OTHER"}, "bank_account_unusable"),
        ],
    )
    def test_needs_the_bank_side_of_the_balance_account(self, banks, found):
        assert codes(item(), payables(card=replace(PAYABLES.card, bank_accounts=banks))) == [found]
        assert codes(paid(), context(invoices=replace(CONTEXT.invoices, bank_accounts=banks)), facts(bills=(held(),))) == [found]

    def test_needs_the_account_pleo_names(self):
        assert codes(item(contra={"id": "c", "code": "1055"}), PAYABLES) == ["contra_account_differs"]


class TestInvoiceBill:
    def test_is_the_suppliers_with_its_own_dates(self):
        bill = billed(supplied(), CONTEXT)

        assert (bill.number, bill.bill_date, bill.posting_date, bill.due_date) == (
            "INV-4711",
            date(2026, 2, 20),
            date(2026, 2, 20),
            date(2026, 3, 22),
        )
        assert bill_rows(bill) == [("6200", "1000.00", "200.00")]
        assert not bill.on_hold

    @pytest.mark.parametrize(
        ("due", "expected"), [(None, date(2026, 2, 20)), ("2026-01-31", date(2026, 2, 20)), ("2026-03-01", date(2026, 3, 1))]
    )
    def test_is_due_on_its_day_and_never_before_its_own(self, due, expected):
        assert billed(supplied(invoice=invoice(dueDate=due)), CONTEXT).due_date == expected

    @pytest.mark.parametrize(
        ("number", "found"),
        [("", ["invoice_number_missing"]), ("x" * 31, ["invoice_number_too_long"]), ("x" * 30, []), ("\x00 ", ["invoice_number_missing"])],
    )
    def test_needs_a_number_that_fits_uncut(self, number, found):
        assert codes(supplied(invoice=invoice(number)), CONTEXT) == found

    def test_needs_pleos_data_of_the_invoice(self):
        assert codes(supplied(invoice=None), CONTEXT) == ["invoice_number_missing"]

    @pytest.mark.parametrize("minor", [-100, 0])
    def test_is_above_zero(self, minor):
        of = item(line(minor - 100), line(100, "6200"), type="invoice", invoice=invoice())

        assert codes(of, CONTEXT) == ["invoice_not_positive"]

    @pytest.mark.parametrize(
        ("there", "found"),
        [
            (held(vendor="V-PLEO", ours=False), ["bill_exists"]),
            (held(vendor="V-PLEO", number="inv-4711", ours=False), ["bill_exists"]),
            (held(vendor="V-PLEO", ours=True), ["bill_of_another_expense"]),
            (held(vendor="V-PLEO", state="Reversed"), []),
            (held(vendor="V-100"), []),
            (held(vendor="V-PLEO", key=document_key("ACME", ENTRY, "bill")), []),
        ],
    )
    def test_is_not_posted_beside_one_of_the_same_vendor_and_number(self, there, found):
        assert codes(supplied(), CONTEXT, facts(bills=(there,))) == found

    @pytest.mark.parametrize("number", ["INV-4711\u200b", "\ufeffINV-4711", "INV\u00ad-4711", "INV-4711\u200e"])
    def test_is_not_posted_beside_one_whose_number_looks_the_same(self, number):
        of = supplied(invoice=invoice(number))

        assert codes(of, CONTEXT, facts(bills=(held(vendor="V-PLEO", ours=False),))) == ["bill_exists"]
        assert bill_wanted(of, CONTEXT).number == billed(of, CONTEXT).number == "INV-4711"

    def test_names_the_record_to_adopt(self):
        found = sentences(supplied(), CONTEXT, facts(bills=(held(vendor="V-PLEO", ours=False),)))

        assert "bill INV-4711 of vendor V-PLEO already (record 4711, Posted, GBP 1,200.00)" in found[0]


class TestBillVendor:
    @pytest.mark.parametrize(
        ("fields", "vendor"),
        [
            ({"tags": {"vendor": "v-100"}, "vendor": HILTON}, "V-100"),
            ({"vendor": HILTON}, "V-200"),
            ({"supplier_code": "V-100"}, "V-100"),
            ({"supplier_code": "5411"}, "V-PLEO"),
            ({}, "V-PLEO"),
        ],
    )
    def test_is_tag_then_pleos_then_supplier_then_default(self, fields, vendor):
        fields = dict(fields)
        of = item(line(100, tags=fields.pop("tags", None)), **fields)

        assert billed(of).vendor == vendor
        assert payment_of(of).vendor == vendor

    def test_is_one(self):
        assert codes(item(line(100, tags={"VENDOR": "V-100"}), line(100, tags={"VENDOR": "V-200"})), PAYABLES) == ["vendors_differ"]
        assert billed(item(line(100, tags={"VENDOR": "V-100"}), line(100))).vendor == "V-100"

    @pytest.mark.parametrize(
        ("code", "found"),
        [("nobody", "vendor_unknown"), ("V-OLD", "vendor_inactive"), ("V-HOLD", "vendor_on_hold"), ("V-FR", "vendor_other_entity")],
    )
    def test_must_be_usable(self, code, found):
        assert codes(item(line(100), vendor={"id": "v", "name": "", "code": code}), PAYABLES) == [found]
        assert codes(item(line(100)), payables(card=replace(PAYABLES.card, default_vendor=code))) == [found]

    def test_must_be_there(self):
        assert codes(item(line(100)), payables(card=replace(PAYABLES.card, default_vendor=""))) == ["vendor_missing"]
        assert "Invoices › Default vendor" in sentences(supplied(), context(invoices=replace(CONTEXT.invoices, default_vendor="")))[0]


class TestBillDates:
    CLOSED = {"open_from": date(2026, 3, 1), "closed_period": "first_open_day"}

    @pytest.mark.parametrize(("override", "bill_date"), [(True, date(2026, 2, 20)), (None, date(2026, 2, 20)), (False, date(2026, 3, 1))])
    def test_move_together_unless_payables_keep_them_apart(self, override, bill_date):
        planned = plan(supplied(), context(own_posting_date=override, **self.CLOSED))

        bill = planned.principal
        assert (bill.bill_date, bill.posting_date, bill.due_date) == (bill_date, date(2026, 3, 1), date(2026, 3, 22))
        assert planned.moved_from == date(2026, 2, 20)
        assert "moved from 20 Feb 2026" in bill.description
        assert "moved from 20 Feb 2026" in bill.lines[0].description

    def test_move_the_due_date_where_it_would_be_before(self):
        bill = billed(supplied(), context(own_posting_date=False, open_from=date(2026, 4, 1), closed_period="first_open_day"))

        assert bill.due_date == bill.bill_date == date(2026, 4, 1)

    def test_follow_the_books_that_open_last(self):
        opens = {"open_from": date(2026, 3, 1), "payables_open_from": date(2026, 3, 5), "cash_open_from": date(2026, 4, 1)}

        bill = billed(supplied(), context(closed_period="first_open_day", **opens))
        fee = plan(
            item(line(100, "7900"), type="fee", date="2026-02-20T12:00:00Z"), context(closed_period="first_open_day", **opens)
        ).principal

        assert bill.posting_date == date(2026, 3, 5)
        assert fee.posting_date == date(2026, 3, 1)
        assert payment_of(paid(), context(closed_period="today", **opens), facts(bills=(held(),))).payment_date == date(2026, 4, 2)

    @pytest.mark.parametrize(
        ("opens", "named"),
        [({"payables_open_from": date(2026, 4, 1)}, "Accounts Payable › Open books"), ({"cash_open_from": date(2026, 4, 1)}, "Cash")],
    )
    def test_in_closed_books_name_which_of_them(self, opens, named):
        found = sentences(item(), payables(**opens))

        assert len(found) == 1
        assert named in found[0]

    def test_of_a_card_payment_are_never_before_the_bill(self):
        moved = payables(payables_open_from=date(2026, 4, 1), closed_period="first_open_day")

        assert payment_of(item(), moved).payment_date == billed(item(), moved).posting_date == date(2026, 4, 1)

    @pytest.mark.parametrize(
        ("written", "day"),
        [("2026-02-20", date(2026, 2, 20)), ("2026-02-20T00:00:00Z", date(2026, 2, 20)), ("2026-02-20T23:30:00Z", date(2026, 2, 20))],
    )
    def test_without_a_time_belong_to_no_time_zone(self, written, day):
        new_york = context(time_zone=CONTEXT.time_zone.__class__("America/New_York"))

        assert billed(supplied(invoice=invoice(invoiceDate=written)), new_york).bill_date == day

    def test_before_the_first_posting_date_wait_for_a_person(self):
        first = context(first_posting_date=date(2026, 3, 1))

        assert codes(supplied(), first) == ["before_first_posting_date"]
        assert codes(supplied(), first, facts(date_allowed=True)) == []


class TestCardInvoiceDates:
    """A card invoice as a bill: dated by the earlier of its invoice and its card payment, and every rule looks at that day."""

    @staticmethod
    def of(card: str, invoiced: str, **more):
        fields = {"invoice": invoice(invoiceDate=invoiced, dueDate=None), "currency": more.get("currency", "GBP")}
        return item(line(12000, "6200", **more), type="card_invoice", date=f"{card}T12:00:00Z", **fields)

    @pytest.mark.parametrize(
        ("card", "invoiced", "day"),
        [
            ("2026-03-30", "2026-04-02", date(2026, 3, 30)),
            ("2026-03-30", "2026-03-30", date(2026, 3, 30)),
            ("2026-03-30", "2026-02-20", date(2026, 2, 20)),
        ],
    )
    def test_begin_with_the_earlier_of_both(self, card, invoiced, day):
        bill, payment = billed(self.of(card, invoiced)), payment_of(self.of(card, invoiced))

        assert (bill.bill_date, bill.posting_date, bill.due_date) == (day, day, day)
        # The wallet is credited on the day the card paid, whatever the invoice says.
        assert payment.payment_date == date(2026, 3, 30)

    def test_are_in_foreign_currency_the_days_of_the_rates(self):
        of = self.of("2026-03-30", "2026-02-20", currency="EUR")

        assert billed(of).exchange_rate.on_date == date(2026, 2, 20)
        assert payment_of(of).exchange_rate.on_date == date(2026, 3, 30)

    def test_before_the_first_posting_date_wait_for_a_person(self):
        first = payables(first_posting_date=date(2026, 3, 1))

        assert codes(self.of("2026-03-09", "2026-02-20"), first) == ["before_first_posting_date"]
        assert "20 Feb 2026" in sentences(self.of("2026-03-09", "2026-02-20"), first)[0]
        assert codes(self.of("2026-03-09", "2026-02-20"), first, facts(date_allowed=True)) == []
        assert codes(self.of("2026-02-27", "2026-03-02"), first) == ["before_first_posting_date"]

    def test_in_closed_books_follow_the_policy(self):
        closed = {"open_from": date(2026, 3, 1)}

        assert codes(self.of("2026-03-09", "2026-02-20"), payables(**closed)) == ["period_closed"]
        moved = payables(closed_period="first_open_day", **closed)
        assert billed(self.of("2026-03-09", "2026-02-20"), moved).posting_date == date(2026, 3, 1)
        assert payment_of(self.of("2026-03-09", "2026-02-20"), moved).payment_date == date(2026, 3, 9)

    def test_are_the_cards_alone_where_it_is_a_journal_entry(self):
        first = context(first_posting_date=date(2026, 3, 1))

        principal = plan(self.of("2026-03-09", "2026-02-20"), first).principal

        assert isinstance(principal, JournalEntry)
        assert principal.posting_date == date(2026, 3, 9)

    def test_count_also_where_only_a_reverse_charge_makes_it_a_bill(self):
        of = self.of("2026-03-09", "2026-02-20", tax=0, code=REVERSE, tax_type="reverse")

        assert codes(of, context(reverse_charge_on_journals="bill", first_posting_date=date(2026, 3, 1))) == ["before_first_posting_date"]


class TestInvoicePayment:
    def test_pays_the_bill_that_is_there(self):
        planned = plan(paid(), CONTEXT, facts(bills=(held(),)))

        payment = planned.principal
        assert planned.documents == (payment,)
        assert (payment.bill_record, payment.vendor, payment.bank, str(payment.amount)) == ("4711", "V-100", "CHK-PLEO", "GBP 1,200.00")
        assert payment.payment_date == date(2026, 3, 20)
        assert "INV-4711" in payment.description

    def test_is_never_dated_before_its_bill(self):
        planned = plan(paid(), CONTEXT, facts(bills=(held(posted_on=date(2026, 4, 1)),)))

        assert planned.principal.payment_date == date(2026, 4, 1)
        assert planned.moved_from == date(2026, 3, 20)
        assert any("never stands before its bill" in note for note in planned.notes)

    def test_without_payment_date_is_dated_by_the_item(self):
        of = paid(invoice=invoice(paymentDate=None), date="2026-03-25T12:00:00Z")

        assert plan(of, CONTEXT, facts(bills=(held(),))).principal.payment_date == date(2026, 3, 25)

    @pytest.mark.parametrize(
        ("bills", "found"),
        [
            ((), "bill_missing"),
            ((held(number="other"),), "bill_missing"),
            ((held(state="Submitted"),), "bill_not_posted"),
            ((held(state="Draft"),), "bill_not_posted"),
            ((held(state="Declined"),), "bill_unusable"),
            ((held(state="Reversed"),), "bill_unusable"),
            ((held(state="Paid", due=0),), "bill_already_paid"),
            ((held(due=0),), "bill_already_paid"),
            ((held(state="Partially Paid", due=50000),), "bill_partly_paid"),
            ((held(100000),), "bill_overpaid"),
            ((held(currency="EUR"),), "payment_currency"),
            ((held(), held(record="4712")), "bill_ambiguous"),
        ],
    )
    def test_names_what_is_wrong_with_the_bill(self, bills, found):
        vendor = {"id": "v", "name": "Trainline", "code": "V-100"}

        assert codes(paid(vendor=vendor), CONTEXT, facts(bills=bills)) == [found]
        assert "INV-4711" in sentences(paid(vendor=vendor), CONTEXT, facts(bills=bills))[0]

    def test_takes_a_part_of_a_bill_that_is_due(self):
        assert plan(paid(), CONTEXT, facts(bills=(held(150000),))).principal.bill_record == held().record

    def test_takes_the_rest_of_a_bill_that_was_paid_in_part(self):
        assert codes(paid(50000), CONTEXT, facts(bills=(held(state="Partially Paid", due=50000),))) == []

    def test_prefers_a_bill_of_ours_to_one_of_the_vendor_it_names(self):
        theirs = held(record="9", vendor="V-200", ours=False)

        assert plan(paid(vendor=HILTON), CONTEXT, facts(bills=(theirs, held()))).principal.vendor == "V-100"

    def test_tells_several_of_ours_apart_by_vendor(self):
        bills = held(), held(record="9", vendor="V-200")

        assert plan(paid(vendor=HILTON), CONTEXT, facts(bills=bills)).principal.bill_record == "9"

    @pytest.mark.parametrize("sub_type", ["returned", "bill_invoice_payment_returned"])
    @pytest.mark.parametrize("minor", [120000, -120000])
    def test_that_came_back_waits_for_a_person(self, sub_type, minor):
        found = sentences(paid(minor, sub_type=sub_type), CONTEXT, facts(bills=(held(),)))

        assert len(found) == 1
        assert "The payment of GBP 1,200.00 for bill INV-4711 came back (Pleo's book id PLEO-0042)." in found[0]

    def test_of_the_other_sign_pays_the_same_once_that_is_confirmed(self):
        confirmed = context(confirmed_directions={("invoice_payment", "", -1)})

        assert str(plan(paid(-120000), confirmed, facts(bills=(held(),))).principal.amount) == "GBP 1,200.00"

    def test_has_no_attachment(self):
        planned = plan(paid(), CONTEXT, facts(receipt(), bills=(held(),)))

        assert [type(each) for each in planned.documents] == [Payment]
        assert not planned.without_receipt


class TestBillWanted:
    def test_is_the_bill_an_invoice_payment_pays(self):
        assert bill_wanted(paid(vendor=HILTON), CONTEXT) == BillWanted("V-200", "INV-4711")
        assert bill_wanted(item(line(100, tags={"vendor": "v-100"}), type="invoice_payment", invoice=invoice()), CONTEXT).vendor == "V-100"

    def test_is_one_that_may_be_there_already(self):
        assert bill_wanted(supplied(), CONTEXT) == BillWanted("V-PLEO", "INV-4711")

    @pytest.mark.parametrize(("within", "found"), [(CONTEXT, None), (PAYABLES, BillWanted("V-PLEO", "INV-4711"))])
    def test_of_a_card_invoice_is_asked_for_where_it_is_a_bill(self, within, found):
        assert bill_wanted(item(type="card_invoice", invoice=invoice()), within) == found

    def test_is_none_for_other_kinds(self):
        assert bill_wanted(item(), PAYABLES) is None
        assert bill_wanted(paid(invoice=None), CONTEXT) is None
