"""A Pleo client of few words, for tests in process."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

from integration.sandbox.http import Request
from integration.sandbox.pleo import PleoSandbox
from integration.sandbox.world import UK_API_KEY

NOW = datetime(2026, 7, 15, 9, 30, tzinfo=UTC)


class Caller:
    """A client of few words: `call(method, path, query, body)` gives (status, JSON or None)."""

    def __init__(self, pleo: PleoSandbox, key: str = UK_API_KEY, now: datetime = NOW) -> None:
        self.pleo, self.now = pleo, now
        self.headers = {"authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}

    def answer(self, method, path, query=None, body=None, **headers):
        many = {name: tuple(v) if isinstance(v, list) else (str(v),) for name, v in (query or {}).items()}
        data = b"" if body is None else json.dumps(body).encode()
        sent = self.headers | ({"content-type": "application/json;charset=UTF-8"} if data else {}) | headers
        return self.pleo.handle(Request(method, path, many, sent, data), self.now)

    def __call__(self, method, path, query=None, body=None, **headers):
        answer = self.answer(method, path, query, body, **headers)
        return answer.status, json.loads(answer.body) if answer.body else None

    def event(self, job_id, event, **reason):
        return self("POST", "/v3/export-job-events", body={"jobId": job_id, "event": event} | reason)

    def update(self, job_id, *changes):
        return self("PUT", f"/v3/export-jobs/{job_id}/items", body=list(changes))

    def finish(self, job_id, status="successful"):
        """Report every item of a job."""
        ids = [item["accountingEntryId"] for item in self.pleo.items(job_id)]
        for start in range(0, len(ids), 100):
            self.update(job_id, *({"accountingEntryId": each, "status": status} for each in ids[start : start + 100]))
