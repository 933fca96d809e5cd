"""`manage.py qcluster` under a supervisor that starts it again whenever it ends, as systemd does with Restart=always."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.faults.nursery import ROOT

# By when work must have gone on: five minutes with the usual times.
AT_MOST = 60


class Supervised:
    """The guard's process, begun again whenever it ends."""

    def __init__(self, environment: dict[str, str], log: Path, *, silent_after: float) -> None:
        self._command = [sys.executable, "manage.py", "qcluster", "--silent-after", str(silent_after)]
        self._environment, self._log = environment, log.open("ab")
        self._ended = False
        self.begun = 0
        self.guard = self._begin()
        self._thread = threading.Thread(target=self._supervise)
        self._thread.start()

    def _begin(self) -> subprocess.Popen[bytes]:
        self.begun += 1
        return subprocess.Popen(self._command, cwd=ROOT, env=self._environment, stdout=self._log, stderr=self._log)

    def _supervise(self) -> None:
        while not self._ended:
            self.guard.wait()
            if not self._ended:
                self.guard = self._begin()

    def workers(self) -> list[int]:
        """Their numbers, once there are two."""
        wait_until(lambda: len(children_of(self.guard.pid)) == 2)
        return [int(each) for each in children_of(self.guard.pid)]

    def stop(self) -> float:
        """Return how many seconds it took."""
        began = time.monotonic()
        self._ended = True
        self.guard.terminate()
        self.guard.wait(120)
        self._thread.join()
        self._log.close()
        return time.monotonic() - began

    def end_at_once(self) -> None:
        """Leave no process that could see the next test's database."""
        if not self._ended:
            self._ended = True
            children = children_of(self.guard.pid)
            for pid in [str(self.guard.pid), *children]:
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            self._thread.join()
            self._log.close()


def children_of(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []


def wait_until(holds: Callable[[], object], *, seconds: float = AT_MOST) -> float:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.1)
    return time.monotonic() - began
