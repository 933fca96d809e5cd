"""An entity or a connection that people switch off while Pleo's job is under way: the job is told and ended, and nothing more is posted."""

from __future__ import annotations

import pytest

from exports import tasks
from exports.models import ExportJob
from integration.models import Connection, EntityConfiguration
from integration.sandbox import http
from integration.sandbox.http import Fault
from integration.sandbox.world import entry_id


@pytest.fixture(params=[EntityConfiguration, Connection], ids=["entity", "connection"])
def switched(request):
    return lambda active: request.param.objects.update(active=active)


@pytest.fixture
def work(rig, monkeypatch):
    """Let the workers do what the minute's tick would ring for."""
    for module in ("exports.tasks", "exports.reporting.report", "exports.intake.collect"):
        monkeypatch.setattr(f"{module}.clock", rig.clock, raising=False)

    def minute():
        for pk in tasks.configurations_to_look_at():
            tasks.run_configuration(pk)
        for pk in tasks.connections_with_work():
            tasks.run_lane(pk)
        rig.forward(10)

    return minute


class TestSwitchedOffInMidExport:
    def test_before_anything_was_sent_fails_every_item_and_ends_the_job(self, rig, switched, work):
        job = rig.offer("UK-09", "UK-38")
        rig.until_sent()
        switched(False)

        for _ in range(3):
            work()

        assert rig.count("send") == 0
        assert rig.job(job)["status"] == "failed"
        assert set(rig.told(job).values()) == {"failed"}
        assert {rig.record(label).first_problem_code for label in ("UK-09", "UK-38")} == {"switched_off"}
        assert "switched off" in rig.record("UK-09").first_problem
        rig.check()

    @pytest.mark.parametrize("state", ["SEEN", "STARTED"])
    def test_before_the_job_was_collected_ends_it(self, rig, switched, work, state):
        job = rig.offer("UK-01")
        rig.until_sent()
        ExportJob.objects.update(state=state, collected_at=None)
        switched(False)
        rig.forget()

        for _ in range(3):
            work()

        assert (rig.count("send"), rig.count("receipt")) == (0, 0)
        assert rig.job(job)["status"] == "failed"
        assert not ExportJob.objects.open().exists()

    def test_tells_what_is_in_the_ledger_and_looks_up_what_is_in_doubt_before_it_ends_the_job(self, rig, switched, work, monkeypatch):
        monkeypatch.setattr("exports.delivery.deliver.DOCUMENTS_IN_A_REQUEST", 1)
        job = rig.offer("UK-09", "UK-38")
        rig.until_sent()
        rig.sandbox.intacct.inject(Fault(http.RESET_AFTER, matching="<GLBATCH>", skip=1))
        rig.deliver()
        switched(False)
        rig.forget()

        for _ in range(12):
            work()

        assert rig.count("send") == 0
        assert rig.job(job)["status"] == "completed"
        assert rig.told(job) == {entry_id("UK-09"): "successful", entry_id("UK-38"): "successful"}
        rig.check()

    def test_takes_no_new_job(self, rig, switched, work):
        rig.offer("UK-09")
        rig.until_sent()
        switched(False)
        for _ in range(3):
            work()
        second = rig.offer("UK-38")

        for _ in range(3):
            work()

        assert rig.job(second)["status"] == "pending"

    def test_is_posted_when_it_is_switched_on_and_exported_again(self, rig, switched, work):
        rig.offer("UK-09")
        rig.until_sent()
        switched(False)
        for _ in range(3):
            work()
        switched(True)
        rig.offer("UK-09")

        rig.settle()

        assert rig.record("UK-09").status == "POSTED"
        rig.check()
