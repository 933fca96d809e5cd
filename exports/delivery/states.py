"""How our entries, bills and payments stand in Sage Intacct, where people decline, reverse, void and delete (docs/design.md, section 5).

Read after sending; on each full hour while somebody there must act; at night while their period is open; and before an entry
offered again is answered. A thousand of a kind are one question, and all kinds of an entity are one request.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from exports.delivery.open_bills import CARD_TYPES
from exports.delivery.reversing import act_on_readings
from exports.lane import Lane
from exports.ledger.ledger_bills import BILL_FIELDS, held_bill, let_go, look_for_awaited
from exports.models import Document, ExportRecord
from exports.models.document_columns import IN_THE_BOOKS
from exports.models.standing import GONE_FROM_INTACCT, VANISHED
from exports.posting.banks import PAID, PAYABLE, WAITS_FOR_BILL
from integration import retry
from integration.errors import IntegrationError, Rejected
from integration.intacct import responses, xml
from integration.intacct.answers import Result
from integration.intacct.refusals import may_be_a_slip
from referencedata.models import Entity

Row = Mapping[str, str]
Kind = Document.Kind

# The object of each kind, and what is read of it. The values of a payment's STATE are not published, those of its DISPLAYSTATE are.
_READ: Mapping[str, tuple[str, tuple[str, ...]]] = {
    Kind.JOURNAL_ENTRY: ("GLBATCH", ("RECORDNO", "STATE", "REVERSED", "REVERSEDKEY")),
    Kind.PAYMENT: ("APPYMT", ("RECORDNO", "DISPLAYSTATE")),
    Kind.BILL: ("APBILL", BILL_FIELDS),
}
# Where a company does not show how an entry was reversed, its state alone must do.
_ENTRY_ALONE = ("RECORDNO", "STATE")
_STATE_LENGTH = 40


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is written down of one document. state: None where Intacct did not say; refusal: why not, if a person must mend that."""

    state: str | None
    next_at: datetime | None
    due_minor: int | None = None
    refusal: str = ""


def follow(lane: Lane) -> int:
    """Read what is due, let payments go whose bill reads Posted, and look for the bills that payments wait for; return how much was read.

    Raises as the gateway does.
    """
    return read_due(lane) + look_for_awaited(lane)


def read_due(lane: Lane) -> int:
    """Read how everything stands that is due for it; return how much that was. Raises as the gateway does."""
    read = 0
    while not lane.out_of_time:
        due = Document.objects.to_read_again(lane.connection.company_id, lane.clock())
        entity = due.order_by("due_at", "pk").values_list("entity", flat=True).first()
        if entity is None:
            break
        here = due.filter(entity=entity).select_related("record__configuration").defer("body").order_by("due_at", "pk")
        documents = [document for kind in _READ for document in here.filter(kind=kind)[: xml.IN_VALUES]]
        read_states(documents, lane)
        read += len(documents)
    return read


def have_open_periods_read(now: datetime) -> int:
    """Have read what lies in an open period and has no day for it: posted by an earlier version, or its period was opened again."""
    found = 0
    for entity in Entity.objects.select_related("connection"):
        documents = Document.objects.with_state().filter(intacct_company_id=entity.connection.company_id, entity=entity.code, due_at=None)
        if entity.start_open_date:
            documents = documents.filter(posting_date__gte=entity.start_open_date)
        found += documents.have_state_read(now)
    return found


