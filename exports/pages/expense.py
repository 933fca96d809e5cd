"""The page of one expense: all that is known about it, gathered with a constant number of queries."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from lxml import etree

from config.admin_base.shown import day, relative
from exports.models import AttemptDocument, Document, ExportJobItem, ExportRecord
from exports.models.standing import TO_READ
from exports.pages.buttons import BUTTONS, named_first, sensible_actions
from exports.pages.links import safe_link
from exports.pages.posting_view import offered_lines, postings_of
from exports.pages.shown_posting import OfferedLine
from exports.pages.timeline import timeline
from exports.planning.impact import concerning
from exports.posting.reasons import reason
from exports.reporting.posting_chain import chain_of
from integration.intacct import xml
from integration.pleo.items import MalformedItem


def expense_context(record: ExportRecord, *, may_operate: bool, now: datetime) -> dict[str, Any]:
    """Return what the page of an expense shows, from its head to its technical part."""
    documents = _documents(record)
    offers = list(record.offers.select_related("job__configuration").order_by("received_at", "pk"))
    receipts = list(record.receipts.select_related("content").defer("content__content"))
    parts = list(
        AttemptDocument.objects.filter(document__record=record)
        .select_related("attempt", "document")
        .defer("document__body")
        .order_by("attempt_id", "pk")
    )
    postings = postings_of(record, documents)
    return {
        "record": record,
        "kind": kind_word(record.type),
        "next_step": next_step(record, documents, offers, now),
        "actions": sensible_actions(record, documents) if may_operate else [],
        "postings": postings,
        "chain": [
            (link, safe_link(link.posting.intacct_url), safe_link(link.reversal.intacct_url) if link.reversal else "")
            for link in chain_of(documents)
        ],
        "asked": BUTTONS[record.asked][0] if record.asked else "",
        "offered": () if postings else _offered(record, offers),
        "problems": [(problem, reason(problem.code)) for problem in record.problem_values()],
        "notes": record.notes,
        "changes": concerning(record, now),
        "receipts": receipts,
        "moments": timeline(record.events.all(), parts),
        "pleo_link": safe_link(record.link),
        "intacct_links": [
            (document, safe_link(document.intacct_url)) for document in documents if document.state == Document.State.CONFIRMED
        ],
        "documents": documents,
        "requests": [
            (document, pretty_xml(document.body)) for document in documents if document.body and document.kind != Document.Kind.ATTACHMENT
        ],
        "answers": list({part.attempt_id: part.attempt for part in parts}.values()),
        "payloads": [(offer, pretty_item(offer.payload)) for offer in reversed(offers)],
        "zone": record.configuration.zone,
        "now": now,
    }


def with_all_it_needs() -> Any:
    """Return the expenses with what a page or list reads of their configuration."""
    return ExportRecord.objects.select_related("configuration__connection", "export_again_by", "asked_by")


def kind_word(kind: str) -> str:
    """Return the kind of an expense in words: "card_purchase" is a card purchase."""
    return kind.replace("_", " ").capitalize()


def next_step(record: ExportRecord, documents: Sequence[Document], offers: Sequence[ExportJobItem], now: datetime) -> str:
    """Return the one sentence on what happens next, and who does it."""
    status = ExportRecord.Status
    offered_now = any(offer.job.is_open for offer in offers)
    again = f"Pleo is asked for it again as soon as no other export job of this company is open ({_wish(record)})."
    match record.status:
        case status.WAITING if record.export_again_at:
            return f"You need not do anything. {again}"
        case status.WAITING if offered_now:
            return "You need not do anything: it is sent to Sage Intacct within the next minutes."
        case status.WAITING:
            return "It is posted as soon as Pleo offers it in an export job. Export it again, or start an export in Pleo."
        case status.SENDING if unread := next((each for each in documents if each.state == each.State.CONFIRMED and each.refusal), None):
            return (
                f"Sage Intacct has the {unread.get_kind_display()}, but does not say how it stands: {unread.refusal} It is asked again "
                f"every hour. The role of the Web Services user needs the permission to {TO_READ[Document.Kind(unread.kind)]} "
                "(Company › Admin › Roles)."
            )
        case status.SENDING:
            return "You need not do anything: it is on its way to Sage Intacct, and the answer is due within minutes."
        case status.UNKNOWN if any(each.takes_back_in_doubt for each in documents):
            return "You need not do anything: before anything is reversed, it is read in Sage Intacct whether it still stands there."
        case status.UNKNOWN:
            look = _next_look(documents, now)
            return f"No clear answer came. {look} It is sent again only if Sage Intacct does not have it. You need not do anything."
        case status.AWAITING_APPROVAL:
            return "Sage Intacct has it and waits for its approval there: it is not in the ledger before. We read its state every hour."
        case status.DRAFT:
            return (
                "Sage Intacct has it as a draft: it is not in the ledger before somebody posts it there. We read its state every hour, and "
                f"{'Pleo knows its number' if record.reported_at else 'Pleo is told its number'}."
            )
        case status.POSTED:
            return f"Nothing to do. {_told(record)}"
        case status.NEEDS_FIX if record.export_again_at:
            return f"{again} Mend what stands under Problems before then."
        case status.NEEDS_FIX if (first := named_first(record)) and first != "export_again":
            return f"Do what stands under Problems, then press {BUTTONS[first][0]}."
        case status.NEEDS_FIX if offered_now:
            return "Mend what stands under Problems. This job reports it as failed; export it again afterwards."
        case status.NEEDS_FIX:
            return "Mend what stands under Problems, then export it again."
        case status.REVIEW if "content_changed" in {problem["code"] for problem in record.problems}:
            return "Compare both. If the ledger is right, keep it; if Pleo is right, reverse what is posted, then post the new version."
        case status.REVIEW if record.first_problem_code == "vanished_in_intacct":
            return "What was posted is not in the ledger any more. Nothing is sent until a person has decided what stands under Problems."
        case status.REVIEW:
            return (
                "Sage Intacct and Pleo disagree about it. Compare what stands under Problems; nothing is sent until a person has decided."
            )
        case status.REVERSED:
            two = record.configuration.connection.second_person
            who = "another person than the one who had it reversed presses" if two else "you press"
            return (
                "Its posting was reversed, and Pleo is told so whenever it offers it. Its new version is posted when "
                f"{who} Post the new version."
            )
        case _:
            return f"Nothing is posted for it: {record.skipped_reason or 'it was skipped'}."


def pretty_item(payload: str) -> str:
    """Return an item as received, readable, and its signed links without their signatures."""
    try:
        return json.dumps(_unsigned(json.loads(payload)), indent=2, ensure_ascii=False)
    except ValueError:
        return payload[:20_000]


def pretty_xml(body: bytes | memoryview | None) -> str:
    """Return the bytes of a function, indented for the eye; as they are where they cannot be read."""
    if not body:
        return ""
    try:
        root = xml.parse(bytes(body))
    except xml.Unreadable:
        return bytes(body).decode("utf-8", "replace")
    etree.indent(root)
    return etree.tostring(root, encoding="unicode")


def _documents(record: ExportRecord) -> list[Document]:
    """Return the documents with their bytes, but for attachments, whose bytes are megabytes and are never shown."""
    documents = list(
        record.documents.select_related("attempt", "names", "principal").defer("body", "attempt__answer", "names__body", "principal__body")
    )
    bodies = dict(record.documents.exclude(kind=Document.Kind.ATTACHMENT).values_list("pk", "body"))
    for document in documents:
        document.body = bodies.get(document.pk)
    return documents


def _unsigned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _unsigned(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_unsigned(each) for each in value]
    if isinstance(value, str) and value.startswith(("http://", "https://")) and "?" in value:
        return value.partition("?")[0] + "?…"
    return value


def _offered(record: ExportRecord, offers: Sequence[ExportJobItem]) -> tuple[OfferedLine, ...]:
    if not offers or offers[-1].fault:
        return ()
    try:
        return offered_lines(record, offers[-1].item())
    except (MalformedItem, ValueError):
        return ()


def _next_look(documents: Sequence[Document], now: datetime) -> str:
    due = min((document.due_at for document in documents if document.state == Document.State.UNKNOWN and document.due_at), default=None)
    if due is None or due <= now:
        return "We look it up in Sage Intacct now."
    return f"We look it up in Sage Intacct {relative(due, now)}."


def _told(record: ExportRecord) -> str:
    return (
        f"It is in the ledger, and Pleo knows since {day(record.reported_at)}."
        if record.reported_at
        else "It is in the ledger; Pleo has not been told yet."
    )


def _wish(record: ExportRecord) -> str:
    by = record.export_again_by.get_username() if record.export_again_by else "the system"
    return f"asked for by {by} on {day(record.export_again_at)}"
