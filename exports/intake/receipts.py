"""Receipts: fetched side by side while the job is open, kept once by content, each with what became of it.

A host that hangs or fails holds up a job for a bounded time only: the tries of each file are kept, whatever becomes of the
worker; and what fetching in vain has cost is kept for the job, so that in the end every file has had one short try at least.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from exports.intake.pleo_jobs import keep_alive
from exports.models import ExportJob, ExportRecord, Receipt, ReceiptContent
from integration.clock import Clock
from integration.models import EntityConfiguration, Lease
from integration.pleo.client import PleoClient
from integration.pleo.file_types import file_type, is_message
from integration.pleo.receipt_links import TOTAL_SECONDS, ReceiptTooLarge, ReceiptUnreachable, fetch_receipt, unsigned

# As many files are held in memory at a time.
FETCHERS = 4
TRIES = 3
# What fetching may cost a job in vain, added up over all fetchers; after that each file has one short try.
SECONDS_IN_VAIN = 300
SHORT_TRY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _File:
    """One file to fetch. tries: how often it was tried in this job before."""

    record: ExportRecord
    number: int
    url: str
    tries: int


@dataclass(frozen=True, slots=True)
class _Fetched:
    """What came of one try. worth_another: it may be had later, or from a newly signed link."""

    content: bytes
    state: str
    fault: str
    seconds: float
    worth_another: bool = False


def fetch_receipts(
    job: ExportJob, links: Mapping[str, Sequence[str]], client: PleoClient, clock: Clock, lease: Lease, stop_at: float | None
) -> bool:
    """Fetch what is not here yet; what could not be had is tried again from new links.

    True when all are dealt with, False where the time is up: the next call goes on.
    """
    of_job = Receipt.objects.filter(record__offers__job=job, state=Receipt.State.TRYING)
    while files := _wanted(job, links):
        if not _fetch_all(job, files, client, clock, lease, stop_at):
            return False
        again = {str(entry_id) for entry_id in of_job.values_list("record__entry_id", flat=True)}
        offered = map(offered_links, client.export_items(str(job.pleo_job_id))) if again else ()
        links = {entry_id: urls for entry_id, urls in offered if entry_id in again}
    of_job.update(state=Receipt.State.UNREACHABLE)
    return True


def offered_links(raw: Mapping[str, object]) -> tuple[str, tuple[str, ...]]:
    """Return the id of an item as received, and the links of its files, signed as they are now."""
    files = raw.get("files")
    urls = [file.get("url") for file in files if isinstance(file, Mapping)] if isinstance(files, list) else []
    return str(raw.get("accountingEntryId")).lower(), tuple(url for url in urls if isinstance(url, str) and url)


def trouble_with_receipts(configuration: EntityConfiguration) -> str:
    """Return what keeps the receipts of the open job from being fetched, as a sentence; "" where nothing does."""
    started = ExportJob.objects.filter(configuration=configuration, state=ExportJob.State.STARTED)
    trying = Receipt.objects.filter(state=Receipt.State.TRYING, record__offers__job__in=started)
    faults = list(trying.values_list("fault", flat=True))
    return f"{len(faults)} receipts could not be fetched yet; they are tried again before anything is posted. {faults[0]}" if faults else ""


def _wanted(job: ExportJob, links: Mapping[str, Sequence[str]]) -> list[_File]:
    """Return the files that are neither here nor given up in this job."""
    began = job.started_at or job.seen_at
    records = {str(record.entry_id): record for record in ExportRecord.objects.filter(offers__job=job, entry_id__in=list(links))}
    usable: dict[int, set[str]] = {record.pk: set() for record in records.values()}
    tried: dict[tuple[int, int, str], Receipt] = {}
    for receipt in Receipt.objects.filter(record__in=usable):
        if receipt.state in Receipt.USABLE:
            usable[receipt.record_id].add(receipt.source)
        if receipt.fetched_at >= began:
            tried[receipt.record_id, receipt.number, receipt.source] = receipt
    wanted = []
    for entry_id, record in sorted(records.items()):
        for number, url in enumerate(links[entry_id], start=1):
            source = unsigned(url)
            before = tried.get((record.pk, number, source))
            if source not in usable[record.pk] and (before is None or before.state == Receipt.State.TRYING):
                wanted.append(_File(record, number, url, before.tries if before else 0))
    return wanted


def _fetch_all(job: ExportJob, files: Sequence[_File], client: PleoClient, clock: Clock, lease: Lease, stop_at: float | None) -> bool:
    """Try each file once, side by side, and keep what came of each at once. False where the time is up before the last."""
    waiting, under_way = list(reversed(files)), dict[Future[_Fetched], _File]()
    with ThreadPoolExecutor(FETCHERS) as pool:
        while True:
            while waiting and len(under_way) < FETCHERS and (stop_at is None or time.monotonic() <= stop_at):
                file = waiting.pop()
                short = job.seconds_in_vain >= SECONDS_IN_VAIN
                under_way[pool.submit(_fetch, file.url, SHORT_TRY_SECONDS if short else TOTAL_SECONDS)] = file
            if not under_way:
                return not waiting
            done, _ = wait(under_way, timeout=settings.LEASE_SECONDS / 10, return_when=FIRST_COMPLETED)
            for each in done:
                _keep(job, under_way.pop(each), each.result(), clock)
            lease.hold(clock())
            keep_alive(job, client, clock)


def _fetch(url: str, seconds: float) -> _Fetched:
    """Try one file. Touches no database: it runs beside others."""
    began = time.monotonic()
    content, state, fault, worth_another = _judged(url, seconds)
    return _Fetched(content, state, fault, time.monotonic() - began, worth_another)


def _judged(url: str, seconds: float) -> tuple[bytes, str, str, bool]:
    state, limit = Receipt.State, settings.MAX_RECEIPT_MEGABYTES * 1024 * 1024
    try:
        content = fetch_receipt(url, limit=limit, total_seconds=seconds)
    except ReceiptTooLarge:
        return b"", state.TOO_LARGE, f"The file is larger than {settings.MAX_RECEIPT_MEGABYTES} MB.", False
    except ReceiptUnreachable as error:
        return b"", state.UNREACHABLE, str(error), True
    if not content:
        return b"", state.EMPTY, "The file has no content.", False
    if is_message(content):
        return b"", state.UNREACHABLE, "The file's host answered with a message instead of the file.", True
    if not file_type(content):
        return content, state.WRONG_TYPE, "The file is neither a picture nor a document that Sage Intacct takes.", False
    return content, state.FETCHED, "", False


def _keep(job: ExportJob, file: _File, fetched: _Fetched, clock: Clock) -> None:
    tries, state = file.tries + 1, fetched.state
    if state == Receipt.State.UNREACHABLE:
        job.fetched_in_vain(round(fetched.seconds))
        if fetched.worth_another and tries < TRIES and job.seconds_in_vain < SECONDS_IN_VAIN:
            state = Receipt.State.TRYING
    _keep_receipt(file.record, file.number, file.url, fetched.content, state, fetched.fault, tries, clock)


def _keep_receipt(record: ExportRecord, number: int, url: str, content: bytes, state: str, fault: str, tries: int, clock: Clock) -> None:
    """Keep one file; a file with the same content is kept once."""
    now = clock()
    content_hash = hashlib.sha256(content).hexdigest() if content else ""
    usable = state == Receipt.State.FETCHED
    if usable and record.receipts.filter(content_id=content_hash, state__in=Receipt.USABLE).exclude(number=number).exists():
        state, fault, usable = Receipt.State.DUPLICATE, "The same file is there already.", False
    with transaction.atomic():
        kept = ReceiptContent.keep(content_hash, content, now) if usable else None
        Receipt.objects.update_or_create(
            record=record,
            number=number,
            defaults={
                "source": unsigned(url),
                "content": kept,
                "name": f"receipt {number}",
                "type": file_type(content),
                "size": len(content),
                "state": state,
                "fault": fault,
                "tries": tries,
                "fetched_at": now,
                "document": None,
            },
        )
