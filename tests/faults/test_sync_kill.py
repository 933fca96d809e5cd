"""Kill the worker that reads reference data before each of its requests: whoever comes next makes the copy whole."""

from __future__ import annotations

import signal

import pytest

from tests.conftest import connect
from tests.faults.nursery import Nursery
from tests.faults.rig import LEASE

pytestmark = pytest.mark.django_db(transaction=True)


class TestKilledSync:
    @pytest.mark.parametrize("mode", ["FULL", "KEYS"])
    def test_goes_on_where_it_was_killed_and_ends_as_if_it_had_not_been(
        self, short_times, sandbox, server, nursery: Nursery, monkeypatch, mode
    ):
        from referencedata.models import Department, SyncRun
        from tests.db.referencedata.wire import fill_departments, remove

        connect(server, monkeypatch)
        fill_departments(sandbox, 12)
        remove(sandbox, "DEPARTMENT", "900")
        ahead, pages, killed = 0, [], True
        while killed:
            # Sign-in, and with FULL a look around, come before the first page: every worker dies before its second request of
            # rows. Once all is read, one lives to ask for the vanished by their keys.
            before = (4 if mode == "FULL" else 3) + (len(pages) >= 5)
            order = {"kinds": ["departments"], "mode": mode, "killed_before": before, "ahead": ahead}
            asked = len(sandbox.intacct.requests)
            killed = nursery.run("sync", **order) == -signal.SIGKILL
            pages.append(sum("<object>DEPARTMENT</object><select>" in row["body"] for row in sandbox.intacct.requests[asked:]))
            ahead += LEASE + 1
            assert len(pages) < 20, nursery.errors()

        there = {row["RECORDNO"]: (row["DEPARTMENTID"], row["TITLE"]) for row in sandbox.books.all("intacct", "DEPARTMENT")}
        here = {row.intacct_key: (row.code, row.name) for row in Department.objects.present()}
        assert here == there
        assert Department.objects.get(code="900").retired_at
        # 16 rows on four pages, each read by a worker of its own; the last two ask behind the end.
        assert pages[:4] == [1, 1, 1, 1]
        last = SyncRun.objects.filter(kind="departments").order_by("pk").last()
        assert (last.outcome, last.our_count, last.server_count) == ("COMPLETE", len(there), len(there))
