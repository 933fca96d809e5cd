"""Every request that reached the gateway, without secrets and without the content of files."""

from __future__ import annotations

import re
from datetime import datetime

from integration.sandbox.books import Books, Row
from integration.sandbox.intacct.envelope import READS
from integration.sandbox.intacct.objects import SIDE

_SECRETS = re.compile(rb"<(password|sessionid)>.*?</\1>", re.DOTALL)
_FILES = re.compile(rb"<attachmentdata>(.*?)</attachmentdata>", re.DOTALL)


def _elided(found: re.Match[bytes]) -> bytes:
    return b"<attachmentdata>[%d characters]</attachmentdata>" % len(found.group(1))


class RequestLog:
    def __init__(self, books: Books) -> None:
        self.books = books

    def rows(self) -> list[Row]:
        return self.books.all(SIDE, "REQUEST")

    def note(self, body: bytes, names: list[tuple[str, str]], now: datetime) -> str:
        """Write a request down as received, and return the key to complete it by."""
        key = str(self.books.next_number("REQUEST"))
        functions = [{"name": name, "control_id": control_id, "writes": name not in READS} for name, control_id in names]
        row: Row = {
            "at": now.isoformat(),
            "functions": functions,
            "entity": "",
            "unique_id": None,
            "outcome": "received",
            "fault": "",
            "refused": [],
            "body": _FILES.sub(_elided, _SECRETS.sub(rb"<\1>***</\1>", body)).decode("utf-8", "replace"),
        }
        self.books.put(SIDE, "REQUEST", key, row)
        return key

    def finish(self, key: str, outcome: str, fault: str = "", **values: object) -> None:
        row = self.books.get(SIDE, "REQUEST", key)
        if row:
            self.books.put(SIDE, "REQUEST", key, {**row, **values, "outcome": outcome, "fault": fault or row["fault"]})
