"""How a posting is shown: the entry as Sage Intacct holds it, with the names beside the codes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from exports.models import Document, ExportRecord
from integration.intacct import xml
from integration.intacct.documents import JournalEntry, JournalLine
from integration.money import Money
from referencedata import models as copy

_VALUE_MODELS: Mapping[str, Any] = {
    "DEPARTMENT": copy.Department,
    "CLASS": copy.DimensionClass,
    "PROJECT": copy.Project,
    "LOCATION": copy.Location,
    "EMPLOYEE": copy.Employee,
    "VENDOR": copy.Vendor,
}
_CALLED = {
    "DEPARTMENT": "Department",
    "CLASS": "Class",
    "PROJECT": "Project",
    "LOCATION": "Location",
    "EMPLOYEE": "Employee",
    "VENDOR": "Vendor",
}


@dataclass(frozen=True, slots=True)
class ShownDimension:
    called: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One row of the table. added: Sage Intacct writes it by itself, for the tax of the other lines."""

    account: str
    account_name: str
    debit: Money | None
    credit: Money | None
    tax: str = ""
    tax_amount: Money | None = None
    dimensions: tuple[ShownDimension, ...] = ()
    description: str = ""
    document: str = ""
    added: bool = False


@dataclass(frozen=True, slots=True)
class ShownPosting:
    """One journal entry. Debits and credits, with the lines Intacct adds for tax, are always equal."""

    document: Document
    journal: str
    journal_name: str
    posting_date: date
    title: str
    currency: str
    lines: tuple[ShownLine, ...]
    total: Money
    tax_total: Money
    vendor: str
    draft: bool

    @property
    def in_ledger(self) -> bool:
        return self.document.state == Document.State.CONFIRMED

    @property
    def in_doubt(self) -> bool:
        return self.document.state in (Document.State.IN_FLIGHT, Document.State.UNKNOWN)

    @property
    def has_tax(self) -> bool:
        return any(line.tax for line in self.lines)

    @property
    def by_hand(self) -> tuple[str, ...]:
        """The way to find it in Sage Intacct without a link."""
        return ("General Ledger", f"{self.journal} journal", f"reference {self.document.key}")


@dataclass(frozen=True, slots=True)
class OfferedLine:
    """One line as Pleo offers it, for an expense that no posting could be planned for."""

    account: str
    account_name: str
    gross: Money
    net: Money
    tax: str
    tags: tuple[tuple[str, str], ...]


def posting_of(record: ExportRecord, documents: Sequence[Document]) -> ShownPosting | None:
    """Return the posting of the principal document; None where nothing is planned, or what is planned cannot be shown.

    documents: those of the record. A constant number of queries for the names.
    """
    document = next(
        (each for each in reversed(documents) if each.is_principal and each.state != Document.State.CANCELLED and each.body), None
    )
    if document is None or document.body is None or document.kind != Document.Kind.JOURNAL_ENTRY:
        return None
    connection = record.configuration.connection_id
    dimensions = {row.journal_element: row for row in copy.Dimension.objects.filter(connection=connection) if row.journal_element}
    try:
        entry = xml.parse_journal_entry(
            bytes(document.body),
            entity=document.entity,
            base_currency=document.currency,
            object_names={element: row.object_name for element, row in dimensions.items() if row.user_defined},
        )
    except xml.Unreadable:
        return None  # the folded part of the page still shows the bytes
    names = _Names(connection, entry, dimensions.values())
    return ShownPosting(
        document=document,
        journal=entry.journal,
        journal_name=names.journal,
        posting_date=entry.posting_date,
        title=entry.title,
        currency=entry.currency,
        lines=(*(_shown(line, names) for line in entry.lines), *_added_by_intacct(entry, names)),
        total=entry.total(),
        tax_total=entry.tax_total(),
        vendor=f"{entry.vat_vendor} {names.vendors.get(entry.vat_vendor, '')}".strip(),
        draft=entry.draft,
    )


