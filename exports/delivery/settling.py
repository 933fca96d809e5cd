"""Writing down what became of what was sent: one transaction, and only while the lane is still ours."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from exports.lane import Lane
from exports.models import Attempt, AttemptDocument, Document, ExportRecord, Receipt
from integration import retry
from integration.errors import IntegrationError, OutcomeUnknown, RequestRefused, SignInRefused, TryLater
from integration.intacct.answers import Confirmation, DuplicateRefused, RefusedAgain
from integration.intacct.refusals import first_open_day, refuses_file, refuses_own_posting_date, refuses_state


def settle(
    attempt: Attempt, documents: Sequence[Document], outcomes: Mapping[str, Confirmation | IntegrationError], raw: str, lane: Lane
) -> None:
    """Write down what was answered: one transaction, asked again whether the lane is still ours (minutes may have passed)."""
    with transaction.atomic():
        now = lane.clock()
        lane.lease.hold(now)
        records = ExportRecord.objects.lock_for(documents)
        attempt.complete(outcome=_said(outcomes), now=now, code=_code(outcomes), answer=raw)
        for document in documents:
            outcome = outcomes[document.control_id]
            _settle_one(document, outcome, lane, now)
            AttemptDocument.objects.filter(attempt=attempt, document=document).update(
                result=document.state, message="" if isinstance(outcome, Confirmation) else outcome.message
            )
        for record in records:
            record.refresh_status(now)


def _settle_one(document: Document, outcome: Confirmation | IntegrationError, lane: Lane, now: datetime) -> None:
    if isinstance(outcome, Confirmation):
        _confirmed(document, outcome, now)
        lane.delivered.confirmed += 1
    elif isinstance(outcome, DuplicateRefused):
        doubt(document, Document.Doubt.DUPLICATE, outcome.message, outcome.code, now)
    elif isinstance(outcome, RefusedAgain):
        doubt(document, Document.Doubt.REFUSED_AGAIN, outcome.message, outcome.code, now)
    elif isinstance(outcome, OutcomeUnknown):
        doubt(document, Document.Doubt.UNREADABLE, outcome.message, outcome.code, now)
    elif isinstance(outcome, TryLater):
        until = retry.next_try(now, tries=document.tries, chance=random.random(), after=outcome.after)  # noqa: S311  jitter, no secret
        document.wait(until, now, message=outcome.message)
    elif isinstance(outcome, SignInRefused):
        document.unsend(now)
    elif isinstance(outcome, RequestRefused) and not document.alone:
        document.unsend(now, alone=True)  # rolled back with others: alone it will show what is wrong with it, if anything
    else:
        _refused(document, outcome, lane, now)


def _refused(document: Document, refusal: IntegrationError, lane: Lane, now: datetime) -> None:
    """The answer was no, on the first send. Whatever it is about, one look comes before a person is asked to mend it.

    Without that look stay only the refusals whose cause is known, and those of what posts something.
    """
    if document.carries_files and not (document.alone and refuses_file(refusal)):
        doubt(document, Document.Doubt.REFUSED, refusal.message, refusal.code, now)
    elif document.names and not Document.objects.filter(pk=document.names.pk, state=Document.State.CONFIRMED).exists():
        # Refused for want of its attachment, which was settled before it: it goes again when that is there.
        doubt(document, Document.Doubt.REFUSED, refusal.message, refusal.code, now)
    else:
        document.reject(refusal.message, refusal.code)
        if document.carries_files:
            _files_refused(document, refusal, now)
        elif document.kind == Document.Kind.LATE_ATTACHMENT and refuses_state(refusal):
            came_too_late(document)
        elif (books := _books(document)) and (opens := _opens(document, books, refusal, lane, now)):
            document.record.learn_opening(books, opens.isoformat())
            document.look_before_planning(now)
        elif document.kind == Document.Kind.BILL and refuses_own_posting_date(refusal) and "own_posting_date" not in document.record.opens:
            document.record.learn_one_date()
            document.look_before_planning(now)


# Whose closing a document meets beside the ledger's. Source: docs/design.md, section 6, Date.
_BOOKS = {Document.Kind.JOURNAL_ENTRY: "ledger", Document.Kind.BILL: "payables", Document.Kind.PAYMENT: "cash"}


def _books(document: Document) -> str:
    if document.kind == Document.Kind.REVERSAL:
        return "payables" if document.reverses_bill else "ledger"
    return _BOOKS.get(Document.Kind(document.kind), "")


def _opens(document: Document, books: str, refusal: IntegrationError, lane: Lane, now: datetime) -> date | None:
    """Return the first open day where a refusal names it and the policy moves dates: tried once, a second one stays refused."""
    record = document.record
    if record.configuration.closed_period == "fail" or books in record.opens or not document.posting_date:
        return None
    today = now.astimezone(record.configuration.zone).date()
    return first_open_day(refusal, document.posting_date, today=today, dates=lane.gateway.dates)


def _confirmed(document: Document, confirmation: Confirmation, now: datetime) -> None:
    key = confirmation.key
    if document.kind == Document.Kind.LATE_ATTACHMENT and document.names:
        # An update answers with the number of what was updated: two of them would look like one.
        key = f"{document.names.key}/{document.key}" if document.adds_files else f"{document.bill_record}/{document.names.key}"
    if document.reverses_bill:
        key = document.bill_record_reversed
    document.confirm(key, now=now, url=confirmation.url)  # how it stands there is read next
    after_confirming(document, now)


def after_confirming(document: Document, now: datetime) -> None:
    """Write down what follows from its being there."""
    if document.carries_files:
        document.receipts.update(state=Receipt.State.ATTACHED)
        document.drop_bytes()
    if document.kind == Document.Kind.PAYMENT:
        document.bill_paid(now)


def _files_refused(document: Document, refusal: IntegrationError, now: datetime) -> None:
    """Its files cannot be attached: plan again, with or without receipt as the policy says; files that came late are listed."""
    if document.adds_files:
        fault = f"It came after the expense was posted, and Sage Intacct refused it: {refusal.message}"
        document.receipts.update(state=Receipt.State.NOT_ATTACHED, fault=fault)
        document.cancel(fault[:500])
        return
    # Where it says which file it is about, the others are attached.
    meant = [receipt.pk for receipt in document.receipts.all() if re.search(rf"(?<!\w){re.escape(receipt.name)}(?!\w)", refusal.message)]
    refused = document.receipts.filter(pk__in=meant) if meant else document.receipts
    refused.update(state=Receipt.State.WRONG_TYPE, fault=f"Sage Intacct refused the file: {refusal.message}", document=None)
    document.look_before_planning(now)
    for named_by in document.named_by.filter(state=Document.State.REJECTED):
        named_by.look_before_planning(now)
    ExportRecord.objects.filter(pk=document.record_id).update(plan_wanted=True)


def came_too_late(document: Document) -> None:
    """Files for a bill that was paid before they could be hung to it: no try would help, so they are listed."""
    bill = document.principal
    document.cancel("The bill was paid before, and Sage Intacct lets nobody change a paid bill.")
    if document.names and bill and bill.sent_at:
        fault = "It came when the bill was being paid, and Sage Intacct lets nobody change a paid bill: keep it beside the bill by hand."
        document.names.receipts.filter(fetched_at__gt=bill.sent_at).update(state=Receipt.State.NOT_ATTACHED, fault=fault)


def doubt(document: Document, why: str, message: str, code: str, now: datetime) -> None:
    horizon = timedelta(seconds=settings.LATE_COMMIT_HORIZON_SECONDS)
    document.doubt = why
    # What was refused on its first send cannot come late: it is looked for at once.
    first = now if not document.may_come_late else retry.next_look(document.last_possible_send_at or now, now, looks=0, horizon=horizon)
    document.doubt_it(why, first_look_at=first, message=message, code=code)


def settle_refused(attempt: Attempt, documents: Sequence[Document], error: RequestRefused, lane: Lane) -> None:
    """The request as a whole was refused because of its body: nothing ran. One that stood alone is refused for good."""
    with transaction.atomic():
        now = lane.clock()
        lane.lease.hold(now)
        records = ExportRecord.objects.lock_for(documents)
        attempt.complete(outcome=error.message, now=now, code=error.code, answer=error.raw)
        for document in documents:
            if len(documents) == 1:
                _refused(document, error, lane, now)
            else:
                document.unsend(now)
            AttemptDocument.objects.filter(attempt=attempt, document=document).update(result=document.state, message=error.message)
        for record in records:
            record.refresh_status(now)


def settle_unmade(attempt: Attempt, documents: Sequence[Document], lane: Lane) -> None:
    """Too much time passed between the intent and the send: it is not made."""
    with transaction.atomic():
        now = lane.clock()
        lane.lease.hold(now)
        records = ExportRecord.objects.lock_for(documents)
        attempt.complete(outcome="not sent: this worker was held up", now=now)
        for document in documents:
            document.unsend(now)
        for record in records:
            record.refresh_status(now)


def _said(outcomes: Mapping[str, Confirmation | IntegrationError]) -> str:
    done = sum(isinstance(outcome, Confirmation) for outcome in outcomes.values())
    others = [outcome.message for outcome in outcomes.values() if not isinstance(outcome, Confirmation)]
    return f"{done} of {len(outcomes)} carried out" + (f"; {others[0]}" if others else "")


def _code(outcomes: Mapping[str, Confirmation | IntegrationError]) -> str:
    return next((outcome.code for outcome in outcomes.values() if not isinstance(outcome, Confirmation)), "")
