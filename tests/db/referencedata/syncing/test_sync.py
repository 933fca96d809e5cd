from datetime import timedelta

import pytest

from integration.models import Connection, Lease, LeaseBusy, LeaseLost
from integration.sandbox import http as faults
from integration.sandbox.http import Fault
from integration.sandbox.intacct.objects import change_object, find
from integration.sandbox.world import COMPANY_ID
from referencedata.models import (
    Account,
    Change,
    Department,
    Dimension,
    Journal,
    Location,
    Mode,
    Project,
    SyncRun,
    SyncState,
    UserDefinedValue,
    Vendor,
)
from referencedata.syncing.company_discovery import look_around
from referencedata.syncing.due import due
from referencedata.syncing.sync import ConnectionClosed, sync_all
from tests.db.referencedata.wire import at_request, fill_departments, in_process, outcomes, remove

pytestmark = pytest.mark.django_db


class TestSyncAll:
    def test_copies_every_kind_and_proves_it(self, connection, gateway, clock, sandbox):
        runs = sync_all(connection, gateway=gateway, clock=clock)

        assert set(outcomes(runs).values()) == {"COMPLETE"}
        assert all(run.server_count == run.our_count == run.read == run.added for run in runs)
        assert Account.objects.count() == len(sandbox.books.all("intacct", "GLACCOUNT"))
        assert Account.objects.with_bank().get(number="1050").bank == "CHK-PLEO"
        assert Account.objects.with_bank().get(number="1000").bank == "SAV-1"
        assert Account.objects.with_bank().get(number="6100").bank == ""
        assert Location.objects.get(code="LDN").entity_code == "UK01"
        assert Dimension.objects.get(object_name="COST_CENTRE").journal_element == "GLDIMCOST_CENTRE"
        assert UserDefinedValue.objects.filter(dimension="COST_CENTRE").exists()
        assert SyncRun.objects.count() == len(runs)

    def test_changes_nothing_the_second_time(self, connection, gateway, clock):
        sync_all(connection, gateway=gateway, clock=clock)
        before = list(Vendor.objects.values("pk", "changed_at", "name"))
        later = clock.forward(hours=6)

        runs = sync_all(connection, gateway=gateway, clock=clock)

        assert sum(run.added + run.changed + run.retired for run in runs) == 0
        assert list(Vendor.objects.values("pk", "changed_at", "name")) == before
        assert set(Vendor.objects.values_list("last_seen_at", flat=True)) == {later}

    def test_follows_a_new_name_and_status_and_keeps_the_row(self, connection, gateway, clock, sandbox):
        sync_all(connection, gateway=gateway, clock=clock)
        pk = Department.objects.get(code="100").pk
        change_object(sandbox.books, "DEPARTMENT", "100", TITLE="Revenue", STATUS="active non-posting")

        runs = sync_all(connection, gateway=gateway, clock=clock, kinds=["departments"])

        department = Department.objects.get(pk=pk)
        assert (department.name, department.status, department.active) == ("Revenue", "NON_POSTING", False)
        assert [(run.added, run.changed) for run in runs] == [(0, 1)]

    def test_retires_what_is_gone_and_takes_it_back(self, connection, gateway, clock, sandbox):
        sync_all(connection, gateway=gateway, clock=clock)
        row = find(sandbox.books, "PROJECT", "P-100")
        remove(sandbox, "PROJECT", "P-100")

        counted, gone = sync_all(connection, gateway=gateway, clock=clock, kinds=["projects"])
        retired = Project.objects.get(code="P-100")
        sandbox.books.put("intacct", "PROJECT", row["RECORDNO"], row)
        (back,) = sync_all(connection, gateway=gateway, clock=clock, kinds=["projects"])

        assert (counted.mode, counted.outcome, gone.mode) == ("INCREMENTAL", "INCOMPLETE", "KEYS")
        assert (gone.outcome, gone.retired, gone.our_count, retired.active) == ("COMPLETE", 1, 3, False)
        assert (back.changed, back.our_count, Project.objects.get(code="P-100").active) == (1, 4, True)

    def test_reads_page_by_page(self, connection, clock, sandbox, gateway, monkeypatch):
        monkeypatch.setattr("referencedata.syncing.paging.PAGE_SIZE", 4)
        fill_departments(sandbox, 20)

        (run,) = sync_all(connection, gateway=gateway, clock=clock, kinds=["departments"])

        assert (run.outcome, run.read, run.server_count, run.requests) == ("COMPLETE", 25, 25, 1 + 7)

    def test_waits_for_a_person_before_retiring_much(self, connection, gateway, clock, sandbox):
        fill_departments(sandbox, 100)
        sync_all(connection, gateway=gateway, clock=clock)
        remove(sandbox, "DEPARTMENT", *(f"N{number:03}" for number in range(11)))

        _, held = sync_all(connection, gateway=gateway, clock=clock, kinds=["departments"])
        (still,) = sync_all(connection, gateway=gateway, clock=clock, kinds=["departments"])
        *_, agreed = sync_all(connection, gateway=gateway, clock=clock, kinds=["departments"], agreed=10**9)

        assert (still.outcome, still.error) == ("HELD", held.error)
        assert Department.objects.present().count() == 105 - 11
        assert (held.outcome, held.retired, "--retire" in held.error) == ("HELD", 0, True)
        assert (agreed.outcome, agreed.retired) == ("COMPLETE", 11)

    def test_retires_nothing_on_an_empty_answer(self, connection, gateway, clock, sandbox):
        sync_all(connection, gateway=gateway, clock=clock)
        remove(sandbox, "JOURNAL", *Journal.objects.values_list("symbol", flat=True))

        (run,) = sync_all(connection, gateway=gateway, clock=clock, kinds=["journals"], mode=Mode.FULL)

        assert (run.outcome, run.retired) == ("HELD", 0)
        assert Journal.objects.active().count() == 3

    def test_retires_nothing_when_the_count_changes_while_it_reads(self, connection, clock, sandbox, gateway, monkeypatch):
        monkeypatch.setattr("referencedata.syncing.paging.PAGE_SIZE", 4)
        fill_departments(sandbox, 20)
        sync_all(connection, gateway=gateway, clock=clock)
        meddling = in_process(sandbox, clock, before=at_request(4, lambda: remove(sandbox, "DEPARTMENT", "100", "200")))
        remove(sandbox, "DEPARTMENT", "N010")

        full, keys = sync_all(connection, gateway=meddling, clock=clock, kinds=["departments"], mode=Mode.FULL)

        assert (full.outcome, full.retired, full.server_count, full.our_count) == ("INCOMPLETE", 0, 22, 25)
        assert (keys.mode, keys.outcome, keys.retired, keys.our_count) == ("KEYS", "COMPLETE", 3, 22)

    def test_misses_no_row_when_others_go_while_it_reads(self, connection, clock, sandbox, monkeypatch):
        monkeypatch.setattr("referencedata.syncing.paging.PAGE_SIZE", 4)
        fill_departments(sandbox, 20)
        meddling = in_process(sandbox, clock, before=at_request(4, lambda: remove(sandbox, "DEPARTMENT", "100", "200")))

        sync_all(connection, gateway=meddling, clock=clock, kinds=["departments"])

        known = {row["DEPARTMENTID"] for row in sandbox.books.all("intacct", "DEPARTMENT")}
        assert set(Department.objects.present().values_list("code", flat=True)) == known

    def test_asks_for_a_row_by_its_key_before_retiring_it(self, connection, clock, sandbox, gateway, monkeypatch):
        monkeypatch.setattr("referencedata.syncing.paging.PAGE_SIZE", 4)
        fill_departments(sandbox, 20)
        sync_all(connection, gateway=gateway, clock=clock)
        hidden = find(sandbox.books, "DEPARTMENT", "N010")

        def hide():
            sandbox.books.delete("intacct", "DEPARTMENT", hidden["RECORDNO"])

        def show():
            sandbox.books.put("intacct", "DEPARTMENT", hidden["RECORDNO"], hidden)

        # Gone while the pages are read, there again when it is asked for by itself.
        meddling = in_process(sandbox, clock, before=at_request(3, hide, at_request(9, show)))
        runs = sync_all(connection, gateway=meddling, clock=clock, kinds=["departments"], mode=Mode.FULL)

        assert sum(run.retired for run in runs) == 0
        assert Department.objects.get(code="N010").active

    def test_goes_on_after_a_kind_that_may_not_be_read(self, connection, gateway, clock, sandbox):
        sync_all(connection, gateway=gateway, clock=clock)
        company = sandbox.books.get("intacct", "COMPANY", COMPANY_ID)
        sandbox.books.put("intacct", "COMPANY", COMPANY_ID, {**company, "DENIED": ["QUERY VENDOR"]})

        runs = sync_all(connection, gateway=gateway, clock=clock)

        assert {kind for kind, outcome in outcomes(runs).items() if outcome != "COMPLETE"} == {"vendors"}
        (refused,) = [run for run in runs if run.kind == "vendors"]
        assert refused.outcome == "REFUSED"
        assert "list vendors (Accounts Payable)" in refused.error
        assert refused.our_count == Vendor.objects.active().count() + Vendor.objects.filter(status="INACTIVE").count()

    def test_reads_journals_under_their_older_name(self, connection, gateway, clock, sandbox, monkeypatch):
        monkeypatch.setattr("referencedata.kinds.registry.BY_NAME", {})
        for row in sandbox.books.all("intacct", "JOURNAL"):
            sandbox.books.delete("intacct", "JOURNAL", row["RECORDNO"])
            sandbox.books.put("intacct", "GLJOURNAL", row["RECORDNO"], row)
        from integration.sandbox.intacct import fields

        shown = dict(fields.FIELDS)
        shown["GLJOURNAL"] = shown.pop("JOURNAL")
        monkeypatch.setattr(fields, "FIELDS", shown)

        (run,) = sync_all(connection, gateway=gateway, clock=clock, kinds=["journals"])

        assert (run.outcome, Journal.objects.count()) == ("COMPLETE", 3)

    def test_leaves_out_a_row_it_cannot_read_and_says_which(self, connection, gateway, clock, sandbox):
        change_object(sandbox.books, "TAXDETAIL", "UK Purchase Goods Zero Rate", VALUE="nought")

        (run,) = sync_all(connection, gateway=gateway, clock=clock, kinds=["tax_codes"])

        assert (run.outcome, run.retired) == ("INCOMPLETE", 0)
        assert "UK Purchase Goods Zero Rate" in run.error

    def test_closes_the_connection_when_the_sign_in_is_refused(self, connection, clock, sandbox):
        runs = sync_all(connection, gateway=in_process(sandbox, clock, password="wrong"), clock=clock)

        connection.refresh_from_db()
        assert set(outcomes(runs).values()) == {"REFUSED"}
        assert "refused the sign-in" in connection.closed_reason
        assert "wrong" not in connection.closed_reason
        with pytest.raises(ConnectionClosed):
            sync_all(connection, gateway=in_process(sandbox, clock), clock=clock)

    @pytest.mark.parametrize("kind", [faults.RESET_BEFORE, faults.HTML_AFTER, faults.THROTTLE, faults.TRUNCATE_AFTER])
    def test_stops_at_trouble_on_the_line_and_asks_nothing_more(self, connection, gateway, clock, sandbox, kind):
        sync_all(connection, gateway=gateway, clock=clock)
        connection.want_sync(clock())
        sandbox.intacct.inject(Fault(kind, matching="<object>PROJECT</object>", skip=1))

        runs = sync_all(connection, gateway=gateway, clock=clock, mode=Mode.FULL)

        connection.refresh_from_db()
        at = [run.kind for run in runs].index("projects")
        assert {run.outcome for run in runs[:at]} == {"COMPLETE"}
        assert {run.outcome for run in runs[at:]} == {"FAILED"}
        assert sum(run.requests for run in runs[at + 1 :]) == 0
        assert sum(run.retired for run in runs) == 0
        assert connection.sync_wanted_at
        assert connection.closed_at is None

    def test_stores_nothing_on_a_dry_run(self, connection, gateway, clock):
        runs = sync_all(connection, gateway=gateway, clock=clock, dry_run=True)

        assert sum(run.added for run in runs) > 50
        assert not SyncRun.objects.exists()
        assert not Account.objects.exists()
        assert not Lease.objects.exists()

    def test_lets_only_one_worker_in(self, connection, gateway, clock):
        Lease.take(f"sync:{connection.pk}", owner="another", now=clock())

        with pytest.raises(LeaseBusy):
            sync_all(connection, gateway=gateway, clock=clock)

        assert not SyncRun.objects.exists()

    def test_writes_nothing_once_another_has_taken_over(self, connection, clock, sandbox):
        def sleep_too_long():
            clock.forward(seconds=301)
            Lease.objects.filter(owner="another").exists() or Lease.take(f"sync:{connection.pk}", owner="another", now=clock())

        with pytest.raises(LeaseLost):
            sync_all(connection, gateway=in_process(sandbox, clock, before=sleep_too_long), clock=clock)

        assert not Dimension.objects.exists()

    def test_closes_what_a_dead_worker_left_open(self, connection, gateway, clock):
        SyncRun.begin(connection, "accounts", "Accounts", now=clock())

        sync_all(connection, gateway=gateway, clock=clock, kinds=["vendors"])

        left = SyncRun.objects.get(kind="accounts")
        assert (left.outcome, bool(left.finished_at)) == ("FAILED", True)

    def test_fulfils_the_wish_but_not_one_made_meanwhile(self, connection, clock, sandbox):
        connection.want_sync(clock())
        sync_all(connection, gateway=in_process(sandbox, clock), clock=clock)
        connection.refresh_from_db()
        fulfilled = connection.sync_wanted_at
        connection.want_sync(clock())

        sync_all(connection, gateway=in_process(sandbox, clock, before=lambda: connection.want_sync(clock.forward(seconds=1))), clock=clock)

        connection.refresh_from_db()
        assert fulfilled is None
        assert connection.sync_wanted_at

    def test_refuses_a_kind_that_nobody_has(self, connection, gateway, clock):
        with pytest.raises(ValueError, match="colours"):
            sync_all(connection, gateway=gateway, clock=clock, kinds=["colours"])

    def test_keeps_two_connections_apart(self, connection, gateway, clock):
        other = Connection.objects.create(name="Other", company_id="OTHER")
        Account.objects.create(
            connection=other, intacct_key="1", number="1", first_seen_at=clock(), last_seen_at=clock(), changed_at=clock()
        )

        sync_all(connection, gateway=gateway, clock=clock)

        assert Account.objects.get(connection=other).active

    def test_asks_once_for_what_the_company_knows(self, gateway, sandbox):
        company = look_around(gateway)

        assert "COST_CENTRE" in {kind.name for kind in company.kinds()}
        assert sandbox.intacct.writes() == 0


