"""The demo world: a small group of companies that both systems know, and what became of its money last month."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from integration.sandbox.books import Books
from integration.sandbox.world.build import Entry, build_item, entry_id, random_item
from integration.sandbox.world.ledger import fill_ledger
from integration.sandbox.world.names import (
    COMPANIES,
    COMPANY_ID,
    ENVIRONMENT,
    FIRST_POSTING_DATE,
    ORGANISATION_ID,
    SENDER_ID,
    SENDER_PASSWORD,
    UK,
    UK_API_KEY,
    UK_COMPANY_ID,
    US,
    US_API_KEY,
    US_COMPANY_ID,
    USER_ID,
    USER_PASSWORD,
)
from integration.sandbox.world.pleo import fill_pleo
from integration.sandbox.world.tables import UK_ENTRIES, US_ENTRIES

CONFIGURATION = Path(__file__).parent.parent / "demo.yaml"
ENTRIES = {"UK": UK_ENTRIES, "US": US_ENTRIES}
_ALL = tuple(entry for entries in ENTRIES.values() for entry in entries)

# Accounting entry id -> why it must not be posted as demo.yaml is written.
EXPECTED_PROBLEMS = {entry.id: entry.problem for entry in _ALL if entry.problem}
# Reported successful without a document.
EXPECTED_SKIPPED = frozenset(entry.id for entry in _ALL if entry.skipped)
# Pleo company id -> how many documents of the first job stand in the ledger in the end.
EXPECTED_POSTED = {company.id: sum(not entry.problem and not entry.skipped for entry in ENTRIES[company.prefix]) for company in COMPANIES}


def load_demo_world(books: Books, now: datetime, *, with_jobs: bool = True) -> None:
    """Fill both sides, with one export job waiting per company. Does nothing when the books are not empty.

    now: the entries are dated in the thirty days before it, so that the demo always looks fresh.
    with_jobs: false leaves the entries in the queue, for a test that makes its own jobs.
    """
    with books.transaction():
        if books.kinds("pleo") or books.kinds("intacct"):
            return
        fill_ledger(books, now)
        fill_pleo(books, now, ENTRIES, with_jobs=with_jobs)


__all__ = [
    "COMPANIES",
    "COMPANY_ID",
    "CONFIGURATION",
    "ENTRIES",
    "ENVIRONMENT",
    "EXPECTED_POSTED",
    "EXPECTED_PROBLEMS",
    "EXPECTED_SKIPPED",
    "FIRST_POSTING_DATE",
    "ORGANISATION_ID",
    "SENDER_ID",
    "SENDER_PASSWORD",
    "UK",
    "UK_API_KEY",
    "UK_COMPANY_ID",
    "US",
    "USER_ID",
    "USER_PASSWORD",
    "US_API_KEY",
    "US_COMPANY_ID",
    "Entry",
    "build_item",
    "entry_id",
    "load_demo_world",
    "random_item",
]
