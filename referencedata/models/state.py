"""How far our copy of each kind has come, and what the company last showed of itself."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from integration.models import Connection
from referencedata.models.runs import Mode


class SyncState(models.Model):
    """How far our copy of one kind has come. Written in the transaction of the rows it speaks of.

    watermark: every change in Intacct before it is in our copy; null where only a whole reading helps.
    reading: the number of the newest way through all keys; rows it showed bear it. unfinished: what that way reads, ""
    once it is through; position: the last key it has stored; began_at, next_watermark: our clock and the watermark of
    its beginning. read_at: when all values were last read; swept_at: when all keys were last compared.
    held: why a person has to agree before the rest is retired. refused: what Intacct last said no to.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    kind = models.CharField(max_length=60)
    watermark = models.DateTimeField(null=True, blank=True)
    reading = models.PositiveBigIntegerField(default=0)
    unfinished = models.CharField(max_length=11, blank=True)
    position = models.CharField(max_length=300, blank=True)
    began_at = models.DateTimeField(null=True, blank=True)
    next_watermark = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    swept_at = models.DateTimeField(null=True, blank=True)
    held = models.TextField(blank=True)
    refused = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("connection", "kind"), name="one_sync_state_per_kind")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.connection_id}"

    def begin(self, mode: str, now: datetime, *, anew: bool = False) -> None:
        """Begin a new way through all keys, or go on with an unfinished one. Not stored before its first page."""
        if anew or self.unfinished != mode:
            self.reading += 1
            self.unfinished, self.position, self.began_at, self.next_watermark = mode, "", now, None

    def advance(self, position: str, watermark: datetime | None) -> None:
        """Note the last key that was stored, in the transaction that stores it. watermark: the first page's counts."""
        if not self.position:
            self.next_watermark = watermark
        if position:
            self.position = position
        # What is shown is refused no longer; else it would be begun anew each time, and never come to its end.
        self.refused = ""
        self.store()

    def through(self, now: datetime, *, whole: bool, held: str) -> None:
        """Note that a way through all keys has come to its end. whole: it showed every value that we hold."""
        if self.unfinished == Mode.FULL and whole:
            self.watermark, self.read_at = self.next_watermark, now
        self.swept_at, self.held = now, held
        self.unfinished, self.position, self.next_watermark, self.refused = "", "", None, ""
        self.store()

    def caught_up(self, watermark: datetime | None) -> None:
        """Note that every change before `watermark` is stored. Without one, the next reading is whole."""
        self.watermark, self.held, self.refused = watermark, "", ""
        self.store()

    def note_refusal(self, message: str) -> None:
        if self.refused != message:
            self.refused = message
            self.store()

    def store(self) -> None:
        if self.pk:
            self.save()
        else:
            self.save(force_insert=True)


class CompanyShape(models.Model):
    """What one Intacct company shows of itself, remembered so that a sync need not look around every time.

    fields: names by object, of those that matter to us. refusals: [message, code] by object, or by "getDimensions".
    dimensions: the rows of `getDimensions` as they came. labels: label by own-dimension field of the two line objects.
    """

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="shape")
    fields = models.JSONField(default=dict)
    refusals = models.JSONField(default=dict)
    dimensions = models.JSONField(default=list)
    labels = models.JSONField(default=dict)
    looked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Shape of {self.connection_id}"
