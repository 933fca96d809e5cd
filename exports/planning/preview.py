"""What would be posted now: the whole queue planned as `prepare` would, with nothing written and no other system asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import structlog
from django.db.models import prefetch_related_objects

from exports.models import Document, ExportJobItem, ExportRecord
from exports.planning.posting_context import NO_DATABASE, context_of_each, receipt_facts
from exports.posting.banks import WAITS_FOR_BILL
from exports.posting.context import HeldBill, PostingContext, RecordFacts
from exports.posting.payables import bill_wanted
from exports.posting.plan import CannotPost, PostingPlan, plan_posting
from integration.errors import Problem
from integration.intacct.documents import AddedFiles, Attachment, Bill, IntacctDocument, JournalEntry, LateAttachment, Payment
from integration.models import EntityConfiguration
from integration.money import Money
from integration.pleo.items import ExportItem, MalformedItem
from referencedata.models import Account

log = structlog.get_logger(__name__)

AT_A_TIME = 200
PAYABLES = "Accounts payable"
POSTED, NOTHING = "Would be posted", "Nothing to post"
LOOKED_FOR, NOT_POSTED = "Would be looked for in Sage Intacct first", "Would not be posted"
OUTCOMES = (POSTED, LOOKED_FOR, NOT_POSTED, NOTHING)
_KINDS = {"journal_entry": "Journal entry", "bill": "AP bill", "payment": "AP payment"}


@dataclass(frozen=True, slots=True)
class Line:
    """One side of one account. account: its number; for the tax and payables accounts, which Intacct chooses, what they are for."""

    account: str
    debit: Money | None
    credit: Money | None
    tax: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """One document that would be sent. date: of its posting."""

    kind: str
    date: date
    where: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """One expense of the queue. problems: why it would not be posted; documents: empty then, or where nothing is to be posted.

    look_first: the bill it is about is looked for in Sage Intacct first, which a preview does not ask.
    """

    record: ExportRecord
    documents: tuple[Planned, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    look_first: bool = False

    @property
    def outcome(self) -> str:
        """Return which of OUTCOMES it is; the same words on the page, in the CSV file and in the command."""
        if self.look_first:
            return LOOKED_FOR
        if self.problems:
            return NOT_POSTED
        return POSTED if self.documents else NOTHING


@dataclass(frozen=True, slots=True)
class Total:
    """What would be posted on one account of one entity in one currency. name: of the account, "" for those Intacct chooses.

    company: the connection; two of them may have entities and accounts of the same code.
    """

    company: str
    entity: str
    account: str
    name: str
    currency: str
    debit: Money
    credit: Money


def preview(configurations: Iterable[EntityConfiguration], now: datetime) -> Iterator[Preview]:
    """Plan all that waits or needs a person, from Pleo's newest offers; a constant number of queries for each 200 expenses."""
    for configuration in configurations:
        last = 0
        while records := list(_queue(configuration, last)):
            yield from _previews(configuration, records, now)
            last = records[-1].pk


def totals(previews: Iterable[Preview]) -> tuple[Total, ...]:
    """Add up by company, entity, account and currency. Debits equal credits over all accounts of an entity and currency."""
    sums: dict[tuple[str, int, str, str, str], tuple[Money, Money]] = {}
    for each in previews:
        configuration = each.record.configuration
        for line in (line for document in each.documents for line in document.lines):
            amount = line.debit or line.credit
            if amount is None:
                continue
            zero = Money.zero(amount.currency)
            key = (str(configuration.connection), configuration.connection_id, configuration.intacct_entity, line.account, amount.currency)
            debit, credit = sums.get(key, (zero, zero))
            sums[key] = (debit + (line.debit or zero), credit + (line.credit or zero))
    accounts = Account.objects.filter(connection__in={key[1] for key in sums}, number__in={key[3] for key in sums})
    names = {(connection, number): title for connection, number, title in accounts.values_list("connection", "number", "title")}
    return tuple(
        Total(company, entity, account, names.get((connection, account), ""), currency, debit, credit)
        for (company, connection, entity, account, currency), (debit, credit) in sorted(sums.items())
    )


def _queue(configuration: EntityConfiguration, last: int) -> Iterable[ExportRecord]:
    status = ExportRecord.Status
    waiting = ExportRecord.objects.filter(
        configuration=configuration, status__in=(status.WAITING, status.NEEDS_FIX), posted_at=None, pk__gt=last
    )
    return waiting.filter(offers__isnull=False).distinct().select_related("configuration__connection").order_by("pk")[:AT_A_TIME]


