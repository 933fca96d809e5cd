"""Our copy of entities, accounts, journals, bank accounts, vendors and taxes."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from referencedata.models.mirror import Mirror, MirrorQuerySet, by_code, unique_key


class Entity(Mirror):
    """A legal unit of the company (LOCATIONENTITY). Each is a location too, with the same code."""

    code = models.CharField("entity", max_length=40)
    name = models.CharField(max_length=255, blank=True)
    currency = models.CharField("base currency", max_length=3, blank=True)
    tax_solution = models.CharField(max_length=255, blank=True, help_text="Empty: no tax is posted apart.")
    start_open_date = models.DateField("first open day", null=True, blank=True, help_text="Of the general ledger.")
    country = models.CharField(max_length=80, blank=True)
    partially_exempt = models.BooleanField(default=False, help_text="It recovers only a part of its input tax.")

    class Meta:
        verbose_name_plural = "entities"
        ordering = ("code",)
        constraints = [unique_key("entity")]
        indexes = [by_code("entity")]


class AccountQuerySet(MirrorQuerySet):
    def with_bank(self) -> Self:
        """Add `bank`: the checking or savings account whose GL account it is, "" for none.

        Asked of the bank accounts each time, not kept here: a copy would be wrong from the moment that only one of the
        kinds could be read.
        """
        found = []
        for kind in (CheckingAccount, SavingsAccount):
            banks = kind.objects.present().filter(connection=OuterRef("connection"), gl_account=OuterRef("number"))
            found.append(Subquery(banks.order_by("code").values("code")[:1]))
        return self.annotate(bank=Coalesce(*found, Value("")))


class Account(Mirror):
    """A general ledger account (GLACCOUNT)."""

    CODE, NAME = "number", "title"

    class Type(models.TextChoices):
        BALANCE_SHEET = "BALANCE_SHEET", "Balance sheet"
        INCOME_STATEMENT = "INCOME_STATEMENT", "Income statement"

    class Side(models.TextChoices):
        DEBIT = "DEBIT", "Debit"
        CREDIT = "CREDIT", "Credit"

    number = models.CharField("account", max_length=40)
    title = models.CharField(max_length=255, blank=True)
    account_type = models.CharField("type", max_length=16, choices=Type, blank=True)
    normal_balance = models.CharField(max_length=6, choices=Side, blank=True)
    category = models.CharField(max_length=255, blank=True)
    control = models.BooleanField("control account", default=False, help_text="Belongs to a subledger: no journal line may use it.")
    alternative_account = models.CharField(max_length=40, blank=True, help_text="Payables or receivables account, as Intacct says it.")
    required_dimensions = models.JSONField(default=list, blank=True, help_text="Dimensions that a line on it must carry.")

    objects = AccountQuerySet.as_manager()  # type: ignore[misc]  # more methods than the others have

    class Meta:
        ordering = ("number",)
        constraints = [unique_key("account")]
        indexes = [by_code("account", "number")]


class Journal(Mirror):
    """A journal of the general ledger (JOURNAL, in some companies GLJOURNAL)."""

    CODE, NAME = "symbol", "title"

    symbol = models.CharField("journal", max_length=40)
    title = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ("symbol",)
        constraints = [unique_key("journal")]
        indexes = [by_code("journal", "symbol")]


class CheckingAccount(Mirror):
    """A bank account that bills are paid from (CHECKINGACCOUNT)."""

    code = models.CharField("bank account", max_length=40)
    name = models.CharField("bank", max_length=255, blank=True)
    gl_account = models.CharField("account", max_length=40, blank=True)
    currency = models.CharField(max_length=3, blank=True)

    class Meta:
        verbose_name = "bank account"
        ordering = ("code",)
        constraints = [unique_key("checking_account")]
        indexes = [by_code("bank"), models.Index(fields=("connection", "gl_account"), name="bank_by_account")]


class SavingsAccount(Mirror):
    """A bank account that no bill is paid from (SAVINGSACCOUNT)."""

    code = models.CharField("savings account", max_length=40)
    name = models.CharField("bank", max_length=255, blank=True)
    gl_account = models.CharField("account", max_length=40, blank=True)
    currency = models.CharField(max_length=3, blank=True)

    class Meta:
        ordering = ("code",)
        constraints = [unique_key("savings_account")]
        indexes = [by_code("savings"), models.Index(fields=("connection", "gl_account"), name="savings_by_account")]


class Vendor(Mirror):
    code = models.CharField("vendor", max_length=40)
    name = models.CharField(max_length=255, blank=True)
    on_hold = models.BooleanField(default=False, help_text="Intacct takes no new bills for it.")

    class Meta:
        ordering = ("code",)
        constraints = [unique_key("vendor")]
        indexes = [by_code("vendor")]


class TaxSolution(Mirror):
    """Intacct's tax engine for one jurisdiction. Its name is its code, like "United Kingdom - VAT"."""

    CODE = NAME = "name"

    VAT_OR_GST = "VAT or GST"

    name = models.CharField("tax solution", max_length=255)
    method = models.CharField(max_length=40, blank=True, help_text="Only those of method VAT or GST are used.")

    class Meta:
        ordering = ("name",)
        constraints = [unique_key("tax_solution")]
        indexes = [by_code("tax_solution", "name")]


class TaxDetail(Mirror):
    """One rate of a tax solution: what Pleo calls a tax code."""

    CODE, NAME = "detail_id", "description"

    class Type(models.TextChoices):
        PURCHASE = "PURCHASE", "Purchases"
        SALE = "SALE", "Sales"

    detail_id = models.CharField("tax code", max_length=255)
    description = models.CharField(max_length=255, blank=True)
    value = models.DecimalField("rate in percent", max_digits=12, decimal_places=6)
    tax_type = models.CharField("for", max_length=8, choices=Type, blank=True)
    solution = models.CharField("tax solution", max_length=255, blank=True)
    reverse_charge = models.BooleanField(default=False)
    gl_account = models.CharField("account", max_length=40, blank=True)

    class Meta:
        verbose_name = "tax code"
        ordering = ("solution", "detail_id")
        constraints = [unique_key("tax_detail")]
        indexes = [by_code("tax_detail", "detail_id")]
