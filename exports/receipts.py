"""Receipts: fetched side by side while the job is open, kept once by content, each with what became of it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import transaction

from exports.models import Document, ExportJob, ExportRecord, Receipt, ReceiptContent
from exports.models.standing import live_reversal
from exports.pleo_jobs import keep_alive
from integration.clock import Clock
from integration.models import Lease
from integration.pleo.client import PleoClient
from integration.pleo.file_types import file_type, is_message
from integration.pleo.receipt_links import ReceiptTooLarge, ReceiptUnreachable, fetch_receipt

FETCHERS = 4
# How many records' receipts are held in memory at a time.
RECEIPTS_AT_A_TIME = 20


def fetch_receipts(
    job: ExportJob, links: Mapping[str, Sequence[str]], client: PleoClient, clock: Clock, lease: Lease, stop_at: float | None
) -> bool:
    """Fetch what is not here yet, some records at a time; what could not be had is tried once more from new links.

    True when all are dealt with.
    """
    waiting = {entry_id: urls for entry_id, urls in links.items() if urls}
    for again in (False, True):
        expired: set[str] = set()
        for entry_ids in _some(sorted(waiting), RECEIPTS_AT_A_TIME):
            if stop_at is not None and time.monotonic() > stop_at:
                return False
            expired |= _fetch_of(job, {entry_id: waiting[entry_id] for entry_id in entry_ids}, clock, last_chance=again)
            lease.hold(clock())
            keep_alive(job, client, clock)
        if not expired:
            break
        waiting = {
            str(raw["accountingEntryId"]): tuple(str(file["url"]) for file in raw.get("files") or ())
            for raw in client.export_items(str(job.pleo_job_id))
            if str(raw["accountingEntryId"]) in expired
        }
    return True


def _fetch_of(job: ExportJob, links: Mapping[str, Sequence[str]], clock: Clock, *, last_chance: bool) -> set[str]:
    """Fetch the receipts of some records side by side; return the entries to fetch once more."""
    records = {str(record.entry_id): record for record in ExportRecord.objects.filter(offers__job=job, entry_id__in=list(links))}
    known: dict[int, set[str]] = {record.pk: set() for record in records.values()}
    for record_id, source in Receipt.objects.filter(record__in=known, state__in=Receipt.USABLE).values_list("record", "source"):
        known[record_id].add(source)
    wanted = [
        (entry_id, number, url)
        for entry_id, urls in links.items()
        for number, url in enumerate(urls, start=1)
        if unsigned(url)[:500] not in known[records[entry_id].pk]
    ]
    with ThreadPoolExecutor(FETCHERS) as pool:
        fetched = list(pool.map(lambda each: _fetch(each[2]), wanted))
    expired = set()
    for (entry_id, number, url), (content, state, fault, worth_another) in zip(wanted, fetched, strict=True):
        if worth_another and not last_chance:
            expired.add(entry_id)
        else:
            _keep_receipt(records[entry_id], number, url, content, state, fault, clock)
    return expired


def _fetch(url: str) -> tuple[bytes, str, str, bool]:
    """Return (content, state, fault, whether to try once more from a new link). Touches no database: it runs beside others."""
    state, limit = Receipt.State, settings.MAX_RECEIPT_MEGABYTES * 1024 * 1024
    try:
        content = fetch_receipt(url, limit=limit)
    except ReceiptTooLarge:
        return b"", state.TOO_LARGE, f"The file is larger than {settings.MAX_RECEIPT_MEGABYTES} MB.", False
    except ReceiptUnreachable as error:
        # A hiccup of the host passes, and a link that has died is signed anew.
        return b"", state.UNREACHABLE, str(error), True
    if not content:
        return b"", state.EMPTY, "The file has no content.", False
    if is_message(content):
        return b"", state.UNREACHABLE, "The file's host answered with a message instead of the file.", True
    if not file_type(content):
        return content, state.WRONG_TYPE, "The file is neither a picture nor a document that Sage Intacct takes.", False
    return content, state.FETCHED, "", False


def _keep_receipt(record: ExportRecord, number: int, url: str, content: bytes, state: str, fault: str, clock: Clock) -> None:
    """Keep one file; a file with the same content is kept once. Files of an entry in the ledger are listed, not attached."""
    now = clock()
    content_hash = hashlib.sha256(content).hexdigest() if content else ""
    usable = state == Receipt.State.FETCHED
    if usable and record.receipts.filter(content_id=content_hash, state__in=Receipt.USABLE).exclude(number=number).exists():
        state, fault, usable = Receipt.State.DUPLICATE, "The same file is there already.", False
    elif usable and _entry_stands(record):
        state, fault = Receipt.State.NOT_ATTACHED, "It came after the expense was posted; attach it to the journal entry by hand."
    with transaction.atomic():
        kept = ReceiptContent.keep(content_hash, content, now) if usable else None
        Receipt.objects.update_or_create(
            record=record,
            number=number,
            defaults={
                "source": unsigned(url)[:500],
                "content": kept,
                "name": f"receipt {number}",
                "type": file_type(content),
                "size": len(content),
                "state": state,
                "fault": fault,
                "fetched_at": now,
                "document": None,
            },
        )


def _entry_stands(record: ExportRecord) -> bool:
    """Whether the present posting of this expense is a journal entry in Intacct that nobody has taken back."""
    own = list(record.documents.filter(posting_number=record.posting_number, state=Document.State.CONFIRMED).defer("body"))
    return any(each.kind == Document.Kind.JOURNAL_ENTRY for each in own) and not live_reversal(own)


def unsigned(url: str) -> str:
    """Return the link without its signature: it tells files apart and opens none."""
    return urlunsplit((*urlsplit(url)[:3], "", ""))


def _some(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (values[start : start + size] for start in range(0, len(values), size))
