"""What Sage Intacct's published pages demand of what is sent: a row each, with its source.

In come the reference pages; out go the checks of the sandbox's forms, a page of the documentation, and one generated test a row.
Nothing here looks into the books: what must exist there is checked beside the rows that say so.
"""

from __future__ import annotations

from integration.sandbox.intacct.demands import attachments, envelope, journal_entry, payables
from integration.sandbox.intacct.demands.table import Demand, Element, Record

__all__ = ["ALL", "RECORDS", "Demand", "Element", "Record"]

RECORDS: tuple[Record, ...] = tuple(
    value for module in (envelope, journal_entry, payables, attachments) for value in vars(module).values() if isinstance(value, Record)
)
ALL: tuple[Demand, ...] = tuple(demand for each in RECORDS for demand in each)
