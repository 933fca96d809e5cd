"""What a sync asks for: changes in one request, deletions by their keys, the rest from where it stopped."""

from datetime import timedelta

import pytest

from integration.errors import RequestRefused
from integration.sandbox import http as faults
from integration.sandbox.http import Fault
from integration.sandbox.intacct.objects import change_object, find, put_object, set_first_open_day
from referencedata.models import (
    CompanyShape,
    Department,
    Dimension,
    Entity,
    Mode,
    Project,
    SyncRun,
    SyncState,
    TaxDetail,
    UserDefinedValue,
    Vendor,
)
from referencedata.syncing.company_discovery import look_around
from referencedata.syncing.due import due
from referencedata.syncing.sync import sync_all
from tests.db.referencedata.wire import at_request, deny, fill_departments, in_process, outcomes, remove, requests_since

pytestmark = pytest.mark.django_db


@pytest.fixture
def copied(connection, gateway, clock):
    """A connection whose copy is whole."""
    sync_all(connection, gateway=gateway, clock=clock)
    return connection


def change_much(sandbox, now, count=100):
    """Change values of many kinds, and add others."""
    for number in range(count // 4):
        put_object(sandbox.books, "DEPARTMENT", now=now, DEPARTMENTID=f"D{number}", TITLE=f"New {number}", PARENTID="", STATUS="active")
        put_object(sandbox.books, "CLASS", now=now, CLASSID=f"C{number}", NAME=f"New {number}", PARENTID="", STATUS="active")
        put_object(sandbox.books, "COST_CENTRE", now=now, name=f"CC-{number}")
    for row in sandbox.books.all("intacct", "GLACCOUNT")[: count // 4]:
        put_object(sandbox.books, "GLACCOUNT", now=now, RECORDNO=row["RECORDNO"], TITLE=row["TITLE"] + " (new)")


class TestChanges:
    def test_none_are_one_request_beside_the_sign_in(self, copied, clock, sandbox):
        clock.forward(hours=6)
        before = len(sandbox.intacct.requests)

        runs = sync_all(copied, gateway=in_process(sandbox, clock), clock=clock)

        assert requests_since(sandbox, before) == 1
        assert sum(run.requests for run in runs) == 1
        assert set(outcomes(runs).values()) == {"COMPLETE"}
        assert sum(run.added + run.changed + run.retired for run in runs) == 0
        assert all(run.server_count == run.our_count for run in runs)

    def test_a_hundred_are_two_requests_at_most(self, copied, gateway, clock, sandbox):
        change_much(sandbox, clock.forward(hours=6))
        before = len(sandbox.intacct.requests)

        runs = sync_all(copied, gateway=gateway, clock=clock)

        assert requests_since(sandbox, before) <= 2
        assert set(outcomes(runs).values()) == {"COMPLETE"}
        assert sum(run.added + run.changed for run in runs) >= 95
        assert UserDefinedValue.objects.filter(name="CC-3").exists()

    def test_are_followed_page_by_page_where_they_are_many(self, copied, gateway, clock, sandbox, monkeypatch):
        monkeypatch.setattr("referencedata.syncing.first_questions.CHANGES_AT_FIRST", 4)
        monkeypatch.setattr("referencedata.syncing.paging.PAGE_SIZE", 5)
        fill_departments(sandbox, 20, now=clock.forward(hours=6))

        runs = sync_all(copied, gateway=gateway, clock=clock, kinds=["departments"])

        assert [(run.mode, run.outcome, run.read, run.requests) for run in runs] == [("INCREMENTAL", "COMPLETE", 25, 1 + 5)]

    def test_are_asked_for_in_smaller_requests_where_so_many_questions_are_refused(self, copied, gateway, clock, sandbox, monkeypatch):
        change_object(sandbox.books, "DEPARTMENT", "100", now=clock.forward(hours=6), TITLE="Revenue")
        ask = gateway.ask

        def takes_ten(functions, **how):
            if len(functions) > 10 or any(b"<object>WAREHOUSE<" in function for function in functions):
                raise RequestRefused("The request does not match the schema.")
            return ask(functions, **how)

        monkeypatch.setattr(gateway, "ask", takes_ten)

        runs = sync_all(copied, gateway=gateway, clock=clock)

        assert {kind for kind, outcome in outcomes(runs).items() if outcome != "COMPLETE"} == {"warehouses"}
        assert Department.objects.get(code="100").name == "Revenue"

    def test_of_what_has_no_time_of_change_are_read_page_by_page_where_it_is_long(self, copied, gateway, clock, sandbox, monkeypatch):
        monkeypatch.setattr("referencedata.syncing.paging.PAGE_SIZE", 5)
        for number in range(14):
            put_object(sandbox.books, "COST_CENTRE", name=f"CC-{number}")
        before = len(sandbox.intacct.requests)

        (run,) = sync_all(copied, gateway=gateway, clock=clock, kinds=["COST_CENTRE"])

        # 17 values on four pages; the first of them comes with the request of all kinds.
        assert (run.outcome, run.read, run.requests, requests_since(sandbox, before)) == ("COMPLETE", 17, 4, 4)

    def test_are_read_whole_where_they_are_too_many(self, copied, gateway, clock, sandbox, monkeypatch):
        monkeypatch.setattr("referencedata.syncing.first_questions.MANY_PAGES", 1)
        monkeypatch.setattr("referencedata.syncing.paging.PAGE_SIZE", 5)
        clock.forward(days=3)
        fill_departments(sandbox, 20, now=clock())

        runs = sync_all(copied, gateway=gateway, clock=clock, kinds=["departments"])

        assert [(run.mode, run.outcome, run.read) for run in runs] == [("FULL", "COMPLETE", 25)]

    def test_are_seen_whatever_zone_the_time_of_a_change_is_written_in(self, copied, gateway, clock, sandbox):
        changed_at = clock() + timedelta(minutes=1)
        written = (changed_at - timedelta(hours=12)).strftime("%m/%d/%Y %H:%M:%S")
        change_object(sandbox.books, "DEPARTMENT", "100", TITLE="Revenue", WHENMODIFIED=written)
        clock.forward(hours=6)

        sync_all(copied, gateway=gateway, clock=clock)

        assert Department.objects.get(code="100").name == "Revenue"

    def test_of_what_has_no_time_of_change_are_seen_too(self, copied, gateway, clock, sandbox):
        set_first_open_day(sandbox.books, "UK01", (clock() - timedelta(days=10)).date())
        clock.forward(days=3)

        sync_all(copied, gateway=gateway, clock=clock)

        assert Entity.objects.get(code="UK01").start_open_date == (clock() - timedelta(days=13)).date()

    def test_are_asked_for_from_where_the_last_reading_ended_not_where_it_began_to_fail(self, copied, gateway, clock, sandbox):
        watermark = SyncState.objects.get(kind="departments").watermark
        clock.forward(days=3)
        sandbox.intacct.inject(Fault(faults.RESET_BEFORE))

        sync_all(copied, gateway=gateway, clock=clock)

        assert SyncState.objects.get(kind="departments").watermark == watermark

    def test_move_the_watermark_only_with_the_rows(self, copied, clock, sandbox):
        before = SyncState.objects.get(kind="departments").watermark
        change_object(sandbox.books, "DEPARTMENT", "100", now=clock.forward(days=3), TITLE="Revenue")

        def die(run):
            raise KeyboardInterrupt

        # Killed in the commit of the rows: neither they nor the watermark are there.
        with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr("referencedata.models.SyncRun.show_progress", die)
            sync_all(copied, gateway=in_process(sandbox, clock), clock=clock, kinds=["departments"])

        assert SyncState.objects.get(kind="departments").watermark == before
        assert Department.objects.get(code="100").name == "Sales"
        sync_all(copied, gateway=in_process(sandbox, clock), clock=clock, kinds=["departments"])
        assert SyncState.objects.get(kind="departments").watermark == clock().replace(microsecond=0) - timedelta(days=1)
        assert Department.objects.get(code="100").name == "Revenue"

    def test_stay_to_be_asked_for_while_the_counts_disagree(self, copied, gateway, clock, sandbox):
        watermark = SyncState.objects.get(kind="vendors").watermark
        row = find(sandbox.books, "VENDOR", "V-CLOUD")
        clock.forward(days=2)
        sandbox.books.delete("intacct", "VENDOR", row["RECORDNO"])

        sync_all(copied, gateway=gateway, clock=clock, kinds=["vendors"])

        assert SyncState.objects.get(kind="vendors").watermark == watermark
        assert Vendor.objects.get(code="V-CLOUD").retired_at

    def test_without_a_clock_of_intacct_are_never_trusted(self, connection, clock, sandbox, monkeypatch):
        monkeypatch.setattr("integration.intacct.responses._moment", lambda text: None)
        sync_all(connection, gateway=in_process(sandbox, clock), clock=clock)

        runs = sync_all(connection, gateway=in_process(sandbox, clock), clock=clock)

        assert {run.mode for run in runs} == {"FULL"}


class TestShape:
    def test_is_remembered_and_looked_at_again_when_a_field_is_gone(self, copied, gateway, clock, sandbox, monkeypatch):
        from integration.sandbox.intacct import fields

        shown = tuple(each for each in fields.FIELDS["PROJECT"] if each.name != "PROJECTSTATUS")
        for row in sandbox.books.all("intacct", "PROJECT"):
            row.pop("PROJECTSTATUS")
            sandbox.books.put("intacct", "PROJECT", row["RECORDNO"], row)
        monkeypatch.setitem(fields.FIELDS, "PROJECT", shown)
        looked_at = CompanyShape.objects.get().looked_at
        clock.forward(hours=6)

        runs = sync_all(copied, gateway=gateway, clock=clock)

        assert CompanyShape.objects.get().looked_at > looked_at
        assert outcomes(runs)["projects"] == "COMPLETE"
        assert "PROJECTSTATUS" not in CompanyShape.objects.get().fields["PROJECT"]

    def test_notices_a_new_dimension_and_reads_its_values(self, copied, gateway, clock, sandbox):
        row = {"objectName": "REGION", "objectLabel": "Region", "termLabel": "Region", "userDefinedDimension": "true",
               "enabledInGL": "true", "FIELD": "GLDIMREGION"}  # fmt: skip
        sandbox.books.put("intacct", "DIMENSION", "REGION", row)
        put_object(sandbox.books, "REGION", name="North")
        clock.forward(hours=6)

        runs = sync_all(copied, gateway=gateway, clock=clock)

        assert outcomes(runs)["REGION"] == "COMPLETE"
        assert Dimension.objects.get(object_name="REGION").bill_element == "GLDIMREGION"
        assert UserDefinedValue.objects.get(dimension="REGION").name == "North"

    def test_costs_one_more_round_when_a_right_is_taken_and_then_none(self, copied, gateway, clock, sandbox):
        deny(sandbox, "QUERY VENDOR")
        first = sync_all(copied, gateway=gateway, clock=clock)
        before = len(sandbox.intacct.requests)

        second = sync_all(copied, gateway=gateway, clock=clock)
        asked = requests_since(sandbox, before)
        deny(sandbox)
        third = sync_all(copied, gateway=gateway, clock=clock)

        assert (outcomes(first)["vendors"], outcomes(second)["vendors"], outcomes(third)["vendors"]) == ("REFUSED", "REFUSED", "COMPLETE")
        assert asked == 1
        assert all("list vendors (Accounts Payable)" in run.error for run in (*first, *second) if run.kind == "vendors")

    def test_finds_what_was_hidden_once_it_is_shown(self, connection, gateway, clock, sandbox, monkeypatch):
        from integration.sandbox.intacct import fields

        with monkeypatch.context() as patch:
            patch.delitem(fields.FIELDS, "PROJECT")
            hidden = sync_all(connection, gateway=gateway, clock=clock)

        shown = sync_all(connection, gateway=gateway, clock=clock)

        assert (outcomes(hidden)["projects"], outcomes(shown)["projects"]) == ("REFUSED", "COMPLETE")
        assert Project.objects.count() == 4


class TestFull:
    def test_takes_as_many_requests_as_there_are_pages(self, connection, gateway, clock, sandbox, monkeypatch):
        monkeypatch.setattr("referencedata.syncing.paging.PAGE_SIZE", 4)
        fill_departments(sandbox, 30)
        before = len(sandbox.intacct.requests)

        runs = sync_all(connection, gateway=gateway, clock=clock, mode=Mode.FULL)

        asked = [kind for kind in look_around(gateway).kinds() if kind.objects]
        counts = {run.kind: run.server_count for run in runs}
        pages = sum(max(1, -(-counts[kind.name] // 4)) for kind in asked)
        at_once = any(not kind.objects and kind.name != "dimensions" for kind in look_around(gateway).kinds())
        assert requests_since(sandbox, before) - 2 == 1 + at_once + pages == sum(run.requests for run in runs)

    def test_goes_on_behind_the_last_stored_page(self, connection, gateway, clock, sandbox, monkeypatch):
        monkeypatch.setattr("referencedata.syncing.paging.PAGE_SIZE", 4)
        fill_departments(sandbox, 20)
        dying = in_process(sandbox, clock, before=at_request(6, die))
        with pytest.raises(KeyboardInterrupt):
            sync_all(connection, gateway=dying, clock=clock, kinds=["departments"], mode=Mode.FULL)
        before = len(sandbox.intacct.requests)

        told = []
        (run,) = sync_all(
            connection, gateway=gateway, clock=clock, kinds=["departments"], progress=lambda run: told.append((run.outcome, run.read))
        )

        assert told == [("RUNNING", 4), ("RUNNING", 8), ("RUNNING", 12), ("COMPLETE", 13)]
        # 25 departments on 7 pages; sign-in, look around and three pages came before the worker died.
        assert (run.outcome, run.our_count, run.read) == ("COMPLETE", 25, 25 - 12)
        assert requests_since(sandbox, before) == 1 + 4
        left = SyncRun.objects.filter(kind="departments").order_by("pk").first()
        assert (left.outcome, "goes on behind the last page" in left.error) == ("FAILED", True)

    @pytest.mark.parametrize("mode", [Mode.FULL, Mode.KEYS])
    @pytest.mark.parametrize("page", range(1, 8))
    def test_never_passes_over_a_page_whose_commit_failed(self, copied, gateway, clock, sandbox, monkeypatch, page, mode):
        monkeypatch.setattr("referencedata.syncing.paging.PAGE_SIZE", 4)
        fill_departments(sandbox, 20)
        sync_all(copied, gateway=gateway, clock=clock, kinds=["departments"])
        Department.objects.update(seen_in=0)
        commits = []

        def die_in_the_commit(run):
            commits.append(run)
            if len(commits) == page:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr("referencedata.models.SyncRun.show_progress", die_in_the_commit)
            sync_all(copied, gateway=gateway, clock=clock, kinds=["departments"], mode=mode)

        state = SyncState.objects.get(kind="departments")
        seen = sorted(int(key) for key in Department.objects.filter(seen_in=state.reading).values_list("intacct_key", flat=True))
        assert len(seen) == 4 * (page - 1)
        assert state.position == (str(seen[-1]) if seen else "")

    def test_stops_when_its_time_is_up_and_goes_on_in_a_moment(self, connection, clock, sandbox, monkeypatch):
        monkeypatch.setattr("referencedata.syncing.paging.PAGE_SIZE", 4)
        fill_departments(sandbox, 20)
        connection.want_sync(clock())

        def slow():
            clock.forward(seconds=60)

        rounds = 0
        while due(clock()):
            gateway = in_process(sandbox, clock, before=slow)
            last = sync_all(connection, gateway=gateway, clock=clock, stop_at=clock() + timedelta(seconds=450))
            rounds += 1
            assert rounds < 20

        connection.refresh_from_db()
        assert rounds > 3
        assert SyncRun.objects.filter(outcome="PAUSED").exists()
        assert (connection.sync_wanted_at, last[-1].outcome) == (None, "COMPLETE")
        assert Department.objects.present().count() == 25

    def test_is_begun_anew_where_it_stopped_long_ago(self, connection, gateway, clock, sandbox, monkeypatch):
        monkeypatch.setattr("referencedata.syncing.paging.PAGE_SIZE", 4)
        fill_departments(sandbox, 20)
        with pytest.raises(KeyboardInterrupt):
            dying = in_process(sandbox, clock, before=at_request(6, die))
            sync_all(connection, gateway=dying, clock=clock, kinds=["departments"], mode=Mode.FULL)
        clock.forward(days=2)

        (run,) = sync_all(connection, gateway=gateway, clock=clock, kinds=["departments"])

        assert (run.outcome, run.read) == ("COMPLETE", 25)

    def test_is_due_once_a_week(self, copied, gateway, clock):
        clock.forward(days=6)
        early = sync_all(copied, gateway=gateway, clock=clock)
        clock.forward(days=1)

        late = sync_all(copied, gateway=gateway, clock=clock)

        assert ("INCREMENTAL" in {run.mode for run in early}, {run.mode for run in late}) == (True, {"FULL"})


class TestKeys:
    def test_are_compared_once_a_day(self, copied, gateway, clock, sandbox):
        clock.forward(hours=23)
        early = sync_all(copied, gateway=gateway, clock=clock)
        clock.forward(hours=1)
        # One gone and one new: the counts are equal, so only the keys tell.
        remove(sandbox, "PROJECT", "P-100")
        put_object(sandbox.books, "PROJECT", now=clock(), PROJECTID="P-101", NAME="New", STATUS="active")

        late = sync_all(copied, gateway=gateway, clock=clock)

        assert "KEYS" not in {run.mode for run in early}
        assert {run.kind: run.retired for run in late if run.mode == "KEYS"}["projects"] == 1
        assert set(Project.objects.present().values_list("code", flat=True)) == {"P-101", "P-200", "P-300", "P-900"}

    def test_read_what_we_do_not_hold(self, copied, gateway, clock):
        Vendor.objects.filter(code__in=("V-CLOUD", "V-RAIL")).delete()

        runs = sync_all(copied, gateway=gateway, clock=clock, kinds=["vendors"], mode=Mode.KEYS)

        assert [(run.mode, run.outcome, run.added) for run in runs] == [("KEYS", "COMPLETE", 2)]
        assert Vendor.objects.get(code="V-CLOUD").name == "Cloudlane Ltd"

    def test_select_nothing_but_the_key(self, copied, gateway, clock, sandbox):
        before = len(sandbox.intacct.requests)

        sync_all(copied, gateway=gateway, clock=clock, kinds=["vendors", "COST_CENTRE"], mode=Mode.KEYS)

        bodies = [row["body"] for row in sandbox.intacct.requests[before:] if "<query>" in row["body"]]
        assert [body.count("<field>") - body.count("<order>") for body in bodies] == [1, 1]
        assert all("<pagesize>2000</pagesize>" in body for body in bodies)

    def test_go_on_where_they_stopped(self, copied, clock, sandbox, gateway, monkeypatch):
        monkeypatch.setattr("referencedata.syncing.paging.PAGE_SIZE", 4)
        fill_departments(sandbox, 20)
        sync_all(copied, gateway=gateway, clock=clock, mode=Mode.FULL)
        remove(sandbox, "DEPARTMENT", "N001", "N015")
        with pytest.raises(KeyboardInterrupt):
            dying = in_process(sandbox, clock, before=at_request(4, die))
            sync_all(copied, gateway=dying, clock=clock, kinds=["departments"], mode=Mode.KEYS)

        (run,) = sync_all(copied, gateway=gateway, clock=clock, kinds=["departments"], mode=Mode.KEYS)

        assert (run.outcome, run.retired, run.our_count) == ("COMPLETE", 2, 23)


class TestGuard:
    """Whatever goes wrong there, nothing is retired here."""

    def present(self):
        return {model: model.objects.present().count() for model in (Vendor, Department, Project, TaxDetail, Dimension)}

    @pytest.mark.parametrize("mode", [None, Mode.FULL, Mode.KEYS])
    def test_against_a_wrong_password(self, copied, clock, sandbox, mode):
        before = self.present()

        runs = sync_all(copied, gateway=in_process(sandbox, clock, password="wrong"), clock=clock, mode=mode)

        copied.refresh_from_db()
        assert self.present() == before
        assert {run.outcome for run in runs} == {"REFUSED"}
        assert all("Enter the right credentials on the connection" in run.error for run in runs)
        assert copied.closed_at

    @pytest.mark.parametrize("mode", [None, Mode.FULL, Mode.KEYS])
    def test_against_a_missing_permission(self, copied, gateway, clock, sandbox, mode):
        before = self.present()
        deny(sandbox, "QUERY VENDOR", "QUERY TAXDETAIL", "QUERY COST_CENTRE")

        runs = sync_all(copied, gateway=gateway, clock=clock, mode=mode)

        assert self.present() == before
        refused = {run.kind: run.error for run in runs if run.outcome == "REFUSED"}
        assert set(refused) == {"vendors", "tax_codes", "COST_CENTRE"}
        assert "list tax details (Taxes)" in refused["tax_codes"]

    @pytest.mark.parametrize("mode", [None, Mode.FULL, Mode.KEYS])
    @pytest.mark.parametrize("share", [1.0, 0.9])
    def test_against_an_empty_answer_and_one_with_most_of_it_missing(self, copied, gateway, clock, sandbox, mode, share):
        fill_departments(sandbox, 100)
        sync_all(copied, gateway=gateway, clock=clock, mode=Mode.FULL)
        before = self.present()
        for kind in ("DEPARTMENT", "VENDOR"):
            rows = sandbox.books.all("intacct", kind)
            for row in rows[: int(len(rows) * share)]:
                sandbox.books.delete("intacct", kind, row["RECORDNO"])

        runs = sync_all(copied, gateway=gateway, clock=clock, mode=mode)
        again = sync_all(copied, gateway=gateway, clock=clock, mode=mode)

        assert self.present() == before
        for outcome in (outcomes(runs), outcomes(again)):
            assert {kind for kind, each in outcome.items() if each != "COMPLETE"} >= {"departments"}
        held = next(run for run in reversed(runs) if run.kind == "departments")
        assert (held.outcome, "are no longer shown by Sage Intacct. Nothing was retired." in held.error) == ("HELD", True)
        assert "--kind departments --keys --retire" in held.error

    @pytest.mark.parametrize("fault", [faults.EMPTY_BODY_AFTER, faults.MISSING_RESULT_AFTER, faults.OFFLINE])
    def test_against_an_answer_with_nothing_in_it(self, copied, gateway, clock, sandbox, fault):
        before = self.present()
        sandbox.intacct.inject(Fault(fault))

        runs = sync_all(copied, gateway=gateway, clock=clock)

        assert self.present() == before
        assert "FAILED" in outcomes(runs).values()

    def test_does_not_believe_changes_it_could_not_have_seen(self, copied, gateway, clock, sandbox):
        """Renamed while it was hidden from us: found once it is shown again."""
        fill_departments(sandbox, 100)
        sync_all(copied, gateway=gateway, clock=clock, mode=Mode.FULL)
        rows = [row for row in sandbox.books.all("intacct", "DEPARTMENT") if row["DEPARTMENTID"] < "N050"]
        for row in rows:
            sandbox.books.delete("intacct", "DEPARTMENT", row["RECORDNO"])
        clock.forward(days=3)
        sync_all(copied, gateway=gateway, clock=clock)
        for row in rows:
            stamp = (clock() - timedelta(days=2)).strftime("%m/%d/%Y %H:%M:%S")
            changed = {**row, "TITLE": "Renamed", "WHENMODIFIED": stamp} if row["DEPARTMENTID"] == "N007" else row
            sandbox.books.put("intacct", "DEPARTMENT", row["RECORDNO"], changed)
        clock.forward(days=1)

        sync_all(copied, gateway=gateway, clock=clock)

        assert Department.objects.get(code="N007").name == "Renamed"


class TestVerify:
    def test_finds_nothing_where_nothing_differs(self, copied, gateway, clock):
        runs = sync_all(copied, gateway=gateway, clock=clock, mode=Mode.VERIFY)

        assert {(run.mode, run.outcome, str(run.difference)) for run in runs} == {("VERIFY", "COMPLETE", "{}")}

    def test_names_what_is_missing_extra_and_different_and_changes_nothing(self, copied, gateway, clock, sandbox):
        Vendor.objects.filter(code="V-CLOUD").delete()
        Vendor.objects.filter(code="V-RAIL").update(name="Southern Rail")
        remove(sandbox, "VENDOR", "V-MASON")
        before = list(Vendor.objects.order_by("pk").values())
        states = [asdict_of(state) for state in SyncState.objects.order_by("pk")]

        (run,) = sync_all(copied, gateway=gateway, clock=clock, kinds=["vendors"], mode=Mode.VERIFY)

        run.refresh_from_db()
        assert run.outcome == "INCOMPLETE"
        assert {what: found["count"] for what, found in run.difference.items()} == {"missing here": 1, "extra here": 1, "different": 1}
        assert run.difference["missing here"]["first"] == ["V-CLOUD"]
        assert run.difference["extra here"]["first"] == ["V-MASON"]
        assert run.difference["different"]["first"] == ["V-RAIL: name is 'Northern Rail' there and 'Southern Rail' here"]
        assert "--kind vendors --full" in run.error
        assert list(Vendor.objects.order_by("pk").values()) == before
        assert [asdict_of(state) for state in SyncState.objects.order_by("pk")] == states

    def test_is_no_sync(self, copied, gateway, clock):
        clock.forward(hours=5)
        sync_all(copied, gateway=gateway, clock=clock, mode=Mode.VERIFY)

        assert due(clock.forward(hours=1)) == [copied]

    def test_names_fifty_and_counts_all(self, copied, gateway, clock, sandbox):
        fill_departments(sandbox, 60)

        (run,) = sync_all(copied, gateway=gateway, clock=clock, kinds=["departments"], mode=Mode.VERIFY)

        assert (run.difference["missing here"]["count"], len(run.difference["missing here"]["first"])) == (60, 50)


def asdict_of(state):
    return {field.name: getattr(state, field.attname) for field in state._meta.concrete_fields}


def die():
    raise KeyboardInterrupt
