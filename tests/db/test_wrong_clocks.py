"""After the clock was ahead by an hour or a day, and was set right, nothing waits for the time it wrote.

WAITED_FOR holds each column that something waits for, with a row in which it is too far ahead, and the question whether
that is waited for. What only tells when something was is not in it: nothing waits for that.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.apps import apps
from django.db.models import DateTimeField
from django_q.models import Schedule

from config.health import is_alive
from config.schedules import install_schedules, ring_what_is_scheduled
from exports.delivery.lookup import conclude
from exports.ledger.comparing import Finding
from exports.models import Document, ExportRecord
from exports.tasks import configurations_to_look_at
from integration.clock import clock
from integration.models import Heartbeat, Lease, Pace
from referencedata.models import Mode, PublishRun, SyncRun, SyncState, SyncWish, UnansweredCreate
from referencedata.publishing import publish
from referencedata.syncing import due
from referencedata.syncing.connection_sync import Round
from tests import factories
from tests.db.exports.rows import a_configuration, a_document, a_job, a_record, an_offer

pytestmark = pytest.mark.django_db

AHEAD = [timedelta(hours=1), timedelta(days=1)]
SOON = timedelta(minutes=1)


# Each makes a row as a clock that is ahead would have written it, and returns whether it is waited for now.


def lease(ahead: timedelta) -> bool:
    Lease.take("lane", owner="dead:1", now=clock() + ahead)
    return not Lease.objects.free(clock()).exists()


def held_lease(ahead: timedelta) -> bool:
    """Who has taken it by the wrong clock does not hold it for longer than others believe it."""
    Lease.take("lane", owner="dead:1", now=clock() + ahead)
    return Lease.objects.held(clock()).exists()


def pace(ahead: timedelta) -> bool:
    Pace.take_turn("pleo", clock() + ahead, a_minute=450)
    now = clock()
    return Pace.take_turn("pleo", now, a_minute=450) > now + SOON


def pause(ahead: timedelta) -> bool:
    """Pleo asked for a pause of five minutes while the clock was ahead."""
    Pace.take_turn("pleo", clock() + ahead, a_minute=450)
    Pace.hold_back("pleo", clock() + ahead, seconds=300, a_minute=450)
    now = clock()
    return Pace.take_turn("pleo", now, a_minute=450) > now + SOON


def poll(ahead: timedelta) -> bool:
    a_configuration(poll_due_at=clock() + ahead)
    return not configurations_to_look_at()


def send(ahead: timedelta) -> bool:
    document = _document("PLANNED", due_at=clock() + ahead)
    return not Document.objects.sendable(document.intacct_company_id, clock()).exists()


def send_with_attachment(ahead: timedelta) -> bool:
    document = _document("PLANNED", due_at=clock())
    attachment = a_document(document.record, "PLANNED", "attachment", due_at=clock() + ahead)
    Document.objects.filter(pk=document.pk).update(names=attachment)
    return Document.objects.sendable(document.intacct_company_id, clock()).count() < 2


def look(ahead: timedelta) -> bool:
    document = _document("UNKNOWN", due_at=clock() + ahead + timedelta(minutes=3))
    return not Document.objects.to_look_up(document.intacct_company_id, clock()).exists()


def read(ahead: timedelta) -> bool:
    document = _document("CONFIRMED", due_at=clock() + ahead + timedelta(hours=25))
    return not Document.objects.to_read_again(document.intacct_company_id, clock()).exists()


def horizon(ahead: timedelta) -> bool:
    """Its absence counts once the horizon has passed from now, and not before."""
    now = clock()
    document = _document("UNKNOWN", due_at=now, sent_at=now + ahead, last_possible_send_at=now + ahead + timedelta(seconds=260))
    conclude(document, Finding("absent"), now)
    document.refresh_from_db()
    assert document.state == "UNKNOWN"
    conclude(document, Finding("absent"), now + timedelta(minutes=20, seconds=1))
    document.refresh_from_db()
    return document.state == "UNKNOWN"


def try_later(ahead: timedelta) -> bool:
    """Since when it was tried in vain: six hours after the clock was set right it is given up, not a day later."""
    now = clock()
    document = _document("IN_FLIGHT", first_try_later_at=now + ahead)
    document.wait(now, now, message="later")
    document.refresh_from_db()
    return document.first_try_later_at > now


def unread(ahead: timedelta) -> bool:
    now = clock()
    record = a_record(unread_since=now + ahead)
    record.could_not_be_read(now)
    record.refresh_from_db()
    return record.unread_since > now


def state_wanted(ahead: timedelta) -> bool:
    now = clock()
    document = _document("CONFIRMED", state_wanted_at=now + ahead)
    Document.objects.filter(pk=document.pk).not_read(now, now=now)
    document.refresh_from_db()
    return document.state_wanted_at > now


def awaited(ahead: timedelta) -> bool:
    record = a_record(status="WAITING", awaited_bill="1", awaited_due_at=clock() + ahead + timedelta(hours=1))
    return not ExportRecord.objects.waiting_for_a_bill(record.intacct_company_id, clock()).exists()


def job_expires(ahead: timedelta) -> bool:
    job = a_job(expires_in=3600)
    job.touched(clock() + ahead)
    return not (job.may_have_expired(clock()) and job.is_to_be_kept_alive(clock()))


def wish(ahead: timedelta) -> bool:
    SyncWish.want(_connection(), "accounts", now=clock() + ahead)
    return not SyncWish.connections_due(clock()).exists()


def sync_tried(ahead: timedelta) -> bool:
    """It is synced at once, and not again and again after that."""
    connection = _connection()
    _run(connection, clock() + ahead)
    waits = not due.due(clock())
    _run(connection, clock())
    assert not due.due(clock())
    return waits


def sync_wanted(ahead: timedelta) -> bool:
    """It is tried again after a quarter of an hour, not in every minute and not after the wrong time."""
    connection = _connection()
    connection.want_sync(clock() + ahead)
    _run(connection, clock())
    assert not due.due(clock())
    return not due.due(clock() + timedelta(minutes=15))


def swept(ahead: timedelta) -> bool:
    return not _round()._keys_due(SyncState(swept_at=clock() + ahead))


def keys_due(ahead: timedelta) -> bool:
    connection = _connection()
    SyncState.objects.create(connection=connection, kind="accounts", read_at=clock(), swept_at=clock() + ahead)
    _run(connection, clock() - timedelta(minutes=16))
    return not due.due(clock())


def publish_tried(ahead: timedelta) -> bool:
    last = PublishRun(started_at=clock() + ahead, outcome=PublishRun.Outcome.FAILED)
    return not publish._is_due(last, None, clock() - timedelta(hours=2), clock())


def publish_goes_on(ahead: timedelta) -> bool:
    last = PublishRun(started_at=clock(), outcome=PublishRun.Outcome.FAILED, due_at=clock() + ahead)
    return not publish._is_due(last, None, clock() - timedelta(hours=2), clock())


def publish_wanted(ahead: timedelta) -> bool:
    last = PublishRun(started_at=clock() - timedelta(minutes=15), outcome=PublishRun.Outcome.FAILED)
    return not publish._is_due(last, clock() + ahead, clock() - timedelta(hours=2), clock())


def unanswered(ahead: timedelta) -> bool:
    configuration, now = a_configuration(), clock()
    UnansweredCreate.begin(configuration, "created X", now=now + ahead)
    return max(UnansweredCreate.since(configuration, now).values()) > now


def tick(ahead: timedelta) -> bool:
    install_schedules()
    Schedule.objects.update(next_run=clock() + ahead + timedelta(days=1))
    now = clock()
    ring_what_is_scheduled(now)
    return Schedule.objects.get(name="tick").next_run > now + SOON or Schedule.objects.get(name="purge").next_run > now + timedelta(days=1)


def beat(ahead: timedelta) -> bool:
    """A dead worker is not taken for alive because its last beat lies ahead."""
    Heartbeat.beat("worker", clock() + ahead)
    return is_alive(Heartbeat.objects.get().beat_at, clock())


def _document(state: str, **columns: datetime) -> Document:
    configuration = a_configuration()
    record = a_record(configuration, status="WAITING" if state == "PLANNED" else "UNKNOWN")
    if state == "PLANNED":
        an_offer(record, a_job(configuration, expires_at=clock() + timedelta(hours=1)))
    return a_document(record, state, **columns)


def _connection():
    return factories.IntacctCredentialsFactory().connection


def _run(connection, started_at: datetime) -> SyncRun:
    return SyncRun.objects.create(
        connection=connection, kind="accounts", mode=Mode.INCREMENTAL, outcome="COMPLETE", started_at=started_at, finished_at=started_at
    )


def _round() -> Round:
    return Round(None, None, clock, None, None, None, None, lambda run: None)


WAITED_FOR: dict[str, list[Callable[[timedelta], bool]]] = {
    "integration.Lease.expires_at": [lease, held_lease],
    "integration.Pace.next_at": [pace, pause],
    "integration.EntityConfiguration.poll_due_at": [poll],
    "integration.EntityConfiguration.publish_wanted_at": [publish_wanted],
    "integration.Connection.sync_wanted_at": [sync_wanted],
    "integration.Heartbeat.beat_at": [beat],
    "exports.Document.due_at": [send, send_with_attachment, look, read],
    "exports.Document.last_possible_send_at": [horizon],
    "exports.Document.first_try_later_at": [try_later],
    "exports.Document.state_wanted_at": [state_wanted],
    "exports.ExportRecord.unread_since": [unread],
    "exports.ExportRecord.awaited_due_at": [awaited],
    "exports.ExportJob.expires_at": [job_expires],
    "referencedata.SyncWish.due_at": [wish],
    "referencedata.SyncRun.started_at": [sync_tried],
    "referencedata.SyncState.swept_at": [swept, keys_due],
    "referencedata.PublishRun.started_at": [publish_tried],
    "referencedata.PublishRun.due_at": [publish_goes_on],
    "referencedata.UnansweredCreate.sent_at": [unanswered],
    "django_q.Schedule.next_run": [tick],
}


@pytest.mark.parametrize("ahead", AHEAD, ids=str)
@pytest.mark.parametrize("waits", [each for kind in WAITED_FOR.values() for each in kind], ids=lambda each: each.__name__)
def test_nothing_waits_for_a_time_that_cannot_be_true(waits, ahead):
    assert not waits(ahead)


def test_every_time_that_something_waits_for_is_in_the_table():
    """Whatever is called due, wanted, next or expiring is waited for."""
    words = ("due_at", "wanted_at", "expires_at", "next_at", "next_run", "until", "beat_at", "wished_at")
    names = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in ("integration", "exports", "referencedata", "django_q")
        for field in model._meta.get_fields()
        if isinstance(field, DateTimeField) and field.name.endswith(words) and not model.__name__.startswith("Historical")
    }
    only_sorted_by = {"referencedata.SyncWish.wanted_at"}
    assert names - only_sorted_by <= WAITED_FOR.keys()
