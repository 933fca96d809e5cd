"""A Sage Intacct company and the credentials to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from simple_history.models import HistoricalRecords

from integration.endpoints import check_intacct_endpoint, check_pleo_base_url
from integration.fields import SecretField

DEFAULT_ENDPOINT = "https://api.intacct.com/ia/xml/xmlgw.phtml"
DEFAULT_PLEO_BASE_URL = "https://external.pleo.io"


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def named(self, names: Sequence[str]) -> ConnectionQuerySet:
        """Return the connections called `names`, all where there are none.

        Raises ValueError naming every name that no connection has, and those there are.
        """
        if not names:
            return self.all()
        known = set(self.values_list("name", flat=True))
        if unknown := sorted(set(names) - known):
            there = f"There are: {', '.join(sorted(known))}." if known else "There is none yet."
            raise ValueError(f"There is no connection called {', '.join(unknown)}. {there}")
        return self.filter(name__in=names)

    def open(self) -> ConnectionQuerySet:
        return self.filter(active=True, closed_at=None)


class Connection(models.Model):
    """One Sage Intacct company, with one or more entity configurations."""

    name = models.CharField(max_length=100, unique=True, help_text="What you call this company here.")
    company_id = models.CharField(
        "Intacct company ID",
        max_length=40,
        unique=True,
        help_text="What you type on Sage Intacct's sign-in page. Cannot be changed once an expense was received.",
    )
    endpoint = models.URLField(max_length=300, default=DEFAULT_ENDPOINT, help_text="Where Sage Intacct listens; leave as it is.")
    pleo_base_url = models.URLField(
        "Pleo address", max_length=300, default=DEFAULT_PLEO_BASE_URL, help_text="Where Pleo listens; leave as it is."
    )
    attachment_folder = models.CharField(
        max_length=80, default="Pleo", help_text="The folder for receipts in Sage Intacct. Made by us, one per entity."
    )
    second_person = models.BooleanField(
        "two people",
        default=True,
        help_text="Posting again after a reversal, and what is decided about larger amounts, takes two people. Off: for teams of one.",
    )
    second_person_above = models.DecimalField(
        "two people above",
        max_digits=12,
        decimal_places=2,
        default=Decimal(1000),
        validators=[MinValueValidator(Decimal(0))],
        help_text="In the currency of the expense. What is adopted, booked by hand or said not to be in Sage Intacct above it takes two.",
    )
    active = models.BooleanField(default=True, help_text="Off: nothing is taken from Pleo and nothing is posted.")
    closed_at = models.DateTimeField("closed", null=True, blank=True, editable=False)
    closed_reason = models.TextField(blank=True, editable=False)
    confirmed_directions = models.JSONField(
        default=list, blank=True, editable=False, help_text="[type, sub type, sign] whose direction a person has confirmed."
    )
    sync_wanted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ConnectionQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["sync_wanted_at"])

    class Meta:
        ordering = ("name",)
        permissions = [("operate_connection", "Can sync with Sage Intacct and test connections")]
        constraints = [
            models.CheckConstraint(condition=Q(company_id=Upper("company_id")), name="company_id_in_capitals"),
            models.CheckConstraint(condition=Q(closed_at=None) | ~Q(closed_reason=""), name="closed_connection_says_why"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.company_id = self.company_id.strip().upper()
        errors = {}
        for name, check in (("endpoint", check_intacct_endpoint), ("pleo_base_url", check_pleo_base_url)):
            try:
                check(getattr(self, name))
            except ValueError as error:
                errors[name] = str(error)
        if self.pk:
            before = Connection.objects.get(pk=self.pk)
            if before.company_id != self.company_id and self.has_records():
                errors["company_id"] = "Expenses were already received for this company, so its company ID cannot be changed."
        if errors:
            raise ValidationError(errors)

    @property
    def lane(self) -> str:
        """The lease from whose holder alone writing requests leave."""
        return f"intacct:{self.company_id}"

    def has_records(self) -> bool:
        return any(configuration.exportrecord_set.exists() for configuration in self.entityconfiguration_set.all())

    def close(self, reason: str, now: datetime) -> bool:
        """Stop all traffic after a refused sign-in, because Intacct locks users out. True if it was open."""
        return bool(Connection.objects.filter(pk=self.pk, closed_at=None).update(closed_at=now, closed_reason=reason))

    def reopen(self) -> bool:
        """Let traffic through again: a person has saved credentials or tested the connection. True if it was closed."""
        return bool(Connection.objects.filter(pk=self.pk).exclude(closed_at=None).update(closed_at=None, closed_reason=""))

    def confirm_direction(self, kind: str, sub_type: str, sign: int) -> None:
        """Keep a person's answer which way entries of this kind and sign go. sign: 1 or -1."""
        if [kind, sub_type, sign] not in self.confirmed_directions:
            self.confirmed_directions = [*self.confirmed_directions, [kind, sub_type, sign]]
            self.save(update_fields=["confirmed_directions"])

    def want_sync(self, now: datetime) -> None:
        Connection.objects.filter(pk=self.pk).update(sync_wanted_at=now)


class IntacctCredentials(models.Model):
    """How we sign in to Sage Intacct. In a row of its own, so that ordinary queries never load it."""

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="intacct_credentials")
    user_id = models.CharField("Web Services user", max_length=100)
    user_password = SecretField("password of the Web Services user")
    sender_id = models.CharField(max_length=100, blank=True, help_text="Empty: the installation's own sender.")
    sender_password = SecretField(blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "Sage Intacct credentials"

    def __str__(self) -> str:
        return f"Credentials of {self.connection_id}"
