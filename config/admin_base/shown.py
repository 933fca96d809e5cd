"""How amounts and moments are written on a page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from integration.money import Money

_SIGNS = {"GBP": "£", "EUR": "€", "USD": "$"}


def amount(money: Money | None) -> SafeString:
    """Return the number with its currency, to stand at the right: the minus where one is, thousands apart."""
    if money is None:
        return SafeString("–")
    return format_html('<span class="amount"><span class="currency">{}</span> {}</span>', money.currency, number(money))


def number(money: Money) -> str:
    return f"{money.amount:,}".replace("-", "−")


def short_amount(currency: str, value: Decimal) -> str:
    """Return an amount for running text: £1,204.10, or CHF 1,204.10 where the sign is not known to everybody."""
    money = Money(value, currency)
    sign = _SIGNS.get(currency, f"{currency} ")
    return f"{'−' if value < 0 else ''}{sign}{abs(money).amount:,}"


def sums(amounts: Mapping[str, Decimal]) -> str:
    """Return the sums of several currencies in one line, e.g. "£12,480.22 · €1,904.10"."""
    return " · ".join(short_amount(currency, value) for currency, value in sorted(amounts.items()))


def day(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "j M Y") if moment else ""


def exactly(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j M Y H:i:s") + timezone.localtime(moment).strftime(" %Z")


def ago(moment: datetime | None, now: datetime | None = None) -> SafeString:
    """Return "4 minutes ago" or "in 4 minutes", with the exact moment on hover."""
    if moment is None:
        return SafeString("–")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exactly(moment), relative(moment, now or timezone.now())
    )


def relative(moment: datetime, now: datetime) -> str:
    distance = abs(now - moment)
    if distance < timedelta(minutes=1):
        return "just now" if moment <= now else "in less than a minute"
    for unit, name in ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute")):
        if distance >= unit:
            count = int(distance / unit)
            if name == "day" and count > 13:
                return f"on {day(moment)}"
            said = f"{count} {name}{'' if count == 1 else 's'}"
            return f"{said} ago" if moment <= now else f"in {said}"
    return ""
