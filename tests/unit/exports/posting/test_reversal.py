"""The entry that takes another one back, tried on every journal entry that we have agreed on."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from exports.posting.reversal import counter_entry, reversal_title
from integration.intacct import xml
from integration.intacct.documents import TITLE_LENGTH, JournalEntry

GOLDEN = Path(__file__).parents[3] / "golden"
KEY = "PL" + "R" * 16


def entries() -> list[tuple[str, JournalEntry]]:
    """The journal entries of the golden files, read as the values they were written from."""
    found = []
    for path in sorted(GOLDEN.glob("*.xml")):
        for create in etree.parse(path).iter("create"):
            if create.find("GLBATCH") is not None:
                body = etree.tostring(create)
                found.append((path.stem, xml.parse_journal_entry(body, entity="UK01", base_currency="GBP")))
    return found


ENTRIES = entries()


def sums(*of: JournalEntry) -> dict[tuple[str, str], Decimal]:
    """Debits less credits by account and tax code, and the tax by tax code."""
    total: Counter[tuple[str, str]] = Counter()
    for entry in of:
        for line in entry.lines:
            sign = 1 if line.side == "debit" else -1
            total[line.account, ""] += sign * line.amount.amount
            if line.tax:
                total["tax", line.tax.detail] += sign * line.tax.amount.amount
    return {key: amount for key, amount in total.items() if amount}


class TestCounterEntry:
    def test_is_tried_on_entries_with_tax_in_foreign_currency_and_with_credits_taxed(self):
        lines = [line for _, entry in ENTRIES for line in entry.lines]

        assert len(ENTRIES) > 30
        assert any(line.tax and line.exchange_rate for line in lines) and any(line.tax and line.side == "credit" for line in lines)

    @pytest.mark.parametrize("entry", [each for _, each in ENTRIES], ids=[name for name, _ in ENTRIES])
    def test_leaves_nothing_on_any_account_or_tax_code(self, entry):
        back = counter_entry(entry, key=KEY, day=date(2026, 4, 1), reason="Wrong account")

        assert sums(entry, back) == {}
        assert (back.key, back.posting_date, back.vat_vendor, back.journal) == (KEY, date(2026, 4, 1), entry.vat_vendor, entry.journal)

    @pytest.mark.parametrize("entry", [each for _, each in ENTRIES], ids=[name for name, _ in ENTRIES])
    def test_keeps_each_amount_dimension_and_day_of_rate_so_that_base_currency_cancels_too(self, entry):
        back = counter_entry(entry, key=KEY, day=date(2026, 4, 1), reason="Wrong account")

        kept = [(line.account, line.amount, line.tax, line.dimensions, line.exchange_rate) for line in entry.lines]
        assert [(line.account, line.amount, line.tax, line.dimensions, line.exchange_rate) for line in back.lines] == kept
        assert all(one.side != other.side for one, other in zip(entry.lines, back.lines, strict=True))

    def test_can_be_sent_read_back_and_taken_back_itself(self):
        entry = ENTRIES[0][1]
        back = counter_entry(entry, key=KEY, day=entry.posting_date, reason="Wrong account")

        read = xml.parse_journal_entry(xml.function(back), entity="UK01", base_currency="GBP")

        assert read == back and not back.draft and not back.attachment_key


class TestReversalTitle:
    def test_names_what_is_taken_back_and_why(self):
        assert reversal_title(KEY, "Coded to the wrong account.", TITLE_LENGTH) == f"Reversal of {KEY}: Coded to the wrong account."

    def test_never_cuts_the_reference_and_holds_no_sign_that_xml_forbids(self):
        title = reversal_title(KEY, "a\x0bvery\x00 " + "long " * 40, TITLE_LENGTH)

        assert title.startswith(f"Reversal of {KEY}: a") and len(title) <= TITLE_LENGTH and "\x00" not in title and "\x0b" not in title
