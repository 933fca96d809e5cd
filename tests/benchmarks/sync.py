"""How long a full sync of a large company takes, beside a bare loop that does no more than it must, and the published client.

    python -m tests.benchmarks.sync [--values 200000] [--database postgres://…] [--peer]

Each has a process and so its memory to itself: the sandbox over HTTP on loopback, and one after the other

- *ours*: `sync_all` reading everything, with all that docs/design.md asks for (each page and its place in one commit, the lease,
  what changed and what vanished, the counts) into an empty database, then once more into the full one, then what has changed
  (nothing; one kind has no time of change and is long), the keys alone, and the comparison that changes nothing;
- *bare loop*: every kind, page by page in pages of 2,000, each parsed as ours and upserted into the same tables; nothing is
  compared, counted, kept or noted down;
- *sageintacctsdk* (--peer): the published client, installed for this run alone and pointed at loopback, reading the kinds it
  has a list of, with the fields we read, by its `get_all`. It stores nothing.

database: a server where databases may be created; SQLite in a folder of its own where none is given. The numbers: requests to
Intacct beside the sign-in, seconds, peak memory in MB, and the ratio of both.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from tests.benchmarks.deliver import ENVIRONMENT

PAGE = 2000
PEER = "sageintacctsdk==1.28.1"
# Which of the peer's lists holds which object.
PEER_LISTS = {
    "LOCATIONENTITY": "location_entities", "LOCATION": "locations", "DEPARTMENT": "departments", "CLASS": "classes",
    "PROJECT": "projects", "EMPLOYEE": "employees", "VENDOR": "vendors", "GLACCOUNT": "accounts", "CUSTOMER": "customers",
    "ITEM": "items", "TASK": "tasks", "COSTTYPE": "cost_types", "CONTRACT": "contracts", "CHECKINGACCOUNT": "checking_accounts",
    "TAXSOLUTION": "tax_solutions", "TAXDETAIL": "tax_details",
}  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.sync", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--values", type=int, default=200_000)
    parser.add_argument("--database", default="")
    parser.add_argument("--peer", action="store_true", help=f"also {PEER}, from the package index")
    parser.add_argument("--run", choices=("ours", "bare", "peer"), help=argparse.SUPPRESS)
    parser.add_argument("--address", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.run:
        print(json.dumps(_measured(options.run, options.address)))
        return 0
    _compare(options.values, options.database, peer=options.peer)
    return 0


def _compare(values: int, database: str, *, peer: bool) -> None:
    ready: Any = multiprocessing.get_context("spawn").Queue()
    sandbox = multiprocessing.get_context("spawn").Process(target=_serve, args=(values, ready), daemon=True)
    sandbox.start()
    address = ready.get(timeout=600)
    try:
        found = {}
        for run in ("bare", "ours", "peer") if peer else ("bare", "ours"):
            with tempfile.TemporaryDirectory(prefix="pleo-intacct-benchmark-") as folder, _Database(database, Path(folder)) as url:
                environment = {**os.environ, **ENVIRONMENT, "DATABASE_URL": url}
                if run == "peer":
                    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--target", folder, PEER], check=True)
                    environment["PYTHONPATH"] = os.pathsep.join((folder, str(Path.cwd())))
                command = [sys.executable, "-m", "tests.benchmarks.sync", "--run", run, "--address", address]
                done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
                found[run] = json.loads(done.stdout.splitlines()[-1])
    finally:
        sandbox.terminate()
    where = urlsplit(database).scheme or "sqlite"
    print(f"{values} values beside the demo company, {where}")
    print(f"{'':<22}{'requests':>10}{'seconds':>10}{'values/s':>10}{'peak MB':>10}")
    rows = [("bare loop", found["bare"]), ("ours, empty", found["ours"]), ("ours, unchanged", found["ours"]["again"])]
    rows += [
        ("ours, changes only", found["ours"]["changes"]),
        ("ours, keys", found["ours"]["keys"]),
        ("ours, verify", found["ours"]["verify"]),
    ]
    rows += [("sageintacctsdk", found["peer"])] if peer else []
    for name, row in rows:
        print(f"{name:<22}{row['requests']:>10}{row['seconds']:>10.2f}{row['read'] / row['seconds']:>10.0f}{row['megabytes']:>10.0f}")
    print(f"ours takes {found['ours']['seconds'] / found['bare']['seconds']:.2f} × the time of the bare loop")


class _Database:
    """A database for one run, gone afterwards. server: empty for a SQLite file in `folder`."""

    def __init__(self, server: str, folder: Path) -> None:
        self.server, self.url = server, f"sqlite:///{folder / 'benchmark.sqlite3'}"
        self.name = f"benchmark_{os.getpid()}_{time.monotonic_ns()}"

    def __enter__(self) -> str:
        if self.server:
            self._execute(f"CREATE DATABASE {self.name}")
            parts = urlsplit(self.server)
            self.url = urlunsplit((parts.scheme, parts.netloc, f"/{self.name}", parts.query, ""))
        return self.url

    def __exit__(self, *error: object) -> None:
        if self.server:
            self._execute(f"DROP DATABASE {self.name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(statement)


def _serve(values: int, ready: Any) -> None:
    from integration.sandbox.sandbox import Sandbox
    from integration.sandbox.server import serve
    from integration.sandbox.world import load_demo_world
    from integration.sandbox.world.more import fill_lists

    sandbox = Sandbox(world=load_demo_world, now=datetime.now(UTC))
    fill_lists(sandbox.books, datetime.now(UTC), values)
    with serve(sandbox) as running:
        ready.put(running.address)
        while True:
            time.sleep(3600)


def _measured(run: str, address: str) -> dict[str, Any]:
    if run == "peer":
        return _timed(lambda: _peer(f"{address}/ia/xml/xmlgw.phtml"))
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from integration.intacct.gateway import Credentials, Gateway
    from integration.models import Connection
    from integration.sandbox.world import COMPANY_ID, SENDER_ID, SENDER_PASSWORD, USER_ID, USER_PASSWORD

    endpoint = f"{address}/ia/xml/xmlgw.phtml"
    connection = Connection.objects.create(name="Acme", company_id=COMPANY_ID, endpoint=endpoint)
    gateway = Gateway(Credentials(COMPANY_ID, endpoint, USER_ID, USER_PASSWORD, SENDER_ID, SENDER_PASSWORD))
    gateway.sign_in()
    if run == "bare":
        return _timed(lambda: _bare(connection, gateway))
    found = _timed(lambda: _ours(connection, gateway, "FULL"))
    found["again"] = _timed(lambda: _ours(connection, gateway, "FULL"))
    _let_the_overlap_pass(connection)
    found["changes"] = _timed(lambda: _ours(connection, gateway, ""))
    found["keys"] = _timed(lambda: _ours(connection, gateway, "KEYS"))
    found["verify"] = _timed(lambda: _ours(connection, gateway, "VERIFY"))
    return found


def _timed(work: Any) -> dict[str, Any]:
    began = time.perf_counter()
    requests, read = work()
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"requests": requests, "read": read, "seconds": time.perf_counter() - began, "megabytes": megabytes}


def _ours(connection: Any, gateway: Any, mode: str) -> tuple[int, int]:
    from integration.clock import clock
    from referencedata.models import Mode
    from referencedata.syncing.sync import sync_all

    runs = sync_all(connection, gateway=gateway, clock=clock, mode=Mode(mode) if mode else None)
    wrong = [f"{run}: {run.error}" for run in runs if run.outcome != "COMPLETE"]
    assert not wrong, wrong
    return sum(run.requests for run in runs), sum(run.read for run in runs)


def _let_the_overlap_pass(connection: Any) -> None:
    """All rows of the sandbox are new: two days later, the overlap of a day would not show them again."""
    from datetime import timedelta

    from django.db.models import F

    from referencedata.models import SyncState

    SyncState.objects.filter(connection=connection).update(watermark=F("watermark") + timedelta(days=2))


def _bare(connection: Any, gateway: Any) -> tuple[int, int]:
    """Download, parse, upsert: by moving offsets, as most do."""
    from django.db import transaction
    from django.utils import timezone

    from integration.intacct import responses, xml
    from referencedata.syncing.company_discovery import look_around

    company = look_around(gateway)
    requests = read = 0
    for kind in company.kinds():
        if not kind.objects:
            continue
        name, shown = company.object_of(kind)
        fields, key = kind.question(shown)
        offset, total = 0, 1
        while offset < total:
            question = xml.query(name, fields, order_by=key, page_size=PAGE, offset=offset, show_private=True)
            page = responses.page_of(gateway.read_one(question))
            now, rows = timezone.now(), [kind.read(row) for row in page.rows]
            stamps = {"first_seen_at": now, "last_seen_at": now, "changed_at": now}
            if rows:
                with transaction.atomic():
                    kind.model.objects.bulk_create(
                        [kind.model(connection=connection, intacct_key=each, **stamps, **columns) for each, columns in rows],
                        update_conflicts=True,
                        unique_fields=["connection", *kind.scope, "intacct_key"],
                        update_fields=[*(name for name in rows[0][1] if name not in kind.scope), "last_seen_at", "changed_at"],
                    )
            requests, read, offset, total = requests + 1, read + len(rows), offset + len(rows), page.total
    return requests, read


def _peer(endpoint: str) -> tuple[int, int]:
    """Download and parse by the published client, as its own documentation shows."""
    import django
    import requests
    from sageintacctsdk import SageIntacctSDK  # type: ignore[import-not-found]

    django.setup()
    from integration.sandbox.world import COMPANY_ID, SENDER_ID, SENDER_PASSWORD, USER_ID, USER_PASSWORD
    from referencedata.kinds.registry import KINDS

    calls, post = 0, requests.post

    def on_loopback(url: str, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        return post(endpoint, **options)

    requests.post = on_loopback
    sdk = SageIntacctSDK(SENDER_ID, SENDER_PASSWORD, USER_ID, COMPANY_ID, USER_PASSWORD)
    read = calls = 0
    for kind in KINDS:
        for name in (each for each in kind.objects if each in PEER_LISTS):
            fields = list(dict.fromkeys(("RECORDNO", kind.code, *kind.fields)))
            read += len(getattr(sdk, PEER_LISTS[name]).get_all(fields=fields))
    return calls, read


if __name__ == "__main__":
    sys.exit(main())
