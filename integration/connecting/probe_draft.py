"""One draft entry, sent twice under the same id: what Intacct says to a repetition, and how it keeps what it was given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from integration.clock import Clock
from integration.connecting.probes import Seen, rows, said, verdict
from integration.errors import IntegrationError, OutcomeUnknown
from integration.intacct import xml
from integration.intacct.answers import CarriedOut, Confirmation, DuplicateRefused
from integration.intacct.documents import Dimension, ExchangeRate, JournalEntry, JournalLine, TaxEntry, document_key
from integration.intacct.gateway import Function, Gateway
from integration.intacct.xml import Equal
from integration.models import EntityConfiguration, Lease
from integration.money import Money

TITLE = "Probe by Pleo bridge – delete me"
# No entry of Pleo has such an id, so the key of each form is the same at every run, and nobody else's.
_ENTRY_ID, _TAXED_ENTRY_ID = "probe", "probe with tax"
_CURRENCY_FIELDS = ("CURRENCY", "BASECURR", "EXCH_RATE_TYPE_ID")
_REPEATED = "a repetition under the same control id is refused"


@dataclass(frozen=True, slots=True)
class Taxed:
    """A line on `account` that takes tax under `detail` back: the form of a refund. rate: percent."""

    account: str
    detail: str
    rate: Decimal
    vendor: str


class NothingToWrite(Exception):
    """The configuration does not name what a draft needs; the message says what."""


def draft(
    configuration: EntityConfiguration, *, base_currency: str, multi_currency: bool, today: date, taxed: Taxed | None = None
) -> JournalEntry:
    """Return the entry: 0.01 from the account owed to employees to the Pleo balance account, or 1.00 and its tax with `taxed`.

    multi_currency: its lines name their rate, as those of every expense do in such a company. Raises NothingToWrite.
    """
    balance = configuration.wallet_accounts.filter(currency=base_currency).exclude(balance_account="").first()
    if balance is None:
        raise NothingToWrite(f"There is no Pleo balance account for {base_currency}, the base currency of {configuration.intacct_entity}.")
    other = taxed.account if taxed else configuration.out_of_pocket_account
    if not other:
        raise NothingToWrite(f"There is no out-of-pocket account in {configuration.intacct_entity}.")
    entity = configuration.intacct_entity
    place = (Dimension("LOCATION", entity, "LOCATION"),)
    net = Money(Decimal("1.00") if taxed else Decimal("0.01"), base_currency)
    rate = ExchangeRate(today, configuration.exchange_rate_type) if multi_currency else None
    tax = Money((net.amount * taxed.rate / 100).quantize(Decimal("0.01")), base_currency) if taxed else Money.zero(base_currency)
    return JournalEntry(
        key=probe_key(configuration, taxed),
        entity=entity,
        journal=configuration.card_journal,
        posting_date=today,
        title=TITLE,
        lines=(
            JournalLine(balance.balance_account, "debit", net + tax, dimensions=place, description=TITLE, exchange_rate=rate),
            JournalLine(other, "credit", net, TaxEntry(taxed.detail, tax) if taxed else None, place, TITLE, exchange_rate=rate),
        ),
        vat_vendor=taxed.vendor if taxed else "",
        draft=True,
    )


def probe_keys(company_id: str) -> set[str]:
    """Return the references of all drafts that a probe makes in a company."""
    return {document_key(company_id, entry_id, "journal_entry") for entry_id in (_ENTRY_ID, _TAXED_ENTRY_ID)}


def probe_key(configuration: EntityConfiguration, taxed: Taxed | None = None) -> str:
    return document_key(configuration.connection.company_id, _TAXED_ENTRY_ID if taxed else _ENTRY_ID, "journal_entry")


def try_draft(
    gateway: Gateway, configuration: EntityConfiguration, *, multi_currency: bool, lane: Lease, clock: Clock, taxed: Taxed | None = None
) -> Iterator[Seen]:
    """Write one draft, repeat it, and read it back. Never makes a second one where the first is still there.

    multi_currency: what our copy says of the company.
    lane: held by the caller; the only place from which writing requests leave. Raises LeaseLost, NothingToWrite, and what
    the gateway raises for the reads.
    """
    entity = configuration.intacct_entity
    key = probe_key(configuration, taxed)
    earlier = _found(gateway, key, entity)
    if earlier:
        number = earlier[0]["RECORDNO"]
        where = f"The draft of an earlier probe is still there (record {number}, reference {key}): delete it in Sage Intacct first."
        yield Seen("D1", _REPEATED, "could not be tried", where)
        return
    base = rows(gateway, "LOCATIONENTITY", ["LOCATIONID", "CURRENCY"], where=Equal("LOCATIONID", entity))
    if not base.rows or not base.rows[0].get("CURRENCY"):
        raise NothingToWrite(f"Sage Intacct does not say the base currency of {entity}.")
    today = clock().astimezone(configuration.zone).date()
    currency = base.rows[0]["CURRENCY"]
    body = xml.function(draft(configuration, base_currency=currency, multi_currency=multi_currency, today=today, taxed=taxed))
    function = Function(f"{key}.1", body)

    first, raw = _send(gateway, function, entity, lane, clock)
    if isinstance(first, DuplicateRefused):
        yield Seen("D2", "a control id is refused for good", verdict(True), f"although its entry is gone: {said(first)}")
        return
    if isinstance(first, OutcomeUnknown):
        yield Seen("D1", _REPEATED, "could not be tried", f"No readable answer; look for reference {key} in Sage Intacct: {said(first)}")
        return
    if isinstance(first, IntegrationError):
        yield Seen("D28", "a journal entry is taken in the form we send", verdict(False), said(first))
        return
    yield Seen("D28", "a journal entry is taken in the form we send", verdict(True), f"record {first.key} {first.url}".strip())
    second, _ = _send(gateway, Function(function.control_id, body, sent_before=True), entity, lane, clock)
    if isinstance(second, Confirmation):
        yield Seen("D1", _REPEATED, verdict(False), f"A second entry was made: record {second.key}. Delete both, and do not go live.")
    else:
        recognised = " It is recognised as a repetition." if isinstance(second, DuplicateRefused) else " It is looked up, as every refusal."
        yield Seen("D1", _REPEATED, verdict(True), said(second) + recognised)
    yield from _read_back(gateway, key, entity, raw, taxed, multi_currency)


def _send(gateway: Gateway, function: Function, entity: str, lane: Lease, clock: Clock) -> tuple[Confirmation | IntegrationError, str]:
    gateway.enter(entity)
    lane.hold(clock())
    try:
        answer: CarriedOut = gateway.carry_out([function], entity=entity)
    except IntegrationError as error:
        return error, ""
    return answer.outcomes[function.control_id], answer.raw


def _found(gateway: Gateway, key: str, entity: str) -> list[dict[str, str]]:
    fields = ["RECORDNO", "STATE", "BATCH_TITLE", "WHENMODIFIED"]
    return [dict(row) for row in rows(gateway, "GLBATCH", fields, where=Equal("REFERENCENO", key), entity=entity).rows]


def _read_back(gateway: Gateway, key: str, entity: str, raw: str, taxed: Taxed | None, multi_currency: bool) -> Iterator[Seen]:
    try:
        found = _found(gateway, key, entity)
        yield Seen("D4", "an entry is found by its reference as soon as it is confirmed", verdict(len(found) == 1), f"{len(found)} found")
        if not found:
            return
        draft_kept = found[0].get("STATE") == "Draft"
        yield Seen("D29", "STATE Draft keeps an entry out of the ledger", verdict(draft_kept), f"STATE reads {found[0].get('STATE', '')}")
        zone = zone_difference(raw, found[0]["WHENMODIFIED"])
        yield Seen("D13", "WHENMODIFIED may be in another zone: a day of overlap", verdict(None), zone)
        fields = ["LINE_NO", "ACCOUNTNO", "TR_TYPE", "TRX_AMOUNT", *_CURRENCY_FIELDS]
        lines = rows(gateway, "GLENTRY", fields, where=Equal("BATCHNO", found[0]["RECORDNO"]), entity=entity).rows
        seen = "; ".join(f"{row['ACCOUNTNO']} {'Dr' if row['TR_TYPE'] == '1' else 'Cr'} {row['TRX_AMOUNT']}" for row in lines)
        kept = all(row.get("CURRENCY") and bool(row.get("EXCH_RATE_TYPE_ID")) == multi_currency for row in lines) if lines else None
        several = "several currencies" if multi_currency else "one currency"
        read = "; ".join(f"{name} {row.get(name) or 'empty'}" for row in lines[:1] for name in _CURRENCY_FIELDS)
        yield Seen(
            "D52", f"the company keeps {several}: its lines keep what they are sent", verdict(kept), f"a line reads {read or 'nothing'}"
        )
        if taxed:
            assumed = "tax on a credit line of an inbound entry takes input tax back"
            yield Seen("A4", assumed, verdict(None), f"lines: {seen}; compare the VAT report")
        else:
            same = [Decimal(row["TRX_AMOUNT"]) for row in lines] == [Decimal("0.01")] * 2
            yield Seen("D30", "lines are read back as they were sent", verdict(same), seen)
    except IntegrationError as error:
        yield Seen("D4", "an entry is found by its reference as soon as it is confirmed", verdict(None), said(error))


_TIMESTAMP = re.compile(r"<sessiontimestamp>([^<]+)</sessiontimestamp>")


def zone_difference(raw: str, when_modified: str) -> str:
    """Say how the WHENMODIFIED of a record just written lies to the session's own time in the same answer."""
    found = _TIMESTAMP.search(raw)
    try:
        session = datetime.fromisoformat(found.group(1)) if found else None
        written = datetime.strptime(when_modified, "%m/%d/%Y %H:%M:%S")  # noqa: DTZ007 its zone is what we want to learn
    except ValueError:
        session = None
    if session is None:
        return f"WHENMODIFIED reads {when_modified or 'empty'}; the session's time cannot be read"
    hours = (written - session.replace(tzinfo=None)).total_seconds() / 3600
    return f"WHENMODIFIED is {hours:+.1f} hours from the session's clock ({session.tzinfo})"
