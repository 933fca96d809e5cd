"""What the fault tests stand on: the sandbox over HTTP with a clock that moves, a log of requests by name, and hooks."""

from __future__ import annotations

import os
import signal
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from integration.sandbox.http import Answer, Request
from integration.sandbox.sandbox import Sandbox
from integration.sandbox.world import ST, UK, entry_id
from tests.faults import truth
from tests.faults.named import name_of

LEASE, HORIZON = 30, 20
# Two receipts, one receipt, none, paid privately, and one that must fail.
SMALL = ("UK-06", "UK-01", "UK-09", "UK-38", "UK-46")
GOOD = SMALL[:-1]

Hook = Callable[[str, Request, Answer], Answer | None]


class Rig:
    """ahead: how far the clock of both systems and of ours is ahead of the real one. names: every request, in order."""

    def __init__(self, sandbox: Sandbox, connection: Any) -> None:
        self.sandbox, self.connection = sandbox, connection
        self.ahead = timedelta(0)
        self.names: list[str] = []
        self.offered: dict[str, list[str]] = {}
        self._hooks: list[tuple[str, int, Hook, bool]] = []
        self._lock = threading.Lock()
        self._carry_out = sandbox.handle
        sandbox.handle = self._handle  # type: ignore[method-assign]

    # Time

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def forward(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)

    @staticmethod
    def wait(seconds: float) -> None:
        """Let real time pass, in the middle of a request."""
        time.sleep(seconds)

    # Requests

    def before(self, name: str, nth: int, hook: Hook) -> None:
        """Call `hook` when the nth request of this name has come and before it is carried out."""
        self._hooks.append((name, nth, hook, True))

    def after(self, name: str, nth: int, hook: Hook) -> None:
        """Call `hook` when the nth request of this name has been carried out; what it returns is the answer."""
        self._hooks.append((name, nth, hook, False))

    def forget_hooks(self) -> None:
        with self._lock:
            self._hooks.clear()

    def faults_left(self) -> int:
        """How many faults have not met their request yet."""
        return len(self.sandbox.intacct.faults._waiting) + len(self.sandbox.pleo.faults._waiting)

    def forget(self) -> None:
        """Begin to count anew."""
        with self._lock:
            self.names.clear()

    def count(self, name: str) -> int:
        return self.names.count(name)

    def _handle(self, request: Request, now: datetime) -> Answer:
        name = name_of(request)
        with self._lock:
            self.names.append(name)
            nth = self.names.count(name)
            due = [each for each in self._hooks if each[0] in (name, "*") and each[1] == (nth if each[0] == name else len(self.names))]
            self._hooks = [each for each in self._hooks if each not in due]
        for _, _, hook, early in due:
            if early:
                hook(name, request, Answer(200))
        answer = self._carry_out(request, now + self.ahead)
        for _, _, hook, early in due:
            if not early:
                answer = hook(name, request, answer) or answer
        return answer

    # Work

    def offer(self, *labels: str, company: str = UK.id) -> str:
        """Click Export in Pleo for these entries of the demo world, and return the job's id."""
        return self.offer_entries([entry_id(label) for label in labels], company=company)

    def offer_entries(self, entry_ids: Iterable[str], *, company: str = UK.id) -> str:
        ids = list(entry_ids)
        job = self.sandbox.pleo.make_job(company, ids, now=self.clock(), vendor_based=company == ST.id)
        self.offered[job] = ids
        return job

    def run(self, *, clock: Callable[[], datetime] | None = None) -> list[str]:
        """Run the whole cycle in this process until nothing is due; return what went wrong, as sentences."""
        from exports.run_cycle import export_until_nothing_is_due

        return export_until_nothing_is_due(self.configurations(), clock=clock or self.clock, owner=uuid.uuid4().hex, say=lambda _: None)

    def deliver(self, *, clock: Callable[[], datetime] | None = None) -> Any:
        from exports.delivery.deliver import deliver
        from integration.intacct.gateway import gateway_for

        self.connection.refresh_from_db()
        return deliver(self.connection, gateway=gateway_for(self.connection), clock=clock or self.clock, owner=uuid.uuid4().hex)

    def until_sent(self) -> None:
        """Collect and prepare; send nothing."""
        from exports.intake.collect import collect
        from exports.planning.prepare import prepare
        from integration.pleo.client import client_for

        for configuration in self.configurations():
            collect(configuration, client=client_for(configuration), clock=self.clock, owner=uuid.uuid4().hex)
            prepare(configuration, clock=self.clock)

    def settle(self, *, step: float = 10, at_most: int = 60, run: Callable[[], object] | None = None) -> None:
        """Run and let time pass until Pleo has no open job, nothing is in doubt, and no follow-up is on its way."""
        for _ in range(at_most):
            (run or self.run)()
            if self.is_settled():
                return
            self.forward(step)
        raise AssertionError(f"not settled: {self.state()}")

    def is_settled(self) -> bool:
        from exports.models import Document, ExportJob, ExportRecord

        # What waits in no job is left to a person by the next run.
        nobody_s = ExportRecord.objects.filter(status="WAITING", awaited_bill="", export_again_at=None)
        on_their_way = Document.objects.filter(state="PLANNED", principal__state="CONFIRMED", held_code="").exclude(record__status="REVIEW")
        doubtful = Document.objects.in_doubt() | on_their_way
        rows = (doubtful, nobody_s, ExportJob.objects.open())
        return not self.open_jobs() and not any(each.exists() for each in rows)

    def open_jobs(self) -> list[str]:
        return [job["id"] for job in self.sandbox.pleo.jobs() if job["status"] in ("pending", "in_progress")]

    def configurations(self) -> list[Any]:
        from integration.models import EntityConfiguration

        return list(EntityConfiguration.objects.select_related("connection").order_by("pk"))

    # What became of it

    def record(self, label: str) -> Any:
        from exports.models import ExportRecord

        return ExportRecord.objects.get(entry_id=entry_id(label))

    def document(self, label: str, kind: str = "journal_entry") -> Any:
        return self.record(label).documents.get(kind=kind)

    def told(self, job: str) -> dict[str, str]:
        """What Pleo's job says of its entries: status by entry id."""
        return {item["accountingEntryId"]: item["status"] for item in self.sandbox.pleo.items(job)}

    def job(self, job_id: str) -> dict[str, Any]:
        return next(job for job in self.sandbox.pleo.jobs() if job["id"] == job_id)

    def references(self) -> Counter[str]:
        """How often each reference of ours stands in Intacct: journal entries, bills and payments."""
        return Counter(document["reference"] for _, document in truth.standing(self))

    def carried_out(self) -> Counter[str]:
        """Writing functions that succeeded, by control id; as the sandbox answered them."""
        done: Counter[str] = Counter()
        for row in self.sandbox.intacct.requests:
            for function, status in zip(row["functions"], row.get("results", ()), strict=False):
                if function["writes"] and status == "success":
                    done[function["control_id"]] += 1
        return done

    def sent(self, control_id: str) -> int:
        """How often a function with this id has reached Intacct."""
        return self.sandbox.intacct.control_ids().count(control_id)

    def state(self) -> dict[str, Any]:
        """For messages: how everything stands."""
        from exports.models import Document, ExportJob, ExportRecord

        return {
            "jobs": list(ExportJob.objects.values_list("state", flat=True)),
            "at Pleo": [job["status"] for job in self.sandbox.pleo.jobs()],
            "records": list(ExportRecord.objects.values_list("merchant", "status", "first_problem")),
            "documents": list(Document.objects.values_list("kind", "state", "doubt", "rounds", "tries", "due_at")),
            "now": self.clock(),
        }

    def story(self, entry: tuple[str, str]) -> str:
        """Tell all that is known of a document that stands on one side only."""
        from exports.models import AttemptDocument, Document

        document = Document.objects.filter(key=entry[0]).select_related("record").first()
        if document is None:
            return f"{entry}: no document of ours"
        columns = {
            name: getattr(document, name) for name in ("state", "revision", "doubt", "rounds", "tries", "looks", "refusal", "reason")
        }
        parts = AttemptDocument.objects.filter(document=document).select_related("attempt").order_by("attempt_id")
        attempts = [(str(part.attempt.begun_at), part.attempt.purpose, part.control_id, part.result, part.message[:80]) for part in parts]
        events = [(str(event.at), event.what, event.why[:80]) for event in document.record.events.all()]
        return f"{entry}: {document.record.status} {columns} {attempts} {events}"

    def stories(self, record: Any) -> str:
        """Tell all that is known of a record and of each of its documents."""
        documents = record.documents.all()
        states = [(each.kind, each.state, each.intacct_state, each.due_minor, each.held_code, each.due_at) for each in documents]
        told = "\n".join(self.story((each.key, "")) for each in documents)
        return f"{record} {record.status} {record.first_problem!r} {states} now {self.clock()}\n{told}"

    def check(self) -> None:
        """What must hold whenever everything is settled: nothing twice, nothing lost, Pleo told the truth, the tie-out ties."""
        truth.check(self)


def kill(pid: int) -> None:
    """SIGKILL, and return only when nothing of the process can run any more."""
    os.kill(pid, signal.SIGKILL)
    status = Path(f"/proc/{pid}/stat")
    for _ in range(2000):
        try:
            if status.read_text().rsplit(")", 1)[1].split()[0] in "ZX":
                return
        except (FileNotFoundError, ProcessLookupError):
            return
        time.sleep(0.001)
    raise AssertionError(f"{pid} does not die")


def no_answer(name: str, request: Request, answer: Answer) -> Answer:
    return Answer(0, drop=True)
