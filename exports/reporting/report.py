"""Telling Pleo: item results in small batches as they become final, then the job's final event, once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from exports.intake.pleo_jobs import OPEN, close_configuration, end_if_pleo_ended, keep_alive, switched_off
from exports.models import Document, Event, ExportJob, ExportJobItem, ExportRecord
from exports.models.standing import live_reversal
from exports.posting.reasons import pleo_reason
from integration.clock import Clock
from integration.errors import OutcomeUnknown, Problem, Rejected, SignInRefused, TryLater
from integration.models import EntityConfiguration, Lease
from integration.pleo.client import ITEMS_IN_AN_UPDATE, ItemResult, PleoClient

log = structlog.get_logger(__name__)

REASON_LENGTH = 500
_Status = ExportRecord.Status
_NEEDS_A_PERSON = (_Status.NEEDS_FIX, _Status.REVIEW, _Status.REVERSED)


@dataclass(slots=True)
class Reported:
    """What one call of `report` told Pleo. trouble: why it does not know all that it was told; "" where it does."""

    successful: int = 0
    failed: int = 0
    finished: int = 0
    trouble: str = ""


def report(configuration: EntityConfiguration, *, client: PleoClient, clock: Clock, owner: str) -> Reported:
    """Tell Pleo all that is final about the open job of this configuration, and end the job when nothing is left.

    Raises LeaseBusy, TryLater, SignInRefused or Rejected; what was acknowledged before stays written down.
    """
    told = Reported()
    job = (
        ExportJob.objects.open()
        .filter(configuration=configuration, state__in=(ExportJob.State.COLLECTED, ExportJob.State.REPORTED))
        .first()
    )
    if job is None:
        return told
    lease = Lease.take(configuration.pleo_lease, owner=owner, now=clock())
    try:
        if job.may_have_expired(clock()) and end_if_pleo_ended(job, client, clock):
            return told
        if job.state == ExportJob.State.COLLECTED:
            give_up_waiting(configuration, clock)
            under_way = _tell_items(job, client, clock, lease, told)
            if not job.items.untold().exists():
                job.advance(ExportJob.State.REPORTED, now=clock())
            elif under_way:  # what Pleo alone does not take is told until its own time for the job is over
                keep_alive(job, client, clock)
        if job.state == ExportJob.State.REPORTED:
            _finish(job, client, clock, told)
    except SignInRefused as error:
        close_configuration(configuration, error, clock())
        raise
    finally:
        lease.give_back()
    return told


def give_up_waiting(configuration: EntityConfiguration, clock: Clock) -> None:
    """What cannot be sent because Intacct is closed to us, or was unreachable for TRY_LATER_HOURS, waits to be offered again."""
    now = clock()
    to_be_planned = Q(status=_Status.NEEDS_FIX, plan_wanted=True)
    waiting = ExportRecord.objects.filter(
        Q(status=_Status.WAITING, awaited_bill="") | to_be_planned,
        posted_at=None,
        configuration=configuration,
        offers__job__state=ExportJob.State.COLLECTED,
    ).distinct()
    connection = configuration.connection
    connection.refresh_from_db()
    configuration.refresh_from_db()
    why = connection.closed_reason or configuration.closed_reason
    if not configuration.is_on and not why:
        sentence = f"{switched_off(configuration)} Nothing was posted. Switch it on, then export the expense again."
        problem = Problem("switched_off", sentence)
    elif not configuration.may_post:
        problem = Problem("sign_in_refused", f"{why} Nothing was posted. Mend the connection, then export the expense again.")
    else:
        long_ago = now - timedelta(hours=settings.TRY_LATER_HOURS)
        unsent = Q(documents__state=Document.State.PLANNED, documents__first_try_later_at__lte=long_ago)
        waiting = waiting.filter(unsent | Q(unread_since__lte=long_ago))
        problem = Problem(
            "intacct_unreachable",
            f"Sage Intacct could not be reached for {settings.TRY_LATER_HOURS} hours. Nothing was posted. Export the expense again.",
        )
    for pk in list(waiting.values_list("pk", flat=True)):
        with transaction.atomic():
            record = ExportRecord.objects.select_for_update().get(pk=pk)
            if waiting.filter(pk=pk).exists():  # asked again under the lock: it may have been sent meanwhile
                record.stop([problem])
                record.refresh_status(now)


def _tell_items(job: ExportJob, client: PleoClient, clock: Clock, lease: Lease, told: Reported) -> bool:
    """Tell what is final. True where something is not final yet, and the job is to be kept open for it."""
    untold = list(job.items.untold().select_related("record").prefetch_related("record__documents").order_by("pk"))
    # What waits for a person is told last: until then it may still be mended.
    still_moving = any(_moves(offer.record) for offer in untold)
    results = [
        (offer, result) for offer in untold if (result := result_of(offer, clock())) and (result.status == "successful" or not still_moving)
    ]
    for start in range(0, len(results), ITEMS_IN_AN_UPDATE):
        batch = results[start : start + ITEMS_IN_AN_UPDATE]
        if not _update(job, [result for _, result in batch], batch, client, clock, told):
            return False
        lease.hold(clock())
    return len(results) < len(untold)


def _moves(record: ExportRecord) -> bool:
    """Tell whether this may still change by itself; what needs a person does where it is about to be planned again."""
    if record.status == _Status.NEEDS_FIX or record.awaited_bill:
        return record.plan_wanted
    return record.status in (_Status.WAITING, _Status.SENDING, _Status.UNKNOWN)


def _update(
    job: ExportJob,
    results: Sequence[ItemResult],
    batch: Sequence[tuple[ExportJobItem, ItemResult]],
    client: PleoClient,
    clock: Clock,
    told: Reported,
) -> bool:
    """Send one batch of results. False where Pleo has ended the job."""
    try:
        answer = client.update_items(str(job.pleo_job_id), results)
    except OutcomeUnknown as error:
        # Telling the same again does no harm; what was taken is acknowledged then.
        raise TryLater(error.message, code=error.code) from error
    except Rejected:
        if end_if_pleo_ended(job, client, clock):
            return False
        raise
    now = clock()
    refused = 0
    for offer, result in batch:
        fault = answer.errors.get(result.entry_id)
        if fault:
            refused += 1
            again = "" if fault.is_for_good else " It is told again."
            told.trouble = f"Pleo did not take the result of {offer.record}: {fault}.{again}"
            if fault.is_for_good or not offer.told_reason:  # each repetition would be noise
                Event.note(record=offer.record, what="Pleo did not take the result", why=str(fault), now=now)
            offer.refused(str(fault), now, for_good=fault.is_for_good)
            continue
        offer.tell(result.status, now=now, external_id=result.external_id, failure_type=result.failure_type, reason=result.failure_reason)
        Event.note(record=offer.record, what=f"Pleo was told: {result.status}", why=result.failure_reason, now=now)
        if result.status == "successful":
            told.successful += 1
            offer.record.was_reported(now)
        else:
            told.failed += 1
            offer.record.was_told_failed()
    if refused < len(batch):
        job.touched(now)
    return True


def result_of(offer: ExportJobItem, now: datetime) -> ItemResult | None:
    """Return what Pleo is to be told about this entry; None while its outcome is open or unknown."""
    record = offer.record
    entry_id = str(record.entry_id)
    principal = next(
        (
            document
            for document in record.documents.all()
            if document.is_principal and document.state == Document.State.CONFIRMED and document.posting_number == record.posting_number
        ),
        None,
    )
    if principal and principal.state_wanted_at:
        # Offered again: nobody is told that it is there before Intacct has said so.
        unreadable = _state_unreadable(principal, offer.job.configuration, now)
        return _failed(entry_id, unreadable) if unreadable else None
    if principal and record.status in (_Status.SENDING, _Status.UNKNOWN):
        own = [each for each in record.documents.all() if each.posting_number == record.posting_number]
        if record.plan_wanted or live_reversal(own):
            return None  # offered again while a follow-up is in doubt, or while it is taken back: told when that is over
    # A follow-up that is under way, refused or in doubt changes nothing of that: the principal decides.
    if principal and record.status not in (_Status.REVIEW, _Status.REVERSED):
        return ItemResult(
            entry_id,
            "successful",
            exported_at=principal.confirmed_at,
            external_id=principal.intacct_key,
            external_url=principal.intacct_url,
        )
    if record.status == _Status.SKIPPED:
        return ItemResult(entry_id, "successful", exported_at=record.status_changed_at)
    if (record.status in _NEEDS_A_PERSON or record.awaited_bill) and not _moves(record):
        problems = record.problem_values() or (Problem("unexpected_error", f"{record.get_status_display()}."),)
        return _failed(entry_id, *problems)
    return None


def _failed(entry_id: str, *problems: Problem) -> ItemResult:
    failure_type, reason = pleo_reason(*problems)
    return ItemResult(entry_id, "failed", failure_type=failure_type, failure_reason=reason[:REASON_LENGTH])


def _state_unreadable(principal: Document, configuration: EntityConfiguration, now: datetime) -> Problem | None:
    """Return why nobody will hear how a posted document stands before a person has mended something; None while it may still be asked."""
    if principal.refusal:
        why = principal.refusal
    elif not configuration.may_post:
        why = configuration.connection.closed_reason or configuration.closed_reason or "the connection is switched off here."
    elif principal.state_wanted_at and principal.state_wanted_at <= now - timedelta(hours=settings.TRY_LATER_HOURS):
        why = f"it could not be reached for {settings.TRY_LATER_HOURS} hours."
    else:
        return None
    return Problem(
        "state_unreadable",
        f"It was posted as {principal.get_kind_display()} {principal.intacct_key} (reference {principal.key}), but Sage Intacct does not "
        f"say whether that still stands: {why} Nothing was sent. Export the expense again when it can be asked.",
        kind="document",
        value=principal.key,
    )


@dataclass(frozen=True, slots=True)
class FinalEvent:
    """How a job ends. failure_type, reason: only where it failed as a whole."""

    event: str
    failure_type: str = ""
    reason: str = ""


# Reasons that Pleo knows for a job as well as for an item. Source: schema ExportJobFailureReasonType.
_JOB_REASONS = {
    "invalid_configuration",
    "missing_configuration",
    "accounting_system_authentication_failure",
    "accounting_system_rate_limit",
    "accounting_system_unreachable",
    "authorization_failure",
    "accounting_system_timeout",
}


def final_event(job: ExportJob, held: Collection[str]) -> FinalEvent:
    """Return how this job ends, now that every item is told: failed where none was successful, with their reason if it is one.

    held: the statuses of its items as Pleo holds them.
    """
    if all(status == "successful" for status in held):
        return FinalEvent("completed")
    if "successful" in held:
        return FinalEvent("completed_with_errors")
    failed = list(job.items.filter(told_status="failed").values_list("told_type", flat=True))
    shared = set(failed)
    failure_type = shared.pop() if len(shared) == 1 and shared <= _JOB_REASONS else "validation_failure"
    return FinalEvent("failed", failure_type, f"None of the {len(failed)} expenses could be posted. Each expense says why.")


def _finish(job: ExportJob, client: PleoClient, clock: Clock, told: Reported) -> None:
    """Send the final event once, after reading that Pleo holds every item as final.

    After an unknown answer the job is read before anything is repeated.
    """
    held = {entry_id.lower(): status for entry_id, status in client.job_items(str(job.pleo_job_id))}
    open_there = [entry_id for entry_id, status in held.items() if status in OPEN]
    if open_there:
        if not _once_more(job, open_there, clock):
            told.trouble = (
                f"Pleo holds {len(open_there)} results as open although it has taken them; it ends the job when its time is over."
            )
        return
    final = final_event(job, held.values())
    if not _has_ended_so(job, final, client):
        try:
            client.send_event(str(job.pleo_job_id), final.event, failure_type=final.failure_type, failure_reason=final.reason)
        except OutcomeUnknown as error:
            raise TryLater(f"Nobody can say whether Pleo has ended the job; it is read first. {error}", code=error.code) from error
        except Rejected:
            if not _has_ended_so(job, final, client):
                if end_if_pleo_ended(job, client, clock):
                    return
                raise
    job.advance(
        ExportJob.State.FINISHED,
        now=clock(),
        why=final.event,
        final_event=final.event,
        failure_type=final.failure_type,
        failure_reason=final.reason,
    )
    told.finished += 1


def _once_more(job: ExportJob, open_there: Sequence[str], clock: Clock) -> bool:
    """Tell what Pleo does not hold as final once more, or collect what was never collected. False where that is no use any more.

    A sign of life that Pleo carried out late may have come after the result.
    """
    ours = {str(entry_id) for entry_id in job.items.values_list("record__entry_id", flat=True)}
    if ours.issuperset(open_there):
        return job.tell_again(open_there, clock())
    return job.begin_anew(clock(), why="Pleo shows entries in it that were not there before")


def _has_ended_so(job: ExportJob, final: FinalEvent, client: PleoClient) -> bool:
    """Read the job: an earlier final event of ours may have arrived although its answer did not."""
    theirs = client.job(str(job.pleo_job_id))
    return theirs.status == final.event and (final.event != "failed" or theirs.failure_type == final.failure_type)
