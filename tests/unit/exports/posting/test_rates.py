"""Currencies: what every line, bill and payment names, and that a foreign entry balances in base currency at any rate."""

from fractions import Fraction as Rate
from random import Random

import pytest
from lxml import etree

from exports.posting import journal
from exports.posting.context import Account
from exports.posting.plan import plan_posting
from exports.posting.reading import ReadLine
from exports.posting.tax_codes import OwnTax, TaxedLine
from integration.intacct import xml
from integration.intacct.documents import JournalEntry, TaxEntry
from integration.money import Money
from tests.unit.exports.posting.posting_kit import (
    CONTEXT,
    PAYABLES,
    STANDARD,
    ZERO,
    carried,
    context,
    entry,
    facts,
    held,
    invoice,
    item,
    line,
    payables,
    rows,
)

ENTRIES = 100_000
RATED = ["EXCH_RATE_DATE", "EXCH_RATE_TYPE_ID"]


def written(of, within, record=None):
    """The functions that are sent, but for attachments."""
    documents = plan_posting(of, within, record or facts()).documents
    return [xml.parse(xml.planned(each)) for each in documents]


def named(node):
    return {name: node.findtext(name) for name in ("BASECURR", "CURRENCY", *RATED) if node.find(name) is not None}


class TestCurrency:
    RATE = {"EXCH_RATE_DATE": "03/09/2026", "EXCH_RATE_TYPE_ID": "Intacct Daily Rate"}

    @pytest.mark.parametrize("currency", ["GBP", "EUR"])
    @pytest.mark.parametrize("kind", ["card_purchase", "fee", "out_of_pocket", "direct_reimbursement", "wallet_unload"])
    def test_stands_on_every_line_of_a_journal_entry_with_its_rate(self, kind, currency):
        (created,) = written(item(line(12000, currency=currency), type=kind, currency=currency), CONTEXT)

        assert [named(each) for each in created.iter("GLENTRY")] == [{"CURRENCY": currency, **self.RATE}] * 2

    @pytest.mark.parametrize("currency", ["GBP", "EUR"])
    def test_stands_on_bills_and_payments_beside_the_base_currency(self, currency):
        of = item(line(12000, currency=currency), currency=currency)
        paid = item(line(12000, None, currency=currency), type="invoice_payment", invoice=invoice(), currency=currency)
        supplied = item(line(12000, currency=currency), type="invoice", invoice=invoice(), currency=currency)

        found = [
            *written(of, PAYABLES),
            *written(supplied, CONTEXT),
            *written(paid, CONTEXT, facts(bills=(held(12000, currency=currency),))),
        ]

        assert [named(each[0]).keys() for each in found] == [{"BASECURR", "CURRENCY", *RATED}] * 4
        assert {(each[0].findtext("BASECURR"), each[0].findtext("CURRENCY")) for each in found} == {("GBP", currency)}

    def test_needs_no_rate_in_a_company_of_one(self):
        single = {"multi_currency": False}

        (created,) = written(item(), context(**single))
        bill, payment = written(item(), payables(**single))

        assert [named(each) for each in created.iter("GLENTRY")] == [{"CURRENCY": "GBP"}] * 2
        assert [named(each[0]) for each in (bill, payment)] == [{"BASECURR": "GBP", "CURRENCY": "GBP"}] * 2

    def test_of_another_wallet_has_its_rate_whatever_is_known_of_the_company(self):
        (created,) = written(item(line(100, currency="EUR"), currency="EUR"), context(multi_currency=False))

        assert [named(each) for each in created.iter("GLENTRY")] == [{"CURRENCY": "EUR", **self.RATE}] * 2

    def test_is_read_back_also_where_it_was_once_left_out(self):
        posted = entry(item(), context(multi_currency=False))
        body = xml.function(posted)
        before = etree.fromstring(body)
        for each in list(before.iter("CURRENCY")):
            each.getparent().remove(each)

        assert xml.parse_journal_entry(body, entity="UK01", base_currency="USD") == posted
        assert xml.parse_journal_entry(etree.tostring(before), entity="UK01", base_currency="GBP") == posted


