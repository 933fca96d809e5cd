"""What the documents for Sage Intacct have in common: keys, lengths, and the small values they are made of.

Field lengths: docs/reference/intacct/07-limits-setup-formats-rest.md, section 7.3.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from integration.money import Money

REFERENCE_LENGTH = 20
TITLE_LENGTH = 80
LINE_DESCRIPTION_LENGTH = 80
LINE_DOCUMENT_LENGTH = 30
BILL_NUMBER_LENGTH = 30
BILL_DESCRIPTION_LENGTH = 80
BILL_LINE_DESCRIPTION_LENGTH = 500
PAYMENT_DESCRIPTION_LENGTH = 500
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
    """The tax of one line under one tax detail; `amount` has the sign of its line (positive on the line's side).

    The output half of a reverse charge, on bills only, has the opposite sign.
    """

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
    """By which rate a line becomes base currency. A company of several currencies wants one in its base currency too."""

    on_date: date
    rate_type: str


def is_key(text: str) -> bool:
    """Say whether a reference has the form of ours. A person may have typed one; that it does not repeat another is our part."""
    return text.startswith("PL") and bool(_KEY.match(text))


def check_key(key: str) -> None:
    if not _KEY.match(key):
        raise ValueError(f"{key!r} is not a document key")


def check_rate(key: str, currency: str, rate: ExchangeRate | None, base_currency: str) -> None:
    if base_currency not in ("", currency) and not rate:
        raise ValueError(f"{key}: {currency} becomes {base_currency} by no exchange rate")


def each_once(account: str, dimensions: tuple[Dimension, ...]) -> None:
    names = [dimension.object_name for dimension in dimensions]
    if len(names) != len(set(names)):
        raise ValueError(f"{account}: a dimension stands twice on the line")


def at_most(text: str, length: int, name: str) -> None:
    if len(text) > length:
        raise ValueError(f"{name} has {len(text)} characters, {length} are allowed: {text!r}")
