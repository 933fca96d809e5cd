"""Bills as Sage Intacct holds them: read for planning, and read again until nobody there has to act any more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.db import transaction

from exports.lane import Lane
from exports.models import Document, ExportRecord
from exports.models.documents import STATE_EVERY
from exports.models.standing import GONE_FROM_INTACCT, VANISHED
from exports.open_bills import is_left_open
from exports.posting.banks import PAID, PAYABLE, WAITS_FOR_BILL, BillWanted, bill_to_pay, settlement_fault
from exports.posting.context import HeldBill
from exports.posting.findings import Findings
from integration.errors import IntegrationError, Rejected, RequestRefused, SignInRefused
from integration.intacct import responses, xml
from integration.intacct.answers import Result
from integration.intacct.documents import Payment
from integration.intacct.gateway import Gateway
from integration.money import Money

AT_A_TIME = 50
_LOOK_AT_IT = "Mend it in Sage Intacct (Accounts Payable › Bills), then press Try again."
# Somebody settles these bills by hand: the count of the open ones is a day old at most.
LEFT_OPEN_EVERY = timedelta(days=1)

_FIELDS = (
    "RECORDNO", "RECORDID", "DOCNUMBER", "VENDORID", "STATE", "CURRENCY", "TRX_TOTALENTERED", "TRX_TOTALDUE", "WHENCREATED", "WHENPOSTED",
)  # fmt: skip
_OBJECTS = {Document.Kind.BILL: "APBILL", Document.Kind.PAYMENT: "APPYMT", Document.Kind.JOURNAL_ENTRY: "GLBATCH"}

Row = Mapping[str, str]


def bills_numbered(numbers: Collection[str], *, company_id: str, entity: str, gateway: Gateway, currency: str = "") -> tuple[HeldBill, ...]:
    """Return the bills of these numbers in Intacct's entity, whoever made them; one request for up to 1,000 numbers.

    currency: of a bill that Intacct names none for. Raises TryLater or SignInRefused where Intacct could not be asked,
    Rejected where it does not show its bills, or one so that it cannot be read: it may be the one that is looked for.
    """
    wanted = sorted(set(numbers))
    rows: list[Row] = []
    for start in range(0, len(wanted), xml.IN_VALUES):
        some = xml.In("RECORDID", wanted[start : start + xml.IN_VALUES])
        for page in gateway.pages("APBILL", _FIELDS, where=some, entity=entity, page_size=2000, any_case=True):
            rows += page.rows
    keys = [row.get("RECORDNO", "") for row in rows]
    confirmed = Document.objects.of_company(company_id).filter(kind=Document.Kind.BILL, state=Document.State.CONFIRMED)
    ours = set(confirmed.filter(intacct_key__in=keys).values_list("intacct_key", flat=True))
    return tuple(held_bill(row, ours=row.get("RECORDNO", "") in ours, currency=currency) for row in rows)


def held_bill(row: Row, *, ours: bool, currency: str) -> HeldBill:
    """Read a row of APBILL. currency: where the row names none. Raises Rejected where amounts or date cannot be read."""
    try:
        currency = row.get("CURRENCY") or currency
        return HeldBill(
            record=row["RECORDNO"],
            vendor=row.get("VENDORID", ""),
            number=row.get("RECORDID", ""),
            state=row.get("STATE", ""),
            total=_money(row["TRX_TOTALENTERED"], currency),
            due=_money(row["TRX_TOTALDUE"], currency),
            posted_on=xml.parse_date(row.get("WHENPOSTED") or row["WHENCREATED"]),
            key=row.get("DOCNUMBER", ""),
            ours=ours,
        )
    except (KeyError, ValueError, InvalidOperation) as error:
        raise Rejected(f"Bill {row.get('RECORDID', '')} (record {row.get('RECORDNO', '?')}) has no readable amount or date.") from error


def _money(text: str, currency: str) -> Money:
    return Money(Decimal(text.replace(",", "")), currency)


def follow(lane: Lane) -> int:
    """Read again what waits for somebody in Intacct, and act on it; return how much was read.

    A bill that reads Posted lets its payment go, and the invoice payments that waited for it. Raises as the gateway does.
    """
    company_id, read = lane.connection.company_id, 0
    while not lane.out_of_time:
        due = list(
            Document.objects.to_read_again(company_id, lane.clock())
            .select_related("record__configuration")
            .order_by("entity", "due_at", "pk")[:AT_A_TIME]
        )
        due = [document for document in due if document.entity == due[0].entity]
        if not due:
            break
        _read_again(due, lane)
        read += len(due)
    return read + _look_for_awaited(lane)


def _read_again(documents: Sequence[Document], lane: Lane) -> None:
    by_kind = {kind: [each for each in documents if each.kind == kind] for kind in _OBJECTS}
    asked = [(kind, group) for kind, group in by_kind.items() if group]
    questions = [
        xml.query(
            _OBJECTS[kind],
            _FIELDS if kind == Document.Kind.BILL else ("RECORDNO", _state_field(kind)),
            where=xml.In("RECORDNO", [each.intacct_key for each in group]),
            page_size=2000,
        )
        for kind, group in asked
    ]
    answers = lane.gateway.read(questions, entity=documents[0].entity)
    with transaction.atomic():
        now = lane.clock()
        lane.lease.hold(now)
        records = ExportRecord.objects.lock_for(documents)
        for (kind, group), answer in zip(asked, answers, strict=True):
            rows = _rows(answer)
            for document in group:
                if rows is None:
                    document.read_again(now + STATE_EVERY, refusal=answer.message if isinstance(answer, IntegrationError) else "")
                elif kind == Document.Kind.BILL:
                    _bill_read(document, rows.get(document.intacct_key), now)
                else:
                    state = rows.get(document.intacct_key, {}).get(_state_field(kind), GONE_FROM_INTACCT)
                    document.read_as(state, due_minor=None, now=now, again=False)
                    if kind == Document.Kind.PAYMENT:
                        document.bill_paid(now)  # what is due on its bill has changed with it, whichever way it went
                    if document.awaits_approval and state not in VANISHED:
                        document.read_again(now + STATE_EVERY)
        for record in records:
            record.refresh_status(now, why="read again in Sage Intacct")


def _state_field(kind: str) -> str:
    """The values of a payment's STATE are not published, those of its DISPLAYSTATE are."""
    return "DISPLAYSTATE" if kind == Document.Kind.PAYMENT else "STATE"