def _previews(configuration: EntityConfiguration, records: Sequence[ExportRecord], now: datetime) -> Iterator[Preview]:
    prefetch_related_objects(list(records), "receipts")
    offers = {each.record_id: each for each in ExportJobItem.objects.filter(record__in=records).order_by("received_at", "pk")}
    items: dict[int, ExportItem] = {}
    faults: dict[int, str] = {}
    for record in records:
        try:
            items[record.pk] = offers[record.pk].item_of(configuration.pleo_company_id)
        except MalformedItem as error:
            faults[record.pk] = f"Pleo's data of this expense cannot be read: {error}."
    context, odd = context_of_each(configuration, items, now)
    ours = _bills_of_ours(context)
    for record in records:
        if record.pk in faults:
            yield Preview(record, problems=(Problem("malformed_item", faults[record.pk]),))
        elif record.pk in odd:
            yield _unexpected(record)
        else:
            yield _guarded(record, items[record.pk], context, ours)


def _guarded(record: ExportRecord, item: ExportItem, context: PostingContext, ours: dict[str, list[HeldBill]]) -> Preview:
    try:
        return _one(record, item, context, ours)
    except NO_DATABASE:
        raise
    except Exception:
        log.exception("preview_failed", record=record.pk)
        return _unexpected(record)


def _unexpected(record: ExportRecord) -> Preview:
    sentence = "An unexpected error stops the preparation of this expense; nothing would be sent. Send its id to support."
    return Preview(record, problems=(Problem("unexpected_error", sentence, value=str(record.entry_id)),))


def _one(record: ExportRecord, item: ExportItem, context: PostingContext, ours: dict[str, list[HeldBill]]) -> Preview:
    wanted = bill_wanted(item, context)
    facts = RecordFacts(
        posting_number=record.posting_number,
        date_allowed=record.date_allowed_at is not None,
        receipts=receipt_facts(record.receipts.all()),
        bills=tuple(ours.get(wanted.number.casefold(), ())) if wanted else (),
        adopted_bill=record.adopted_bill,
    )
    try:
        plan: PostingPlan = plan_posting(item, context, facts)
    except CannotPost as error:
        waits = bool(wanted) and all(problem.code in WAITS_FOR_BILL for problem in error.problems)
        return Preview(record, problems=error.problems, look_first=waits)
    notes = (*plan.notes, *((plan.skipped,) if plan.skipped else ()))
    documents = tuple(shown for each in plan.documents if (shown := planned(each, context)))
    return Preview(record, documents, notes=notes, look_first=wanted is not None and not facts.bills)


def _bills_of_ours(context: PostingContext) -> dict[str, list[HeldBill]]:
    """Return our bills in Intacct by number, as they were last read: enough for a preview."""
    found: dict[str, list[HeldBill]] = defaultdict(list)
    rows = Document.objects.of_company(context.company_id).filter(
        kind=Document.Kind.BILL, state=Document.State.CONFIRMED, entity=context.entity
    )
    for row in rows.exclude(due_minor=0).defer("body"):
        if row.amount_minor is None or row.posting_date is None:
            continue
        due = row.amount_minor if row.due_minor is None else row.due_minor
        held = HeldBill(
            record=row.intacct_key,
            vendor=row.vendor,
            number=row.bill_number,
            state=row.intacct_state or "Posted",
            total=Money.of_minor(row.amount_minor, row.currency),
            due=Money.of_minor(due, row.currency),
            posted_on=row.posting_date,
            key=row.key,
            ours=True,
        )
        found[held.number.casefold()].append(held)
    return found


def planned(document: IntacctDocument, context: PostingContext) -> Planned | None:
    """Return a document as the lines the ledger will hold; None for an attachment, which is in no ledger."""
    match document:
        case JournalEntry():
            lines = []
            for entry_line in document.lines:
                debit, entry = entry_line.side == "debit", entry_line.tax
                lines.append(_line(entry_line.account, entry_line.amount, debit=debit, tax=entry.detail if entry else ""))
                lines += [_line(f"Tax: {entry.detail}", entry.amount, debit=debit)] if entry and entry.amount else []
            return Planned(_KINDS["journal_entry"], document.posting_date, document.journal, tuple(lines))
        case Bill():
            lines = []
            for line in document.lines:
                codes = " / ".join(entry.detail for entry in line.taxes)
                lines.append(_line(line.account, line.amount, debit=True, tax=codes))
                lines += [_line(f"Tax: {entry.detail}", entry.amount, debit=True) for entry in line.taxes if entry.amount]
            lines.append(_line(PAYABLES, document.total(), debit=False))
            return Planned(_KINDS["bill"], document.posting_date, f"{document.vendor} {document.number}", tuple(lines))
        case Payment():
            bank = context.banks.get(document.bank)
            account = bank.account if bank else document.bank
            lines = [_line(PAYABLES, document.amount, debit=True), _line(account, document.amount, debit=False)]
            return Planned(_KINDS["payment"], document.payment_date, document.bank, tuple(lines))
        case Attachment() | AddedFiles() | LateAttachment():
            return None


def _line(account: str, amount: Money, *, debit: bool, tax: str = "") -> Line:
    """A negative amount stands, positive, on the other side."""
    on_debit = debit == (amount.minor >= 0)
    return Line(account, abs(amount) if on_debit else None, None if on_debit else abs(amount), tax)
