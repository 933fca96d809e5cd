"""Which values of the reference data an expense uses: so that people learn which expenses a change in Sage Intacct concerns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from exports.posting.context import PostingContext
from integration.intacct.documents import Bill, BillLine, IntacctDocument, JournalEntry, JournalLine, Payment
from integration.pleo.items import ExportItem

# (Intacct's name of the object, what a line carries of it): account number, tax detail id, a value's ID or integer id …
Use = tuple[str, str]

ACCOUNT, TAX_DETAIL, VENDOR, EMPLOYEE, JOURNAL, BANK = "GLACCOUNT", "TAXDETAIL", "VENDOR", "EMPLOYEE", "JOURNAL", "CHECKINGACCOUNT"


def uses(item: ExportItem, documents: Iterable[IntacctDocument], context: PostingContext) -> frozenset[Use]:
    """Return what the documents use, and what the item asks for: it may ask for what kept it from being posted.

    A code with control characters is left out: nothing in Sage Intacct is called so.
    """
    found = {*_of_item(item, context), *(use for document in documents for use in _of_document(document))}
    return frozenset((name, code) for name, code in found if code and code.isprintable())


def _of_item(item: ExportItem, context: PostingContext) -> Iterator[Use]:
    for line in item.lines:
        yield ACCOUNT, line.account_code
        if line.tax:
            yield TAX_DETAIL, line.tax.code
        for tag in line.tags:
            slot = context.dimensions.get(tag.group_code.upper())
            value = context.values.get((slot.object_name, tag.code.upper())) if slot else None
            if value:
                yield value.object_name, value.key
    if item.vendor:
        yield VENDOR, item.vendor.code
    yield EMPLOYEE, item.employee_code


def _of_document(document: IntacctDocument) -> Iterator[Use]:
    if isinstance(document, JournalEntry):
        yield JOURNAL, document.journal
        yield VENDOR, document.vat_vendor
        for line in document.lines:
            yield from _of_line(line)
            if line.tax:
                yield TAX_DETAIL, line.tax.detail
    if isinstance(document, Bill):
        yield VENDOR, document.vendor
        for bill_line in document.lines:
            yield from _of_line(bill_line)
            yield from ((TAX_DETAIL, entry.detail) for entry in bill_line.taxes)
    if isinstance(document, Payment):
        yield VENDOR, document.vendor
        yield BANK, document.bank


def _of_line(line: JournalLine | BillLine) -> Iterator[Use]:
    yield ACCOUNT, line.account
    yield from ((dimension.object_name, dimension.value) for dimension in line.dimensions)
