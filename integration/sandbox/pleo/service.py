"""Pleo as one object: requests in, answers out, and what a test or the demo may do beside them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from integration.sandbox.books import Books
from integration.sandbox.http import Answer, Fault, Faults, Request
from integration.sandbox.pleo import change, entries, faulty, jobs, routes
from integration.sandbox.pleo.call import SIDE, Call, Settings, moment, stamp
from integration.sandbox.pleo.demands import Record
from integration.sandbox.pleo.shapes import Refusal, check, parameter

Row = dict[str, Any]


def register_key(
    books: Books, api_key: str, company_id: str, *, scopes: Iterable[str] | None = None, expires_at: datetime | None = None
) -> None:
    """Bind an API key to one company. Only its hash is kept. scopes: what it may do; None for all."""
    row = {"companyId": company_id, "scopes": None if scopes is None else sorted(scopes)}
    books.put(SIDE, "api key", _hashed(api_key), row | {"expiresAt": stamp(expires_at) if expires_at else None})


class PleoSandbox:
    """requests: {"method", "path", "status", "at", "refused"} of every request, never its key, body or signature.

    refused: the ids of the demands that it did not meet.

    status is 0 where the connection was closed without an answer.
    witness: is shown every request that is carried out and its right answer, before a fault spoils it.
    """

    witness: ClassVar[Callable[[Request, Answer], None] | None] = None

    def __init__(self, books: Books, faults: Faults | None = None, settings: Settings | None = None) -> None:
        self.books = books
        self.faults = faults or Faults()
        self.settings = settings or Settings()
        self.requests: list[Row] = []
        self._writes = 0
        self._refused = threading.local()
        self._recent: deque[datetime] = deque()
        self._late: list[tuple[datetime, Request]] = []
        self._lock = threading.Lock()

    # Requests

    def handle(self, request: Request, now: datetime) -> Answer:
        self.run_late(now)
        self._refused.ids = ()
        fault = self.faults.take(request, writes=request.method != "GET")
        if fault is None:
            answer = self._carry_out(request, now)
        else:
            answer = faulty.answer(
                fault, request, lambda asked: self._carry_out(asked, now), lambda seconds: self._postpone(request, now, seconds)
            )
        with self._lock:
            self._writes += self._may_write(request)
            status = 0 if answer.drop else answer.status
            row = {"method": request.method, "path": request.path, "status": status, "at": now.isoformat()}
            self.requests.append(row | {"refused": list(self._refused.ids)})
        return answer

    def inject(self, *faults: Fault) -> None:
        """Raises ValueError for a fault that only Intacct knows."""
        for fault in faults:
            if fault.kind not in faulty.POSSIBLE:
                raise ValueError(f"{fault.kind} does not happen on the Pleo side")
        self.faults.inject(*faults)

    def writes(self) -> int:
        """How many requests came that may change something, answered well or not."""
        return self._writes

    def _carry_out(self, request: Request, now: datetime) -> Answer:
        answer = self._judged(request, now)
        if PleoSandbox.witness is not None:
            PleoSandbox.witness(request, answer)
        return answer

    def _judged(self, request: Request, now: datetime) -> Answer:
        try:
            with self.books.transaction():
                jobs.expire_jobs(self.books, now)
            with self.books.transaction():  # a refusal undoes what its handler wrote
                return self._answer(request, now)
        except Refusal as refusal:
            self._refused.ids = tuple(filter(None, (refusal.demand,)))
            info = {"type": refusal.type, "message": refusal.message}
            return Answer.json(refusal.status, info, **refusal.headers)

    def _answer(self, request: Request, now: datetime) -> Answer:
        if request.path.startswith("/files/"):
            if request.method != "GET":
                raise Refusal(405, "METHOD_NOT_ALLOWED", "Files can only be read")
            body, content_type = entries.file_content(self.books, request.path, request.query, request.headers, now)
            return Answer(200, body, content_type)
        key = self._authenticated(request, now)
        self._count(now)
        route, ids = routes.find(self.settings, request.method, request.path)
        _check_scope(self.settings, route.record, key)
        call = Call(
            record=route.record,
            books=self.books,
            settings=self.settings,
            company_id=str(key["companyId"]),
            now=now,
            base_url=request.base_url,
            ids=ids,
            query=_query(self.settings, route, request),
            body=_body(self.settings, route, request),
        )
        answer = route.handler(call)
        self._refused.ids = tuple(call.noted)
        return answer

    def _authenticated(self, request: Request, now: datetime) -> Row:
        """Return what is held of the API key. Raises Refusal (401)."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        try:
            user, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            user, colon, password = "", "", ""
        held = self.books.get(SIDE, "api key", _hashed(user))
        said, headers = "The API key is missing or wrong", {"WWW-Authenticate": "Basic"}
        if scheme.lower() != "basic" or not colon:
            self.settings.unmet_by_every_call("unauthorized.basic", said, headers)
        if password:
            self.settings.unmet_by_every_call("unauthorized.password", said, headers)
        if held is None:
            self.settings.unmet_by_every_call("unauthorized.key", said, headers)
        assert held is not None
        if held.get("expiresAt") and moment(held["expiresAt"]) <= now:
            self.settings.unmet_by_every_call("unauthorized.expired", "The API key has expired", headers)
        return held

    def _count(self, now: datetime) -> None:
        """Raises Refusal (429) when the last 60 seconds are full."""
        limit = self.settings.rate_limit
        if limit is None:
            return
        with self._lock:
            while self._recent and self._recent[0] <= now - timedelta(seconds=60):
                self._recent.popleft()
            if len(self._recent) >= limit:
                wait = int((self._recent[0] + timedelta(seconds=60) - now).total_seconds()) + 1
                self.settings.unmet_by_every_call("throttled", "Rate limit reached", {"Retry-After": str(wait)})
            self._recent.append(now)

    def _postpone(self, request: Request, now: datetime, seconds: float) -> None:
        """Have the request carried out by the first to come: a timer, or a request after that moment."""
        due = now + timedelta(seconds=seconds)
        with self._lock:
            self._late.append((due, request))
        timer = threading.Timer(seconds, self.run_late, (due,))
        timer.daemon = True
        timer.start()

    def run_late(self, now: datetime) -> int:
        """Carry out what a LATE fault held back and is due by now; return how many requests that were."""
        with self._lock:
            ready = [(due, request) for due, request in self._late if due <= now]
            self._late = [(due, request) for due, request in self._late if due > now]
        for due, request in ready:
            self._carry_out(request, due)
        return len(ready)

    def _may_write(self, request: Request) -> bool:
        if request.method == "GET":
            return False
        try:
            return not routes.find(self.settings, request.method, request.path)[0].reads
        except Refusal:
            return True

    # What people do in Pleo's app

    def make_job(
        self,
        company_id: str,
        entry_ids: Iterable[str] | None = None,
        *,
        now: datetime,
        expires_in: int | None = None,
        vendor_based: bool = False,
    ) -> str:
        """Click Export and return the job's id. None: all entries that are neither exported nor in an open job.

        Raises Refusal: 404 for an entry that is unknown, of another company, or in an open job; 422 where nothing is left.
        """
        with self.books.transaction():
            jobs.expire_jobs(self.books, now)
            return jobs.make_job(
                self.books,
                company_id,
                entry_ids,
                now=now,
                expires_in=self.settings.expires_in if expires_in is None else expires_in,
                vendor_based=vendor_based,
            )

    def cancel_job(self, job_id: str, now: datetime) -> None:
        """Cancel an open job. Raises Refusal (422) for one that has ended."""
        with self.books.transaction():
            jobs.cancel_job(self.books, job_id, now)

    def add_entry(self, company_id: str, item: Mapping[str, Any], files: Sequence[str] = ()) -> str:
        return entries.add_entry(self.books, company_id, item, files)

    def entry(self, entry_id: str) -> Row:
        """{"id", "companyId", "item", "files", "exported", "openJob"}. Raises KeyError."""
        row = self.books.get(SIDE, "entry", entry_id)
        if row is None:
            raise KeyError(entry_id)
        return row

    def change_entry(self, entry_id: str, *, line: int = 1, **changes: Any) -> None:
        """Mend or alter an entry's item, whatever Pleo would say about a locked one.

        amount: gross of line `line` in minor units; total, net and tax follow, at the line's own rate and exchange.
        account: its code. tags: {group code: tag code, or None to take it off}. tax: None, or a TaxV3. files:
        extensions. Anything else is the name of a field of the item and its new value.
        """
        with self.books.transaction():
            change.change_entry(self.books, self.entry(entry_id), line, changes)

    def jobs(self, company_id: str | None = None) -> list[Row]:
        """Every job, oldest first, as the API shows it."""
        rows = self.books.all(SIDE, "job")
        return [row for row in rows if company_id in (None, row["companyId"])]

    def items(self, job_id: str) -> list[Row]:
        """The items of a job, as the API shows them."""
        return self.books.all(SIDE, jobs.item_kind(job_id))


