"""The sync as people start it: the command, and the task of the queue, over real HTTP."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from integration.clock import clock
from integration.sandbox.intacct.objects import change_object, find
from integration.sandbox.world import COMPANY_ID
from referencedata.models import Department, Project, SyncRun
from referencedata.tasks import sync_connection

pytestmark = pytest.mark.django_db


def run(*arguments, **options):
    out = StringIO()
    try:
        call_command("sync_reference_data", *arguments, stdout=out, stderr=out, **options)
    except CommandError as error:
        return str(error), out.getvalue()
    return "", out.getvalue()


class TestSyncReferenceData:
    def test_prints_a_line_per_kind(self, connected):
        failed, printed = run()

        assert failed == ""
        assert printed.splitlines()[0] == "Acme (sandbox):"
        assert any(line.startswith("  Accounts ") and "0 added, 0 changed, 0 gone; 0 requests" in line for line in printed.splitlines())
        assert any(line.startswith("  Dimensions ") and "0 added, 0 changed, 0 gone; 1 request" in line for line in printed.splitlines())
        assert len(printed.splitlines()) == 1 + SyncRun.objects.values("kind").distinct().count()

    def test_reads_only_the_kinds_it_is_asked_for(self, connected, sandbox):
        change_object(sandbox.books, "DEPARTMENT", "100", TITLE="Revenue")

        run("Acme (sandbox)", kind=["departments", "cost_centre"])

        newest = SyncRun.objects.order_by("-pk")[:2]
        assert {each.kind for each in newest} == {"departments", "COST_CENTRE"}
        assert Department.objects.get(code="100").name == "Revenue"

    def test_fails_when_a_kind_failed_and_says_what_to_do(self, connected, sandbox):
        company = sandbox.books.get("intacct", "COMPANY", COMPANY_ID)
        sandbox.books.put("intacct", "COMPANY", COMPANY_ID, {**company, "DENIED": ["QUERY TAXDETAIL"]})

        failed, printed = run()

        assert failed == "1 of 1 connections could not be synced completely."
        assert "list tax details (Taxes)" in printed

    def test_changes_nothing_on_a_dry_run(self, connected, sandbox):
        change_object(sandbox.books, "DEPARTMENT", "100", TITLE="Revenue")
        runs = SyncRun.objects.count()

        failed, printed = run(dry_run=True)

        assert (failed, "1 changed" in printed, "Nothing was changed (--dry-run)." in printed) == ("", True, True)
        assert (Department.objects.get(code="100").name, SyncRun.objects.count()) != ("Revenue", runs)

    def test_sees_a_deletion_by_the_counts_and_settles_it_by_the_keys(self, connected, sandbox):
        row = find(sandbox.books, "PROJECT", "P-300")
        sandbox.books.delete("intacct", "PROJECT", row["RECORDNO"])

        failed, printed = run(kind=["projects"])

        lines = [line.split() for line in printed.splitlines() if line.startswith("  Projects")]
        assert failed == ""
        assert [line[1:5] for line in lines] == [["changes", "4", "of", "3;"], ["keys", "3", "of", "3;"]]
        assert Project.objects.get(code="P-300").retired_at

    @pytest.mark.parametrize(("option", "mode"), [("full", "FULL"), ("keys", "KEYS"), ("verify", "VERIFY")])
    def test_reads_as_it_is_told(self, connected, option, mode):
        before = SyncRun.objects.order_by("-pk").first().pk

        failed, printed = run("--kind", "vendors", "departments", f"--{option}")

        assert failed == "", printed
        assert set(SyncRun.objects.filter(pk__gt=before).values_list("kind", "mode")) == {("vendors", mode), ("departments", mode)}

    def test_names_what_differs_and_changes_nothing(self, connected, sandbox):
        change_object(sandbox.books, "DEPARTMENT", "100", TITLE="Revenue")

        failed, printed = run("--verify")

        assert failed == "1 of 1 connections differ from Sage Intacct, or could not be compared."
        assert "different: 100: name is 'Revenue' there and 'Sales' here" in printed
        assert Department.objects.get(code="100").name == "Sales"

    def test_takes_one_way_of_reading_at_a_time(self, connected):
        assert "not allowed with" in run("--full", "--keys")[0]

    def test_names_what_nobody_has(self, connected):
        assert "Nobody" in run("Nobody")[0]
        assert "colours" in run(kind=["colours"])[0]


class TestSyncConnection:
    def test_syncs_by_primary_key(self, connected, sandbox):
        change_object(sandbox.books, "DEPARTMENT", "100", TITLE="Revenue")

        sync_connection(connected.pk)

        assert Department.objects.get(code="100").name == "Revenue"

    def test_is_one_request_where_nothing_has_changed(self, connected, sandbox):
        asked = len(sandbox.intacct.requests)

        sync_connection(connected.pk)

        assert len(sandbox.intacct.requests) == asked + 1

    def test_stops_at_half_of_what_a_task_may_take(self, connected, monkeypatch, settings):
        told = {}
        monkeypatch.setattr("referencedata.tasks.sync_all", lambda connection, **how: told.update(how) or [])
        before = clock()

        sync_connection(connected.pk)

        half = timedelta(seconds=settings.Q_CLUSTER["timeout"] / 2)
        assert before + half <= told["stop_at"] <= clock() + half

    def test_does_nothing_twice_or_late(self, connected, sandbox):
        asked = len(sandbox.intacct.requests)
        connected.close("Sign-in refused", clock())

        sync_connection(connected.pk)
        sync_connection(999_999)

        assert len(sandbox.intacct.requests) == asked
