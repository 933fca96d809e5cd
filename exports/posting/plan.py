"""From an export item to the Intacct documents it becomes, in sending order.

One table says for each type and sub type of Pleo which rule posts it and which sign its amount is expected to have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from exports.posting import texts
from exports.posting.context import PostingContext, RecordFacts
from exports.posting.dates import local_day, posting_day
from exports.posting.findings import Findings
from exports.posting.journal import JournalRule, is_zero, journal_entry
from integration.errors import Problem
from integration.intacct.documents import Attachment, AttachmentFile, IntacctDocument, JournalEntry, document_key
from integration.money import total
from integration.pleo.items import ExportItem


class CannotPost(Exception):
    """The item cannot be posted as it is, for all of `problems` at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(problem.sentence for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class PostingPlan:
    """The Intacct documents that one export item becomes, in sending order: the attachment before what names it.

    principal: the document that decides what Pleo is told; None where nothing is posted.
    notes: remarks for the operator, each a sentence. skipped: why nothing is posted; "" where something is.
    moved_from: the item's own day where the posting date is another. default_tax: the tax that the default tax code took
    out of lines to which Pleo gave none; positive on debit lines.
    """

    documents: tuple[IntacctDocument, ...] = ()
    principal: IntacctDocument | None = None
    notes: tuple[str, ...] = ()
    skipped: str = ""
    without_receipt: bool = False
    moved_from: date | None = None
    default_tax: Decimal = Decimal(0)


_CARD_PURCHASE = JournalRule("card purchase", "debit", "card", "balance", default_tax=True, receipt=True)
_CARD_INVOICE = JournalRule("card invoice", "debit", "card", "balance", default_tax=True, receipt=True)
_FEE = JournalRule("fee", "debit", "card", "balance")
_OUT_OF_POCKET = JournalRule("out-of-pocket expense", "debit", "reimbursement", "out_of_pocket", default_tax=True, receipt=True)

# By type and sub type, as Pleo writes them in small letters; "" is no sub type. Source: Pleo Export API v3; the
# spelling of sub types is inferred from the accounting entries API (posting-examples, A1 and A2).
RULES: Mapping[tuple[str, str], JournalRule] = {
    ("card_purchase", ""): _CARD_PURCHASE,
    ("card_purchase", "in_store"): _CARD_PURCHASE,
    ("card_purchase", "online"): _CARD_PURCHASE,
    ("card_invoice", ""): _CARD_INVOICE,
    ("card_invoice", "in_store"): _CARD_INVOICE,
    ("card_invoice", "online"): _CARD_INVOICE,
    ("fee", ""): _FEE,
    ("fee", "fee"): _FEE,
    ("fee", "interest"): replace(_FEE, name="interest"),
    ("out_of_pocket", ""): _OUT_OF_POCKET,
}

# Types of DESIGN section 6 without a rule yet, as people call them.
_NOT_YET = {
    "refund": "A refund",
    "chargeback": "A chargeback",
    "cashback": "Cashback",
    "mileage": "A mileage claim",
    "per_diem": "A per diem",
    "direct_reimbursement": "A reimbursement",
    "external_reimbursement": "An external reimbursement",
    "atm_withdrawal": "A cash withdrawal",
    "personal_spend": "Private spend",
    "invoice": "An invoice",
    "invoice_payment": "The payment of an invoice",
    "wallet_topup": "A wallet top-up",
    "wallet_unload": "A wallet withdrawal",
}
_BY_HAND = "Post it by hand in Sage Intacct, and skip it here with the reason (on the page of the expense)."


def plan_posting(item: ExportItem, context: PostingContext, record: RecordFacts) -> PostingPlan:
    """Return the documents to post for `item`, in sending order.

    Raises CannotPost with every problem found, not only the first, so that the operator can mend them in one go.
    """
    findings = Findings()
    rule = _rule(item, context, findings)
    _check_amounts(item, rule, findings)
    if rule is None or any(problem.code in _NOTHING_MORE_TO_READ for problem in findings.problems):
        raise CannotPost(tuple(findings.problems))
    if not findings.problems and all(is_zero(line) for line in item.lines):
        return PostingPlan(skipped="amount is zero", notes=("Nothing is posted: the amount is zero.",))
    day = posting_day(item, context, record, findings)
    attachment = _attachment(item, context, record, findings)
    entry = journal_entry(item, rule, day, context, record, attachment_key=attachment.key if attachment else "", findings=findings)
    if findings.problems or entry is None:
        raise CannotPost(tuple(findings.problems))
    without_receipt = attachment is None and (rule.receipt or bool(record.receipts))
    if without_receipt:
        findings.note("Posted without a receipt.")
    return PostingPlan(
        documents=(attachment, entry) if attachment else (entry,),
        principal=entry,
        notes=tuple(findings.notes),
        without_receipt=without_receipt,
        moved_from=day.moved_from,
        default_tax=_default_tax(item, entry),
    )


def _default_tax(item: ExportItem, entry: JournalEntry) -> Decimal:
    """Add up the tax of the lines to which Pleo gave none. The entry's first lines are the item's lines that are not zero."""
    posted = zip((line for line in item.lines if not is_zero(line)), entry.lines, strict=False)
    taxes = [(ours.side, ours.tax.amount.amount) for line, ours in posted if ours.tax and not line.tax]
    return sum((tax if side == "debit" else -tax for side, tax in taxes), Decimal(0))


_NOTHING_MORE_TO_READ = {"currency_mixed"}


def _rule(item: ExportItem, context: PostingContext, findings: Findings) -> JournalRule | None:
    named = item.type or "(none)"
    rule = RULES.get((item.type, item.sub_type))
    if rule is None and any(item.type == known for known, _ in RULES):
        findings.problem(
            "sub_type_unknown",
            f"Pleo calls this {named} a '{item.sub_type}', which is unknown here: which way it goes cannot be guessed. {_BY_HAND}",
            kind="type", value=f"{item.type}/{item.sub_type}",
        )  # fmt: skip
    elif rule is None and item.type in _NOT_YET:
        findings.problem("kind_not_supported", f"{_NOT_YET[item.type]} cannot be posted yet. {_BY_HAND}", kind="type", value=item.type)
    elif rule is None:
        sentence = f"Pleo calls this entry '{named}', which is an unknown kind here. {_BY_HAND}"
        findings.problem("unknown_kind", sentence, kind="type", value=item.type)
    elif rule in (_CARD_PURCHASE, _CARD_INVOICE) and context.card.method != "journal":
        findings.problem(
            "method_not_supported",
            f"{context.entity} is set to post card expenses as AP bills, which cannot be done yet. Choose journal entries here "
            f"(Entity configurations › {context.entity} › Card expenses › Method).",
            kind="setting", value="card.method",
        )  # fmt: skip
    return rule


def _check_amounts(item: ExportItem, rule: JournalRule | None, findings: Findings) -> None:
    currencies = {amount.currency for line in item.lines for amount in (line.amount, line.net, *((line.tax.amount,) if line.tax else ()))}
    if currencies - {item.currency}:
        findings.problem(
            "currency_mixed",
            f"The lines are in {', '.join(sorted(currencies))}, but the expense is in {item.currency}. Ask Pleo to correct it.",
            kind="currency", value=item.currency,
        )  # fmt: skip
        return
    of_lines = total((line.amount for line in item.lines), item.currency)
    if of_lines != item.amount:
        findings.problem(
            "lines_do_not_add_up",
            f"The lines add up to {of_lines}, but the expense is {item.amount}. Correct the split of this expense in Pleo.",
            kind="amount", value=str(item.amount.amount),
        )  # fmt: skip
    if rule and item.amount.minor * rule.sign < 0:
        findings.problem(
            "sign_unexpected",
            f"{item.amount} has an unexpected sign for this kind of entry ({rule.name}): it may be money that came back. {_BY_HAND}",
            kind="amount", value=str(item.amount.amount),
        )  # fmt: skip


def _attachment(item: ExportItem, context: PostingContext, record: RecordFacts, findings: Findings) -> Attachment | None:
    """Return all usable receipts of the item in one attachment; None where there is none.

    What cannot be attached is a note, or a problem where the configuration refuses it.
    """
    for receipt in record.receipts:
        if receipt.file is None:
            sentence = receipt.fault or f"Receipt {receipt.number} cannot be attached."
            if context.unusable_receipt == "refuse":
                findings.problem(
                    receipt.fault_code or "receipt_unreachable",
                    f"{sentence} Replace the receipt in Pleo, or allow posting without it here "
                    f"(Entity configurations › {context.entity} › Policies › Unusable receipt).",
                    place=f"receipt {receipt.number}", kind="receipt", value=str(receipt.number),
                )  # fmt: skip
            else:
                findings.note(f"Receipt {receipt.number} was left out: {sentence}")
    by_content: dict[str, AttachmentFile] = {}
    for receipt in record.receipts:
        if receipt.file:
            by_content.setdefault(receipt.file.content_hash, receipt.file)
    if not by_content:
        return None
    return Attachment(
        key=document_key(
            context.company_id, item.entry_id, "attachment", posting_number=record.posting_number, file_hashes=tuple(by_content)
        ),
        entity=context.entity,
        folder=context.attachment_folder,
        description=texts.attachment_description(item, local_day(item, context)),
        files=_named_files(item, by_content.values()),
    )


def _named_files(item: ExportItem, files: Iterable[AttachmentFile]) -> tuple[AttachmentFile, ...]:
    # Intacct wants names without a dot, unique in the attachment. Pleo gives none: book id and number make them.
    base = re.sub(r"[^A-Za-z0-9_-]+", "-", item.reconciliation_id).strip("-")[:80] or f"receipt-{item.entry_id[:8]}"
    return tuple(replace(file, name=f"{base}-{number}") for number, file in enumerate(files, start=1))
