from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from integration.sandbox.intacct.objects import change_object, put_rate, set_first_open_day
from tests.unit.integration.sandbox.intacct_kit import (
    STANDARD,
    Client,
    create,
    glbatch,
    line,
    new_client,
    offset,
    single_currency,
    tax,
    taxed,
)

EUR = {"CURRENCY": "EUR", "EXCH_RATE_TYPE_ID": "Intacct Daily Rate"}
INBOUND = {"TAXIMPLICATIONS": "Inbound", "VATVENDORID": "V-1"}


@pytest.fixture
def client() -> Client:
    return new_client()


def postings(client: Client) -> list[tuple[str, str, Decimal]]:
    return [(each["account"], each["side"], each["amount"]) for each in client.sandbox.ledger()[-1]["lines"]]


class TestCreateJournalEntry:
    def test_answers_with_key_and_address(self, client):
        reply = client.send(create())

        assert reply.statuses == ["success"]
        data = reply.xml.find("operation/result/data")
        assert dict(data.attrib) == {"listtype": "objects", "count": "1"}
        assert reply.text("operation/result/data/glbatch/RECORDNO") == "1"
        assert reply.text("operation/result/data/glbatch/RECORD_URL").endswith("/?entry=1")

    def test_keeps_everything_that_was_sent(self, client):
        full = line(
            DEPARTMENT="100", LOCATION="LDN", PROJECTID="P-1", VENDORID="V-1", GLDIMCOST_CENTRE="10017", DESCRIPTION="Taxi &amp; tea",
            DOCUMENT="D1",
        )  # fmt: skip
        client.send(create(full, offset(EMPLOYEEID="E-17"), REFERENCENO="KEY1", HISTORY_COMMENT="why", STATE="Draft"))

        (entry,) = client.sandbox.ledger()
        expense, wallet = entry["lines"]
        assert (entry["entity"], entry["journal"], entry["date"], entry["reference"]) == ("UK01", "PLEO", "03/31/2025", "KEY1")
        assert (entry["state"], entry["currency"]) == ("Draft", "GBP")
        assert (expense["department"], expense["location"], expense["project"], expense["vendor"]) == ("100", "LDN", "P-1", "V-1")
        assert (expense["udd"], expense["description"], expense["document"]) == ({"GLDIMCOST_CENTRE": "10017"}, "Taxi & tea", "D1")
        assert (wallet["employee"], wallet["side"], wallet["amount"]) == ("E-17", "credit", Decimal("100.00"))

    def test_takes_children_in_any_order_and_empty_ones_as_not_given(self, client):
        batch = "<GLBATCH><ENTRIES>" + line(DOCUMENT="") + offset() + "</ENTRIES><BATCH_TITLE>T</BATCH_TITLE><REFERENCENO/>"
        reply = client.send(f"<create>{batch}<BATCH_DATE>3/31/2025</BATCH_DATE><JOURNAL>PLEO</JOURNAL></GLBATCH></create>")

        assert reply.statuses == ["success"]
        assert client.sandbox.ledger()[0]["date"] == "03/31/2025"

    def test_counts_only_posted_entries_in_balances(self, client):
        client.send(create(), create(STATE="Draft"))

        assert client.sandbox.account_balance("UK01", "6100") == Decimal("100.00")
        assert client.sandbox.account_balance("UK01", "1050") == Decimal("-100.00")

    def test_may_create_some_objects_and_fail(self, client):
        reply = client.send(f"<create>{glbatch(line(), offset())}{glbatch(line(), offset('1.00'))}</create>")

        assert reply.statuses == ["failure"]
        assert reply.xml.find("operation/result/data").get("count") == "1"
        assert len(client.sandbox.ledger()) == 1

    def test_leaves_nothing_behind_when_refused(self, client):
        client.send(taxed("UK Old"))

        assert client.sandbox.ledger() == []
        assert client.sandbox.books.all("intacct", "GLENTRY") == []

    def test_names_every_mistake_and_the_generic_one_last(self, client):
        reply = client.send(create(line("9999"), line("6900", "-1"), JOURNAL="XX"))

        assert [text.split()[0] for text in reply.errors] == ["Journal", "Account", "Account", "Could"]

    @pytest.mark.parametrize(
        ("function", "text"),
        [
            (create(JOURNAL=None), "Required field JOURNAL is missing"),
            (create(BATCH_DATE=None), "Required field BATCH_DATE is missing"),
            (create(BATCH_TITLE=""), "Required field BATCH_TITLE is missing"),
            (create(COLOUR="red"), "element COLOUR is not known"),
            (create(extra="<REFERENCENO>A</REFERENCENO><REFERENCENO>B</REFERENCENO>"), "REFERENCENO occurs twice"),
            (create(line(LOCATIONID="UK01"), offset()), "element LOCATIONID is not known"),
            (create(line(DEPARTMENTID="100"), offset()), "element DEPARTMENTID is not known"),
            (create(line(AMOUNT="100.00"), offset()), "element AMOUNT is not known"),
            (create(line(GLDIMOTHER="1"), offset()), "element GLDIMOTHER is not known"),
            (create(line(ITEMID="I-1"), offset()), "element ITEMID is not known"),
            (create("<LINE/>", line(), offset()), "element LINE is not known"),
            (create(line(ACCOUNTNO=None), offset()), "Required field ACCOUNTNO is missing on line 1"),
            (create(line(TR_TYPE=None), offset()), "Required field TR_TYPE is missing on line 1"),
            (create(line(TRX_AMOUNT=None), offset()), "Required field TRX_AMOUNT is missing on line 1"),
            (create(line(side="debit"), offset()), "'debit' is not one of 1, -1"),
            (create(STATE="Submitted"), "'Submitted' is not one of Posted, Draft"),
            (create(TAXIMPLICATIONS="inbound"), "'inbound' is not one of None, Inbound, Outbound"),
            (create(BATCH_DATE="2025-03-31"), "'2025-03-31' is not a date"),
            (create(BATCH_DATE="31/03/2025"), "'31/03/2025' is not a date"),
            (create(BATCH_DATE="03/31/25"), "'03/31/25' is not a date"),
            (create(line(amount="-100.00"), offset("-100.00")), "'-100.00' must be an absolute amount"),
            (create(line(amount="100.001"), offset("100.001")), "more than 2 decimals"),
            (create(line(amount="1,000.00"), offset("1,000.00")), "'1,000.00' is not a number"),
            (create(line(amount="1e2"), offset("1e2")), "'1e2' is not a number"),
            (create(line(amount="NaN"), offset("NaN")), "'NaN' is not a number"),
            (create(line()), "at least two lines"),
            (create(line(), offset("99.99")), "do not balance in GBP"),
            (create(line(), line()), "do not balance in GBP"),
            (create(line("9999"), offset()), "Account 9999 is not valid on line 1"),
            (create(line("6900"), offset()), "Account 6900 is not valid on line 1: it is inactive"),
            (create(line("6150"), offset()), "Account 6150 is not valid on line 1"),
            (create(line("2000"), offset()), "2000 is a subledger control account"),
            (create(line("6400"), offset()), "The account number '6400' requires a Project on line 1"),
            (create(JOURNAL="GJ"), "Journal 'GJ' specified is not valid."),
            (create(JOURNAL="pleo"), "Journal 'pleo' specified is not valid."),
            (create(JOURNAL="OLD"), "Journal 'OLD' specified is not valid: it is inactive"),
            (create(JOURNAL="PLEOX"), "JOURNAL: 5 characters, 4 are allowed"),
            (create(BATCH_TITLE="x" * 81), "BATCH_TITLE: 81 characters, 80 are allowed"),
            (create(REFERENCENO="x" * 21), "REFERENCENO: 21 characters, 20 are allowed"),
            (create(line(DOCUMENT="x" * 31), offset()), "DOCUMENT on line 1: 31 characters, 30 are allowed"),
            (create(line(DESCRIPTION="x" * 81), offset()), "DESCRIPTION on line 1: 81 characters, 80 are allowed"),
            (create(line(LOCATION=None), offset()), "Use of empty Location is invalid on line 1"),
            (create(line(LOCATION="XX"), offset()), "Location 'XX' specified is not valid on line 1."),
            (create(line(LOCATION="NYC"), offset()), "it belongs to entity US01"),
            (create(line(LOCATION="HALL"), offset()), "Location 'HALL' specified is not valid on line 1: it is active non-posting."),
            (create(line(DEPARTMENT="900"), offset()), "Department '900' specified is not valid on line 1: it is inactive."),
            (create(line(DEPARTMENT="777"), offset()), "Department '777' specified is not valid on line 1."),
            (create(line(GLDIMCOST_CENTRE="Marketing"), offset()), "Cost centre 'Marketing' specified is not valid"),
            (create(line(VENDORID="V-9"), offset()), "Vendor 'V-9' specified is not valid on line 1: it is inactive."),
            (create(BATCH_DATE="12/31/2024"), "Your transaction date (12/31/2024) is within a period that's been closed."),
            (create(SUPDOCID="NONE"), "Attachment 'NONE' is not valid"),
            (create(REVERSEDATE="04/30/2025"), "The sandbox does not carry out REVERSEDATE"),
            (create(line(ALLOCATION="x"), offset()), "The sandbox does not carry out ALLOCATION on line 1"),
            ("<create><ARINVOICE/></create>", "Object definition ARINVOICE not found"),
            (create(line(CURRENCY=None), offset()), "Currency is required on entry 1."),
            (create(line(), offset(CURRENCY=None)), "Currency is required on entry 2."),
            (create(line(EXCH_RATE_TYPE_ID=None), offset()), "Currency GBP needs EXCH_RATE_TYPE_ID or EXCHANGE_RATE on line 1"),
            (create(line(CURRENCY="EUR", EXCH_RATE_TYPE_ID=None), offset(**EUR)), "Currency EUR needs EXCH_RATE_TYPE_ID or"),
            (create(line(**EUR, EXCHANGE_RATE="0.85"), offset(**EUR)), "EXCH_RATE_TYPE_ID and EXCHANGE_RATE exclude each other"),
            (create(line(CURRENCY="EUR", EXCHANGE_RATE="0.85371"), offset(**EUR)), "more than 4 decimals"),
            (create(line(**{**EUR, "EXCH_RATE_TYPE_ID": "Mine"}), offset(**EUR)), "Exchange rate type 'Mine' is not valid"),
            (create(line(**{**EUR, "CURRENCY": "JPY"}), offset(**{**EUR, "CURRENCY": "JPY"})), "No exchange rate from JPY to GBP"),
            (create(line(CURRENCY="gbp"), offset()), "Currency 'gbp' is not valid"),
            (create(line(**EUR), offset()), "do not balance in EUR"),
        ],
    )  # fmt: skip
    def test_refuses(self, client, function, text):
        reply = client.send(function)

        assert reply.statuses == ["failure"]
        assert any(text in error for error in reply.errors), reply.errors
        assert client.sandbox.ledger() == []

    @pytest.mark.parametrize(
        ("function", "text"),
        [
            (taxed(TAXIMPLICATIONS=None), "TAXENTRIES need TAXIMPLICATIONS"),
            (taxed(VATVENDORID=None), "Inbound needs a valid VATVENDORID"),
            (taxed(VATVENDORID="V-7"), "Inbound needs a valid VATVENDORID"),
            (taxed(VATVENDORID="V-9"), "Inbound needs a valid VATVENDORID"),
            (taxed(TAXIMPLICATIONS="Outbound"), "Outbound needs a valid VATCUSTOMERID"),
            (taxed(amount=None), "Required field TRX_TAX is missing on line 1"),
            (taxed(amount="-20.00"), "'-20.00' must be an absolute amount"),
            (taxed(amount="20.001"), "more than 2 decimals"),
            (taxed(""), "Required field DETAILID is missing on line 1"),
            (taxed("Nothing"), "'Nothing' is not valid on line 1: it does not exist"),
            (taxed("UK Old"), "it is inactive"),
            (taxed("UK Sale"), "it is of type Sale"),
            (taxed("Irish"), "it belongs to tax solution Ireland - VAT"),
            (taxed("UK Reverse"), "reverse charge needs two tax entries"),
            (taxed(TAXSOLUTIONID="Ireland - VAT"), "The tax solution 'Ireland - VAT' is not valid here"),
            (create(line(TAXENTRIES=tax() + tax(amount="0.00")), offset("120.00"), **INBOUND), "one TAXENTRY, not 2 on line 1"),
            (create(line(TAXENTRIES="<TAX/>"), offset("120.00"), **INBOUND), "TAXENTRIES holds TAXENTRY only"),
            (create(line(TAXENTRIES=tax()), offset("100.00"), **INBOUND), "debits 120.00, credits 100.00"),
        ],
    )
    def test_refuses_tax(self, client, function, text):
        reply = client.send(function)

        assert reply.statuses == ["failure"]
        assert any(text in error for error in reply.errors), reply.errors

    def test_refuses_tax_where_the_entity_has_no_solution(self):
        american = new_client("US01")
        lines = (line(LOCATION="US01", TAXENTRIES=tax()), offset("120.00", LOCATION="US01"))

        reply = american.send(create(*lines, **INBOUND))

        assert [error.split(";")[0] for error in reply.errors[:2]] == ["Entity US01 has no tax solution"] * 2

    def test_refuses_a_solution_that_is_not_vat(self, client):
        change_object(client.sandbox.books, "TAXSOLUTION", "United Kingdom - VAT", TAXMETHOD="Advanced tax")

        assert "The tax solution" in client.send(taxed()).errors[0]

    def test_follows_the_open_period(self, client):
        set_first_open_day(client.sandbox.books, "UK01", date(2025, 4, 1))

        assert "Periods are closed" in client.send(create()).errors[0]
        assert client.send(create(BATCH_DATE="04/01/2025")).statuses == ["success"]


