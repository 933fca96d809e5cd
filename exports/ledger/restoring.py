"""Restore mode: notice that this database is not the last one that wrote to Sage Intacct, and take over what stands there.

So it is after an older backup was put back, and where a second installation is at work. Before anything is sent, once in
a delivery, one request asks Intacct for the newest journal entries, bills and payments under our references. A reference
is ours by its form; what has the form and no document of ours accounts for it was written by another database. Then
nothing is sent to that company until the late-commit horizon is over and the ledger was read once more; what was found is
looked up in place of being sent, whenever a document with its reference is about to be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import BigIntegerField, Max, Q
from django.db.models.functions import Cast

from exports.lane import Lane, close_after
from exports.ledger.ledger_bills import planned_payment
from exports.models import Document, ExportRecord, LedgerMark, RestoreMode, Unaccounted
from exports.models.standing import TOLD_ELSEWHERE
from exports.posting.banks import PAID
from exports.posting.context import HeldBill
from integration.connecting.probe_draft import probe_keys
from integration.errors import IntegrationError, Rejected, RequestRefused, SignInRefused, TryLater
from integration.intacct import responses, xml
from integration.intacct.answers import Result
from integration.intacct.documents import document_key, is_key
from integration.intacct.gateway import Gateway
from integration.intacct.refusals import may_be_a_slip
from integration.models import Connection, EntityConfiguration
from integration.pleo.items import ExportItem

log = structlog.get_logger(__name__)

PAGE = 2000
KEYS_AT_A_TIME = 500
# Where our references stand, by object. Source: docs/design.md, section 5, a key at the gateway.
_REFERENCES = {"GLBATCH": "REFERENCENO", "APBILL": "DOCNUMBER", "APPYMT": "DOCNUMBER"}
_KINDS = {"GLBATCH": Document.Kind.JOURNAL_ENTRY, "APBILL": Document.Kind.BILL, "APPYMT": Document.Kind.PAYMENT}
Bills = dict[int, tuple[HeldBill, ...] | IntegrationError]
_STANDS_THERE = "Sage Intacct holds it already, written by another copy of this database."


def horizon() -> timedelta:
    return timedelta(seconds=settings.LATE_COMMIT_HORIZON_SECONDS)


def is_on(connection: Connection) -> bool:
    return RestoreMode.objects.filter(connection=connection, ended_at=None).exists()


# Noticing


def begin(lane: Lane) -> None:
    """Begin a delivery: know how far the ledger is accounted for before anything is taken over, and go on with a restore mode."""
    for name in _REFERENCES:
        _mark(lane.connection, name, lane.clock())
    if is_on(lane.connection):
        watch(lane)


def watch(lane: Lane) -> None:
    """Read what is new in the ledger under our references; switch restore mode on or off by it, and note it on the lane.

    Called once in a delivery, before the first send. Raises as the gateway does; then nothing is sent.
    """
    mode = RestoreMode.of(lane.connection)
    if mode:
        mode.put_off(lane.clock())
        mode.refresh_from_db()
    lane.restoring = mode is not None
    if mode is None or lane.clock() >= mode.ends_at(horizon()) or _unfinished(lane.connection):
        _read_ledger(lane)
    if mode and lane.clock() >= mode.ends_at(horizon()) and not _unfinished(lane.connection):
        _end(mode, lane)
    lane.watched = True
    if lane.restoring and (mode := RestoreMode.of(lane.connection)):
        _say(mode, lane)


def _end(mode: RestoreMode, lane: Lane) -> None:
    with transaction.atomic():
        now = lane.clock()
        lane.lease.hold(now)
        mode.end(now)
    lane.restoring = False


def _say(mode: RestoreMode, lane: Lane) -> None:
    """Tell every entity of the company why nothing is sent."""
    until = mode.ends_at(horizon())
    for configuration in EntityConfiguration.objects.filter(connection=lane.connection):
        at = until.astimezone(configuration.zone)
        lane.delivered.troubles[configuration.pk] = (
            f"Restore mode: Sage Intacct holds documents under our references that this database does not know ({mode.found} so far). "
            f"Nothing is sent before {at:%H:%M %Z}; what stands there is taken over."
        )


def _read_ledger(lane: Lane) -> None:
    """Read all references of ours above what is sure, page by page; keep what nothing here accounts for.

    A reading that was interrupted goes on where it stopped. All objects travel in one request.
    """
    marks = {name: _mark(lane.connection, name, lane.clock()) for name in _REFERENCES}
    while marks and not lane.out_of_time:
        floors = {name: max(mark.sure, mark.reading_to or 0) for name, mark in marks.items()}
        answers = lane.gateway.read([_question(name, floor) for name, floor in floors.items()], entity="")
        with transaction.atomic():
            now = lane.clock()
            lane.lease.hold(now)
            for name, answer in zip(list(marks), answers, strict=True):
                if not _take_page(name, marks[name], floors[name], answer, lane, now):
                    del marks[name]


def _take_page(name: str, mark: LedgerMark, floor: int, answer: Result | IntegrationError, lane: Lane, now: datetime) -> bool:
    """Take in one page of an object; return whether another one follows."""
    if isinstance(answer, TryLater | SignInRefused | RequestRefused):
        raise answer
    if isinstance(answer, IntegrationError):
        # What may not be listed cannot be watched. The look-ups of its kind say so to a person.
        log.warning("ledger_not_shown", object=name, code=answer.code)
        return False
    page = responses.page_of(answer)
    found = [reference for row in page.rows if (reference := _reference(name, row))]
    _keep(found, lane, now)
    last = max((each.number for each in found), default=floor)
    last = max([last, *(number for row in page.rows if (number := _number(row)))])
    if len(page.rows) >= PAGE and last > floor:
        mark.came_to(last)
        return True
    mark.read_to(last, now, horizon=horizon())
    return False


@dataclass(frozen=True, slots=True)
class _Reference:
    object_name: str
    key: str
    number: int


def _reference(name: str, row: Mapping[str, str]) -> _Reference | None:
    """Return what a row of Intacct carries of ours: a reference of the form of our keys."""
    key = row.get(_REFERENCES[name], "").strip().upper()
    return _Reference(name, key, number) if is_key(key) and (number := _number(row)) else None


def _number(row: Mapping[str, str]) -> int:
    """Return the record number of a row, 0 where it has none."""
    try:
        return responses.number_of(row)
    except ValueError:
        return 0


def _question(name: str, floor: int) -> bytes:
    """Ask for the references of ours with higher record numbers. That these grow is not published: docs/assumptions.md."""
    field = _REFERENCES[name]
    where = xml.And(xml.MoreThan("RECORDNO", floor), xml.Like(field, "PL%"))
    return xml.query(name, ("RECORDNO", field), where=where, page_size=PAGE, show_private=True, any_case=True)


def _mark(connection: Connection, name: str, now: datetime) -> LedgerMark:
    """Return how far an object is accounted for; the first time, up to the newest that was confirmed here."""
    mark = LedgerMark.objects.filter(connection=connection, object_name=name).first()
    if mark is None:
        confirmed = Document.objects.of_company(connection.company_id).filter(
            state=Document.State.CONFIRMED, kind=_KINDS[name], intacct_key__regex=r"^[0-9]{1,18}$"
        )
        newest = confirmed.aggregate(newest=Max(Cast("intacct_key", BigIntegerField())))["newest"] or 0
        mark = LedgerMark.objects.create(connection=connection, object_name=name, sure=newest, seen=newest, seen_at=now)
    return mark


def _unfinished(connection: Connection) -> bool:
    return LedgerMark.objects.filter(connection=connection).exclude(reading_to=None).exists()


def _keep(found: Sequence[_Reference], lane: Lane, now: datetime) -> None:
    """Keep what nothing here accounts for; switch restore mode on where another database must have written it."""
    unknown = _unknown(found, lane.connection)
    if not unknown:
        return
    _note(lane.connection, unknown, now)
    # One that was sent from here and was proven absent has come after all: it is looked up, and no other database is at work.
    ours_late = _keys(Document.objects.exclude(sent_at=None), [each.key for each in unknown], lane.connection)
    if foreign := [each for each in unknown if each.key not in ours_late]:
        RestoreMode.begin(lane.connection, now).count(found=len(foreign))
        lane.restoring = True


def _note(connection: Connection, found: Sequence[_Reference], now: datetime) -> None:
    Unaccounted.objects.bulk_create(
        [
            Unaccounted(connection=connection, object_name=each.object_name, key=each.key, number=each.number, found_at=now)
            for each in found
        ],
        ignore_conflicts=True,
    )


def _unknown(found: Sequence[_Reference], connection: Connection) -> list[_Reference]:
    """Return those that no document of ours accounts for: one that is confirmed, disputed, or may have been carried out."""
    state = Document.State
    may_stand = Q(state__in=(state.CONFIRMED, state.IN_FLIGHT, state.UNKNOWN, state.REVIEW)) | Q(state=state.REJECTED, absence_proven=False)
    keys = [each.key for each in found]
    known = _keys(Document.objects.filter(may_stand), keys, connection) | probe_keys(connection.company_id)
    kept = Unaccounted.objects.filter(connection=connection)
    for start in range(0, len(keys), KEYS_AT_A_TIME):
        known |= set(kept.filter(key__in=keys[start : start + KEYS_AT_A_TIME]).values_list("key", flat=True))
    return [each for each in found if each.key not in known]


def _keys(documents: Any, keys: Sequence[str], connection: Connection) -> set[str]:
    here: set[str] = set()
    for start in range(0, len(keys), KEYS_AT_A_TIME):
        some = documents.filter(key__in=keys[start : start + KEYS_AT_A_TIME], intacct_company_id=connection.company_id)
        here |= set(some.values_list("key", flat=True))
    return here


# Taking over


def take_up(lane: Lane) -> int:
    """Have what stands in Intacct already looked up in place of being sent; return how many documents.

    A payment that follows a bill comes after that bill was taken over, with Intacct's number of it.
    """
    _send_what_is_not_there(lane)
    keys = Unaccounted.objects.filter(connection=lane.connection).values("key")
    planned = Document.objects.of_company(lane.connection.company_id).filter(state=Document.State.PLANNED, key__in=keys)
    # A plan that is to be made again is not looked up: its newest item decides.
    now_planned = Q(principal=None, record__plan_wanted=False) | Q(principal__state=Document.State.CONFIRMED)
    ready = list(planned.filter(now_planned).select_related("principal"))
    if not ready:
        return 0
    with transaction.atomic():
        now = lane.clock()
        lane.lease.hold(now)
        count = 0
        for record in ExportRecord.objects.lock_for(ready):
            own = [each for each in ready if each.record_id == record.pk]
            if any(each.principal_id is None for each in own):
                count += record.look_before_sending(_STANDS_THERE, now)
            for document in (each for each in own if each.principal_id is not None):
                count += _look_at_follow_up(document, now)
            record.refresh_status(now, why="it stands in Sage Intacct already")
        Unaccounted.objects.filter(connection=lane.connection, key__in=[each.key for each in ready]).delete()
        if mode := RestoreMode.objects.filter(connection=lane.connection).first():
            mode.count(adopted=count)
    return count


def _look_at_follow_up(document: Document, now: datetime) -> bool:
    bill = document.principal
    if document.kind == Document.Kind.PAYMENT and bill and not document.bill_record:
        payment = planned_payment(document, bill.key).of_bill(bill.intacct_key, posted_on=bill.posting_date or now.date())
        document.pays(bill.intacct_key, xml.function(payment), payment.payment_date)
    return document.look_before_sending(_STANDS_THERE, TOLD_ELSEWHERE, now)


def _send_what_is_not_there(lane: Lane) -> None:
    """A follow-up that was looked up in place of being sent, and is not in Intacct any more, is sent after all."""
    gone = Document.objects.of_company(lane.connection.company_id).filter(
        state=Document.State.REJECTED, refusal_code=TOLD_ELSEWHERE, absence_proven=True, principal__state=Document.State.CONFIRMED
    )
    for document in list(gone):
        with transaction.atomic():
            now = lane.clock()
            lane.lease.hold(now)
            for record in ExportRecord.objects.lock_for([document]):
                document.send_again(now)
                record.refresh_status(now)


def before_own_payments(
    bills: Bills,
    records: Iterable[ExportRecord],
    items: Mapping[int, ExportItem],
    *,
    ask: Callable[[], Gateway],
    entity: str,
    now: datetime,
) -> Bills:
    """Return the bills as they were before a payment of ours that stands in Intacct and is to be taken over.

    Else an invoice payment that another database has made would find its bill paid, and wait for a person. Asked is only where a
    bill cannot be paid as it stands, all payments in one request.
    """
    paid = {}
    for record in records:
        held, item = bills.get(record.pk, ()), items.get(record.pk)
        if item and item.type == "invoice_payment" and not isinstance(held, IntegrationError) and any(_short(bill, item) for bill in held):
            key = document_key(record.intacct_company_id, item.entry_id, "payment", posting_number=record.posting_number)
            paid[key] = record
    changed = dict(bills)
    try:
        found = _payments_there(paid, ask, entity, now) if paid else ()
    except SignInRefused as error:
        close_after(next(iter(paid.values())).configuration.connection, error, now)
        return changed | dict.fromkeys((record.pk for record in paid.values()), TryLater(error.message))
    except Rejected as error:
        # What it does not show cannot be taken over: the bill stays as it is, and its sentence goes to a person.
        slips = [record.pk for record in paid.values() if may_be_a_slip(error, record.unread_since or now, now)]
        return changed | dict.fromkeys(slips, TryLater(error.message))
    except IntegrationError as error:
        return changed | dict.fromkeys((record.pk for record in paid.values()), error)
    for key in found:
        record = paid[key]
        held = bills[record.pk]
        changed[record.pk] = held if isinstance(held, IntegrationError) else tuple(_before(bill, items[record.pk]) for bill in held)
    return changed


def _payments_there(paid: Mapping[str, ExportRecord], ask: Callable[[], Gateway], entity: str, now: datetime) -> set[str]:
    """Return the keys under which a payment stands in Intacct, and keep them as not accounted for. Raises as the gateway does."""
    keys = sorted(paid)[: xml.IN_VALUES]
    where = xml.In("DOCNUMBER", keys)
    found = [
        each
        for page in ask().pages("APPYMT", ("RECORDNO", "DOCNUMBER"), where=where, entity=entity, page_size=PAGE)
        for row in page.rows
        if (each := _reference("APPYMT", row)) and each.key in paid
    ]
    _note(next(iter(paid.values())).configuration.connection, found, now)
    return {each.key for each in found}


def _short(bill: HeldBill, item: ExportItem) -> bool:
    """Say whether less is due on a bill than the payment pays."""
    return bill.state in PAID or bill.due.currency != item.currency or bill.due.minor < abs(item.amount.minor)


def _before(bill: HeldBill, item: ExportItem) -> HeldBill:
    if bill.due.currency != item.currency:
        return bill
    return replace(bill, state="Posted" if bill.state in PAID else bill.state, due=bill.due + abs(item.amount))
