"""Proof that nothing of a job is lost: offered = the sum over all states, in number and in amount per currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from exports.models import Document, ExportJob, ExportJobItem, ExportRecord
from exports.models.standing import NOT_YET_IN_LEDGER
from exports.reporting.posting_chain import Link, chain_of
from exports.reporting.tax_tieout import TaxTieOut, decimals, tax_tie_out
from integration.models import EntityConfiguration
from referencedata.models import Entity


@dataclass(frozen=True, slots=True)
class TieOutLine:
    """How many of the offered expenses have this status, and their amounts by currency (Pleo's sign)."""

    status: str
    label: str
    count: int
    amounts: dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class TakenBack:
    """One expense of the job of which a posting was reversed, or is to be. chain: its postings, the first one first."""

    record: ExportRecord
    chain: tuple[Link, ...]

    def __str__(self) -> str:
        said = [f"{link.what}, {link.taken_back}" if link.taken_back else f"then {link.what}" for link in self.chain]
        return f"{self.record}: {'; '.join(said)}"


@dataclass(frozen=True, slots=True)
class TieOut:
    """offered: what Pleo's job promised. posted: how many are in the ledger. not_yet: how many are in Sage Intacct and not in the
    ledger before somebody there approves or posts them. tax: None where the entity posts no tax apart.

    unknown_to_pleo: how many of a job that has ended are in the ledger although Pleo never took that result. taken_back: what was
    reversed, with what was posted instead.
    """

    offered: int
    amounts: dict[str, Decimal]
    lines: list[TieOutLine]
    posted: int
    not_yet: int = 0
    tax: TaxTieOut | None = None
    unknown_to_pleo: int = 0
    taken_back: tuple[TakenBack, ...] = ()

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
        return self.tax is None or self.tax.agrees

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
    taxed: list[tuple[ExportRecord, str, int]] = []
    for offer in offers:
        record = offer.record
        counts[record.status] += 1
        if offer.fault:
            continue
        currency, amount, tax = _held(offer)
        by_status[record.status][currency] += amount
        if record.in_ledger:
            # What was posted again stands with its newest content, whichever of its offers this job made.
            again = record.posting_number > 1
            taxed.append((record, record.currency, record.tax_minor or 0) if again else (record, currency, tax))
    return TieOut(
        offered=job.number_of_items,
        amounts=decimals(offered),
        lines=[
            TieOutLine(str(status), str(status.label), counts[status], decimals(by_status[status]))
            for status in ExportRecord.Status
            if counts[status]
        ],
        posted=sum(offer.record.in_ledger for offer in offers),
        not_yet=sum(counts[status] for status in NOT_YET_IN_LEDGER),
        unknown_to_pleo=0 if job.is_open else sum(map(_unknown_to_pleo, offers)),
        taken_back=_taken_back([offer.record for offer in offers]),
        tax=tax_tie_out(taxed) if _posts_tax_apart(job.configuration) else None,
    )


def _taken_back(records: Sequence[ExportRecord]) -> tuple[TakenBack, ...]:
    """Return what was reversed of these, in one query where nothing was."""
    reversed_here = Document.objects.live().filter(record__in=[each.pk for each in records], kind=Document.Kind.REVERSAL)
    ids = set(reversed_here.values_list("record", flat=True))
    if not ids:
        return ()
    documents: dict[int, list[Document]] = defaultdict(list)
    for document in Document.objects.filter(record__in=ids).defer("body"):
        documents[document.record_id].append(document)
    return tuple(TakenBack(record, chain_of(documents[record.pk])) for record in records if record.pk in ids)


def _unknown_to_pleo(offer: ExportJobItem) -> bool:
    """Whether it is in the ledger, and Pleo has taken no result of it, from this job or another."""
    return bool(offer.record.posted_at) and not offer.record.reported_at and offer.told_status not in ("successful", "failed")


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
    if result.tax and result.posted:
        lines += [f"{'  ' + name:<44}{'':>6}  {_amounts(amounts)}" for name, amounts in result.tax.steps()]
    if result.not_yet:
        lines.append(f"  {result.not_yet} in Sage Intacct, not in the ledger yet: to be approved or posted there.")
    if result.unknown_to_pleo:
        lines.append(f"  Pleo does not know of {result.unknown_to_pleo} in the ledger: export them again, nothing is posted twice.")
    lines += [f"  Reversed: {each}" for each in result.taken_back]
    lines.append("  Ties out." if result.ties else "  DOES NOT TIE OUT: compare the job's page with Pleo before closing the month.")
    return "\n".join(lines)


def _amounts(amounts: dict[str, Decimal]) -> str:
    return "  ".join(f"{currency} {amount:,}" for currency, amount in amounts.items()) or "-"