class TestTaxPostings:
    def test_adds_the_tax_to_the_account_of_its_detail(self, client):
        client.send(taxed())

        assert postings(client) == [
            ("6100", "debit", Decimal("100.00")), ("1050", "credit", Decimal("120.00")), ("2200", "debit", Decimal("20.00")),
        ]  # fmt: skip
        entry = client.sandbox.ledger()[0]
        assert [each["is_tax"] for each in entry["lines"]] == [False, False, True]
        assert (entry["lines"][0]["tax_detail"], entry["lines"][0]["tax"]) == (STANDARD, Decimal("20.00"))
        assert (entry["tax_implications"], entry["vat_vendor"]) == ("Inbound", "V-1")

    def test_follow_the_side_of_their_line(self, client):
        client.send(create(line("1050", "1", "48.00"), line("6100", "-1", "40.00", TAXENTRIES=tax(amount="8.00")), **INBOUND))

        assert postings(client)[-1] == ("2200", "credit", Decimal("8.00"))
        (record,) = client.sandbox.books.all("intacct", "TAXRECORD")
        assert (record["TAXTYPE"], record["TRX_TAX"], record["TRX_AMOUNT"]) == ("Input Tax", "-8.00", "-40.00")

    def test_record_a_zero_tax_without_a_posting(self, client):
        client.send(create(line(TAXENTRIES=tax("UK Purchase Zero", "0.00")), offset(), **INBOUND))

        assert len(postings(client)) == 2
        (record,) = client.sandbox.books.all("intacct", "TAXRECORD")
        assert (record["TRX_TAX"], record["TRX_AMOUNT"], record["STATE"]) == ("0.00", "100.00", "Posted")

    def test_take_the_tax_as_sent(self, client):
        client.send(create(line(amount="83.33", TAXENTRIES=tax(amount="16.66")), offset("99.99"), **INBOUND))

        assert client.sandbox.account_balance("UK01", "2200") == Decimal("16.66")


