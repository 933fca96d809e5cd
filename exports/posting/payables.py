"""One item as a bill, as a bill with its payment, or as the payment of a bill that is there.

Source: docs/reference/posting-examples.md, sections 1.2 and 1.4; Sage Intacct XML API, Bills and AP Payments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from exports.posting import banks, dimensions, methods, rates, texts, vendors
from exports.posting.context import PostingContext, RecordFacts
from exports.posting.dates import PostingDay, local_day, own_day, posting_day, printed_day
from exports.posting.findings import Findings
from exports.posting.kinds import Rule
from exports.posting.reading import Beyond, ReadLine, beyond, check_contra_account, check_decimals, read_lines, vendor_tags
from exports.posting.texts import cleaned, said
from integration.intacct.documents import BILL_NUMBER_LENGTH, Bill, BillLine, Payment, document_key
from integration.pleo.items import ExportItem

# How a card bill is paid: recorded as a transfer, without cheque or bank file. Source: docs/reference/posting-examples.md, section 1.4.
CARD_PAYMENT_METHOD = "EFT"


@dataclass(frozen=True, slots=True)
class Billed:
    """A bill as planned. beyond: why its tax is not Pleo's. moved_from: the day it had before it was moved."""

    bill: Bill
    beyond: Beyond
    moved_from: date | None


def bill(
    item: ExportItem, rule: Rule, context: PostingContext, record: RecordFacts, *, on_hold: bool, attachment_key: str, findings: Findings
) -> Billed | None:
    """Return the bill for `item`, a line per split, or None where `findings` holds a problem.

    on_hold: it stays open, because Pleo has paid it and nobody else must.

    A card purchase and a fee have our key as their number, the others the supplier's own. The bill keeps its own date where the
    payables allow another posting date, or where nobody knows whether they do; else both move.
    """
    day = posting_day(own_day(item, context, billed=True), "payables", context, findings)
    key = document_key(context.company_id, item.entry_id, "bill", posting_number=record.posting_number)
    number = _number(item, findings) if item.type in ("card_invoice", "invoice") else key
    read = read_lines(item, rule, "bill", None, context, record, findings)
    vendor = vendors.bill_vendor(item, vendor_tags(read), context, findings)
    _check_labels(read, context, findings)
    _check_new(vendor, number, key, item, record, findings)
    if findings.problems:
        return None
    billed = day.original if context.own_posting_date is not False else day.posting
    made = Bill(
        key=key,
        entity=context.entity,
        vendor=vendor,
        number=number,
        bill_date=billed,
        posting_date=day.posting,
        due_date=max(billed, _due_day(item, context) or billed),
        description=texts.bill_description(item, rule.name, moved_from=day.moved_from, paid_by_card=on_hold),
        lines=tuple(_bill_line(each, item, day, context) for each in read),
        attachment_key=attachment_key,
        exchange_rate=rates.exchange_rate(item, day, context),
        base_currency=context.base_currency,
        on_hold=on_hold,
        draft=context.draft,
        summary=f"Pleo {day.posting.year}-{day.posting.month:02}" if context.user_names_summaries else "",
    )
    return Billed(made, beyond(read), day.moved_from)


def settlement(item: ExportItem, made: Bill | None, context: PostingContext, record: RecordFacts, findings: Findings) -> Payment | None:
    """Return the payment of the card bill `made`, whole, from the wallet's bank account; None where `findings` holds a problem.

    Its record number is not known yet: `Payment.of_bill` completes it once the bill reads Posted in Intacct.
    """
    check_contra_account(item, context, findings)
    bank = banks.bank_account(item.currency, context.card.bank_accounts, "Card expenses", context, findings)
    paid = posting_day(local_day(item, context), "cash", context, findings)
    if findings.problems or bank is None or made is None:
        return None
    return _payment(
        item, PostingDay(max(paid.posting, made.posting_date), paid.original), context, record,
        vendor=made.vendor, bank=bank.code, method=CARD_PAYMENT_METHOD, number=made.number, bill_key=made.key,
    )  # fmt: skip


def invoice_payment(item: ExportItem, context: PostingContext, record: RecordFacts, findings: Findings) -> Payment | None:
    """Return the payment of the invoice's bill, of Pleo's amount; None where `findings` holds a problem.

    record.bills: what `bill_wanted` asked for. The vendor is the bill's, whatever the payment's own lines say.
    """
    check_contra_account(item, context, findings)
    bank = banks.bank_account(item.currency, context.invoices.bank_accounts, "Invoices", context, findings)
    paid = posting_day(own_day(item, context), "cash", context, findings)
    check_decimals((item.amount,), "", findings)
    wanted = bill_wanted(item, context)
    if wanted is None:
        _number(item, findings)
        return None
    held = banks.bill_to_pay(wanted, abs(item.amount), record.bills, findings)
    if findings.problems or bank is None or held is None:
        return None
    day = PostingDay(max(paid.posting, held.posted_on), paid.original)
    if day.posting != paid.posting:
        findings.note(f"Paid on {said(day.posting)}, the day bill {held.number} was posted on: a payment never stands before its bill.")
    return _payment(
        item, day, context, record,
        vendor=held.vendor, bank=bank.code, method=context.invoices.payment_method, number=held.number, bill_record=held.record,
    )  # fmt: skip


