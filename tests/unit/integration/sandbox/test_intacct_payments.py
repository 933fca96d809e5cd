"""Payments, and what becomes of bills afterwards: updates, reversals, voids."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from integration.sandbox.intacct.objects import change_object, set_first_open_day
from tests.unit.integration.sandbox.intacct_kit import NOW
from tests.unit.integration.sandbox.payables_kit import (
    RC_IN,
    RC_OUT,
    bill,
    detail,
    entry,
    item,
    payables_client,
    payment,
    postings,
    prefer,
    reversal,
    rows,
    update,
    with_attachment,
)

EUR = {"CURRENCY": "EUR", "EXCH_RATE_TYPE_ID": "Intacct Daily Rate"}


@pytest.fixture
def client():
    """With a posted bill of 120.00 from V-1, dated 10 March."""
    made = payables_client()
    made.send(bill())
    return made


def state(client, number=0):
    found = client.sandbox.bills()[number]
    return found["state"], found["due"]


class TestCreatePayment:
    def test_settles_the_bill(self, client):
        reply = client.send(payment())

        assert reply.text("operation/result/data/appymt/RECORDNO") == "1"
        assert postings(client) == [("2000", "debit", D("120.00")), ("1050", "credit", D("120.00"))]
        assert state(client) == ("Paid", 0)
        (paid,) = client.sandbox.payments()
        assert (paid["state"], paid["bank"], paid["amount"], paid["bills"]) == ("Confirmed", "CHK-GBP", D("120.00"), [("1", D("120.00"))])
        assert (paid["date"], paid["reference"], client.sandbox.ledger()[-1]["source"]) == ("03/20/2025", "PAY1", "APPYMT 1")
        assert client.sandbox.bills()[0]["payments"] == ["1"]
        assert (client.sandbox.open_bills("UK01"), client.sandbox.payables_balance("UK01")) == ([], 0)

    def test_shows_itself_with_the_documented_fields(self, client):
        client.send(payment(DESCRIPTION="Card"))

        names = (
            "RECORDNO", "RECORDID", "FINANCIALENTITY", "STATE", "DISPLAYSTATE", "PAYMENTMETHOD", "VENDORID", "WHENCREATED", "WHENPAID",
            "DOCNUMBER", "DESCRIPTION", "CURRENCY", "BASECURR", "TRX_TOTALENTERED", "PAYMENTREQUESTMETHOD", "MEGAENTITYID",
        )  # fmt: skip
        (row,) = rows(client, "APPYMT", *names, VENDORID="V-1", DOCNUMBER="PAY1")
        assert (row["STATE"], row["PAYMENTMETHOD"], row["WHENCREATED"], row["TRX_TOTALENTERED"]) == (
            "Confirmed", "EFT", "03/20/2025", "120.00",
        )  # fmt: skip
        (line,) = rows(client, "APPYMTDETAIL", "PAYMENTKEY", "PAYMENTDATE", "TRX_PAYMENTAMOUNT", "CURRENCY", RECORDKEY="1")
        assert line == {"PAYMENTKEY": "1", "PAYMENTDATE": "03/20/2025", "TRX_PAYMENTAMOUNT": "120.00", "CURRENCY": "GBP"}
        (row,) = rows(client, "APBILL", "STATE", "WHENPAID", "TRX_TOTALPAID", "TRX_TOTALDUE", RECORDNO="1")
        assert row == {"STATE": "Paid", "WHENPAID": "03/20/2025", "TRX_TOTALPAID": "120.00", "TRX_TOTALDUE": "0.00"}

    def test_takes_parts_until_nothing_is_due(self, client):
        client.send(payment(detail(amount="50.00")))
        assert state(client) == ("Partially Paid", D("70.00"))

        assert client.send(payment(detail(amount="70.01"))).statuses == ["failure"]
        assert client.send(payment(detail(amount="70.00"), PAYMENTMETHOD="Cash")).statuses == ["success"]
        assert state(client) == ("Paid", 0)

    def test_pays_several_bills_at_once(self, client):
        client.send(bill(item(amount="30.00"), RECORDID="2"))
        client.send(payment(detail(), detail("2", "30.00")))

        assert postings(client) == [
            ("2000", "debit", D("120.00")), ("2000", "debit", D("30.00")), ("1050", "credit", D("150.00")),
        ]  # fmt: skip

    def test_puts_another_rate_to_gain_and_loss(self, client):
        client.send(bill(item(amount="100.00"), RECORDID="2", **EUR))
        client.send(payment(detail("2", "100.00"), FINANCIALENTITY="CHK-EUR", **EUR))

        lines = [(each["account"], each["side"], each["base_amount"]) for each in client.sandbox.ledger()[-1]["lines"]]
        assert lines == [("2000", "debit", D("85.37")), ("1051", "credit", D("86.00")), ("7900", "debit", D("0.63"))]
        assert client.sandbox.payables_balance("UK01") == D("120.00")

    def test_on_the_day_of_the_bill_leaves_no_difference_in_parts_either(self, client):
        client.send(bill(item(amount="100.00"), RECORDID="2", **EUR))
        for amount in ("33.33", "33.33", "33.34"):
            client.send(payment(detail("2", amount), FINANCIALENTITY="CHK-EUR", PAYMENTDATE="03/10/2025", **EUR))

        assert state(client, 1) == ("Paid", 0) and client.sandbox.bills()[1]["base_due"] == 0

    @pytest.mark.parametrize("bank", ["CHK-ANY"])
    def test_takes_a_bank_of_every_entity(self, client, bank):
        assert client.send(payment(FINANCIALENTITY=bank)).statuses == ["success"]

    def test_keeps_a_draft_without_effect(self, client):
        client.send(payment(ACTION="Draft"))

        assert (client.sandbox.payments()[0]["state"], state(client)) == ("Draft", ("Posted", D("120.00")))

    def test_waits_for_approval_and_reserves_its_amount(self, client):
        prefer(client, "PAYMENT_APPROVAL")
        client.send(payment(detail(amount="100.00")))

        assert (client.sandbox.payments()[0]["state"], state(client)) == ("Submitted", ("Posted", D("120.00")))
        assert "exceeds total amount due (20.00)" in client.send(payment(detail(amount="20.01"))).errors[0]
        client.sandbox.approve("APPYMT", "1", NOW)
        assert state(client) == ("Partially Paid", D("20.00"))

    def test_gives_its_amount_back_when_declined(self, client):
        prefer(client, "PAYMENT_APPROVAL")
        client.send(payment())
        client.sandbox.decline("APPYMT", "1", NOW)

        assert client.send(payment()).statuses == ["success"]
        with pytest.raises(ValueError, match="does not wait"):
            client.sandbox.decline("APPYMT", "1", NOW)

    def test_waits_for_the_approval_of_its_bill(self, client):
        client.send(bill(VENDORID="V-APPROVE"))
        pay = payment(detail("2"), VENDORID="V-APPROVE")
        assert "its state is Submitted" in client.send(pay).errors[0]

        client.sandbox.approve("APBILL", "2", NOW)

        assert client.send(pay).statuses == ["success"]


REFUSALS = [
    (payment(FINANCIALENTITY=None), "Required field FINANCIALENTITY is missing"),
    (payment(VENDORID=None), "Required field VENDORID is missing"),
    (payment(PAYMENTDATE=None), "Required field PAYMENTDATE is missing"),
    (payment(CURRENCY=None), "Required field CURRENCY is missing"),
    (payment(PAYMENTMETHOD=None), "We can't process the request"),
    (payment(PAYMENTMETHOD="Wire"), "'Wire' is not one of Printed Check"),
    (payment(PAYMENTMETHOD="Printed Check"), "The sandbox does not carry out PAYMENTMETHOD Printed Check"),
    (payment(ACTION="Pay"), "'Pay' is not one of Submit, Draft"),
    (payment(PAYMENTREQUESTMETHOD="x"), "'x' is not one of vendorpref"),
    (payment(AMOUNTTOPAY="1.00"), "The sandbox does not carry out AMOUNTTOPAY"),
    (payment(SUPDOCID="A1"), "element SUPDOCID is not known"),
    (payment(DOCNUMBER="x" * 21), "DOCNUMBER: 21 characters, 20 are allowed"),
    (payment(PAYMENTDATE="20/03/2025"), "'20/03/2025' is not a date"),
    (payment("<LINE/>"), "element LINE is not known"),
    ("<create><APPYMT><VENDORID>V-1</VENDORID></APPYMT></create>", "A payment needs at least one bill"),
    (payment(detail(amount=None)), "Required field TRX_PAYMENTAMOUNT is missing on detail 1"),
    (payment(detail(amount="0.00")), "must be greater than zero on detail 1"),
    (payment(detail(amount="-1.00")), "must be an absolute amount"),
    (payment(detail(ENTRYKEY="1")), "The sandbox does not carry out ENTRYKEY"),
    (payment(detail(CREDITTOAPPLY="1.00")), "The sandbox does not carry out CREDITTOAPPLY"),
    (payment(FINANCIALENTITY="CHK-NO"), "Bank account 'CHK-NO' specified is not valid."),
    (payment(FINANCIALENTITY="CHK-OLD"), "it is inactive"),
    (payment(FINANCIALENTITY="CHK-EUR"), "Bank account 'CHK-EUR' has currency EUR, not GBP"),
    (payment(FINANCIALENTITY="CHK-USD", CURRENCY="USD"), "does not belong to entity UK01"),
    (payment(FINANCIALENTITY="CHK-EUR", **EUR), "Bill 1 is in GBP, the payment in EUR"),
    (payment(BASECURR=None), "Required field BASECURR is missing"),
    (payment(BASECURR="USD"), "Base currency 'USD'"),
    (payment(VENDORID="V-2"), "Bill 1 belongs to vendor V-1"),
    (payment(VENDORID="V-0"), "Vendor 'V-0' specified is not valid"),
    (payment(detail("99")), "Oops, we can't find this transaction"),
    (payment(detail("x")), "Oops, we can't find this transaction"),
    (payment(detail(amount="120.01")), "The payment amount 120.01 exceeds total amount due (120.00) on detail 1"),
    (payment(detail(amount="60.01"), detail(amount="60.00")), "exceeds total amount due (120.00) on detail 2"),
    (payment(PAYMENTDATE="03/09/2025"), "must be on or after the bill's posting date 03/10/2025"),
    (payment(PAYMENTDATE="12/31/2024"), "within a period that's been closed"),
    (payment(EXCH_RATE_TYPE_ID="Mine"), "Exchange rate type 'Mine' is not valid"),
    (payment(EXCH_RATE_TYPE_ID="Mine", EXCHANGE_RATE="1"), "exclude each other"),
]


class TestRefusals:
    @pytest.mark.parametrize(("function", "text"), REFUSALS)
    def test_are_made(self, client, function, text):
        reply = client.send(function)

        assert reply.statuses == ["failure"]
        assert any(text in each for each in reply.errors), reply.errors
        assert reply.errors[-1] == "Could not create APPYMT record."
        assert (client.sandbox.payments(), state(client)) == ([], ("Posted", D("120.00")))

    def test_say_that_a_bill_is_paid_already(self, client):
        client.send(payment())

        assert "exceeds total amount due (0)" in client.send(payment()).errors[0]

    @pytest.mark.parametrize(
        ("header", "end", "text"),
        [
            ({"ACTION": "Draft"}, None, "its state is Draft"),
            ({"VENDORID": "V-APPROVE"}, None, "its state is Submitted"),
            ({"VENDORID": "V-APPROVE"}, "decline", "its state is Declined"),
            ({}, "reverse", "its state is Reversed"),
            ({"ONHOLD": "true"}, None, "Bill 2 is on hold"),
        ],
    )
    def test_ask_for_a_posted_bill(self, client, header, end, text):
        client.send(bill(RECORDID="2", **header))
        if end == "decline":
            client.sandbox.decline("APBILL", "2", NOW)
        if end == "reverse":
            client.send(reversal("2"))

        reply = client.send(payment(detail("2"), VENDORID=header.get("VENDORID", "V-1")))

        assert any(text in each for each in reply.errors), reply.errors

    @pytest.mark.parametrize(
        ("change", "text"), [({"STATUS": "inactive"}, "Activate the vendor V-1"), ({"ONHOLD": "true"}, "The vendor V-1 is on hold")]
    )
    def test_follow_what_became_of_the_vendor(self, client, change, text):
        change_object(client.sandbox.books, "VENDOR", "V-1", **change)

        assert text in client.send(payment()).errors[0]

    @pytest.mark.parametrize(
        ("module", "text"), [("AP", "Accounts Payable is closed"), ("CM", "Cash Management is closed"), ("GL", "closed")]
    )
    def test_tell_the_three_periods_apart(self, client, module, text):
        set_first_open_day(client.sandbox.books, "UK01", date(2025, 3, 25), module)

        assert text in client.send(payment()).errors[0]
        assert client.send(payment(PAYMENTDATE="03/25/2025")).statuses == ["success"]

    def test_keep_entities_apart(self, client):
        other = payables_client("US01")
        other.sandbox.books.put("intacct", "APBILL", "1", client.sandbox.books.get("intacct", "APBILL", "1"))

        assert "Oops" in other.send(payment()).errors[0]

    def test_name_the_missing_account_for_differences(self, client):
        prefer(client, "GAIN_LOSS_ACCOUNT", "")
        client.send(bill(RECORDID="2", **EUR))

        pay = payment(detail("2"), FINANCIALENTITY="CHK-EUR", **EUR)
        assert "multi-currency gain and losses" in client.send(pay).errors[0]
        on_time = payment(detail("2"), FINANCIALENTITY="CHK-EUR", PAYMENTDATE="03/10/2025", **EUR)
        assert client.send(on_time).statuses == ["success"]


class TestUpdateBill:
    def test_attaches_a_file_later(self, client):
        reply = with_attachment(client).send(update(RECORDNO="1", SUPDOCID="A1"))

        assert reply.statuses == ["success"]
        assert reply.text("operation/result/data/apbill/RECORDNO") == "1"
        assert (client.sandbox.bills()[0]["supdocid"], state(client)) == ("A1", ("Posted", D("120.00")))

    @pytest.mark.parametrize(
        ("function", "text"),
        [
            (update(SUPDOCID="A1"), "Required field RECORDNO is missing"),
            (update(RECORDNO="1", SUPDOCID="A9"), "Attachment 'A9' is not valid"),
            (update(RECORDNO="9", SUPDOCID="A1"), "Oops"),
            (update(RECORDNO="1", VENDORID="V-2"), "element VENDORID is not known"),
            (update(RECORDNO="1", ONHOLD="maybe"), "'maybe' is not one of"),
            ("<update><APBILL><RECORDNO>1</RECORDNO><APBILLITEMS><APBILLITEM/></APBILLITEMS></APBILL></update>", "carry out APBILLITEMS"),
            ("<update><GLBATCH><RECORDNO>1</RECORDNO></GLBATCH></update>", "the sandbox cannot update it"),
        ],
    )
    def test_refuses(self, client, function, text):
        reply = with_attachment(client).send(function)

        assert reply.statuses == ["failure"] and any(text in each for each in reply.errors), reply.errors

    def test_refuses_a_paid_bill_unless_told_otherwise(self, client):
        with_attachment(client).send(payment())
        assert client.send(update(RECORDNO="1", SUPDOCID="A1")).numbers[0] == "BL03000215"

        client.sandbox.paid_bills_open = True

        assert client.send(update(RECORDNO="1", SUPDOCID="A1")).statuses == ["success"]

    def test_belongs_to_the_request_schema(self, client):
        assert "update without an object" in client.send("<update/>").errors[0]


class TestReverseBill:
    def test_turns_every_posting_and_frees_the_number(self, client):
        client.send(bill(item(taxes=entry(RC_IN) + entry(RC_OUT, "-20.00")), RECORDID="2"))
        reply = client.send(reversal("1"), reversal("2"))

        assert reply.statuses == ["success", "success"] and reply.texts("operation/result/key") == ["1", "2"]
        assert [state(client, number) for number in (0, 1)] == [("Reversed", 0)] * 2
        assert {client.sandbox.account_balance("UK01", number) for number in ("6100", "2200", "2201", "2000")} == {0}
        assert set(client.sandbox.vat_boxes("UK01").values()) == {0}
        assert client.sandbox.ledger()[-1]["date"] == "03/31/2025"
        assert client.sandbox.vat_boxes("UK01", year_month="2025-03") == dict.fromkeys((1, 4, 6, 7), 0)
        assert client.send(bill()).statuses == ["success"]

    @pytest.mark.parametrize(
        ("function", "text"),
        [
            (reversal("9"), "Oops"),
            (reversal("1", ("2025", "03", "09")), "must be on or after the posting date 03/10/2025"),
            (reversal("1", ("2025", "13", "09")), "is not a date"),
        ],
    )
    def test_refuses(self, client, function, text):
        assert text in client.send(function).errors[0]

    def test_refuses_a_paid_bill_and_closed_periods(self, client):
        set_first_open_day(client.sandbox.books, "UK01", date(2025, 4, 1), "AP")
        assert "Accounts Payable is closed" in client.send(reversal()).errors[0]
        set_first_open_day(client.sandbox.books, "UK01", date(2025, 1, 1), "AP")
        client.send(payment())

        assert client.send(reversal()).numbers[0] == "BL03000215"


class TestVoidPayment:
    def test_makes_the_bill_due_again(self, client):
        client.send(payment(detail(amount="20.00")))
        client.send(payment(detail(amount="100.00")))

        client.sandbox.void_payment("1", NOW)

        assert state(client) == ("Partially Paid", D("20.00"))
        client.sandbox.void_payment("2", NOW)
        assert state(client) == ("Posted", D("120.00"))
        assert [each["state"] for each in client.sandbox.payments()] == ["Voided", "Voided"]
        assert client.sandbox.account_balance("UK01", "1050") == 0
        assert client.sandbox.payables_balance("UK01") == D("120.00")
        with pytest.raises(ValueError, match="not confirmed"):
            client.sandbox.void_payment("1", NOW)


class TestPreferences:
    @pytest.mark.parametrize("application", ["AP", "GL", "CM", "ME"])
    def test_are_listed(self, client, application):
        prefer(client, "BILL_APPROVAL")
        reply = client.send(f'<get_companyprefs application="{application}"/>')

        names = reply.texts("operation/result/data/companypref/preference")
        values = dict(zip(names, reply.texts("operation/result/data/companypref/prefvalue"), strict=True))
        assert values
        if application == "AP":
            assert (values["BILL_APPROVAL"], values["GAIN_LOSS_ACCOUNT"]) == ("true", "7900")

    def test_of_an_unknown_application_are_refused(self, client):
        assert "'XX' is not known" in client.send('<get_companyprefs application="XX"/>').errors[0]


class TestOpenBills:
    def test_add_up_to_the_control_account_in_every_entity(self):
        client = payables_client("")
        lines = [("UK01", "10.00"), ("US01", "20.00"), ("UK01", "30.00")]
        for number, (entity, amount) in enumerate(lines):
            currency = {"UK01": "GBP", "US01": "USD"}[entity]
            client.send(bill(item(amount=amount, LOCATIONID=entity), RECORDID=str(number), BASECURR=currency, CURRENCY=currency))

        for entity, total in (("UK01", D("40.00")), ("US01", D("20.00")), ("PX01", 0)):
            assert sum(each["base_due"] for each in client.sandbox.open_bills(entity)) == total
            assert client.sandbox.payables_balance(entity) == total
