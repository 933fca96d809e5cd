"""Real workers, real minutes, jobs that keep coming, and every minute a process that is killed or held up.

SOAK_SECONDS says how long (without it the soak is no part of the suite), SOAK_SEED which chances, SOAK_KILL_EVERY how many seconds lie
between two deaths. What happened is printed.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.schedules import install_schedules
from tests.faults.campaign import Campaign
from tests.faults.supervised import Supervised, children_of, wait_until

SECONDS = float(os.environ["SOAK_SECONDS"])
SEED = int(os.environ.get("SOAK_SEED", "1"))
KILL_EVERY = float(os.environ.get("SOAK_KILL_EVERY", "60"))
# Everything that was begun must come to its end by itself: looks behind the horizon, retries, polls every two minutes.
ENDS_WITHIN = 600


class Soak:
    """Offers jobs as fast as they are done, and kills."""

    def __init__(self, campaign: Campaign, running: Supervised) -> None:
        self.campaign, self.running = campaign, running
        self.chance = random.Random(SEED)
        self.did: Counter[str] = Counter()
        self.kinds: dict[str, Callable[[], None]] = {
            "one worker killed": lambda: self._end(self._workers()[:1], signal.SIGKILL),
            "all workers killed": lambda: self._end(self._workers(), signal.SIGKILL),
            "one worker held up": lambda: self._end(self._workers()[:1], signal.SIGSTOP),
            "guard killed": lambda: self._end([running.guard.pid], signal.SIGKILL),
            "guard held up": lambda: self._end([running.guard.pid], signal.SIGSTOP),
            "everything killed": lambda: self._end([running.guard.pid, *self._workers()], signal.SIGKILL),
        }

    def run(self, seconds: float) -> None:
        until, next_death = time.monotonic() + seconds, time.monotonic() + KILL_EVERY
        while time.monotonic() < until:
            self.campaign.job()
            if time.monotonic() >= next_death:
                next_death += KILL_EVERY
                kind = self.chance.choice(sorted(self.kinds))
                self.kinds[kind]()
                self.did[kind] += 1
            time.sleep(2)

    def wait_for_the_end(self) -> float:
        return wait_until(self.campaign.rig.is_settled, seconds=ENDS_WITHIN)

    def _workers(self) -> list[int]:
        workers = [int(each) for each in children_of(self.running.guard.pid)]
        return self.chance.sample(workers, len(workers))

    @staticmethod
    def _end(pids: list[int], how: signal.Signals) -> None:
        for pid in pids:
            os.kill(pid, how)


@pytest.fixture
def running(worker_environment: dict[str, str], tmp_path: Path) -> Iterator[Supervised]:
    install_schedules()
    running = Supervised({**worker_environment, "LOG_LEVEL": "WARNING", "Q_WORKERS": "2"}, tmp_path / "log", silent_after=20)
    yield running
    running.end_at_once()
    print((tmp_path / "log").read_text()[-20_000:])


@pytest.mark.campaign
def test_everything_is_posted_told_and_shown_whoever_is_killed(shared_rig, running, client, admin_user, capsys):
    from exports.models import ExportJob, ExportRecord

    soak = Soak(Campaign(shared_rig, None, SEED), running)
    soak.campaign.bad = {}

    soak.run(SECONDS)
    took = soak.wait_for_the_end()

    known = soak.campaign.known()
    with capsys.disabled():
        did = ", ".join(f"{name} {times}" for name, times in sorted(soak.did.items()))
        print(f"\nsoak: seed {SEED}, {SECONDS:g} s, {ExportJob.objects.count()} jobs, {len(known)} expenses")
        print(f"  {did}; guard begun {running.begun} times; all at its end {took:.0f} s after the last offer")
    soak.campaign.check()  # posted once, told, tied out
    assert not ExportRecord.objects.exclude(status="POSTED").exists()
    client.force_login(admin_user)
    assert client.get("/health/ready").status_code == 200
    assert f"{len(known)}" in client.get("/admin/").content.decode()
