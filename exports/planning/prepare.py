"""From records to documents: gather, ask the rules, write the plan down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import structlog
from django.db import transaction
from django.db.models import prefetch_related_objects

from exports.lane import close_after
from exports.ledger.ledger_bills import bills_numbered
from exports.ledger.restoring import before_own_payments
from exports.models import Document, ExportJobItem, ExportRecord
from exports.models.standing import UNREADABLE_ITEM
from exports.planning import late_receipts
from exports.planning.plan_rows import Prepared, write_plans
from exports.planning.posting_context import NO_DATABASE, as_opened, context_of_each, receipt_facts
from exports.posting.banks import WAITS_FOR_BILL
from exports.posting.context import HeldBill, PostingContext, RecordFacts
from exports.posting.payables import bill_wanted
from exports.posting.plan import CannotPost, plan_posting
from exports.posting.uses import uses
from integration.clock import Clock
from integration.errors import IntegrationError, Problem, Rejected, SignInRefused, TryLater
from integration.intacct.gateway import Gateway, gateway_for
from integration.intacct.refusals import lacks_permission, may_be_a_slip
from integration.models import EntityConfiguration, Lease
from integration.pleo.items import ExportItem, MalformedItem

log = structlog.get_logger(__name__)

AT_A_TIME = 200


def prepare(configuration: EntityConfiguration, *, clock: Clock, gateway: Gateway | None = None) -> int:
    """Plan every record of this configuration that waits for a plan; return how many were planned or stopped.

    gateway: asked for the bills that invoices and their payments are about, this process's own where None. What it cannot
    be asked about now stays as it is and is planned later.
    """
    planned, last = 0, 0
    while configuration.is_on:
        waiting = ExportRecord.objects.to_prepare(clock()).filter(configuration=configuration, pk__gt=last)
        records = list(waiting.order_by("pk")[:AT_A_TIME])
        if not records:
            return planned
        planned += _prepare(configuration, records, clock, gateway)
        last = records[-1].pk
    return 0  # switched off: nothing more is posted


def prepare_alone(configuration: EntityConfiguration, *, clock: Clock, owner: str) -> int:
    """Do it while no other worker does. Raises LeaseBusy where another one is at it.

    Two workers that plan one record at once would read it before either has written: the slower one would see a bill that
    is paid, and take the payment of the faster one for somebody else's.
    """
    lease = Lease.take(f"plan:{configuration.pleo_company_id}", owner=owner, now=clock())
    try:
        return prepare(configuration, clock=clock)
    finally:
        lease.give_back()


def _prepare(configuration: EntityConfiguration, records: Sequence[ExportRecord], clock: Clock, gateway: Gateway | None) -> int:
    offers = {record.pk: offer for record, offer in _newest_offers(records)}
    prefetch_related_objects(list(records), "receipts", "documents")
    items: dict[int, ExportItem] = {}
    for record in records:
        try:
            items[record.pk] = offers[record.pk].item_of(configuration.pleo_company_id)
        except MalformedItem as error:
            record.stop([Problem(UNREADABLE_ITEM, f"Pleo's data of this expense cannot be read: {error}.")])
            record.refresh_status(clock())
    context, odd = context_of_each(configuration, items, clock())
    numbers = _bill_numbers([record for record in records if record.pk in items and record.pk not in odd], items, context)
    for record in records:
        if record.pk in items and record.pk not in numbers:
            del items[record.pk]
            record.stop([_unexpected(record)])
            record.refresh_status(clock())
    bills = before_own_payments(
        _bills({pk: number for pk, number in numbers.items() if number}, context, configuration, gateway, clock),
        records,
        items,
        ask=lambda: gateway or gateway_for(configuration.connection),
        entity=configuration.intacct_entity,
        now=clock(),
    )
    later = 0
    works = []
    for record in records:
        if record.pk not in items:
            continue
        held = bills.get(record.pk, ())
        now = clock()
        if isinstance(held, IntegrationError) and (not isinstance(held, Rejected) or may_be_a_slip(held, record.unread_since or now, now)):
            record.could_not_be_read(now)
            later += 1
        else:
            works.append(_Work(record, items[record.pk], offers[record.pk].fingerprint, context, held))
    _together(works, clock)
    return len(records) - later


def _bill_numbers(records: Sequence[ExportRecord], items: Mapping[int, ExportItem], context: PostingContext) -> dict[int, str]:
    """Return the number of the bill that each is about, "" where none is to be looked for; without those that nobody can tell it of."""
    numbers = {}
    for record in records:
        try:
            wanted = None if _principal_of(record) else bill_wanted(items[record.pk], context)
        except Exception:
            log.exception("preparation_failed", record=record.pk)
        else:
            numbers[record.pk] = wanted.number if wanted else ""
    return numbers


def _bills(
    wanted: Mapping[int, str],
    context: PostingContext,
    configuration: EntityConfiguration,
    gateway: Gateway | None,
    clock: Clock,
) -> dict[int, tuple[HeldBill, ...] | IntegrationError]:
    """Return what Intacct holds under these numbers, by record, asked at once; or why it could not be asked."""
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


@dataclass(frozen=True, slots=True)
class _Work:
    """One expense to prepare. held: what Intacct has under the bill number it is about, or why it does not show it."""

    record: ExportRecord
    item: ExportItem
    fingerprint: str
    context: PostingContext
    held: tuple[HeldBill, ...] | Rejected

    @property
    def settled(self) -> bool:
        """Whether it is in the ledger already, or booked by hand: a new plan never touches it."""
        return _principal_of(self.record) is not None or self.record.skipped_at is not None

    @property
    def files_to_hang(self) -> bool:
        principal = _principal_of(self.record)
        return principal is not None and bool(late_receipts.to_hang(self.record))

    def prepared(self) -> Prepared:
        """Ask the rules. Whatever goes wrong with it stops no other."""
        if self.settled:
            return Prepared(self.record, self.fingerprint)  # its status compares the fingerprints
        try:
            return self._planned()
        except CannotPost as error:
            wanted = bill_wanted(self.item, self.context)
            awaited = wanted if all(problem.code in WAITS_FOR_BILL for problem in error.problems) else None
            used = uses(self.item, (), self.context)
            return Prepared(self.record, self.fingerprint, problems=error.problems, awaited=awaited, uses=used)
        except Exception:
            log.exception("preparation_failed", record=self.record.pk)
            return Prepared(self.record, self.fingerprint, problems=(_unexpected(self.record),))

    def _planned(self) -> Prepared:
        if isinstance(self.held, Rejected):
            raise CannotPost((_bills_unreadable(self.held),))
        facts = RecordFacts(
            posting_number=self.record.posting_number,
            date_allowed=self.record.date_allowed_at is not None,
            receipts=receipt_facts(self.record.receipts.all()),
            bills=self.held,
            adopted_bill=self.record.adopted_bill,
        )
        plan = plan_posting(self.item, as_opened(self.context, self.record), facts)
        return Prepared.of_plan(self.record, self.fingerprint, plan, uses(self.item, plan.documents, self.context))


def _together(works: Sequence[_Work], clock: Clock) -> None:
    """Prepare them in one commit; one by one what has files to hang to its bill, crashed before, or cannot be written so."""
    together = [each for each in works if not each.files_to_hang and not each.record.preparations]
    alone = [each for each in works if each not in together]
    # Committed before anything is planned: what crashes the process is then prepared alone, and given up after some crashes.
    ExportRecord.objects.filter(pk__in=[each.record.pk for each in together if not each.settled]).begin_preparation()
    try:
        write_plans([each.prepared() for each in together], clock())
    except NO_DATABASE:
        raise
    except Exception:
        log.exception("plans_not_written_together", records=len(together))
        alone = [*alone, *_afresh(together)]
    for each in alone:
        _alone(each, clock)


def _afresh(works: Sequence[_Work]) -> list[_Work]:
    """Return them with their records as the database holds them: nothing of what these had taken in.

    Left out is what Pleo has offered anew meanwhile: these are its former items.
    """
    found = ExportRecord.objects.prefetch_related("receipts", "documents").in_bulk([each.record.pk for each in works])
    fresh = [replace(each, record=found[each.record.pk]) for each in works]
    return [new for old, new in zip(works, fresh, strict=True) if new.record.offered_fingerprint == old.record.offered_fingerprint]


def _alone(work: _Work, clock: Clock) -> None:
    """The guard around one expense: whatever goes wrong with it stops no other."""
    record = work.record
    if not work.settled and not record.begin_preparation():
        sentence = "Preparing this expense has crashed three times. Send its id to support."
        record.stop([Problem("unexpected_error", sentence, value=str(record.entry_id))])
        record.refresh_status(clock())
        return
    try:
        with transaction.atomic():
            # One worker at a time: two at once would both make its documents.
            if not ExportRecord.objects.select_for_update().filter(pk=record.pk, plan_wanted=True).exists():
                return
            principal = _principal_of(record)
            if principal and late_receipts.to_hang(record):
                late_receipts.hang(record, work.item, principal, work.context, clock())
            write_plans([work.prepared()], clock())
    except NO_DATABASE:
        raise
    except Exception:
        log.exception("preparation_failed", record=record.pk)
        for again in _afresh([work]):
            again.record.stop([_unexpected(again.record)])
            again.record.refresh_status(clock())


def _unexpected(record: ExportRecord) -> Problem:
    sentence = "An unexpected error stopped the preparation of this expense; nothing was sent. Send its id to support."
    return Problem("unexpected_error", sentence, value=str(record.entry_id))


def _bills_unreadable(refusal: IntegrationError) -> Problem:
    if lacks_permission(refusal.code, refusal.message):
        mend = "Give the role of the Web Services user the permission to list bills (Accounts Payable) there (Company › Admin › Roles)"
    else:
        mend = "Look there whether the Web Services user can list them (Accounts Payable › Bills), and mend what it says"
    return Problem(
        "bills_unreadable",
        f"Sage Intacct does not show its bills: {refusal.message} {mend}, then export the expense again.",
        value=refusal.code,
    )


def _principal_of(record: ExportRecord) -> Document | None:
    """Return the confirmed principal of the record's present posting."""
    for document in record.documents.all():
        if document.is_principal and document.state == Document.State.CONFIRMED and document.posting_number == record.posting_number:
            return document
    return None
