"""From records to documents: gather, ask the rules, write the plan down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import structlog
from django.db import transaction
from django.db.models import prefetch_related_objects

from exports.held_bills import bills_numbered
from exports.lane import close_after
from exports.models import Document, ExportJobItem, ExportRecord, Receipt
from exports.models.documents import STATE_EVERY
from exports.posting.banks import WAITS_FOR_BILL
from exports.posting.context import HeldBill, PostingContext, RecordFacts
from exports.posting.payables import bill_wanted
from exports.posting.plan import CannotPost, PostingPlan, plan_posting
from exports.posting.receipts import late_attachment
from exports.posting_context import posting_context, receipt_facts
from integration.clock import Clock
from integration.errors import IntegrationError, Problem, Rejected, SignInRefused, TryLater
from integration.intacct import xml
from integration.intacct.documents import Attachment, Bill, IntacctDocument
from integration.intacct.gateway import Gateway, gateway_for
from integration.models import EntityConfiguration
from integration.pleo.items import ExportItem, MalformedItem

log = structlog.get_logger(__name__)

AT_A_TIME = 200


def prepare(configuration: EntityConfiguration, *, clock: Clock, gateway: Gateway | None = None) -> int:
    """Plan every record of this configuration that waits for a plan; return how many were planned or stopped.

    gateway: asked for the bills that invoices and their payments are about, this process's own where None. What it cannot
    be asked about now stays as it is and is planned later.
    """
    planned, last = 0, 0
    while True:
        waiting = ExportRecord.objects.to_prepare(clock()).filter(configuration=configuration, pk__gt=last)
        records = list(waiting.order_by("pk")[:AT_A_TIME])
        if not records:
            return planned
        planned += _prepare(configuration, records, clock, gateway)
        last = records[-1].pk


def _prepare(configuration: EntityConfiguration, records: Sequence[ExportRecord], clock: Clock, gateway: Gateway | None) -> int:
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
    bills = _bills(records, items, context, configuration, gateway, clock)
    later = 0
    for record in records:
        if record.pk not in items:
            continue
        held = bills.get(record.pk, ())
        if isinstance(held, IntegrationError) and not isinstance(held, Rejected):
            record.could_not_be_read(clock())
            later += 1
        else:
            _prepare_one(record, items[record.pk], offers[record.pk], context, held, clock)
    return len(records) - later


def _bills(
    records: Sequence[ExportRecord],
    items: Mapping[int, ExportItem],
    context: PostingContext,
    configuration: EntityConfiguration,
    gateway: Gateway | None,
    clock: Clock,
) -> dict[int, tuple[HeldBill, ...] | IntegrationError]:
    """Return what Intacct holds under the numbers that these items are about, asked at once; or why it could not be asked."""
    wanted = {
        record.pk: bill.number
        for record in records
        if record.pk in items and not _principal_of(record) and (bill := bill_wanted(items[record.pk], context))
    }
    if not wanted:
        return {}
    configuration.connection.refresh_from_db(fields=["active", "closed_at"])
    if not configuration.may_post:
        return dict.fromkeys(wanted, TryLater("Sage Intacct is closed to us; it is not asked."))
    try:
        held = bills_numbered(
            wanted.values(),
            company_id=context.company_id,
            entity=context.entity,
            currency=context.base_currency,
            gateway=gateway or gateway_for(configuration.connection),
        )
    except IntegrationError as error:
        log.warning("bills_not_read", configuration=configuration.pk, kind=type(error).__name__, code=error.code)
        if isinstance(error, SignInRefused):
            close_after(configuration.connection, error, clock())
            return dict.fromkeys(wanted, TryLater(error.message))
        return dict.fromkeys(wanted, error)
    return {pk: tuple(each for each in held if each.number.casefold() == number.casefold()) for pk, number in wanted.items()}


def _newest_offers(records: Sequence[ExportRecord]) -> list[tuple[ExportRecord, ExportJobItem]]:
    by_record: dict[int, ExportJobItem] = {}
    for offer in ExportJobItem.objects.filter(record__in=records).order_by("received_at", "pk"):
        by_record[offer.record_id] = offer
    return [(record, by_record[record.pk]) for record in records]


def _prepare_one(
    record: ExportRecord,
    item: ExportItem,
    offer: ExportJobItem,
    context: PostingContext,
    bills: tuple[HeldBill, ...] | IntegrationError,
    clock: Clock,
) -> None:
    """The guard around one record: whatever goes wrong with it stops no other."""
    principal = _principal_of(record)
    if principal or record.skipped_at:
        # In the ledger already, or booked by hand: a new plan never touches it. refresh_status compares the fingerprints.
        with transaction.atomic():
            if principal and principal.kind == Document.Kind.BILL:
                _hang_later_receipts(record, item, principal, context, clock)
            record.plan_stands()
            record.refresh_status(clock())
        return
    if not record.begin_preparation():
        sentence = "Preparing this expense has crashed three times. Send its id to support."
        record.stop([Problem("unexpected_error", sentence, value=str(record.entry_id))])
        record.refresh_status(clock())
        return
    try:
        if isinstance(bills, IntegrationError):
            raise CannotPost((_bills_unreadable(bills),))
        facts = RecordFacts(
            posting_number=record.posting_number,
            date_allowed=record.date_allowed_at is not None,
            receipts=receipt_facts(record.receipts.all()),
            bills=bills,
            adopted_bill=record.adopted_bill,
        )
        plan = plan_posting(item, _as_opened(context, record), facts)
        with transaction.atomic():
            _write_plan(record, plan, offer.fingerprint, clock)
    except CannotPost as error:
        with transaction.atomic():
            _cancel_all_but(record, (), "The expense cannot be posted as it is.")
            _stop(record, item, context, error.problems, clock)
            record.refresh_status(clock())
    except Exception:
        log.exception("preparation_failed", record=record.pk)
        sentence = "An unexpected error stopped the preparation of this expense; nothing was sent. Send its id to support."
        record.stop([Problem("unexpected_error", sentence, value=str(record.entry_id))])
        record.refresh_status(clock())


def _as_opened(context: PostingContext, record: ExportRecord) -> PostingContext:
    """Return the context with the first open days that refusals of this offer have taught."""
    if not record.opens:
        return context
    opens = {books: date.fromisoformat(day) for books, day in record.opens.items() if day}
    return replace(
        context,
        open_from=max(filter(None, (context.open_from, opens.get("ledger"))), default=None),
        payables_open_from=opens.get("payables"),
        cash_open_from=opens.get("cash"),
        own_posting_date=False if "own_posting_date" in record.opens else context.own_posting_date,
    )


def _stop(record: ExportRecord, item: ExportItem, context: PostingContext, problems: Sequence[Problem], clock: Clock) -> None:
    wanted = bill_wanted(item, context)
    if wanted and all(problem.code in WAITS_FOR_BILL for problem in problems):
        record.await_bill(wanted.vendor, wanted.number, problems, look_at=clock() + STATE_EVERY)
    else:
        record.stop(problems)


def _bills_unreadable(refusal: IntegrationError) -> Problem:
    return Problem(
        "bills_unreadable",
        f"Sage Intacct does not show its bills: {refusal.message} Give the role of the Web Services user the permission to list bills "
        "(Company › Admin › Roles), then export the expense again.",
        value=refusal.code,
    )


def _hang_later_receipts(record: ExportRecord, item: ExportItem, bill: Document, context: PostingContext, clock: Clock) -> None:
    """Files that came after the bill was posted: all files in a new attachment, and the update that hangs it to the bill."""
    receipts = [receipt for receipt in record.receipts.select_related("content") if receipt.state in Receipt.USABLE]
    if all(receipt.state == Receipt.State.ATTACHED for receipt in receipts):
        return
    if bill.intacct_state in ("Paid", "Partially Paid"):
        # Source: error catalogue 6.6, BL03000215: a paid document cannot be updated.
        fault = "It came after the bill was paid, and Sage Intacct lets nobody change a paid bill: keep it beside the bill there by hand."
        record.receipts.filter(state=Receipt.State.FETCHED).update(state=Receipt.State.NOT_ATTACHED, fault=fault)
        return
    if any(receipt.content is None or receipt.content.content is None for receipt in receipts):
        fault = "The bill's former files are not kept here any more, and a bill names one attachment: add this one to it by hand."
        record.receipts.filter(state=Receipt.State.FETCHED).update(state=Receipt.State.NOT_ATTACHED, fault=fault)
        return
    facts = RecordFacts(posting_number=record.posting_number, receipts=receipt_facts(receipts))
    made = late_attachment(item, bill.intacct_key, context, facts)
    if made is None:
        return
    now, names = clock(), None
    held = {document.key: document for document in record.documents.all()}
    documents: tuple[IntacctDocument, ...] = made
    for position, value in enumerate(documents, start=10):
        body = xml.planned(value)
        document = held.get(value.key)
        if document is None:
            document = Document.plan(
                record, value, body, fingerprint=bill.fingerprint, position=position, names=names, principal=bill, now=now
            )
        elif document.state in (Document.State.PLANNED, Document.State.REJECTED, Document.State.CANCELLED):
            document.plan_again(value, body, fingerprint=bill.fingerprint, names=names, now=now)
        if isinstance(value, Attachment):
            names = document
            _name_files(record, value, document)


def _write_plan(record: ExportRecord, plan: PostingPlan, fingerprint: str, clock: Clock) -> None:
    now = clock()
    # One worker at a time: two that plan the same record at once would both make its documents.
    if not ExportRecord.objects.select_for_update().get(pk=record.pk).plan_wanted:
        return
    held = {document.key: document for document in record.documents.select_for_update()}
    names: Document | None = None
    bill: Document | None = None
    # An adopted bill is there already, and may name files of its own: ours are listed, not hung to it.
    documents = [value for value in plan.documents if not (record.adopted_bill and isinstance(value, Attachment))]
    if record.adopted_bill:
        fault = "The bill was adopted as it is in Sage Intacct; attach the file there by hand."
        record.receipts.filter(state=Receipt.State.FETCHED).update(state=Receipt.State.NOT_ATTACHED, fault=fault)
    for position, value in enumerate(documents):
        body = xml.planned(value)
        document = held.get(value.key)
        if document is None:
            document = Document.plan(record, value, body, fingerprint=fingerprint, position=position, names=names, principal=bill, now=now)
        elif document.state in (Document.State.PLANNED, Document.State.REJECTED, Document.State.CANCELLED):
            document.plan_again(value, body, fingerprint=fingerprint, names=names, now=now)
        # CONFIRMED: an attachment with the same files is there already and is used again.
        if isinstance(value, Attachment):
            names = document
            _name_files(record, value, document)
        if isinstance(value, Bill):
            bill = document
            if record.adopted_bill:
                document.adopt(record.adopted_bill, now=now)
    _cancel_all_but(record, [value.key for value in documents], "The new plan does not need it.")
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


def _name_files(record: ExportRecord, attachment: Attachment, document: Document) -> None:
    for file in attachment.files:
        record.receipts.filter(content_id=file.content_hash, state__in=Receipt.USABLE).update(document=document, name=file.name)


def _principal_of(record: ExportRecord) -> Document | None:
    """Return the confirmed principal of the record's present posting."""
    for document in record.documents.all():
        if document.is_principal and document.state == Document.State.CONFIRMED and document.posting_number == record.posting_number:
            return document
    return None
