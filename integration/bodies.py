"""The body of a request as it is written, and of an answer, read within a budget of time and size."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import simplejson


class TooLarge(Exception):
    """The body has more bytes than we read."""


class TookTooLong(Exception):
    """The budget ran out before the body ended."""


def written(body: Any) -> bytes:
    """Return a body as it is sent. A Decimal is written as the number it is, digit by digit."""
    return simplejson.dumps(body, ensure_ascii=True, use_decimal=True).encode()


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