def _hashed(api_key: str) -> str:
    return hashlib.sha256(api_key.encode()).hexdigest()


def _check_scope(settings: Settings, record: Record, key: Row) -> None:
    """Raises Refusal (403) where the key may not do this."""
    allowed = key.get("scopes")
    demand = record.named("forbidden.scope")
    if demand is not None and allowed is not None and record.scope not in allowed:
        settings.unmet(demand, f"The API key lacks the scope {record.scope}")


def _query(settings: Settings, route: routes.Route, request: Request) -> dict[str, Any]:
    read = {}
    for name, values in request.query.items():
        element = route.query.get(name)
        if element is None:
            settings.unmet_by_every_call("form.parameter", f"query parameter {name} is unknown")
            continue
        read[name] = parameter(element, values, name, settings.unmet, settings.unmet_by_every_call)
    for name, element in route.query.items():
        if element.required and name not in read:
            settings.unmet(element.rules["required"], f"query parameter {name} is required")
    return read


def _body(settings: Settings, route: routes.Route, request: Request) -> Any:
    element = route.record.body
    if element is None:
        if request.body:
            settings.unmet_by_every_call("form.payload", f"{route.method} {route.path} takes no body")
        return None
    if not request.body:
        if element.required:
            settings.unmet(element.rules["required"], "a body is required")
        return None
    content_type = request.headers.get("content-type", "").lower().replace(" ", "")
    if content_type != "application/json;charset=utf-8":
        settings.unmet_by_every_call("content_type", "the body must be application/json;charset=UTF-8")
    try:
        value = json.loads(request.body.decode())
    except ValueError:
        settings.unmet_by_every_call("form.json", "the body is not JSON in UTF-8")
    check(element, value, "body", settings.unmet, settings.unmet_by_every_call)
    return value
