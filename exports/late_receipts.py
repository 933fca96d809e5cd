"""Files that came after the bill of their expense was posted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from exports.models import Document, ExportRecord, Receipt
from exports.models.standing import live_reversal
from exports.plan_rows import list_files, name_files
from exports.posting.context import PostingContext, RecordFacts
from exports.posting.receipts import late_attachment
from exports.posting_context import receipt_facts
from integration.intacct import xml
from integration.intacct.documents import Attachment, IntacctDocument
from integration.pleo.items import ExportItem


def to_hang(record: ExportRecord, principal: Document) -> Sequence[Receipt]:
    """Return all usable files of a posted bill where one of them hangs nowhere yet; empty otherwise."""
    if live_reversal(each for each in record.documents.all() if each.posting_number == record.posting_number):
        return ()  # they come with the new version, if there is one
    receipts = [receipt for receipt in record.receipts.all() if receipt.state in Receipt.USABLE]
    new = any(receipt.state != Receipt.State.ATTACHED for receipt in receipts)
    return receipts if new and principal.kind == Document.Kind.BILL else ()


def hang(record: ExportRecord, item: ExportItem, bill: Document, context: PostingContext, now: datetime) -> None:
    """Plan one new attachment with all files, and the update that hangs it to the bill; or say why that cannot be.

    To be called in a transaction that has locked the record.
    """
    if record.adopted_bill:
        list_files(record, "The bill was adopted as it is in Sage Intacct, and may name files of its own: add this one to it by hand.")
        return
    receipts = list(record.receipts.select_related("content").filter(state__in=Receipt.USABLE))
    if bill.intacct_state in ("Paid", "Partially Paid"):
        # Source: error catalogue 6.6, BL03000215: a paid document cannot be updated.
        list_files(
            record,
            "It came after the bill was paid, and Sage Intacct lets nobody change a paid bill: keep it beside the bill there by hand.",
        )
        return
    if any(receipt.content is None or receipt.content.content is None for receipt in receipts):
        list_files(
            record, "The bill's former files are not kept here any more, and a bill names one attachment: add this one to it by hand."
        )
        return
    facts = RecordFacts(posting_number=record.posting_number, receipts=receipt_facts(receipts))
    made = late_attachment(item, bill.intacct_key, context, facts)
    if made is None:
        return
    names = None
    held = {document.key: document for document in Document.objects.select_for_update().filter(record=record)}
    documents: tuple[IntacctDocument, ...] = made
    for position, value in enumerate(documents, start=10):
        body = xml.planned(value)
        document = held.get(value.key)
        if document is None:
            document = Document.plan(
                record, value, body, fingerprint=bill.fingerprint, position=position, names=names, principal=bill, now=now
            )
            document.save(force_insert=True)
        elif taken := document.take_plan(value, body, fingerprint=bill.fingerprint, names=names, principal=bill, now=now):
            document.save(update_fields=taken)
        if isinstance(value, Attachment):
            names = document
            Receipt.objects.bulk_update(name_files(record, value, document), ["document", "name"])
