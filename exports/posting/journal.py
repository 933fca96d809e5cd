"""One item as one journal entry: its lines on one side, what paid for them on the other.

Source: reference/posting-examples.md 1.2 and 1.5; Sage Intacct XML API, Journal Entries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from exports.posting import accounts, dimensions, tax, texts, vendors
from exports.posting.context import Account, PostingContext, RecordFacts
from exports.posting.dates import PostingDay
from exports.posting.findings import Findings
from integration.intacct.documents import Dimension, ExchangeRate, JournalEntry, JournalLine, Side, TaxEntry, document_key
from integration.money import Money
from integration.pleo.items import ExportItem, ItemLine

# Intacct rounds what has more decimals, and the entry would not balance. Source: XML API, parameter formats.
AMOUNT_DECIMALS = 2


@dataclass(frozen=True, slots=True)
class JournalRule:
    """How one type of item becomes a journal entry.

    name: for people, e.g. "card purchase". side: of the lines' accounts, for an amount of the expected `sign`.
    offset: what pays for it: the Pleo balance of the wallet currency, or what is owed to employees.
    default_tax: takes the default tax code where Pleo gives no tax. receipt: is listed when it has none.
    """

    name: str
    side: Side
    journal: Literal["card", "reimbursement"]
    offset: Literal["balance", "out_of_pocket"]
    sign: Literal[1, -1] = 1
    default_tax: bool = False
    receipt: bool = False


@dataclass(frozen=True, slots=True)
class _Read:
    """A line of the item, read: amounts signed as Pleo signs them, gross = net + tax."""

    line: ItemLine
    taxed: tax.TaxedLine
    dimensions: tuple[Dimension, ...]


def is_zero(line: ItemLine) -> bool:
    """Say whether there is nothing to post: no amount and no tax."""
    return not line.amount and not (line.tax and line.tax.amount)


def journal_entry(
    item: ExportItem,
    rule: JournalRule,
    day: PostingDay,
    context: PostingContext,
    record: RecordFacts,
    *,
    attachment_key: str,
    findings: Findings,
) -> JournalEntry | None:
    """Return the journal entry for `item`, or None where `findings` holds a problem, of this rule or of one before.

    Each line stands on its account with its net and its tax; a line of the opposite sign (a discount) on the same
    account on the other side. A line of amount 0 is left out with a note: Intacct holds nothing for it. The offset is
    one gross line, or one per line where the configuration says so, and always where a foreign amount has several
    lines: each is then turned into base currency like its counterpart, and no cent is left over.
    """
    offset = _offset_account(item, rule, context, findings)
    journal = _journal(rule, context, findings)
    _check_contra_account(item, rule, offset, context, findings)
    read = _read_lines(item, rule, offset, context, record, findings)
    payee = dimensions.employee(item, context, findings) if rule.offset == "out_of_pocket" else ()
    vat_vendor = ""
    if any(each.taxed.entry for each in read):
        tagged = (each.value for line in read for each in line.dimensions if each.object_name == "VENDOR")
        vat_vendor = vendors.vat_vendor(item, tagged, owed_to_employee=rule.offset == "out_of_pocket", context=context, findings=findings)
    mirrored = [(each.line.amount, each.dimensions) for each in read] if _per_line(read, item, context) else [(item.amount, ())]
    offsets = [(amount, dimensions.in_order([*payee, *those, *dimensions.own_location(context)])) for amount, those in mirrored if amount]
    if offset:
        for _, those in offsets:
            dimensions.check_required(offset, those, "", context, findings)
    for lost in texts.lost_ids(item):
        findings.note(f"The id {lost} is too long for the journal entry and was left out.")
    if findings.problems or offset is None:
        return None
    return JournalEntry(
        key=document_key(context.company_id, item.entry_id, "journal_entry", posting_number=record.posting_number),
        entity=context.entity,
        journal=journal,
        posting_date=day.posting,
        title=texts.title(item, rule.name, moved_from=day.moved_from),
        lines=_on_day(
            [_expense_line(each, item, rule, day) for each in read] + [_offset_line(offset, each, item, rule, day) for each in offsets],
            day.original if item.currency != context.base_currency else None,
            context,
        ),
        vat_vendor=vat_vendor,
        attachment_key=attachment_key,
        draft=context.draft,
    )


def _read_lines(
    item: ExportItem, rule: JournalRule, offset: Account | None, context: PostingContext, record: RecordFacts, findings: Findings
) -> list[_Read]:
    has_receipt = any(receipt.file for receipt in record.receipts)
    read = []
    for number, line in enumerate(item.lines, start=1):
        place = f"line {number}"
        if is_zero(line):
            findings.note(f"Line {number} is zero and was left out.")
            continue
        account = accounts.expense_account(line, place, offset, context, findings)
        taxed = tax.taxed(line, place, takes_default=rule.default_tax, has_receipt=has_receipt, context=context, findings=findings)
        _check_decimals(taxed, place, findings)
        those = dimensions.line_dimensions(item, line, place, context, findings)
        if account:
            dimensions.check_required(account, those, place, context, findings)
        read.append(_Read(line, taxed, those))
    return read


def _check_decimals(taxed: tax.TaxedLine, place: str, findings: Findings) -> None:
    for amount in (taxed.net, taxed.entry.amount if taxed.entry else None):
        if amount and amount.amount != amount.amount.quantize(Decimal(1).scaleb(-AMOUNT_DECIMALS)):
            findings.problem(
                "too_many_decimals",
                f"{amount} has more decimals than Sage Intacct keeps ({AMOUNT_DECIMALS}): it would post another amount. "
                "Post this expense by hand in Sage Intacct (General Ledger › Journal entries).",
                place=place, kind="currency", value=amount.currency,
            )  # fmt: skip
            return


def _per_line(read: Sequence[_Read], item: ExportItem, context: PostingContext) -> bool:
    return context.offset_per_line or (item.currency != context.base_currency and len(read) > 1)


def _expense_line(read: _Read, item: ExportItem, rule: JournalRule, day: PostingDay) -> JournalLine:
    entry = read.taxed.entry
    return JournalLine(
        account=read.line.account_code,
        side=_side(rule.side, read.line.amount, rule.sign),
        amount=abs(read.taxed.net),
        tax=TaxEntry(entry.detail, abs(entry.amount)) if entry else None,
        dimensions=read.dimensions,
        description=texts.line_description(item, read.line, moved_from=day.moved_from, tax_text=read.taxed.text),
        document=texts.line_document(item),
    )


def _offset_line(
    account: Account, offset: tuple[Money, tuple[Dimension, ...]], item: ExportItem, rule: JournalRule, day: PostingDay
) -> JournalLine:
    amount, those = offset
    return JournalLine(
        account=account.number,
        side=_side(_other(rule.side), amount, rule.sign),
        amount=abs(amount),
        dimensions=those,
        description=texts.offset_description(item, moved_from=day.moved_from),
        document=texts.line_document(item),
    )


def _on_day(lines: Sequence[JournalLine], rate_day: date | None, context: PostingContext) -> tuple[JournalLine, ...]:
    """Put the exchange rate on every line of a foreign entry: of the day the money was spent, also where the date was moved."""
    if rate_day is None:
        return tuple(lines)
    rate = ExchangeRate(rate_day, context.exchange_rate_type)
    return tuple(replace(line, exchange_rate=rate) for line in lines)


def _side(side: Side, amount: Money, sign: int) -> Side:
    return side if amount.minor * sign >= 0 else _other(side)


def _other(side: Side) -> Side:
    return "credit" if side == "debit" else "debit"


def _offset_account(item: ExportItem, rule: JournalRule, context: PostingContext, findings: Findings) -> Account | None:
    if rule.offset == "balance":
        return accounts.balance_account(item.currency, context, findings)
    return accounts.out_of_pocket_account(context, findings)


def _check_contra_account(item: ExportItem, rule: JournalRule, offset: Account | None, context: PostingContext, findings: Findings) -> None:
    given = item.contra_account_code
    if rule.offset == "balance" and given and offset and given != offset.number:
        findings.problem(
            "contra_account_differs",
            f"Pleo's account for {item.currency} is {given}, but {context.entity} uses {offset.number}. Choose the same account in Pleo "
            f"(Settings › Accounting › Contra accounts) and here (Entity configurations › {context.entity} › Card expenses › Pleo balance "
            f"account for {item.currency}).",
            kind="account", value=given,
        )  # fmt: skip


def _journal(rule: JournalRule, context: PostingContext, findings: Findings) -> str:
    symbol = context.card.journal if rule.journal == "card" else context.reimbursements.journal
    where = f"Entity configurations › {context.entity} › {'Card expenses' if rule.journal == 'card' else 'Reimbursements'} › Journal"
    if not symbol:
        findings.problem(
            "journal_missing", f"There is no journal for this kind of entry ({rule.name}) in {context.entity}. Choose one here ({where}).",
            kind="setting", value=f"{rule.journal}.journal",
        )  # fmt: skip
    elif not context.journals.get(symbol):
        fault = "is not active" if symbol in context.journals else "does not exist"
        findings.problem(
            "journal_unusable", f"Journal {symbol} {fault} in Sage Intacct. Choose another one here ({where}), or mend it in Sage Intacct "
            "(General Ledger › Journals) and sync.",
            kind="journal", value=symbol,
        )  # fmt: skip
    return symbol
