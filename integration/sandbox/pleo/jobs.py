"""Export jobs: how they begin, expire and end, and what the calls about them answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from integration.sandbox.books import Books
from integration.sandbox.http import Answer
from integration.sandbox.pleo import entries
from integration.sandbox.pleo.call import SIDE, Call, moment, new_id, stamp
from integration.sandbox.pleo.pages import page
from integration.sandbox.pleo.shapes import Refusal

Row = dict[str, Any]
OPEN_JOB = ("pending", "in_progress")
OPEN_ITEM = ("pending", "in_progress")


def item_kind(job_id: str) -> str:
    return f"job item {job_id}"


def make_job(
    books: Books,
    company_id: str,
    entry_ids: Iterable[str] | None = None,
    *,
    now: datetime,
    expires_in: int = 3600,
    created_by: str | None = None,
    interactive: bool = True,
    vendor_based: bool = False,
) -> str:
    """Begin a job, as the Export button does, and return its id.

    entry_ids: None means every entry that is neither exported nor in an open job.

    Raises Refusal: 404 for an entry that is unknown, or in another open job; 422 where nothing is left to export.
    """
    if entry_ids is None:
        found = [row for row in books.all(SIDE, "entry") if row["companyId"] == company_id]
        found = [row for row in found if not row["exported"] and not row["openJob"]]
    else:
        found = []
        for entry_id in dict.fromkeys(entry_ids):
            entry = _entry_of(books, company_id, entry_id)
            if entry is None:
                raise Refusal(404, "EXPORT_ENTRY_NOT_FOUND", f"Accounting entry {entry_id} cannot be exported")
            found.append(entry)
    if not found and entry_ids is None:
        raise Refusal(422, "NOTHING_TO_EXPORT", "There is no entry left to export")
    job_id = new_id()
    with books.transaction():
        for row in found:
            row["openJob"] = job_id
            books.put(SIDE, "entry", row["id"], row)
            item = {"accountingEntryId": row["id"], "exportJobId": job_id, "status": "pending"}
            books.put(SIDE, item_kind(job_id), row["id"], item)
        job = {
            "id": job_id,
            "companyId": company_id,
            "status": "pending",
            "numberOfItems": len(found),
            "createdAt": stamp(now),
            "createdBy": created_by,
            "isInteractive": interactive,
            "vendorBasedBookkeeping": vendor_based,
            "startedAt": None,
            "lastUpdatedAt": stamp(now),
            "completedAt": None,
            "expiredAt": None,
            "expiresIn": expires_in,
            "failureReason": None,
        }
        books.put(SIDE, "job", job_id, job)
    return job_id


def _entry_of(books: Books, company_id: str, entry_id: str) -> Row | None:
    """Return an entry of the company that is in no open job."""
    row = books.get(SIDE, "entry", entry_id.lower())
    return None if row is None or row["companyId"] != company_id or row["openJob"] else row


def expire_jobs(books: Books, now: datetime) -> None:
    """End every open job whose last update is too long ago."""
    for job in books.all(SIDE, "job"):
        if job["status"] not in OPEN_JOB:
            continue
        ends = moment(job["lastUpdatedAt"]) + timedelta(seconds=job["expiresIn"])
        if now >= ends:
            job["expiredAt"] = stamp(ends)
            job["failureReason"] = "The export job was not updated within its time limit."
            job["failureReasonType"] = "job_expired"
            _end(books, job, "failed", ends)


def cancel_job(books: Books, job_id: str, now: datetime) -> None:
    """End an open job as a person does who cancels it in Pleo. Raises Refusal (422) for one that has ended."""
    job = books.get(SIDE, "job", job_id)
    if job is None or job["status"] not in OPEN_JOB:
        raise Refusal(422, "INVALID_EXPORT_JOB_STATUS_CHANGE", "Export Job status change failed: it cannot be cancelled any more")
    reason = {"failureReason": "The export was cancelled by a user.", "failureReasonType": "canceled_by_user"}
    _end(books, job | reason, "failed", now)


def _end(books: Books, job: Row, status: str, now: datetime) -> None:
    """Write the final state, give up what is not final, and unlock the entries."""
    job["status"] = status
    job["lastUpdatedAt"] = stamp(now)
    if status != "failed":
        job["completedAt"] = stamp(now)
    books.put(SIDE, "job", job["id"], job)
    for item in books.all(SIDE, item_kind(job["id"])):
        if item["status"] in OPEN_ITEM:
            books.put(SIDE, item_kind(job["id"]), item["accountingEntryId"], item | {"status": "abandoned"})
        entry = books.get(SIDE, "entry", item["accountingEntryId"])
        if entry is not None and entry["openJob"] == job["id"]:
            books.put(SIDE, "entry", entry["id"], entry | {"openJob": ""})


def _job(call: Call, job_id: str) -> Row:
    job = call.books.get(SIDE, "job", job_id.lower())
    if job is None:
        call.refuse("job_unknown", "Export job not found.")
    assert job is not None
    call.own(job["companyId"], "forbidden.job")
    return job


def list_jobs(call: Call) -> Answer:
    """Newest first: the caller has to find the oldest open one itself."""
    company_id = call.named_company()
    statuses = call.query.get("statuses")
    rows = [row for row in call.books.all(SIDE, "job") if row["companyId"] == company_id]
    body = page(call, rows, of="jobs", keep=lambda row: statuses is None or row["status"] in statuses, sort="createdAt")
    return Answer.json(200, body)


def create_job(call: Call) -> Answer:
    body = call.body
    company_id = call.own(body["companyId"])
    if any(row["companyId"] == company_id and row["status"] in OPEN_JOB for row in call.books.all(SIDE, "job")):
        call.refuse("in_progress", "Export Job already in progress for this company.")
    wanted = []
    for entry_id in body["accountingEntryIds"]:
        entry = _entry_of(call.books, company_id, entry_id)
        if entry is None:
            call.refuse("entry_unknown", f"Accounting entry {entry_id} cannot be exported")
        else:
            wanted.append(entry)
    entries.require_contra_accounts(call, company_id, wanted)
    job_id = make_job(
        call.books,
        company_id,
        [row["id"] for row in wanted],
        now=call.now,
        expires_in=call.settings.expires_in,
        created_by=body.get("employeeId"),
        interactive=body.get("isInteractive") is not False,
        vendor_based=bool((body.get("options") or {}).get("vendorBasedBookkeeping")),
    )
    return Answer.json(201, {"data": call.books.get(SIDE, "job", job_id)})


def get_job(call: Call) -> Answer:
    return Answer.json(200, {"data": _job(call, call.ids["jobId"])})


def create_event(call: Call) -> Answer:
    """Raises Refusal (422) for a change that the job's state, or the state of its items, does not allow."""
    body, event = call.body, call.body["event"]
    job = _job(call, body["jobId"])
    _check_reason(call, event)
    before = job["status"]
    if event == "started" and before != "pending":
        _wrong_change(call, "started", f"{event} cannot follow {before}")
    if event == "failed" and before not in OPEN_JOB:
        _wrong_change(call, "failed", f"{event} cannot follow {before}")
    if event.startswith("completed"):
        if before != "in_progress":
            _wrong_change(call, "completed", f"{event} cannot follow {before}")
        _check_results(call, job, event)
    if event == "started":
        job |= {"status": "in_progress", "startedAt": stamp(call.now), "lastUpdatedAt": stamp(call.now)}
        call.books.put(SIDE, "job", job["id"], job)
        return Answer(202)
    reason = {name: body[name] for name in ("failureReason", "failureReasonType") if name in body}
    _end(call.books, job | reason, event, call.now)
    return Answer(202)


