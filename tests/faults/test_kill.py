"""The worker process is killed right after a request was carried out and before its answer was stored."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from integration.sandbox import http
from integration.sandbox.http import Answer, Fault, Request
from integration.sandbox.sandbox import Sandbox
from integration.sandbox.server import serve
from integration.sandbox.world import EXPECTED_POSTED, EXPECTED_PROBLEMS, EXPECTED_SKIPPED, UK, US, entry_id, load_demo_world
from tests.conftest import connect
from tests.faults.killer import Killer
from tests.faults.nursery import ROOT, Nursery
from tests.faults.rig import GOOD, SMALL, Rig, kill

PLACES = [
    [("sign in", 1)],
    [("enter entity", 1)],
    [("list jobs", 1)],
    [("started", 1)],
    [("list items", 1)],
    [("export items", 1)],
    [("receipt", 2)],
    [("make folder", 1)],
    [("send", 1)],
    [("send", 2)],
    [("send", 3)],
    [("update items", 1)],
    [("update items", 2)],
    [("final event", 1)],
    [("send", 1), ("look up", 1)],
    [("send", 2), ("look up lines", 1), ("update items", 1), ("final event", 1)],
    [("started", 1), ("make folder", 1), ("send", 1), ("send", 1)],
]


@pytest.fixture
def killer(shared_rig: Rig, nursery: Nursery) -> Killer:
    return Killer(shared_rig, nursery)


class TestAKilledWorker:
    @pytest.mark.parametrize("places", PLACES, ids=lambda places: ", ".join(f"{name} {nth}" for name, nth in places))
    def test_leaves_every_entry_in_the_ledger_exactly_once_after_the_restart(self, shared_rig, killer, places):
        job = shared_rig.offer(*SMALL)

        for place, nth in places:
            killer.run_and_kill(place, nth)
            shared_rig.forward(35)  # its leases run out
        shared_rig.settle(run=killer.run)

        shared_rig.check()
        assert sum(shared_rig.references().values()) == len(GOOD)
        assert shared_rig.told(job) == {entry_id(label): "successful" if label in GOOD else "failed" for label in SMALL}
        assert shared_rig.job(job)["status"] == "completed_with_errors"
        assert shared_rig.count("final event") <= 1
        assert {shared_rig.sent(control_id) for control_id in shared_rig.carried_out()} == {1}, "sent again without need"

    def test_that_had_just_asked_for_a_new_job_does_not_ask_for_a_second_one(self, shared_rig, killer):
        from exports.models import ExportRecord

        shared_rig.offer(*SMALL)
        shared_rig.settle(run=killer.run)
        shared_rig.sandbox.pleo.change_entry(entry_id("UK-46"), account="6600")
        ExportRecord.objects.needing_a_person().export_again(by=None, now=shared_rig.clock())

        killer.run_and_kill("create job", 1)
        shared_rig.forward(35)
        shared_rig.settle(run=killer.run)

        shared_rig.check()
        assert len(shared_rig.sandbox.pleo.jobs()) == 2
        assert sum(shared_rig.references().values()) == len(SMALL)
        assert shared_rig.record("UK-46").status == "POSTED"

    def test_shows_as_unknown_what_it_had_under_way(self, shared_rig, killer):
        shared_rig.offer(*SMALL)

        killer.run_and_kill("send", 1)
        in_flight = {record.status for record in _records("SENDING")}
        shared_rig.forward(35)
        shared_rig.sandbox.intacct.inject(Fault(http.RESET_BEFORE, matching="<object>GLBATCH", times=100))
        killer.run()

        assert in_flight == {"SENDING"}
        assert {document.doubt for record in _records("UNKNOWN") for document in record.documents.filter(state="UNKNOWN")} == {"UNREADABLE"}
        assert {shared_rig.sent(control_id) for control_id in shared_rig.carried_out()} == {1}
        assert shared_rig.count("final event") == 0


def _records(status: str) -> list[Any]:
    from exports.models import ExportRecord

    return list(ExportRecord.objects.filter(status=status))


class TestTheWholeDemo:
    """With `manage.py export_now --wait` as it is, and real seconds."""

    def test_survives_being_killed_after_a_send_and_after_an_update(self, transactional_db, worker_environment, monkeypatch):
        sandbox = Sandbox(world=load_demo_world, now=datetime.now(UTC))
        with serve(sandbox) as server:
            rig = Rig(sandbox, connect(server, monkeypatch))
            environment = {**worker_environment, "LEASE_SECONDS": "6", "LATE_COMMIT_HORIZON_SECONDS": "3", "LOG_LEVEL": "ERROR"}

            killed = [_export_now(rig, environment, kill_after=place) for place in (("send", 2), ("update items", 3))]
            deadline = time.monotonic() + 60
            while rig.open_jobs() and time.monotonic() < deadline:
                _export_now(rig, environment)
                time.sleep(0.5)

            assert killed == [-9, -9]
            rig.check()
            assert sum(rig.references().values()) == sum(EXPECTED_POSTED.values())
            for job in sandbox.pleo.jobs():
                assert job["status"] == "completed_with_errors" if job["companyId"] in (UK.id, US.id) else job
                told = rig.told(job["id"])
                assert {each for each, status in told.items() if status == "failed"} == set(EXPECTED_PROBLEMS) & set(told)
                assert {each for each, status in told.items() if status == "successful"} == set(told) - set(EXPECTED_PROBLEMS)
                assert set(told) & EXPECTED_SKIPPED <= {each for each, status in told.items() if status == "successful"}


def _export_now(rig: Rig, environment: dict[str, str], kill_after: tuple[str, int] | None = None) -> int:
    rig.forget()
    known = threading.Event()
    process: list[subprocess.Popen[bytes]] = []

    def end(name: str, request: Request, answer: Answer) -> Answer:
        known.wait(10)
        kill(process[0].pid)
        return Answer(0, drop=True)

    if kill_after:
        rig.after(*kill_after, end)
    command = [sys.executable, "manage.py", "export_now", "--wait"]
    process.append(
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    )
    known.set()
    return process[0].wait(60)
