"""The body of a request as it is written, and of an answer, read within a budget of time and size."""

from __future__ import annotations

import contextlib
import json
import re
import time
from decimal import Decimal
from typing import Any

import simplejson


class TooLarge(Exception):
    """The body has more bytes than we read."""


class TookTooLong(Exception):
    """The budget ran out before the body ended."""


def written(body: Any) -> bytes:
    """Return a body as it is sent. A Decimal is written as the number it is, digit by digit."""
    return simplejson.dumps(body, ensure_ascii=True, use_decimal=True).encode()


# What a number may have as digits, and a value as levels. No field of Pleo's comes near.
DIGITS_AT_MOST = 30
LEVELS_AT_MOST = 50


def read_json(body: bytes) -> Any:
    """Return the value that JSON stands for, with exact numbers. Raises ValueError where it is none.

    One odd value does not make the whole unreadable: a number too long to work with is left as its text, and what is
    nested deeper than anything of Pleo's as a text that says so.
    """
    text = body.decode("utf-8-sig", "replace")
    return json.loads(_levelled(text), parse_float=_number, parse_int=_number, parse_constant=str)


def _number(text: str) -> Decimal | int | str:
    if len(text) > DIGITS_AT_MOST:
        return text
    if text.lstrip("-").isdigit():
        return int(text)
    number = Decimal(text)
    return number if abs(number.adjusted()) <= DIGITS_AT_MOST else text


_MARKS = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[{]|[\]}]', re.DOTALL)


def _levelled(text: str) -> str:
    """Put a text in the place of each value that is nested too deeply. Raises ValueError where such a one does not end."""
    parts, level, begin, kept_to = [], 0, 0, 0
    for mark in _MARKS.finditer(text):
        if mark[0] in "[{":
            level += 1
            if level == LEVELS_AT_MOST + 1:
                begin = mark.start()
        elif mark[0] in "]}":
            if level == LEVELS_AT_MOST + 1:
                parts += [text[kept_to:begin], '"(nested too deeply)"']
                kept_to = mark.end()
            level -= 1
    if level > LEVELS_AT_MOST:
        raise ValueError("not closed")
    return "".join((*parts, text[kept_to:])) if parts else text


def read_body(response: Any, *, deadline: float, limit: int, read_seconds: float) -> bytes:
    """Return the body of a streamed answer of `requests`.

    deadline: a time.monotonic(); kept also where the other end drips byte by byte, because each read waits for what is
    left of the budget at the most. limit: bytes after decompression. Raises TooLarge, TookTooLong, or the HTTP
    library's own errors.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TookTooLong
        with contextlib.suppress(AttributeError, OSError):  # the connection is gone once the body has ended
            response.raw._connection.sock.settimeout(min(left, read_seconds))
        part = response.raw.read1(65_536, decode_content=True)
        if not part:
            return b"".join(parts)
        size += len(part)
        if size > limit:
            raise TooLarge
        parts.append(part)