def read_states(documents: Sequence[Document], lane: Lane) -> None:
    """Ask Intacct how these documents of one entity stand, at most 1,000 of each kind, and write it down. One request.

    What it does not show any more is gone, unless it was never seen there and is younger than the late-commit horizon. Raises as the
    gateway does; nothing is written then.
    """
    groups = {kind: group for kind in _READ if (group := [document for document in documents if document.kind == kind])}
    answers = dict(zip(groups, _asked(groups, documents[0].entity, lane), strict=True))
    with transaction.atomic():
        now = lane.clock()
        lane.lease.hold(now)
        records = ExportRecord.objects.lock_for(documents)
        opens = _first_open_day(lane, documents[0].entity)
        moved: set[int] = set()
        silent: set[int] = set()
        for kind, group in groups.items():  # payments before bills: what became of the payment says when the bill is read again
            rows = _rows(answers[kind])
            if isinstance(rows, IntegrationError):
                moved |= _write({document: _not_read(document, rows, now) for document in group}, silent, now)
            elif kind == Kind.BILL:
                moved |= _bills_read(group, rows, now, opens, silent)
            else:
                moved |= _write({document: _read(document, rows.get(document.intacct_key), now, opens) for document in group}, silent, now)
        here = {document.intacct_key for document in groups.get(Kind.BILL, ())}
        for payment in groups.get(Kind.PAYMENT, ()):
            if payment.pk in moved and payment.bill_record not in here:
                payment.bill_paid(now)  # what is due on its bill has changed with it, whichever way it went
        moved |= act_on_readings(documents, silent, now)
        of_moved = {document.record_id for document in documents if document.pk in moved}
        ExportRecord.refresh_together([record for record in records if record.pk in of_moved], now, why="read in Sage Intacct")


def _asked(groups: Mapping[str, Sequence[Document]], entity: str, lane: Lane) -> list[Result | IntegrationError]:
    answers = lane.gateway.read([_question(kind, group, _READ[kind][1]) for kind, group in groups.items()], entity=entity)
    for index, (kind, group) in enumerate(groups.items()):
        if kind == Kind.JOURNAL_ENTRY and isinstance(answers[index], Rejected):
            (answers[index],) = lane.gateway.read([_question(kind, group, _ENTRY_ALONE)], entity=entity)
    return answers


def _question(kind: str, group: Sequence[Document], fields: Sequence[str]) -> bytes:
    return xml.query(_READ[kind][0], fields, where=xml.In("RECORDNO", [each.intacct_key for each in group]), page_size=xml.MAX_PAGE_SIZE)


def _rows(answer: Result | IntegrationError) -> dict[str, Row] | IntegrationError:
    return answer if isinstance(answer, IntegrationError) else {row.get("RECORDNO", ""): row for row in responses.page_of(answer).rows}


def _first_open_day(lane: Lane, entity: str) -> date | None:
    found = Entity.objects.filter(connection=lane.connection, code=entity).values_list("start_open_date", flat=True)
    return found.first()


def _read(document: Document, row: Row | None, now: datetime, opens: date | None) -> _Reading:
    """Return what a row, or that there is none, says of an entry or a payment."""
    if row is None:
        return _absent(document, now, opens)
    state = _entry_state(row) if document.kind == Kind.JOURNAL_ENTRY else row.get("DISPLAYSTATE", "")[:_STATE_LENGTH]
    if not state and document.kind == Kind.JOURNAL_ENTRY:
        state = "Draft" if document.sent_as_draft else "Posted"  # it is there, and nothing says otherwise
    return _Reading(state, _next(document, state, now, opens))


def _entry_state(row: Row) -> str:
    """Return the state of a journal entry; one that another entry reverses is reversed, whatever its STATE says: docs/assumptions.md."""
    reversed_by = row.get("REVERSEDKEY", "").strip() not in ("", "0")
    reversed_on = row.get("REVERSED", "").strip().lower() not in ("", "0", "false", "f", "n")
    return "Reversed" if reversed_by or reversed_on else row.get("STATE", "")[:_STATE_LENGTH]


def _absent(document: Document, now: datetime, opens: date | None) -> _Reading:
    seen_before = bool(document.intacct_state)
    if not seen_before and document.confirmed_at and now <= document.confirmed_at + _horizon():
        return _Reading(None, _soon(now))  # made a moment ago: it may not show yet
    return _Reading(GONE_FROM_INTACCT, _next(document, GONE_FROM_INTACCT, now, opens))


def _next(document: Document, state: str, now: datetime, opens: date | None) -> datetime | None:
    """Return when it is read next. opens: nothing before that day can be deleted or reversed any more without opening the books."""
    if state not in VANISHED and state not in IN_THE_BOOKS[document.kind]:
        return retry.next_hour(now)
    closed = opens is not None and document.posting_date is not None and document.posting_date < opens
    return None if closed else retry.next_night(now, document.record.configuration.zone)


