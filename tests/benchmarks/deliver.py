"""How fast expenses with a receipt reach the ledger, and in how many requests, beside one call per object.

    python -m tests.benchmarks.deliver --expenses 200 [--latency 0.1]

Two runs against two sandboxes that hold the same, each over HTTP on loopback:

- *ours*: Pleo's job through `collect`, `prepare`, `deliver` and `report`, with all that docs/design.md, section 5 asks for (intent
  before the wire, answers written down, receipts fetched) on a SQLite file with `synchronous` FULL;
- *one call per object*: the very same documents in a bare loop, a request for each attachment and each journal entry, signed
  in with the credentials each time; nothing is planned, fetched or written down.

latency: seconds added to every request to Intacct. A real gateway takes some tenths of a second for each; on loopback without
it the loop is flattered, because a request costs next to nothing there.

The numbers: requests to Intacct, seconds, expenses in a second, and the ratio of both runs. `deliver` alone is the step that
the loop is to be compared with; the whole cycle is what a person waits for.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

ENVIRONMENT = {
    "SECRET_KEY": "only-for-benchmarks-only-for-benchmarks-only-for-benchmarks",
    "FIELD_ENCRYPTION_KEY": "b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHMtMDA=",
    "ALLOW_LOOPBACK_ENDPOINTS": "true",
    "HTTPS": "false",
    "LOG_LEVEL": "ERROR",
    "DJANGO_SETTINGS_MODULE": "config.settings",
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.deliver", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--expenses", type=int, default=200)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds added to every request to Intacct")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="pleo-intacct-benchmark-") as folder:
        os.environ.update({**ENVIRONMENT, "DATABASE_URL": f"sqlite:///{Path(folder) / 'benchmark.sqlite3'}"})
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        _compare(options.expenses, options.latency, options.seed)
    return 0


def _compare(expenses: int, latency: float, seed: int) -> None:
    from integration.sandbox.server import serve

    ours, theirs = _sandbox(expenses, seed, latency), _sandbox(expenses, seed, latency)
    with serve(ours) as server:
        requests, step, whole = _ours(ours, server)
    assert len(ours.intacct.ledger()) == expenses, "not everything was posted"
    with serve(theirs) as server:
        naive_requests, naive = _one_by_one(theirs, server)
    assert len(theirs.intacct.ledger()) == expenses, "not everything was posted"

    print(f"{expenses} expenses with a receipt each, {latency:g} s added to a request, seed {seed}")
    print(f"{'':<22}{'requests':>10}{'seconds':>10}{'expenses/s':>12}")
    for name, count, seconds in (
        ("ours, whole cycle", requests, whole),
        ("ours, deliver alone", requests, step),
        ("one call per object", naive_requests, naive),
    ):
        print(f"{name:<22}{count:>10}{seconds:>10.2f}{expenses / seconds:>12.1f}")
    print(f"one call per object needs {naive_requests / requests:.1f} × the requests and {naive / step:.2f} × the time of deliver")


def _sandbox(expenses: int, seed: int, latency: float) -> Any:
    """Both systems with `expenses` good entries of the UK company, each with one PDF, in Pleo's queue."""
    from integration.sandbox.sandbox import Sandbox
    from integration.sandbox.world import UK, load_demo_world, random_item

    now, chance = datetime.now(UTC), random.Random(seed)
    sandbox = Sandbox(world=lambda books, moment: load_demo_world(books, moment, with_jobs=False), now=now)
    ids = []
    for number in range(expenses):
        item, _ = random_item(chance, number, UK, now)
        ids.append(sandbox.pleo.add_entry(UK.id, item, ("pdf",)))
    sandbox.pleo.make_job(UK.id, ids, now=now, expires_in=24 * 3600)
    handle: Callable[..., Any] = sandbox.handle

    def slower(request: Any, moment: datetime) -> Any:
        if request.path.startswith("/ia/"):
            time.sleep(latency)
        return handle(request, moment)

    sandbox.handle = slower  # type: ignore[method-assign]
    return sandbox


def _ours(sandbox: Any, server: Any) -> tuple[int, float, float]:
    """Return (requests to Intacct, seconds of deliver, seconds of the whole cycle)."""
    import pytest

    from exports import run_cycle
    from integration.clock import clock
    from integration.models import EntityConfiguration
    from tests.conftest import connect

    spent, deliver = [0.0], run_cycle.deliver

    def timed(*arguments: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return deliver(*arguments, **named)
        finally:
            spent[0] += time.perf_counter() - began

    patch = pytest.MonkeyPatch()
    with redirect_stdout(StringIO()):
        connect(server, patch)
    patch.setattr(run_cycle, "deliver", timed)
    before, began = len(sandbox.intacct.requests), time.perf_counter()
    configurations = list(EntityConfiguration.objects.select_related("connection"))
    errors = run_cycle.export_until_nothing_is_due(configurations, clock=clock, owner="benchmark", say=lambda _: None)
    whole = time.perf_counter() - began
    patch.undo()
    assert not errors, errors
    return len(sandbox.intacct.requests) - before, spent[0], whole


def _one_by_one(sandbox: Any, server: Any) -> tuple[int, float]:
    """Send the documents of the first run, one in a request; return (requests to Intacct, seconds)."""
    from exports.delivery.deliver import _body
    from exports.models import Document
    from integration.intacct import answers, responses, xml
    from integration.intacct.gateway import post
    from integration.sandbox.world import COMPANY_ID, SENDER_ID, SENDER_PASSWORD, UK, USER_ID, USER_PASSWORD

    def call(control_id: str, function: bytes) -> None:
        body = xml.envelope(
            [(control_id, function)], sender_id=SENDER_ID, sender_password=SENDER_PASSWORD, control_id=control_id,
            authentication=xml.Login(USER_ID, COMPANY_ID, USER_PASSWORD, UK.entity), unique=True,
        )  # fmt: skip
        _, raw = post(f"{server.address}/ia/xml/xmlgw.phtml", body, 240)
        result = responses.judge_write(responses.read_answer(raw, signed_in_by="login").results.get(control_id), sent_before=False)
        assert isinstance(result, answers.Confirmation), result

    documents = [(document.control_id, _body(document)) for document in Document.objects.order_by("record", "position")]
    before, began = len(sandbox.intacct.requests), time.perf_counter()
    call("folder", xml.create_folder("Pleo"))
    for control_id, function in documents:
        call(control_id, function)
    return len(sandbox.intacct.requests) - before, time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