def _check_reason(call: Call, event: str) -> None:
    for name, row in (("failureReason", "reason"), ("failureReasonType", "type")):
        if name in call.body and event != "failed":
            call.refuse(f"form.{row}", f"{name} may be given only with the event failed")
        if name not in call.body and event == "failed":
            call.refuse(f"form.no_{row}", f"{name} is required with the event failed")


def _check_results(call: Call, job: Row, event: str) -> None:
    statuses = [item["status"] for item in call.books.all(SIDE, item_kind(job["id"]))]
    waiting = sum(status in OPEN_ITEM for status in statuses)
    all_good = all(status == "successful" for status in statuses)
    if waiting:
        _wrong_change(call, "not_final", f"{waiting} items are not final")
    elif event == "completed" and not all_good:
        _wrong_change(call, "not_all", "not every item is successful")
    elif event == "completed_with_errors" and all_good:
        _wrong_change(call, "all_good", "every item is successful")


def _wrong_change(call: Call, row: str, why: str) -> None:
    call.refuse(f"status_change.{row}", f"Export Job status change failed: {why}")


def list_items(call: Call) -> Answer:
    job, wanted = _job(call, call.ids["jobId"]), call.query.get("status")
    rows = call.books.all(SIDE, item_kind(job["id"]))
    of = f"items-{job['id']}"
    keep = lambda row: wanted is None or row["status"] == wanted  # noqa: E731
    return Answer.json(200, page(call, rows, of=of, key="accountingEntryId", keep=keep))


