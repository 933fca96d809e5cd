"""What became of a document whose outcome is unknown, or that was refused and is offered again: ask Intacct.

A failed look-up is no information. "Not found" counts as absence only behind the late-commit horizon (docs/design.md, section 5).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction

from exports.delivery.settling import after_confirming, came_too_late
from exports.ledger import attachments
from exports.ledger.comparing import Finding, compare, compare_bill, compare_late, compare_payment, compare_reversed_bill, not_told
from exports.ledger.ledger_bills import planned_payment, redated
from exports.models import Attempt, AttemptDocument, Document, ExportRecord
from exports.models.standing import TO_READ
from integration import retry
from integration.clock import Clock, lies_ahead
from integration.errors import IntegrationError, Rejected, RequestRefused, SignInRefused
from integration.intacct import responses, xml
from integration.intacct.gateway import Gateway
from integration.intacct.refusals import refuses_state
from integration.models import Connection, Lease

log = structlog.get_logger(__name__)

AT_A_TIME = 50
# How often a look may bring nothing before a person is asked.
LOOKS_IN_VAIN = 10

# By which object, field and fields each kind is found; attachments are listed by their ids.
_SEARCHED = {
    Document.Kind.JOURNAL_ENTRY: ("GLBATCH", "REFERENCENO", ("RECORDNO", "REFERENCENO", "JOURNAL", "BATCH_DATE", "STATE")),
    Document.Kind.BILL: (
        "APBILL",
        "DOCNUMBER",
        ("RECORDNO", "DOCNUMBER", "VENDORID", "RECORDID", "WHENCREATED", "CURRENCY", "TRX_TOTALENTERED", "STATE"),
    ),
    Document.Kind.PAYMENT: ("APPYMT", "DOCNUMBER", ("RECORDNO", "DOCNUMBER", "FINANCIALENTITY", "WHENCREATED", "STATE")),
    Document.Kind.LATE_ATTACHMENT: ("APBILL", "RECORDNO", ("RECORDNO", "SUPDOCID")),
    Document.Kind.REVERSAL: ("APBILL", "RECORDNO", ("RECORDNO", "STATE")),  # of a bill: it has no reference of its own
}
_LINES = {
    Document.Kind.JOURNAL_ENTRY: ("GLENTRY", "BATCHNO", ("RECORDNO", "BATCHNO", "ACCOUNTNO", "TR_TYPE", "TRX_AMOUNT")),
    Document.Kind.PAYMENT: ("APPYMTDETAIL", "PAYMENTKEY", ("RECORDNO", "PAYMENTKEY", "RECORDKEY", "TRX_PAYMENTAMOUNT")),
}


def look_up(connection: Connection, *, lease: Lease, gateway: Gateway, clock: Clock) -> int:
    """Look up every document that is due for it, many in one request; return how many were looked at.

    Raises SignInRefused, TryLater or LeaseLost; nothing is concluded then.
    """
    looked_at = 0
    while True:
        due = list(
            Document.objects.to_look_up(connection.company_id, clock())
            .select_related("record__configuration", "names")
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
    refused: RequestRefused | None = None
    try:
        findings = _ask(documents, gateway)
    except RequestRefused as error:
        refused, findings = error, dict.fromkeys((document.pk for document in documents), not_told(error))
    except SignInRefused as error:
        attempt.complete(outcome=f"no information: {error}", code=error.code, now=clock(), answer=error.raw)
        for document in documents:
            document.look_again(_soon(clock()))
        raise
    except IntegrationError as error:
        _write_down(documents, dict.fromkeys((document.pk for document in documents), not_told(error)), attempt, lease, clock, error)
        raise
    if refused and len(documents) > 1:
        # One question that Intacct takes badly spoils the request: alone it stands in nobody's way.
        attempt.complete(outcome=f"no information: {refused}", code=refused.code, now=clock(), answer=refused.raw)
        for half in (documents[: len(documents) // 2], documents[len(documents) // 2 :]):
            _look_at(half, connection, lease, gateway, clock)
        return
    _write_down(documents, findings, attempt, lease, clock, refused)


def _write_down(
    documents: Sequence[Document],
    findings: Mapping[int, Finding],
    attempt: Attempt,
    lease: Lease,
    clock: Clock,
    failed: IntegrationError | None,
) -> None:
    """Conclude from what was found. failed: why the request as a whole brought nothing."""
    with transaction.atomic():
        now = clock()
        lease.hold(now)
        records = ExportRecord.objects.lock_for(documents)
        if failed:
            attempt.complete(outcome=f"no information: {failed}", code=failed.code, now=now, answer=failed.raw)
        else:
            attempt.complete(outcome=_said(findings.values()), now=now)
        for document in documents:
            finding = findings[document.pk]
            AttemptDocument.objects.filter(attempt=attempt, document=document).update(result=finding.verdict, message=finding.said)
            conclude(document, finding, now)
        for record in records:
            record.refresh_status(now, why="looked up in Sage Intacct")


def _ask(documents: Sequence[Document], gateway: Gateway) -> dict[int, Finding]:
    """Ask Intacct for all of them, in one entity: a request for what carries our references, and one more for its lines."""
    entity = documents[0].entity
    found_alone = [document for document in documents if document.adds_files and document.names]
    together = [document for document in documents if document not in found_alone]
    of_kind = {kind: [document for document in together if _searched_as(document) == kind] for kind in Document.Kind}
    searched = [kind for kind in _SEARCHED if of_kind[kind]]
    listed = of_kind[Document.Kind.ATTACHMENT]
    questions = [_question(kind, of_kind[kind]) for kind in searched]
    if listed:
        questions.append(attachments.which_are_there([document.key for document in listed]))
    answers = gateway.read(questions, entity=entity) if questions else []
    findings: dict[int, Finding] = {}
    for kind, answer in zip(searched, answers, strict=False):
        if isinstance(answer, IntegrationError):
            findings |= {document.pk: not_told(answer) for document in of_kind[kind]}
        else:
            findings |= _compared(kind, of_kind[kind], responses.numbered(responses.page_of(answer).rows), gateway, entity)
    for document in found_alone:
        # One request each: the names of files come with their data.
        (answer,) = gateway.read([attachments.with_its_files(document)], entity=entity)
        findings[document.pk] = attachments.added(document, answer)
    if listed:
        findings |= attachments.found(listed, answers[len(searched)], gateway=gateway, entity=entity)
    return findings


def _searched_as(document: Document) -> str:
    """What takes a journal entry back is a journal entry, with a reference of its own."""
    is_entry = document.kind == Document.Kind.REVERSAL and not document.reverses_bill
    return Document.Kind.JOURNAL_ENTRY if is_entry else document.kind


def _question(kind: str, documents: Sequence[Document]) -> bytes:
    object_name, field, fields = _SEARCHED[Document.Kind(kind)]
    by_bill = kind in (Document.Kind.LATE_ATTACHMENT, Document.Kind.REVERSAL)
    values = [document.bill_record if by_bill else document.key for document in documents]
    return xml.query(object_name, fields, where=xml.In(field, values), page_size=2000, any_case=True)


def _compared(
    kind: str, documents: Sequence[Document], rows: Sequence[Mapping[str, str]], gateway: Gateway, entity: str
) -> dict[int, Finding]:
    lines: list[Mapping[str, str]] = []
    if kind in _LINES and rows:
        object_name, field, fields = _LINES[Document.Kind(kind)]
        of_found = xml.In(field, [row["RECORDNO"] for row in rows])
        try:
            pages = list(gateway.pages(object_name, fields, where=of_found, entity=entity, page_size=2000))
        except (RequestRefused, SignInRefused):
            raise
        except Rejected as error:
            return {document.pk: not_told(error) for document in documents}
        lines = [row for page in pages for row in page.rows]
    return {document.pk: _finding(document, rows, lines) for document in documents}


def _finding(document: Document, rows: Sequence[Mapping[str, str]], lines: Sequence[Mapping[str, str]]) -> Finding:
    if document.kind == Document.Kind.LATE_ATTACHMENT:
        return compare_late(document.names.key if document.names else "", document.bill_record, rows)
    if document.reverses_bill:
        return compare_reversed_bill(document.bill_record, rows)
    body = bytes(document.body or b"")
    found = [row for row in rows if (row.get("REFERENCENO") or row.get("DOCNUMBER", "")).casefold() == document.key.casefold()]
    try:
        if document.kind == Document.Kind.BILL:
            return compare_bill(xml.parse_bill(body, entity=document.entity, base_currency=document.currency), found)
        if document.kind == Document.Kind.PAYMENT:
            return compare_payment(planned_payment(document), found, lines)
        return compare(xml.parse_journal_entry(body, entity=document.entity, base_currency=document.currency), found, lines)
    except xml.Unreadable as error:
        return _unreadable(document, error, found)


def _unreadable(document: Document, error: xml.Unreadable, found: Sequence[Mapping[str, str]]) -> Finding:
    """What another version of this application wrote may be nothing that this one reads: it holds up nothing else."""
    if not found:
        return Finding("absent")
    said = f"{document.get_kind_display()} {document.key} is there, but cannot be compared with what was sent: {error}."
    return Finding("different", key=found[0].get("RECORDNO", ""), said=said)


def conclude(document: Document, finding: Finding, now: datetime) -> None:
    """Write down what a look means for one document."""
    horizon = timedelta(seconds=settings.LATE_COMMIT_HORIZON_SECONDS)
    refused = document.state == Document.State.REJECTED
    if finding.verdict == "equal":
        document.confirm(finding.key, now=now, intacct_state=finding.state)
        after_confirming(document, now)
    elif finding.verdict in ("different", "several"):
        document.dispute(finding.said, found_key=finding.key) or document.keep_in_dispute(finding.said, found_key=finding.key)
    elif finding.verdict in ("nothing", "refused"):
        _no_information(document, finding, now)
    elif refused:
        document.not_there()
        _redate(document, now)
        if document.kind == Document.Kind.REVERSAL:
            document.send_again(now)  # once its posting was read as standing
    elif document.may_come_late and now <= (ended_at := document.send_ended_at(now)) + horizon:
        if lies_ahead(ended_at, now + timedelta(seconds=settings.LEASE_SECONDS)):
            document.sent_until_now(now)
            ended_at = now
        document.look_again(retry.next_look(ended_at, now, looks=document.looks + 1, horizon=horizon))
    elif document.state == Document.State.REVIEW:
        if document.release(now):
            document.record.released(now)
    elif document.refused:
        _refused(document, now)
    elif document.rounds >= document.rounds_allowed:
        document.dispute(
            f"{'Ten' if document.carries_files else 'Three'} times nobody could say whether Sage Intacct had carried out this "
            f"{document.get_kind_display()}, and it is not there. What came last: {document.refusal} "
            "Look for it by hand. If it is not there, press It is not in Sage Intacct."
        )
    else:
        document.absent(now, new_revision=document.doubt == Document.Doubt.DUPLICATE)


def _no_information(document: Document, finding: Finding, now: datetime) -> None:
    needs = ""
    if finding.verdict == "refused":
        permission = TO_READ[Document.Kind(document.kind)]
        needs = f" The role of the Web Services user needs the permission to {permission} (Company › Admin › Roles)."
    if document.state == Document.State.REVIEW and document.looks >= LOOKS_IN_VAIN:
        document.keep_in_dispute(f"It could not be looked up, so it is not sent again. Sage Intacct says: {finding.said}{needs}")
    elif document.state != Document.State.REVIEW and _in_vain(document, now):
        document.dispute(
            f"Ten times Sage Intacct did not say whether it has {document.get_kind_display()} {document.key}. It said last: "
            f"{finding.said}{needs} Look for it there by hand. If it is not there, press It is not in Sage Intacct."
        )
    else:
        document.look_again(_soon(now))


def _in_vain(document: Document, now: datetime) -> bool:
    """Tell whether looking on would go on without end: ten looks behind the horizon, and Intacct refuses to say.

    Answers that nobody could read count only after hours of them: while Intacct is away, waiting is right.
    """
    looks = document.parts.filter(attempt__purpose=Attempt.Purpose.LOOK)
    sent = document.send_ended_at(now) if document.last_possible_send_at else None
    if sent:
        looks = looks.filter(attempt__begun_at__gt=sent + timedelta(seconds=settings.LATE_COMMIT_HORIZON_SECONDS))
    in_vain = looks.filter(result="refused").count()
    if sent and now > sent + timedelta(hours=settings.TRY_LATER_HOURS):
        in_vain += looks.filter(result="nothing").count()
    return in_vain >= LOOKS_IN_VAIN


def _refused(document: Document, now: datetime) -> None:
    """Sage Intacct said no, and does not have it: what can be mended without a person goes again, all else needs one."""
    waits = document.doubt == Document.Doubt.REFUSED and not document.carries_files
    if waits or (document.carries_files and document.rounds < document.rounds_allowed):
        # What was refused beside its attachment waits for that. Files go once more at once, alone, with their folder looked for again
        # (whether they are refused for themselves shows then), and after that when Intacct may be in a better mood.
        later = retry.next_try(now, tries=document.rounds, chance=random.random())  # noqa: S311  jitter, no secret
        document.absent(now if waits or document.rounds <= 1 else later, new_revision=True)
        return
    document.reject(document.refusal or "Sage Intacct refused it.", document.refusal_code)
    document.not_there()
    if document.kind == Document.Kind.LATE_ATTACHMENT and refuses_state(Rejected(document.refusal, code=document.refusal_code)):
        came_too_late(document)


def _redate(document: Document, now: datetime) -> None:
    """A payment that was refused because cash is closed goes once more, on the first open day, where the policy moves dates."""
    opens = document.record.opens.get("cash", "") if document.principal_id else ""
    if document.kind == Document.Kind.PAYMENT and opens and document.posting_date and document.posting_date.isoformat() < opens:
        day = date.fromisoformat(opens)
        if document.send_again(now):
            document.pays(document.bill_record, redated(document, day), day)


def _soon(now: datetime) -> datetime:
    return retry.soon(now, timedelta(seconds=settings.LATE_COMMIT_HORIZON_SECONDS))


def _said(findings: Iterable[Finding]) -> str:
    counts = Counter(finding.verdict for finding in findings)
    return ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
