"""What goes over the wire, and the ways it can go wrong, as values."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. Header names are lower case; `query` holds every value of a repeated name."""

    method: str
    path: str
    query: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base_url: str = "http://127.0.0.1"


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, and how the shell is to deliver it.

    delay: seconds to wait before the first byte. drop: close the connection without a byte. send_only: bytes of the
    body to send before closing the connection although the length header promised all of it.
    """

    status: int
    body: bytes = b""
    content_type: str = "application/json;charset=UTF-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drop: bool = False
    send_only: int | None = None

    @classmethod
    def json(cls, status: int, value: Any, **headers: str) -> Answer:
        return cls(status, json.dumps(value, ensure_ascii=False).encode(), headers=headers)


# What a fault does. BEFORE: the request is not carried out. AFTER: it is carried out, and the answer goes wrong.
RESET_BEFORE = "reset_before"
RESET_AFTER = "reset_after"
TRUNCATE_AFTER = "truncate_after"  # carried out; the body is cut in the middle
HTML_BEFORE = "html_before"  # 502 with an HTML page, not carried out
HTML_AFTER = "html_after"  # 502 with an HTML page although carried out
TIMEOUT_524_AFTER = "timeout_524_after"  # the CDN gave up; carried out
SLOW = "slow"  # carried out; the answer waits `seconds`
LATE = "late"  # the connection is reset now; carried out `seconds` later
THROTTLE = "throttle"  # Intacct: GW-0010 with 429; Pleo: 429 with Retry-After
SESSION_EXPIRED = "session_expired"  # Intacct only: XL03000006 "Invalid session", not carried out
UNJUDGED_REFUSAL = "unjudged_refusal"  # Intacct only: every function fails with a number nobody has seen; not carried out
REFUSED_AFTER = "refused_after"  # Intacct only: carried out, and yet every function is answered as refused
CROSSED_AFTER = "crossed_after"  # Intacct only: carried out; what comes is an earlier answer to another request
OFFLINE = "offline"  # Intacct: "The Service is Temporarily Off-line" in a result; Pleo: 503. Not carried out
EMPTY_BODY_AFTER = "empty_body_after"  # carried out; 200 without a body
FORBIDDEN_CHARACTERS = "forbidden_characters"  # Intacct only: carried out; the answer holds a control character and a reference to one
ITEM_ERRORS = "item_errors"  # Pleo only: a 200 whose `errors` names every second item of an update; the others are carried out
UNPROCESSABLE = "unprocessable"  # Pleo only: 422 INVALID_EXPORT_JOB_STATUS_CHANGE, not carried out
JSON_INSTEAD = "json_instead"  # Pleo only: 200 with a JSON text where a file was asked for
MISSING_RESULT_AFTER = "missing_result_after"  # Intacct only: carried out; the last result is left out


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of failure, for the next `times` requests that match.

    matching: text that must occur in the path or the body ("" matches everything), e.g. "<GLBATCH>" or "/items".
    writes_only: Intacct: only requests with a function that writes; Pleo: only methods other than GET.
    skip: how many matching requests pass untouched first. wording, number: of a refusal; "" is the sandbox's own.
    """

    kind: str
    times: int = 1
    matching: str = ""
    seconds: float = 0.0
    writes_only: bool = False
    skip: int = 0
    wording: str = ""
    number: str = ""


class Faults:
    """The faults still to happen on one side, in the order they were asked for. Safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def inject(self, *faults: Fault) -> None:
        with self._lock:
            self._waiting.extend(faults)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, request: Request, *, writes: bool) -> Fault | None:
        """Return the first fault that this request meets, and count it down."""
        text = request.path + " " + request.body.decode("utf-8", "replace")
        with self._lock:
            for index, fault in enumerate(self._waiting):
                if (fault.writes_only and not writes) or fault.matching not in text:
                    continue
                if fault.skip:
                    self._waiting[index] = replace(fault, skip=fault.skip - 1)
                    continue
                if fault.times <= 1:
                    del self._waiting[index]
                else:
                    self._waiting[index] = replace(fault, times=fault.times - 1)
                return fault
        return None
