"""What a holder of a lane works with, and how a lane is closed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings

from exports.models import Attempt, Document, Event, ExportJob
from integration.clock import Clock
from integration.errors import SignInRefused
from integration.intacct.gateway import Gateway
from integration.models import Connection, EntityConfiguration, Lease
from integration.pleo.client import PleoClient, client_for


@dataclass(slots=True)
class Delivered:
    """What one call of `deliver` did, for progress and messages."""

    sent: int = 0
    confirmed: int = 0
    looked_up: int = 0
    stopped: str = ""
    # What keeps the job of an entity configuration (by number) from being sent, where nothing else stopped.
    troubles: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobReading:
    """Whether Pleo's job was in progress when it was read."""

    in_progress: bool
    read_at: datetime


@dataclass(slots=True)
class Lane:
    """What a holder of the lane works with. jobs: by number, what Pleo last said of those whose entries are to be sent.

    watched: the ledger was read for what other databases wrote. restoring: nothing is sent, because one did.
    """

    connection: Connection
    lease: Lease
    gateway: Gateway
    clock: Clock
    stop_at: float | None
    pleo: Callable[[EntityConfiguration], PleoClient] = client_for
    jobs: dict[int, JobReading] = field(default_factory=dict)
    watched: bool = False
    restoring: bool = False
    folders: set[str] = field(default_factory=set)
    delivered: Delivered = field(default_factory=Delivered)

    @property
    def jobs_in_progress(self) -> list[int]:
        return [number for number, reading in self.jobs.items() if reading.in_progress]

    @property
    def out_of_time(self) -> bool:
        return self.stop_at is not None and time.monotonic() > self.stop_at


def may_be_asked(connection: Connection) -> bool:
    """Whether Intacct may be asked: the connection is open; or it is only switched off, and an open job waits for an outcome in doubt."""
    waiting = Document.objects.in_doubt().of_company(connection.company_id).filter(record__offers__job__state__in=ExportJob.OPEN)
    return connection.closed_at is None and (connection.active or waiting.exists())


def begin_attempt(lane: Lane, purpose: str, entity: str, now: datetime) -> Attempt:
    return Attempt.objects.create(
        connection=lane.connection,
        purpose=purpose,
        entity=entity,
        lease_token=lane.lease.token,
        begun_at=now,
        deadline_at=now + timedelta(seconds=settings.LEASE_SECONDS * 4 / 5),
    )


def close(lane: Lane, error: SignInRefused) -> None:
    lane.delivered.stopped = error.message
    close_after(lane.connection, error, lane.clock())


def close_after(connection: Connection, error: SignInRefused, now: datetime) -> None:
    """A refused user or sender closes the connection, because Intacct locks users out; a refused entity only what posts there."""
    if error.of == "entity":
        why = f"Sage Intacct does not let our user into {error.entity}: {error.message}"
        for configuration in EntityConfiguration.objects.filter(connection=connection, intacct_entity=error.entity):
            configuration.close(why, now)
        Event.note(connection=connection, what=f"entity {error.entity} closed", why=why, now=now)
    elif connection.close(f"Sage Intacct refused the sign-in: {error.message}", now):
        Event.note(connection=connection, what="connection closed", why=error.message, now=now)
