"""How a posting is shown: the entry as Sage Intacct holds it, with the names beside the codes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from exports.ledger.ledger_bills import planned_payment
from exports.models import Document, ExportRecord
from exports.pages.shown_posting import OfferedLine, ShownDimension, ShownLine, ShownPosting
from integration.intacct import xml
from integration.intacct.documents import Bill, BillLine, JournalEntry, JournalLine, Payment, Side, TaxEntry
from integration.money import Money, total
from referencedata import models as copy
from referencedata.kinds.registry import DIMENSION_MODELS

_CALLED = {
    "DEPARTMENT": "Department",
    "CLASS": "Class",
    "PROJECT": "Project",
    "LOCATION": "Location",
    "EMPLOYEE": "Employee",
    "VENDOR": "Vendor",
    "COSTTYPE": "Cost type",
}


def postings_of(record: ExportRecord, documents: Sequence[Document]) -> tuple[ShownPosting, ...]:
    """Return what is posted, or will be: the journal entry; or the bill and its payment; and the entry that takes it back.

    Nothing where nothing is planned. Of several postings the newest; `chain_of` tells the others.

    documents: those of the record. A constant number of queries for the names.
    """
    wanted = (Document.Kind.JOURNAL_ENTRY, Document.Kind.BILL, Document.Kind.PAYMENT, Document.Kind.REVERSAL)
    live = [each for each in documents if each.kind in wanted and each.state != Document.State.CANCELLED and each.body]
    live = [each for each in live if not each.reverses_bill]  # it has no lines
    latest = max((each.posting_number for each in live), default=1)
    shown = (_posting(record, document) for document in live if document.posting_number == latest)
    return tuple(posting for posting in shown if posting)


def _posting(record: ExportRecord, document: Document) -> ShownPosting | None:
    connection = record.configuration.connection_id
    rows = list(copy.Dimension.objects.filter(connection=connection))
    of_bill = document.kind == Document.Kind.BILL
    elements = {(row.bill_element if of_bill else row.journal_element): row.object_name for row in rows if row.user_defined}
    names = {element: name for element, name in elements.items() if element}
    body = bytes(document.body or b"")
    try:
        if of_bill:
            bill = xml.parse_bill(body, entity=document.entity, base_currency=document.currency, object_names=names)
            return _bill(document, bill, _Names(connection, bill.lines, rows, vendor=bill.vendor))
        if document.kind == Document.Kind.PAYMENT:
            return _payment(document, planned_payment(document, document.principal.key if document.principal else ""), connection)
        entry = xml.parse_journal_entry(body, entity=document.entity, base_currency=document.currency, object_names=names)
    except (xml.Unreadable, ValueError):
        return None  # the folded part of the page still shows the bytes
    return _entry(document, entry, _Names(connection, entry.lines, rows, vendor=entry.vat_vendor, journal=entry.journal))


def _entry(document: Document, entry: JournalEntry, names: _Names) -> ShownPosting:
    lines = tuple(_shown(line, line.side, (line.tax,) if line.tax else (), names, document=line.document) for line in entry.lines)
    taxes = [(line.tax, line.side) for line in entry.lines if line.tax]
    return ShownPosting(
        document=document,
        place=entry.journal,
        place_name=names.journal or "Journal",
        posting_date=entry.posting_date,
        title=entry.title,
        currency=entry.currency,
        lines=(*lines, *_added_by_intacct(taxes, entry.currency, names)),
        total=entry.total(),
        tax_total=entry.tax_total(),
        facts=(("VAT vendor", names.named_vendor(entry.vat_vendor)),) if entry.vat_vendor else (),
        draft=entry.draft,
    )


def _bill(document: Document, bill: Bill, names: _Names) -> ShownPosting:
    """A bill debits its lines and their tax, and credits the payables account, which Intacct knows and we never name."""
    lines = [_shown(line, "debit" if line.amount.minor >= 0 else "credit", line.taxes, names) for line in bill.lines]
    taxes: list[tuple[TaxEntry, Side]] = [(entry, "debit") for line in bill.lines for entry in line.taxes]
    owed = ShownLine("", "Accounts payable", None, bill.total(), description=names.named_vendor(bill.vendor), added=True)
    facts = [("Bill", bill.number), ("Bill date", f"{bill.bill_date:%-d %b %Y}"), ("Due", f"{bill.due_date:%-d %b %Y}")]
    if bill.on_hold:
        facts.append(("On hold", "paid by Pleo card"))
    added = (*_added_by_intacct(taxes, bill.currency, names), owed)
    return ShownPosting(
        document=document,
        place=bill.vendor,
        place_name=f"AP bill of {names.vendors.get(bill.vendor, 'vendor')}",
        posting_date=bill.posting_date,
        title=bill.description,
        currency=bill.currency,
        lines=(*lines, *added),
        total=total((line.debit for line in (*lines, *added) if line.debit), bill.currency),
        tax_total=bill.tax_total(),
        facts=tuple(facts),
        draft=bill.draft,
    )


def _payment(document: Document, payment: Payment, connection: int) -> ShownPosting:
    bank = copy.CheckingAccount.objects.filter(connection=connection, code=payment.bank).first()
    number = bank.gl_account if bank else ""
    account = copy.Account.objects.filter(connection=connection, number=number).first() if number else None
    return ShownPosting(
        document=document,
        place=payment.bank,
        place_name=f"AP payment from {bank.name if bank else 'the bank account'}",
        posting_date=payment.payment_date,
        title=payment.description,
        currency=payment.currency,
        lines=(
            ShownLine("", "Accounts payable", payment.amount, None, description=f"Bill {payment.bill_number} of {payment.vendor}"),
            ShownLine(number, account.title if account else f"Account of {payment.bank}", None, payment.amount),
        ),
        total=payment.amount,
        tax_total=payment.tax_total(),
        facts=(("Pays bill", payment.bill_number), ("Method", payment.method)),
        draft=payment.draft,
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
    """What the codes of one document mean: one query for each kind that occurs in it."""

    def __init__(
        self, connection: int, lines: Sequence[JournalLine | BillLine], dimensions: Any, *, vendor: str = "", journal: str = ""
    ) -> None:
        self.called = {row.object_name: row.label or row.object_name.capitalize() for row in dimensions}
        details = {entry.detail for line in lines for entry in _taxes(line)}
        self.details = (
            {row.detail_id: row for row in copy.TaxDetail.objects.filter(connection=connection, detail_id__in=details)} if details else {}
        )
        numbers = {line.account for line in lines} | {row.gl_account for row in self.details.values()}
        self.accounts = dict(copy.Account.objects.filter(connection=connection, number__in=numbers).values_list("number", "title"))
        symbols = copy.Journal.objects.filter(connection=connection, symbol=journal) if journal else copy.Journal.objects.none()
        self.journal = symbols.values_list("title", flat=True).first() or ""
        self.values: dict[tuple[str, str], str] = {}
        wanted: dict[str, set[str]] = defaultdict(set)
        for line in lines:
            for dimension in line.dimensions:
                wanted[dimension.object_name].add(dimension.value)
        if vendor:
            wanted["VENDOR"].add(vendor)
        for name, codes in wanted.items():
            for code, value in _value_names(connection, name, codes):
                self.values[name, code] = value
        self.vendors = {code: value for (name, code), value in self.values.items() if name == "VENDOR"}

    def named_vendor(self, code: str) -> str:
        return f"{code} {self.vendors.get(code, '')}".strip()


def _taxes(line: JournalLine | BillLine) -> tuple[TaxEntry, ...]:
    if isinstance(line, BillLine):
        return line.taxes
    return (line.tax,) if line.tax else ()


def _value_names(connection: int, name: str, codes: set[str]) -> Any:
    model: Any = DIMENSION_MODELS.get(name)
    if model:
        return model.objects.filter(connection=connection, code__in=codes).values_list("code", "name")
    return copy.UserDefinedValue.objects.filter(connection=connection, dimension=name, intacct_key__in=codes).values_list(
        "intacct_key", "name"
    )


def _shown(line: JournalLine | BillLine, side: Side, taxes: Sequence[TaxEntry], names: _Names, *, document: str = "") -> ShownLine:
    said = []
    for entry in taxes:
        detail = names.details.get(entry.detail)
        said.append(f"{entry.detail}{f' · {_percent(detail.value)}' if detail else ''}")
    return ShownLine(
        account=line.account,
        account_name=names.accounts.get(line.account, ""),
        debit=abs(line.amount) if side == "debit" else None,
        credit=None if side == "debit" else abs(line.amount),
        tax=" / ".join(said),
        tax_amount=taxes[0].amount if taxes else None,
        dimensions=tuple(
            ShownDimension(
                names.called.get(each.object_name, _CALLED.get(each.object_name, each.object_name.capitalize())),
                each.value,
                names.values.get((each.object_name, each.value), ""),
            )
            for each in line.dimensions
        ),
        description=line.description,
        document=document,
    )


def _added_by_intacct(taxes: Sequence[tuple[TaxEntry, Side]], currency: str, names: _Names) -> list[ShownLine]:
    """Return the lines that Intacct writes for the tax, one for each tax code and side, so that the table balances.

    taxes: each entry with the side of its line; a negative one (a discount, the output half of a reverse charge) stands on
    the other side.
    """
    sums: dict[tuple[str, Side], Money] = {}
    for entry, side in taxes:
        other: Side = "credit" if side == "debit" else "debit"
        key = (entry.detail, side if entry.amount.minor >= 0 else other)
        sums[key] = sums.get(key, Money.zero(currency)) + abs(entry.amount)
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
