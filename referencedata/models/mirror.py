"""What every kind of reference data has in common: where a row comes from, and what became of it there."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.db import models

from integration.models import Connection

KEY_LENGTH = 100


class Status(models.TextChoices):
    ACTIVE = "ACTIVE", "Active"
    NON_POSTING = "NON_POSTING", "Active, not for posting"
    INACTIVE = "INACTIVE", "Inactive"


class MirrorQuerySet(models.QuerySet[Any]):
    def active(self) -> Self:
        """Return what may be used on new postings."""
        return self.filter(status=Status.ACTIVE, retired_at=None)

    def present(self) -> Self:
        """Return what Intacct still has, whatever its status."""
        return self.filter(retired_at=None)

    def retire(self, now: datetime) -> int:
        """Mark these as vanished from Intacct, and return how many were not marked before."""
        return self.present().update(retired_at=now, changed_at=now)

    def coded(self, codes: Any) -> Self:
        """Return the rows with one of these codes (account numbers, journal symbols, vendor ids …)."""
        return self.filter(**{f"{self.model.CODE}__in": list(codes)})


class Mirror(models.Model):
    """One record of Intacct as we last saw it. Never edited and never deleted here: old records point to it.

    CODE, NAME: the columns with what other records call it, and with what people read. SCOPE: columns that tell several kinds
    in one table apart.
    seen_in: the number of the newest way through all keys that showed it; by it the vanished are found.
    """

    SCOPE: tuple[str, ...] = ()
    CODE = "code"
    NAME = "name"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    intacct_key = models.CharField("record number", max_length=KEY_LENGTH)
    status = models.CharField(max_length=11, choices=Status, default=Status.ACTIVE)
    owner = models.CharField("private to", max_length=40, blank=True, help_text="The entity it belongs to. Empty: all may use it.")
    first_seen_at = models.DateTimeField("first seen")
    last_seen_at = models.DateTimeField("last seen")
    changed_at = models.DateTimeField("last changed")
    retired_at = models.DateTimeField("gone from Sage Intacct", null=True, blank=True)
    seen_in = models.PositiveBigIntegerField(default=0, editable=False)

    objects = MirrorQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        code, name = getattr(self, self.CODE), getattr(self, self.NAME)
        return f"{code} {name}" if name and name != code else str(code)

    @property
    def active(self) -> bool:
        """Whether it may be used on new postings. In queries: `active()`."""
        return self.status == Status.ACTIVE and self.retired_at is None

    def usable_in(self, entity: str) -> bool:
        return self.owner in ("", entity)


def unique_key(name: str, *more: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(fields=("connection", *more, "intacct_key"), name=f"one_{name}_per_key")


def by_code(name: str, code: str = "code", *more: str) -> models.Index:
    # With the key, in the order of the lists: pages are found in the index alone.
    return models.Index(fields=("connection", *more, code, "-id"), name=f"{name}_by_code")
