"""Bills, payments and late attachments: as values that cannot be wrong, and as XML that reads back the same."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from integration.intacct import xml
from integration.intacct.documents import Bill, BillLine, Dimension, ExchangeRate, LateAttachment, Payment, TaxEntry, document_key
from integration.money import Money

KEY = document_key("ACME", "e-1", "bill")
RATE = ExchangeRate(date(2026, 3, 8), "Intacct Daily Rate")


def gbp(amount: str) -> Money:
    return Money(Decimal(amount), "GBP")


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


LINE = BillLine(
    "6100",
    gbp("100.00"),
    (TaxEntry("STD", gbp("20.00")),),
    (Dimension("LOCATION", "UK01", "LOCATIONID"), Dimension("DEPARTMENT", "200", "DEPARTMENTID"), Dimension("COST", "17", "GLDIMCOST")),
    "Taxi & <Söhne>",
)
REVERSED = BillLine("6200", gbp("50.00"), (TaxEntry("IN", gbp("10.00")), TaxEntry("OUT", gbp("-10.00"))))
BILL = Bill(KEY, "UK01", "V-1", "INV-1", date(2026, 2, 20), date(2026, 3, 1), date(2026, 3, 22), "Taxi", (LINE, REVERSED))
PAYMENT = Payment(
    document_key("ACME", "e-1", "payment"), "UK01", "V-1", "CHK", "EFT", date(2026, 3, 9), gbp("170.00"), "Taxi", "INV-1", KEY
)
FOREIGN = replace(BILL, lines=(BillLine("6100", eur("119.00")),), exchange_rate=RATE, base_currency="GBP")


class TestBill:
    def test_adds_up(self):
        assert (BILL.total(), BILL.tax_total(), BILL.currency) == (gbp("170.00"), gbp("30.00"), "GBP")

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"vendor": ""}, "needs a vendor and a number"),
            ({"number": " "}, "needs a vendor and a number"),
            ({"number": "x" * 31}, "31 characters"),
            ({"description": "x" * 81}, "81 characters"),
            ({"lines": ()}, "at least one line"),
            ({"lines": (LINE, BillLine("6100", eur("1.00")))}, "one currency"),
            ({"lines": (BillLine("6100", gbp("0.00")),)}, "above zero"),
            ({"lines": (BillLine("6100", gbp("-1.00")),)}, "above zero"),
            ({"due_date": date(2026, 2, 19)}, "before the bill's date"),
            ({"base_currency": "EUR"}, "GBP becomes EUR by no exchange rate"),
            ({"key": "PL-1"}, "not a document key"),
            ({"attachment_key": "receipt"}, "not a document key"),
        ],
    )
    def test_cannot_be_wrong(self, changes, message):
        with pytest.raises(ValueError, match=message):
            replace(BILL, **changes)


class TestBillLine:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"account": ""}, "needs an account"),
            ({"taxes": (TaxEntry("STD", gbp("-1.00")),)}, "another sign"),
            ({"taxes": (TaxEntry("A", gbp("1.00")), TaxEntry("B", gbp("-0.99")))}, "add up to zero"),
            ({"taxes": (TaxEntry("A", gbp("1.00")), TaxEntry("A", gbp("-1.00")))}, "stands twice"),
            ({"taxes": tuple(TaxEntry(code, gbp("0.00")) for code in "ABC")}, "one tax entry, or two"),
            ({"taxes": (), "partially_exempt": True}, "partial exemption"),
            ({"description": "x" * 501}, "501 characters"),
            ({"dimensions": (Dimension("CLASS", "1", "CLASSID"), Dimension("CLASS", "2", "CLASSID"))}, "stands twice"),
        ],
    )
    def test_cannot_be_wrong(self, changes, message):
        with pytest.raises(ValueError, match=message):
            replace(LINE, **changes)


class TestPayment:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"vendor": ""}, "needs a vendor"),
            ({"bank": ""}, "needs a vendor"),
            ({"amount": gbp("0.00")}, "above zero"),
            ({"bill_key": ""}, "which bill"),
            ({"bill_key": "INV-1"}, "not a document key"),
            ({"bill_record": "1 or 2"}, "no record number"),
            ({"description": "x" * 501}, "501 characters"),
            ({"base_currency": "EUR"}, "GBP becomes EUR by no exchange rate"),
        ],
    )
    def test_cannot_be_wrong(self, changes, message):
        with pytest.raises(ValueError, match=message):
            replace(PAYMENT, **changes)

    @pytest.mark.parametrize(("posted", "paid"), [(date(2026, 3, 1), date(2026, 3, 9)), (date(2026, 4, 1), date(2026, 4, 1))])
    def test_of_a_bill_is_never_before_it(self, posted, paid):
        whole = PAYMENT.of_bill("4711", posted_on=posted)

        assert (whole.complete, whole.bill_record, whole.payment_date) == (True, "4711", paid)


class TestFunction:
    def test_writes_a_bill(self):
        assert xml.function(replace(BILL, attachment_key=KEY, summary="Pleo 2026-03")).decode() == (
            "<create><APBILL><WHENCREATED>02/20/2026</WHENCREATED><WHENPOSTED>03/01/2026</WHENPOSTED><VENDORID>V-1</VENDORID>"
            f"<RECORDID>INV-1</RECORDID><DOCNUMBER>{KEY}</DOCNUMBER><WHENDUE>03/22/2026</WHENDUE><DESCRIPTION>Taxi</DESCRIPTION>"
            f"<PRBATCH>Pleo 2026-03</PRBATCH><SUPDOCID>{KEY}</SUPDOCID><CURRENCY>GBP</CURRENCY>"
            "<INCLUSIVETAX>false</INCLUSIVETAX><ACTION>Submit</ACTION>"
            "<APBILLITEMS><APBILLITEM><ACCOUNTNO>6100</ACCOUNTNO><TRX_AMOUNT>100.00</TRX_AMOUNT>"
            "<ENTRYDESCRIPTION>Taxi &amp; &lt;Söhne&gt;</ENTRYDESCRIPTION>"
            "<LOCATIONID>UK01</LOCATIONID><DEPARTMENTID>200</DEPARTMENTID><GLDIMCOST>17</GLDIMCOST>"
            "<TAXENTRIES><TAXENTRY><DETAILID>STD</DETAILID><TRX_TAX>20.00</TRX_TAX></TAXENTRY></TAXENTRIES></APBILLITEM>"
            "<APBILLITEM><ACCOUNTNO>6200</ACCOUNTNO><TRX_AMOUNT>50.00</TRX_AMOUNT>"
            "<TAXENTRIES><TAXENTRY><DETAILID>IN</DETAILID><TRX_TAX>10.00</TRX_TAX></TAXENTRY>"
            "<TAXENTRY><DETAILID>OUT</DETAILID><TRX_TAX>-10.00</TRX_TAX></TAXENTRY></TAXENTRIES></APBILLITEM>"
            "</APBILLITEMS></APBILL></create>"
        )

    def test_writes_the_posting_date_only_where_it_is_another(self):
        assert b"WHENPOSTED" not in xml.function(replace(BILL, posting_date=BILL.bill_date))

    def test_writes_a_payment(self):
        assert xml.function(PAYMENT.of_bill("4711", posted_on=date(2026, 3, 1))).decode() == (
            "<create><APPYMT><FINANCIALENTITY>CHK</FINANCIALENTITY><PAYMENTMETHOD>EFT</PAYMENTMETHOD><VENDORID>V-1</VENDORID>"
            f"<DOCNUMBER>{PAYMENT.key}</DOCNUMBER><DESCRIPTION>Taxi</DESCRIPTION><PAYMENTDATE>03/09/2026</PAYMENTDATE>"
            "<CURRENCY>GBP</CURRENCY><ACTION>Submit</ACTION><APPYMTDETAILS><APPYMTDETAIL><RECORDKEY>4711</RECORDKEY>"
            "<TRX_PAYMENTAMOUNT>170.00</TRX_PAYMENTAMOUNT></APPYMTDETAIL></APPYMTDETAILS></APPYMT></create>"
        )

    def test_writes_no_payment_of_a_bill_nobody_knows_the_record_of(self):
        with pytest.raises(ValueError, match="no record number yet"):
            xml.function(PAYMENT)

    def test_writes_the_currency_and_its_rate_on_the_head(self):
        body = xml.function(FOREIGN).decode()

        assert (
            "<BASECURR>GBP</BASECURR><CURRENCY>EUR</CURRENCY><EXCH_RATE_DATE>03/08/2026</EXCH_RATE_DATE>"
            "<EXCH_RATE_TYPE_ID>Intacct Daily Rate</EXCH_RATE_TYPE_ID>"
        ) in body

    def test_writes_a_late_attachment_without_touching_lines(self):
        late = LateAttachment(document_key("ACME", "e-1", "late_attachment"), "UK01", "4711", KEY)

        assert xml.function(late).decode() == f"<update><APBILL><RECORDNO>4711</RECORDNO><SUPDOCID>{KEY}</SUPDOCID></APBILL></update>"

    def test_cannot_hang_an_attachment_to_nothing(self):
        with pytest.raises(ValueError, match="no record number"):
            LateAttachment(KEY, "UK01", "", KEY)


class TestParseBill:
    @pytest.mark.parametrize(
        "written",
        [
            BILL,
            FOREIGN,
            replace(FOREIGN, base_currency=""),
            replace(BILL, base_currency="GBP"),
            replace(BILL, base_currency="GBP", exchange_rate=RATE),
            replace(BILL, posting_date=BILL.bill_date, attachment_key=KEY, on_hold=True, draft=True, summary="Pleo 2026-03"),
            replace(BILL, lines=(replace(LINE, partially_exempt=True, not_on_1099=True), BillLine("6100", gbp("-1.00")))),
        ],
    )
    def test_reads_back_what_was_written(self, written):
        assert xml.parse_bill(xml.function(written), entity="UK01", base_currency="GBP") == written

    @pytest.mark.parametrize("body", [b"<create><GLBATCH/></create>", b"<update><APBILL/></update>", b"<create><APBILL/></create>"])
    def test_takes_nothing_else(self, body):
        with pytest.raises(xml.Unreadable):
            xml.parse_bill(body, entity="UK01", base_currency="GBP")


class TestParsePayment:
    @pytest.mark.parametrize(
        "written",
        [
            PAYMENT.of_bill("1", posted_on=date(2026, 1, 1)),
            PAYMENT,
            replace(PAYMENT, base_currency="GBP"),
            replace(PAYMENT, base_currency="GBP", exchange_rate=RATE),
            replace(PAYMENT, amount=eur("1.00"), exchange_rate=RATE, base_currency="GBP", draft=True),
        ],
    )
    def test_reads_back_what_was_planned(self, written):
        assert xml.parse_payment(xml.planned(written), entity="UK01", bill_number="INV-1", bill_key=KEY) == written

    def test_takes_nothing_else(self):
        with pytest.raises(xml.Unreadable):
            xml.parse_payment(xml.function(BILL), entity="UK01", bill_number="INV-1")
