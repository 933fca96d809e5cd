"""Rows with good defaults; a test states only what it is about."""

from __future__ import annotations

import itertools
import json
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from exports.models import Attempt, Document, ExportJob, ExportJobItem, ExportRecord, Receipt, ReceiptContent
from integration.intacct.documents import Attachment, AttachmentFile, JournalEntry, JournalLine, document_key
from integration.models import Connection, EntityConfiguration
from integration.money import Money

NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
BODY = b"<create><GLBATCH/></create>"
_numbers = itertools.count(1)

# What each state of a document needs beside itself.
STATES = ("PLANNED", "IN_FLIGHT", "UNKNOWN", "CONFIRMED", "REJECTED", "REVIEW", "CANCELLED")


def a_configuration(**columns: Any) -> EntityConfiguration:
    number = next(_numbers)
    connection = columns.pop("connection", None) or Connection.objects.create(name=f"Acme {number}", company_id=f"ACME{number}")
    defaults = {"intacct_entity": "UK01", "card_journal": "PLEO", "pleo_company_id": uuid.uuid4()}
    return EntityConfiguration.objects.create(connection=connection, **(defaults | columns))


def a_job(configuration: EntityConfiguration | None = None, **columns: Any) -> ExportJob:
    ended = columns.get("state") in ("FINISHED", "ENDED_BY_PLEO")
    defaults = {
        "state": "COLLECTED",
        "number_of_items": 1,
        "pleo_job_id": uuid.uuid4(),
        "seen_at": NOW,
        "expires_at": NOW + timedelta(hours=1),
        "ended_at": NOW if ended else None,
    }
    return ExportJob.objects.create(configuration=configuration or a_configuration(), **(defaults | columns))


def a_record(configuration: EntityConfiguration | None = None, **columns: Any) -> ExportRecord:
    configuration = configuration or a_configuration()
    defaults = {
        "intacct_company_id": configuration.connection.company_id,
        "entry_id": uuid.uuid4(),
        "first_seen_at": NOW,
        "status_changed_at": NOW,
        "currency": "GBP",
        "amount_minor": 12_000,
        "tax_minor": 2_000,
        "merchant": "Northern Rail",
    }
    status = columns.get("status")
    if status == "NEEDS_FIX":
        defaults |= {"first_problem": "It is wrong.", "first_problem_code": "account_unknown"}
        defaults["problems"] = [{"code": "account_unknown", "sentence": "It is wrong.", "place": "", "kind": "", "value": ""}]
    if status == "SKIPPED":
        defaults["skipped_reason"] = "amount is zero"
    if status == "POSTED":
        defaults["posted_at"] = defaults["in_ledger_at"] = NOW
    return ExportRecord.objects.create(configuration=configuration, **(defaults | columns))


def an_offer(record: ExportRecord, job: ExportJob | None = None, **columns: Any) -> ExportJobItem:
    job = job or a_job(record.configuration)
    return ExportJobItem.objects.create(record=record, job=job, **({"received_at": NOW, "payload": "{}"} | columns))


def an_attempt(connection: Connection | None = None, **columns: Any) -> Attempt:
    connection = connection or a_configuration().connection
    defaults = {"purpose": "SEND", "entity": "UK01", "lease_token": 1, "begun_at": NOW, "deadline_at": NOW + timedelta(minutes=4)}
    return Attempt.objects.create(connection=connection, **(defaults | columns))


def a_document(record: ExportRecord | None = None, state: str = "PLANNED", kind: str = "journal_entry", **columns: Any) -> Document:
    record = record or a_record()
    amounts = {} if kind == "attachment" else {"currency": "GBP", "amount_minor": 12_000, "tax_minor": 2_000}
    defaults = {
        "intacct_company_id": record.intacct_company_id,
        "kind": kind,
        "key": key_of(record, kind),
        "entity": "UK01",
        "fingerprint": "f" * 64,
        "due_at": NOW,
        **amounts,
    }
    return Document.objects.create(record=record, state=state, **(defaults | needed_by(state, record) | columns))


def needed_by(state: str, record: ExportRecord) -> dict[str, Any]:
    """Return the columns that the constraints want beside a state."""
    if state in ("IN_FLIGHT", "UNKNOWN"):
        attempt = an_attempt(record.configuration.connection)
        sent = {"attempt": attempt, "body": BODY, "body_hash": "b" * 64, "sent_at": NOW, "last_possible_send_at": NOW, "tries": 1}
        return sent | ({"doubt": "UNREADABLE", "sent_hash": "b" * 64, "rounds": 1} if state == "UNKNOWN" else {})
    return {
        "CONFIRMED": {"intacct_key": str(next(_numbers)), "intacct_state": "Posted", "confirmed_at": NOW, "due_at": None},
        "REJECTED": {"refusal": "Account 6999 is not valid.", "refusal_code": "BL01001973", "due_at": None, "tries": 1},
        "REVIEW": {"reason": "Two carry the reference.", "due_at": None},
        "CANCELLED": {"reason": "The new plan does not need it.", "due_at": None},
    }.get(state, {})


def key_of(record: ExportRecord, kind: Any) -> str:
    return document_key(record.intacct_company_id, str(record.entry_id), kind)


def a_receipt(record: ExportRecord, number: int = 1, content: bytes = b"%PDF-1.4", **columns: Any) -> Receipt:
    kept = ReceiptContent.keep(f"{hash(content) & 0xFFFFFFFF:064x}", content, columns.get("fetched_at", NOW))
    defaults = {"source": f"https://files.example/{number}", "content": kept, "name": f"receipt {number}", "type": "pdf"}
    defaults |= {"size": len(content), "state": "FETCHED", "fetched_at": NOW}
    return Receipt.objects.create(record=record, number=number, **(defaults | columns))


def gbp(amount: str) -> Money:
    return Money(Decimal(amount), "GBP")


def an_entry(key: str, *, gross: str = "120.00", account: str = "6100", title: str = "Northern Rail") -> JournalEntry:
    lines = (JournalLine(account, "debit", gbp(gross)), JournalLine("1050", "credit", gbp(gross)))
    return JournalEntry(key=key, entity="UK01", journal="PLEO", posting_date=NOW.date(), title=title, lines=lines)


def an_attachment(key: str) -> Attachment:
    return Attachment(key=key, entity="UK01", folder="Pleo", description="Receipts", files=(AttachmentFile("a", "pdf", "a" * 64, 10),))


def a_payload(record: ExportRecord, *, amount: int = 12_000, tax: int = 2_000, currency: str = "GBP") -> str:
    """Return an item as Pleo gives it: one line, VAT included."""

    def both(value: int) -> dict[str, Any]:
        money = {"currency": currency, "value": value}
        return {"inWalletCurrency": money, "inSupplierCurrency": money}

    line = {
        "accountingEntryLineId": str(uuid.uuid4()),
        "lineAmount": both(amount),
        "netAmount": both(amount - tax),
        "account": {"code": "6100", "name": "Travel"},
        "tags": [],
        "tax": {"code": "UK Purchase Services Standard Rate", "rate": "0.2", "type": "inclusive", "amount": both(tax)} if tax else None,
    }
    return json.dumps(
        {
            "accountingEntryId": str(record.entry_id),
            "companyId": str(record.configuration.pleo_company_id),
            "type": "card_purchase",
            "date": "2026-03-01T12:00:00Z",
            "amount": both(amount),
            "accountingEntryLines": [line],
            "additionalInformation": {"reconciliationId": "PLEO-1"},
            "supplier": {"name": "Northern Rail"},
        }
    )
