"""Worker processes that tests start and kill. Django is loaded once; every worker is a fork of this process.

As a program it reads orders as JSON lines: {"start": …} forks a worker and answers its pid, {"wait": pid} answers how
one ended (negative: the signal that killed it), or that it is still at work.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from datetime import timedelta
from pathlib import Path
from typing import Any

_AT_WORK = 999
ROOT = Path(__file__).resolve().parents[2]


class Nursery:
    """The test's side of it. environment: that of the workers; DATABASE_URL names the test database."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  closed in stop()
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True,
        )  # fmt: skip

    def start(self, what: str = "rounds", **order: Any) -> int:
        """Start a worker and return its pid. what: a function of this module that carries the order out."""
        return self._ask({"start": what, **order})

    def wait(self, pid: int) -> int:
        """Return how a worker ended. Others may be started and waited for meanwhile."""
        while (status := self._ask({"wait": pid})) == _AT_WORK:
            time.sleep(0.005)
        return status

    def run(self, what: str = "rounds", **order: Any) -> int:
        return self.wait(self.start(what, **order))

    def errors(self) -> str:
        self._errors.seek(0)
        return self._errors.read()

    def stop(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(20)
        self._errors.close()

    def _ask(self, order: dict[str, Any]) -> int:
        assert self._process.stdin
        assert self._process.stdout
        with self._lock:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        assert answer, self.errors()
        return int(answer)


# The workers' side.


def rounds(order: dict[str, Any]) -> None:
    """Run the whole cycle until nothing is due, as `export_now` does, with a clock that is ahead of the real one."""
    from exports import run_cycle
    from integration.models import EntityConfiguration, owner

    _limit(order)
    configurations = list(EntityConfiguration.objects.select_related("connection").order_by("pk"))
    run_cycle.export_until_nothing_is_due(configurations, clock=_clock(order), owner=owner(), say=lambda _: None)


def tasks(order: dict[str, Any]) -> None:
    """Carry out the queue's task for every entity configuration, as a cluster does; `times` in a row."""
    from exports import tasks
    from integration.models import EntityConfiguration

    _limit(order)
    tasks.clock = _clock(order)  # type: ignore[assignment]
    for _ in range(order.get("times", 1)):
        for pk in EntityConfiguration.objects.order_by("pk").values_list("pk", flat=True):
            tasks.run_configuration(pk)


def sync(order: dict[str, Any]) -> None:
    """Read these kinds from Intacct in pages of four, and be killed before that request, counted from 1; 0: not at all."""
    import signal

    from integration.intacct import gateway
    from integration.models import Connection
    from referencedata.models import Mode
    from referencedata.syncing import paging
    from referencedata.syncing.sync import sync_all

    paging.PAGE_SIZE = 4
    asked = []

    def post(*arguments: Any) -> Any:
        asked.append(1)
        if len(asked) == order["killed_before"]:
            os.kill(os.getpid(), signal.SIGKILL)
        return send(*arguments)

    send, gateway.post = gateway.post, post
    connection = Connection.objects.get()
    mode = Mode(order["mode"]) if order.get("mode") else None
    sync_all(connection, gateway=gateway.gateway_for(connection), clock=_clock(order), kinds=order["kinds"], mode=mode)


def _limit(order: dict[str, Any]) -> None:
    """Small requests, so that a small job needs several of a kind. documents: in a send; items: in an update."""
    from exports.delivery import deliver
    from exports.reporting import report

    deliver.DOCUMENTS_IN_A_REQUEST = order.get("documents", deliver.DOCUMENTS_IN_A_REQUEST)
    report.ITEMS_IN_AN_UPDATE = order.get("items", report.ITEMS_IN_AN_UPDATE)


def _clock(order: dict[str, Any]) -> Any:
    from integration.clock import clock

    ahead = timedelta(seconds=order.get("ahead", 0.0))
    return lambda: clock() + ahead


def _main() -> None:
    import django

    django.setup()
    from integration import clock

    clock.uptime = lambda: None  # time passes because the tests say so
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            ended, status = os.waitpid(order["wait"], os.WNOHANG)
            print(os.waitstatus_to_exitcode(status) if ended else _AT_WORK, flush=True)
            continue
        pid = os.fork()
        if not pid:
            _be_a_worker(order)
        print(pid, flush=True)


def _be_a_worker(order: dict[str, Any]) -> None:
    status = 0
    try:
        globals()[order["start"]](order)
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    _main()
