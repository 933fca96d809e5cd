"""From records to documents: gather, ask the rules, write the plan down."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from django.db import transaction
from django.db.models import prefetch_related_objects

from exports.models import Document, ExportJobItem, ExportRecord, Receipt
from exports.posting.context import PostingContext, RecordFacts
from exports.posting.plan import CannotPost, PostingPlan, plan_posting
from exports.posting_context import posting_context, receipt_facts
from integration.clock import Clock
from integration.errors import Problem
from integration.intacct import xml
from integration.intacct.documents import Attachment, JournalEntry
from integration.models import EntityConfiguration
from integration.pleo.items import ExportItem, MalformedItem

log = structlog.get_logger(__name__)

AT_A_TIME = 200


def prepare(configuration: EntityConfiguration, *, clock: Clock) -> int:
    """Plan every record of this configuration that waits for a plan; return how many were taken up."""
    taken = 0
    while True:
        records = list(ExportRecord.objects.to_prepare(clock()).filter(configuration=configuration).order_by("pk")[:AT_A_TIME])
        if not records:
            return taken
        _prepare(configuration, records, clock)
        taken += len(records)


def _prepare(configuration: EntityConfiguration, records: Sequence[ExportRecord], clock: Clock) -> None:
    offers = {record.pk: offer for record, offer in _newest_offers(records)}
    prefetch_related_objects(list(records), "receipts", "documents")
    items: dict[int, ExportItem] = {}
    for record in records:
        try:
            items[record.pk] = offers[record.pk].item()
        except MalformedItem as error:
            record.stop([Problem("malformed_item", f"Pleo's data of this expense cannot be read: {error}.")])
            record.refresh_status(clock())
    context = posting_context(configuration, list(items.values()), clock())
    for record in records:
        if record.pk in items:
            _prepare_one(record, items[record.pk], offers[record.pk], context, clock)


def _newest_offers(records: Sequence[ExportRecord]) -> list[tuple[ExportRecord, ExportJobItem]]:
    by_record: dict[int, ExportJobItem] = {}
    for offer in ExportJobItem.objects.filter(record__in=records).order_by("received_at", "pk"):
        by_record[offer.record_id] = offer
    return [(record, by_record[record.pk]) for record in records]


def _prepare_one(record: ExportRecord, item: ExportItem, offer: ExportJobItem, context: PostingContext, clock: Clock) -> None:
    """The guard around one record: whatever goes wrong with it stops no other."""
    if _principal_confirmed(record) or record.skipped_at:
        # In the ledger already, or booked by hand: a new plan never touches it. refresh_status compares the fingerprints.
        record.plan_stands()
        record.refresh_status(clock())
        return
    if not record.begin_preparation():
        record.stop(
            [
                Problem(
                    "unexpected_error",
                    "Preparing this expense has crashed three times. Send its id to support.",
                    value=str(record.entry_id),
                )
            ]
        )
        record.refresh_status(clock())
        return
    facts = RecordFacts(
        posting_number=record.posting_number,
        date_allowed=record.date_allowed_at is not None,
        receipts=receipt_facts(record.receipts.all()),
    )
    try:
        _check_kind(item, context)
        plan = plan_posting(item, context, facts)
        _check_documents(plan, context)
        with transaction.atomic():
            _write_plan(record, plan, offer.fingerprint, clock)
    except CannotPost as error:
        with transaction.atomic():
            _cancel_all_but(record, (), "The expense cannot be posted as it is.")
            record.stop(error.problems)
            record.refresh_status(clock())
    except Exception:
        log.exception("preparation_failed", record=record.pk)
        sentence = "An unexpected error stopped the preparation of this expense; nothing was sent. Send its id to support."
        record.stop([Problem("unexpected_error", sentence, value=str(record.entry_id))])
        record.refresh_status(clock())


_BY_HAND = "Post it by hand in Sage Intacct, and skip it here with the reason (on the page of the expense)."


def _check_kind(item: ExportItem, context: PostingContext) -> None:
    """Raise CannotPost for what is always a bill or a payment: the lane cannot send these yet."""
    if item.type in ("invoice", "invoice_payment"):
        kind = "An invoice" if item.type == "invoice" else "The payment of an invoice"
        raise CannotPost(
            (Problem("bills_not_sent", f"{kind} cannot be sent to {context.entity} yet. {_BY_HAND}", kind="type", value=item.type),)
        )


def _check_documents(plan: PostingPlan, context: PostingContext) -> None:
    """Raise CannotPost where the settings ask for a bill: never silently a journal entry instead."""
    if all(isinstance(document, Attachment | JournalEntry) for document in plan.documents):
        return
    sentence = (
        f"The settings of {context.entity} post this expense as an AP bill, which cannot be sent yet. Choose journal entries "
        f"here (Entity configurations › {context.entity} › Card expenses), or book it by hand in Sage Intacct and skip it here."
    )
    raise CannotPost((Problem("bills_not_sent", sentence, kind="setting", value="card.method"),))


def _write_plan(record: ExportRecord, plan: PostingPlan, fingerprint: str, clock: Clock) -> None:
    now = clock()
    # One worker at a time: two that plan the same record at once would both make its documents.
    if not ExportRecord.objects.select_for_update().get(pk=record.pk).plan_wanted:
        return
    held = {document.key: document for document in record.documents.select_for_update()}
    names: Document | None = None
    for position, value in enumerate(plan.documents):
        body = None if isinstance(value, Attachment) else xml.function(value)
        document = held.get(value.key)
        if document is None:
            document = Document.plan(record, value, body, fingerprint=fingerprint, position=position, names=names, now=now)
        elif document.state in (Document.State.PLANNED, Document.State.REJECTED, Document.State.CANCELLED):
            document.plan_again(value, body, fingerprint=fingerprint, names=names, now=now)
        # CONFIRMED: an attachment with the same files is there already and is used again.
        if isinstance(value, Attachment):
            names = document
            for file in value.files:
                record.receipts.filter(content_id=file.content_hash, state__in=Receipt.USABLE).update(document=document, name=file.name)
    _cancel_all_but(record, [value.key for value in plan.documents], "The new plan does not need it.")
    record.planned(
        notes=plan.notes,
        without_receipt=plan.without_receipt,
        moved_from=plan.moved_from,
        skipped=plan.skipped,
        default_tax=plan.default_tax,
    )
    record.refresh_status(now)


def _cancel_all_but(record: ExportRecord, keys: Sequence[str], reason: str) -> None:
    states = (Document.State.PLANNED, Document.State.REJECTED)
    # What names another goes first, so that nothing planned ever names what is cancelled.
    for document in (
        record.documents.filter(state__in=states, posting_number=record.posting_number).exclude(key__in=keys).order_by("-position")
    ):
        document.cancel(reason)


def _principal_confirmed(record: ExportRecord) -> bool:
    return any(
        document.is_principal and document.state == Document.State.CONFIRMED and document.posting_number == record.posting_number
        for document in record.documents.all()
    )
