"""What became of a document whose outcome is unknown, or that was refused and is offered again: ask Intacct.

A failed look-up is no information. "Not found" counts as absence only behind the late-commit horizon (DESIGN section 5).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Literal

import structlog
from django.conf import settings
from django.db import transaction

from exports.models import Attempt, AttemptDocument, Document, Receipt
from integration import retry
from integration.clock import Clock
from integration.errors import IntegrationError, Rejected
from integration.intacct import responses, xml
from integration.intacct.documents import JournalEntry
from integration.intacct.gateway import Gateway
from integration.intacct.responses import Result
from integration.models import Connection, Lease

log = structlog.get_logger(__name__)

AT_A_TIME = 50
ROUNDS_ALLOWED = 3

_HEAD_FIELDS = ("RECORDNO", "REFERENCENO", "JOURNAL", "BATCH_DATE", "STATE")
_LINE_FIELDS = ("RECORDNO", "BATCHNO", "ACCOUNTNO", "TR_TYPE", "TRX_AMOUNT")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look found. verdict: equal, different, several, absent; or nothing, where the look itself failed."""

    verdict: Literal["equal", "different", "several", "absent", "nothing"]
    key: str = ""
    state: str = ""
    said: str = ""


def look_up(connection: Connection, *, lease: Lease, gateway: Gateway, clock: Clock) -> int:
    """Look up every document that is due for it, many in one request; return how many were looked at.

    Raises SignInRefused, TryLater or LeaseLost; nothing is concluded then.
    """
    looked_at = 0
    while True:
        due = list(
            Document.objects.to_look_up(connection.company_id, clock())
            .select_related("record__configuration")
            .order_by("due_at", "pk")[:AT_A_TIME]
        )
        due = [document for document in due if document.entity == due[0].entity]
        if not due:
            return looked_at
        _look_at(due, connection, lease, gateway, clock)
        looked_at += len(due)


def _look_at(documents: Sequence[Document], connection: Connection, lease: Lease, gateway: Gateway, clock: Clock) -> None:
    now = clock()
    with transaction.atomic():
        lease.hold(now)
        attempt = Attempt.objects.create(
            connection=connection,
            purpose=Attempt.Purpose.LOOK,
            entity=documents[0].entity,
            lease_token=lease.token,
            begun_at=now,
            deadline_at=now + timedelta(seconds=settings.LEASE_SECONDS * 4 / 5),
        )
        AttemptDocument.objects.bulk_create(
            AttemptDocument(attempt=attempt, document=document, control_id=document.control_id) for document in documents
        )
    try:
        findings = _ask(documents, gateway)
    except IntegrationError as error:
        attempt.complete(outcome=f"no information: {error}", code=error.code, now=clock(), answer=error.raw)
        for document in documents:
            document.look_again(_soon(clock()))
        raise
    with transaction.atomic():
        now = clock()
        lease.hold(now)
        attempt.complete(outcome=_said(findings.values()), now=now)
        for document in documents:
            finding = findings[document.pk]
            conclude(document, finding, now)
            AttemptDocument.objects.filter(attempt=attempt, document=document).update(result=finding.verdict, message=finding.said)
        for record in {document.record for document in documents}:
            record.refresh_status(now, why="looked up in Sage Intacct")


def _ask(documents: Sequence[Document], gateway: Gateway) -> dict[int, Finding]:
    """Ask Intacct for all of them, in one entity: a request for heads and attachments, and one for the lines of what was found."""
    entity = documents[0].entity
    entries = [document for document in documents if document.kind == Document.Kind.JOURNAL_ENTRY]
    attachments = [document for document in documents if document.kind == Document.Kind.ATTACHMENT]
    questions = [xml.get("supdoc", document.key, ("supdocid",)) for document in attachments]
    if entries:
        keys = [document.key for document in entries]
        questions.insert(0, xml.query("GLBATCH", _HEAD_FIELDS, where=xml.In("REFERENCENO", keys), page_size=2000))
    answers = gateway.read(questions, entity=entity)
    findings: dict[int, Finding] = {}
    if entries:
        heads = answers.pop(0)
        findings |= _entries(entries, heads, gateway, entity)
    for document, answer in zip(attachments, answers, strict=True):
        findings[document.pk] = _attachment(document, answer)
    return findings


def _entries(documents: Sequence[Document], heads: Result | IntegrationError, gateway: Gateway, entity: str) -> dict[int, Finding]:
    if isinstance(heads, IntegrationError):
        return {document.pk: Finding("nothing", said=heads.message) for document in documents}
    found = responses.page_of(heads).rows
    lines: tuple[Mapping[str, str], ...] = ()
    if found:
        numbers = [row["RECORDNO"] for row in found]
        lines = tuple(
            row
            for page in gateway.pages("GLENTRY", _LINE_FIELDS, where=xml.In("BATCHNO", numbers), entity=entity, page_size=2000)
            for row in page.rows
        )
    return {
        document.pk: compare(
            xml.parse_journal_entry(bytes(document.body or b""), entity=document.entity, base_currency=document.currency),
            [row for row in found if row.get("REFERENCENO") == document.key],
            lines,
        )
        for document in documents
    }


