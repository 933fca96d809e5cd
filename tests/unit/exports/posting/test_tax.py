from dataclasses import replace
from decimal import Decimal

import pytest

from exports.posting.countries import country_code
from exports.posting.kinds import RULES
from exports.posting.reading import Beyond
from exports.posting.tax import net_and_tax
from exports.posting.tax_codes import most_tax
from integration.money import Money
from tests.unit.exports.posting.posting_kit import (
    CONTEXT,
    REDUCED,
    STANDARD,
    ZERO,
    bill_rows,
    billed,
    codes,
    context,
    entry,
    facts,
    gbp,
    invoice,
    item,
    line,
    plan,
    rate_context,
    receipt,
    rows,
    sentences,
)


class TestNetAndTax:
    # More than one rate, on purpose: a wrong formula can be right at one of them.
    @pytest.mark.parametrize(
        ("gross", "rate", "net", "tax"),
        [
            ("99.99", "0", "99.99", "0.00"),
            ("105.00", "5", "100.00", "5.00"),
            ("108.88", "8.875", "100.00", "8.88"),  # 8.8753…
            ("110.00", "10", "100.00", "10.00"),
            ("113.50", "13.5", "100.00", "13.50"),
            ("120.00", "20", "100.00", "20.00"),
            ("10.00", "20", "8.33", "1.67"),
            ("123.00", "23", "100.00", "23.00"),
            ("0.03", "20", "0.02", "0.01"),  # 0.005: half up
            ("-120.00", "20", "-100.00", "-20.00"),
            ("-0.03", "20", "-0.02", "-0.01"),
        ],
    )
    def test_splits_gross_at_rate(self, gross, rate, net, tax):
        assert net_and_tax(gbp(gross), Decimal(rate)) == (gbp(net), gbp(tax))

    @pytest.mark.parametrize(
        ("gross", "currency", "net", "tax"),
        [("1000", "JPY", "909", "91"), ("1.100", "KWD", "1.000", "0.100"), ("0.005", "KWD", "0.005", "0.000")],
    )
    def test_rounds_to_the_minor_unit_of_the_currency(self, gross, currency, net, tax):
        expected = Money(Decimal(net), currency), Money(Decimal(tax), currency)

        assert net_and_tax(Money(Decimal(gross), currency), Decimal(10)) == expected


class TestMostTax:
    @pytest.mark.parametrize(
        ("net", "rate", "most"),
        [("100.00", "20", "20.05"), ("-100.00", "20", "20.05"), ("100.00", "13.5", "13.55"), ("100.00", "0", "0")],
    )
    def test_allows_the_rate_and_five_hundredths(self, net, rate, most):
        assert most_tax(gbp(net), Decimal(rate)) == Decimal(most)

    def test_allows_a_whole_unit_where_the_currency_has_no_smaller_one(self):
        assert most_tax(Money(Decimal(909), "JPY"), Decimal(10)) == Decimal("91.9")


