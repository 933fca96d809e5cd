"""How one Pleo company posts into one entity. Holds Intacct's own codes, so it survives any re-sync (docs/design.md, section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from integration.fields import SecretField
from integration.models.connections import Connection

_currency = RegexValidator(r"^[A-Z]{3}\Z", "A currency has three capital letters, like GBP.")


def _time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(f"{name} is not a time zone, like Europe/London.")


class EntityConfigurationQuerySet(models.QuerySet["EntityConfiguration"]):
    def open(self) -> EntityConfigurationQuerySet:
        """Return those that may exchange data now."""
        return self.filter(active=True, closed_at=None, connection__active=True, connection__closed_at=None)


class EntityConfiguration(models.Model):
    """One Pleo company posting into one entity of a connection."""

    class Method(models.TextChoices):
        JOURNAL = "journal", "Journal entries"
        ACCOUNTS_PAYABLE = "accounts_payable", "AP bills with their payments"

    class MethodFrom(models.TextChoices):
        OURS = "ours", "This configuration; a note says where Pleo asks for the other"
        PLEO = "pleo", "Pleo, where it names a method for an expense"

    class Settlement(models.TextChoices):
        PAYMENT = "payment", "Pay each card bill from the bank account"
        LEAVE_OPEN = "leave_open", "Leave card bills open, on hold"

    class PostAs(models.TextChoices):
        POSTED = "posted", "Posted"
        DRAFT = "draft", "Draft, to be posted by a person"

    class OffsetLines(models.TextChoices):
        ONE = "one", "One for the whole entry"
        PER_LINE = "per_line", "One per line, with its dimensions"

    class ReverseCharge(models.TextChoices):
        FAIL = "fail", "Stop the expense and say so"
        BILL = "bill", "Post it as bill and payment"
        ACCOUNTS = "accounts", "Post the tax to the accounts of the tax code (entities without tax solution)"

    class PartialExemption(models.TextChoices):
        FAIL = "fail", "Stop the expense and say so"
        FULL = "full", "Recover the whole tax"
        NO_RECOVERY = "no_recovery", "Recover no tax"

    class ClosedPeriod(models.TextChoices):
        FAIL = "fail", "Stop the expense and say so"
        FIRST_OPEN_DAY = "first_open_day", "Post on the first open day"
        TODAY = "today", "Post today"

    class UnusableReceipt(models.TextChoices):
        WARN = "warn", "Post, and list as posted without receipt"
        REFUSE = "refuse", "Stop the expense and say so"

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT)
    pleo_company_id = models.UUIDField("Pleo company", unique=True)
    pleo_company_name = models.CharField(max_length=200, blank=True, editable=False)
    intacct_entity = models.CharField("entity", max_length=40, help_text="The entity of Sage Intacct that is posted to.")
    active = models.BooleanField(default=True)
    closed_at = models.DateTimeField("closed", null=True, blank=True, editable=False)
    closed_reason = models.TextField(blank=True, editable=False)

    time_zone = models.CharField(
        max_length=60, default="UTC", validators=[_time_zone], help_text="Whose calendar day an expense belongs to."
    )
    midnight_is_a_day = models.BooleanField(
        "midnight in UTC is a day",
        default=True,
        help_text="Pleo writes a day without a time as 00:00:00Z: it stays that day, also west of Greenwich. Off: it is a moment.",
    )
    first_posting_date = models.DateField(
        null=True, blank=True, help_text="Expenses before this day are stopped: another integration may have posted them."
    )
    post_as = models.CharField(max_length=10, choices=PostAs, default=PostAs.POSTED)
    offset_lines = models.CharField(
        max_length=10, choices=OffsetLines, default=OffsetLines.ONE, help_text="How the balance side is written."
    )
    exchange_rate_type = models.CharField(max_length=100, default="Intacct Daily Rate")

    card_method = models.CharField("post card expenses as", max_length=20, choices=Method, default=Method.JOURNAL)
    card_method_from = models.CharField(
        "who decides for each expense",
        max_length=10,
        choices=MethodFrom,
        default=MethodFrom.OURS,
        help_text="Pleo names a method where its companies keep books by vendor. Where it decides, set up both.",
    )
    card_settlement = models.CharField("card bills", max_length=20, choices=Settlement, default=Settlement.PAYMENT)
    card_journal = models.CharField("journal for card expenses", max_length=24, help_text="The symbol of a journal, like PLEO.")
    card_default_vendor = models.CharField(
        "default vendor",
        max_length=20,
        blank=True,
        help_text="Where an expense names no vendor: on bills, and in the VAT report of journal entries.",
    )

    out_of_pocket_account = models.CharField(
        "owed to employees", max_length=24, blank=True, help_text="Account for expenses paid with own money."
    )
    employee_receivable_account = models.CharField(
        "owed by employees", max_length=24, blank=True, help_text="Cash and private spend. Empty: the account owed to employees."
    )
    external_reimbursement_account = models.CharField(
        "reimbursed outside Pleo", max_length=24, blank=True, help_text="Clearing account for reimbursements by payroll or bank."
    )
    reimbursement_journal = models.CharField("journal for reimbursements", max_length=24, blank=True)
    reimbursement_vat_vendor = models.CharField(
        "VAT vendor for out-of-pocket expenses", max_length=20, blank=True, help_text="Empty: the default vendor of card expenses."
    )

    invoice_default_vendor = models.CharField("default vendor for invoices", max_length=20, blank=True)
    invoice_payment_method = models.CharField("payment method", max_length=20, default="EFT")
    name_bill_summaries = models.BooleanField(
        default=False, help_text="Accounts Payable is set up so that users name the summary of a bill: one a month is named here."
    )
    account_labels = models.JSONField(
        default=dict,
        blank=True,
        help_text="Account number to account label, where Accounts Payable is set up with account labels. Empty: bills name accounts.",
    )
    wallet_transfer_account = models.CharField(
        "wallet transfers", max_length=24, blank=True, help_text="Clearing account for money moved to and from Pleo."
    )

    default_tax_code = models.CharField(max_length=100, blank=True, help_text="Used where Pleo gives a purchase no tax code.")
    default_tax_code_foreign = models.CharField(
        "default tax code for purchases abroad",
        max_length=100,
        blank=True,
        help_text="Where the supplier is abroad or was paid in another currency. Empty: the one above, which then takes no tax out.",
    )
    default_tax_splits_gross = models.BooleanField(
        default=False, help_text="A default tax code with a rate takes its tax out of the amount, where a receipt is there."
    )
    reverse_charge_on_journals = models.CharField(max_length=10, choices=ReverseCharge, default=ReverseCharge.FAIL)
    partial_exemption_on_journals = models.CharField(max_length=12, choices=PartialExemption, default=PartialExemption.FAIL)
    tax_code_pairs = models.JSONField(
        default=dict,
        blank=True,
        help_text="Of reverse charges: input tax code to output tax code. Pairs that speak for themselves are confirmed below.",
    )
    two_tax_entries = models.BooleanField(
        "two tax entries on a line",
        default=False,
        help_text="Outside the United Kingdom and Australia: a trial has shown that a bill's line takes both halves of a reverse charge.",
    )
    closed_period = models.CharField(max_length=15, choices=ClosedPeriod, default=ClosedPeriod.FAIL)
    unusable_receipt = models.CharField(max_length=10, choices=UnusableReceipt, default=UnusableReceipt.WARN)
    team_defaults = models.JSONField(default=dict, blank=True, help_text="Pleo team code to dimension to value, where no tag is set.")

    publish_tags = models.BooleanField(
        "dimensions as tags", default=True, help_text="The dimensions below become tag groups in Pleo, their values tags."
    )
    publish_tax_codes = models.BooleanField(
        "tax codes", default=True, help_text="Those of the entity's tax solution, for purchases, with rate and type."
    )
    publish_accounts = models.BooleanField(
        "chart of accounts", default=False, help_text="So that nobody types account numbers into Pleo's categories."
    )
    publish_wanted_at = models.DateTimeField(null=True, blank=True, editable=False)

    poll_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    trouble = models.TextField("what stopped the last run", blank=True, editable=False)
    trouble_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = EntityConfigurationQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["publish_wanted_at", "poll_due_at", "trouble", "trouble_at"])

    class Meta:
        ordering = ("connection__name", "intacct_entity")
        constraints = [
            models.CheckConstraint(condition=~Q(intacct_entity=""), name="posted_to_an_entity_never_to_the_top_level"),
            models.CheckConstraint(condition=Q(closed_at=None) | ~Q(closed_reason=""), name="closed_configuration_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.connection} · {self.intacct_entity}"

    def clean(self) -> None:
        if self.reverse_charge_on_journals == self.ReverseCharge.BILL and not self.card_default_vendor:
            raise ValidationError({"card_default_vendor": "Reverse charge as bill needs a default vendor."})

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def pleo_lease(self) -> str:
        return f"pleo:{self.pleo_company_id}"

    @property
    def leaves_card_bills_open(self) -> bool:
        return self.may_bill_cards and self.card_settlement == self.Settlement.LEAVE_OPEN

    @property
    def may_bill_cards(self) -> bool:
        """Whether card expenses may become bills by their method."""
        return self.card_method == self.Method.ACCOUNTS_PAYABLE or self.card_method_from == self.MethodFrom.PLEO

    def confirm_pairs(self, pairs: Mapping[str, str]) -> None:
        """A person has confirmed these pairs of tax codes; what he has named before stays."""
        self.tax_code_pairs = {**pairs, **self.tax_code_pairs}
        self.save(update_fields=["tax_code_pairs"])

    @property
    def publishes(self) -> bool:
        return self.publish_tags or self.publish_tax_codes or self.publish_accounts

    @property
    def is_on(self) -> bool:
        """Whether nobody has switched it or its connection off."""
        return self.active and self.connection.active

    @property
    def may_post(self) -> bool:
        return self.is_on and self.closed_at is None and self.connection.closed_at is None

    def close(self, reason: str, now: datetime) -> bool:
        return bool(EntityConfiguration.objects.filter(pk=self.pk, closed_at=None).update(closed_at=now, closed_reason=reason))

    def note_trouble(self, trouble: str, now: datetime) -> None:
        """Keep what stopped the last run, for the operator; "" when it went well."""
        if trouble or self.trouble:
            EntityConfiguration.objects.filter(pk=self.pk).update(trouble=trouble, trouble_at=now if trouble else None)

    def want_publishing(self, now: datetime) -> None:
        EntityConfiguration.objects.filter(pk=self.pk).update(publish_wanted_at=now)

    def reopen(self) -> bool:
        return bool(EntityConfiguration.objects.filter(pk=self.pk).exclude(closed_at=None).update(closed_at=None, closed_reason=""))


class WalletAccount(models.Model):
    """The accounts of one wallet currency: the Pleo balance account, and the checking accounts bills are paid from."""

    configuration = models.ForeignKey(EntityConfiguration, on_delete=models.CASCADE, related_name="wallet_accounts")
    currency = models.CharField(max_length=3, validators=[_currency])
    balance_account = models.CharField("Pleo balance account", max_length=24, blank=True)
    card_bank_account = models.CharField("bank account for card bills", max_length=20, blank=True)
    invoice_bank_account = models.CharField("bank account for invoices", max_length=20, blank=True)

    class Meta:
        ordering = ("currency",)
        constraints = [models.UniqueConstraint(fields=("configuration", "currency"), name="one_wallet_account_per_currency")]

    def __str__(self) -> str:
        return f"{self.currency} {self.balance_account}"


class DimensionMapping(models.Model):
    """One of at most five dimensions that Pleo users tag with; its tag group has the dimension's name as code."""

    configuration = models.ForeignKey(EntityConfiguration, on_delete=models.CASCADE, related_name="dimension_mappings")
    dimension = models.CharField(max_length=60, help_text="The dimension's object name, like DEPARTMENT.")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(fields=("configuration", "dimension"), name="a_dimension_once"),
            models.UniqueConstraint(fields=("configuration", "position"), name="a_position_once"),
            models.CheckConstraint(condition=Q(position__gte=1, position__lte=5), name="at_most_five_dimensions"),
        ]

    def __str__(self) -> str:
        return self.dimension


class PleoCredentials(models.Model):
    """The API key of one Pleo company. In a row of its own, so that ordinary queries never load it."""

    configuration = models.OneToOneField(EntityConfiguration, on_delete=models.CASCADE, related_name="pleo_credentials")
    api_key = SecretField("Pleo API key")

    class Meta:
        verbose_name = verbose_name_plural = "Pleo credentials"

    def __str__(self) -> str:
        return f"Pleo credentials of {self.configuration_id}"
