"""What we ask Sage Intacct to create, as immutable values that cannot be wrong in themselves.

Bills and payments are in `bills.py`, what all have in common in `parts.py`; both can be imported from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from integration.intacct.bills import Bill, BillLine, LateAttachment, Payment
from integration.intacct.parts import (
    ATTACHMENT_DESCRIPTION_LENGTH,
    ATTACHMENT_NAME_LENGTH,
    BILL_DESCRIPTION_LENGTH,
    BILL_LINE_DESCRIPTION_LENGTH,
    BILL_NUMBER_LENGTH,
    KEY_LENGTH,
    LINE_DESCRIPTION_LENGTH,
    LINE_DOCUMENT_LENGTH,
    PAYMENT_DESCRIPTION_LENGTH,
    REFERENCE_LENGTH,
    TITLE_LENGTH,
    Dimension,
    ExchangeRate,
    Kind,
    Side,
    TaxEntry,
    at_most,
    check_key,
    document_key,
    each_once,
    is_key,
)
from integration.money import Money, total

__all__ = [
    "ATTACHMENT_DESCRIPTION_LENGTH", "ATTACHMENT_NAME_LENGTH", "BILL_DESCRIPTION_LENGTH", "BILL_LINE_DESCRIPTION_LENGTH",
    "BILL_NUMBER_LENGTH", "KEY_LENGTH", "LINE_DESCRIPTION_LENGTH", "LINE_DOCUMENT_LENGTH", "PAYMENT_DESCRIPTION_LENGTH",
    "REFERENCE_LENGTH", "TITLE_LENGTH", "AddedFiles", "Attachment", "AttachmentFile", "Bill", "BillLine", "Dimension", "ExchangeRate",
    "IntacctDocument", "JournalEntry", "JournalLine", "Kind", "LateAttachment", "Payment", "Posting", "Side", "TaxEntry",
    "document_key", "is_key",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line of a journal entry. amount: net, never negative; the side says the direction.

    Raises ValueError where Intacct would refuse the line whatever the company's data are.
    """

    account: str
    side: Side
    amount: Money
    tax: TaxEntry | None = None
    dimensions: tuple[Dimension, ...] = ()
    description: str = ""
    document: str = ""
    exchange_rate: ExchangeRate | None = None

    def __post_init__(self) -> None:
        if not self.account:
            raise ValueError("a line needs an account")
        if self.amount.amount < 0:
            raise ValueError(f"{self.account}: the amount of a line is never negative: {self.amount}")
        if self.tax and self.tax.amount.amount < 0:
            raise ValueError(f"{self.account}: the tax has the side of its line and is never negative: {self.tax.amount}")
        at_most(self.description, LINE_DESCRIPTION_LENGTH, "description")
        at_most(self.document, LINE_DOCUMENT_LENGTH, "document")
        each_once(self.account, self.dimensions)

    def signed_total(self) -> Decimal:
        """Return net plus tax; a debit is positive."""
        gross = self.amount.amount + (self.tax.amount.amount if self.tax else Decimal(0))
        return gross if self.side == "debit" else -gross


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A journal entry (GLBATCH in the XML API). Its lines, with the tax Intacct will add to them, always balance.

    vat_vendor: who the VAT report names; there exactly when a line has a tax entry. draft: kept as a draft on purpose.
    """

    key: str
    entity: str
    journal: str
    posting_date: date
    title: str
    lines: tuple[JournalLine, ...]
    vat_vendor: str = ""
    attachment_key: str = ""
    draft: bool = False

    def __post_init__(self) -> None:
        check_key(self.key)
        if self.attachment_key:
            check_key(self.attachment_key)
        at_most(self.title, TITLE_LENGTH, "title")
        if not self.title.strip():
            raise ValueError(f"{self.key}: the title is empty")
        if len(self.lines) < 2:
            raise ValueError(f"{self.key}: a journal entry has at least two lines")
        if len({line.amount.currency for line in self.lines}) != 1:
            raise ValueError(f"{self.key}: one journal entry has one currency")
        if bool(self.vat_vendor) != any(line.tax for line in self.lines):
            raise ValueError(f"{self.key}: a VAT vendor and tax entries come together")
        residual = sum((line.signed_total() for line in self.lines), Decimal(0))
        if residual:
            raise ValueError(f"{self.key}: debits exceed credits by {residual}")

    @property
    def kind(self) -> Kind:
        return "journal_entry"

    @property
    def currency(self) -> str:
        return self.lines[0].amount.currency

    def total(self) -> Money:
        """Return the sum of the debit lines, tax included."""
        gross = (line.amount + line.tax.amount if line.tax else line.amount for line in self.lines if line.side == "debit")
        return total(gross, self.currency)

    def tax_total(self) -> Money:
        """Return the tax of all lines; tax on credit lines counts negative."""
        return total(((line.tax.amount if line.side == "debit" else -line.tax.amount) for line in self.lines if line.tax), self.currency)


@dataclass(frozen=True, slots=True)
class AttachmentFile:
    """A file of an attachment. name: without dot or extension. type: the extension without dot. size: bytes.

    The bytes themselves stay in the store, found by `content_hash` (SHA-256, hex); they are read when it is sent.
    """

    name: str
    type: str
    content_hash: str
    size: int

    def __post_init__(self) -> None:
        if not self.name or "." in self.name:
            raise ValueError(f"the name of a file has no dot: {self.name!r}")
        if self.size <= 0:
            raise ValueError(f"{self.name}: the file is empty")


@dataclass(frozen=True, slots=True)
class Attachment:
    """All files of one item in one place (supdoc in the XML API)."""

    key: str
    entity: str
    folder: str
    description: str
    files: tuple[AttachmentFile, ...]

    def __post_init__(self) -> None:
        check_key(self.key)
        at_most(self.folder, 100, "folder")
        at_most(self.description, ATTACHMENT_DESCRIPTION_LENGTH, "description")
        if not self.files:
            raise ValueError(f"{self.key}: an attachment without files")
        names = [file.name for file in self.files]
        if len(names) != len(set(names)):
            raise ValueError(f"{self.key}: two files have the same name")

    @property
    def kind(self) -> Kind:
        return "attachment"


@dataclass(frozen=True, slots=True)
class AddedFiles:
    """Files added to an attachment that is in Intacct already. What names the attachment stays as it is: entries as well as bills.

    Their names must be new to it: Intacct replaces no file.
    """

    key: str
    entity: str
    attachment_key: str
    files: tuple[AttachmentFile, ...]

    def __post_init__(self) -> None:
        check_key(self.key)
        check_key(self.attachment_key)
        if not self.files:
            raise ValueError(f"{self.key}: no files to add")
        names = [file.name for file in self.files]
        if len(names) != len(set(names)):
            raise ValueError(f"{self.key}: two files have the same name")

    @property
    def kind(self) -> Kind:
        return "late_attachment"


Posting = JournalEntry | Bill | Payment
IntacctDocument = Attachment | AddedFiles | JournalEntry | Bill | Payment | LateAttachment
