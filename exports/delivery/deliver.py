"""The lane: the one place per Intacct company from which writing requests leave (docs/design.md, section 5).

Intent before the wire: IN_FLIGHT with its bytes is committed before the first byte leaves; the answer is written down
in a second transaction; none is open in between. Each transaction first renews the lease: no lease, nothing is written.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from exports.delivery.lookup import look_up
from exports.delivery.settling import doubt, settle, settle_refused, settle_unmade
from exports.delivery.states import follow, read_due
from exports.intake.pleo_jobs import read_jobs
from exports.lane import Delivered, Lane, begin_attempt, close
from exports.ledger import restoring
from exports.ledger.attachments import folder_is_there
from exports.models import Attempt, AttemptDocument, Document, ExportRecord, Receipt
from exports.models.document_queries import DocumentQuerySet
from integration import retry
from integration.clock import Clock
from integration.errors import IntegrationError, Rejected, RequestRefused, SignInRefused, TryLater
from integration.intacct import xml
from integration.intacct.answers import Confirmation
from integration.intacct.documents import AddedFiles, Attachment, AttachmentFile
from integration.intacct.gateway import Function, Gateway
from integration.models import Connection, Lease

log = structlog.get_logger(__name__)

DOCUMENTS_IN_A_REQUEST = 25
BYTES_IN_A_REQUEST = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Batch:
    entity: str
    documents: tuple[Document, ...]


def deliver(connection: Connection, *, gateway: Gateway, clock: Clock, owner: str, stop_at: float | None = None) -> Delivered:
    """Send what may be sent and look up what is in doubt, until nothing is due now.

    stop_at: a time.monotonic() after which no new request is begun. Raises LeaseBusy where another worker holds the
    lane, LeaseLost where one took it over; then nothing more is sent or written here.
    """
    lane = Lane(connection, Lease.take(connection.lane, owner=owner, now=clock()), gateway, clock, stop_at)
    try:
        restoring.begin(lane)
        _doubt_orphans(lane)
        _cancel_overtaken(lane)
        _look(lane)
        _read_what_is_offered_again(lane)
        while not lane.out_of_time and not lane.delivered.stopped:
            if read_jobs(lane) + restoring.take_up(lane):
                _look(lane)
            batch = _next_batch(lane)
            if batch and not lane.watched:
                restoring.watch(lane)
            elif batch:
                if _folders_are_there(batch, lane):
                    _send(batch, lane)
            # When all is sent: what was refused is looked for; a bill that reads Posted now lets its payment go.
            elif not _look(lane) and not _follow(lane):
                break
    except SignInRefused as error:
        close(lane, error)
    except (TryLater, RequestRefused) as error:
        lane.delivered.stopped = error.message
        if isinstance(error, TryLater):
            _note_waiting(lane)
    finally:
        lane.lease.give_back()
    return lane.delivered


def _read_what_is_offered_again(lane: Lane) -> None:
    """Pleo waits for it, so it comes before all that is to be sent. Where it cannot be read now, nothing else is held up by that."""
    if not Document.objects.to_read_again(lane.connection.company_id, lane.clock()).filter(state_wanted_at__isnull=False).exists():
        return
    try:
        lane.delivered.looked_up += read_due(lane)
    except TryLater as error:
        log.warning("states_not_read", connection=lane.connection.pk, code=error.code)


def _look(lane: Lane) -> int:
    looked_at = look_up(lane.connection, lease=lane.lease, gateway=lane.gateway, clock=lane.clock)
    lane.delivered.looked_up += looked_at
    return looked_at


def _follow(lane: Lane) -> int:
    read = follow(lane)
    lane.delivered.looked_up += read
    return read


def _note_waiting(lane: Lane) -> None:
    """Intacct could not be asked at all: what would have been sent waits from now on, for TRY_LATER_HOURS at most."""
    with transaction.atomic():
        now = lane.clock()
        lane.lease.hold(now)
        unsent = Document.objects.sendable(lane.connection.company_id, now).filter(first_try_later_at=None)
        Document.objects.filter(pk__in=list(unsent.values_list("pk", flat=True))).update(first_try_later_at=now)


def _doubt_orphans(lane: Lane) -> None:
    """What a dead worker left in flight is unknown: nobody can say whether its request had left."""
    with transaction.atomic():
        now = lane.clock()
        lane.lease.hold(now)
        orphans = list(Document.objects.of_company(lane.connection.company_id).filter(state=Document.State.IN_FLIGHT))
        records = ExportRecord.objects.lock_for(orphans)
        for document in orphans:
            doubt(document, Document.Doubt.UNREADABLE, "The worker that sent it died before the answer was written down.", "", now)
            if document.attempt:
                document.attempt.complete(outcome="no answer was written down: the worker died", now=now)
        for record in records:
            record.refresh_status(now, why="the worker that sent it died")


def _cancel_overtaken(lane: Lane) -> None:
    """Files of an entry changed again before the former ones went: all of them hang in a newer document now."""
    files = Receipt.objects.filter(state__in=Receipt.USABLE)
    hung = Q(bill_record__gt="") & ~Exists(files.filter(document=OuterRef("names")))
    added = Q(bill_record="") & ~Exists(files.filter(document=OuterRef("pk")))
    not_sent = Q(state=Document.State.PLANNED) | Q(state=Document.State.REJECTED, absence_proven=True)
    late = Document.objects.of_company(lane.connection.company_id).filter(hung | added, not_sent, kind=Document.Kind.LATE_ATTACHMENT)
    with transaction.atomic():
        now = lane.clock()
        lane.lease.hold(now)
        overtaken = list(late.select_related("names"))
        records = ExportRecord.objects.lock_for(overtaken)
        # Asked again under the lock: planning may have taken one of them up anew.
        for document in late.filter(pk__in=[each.pk for each in overtaken]).select_related("names"):
            reason = "The files changed again before these were sent."
            document.cancel(reason)
            if document.names:
                document.names.cancel(reason)  # stays where Intacct has it already
        for record in records:
            record.refresh_status(now)


# Batches


def _next_batch(lane: Lane) -> _Batch | None:
    """Return the next documents of one entity, in sending order: at most 25 and 4 MB; one that is sent alone, alone, before the others."""
    sendable = _sendable(lane, lane.clock()).select_related("record__configuration", "names").order_by("record_id", "position")
    # One row, not a page of them: of what is sent alone there may be hundreds, and each comes here once for every send.
    alone = sendable.filter(Q(names=None) | Q(names__state=Document.State.CONFIRMED), alone=True).first()
    if alone:
        return _Batch(alone.entity, (alone,))
    chosen: list[Document] = []
    size = 0
    for document in sendable.filter(alone=False)[: 4 * DOCUMENTS_IN_A_REQUEST]:
        if chosen and document.entity != chosen[0].entity:
            continue
        if document.names and document.names.state != Document.State.CONFIRMED and document.names not in chosen:
            continue  # its attachment goes first, in this batch or an earlier one
        size += _size(document)
        if chosen and size > BYTES_IN_A_REQUEST:
            break
        chosen.append(document)
        if len(chosen) == DOCUMENTS_IN_A_REQUEST:
            break
    return _Batch(chosen[0].entity, tuple(chosen)) if chosen else None


def _sendable(lane: Lane, now: datetime) -> DocumentQuerySet:
    sendable = Document.objects.sendable(lane.connection.company_id, now, jobs=lane.jobs_in_progress)
    return sendable.none() if lane.restoring else sendable


def _size(document: Document) -> int:
    if document.carries_files:
        # Base 64 makes four characters of three bytes.
        return sum(receipt.size for receipt in document.receipts.all()) * 4 // 3 + 1000
    return len(document.body or b"")


def _folders_are_there(batch: _Batch, lane: Lane) -> bool:
    """Make the attachment folders of the entity that this batch needs and that are not there.

    False where that is not certain: what needs them is put off, and nothing builds on a guess.
    """
    attachments = [document for document in batch.documents if document.kind == Document.Kind.ATTACHMENT]
    for folder in {document.folder for document in attachments}:
        place = f"{batch.entity}/{folder}"
        # What holds an attachment of ours is there; asked again where one of these was refused, or nobody knows why it is not there.
        again = any(document.rounds for document in attachments if document.folder == folder)
        if place in lane.folders or (not again and _holds_ours(folder, batch.entity, lane)):
            continue
        fault = _make_certain(folder, batch.entity, lane)
        if fault:
            _put_off(folder, batch.entity, fault, lane)
            return False
        lane.folders.add(place)
    return True


def _holds_ours(folder: str, entity: str, lane: Lane) -> bool:
    ours = Document.objects.of_company(lane.connection.company_id).filter(kind=Document.Kind.ATTACHMENT, state=Document.State.CONFIRMED)
    return ours.filter(entity=entity, folder=folder).exists()


def _make_certain(folder: str, entity: str, lane: Lane) -> str:
    """Look for the folder, make it where it is not there, and look again where the answer to that says no or nothing.

    Returns why nobody knows whether it is there; "" where it is. Raises TryLater or SignInRefused.
    """
    try:
        if folder_is_there(folder, gateway=lane.gateway, entity=entity):
            return ""
        said = _make_folder(folder, entity, lane)
        if not said or folder_is_there(folder, gateway=lane.gateway, entity=entity):
            return ""
    except (SignInRefused, RequestRefused):
        raise
    except Rejected as refusal:
        return refusal.message
    return said


def _put_off(folder: str, entity: str, fault: str, lane: Lane) -> None:
    said = f"The attachment folder '{folder}' in {entity}: {fault}"
    with transaction.atomic():
        now = lane.clock()
        lane.lease.hold(now)
        waiting = Document.objects.of_company(lane.connection.company_id).filter(
            kind=Document.Kind.ATTACHMENT, entity=entity, folder=folder
        )
        waiting.filter(state=Document.State.PLANNED, due_at__lte=now).put_off(
            retry.soon(now, timedelta(seconds=settings.LATE_COMMIT_HORIZON_SECONDS)), now, message=said
        )


def _make_folder(folder: str, entity: str, lane: Lane) -> str:
    """Make the folder; return what was said where that is not that it was made. Raises TryLater or SignInRefused."""
    now = lane.clock()
    with transaction.atomic():
        lane.lease.hold(now)
        attempt = begin_attempt(lane, Attempt.Purpose.FOLDER, entity, now)
    # A second folder of this name is refused, so a repetition does no harm; the id is new each time for that reason.
    control_id = f"folder.{attempt.pk}"
    try:
        carried = lane.gateway.carry_out([Function(control_id, xml.create_folder(folder))], entity=entity)
        outcome, raw = carried.outcomes[control_id], carried.raw
    except IntegrationError as error:
        outcome, raw = error, error.raw
    said = "made" if isinstance(outcome, Confirmation) else str(outcome)
    attempt.complete(outcome=f"folder {folder}: {said}", now=lane.clock(), answer=raw)
    if isinstance(outcome, TryLater | SignInRefused):
        raise outcome
    return "" if isinstance(outcome, Confirmation) else said


# Sending


def _send(batch: _Batch, lane: Lane) -> None:
    """Send one batch and write down what became of each document. A body that is refused is halved until it stands alone."""
    attempt, documents = _begin(batch, lane)
    if not documents:
        return
    left = (attempt.begun_at + timedelta(seconds=settings.LEASE_SECONDS / 15) - lane.clock()).total_seconds()
    if left < 0:
        settle_unmade(attempt, documents, lane)
        return
    lane.delivered.sent += len(documents)
    functions = [Function(document.control_id, bytes(document.body or b""), document.sent_before) for document in documents]
    try:
        carried = lane.gateway.carry_out(functions, entity=batch.entity, begin_by=time.monotonic() + left)
    except RequestRefused as error:
        settle_refused(attempt, documents, error, lane)
        if len(documents) > 1:
            middle = len(documents) // 2
            for half in (documents[:middle], documents[middle:]):
                _send(_Batch(batch.entity, tuple(half)), lane)
        return
    except IntegrationError as error:
        settle(attempt, documents, dict.fromkeys((document.control_id for document in documents), error), error.raw, lane)
        if isinstance(error, SignInRefused):
            close(lane, error)
        elif isinstance(error, TryLater):
            lane.delivered.stopped = error.message
        return
    settle(attempt, documents, carried.outcomes, carried.raw, lane)


def _begin(batch: _Batch, lane: Lane) -> tuple[Attempt, list[Document]]:
    """Commit the intent: documents that are still sendable become IN_FLIGHT, with their bytes."""
    bodies = {document.pk: _body(document) for document in batch.documents}
    with transaction.atomic():
        now = lane.clock()
        lane.lease.hold(now)
        records = ExportRecord.objects.lock_for(batch.documents)
        attempt = begin_attempt(lane, Attempt.Purpose.SEND, batch.entity, now)
        still = set(_sendable(lane, now).filter(pk__in=bodies).values_list("pk", flat=True))
        begun: list[Document] = []
        for document in batch.documents:
            attachment_went = document.names is None or document.names.state == Document.State.CONFIRMED or document.names in begun
            deadline = retry.last_possible_send(now, lease_seconds=settings.LEASE_SECONDS)
            if document.pk in still and attachment_went and document.begin(attempt, bodies[document.pk], now=now, deadline=deadline):
                document.refresh_from_db()
                AttemptDocument.objects.create(
                    attempt=attempt, document=document, control_id=document.control_id, body_hash=document.body_hash
                )
                begun.append(document)
        for record in records:
            if any(document.record_id == record.pk for document in begun):
                record.refresh_status(now)
        if not begun:
            attempt.delete()
    return attempt, begun


def _body(document: Document) -> bytes:
    """Return the bytes to send: those fixed by the plan or by an earlier send; those with files are made from them."""
    if document.body and (not document.carries_files or document.sent_hash):
        return bytes(document.body)
    receipts = list(document.receipts.select_related("content").filter(state__in=Receipt.USABLE).order_by("number"))
    files = tuple(AttachmentFile(receipt.name, receipt.type, str(receipt.content_id), receipt.size) for receipt in receipts)
    contents = {str(receipt.content_id): bytes(receipt.content.content or b"") for receipt in receipts if receipt.content}
    if document.adds_files and document.names:
        return xml.function(AddedFiles(document.key, document.entity, document.names.key, files), contents)
    return xml.function(Attachment(document.key, document.entity, document.folder, document.title, files), contents)
