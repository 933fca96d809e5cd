"""Days in answers are compared as days: Intacct may write them without zeros in front, or with a time behind."""

from __future__ import annotations

from datetime import date

import pytest

from exports.ledger.comparing import compare, compare_bill, compare_payment
from integration.intacct.documents import JournalEntry, JournalLine
from integration.money import Money
from tests.unit.integration.intacct.test_bills import BILL, PAYMENT

LINES = (JournalLine("6100", "debit", Money.of_minor(12000, "GBP")), JournalLine("1050", "credit", Money.of_minor(12000, "GBP")))
ENTRY = JournalEntry("PLAAAAAAAAAAAAAAAA", "UK01", "PLEO", date(2026, 3, 9), "Taxi", LINES)
THEIRS = [
    {"BATCHNO": "7", "ACCOUNTNO": "6100", "TR_TYPE": "1", "TRX_AMOUNT": "120.00"},
    {"BATCHNO": "7", "ACCOUNTNO": "1050", "TR_TYPE": "-1", "TRX_AMOUNT": "120.00"},
]


def entry_on(text: str) -> object:
    return compare(ENTRY, [{"RECORDNO": "7", "JOURNAL": "PLEO", "BATCH_DATE": text}], THEIRS)


class TestDays:
    @pytest.mark.parametrize("text", ["3/9/2026", "03/9/2026", "03/09/2026", "03/09/2026 00:00:00"])
    def test_of_an_entry_are_equal_in_every_padding(self, text):
        assert entry_on(text).verdict == "equal"

    @pytest.mark.parametrize("text", ["03/10/2026", "9/3/2026", "2026-03-09", "", "9 March"])
    def test_of_an_entry_differ_where_they_are_others_or_cannot_be_read(self, text):
        finding = entry_on(text)

        assert finding.verdict == "different" and "instead of 03/09/2026" in finding.said

    def test_of_a_bill_and_a_payment_are_compared_likewise(self):
        bill, paid = BILL.bill_date, PAYMENT.payment_date
        head = {"RECORDNO": "7", "VENDORID": BILL.vendor, "RECORDID": BILL.number, "TRX_TOTALENTERED": str(BILL.total().amount)}
        payment = {"RECORDNO": "9", "FINANCIALENTITY": PAYMENT.bank}
        parts = [{"PAYMENTKEY": "9", "RECORDKEY": PAYMENT.bill_record, "TRX_PAYMENTAMOUNT": str(PAYMENT.amount.amount)}]

        assert compare_bill(BILL, [{**head, "WHENCREATED": f"{bill.month}/{bill.day}/{bill.year}"}]).verdict == "equal"
        assert compare_bill(BILL, [{**head, "WHENCREATED": "1/2/2020"}]).verdict == "different"
        assert (
            compare_payment(PAYMENT, [{**payment, "WHENCREATED": f"{paid.month}/{paid.day}/{paid.year} 00:00:00"}], parts).verdict
            == "equal"
        )
        assert compare_payment(PAYMENT, [{**payment, "WHENCREATED": "1/2/2020"}], parts).verdict == "different"