def _rows(answer: Result | IntegrationError) -> dict[str, Row] | None:
    return None if isinstance(answer, IntegrationError) else {row.get("RECORDNO", ""): row for row in responses.page_of(answer).rows}


def _bill_read(document: Document, row: Row | None, now: datetime) -> None:
    """Write down how a bill of ours stands; let its payment go, or say why not."""
    state = row.get("STATE", "") if row else GONE_FROM_INTACCT
    payment = document.follow_ups.filter(kind=Document.Kind.PAYMENT).exclude(state=Document.State.CANCELLED).first()
    if row is None or state in VANISHED:
        document.read_as(state, due_minor=None, now=now, again=False)
        return
    try:
        held = held_bill(row, ours=True, currency=document.currency)
    except Rejected as unreadable:
        document.read_as(state, due_minor=None, now=now, again=True)
        if payment:
            payment.hold_back("bill_unreadable", f"{unreadable.message} {_LOOK_AT_IT}")
        return
    document.read_as(state, due_minor=held.due.minor, now=now, again=False)
    if payment and payment.state == Document.State.PLANNED:
        _let_go(payment, document, held)
    settled = payment is not None and payment.state == Document.State.CONFIRMED and not payment.awaits_approval
    waits = payment is not None and payment.held_code in WAITS_FOR_BILL
    if document.awaits_approval or waits or (settled and held.due.minor):
        document.read_again(now + STATE_EVERY)
    elif held.due.minor and payment is None and is_left_open(document):
        document.read_again(now + LEFT_OPEN_EVERY)
    if state in PAYABLE | PAID:
        waiting = ExportRecord.objects.filter(intacct_company_id=document.intacct_company_id, awaited_bill__iexact=document.bill_number)
        waiting.filter(awaited_due_at__isnull=False).update(awaited_due_at=now)


def _let_go(row: Document, bill: Document, held: HeldBill) -> None:
    payment = planned_payment(row, bill.key)
    fault = settlement_fault(payment, held)
    if fault:
        row.hold_back(fault.code, fault.sentence)
        return
    complete = payment.of_bill(held.record, posted_on=held.posted_on)
    row.pays(held.record, xml.function(complete), complete.payment_date)


def planned_payment(row: Document, bill_key: str = "") -> Payment:
    """Return the payment a row holds. Its bytes were written by us, so they can be read."""
    return xml.parse_payment(bytes(row.body or b""), entity=row.entity, bill_number=row.bill_number, bill_key=bill_key)


def redated(row: Document, day: date) -> bytes:
    """Return the bytes of a payment on another day."""
    return xml.function(replace(planned_payment(row), payment_date=day))


def _look_for_awaited(lane: Lane) -> int:
    """Look for the bills that invoice payments wait for, also those that somebody entered by hand."""
    now = lane.clock()
    records = list(ExportRecord.objects.waiting_for_a_bill(lane.connection.company_id, now).select_related("configuration")[:500])
    for entity in sorted({record.configuration.intacct_entity for record in records}):
        here = [record for record in records if record.configuration.intacct_entity == entity]
        numbers = [record.awaited_bill for record in here]
        try:
            held = bills_numbered(
                numbers, company_id=lane.connection.company_id, entity=entity, gateway=lane.gateway, currency=here[0].currency
            )
        except (SignInRefused, RequestRefused):
            raise
        except Rejected:
            for record in here:  # Intacct does not show its bills: no reason to hold up what else is to be sent
                record.look_for_bill_again(now + STATE_EVERY)
            continue
        with transaction.atomic():
            now = lane.clock()
            lane.lease.hold(now)
            for record in here:
                _awaited(record, held, now)
    return len(records)


def _awaited(record: ExportRecord, held: Iterable[HeldBill], now: datetime) -> None:
    findings = Findings()
    if record.money is None:
        record.look_for_bill_again(now + STATE_EVERY)
        return
    bill_to_pay(BillWanted(record.awaited_vendor, record.awaited_bill), abs(record.money), tuple(held), findings)
    if {problem.code for problem in findings.problems} & WAITS_FOR_BILL:
        record.look_for_bill_again(now + STATE_EVERY)
    else:
        record.bill_is_there(now)
        record.refresh_status(now, why="its bill is posted in Sage Intacct")
