"""What we ask Sage Intacct to create, as immutable values that cannot be wrong in themselves.

Field lengths stand here, beside the values. Source: Sage Intacct XML API reference, 7.3.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from integration.money import Money, total

REFERENCE_LENGTH = 20
TITLE_LENGTH = 80
LINE_DESCRIPTION_LENGTH = 80
LINE_DOCUMENT_LENGTH = 30
ATTACHMENT_NAME_LENGTH = 200
ATTACHMENT_DESCRIPTION_LENGTH = 1000
KEY_LENGTH = 18

Side = Literal["debit", "credit"]
Kind = Literal["attachment", "journal_entry", "bill", "payment", "late_attachment", "reversal"]

_KEY = re.compile(r"[A-Z2-7]{18}\Z")


def document_key(company_id: str, entry_id: str, kind: Kind, *, posting_number: int = 1, file_hashes: tuple[str, ...] = ()) -> str:
    """Return the key of a document: 18 characters of A-Z and 2-7, the same for the same document for ever.

    It goes, alone, into REFERENCENO, DOCNUMBER or supdocid, whose safe length is 20, and begins with "PL" so that a
    person recognises it. 16 characters of base 32 are 80 bits: two of a million documents collide once in 10^12.
    """
    said = "\x1f".join((company_id.upper(), entry_id.lower(), kind, str(posting_number), *sorted(file_hashes)))
    digest = hashlib.sha256(said.encode()).digest()
    return "PL" + base64.b32encode(digest[:10]).decode()


@dataclass(frozen=True, slots=True)
class TaxEntry:
    """The tax of one line under one tax detail; `amount` has the sign of its line (positive on the line's side)."""

    detail: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension value on a line. object_name: e.g. DEPARTMENT or the name of a user-defined dimension.

    value: what the line carries: the value's ID, for a user-defined dimension its integer id.
    """

    object_name: str
    value: str
    element: str


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """By which rate a line in foreign currency becomes base currency."""

    on_date: date
    rate_type: str


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
        _at_most(self.description, LINE_DESCRIPTION_LENGTH, "description")
        _at_most(self.document, LINE_DOCUMENT_LENGTH, "document")
        names = [dimension.object_name for dimension in self.dimensions]
        if len(names) != len(set(names)):
            raise ValueError(f"{self.account}: a dimension stands twice on the line")

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
        _check_key(self.key)
        if self.attachment_key:
            _check_key(self.attachment_key)
        _at_most(self.title, TITLE_LENGTH, "title")
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
        _check_key(self.key)
        _at_most(self.folder, 100, "folder")
        _at_most(self.description, ATTACHMENT_DESCRIPTION_LENGTH, "description")
        if not self.files:
            raise ValueError(f"{self.key}: an attachment without files")
        names = [file.name for file in self.files]
        if len(names) != len(set(names)):
            raise ValueError(f"{self.key}: two files have the same name")

    @property
    def kind(self) -> Kind:
        return "attachment"


IntacctDocument = Attachment | JournalEntry


def _check_key(key: str) -> None:
    if not _KEY.match(key):
        raise ValueError(f"{key!r} is not a document key")


def _at_most(text: str, length: int, name: str) -> None:
    if len(text) > length:
        raise ValueError(f"{name} has {len(text)} characters, {length} are allowed: {text!r}")
