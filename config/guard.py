"""The main process of the workers: it starts them, hears whether they are alive, and replaces those that are not.

Nothing is shared with a worker but two pipes. Each side says a byte now and then; who hears nothing for too long ends the
other, so that neither a process that died nor one that hangs can hold up the rest. The guard asks no database.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import structlog

log = structlog.get_logger(__name__)

IDLE, BUSY = b".", b"!"
# One that has not said its first word yet is just beginning, which takes a slow host half a minute.
_BEGINNING = b""
BEGINS_WITHIN = 60.0
# A worker that dies at once is not started again in every second.
APART = 5.0
LOOK_EVERY = 0.5
# A task ends by itself at half its time limit; one that is this much beyond the limit hangs.
GRACE = 30.0


class Guard:
    """Keeps `count` workers at work until SIGTERM or SIGINT.

    command: starts one worker. silent_after: seconds without a word after which an idle worker hangs. task_limit: seconds
    that a task may take, and so how long stopping may.
    """

    def __init__(self, command: Sequence[str], count: int, *, silent_after: float, task_limit: float) -> None:
        name = f"{socket.gethostname()[:40]}:{uuid.uuid4().hex[:8]}"
        self._places = [_Place(command, f"{name}:{number}", silent_after, task_limit + GRACE) for number in range(1, count + 1)]
        self._task_limit = task_limit
        self._stopping = False

    def run(self) -> int:
        """Return the exit status: 0 where every worker has ended by itself."""
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, self._stop)
        _tell_systemd("READY=1")
        while not self._stopping:
            for place in self._places:
                place.look_after()
            _tell_systemd("WATCHDOG=1")
            time.sleep(LOOK_EVERY)
        _tell_systemd("STOPPING=1")
        return self._end()

    def _stop(self, *_: Any) -> None:
        self._stopping = True

    def _end(self) -> int:
        """Let each worker end its task. What takes longer than a task may is killed: nothing is lost by that."""
        until = time.monotonic() + self._task_limit
        for place in self._places:
            place.ask_to_end()
        while any(place.is_alive() for place in self._places):
            if time.monotonic() > until:
                log.error("stopping_took_too_long", seconds=self._task_limit)
                for place in self._places:
                    place.kill()
                return 1
            for place in self._places:
                place.tell()
            _tell_systemd("WATCHDOG=1")
            time.sleep(LOOK_EVERY / 5)
        return 0


class _Place:
    """One worker, and whoever comes after it under the same name."""

    def __init__(self, command: Sequence[str], name: str, silent_after: float, busy_after: float) -> None:
        self._command, self._name = command, name
        self._limits = {_BEGINNING: max(silent_after, BEGINS_WITHIN), IDLE: silent_after, BUSY: busy_after}
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = -APART
        self._heard, self._heard_at = _BEGINNING, 0.0

    def look_after(self) -> None:
        now = time.monotonic()
        if self._process is None or not self.is_alive():
            if self._process is not None:
                log.error("worker_died", worker=self._name, status=self._process.returncode)
                self._put_away()
            if now >= self._started_at + APART:
                self._start(now)
            return
        self.tell()
        self._hear(now)
        if now > self._heard_at + self._limits[self._heard]:
            log.error("worker_hangs", worker=self._name, silent_seconds=round(now - self._heard_at), busy=self._heard == BUSY)
            self.kill()

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def ask_to_end(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def tell(self) -> None:
        """Say that the guard is alive."""
        # A worker that does not read, or has just died, is found by what it does not say.
        with suppress(OSError):
            if self._process is not None and self._process.stdin is not None:
                os.write(self._process.stdin.fileno(), b".")

    def _start(self, now: float) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env={**os.environ, "WORKER_NAME": self._name}
        )
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
        self._started_at = self._heard_at = now
        self._heard = _BEGINNING

    def _put_away(self) -> None:
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
        self._process = None

    def _hear(self, now: float) -> None:
        try:
            said = os.read(self._process.stdout.fileno(), 65_536) if self._process and self._process.stdout else b""
        except BlockingIOError:
            return
        if said:
            self._heard, self._heard_at = said[-1:], now


def _tell_systemd(what: str) -> None:
    """Say it to systemd where that asks for it (Type=notify, WatchdogSec). Source: sd_notify(3)."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.settimeout(1)
        out.sendto(what.encode(), "\0" + address[1:] if address.startswith("@") else address)
