"""What Pleo thinks of a job of ours: whether it is still open, and what keeps it so."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from exports.models import ExportJob, ExportRecord
from integration.clock import Clock
from integration.errors import Problem
from integration.pleo.client import ItemResult, PleoClient

# What an open job of ours means at Pleo.
OPEN = ("pending", "in_progress")


def end_if_pleo_ended(job: ExportJob, client: PleoClient, clock: Clock) -> bool:
    """Ask Pleo whether the job is still open; if not, write down that Pleo ended it. True if it has ended."""
    theirs = client.job(str(job.pleo_job_id))
    if theirs.status in OPEN:
        return False
    now = clock()
    why = theirs.failure_reason or f"Pleo says {theirs.status}"
    with transaction.atomic():
        if job.advance(
            ExportJob.State.ENDED_BY_PLEO, now=now, why=why, failure_type=theirs.failure_type, failure_reason=theirs.failure_reason
        ):
            _say_what_was_left(job, why, now)
    return True


def _say_what_was_left(job: ExportJob, why: str, now: datetime) -> None:
    """What the ended job leaves unsent waits for a person: nothing may be posted that no open job offers."""
    sentence = f"Pleo ended the export job before this expense was posted ({why}). Export it again."
    for record in ExportRecord.objects.filter(offers__job=job, status=ExportRecord.Status.WAITING, awaited_bill=""):
        record.stop([Problem("job_ended", sentence)])
        record.refresh_status(now)


def keep_alive(job: ExportJob, client: PleoClient, clock: Clock) -> None:
    """Put one open item to in_progress where two thirds of the job's time to expiry have passed."""
    now = clock()
    if now < job.keep_alive_at:
        return
    offer = job.items.untold().select_related("record").first()
    if offer:
        client.update_items(str(job.pleo_job_id), [ItemResult(str(offer.record.entry_id), "in_progress")])
        offer.tell("in_progress", now=now)
        job.touched(now)