def offered_lines(record: ExportRecord, item: Any) -> tuple[OfferedLine, ...]:
    """Return the lines of an item as Pleo offers it. The account's name is Intacct's, else Pleo's."""
    numbers = {line.account_code for line in item.lines}
    accounts = dict(
        copy.Account.objects.filter(connection=record.configuration.connection_id, number__in=numbers).values_list("number", "title")
    )
    return tuple(
        OfferedLine(
            account=line.account_code,
            account_name=accounts.get(line.account_code, line.account_name),
            gross=line.amount,
            net=line.net,
            tax=f"{line.tax.code} · {_percent(line.tax.rate)} · {line.tax.amount.amount:,}" if line.tax else "",
            tags=tuple((_CALLED.get(tag.group_code.upper(), tag.group_code.capitalize()), tag.code) for tag in line.tags),
        )
        for line in item.lines
    )


class _Names:
    """What the codes of one entry mean: one query for each kind that occurs in it."""

    def __init__(self, connection: int, entry: JournalEntry, dimensions: Any) -> None:
        self.called = {row.object_name: row.label or row.object_name.capitalize() for row in dimensions}
        details = {line.tax.detail for line in entry.lines if line.tax}
        self.details = (
            {row.detail_id: row for row in copy.TaxDetail.objects.filter(connection=connection, detail_id__in=details)} if details else {}
        )
        numbers = {line.account for line in entry.lines} | {row.gl_account for row in self.details.values()}
        self.accounts = dict(copy.Account.objects.filter(connection=connection, number__in=numbers).values_list("number", "title"))
        self.journal = (
            copy.Journal.objects.filter(connection=connection, symbol=entry.journal).values_list("title", flat=True).first() or ""
        )
        self.values: dict[tuple[str, str], str] = {}
        wanted: dict[str, set[str]] = defaultdict(set)
        for line in entry.lines:
            for dimension in line.dimensions:
                wanted[dimension.object_name].add(dimension.value)
        for name, codes in wanted.items():
            for code, value in _value_names(connection, name, codes):
                self.values[name, code] = value
        self.vendors = {code: value for (name, code), value in self.values.items() if name == "VENDOR"}
        if entry.vat_vendor and entry.vat_vendor not in self.vendors:
            self.vendors |= dict(copy.Vendor.objects.filter(connection=connection, code=entry.vat_vendor).values_list("code", "name"))


def _value_names(connection: int, name: str, codes: set[str]) -> Any:
    model = _VALUE_MODELS.get(name)
    if model:
        return model.objects.filter(connection=connection, code__in=codes).values_list("code", "name")
    return copy.UserDefinedValue.objects.filter(connection=connection, dimension=name, intacct_key__in=codes).values_list(
        "intacct_key", "name"
    )


def _shown(line: JournalLine, names: _Names) -> ShownLine:
    debit = line.side == "debit"
    tax = names.details.get(line.tax.detail) if line.tax else None
    return ShownLine(
        account=line.account,
        account_name=names.accounts.get(line.account, ""),
        debit=line.amount if debit else None,
        credit=None if debit else line.amount,
        tax=f"{line.tax.detail}{f' · {_percent(tax.value)}' if tax else ''}" if line.tax else "",
        tax_amount=line.tax.amount if line.tax else None,
        dimensions=tuple(
            ShownDimension(
                names.called.get(each.object_name, _CALLED.get(each.object_name, each.object_name.capitalize())),
                each.value,
                names.values.get((each.object_name, each.value), ""),
            )
            for each in line.dimensions
        ),
        description=line.description,
        document=line.document,
    )


def _added_by_intacct(entry: JournalEntry, names: _Names) -> list[ShownLine]:
    """Return the lines that Intacct writes for the tax, one for each tax code and side, so that the table balances."""
    sums: dict[tuple[str, str], Money] = {}
    for line in entry.lines:
        if line.tax:
            key = (line.tax.detail, line.side)
            sums[key] = sums.get(key, Money.zero(entry.currency)) + line.tax.amount
    added = []
    for (code, side), amount in sums.items():
        if not amount:
            continue
        detail = names.details.get(code)
        account = detail.gl_account if detail else ""
        added.append(
            ShownLine(
                account=account,
                account_name=names.accounts.get(account, "") or f"Tax account of {code}",
                debit=amount if side == "debit" else None,
                credit=amount if side == "credit" else None,
                description=f"Tax {code}",
                added=True,
            )
        )
    return added


def _percent(rate: Decimal) -> str:
    return f"{rate.normalize():f} %"