def update_items(call: Call) -> Answer:
    """Entries that are not in the job come back in `errors`; the others are updated all the same."""
    job, kind = _job(call, call.ids["jobId"]), item_kind(call.ids["jobId"].lower())
    if job["status"] not in OPEN_JOB:
        call.refuse("job_finished", "Export job is finished.")
    updated: list[Row] = []
    errors: list[Row] = []
    for change in call.body:
        entry_id = change["accountingEntryId"].lower()
        held = call.books.get(SIDE, kind, entry_id)
        if held is None:
            message = f"Accounting entry {entry_id} is not in export job {job['id']}"
            (kind_of_error,) = call.note("item_error")
            errors.append({"accountingEntryId": entry_id, "type": kind_of_error, "message": message})
            continue
        kept = {name: held[name] for name in ("accountingEntryId", "exportJobId")}
        row = kept | {name: value for name, value in change.items() if name != "accountingEntryId"}
        call.books.put(SIDE, kind, entry_id, row)
        updated.append(row)
        entry = call.books.get(SIDE, "entry", entry_id)
        if entry is not None and row["status"] == "successful":
            call.books.put(SIDE, "entry", entry_id, entry | {"exported": True})
    call.books.put(SIDE, "job", job["id"], job | {"lastUpdatedAt": stamp(call.now)})
    return Answer.json(200, {"data": updated, "errors": errors})


def export_items(call: Call) -> Answer:
    job = _job(call, call.query["job_id"])
    if job["status"] not in OPEN_JOB:
        call.refuse("job_finished", "Export Job is finished and can no longer be processed.")
    rows = call.books.all(SIDE, item_kind(job["id"]))

    def render(row: Row) -> Row:
        entry = call.books.get(SIDE, "entry", row["accountingEntryId"])
        assert entry is not None
        entries.require_contra_accounts(call, job["companyId"], [entry])
        return entries.rendered(call, entry, vendor_based=job["vendorBasedBookkeeping"])

    return Answer.json(200, page(call, rows, of=f"export-{job['id']}", key="accountingEntryId", render=render))


def _newest_items(call: Call, entry_ids: Sequence[str]) -> list[Row]:
    """The newest job item of each entry, in the order asked for; entries without one are left out."""
    jobs = [row["id"] for row in call.books.all(SIDE, "job") if row["companyId"] == call.company_id]
    found = []
    for entry_id in entry_ids:
        rows = (call.books.get(SIDE, item_kind(job_id), entry_id.lower()) for job_id in reversed(jobs))
        newest = next((row for row in rows if row is not None), None)
        if newest is not None:
            found.append(newest)
    return found


def job_item_of_entry(call: Call) -> Answer:
    call.own(call.query.get("company_id"))
    found = _newest_items(call, [call.query["accounting_entry_id"]])
    if not found:
        call.refuse("entry_unknown", "Export Job Item not found")
    return Answer.json(200, {"data": found[0]})


def search_job_items(call: Call) -> Answer:
    call.own(call.query.get("company_id"))
    wanted = call.body.get("status")
    rows = _newest_items(call, list(dict.fromkeys(call.body["accountingEntryIds"])))
    keep = lambda row: wanted is None or row["status"] == wanted  # noqa: E731
    return Answer.json(200, page(call, rows, of="job-items", key="accountingEntryId", keep=keep))
