"""The tax of what is posted: from Pleo's figure to the ledger's, with each reason why they differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F

from exports.models import Document, ExportRecord
from integration.money import Money

Amounts = dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class TaxTieOut:
    """By currency, of expenses in the ledger: by_pleo - became_cost + by_default + worked_out = in_ledger.

    by_pleo: from the items as received. became_cost: of that, what is not recovered or was left out. by_default: what the
    default tax code took out. worked_out: of reverse charges, where Pleo gives none. in_ledger: what the posted documents
    hold. Signed as the ledger signs them. A figure has the currencies for which it is not zero; by_pleo and in_ledger all.
    """

    by_pleo: Amounts
    became_cost: Amounts
    by_default: Amounts
    worked_out: Amounts
    in_ledger: Amounts

    @property
    def agrees(self) -> bool:
        zero = Decimal(0)
        return all(
            self.by_pleo.get(each, zero)
            - self.became_cost.get(each, zero)
            + self.by_default.get(each, zero)
            + self.worked_out.get(each, zero)
            == self.in_ledger.get(each, zero)
            for each in self.by_pleo.keys() | self.in_ledger.keys()
        )

    def steps(self) -> list[tuple[str, Amounts]]:
        """Return the figures as they are added up, each with its name; the last is the sum."""
        steps = [
            ("Pleo's tax on what is posted", self.by_pleo),
            ("became cost", {currency: -amount for currency, amount in self.became_cost.items()}),
            ("taken out by the default tax code", self.by_default),
        ]
        if self.worked_out:
            steps.append(("worked out for reverse charges", self.worked_out))
        return [*steps, ("Tax in the ledger", self.in_ledger)]


def tax_tie_out(posted: Iterable[tuple[ExportRecord, str, int]]) -> TaxTieOut:
    """Add up the tax of these expenses. posted: each in the ledger, with the currency and Pleo's tax (minor units) as received."""
    by_pleo: dict[str, int] = defaultdict(int)
    became_cost: dict[str, int] = defaultdict(int)
    by_default: dict[str, int] = defaultdict(int)
    worked_out: dict[str, int] = defaultdict(int)
    records = {}
    for record, currency, tax in posted:
        records[record.pk] = record
        by_pleo[currency] += -tax if record.tax_turned else tax
        became_cost[currency] += record.cost_tax_minor
        by_default[currency] += record.default_tax_minor
        worked_out[currency] += record.worked_out_tax_minor
    in_ledger: dict[str, int] = defaultdict(int, dict.fromkeys(by_pleo, 0))  # a payment has no tax of its own
    principals = Document.objects.filter(
        record__in=records, state=Document.State.CONFIRMED, kind__in=(Document.Kind.JOURNAL_ENTRY, Document.Kind.BILL),
        posting_number=F("record__posting_number"),  # a former one was taken back
    )  # fmt: skip
    for document in principals.only("currency", "tax_minor", "record"):
        in_ledger[document.currency] += document.tax_minor or 0
    return TaxTieOut(
        by_pleo=decimals(by_pleo),
        became_cost=_without_zeros(became_cost),
        by_default=_without_zeros(by_default),
        worked_out=_without_zeros(worked_out),
        in_ledger=decimals(in_ledger),
    )


def decimals(minor: Mapping[str, int]) -> Amounts:
    return {currency: Money.of_minor(value, currency).amount for currency, value in sorted(minor.items())}


def _without_zeros(minor: Mapping[str, int]) -> Amounts:
    return decimals({currency: value for currency, value in minor.items() if value})
