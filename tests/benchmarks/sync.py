"""How long a full sync takes, beside a bare loop and beside the published client: python -m tests.benchmarks.sync.

    python -m tests.benchmarks.sync --values 200000 [--peer]

Each runs in a process of its own against the same sandbox, over HTTP on loopback, on a SQLite file or in the database that
BENCHMARK_DATABASE_URL names (its tables are made and emptied):

- *ours*: `sync_all`, with states, watermarks, counts, resuming and retirement; then once more with no change;
- *bare loop*: pages by offset, parsed with lxml and upserted into the same tables; nothing is compared, proven or resumed;
- *sageintacctsdk* (--peer): the published client, installed into a temporary folder and pointed at the sandbox, reading the
  kinds it knows, with the fields we read. It stores nothing.

calls: requests over HTTP, sign-in included. seconds: as a person waits; own: processor time of that process alone, without the
sandbox that answers on the same machine. memory: the most the process ever held.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.deliver import ENVIRONMENT

PEER = "sageintacctsdk==1.28.1"
# Which of the peer's lists holds which object.
PEER_LISTS = {
    "LOCATIONENTITY": "location_entities", "LOCATION": "locations", "DEPARTMENT": "departments", "CLASS": "classes",
    "PROJECT": "projects", "EMPLOYEE": "employees", "VENDOR": "vendors", "GLACCOUNT": "accounts", "CUSTOMER": "customers",
    "ITEM": "items", "TASK": "tasks", "COSTTYPE": "cost_types", "CHECKINGACCOUNT": "checking_accounts",
    "SAVINGSACCOUNT": "savings_accounts", "TAXSOLUTION": "tax_solutions", "TAXDETAIL": "tax_details",
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.sync", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--values", type=int, default=200_000)
    parser.add_argument("--peer", action="store_true", help=f"also {PEER}")
    parser.add_argument("--run", choices=sorted(RUNS), help=argparse.SUPPRESS)
    parser.add_argument("--url", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run == "sandbox":
        return _serve(options.values)
    if options.run:
        print(json.dumps(RUNS[options.run](options.url)))
        return 0
    with tempfile.TemporaryDirectory(prefix="pleo-intacct-benchmark-") as folder:
        os.environ.update(ENVIRONMENT)
        _compare(options.values, peer=options.peer, folder=Path(folder))
    return 0


def _compare(values: int, *, peer: bool, folder: Path) -> None:
    sandbox = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.sync", "--run", "sandbox", "--values", str(values)], stdout=subprocess.PIPE, text=True
    )
    try:
        url = (sandbox.stdout.readline() if sandbox.stdout else "").strip()
        found = {}
        for name in ("ours", "bare"):
            found[name] = _measured(name, url, {"DATABASE_URL": _database(folder / f"{name}.sqlite3")})
        if peer:
            subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--target", str(folder / "peer"), PEER], check=True)
            found["peer"] = _measured(
                "peer", url, {"PYTHONPATH": f"{folder / 'peer'}{os.pathsep}{Path.cwd()}", "DATABASE_URL": "sqlite://"}
            )
    finally:
        sandbox.terminate()
    print(f"{values:,} values; {os.environ.get('BENCHMARK_DATABASE_URL', 'sqlite').partition(':')[0]}")
    print(f"{'':<16}{'rows':>9}{'calls':>8}{'seconds':>9}{'own':>8}{'memory':>10}")
    labels = {"ours": "ours", "bare": "bare loop", "peer": "sageintacctsdk"}
    for name, run in found.items():
        print(f"{labels[name]:<16}{run['rows']:>9,}{run['calls']:>8}{run['seconds']:>9.1f}{run['own']:>8.1f}{run['memory']:>7.0f} MB")
    ours, bare = found["ours"], found["bare"]
    print(f"ours / bare loop: {ours['seconds'] / bare['seconds']:.2f} in seconds, {ours['own'] / bare['own']:.2f} in processor time")
    again = ours["again"]
    print(f"once more with no change: {again['calls']} request(s) beside sign-in, {again['seconds']:.2f} s")


def _database(file: Path) -> str:
    return os.environ.get("BENCHMARK_DATABASE_URL", f"sqlite:///{file}")


def _measured(name: str, url: str, environment: dict[str, str]) -> dict[str, Any]:
    arguments = [sys.executable, "-m", "tests.benchmarks.sync", "--run", name, "--url", url]
    done = subprocess.run(arguments, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _serve(values: int) -> int:
    """Answer until ended: the demo's company with so many values more. Prints its address first."""
    from datetime import UTC, datetime, timedelta

    from integration.sandbox.books import Books, Row
    from integration.sandbox.intacct.objects import put_object
    from integration.sandbox.sandbox import Sandbox
    from integration.sandbox.server import serve
    from integration.sandbox.world import load_demo_world

    class ReadOnce(Books):
        """Keeps the rows of a kind in memory while none of them changes: the benchmark is not about reading JSON."""

        def __init__(self) -> None:
            super().__init__()
            self._rows: dict[tuple[str, str], list[Row]] = {}

        def all(self, side: str, kind: str) -> list[Row]:
            if (side, kind) not in self._rows:
                self._rows[side, kind] = super().all(side, kind)
            return self._rows[side, kind]

        def put(self, side: str, kind: str, key: str, row: Row) -> None:
            self._rows.pop((side, kind), None)
            super().put(side, kind, key, row)

        def delete(self, side: str, kind: str, key: str) -> None:
            self._rows.pop((side, kind), None)
            super().delete(side, kind, key)

    books, now = ReadOnce(), datetime.now(UTC)
    load_demo_world(books, now)
    with books.transaction():
        for kind, share, fields in (
            ("PROJECT", 40, lambda n: {"PROJECTID": f"X-{n:06}", "NAME": f"Project number {n}"}),
            ("VENDOR", 30, lambda n: {"VENDORID": f"X-{n:06}", "NAME": f"Supplier number {n}", "ONHOLD": "false"}),
            ("EMPLOYEE", 10, lambda n: {"EMPLOYEEID": f"X-{n:06}", "LOCATIONID": "LDN"}),
            ("DEPARTMENT", 10, lambda n: {"DEPARTMENTID": f"X-{n:06}", "TITLE": f"Department number {n}"}),
            ("CLASS", 10, lambda n: {"CLASSID": f"X-{n:06}", "NAME": f"Class number {n}"}),
        ):
            for number in range(values * share // 100):
                put_object(books, kind, now=now - timedelta(days=30), STATUS="active", **fields(number))
    with serve(Sandbox(books)) as running:
        print(f"{running.address}/ia/xml/xmlgw.phtml", flush=True)
        running.wait()
    return 0


def _timed(work: Callable[[], int]) -> dict[str, Any]:
    """Return rows, calls, seconds and memory of a piece of work that returns its rows."""
    import requests

    calls, send = 0, requests.Session.send

    def counting(session: Any, *arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        return send(session, *arguments, **options)

    requests.Session.send = counting  # type: ignore[method-assign]
    began, own = time.perf_counter(), time.process_time()
    rows = work()
    seconds, own = time.perf_counter() - began, time.process_time() - own
    requests.Session.send = send  # type: ignore[method-assign]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rows": rows, "calls": calls, "seconds": seconds, "own": own, "memory": memory}


def _connection(url: str) -> Any:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from integration.models import Connection, IntacctCredentials
    from integration.sandbox.world.names import COMPANY_ID, SENDER_ID, SENDER_PASSWORD, USER_ID, USER_PASSWORD

    Connection.objects.filter(company_id=COMPANY_ID).delete()
    connection = Connection.objects.create(name="Benchmark", company_id=COMPANY_ID, endpoint=url)
    IntacctCredentials.objects.create(
        connection=connection, user_id=USER_ID, user_password=USER_PASSWORD, sender_id=SENDER_ID, sender_password=SENDER_PASSWORD
    )
    return connection


def _ours(url: str) -> dict[str, Any]:
    from datetime import timedelta

    connection = _connection(url)
    from integration.clock import clock
    from integration.intacct.gateway import gateway_for
    from referencedata.sync import sync_all

    gateway = gateway_for(connection)

    def sync(later: timedelta = timedelta()) -> int:
        runs = sync_all(connection, gateway=gateway, clock=lambda: clock() + later)
        unwell = [str(run) + run.error for run in runs if run.outcome not in ("COMPLETE", "REFUSED")]
        assert not unwell, unwell
        return sum(run.read for run in runs)

    return {**_timed(sync), "again": _timed(lambda: sync(timedelta(hours=6)))}


def _bare(url: str) -> dict[str, Any]:
    connection = _connection(url)
    import requests
    from django.utils import timezone
    from lxml import etree

    from integration.intacct import xml
    from integration.intacct.gateway import gateway_for
    from integration.sandbox.world.names import COMPANY_ID, SENDER_ID, SENDER_PASSWORD, USER_ID, USER_PASSWORD
    from referencedata.company import look_around

    company = look_around(gateway_for(connection))
    http = requests.Session()

    def pages(name: str, fields: tuple[str, ...], key: str) -> Iterator[list[dict[str, str]]]:
        offset, total = 0, 1
        while offset < total:
            question = xml.query(name, fields, order_by=key, page_size=2000, offset=offset, show_private=True)
            login = xml.Login(USER_ID, COMPANY_ID, USER_PASSWORD)
            body = xml.envelope(
                [("f", question)],
                sender_id=SENDER_ID,
                sender_password=SENDER_PASSWORD,
                control_id="bare",
                authentication=login,
                unique=False,
            )
            answer = http.post(url, data=body, headers={"content-type": "application/xml"}, timeout=120)
            data = etree.fromstring(answer.content).find(".//data")
            total = int(data.get("totalcount"))
            yield [{each.tag.upper(): each.text or "" for each in row} for row in data]
            offset += 2000

    def work() -> int:
        rows, now = 0, timezone.now()
        seen = {"connection": connection, "first_seen_at": now, "last_seen_at": now, "changed_at": now}
        for kind in company.kinds():
            if not kind.objects or company.hides(kind):
                continue
            name, shown = company.object_of(kind)
            for page in pages(name, *kind.question(shown)):
                read = dict(kind.read(row) for row in page)
                if not read:
                    continue
                columns = next(iter(read.values()))
                kind.model.objects.bulk_create(
                    [kind.model(intacct_key=key, **seen, **each) for key, each in read.items()],
                    batch_size=500,
                    update_conflicts=True,
                    unique_fields=["connection", *kind.scope, "intacct_key"],
                    update_fields=[*(each for each in columns if each not in kind.scope), "last_seen_at", "changed_at"],
                )
                rows += len(read)
        return rows

    return _timed(work)


def _peer(url: str) -> dict[str, Any]:
    import django
    from sageintacctsdk import SageIntacctSDK  # type: ignore[import-not-found]
    from sageintacctsdk.apis.api_base import ApiBase  # type: ignore[import-not-found]

    django.setup()
    from integration.sandbox.world.names import COMPANY_ID, SENDER_ID, SENDER_PASSWORD, USER_ID, USER_PASSWORD
    from referencedata.kinds import KINDS

    begin = ApiBase.__init__

    def on_loopback(self: Any, *arguments: Any, **options: Any) -> None:
        begin(self, *arguments, **options)
        self._ApiBase__api_url = url

    ApiBase.__init__ = on_loopback

    def work() -> int:
        sdk = SageIntacctSDK(SENDER_ID, SENDER_PASSWORD, USER_ID, COMPANY_ID, USER_PASSWORD)
        rows = 0
        for kind in KINDS:
            for name in kind.objects:
                if name in PEER_LISTS:
                    fields = ["RECORDNO", kind.code, *(each for each in kind.fields if each not in ("RECORDNO", kind.code))]
                    rows += len(getattr(sdk, PEER_LISTS[name]).get_all(fields=fields))
        return rows

    return _timed(work)


RUNS: dict[str, Any] = {"sandbox": _serve, "ours": _ours, "bare": _bare, "peer": _peer}

if __name__ == "__main__":
    sys.exit(main())
