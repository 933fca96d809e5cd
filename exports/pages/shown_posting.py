"""What a page shows of a posting, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from exports.models import Document
from exports.models.standing import vanished
from integration.money import Money


@dataclass(frozen=True, slots=True)
class ShownDimension:
    called: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One row of the table. added: Sage Intacct writes it by itself, for the tax of the other lines."""

    account: str
    account_name: str
    debit: Money | None
    credit: Money | None
    tax: str = ""
    tax_amount: Money | None = None
    dimensions: tuple[ShownDimension, ...] = ()
    description: str = ""
    document: str = ""
    added: bool = False


@dataclass(frozen=True, slots=True)
class ShownPosting:
    """One journal entry, bill or payment as the ledger holds it. Debits and credits, with what Intacct adds, are always equal.

    place, place_name: the journal, vendor or bank account it stands in. facts: what else its head says, as (name, value).
    """

    document: Document
    place: str
    place_name: str
    posting_date: date
    title: str
    currency: str
    lines: tuple[ShownLine, ...]
    total: Money
    tax_total: Money
    facts: tuple[tuple[str, str], ...] = ()
    draft: bool = False

    @property
    def in_intacct(self) -> bool:
        return self.document.state == Document.State.CONFIRMED

    @property
    def heading(self) -> str:
        """What stands above it, where it is not the first on the page."""
        what = "what takes it back" if self.document.kind == Document.Kind.REVERSAL else "its payment"
        if vanished(self.document):
            return f"And {what}, as it was"
        if self.document.is_draft:
            return f"And {what}, a draft"
        return f"And {what}{'' if self.in_intacct else ', as it was sent' if self.in_doubt else ', still to be made'}"

    @property
    def gone(self) -> bool:
        return vanished(self.document)

    @property
    def in_doubt(self) -> bool:
        return self.document.state in (Document.State.IN_FLIGHT, Document.State.UNKNOWN)

    @property
    def has_tax(self) -> bool:
        return any(line.tax for line in self.lines)

    @property
    def has_dimensions(self) -> bool:
        return any(line.dimensions for line in self.lines)

    @property
    def columns_of_words(self) -> int:
        return 1 + self.has_tax + self.has_dimensions

    @property
    def by_hand(self) -> tuple[str, ...]:
        """The way to find it in Sage Intacct without a link."""
        match self.document.kind:
            case Document.Kind.BILL:
                return ("Accounts Payable", "Bills", f"vendor {self.place}", f"reference {self.document.key}")
            case Document.Kind.PAYMENT:
                return ("Accounts Payable", "Posted payments", f"reference {self.document.key}")
            case _:
                return ("General Ledger", f"{self.place} journal", f"reference {self.document.key}")


@dataclass(frozen=True, slots=True)
class OfferedLine:
    """One line as Pleo offers it, for an expense that no posting could be planned for."""

    account: str
    account_name: str
    gross: Money
    net: Money
    tax: str
    tags: tuple[tuple[str, str], ...]
