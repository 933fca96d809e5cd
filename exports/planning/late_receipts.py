"""Files that came after their expense was posted: added to the attachment it names, or hung to its bill, or listed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from exports.models import Document, ExportRecord, Receipt
from exports.models.standing import live_reversal
from exports.planning.plan_rows import list_files, name_files
from exports.planning.posting_context import receipt_facts
from exports.posting.context import PostingContext, RecordFacts
from exports.posting.receipts import added_files, late_attachment
from integration.intacct import xml
from integration.intacct.documents import AddedFiles, Attachment, IntacctDocument
from integration.pleo.items import ExportItem


def to_hang(record: ExportRecord) -> Sequence[Receipt]:
    """Return the usable files of a posted expense that are not in Intacct yet."""
    if live_reversal(each for each in record.documents.all() if each.posting_number == record.posting_number):
        return ()  # they come with the new version, if there is one
    return [receipt for receipt in record.receipts.all() if receipt.state == Receipt.State.FETCHED]


def hang(record: ExportRecord, item: ExportItem, principal: Document, context: PostingContext, now: datetime) -> None:
    """Plan what brings the late files to their place, or say why a person has to.

    To be called in a transaction that has locked the record.
    """
    if record.adopted_bill:
        list_files(record, "The bill was adopted as it is in Sage Intacct, and may name files of its own: add this one to it by hand.")
        return
    named = attachment_of(principal)
    if named:
        new = list(record.receipts.select_related("content").filter(state=Receipt.State.FETCHED))
        facts = RecordFacts(posting_number=record.posting_number, receipts=receipt_facts(new))
        files = (fact.file for fact in facts.receipts if fact.file)
        _plan(record, (added_files(item, named.key, context, facts, files=files),), principal, named, now)
    elif principal.kind == Document.Kind.BILL:
        _hang_to_bill(record, item, principal, context, now)
    else:
        # Source: XML API, Journal Entries: an update replaces all lines of an entry.
        list_files(
            record,
            "It came after the journal entry was posted without an attachment, and Sage Intacct gives a posted entry none: "
            "attach it there by hand.",
        )


def attachment_of(principal: Document) -> Document | None:
    """Return the attachment that a posted document names in Intacct: its own, or a newer one that was hung to it."""
    hung = principal.follow_ups.filter(kind=Document.Kind.LATE_ATTACHMENT, state=Document.State.CONFIRMED).exclude(bill_record="")
    newest = hung.select_related("names").order_by("-confirmed_at", "-pk").first()
    named = newest.names if newest else principal.names
    return named if named and named.state == Document.State.CONFIRMED else None


def _hang_to_bill(record: ExportRecord, item: ExportItem, bill: Document, context: PostingContext, now: datetime) -> None:
    """Plan an attachment for a bill that names none, and the update that makes it name it."""
    receipts = list(record.receipts.select_related("content").filter(state__in=Receipt.USABLE))
    if bill.intacct_state in ("Paid", "Partially Paid"):
        # Source: docs/reference/intacct/06-errors.md, section 6.6, BL03000215: a paid document cannot be updated.
        list_files(
            record,
            "It came after the bill was paid without an attachment, and Sage Intacct lets nobody change a paid bill: "
            "keep it beside the bill there by hand.",
        )
        return
    facts = RecordFacts(posting_number=record.posting_number, receipts=receipt_facts(receipts))
    made = late_attachment(item, bill.intacct_key, context, facts)
    if made:
        _plan(record, made, bill, None, now)


def _plan(record: ExportRecord, values: Sequence[IntacctDocument], principal: Document, names: Document | None, now: datetime) -> None:
    """Write these follow-ups down, in their order. names: the attachment that the first of them names; None where it makes one."""
    held = {document.key: document for document in Document.objects.select_for_update().filter(record=record)}
    for position, value in enumerate(values, start=10):
        body = xml.planned(value)
        document = held.get(value.key)
        if document is None:
            document = Document.plan(
                record, value, body, fingerprint=principal.fingerprint, position=position, names=names, principal=principal, now=now
            )
            document.save(force_insert=True)
        elif taken := document.take_plan(value, body, fingerprint=principal.fingerprint, names=names, principal=principal, now=now):
            document.save(update_fields=taken)
        if isinstance(value, Attachment | AddedFiles):
            Receipt.objects.bulk_update(name_files(record, value, document), ["document", "name"])
        if isinstance(value, Attachment):
            names = document
