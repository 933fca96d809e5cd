"""What Pleo thinks of a job of ours: whether it is still open, whether its entries may be sent, and what keeps it open."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from exports.lane import JobReading, Lane
from exports.models import Document, Event, ExportJob, ExportJobItem, ExportRecord
from exports.models.standing import TOLD_ELSEWHERE
from integration.clock import Clock
from integration.errors import IntegrationError, Problem, Rejected, SignInRefused
from integration.models import EntityConfiguration
from integration.pleo.client import ItemResult, PleoClient, PleoJob

# What an open job of ours means at Pleo.
OPEN = ("pending", "in_progress")
# How long what Pleo said of a job lets its entries be sent; then it is asked again, before the next request.
READING_HOLDS_SECONDS = 30
_HELD = "Pleo holds it as exported, although nobody told it so from here: it may be in Sage Intacct already."


def end_if_pleo_ended(job: ExportJob, client: PleoClient, clock: Clock) -> bool:
    """Ask Pleo whether the job is still open; if not, write down that Pleo ended it. True if it has ended."""
    theirs = _as_pleo_has_it(job, client)
    if theirs and theirs.status in OPEN:
        return False
    _end(job, theirs, client, clock)
    return True


def _as_pleo_has_it(job: ExportJob, client: PleoClient) -> PleoJob | None:
    """Return the job as Pleo has it, None where Pleo does not know it."""
    try:
        return client.job(str(job.pleo_job_id))
    except Rejected as error:
        if error.code != "EXPORT_NOT_FOUND":
            raise
        return None


def _held_as_exported(job: ExportJob, client: PleoClient) -> frozenset[str]:
    """Return the entries that Pleo holds as exported although it was not told so from here.

    So it is where an older copy of our database was put back, or a second installation is at work.
    """
    if not job.items.untold().exists():
        return frozenset()
    exported = {entry_id.lower() for entry_id, _ in client.job_items(str(job.pleo_job_id), status="successful")}
    untold = (str(entry_id) for entry_id in job.items.untold().values_list("record__entry_id", flat=True))
    return frozenset(exported.intersection(untold))


def _end(job: ExportJob, theirs: PleoJob | None, client: PleoClient, clock: Clock) -> None:
    try:
        exported = _held_as_exported(job, client) if theirs else frozenset()
    except Rejected:
        exported = frozenset()  # of a job that has ended Pleo may show nothing any more
    now = clock()
    kind, reason = (theirs.failure_type, theirs.failure_reason) if theirs else ("", "")
    why = reason or (f"Pleo says {theirs.status}" if theirs else "Pleo does not know it any more")
    with transaction.atomic():
        if job.advance(ExportJob.State.ENDED_BY_PLEO, now=now, why=why, failure_type=kind, failure_reason=reason):
            _say_what_was_left(job.configuration, why, now, exported)


def leave_to_people(configuration: EntityConfiguration, now: datetime) -> None:
    """What waits although no open job offers it waits for a person: nothing may be posted that no open job offers.

    So it is where an outcome was unknown when Pleo ended the job, and a look-up found later that nothing was carried out.
    """
    _say_what_was_left(configuration, "no open export job offers it any more", now)


def _say_what_was_left(configuration: EntityConfiguration, why: str, now: datetime, exported: Collection[str] = ()) -> None:
    offered = ExportJobItem.objects.filter(record=OuterRef("pk"), job__state__in=ExportJob.OPEN)
    waiting = ExportRecord.objects.filter(configuration=configuration, status=ExportRecord.Status.WAITING, awaited_bill="")
    sentence = f"Pleo ended the export job before this expense was posted ({why}). Export it again."
    left = waiting.filter(~Exists(offered), export_again_at=None)
    for pk in list(left.values_list("pk", flat=True)):
        with transaction.atomic():
            # Locked and asked again: it may have been offered, wished for or sent meanwhile.
            if record := left.filter(pk=pk).select_for_update(of=("self",)).first():
                held = str(record.entry_id) in exported
                record.stop([_held_elsewhere() if held else Problem("job_ended", sentence)])
                record.refresh_status(now)


def _held_elsewhere() -> Problem:
    return Problem(
        TOLD_ELSEWHERE,
        f"{_HELD} So it is after an older copy of this database was put back, or where a second installation is at work. Look for it in "
        "Sage Intacct. Is it there, skip it here with the reason; is it not, export it again.",
    )


def keep_alive(job: ExportJob, client: PleoClient, clock: Clock) -> None:
    """Put one open item to in_progress where two thirds of the job's time to expiry have passed."""
    now = clock()
    if not job.is_to_be_kept_alive(now):
        return
    offer = job.items.untold().select_related("record").first()
    if offer:
        entry_id = str(offer.record.entry_id)
        if not client.update_items(str(job.pleo_job_id), [ItemResult(entry_id, "in_progress")]).errors:
            offer.tell("in_progress", now=now)
            job.touched(now)


