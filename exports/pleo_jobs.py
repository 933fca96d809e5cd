"""What Pleo thinks of a job of ours: whether it is still open, and what keeps it so."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from exports.models import ExportJob, ExportJobItem, ExportRecord
from integration.clock import Clock
from integration.errors import Problem
from integration.models import EntityConfiguration
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
            _say_what_was_left(job.configuration, why, now)
    return True


def leave_to_people(configuration: EntityConfiguration, now: datetime) -> None:
    """What waits although no open job offers it waits for a person: nothing may be posted that no open job offers.

    So it is where an outcome was unknown when Pleo ended the job, and a look-up found later that nothing was carried out.
    """
    _say_what_was_left(configuration, "no open export job offers it any more", now)


def _say_what_was_left(configuration: EntityConfiguration, why: str, now: datetime) -> None:
    offered = ExportJobItem.objects.filter(record=OuterRef("pk"), job__state__in=ExportJob.OPEN)
    waiting = ExportRecord.objects.filter(configuration=configuration, status=ExportRecord.Status.WAITING, awaited_bill="")
    sentence = f"Pleo ended the export job before this expense was posted ({why}). Export it again."
    left = waiting.filter(~Exists(offered), export_again_at=None)
    for pk in list(left.values_list("pk", flat=True)):
        with transaction.atomic():
            # Locked and asked again: it may have been offered, wished for or sent meanwhile.
            if record := left.filter(pk=pk).select_for_update(of=("self",)).first():
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