class TestForeignOffset:
    def test_is_one_for_each_net_and_each_tax(self):
        lines = line(9600, "6300", tax=1600, currency="EUR"), line(-1200, "6500", tax=0, code=ZERO, currency="EUR")

        posted = entry(item(*lines, currency="EUR"))

        assert rows(posted) == [
            ("Dr", "6300", "80.00", "16.00"), ("Cr", "6500", "12.00", "0.00"),
            ("Cr", "1051", "80.00", ""), ("Cr", "1051", "16.00", ""), ("Dr", "1051", "12.00", ""),
        ]  # fmt: skip

    def test_is_one_for_each_line_and_tax_of_a_single_line(self):
        posted = entry(item(line(-12000, tax=-2000, currency="EUR"), type="refund", currency="EUR"))

        assert rows(posted) == [("Cr", "6100", "100.00", "20.00"), ("Dr", "1051", "100.00", ""), ("Dr", "1051", "20.00", "")]

    @pytest.mark.parametrize(("per_line", "departments"), [(False, [None, None]), (True, ["200", "200"])])
    def test_mirrors_dimensions_only_where_that_is_set(self, per_line, departments):
        of = item(line(12000, tax=2000, tags={"department": "200"}, currency="EUR"), currency="EUR")

        posted = entry(of, context(offset_per_line=per_line))

        assert [carried(posted, number).get("DEPARTMENT") for number in (1, 2)] == departments

    def test_of_a_reverse_charge_on_own_accounts_is_the_whole_line(self):
        reverse = line(10000, tax=2000, tax_type="reverse", tax_accounts=("2200", "2201"), currency="EUR")
        within = context(tax_solution="", reverse_charge_on_journals="accounts")

        posted = entry(item(reverse, currency="EUR"), within)

        assert rows(posted)[-1] == ("Cr", "1051", "100.00", "")
        assert balance(posted, Rate(853714, 10**6)) == 0

    def test_is_one_in_the_base_currency(self):
        assert len(rows(entry(item(line(9600, tax=1600), line(1200))))) == 3


def in_base(minor: int, rate: Rate, places: int) -> int:
    """Minor units turned into those of the base currency by `rate`, rounded half up; without sign."""
    numerator, denominator = rate.numerator * 10**places, rate.denominator * 100
    return (2 * abs(minor) * numerator + denominator) // (2 * denominator)


def balance(posted: JournalEntry, rate: Rate, places: int = 2) -> int:
    """Base debits less base credits, each line and each tax turned into base currency for itself, as Intacct does."""
    sides = {"debit": 0, "credit": 0}
    for each in posted.lines:
        for amount in (each.amount, *((each.tax.amount,) if each.tax else ())):
            sides[each.side] += in_base(amount.minor, rate, places)
    return sides["debit"] - sides["credit"]


class TestBaseCurrency:
    def test_balances_in_a_hundred_thousand_random_entries(self):
        """Of 2 to 12 lines, at rates with 4 to 10 decimals: mixed taxes, discounts, reverse charges, one offset or mirrored."""
        chance = Random(64)
        pool = [_read(chance) for _ in range(5000)]
        of, missed = item(line(100, currency="EUR"), currency="EUR"), 0
        withins = [context(offset_per_line=per_line) for per_line in (False, True)]
        for number in range(ENTRIES):
            read = chance.choices(pool, k=chance.randint(2, 12))
            rate, places = _rate(chance), chance.choice((2, 2, 2, 0, 3))
            parts = [part.minor for each in read for part in (each.taxed.net, *(tax.amount for tax in each.taxed.entries))]

            offsets = [amount.minor for amount, _ in journal._mirrored(read, of, withins[number % 2])]

            assert _signed(parts, rate, places) == _signed(offsets, rate, places), (number, rate, parts)
            missed += _signed(parts, rate, places) != _signed([sum(parts)], rate, places)
        # What the offsets are for: one line for all would miss this often.
        assert missed > ENTRIES / 3

    def test_balances_in_whole_entries(self):
        chance = Random(65)
        for _ in range(400):
            lines = []
            for _ in range(chance.randint(1, 11)):
                minor = chance.randint(10, 10**6) * chance.choice((1, 1, 1, -1))
                tax = chance.choice((None, 0, int(minor / 6)))
                lines.append(line(minor, tax=tax, code=ZERO if tax == 0 else STANDARD, currency="EUR"))
            of = item(*lines, type=chance.choice(("card_purchase", "refund", "out_of_pocket", "fee", "mileage")), currency="EUR")
            within = context(confirmed_directions={(of.type, "", sign) for sign in (1, -1)}, offset_per_line=chance.randint(0, 1) == 1)

            made = entry(of, within)

            assert all(balance(made, _rate(chance)) == 0 for _ in range(20)), rows(made)


def _rate(chance: Random) -> Rate:
    decimals = 10 ** chance.randint(4, 10)
    return Rate(chance.randint(1, 3 * decimals), decimals)


def _signed(amounts: list[int], rate: Rate, places: int) -> int:
    return sum(in_base(each, rate, places) * (1 if each > 0 else -1) for each in amounts)


def _read(chance: Random) -> ReadLine:
    """A line as it is read of an expense in EUR: with tax, without, a discount, or a reverse charge on accounts of our own."""
    minor = chance.randint(1, 10 ** chance.randint(1, 7)) * chance.choice((1, 1, 1, -1))
    amount, tax = Money.of_minor(minor, "EUR"), Money.of_minor(int(minor * chance.choice((0, 5, 20)) / 120), "EUR")
    how = chance.choice(("plain", "tax", "tax", "reverse"))
    taxed = TaxedLine(amount)
    if how == "tax":
        taxed = TaxedLine(amount - tax, (TaxEntry(STANDARD, tax),))
    elif how == "reverse" and tax:
        taxed = TaxedLine(amount, own=OwnTax("2200", "2201", tax))
    return ReadLine(item(line(minor, currency="EUR"), currency="EUR").lines[0], Account("6100", "Travel"), taxed, ())
