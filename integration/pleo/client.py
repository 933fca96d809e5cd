"""The only module that calls Pleo; the hosts of receipts are called by `receipt_links.py`.

Source: Pleo OpenAPI files (export v3, installations, companies); prose where marked.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urljoin

import requests
import structlog
import urllib3

from integration.bodies import TookTooLong, TooLarge, read_body, read_json, written
from integration.endpoints import check_pleo_base_url
from integration.errors import IntegrationError, OutcomeUnknown, Rejected, RequestRefused, SignInRefused, TryLater
from integration.models import EntityConfiguration

log = structlog.get_logger(__name__)
Row = TypeVar("Row")

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
TOTAL_SECONDS = 120.0
ANSWER_LIMIT = 32 * 1024 * 1024
# The schema allows 100 items in one update; Pleo's design page asks for 10, which also keeps the job alive.
ITEMS_IN_AN_UPDATE = 10
PAGES_AT_MOST = 10_000
_JOB_STATUSES = ("pending", "in_progress", "failed", "completed", "completed_with_errors")
# Of a job that does not say when it expires, or says what no job does. Source: Pleo Export API v3, expiresIn.
_EXPIRES_IN, _EXPIRES_IN_AT_MOST = 3600, 30 * 86_400
_COUNT_AT_MOST = 1_000_000
_PAUSE_AT_MOST = 3600.0


@dataclass(frozen=True, slots=True)
class PleoJob:
    """An export job as Pleo describes it. expires_in: seconds after the last action."""

    id: str
    company_id: str
    status: str
    number_of_items: int
    created_at: datetime | None
    expires_in: int
    vendor_based: bool
    failure_type: str
    failure_reason: str


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What Pleo is told about one entry. status: in_progress, successful or failed."""

    entry_id: str
    status: str
    exported_at: datetime | None = None
    external_id: str = ""
    external_url: str = ""
    failure_type: str = ""
    failure_reason: str = ""

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"accountingEntryId": self.entry_id, "status": self.status}
        if self.exported_at:
            body["exportedAt"] = self.exported_at.isoformat()
        if self.external_id:
            body["externalId"] = self.external_id
        if self.external_url:
            body["externalUrl"] = self.external_url
        if self.failure_reason:
            body |= {"failureReason": self.failure_reason, "failureReasonType": self.failure_type}
        return body


@dataclass(frozen=True, slots=True)
class ItemError:
    """Why Pleo did not take the result of one entry."""

    type: str
    message: str

    @property
    def is_for_good(self) -> bool:
        """Whether no repetition helps. Only this type is published; any other may pass."""
        return self.type == "ACCOUNTING_ENTRY_DOES_NOT_EXIST"

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.type, self.message)))


@dataclass(frozen=True, slots=True)
class UpdateAnswer:
    """What Pleo says about the entries it has not taken, by their ids in small letters."""

    errors: Mapping[str, ItemError]


