"""The sync as people start it: the command, and the task of the queue, over real HTTP."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from integration.sandbox.intacct.objects import change_object
from integration.sandbox.world import COMPANY_ID
from referencedata.models import Department, SyncRun
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

    def test_names_what_nobody_has(self, connected):
        assert "Nobody" in run("Nobody")[0]
        assert "colours" in run(kind=["colours"])[0]


class TestSyncConnection:
    def test_syncs_by_primary_key(self, connected, sandbox):
        change_object(sandbox.books, "DEPARTMENT", "100", TITLE="Revenue")

        sync_connection(connected.pk)

        assert Department.objects.get(code="100").name == "Revenue"

    def test_does_nothing_twice_or_late(self, connected, sandbox, clock):
        asked = len(sandbox.intacct.requests)
        connected.close("Sign-in refused", clock())

        sync_connection(connected.pk)
        sync_connection(999_999)

        assert len(sandbox.intacct.requests) == asked
