"""What Pleo's published pages demand of what is sent: a row each, with its source.

Out go the checks of the sandbox, a page of the documentation, and one generated test a row. What must exist or be so in Pleo is checked
by the handlers, which name the row that they enforce.
"""

from __future__ import annotations

from integration.sandbox.pleo.demands import accounts, companies, every_call, exports, tags, taxcodes
from integration.sandbox.pleo.demands.every_call import EVERY_CALL, PAGES
from integration.sandbox.pleo.demands.table import Demand, Element, Record

__all__ = ["ALL", "EVERY_CALL", "PAGES", "RECORDS", "Demand", "Element", "Record"]

RECORDS: tuple[Record, ...] = tuple(
    value
    for module in (every_call, exports, companies, tags, taxcodes, accounts)
    for value in vars(module).values()
    if isinstance(value, Record)
)
ALL: tuple[Demand, ...] = tuple(demand for each in RECORDS for demand in each)
