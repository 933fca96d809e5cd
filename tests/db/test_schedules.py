from __future__ import annotations

import inspect
from datetime import timedelta

import pytest
from django_q.models import Failure, OrmQ, Schedule, Success
from django_q.tasks import async_task

from config import schedules, worker
from config.schedules import install_schedules, purge, tick
from exports import tasks
from exports.models import ExportJob, ExportRecord, ReceiptContent
from exports.tasks import configurations_to_look_at, connections_with_work, run_configuration, run_lane
from integration.clock import clock
from integration.models import Connection, EntityConfiguration, Heartbeat, Lease
from tests.db.exports.rows import a_configuration, a_document, a_job, a_receipt, a_record, an_offer

pytestmark = pytest.mark.django_db


def queued() -> list[tuple[str, tuple[int, ...]]]:
    return sorted((task.func(), tuple(task.args())) for task in OrmQ.objects.all())


def due_document(**columns):
    configuration = a_configuration(poll_due_at=clock() + timedelta(hours=1))
    record = a_record(configuration)
    an_offer(record, a_job(configuration, expires_at=clock() + timedelta(hours=1)))
    return a_document(record, **({"due_at": clock() - timedelta(seconds=1)} | columns))


class TestTick:
    def test_queues_what_is_due_with_primary_keys_alone(self):
        document = due_document()
        configuration = document.record.configuration

        tick()

        ours = [each for each in queued() if each[0].startswith("exports.")]
        assert ours == [
            ("exports.tasks.run_configuration", (configuration.pk,)),
            ("exports.tasks.run_lane", (configuration.connection_id,)),
        ]

    def test_queues_nothing_twice_while_it_waits(self):
        due_document()
        tick()
        before = queued()

        tick()

        assert queued() == before

    def test_asks_pleo_every_two_minutes(self):
        configuration = a_configuration()

        first = configurations_to_look_at()
        tick()
        second = configurations_to_look_at()
        EntityConfiguration.objects.update(poll_due_at=clock() - timedelta(seconds=1))

        assert (first, second, configurations_to_look_at()) == ([configuration.pk], [], [configuration.pk])

    def test_shows_that_the_worker_is_alive(self):
        tick()

        assert clock() - Heartbeat.objects.get().beat_at < timedelta(seconds=5)

    def test_leaves_what_is_switched_off(self):
        due_document()
        Connection.objects.update(active=False)
        ExportJob.objects.update(state="FINISHED", ended_at=clock())

        tick()

        assert queued() == []

    def test_visits_what_was_switched_off_while_its_job_is_open_to_tell_and_end_it(self):
        document = due_document()
        Connection.objects.update(active=False)

        tick()

        assert queued() == [("exports.tasks.run_configuration", (document.record.configuration_id,))]


class TestConnectionsWithWork:
    @pytest.mark.parametrize(
        ("state", "due_in", "found"),
        [
            ("PLANNED", -1, True),
            ("PLANNED", 60, False),
            ("UNKNOWN", -1, True),
            ("UNKNOWN", 60, False),
            ("REJECTED", -1, True),
            ("IN_FLIGHT", None, True),
            ("CONFIRMED", None, False),
            ("REVIEW", None, False),
        ],
    )
    def test_are_those_where_something_may_be_sent_or_looked_up_now(self, state, due_in, found):
        due_at = None if due_in is None else clock() + timedelta(seconds=due_in)
        document = due_document(state=state, due_at=due_at)

        assert connections_with_work() == ([document.record.configuration.connection_id] if found else [])

    def test_leave_out_closed_ones(self):
        due_document()
        Connection.objects.update(closed_at=clock(), closed_reason="refused")

        assert connections_with_work() == []


class TestTasks:
    @pytest.mark.parametrize("task", [run_configuration, run_lane])
    def test_take_one_primary_key(self, task):
        assert len(inspect.signature(task).parameters) == 1

    @pytest.mark.parametrize("task", [run_configuration, run_lane])
    def test_do_nothing_for_a_row_that_is_gone_or_off(self, task):
        configuration = a_configuration(active=False)
        Connection.objects.update(active=False)

        task(configuration.pk)
        task(999_999)

        assert not Lease.objects.exists()

    def test_of_a_lane_that_another_worker_holds_does_no_harm(self, settings, monkeypatch):
        document = due_document()
        connection = document.record.configuration.connection
        monkeypatch.setattr(tasks, "gateway_for", lambda each, purpose="": None)
        Lease.take(connection.lane, owner="another", now=clock())

        run_lane(connection.pk)

        document.refresh_from_db()
        assert document.state == "PLANNED"