def _not_read(document: Document, error: IntegrationError, now: datetime) -> _Reading:
    """No information is asked for again soon; so is what was never read yet, as a refusal may be a slip.

    That is asked for again after as long as it has waited already, so ever more rarely: a person may have to mend it. Where Pleo waits
    for it, a slip is no information either: Pleo would be told that nobody can say how the entry stands.
    """
    wanted = document.state_wanted_at
    if not isinstance(error, Rejected) or (wanted and may_be_a_slip(error, wanted, now)):
        return _Reading(None, _soon(now))
    next_at = retry.next_hour(now)
    if not document.intacct_state and document.confirmed_at:
        next_at = min(next_at, max(_soon(now), now + (now - document.confirmed_at)))
    return _Reading(None, next_at, refusal=error.message)


def _bills_read(group: Sequence[Document], rows: Mapping[str, Row], now: datetime, opens: date | None, silent: set[int]) -> set[int]:
    """Write down how bills stand; let their payments go, or say why not. Return what has moved."""
    all_payments = list(Document.objects.filter(principal__in=group, kind=Kind.PAYMENT))
    payments = {payment.principal_id: payment for payment in all_payments if payment.state != Document.State.CANCELLED}
    settled_here = {payment.principal_id for payment in all_payments}
    readings: dict[Document, _Reading] = {}
    touched: set[int] = set()
    for document in group:
        row, payment = rows.get(document.intacct_key), payments.get(document.pk)
        state = row.get("STATE", "")[:_STATE_LENGTH] if row else ""
        if row is None or state in VANISHED:
            readings[document] = _read_bill_gone(document, state, now, opens)
            continue
        waiting = payment if payment and payment.state == Document.State.PLANNED else None
        if waiting:
            touched.add(document.pk)
        try:
            held = held_bill(row, ours=True, currency=document.currency)
        except Rejected as unreadable:
            readings[document] = _Reading(state, retry.next_hour(now))
            if waiting:
                mend = "Mend it in Sage Intacct (Accounts Payable › Bills), then press Try again."
                waiting.hold_back("bill_unreadable", f"{unreadable.message} {mend}")
            continue
        if waiting:
            let_go(waiting, document, held)
        left_open = document.record.type in CARD_TYPES and document.pk not in settled_here
        if payment and (payment.held_code in WAITS_FOR_BILL or (payment.in_the_books and held.due.minor)):
            next_at: datetime | None = retry.next_hour(now)  # due although its payment is there, or waited for: it moves soon
        else:
            next_at = _next(document, state, now, None if left_open and held.due.minor else opens)
        readings[document] = _Reading(state, next_at, held.due.minor)
    moved = _write(readings, silent, now)
    ready = [each for each in group if each.pk in moved and readings[each].state in PAYABLE | PAID]
    if ready:
        ExportRecord.objects.look_for_bills_now(ready[0].intacct_company_id, {each.bill_number.casefold() for each in ready}, now)
    return moved | touched


def _read_bill_gone(document: Document, state: str, now: datetime, opens: date | None) -> _Reading:
    return _Reading(state, _next(document, state, now, opens)) if state else _absent(document, now, opens)


def _write(readings: Mapping[Document, _Reading], silent: set[int], now: datetime) -> set[int]:
    """Write readings down, those that are alike at once; return the documents that stand otherwise than before.

    silent: takes those of which Intacct did not say how they stand.
    """
    alike: dict[_Reading, list[int]] = defaultdict(list)
    moved: set[int] = set()
    for document, reading in readings.items():
        alike[reading].append(document.pk)
        if reading.state is None:
            silent.add(document.pk)
            continue
        if reading.state != document.intacct_state or (reading.due_minor is not None and reading.due_minor != document.due_minor):
            moved.add(document.pk)
    for reading, numbers in alike.items():
        documents = Document.objects.filter(pk__in=numbers)
        if reading.state is None:
            documents.not_read(reading.next_at, now=now, refusal=reading.refusal)
        else:
            documents.read_as(reading.state, next_at=reading.next_at, due_minor=reading.due_minor)
    return moved


def _horizon() -> timedelta:
    return timedelta(seconds=settings.LATE_COMMIT_HORIZON_SECONDS)


def _soon(now: datetime) -> datetime:
    return retry.soon(now, _horizon())
