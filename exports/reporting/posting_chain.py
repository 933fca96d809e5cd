"""The postings of an expense one after the other: each, what took it back, and what was posted instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exports.models import Document
from exports.models.standing import live_reversal


@dataclass(frozen=True, slots=True)
class Link:
    """One posting, and its reversal where there is one."""

    posting: Document
    reversal: Document | None

    @property
    def what(self) -> str:
        number = f" {self.posting.intacct_key}" if self.posting.intacct_key else f", {self.posting.get_state_display()}"
        return f"{self.posting.get_kind_display()}{number} (reference {self.posting.key}{_on(self.posting)})"

    @property
    def taken_back(self) -> str:
        """How it was taken back, or how far that is; empty where it stands."""
        reversal = self.reversal
        if reversal is None:
            return ""
        if reversal.state != Document.State.CONFIRMED:
            return f"to be taken back: {'held up' if reversal.held_code else reversal.get_state_display()}"
        if not reversal.by_us:
            return f"taken back in Sage Intacct by hand: it reads {reversal.intacct_state} there"
        if self.posting.kind == Document.Kind.BILL:
            return f"taken back{_on(reversal)}: the bill reads Reversed"
        return f"taken back by journal entry {reversal.intacct_key} (reference {reversal.key}{_on(reversal)})"

    @property
    def title(self) -> str:
        """Why it was taken back, as it stands in Sage Intacct."""
        return self.reversal.title if self.reversal else ""


def chain_of(documents: Sequence[Document]) -> tuple[Link, ...]:
    """Return the postings of one expense, the first one first; nothing where none was ever to be taken back."""
    links = []
    for number in sorted({each.posting_number for each in documents}):
        own = [each for each in documents if each.posting_number == number]
        posting = next((each for each in own if each.is_principal and each.state != Document.State.CANCELLED), None)
        if posting:
            links.append(Link(posting, live_reversal(own)))
    return tuple(links) if any(link.reversal for link in links) else ()


def _on(document: Document) -> str:
    return f", {document.posting_date:%-d %b %Y}" if document.posting_date else ""
