"""Taking back what stands in the ledger: read there first, then reversed once, or told by a person to have been reversed there.

A reversal is planned only when its posting was just read as standing, so that what somebody has reversed by hand meanwhile is
never reversed a second time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from exports.models import Document
from exports.models.standing import VANISHED
from exports.planning.posting_context import as_opened, posting_context
from exports.posting.dates import posting_day
from exports.posting.findings import Findings
from exports.posting.reversal import counter_entry
from integration import retry
from integration.intacct import xml

READ_AGAIN = timedelta(minutes=1)
_MENUS = {
    Document.Kind.JOURNAL_ENTRY: "General Ledger › Journal entries",
    Document.Kind.BILL: "Accounts Payable › Bills",
    Document.Kind.PAYMENT: "Accounts Payable › Payments",
}


def act_on_readings(documents: Sequence[Document], silent: Collection[int], now: datetime) -> set[int]:
    """Let the reversals go that waited for these readings, which are written down; or say what must happen first.

    silent: of which Intacct did not say how they stand: nothing is concluded, they are read again. Returns whose reversal has moved.
    To be called in the transaction of the readings.
    """
    waiting = Document.objects.filter(
        kind=Document.Kind.REVERSAL, state=Document.State.PLANNED, bill_record="", principal__in=[each.pk for each in documents]
    )
    moved = set()
    for reversal in waiting.select_related("principal__record__configuration__connection"):
        posting = reversal.principal
        assert posting is not None  # it is one of `documents`
        if posting.pk in silent:
            reversal.wait_to_take_back("", "", now + READ_AGAIN)
        else:
            _act(reversal, posting, now)
        moved.add(posting.pk)
    return moved


def _act(reversal: Document, posting: Document, now: datetime) -> None:
    state = posting.intacct_state
    if state in VANISHED:
        reversal.taken_back_there(f"{posting.get_kind_display()} {posting.intacct_key} {state}", state, now)
    elif posting.record.reversal_by_hand:
        reversal.wait_to_take_back("still_in_intacct", _still_there(posting), retry.next_hour(now))
    elif sentence := _in_the_way(posting):
        reversal.wait_to_take_back("reversal_waits", sentence, retry.next_hour(now))
    else:
        _let_go(reversal, posting, now)


def _let_go(reversal: Document, posting: Document, now: datetime) -> None:
    """Give it its bytes: on the day of the posting, or where that is closed by now as the policy for closed periods says."""
    of_bill = posting.kind == Document.Kind.BILL
    record = posting.record
    context = as_opened(posting_context(record.configuration, (), now), record)
    findings = Findings()
    assert posting.posting_date is not None  # every posting has one
    day = posting_day(posting.posting_date, "payables" if of_bill else "ledger", context, findings).posting
    if findings.problems:
        reversal.wait_to_take_back("reversal_waits", " ".join(problem.sentence for problem in findings.problems), retry.next_hour(now))
        return
    if of_bill:
        body = xml.reverse_bill(posting.intacct_key, day, reversal.title)
    else:
        entry = xml.parse_journal_entry(bytes(posting.body or b""), entity=posting.entity, base_currency=posting.currency)
        body = xml.function(counter_entry(entry, key=reversal.key, day=day, reason=record.reversal_reason))
    reversal.takes_back(posting.intacct_key, body, day, now)


def _still_there(document: Document) -> str:
    return (
        f"You said that it was reversed in Sage Intacct, but the {document.get_kind_display()} {document.intacct_key} reads "
        f"{document.intacct_state or 'Posted'} there. Reverse it there ({_MENUS[Document.Kind(document.kind)]}), then press Try again; "
        "it is also read every hour. Or have it reversed from here."
    )


def _in_the_way(document: Document) -> str:
    """Return what a person has to do first; empty where it can be reversed as it stands."""
    name, state = f"{document.get_kind_display()} {document.intacct_key}", document.intacct_state
    menu = _MENUS[Document.Kind(document.kind)]
    then = "It counts as reversed once that is read here (every hour, or press Try again)."
    if document.kind == Document.Kind.JOURNAL_ENTRY:
        return "" if state in ("", "Posted") else f"The {name} reads {state} in Sage Intacct: delete it there ({menu}). {then}"
    if state == "Posted" and document.due_minor == document.amount_minor:
        return ""
    if state not in ("Posted", "Paid", "Partially Paid", "Selected"):
        return f"The {name} reads {state} in Sage Intacct, so nothing of it is in the ledger. Recall and delete it there ({menu}). {then}"
    paid_by = Document.objects.of_company(document.intacct_company_id).filter(
        kind=Document.Kind.PAYMENT, state=Document.State.CONFIRMED, bill_record=document.intacct_key
    )
    payments = " and ".join(
        f"payment {each.intacct_key} (reference {each.key})" for each in paid_by.order_by("pk") if each.intacct_state not in VANISHED
    )
    return (
        f"The {name} reads {state} in Sage Intacct, and a bill that is paid cannot be reversed. Void "
        f"{payments or 'what pays it'} there first (Accounts Payable › Payments › Void). The bill is then reversed from here by itself, "
        "within the hour, or when you press Try again."
    )
