from dataclasses import replace
from decimal import Decimal

import pytest

from exports.posting.context import TaxDetail
from exports.posting.reading import Beyond
from integration.intacct.documents import Bill, JournalEntry
from tests.unit.exports.posting.posting_kit import (
    CONTEXT,
    OUTPUT,
    PAYABLES,
    REVERSE,
    STANDARD,
    UK,
    bill_rows,
    billed,
    codes,
    context,
    entry,
    item,
    line,
    payables,
    plan,
    rows,
    sentences,
)

NONE = {"tax_solution": ""}


def reversed_line(minor=10000, tax=2000, **more):
    return line(minor, "6200", **{"tax": tax, "code": REVERSE, "tax_type": "reverse", "tax_accounts": ("2200", "2201")} | more)


def details(*more, without=()):
    return {**{code: each for code, each in CONTEXT.tax_details.items() if code not in without}, **{each.id: each for each in more}}


class TestOnABill:
    def test_is_a_pair_of_entries_that_adds_nothing(self):
        bill = billed(item(reversed_line(), line(12000, tax=2000)))

        assert bill_rows(bill) == [("6200", "100.00", "20.00", "-20.00"), ("6100", "100.00", "20.00")]
        assert [entry.detail for entry in bill.lines[0].taxes] == [REVERSE, OUTPUT]
        assert (str(bill.total()), str(bill.tax_total())) == ("GBP 220.00", "GBP 40.00")

    def test_of_a_discount_turns_both_entries(self):
        bill = billed(item(reversed_line(), reversed_line(-1000, -200)))

        assert bill_rows(bill)[1] == ("6200", "-10.00", "-2.00", "2.00")

    @pytest.mark.parametrize("net", [8000, 9999])
    def test_needs_a_net_that_is_the_whole_line(self, net):
        assert codes(item(reversed_line(net=net)), PAYABLES) == ["reverse_net_differs"]

    @pytest.mark.parametrize(
        ("tax", "found"),
        [(2000, []), (1995, []), (2005, []), (2006, ["reverse_tax_differs"]), (1000, ["reverse_tax_differs"]), (1, ["reverse_tax_differs"]),
         (-1, ["tax_sign"])],
    )  # fmt: skip
    def test_is_the_rate_of_the_net_and_nothing_else(self, tax, found):
        """Measured: 10.00 of Pleo's on 100.00 at 20 % was posted, and missed 10.00 in two boxes of the VAT return."""
        assert codes(item(reversed_line(tax=tax)), PAYABLES) == found

    @pytest.mark.parametrize(
        ("net", "rate", "due"),
        [
            (100000, "20", "200.00"), (-100000, "20", "-200.00"), (9999, "20", "20.00"), (333, "13.5", "0.45"), (1, "20", "0.00"),
            (10, "5", "0.01"),
        ],
    )  # fmt: skip
    def test_is_worked_out_where_pleo_gives_none(self, net, rate, due):
        """Measured: 1,000.00 at 20 % was posted with a pair of 0.00, so boxes 1 and 4 of the VAT return missed 200.00."""
        both = (TaxDetail(REVERSE, Decimal(rate), UK, reverse_charge=True), TaxDetail(OUTPUT, -Decimal(rate), UK, reverse_charge=True))
        within = payables(tax_details=details(*both))

        planned = plan(item(reversed_line(net, tax=0), line(200000)), within)

        pair = planned.principal.lines[0].taxes
        assert [each.amount.amount for each in pair] == [Decimal(due), -Decimal(due)]
        assert planned.beyond == Beyond(worked_out=Decimal(due))
        assert any("was worked out" in note for note in planned.notes) == bool(Decimal(due))

    def test_keeps_what_pleo_gives_within_the_rounding(self):
        assert bill_rows(billed(item(reversed_line(tax=1997)))) == [("6200", "100.00", "19.97", "-19.97")]

    @pytest.mark.parametrize(
        ("code", "found"),
        [
            (None, "tax_code_missing"),
            ("gone", "tax_code_unknown"),
            ("UK Old Rate", "tax_code_inactive"),
            ("FR Standard", "tax_code_other_solution"),
        ],
    )
    def test_needs_a_usable_code(self, code, found):
        assert codes(item(reversed_line(code=code)), PAYABLES) == [found]

    @pytest.mark.parametrize(
        ("tax_details", "named"),
        [
            (details(without=[OUTPUT]), "none fits"),
            (details(TaxDetail("Other", Decimal(-20), UK, reverse_charge=True), without=[OUTPUT]), "which is not sure (Other)"),
            (details(TaxDetail(OUTPUT, Decimal(-20), UK, reverse_charge=True, active=False)), "none fits"),
            (details(TaxDetail(OUTPUT, Decimal(-20), UK)), "none fits"),
            (details(TaxDetail(OUTPUT, Decimal(-5), UK, reverse_charge=True)), "none fits"),
        ],
    )
    def test_needs_an_output_code_that_a_person_names(self, tax_details, named):
        within = payables(tax_details=tax_details, tax_code_pairs={})

        assert codes(item(reversed_line()), within) == ["tax_code_pair_missing"]
        assert named in sentences(item(reversed_line()), within)[0]

    def test_waits_until_a_person_has_confirmed_the_pair_that_speaks_for_itself(self):
        within = payables(tax_code_pairs={})

        assert codes(item(reversed_line()), within) == ["tax_code_pair_unconfirmed"]
        (said,) = sentences(item(reversed_line()), within)
        assert f"{OUTPUT} looks like it" in said and "Entity configurations › UK01 › Reverse charges" in said

    def test_takes_the_output_code_the_configuration_names(self):
        other = TaxDetail("Other Output", Decimal(-20), UK, reverse_charge=True)
        within = payables(tax_details=details(other), tax_code_pairs={REVERSE: "Other Output"})

        assert billed(item(reversed_line()), within).lines[0].taxes[1].detail == "Other Output"

    @pytest.mark.parametrize(
        "partner",
        [
            "gone",
            STANDARD,
            TaxDetail("Ordinary", Decimal(-20), UK),
            TaxDetail("Off", Decimal(-20), UK, reverse_charge=True, active=False),
            TaxDetail("Other rate", Decimal(-5), UK, reverse_charge=True),
            TaxDetail("French", Decimal(-20), "France - VAT", reverse_charge=True),
        ],
    )
    def test_takes_no_named_code_that_is_not_its_other_half(self, partner):
        more, name = ((), partner) if isinstance(partner, str) else ((partner,), partner.id)
        within = payables(tax_details=details(*more), tax_code_pairs={REVERSE: name})

        assert codes(item(reversed_line()), within) == ["tax_code_pair_unusable"]

    def test_is_never_made_of_two_ordinary_codes(self):
        within = payables(tax_code_pairs={STANDARD: "UK Purchase Goods Zero Rate"})

        assert codes(item(reversed_line(code=STANDARD)), within) == ["tax_code_pair_unusable"]

    @pytest.mark.parametrize(
        ("solution", "proven", "found"),
        [
            (UK, False, []),
            ("Australia - GST", False, []),
            ("Ireland - VAT", False, ["reverse_charge_two_entries"]),
            ("South Africa - VAT", False, ["reverse_charge_two_entries"]),
            ("Our own", False, ["reverse_charge_two_entries"]),
            ("Ireland - VAT", True, []),
        ],
    )
    def test_takes_two_entries_only_where_that_is_known(self, solution, proven, found):
        moved = {code: replace(each, solution=solution) for code, each in CONTEXT.tax_details.items()}

        within = payables(tax_solution=solution, tax_details=moved, two_tax_entries=proven)

        assert codes(item(reversed_line()), within) == found

    def test_is_not_guessed_where_pleo_calls_the_code_inclusive(self):
        assert codes(item(line(12000, tax=2000, code=REVERSE)), PAYABLES) == ["reverse_charge_as_inclusive"]

    def test_needs_an_input_code(self):
        assert codes(item(reversed_line(code=OUTPUT)), PAYABLES) == ["tax_code_pair_missing"]

    def test_is_a_problem_where_the_entity_is_partially_exempt(self):
        assert codes(item(reversed_line()), payables(partially_exempt=True)) == ["reverse_charge_partially_exempt"]

    def test_is_said_in_the_text_where_the_entity_has_no_tax_solution(self):
        bill = billed(item(reversed_line()), payables(**NONE))

        assert bill_rows(bill) == [("6200", "100.00")]
        assert "reverse charge VAT GBP 20.00" in bill.lines[0].description


