"""The proof of each sync: what Intacct has, what we have, and what changed."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import Max, Q

from integration.models import Connection


class Mode(models.TextChoices):
    """What was read. INCREMENTAL: what has changed. KEYS: which records there are. VERIFY: all, compared and not stored."""

    FULL = "FULL", "Everything"
    INCREMENTAL = "INCREMENTAL", "Changes"
    KEYS = "KEYS", "Keys"
    VERIFY = "VERIFY", "Verified"


class SyncRunQuerySet(models.QuerySet["SyncRun"]):
    def newest(self) -> SyncRunQuerySet:
        """Return the newest run of each kind of each connection."""
        newest = self.order_by().values("connection", "kind").annotate(newest=Max("pk")).values("newest")
        return self.filter(pk__in=newest)

    def read_whole(self) -> SyncRunQuerySet:
        """Return the runs after which the copy held all that Intacct has."""
        return self.filter(outcome__in=(SyncRun.Outcome.COMPLETE, SyncRun.Outcome.HELD)).exclude(mode=Mode.VERIFY)

    def abandoned(self, now: datetime) -> int:
        """Close the runs whose worker died; asked by the next one that holds the lease. Returns how many."""
        return self.filter(outcome=SyncRun.Outcome.RUNNING).update(
            outcome=SyncRun.Outcome.FAILED,
            finished_at=now,
            error="The worker stopped before it had finished; it goes on behind the last page that was stored.",
        )


class SyncRun(models.Model):
    """One reading of one kind. Written at begin, completed once, never edited otherwise.

    server_count: how many Intacct says there are; null where it did not say. our_count: how many we hold afterwards
    without those gone. requests: what is asked for many kinds in one request is counted on the first of them.
    watermark: every change in Intacct before it is in our copy. difference: what "Verify" found, by what differs: how
    many, and the first of them by name.
    """

    class Outcome(models.TextChoices):
        RUNNING = "RUNNING", "Running"
        COMPLETE = "COMPLETE", "Complete"
        HELD = "HELD", "Waits for a person"
        PAUSED = "PAUSED", "Goes on in a moment"
        INCOMPLETE = "INCOMPLETE", "Incomplete"
        REFUSED = "REFUSED", "Refused by Sage Intacct"
        ABSENT = "ABSENT", "Not shown by this company"
        FAILED = "FAILED", "Failed, is tried again"

    # Nobody has to do anything after these.
    ALL_RIGHT = (Outcome.COMPLETE, Outcome.RUNNING, Outcome.PAUSED, Outcome.ABSENT)

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    kind = models.CharField(max_length=60)
    label = models.CharField("what", max_length=100)
    mode = models.CharField("read", max_length=11, choices=Mode, default=Mode.FULL)
    started_at = models.DateTimeField("started")
    finished_at = models.DateTimeField("finished", null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.RUNNING)
    server_count = models.PositiveIntegerField("in Sage Intacct", null=True, blank=True)
    our_count = models.PositiveIntegerField("here", null=True, blank=True)
    read = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    retired = models.PositiveIntegerField(default=0)
    gone = models.PositiveIntegerField("no longer shown", default=0, help_text="Here, and not shown by Sage Intacct any more.")
    requests = models.PositiveIntegerField(default=0)
    seconds = models.DecimalField(max_digits=9, decimal_places=3, default=Decimal(0))
    watermark = models.DateTimeField("changes read up to", null=True, blank=True)
    difference = models.JSONField(default=dict, blank=True)
    error = models.TextField("what happened, and what to do", blank=True)

    objects = SyncRunQuerySet.as_manager()

    class Meta:
        verbose_name = "sync run"
        ordering = ("-started_at", "-pk")
        indexes = [models.Index(fields=("connection", "kind", "-id"), name="newest_run_per_kind")]
        constraints = [
            models.CheckConstraint(condition=Q(outcome="RUNNING") | Q(finished_at__isnull=False), name="ended_run_says_when"),
            models.CheckConstraint(condition=Q(outcome__in=("RUNNING", "COMPLETE")) | ~Q(error=""), name="failed_run_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.get_outcome_display()}"

    @property
    def waits_for_a_person(self) -> bool:
        """Whether it is the newest reading of its kind, and held until a person agrees. A comparison is no reading."""
        if self.outcome != self.Outcome.HELD or self.mode == Mode.VERIFY:
            return False
        later = SyncRun.objects.filter(connection=self.connection_id, kind=self.kind, pk__gt=self.pk).exclude(mode=Mode.VERIFY)
        return not later.exists()

    @property
    def went_well(self) -> bool:
        return self.outcome == self.Outcome.COMPLETE

    @classmethod
    def begin(cls, connection: Connection, kind: str, label: str, *, now: datetime, mode: str = Mode.FULL) -> SyncRun:
        return cls.objects.create(connection=connection, kind=kind, label=label, started_at=now, mode=mode)

    def show_progress(self) -> None:
        """Let people see how far it has come; in the transaction of a page."""
        if self.pk:
            SyncRun.objects.filter(pk=self.pk, outcome=self.Outcome.RUNNING).update(
                read=self.read, server_count=self.server_count, requests=self.requests
            )

    def finish(self, outcome: str, *, now: datetime, error: str = "") -> None:
        """Complete the run with what was counted on it. A run made for a dry run is not in the database and stays out."""
        self.outcome, self.finished_at, self.error = outcome, now, error
        self.seconds = Decimal(str(max((now - self.started_at).total_seconds(), 0))).quantize(Decimal("0.001"))
        if self.pk:
            counts = (
                *("server_count", "our_count", "read", "added", "changed", "retired", "gone", "requests", "seconds", "error"),
                *("mode", "watermark", "difference"),
            )
            SyncRun.objects.filter(pk=self.pk, outcome=self.Outcome.RUNNING).update(
                outcome=outcome, finished_at=now, **{name: getattr(self, name) for name in counts}
            )
