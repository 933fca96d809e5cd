"""The postings of an expense one after the other: each, what took it back, and what was posted instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exports.models import Document
from exports.models.standing import live_reversal
from exports.views.links import safe_link


@dataclass(frozen=True, slots=True)
class Link:
    """One posting, and its reversal where there is one. title: why it was taken back, as it stands in Sage Intacct."""

    what: str
    url: str
    taken_back: str = ""
    back_url: str = ""
    title: str = ""


def chain_of(documents: Sequence[Document]) -> tuple[Link, ...]:
    """Return the postings of an expense, the first one first; nothing where none was ever to be taken back."""
    numbers = sorted({each.posting_number for each in documents})
    links = [_link([each for each in documents if each.posting_number == number]) for number in numbers]
    found = [link for link in links if link]
    return tuple(found) if any(link.taken_back for link in found) else ()


def _link(documents: Sequence[Document]) -> Link | None:
    principal = next((each for each in documents if each.is_principal and each.state != Document.State.CANCELLED), None)
    if principal is None:
        return None
    reversal = live_reversal(documents)
    what, url = _named(principal), safe_link(principal.intacct_url)
    if reversal is None:
        return Link(what, url)
    return Link(what, url, _taken_back(principal, reversal), safe_link(reversal.intacct_url), reversal.title)


def _named(document: Document) -> str:
    number = f" {document.intacct_key}" if document.intacct_key else f", {document.get_state_display()}"
    return f"{document.get_kind_display()}{number} (reference {document.key}{_on(document)})"


def _on(document: Document) -> str:
    return f", {document.posting_date:%-d %b %Y}" if document.posting_date else ""


def _taken_back(principal: Document, reversal: Document) -> str:
    if reversal.state != Document.State.CONFIRMED:
        return f"to be taken back: {'held up' if reversal.held_code else reversal.get_state_display()}"
    if not reversal.by_us:
        return f"taken back in Sage Intacct by hand: it reads {reversal.intacct_state} there"
    if principal.kind == Document.Kind.BILL:
        return f"taken back{_on(reversal)}: the bill reads Reversed"
    return f"taken back by journal entry {reversal.intacct_key} (reference {reversal.key}{_on(reversal)})"
