"""`manage.py qcluster` as it is run for real, with an idle worker, a busy one and its guard killed or held up.

WORKER_KILLS (default 1) says how often in a row each. What the guard cannot do, begin again after its own death, is left to
whoever supervises it: here a thread, as systemd does with Restart=always.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django_q.models import OrmQ
from django_q.tasks import async_task

from config.schedules import install_schedules
from integration.models import Heartbeat, Lease
from tests.faults.conftest import database_url
from tests.faults.supervised import AT_MOST, Supervised, wait_until

TIMES = int(os.environ.get("WORKER_KILLS", "1"))
# In place of three minutes, so that a test need not wait for them.
SILENT_AFTER = 6
LEASE = 9

CHORES = "tests.faults.chores"


def goes_on(number: int, *, seconds: float = AT_MOST) -> float:
    """Ring for something and wait until it was done, by each worker in turn; return the seconds it took."""
    names = [f"probe {number} {each}" for each in range(3)]
    for name in names:
        async_task(f"{CHORES}.beat", name)
    return wait_until(lambda: Heartbeat.objects.filter(name__in=names).count() == len(names), seconds=seconds)


def lease_of(name: str) -> Lease:
    return Lease.objects.get(name=name)


@pytest.fixture
def supervised(transactional_db: None, tmp_path: Path) -> Iterator[Supervised]:
    install_schedules()
    environment = {**os.environ, "DATABASE_URL": database_url(), "LEASE_SECONDS": str(LEASE), "LOG_LEVEL": "INFO", "Q_WORKERS": "2"}
    running = Supervised(environment, tmp_path / "log", silent_after=SILENT_AFTER)
    try:
        goes_on(0)
        yield running
    finally:
        running.end_at_once()
        print((tmp_path / "log").read_text())


class TestWorkGoesOn:
    @pytest.mark.parametrize("held_up", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
    @pytest.mark.parametrize("which", [0, 1])
    def test_when_an_idle_worker_is(self, supervised, which, held_up):
        for number in range(1, TIMES + 1):
            os.kill(supervised.workers()[which], held_up)
            goes_on(number)
        assert supervised.begun == 1

    def test_when_a_busy_worker_is_killed(self, supervised):
        for number in range(1, TIMES + 1):
            async_task("signal.raise_signal", int(signal.SIGKILL))
            goes_on(number)
        assert supervised.begun == 1

    def test_when_every_worker_is_busy_and_killed(self, supervised):
        for number in range(1, TIMES + 1):
            async_task("signal.raise_signal", int(signal.SIGKILL))
            async_task("signal.raise_signal", int(signal.SIGKILL))
            goes_on(number)
        assert supervised.begun == 1

    @pytest.mark.parametrize("held_up", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
    def test_when_the_guard_is(self, supervised, held_up):
        for number in range(1, TIMES + 1):
            supervised.workers()
            former = supervised.guard
            os.kill(former.pid, held_up)
            goes_on(number)
            wait_until(lambda gone=former: gone.poll() is not None)
            goes_on(number + 1000)
        assert supervised.begun == TIMES + 1

    def test_and_a_lease_of_a_dead_worker_ends_soon(self, supervised):
        for number in range(1, TIMES + 1):
            name = f"lane {number}"
            async_task(f"{CHORES}.hold_a_lease", name, 1000)
            wait_until(Lease.objects.filter(name=name).exclude(owner="").exists)
            workers = supervised.workers()
            for pid in workers:
                os.kill(pid, signal.SIGKILL)
            goes_on(number)
            # Long before it would have run out, had its worker only hung.
            wait_until(lambda name=name: lease_of(name).expires_at.timestamp() < time.time() + LEASE / 5, seconds=LEASE / 2)


class TestStopping:
    def test_takes_no_time_when_nothing_is_done(self, supervised):
        assert supervised.stop() < 10
        assert supervised.guard.returncode == 0

    def test_waits_for_the_task_that_is_at_work_and_leaves_the_others(self, supervised):
        async_task(f"{CHORES}.hold_a_lease", "long", 4)
        wait_until(Lease.objects.filter(name="long").exists)

        seconds = supervised.stop()
        async_task(f"{CHORES}.beat", "too late")

        assert 1 < seconds < 15
        assert supervised.guard.returncode == 0
        assert OrmQ.objects.count() == 1

    def test_ends_a_task_that_takes_longer_than_a_task_may(self, supervised):
        async_task("time.sleep", 1000)
        wait_until(lambda: not OrmQ.objects.exists())
        time.sleep(1)

        assert supervised.stop() < 3 * LEASE + 20
        assert supervised.guard.returncode == 1