class TestDue:
    def test_asks_for_a_connection_that_was_never_synced(self, connection, clock):
        assert due(clock()) == [connection]

    def test_waits_six_hours_after_a_sync(self, connection, gateway, clock):
        sync_all(connection, gateway=gateway, clock=clock)

        assert due(clock() + timedelta(hours=5, minutes=59)) == []
        assert due(clock() + timedelta(hours=6)) == [connection]

    def test_makes_up_for_an_outage_once(self, connection, gateway, clock):
        sync_all(connection, gateway=gateway, clock=clock)
        clock.forward(days=3)
        missed = due(clock())

        sync_all(connection, gateway=gateway, clock=clock)

        assert (missed, due(clock.forward(minutes=16))) == ([connection], [])

    def test_compares_keys_on_a_schedule_of_their_own(self, connection, gateway, clock, settings):
        settings.SYNC_EVERY_HOURS, settings.SYNC_KEYS_EVERY_HOURS = 168, 24
        sync_all(connection, gateway=gateway, clock=clock)

        early, late = due(clock() + timedelta(hours=23)), due(clock.forward(hours=24))
        runs = sync_all(connection, gateway=gateway, clock=clock)

        assert (early, late, due(clock() + timedelta(hours=1))) == ([], [connection], [])
        assert "KEYS" in {run.mode for run in runs}

    def test_is_not_held_up_by_a_value_that_cannot_be_read(self, connection, gateway, clock, sandbox):
        change_object(sandbox.books, "TAXDETAIL", "UK Purchase Goods Zero Rate", VALUE="nought")
        connection.want_sync(clock())
        sync_all(connection, gateway=gateway, clock=clock)

        assert due(clock() + timedelta(hours=5)) == []

    def test_forgets_a_dimension_the_customer_has_given_up(self, connection, gateway, clock, sandbox):
        sync_all(connection, gateway=gateway, clock=clock)
        sandbox.books.delete("intacct", "DIMENSION", "COST_CENTRE")
        clock.forward(hours=25)
        sync_all(connection, gateway=gateway, clock=clock)

        assert due(clock() + timedelta(hours=1)) == []
        assert not SyncState.objects.filter(kind="COST_CENTRE").exists()

    def test_hears_a_wish_at_once(self, connection, gateway, clock):
        sync_all(connection, gateway=gateway, clock=clock)
        connection.want_sync(clock.forward(minutes=1))

        assert due(clock()) == [connection]

    def test_tries_again_a_quarter_of_an_hour_after_trouble(self, connection, gateway, clock, sandbox):
        sandbox.intacct.inject(Fault(faults.RESET_BEFORE))
        sync_all(connection, gateway=gateway, clock=clock)

        assert due(clock() + timedelta(minutes=14)) == []
        assert due(clock() + timedelta(minutes=15)) == [connection]

    def test_does_not_hammer_a_kind_that_is_refused(self, connection, gateway, clock, sandbox):
        company = sandbox.books.get("intacct", "COMPANY", COMPANY_ID)
        sandbox.books.put("intacct", "COMPANY", COMPANY_ID, {**company, "DENIED": ["QUERY VENDOR"]})
        sync_all(connection, gateway=gateway, clock=clock)

        assert due(clock() + timedelta(hours=1)) == []

    def test_leaves_closed_and_unfinished_connections_alone(self, connection, clock):
        Connection.objects.create(name="No credentials", company_id="NONE")
        connection.close("Sign-in refused", clock())

        assert due(clock()) == []


