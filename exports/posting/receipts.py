"""The receipts of one item as one attachment."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from exports.posting import texts
from exports.posting.context import PostingContext, RecordFacts
from exports.posting.dates import local_day
from exports.posting.findings import Findings
from integration.intacct.documents import AddedFiles, Attachment, AttachmentFile, LateAttachment, document_key
from integration.pleo.items import ExportItem


def attachment(item: ExportItem, context: PostingContext, record: RecordFacts, findings: Findings) -> Attachment | None:
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


def late_attachment(
    item: ExportItem, bill_record: str, context: PostingContext, record: RecordFacts
) -> tuple[Attachment, LateAttachment] | None:
    """Return all receipts of an item whose bill is in Intacct, and the update that hangs them to it; None without receipt.

    A bill names one attachment, so the new one holds the files of the old one too. bill_record: Intacct's record number.
    """
    made = attachment(item, context, record, Findings())
    if made is None:
        return None
    hashes = tuple(file.content_hash for file in made.files)
    key = document_key(context.company_id, item.entry_id, "late_attachment", posting_number=record.posting_number, file_hashes=hashes)
    return made, LateAttachment(key, context.entity, bill_record, made.key)


def added_files(
    item: ExportItem, attachment_key: str, context: PostingContext, record: RecordFacts, *, files: Iterable[AttachmentFile]
) -> AddedFiles:
    """Return the files to add to the attachment of this key, which the posted document of the item names.

    Their names hold their content: unlike a number they are new to the attachment, and find them there again.
    """
    by_content = {file.content_hash: file for file in files}
    base = _base_of_names(item)
    return AddedFiles(
        key=document_key(
            context.company_id, item.entry_id, "late_attachment", posting_number=record.posting_number, file_hashes=tuple(by_content)
        ),
        entity=context.entity,
        attachment_key=attachment_key,
        files=tuple(replace(file, name=f"{base}-{content_hash[:8]}") for content_hash, file in by_content.items()),
    )


def _named_files(item: ExportItem, files: Iterable[AttachmentFile]) -> tuple[AttachmentFile, ...]:
    # Intacct wants names without a dot, unique in the attachment. Pleo gives none: book id and number make them.
    base = _base_of_names(item)
    return tuple(replace(file, name=f"{base}-{number}") for number, file in enumerate(files, start=1))


def _base_of_names(item: ExportItem) -> str:
    base = re.sub(r"[^A-Za-z0-9_-]+", "-", item.reconciliation_id).strip("-")
    # Half an id would be another id.
    return base if base and len(base) <= 80 else f"receipt-{item.entry_id[:8]}"
