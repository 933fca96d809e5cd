"""What was published to Pleo: each run with its counts, which tag groups are ours, and what we sent without hearing back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Max, Q

from integration.clock import lies_ahead_by
from integration.models import EntityConfiguration

NOTES_KEPT = 200
DOING_LENGTH = 200


class PublishRunQuerySet(models.QuerySet["PublishRun"]):
    def newest(self) -> PublishRunQuerySet:
        """Return the newest run of each entity configuration."""
        newest = self.order_by().values("configuration").annotate(newest=Max("pk")).values("newest")
        return self.filter(pk__in=newest)

    def abandoned(self, now: datetime) -> int:
        """Close the runs whose worker died; asked by the next one that holds the lease. Returns how many."""
        return self.filter(outcome=PublishRun.Outcome.RUNNING).update(
            outcome=PublishRun.Outcome.FAILED, finished_at=now, error="The worker stopped before it had finished; the next run goes on."
        )


class PublishRun(models.Model):
    """One publishing for one entity configuration. Written at begin, counted up, completed once, never edited otherwise.

    wanted: values that are to stand in Pleo; there: values that stood there before; unchanged: of both, those that were
    alike. planned, done: values to write as far as was read, and written; what is counted in created to unarchived was
    acknowledged by Pleo.
    notes: [{"about", "sentence", "to_do"}]: what was left out or refused, why, and whether a person has to do something.
    parts_done: names of the parts that need not be read again when the next run goes on from this one.
    due_at: when the next run goes on; null where only the next sync, or a person, makes it go on.
    """

    class Outcome(models.TextChoices):
        RUNNING = "RUNNING", "Running"
        COMPLETE = "COMPLETE", "Complete"
        PARTLY = "PARTLY", "Complete, but for what is named"
        PAUSED = "PAUSED", "Goes on shortly"
        REFUSED = "REFUSED", "Refused by Pleo"
        FAILED = "FAILED", "Failed, is tried again"

    COUNTS = ("created", "renamed", "archived", "unarchived")

    configuration = models.ForeignKey(EntityConfiguration, on_delete=models.CASCADE)
    started_at = models.DateTimeField("started")
    finished_at = models.DateTimeField("finished", null=True, blank=True)
    due_at = models.DateTimeField("goes on", null=True, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.RUNNING)
    doing = models.CharField("now", max_length=DOING_LENGTH, blank=True)
    wanted = models.PositiveIntegerField("to stand in Pleo", default=0)
    there = models.PositiveIntegerField("stood in Pleo", default=0)
    created = models.PositiveIntegerField(default=0)
    renamed = models.PositiveIntegerField("renamed or changed", default=0)
    archived = models.PositiveIntegerField(default=0)
    unarchived = models.PositiveIntegerField("taken out of the archive", default=0)
    unchanged = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)
    planned = models.PositiveIntegerField("to write", default=0)
    done = models.PositiveIntegerField("written", default=0)
    requests = models.PositiveIntegerField(default=0)
    notes = models.JSONField("what was left out", default=list, blank=True)
    parts_done = models.JSONField(default=list, blank=True, editable=False)
    error = models.TextField("what happened, and what to do", blank=True)

    objects = PublishRunQuerySet.as_manager()

    class Meta:
        verbose_name = "publishing"
        verbose_name_plural = "publishings"
        ordering = ("-started_at", "-pk")
        indexes = [models.Index(fields=("configuration", "-id"), name="newest_publishing")]
        constraints = [
            models.CheckConstraint(condition=Q(outcome="RUNNING") | Q(finished_at__isnull=False), name="ended_publishing_says_when"),
            models.CheckConstraint(
                condition=Q(outcome__in=("RUNNING", "COMPLETE", "PARTLY", "PAUSED")) | ~Q(error=""), name="failed_publishing_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.configuration}: {self.get_outcome_display()}"

    @property
    def written(self) -> int:
        return self.created + self.renamed + self.archived + self.unarchived

    @property
    def went_well(self) -> bool:
        return self.outcome in (self.Outcome.COMPLETE, self.Outcome.PARTLY)

    @property
    def needs_a_person(self) -> bool:
        return any(note.get("to_do") for note in self.notes)

    def note(self, about: str, sentence: str, *, to_do: bool = False) -> None:
        """Keep why something was left out, once; of very many not all, but always that a person has to do something."""
        note = {"about": about, "sentence": sentence, "to_do": to_do}
        if note in self.notes:
            return
        if len(self.notes) < NOTES_KEPT:
            self.notes.append(note)
        elif to_do and not self.notes[-1]["to_do"]:
            self.notes[-1] = note

    def go_on_from(self, before: PublishRun) -> None:
        """Take over what the run before, whose time was up, has done, so that this one begins where it stopped."""
        self.parts_done, self.notes = list(before.parts_done), list(before.notes)

    def show_progress(self) -> None:
        """Write down how far it is. A run made for a dry run is not in the database and stays out."""
        if self.pk:
            PublishRun.objects.filter(pk=self.pk, outcome=self.Outcome.RUNNING).update(**self._counted())

    def finish(self, outcome: str, *, now: datetime, error: str = "", due_at: datetime | None = None) -> None:
        self.outcome, self.finished_at, self.error, self.due_at, self.doing = outcome, now, error, due_at, ""
        if self.pk:
            PublishRun.objects.filter(pk=self.pk, outcome=self.Outcome.RUNNING).update(
                outcome=outcome, finished_at=now, error=error, due_at=due_at, **self._counted()
            )

    def _counted(self) -> dict[str, Any]:
        names = (*self.COUNTS, "wanted", "there", "unchanged", "left_out", "planned", "done", "requests", "notes", "parts_done")
        return {name: getattr(self, name) for name in names} | {"doing": self.doing[:DOING_LENGTH]}


class PublishedGroup(models.Model):
    """A tag group of Pleo that we made or adopted: only these are ever archived, and forgotten once they are."""

    configuration = models.ForeignKey(EntityConfiguration, on_delete=models.CASCADE)
    pleo_id = models.UUIDField("group in Pleo")
    code = models.CharField(max_length=60)
    adopted = models.BooleanField(default=False, help_text="It stood in Pleo before we published to it.")
    since = models.DateTimeField()

    class Meta:
        verbose_name = "published tag group"
        constraints = [models.UniqueConstraint(fields=("configuration", "pleo_id"), name="a_published_group_once")]

    def __str__(self) -> str:
        return self.code

    @classmethod
    def keep(cls, configuration: EntityConfiguration, pleo_id: str, code: str, *, adopted: bool, now: datetime) -> None:
        cls.objects.get_or_create(configuration=configuration, pleo_id=pleo_id, defaults={"code": code, "adopted": adopted, "since": now})

    @classmethod
    def forget(cls, configuration: EntityConfiguration, pleo_ids: Iterable[str]) -> None:
        cls.objects.filter(configuration=configuration, pleo_id__in=list(pleo_ids)).delete()


class UnansweredCreate(models.Model):
    """A creation that was sent, or is about to be, and whose answer we do not have.

    Only of what Pleo takes twice, or may (tax codes, tag groups): while Pleo may still carry it out it is looked for and
    not sent again.
    """

    configuration = models.ForeignKey(EntityConfiguration, on_delete=models.CASCADE)
    what = models.CharField(max_length=300)
    sent_at = models.DateTimeField()

    class Meta:
        verbose_name = "unanswered creation"
        constraints = [models.UniqueConstraint(fields=("configuration", "what"), name="an_unanswered_creation_once")]

    def __str__(self) -> str:
        return self.what

    @classmethod
    def begin(cls, configuration: EntityConfiguration, what: str, *, now: datetime) -> None:
        """Write down the intent, before the first byte leaves."""
        cls.objects.update_or_create(configuration=configuration, what=what, defaults={"sent_at": now})

    @classmethod
    def answered(cls, configuration: EntityConfiguration, what: Iterable[str]) -> None:
        cls.objects.filter(configuration=configuration, what__in=list(what)).delete()

    @classmethod
    def since(cls, configuration: EntityConfiguration, now: datetime) -> Mapping[str, datetime]:
        """Return when each was sent. One that was sent by a clock that was ahead counts from now on."""
        cls.objects.filter(lies_ahead_by("sent_at", now), configuration=configuration).update(sent_at=now)
        return dict(cls.objects.filter(configuration=configuration).values_list("what", "sent_at"))
