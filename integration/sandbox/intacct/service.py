"""The Intacct side: takes a request, judges it, carries it out, and answers; goes wrong where a fault says so."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lxml import etree

from integration.sandbox import http
from integration.sandbox.books import Books
from integration.sandbox.http import Answer, Fault, Faults, Request
from integration.sandbox.intacct import (
    answers,
    attachments,
    bills,
    envelope,
    generic_reads,
    legacy_bill,
    permissions,
    query,
    reads,
    sessions,
    wordings,
)
from integration.sandbox.intacct.answers import Control, Result, SignedIn
from integration.sandbox.intacct.envelope import Envelope, Function
from integration.sandbox.intacct.findings import Findings
from integration.sandbox.intacct.functions import get_session, write
from integration.sandbox.intacct.log import RequestLog
from integration.sandbox.intacct.objects import SIDE
from integration.sandbox.intacct.refusals import Refusal, Refused, refusal, refuse

_HTML = b"<html><head><title>%d</title></head><body><h1>%s</h1></body></html>"
_BEFORE = {http.RESET_BEFORE, http.HTML_BEFORE, http.THROTTLE, http.LATE}
_SINGLE: dict[str, Callable[[etree._Element, sessions.Context], etree._Element]] = {
    "query": query.run,
    "readByQuery": generic_reads.read_by_query,
    "readMore": generic_reads.read_more,
    "read": generic_reads.read,
    "readByName": generic_reads.read_by_name,
    "inspect": generic_reads.inspect,
    "lookup": reads.lookup,
    "getDimensions": reads.dimensions,
    "getFinancialSetup": reads.financial_setup,
    "getUserPermissions": permissions.user_permissions,
    "readUserFormatting": permissions.user_formatting,
    "get_companyprefs": reads.company_preferences,
    "get": attachments.get,
    "get_list": attachments.get_list,
    "create_supdoc": attachments.create,
    "update_supdoc": attachments.update,
    "create_supdocfolder": attachments.create_folder,
    "create_bill": legacy_bill.create,
    "reverse_bill": bills.reverse_bill,
}


@dataclass(slots=True)
class Limits:
    """0 means no limit. A request counts as running until its answer has been sent."""

    concurrent: int = 0
    per_minute: int = 0


class _RollBack(Exception):
    pass


def _names(refusals: Iterable[Refusal]) -> list[str]:
    """Which demands were not met, by the names of their refusals."""
    return [each.name for each in refusals]


class IntacctSandbox(Findings):
    """The gateway of every company in the books.

    missing_get: how `get` answers for a key that is not there, "failure" or "empty" (which one is real is unknown).
    paid_bills_open: whether a paid bill still takes an update (a practitioner says that it does not).
    wording: in which words refusals are answered; what it is of the class is that of every new sandbox.
    """

    wording: wordings.Wording = staticmethod(wordings.own)

    def __init__(
        self, books: Books, faults: Faults | None = None, *, limits: Limits | None = None,
        session_lifetime: timedelta = sessions.LIFETIME, missing_get: str = "failure", paid_bills_open: bool = False,
    ) -> None:  # fmt: skip
        self.books = books
        self.log = RequestLog(books)
        self.faults = faults or Faults()
        self.limits = limits or Limits()
        self.session_lifetime = session_lifetime
        self.missing_get = missing_get
        self.paid_bills_open = paid_bills_open
        self._late: list[Callable[[datetime], None]] = []
        self._counting = threading.Lock()
        self._running: list[datetime] = []
        self._active = 0
        self._recent: deque[datetime] = deque()
        # The last answers, by the function they were about, for a fault that mixes them up.
        self._answers: deque[tuple[str, bytes]] = deque(maxlen=50)

    def inject(self, *faults: Fault) -> None:
        self.faults.inject(*faults)

    def run_late(self, now: datetime) -> int:
        """Carry out now what LATE faults hold back; return how many requests that were."""
        with self._counting:
            held, self._late = self._late, []
        for carry_out in held:
            carry_out(now)
        return len(held)

    # One request.

    def handle(self, request: Request, now: datetime) -> Answer:
        names = envelope.function_names(request.body)
        writes = any(name not in envelope.READS for name, _ in names)
        key = self.log.note(request.body, names, now)
        fault = self.faults.take(request, writes=writes)
        busy = fault.seconds if fault and fault.kind == http.SLOW else 0.0
        if self._over_limit(now, busy):
            self.log.finish(key, "throttled")
            return self._throttled()
        try:
            about = names[0][0] if names else ""
            if fault is None:
                answer = self._carry_out(request, now, key)
                self._answers.append((about, answer.body))
                return answer
            self.log.finish(key, "not carried out", fault.kind)
            if fault.kind in _BEFORE:
                return self._fail_before(fault, request, now, key)
            answer = self._carry_out(request, now, key, fault)
            if fault.kind == http.CROSSED_AFTER:
                return replace(answer, status=200, body=self._of_another(about))
            return self._fail_after(fault, answer)
        finally:
            with self._counting:
                self._active -= 1

    def _of_another(self, about: str) -> bytes:
        """Return an earlier answer: the newest about the same function, for what looks most alike is the worst."""
        earlier = list(self._answers)[::-1]
        return next((body for of, body in earlier if of == about), earlier[0][1] if earlier else b"")

    def _over_limit(self, now: datetime, busy: float) -> bool:
        """Count this request as active; over the limit it is counted out again at once."""
        with self._counting:
            self._running = [until for until in self._running if until > now]
            while self._recent and self._recent[0] <= now - timedelta(minutes=1):
                self._recent.popleft()
            running = self._active + len(self._running)
            if (self.limits.concurrent and running >= self.limits.concurrent) or (
                self.limits.per_minute and len(self._recent) >= self.limits.per_minute
            ):
                return True
            self._active += 1
            self._recent.append(now)
            if busy:
                self._running.append(now + timedelta(seconds=busy))
        return False

    def _worded(self, refusals: Iterable[Refusal]) -> tuple[Refusal, ...]:
        return tuple(self.wording(each) for each in refusals)

    def _failure(self, control: Control, *refusals: Refusal, http_status: int = 200) -> Answer:
        """Nothing was executed."""
        return answers.control_failure(control, *self._worded(refusals), http_status=http_status)

    def _throttled(self) -> Answer:
        return self._failure(Control(), refusal("throttled"), http_status=429)

    def _fail_before(self, fault: Fault, request: Request, now: datetime, key: str) -> Answer:
        if fault.kind == http.THROTTLE:
            return self._throttled()
        if fault.kind == http.HTML_BEFORE:
            return Answer(502, _HTML % (502, b"Bad Gateway"), "text/html")
        if fault.kind == http.LATE:
            self._hold(request, now, fault.seconds, key)
        return Answer(200, drop=True)

    def _hold(self, request: Request, now: datetime, seconds: float, key: str) -> None:
        def carry_out(moment: datetime) -> None:
            self._carry_out(request, moment, key)

        def on_time() -> None:
            with self._counting:
                due = carry_out in self._late
                if due:
                    self._late.remove(carry_out)
            if due:
                carry_out(now + timedelta(seconds=seconds))

        with self._counting:
            self._late.append(carry_out)
        timer = threading.Timer(seconds, on_time)
        timer.daemon = True
        timer.start()

    @staticmethod
    def _fail_after(fault: Fault, answer: Answer) -> Answer:
        match fault.kind:
            case http.RESET_AFTER:
                return replace(answer, drop=True)
            case http.TRUNCATE_AFTER:
                return replace(answer, send_only=len(answer.body) // 2)
            case http.HTML_AFTER:
                return Answer(502, _HTML % (502, b"Bad Gateway"), "text/html")
            case http.TIMEOUT_524_AFTER:
                return Answer(524, _HTML % (524, b"A timeout occurred"), "text/html")
            case http.SLOW:
                return replace(answer, delay=fault.seconds)
            case http.EMPTY_BODY_AFTER:
                return replace(answer, body=b"")
            case http.FORBIDDEN_CHARACTERS:
                return replace(answer, body=answer.body.replace(b"</controlid>", b"</controlid>\x0b&#x1;&#65535;", 1))
            case _:  # the others are in the answer's content already
                return answer

    def _carry_out(self, request: Request, now: datetime, key: str, fault: Fault | None = None) -> Answer:
        content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if request.method != "POST":
            self.log.finish(key, "control failure", refused=["method"])
            return self._failure(Control(), refusal("method"), http_status=400)
        if content_type != "application/xml":
            self.log.finish(key, "control failure", refused=["content_type"])
            return self._failure(Control(), refusal("content_type", given=content_type), http_status=400)
        with self.books.lock:
            try:
                read = envelope.read(request.body)
            except envelope.NotAnEnvelope as refused:
                self.log.finish(key, "control failure", refused=_names(refused.refused.refusals))
                return self._failure(refused.control, *refused.refused.refusals)
            try:
                sessions.check_sender(self.books, read)
            except Refused as refused:
                self.log.finish(key, "control failure", unique_id=read.unique_id, refused=_names(refused.refusals))
                return self._failure(read.control, *refused.refusals)
            return self._authenticated(read, request, now, key, fault)

    def _authenticated(self, read: Envelope, request: Request, now: datetime, key: str, fault: Fault | None) -> Answer:
        kind = fault.kind if fault else ""
        if kind == http.SESSION_EXPIRED and read.session_id:
            self.books.delete(SIDE, "SESSION", read.session_id)
        try:
            if kind == http.SESSION_EXPIRED:
                raise refuse("session")
            if read.login:
                context = sessions.sign_in(self.books, read.login, read, now, request.base_url)
            else:
                context = sessions.resume(self.books, read, now, request.base_url)
        except Refused as refused:
            login = read.login
            who = SignedIn("failure", login.user_id, login.company_id, login.location_id or "") if login else SignedIn("failure")
            self.log.finish(key, "authentication failure", unique_id=read.unique_id, refused=_names(refused.refusals))
            return answers.authentication_failure(read.control, who, *self._worded(refused.refusals))
        context.options |= {"missing_get": self.missing_get, "paid_bills_open": str(self.paid_bills_open)}
        who = SignedIn(
            "success", context.user_id, context.company_id, context.entity,
            now.isoformat(timespec="seconds"), context.expires_at.isoformat(timespec="seconds"),
        )  # fmt: skip
        days = context.days
        answered = [
            replace(each, refusals=tuple(map(days.refusal, each.refusals))) if each.refusals else each
            for each in self._functions(read, context, fault)
        ]
        self.log.finish(
            key, "answered", entity=context.entity, unique_id=read.unique_id, results=[each.status for each in answered],
            refused=_names(refusal for each in answered for refusal in each.refusals),
        )  # fmt: skip
        if fault and kind == http.REFUSED_AFTER:
            meant = self._meant(read, fault)
            answered = [
                self._refused(function, fault) if function in meant else each
                for function, each in zip(read.functions, answered, strict=True)
            ]
        if kind == http.MISSING_RESULT_AFTER:
            answered = answered[:-1]
        return answers.results(read.control, who, [replace(each, refusals=self._worded(each.refusals)) for each in answered])

    @staticmethod
    def _meant(read: Envelope, fault: Fault) -> list[Function]:
        """Return the functions that a refusal is about: those that match by themselves, else all."""
        return [each for each in read.functions if fault.matching in etree.tostring(each.element, encoding=str)] or list(read.functions)

    @staticmethod
    def _refused(function: Function, fault: Fault) -> Result:
        own = refusal("offline" if fault.kind == http.OFFLINE else "unjudged")
        said = Refusal(fault.number or own.number, fault.wording) if fault.wording else own
        return Result(function.name, function.control_id, "failure", refusals=(said,))

    def _functions(self, read: Envelope, context: sessions.Context, fault: Fault | None) -> list[Result]:
        if fault and fault.kind in (http.UNJUDGED_REFUSAL, http.OFFLINE):
            meant = self._meant(read, fault)
            return [self._refused(each, fault) if each in meant else self._function(each, read, context) for each in read.functions]
        if not read.transaction:
            return [self._function(each, read, context) for each in read.functions]
        answered: list[Result] = []
        try:
            with self.books.transaction():
                for each in read.functions:
                    answered.append(self._function(each, read, context))
                    if answered[-1].status != "success":
                        raise _RollBack
        except _RollBack:
            pass
        else:
            return answered
        # Everything is undone: what had succeeded and what never ran reads aborted, the culprit keeps its errors.
        undone = refusal("rolled_back")
        culprit = answered[-1]
        return [
            replace(culprit, parts=[], refusals=(*culprit.refusals, undone))
            if position == len(answered) - 1
            else Result(each.name, each.control_id, "aborted", refusals=(undone,))
            for position, each in enumerate(read.functions)
        ]

    def _function(self, function: Function, read: Envelope, context: sessions.Context) -> Result:
        """Carry out one function in one books transaction of its own."""
        done = f"{context.company_id}|{function.control_id}"
        result = Result(function.name, function.control_id)
        try:
            with self.books.transaction():
                if read.unique_id and function.control_id and self.books.get(SIDE, "CONTROLID", done):
                    raise refuse("duplicate_control_id", control_id=function.control_id)
                if function.name in ("create", "update"):
                    result = write(function, context)
                elif function.name == "getAPISession":
                    result.parts = [get_session(function, read, context, self.session_lifetime)]
                else:
                    permissions.check(function.name, function.element, context)
                    result.parts = [_SINGLE[function.name](function.element, context)]
                if read.unique_id and function.control_id and result.status == "success":
                    self.books.put(SIDE, "CONTROLID", done, {"at": context.now.isoformat(), "function": function.name})
        except Refused as refused:
            return Result(function.name, function.control_id, "failure", refusals=refused.refusals)
        return result
