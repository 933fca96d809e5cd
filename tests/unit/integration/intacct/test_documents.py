from datetime import date
from decimal import Decimal

import pytest

from integration.intacct.documents import Attachment, AttachmentFile, Dimension, JournalEntry, JournalLine, TaxEntry, document_key
from integration.money import Money

KEY = document_key("ACME", "e-1", "journal_entry")


def gbp(amount: str) -> Money:
    return Money(Decimal(amount), "GBP")


def entry(*lines: JournalLine, **changes) -> JournalEntry:
    lines = lines or (JournalLine("6100", "debit", gbp("1.00")), JournalLine("1050", "credit", gbp("1.00")))
    return JournalEntry(
        **{"key": KEY, "entity": "UK01", "journal": "PLEO", "posting_date": date(2026, 3, 9), "title": "T", "lines": lines} | changes
    )


class TestDocumentKey:
    def test_is_the_same_for_ever(self):
        # These very letters stand in ledgers: a change of the formula would post everything again.
        assert document_key("ACME", "6f0c2c1e-0000-4000-8000-000000000001", "journal_entry") == "PLETWLNGVVNFXPGVBY"

    def test_does_not_depend_on_how_codes_are_written(self):
        assert document_key("acme", "E-1", "bill") == document_key("ACME", "e-1", "bill")

    def test_does_not_depend_on_the_order_of_files(self):
        assert document_key("A", "e", "attachment", file_hashes=("1", "2")) == document_key("A", "e", "attachment", file_hashes=("2", "1"))

    def test_tells_postings_apart(self):
        keys = {
            document_key("A", "e", "bill"),
            document_key("A", "e", "payment"),
            document_key("A", "f", "bill"),
            document_key("B", "e", "bill"),
            document_key("A", "e", "bill", posting_number=2),
            document_key("A", "e", "attachment", file_hashes=("1",)),
            document_key("A", "e", "attachment", file_hashes=("2",)),
        }

        assert len(keys) == 7


class TestJournalEntry:
    def test_adds_up(self):
        tax = TaxEntry("STD", gbp("20.00"))
        made = entry(JournalLine("6100", "debit", gbp("100.00"), tax), JournalLine("1050", "credit", gbp("120.00")), vat_vendor="V")

        assert (made.total(), made.tax_total(), made.currency) == (gbp("120.00"), gbp("20.00"), "GBP")

    @pytest.mark.parametrize(
        ("lines", "changes", "message"),
        [
            ([JournalLine("1", "debit", gbp("1.00")), JournalLine("2", "credit", gbp("1.01"))], {}, "debits exceed credits"),
            ([JournalLine("1", "debit", gbp("0.00"))], {}, "at least two lines"),
            ([JournalLine("1", "debit", gbp("1.00")), JournalLine("2", "credit", Money(Decimal(1), "EUR"))], {}, "one currency"),
            ([], {"vat_vendor": "V"}, "come together"),
            ([], {"title": " "}, "title is empty"),
            ([], {"title": "x" * 81}, "81 characters"),
            ([], {"key": "PL-1"}, "not a document key"),
            ([], {"attachment_key": "receipt"}, "not a document key"),
        ],
    )
    def test_cannot_be_wrong(self, lines, changes, message):
        with pytest.raises(ValueError, match=message):
            entry(*lines, **changes)


class TestJournalLine:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"account": ""}, "needs an account"),
            ({"amount": gbp("-1.00")}, "never negative"),
            ({"tax": TaxEntry("STD", gbp("-1.00"))}, "never negative"),
            ({"description": "x" * 81}, "81 characters"),
            ({"document": "x" * 31}, "31 characters"),
            ({"dimensions": (Dimension("CLASS", "1", "CLASSID"), Dimension("CLASS", "2", "CLASSID"))}, "stands twice"),
        ],
    )
    def test_cannot_be_wrong(self, changes, message):
        with pytest.raises(ValueError, match=message):
            JournalLine(**{"account": "6100", "side": "debit", "amount": gbp("1.00")} | changes)


class TestAttachment:
    @pytest.mark.parametrize(
        ("files", "message"),
        [
            (lambda: (), "without files"),
            (lambda: (AttachmentFile("a", "pdf", "1", 1), AttachmentFile("a", "png", "2", 1)), "same name"),
            (lambda: (AttachmentFile("a.pdf", "pdf", "1", 1),), "has no dot"),
            (lambda: (AttachmentFile("a", "pdf", "1", 0),), "is empty"),
        ],
    )
    def test_cannot_be_wrong(self, files, message):
        with pytest.raises(ValueError, match=message):
            Attachment(KEY, "UK01", "Pleo", "", files())
