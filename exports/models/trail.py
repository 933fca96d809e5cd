"""What happened: attempts (requests) and events (changes). Written once, never edited otherwise."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from integration.models import Connection

SYSTEM = "the system"


class Attempt(models.Model):
    """One request to Sage Intacct that writes, or one look-up. Written at begin, completed once, then closed."""

    class Purpose(models.TextChoices):
        SEND = "SEND", "send"
        LOOK = "LOOK", "look up"
        FOLDER = "FOLDER", "make the attachment folder"

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT)
    purpose = models.CharField(max_length=6, choices=Purpose)
    entity = models.CharField(max_length=40)
    lease_token = models.PositiveBigIntegerField()
    begun_at = models.DateTimeField("begun")
    deadline_at = models.DateTimeField()
    completed_at = models.DateTimeField("completed", null=True)
    outcome = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=60, blank=True)
    answer = models.TextField("answer, secrets masked", blank=True)
    documents: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        "exports.Document", through="exports.AttemptDocument", related_name="attempts"
    )

    class Meta:
        ordering = ("-begun_at", "-pk")
        verbose_name = "request"
        constraints = [
            models.CheckConstraint(condition=Q(completed_at=None) | ~Q(outcome=""), name="a_completed_attempt_says_how_it_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.begun_at:%Y-%m-%d %H:%M:%S}"

    def complete(self, *, outcome: str, now: datetime, code: str = "", answer: str = "") -> bool:
        """Close the attempt. True if this call did it: an attempt is completed once."""
        return bool(
            Attempt.objects.filter(pk=self.pk, completed_at=None).update(
                completed_at=now, outcome=outcome[:200], code=code[:60], answer=answer
            )
        )


class AttemptDocument(models.Model):
    """One document in one attempt: the control id and the bytes it went with, and what was answered about it."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="parts")
    document = models.ForeignKey("exports.Document", on_delete=models.PROTECT, related_name="parts")
    control_id = models.CharField(max_length=40)
    body_hash = models.CharField(max_length=64, blank=True)
    result = models.CharField(max_length=30, blank=True)
    message = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("attempt", "document"), name="a_document_once_in_an_attempt")]

    def __str__(self) -> str:
        return f"{self.control_id}: {self.result or 'no answer yet'}"


class Event(models.Model):
    """One change: who, what, why. Append-only."""

    record = models.ForeignKey("exports.ExportRecord", on_delete=models.PROTECT, null=True, related_name="events")
    job = models.ForeignKey("exports.ExportJob", on_delete=models.PROTECT, null=True, related_name="events")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, null=True, related_name="events")
    at = models.DateTimeField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    who = models.CharField(max_length=150, default=SYSTEM)
    what = models.CharField(max_length=200)
    why = models.TextField(blank=True)

    class Meta:
        ordering = ("at", "pk")
        indexes = [models.Index(fields=("record", "at"))]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.who}: {self.what}"

    @classmethod
    def about(
        cls,
        *,
        what: str,
        now: datetime,
        why: str = "",
        by: Any = None,
        record: Any = None,
        job: Any = None,
        connection: Connection | None = None,
    ) -> Event:
        """Return one change that is not saved yet. by: the user who did it; None where the system did."""
        return cls(
            record=record,
            job=job,
            connection=connection,
            at=now,
            user=by,
            who=by.get_username() if by else SYSTEM,
            what=what[:200],
            why=why,
        )

    @classmethod
    def note(cls, **change: Any) -> Event:
        """Write down one change, as `about` takes it."""
        event = cls.about(**change)
        event.save(force_insert=True)
        return event
