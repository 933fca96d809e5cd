"""The opposite of a journal entry that stands in the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from exports.posting.texts import cleaned, cut
from integration.intacct.documents import TITLE_LENGTH, JournalEntry


def counter_entry(entry: JournalEntry, *, key: str, day: date, reason: str) -> JournalEntry:
    """Return the entry that takes `entry` back: the same lines on the other sides, with their tax, so that VAT goes back too.

    The day of the exchange rate stays that of `entry`, whatever day this stands on: in base currency both cancel exactly.
    It carries no attachment: the receipts hang at the entry it takes back, which its title names.

    Source: docs/reference/intacct/05-writes.md, section 5.3: no function reverses a posted entry; a second one with swapped TR_TYPE does.
    """
    lines = tuple(replace(line, side="credit" if line.side == "debit" else "debit") for line in entry.lines)
    return replace(
        entry, key=key, posting_date=day, title=reversal_title(entry.key, reason, TITLE_LENGTH), lines=lines, attachment_key="", draft=False
    )


def reversal_title(key: str, reason: str, length: int) -> str:
    """Return what a reversal is called in Sage Intacct. key: of what it takes back; it is never cut."""
    return cut(cleaned(f"Reversal of {key}: {reason}"), length)
