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
from integration.sandbox.pleo.call import SIDE, Call, Settings
from integration.sandbox.pleo.shapes import Refusal, bad_request

Row = dict[str, Any]


def register_key(books: Books, api_key: str, company_id: str) -> None:
    """Bind an API key to one company. Only its hash is kept."""
    books.put(SIDE, "api key", _hashed(api_key), {"companyId": company_id})


class PleoSandbox:
    """requests: {"method", "path", "status", "at"} of every request, never its key, body or signature.

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
        self._recent: deque[datetime] = deque()
        self._late: list[tuple[datetime, Request]] = []
        self._lock = threading.Lock()

    # Requests

    def handle(self, request: Request, now: datetime) -> Answer:
        self.run_late(now)
        fault = self.faults.take(request, writes=request.method != "GET")
        if fault is None:
            answer = self._carry_out(request, now)
        else:
            answer = faulty.answer(
                fault, request, lambda asked: self._carry_out(asked, now), lambda seconds: self._postpone(request, now, seconds)
            )
        with self._lock:
            self._writes += _writes(request)
            status = 0 if answer.drop else answer.status
            self.requests.append({"method": request.method, "path": request.path, "status": status, "at": now.isoformat()})
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
            info = {"type": refusal.type, "message": refusal.message}
            return Answer.json(refusal.status, info, **refusal.headers)

    def _answer(self, request: Request, now: datetime) -> Answer:
        if request.path.startswith("/files/"):
            if request.method != "GET":
                raise Refusal(405, "METHOD_NOT_ALLOWED", "Files can only be read")
            body, content_type = entries.file_content(self.books, request.path, request.query, request.headers, now)
            return Answer(200, body, content_type)
        company_id = self._authenticated(request)
        self._count(now)
        route, ids = routes.find(request.method, request.path)
        call = Call(
            books=self.books,
            settings=self.settings,
            company_id=company_id,
            now=now,
            base_url=request.base_url,
            ids=ids,
            query=_query(route, request),
            body=_body(route, request),
        )
        return route.handler(call)

    def _authenticated(self, request: Request) -> str:
        """Return the company of the API key. Raises Refusal (401)."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        try:
            user, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            user, colon, password = "", "", ""
        held = self.books.get(SIDE, "api key", _hashed(user))
        if scheme.lower() != "basic" or not colon or password or held is None:
            raise Refusal(401, "UNAUTHORIZED", "The API key is missing or wrong", {"WWW-Authenticate": "Basic"})
        return str(held["companyId"])

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
                raise Refusal(429, "TOO_MANY_REQUESTS", "Rate limit reached", {"Retry-After": str(wait)})
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


def _writes(request: Request) -> bool:
    if request.method == "GET":
        return False
    try:
        return not routes.find(request.method, request.path)[0].reads
    except Refusal:
        return True


def _query(route: routes.Route, request: Request) -> dict[str, Any]:
    read = {}
    for name, values in request.query.items():
        parameter = route.query.get(name)
        if parameter is None:
            raise bad_request(f"query parameter {name} is unknown")
        read[name] = parameter.read(values, name)
    return read


def _body(route: routes.Route, request: Request) -> Any:
    if route.body is None:
        if request.body:
            raise bad_request(f"{route.method} {route.path} takes no body")
        return None
    if not request.body:
        if route.body_required:
            raise bad_request("a body is required")
        return None
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "the body must be application/json;charset=UTF-8")
    try:
        value = json.loads(request.body.decode())
    except ValueError:
        raise bad_request("the body is not JSON in UTF-8") from None
    route.body.check(value, "body")
    return value
