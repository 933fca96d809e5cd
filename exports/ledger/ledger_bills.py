"""Bills as Sage Intacct holds them: read for planning, and looked for where a payment waits for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.db import transaction

from exports.lane import Lane
from exports.models import Document, ExportRecord
from exports.models.documents import STATE_EVERY
from exports.posting.banks import WAITS_FOR_BILL, BillWanted, bill_to_pay, settlement_fault
from exports.posting.context import HeldBill
from exports.posting.findings import Findings
from integration.errors import Rejected, RequestRefused, SignInRefused
from integration.intacct import responses, xml
from integration.intacct.documents import Payment
from integration.intacct.gateway import Gateway
from integration.money import Money

BILL_FIELDS = (
    "RECORDNO", "RECORDID", "DOCNUMBER", "VENDORID", "STATE", "CURRENCY", "TRX_TOTALENTERED", "TRX_TOTALDUE", "WHENCREATED", "WHENPOSTED",
)  # fmt: skip

Row = Mapping[str, str]
_AMOUNT_LENGTH = 20


def bills_numbered(numbers: Collection[str], *, company_id: str, entity: str, gateway: Gateway, currency: str = "") -> tuple[HeldBill, ...]:
    """Return the bills of these numbers in Intacct's entity, whoever made them; one request for up to 1,000 numbers.

    currency: of a bill that Intacct names none for. Raises TryLater or SignInRefused where Intacct could not be asked,
    Rejected where it does not show its bills, or one so that it cannot be read: it may be the one that is looked for.
    """
    wanted = sorted(set(numbers))
    rows: list[Row] = []
    for start in range(0, len(wanted), xml.IN_VALUES):
        some = xml.In("RECORDID", wanted[start : start + xml.IN_VALUES])
        for page in gateway.pages("APBILL", BILL_FIELDS, where=some, entity=entity, page_size=2000, any_case=True):
            rows += page.rows
    keys = [row.get("RECORDNO", "") for row in rows]
    confirmed = Document.objects.of_company(company_id).filter(kind=Document.Kind.BILL, state=Document.State.CONFIRMED)
    ours = set(confirmed.filter(intacct_key__in=keys).values_list("intacct_key", flat=True))
    return tuple(held_bill(row, ours=row.get("RECORDNO", "") in ours, currency=currency) for row in rows)


def held_bill(row: Row, *, ours: bool, currency: str) -> HeldBill:
    """Read a row of APBILL. currency: where the row names none. Raises Rejected where amounts or date cannot be read."""
    try:
        responses.number_of(row)
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
    if len(text) > _AMOUNT_LENGTH:
        raise ValueError(f"{text[:_AMOUNT_LENGTH]}… is no amount")
    return Money(Decimal(text.replace(",", "")), currency)


def let_go(row: Document, bill: Document, held: HeldBill) -> None:
    """Let the payment of a bill go, now that this was read of the bill; or say what holds it back."""
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


def look_for_awaited(lane: Lane) -> int:
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