def close_configuration(configuration: EntityConfiguration, error: SignInRefused, now: datetime) -> None:
    """Pleo does not take the API key: nothing is exchanged for this entity until a person has saved another."""
    if configuration.close(str(error), now):
        Event.note(connection=configuration.connection, what="entity configuration closed", why=str(error), now=now)


def switched_off(configuration: EntityConfiguration) -> str:
    """Say which switch keeps everything of this configuration from being posted."""
    if configuration.active:
        return f"The connection {configuration.connection} is switched off (Set-up › Connections › Active)."
    return f"{configuration} is switched off (Set-up › Entity configurations › Active)."


# Before anything is sent


def read_jobs(lane: Lane) -> int:
    """Ask Pleo how the jobs stand whose entries are about to be sent, and note it on the lane; it holds for a short while.

    Only a job in progress sends: one that was cancelled, or finished by others, is ended here, and one that Pleo has not
    started is started anew. Returns how many documents are to be looked up first, because Pleo holds their entries as
    exported. A job that cannot be read sends nothing now, and holds up no other.
    """
    to_look_up = 0
    for job in _about_to_be_sent(lane):
        reading = lane.jobs.get(job.pk)
        age = (lane.clock() - reading.read_at).total_seconds() if reading else -1
        if 0 <= age < READING_HOLDS_SECONDS:
            continue
        client = lane.pleo(job.configuration)
        try:
            in_progress = _is_in_progress(job, client, lane.clock)
            if in_progress and reading is None:
                to_look_up += _look_before_sending(job, _held_as_exported(job, client), lane)
        except SignInRefused as error:
            close_configuration(job.configuration, error, lane.clock())
            in_progress = False
        except IntegrationError as error:
            lane.delivered.troubles[job.configuration_id] = f"Nothing is sent before Pleo says how its export job stands: {error}"
            in_progress = False
        lane.jobs[job.pk] = JobReading(in_progress, lane.clock())
    return to_look_up


def _about_to_be_sent(lane: Lane) -> list[ExportJob]:
    """Return the jobs of which something might be sent now for the first time."""
    principals = Document.objects.sendable(lane.connection.company_id, lane.clock()).filter(principal=None)
    jobs = ExportJob.objects.filter(state=ExportJob.State.COLLECTED, items__record__in=principals.values("record"))
    return list(jobs.select_related("configuration__connection").order_by("pk").distinct())


def _is_in_progress(job: ExportJob, client: PleoClient, clock: Clock) -> bool:
    theirs = _as_pleo_has_it(job, client)
    if theirs is None or theirs.status not in OPEN:
        _end(job, theirs, client, clock)
        return False
    if theirs.status == "pending":
        job.begin_anew(clock(), why="Pleo says that it is not started")
        return False
    return True


def _look_before_sending(job: ExportJob, exported: Collection[str], lane: Lane) -> int:
    """Have what Pleo holds as exported looked up in Sage Intacct, once; what is not there then waits for a person."""
    count = 0
    for offer in list(job.items.untold().filter(record__entry_id__in=exported)) if exported else ():
        with transaction.atomic():
            now = lane.clock()
            lane.lease.hold(now)
            # Locked and asked again: it may have moved on meanwhile.
            waiting = ExportRecord.objects.filter(pk=offer.record_id, status=ExportRecord.Status.WAITING)
            record = waiting.select_for_update(of=("self",)).first()
            if record is None:
                continue
            if offer.look_up_first(now):
                count += record.look_before_sending(_HELD, now)
            else:
                record.stop([_held_elsewhere()])
            record.refresh_status(now)
    return count
