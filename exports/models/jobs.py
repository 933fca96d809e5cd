"""What Pleo offered, as received, and what Pleo was told."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q

from exports.models.trail import Event
from integration.bodies import read_json
from integration.clock import is_due
from integration.models import EntityConfiguration
from integration.pleo.items import ExportItem, MalformedItem, parse_item

REPEATS_AT_MOST = 5
# Of an item whose result Pleo refuses for good.
REFUSED = "refused"


class ExportJobQuerySet(models.QuerySet["ExportJob"]):
    def open(self) -> ExportJobQuerySet:
        return self.filter(state__in=ExportJob.OPEN)


class ExportJob(models.Model):
    """A set of accounting entries that Pleo hands over. One is open per Pleo company at a time."""

    class State(models.TextChoices):
        SEEN = "SEEN", "seen"
        STARTED = "STARTED", "started"
        COLLECTED = "COLLECTED", "collected"
        REPORTED = "REPORTED", "reported"
        FINISHED = "FINISHED", "finished"
        ENDED_BY_PLEO = "ENDED_BY_PLEO", "ended by Pleo"

    OPEN = (State.SEEN, State.STARTED, State.COLLECTED, State.REPORTED)
    NEXT = {
        State.STARTED: (State.SEEN,),
        State.COLLECTED: (State.STARTED, State.REPORTED),  # back, where Pleo has lost a result
        State.REPORTED: (State.COLLECTED,),
        State.FINISHED: (State.SEEN, State.STARTED, State.COLLECTED, State.REPORTED),
        State.ENDED_BY_PLEO: (State.SEEN, State.STARTED, State.COLLECTED, State.REPORTED),
    }

    configuration = models.ForeignKey(EntityConfiguration, on_delete=models.PROTECT, verbose_name="entity configuration")
    pleo_job_id = models.UUIDField("Pleo's job id", unique=True)
    state = models.CharField(max_length=15, choices=State, default=State.SEEN)
    number_of_items = models.PositiveIntegerField("offered", default=0)
    vendor_based = models.BooleanField(default=False)
    expires_in = models.PositiveIntegerField(default=3600, help_text="Seconds after the last action.")
    created_by_pleo_at = models.DateTimeField("made in Pleo", null=True)
    seen_at = models.DateTimeField("seen")
    started_at = models.DateTimeField(null=True)
    collected_at = models.DateTimeField(null=True)
    reported_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField("ended", null=True)
    expires_at = models.DateTimeField(help_text="Pleo ends the job then, unless an action comes first.")
    repeats = models.PositiveSmallIntegerField(
        default=0, help_text="How often it was begun or told again because Pleo held something else of it than we did."
    )
    seconds_in_vain = models.PositiveIntegerField(default=0, help_text="What fetching receipts has cost without bringing any.")
    final_event = models.CharField(max_length=30, blank=True)
    failure_type = models.CharField(max_length=60, blank=True)
    failure_reason = models.TextField(blank=True)

    items: Any  # refer to it

    objects = ExportJobQuerySet.as_manager()

    class Meta:
        ordering = ("-seen_at",)
        verbose_name = "export job"
        constraints = [
            models.UniqueConstraint(
                fields=("configuration",),
                condition=Q(state__in=("SEEN", "STARTED", "COLLECTED", "REPORTED")),
                name="one_open_job_per_pleo_company",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("FINISHED", "ENDED_BY_PLEO"), ended_at__isnull=False)
                | (~Q(state__in=("FINISHED", "ENDED_BY_PLEO")) & Q(ended_at=None)),
                name="an_ended_job_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"Job of {self.seen_at.astimezone(self.configuration.zone):%-d %b %Y %H:%M %Z}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    def may_have_expired(self, now: datetime) -> bool:
        return is_due(self.expires_at, now, within=timedelta(seconds=self.expires_in))

    def is_to_be_kept_alive(self, now: datetime) -> bool:
        """Tell whether two thirds of its time have passed since the last action: then an item is put to in_progress."""
        third = timedelta(seconds=self.expires_in / 3)
        return is_due(self.expires_at - third, now, within=2 * third)

    def advance(self, state: str, *, now: datetime, why: str = "", **columns: Any) -> bool:
        """Move on to `state`. True if this call did it; False if another worker was first or the job has ended."""
        stamp = {
            self.State.STARTED: "started_at",
            self.State.COLLECTED: "collected_at",
            self.State.REPORTED: "reported_at",
            self.State.FINISHED: "ended_at",
            self.State.ENDED_BY_PLEO: "ended_at",
        }[self.State(state)]
        moved = ExportJob.objects.filter(pk=self.pk, state__in=self.NEXT[self.State(state)]).update(
            state=state, expires_at=now + timedelta(seconds=self.expires_in), **{stamp: now}, **columns
        )
        if moved:
            self.refresh_from_db()
            Event.note(job=self, what=f"job {self.State(state).label}", why=why, now=now)
        return bool(moved)

    def begin_anew(self, now: datetime, *, why: str) -> bool:
        """Pleo says that it is not started, or shows entries that we have not collected: it is started and collected once more."""
        back = ExportJob.objects.filter(pk=self.pk, state__in=(self.State.STARTED, self.State.COLLECTED, self.State.REPORTED))
        moved = back.filter(repeats__lt=REPEATS_AT_MOST).update(
            state=self.State.SEEN, started_at=None, collected_at=None, reported_at=None, repeats=F("repeats") + 1
        )
        if moved:
            self.refresh_from_db()
            Event.note(job=self, what="job to be started again", why=why, now=now)
        return bool(moved)

    def fetched_in_vain(self, seconds: int) -> None:
        self.seconds_in_vain += seconds
        ExportJob.objects.filter(pk=self.pk).update(seconds_in_vain=F("seconds_in_vain") + seconds)

    def tell_again(self, entry_ids: Sequence[str], now: datetime) -> bool:
        """Pleo holds these as open although it had taken their results. True where they are told once more."""
        lost = self.items.filter(record__entry_id__in=entry_ids, told_status__in=("successful", "failed"))
        if self.repeats >= REPEATS_AT_MOST or not lost.update(told_status="", told_at=None, told_type="", told_reason=""):
            return False
        why = "Pleo does not hold every result; they are told again"
        return self.advance(self.State.COLLECTED, now=now, why=why, repeats=self.repeats + 1)

    def touched(self, now: datetime) -> None:
        """Pleo has counted an action on this job: its time to expiry begins anew."""
        self.expires_at = now + timedelta(seconds=self.expires_in)
        ExportJob.objects.filter(pk=self.pk).update(expires_at=self.expires_at)


class ExportJobItemQuerySet(models.QuerySet["ExportJobItem"]):
    def untold(self) -> ExportJobItemQuerySet:
        """Return the items whose final result Pleo has not acknowledged, and may still take."""
        return self.exclude(told_status__in=("successful", "failed", REFUSED))


class ExportJobItem(models.Model):
    """One entry in one job: the item as received, and what Pleo was told about it."""

    job = models.ForeignKey(ExportJob, on_delete=models.CASCADE, related_name="items")
    record = models.ForeignKey("exports.ExportRecord", on_delete=models.PROTECT, related_name="offers")
    payload = models.TextField("item as received", blank=True, help_text="JSON; decimals are strings.")
    fingerprint = models.CharField(max_length=64, blank=True)
    fault = models.TextField(blank=True, help_text="Why the item cannot be read; empty where it can.")
    received_at = models.DateTimeField()
    told_status = models.CharField("Pleo was told", max_length=12, blank=True)
    told_at = models.DateTimeField("told", null=True)
    told_external_id = models.CharField(max_length=100, blank=True)
    told_type = models.CharField(max_length=60, blank=True)
    told_reason = models.TextField(blank=True)
    looked_up_at = models.DateTimeField(null=True, help_text="Pleo held it as exported unasked: then it was looked up before it was sent.")

    objects = ExportJobItemQuerySet.as_manager()

    class Meta:
        ordering = ("job", "pk")
        verbose_name = "export job item"
        constraints = [
            models.UniqueConstraint(fields=("job", "record"), name="one_item_per_entry_and_job"),
            models.CheckConstraint(
                condition=Q(told_status="", told_at=None) | (~Q(told_status="") & Q(told_at__isnull=False)), name="told_says_when"
            ),
            models.CheckConstraint(
                condition=~Q(told_status="failed") | (~Q(told_reason="") & ~Q(told_type="")), name="told_failed_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record} in {self.job}"

    def item(self) -> ExportItem:
        """Return the item as a value. Raises MalformedItem where it cannot be read."""
        return parse_item(read_json(self.payload.encode()))

    def item_of(self, pleo_company_id: uuid.UUID) -> ExportItem:
        """Return the item as a value. Raises MalformedItem where it cannot be read, or belongs to another company."""
        item = self.item()
        if item.company_id.lower() != str(pleo_company_id):
            raise MalformedItem(f"it belongs to Pleo company {item.company_id[:60]}")
        return item

    def refused(self, why: str, now: datetime, *, for_good: bool) -> None:
        """Pleo did not take the result. for_good: it is not told again."""
        told = {"told_status": REFUSED, "told_at": now} if for_good else {}
        ExportJobItem.objects.filter(pk=self.pk).update(told_reason=f"Pleo did not take the result. {why}", **told)

    def look_up_first(self, now: datetime) -> bool:
        """True once: Pleo holds it as exported although nobody told it so from here, and it has not been looked up for that yet."""
        return bool(ExportJobItem.objects.filter(pk=self.pk, looked_up_at=None).update(looked_up_at=now))

    def tell(self, status: str, *, now: datetime, external_id: str = "", failure_type: str = "", reason: str = "") -> None:
        """Write down what Pleo has acknowledged."""
        ExportJobItem.objects.filter(pk=self.pk).update(
            told_status=status, told_at=now, told_external_id=external_id, told_type=failure_type, told_reason=reason
        )
