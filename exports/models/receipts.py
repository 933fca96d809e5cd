"""Receipts: which file belongs to which record, and the bytes, kept once by content."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q


class ReceiptContent(models.Model):
    """The bytes of a file, found by their SHA-256. Purged some days after posting; the hash stays on the receipt."""

    content_hash = models.CharField(max_length=64, primary_key=True)
    content = models.BinaryField(null=True)
    size = models.PositiveIntegerField()
    fetched_at = models.DateTimeField()
    purged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(content=None, purged_at__isnull=False) | Q(content__isnull=False, purged_at=None), name="purged_or_there"
            )
        ]

    def __str__(self) -> str:
        return self.content_hash[:12]

    @classmethod
    def keep(cls, content_hash: str, content: bytes, now: datetime) -> ReceiptContent:
        kept, _ = cls.objects.update_or_create(
            content_hash=content_hash, defaults={"content": content, "size": len(content), "fetched_at": now, "purged_at": None}
        )
        return kept


class Receipt(models.Model):
    """One file of one record, and what became of it."""

    class State(models.TextChoices):
        FETCHED = "FETCHED", "ready to attach"
        ATTACHED = "ATTACHED", "in Sage Intacct"
        DUPLICATE = "DUPLICATE", "the same file again"
        TRYING = "TRYING", "to be fetched once more"
        UNREACHABLE = "UNREACHABLE", "could not be fetched"
        EMPTY = "EMPTY", "has no content"
        TOO_LARGE = "TOO_LARGE", "too large"
        WRONG_TYPE = "WRONG_TYPE", "not a picture or document Sage Intacct takes"
        NOT_ATTACHED = "NOT_ATTACHED", "came after posting, not attached"

    USABLE = (State.FETCHED, State.ATTACHED)

    record = models.ForeignKey("exports.ExportRecord", on_delete=models.CASCADE, related_name="receipts")
    number = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=500, help_text="The link without its signature: tells files of one entry apart.")
    content = models.ForeignKey(ReceiptContent, on_delete=models.PROTECT, null=True)
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=10, blank=True)
    size = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=15, choices=State)
    fault = models.TextField(blank=True)
    tries = models.PositiveSmallIntegerField(default=0, help_text="How often it was fetched in the job that offered it last.")
    document = models.ForeignKey("exports.Document", on_delete=models.SET_NULL, null=True, related_name="receipts")
    fetched_at = models.DateTimeField()

    class Meta:
        ordering = ("record", "number")
        constraints = [
            models.UniqueConstraint(fields=("record", "number"), name="one_receipt_per_number"),
            models.CheckConstraint(
                condition=~Q(state__in=("FETCHED", "ATTACHED")) | Q(content__isnull=False), name="a_usable_receipt_has_its_content"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}.{self.type}" if self.type else self.name
