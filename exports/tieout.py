"""Proof that nothing of a job is lost: offered = the sum over all states, in number and in amount per currency."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from exports.models import Document, ExportJob, ExportJobItem, ExportRecord
from integration.models import EntityConfiguration
from integration.money import Money
from referencedata.models import Entity


@dataclass(frozen=True, slots=True)
class TieOutLine:
    """How many of the offered expenses have this status, and their amounts by currency (Pleo's sign)."""

    status: str
    label: str
    count: int
    amounts: dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class TieOut:
    """offered: what Pleo's job promised. posted: how many are in the ledger.

    pleo_tax, posted_tax: by currency, on expenses in the ledger: what Pleo says, with what the default tax code took out
    where Pleo gave none, and what the posted documents hold. Empty where the entity posts no tax apart.
    """

    offered: int
    amounts: dict[str, Decimal]
    lines: list[TieOutLine]
    posted: int
    pleo_tax: dict[str, Decimal] = field(default_factory=dict)
    posted_tax: dict[str, Decimal] = field(default_factory=dict)

    @property
    def counts_agree(self) -> bool:
        return self.offered == sum(line.count for line in self.lines)

    @property
    def amounts_agree(self) -> bool:
        of_lines: dict[str, Decimal] = defaultdict(Decimal)
        for line in self.lines:
            for currency, amount in line.amounts.items():
                of_lines[currency] += amount
        return dict(of_lines) == self.amounts

    @property
    def taxes_agree(self) -> bool:
        return self.pleo_tax == self.posted_tax

    @property
    def ties(self) -> bool:
        return self.counts_agree and self.amounts_agree and self.taxes_agree


def tie_out(job: ExportJob) -> TieOut:
    """Count and add up one job: the items as received on one side, the records by status on the other."""
    offers = list(job.items.select_related("record"))
    offered: dict[str, int] = defaultdict(int)
    for offer in offers:
        if not offer.fault:
            item = offer.item()
            offered[item.currency] += item.amount.minor
    by_status: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    counts: dict[str, int] = defaultdict(int)
    pleo_tax: dict[str, int] = defaultdict(int)
    taxed: dict[int, ExportRecord] = {}
    for offer in offers:
        record = offer.record
        counts[record.status] += 1
        if offer.fault:
            continue
        currency, amount, tax = _held(offer)
        by_status[record.status][currency] += amount
        if record.status in (ExportRecord.Status.POSTED, ExportRecord.Status.AWAITING_APPROVAL):
            taxed[record.pk] = record
            pleo_tax[currency] += tax + record.default_tax_minor
    if not _posts_tax_apart(job.configuration):
        taxed, pleo_tax = {}, {}
    posted_tax: dict[str, int] = defaultdict(int, dict.fromkeys(pleo_tax, 0))  # a payment has no tax of its own
    principals = Document.objects.filter(
        record__in=taxed, state=Document.State.CONFIRMED, kind__in=(Document.Kind.JOURNAL_ENTRY, Document.Kind.BILL)
    )
    for document in principals.only("currency", "tax_minor", "record"):
        posted_tax[document.currency] += document.tax_minor or 0
    return TieOut(
        offered=job.number_of_items,
        amounts=_decimals(offered),
        lines=[
            TieOutLine(str(status), str(status.label), counts[status], _decimals(by_status[status]))
            for status in ExportRecord.Status
            if counts[status]
        ],
        posted=sum(counts[status] for status in (ExportRecord.Status.POSTED, ExportRecord.Status.AWAITING_APPROVAL)),
        pleo_tax=_decimals(pleo_tax),
        posted_tax=_decimals(posted_tax),
    )


def _held(offer: ExportJobItem) -> tuple[str, int, int]:
    """Return currency, amount and tax (minor units) that our record holds of this offer.

    The record shows its newest item; an offer with other content, which a later job has overtaken, speaks for itself.
    """
    record = offer.record
    if offer.fingerprint == record.offered_fingerprint and record.amount_minor is not None:
        return record.currency, record.amount_minor, record.tax_minor or 0
    item = offer.item()
    return item.currency, item.amount.minor, sum(line.tax.amount.minor for line in item.lines if line.tax)


def _posts_tax_apart(configuration: EntityConfiguration) -> bool:
    """Whether the entity has a tax solution; without one tax is part of the cost, and nothing is to be compared."""
    entity = Entity.objects.filter(connection=configuration.connection, code=configuration.intacct_entity).first()
    return bool(entity and entity.tax_solution)


def as_text(job: ExportJob) -> str:
    """Return the tie-out of a job as lines for a terminal."""
    result = tie_out(job)
    rows = [(f"Offered by Pleo, {job.configuration}", result.offered, result.amounts)]
    rows += [(f"  {line.label}", line.count, line.amounts) for line in result.lines]
    lines = [f"{label:<44}{count:>6}  {_amounts(amounts)}" for label, count, amounts in rows]
    if result.pleo_tax or result.posted_tax:
        lines.append(f"{'  Tax of posted expenses: Pleo / ledger':<44}{'':>6}  {_amounts(result.pleo_tax)} / {_amounts(result.posted_tax)}")
    lines.append("  Ties out." if result.ties else "  DOES NOT TIE OUT: compare the job's page with Pleo before closing the month.")
    return "\n".join(lines)


def _decimals(minor: dict[str, int]) -> dict[str, Decimal]:
    return {currency: Money.of_minor(value, currency).amount for currency, value in sorted(minor.items())}


def _amounts(amounts: dict[str, Decimal]) -> str:
    return "  ".join(f"{currency} {amount:,}" for currency, amount in amounts.items()) or "-"
