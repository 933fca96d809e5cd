from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.money import Money, divide, minor_units, rounded, total


def gbp(amount: str) -> Money:
    return Money(Decimal(amount), "GBP")


class TestMoney:
    @pytest.mark.parametrize(("minor", "currency", "amount"), [(12345, "GBP", "123.45"), (1000, "JPY", "1000"), (1234, "KWD", "1.234")])
    def test_is_counted_in_minor_units(self, minor, currency, amount):
        money = Money.of_minor(minor, currency)

        assert str(money.amount) == amount
        assert money.minor == minor

    @pytest.mark.parametrize(("amount", "currency"), [("0.001", "GBP"), ("0.5", "JPY"), ("NaN", "GBP"), ("Infinity", "GBP")])
    def test_is_never_a_part_of_a_minor_unit(self, amount, currency):
        with pytest.raises((ValueError, ArithmeticError)):
            Money(Decimal(amount), currency)

    @pytest.mark.parametrize("amount", [1, 1.0, "1.00"])
    def test_is_never_made_of_anything_but_a_decimal(self, amount):
        with pytest.raises(TypeError):
            Money(amount, "GBP")

    def test_adds_and_takes_away_in_one_currency_only(self):
        assert gbp("1.10") + gbp("2.20") - gbp("0.30") == gbp("3.00")
        with pytest.raises(ValueError, match="do not add up"):
            gbp("1.00") + Money(Decimal(1), "EUR")

    def test_knows_its_sign(self):
        assert -gbp("1.00") == gbp("-1.00")
        assert abs(gbp("-1.00")) == gbp("1.00")
        assert str(abs(-gbp("0.00")).amount) == "0.00"
        assert not gbp("0.00")

    def test_is_written_with_thousands(self):
        assert str(gbp("1234567.8")) == "GBP 1,234,567.80"


class TestRounded:
    @pytest.mark.parametrize(
        ("amount", "currency", "result"),
        [
            ("0.005", "GBP", "0.01"),
            ("-0.005", "GBP", "-0.01"),
            ("0.0049", "GBP", "0.00"),
            ("90.5", "JPY", "91"),
            ("0.0005", "KWD", "0.001"),
        ],
    )
    def test_rounds_half_up(self, amount, currency, result):
        assert str(rounded(Decimal(amount), currency)) == result


class TestMinorUnits:
    @pytest.mark.parametrize(("currency", "digits"), [("GBP", 2), ("ISK", 0), ("TND", 3), ("CLF", 4), ("XYZ", 2)])
    def test_are_those_of_iso_4217(self, currency, digits):
        assert minor_units(currency) == digits


class TestTotal:
    def test_is_zero_of_nothing(self):
        assert total([], "JPY") == Money(Decimal(0), "JPY")


class TestDivide:
    @pytest.mark.parametrize(
        ("whole", "weights", "parts"),
        [
            ("100.00", (1, 1, 1), ("33.34", "33.33", "33.33")),
            ("-100.00", (1, 1, 1), ("-33.34", "-33.33", "-33.33")),
            ("0.01", (1, 3), ("0.00", "0.01")),
            ("10.00", (0, 1), ("0.00", "10.00")),
        ],
    )
    def test_gives_what_is_left_to_those_that_lost_most(self, whole, weights, parts):
        assert divide(gbp(whole), [Decimal(weight) for weight in weights]) == tuple(gbp(part) for part in parts)

    @pytest.mark.parametrize("weights", [(), (0, 0), (1, -1)])
    def test_needs_weights(self, weights):
        with pytest.raises(ValueError, match="no weights"):
            divide(gbp("1.00"), [Decimal(weight) for weight in weights])

    @given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(any))
    def test_neither_loses_nor_makes_a_cent(self, minor, weights):
        whole = Money.of_minor(minor, "GBP")

        assert total(divide(whole, [Decimal(weight) for weight in weights]), "GBP") == whole
