"""From an export item to the Intacct documents it becomes, in sending order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from exports.posting import dates, methods, payables, receipts
from exports.posting.context import PostingContext, RecordFacts
from exports.posting.directions import direction
from exports.posting.findings import Findings
from exports.posting.journal import journal_entry
from exports.posting.kinds import RULES, Rule
from exports.posting.reading import NOTHING_BEYOND, Beyond, is_zero
from integration.errors import Problem
from integration.intacct.documents import Bill, IntacctDocument, JournalEntry, Payment
from integration.money import total
from integration.pleo.items import ExportItem


class CannotPost(Exception):
    """The item cannot be posted as it is, for all of `problems` at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(problem.sentence for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class PostingPlan:
    """The Intacct documents that one export item becomes, in sending order.

    The attachment stands before what names it, the payment of a card bill after its bill: it can be sent once that bill
    reads Posted. principal: the document that decides what Pleo is told; None where nothing is posted.
    notes: remarks for the operator, each a sentence. skipped: why nothing is posted; "" where something is.
    moved_from: the item's own day where the posting date is another. beyond: why the documents' tax is not Pleo's.
    """

    documents: tuple[IntacctDocument, ...] = ()
    principal: IntacctDocument | None = None
    notes: tuple[str, ...] = ()
    skipped: str = ""
    without_receipt: bool = False
    moved_from: date | None = None
    beyond: Beyond = NOTHING_BEYOND


@dataclass(frozen=True, slots=True)
class _Planned:
    """What one form of posting makes of an item. moved_from, beyond: as in the plan."""

    documents: tuple[JournalEntry | Bill | Payment, ...]
    moved_from: date | None
    beyond: Beyond = NOTHING_BEYOND


_BY_HAND = "Post it by hand in Sage Intacct, and skip it here with the reason (on the page of the expense)."
_NOTHING_MORE_TO_READ = {"currency_mixed"}


def plan_posting(item: ExportItem, context: PostingContext, record: RecordFacts) -> PostingPlan:
    """Return the documents to post for `item`, in sending order.

    Raises CannotPost with every problem found, not only the first, so that the operator can mend them in one go.
    """
    findings = Findings()
    rule = _rule(item, findings)
    _check_amounts(item, findings)
    if rule is None or any(problem.code in _NOTHING_MORE_TO_READ for problem in findings.problems):
        raise CannotPost(tuple(findings.problems))
    if not findings.problems and all(is_zero(line) for line in item.lines):
        return PostingPlan(skipped="amount is zero", notes=("Nothing is posted: the amount is zero.",))
    sign = direction(item, rule, context, findings) if rule.form not in ("bill", "by_hand") else rule.sign
    dates.check_first_day(dates.own_day(item, context, billed=methods.is_billed(item, context)), context, record, findings)
    files = rule.form not in ("payment", "by_hand")  # a payment holds none: the invoice's are on its bill
    attachment = receipts.attachment(item, context, record, findings) if files else None
    planned = _planned(item, rule, sign, context, record, attachment.key if attachment else "", findings)
    if findings.problems or planned is None:
        raise CannotPost(tuple(findings.problems))
    methods.note_other(item, rule, planned.documents[0], context, findings)
    without_receipt = files and attachment is None and (rule.receipt or bool(record.receipts))
    if without_receipt:
        findings.note("Posted without a receipt.")
    return PostingPlan(
        documents=(*((attachment,) if attachment else ()), *planned.documents),
        principal=planned.documents[0],
        notes=tuple(findings.notes),
        without_receipt=without_receipt,
        moved_from=planned.moved_from,
        beyond=planned.beyond,
    )


def _planned(
    item: ExportItem, rule: Rule, sign: int, context: PostingContext, record: RecordFacts, attachment_key: str, findings: Findings
) -> _Planned | None:
    """Return the documents beside the attachment, the principal first; None where `findings` holds a problem."""
    if rule.form == "by_hand":
        _returned(item, findings)
        return None
    if rule.form == "payment":
        payment = payables.invoice_payment(item, context, record, findings)
        own = dates.own_day(item, context)
        return _Planned((payment,), own if payment.payment_date != own else None) if payment else None
    if rule.form == "bill":
        return _bill(item, rule, context, record, attachment_key, findings)
    if methods.is_billed(item, context):
        return _card_bill(item, rule, context, record, attachment_key, findings)
    day = dates.posting_day(dates.local_day(item, context), "ledger", context, findings)
    made = journal_entry(item, rule, sign, day, context, record, attachment_key=attachment_key, findings=findings)
    if made is None:
        return None
    entry, beyond = made
    if (rule.side == "debit") != (sign > 0):
        beyond = beyond.turn()
    return _Planned((entry,), day.moved_from, beyond)


def _bill(
    item: ExportItem, rule: Rule, context: PostingContext, record: RecordFacts, attachment_key: str, findings: Findings
) -> _Planned | None:
    if item.amount.minor <= 0:
        findings.problem(
            "invoice_not_positive",
            f"The invoice is {item.amount}, but a bill is above zero: credit notes of suppliers are posted by hand in Sage Intacct "
            "(Accounts Payable › Adjustments). Then skip it here with the reason.",
            kind="amount", value=str(item.amount.amount),
        )  # fmt: skip
    billed = payables.bill(item, rule, context, record, on_hold=False, attachment_key=attachment_key, findings=findings)
    return _Planned((billed.bill,), billed.moved_from, billed.beyond) if billed else None


def _card_bill(
    item: ExportItem, rule: Rule, context: PostingContext, record: RecordFacts, attachment_key: str, findings: Findings
) -> _Planned | None:
    """Return the bill of a card purchase with its payment, or alone and on hold where the configuration leaves it open.

    A bill that stands only because of a reverse charge is always paid: nobody expects it to be open.
    """
    leave_open = (
        rule.form == "card" and methods.card_method(item, context) == "accounts_payable" and context.card.settlement == "leave_open"
    )
    billed = payables.bill(item, rule, context, record, on_hold=leave_open, attachment_key=attachment_key, findings=findings)
    if leave_open:
        return _Planned((billed.bill,), billed.moved_from, billed.beyond) if billed else None
    payment = payables.settlement(item, billed.bill if billed else None, context, record, findings)
    if billed is None or payment is None:
        return None
    own = dates.local_day(item, context)
    moved = billed.moved_from or (own if payment.payment_date != own else None)
    return _Planned((billed.bill, payment), moved, billed.beyond)


def _returned(item: ExportItem, findings: Findings) -> None:
    number = item.invoice.number if item.invoice else ""
    bill = f"bill {number}" if number else "its bill"
    findings.problem(
        "payment_returned",
        f"The payment of {abs(item.amount)} for {bill} came back (Pleo's book id {item.reconciliation_id or 'is missing'}). Void that "
        "payment in Sage Intacct (Accounts Payable › Posted payments), which opens the bill again; then skip this here with the reason.",
        kind="bill", value=number,
    )  # fmt: skip


def _rule(item: ExportItem, findings: Findings) -> Rule | None:
    named = item.type or "(none)"
    rule = RULES.get((item.type, item.sub_type))
    if rule is None and any(item.type == known for known, _ in RULES):
        findings.problem(
            "sub_type_unknown",
            f"Pleo calls this {named} a '{item.sub_type}', which is unknown here: which way it goes cannot be guessed. {_BY_HAND}",
            kind="type", value=f"{item.type}/{item.sub_type}",
        )  # fmt: skip
    elif rule is None:
        sentence = f"Pleo calls this entry '{named}', which is an unknown kind here. {_BY_HAND}"
        findings.problem("unknown_kind", sentence, kind="type", value=item.type)
    return rule


def _check_amounts(item: ExportItem, findings: Findings) -> None:
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
