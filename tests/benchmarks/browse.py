"""How long a page of the lists takes with many values: python -m tests.benchmarks.browse [--values 200000].

Opened as a viewer with Django's test client: what the server needs for a page, on a SQLite file or on the database that
BENCHMARK_DATABASE_URL names (its tables are made and emptied). Each page is opened three times; the slowest counts.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.deliver import ENVIRONMENT

ALLOWED = 0.3  # seconds a page


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--values", type=int, default=200_000)
    values = parser.parse_args().values
    with tempfile.TemporaryDirectory(prefix="pleo-intacct-benchmark-") as folder:
        url = os.environ.get("BENCHMARK_DATABASE_URL", f"sqlite:///{Path(folder) / 'benchmark.sqlite3'}")
        os.environ.update({**ENVIRONMENT, "DATABASE_URL": url})
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        return _measure(values)


def _measure(values: int) -> int:
    from django.db import connection

    client, first = _fill(values)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as the database does by itself some time after
    print(f"{values:,} projects, half as many vendors and values of an own dimension, on {connection.vendor}")
    print(f"the slowest of three; allowed {ALLOWED * 1000:.0f} ms")
    slow = 0
    for what, address in _pages(values, first).items():
        seconds = max(_seconds(client, address) for _ in range(3))
        slow += seconds > ALLOWED
        print(f"  {what:<34} {seconds * 1000:6.0f} ms{'   too slow' if seconds > ALLOWED else ''}")
    return 1 if slow else 0


def _fill(values: int) -> tuple[Any, int]:
    """Make the values in three kinds of one connection; return (a signed-in viewer, the key of the first project)."""
    from django.contrib.auth.models import Group, User
    from django.test import Client
    from django.utils import timezone

    from config.roles import ensure_roles
    from integration.models import Connection
    from referencedata.models import Project, UserDefinedValue, Vendor

    now = timezone.now()
    connection, _ = Connection.objects.get_or_create(name="Benchmark", company_id="BENCHMARK")
    seen = {"connection": connection, "first_seen_at": now, "last_seen_at": now, "changed_at": now}
    for model, share, columns in (
        (Project, 1, lambda n: {"code": f"P-{n:06}", "name": f"Project number {n}", "parent": ""}),
        (Vendor, 2, lambda n: {"code": f"V-{n:06}", "name": f"Supplier number {n}"}),
        (UserDefinedValue, 2, lambda n: {"dimension": "COST_CENTRE", "name": f"Centre {n:06}"}),
    ):
        model.objects.filter(connection=connection).delete()
        rows = (
            model(intacct_key=str(n), status="INACTIVE" if n % 50 == 0 else "ACTIVE", **seen, **columns(n)) for n in range(values // share)
        )
        model.objects.bulk_create(rows, batch_size=1000)
    ensure_roles()
    user, _ = User.objects.get_or_create(username="benchmark", is_staff=True)
    user.groups.add(Group.objects.get(name="viewer"))
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    first = Project.objects.filter(connection=connection).order_by("pk").values_list("pk", flat=True)[0]
    return client, first


def _pages(values: int, first: int) -> dict[str, str]:
    projects, vendors, own = (f"/admin/referencedata/{name}/" for name in ("project", "vendor", "userdefinedvalue"))
    last = values // 50
    return {
        "projects, first page": projects,
        "projects, page in the middle": f"{projects}?p={last // 2}",
        "projects, last page": f"{projects}?p={last}",
        "projects, search by code": f"{projects}?q=P-{values // 2:06}",
        "projects, search by name": f"{projects}?q=number+{values // 3}",
        "projects, search without a hit": f"{projects}?q=nowhere",
        "projects, only inactive": f"{projects}?status=INACTIVE",
        "vendors, usable in an entity": f"{vendors}?entity=UK01",
        "values of an own dimension": own,
        "one project": f"{projects}{first}/change/",
    }


def _seconds(client: Any, address: str) -> float:
    began = time.perf_counter()
    response = client.get(address)
    seconds = time.perf_counter() - began
    assert response.status_code == 200, f"{address}: {response.status_code}"
    return seconds


if __name__ == "__main__":
    sys.exit(main())
