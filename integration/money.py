"""Amounts of money: exact, with their currency, rounded in one place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

# Currencies whose minor unit is not a hundredth. Source: ISO 4217, table A.1.
_MINOR_UNITS = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


def minor_units(currency: str) -> int:
    """Return how many decimals an amount of `currency` has (2 where ISO 4217 names no other)."""
    return _MINOR_UNITS.get(currency, 2)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Round half up (away from zero at the half) to the minor unit of `currency`."""
    return amount.quantize(Decimal(1).scaleb(-minor_units(currency)), rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its currency, always a whole number of minor units.

    Raises TypeError for anything but a Decimal, ValueError for a part of a minor unit.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError(f"an amount is a Decimal, not {type(self.amount).__name__}")
        if not self.amount.is_finite() or rounded(self.amount, self.currency) != self.amount:
            raise ValueError(f"{self.amount} is not a whole number of minor units of {self.currency}")
        object.__setattr__(self, "amount", rounded(self.amount, self.currency))

    @classmethod
    def of_minor(cls, value: int, currency: str) -> Money:
        """Make money from minor units (12345 in GBP is 123.45)."""
        return cls(Decimal(value).scaleb(-minor_units(currency)), currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(Decimal(0), currency)

    @property
    def minor(self) -> int:
        return int(self.amount.scaleb(minor_units(self.currency)))

    def __add__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.amount), self.currency)

    def __bool__(self) -> bool:
        return bool(self.amount)

    def __str__(self) -> str:
        return f"{self.currency} {self.amount:,}"

    def _same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")


def total(amounts: Iterable[Money], currency: str) -> Money:
    """Add up `amounts`, all of `currency`; zero where there are none."""
    result = Money.zero(currency)
    for amount in amounts:
        result += amount
    return result


def divide(whole: Money, weights: Sequence[Decimal]) -> tuple[Money, ...]:
    """Divide `whole` in proportion to `weights`, so that the parts add up to it.

    Each part is first rounded towards zero; the minor units left over go one each to the parts that lost most, and
    among equals to the first.

    Raises ValueError if there are no weights or they add up to zero.
    """
    of_all = sum(weights, Decimal(0))
    if not of_all:
        raise ValueError("no weights to divide by")
    exact = [Decimal(whole.minor) * weight / of_all for weight in weights]
    parts = [int(share.to_integral_value(rounding=ROUND_DOWN)) for share in exact]
    left = whole.minor - sum(parts)
    step = 1 if left > 0 else -1
    by_loss = sorted(range(len(parts)), key=lambda i: (-step * (exact[i] - parts[i]), i))
    for index in by_loss[: abs(left)]:
        parts[index] += step
    return tuple(Money.of_minor(part, whole.currency) for part in parts)