class TestForeignCurrency:
    def test_converts_each_line_half_up(self, client):
        client.send(create(line(amount="119.00", **EUR), offset("119.00", **EUR)))

        assert [each["base_amount"] for each in client.sandbox.ledger()[0]["lines"]] == [Decimal("101.59")] * 2
        assert client.sandbox.account_balance("UK01", "1050") == Decimal("-101.59")

    def test_refuses_a_cent_of_difference_in_base(self, client):
        lines = [line(amount=amount, **EUR) for amount in ("33.33", "33.33", "52.34")]

        reply = client.send(create(*lines, offset("119.00", **EUR)))

        assert "do not balance in base currency GBP: debits 101.58, credits 101.59" in reply.errors[0]

    def test_balances_when_every_line_has_its_offset(self, client):
        lines = [each(amount=amount, **EUR) for each in (line, offset) for amount in ("33.33", "33.33", "52.34")]

        assert client.send(create(*lines)).statuses == ["success"]

    @pytest.mark.parametrize(("offsets", "status"), [(("100.00",), "failure"), (("83.33", "16.67"), "success")])
    def test_settles_no_cent_that_the_tax_leaves(self, client, offsets, status):
        put_rate(client.sandbox.books, "EUR", "GBP", date(2025, 3, 31), "0.853050")
        taxed_line = line(amount="83.33", TAXENTRIES=tax(amount="16.67"), **EUR)

        reply = client.send(create(taxed_line, *(offset(amount, **EUR) for amount in offsets), **INBOUND))

        assert reply.statuses == [status]
        assert [error for error in reply.errors if "base currency" in error] == (
            [] if status == "success" else ["The debits and credits of the transaction do not balance in base currency GBP: debits 85.30, "
                                            "credits 85.31"]
        )  # fmt: skip

    def test_takes_a_rate_or_the_rate_of_another_day(self, client):
        put_rate(client.sandbox.books, "EUR", "GBP", date(2025, 2, 1), "0.8000")
        dated = {**EUR, "EXCH_RATE_DATE": "02/01/2025"}
        given = {"CURRENCY": "EUR", "EXCHANGE_RATE": "0.9"}

        client.send(create(line(**dated), offset(**dated)), create(line(**given), offset(**given)))

        assert [each["lines"][0]["base_amount"] for each in client.sandbox.ledger()] == [Decimal("80.00"), Decimal("90.00")]