class TestOnAJournalEntry:
    def test_is_a_problem_that_names_the_setting(self):
        found = sentences(item(reversed_line()))

        assert len(found) == 1
        assert "a Sage Intacct journal entry cannot hold" in found[0]
        assert "Entity configurations › UK01 › Taxes › Reverse charge on journals" in found[0]

    def test_makes_a_card_purchase_a_bill_with_its_payment_where_that_is_set(self):
        within = context(reverse_charge_on_journals="bill")

        planned = plan(item(reversed_line()), within)

        assert [each.kind for each in planned.documents] == ["attachment", "bill", "payment"]
        assert bill_rows(planned.principal) == [("6200", "100.00", "20.00", "-20.00")]
        assert not isinstance(plan(item(), within).principal, Bill)

    @pytest.mark.parametrize("sub_type", ["", "interest", "pleo_invoice"])
    @pytest.mark.parametrize("settlement", ["payment", "leave_open"])
    @pytest.mark.parametrize("method", ["journal", "accounts_payable"])
    def test_makes_a_fee_a_bill_with_its_payment_too(self, sub_type, settlement, method):
        card = replace(CONTEXT.card, settlement=settlement, method=method)
        within = context(reverse_charge_on_journals="bill", card=card)

        planned = plan(item(reversed_line(tax=0), type="fee", sub_type=sub_type), within)

        assert [each.kind for each in planned.documents] == ["attachment", "bill", "payment"]
        assert bill_rows(planned.principal) == [("6200", "100.00", "20.00", "-20.00")]
        assert (planned.principal.vendor, planned.principal.number) == ("V-PLEO", planned.principal.key)
        assert isinstance(plan(item(line(500, "7900"), type="fee"), within).principal, JournalEntry)

    @pytest.mark.parametrize("kind", ["out_of_pocket", "mileage"])
    def test_of_what_an_employee_paid_says_what_a_person_has_to_do(self, kind):
        of, within = item(reversed_line(), type=kind), context(reverse_charge_on_journals="bill")

        assert codes(of, within) == ["reverse_charge_by_hand"]
        (said,) = sentences(of, within)
        assert "Post a bill of GBP 100.00 with this tax code by hand in Sage Intacct (Accounts Payable › Bills)" in said
        assert "the account owed to employees, 2050 (Accounts Payable › Adjustments), and skip it here with the reason" in said

    @pytest.mark.parametrize(("kind", "sign"), [("refund", -1), ("chargeback", -1)])
    def test_of_other_kinds_cannot_become_a_bill(self, kind, sign):
        found = sentences(item(reversed_line(sign * 10000, sign * 2000), type=kind), context(reverse_charge_on_journals="bill"))

        assert len(found) == 1
        assert "this kind of entry cannot be one" in found[0]

    def test_stands_on_the_codes_accounts_where_there_is_no_tax_solution(self):
        within = context(reverse_charge_on_journals="accounts", **NONE)

        bought, back = entry(item(reversed_line()), within), entry(item(reversed_line(-10000, -2000), type="refund"), within)

        assert rows(bought) == [
            ("Dr", "6200", "100.00", ""),
            ("Dr", "2200", "20.00", ""),
            ("Cr", "2201", "20.00", ""),
            ("Cr", "1050", "100.00", ""),
        ]
        assert rows(back) == [
            ("Cr", "6200", "100.00", ""),
            ("Cr", "2200", "20.00", ""),
            ("Dr", "2201", "20.00", ""),
            ("Dr", "1050", "100.00", ""),
        ]

    def test_stands_on_accounts_only_where_there_is_no_tax_solution(self):
        assert codes(item(reversed_line()), context(reverse_charge_on_journals="accounts")) == ["reverse_charge_on_journal"]

    @pytest.mark.parametrize(
        "accounts",
        [None, ("", "2201"), ("2200", "9999"), ("2000", "2201"), ("6900", "2201"), ("6950", "2201"), ("1000", "2201"), ("2200", "1050")],
    )
    def test_needs_usable_accounts_in_pleos_code(self, accounts):
        within = context(reverse_charge_on_journals="accounts", **NONE)

        assert set(codes(item(reversed_line(tax_accounts=accounts)), within)) == {"tax_account_unusable"}

    @pytest.mark.parametrize(("rate", "lines"), [("0.2", 4), ("0", 2)])
    def test_on_accounts_is_worked_out_by_pleos_rate(self, rate, lines):
        within = context(reverse_charge_on_journals="accounts", **NONE)

        posted = entry(item(reversed_line(tax=0, rate=rate)), within)

        assert len(posted.lines) == lines
        assert [str(each.amount.amount) for each in posted.lines[1:-1]] == ["20.00"] * (lines - 2)

    def test_on_accounts_is_the_rate_of_the_net_and_nothing_else(self):
        within = context(reverse_charge_on_journals="accounts", **NONE)

        assert codes(item(reversed_line(tax=1000)), within) == ["reverse_tax_differs"]