def compare(entry: JournalEntry, heads: Sequence[Mapping[str, str]], lines: Iterable[Mapping[str, str]]) -> Finding:
    """Tell whether Intacct holds exactly this journal entry.

    Equal: journal, date and reference agree, and our lines (account, side, amount) are among its lines; what else it
    has are the tax lines that Intacct adds. heads: rows of GLBATCH with our reference; lines: rows of GLENTRY.
    """
    if not heads:
        return Finding("absent")
    if len(heads) > 1:
        return Finding("several", said=f"{len(heads)} journal entries carry the reference {entry.key}.")
    head = heads[0]
    number = head["RECORDNO"]
    differences = []
    if head.get("JOURNAL", "") != entry.journal:
        differences.append(f"journal {head.get('JOURNAL')} instead of {entry.journal}")
    if head.get("BATCH_DATE", "") != xml.written_date(entry.posting_date):
        differences.append(f"date {head.get('BATCH_DATE')} instead of {xml.written_date(entry.posting_date)}")
    theirs = Counter(_line(row) for row in lines if row.get("BATCHNO") == number)
    ours = Counter((line.account, "1" if line.side == "debit" else "-1", line.amount.amount.normalize()) for line in entry.lines)
    if ours - theirs:
        differences.append("other lines")
    if differences:
        return Finding(
            "different", key=number, said=f"Journal entry {number} carries our reference {entry.key} but has {', '.join(differences)}."
        )
    return Finding("equal", key=number, state=head.get("STATE", ""))


def _line(row: Mapping[str, str]) -> tuple[str, str, Decimal]:
    try:
        amount = Decimal(row.get("TRX_AMOUNT", "").replace(",", "")).normalize()
    except InvalidOperation:
        amount = Decimal("NaN")
    return row.get("ACCOUNTNO", ""), row.get("TR_TYPE", ""), amount


def _attachment(document: Document, answer: Result | IntegrationError) -> Finding:
    """An attachment whose id exists is ours: the id is made of its files. Refused as unknown, or empty: absent."""
    if isinstance(answer, Rejected):
        return Finding("absent", said=answer.message) if _says_not_there(answer) else Finding("nothing", said=answer.message)
    if isinstance(answer, IntegrationError):
        return Finding("nothing", said=answer.message)
    there = answer.data is not None and len(answer.data) > 0
    return Finding("equal", key=document.key) if there else Finding("absent")


def _says_not_there(refusal: Rejected) -> bool:
    """Tell whether a refused `get` means that nothing has this id. The text is not published: docs/assumptions.md."""
    said = refusal.message.lower()
    return "permission" not in said and any(text in said for text in ("not found", "does not exist", "no such", "invalid"))


def conclude(document: Document, finding: Finding, now: datetime) -> None:
    """Write down what a look means for one document."""
    horizon = timedelta(seconds=settings.LATE_COMMIT_HORIZON_SECONDS)
    refused = document.state == Document.State.REJECTED
    if finding.verdict == "equal":
        document.confirm(finding.key, now=now, intacct_state=finding.state)
        if document.kind == Document.Kind.ATTACHMENT:
            document.receipts.update(state=Receipt.State.ATTACHED)
            document.drop_bytes()
    elif finding.verdict in ("different", "several"):
        document.dispute(finding.said)
    elif finding.verdict == "nothing":
        document.look_again(_soon(now))
    elif refused:
        document.not_there()
    elif now <= (document.last_possible_send_at or now) + horizon:
        document.look_again(retry.next_look(document.last_possible_send_at or now, now, looks=document.looks + 1, horizon=horizon))
    elif document.doubt == Document.Doubt.REFUSED_AGAIN:
        document.reject(document.refusal or "Sage Intacct refused it.", document.refusal_code)
        document.not_there()
    elif document.rounds >= ROUNDS_ALLOWED:
        document.dispute(
            f"Three times nobody could say whether Sage Intacct had carried out this {document.get_kind_display()}, and it is not there. "
            "Look for it by hand, then release it here."
        )
    else:
        document.absent(now, new_revision=document.doubt == Document.Doubt.DUPLICATE)


def _soon(now: datetime) -> datetime:
    return now + timedelta(seconds=max(1.0, settings.LATE_COMMIT_HORIZON_SECONDS / 20))


def _said(findings: Iterable[Finding]) -> str:
    counts = Counter(finding.verdict for finding in findings)
    return ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
