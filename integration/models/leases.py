"""Who may act: leases with a token that only grows, and the sign of life of the workers."""

from __future__ import annotations

import os
import socket
import threading
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class LeaseBusy(Exception):
    """Another worker holds the lease."""


class LeaseLost(Exception):
    """Our time ran out or another worker has taken over; nothing may be sent or written any more."""


def worker_name() -> str:
    """Name this worker: as its guard calls it and whoever takes its place, else by host and process."""
    return os.environ.get("WORKER_NAME") or f"{socket.gethostname()[:40]}:{os.getpid()}"


def owner() -> str:
    """Return a name for one holder of leases in this worker."""
    return f"{worker_name()}:{threading.get_ident() % 100_000}:{uuid.uuid4().hex[:6]}"


class LeaseQuerySet(models.QuerySet["Lease"]):
    def free(self, now: datetime) -> LeaseQuerySet:
        return self.filter(Q(owner="") | Q(expires_at__lte=now) | Q(expires_at__gt=now + _longest()))

    def held(self, now: datetime) -> LeaseQuerySet:
        return self.exclude(owner="").filter(expires_at__gt=now, expires_at__lte=now + _longest())


class Lease(models.Model):
    """The right to do one thing, for LEASE_SECONDS: `intacct:<company id>`, `pleo:` and `plan:<Pleo company>`, `sync:<connection>`."""

    name = models.CharField(max_length=100, unique=True)
    owner = models.CharField(max_length=100, blank=True)
    token = models.PositiveBigIntegerField(default=0)
    expires_at = models.DateTimeField()

    objects = LeaseQuerySet.as_manager()

    class Meta:
        verbose_name = "lease"

    def __str__(self) -> str:
        return f"{self.name} #{self.token}"

    @classmethod
    def take(cls, name: str, *, owner: str, now: datetime) -> Lease:
        """Take the lease and return it, with a token no one held before.

        Raises LeaseBusy if another worker holds it.
        """
        cls.objects.get_or_create(name=name, defaults={"expires_at": now})
        # update(), not save(): the filter is what keeps two workers from taking the same lease.
        taken = cls.objects.free(now).filter(name=name).update(owner=owner, token=F("token") + 1, expires_at=now + _length())
        if not taken:
            raise LeaseBusy(name)
        return cls.objects.get(name=name)

    def hold(self, now: datetime) -> None:
        """Renew the lease; the first statement of every transaction that begins or settles an attempt.

        Raises LeaseLost if it is no longer ours or has run out.
        """
        mine = Lease.objects.held(now).filter(name=self.name, owner=self.owner, token=self.token)
        held = mine.update(expires_at=now + _length())
        if not held:
            raise LeaseLost(self.name)
        self.expires_at = now + _length()

    def give_back(self) -> None:
        """Let the next worker in at once. Does nothing if the lease is no longer ours."""
        Lease.objects.filter(name=self.name, owner=self.owner, token=self.token).update(owner="")

    @classmethod
    def let_go_of(cls, worker: str, now: datetime) -> None:
        """Have the leases of a worker that is dead for certain end soon: what it had sent is carried out by then."""
        soon = now + _length() / 5
        cls.objects.filter(owner__startswith=f"{worker}:", expires_at__gt=soon).update(expires_at=soon)


def _length() -> timedelta:
    return timedelta(seconds=settings.LEASE_SECONDS)


def _longest() -> timedelta:
    """One that ends later than this was taken by a clock that was wrong: it holds nobody up, and nobody holds it."""
    return 2 * _length()


class Heartbeat(models.Model):
    """When a worker last showed that it is alive."""

    name = models.CharField(max_length=100, unique=True)
    beat_at = models.DateTimeField()

    class Meta:
        verbose_name = "heartbeat"

    def __str__(self) -> str:
        return f"{self.name} {self.beat_at:%Y-%m-%d %H:%M:%S}"

    @classmethod
    def beat(cls, name: str, now: datetime) -> None:
        cls.objects.update_or_create(name=name, defaults={"beat_at": now})