class TestTaxOfALine:
    @pytest.mark.parametrize(
        ("gross", "tax", "rate", "net"),
        [
            (9999, 0, "0", "99.99"),
            (10500, 500, "5", "100.00"),
            (10888, 888, "8.875", "100.00"),
            (11000, 1000, "10", "100.00"),
            (11350, 1350, "13.5", "100.00"),
            (12000, 2000, "20", "100.00"),
            (12300, 2300, "23", "100.00"),
        ],
    )
    def test_is_what_pleo_says(self, gross, tax, rate, net):
        posted = entry(item(line(gross, tax=tax, code="RATE")), rate_context(rate))

        total = str(Decimal(gross) / 100)
        tax_text = f"{Decimal(tax) / 100:.2f}"
        assert rows(posted) == [("Dr", "6100", net, tax_text), ("Cr", "1050", f"{Decimal(total):.2f}", "")]

    def test_is_never_computed_again(self):
        # The rate gives 16.665, so 16.67; the receipt says 16.66, and wins.
        posted = entry(item(line(9999, tax=1666)))

        assert rows(posted) == [("Dr", "6100", "83.33", "16.66"), ("Cr", "1050", "99.99", "")]

    def test_may_be_less_than_the_rate_gives(self):
        posted = entry(item(line(12000, tax=500)))

        assert rows(posted)[0] == ("Dr", "6100", "115.00", "5.00")

    @pytest.mark.parametrize(("tax", "found"), [(2004, []), (2005, ["tax_exceeds_rate"]), (3000, ["tax_exceeds_rate"])])
    def test_must_not_be_more_than_the_rate_allows(self, tax, found):
        # 20 % of 99.96 is 19.992, and 0.05 more is 20.042; of 99.95 it is 20.04.
        assert codes(item(line(12000, tax=tax))) == found

    @pytest.mark.parametrize(
        ("gross", "tax", "found"),
        [
            *((5, 5, ["tax_exceeds_rate"]), (5, 2, ["tax_exceeds_rate"]), (5, 1, []), (1, 1, ["tax_exceeds_rate"]), (3, 1, [])),
            *((10, 6, ["tax_exceeds_rate"]), (100, 20, []), (100, 21, ["tax_exceeds_rate"]), (-5, -5, ["tax_exceeds_rate"])),
        ],
    )
    @pytest.mark.parametrize("method", ["journal", "accounts_payable"])
    def test_must_not_be_more_than_the_rate_of_the_gross_however_small_that_is(self, method, gross, tax, found):
        # The five hundredths for rounding would swallow a small line whole: 0.05 of 0.05.
        within = context(card=replace(CONTEXT.card, method=method), confirmed_directions={("card_purchase", "", -1)})

        assert codes(item(line(gross, tax=tax)), within) == found

    def test_must_be_none_at_a_zero_rate(self):
        assert codes(item(line(12000, tax=1, code=ZERO))) == ["tax_exceeds_rate"]

    def test_keeps_its_code_at_a_zero_rate(self):
        posted = entry(item(line(1200, tax=0, code=ZERO)))

        assert rows(posted)[0] == ("Dr", "6100", "12.00", "0.00")
        assert posted.lines[0].tax.detail == ZERO

    def test_must_make_the_gross_with_the_net(self):
        assert codes(item(line(12000, tax=2000, net=9999))) == ["tax_does_not_add_up"]

    @pytest.mark.parametrize(("amount", "tax", "net"), [(100, -20, 120), (100, 120, -20), (0, 5, -5)])
    def test_must_have_the_sign_of_its_line(self, amount, tax, net):
        assert codes(item(line(amount, tax=tax, net=net), line(5000))) == ["tax_sign"]

    @pytest.mark.parametrize(
        ("code", "found"),
        [
            ("No such code", "tax_code_unknown"),
            (STANDARD.upper(), "tax_code_unknown"),
            ("UK Old Rate", "tax_code_inactive"),
            ("FR Standard", "tax_code_other_solution"),
            ("UK Sale Standard", "tax_code_for_sales"),
            ("UK Purchase Reverse", "reverse_charge_on_journal"),
            (None, "tax_code_missing"),
        ],
    )
    def test_needs_a_code_usable_for_a_purchase_here(self, code, found):
        assert codes(item(line(12000, tax=2000, code=code))) == [found]

    def test_must_not_be_exclusive(self):
        assert codes(item(line(12000, tax=2000, tax_type="exclusive"))) == ["tax_type_not_supported"]

    @pytest.mark.parametrize("solution", [CONTEXT.tax_solution, ""])
    def test_must_not_be_a_reverse_charge(self, solution):
        found = sentences(item(line(12000, tax=2000, tax_type="reverse")), context(tax_solution=solution))

        assert len(found) == 1
        assert "is a reverse charge, which a Sage Intacct journal entry cannot hold" in found[0]

    def test_is_cost_where_the_entity_has_no_tax_solution(self):
        posted = entry(item(line(12000, tax=2000, code="No such code")), context(tax_solution=""))

        assert rows(posted) == [("Dr", "6100", "120.00", ""), ("Cr", "1050", "120.00", "")]
        assert posted.vat_vendor == ""
        assert "incl. VAT GBP 20.00" in posted.lines[0].description


