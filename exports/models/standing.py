"""How an expense stands, by its documents and problems, and what a person has to know of a document (docs/design.md, section 4)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models

from exports.models.documents import Document
from exports.posting.banks import GONE, WAITS_FOR_BILL
from integration.errors import Problem
from integration.intacct.refusals import lacks_permission

# Words of Intacct for a bill, payment or entry that is not in the books any more; "gone" is ours for one it does not find.
GONE_FROM_INTACCT = "gone"
UNREADABLE_ITEM = "malformed_item"
TOLD_ELSEWHERE = "told_elsewhere"
VANISHED = frozenset({"Declined", "Voided", GONE_FROM_INTACCT, *GONE})


class Status(models.TextChoices):
    WAITING = "WAITING", "Waiting"
    SENDING = "SENDING", "Being sent"
    UNKNOWN = "UNKNOWN", "Being checked in Intacct"
    AWAITING_APPROVAL = "AWAITING_APPROVAL", "Waiting for approval in Intacct"
    DRAFT = "DRAFT", "Draft, not in the ledger"
    POSTED = "POSTED", "In the ledger"
    NEEDS_FIX = "NEEDS_FIX", "Needs you"
    REVIEW = "REVIEW", "To be reviewed"
    REVERSED = "REVERSED", "Reversed"
    SKIPPED = "SKIPPED", "Skipped"


# The one definition of "in the ledger", which every count follows: all of it is posted in Intacct and nothing is left to be done. What
# waits for approval or lies there as a draft is not, nor is what needs a person.
IN_LEDGER = Status.POSTED
# In Intacct, and not in the ledger before somebody there acts.
NOT_YET_IN_LEDGER = (Status.AWAITING_APPROVAL, Status.DRAFT)
# Nobody here has to do anything about it now.
UNDER_WAY = (Status.WAITING, Status.SENDING, Status.UNKNOWN, *NOT_YET_IN_LEDGER)


def content_changed(principal: Document) -> Problem:
    """Offered again with other content than what stands in the ledger."""
    return Problem(
        "content_changed",
        f"This expense was changed after it was posted. Sage Intacct holds the former content in {principal.get_kind_display()} "
        f"{principal.intacct_key} (reference {principal.key}). Compare both, then keep what is posted or reverse it.",
        kind="document",
        value=principal.key,
    )


def reversed_problem(principal: Document, reversal: Document, reason: str) -> Problem:
    """It was reversed, by us or in Sage Intacct, and nobody has posted it again."""
    if not reversal.by_us:
        how = f"by hand (it reads {reversal.intacct_state} there)"
    else:
        entry = f"by journal entry {reversal.intacct_key}, reference {reversal.key}"
        how = entry if principal.kind == Document.Kind.JOURNAL_ENTRY else "from here"
    what = principal.get_kind_display()
    return Problem(
        "reversed",
        f"{what[:1].upper()}{what[1:]} {principal.intacct_key} (reference {principal.key}) of this expense was reversed in Sage Intacct "
        f"{how}: {reason or 'no reason is known'} Nothing of it is in the ledger until its new version is posted "
        "(on the page of the expense: Post the new version).",
        kind="document",
        value=principal.key,
    )


def live_reversal(documents: Iterable[Document]) -> Document | None:
    """Return the reversal among the documents of a posting, asked for, under way or done."""
    kind, state = Document.Kind, Document.State
    return next((each for each in documents if each.kind == kind.REVERSAL and each.state != state.CANCELLED), None)


def document_problem(document: Document) -> Problem | None:
    """Return what a person has to know of a document that Intacct refused, that is held back, or that we disagree about."""
    if document.held_code:
        return Problem(document.held_code, document.held_reason, kind="document", value=document.key)
    if vanished(document):
        return Problem("vanished_in_intacct", _vanished(document), kind="document", value=document.key)
    if document.state == Document.State.REVIEW:
        if not document.found_key:
            return Problem("intacct_unclear", document.reason, kind="document", value=document.key)
        whose = "If that is this expense, press It is the one in Sage Intacct; "
        whose += "if not, change its reference there and press It is not in Sage Intacct."
        return Problem("intacct_disagrees", f"{document.reason} {whose}", kind="document", value=document.key)
    if document.state != Document.State.REJECTED:
        return None
    if document.refusal_code == TOLD_ELSEWHERE:
        return Problem(TOLD_ELSEWHERE, f"{document.refusal} It is looked up there first.", kind="document", value=document.key)
    again = "press Try again" if document.principal_id else "export the expense again"
    mend = f"Mend what it names, then {again}."
    said = document.refusal
    if lacks_permission(document.refusal_code, said):
        said = f"{said.rstrip('.')}."
        mend = f"Give the role of the Web Services user the permission to {_may(document)} (Company › Admin › Roles), then {again}."
    return Problem(
        "refused_by_intacct",
        f"Sage Intacct refused the {document.get_kind_display()}: {said} {mend}",
        kind="document",
        value=document.refusal_code,
    )


# What the role of the Web Services user must allow for each kind.
_TO_ADD = {
    Document.Kind.ATTACHMENT: "add attachments and attachment folders (Company)",
    Document.Kind.JOURNAL_ENTRY: "add journal entries (General Ledger)",
    Document.Kind.BILL: "add bills (Accounts Payable)",
    Document.Kind.PAYMENT: "add payments (Accounts Payable)",
}
TO_READ = {
    Document.Kind.JOURNAL_ENTRY: "list journal entries (General Ledger)",
    Document.Kind.BILL: "list bills (Accounts Payable)",
    Document.Kind.PAYMENT: "list payments (Accounts Payable)",
    Document.Kind.ATTACHMENT: "list attachments (Company)",
    Document.Kind.LATE_ATTACHMENT: "list attachments (Company) and bills (Accounts Payable)",
    Document.Kind.REVERSAL: "list journal entries (General Ledger) and bills (Accounts Payable)",
}


def _may(document: Document) -> str:
    if document.kind == Document.Kind.LATE_ATTACHMENT:
        return "change attachments (Company)" if document.adds_files else "change bills (Accounts Payable)"
    if document.kind == Document.Kind.REVERSAL:
        return "change bills (Accounts Payable)" if document.reverses_bill else _TO_ADD[Document.Kind.JOURNAL_ENTRY]
    return _TO_ADD[Document.Kind(document.kind)]


def standing(documents: list[Document], principal: Document | None, problems: list[Problem], *, changed: bool, skipped: bool) -> str:
    """Return the status of an expense by its documents and problems. changed: offered with other content than is posted."""
    status, state = Status, Document.State
    live = [each for each in documents if each.state != state.CANCELLED]
    states = {each.state for each in live}
    reversal = live_reversal(live)
    if reversal and reversal.state == state.CONFIRMED:
        return status.REVERSED
    if state.UNKNOWN in states or (reversal and reversal.takes_back_in_doubt):
        return status.UNKNOWN
    if state.IN_FLIGHT in states:
        return status.SENDING
    if reversal:
        return status.SENDING if reversal.state == state.PLANNED and not reversal.held_code else status.REVIEW
    if state.REVIEW in states or changed or any(vanished(each) for each in live):
        return status.REVIEW
    if skipped and not principal:
        return status.SKIPPED
    if problems and not principal and all(problem.code in WAITS_FOR_BILL for problem in problems):
        return status.WAITING
    if problems or state.REJECTED in states or any(_needs_fix(each) for each in live):
        return status.NEEDS_FIX
    if not principal:
        return status.WAITING
    if any(_unread(each) for each in live):
        return status.SENDING
    if any(each.is_draft for each in live):
        return status.DRAFT
    if any(each.awaits_approval or each.held_code in WAITS_FOR_BILL for each in live) or _unpaid(principal, live):
        return status.AWAITING_APPROVAL
    return status.POSTED if all(each.state == state.CONFIRMED for each in live) else status.SENDING


def vanished(document: Document) -> bool:
    """Whether somebody in Sage Intacct declined, reversed or deleted what it had taken."""
    return document.state == Document.State.CONFIRMED and document.intacct_state in VANISHED


_BECAME = {
    "Declined": ("was declined in Sage Intacct", "submit it again there"),
    "Voided": ("was voided in Sage Intacct", "enter it again there"),
    GONE_FROM_INTACCT: (
        "is not in Sage Intacct any more: somebody deleted it, or the Web Services user may not see it any more",
        "see that it can be seen again",
    ),
}
_REVERSED = ("was reversed in Sage Intacct", "undo that there")
_MENU = {
    Document.Kind.JOURNAL_ENTRY: "General Ledger › Journal entries",
    Document.Kind.BILL: "Accounts Payable › Bills",
    Document.Kind.PAYMENT: "Accounts Payable › Payments",
}


def _vanished(document: Document) -> str:
    became, undo = _BECAME.get(document.intacct_state, _REVERSED)
    menu = _MENU[Document.Kind(document.kind)]
    return (
        f"The {document.get_kind_display()} {document.intacct_key} (reference {document.key}) {became} ({menu}). It is not in the ledger. "
        f"If that was a mistake, {undo}, then press Try again; if it was right, "
        "press I have reversed it in Sage Intacct."
    )


def _unread(document: Document) -> bool:
    """Whether Intacct has taken it and was not yet asked how it calls it: part of sending, over in the same run."""
    return document.has_state and not document.intacct_state


def _needs_fix(document: Document) -> bool:
    return bool(document.held_code) and document.held_code not in WAITS_FOR_BILL


def _unpaid(principal: Document, live: list[Document]) -> bool:
    """Whether a bill is not read as paid yet although its payment is there: posted means that nothing is due."""
    paid = any(each.kind == Document.Kind.PAYMENT and each.principal_id == principal.pk for each in live)
    return principal.kind == Document.Kind.BILL and paid and all(each.state == "CONFIRMED" for each in live) and principal.due_minor != 0
