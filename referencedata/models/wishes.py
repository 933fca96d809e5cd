"""What people have asked of a sync, kept until it is fulfilled."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models

from integration.clock import due_by
from integration.models import Connection
from referencedata.models.runs import Mode

TRY_AGAIN_AFTER = timedelta(minutes=15)


class SyncWish(models.Model):
    """One wish about one kind of one connection. mode: "" for what has changed.

    agreed: how many values that Intacct shows no more a person has agreed to retire. due_at: when to try it next.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    kind = models.CharField(max_length=60)
    mode = models.CharField(max_length=11, choices=Mode, blank=True)
    agreed = models.PositiveIntegerField(default=0)
    wanted_at = models.DateTimeField()
    due_at = models.DateTimeField()

    class Meta:
        ordering = ("wanted_at", "pk")
        constraints = [models.UniqueConstraint(fields=("connection", "kind", "mode"), name="one_wish_of_a_kind")]

    def __str__(self) -> str:
        return f"{self.get_mode_display() or 'Changes'} of {self.kind}"

    @classmethod
    def want(cls, connection: Connection, kind: str, *, mode: str = "", agreed: int = 0, now: datetime) -> None:
        """Write the wish down; the newest answer of a person counts."""
        wish = {"agreed": agreed, "wanted_at": now, "due_at": now}
        cls.objects.update_or_create(connection=connection, kind=kind, mode=mode, defaults=wish)

    @classmethod
    def connections_due(cls, now: datetime) -> models.QuerySet[Connection]:
        """Return the connections with a wish to try now; one that is closed keeps its wishes until it is open again."""
        due = cls.objects.filter(cls.is_due(now)).values("connection")
        return Connection.objects.open().filter(pk__in=due, intacct_credentials__isnull=False)

    @staticmethod
    def is_due(now: datetime) -> models.Q:
        return due_by("due_at", now, within=TRY_AGAIN_AFTER)

    def fulfilled(self) -> None:
        """Forget it, unless somebody has wished for it again meanwhile."""
        SyncWish.objects.filter(pk=self.pk, wanted_at=self.wanted_at).delete()

    def try_at(self, when: datetime) -> None:
        """Try it then, unless somebody has wished for it again meanwhile."""
        SyncWish.objects.filter(pk=self.pk, wanted_at=self.wanted_at).update(due_at=when)
