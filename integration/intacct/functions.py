"""Documents as the functions that create them, and read back from their bytes.

Source: Sage Intacct XML API, Journal Entries, Bills, AP Payments, Attachments (docs/reference/intacct/05-writes.md).
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from lxml import etree

from integration.intacct import bill_functions
from integration.intacct.bill_functions import create_bill, create_payment, update_bill
from integration.intacct.documents import (
    AddedFiles,
    Attachment,
    AttachmentFile,
    Bill,
    IntacctDocument,
    JournalEntry,
    JournalLine,
    LateAttachment,
    Payment,
    Side,
)
from integration.intacct.formats import Unreadable, add, parse_date, text_of, to_bytes, written_amount, written_date
from integration.intacct.pieces import created, read_dimensions, read_rate, read_taxes, write_rate, write_taxes
from integration.money import Money

# What a journal entry with tax is to the VAT report: a purchase, also where it comes back. Source: XML API, Journal Entries.
TAX_IMPLICATIONS = "Inbound"


def function(document: IntacctDocument, contents: Mapping[str, bytes] = MappingProxyType({})) -> bytes:
    """Return the function that creates `document`: the same bytes for the same document, always.

    contents: the bytes of an attachment's files by their hash. Raises KeyError where one is missing, ValueError for a
    payment whose bill has no record number yet.
    """
    if isinstance(document, Attachment):
        return to_bytes(_create_supdoc(document, contents))
    if isinstance(document, AddedFiles):
        return to_bytes(_update_supdoc(document, contents))
    if isinstance(document, Payment) and not document.complete:
        raise ValueError(f"{document.key}: the bill it pays has no record number yet")
    return to_bytes(_element(document))


def planned(document: IntacctDocument) -> bytes | None:
    """Return what is kept of a document until it is sent: its function, as far as it can be written now.

    None for an attachment and for files added to one: they are read when it is sent. A payment of a bill that is not there lacks the
    bill's record number: read it back, complete it with `of_bill`, and write it with `function`.
    """
    return None if isinstance(document, Attachment | AddedFiles) else to_bytes(_element(document))


def _element(document: JournalEntry | Bill | Payment | LateAttachment) -> etree._Element:
    if isinstance(document, Bill):
        return create_bill(document)
    if isinstance(document, Payment):
        return create_payment(document)
    if isinstance(document, LateAttachment):
        return update_bill(document)
    return _create_journal_entry(document)


def parse_journal_entry(
    body: bytes, *, entity: str, base_currency: str, object_names: Mapping[str, str] = MappingProxyType({})
) -> JournalEntry:
    """Read back what `function` wrote of a journal entry; the value is equal to the one written.

    entity: the session it is made in. base_currency: of lines that name no currency, as they were sent once. It does not stand in the XML.
    object_names: of user-defined dimensions, by element; without it the element's own name without GLDIM.

    Raises Unreadable for anything else.
    """
    batch = created(body, "GLBATCH")
    try:
        return JournalEntry(
            key=text_of(batch, "REFERENCENO"),
            entity=entity,
            journal=text_of(batch, "JOURNAL"),
            posting_date=parse_date(text_of(batch, "BATCH_DATE")),
            title=text_of(batch, "BATCH_TITLE"),
            lines=tuple(_read_journal_line(entry, base_currency, object_names) for entry in batch.iterfind("ENTRIES/GLENTRY")),
            vat_vendor=text_of(batch, "VATVENDORID"),
            attachment_key=text_of(batch, "SUPDOCID"),
            draft=text_of(batch, "STATE") == "Draft",
        )
    except (ValueError, ArithmeticError) as error:
        raise Unreadable(f"this is no journal entry: {error}") from error


def _create_journal_entry(entry: JournalEntry) -> etree._Element:
    create = etree.Element("create")
    batch = etree.SubElement(create, "GLBATCH")
    add(batch, "JOURNAL", entry.journal)
    add(batch, "BATCH_DATE", written_date(entry.posting_date))
    add(batch, "BATCH_TITLE", entry.title)
    add(batch, "REFERENCENO", entry.key)
    add(batch, "STATE", "Draft" if entry.draft else "Posted")
    add(batch, "SUPDOCID", entry.attachment_key)
    if entry.vat_vendor:
        add(batch, "TAXIMPLICATIONS", TAX_IMPLICATIONS)
        add(batch, "VATVENDORID", entry.vat_vendor)
    entries = etree.SubElement(batch, "ENTRIES")
    for line in entry.lines:
        _write_journal_line(etree.SubElement(entries, "GLENTRY"), line)
    return create


def _write_journal_line(parent: etree._Element, line: JournalLine) -> None:
    add(parent, "DOCUMENT", line.document)
    add(parent, "ACCOUNTNO", line.account)
    add(parent, "TR_TYPE", "1" if line.side == "debit" else "-1")
    add(parent, "TRX_AMOUNT", written_amount(line.amount))
    # Always: a company of several currencies refuses a line without it, in its base currency too.
    add(parent, "CURRENCY", line.amount.currency)
    if line.exchange_rate:
        write_rate(parent, line.exchange_rate)
    for dimension in line.dimensions:
        add(parent, dimension.element, dimension.value)
    add(parent, "DESCRIPTION", line.description)
    write_taxes(parent, (line.tax,) if line.tax else ())


def _read_journal_line(entry: etree._Element, base_currency: str, object_names: Mapping[str, str]) -> JournalLine:
    currency = text_of(entry, "CURRENCY") or base_currency
    taxes = read_taxes(entry, currency)
    return JournalLine(
        account=text_of(entry, "ACCOUNTNO"),
        side=_read_side(text_of(entry, "TR_TYPE")),
        amount=Money(Decimal(text_of(entry, "TRX_AMOUNT")), currency),
        tax=taxes[0] if taxes else None,
        dimensions=read_dimensions(entry, object_names),
        description=text_of(entry, "DESCRIPTION"),
        document=text_of(entry, "DOCUMENT"),
        exchange_rate=read_rate(entry),
    )


def _read_side(text: str) -> Side:
    if text not in ("1", "-1"):
        raise ValueError(f"TR_TYPE is {text!r}")
    return "debit" if text == "1" else "credit"


def _create_supdoc(attachment: Attachment, contents: Mapping[str, bytes]) -> etree._Element:
    # A legacy function: the order of its elements is mandatory.
    root = etree.Element("create_supdoc")
    add(root, "supdocid", attachment.key)
    add(root, "supdocname", attachment.key)
    add(root, "supdocfoldername", attachment.folder)
    add(root, "supdocdescription", attachment.description)
    _write_files(root, attachment.files, contents)
    return root


def _update_supdoc(added: AddedFiles, contents: Mapping[str, bytes]) -> etree._Element:
    # The rest of its header is left out and stays; files are added to those it has. Source: XML API, Attachments.
    root = etree.Element("update_supdoc")
    add(root, "supdocid", added.attachment_key)
    _write_files(root, added.files, contents)
    return root


def _write_files(parent: etree._Element, files: Iterable[AttachmentFile], contents: Mapping[str, bytes]) -> None:
    attachments = etree.SubElement(parent, "attachments")
    for file in files:
        each = etree.SubElement(attachments, "attachment")
        add(each, "attachmentname", file.name)
        add(each, "attachmenttype", file.type)
        add(each, "attachmentdata", base64.b64encode(contents[file.content_hash]).decode())


def create_folder(name: str) -> bytes:
    """Return the function that makes an attachment folder."""
    root = etree.Element("create_supdocfolder")
    add(root, "supdocfoldername", name)
    return to_bytes(root)


def reverse_bill(bill_record: str, day: date, description: str) -> bytes:
    """Return the function that posts the opposite of an unpaid bill. bill_record: Intacct's number of it."""
    return to_bytes(bill_functions.reverse_bill(bill_record, day, description))
