"""A process that works: it rings what is scheduled, takes one task after the other, and tells its guard that it is alive.

A task is taken by deleting its row. One whose worker dies is not repeated by the queue: the rows it was about say what is
left to do, and the next tick rings for them again.
"""

from __future__ import annotations

import os
import pydoc
import select
import signal
import threading
import time
import traceback
from contextlib import suppress
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections
from django_q.models import OrmQ, Task
from django_q.signing import BadSignature, SignedPackage

from config.guard import BUSY, IDLE
from config.schedules import ring_what_is_scheduled
from integration.clock import clock
from integration.models import Lease
from integration.models.leases import worker_name

log = structlog.get_logger(__name__)


class Lifeline:
    """The worker's ends of the pipes to its guard. stopping: whether to take no further task."""

    def __init__(self, *, silent_after: float, task_limit: float) -> None:
        self.stopping = False
        self._silent_after, self._task_limit = silent_after, task_limit
        self._guard = os.getppid()
        # What a task prints must not be taken for a sign of life.
        self._out = os.dup(1)
        os.dup2(2, 1)
        os.set_blocking(self._out, False)
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the guard too, which asks us in order
        threading.Thread(target=self._listen, daemon=True).start()

    def say(self, what: bytes) -> None:
        with suppress(OSError):
            os.write(self._out, what)

    def _stop(self, *_: Any) -> None:
        self.stopping = True

    def _listen(self) -> None:
        """Wait until the guard is gone, or hangs and is ended; then let the task that is at work come to its end, no other."""
        while True:
            if not select.select([0], [], [], self._silent_after)[0]:
                log.error("guard_hangs", silent_seconds=self._silent_after)
                if os.getppid() == self._guard:
                    os.kill(self._guard, signal.SIGKILL)
                break
            if not os.read(0, 65_536):
                break
        self.stopping = True
        time.sleep(self._task_limit)
        os._exit(1)


def work(lifeline: Lifeline) -> None:
    """Do what is rung for, one task after the other, until the lifeline says stop."""
    lifeline.say(IDLE)
    let_go = False
    while not lifeline.stopping:
        close_old_connections()
        try:
            if not let_go:
                Lease.let_go_of(worker_name(), clock())
                let_go = True
            ring_what_is_scheduled(clock())
            task = take()
        except DatabaseError as error:
            # Not a sign of life: where that does not pass, the guard begins with a new process.
            log.warning("database_does_not_answer", error=str(error))
            connections.close_all()
            time.sleep(settings.Q_CLUSTER["poll"])
            continue
        if task is None:
            lifeline.say(IDLE)
            time.sleep(settings.Q_CLUSTER["poll"])
            continue
        lifeline.say(BUSY)
        carry_out(task)
        lifeline.say(IDLE)


def take() -> dict[str, Any] | None:
    """Take the task that waits longest; None where none waits. What cannot be read (another SECRET_KEY) is dropped."""
    for row in OrmQ.objects.order_by("pk")[:10]:
        # delete(), and its count: of two workers only one has deleted the row.
        if not OrmQ.objects.filter(pk=row.pk).delete()[0]:
            continue
        try:
            return SignedPackage.loads(row.payload)
        except (TypeError, BadSignature):
            log.warning("unreadable_task_dropped", task=row.pk)
    return None


def carry_out(task: dict[str, Any]) -> None:
    """Run a task and keep what became of it for "Background tasks"."""
    try:
        function = pydoc.locate(task["func"]) if isinstance(task["func"], str) else task["func"]
        if not callable(function):
            raise ValueError(f"Function {task['func']} is not defined")
        task["result"], task["success"] = function(*task["args"], **task["kwargs"]), True
    except Exception as error:
        task["result"], task["success"] = f"{error} : {traceback.format_exc()}", False
        log.error("task_failed", task=str(task["func"]), result=task["result"])
    _keep(task)


def _keep(task: dict[str, Any]) -> None:
    columns = {name: task.get(name) for name in ("id", "name", "hook", "args", "kwargs", "started", "result", "success", "group")}
    try:
        Task.objects.create(func=str(task["func"]), stopped=clock(), attempt_count=1, **columns)
    except DatabaseError as error:
        log.warning("result_not_kept", task=str(task["func"]), error=str(error))  # the rows hold what was done
