"""One item as one journal entry: its lines on one side, what paid for them on the other.

Source: docs/reference/posting-examples.md, sections 1.2 and 1.5; Sage Intacct XML API, Journal Entries.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from exports.posting import accounts, dimensions, methods, rates, texts, vendors
from exports.posting.context import Account, PostingContext, RecordFacts
from exports.posting.dates import PostingDay
from exports.posting.findings import Findings
from exports.posting.kinds import Rule
from exports.posting.reading import Beyond, ReadLine, beyond, check_contra_account, read_lines, vendor_tags
from integration.intacct.documents import Dimension, ExchangeRate, JournalEntry, JournalLine, Side, document_key
from integration.money import Money
from integration.pleo.items import ExportItem


@dataclass(frozen=True, slots=True)
class _Way:
    """Which way an item goes. side: of the main lines for an amount of sign `sign`."""

    side: Side
    sign: int

    def of(self, amount: Money) -> Side:
        return self.side if amount.minor * self.sign >= 0 else _other(self.side)

    def against(self, amount: Money) -> Side:
        return _other(self.of(amount))


def journal_entry(
    item: ExportItem,
    rule: Rule,
    sign: int,
    day: PostingDay,
    context: PostingContext,
    record: RecordFacts,
    *,
    attachment_key: str,
    findings: Findings,
) -> tuple[JournalEntry, Beyond] | None:
    """Return the journal entry for `item` and why its tax is not Pleo's, or None where `findings` holds a problem.

    sign: of an amount that goes the rule's own way; an amount of the other sign goes the opposite way.

    Each line stands on its account with its net and its tax; a line of the opposite sign (a discount) on the same
    account on the other side. A line of amount 0 is left out with a note: Intacct holds nothing for it. The offset is
    one gross line, or one per line where the configuration says so. Of a foreign amount each net and each tax has an
    offset line of its own: each is then turned into base currency like its counterpart, and no cent is left over,
    whatever the rate.
    """
    offset = accounts.placed(rule.offset, item.currency, context, findings)
    journal = _journal(rule, context, findings)
    if "balance" in (rule.main, rule.offset):
        check_contra_account(item, context, findings)
    names_vendor = rule.vendor and methods.card_method(item, context) == "accounts_payable"
    later = frozenset({"VENDOR"} if names_vendor else ())
    read = read_lines(item, rule, "journal", offset, context, record, findings, later=later)
    _check_apart(item, rule, read, offset, context, findings)
    on_employees = "owed_to" in (rule.main, rule.offset)
    vat_vendor = ""
    if any(each.taxed.entry for each in read):
        vat_vendor = vendors.vat_vendor(item, vendor_tags(read), owed_to_employee=on_employees, context=context, findings=findings)
    if names_vendor:
        read = _with_vendor(read, vendors.line_vendor(item, vendor_tags(read), context, findings))
        for each in read:
            place = f"line {item.lines.index(each.line) + 1}"
            only = replace(each.account, required=each.account.required & later)
            dimensions.check_required(only, each.dimensions, place, context, findings)
    payee = dimensions.employee(item, context, findings) if rule.offset in ("owed_to", "owed_by") else ()
    offsets = [
        (amount, dimensions.in_order([*payee, *those, *dimensions.own_location(context)]))
        for amount, those in _mirrored(read, item, context)
        if amount
    ]
    if offset:
        for _, those in offsets:
            dimensions.check_required(offset, those, "", context, findings)
    if findings.problems or offset is None:
        return None
    way = _Way(rule.side, sign)
    lines = [line for each in read for line in _main_lines(each, item, way, day, context)]
    entry = JournalEntry(
        key=document_key(context.company_id, item.entry_id, "journal_entry", posting_number=record.posting_number),
        entity=context.entity,
        journal=journal,
        posting_date=day.posting,
        title=texts.title(item, rule.name, moved_from=day.moved_from),
        lines=_at_rate(lines + [_offset_line(offset, each, item, way, day) for each in offsets], rates.exchange_rate(item, day, context)),
        vat_vendor=vat_vendor,
        attachment_key=attachment_key,
        draft=context.draft,
    )
    return entry, beyond(read)


def _check_apart(
    item: ExportItem, rule: Rule, read: Sequence[ReadLine], offset: Account | None, context: PostingContext, findings: Findings
) -> None:
    """Note a problem where both sides are one account of the configuration: the entry would move nothing."""
    if rule.main != "line" and offset and any(each.account.number == offset.number for each in read):
        findings.problem(
            "accounts_equal",
            f"A {rule.name} moves money between two accounts, but {context.entity} has {offset.number} for both. Choose another one here "
            f"(Entity configurations › {context.entity} › Reimbursements, Wallet).",
            kind="account", value=offset.number,
        )  # fmt: skip


def _with_vendor(read: Sequence[ReadLine], vendor: str) -> list[ReadLine]:
    named = dimensions.vendor(vendor, "journal")
    return [replace(each, dimensions=dimensions.in_order([*each.dimensions, *named])) for each in read]


def _mirrored(read: Sequence[ReadLine], item: ExportItem, context: PostingContext) -> list[tuple[Money, tuple[Dimension, ...]]]:
    """Return amount and dimensions of each offset line; dimensions only where the configuration mirrors them."""
    if rates.is_foreign(item, context):
        parts = [(amount, each) for each in read for amount in (each.taxed.net, *(entry.amount for entry in each.taxed.entries))]
    elif context.offset_per_line:
        parts = [(each.line.amount, each) for each in read]
    else:
        return [(item.amount, ())]
    return [(amount, each.dimensions if context.offset_per_line else ()) for amount, each in parts]


def _main_lines(read: ReadLine, item: ExportItem, way: _Way, day: PostingDay, context: PostingContext) -> Iterator[JournalLine]:
    """Yield the line on its account, and after it the two of a reverse charge that is posted to accounts of our own."""
    entry, own = read.taxed.entry, read.taxed.own
    main = JournalLine(
        account=read.account.number,
        side=way.of(read.line.amount),
        amount=abs(read.taxed.net),
        tax=replace(entry, amount=abs(entry.amount)) if entry else None,
        dimensions=read.dimensions,
        description=texts.line_description(item, read.line, moved_from=day.moved_from, tax_text=read.taxed.text),
        document=texts.line_document(item),
    )
    yield main
    if own:
        place = dimensions.own_location(context)
        taxes = replace(main, account=own.input_account, amount=abs(own.amount), tax=None, dimensions=place)
        yield taxes
        yield replace(taxes, account=own.output_account, side=_other(main.side))


def _offset_line(
    account: Account, offset: tuple[Money, tuple[Dimension, ...]], item: ExportItem, way: _Way, day: PostingDay
) -> JournalLine:
    amount, those = offset
    return JournalLine(
        account=account.number,
        side=way.against(amount),
        amount=abs(amount),
        dimensions=those,
        description=texts.offset_description(item, moved_from=day.moved_from),
        document=texts.line_document(item),
    )


def _at_rate(lines: Sequence[JournalLine], rate: ExchangeRate | None) -> tuple[JournalLine, ...]:
    return tuple(replace(line, exchange_rate=rate) for line in lines)


def _other(side: Side) -> Side:
    return "credit" if side == "debit" else "debit"


def _journal(rule: Rule, context: PostingContext, findings: Findings) -> str:
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