class TestDefaultTaxCode:
    @pytest.mark.parametrize("kind", ["card_purchase", "card_invoice", "out_of_pocket"])
    def test_stands_in_with_no_tax_where_it_is_zero_rated(self, kind):
        planned = plan(item(line(12000), type=kind), context(default_tax_code=ZERO))

        assert rows(planned.principal)[0] == ("Dr", "6100", "120.00", "0.00")
        assert f"Pleo gave no tax: default tax code {ZERO} was used, with no VAT." in planned.notes

    @pytest.mark.parametrize(
        ("kind", "sub_type"), sorted(key for key, rule in RULES.items() if rule.form in ("journal", "card") and rule.tax != "default")
    )
    def test_stands_on_purchases_alone(self, kind, sub_type):
        """Never on fees, refunds, mileage, per diem, cash, private spend, reimbursements and wallet movements."""
        within = context(default_tax_code=STANDARD, default_tax_splits_gross=True)
        of = item(line(RULES[kind, sub_type].sign * 12000), type=kind, sub_type=sub_type or None)

        planned = plan(of, within)

        assert planned.principal.tax_total().minor == 0 and not any(each.tax for each in planned.principal.lines)
        assert planned.beyond == Beyond()

    def test_never_stands_on_a_fee(self):
        posted = entry(item(line(500, "7900"), type="fee"), context(default_tax_code=ZERO))

        assert rows(posted)[0] == ("Dr", "7900", "5.00", "")

    def test_does_not_replace_what_pleo_says(self):
        assert entry(item(line(10500, tax=500, code=REDUCED)), context(default_tax_code=ZERO)).lines[0].tax.detail == REDUCED

    @pytest.mark.parametrize(
        ("gross", "rate", "net", "tax"),
        [
            (10500, "5", "100.00", "5.00"),
            (10888, "8.875", "100.00", "8.88"),
            (11350, "13.5", "100.00", "13.50"),
            (1000, "20", "8.33", "1.67"),
            (12300, "23", "100.00", "23.00"),
        ],
    )
    def test_splits_the_gross_where_that_is_set_and_a_receipt_is_there(self, gross, rate, net, tax):
        within = rate_context(rate, default_tax_code="RATE", default_tax_splits_gross=True)

        planned = plan(item(line(gross)), within, facts(receipt()))

        assert rows(planned.principal)[0] == ("Dr", "6100", net, tax)
        assert any("split" in note for note in planned.notes)

    @pytest.mark.parametrize(("splits", "receipts"), [(False, (receipt(),)), (True, ())])
    def test_splits_nothing_without_being_set_or_without_a_receipt(self, splits, receipts):
        within = context(default_tax_code=STANDARD, default_tax_splits_gross=splits)

        planned = plan(item(line(12000)), within, facts(*receipts))

        assert rows(planned.principal) == [("Dr", "6100", "120.00", ""), ("Cr", "1050", "120.00", "")]
        assert any("posted without VAT" in note for note in planned.notes)

    @pytest.mark.parametrize("code", ["gone", "UK Old Rate", "FR Standard", "UK Purchase Reverse", "UK Sale Standard"])
    def test_is_named_where_it_cannot_be_used(self, code):
        found = sentences(item(line(12000), line(100)), context(default_tax_code=code))

        assert len(found) == 1
        assert code in found[0]
        assert "Entity configurations › UK01 › Taxes › Default tax code" in found[0]

    def test_is_not_looked_at_where_the_entity_has_no_tax_solution(self):
        assert rows(entry(item(line(12000)), context(tax_solution="", default_tax_code="gone")))[0] == ("Dr", "6100", "120.00", "")


class TestKindsWithoutTax:
    @pytest.mark.parametrize(("kind", "sign", "side"), [("per_diem", 1, "Dr"), ("cashback", -1, "Cr")])
    @pytest.mark.parametrize("tax_type", ["inclusive", "reverse"])
    def test_post_the_gross_with_a_note(self, kind, sign, side, tax_type):
        planned = plan(item(line(sign * 3000, "6300", tax=sign * 500, tax_type=tax_type), type=kind))

        assert rows(planned.principal)[0] == (side, "6300", "30.00", "")
        assert {amount for _, _, amount, _ in rows(planned.principal)} == {"30.00"}
        assert not planned.principal.vat_vendor
        assert [note for note in planned.notes if "was left out" in note] == [
            f"Line 1: VAT {planned.principal.lines[0].amount.currency} {sign * 5}.00 was left out, because this kind of entry has none."
        ]
        assert planned.beyond == Beyond(became_cost=sign * Decimal(5))

    @pytest.mark.parametrize(
        ("kind", "within"), [("per_diem", CONTEXT), ("cashback", CONTEXT), ("card_purchase", context(tax_solution=""))]
    )
    def test_send_no_line_of_zero(self, kind, within):
        # Gross nothing, of which a tax: without tax field there is nothing to post on that line.
        sign = -1 if kind == "cashback" else 1
        planned = plan(item(line(sign * 3000, "6300"), line(0, "6300", tax=5), type=kind), within)

        assert [amount for _, _, amount, _ in rows(planned.principal)] == ["30.00", "30.00"]
        assert any(note == "Line 2 is zero and was left out." for note in planned.notes)


