"""How long it takes to prepare expenses: python -m tests.benchmarks.prepare [--expenses 1000].

Rows are read and plans written on a SQLite file, in one process. The context is read from the (empty) copy of the reference
data as always, and then replaced by the company of the rules' tests, so that every expense can be posted.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

from tests.benchmarks.deliver import ENVIRONMENT


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--expenses", type=int, default=1000)
    expenses = parser.parse_args().expenses
    with tempfile.TemporaryDirectory(prefix="pleo-intacct-benchmark-") as folder:
        os.environ.update({**ENVIRONMENT, "DATABASE_URL": f"sqlite:///{Path(folder) / 'benchmark.sqlite3'}"})
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        _measure(expenses)
    return 0


def _measure(expenses: int) -> None:
    from django.db import connection

    from exports.models import ExportRecord
    from exports.planning import prepare as module
    from tests.db.exports.rows import NOW, a_configuration, a_job, a_record, an_offer
    from tests.unit.exports.posting.posting_kit import CONTEXT, raw_item

    configuration = a_configuration()
    job = a_job(configuration)
    for _ in range(expenses):
        record = a_record(configuration, entry_id=uuid.uuid4(), plan_wanted=True, offered_fingerprint="f" * 64)
        raw = {**raw_item(), "accountingEntryId": str(record.entry_id)}
        an_offer(record, job, payload=json.dumps(raw), fingerprint="f" * 64)
    read = module.context_of_each

    def reading(*arguments: Any) -> Any:
        read(*arguments)
        return CONTEXT, frozenset()

    module.context_of_each = reading
    began = time.perf_counter()
    module.prepare(configuration, clock=lambda: NOW)
    seconds = time.perf_counter() - began
    waiting = ExportRecord.objects.filter(status="WAITING").count()
    assert waiting == expenses, f"only {waiting} were prepared"
    ExportRecord.objects.update(plan_wanted=True)
    count = 0

    def counting(execute: Any, *arguments: Any) -> Any:
        nonlocal count
        count += 1
        return execute(*arguments)

    with connection.execute_wrapper(counting):
        module.prepare(configuration, clock=lambda: NOW)
    print(f"{expenses} expenses: {seconds:.2f} s; planned again: {count / expenses:.2f} queries for each")


if __name__ == "__main__":
    sys.exit(main())
