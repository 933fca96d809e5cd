"""What a fault does to a request and its answer, on the Pleo side."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from integration.sandbox import http
from integration.sandbox.http import Answer, Fault, Request

_HTML = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
POSSIBLE = frozenset(
    {
        http.RESET_BEFORE,
        http.RESET_AFTER,
        http.TRUNCATE_AFTER,
        http.HTML_BEFORE,
        http.HTML_AFTER,
        http.TIMEOUT_524_AFTER,
        http.SLOW,
        http.LATE,
        http.THROTTLE,
        http.OFFLINE,
        http.EMPTY_BODY_AFTER,
        http.ITEM_ERRORS,
        http.UNPROCESSABLE,
        http.JSON_INSTEAD,
    }
)


def answer(fault: Fault, request: Request, carry_out: Callable[[Request], Answer], later: Callable[[float], None]) -> Answer:
    """Return the answer that `fault` makes of a request.

    carry_out: does the work and gives the right answer. later: has it done after so many seconds.
    """
    match fault.kind:
        case http.RESET_BEFORE:
            return Answer(0, drop=True)
        case http.HTML_BEFORE:
            return _html(502)
        case http.THROTTLE:
            headers = {"Retry-After": str(max(1, round(fault.seconds)))}
            return Answer.json(429, {"type": "TOO_MANY_REQUESTS", "message": "Rate limit reached"}, **headers)
        case http.OFFLINE:
            return Answer.json(503, {"type": "SERVICE_UNAVAILABLE", "message": "Please try again later"})
        case http.LATE:
            later(fault.seconds)
            return Answer(0, drop=True)
        case http.UNPROCESSABLE:
            info = {"type": "INVALID_EXPORT_JOB_STATUS_CHANGE", "message": "Export Job status change failed"}
            return Answer.json(422, info)
        case http.JSON_INSTEAD:
            return Answer.json(200, {"error": "The file is being prepared", "retryAfter": 30})
        case http.ITEM_ERRORS:
            return _item_errors(request, carry_out)
    right = carry_out(request)
    match fault.kind:
        case http.RESET_AFTER:
            return Answer(0, drop=True)
        case http.HTML_AFTER:
            return _html(502)
        case http.TIMEOUT_524_AFTER:
            return _html(524)
        case http.SLOW:
            return replace(right, delay=fault.seconds)
        case http.EMPTY_BODY_AFTER:
            return Answer(200)
        case http.TRUNCATE_AFTER:
            # An answer without a body cannot be cut; the connection breaks instead.
            return replace(right, send_only=len(right.body) // 2) if right.body else Answer(0, drop=True)
    raise ValueError(f"{fault.kind} does not happen on the Pleo side")


def _item_errors(request: Request, carry_out: Callable[[Request], Answer]) -> Answer:
    """Refuse the first item of an update, and every second one after it, with a type that the OpenAPI file does not name."""
    items = json.loads(request.body)
    others = json.dumps(items[1::2]).encode()
    right = carry_out(replace(request, body=others)) if len(items) > 1 else Answer.json(200, {"data": [], "errors": []})
    if right.status != 200:
        return right
    refused = [{"accountingEntryId": item["accountingEntryId"], "type": "UPDATE_FAILED", "message": "Try again"} for item in items[::2]]
    body = json.loads(right.body)
    return Answer.json(200, body | {"errors": [*body["errors"], *refused]})


def _html(status: int) -> Answer:
    return Answer(status, _HTML, "text/html")