class TestAPurchaseAbroad:
    """A foreign receipt holds no VAT of this country. Measured: USD 100.00 charged as £79.40 reclaimed 13.23 of UK VAT."""

    SPLITS = context(default_tax_code=STANDARD, default_tax_splits_gross=True)
    FOREIGN = context(default_tax_code=STANDARD, default_tax_splits_gross=True, default_tax_code_foreign=ZERO)
    AMERICAN = {"supplier_amount": ("USD", 10000)}
    FRENCH = {"supplier": {"name": "Boulangerie", "country": "FR"}}
    FRENCH_VENDOR = {"vendor": {"id": "v", "name": "Boulangerie", "code": "V-100", "country": "FR"}}

    @pytest.mark.parametrize("fields", [AMERICAN, FRENCH, FRENCH_VENDOR, AMERICAN | FRENCH])
    @pytest.mark.parametrize("kind", ["card_purchase", "card_invoice", "out_of_pocket"])
    def test_is_never_split_with_the_local_code(self, kind, fields):
        planned = plan(item(line(7940), type=kind, **fields), self.SPLITS)

        assert rows(planned.principal)[0] == ("Dr", "6100", "79.40", "")
        assert any("posted without VAT" in note and ("USD" in note or "FR" in note) for note in planned.notes)

    def test_is_never_split_as_an_invoice_either(self):
        of = item(line(7940), type="invoice", invoice=invoice(), **self.FRENCH)

        assert bill_rows(billed(of, self.SPLITS)) == [("6100", "79.40")]

    @pytest.mark.parametrize("fields", [AMERICAN, FRENCH])
    def test_takes_the_code_for_purchases_abroad(self, fields):
        planned = plan(item(line(7940), **fields), self.FOREIGN)

        assert rows(planned.principal)[0] == ("Dr", "6100", "79.40", "0.00")
        assert planned.principal.lines[0].tax.detail == ZERO
        assert any(ZERO in note and "for purchases abroad" in note for note in planned.notes)

    def test_takes_that_code_also_where_there_is_no_other(self):
        posted = entry(item(line(7940), **self.FRENCH), context(default_tax_code_foreign=ZERO))

        assert posted.lines[0].tax.detail == ZERO
        assert entry(item(line(7940)), context(default_tax_code_foreign=ZERO)).lines[0].tax is None

    def test_keeps_a_default_code_without_rate(self):
        posted = entry(item(line(7940), **self.FRENCH), context(default_tax_code=ZERO))

        assert rows(posted)[0] == ("Dr", "6100", "79.40", "0.00")

    def test_takes_no_tax_out_by_a_code_of_its_own_either(self):
        within = context(default_tax_code_foreign=STANDARD, default_tax_splits_gross=True)

        assert rows(entry(item(line(7940), **self.FRENCH), within))[0] == ("Dr", "6100", "79.40", "")

    def test_is_what_a_wallet_in_another_currency_pays(self):
        assert rows(entry(item(line(11900, currency="EUR"), currency="EUR"), self.SPLITS))[0] == ("Dr", "6100", "119.00", "")

    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"supplier": {"name": "Trainline", "country": "GB"}},
            {"supplier": {"name": "Trainline", "country": "gb "}},
            {"supplier": {"name": "Trainline", "country": "UNDEFINED"}},
            {"supplier": {"name": "Trainline", "country": None}},
            {"supplier_amount": ("UNDEFINED", 10000)},
        ],
    )
    def test_is_none_where_nothing_says_so(self, fields):
        assert rows(entry(item(line(12000), **fields), self.SPLITS))[0] == ("Dr", "6100", "100.00", "20.00")

    def test_is_any_with_a_country_where_nobody_knows_ours(self):
        within = replace(self.SPLITS, country="")

        assert rows(entry(item(line(12000), supplier={"name": "Trainline", "country": "GB"}), within))[0] == ("Dr", "6100", "120.00", "")

    def test_keeps_the_tax_that_pleo_gives(self):
        assert rows(entry(item(line(12000, tax=2000), **self.FRENCH), self.FOREIGN))[0] == ("Dr", "6100", "100.00", "20.00")

    def test_names_the_setting_of_a_code_that_cannot_be_used(self):
        found = sentences(item(line(7940), **self.FRENCH), context(default_tax_code_foreign="gone"))

        assert len(found) == 1
        assert "Entity configurations › UK01 › Taxes › Default tax code for purchases abroad" in found[0]

    @pytest.mark.parametrize("kind", ["fee", "mileage", "per_diem"])
    def test_takes_no_code_where_it_is_no_purchase(self, kind):
        assert entry(item(line(500, "7900"), type=kind, **self.AMERICAN), self.FOREIGN).lines[0].tax is None


class TestCountryCode:
    @pytest.mark.parametrize(
        ("name", "code"),
        [("United Kingdom", "GB"), ("GB", "GB"), ("uk", "GB"), (" Ireland ", "IE"), ("United States", "US"), ("Atlantis", ""), ("", "")],
    )
    def test_is_read_from_the_name_sage_intacct_shows(self, name, code):
        assert country_code(name) == code

    @pytest.mark.parametrize(("name", "code"), [("United Kingdom - VAT", "GB"), ("Ireland - VAT", "IE"), ("Our own", "")])
    def test_is_read_from_a_tax_solution_too(self, name, code):
        assert country_code(name.partition(" - ")[0]) == code
