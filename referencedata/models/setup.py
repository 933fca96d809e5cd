"""Our copy of how the company is set up: terms, exchange rate types, base currency, preferences."""

from __future__ import annotations

from django.db import models

from referencedata.models.mirror import Mirror, by_code, unique_key


class PaymentTerm(Mirror):
    """A term of payables (APTERM). Its name is its code."""

    CODE = NAME = "name"

    name = models.CharField("payment term", max_length=255)

    class Meta:
        ordering = ("name",)
        constraints = [unique_key("payment_term")]
        indexes = [by_code("payment_term", "name")]


class ExchangeRateType(Mirror):
    """A type of exchange rates. The built-in Intacct Daily Rate is there always and never listed."""

    CODE = NAME = "name"

    name = models.CharField("exchange rate type", max_length=255)
    default = models.BooleanField(default=False)

    class Meta:
        ordering = ("name",)
        constraints = [unique_key("exchange_rate_type")]
        indexes = [by_code("rate_type", "name")]


class CompanySetting(Mirror):
    """One setting of the company, as Intacct says it.

    source: what said it: the financial set-up, or the application (AP, GL …) whose preference it is.
    """

    CODE = NAME = "name"

    source = models.CharField("part of", max_length=40)
    name = models.CharField("setting", max_length=255)
    value = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ("source", "name")
        constraints = [unique_key("company_setting", "source")]
        indexes = [by_code("company_setting", "name", "source")]
