"""The rows of an export: jobs, their items, records, receipts, documents, attempts and events.

In come values and moments, out go rows whose state only a mutator changes, in one conditional update. They call no other system and
read no clock.
"""

from exports.models.documents import Document
from exports.models.jobs import ExportJob, ExportJobItem
from exports.models.receipts import Receipt, ReceiptContent
from exports.models.records import ExportRecord
from exports.models.restoring import LedgerMark, RestoreMode, Unaccounted
from exports.models.trail import Attempt, AttemptDocument, Event
from exports.models.uses import ValueUse

__all__ = [
    "Attempt",
    "AttemptDocument",
    "Document",
    "Event",
    "ExportJob",
    "ExportJobItem",
    "ExportRecord",
    "LedgerMark",
    "Receipt",
    "ReceiptContent",
    "RestoreMode",
    "Unaccounted",
    "ValueUse",
]
