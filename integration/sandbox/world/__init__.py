"""The demo world: a small group of companies that both systems know, and what became of its money last month.

In come empty books and the time, out go filled ones. Names, codes and numbers are always the same; only days follow the clock.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from integration.sandbox.books import Books
from integration.sandbox.world.build import Entry, build_item, entry_id, random_item
from integration.sandbox.world.kinds import ST_ENTRIES, UK_MORE, US_MORE
from integration.sandbox.world.ledger import fill_ledger
from integration.sandbox.world.more import fill_more
from integration.sandbox.world.names import (
    ALL_COMPANIES,
    COMPANIES,
    COMPANY_ID,
    ENVIRONMENT,
    ENVIRONMENT_ALL,
    FIRST_POSTING_DATE,
    ORGANISATION_ID,
    SENDER_ID,
    SENDER_PASSWORD,
    ST,
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
from integration.sandbox.world.studio import extend_ledger
from integration.sandbox.world.tables import IE_ENTRIES, UK_ENTRIES, US_ENTRIES
from integration.sandbox.world.worlds import COMPANIES as COMPANY_WORLDS
from integration.sandbox.world.worlds import DEFAULT, PERMISSION_WORLDS, WORLDS, World, deny, settle_in

CONFIGURATION = Path(__file__).parent.parent / "demo.yaml"
CONFIGURATION_ALL = Path(__file__).parent.parent / "demo_all.yaml"
ENTRIES = {"UK": UK_ENTRIES, "US": US_ENTRIES}
ENTRIES_ALL = {"UK": UK_ENTRIES + UK_MORE, "US": US_ENTRIES + US_MORE, "ST": ST_ENTRIES}
_ALL = tuple(entry for entries in ENTRIES.values() for entry in entries)

# Accounting entry id -> why it must not be posted as demo.yaml is written.
EXPECTED_PROBLEMS = {entry.id: entry.problem for entry in _ALL if entry.problem}
# Reported successful without a document.
EXPECTED_SKIPPED = frozenset(entry.id for entry in _ALL if entry.skipped)
# Pleo company id -> how many documents of the first job stand in the ledger in the end.
EXPECTED_POSTED = {company.id: sum(not entry.problem and not entry.skipped for entry in ENTRIES[company.prefix]) for company in COMPANIES}
# The same for every kind of entry, by demo_all.yaml. What waits needs an approval, or a bill from a later job.
_EVERY = tuple(entry for entries in ENTRIES_ALL.values() for entry in entries)
EXPECTED_PROBLEMS_ALL = {entry.id: entry.problem for entry in _EVERY if entry.problem}
EXPECTED_WAITING_ALL = {entry.id: entry.waits for entry in _EVERY if entry.waits}
EXPECTED_SKIPPED_ALL = frozenset(entry.id for entry in _EVERY if entry.skipped)


def load_demo_world(
    books: Books, now: datetime, *, with_jobs: bool = True, kinds: Literal["first", "all"] = "first", world: str = DEFAULT
) -> None:
    """Fill both sides, with one export job waiting per company. Does nothing when the books are not empty.

    now: the entries are dated in the thirty days before it, so that the demo always looks fresh.
    with_jobs: false leaves the entries in the queue, for a test that makes its own jobs.
    kinds: "all" adds a third company, which keeps payables, and entries of every type in further jobs; its configuration
    file is CONFIGURATION_ALL, its environment ENVIRONMENT_ALL. The first job of each company stays what it is.
    world: one of WORLDS; Pleo's companies are those whose entity it has.
    """
    with books.transaction():
        if books.kinds("pleo") or books.kinds("intacct"):
            return
        chosen = WORLDS[world]
        fill_ledger(books, now, chosen.bases, foreign=chosen.foreign)
        fill_more(books, now)
        entries = {prefix: each for prefix, each in ENTRIES.items() if f"{prefix}01" in chosen.bases}
        if kinds == "all" and "UK01" in chosen.bases:
            extend_ledger(books, now)
            entries = {prefix: each for prefix, each in ENTRIES_ALL.items() if prefix in entries or prefix == "ST"}
        if "IE01" in chosen.bases:
            entries = {"IE": IE_ENTRIES}
        fill_pleo(books, now, entries, with_jobs=with_jobs)
        settle_in(books, chosen, now)


def load_single_currency(books: Books, now: datetime) -> None:
    """A company of one currency, as a `Sandbox` takes a world."""
    load_demo_world(books, now, world="single-currency")


def load_all_kinds(books: Books, now: datetime) -> None:
    """`load_demo_world` with every kind of entry, as a `Sandbox` takes a world."""
    load_demo_world(books, now, kinds="all")


__all__ = [
    "ALL_COMPANIES",
    "COMPANIES",
    "COMPANY_ID",
    "COMPANY_WORLDS",
    "CONFIGURATION",
    "CONFIGURATION_ALL",
    "DEFAULT",
    "ENTRIES",
    "ENTRIES_ALL",
    "ENVIRONMENT",
    "ENVIRONMENT_ALL",
    "EXPECTED_POSTED",
    "EXPECTED_PROBLEMS",
    "EXPECTED_PROBLEMS_ALL",
    "EXPECTED_SKIPPED",
    "EXPECTED_SKIPPED_ALL",
    "EXPECTED_WAITING_ALL",
    "FIRST_POSTING_DATE",
    "ORGANISATION_ID",
    "PERMISSION_WORLDS",
    "SENDER_ID",
    "SENDER_PASSWORD",
    "ST",
    "UK",
    "UK_API_KEY",
    "UK_COMPANY_ID",
    "US",
    "USER_ID",
    "USER_PASSWORD",
    "US_API_KEY",
    "US_COMPANY_ID",
    "WORLDS",
    "Entry",
    "World",
    "build_item",
    "deny",
    "entry_id",
    "load_all_kinds",
    "load_demo_world",
    "load_single_currency",
    "random_item",
]