def bill_wanted(item: ExportItem, context: PostingContext) -> banks.BillWanted | None:
    """Return the bill to look up before `item` is planned, None where there is none to look for.

    For an invoice payment the bill it pays; for an invoice, or a card invoice as a bill, one that may be there already.
    """
    invoice = cleaned(item.invoice.number) if item.invoice else ""
    billed = item.type in ("invoice", "invoice_payment") or (item.type == "card_invoice" and methods.is_billed(item, context))
    if not invoice or not billed:
        return None
    return banks.BillWanted(vendors.likely_vendor(item, dimensions.tagged(item, "VENDOR", context), context), invoice)


def _payment(
    item: ExportItem,
    day: PostingDay,
    context: PostingContext,
    record: RecordFacts,
    *,
    vendor: str,
    bank: str,
    method: str,
    number: str,
    bill_key: str = "",
    bill_record: str = "",
) -> Payment:
    return Payment(
        key=document_key(context.company_id, item.entry_id, "payment", posting_number=record.posting_number),
        entity=context.entity,
        vendor=vendor,
        bank=bank,
        method=method,
        payment_date=day.posting,
        amount=abs(item.amount),
        description=texts.payment_description(item, "" if number == bill_key else number, moved_from=day.moved_from),
        bill_number=number,
        bill_key=bill_key,
        bill_record=bill_record,
        exchange_rate=rates.exchange_rate(item, day, context),
        base_currency=context.base_currency,
        draft=context.draft,
    )


def _bill_line(read: ReadLine, item: ExportItem, day: PostingDay, context: PostingContext) -> BillLine:
    return BillLine(
        account=context.account_labels.get(read.account.number, read.account.number),
        labelled=bool(context.account_labels),
        amount=read.taxed.net,
        taxes=read.taxed.entries,
        dimensions=read.dimensions,
        description=texts.bill_line_description(item, read.line, moved_from=day.moved_from, tax_text=read.taxed.text),
        partially_exempt=read.taxed.partially_exempt,
        not_on_1099=context.in_united_states and item.type != "invoice",
    )


def _due_day(item: ExportItem, context: PostingContext) -> date | None:
    due = item.invoice.due_date if item.invoice else None
    return printed_day(due, context) if due else None


def _number(item: ExportItem, findings: Findings) -> str:
    """Return the supplier's invoice number, never cut, with a problem noted where there is none that fits."""
    number = cleaned(item.invoice.number) if item.invoice else ""
    if not number:
        findings.problem(
            "invoice_number_missing", "Pleo gives no invoice number for this entry. Add the number of the invoice in Pleo.",
            kind="invoice number",
        )  # fmt: skip
    elif len(number) > BILL_NUMBER_LENGTH:
        findings.problem(
            "invoice_number_too_long",
            f"Invoice number {number} has {len(number)} characters, and Sage Intacct takes {BILL_NUMBER_LENGTH}. Correct it in Pleo, or "
            "post this expense by hand in Sage Intacct (Accounts Payable › Bills), and skip it here with the reason.",
            kind="invoice number", value=number,
        )  # fmt: skip
    return number


def _check_labels(read: Sequence[ReadLine], context: PostingContext, findings: Findings) -> None:
    """Note a problem for each account without label, where payables take only labels."""
    for account in (each.account for each in read if context.account_labels and each.account.number not in context.account_labels):
        findings.problem(
            "account_label_missing",
            f"Bills of {context.entity} name account labels, and account {account.number} '{account.title}' has none here. Add its label "
            f"(Entity configurations › {context.entity} › Bills › Account labels), or choose another account for this expense in Pleo.",
            kind="account", value=account.number,
        )  # fmt: skip


def _check_new(vendor: str, number: str, key: str, item: ExportItem, record: RecordFacts, findings: Findings) -> None:
    """Note a problem where Intacct holds a bill of this vendor and number that is not this very document."""
    for held in record.bills:
        if held.record == record.adopted_bill:
            if held.total != item.amount:
                findings.problem(
                    "adopted_bill_differs",
                    f"Bill {held.number} of vendor {held.vendor} (record {held.record}), which was adopted, is {held.total} in Sage "
                    f"Intacct, but Pleo's invoice is {item.amount}. Correct one of them (Accounts Payable › Bills, or in Pleo), then "
                    "export it again.",
                    kind="bill", value=held.record,
                )  # fmt: skip
            continue
        if held.vendor == vendor and held.number.casefold() == number.casefold() and held.key != key and held.state not in banks.GONE:
            if held.ours:
                findings.problem(
                    "bill_of_another_expense",
                    f"Bill {held.number} of vendor {held.vendor} (record {held.record}) was posted here for another expense. "
                    "If both are the same invoice, book this one by hand (on the page of the expense); else correct the number in Pleo.",
                    kind="bill", value=held.record,
                )  # fmt: skip
                continue
            findings.problem(
                "bill_exists",
                f"Sage Intacct has bill {held.number} of vendor {held.vendor} already (record {held.record}, {held.state}, {held.total}). "
                "If it is this one, adopt it here (on the page of the expense); else correct the invoice number in Pleo.",
                kind="bill", value=held.record,
            )  # fmt: skip
