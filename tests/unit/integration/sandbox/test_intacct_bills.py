"""Bills: what stands in the ledger afterwards, and everything that is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from integration.sandbox.intacct.objects import change_object, put_object, set_first_open_day
from tests.unit.integration.sandbox.intacct_kit import NOW, STANDARD, UK_VAT, elements, single_currency
from tests.unit.integration.sandbox.payables_kit import (
    RC_IN,
    RC_OUT,
    REDUCED,
    bill,
    entry,
    item,
    payables_client,
    postings,
    prefer,
    rows,
    with_attachment,
)

REVERSE = entry(RC_IN) + entry(RC_OUT, "-20.00")
EUR = {"CURRENCY": "EUR", "EXCH_RATE_TYPE_ID": "Intacct Daily Rate"}


@pytest.fixture
def client():
    return payables_client()


def only(client):
    (found,) = client.sandbox.bills()
    return found


class TestCreateBill:
    def test_posts_lines_taxes_and_what_is_owed(self, client):
        reply = client.send(bill(DOCNUMBER="KEY1", DESCRIPTION="Trains"))

        assert reply.statuses == ["success"]
        assert reply.text("operation/result/data/apbill/RECORDNO") == "1"
        assert postings(client) == [("6100", "debit", D("100.00")), ("2200", "debit", D("20.00")), ("2000", "credit", D("120.00"))]
        found = only(client)
        assert (found["state"], found["total"], found["due"], found["reference"]) == ("Posted", D("120.00"), D("120.00"), "KEY1")
        (entry_,) = client.sandbox.ledger()
        assert (entry_["module"], entry_["source"], entry_["date"], entry_["entity"]) == ("AP", "APBILL 1", "03/10/2025", "UK01")
        assert client.sandbox.ledger("GL") == []
        assert client.sandbox.vat_boxes("UK01") == {1: 0, 4: D("20.00"), 6: 0, 7: D("100.00")}
        assert client.sandbox.payables_balance("UK01") == D("120.00")

    def test_shows_itself_with_the_documented_fields(self, client):
        client.send(bill(item(taxes=entry(), DEPARTMENTID="100", GLDIMCOST_CENTRE="10017", ENTRYDESCRIPTION="Taxi"), TERMNAME="30 days"))

        names = (
            "RECORDNO", "RECORDID", "VENDORID", "WHENCREATED", "WHENPOSTED", "WHENDUE", "STATE", "RAWSTATE", "DOCNUMBER", "CURRENCY",
            "BASECURR", "TOTALENTERED", "TRX_TOTALENTERED", "TRX_TOTALPAID", "TRX_TOTALDUE", "SUPDOCID", "ONHOLD", "MEGAENTITYID",
            "AUWHENCREATED", "VENDOR.NAME", "PRBATCH", "INCLUSIVETAX",
        )  # fmt: skip
        (row,) = rows(client, "APBILL", *names, VENDORID="V-1", RECORDID="INV-1")
        assert (row["WHENCREATED"], row["WHENPOSTED"], row["WHENDUE"]) == ("03/10/2025", "03/10/2025", "03/31/2025")
        assert (row["STATE"], row["RAWSTATE"], row["TRX_TOTALDUE"], row["VENDOR.NAME"]) == ("Posted", "A", "120.00", "V-1")
        lines = rows(
            client, "APBILLITEM", "RECORDNO", "LINE_NO", "ACCOUNTNO", "TRX_AMOUNT", "LOCATIONID", "DEPARTMENTID", "GLDIMCOST_CENTRE",
            "SUBTOTAL", "PARENTENTRY", "ENTRYDESCRIPTION", RECORDKEY="1",
        )  # fmt: skip
        assert [(line["ACCOUNTNO"], line["TRX_AMOUNT"], line["SUBTOTAL"]) for line in lines] == [
            ("6100", "100.00", ""), ("2200", "20.00", "T"),
        ]  # fmt: skip
        assert (lines[0]["DEPARTMENTID"], lines[0]["GLDIMCOST_CENTRE"], lines[1]["PARENTENTRY"]) == ("100", "10017", lines[0]["RECORDNO"])
        (tax,) = rows(client, "TAXRECORD", "TAXTYPE", "STATE", "DETAILID", "TRX_TAX", "TRX_AMOUNT", "RECORDKEY")
        assert tax == {
            "TAXTYPE": "Input Tax", "STATE": "Posted", "DETAILID": STANDARD, "TRX_TAX": "20.00", "TRX_AMOUNT": "100.00", "RECORDKEY": "1",
        }  # fmt: skip

    def test_works_the_tax_out_where_none_is_stated(self, client):
        client.send(bill(item(amount="33.33", taxes=entry(amount=None))))

        assert only(client)["total"] == D("40.00")

    @pytest.mark.parametrize(
        ("gross", "taxes", "net", "tax"),
        [
            ("120.00", entry(amount=None), "100.00", "20.00"),
            ("99.99", entry(amount=None), "83.32", "16.67"),
            ("99.99", entry(amount="16.66"), "83.33", "16.66"),
            ("100.00", entry(RC_IN, None) + entry(RC_OUT, None), "100.00", "20.00"),
            ("50.00", "", "50.00", None),
        ],
    )
    def test_takes_gross_lines(self, client, gross, taxes, net, tax):
        reply = client.send(bill(item(amount=None, TOTALTRXAMOUNT=gross, taxes=taxes), INCLUSIVETAX="true"))

        assert reply.statuses == ["success"]
        (line,) = only(client)["lines"]
        assert line["amount"] == D(net) and only(client)["total"] == D(gross)
        assert [each["amount"] for each in line["taxes"]][:1] == ([D(tax)] if tax else [])

    def test_keeps_a_zero_rate_in_the_values_of_the_return(self, client):
        client.send(bill(item(taxes=entry("UK Purchase Zero", "0.00"))))

        assert client.sandbox.vat_boxes("UK01") == {1: 0, 4: 0, 6: 0, 7: D("100.00")}
        assert postings(client) == [("6100", "debit", D("100.00")), ("2000", "credit", D("100.00"))]

    def test_posts_both_sides_of_a_reverse_charge(self, client):
        client.send(bill(item(taxes=REVERSE)))

        assert postings(client) == [
            ("6100", "debit", D("100.00")), ("2200", "debit", D("20.00")), ("2201", "credit", D("20.00")), ("2000", "credit", D("100.00")),
        ]  # fmt: skip
        assert client.sandbox.vat_boxes("UK01") == {1: D("20.00"), 4: D("20.00"), 6: D("100.00"), 7: D("100.00")}

    def test_counts_the_net_of_a_line_with_two_taxes_once(self, client):
        client.send(bill(item(taxes=entry() + entry(REDUCED, "5.00"))))

        assert only(client)["total"] == D("125.00")
        assert client.sandbox.vat_boxes("UK01") == {1: 0, 4: D("25.00"), 6: 0, 7: D("100.00")}

    def test_takes_discount_lines(self, client):
        client.send(bill(item(taxes=entry()), item(amount="-10.00", taxes=entry(amount="-2.00"))))

        assert only(client)["total"] == D("108.00")
        assert postings(client)[2:] == [
            ("6100", "credit", D("10.00")), ("2200", "credit", D("2.00")), ("2000", "credit", D("108.00")),
        ]  # fmt: skip
        assert client.sandbox.vat_boxes("UK01")[4] == D("18.00")

    def test_makes_tax_that_cannot_be_recovered_a_cost(self):
        client = payables_client("PX01")
        client.send(bill(item(taxes=entry(), LOCATIONID="PX01", PARTIALEXEMPT="true")))

        assert postings(client) == [
            ("6100", "debit", D("100.00")), ("2200", "debit", D("12.00")), ("6100", "debit", D("8.00")), ("2000", "credit", D("120.00")),
        ]  # fmt: skip
        assert client.sandbox.vat_boxes("PX01")[4] == D("12.00")

    def test_keeps_both_currencies_in_balance(self, client):
        lines = [item(amount=amount, taxes=entry(amount="0.01")) for amount in ("33.33", "33.33", "52.34")]
        client.send(bill(*lines, **EUR))

        found = only(client)
        assert (found["total"], found["currency"], found["base_currency"]) == (D("119.03"), "EUR", "GBP")
        assert found["base_total"] == D("28.45") + D("28.45") + D("44.68") + 3 * D("0.01")
        assert client.sandbox.payables_balance("UK01") == found["base_total"]

    @pytest.mark.parametrize("header", [{}, {"EXCH_RATE_TYPE_ID": ""}, {"EXCHANGE_RATE": "0.8537"}, {"EXCH_RATE_DATE": "03/05/2025"}])
    def test_finds_a_rate(self, client, header):
        assert client.send(bill(CURRENCY="EUR", BASECURR="GBP", **header)).statuses == ["success"]
        assert only(client)["base_total"] == D("85.37") + D("17.07")

    def test_dates_the_posting_apart_where_that_is_enabled(self, client):
        prefer(client, "OVERRIDE_POSTING_DATE")
        client.send(bill(WHENCREATED="02/20/2025", WHENPOSTED="03/01/2025"))

        assert (only(client)["date"], only(client)["posting_date"], client.sandbox.ledger()[0]["date"]) == (
            "02/20/2025", "03/01/2025", "03/01/2025",
        )  # fmt: skip

    def test_numbers_bills_by_sequence_where_that_is_set(self, client):
        prefer(client, "BILL_SEQUENCING")
        client.send(bill(RECORDID=None), bill(RECORDID=None))

        assert [each["number"] for each in client.sandbox.bills()] == ["BILL-00001", "BILL-00002"]

    def test_takes_a_number_twice_only_where_that_is_allowed(self, client):
        reply = client.send(bill(), bill(), bill(VENDORID="V-2"))

        assert reply.statuses == ["success", "failure", "success"]
        assert reply.numbers[0] == "BL03002185"
        prefer(client, "ALLOW_DUPLICATE_BILLNO")
        assert client.send(bill()).statuses == ["success"]

    def test_takes_labels_and_summaries_where_they_are_used(self, client):
        prefer(client, "ACCOUNT_LABELS")
        prefer(client, "USER_NAMED_SUMMARIES")
        client.send(bill(item(None, ACCOUNTLABEL="Taxi"), PRBATCH="Cards March"))

        assert (only(client)["lines"][0]["account"], only(client)["summary"]) == ("6100", "Cards March")

    def test_takes_an_attachment(self, client):
        with_attachment(client).send(bill(SUPDOCID="A1"))

        assert only(client)["supdocid"] == client.sandbox.ledger()[0]["supdocid"] == "A1"

    def test_knows_each_entitys_base_currency_and_taxes(self):
        for name, currency in (("US01", "USD"), ("ZA01", "ZAR")):
            client = payables_client(name)
            taxes = entry("ZA Standard", "15.00") if name == "ZA01" else ""
            assert client.send(bill(item(LOCATIONID=name, taxes=taxes), base=currency)).statuses == ["success"]
            assert (only(client)["base_currency"], only(client)["entity"]) == (currency, name)

    def test_names_solution_and_base_at_the_top_level(self):
        client = payables_client("")
        reply = client.send(bill(TAXSOLUTIONID=UK_VAT), bill(RECORDID="2"), bill(RECORDID="3", BASECURR=None))

        assert reply.statuses == ["success", "failure", "failure"]
        assert "TAXSOLUTIONID is required" in " ".join(reply.errors) and "BASECURR is missing" in " ".join(reply.errors)
        assert only(client)["entity"] == "UK01"

    def test_needs_no_currency_in_a_company_of_one(self):
        client = single_currency(payables_client())

        reply = client.send(bill(CURRENCY=None, BASECURR=None), bill(RECORDID="2", CURRENCY="EUR", BASECURR=None))

        assert reply.statuses == ["success", "failure"]
        assert "Currency 'EUR' is not valid" in reply.errors[0]

    def test_leaves_a_draft_without_postings_and_checks_little(self, client):
        head = elements(ACTION="Draft", BASECURR="GBP", CURRENCY="GBP")
        reply = client.send(f"<create><APBILL>{head}<APBILLITEMS>{item()}</APBILLITEMS></APBILL></create>")

        assert reply.statuses == ["success"]
        assert (only(client)["state"], client.sandbox.ledger(), client.sandbox.open_bills("UK01")) == ("Draft", [], [])

    def test_may_be_held_back_from_payment(self, client):
        client.send(bill(ONHOLD="true"))

        assert only(client)["on_hold"] and client.sandbox.payables_balance("UK01") == D("120.00")

    def test_knows_restricted_vendors(self, client):
        assert client.send(bill(VENDORID="V-SOME")).statuses == ["success"]

    def test_leaves_nothing_behind_when_refused(self, client):
        client.send(bill(item("9999")))

        assert (client.sandbox.bills(), client.sandbox.ledger(), client.sandbox.books.all("intacct", "APBILLITEM")) == ([], [], [])

    def test_names_every_mistake_and_the_generic_one_last(self, client):
        reply = client.send(bill(item("9999"), item("6900"), VENDORID="V-9"))

        assert [text.split()[0] for text in reply.errors] == ["Activate", "Account", "Account", "Could"]


REFUSALS = [
    (bill(VENDORID=None), "Required field VENDORID is missing"),
    (bill(WHENCREATED=None), "Required field WHENCREATED is missing"),
    (bill(WHENDUE=None), "Required field WHENDUE is missing"),
    (bill(RECORDID=None), "Enter a Bill number, and try again"),
    (bill(RECORDID="x" * 31), "RECORDID: 31 characters, 30 are allowed"),
    (bill(DOCNUMBER="x" * 21), "DOCNUMBER: 21 characters, 20 are allowed"),
    (bill(DESCRIPTION="x" * 81), "DESCRIPTION: 81 characters, 80 are allowed"),
    (bill(item(ENTRYDESCRIPTION="x" * 501)), "ENTRYDESCRIPTION on line 1: 501 characters, 500 are allowed"),
    (bill(WHENCREATED="2025-03-10"), "'2025-03-10' is not a date"),
    (bill(WHENDUE="31/03/2025"), "'31/03/2025' is not a date"),
    (bill(COLOUR="red"), "element COLOUR is not known"),
    (bill(extra="<SUPDOCID>A</SUPDOCID><SUPDOCID>B</SUPDOCID>"), "SUPDOCID occurs twice"),
    (bill(ACTION="Post"), "'Post' is not one of Submit, Draft"),
    (bill(ONHOLD="yes"), "'yes' is not one of true, false"),
    (bill(PAYMENTPRIORITY="now"), "'now' is not one of urgent"),
    (bill(INCLUSIVETAX="T"), "'T' is not one of true, false"),
    (bill("<LINE/>"), "element LINE is not known"),
    ("<create><APBILL><VENDORID>V-1</VENDORID></APBILL></create>", "A bill needs at least one line"),
    (bill(VENDORID="V-0"), "Vendor 'V-0' specified is not valid."),
    (bill(VENDORID="v-1"), "Vendor 'v-1' specified is not valid."),
    (bill(VENDORID="V-US"), "Vendor 'V-US' specified is not valid."),
    (bill(VENDORID="V-9"), "Activate the vendor V-9"),
    (bill(VENDORID="V-HOLD"), "The vendor V-HOLD is on hold"),
    (bill(VENDORID="V-ROOT"), "not allowed in UK01"),
    (bill(VENDORID="V-OTHER"), "not allowed in UK01"),
    (bill(TERMNAME="60 days"), "Term '60 days' specified is not valid"),
    (bill(SUPDOCID="A9"), "Attachment 'A9' is not valid"),
    (bill(WHENPOSTED="03/11/2025"), "overriding it is not enabled"),
    (bill(WHENCREATED="12/31/2024"), "within a period that's been closed"),
    (bill(CURRENCY=None), "Required field CURRENCY is missing"),
    (bill(BASECURR=None), "Required field BASECURR is missing"),
    (bill(CURRENCY="eur"), "Currency 'eur' is not valid"),
    (bill(CURRENCY="CHF"), "No exchange rate from CHF to GBP"),
    (bill(CURRENCY="EUR", BASECURR="USD"), "Base currency 'USD' is not the one of this entity, GBP"),
    (bill(CURRENCY="EUR", EXCH_RATE_TYPE_ID="Mine"), "Exchange rate type 'Mine' is not valid"),
    (bill(CURRENCY="EUR", EXCH_RATE_TYPE_ID="Intacct Daily Rate", EXCHANGE_RATE="0.9"), "exclude each other"),
    (bill(item(None)), "Required field ACCOUNTNO is missing on line 1"),
    (bill(item(None, ACCOUNTLABEL="Taxi")), "account labels are not enabled"),
    (bill(item("9999")), "Account 9999 is not valid on line 1"),
    (bill(item("6900")), "it is inactive"),
    (bill(item("6150")), "Account 6150 is not valid"),
    (bill(item("2000")), "Account 2000 is not valid on line 1: it is a subledger control account"),
    (bill(item("1050")), "1050 is associated to the Bank account on line 1"),
    (bill(item("6400")), "The account number '6400' requires a Project on line 1"),
    (bill(item(amount=None)), "Required field TRX_AMOUNT is missing on line 1"),
    (bill(item(amount="1.001")), "more than 2 decimals"),
    (bill(item(amount="1,00")), "'1,00' is not a number"),
    (bill(item(TOTALTRXAMOUNT="121.00", taxes=entry())), "TOTALTRXAMOUNT 121.00 differs"),
    (bill(item(), INCLUSIVETAX="true"), "Required field TOTALTRXAMOUNT is missing"),
    (bill(item(amount="-100.00")), "must be greater than zero"),
    (bill(item(amount="0.00")), "must be greater than zero"),
    (bill(item(LOCATIONID=None)), "Use of empty Location is invalid"),
    (bill(item(LOCATIONID="NYC")), "it belongs to entity US01"),
    (bill(item(LOCATIONID="HALL")), "active non-posting"),
    (bill(item(LOCATION="UK01")), "element LOCATION is not known"),
    (bill(item(DEPARTMENT="100")), "element DEPARTMENT is not known"),
    (bill(item(DEPARTMENTID="900")), "Department '900' specified is not valid on line 1: it is inactive"),
    (bill(item(GLDIMCOST_CENTRE="1")), "Cost centre '1' specified is not valid"),
    (bill(item(GLDIMOTHER="1")), "element GLDIMOTHER is not known"),
    (bill(item(ALLOCATION="A")), "The sandbox does not carry out ALLOCATION"),
    (bill(item(TAXSOLUTIONID=UK_VAT)), "element TAXSOLUTIONID is not known"),
    (bill(item(INCLUSIVETAX="true")), "element INCLUSIVETAX is not known"),
    (bill(TAXSOLUTIONID=UK_VAT), "TAXSOLUTIONID is for the top level only"),
    (bill(item(taxes="<TAX/>")), "TAXENTRIES holds TAXENTRY only"),
    (bill(item(taxes=entry("UK Nothing"))), "'UK Nothing' is not valid on line 1: it does not exist"),
    (bill(item(taxes=entry("UK Old"))), "it is inactive"),
    (bill(item(taxes=entry("UK Sale"))), "it is of type Sale"),
    (bill(item(taxes=entry("Irish"))), "it belongs to tax solution Ireland - VAT"),
    (bill(item(taxes=entry("", "1.00"))), "Required field DETAILID is missing"),
    (bill(item(taxes=entry() + entry())), "The same tax detail occurs twice"),
    (bill(item(taxes=entry(amount="-20.00"))), "Tax -20.00 is not possible"),
    (bill(item(taxes=entry("UK Purchase Zero", "1.00"))), "Tax 1.00 is not possible"),
    (bill(item(taxes=entry(RC_IN))), "needs two tax entries of equal and opposite rate"),
    (bill(item(taxes=entry(RC_IN) + entry())), "needs two tax entries of equal and opposite rate"),
    (bill(item(taxes=entry(RC_IN) + entry("UK Reverse Output 5", "-20.00"))), "needs two tax entries of equal and opposite rate"),
    (bill(item(taxes=entry(RC_IN) + entry("UK Reverse", "-20.00"))), "needs two tax entries of equal and opposite rate"),
    (bill(item(taxes=entry(RC_IN) + entry(RC_OUT, "-19.99"))), "must add up to zero, not 0.01"),
    (bill(item(taxes=entry(RC_IN, "-20.00") + entry(RC_OUT, "20.00"))), "is not possible"),
    (bill(item(taxes=entry(), PARTIALEXEMPT="true")), "entity UK01 is not partially exempt"),
]


class TestRefusals:
    @pytest.mark.parametrize(("function", "text"), REFUSALS)
    def test_are_made(self, client, function, text):
        reply = client.send(function)

        assert reply.statuses == ["failure"]
        assert any(text in each for each in reply.errors), reply.errors
        assert reply.errors[-1] == "Could not create APBILL record."
        assert client.sandbox.bills() == []

    @pytest.mark.parametrize(
        ("entity", "function", "text"),
        [
            ("US01", bill(item(LOCATIONID="US01", taxes=entry())), "Entity US01 has no tax solution; TAXENTRIES is not allowed"),
            ("US01", bill(item(LOCATIONID="US01", amount=None, TOTALTRXAMOUNT="1.00"), INCLUSIVETAX="true"), "INCLUSIVETAX is not allowed"),
            (
                "ZA01",
                bill(item(LOCATIONID="ZA01", taxes=entry("ZA Standard", "15.00") + entry("ZA Other", "1.00"))),
                "South Africa - VAT takes one TAXENTRY, not 2",
            ),
            ("PX01", bill(item(LOCATIONID="PX01", taxes=REVERSE, PARTIALEXEMPT="true")), "PARTIALEXEMPT with reverse charge"),
            ("PX01", bill(item(LOCATIONID="PX01", PARTIALEXEMPT="true")), "PARTIALEXEMPT needs tax entries"),
            ("", bill(item(), item(LOCATIONID="US01")), "several entities"),
        ],
    )
    def test_depend_on_the_entity(self, entity, function, text):
        reply = payables_client(entity).send(function)

        assert reply.statuses == ["failure"] and any(text in each for each in reply.errors), reply.errors

    @pytest.mark.parametrize(
        ("preference", "function", "text"),
        [
            ("ACCOUNT_LABELS", bill(), "bills use account labels"),
            ("ACCOUNT_LABELS", bill(item(ACCOUNTLABEL="Taxi")), "bills use account labels"),
            ("ACCOUNT_LABELS", bill(item(None, ACCOUNTLABEL="Gone")), "Account label 'Gone' is not valid"),
            ("USER_NAMED_SUMMARIES", bill(), "Required field PRBATCH is missing"),
        ],
    )
    def test_depend_on_preferences(self, client, preference, function, text):
        prefer(client, preference)

        assert any(text in each for each in client.send(function).errors)

    @pytest.mark.parametrize(
        ("flag", "given"), [("REQUIREDEPT", {"DEPARTMENTID": "100"}), ("REQUIREPROJECT", {"PROJECTID": "P-1"}), ("REQUIRELOC", {})]
    )
    def test_ask_for_the_dimensions_that_an_account_requires(self, client, flag, given):
        change_object(client.sandbox.books, "GLACCOUNT", "6200", **{flag: "true"})

        bare, full = client.send(bill(item("6200"))), client.send(bill(item("6200", **given), RECORDID="2"))

        assert bare.statuses == (["failure"] if given else ["success"]) and full.statuses == ["success"]
        assert not given or "The account number '6200' requires a" in bare.errors[0]

    def test_ask_for_the_parents_of_tasks_and_cost_types(self, client):
        books = client.sandbox.books
        for kind in ("TASK", "COSTTYPE"):
            row = {"objectName": kind, "objectLabel": kind, "termLabel": kind.capitalize(), "userDefinedDimension": "false"}
            books.put("intacct", "DIMENSION", kind, row | {"enabledInGL": "true"})
        for project in ("P-0", "P-1"):
            put_object(books, "TASK", TASKID="T", PROJECTID=project, NAME="T")
            put_object(books, "COSTTYPE", COSTTYPEID="C", PROJECTID=project, TASKID="T", NAME="C", STATUS="active")
        full = {"PROJECTID": "P-1", "TASKID": "T", "COSTTYPEID": "C"}

        assert client.send(bill(item(**full))).statuses == ["success"]
        for missing, name in (("PROJECTID", "Task 'T'"), ("TASKID", "Costtype 'C'")):
            reply = client.send(bill(item(**{**full, missing: None}), RECORDID="2"))
            assert any(f"{name} specified is not valid on line 1" in each for each in reply.errors), reply.errors

    def test_need_a_payables_account(self, client):
        change_object(client.sandbox.books, "GLACCOUNT", "2000", ALTERNATIVEACCOUNT="None")

        assert "No payables account" in client.send(bill()).errors[0]

    def test_tell_payables_and_ledger_apart(self, client):
        set_first_open_day(client.sandbox.books, "UK01", date(2025, 3, 15), "AP")
        set_first_open_day(client.sandbox.books, "UK01", date(2025, 3, 20), "CM")

        reply = client.send(bill(), bill(WHENCREATED="03/15/2025"))

        assert reply.statuses == ["failure", "success"]
        assert reply.errors[0] == "Date 03/10/2025 must be on or after 03/15/2025: Accounts Payable is closed for earlier dates."

    def test_follow_permissions(self, client):
        company = client.sandbox.books.get("intacct", "COMPANY", "TEST")
        client.sandbox.books.put("intacct", "COMPANY", "TEST", company | {"DENIED": ["CREATE APBILL"]})

        assert "permission for API operation CREATE on objects of type APBILL" in client.send(bill()).errors[0]


class TestApproval:
    def test_posts_when_approved(self, client):
        client.send(bill(VENDORID="V-APPROVE"), bill(RECORDID="2"))
        waiting = client.sandbox.bills()[0]
        assert (waiting["state"], client.sandbox.bills()[1]["state"], len(client.sandbox.ledger())) == ("Submitted", "Posted", 1)
        assert rows(client, "APBILL", "RAWSTATE", RECORDNO="1") == [{"RAWSTATE": "S"}]

        client.sandbox.approve("APBILL", "1", NOW)

        assert client.sandbox.bills()[0]["state"] == "Posted"
        assert postings(client) == [("6100", "debit", D("100.00")), ("2200", "debit", D("20.00")), ("2000", "credit", D("120.00"))]
        assert client.sandbox.vat_boxes("UK01")[4] == D("40.00")

    def test_may_be_declined(self, client):
        prefer(client, "BILL_APPROVAL")
        client.send(bill())

        client.sandbox.decline("APBILL", "1", NOW)

        assert (only(client)["state"], client.sandbox.ledger(), client.sandbox.open_bills("UK01")) == ("Declined", [], [])
        with pytest.raises(ValueError, match="does not wait"):
            client.sandbox.approve("APBILL", "1", NOW)