class TestPartialExemption:
    @pytest.mark.parametrize(
        ("answer", "expected"),
        [
            ("full", [("Dr", "6100", "100.00", "20.00"), ("Cr", "1050", "120.00", "")]),
            ("no_recovery", [("Dr", "6100", "120.00", ""), ("Cr", "1050", "120.00", "")]),
        ],
    )
    def test_on_a_journal_entry_is_answered_by_the_configuration(self, answer, expected):
        assert rows(entry(item(), context(partially_exempt=True, partial_exemption_on_journals=answer))) == expected

    def test_that_recovers_nothing_says_so(self):
        planned = plan(item(), context(partially_exempt=True, partial_exemption_on_journals="no_recovery"))

        assert "incl. VAT GBP 20.00" in planned.principal.lines[0].description
        assert planned.beyond == Beyond(became_cost=Decimal("20.00"))
        assert any("is cost, because UK01 is partially exempt" in note for note in planned.notes)

    def test_keeps_apart_what_became_cost_and_what_the_default_code_took_out(self):
        within = context(partially_exempt=True, default_tax_code=STANDARD, default_tax_splits_gross=True)
        of = item(line(12000, tax=2000), line(6000))

        recovered = plan(of, replace(within, partial_exemption_on_journals="full"))
        lost = plan(of, replace(within, partial_exemption_on_journals="no_recovery"))

        assert recovered.beyond == Beyond(by_default=Decimal("10.00"))
        assert lost.beyond == Beyond(became_cost=Decimal("20.00"))

    def test_on_a_journal_entry_is_a_problem_by_default(self):
        assert codes(item(), context(partially_exempt=True)) == ["partial_exemption_on_journal"]
        assert codes(item(line(1200, tax=0, code="UK Purchase Goods Zero Rate")), context(partially_exempt=True)) == []

    def test_on_a_bill_marks_the_lines_with_tax(self):
        bill = billed(
            item(line(12000, tax=2000), line(100), line(100, tax=0, code="UK Purchase Goods Zero Rate")), payables(partially_exempt=True)
        )

        assert [each.partially_exempt for each in bill.lines] == [True, False, False]


class TestSalesTax:
    US = {"tax_method": "Advanced tax", "tax_solution": "Avalara US"}

    @pytest.mark.parametrize("within", [context(**US), payables(**US)])
    def test_is_declined_with_a_clear_message(self, within):
        found = sentences(item(), within)

        assert found == [
            "UK01 uses Avalara US, whose method is Advanced tax: sales tax of the United States cannot be posted. Remove the tax code from "
            "this expense in Pleo; the whole amount is then cost."
        ]

    def test_stops_no_expense_without_tax(self):
        assert rows(entry(item(line(12000)), context(default_tax_code=REVERSE, **self.US)))[0] == ("Dr", "6100", "120.00", "")
