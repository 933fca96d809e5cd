"""What stands in Sage Intacct under our references, and whether all of it is accounted for here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q

from exports.models.trail import Event
from integration.models import Connection


class LedgerMark(models.Model):
    """Up to which record number of one object of Intacct everything under our references is accounted for here.

    seen: the highest number read so far. sure: the one seen at least a horizon earlier: a record whose number was given
    before it may be shown after others with higher ones, so what is above `sure` is read again.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="ledger_marks")
    object_name = models.CharField(max_length=20)
    sure = models.BigIntegerField(default=0)
    seen = models.BigIntegerField(default=0)
    seen_at = models.DateTimeField()
    reading_to = models.BigIntegerField(null=True, help_text="How far a reading has come that has not ended.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=("connection", "object_name"), name="one_mark_per_object")]

    def __str__(self) -> str:
        return f"{self.object_name} to {self.seen}"

    def came_to(self, number: int) -> None:
        """A page was read up to this number; another one follows."""
        self.reading_to = number
        self.save(update_fields=["reading_to"])

    def read_to(self, number: int, now: datetime, *, horizon: timedelta) -> None:
        """All was read, up to this number."""
        if not timedelta(0) <= now - self.seen_at < horizon:
            self.sure, self.seen_at = max(self.seen, self.sure), now
        self.seen, self.reading_to = max(number, self.seen), None
        self.save(update_fields=["sure", "seen", "seen_at", "reading_to"])


class Unaccounted(models.Model):
    """A document in Intacct under a reference of ours that none of our documents accounts for.

    It goes when a document with its key is about to be sent: that is looked up in its place.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="unaccounted")
    object_name = models.CharField(max_length=20)
    key = models.CharField(max_length=18)
    number = models.CharField("Intacct's number", max_length=40)
    found_at = models.DateTimeField()

    class Meta:
        verbose_name = "unaccounted document"
        indexes = [models.Index(fields=("connection", "key"))]
        constraints = [models.UniqueConstraint(fields=("connection", "object_name", "number"), name="one_row_per_record_of_intacct")]

    def __str__(self) -> str:
        return f"{self.object_name} {self.number} ({self.key})"


class RestoreMode(models.Model):
    """A time in which nothing is sent to a company, because this database is not the last one that wrote there."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="restore_modes")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    found = models.PositiveIntegerField(default=0, help_text="Documents in Intacct that were not known here.")
    adopted = models.PositiveIntegerField(default=0, help_text="Of these, documents taken over since.")

    class Meta:
        ordering = ("-began_at", "-pk")
        verbose_name = "restore mode"
        constraints = [
            models.UniqueConstraint(fields=("connection",), condition=Q(ended_at=None), name="one_open_restore_mode_per_connection")
        ]

    def __str__(self) -> str:
        return f"Restore mode of {self.connection}"

    @classmethod
    def of(cls, connection: Connection) -> Self | None:
        """Return the one that is on, if any."""
        return cls.objects.filter(connection=connection, ended_at=None).first()

    @classmethod
    def begin(cls, connection: Connection, now: datetime) -> Self:
        """Switch it on, where it is not."""
        mode, made = cls.objects.get_or_create(connection=connection, ended_at=None, defaults={"began_at": now})
        if made:
            Event.note(connection=connection, what="restore mode began", why="Sage Intacct holds documents of ours unknown here", now=now)
        return mode

    def ends_at(self, horizon: timedelta) -> datetime:
        """Return when what others may have sent before it began has appeared in Intacct, or never will."""
        return self.began_at + horizon

    def count(self, *, found: int = 0, adopted: int = 0) -> None:
        RestoreMode.objects.filter(pk=self.pk).update(found=F("found") + found, adopted=F("adopted") + adopted)

    def put_off(self, now: datetime) -> None:
        """The clock was put back since it began: it begins now."""
        RestoreMode.objects.filter(pk=self.pk, began_at__gt=now).update(began_at=now)

    def end(self, now: datetime) -> None:
        if RestoreMode.objects.filter(pk=self.pk, ended_at=None).update(ended_at=now):
            self.refresh_from_db()
            why = f"{self.found} documents were not known here; {self.adopted} of them were taken over so far"
            Event.note(connection=self.connection, what="restore mode ended", why=why, now=now)