class TestTheTrail:
    def test_says_what_changed_of_each_value_and_nothing_of_a_first_sync(self, connection, gateway, clock, sandbox):
        sync_all(connection, gateway=gateway, clock=clock)
        assert not Change.objects.exists()
        change_object(sandbox.books, "DEPARTMENT", "100", TITLE="Revenue")
        change_object(sandbox.books, "PROJECT", "P-100", STATUS="inactive")
        remove(sandbox, "VENDOR", Vendor.objects.order_by("code").first().code)

        sync_all(connection, gateway=gateway, clock=clock, agreed=10**9)

        renamed, closed, gone = Change.objects.order_by("kind")
        assert (renamed.what, renamed.code, renamed.after) == ("RENAMED", "100", {"name": "Revenue"})
        assert closed.sentence == "Project P-100 was closed"
        assert (gone.what, gone.object_name) == ("GONE", "VENDOR")

    def test_knows_a_value_of_an_own_dimension_by_what_a_line_carries(self, connection, gateway, clock, sandbox):
        sync_all(connection, gateway=gateway, clock=clock)
        value = UserDefinedValue.objects.first()
        row = next(row for row in sandbox.books.all("intacct", value.dimension) if row["id"] == value.intacct_key)
        sandbox.books.put("intacct", value.dimension, row["id"], {**row, "name": "Renamed"})

        sync_all(connection, gateway=gateway, clock=clock)

        change = Change.objects.get()
        assert (change.what, change.object_name, change.code_on_lines) == ("RENAMED", value.dimension, value.intacct_key)


class TestConsent:
    def test_is_for_as_many_as_the_person_was_told(self, connection, gateway, clock, sandbox):
        fill_departments(sandbox, 100)
        sync_all(connection, gateway=gateway, clock=clock)
        remove(sandbox, "DEPARTMENT", *(f"N{number:03}" for number in range(40)))
        (held,) = sync_all(connection, gateway=gateway, clock=clock, kinds=["departments"], mode=Mode.KEYS)
        remove(sandbox, "DEPARTMENT", "N050")

        (more,) = sync_all(connection, gateway=gateway, clock=clock, kinds=["departments"], mode=Mode.KEYS, agreed=held.gone)
        (all_of_it,) = sync_all(connection, gateway=gateway, clock=clock, kinds=["departments"], mode=Mode.KEYS, agreed=more.gone)

        assert (held.outcome, held.gone, held.retired) == ("HELD", 40, 0)
        assert (more.outcome, more.gone, more.retired) == ("HELD", 41, 0)
        assert (all_of_it.outcome, all_of_it.retired) == ("COMPLETE", 41)