class TestOneCurrency:
    """A company whose entities share one base currency, and that has no exchange rates."""

    @pytest.fixture
    def client(self, client) -> Client:
        return single_currency(client)

    @pytest.mark.parametrize("currency", ["GBP", None])
    def test_names_none_or_its_own(self, client, currency):
        plain = {"CURRENCY": currency, "EXCH_RATE_TYPE_ID": None}

        assert client.send(create(line(**plain), offset(**plain))).statuses == ["success"]
        assert {(each["currency"], each["base_amount"]) for each in client.sandbox.ledger()[0]["lines"]} == {("GBP", Decimal("100.00"))}

    def test_takes_no_other(self, client):
        reply = client.send(create(line(**EUR), offset(**EUR)))

        assert "Currency 'EUR' is not valid on line 1" in reply.errors[0]


class TestTopLevel:
    @pytest.fixture
    def client(self) -> Client:
        return new_client("")

    def test_takes_the_entity_from_the_locations(self, client):
        client.send(create(line(LOCATION="LDN"), offset()))

        assert client.sandbox.ledger()[0]["entity"] == "UK01"

    @pytest.mark.parametrize(
        ("function", "text"),
        [
            (create(line(LOCATION=None), offset()), "Use of empty Location is invalid"),
            (create(line(LOCATION="NYC"), offset()), "The lines belong to several entities (UK01, US01)"),
            (taxed(), "TAXSOLUTIONID is required at the top level"),
        ],
    )
    def test_refuses(self, client, function, text):
        assert any(text in error for error in client.send(function).errors)

    def test_takes_tax_with_its_solution(self, client):
        assert client.send(taxed(TAXSOLUTIONID="United Kingdom - VAT")).statuses == ["success"]