class TestPurge:
    def aged(self, *, status="POSTED", state="CONFIRMED", days=40, confirmed_days=40):
        record = a_record(status=status)
        long_ago = clock() - timedelta(days=days)
        attachment = a_document(record, state, "attachment")
        if state == "CONFIRMED":
            type(attachment).objects.filter(pk=attachment.pk).update(confirmed_at=clock() - timedelta(days=confirmed_days))
        return a_receipt(record, document=attachment, fetched_at=long_ago, state="ATTACHED" if state == "CONFIRMED" else "FETCHED")

    def test_drops_the_bytes_some_days_after_posting_and_keeps_the_hash(self):
        receipt = self.aged()

        purge()

        content = ReceiptContent.objects.get()
        assert content.content is None and content.purged_at
        receipt.refresh_from_db()
        assert receipt.content_id == content.content_hash

    @pytest.mark.parametrize(
        "columns",
        [
            {"days": 10},
            {"confirmed_days": 10},
            {"state": "PLANNED", "status": "WAITING"},
            {"state": "UNKNOWN", "status": "UNKNOWN"},
            {"state": "REJECTED", "status": "NEEDS_FIX"},
            {"state": "CANCELLED", "status": "NEEDS_FIX"},
        ],
        ids=str,
    )
    def test_keeps_what_is_young_or_still_needed(self, columns):
        self.aged(**columns)

        purge()

        assert ReceiptContent.objects.get().content is not None

    def test_keeps_bytes_that_another_expense_still_needs(self):
        self.aged()
        waiting = a_record()
        a_receipt(waiting, fetched_at=clock() - timedelta(days=40))

        purge()

        assert ReceiptContent.objects.count() == 1
        assert ReceiptContent.objects.get().content is not None

    def test_drops_old_rows_of_the_queue(self):
        for name, days in (("old", 8), ("new", 1)):
            moment = clock() - timedelta(days=days)
            Success.objects.create(id=name, name=name, func="f", started=moment, stopped=moment, success=True)

        purge()

        assert list(Success.objects.values_list("id", flat=True)) == ["new"]


class TestInstallSchedules:
    def test_makes_the_schedules_once_and_leaves_others_alone(self):
        Schedule.objects.create(name="mine", func="f")

        install_schedules()
        Schedule.objects.filter(name="tick").update(minutes=99)
        names = install_schedules()

        assert sorted(Schedule.objects.values_list("name", flat=True)) == sorted([*names, "mine"])
        assert Schedule.objects.get(name="tick").minutes == 1

    def test_names_functions_that_exist(self):
        for schedule in schedules.SCHEDULES:
            module, _, name = str(schedule["func"]).rpartition(".")
            assert callable(getattr(__import__(module, fromlist=[name]), name))


class TestWhatIsScheduled:
    TICK = ("config.schedules.tick", ())

    @pytest.mark.parametrize(
        ("next_run", "rung"),
        [
            (timedelta(seconds=-1), True),
            (timedelta(seconds=30), False),
            (timedelta(minutes=3), True),
            (timedelta(hours=1), True),
            (timedelta(days=1), True),
        ],
        ids=str,
    )
    def test_is_rung_when_its_time_has_come_or_cannot_be_true(self, next_run, rung):
        install_schedules()
        now = clock()
        Schedule.objects.filter(name="tick").update(next_run=now + next_run)
        Schedule.objects.filter(name="purge").update(next_run=now + timedelta(hours=23))

        schedules.ring_what_is_scheduled(now)

        assert queued() == ([self.TICK] if rung else [])
        assert Schedule.objects.get(name="tick").next_run == now + (timedelta(minutes=1) if rung else next_run)

    def test_is_rung_once_while_it_waits(self):
        install_schedules()
        now = clock() + timedelta(seconds=1)

        schedules.ring_what_is_scheduled(now)
        schedules.ring_what_is_scheduled(now)
        schedules.ring_what_is_scheduled(now + timedelta(minutes=1))

        assert [each for each in queued() if each == self.TICK] == [self.TICK]


class TestAWorker:
    def test_takes_a_task_once_and_keeps_what_became_of_it(self):
        async_task("config.schedules.purge")

        task = worker.take()
        worker.carry_out(task)

        assert worker.take() is None
        assert Success.objects.get().func == "config.schedules.purge"

    @pytest.mark.parametrize("function", ["exports.tasks.no_such_task", "signal.raise_signal"])
    def test_goes_on_after_a_task_that_fails(self, function):
        async_task(function)

        worker.carry_out(worker.take())

        assert Failure.objects.get().func == function

    def test_drops_what_nobody_can_read(self, settings):
        OrmQ.objects.create(key="pleo-intacct", payload="what is this", lock=clock())
        async_task("config.schedules.purge")

        assert worker.take()["func"] == "config.schedules.purge"
        assert not OrmQ.objects.exists()

    def test_takes_what_was_queued_or_locked_by_a_clock_that_was_a_day_ahead(self):
        async_task("config.schedules.purge")
        OrmQ.objects.update(lock=clock() + timedelta(days=1))

        assert worker.take()["func"] == "config.schedules.purge"


class TestWakers:
    def test_queue_one_task_for_each_pleo_company(self):
        configuration = a_configuration()
        a_record(configuration)
        a_record(configuration)

        tasks.wake_collectors(ExportRecord.objects.all())
        tasks.wake_lanes(ExportRecord.objects.select_related("configuration"))

        assert queued() == [
            ("exports.tasks.run_configuration", (configuration.pk,)),
            ("exports.tasks.run_lane", (configuration.connection_id,)),
        ]
