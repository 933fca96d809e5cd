"""From Pleo's export job to records: find the job, start it, keep every entry as received, fetch the receipts.

Each part may die and run again: a job found in progress is resumed, an item kept is not kept twice, a receipt fetched
is not fetched twice. Nothing here reads or writes Sage Intacct.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import OuterRef, QuerySet, Subquery

from exports.intake.pleo_jobs import OPEN, close_configuration, end_if_pleo_ended, leave_to_people, switched_off
from exports.intake.receipts import fetch_receipts, offered_links
from exports.models import Document, Event, ExportJob, ExportJobItem, ExportRecord
from exports.models.documents import STATE_EVERY
from exports.models.standing import UNREADABLE_ITEM
from integration.clock import Clock
from integration.errors import OutcomeUnknown, Problem, Rejected, SignInRefused, TryLater
from integration.models import EntityConfiguration, Lease
from integration.pleo.client import PleoClient, PleoJob
from integration.pleo.items import MalformedItem
from integration.pleo.receipt_links import unsigned
from referencedata.codes import findings_for

log = structlog.get_logger(__name__)


def collect(
    configuration: EntityConfiguration, *, client: PleoClient, clock: Clock, owner: str, stop_at: float | None = None
) -> ExportJob | None:
    """Take the oldest export job of a Pleo company as far as COLLECTED, and return it; None where there is none.

    stop_at: a time.monotonic() after which it stops where it is; the next call goes on. Raises LeaseBusy where another
    worker is at it, TryLater, SignInRefused or Rejected as Pleo answers.
    """
    lease = Lease.take(configuration.pleo_lease, owner=owner, now=clock())
    try:
        job = _open_job(configuration, client, clock)
        if job and job.state == ExportJob.State.SEEN:
            _start(job, client, clock)
        if job and job.state == ExportJob.State.STARTED:
            _collect_items(job, client, clock, lease, stop_at)
        if job is None or job.state not in (ExportJob.State.SEEN, ExportJob.State.STARTED):  # else it may offer it yet
            leave_to_people(configuration, clock())
        return job
    except SignInRefused as error:
        close_configuration(configuration, error, clock())
        raise
    finally:
        lease.give_back()


def _open_job(configuration: EntityConfiguration, client: PleoClient, clock: Clock) -> ExportJob | None:
    """Return our open job; else the oldest at Pleo; else a new one with the entries that people wished for."""
    job = ExportJob.objects.open().filter(configuration=configuration).first()
    if job:
        if job.state in (ExportJob.State.SEEN, ExportJob.State.STARTED) or job.may_have_expired(clock()):
            end_if_pleo_ended(job, client, clock)
        if job.is_open:
            return job
    if not configuration.is_on:
        return None
    company_id = str(configuration.pleo_company_id)
    theirs = next(iter(client.jobs(company_id, OPEN)), None) or _ask_for_wished(configuration, client, clock)
    return _keep_job(configuration, theirs, clock) if theirs else None


def _keep_job(configuration: EntityConfiguration, theirs: PleoJob, clock: Clock) -> ExportJob | None:
    now = clock()
    try:
        job, made = ExportJob.objects.get_or_create(
            pleo_job_id=theirs.id,
            defaults={
                "configuration": configuration,
                "number_of_items": theirs.number_of_items,
                "vendor_based": theirs.vendor_based,
                "expires_in": theirs.expires_in,
                "created_by_pleo_at": theirs.created_at,
                "seen_at": now,
                "expires_at": now + timedelta(seconds=theirs.expires_in),
            },
        )
    except IntegrityError:
        return ExportJob.objects.open().filter(configuration=configuration).first()
    if made:
        Event.note(job=job, what="job seen", why=f"{theirs.number_of_items} offered by Pleo", now=now)
    return job if job.is_open else None


def _ask_for_wished(configuration: EntityConfiguration, client: PleoClient, clock: Clock) -> PleoJob | None:
    """Ask Pleo for one new job with all entries that "Export again" was pressed for. Called when no job is open there."""
    wished = list(ExportRecord.objects.wished().filter(configuration=configuration).order_by("export_again_at", "pk"))
    if not wished or _cannot_start(configuration):
        return None  # a job that could only be answered with "failed" would be asked for again and again
    # An entry is offered as it was the last time, with or without its vendor: else its content would read as changed, and a
    # bill would go to another vendor. One kind of job at a time, that of the oldest wish first.
    with_vendors = set(
        ExportJobItem.objects.filter(record__in=wished, job__vendor_based=True, received_at=Subquery(_newest_offer())).values_list(
            "record", flat=True
        )
    )
    kind = wished[0].pk in with_vendors
    return _ask_for([record for record in wished if (record.pk in with_vendors) == kind], kind, configuration, client, clock)


def _newest_offer() -> QuerySet[ExportJobItem, datetime]:
    """Return when the record of an outer job item was offered last."""
    of_record = ExportJobItem.objects.filter(record=OuterRef("record")).order_by("-received_at", "-pk")
    return of_record.values_list("received_at", flat=True)[:1]


def _ask_for(
    wished: Sequence[ExportRecord], vendor_based: bool, configuration: EntityConfiguration, client: PleoClient, clock: Clock
) -> PleoJob | None:
    """Ask for a job with these entries. Where Pleo refuses, ask for each half: one bad entry does not hold up the others."""
    try:
        entry_ids = [str(record.entry_id) for record in wished]
        job = client.create_job(str(configuration.pleo_company_id), entry_ids, vendor_based=vendor_based)
    except Rejected as error:
        if error.code == "EXPORT_ALREADY_IN_PROGRESS":
            raise TryLater("Pleo is at another export job of this company; it is asked again when that has ended.", code="409") from error
        if len(wished) > 1:
            middle = len(wished) // 2
            halves = (wished[:middle], wished[middle:])
            return next(filter(None, (_ask_for(half, vendor_based, configuration, client, clock) for half in halves)), None)
        why = f"Pleo did not accept it: {error} Move the expense to the export queue in Pleo and export it there."
        ExportRecord.objects.filter(pk=wished[0].pk).update(export_again_at=None, export_again_by=None)
        Event.note(record=wished[0], what="export again was refused by Pleo", why=why, now=clock())
        if wished[0].awaited_bill:
            wished[0].look_for_bill_again(clock() + STATE_EVERY)  # nobody pressed a button: it is asked for again
        return None
    except OutcomeUnknown as error:
        # Before anything is repeated: is there a job now? The next call finds it as Pleo's oldest open job.
        raise TryLater(f"Nobody can say whether Pleo made the new job; it is looked for first. {error}") from error
    for record in wished:
        Event.note(record=record, what="asked Pleo to offer it again", now=clock())
    return job


def _start(job: ExportJob, client: PleoClient, clock: Clock) -> None:
    """Check that the job can be worked on at all, and tell Pleo that it is started, or that it cannot be."""
    refusal = _cannot_start(job.configuration)
    if refusal:
        failure_type, reason = refusal
        client.send_event(str(job.pleo_job_id), "failed", failure_type=failure_type, failure_reason=reason)
        job.advance(
            ExportJob.State.FINISHED, now=clock(), why=reason, final_event="failed", failure_type=failure_type, failure_reason=reason
        )
        return
    theirs = client.job(str(job.pleo_job_id))
    if theirs.status == "pending":
        refused = ""
        try:
            client.send_event(str(job.pleo_job_id), "started")
        except Rejected as error:
            refused = f" {error}"
        except OutcomeUnknown as error:
            raise TryLater(f"Nobody can say whether Pleo has started the job; it is read first. {error}") from error
        # Taken or refused: what counts is how the job stands now.
        if end_if_pleo_ended(job, client, clock):
            return
        theirs = client.job(str(job.pleo_job_id))
        if theirs.status != "in_progress":
            raise TryLater(f"Pleo has not started its export job yet; it is asked again.{refused}")
    job.advance(ExportJob.State.STARTED, now=clock(), expires_in=theirs.expires_in)


# What is wrong with one account, vendor or code stops the expenses that need it, one by one; only this stops them all.
_CONCERNS_ALL = ("", "intacct_entity")


def _cannot_start(configuration: EntityConfiguration) -> tuple[str, str] | None:
    connection = configuration.connection
    if connection.closed_at or configuration.closed_at:
        why = connection.closed_reason or configuration.closed_reason
        return "accounting_system_authentication_failure", f"Sage Intacct is not connected: {why}"[:500]
    if not configuration.is_on:
        return "integration_unusable", f"{switched_off(configuration)} Export again when it is switched on."[:500]
    findings = [finding for finding in findings_for(configuration) if finding.field in _CONCERNS_ALL]
    if findings:
        sentences = " ".join(dict.fromkeys(finding.sentence for finding in findings))
        return "invalid_configuration", f"The entity configuration is not ready: {sentences}"[:500]
    return None


# Items


def _collect_items(job: ExportJob, client: PleoClient, clock: Clock, lease: Lease, stop_at: float | None) -> None:
    control = {entry_id.lower(): status for entry_id, status in client.job_items(str(job.pleo_job_id))}
    if len(control) < job.number_of_items and not job.is_to_be_kept_alive(clock()):
        raise TryLater(f"Pleo lists {len(control)} of the {job.number_of_items} entries of its job; it is asked again.")
    open_ids = {entry_id for entry_id, status in control.items() if status in OPEN}
    links: dict[str, tuple[str, ...]] = {}
    for raw in client.export_items(str(job.pleo_job_id)):
        entry_id, _ = offered_links(raw)
        if entry_id in open_ids:
            links[entry_id] = _keep_item(job, raw, clock)
    for entry_id in sorted(open_ids - set(links)):
        _keep_item(job, {"accountingEntryId": entry_id}, clock)
    lease.hold(clock())
    if job.configuration.is_on and not fetch_receipts(job, links, client, clock, lease, stop_at):
        return
    job.advance(ExportJob.State.COLLECTED, now=clock(), why="1 entry" if len(open_ids) == 1 else f"{len(open_ids)} entries")
    if len(control) != job.number_of_items:
        Event.note(job=job, what="Pleo's count differs", why=f"{job.number_of_items} promised, {len(control)} listed", now=clock())


def _keep_item(job: ExportJob, raw: Mapping[str, Any], clock: Clock) -> tuple[str, ...]:
    """Keep one entry as received, once, and return the links of its receipts, signed as they are now."""
    entry_id, links = offered_links(raw)
    try:
        _keep(job, raw, entry_id, clock())
    except (OperationalError, InterfaceError):
        raise  # no fault of the item
    except Exception:
        log.exception("item_not_kept", job=job.pk, entry=entry_id)
        _keep(job, {"accountingEntryId": entry_id}, entry_id, clock(), unreadable="an unexpected error stopped the reading of it")
    return links


def _keep(job: ExportJob, raw: Mapping[str, Any], entry_id: str, now: datetime, *, unreadable: str = "") -> None:
    record = ExportRecord.of_entry(job.configuration, entry_id, now)
    if ExportJobItem.objects.filter(job=job, record=record).exists():
        return
    with transaction.atomic():
        offer = ExportJobItem(job=job, record=record, payload=_as_text(raw), received_at=now)
        try:
            if unreadable:
                raise MalformedItem(unreadable)
            item = offer.item_of(job.configuration.pleo_company_id)
            offer.fingerprint = item.fingerprint()
        except MalformedItem as error:
            item, offer.fault = None, f"Pleo's data of this expense cannot be read: {error}."
        offer.save()
        Event.note(record=record, what="offered by Pleo", why=str(job), now=now)
        if item:
            record.describe(item)
            record.want_plan()
        else:
            record.stop([Problem(UNREADABLE_ITEM, f"{offer.fault} Change or remove the expense in Pleo, then export it again.")])
            # The wish is granted all the same; left standing, it would ask Pleo for job after job.
            ExportRecord.objects.filter(pk=record.pk).update(export_again_at=None, export_again_by=None)
        for document in record.documents.filter(state=Document.State.REJECTED):
            document.look_before_planning(now)
        record.documents.want_state(now)  # it may be gone from Intacct by now: that is asked before Pleo is told anything
        record.refresh_status(now)


def _as_text(raw: Mapping[str, Any]) -> str:
    """Return the item as text that any database takes. The signatures of links are left out: they open the files to anyone."""
    kept = {**raw}
    if isinstance(raw.get("files"), list):
        kept["files"] = [
            {**file, "url": unsigned(str(file.get("url", "")))} if isinstance(file, Mapping) else file for file in raw["files"]
        ]
    return json.dumps(kept, cls=DjangoJSONEncoder, ensure_ascii=True)