class PleoClient:
    """Speaks for one Pleo company, with its API key (Basic: key as user name, no password)."""

    def __init__(self, base_url: str, api_key: str, *, total_seconds: float = TOTAL_SECONDS) -> None:
        self._base_url = base_url.rstrip("/") + "/"
        self._key = api_key
        self._total = total_seconds

    # Export jobs

    def jobs(self, company_id: str, statuses: Sequence[str]) -> list[PleoJob]:
        """Return the jobs of a company in these states, the oldest first."""
        rows = self._pages("GET", "v3/export-jobs", {"company_id": company_id, "statuses": list(statuses)})
        return sorted((job for row in rows if (job := _job(row))), key=lambda job: (job.created_at is None, job.created_at, job.id))

    def job(self, job_id: str) -> PleoJob:
        job = _job(self._call("GET", f"v3/export-jobs/{job_id}").get("data"))
        if job is None:
            raise TryLater("Pleo's answer about its export job cannot be read.", code="unreadable")
        return job

    def create_job(self, company_id: str, entry_ids: Sequence[str], *, vendor_based: bool = False) -> PleoJob:
        """Ask for a new job with these entries. vendor_based: with their vendors and bookkeeping methods.

        Raises Rejected with code EXPORT_ALREADY_IN_PROGRESS while another is open, OutcomeUnknown where no answer came.
        """
        body: dict[str, Any] = {"companyId": company_id, "accountingEntryIds": list(entry_ids), "isInteractive": False}
        if vendor_based:
            body["options"] = {"vendorBasedBookkeeping": True}
        job = _job(self._call("POST", "v3/export-jobs", body=body).get("data"))
        if job is None:
            raise OutcomeUnknown("Pleo's answer does not show the job.", code="unreadable")
        return job

    def send_event(self, job_id: str, event: str, *, failure_type: str = "", failure_reason: str = "") -> None:
        """Change the state of a job. Raises Rejected (422) where the job does not allow it, OutcomeUnknown without answer."""
        body = {"jobId": job_id, "event": event}
        if failure_reason:
            body |= {"failureReason": failure_reason, "failureReasonType": failure_type}
        self._call("POST", "v3/export-job-events", body=body)

    def job_items(self, job_id: str, *, status: str = "") -> Iterator[tuple[str, str]]:
        """Yield (accounting entry id, status) of every item of a job, or of those with this status."""
        for row in self._pages("GET", f"v3/export-jobs/{job_id}/items", {"status": status} if status else {}):
            if is_id(row.get("accountingEntryId")):
                yield row["accountingEntryId"], str(row.get("status"))
            else:
                log.warning("pleo_entry_without_id", job=job_id)

    def export_items(self, job_id: str) -> Iterator[Mapping[str, Any]]:
        """Yield every item of a job as JSON with exact numbers. Links in it are signed anew at each call."""
        return self._pages("GET", "v3/export-items", {"job_id": job_id})

    def update_items(self, job_id: str, results: Sequence[ItemResult]) -> UpdateAnswer:
        """Tell Pleo about at most ten entries; a repetition does no harm while the job is open.

        Raises Rejected with code 422 once the job has ended.
        """
        assert len(results) <= ITEMS_IN_AN_UPDATE
        answer = self._call("PUT", f"v3/export-jobs/{job_id}/items", body=[result.body() for result in results])
        errors = answer.get("errors") or []
        if not isinstance(errors, list) or not all(isinstance(row, dict) and is_id(row.get("accountingEntryId")) for row in errors):
            raise OutcomeUnknown("Pleo's answer does not say which results it has taken.", code="unreadable")
        return UpdateAnswer(
            {row["accountingEntryId"].lower(): ItemError(_text(row.get("type")), _text(row.get("message"))) for row in errors}
        )

    # Installation and company

    def installation(self) -> Mapping[str, Any] | None:
        """Return this app's installation for the company, None where there is none."""
        try:
            return self._call("GET", "v1/installations/me")
        except Rejected as error:
            if error.code == "403":
                raise
            return None  # which status and type Pleo uses here is not documented

    def install(self) -> Mapping[str, Any]:
        return self._call("POST", "v1/installations/me", body={"status": "PENDING_INTEGRATION", "metadata": {}})

    def activate(self) -> Mapping[str, Any]:
        return self._call("POST", "v1/installations/me:activate")

    def company(self, company_id: str) -> Mapping[str, Any]:
        return self._call("GET", f"v1/companies/{company_id}")["data"]

    # Transport

    def look_at_lists(self, company_id: str, *, tags: bool, tax_codes: bool) -> None:
        """Ask for tag groups and for one page of tax codes, only to learn whether this key may. Raises as every call."""
        if tags:
            self._call("GET", "v0/tag-groups", query={"company_id": company_id})
        if tax_codes:
            self._call("POST", "v0/tax-codes:search", query={"company_id": company_id}, body={})

    def _pages(self, method: str, path: str, query: Mapping[str, Any], body: Any = None) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of all pages, without those that are no objects.

        Raises TryLater where a cursor repeats: the list is then not to be trusted.
        """
        seen: set[str] = set()
        after = ""
        for _ in range(PAGES_AT_MOST):
            answer = self._call(method, path, query={**query, **({"after": after} if after else {})}, body=body)
            if not isinstance(answer.get("data"), list):
                raise TryLater("Pleo's list cannot be read.", code="unreadable")
            yield from (row for row in answer["data"] if isinstance(row, dict))
            pagination = answer.get("pagination") or {}
            if not isinstance(pagination, dict):
                raise TryLater("Pleo's list cannot be read.", code="unreadable")
            if not pagination.get("hasNextPage"):
                return
            after = str(pagination.get("endCursor") or "")
            if not after or after in seen:
                raise TryLater("Pleo's list does not come to an end: a page names itself as the next one.")
            seen.add(after)
        raise TryLater("Pleo's list has more pages than we read.")

    def _call(self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Any = None) -> dict[str, Any]:
        """Make one call and return its JSON ({} for an answer without body)."""
        try:
            check_pleo_base_url(self._base_url)
        except ValueError as error:
            raise RequestRefused(f"Not sent: {error}") from error
        writes = method in ("POST", "PUT", "DELETE") and not path.endswith(":search")
        started = time.monotonic()
        try:
            status, headers, raw = self._exchange(method, path, query, body)
            answer = _understand(status, headers, raw, writes=writes)
            if not answer and (method in ("GET", "PUT") or path == "v3/export-jobs"):
                raise OutcomeUnknown("Pleo's answer is empty.", code=f"HTTP {status}")
        except IntegrationError as error:
            if isinstance(error, OutcomeUnknown) and not writes:
                error = TryLater(error.message, code=error.code)
            log.warning("pleo_request_failed", method=method, path=path, kind=type(error).__name__, code=error.code)
            raise error from None
        log.info("pleo_request", method=method, path=path, status=status, seconds=round(time.monotonic() - started, 2))
        return answer

    def _exchange(self, method: str, path: str, query: Any, body: Any) -> tuple[int, Mapping[str, str], bytes]:
        data = written(body) if body is not None else None
        headers = {"Accept": "application/json"}
        if data is not None:
            headers["Content-Type"] = "application/json;charset=UTF-8"
        deadline = time.monotonic() + self._total
        with requests.Session() as session:
            session.trust_env = False
            try:
                with session.request(
                    method,
                    urljoin(self._base_url, path),
                    params=query or None,
                    data=data,
                    headers=headers,
                    auth=(self._key, ""),
                    timeout=(CONNECT_SECONDS, min(READ_SECONDS, self._total)),
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    body = read_body(response, deadline=deadline, limit=ANSWER_LIMIT, read_seconds=READ_SECONDS)
                    return response.status_code, response.headers, body
            except requests.exceptions.ConnectTimeout:
                raise TryLater("Pleo could not be reached in time.", code="connect") from None
            except requests.exceptions.ConnectionError:
                raise OutcomeUnknown("The connection to Pleo broke before its answer came.", code="reset") from None
            except TooLarge:
                raise OutcomeUnknown("Pleo's answer is larger than we read.", code="too large") from None
            except TookTooLong:
                raise OutcomeUnknown("Pleo's answer took longer than we wait.", code="time-out") from None
            except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                raise OutcomeUnknown(f"No readable answer came from Pleo ({type(error).__name__}).", code="no answer") from None


def client_for(configuration: EntityConfiguration) -> PleoClient:
    return PleoClient(configuration.connection.pleo_base_url, configuration.pleo_credentials.api_key)


def _understand(status: int, headers: Mapping[str, str], raw: bytes, *, writes: bool) -> dict[str, Any]:
    """Judge an answer. Source: docs/reference/pleo-api.md, section 3 (errors), and the responses of each operation."""
    if 200 <= status < 300:
        if not raw.strip():
            return {}
        try:
            answer = read_json(raw)
        except ValueError:
            raise OutcomeUnknown("Pleo's answer is not JSON.", code=f"HTTP {status}") from None
        return answer if isinstance(answer, dict) else {"data": answer}
    kind, said = _exception_info(raw)
    if status == 429:
        raise TryLater("Pleo is limiting how often it may be asked.", code="429", after=seconds_of(headers.get("Retry-After")))
    if status == 401:
        raise SignInRefused(
            "Pleo does not accept the API key. Make a new one in Pleo (Settings › API Keys) and save it here.", of="key", code="401"
        )
    if status == 403:
        raise Rejected(f"The API key may not do this in Pleo. {said}".strip(), code="403")
    if status >= 500 or status < 400:
        raise OutcomeUnknown(f"Pleo answered with HTTP {status}.", code=str(status))
    raise Rejected(said or f"Pleo refused the request (HTTP {status}).", code=kind or str(status))


def _exception_info(raw: bytes) -> tuple[str, str]:
    try:
        info = read_json(raw)
        return _text(info.get("type")), _text(info.get("message"))
    except (ValueError, AttributeError):
        return "", ""


def seconds_of(text: str | None) -> float | None:
    """Return how long Pleo asks us to wait, an hour at the most; None where it does not say."""
    try:
        seconds = float(text or "nan")
    except ValueError:
        return None
    return None if math.isnan(seconds) else min(max(seconds, 0.0), _PAUSE_AT_MOST)


def is_id(value: Any) -> bool:
    """Say whether this is an id as Pleo writes them."""
    try:
        return isinstance(value, str) and bool(uuid.UUID(value)) and len(value) == 36
    except ValueError:
        return False


def read_rows(rows: Any, reader: Callable[[Mapping[str, Any]], Row]) -> Iterator[Row]:
    """Read rows of a list of which each counts. Raises TryLater where one cannot be read: what is missing would seem to be gone."""
    try:
        for row in rows:
            yield reader(row)
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError):
        raise TryLater("Pleo's list cannot be read.", code="unreadable") from None


def _text(value: Any) -> str:
    return "" if value is None else str(value)[:2000]


def _count(value: Any, *, otherwise: int, at_most: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= at_most else otherwise


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo and 1900 < moment.year < 2200 else None


def _job(row: Any) -> PleoJob | None:
    """Read a job; None where it does not say which one it is or how it stands: then nothing may follow from it."""
    if not isinstance(row, dict) or not is_id(row.get("id")) or row.get("status") not in _JOB_STATUSES:
        log.warning("pleo_job_unreadable")
        return None
    return PleoJob(
        id=row["id"],
        company_id=_text(row.get("companyId")),
        status=row["status"],
        number_of_items=_count(row.get("numberOfItems"), otherwise=0, at_most=_COUNT_AT_MOST),
        created_at=_moment(row.get("createdAt")),
        expires_in=_count(row.get("expiresIn"), otherwise=_EXPIRES_IN, at_most=_EXPIRES_IN_AT_MOST),
        vendor_based=bool(row.get("vendorBasedBookkeeping")),
        failure_type=_text(row.get("failureReasonType"))[:60],
        failure_reason=_text(row.get("failureReason")),
    )
