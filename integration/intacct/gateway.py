"""The only way to Sage Intacct: sessions, requests, and what became of each."""

from __future__ import annotations

import copy
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import structlog
from django.conf import settings

from integration.endpoints import check_intacct_endpoint
from integration.errors import IntegrationError, OutcomeUnknown, Rejected, RequestRefused, SignInRefused, TryLater
from integration.intacct import responses, xml
from integration.intacct.answers import Answer, Asked, CarriedOut, Page, Result, SessionEnded
from integration.intacct.day_formats import DOCUMENTED, DateFormat
from integration.intacct.transport import Transport, post
from integration.models import Connection, Usage

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Function:
    """One function that writes. sent_before: an earlier send of this control id is not proven "not executed"."""

    control_id: str
    body: bytes
    sent_before: bool = False


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signs us in; never printed."""

    company_id: str
    endpoint: str
    user_id: str = field(repr=False)
    user_password: str = field(repr=False)
    sender_id: str = field(repr=False)
    sender_password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Session:
    id: str = field(repr=False)
    endpoint: str


@dataclass(slots=True)
class _Formatting:
    """How the user reads days, and how often that may still be asked in this sign-in.

    Asked along with a question, never with what writes. What was told holds until the next answer, also over a new sign-in.
    """

    dates: DateFormat = DOCUMENTED
    tries: int = 0

    @property
    def due(self) -> bool:
        return self.tries > 0

    def ask_again(self) -> None:
        self.tries = _FORMATTING_TRIES

    def learn(self, result: Result) -> None:
        told = responses.date_format_of(result)
        self.tries = 0
        if told is None:
            log.warning("intacct_date_format_not_known")
        else:
            self.dates = told

    def missed(self) -> None:
        self.tries -= 1

    def give_up(self) -> None:
        self.tries = 0


class _Unreadable(TryLater):
    """There was no answer to a question, or none that can be read."""


# A refusal in passing must not leave us without the format until the next sign-in.
_FORMATTING_TRIES = 3


class Gateway:
    """A signed-in way to one Intacct company. Signs in once, derives entity sessions from that, renews them when they end.

    Safe between threads. total_seconds: the budget of one request, from first to last byte. meter: is called after each
    request with its purpose, and how many functions Intacct carried out, or may have. purpose: what it reads for.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        transport: Transport | None = None,
        total_seconds: float | None = None,
        meter: Callable[[str, int], None] | None = None,
        purpose: str = Usage.Purpose.LOOK,
    ) -> None:
        self._credentials = credentials
        self._meter, self._purpose = meter, purpose
        self._transport = transport or post
        self._total = total_seconds if total_seconds is not None else settings.LEASE_SECONDS * 4 / 5
        self._sessions: dict[str, _Session] = {}
        self._formatting = _Formatting()
        self._lock = threading.RLock()

    def reading_for(self, purpose: str) -> Gateway:
        """Return the same way there, with the same sessions, whose readings count for another purpose."""
        other = copy.copy(self)
        other._purpose = purpose
        return other

    @property
    def dates(self) -> DateFormat:
        """How the user we sign in as reads days, by the last answer that said so; as documented, and not told, until one did."""
        return self._formatting.dates

    @property
    def user_id(self) -> str:
        return self._credentials.user_id

    def carry_out(self, functions: Sequence[Function], *, entity: str, begin_by: float | None = None) -> CarriedOut:
        """Send functions that write, in one request with `uniqueid`, and tell what became of each.

        begin_by: a time.monotonic() after which the request is not made (signing in may have taken long): TryLater.
        Raises SignInRefused, RequestRefused or TryLater where none of them ran, and OutcomeUnknown where no answer can
        be read. Its `raw` is the answer, where there was one.
        """
        answer = self._ask(
            [(function.control_id, function.body) for function in functions],
            entity=entity,
            unique=True,
            unreadable=OutcomeUnknown,
            begin_by=begin_by,
        )
        outcomes = {
            function.control_id: responses.judge_write(answer.results.get(function.control_id), sent_before=function.sent_before)
            for function in functions
        }
        return CarriedOut(outcomes, answer.raw)

    def read(self, functions: Sequence[bytes], *, entity: str = "") -> list[Result | IntegrationError]:
        """Ask several things in one request, and return a result or the refusal for each, in the same order; raises as `ask` does."""
        return list(self.ask(functions, entity=entity).found)

    def ask(self, functions: Sequence[bytes], *, entity: str = "") -> Asked:
        """Ask several things in one request. The first one after signing in asks along how days are written in the answers.

        entity: "" asks at the top level. Raises TryLater, SignInRefused or RequestRefused for the request as a whole.
        """
        # Ids that no other request has: what belongs to another one is never taken for an answer to this.
        numbered = [(f"{uuid.uuid4().hex}.{index}", function) for index, function in enumerate(functions)]
        self._session(entity)
        along = self._formatting.due
        answer = self._asked_along(numbered, entity) if along else None
        if answer is None:
            answer = self._ask(numbered, entity=entity, unique=False, unreadable=TryLater)
            if along:
                self._formatting.missed()
        found: list[Result | IntegrationError] = []
        for control_id, _ in numbered:
            try:
                found.append(replace(responses.judge_read(answer.results.get(control_id)), dates=self.dates))
            except IntegrationError as error:
                found.append(error)
        return Asked(tuple(found), answer.server_time)

    def _asked_along(self, numbered: Sequence[tuple[str, bytes]], entity: str) -> Answer | None:
        """Ask, and how days are written with it.

        None where what was asked has no answer that can be read: a company that cannot bear the question may answer it without. A broken
        answer costs one request more for that; one that never came does not, as it may have taken all the time there is.
        """
        question = (uuid.uuid4().hex, xml.read_user_formatting(self.user_id))
        try:
            answer = self._ask([*numbered, question], entity=entity, unique=False, unreadable=_Unreadable)
        except RequestRefused:
            self._formatting.give_up()
            return None
        except _Unreadable as error:
            if error.code == "time-out":
                raise
            return None
        try:
            self._formatting.learn(responses.judge_read(answer.results.get(question[0])))
        except IntegrationError as error:
            self._formatting.missed()
            log.warning("intacct_date_format_not_told", kind=type(error).__name__, code=error.code)
        return answer if any(number in answer.results for number, _ in numbered) else None

    def read_one(self, function: bytes, *, entity: str = "") -> Result:
        """Ask one thing. Raises Rejected where Intacct refuses it, TryLater or SignInRefused as `read` does."""
        (found,) = self.read([function], entity=entity)
        if isinstance(found, IntegrationError):
            raise found
        return found

    def pages(
        self,
        object_name: str,
        fields: Sequence[str],
        *,
        where: Any = None,
        order_by: str = "RECORDNO",
        entity: str = "",
        page_size: int = 1000,
        show_private: bool = False,
        any_case: bool = False,
    ) -> Iterator[Page]:
        """Read all rows of an object, page by page, in a stable order. One request a page. Arguments as of `xml.query`."""
        offset = 0
        while True:
            question = xml.query(
                object_name,
                fields,
                where=where,
                order_by=order_by,
                page_size=page_size,
                offset=offset,
                show_private=show_private,
                any_case=any_case,
            )
            page = responses.page_of(self.read_one(question, entity=entity))
            yield page
            offset += len(page.rows)
            if not page.rows or offset >= page.total:
                return

    def sign_in(self) -> None:
        """Forget all sessions and sign in anew. Raises SignInRefused."""
        with self._lock:
            self._sessions.clear()
            self._session("")

    def enter(self, entity: str) -> None:
        """Make sure that there is a session in `entity`. Raises SignInRefused with `of` "entity"."""
        self._session(entity)

    def _ask(
        self,
        functions: Sequence[tuple[str, bytes]],
        *,
        entity: str,
        unique: bool,
        unreadable: type[IntegrationError],
        begin_by: float | None = None,
    ) -> Answer:
        try:
            return self._ask_in(self._session(entity), functions, unique=unique, unreadable=unreadable, begin_by=begin_by)
        except SessionEnded:
            # Nothing ran, so repeating is safe also for writes; once only.
            with self._lock:
                self._sessions.clear()
            try:
                return self._ask_in(self._session(entity), functions, unique=unique, unreadable=unreadable, begin_by=begin_by)
            except SessionEnded as error:
                raise TryLater(f"Sage Intacct ends every session at once: {error.message}", code=error.code) from error

    def _ask_in(
        self,
        session: _Session,
        functions: Sequence[tuple[str, bytes]],
        *,
        unique: bool,
        unreadable: type[IntegrationError],
        begin_by: float | None,
    ) -> Answer:
        if begin_by is not None and time.monotonic() > begin_by:
            raise TryLater("Signing in to Sage Intacct took too long; the request was not sent.", code="held up")
        authentication = xml.Session(session.id)
        return self._exchange(session.endpoint, functions, authentication, signed_in_by="session", unique=unique, unreadable=unreadable)

    def _session(self, entity: str) -> _Session:
        with self._lock:
            held = self._sessions.get(entity)
            if held:
                return held
            credentials = self._credentials
            if not entity:
                login = xml.Login(credentials.user_id, credentials.company_id, credentials.user_password, None)
                session = self._open(credentials.endpoint, login, signed_in_by="login", location_id=None)
                self._formatting.ask_again()
            else:
                session = self._enter_from_top(entity)
            self._sessions[entity] = session
            return session

    def _enter_from_top(self, entity: str) -> _Session:
        """Derive an entity session from the top level's; where that has ended, sign in once more."""
        try:
            for last in (False, True):
                top = self._session("")
                try:
                    return self._open(top.endpoint, xml.Session(top.id), signed_in_by="entity", location_id=entity)
                except SessionEnded as error:
                    self._sessions.clear()
                    if last:
                        raise TryLater(f"Sage Intacct ends every session at once: {error.message}", code=error.code) from error
        except SignInRefused as error:
            if error.of == "entity":
                error.entity = entity
            raise
        raise AssertionError("unreachable")

    def _open(self, endpoint: str, authentication: Any, *, signed_in_by: str, location_id: str | None) -> _Session:
        asked = [("session", xml.get_api_session(location_id))]
        # Signing in changes nothing there: an unreadable answer is only a reason to try later.
        answer = self._exchange(endpoint, asked, authentication, signed_in_by=signed_in_by, unique=False, unreadable=TryLater)
        try:
            result = responses.judge_read(answer.results.get("session"))
        except Rejected as error:
            raise SignInRefused(error.message, of="entity" if signed_in_by == "entity" else "user", code=error.code) from error
        row = next(
            (responses.row_of(element) for element in (() if result.data is None else result.data) if isinstance(element.tag, str)), {}
        )
        session_id, where = row.get("SESSIONID", ""), row.get("ENDPOINT", "") or endpoint
        if not session_id:
            raise TryLater("Sage Intacct answered the sign-in without a session.")
        if location_id and row.get("LOCATIONID", location_id) != location_id:
            raise SignInRefused(f"Sage Intacct opened a session in {row['LOCATIONID']}, not in {location_id}.", of="entity")
        _checked(where)
        return _Session(session_id, where)

    def _exchange(
        self,
        endpoint: str,
        functions: Sequence[tuple[str, bytes]],
        authentication: Any,
        *,
        signed_in_by: str,
        unique: bool,
        unreadable: type[IntegrationError],
    ) -> Answer:
        _checked(endpoint)
        control_id = uuid.uuid4().hex
        body = xml.envelope(
            functions,
            sender_id=self._credentials.sender_id,
            sender_password=self._credentials.sender_password,
            control_id=control_id,
            authentication=authentication,
            unique=unique,
        )
        started = time.monotonic()
        raw = b""
        ran = len(functions) if signed_in_by == "session" else 0  # signing in is no transaction
        try:
            status, raw = self._transport(endpoint, body, self._total)
            answer = responses.understood(status, raw, signed_in_by, control_id)
        except SessionEnded:
            ran = 0
            raise
        except IntegrationError as error:
            ran = ran if isinstance(error, OutcomeUnknown) else 0
            error.raw = responses.masked(raw)
            log.warning("intacct_request_failed", kind=type(error).__name__, code=error.code, seconds=round(time.monotonic() - started, 2))
            if isinstance(error, OutcomeUnknown) and unreadable is not OutcomeUnknown:
                later = unreadable(error.message, code=error.code)
                later.raw = error.raw
                raise later from error
            raise
        finally:
            if self._meter:
                self._meter(Usage.Purpose.WRITE if unique else self._purpose, ran)
        if answer.replaced:
            log.warning("intacct_answer_mended", characters=answer.replaced, entity=answer.entity)
        log.info("intacct_request", functions=len(answer.results), entity=answer.entity, seconds=round(time.monotonic() - started, 2))
        return answer


def _checked(endpoint: str) -> None:
    try:
        check_intacct_endpoint(endpoint)
    except ValueError as error:
        raise RequestRefused(f"Not sent: {error}") from error


_gateways: dict[int, tuple[Credentials, Gateway]] = {}
_gateways_lock = threading.Lock()


def gateway_for(connection: Connection, purpose: str = Usage.Purpose.LOOK) -> Gateway:
    """Return this process's gateway to the company of `connection`, with its sessions; a new one when credentials changed.

    purpose: what is read is counted for it; what is written is always counted as written.
    """
    stored = connection.intacct_credentials
    credentials = Credentials(
        company_id=connection.company_id,
        endpoint=connection.endpoint,
        user_id=stored.user_id,
        user_password=stored.user_password,
        sender_id=stored.sender_id or settings.INTACCT_SENDER_ID,
        sender_password=stored.sender_password or settings.INTACCT_SENDER_PASSWORD,
    )
    with _gateways_lock:
        held = _gateways.get(connection.pk)
        if held and held[0] == credentials:
            return held[1].reading_for(purpose)
        gateway = Gateway(credentials, meter=partial(Usage.count, connection.company_id))
        _gateways[connection.pk] = (credentials, gateway)
        return gateway.reading_for(purpose)
