"""What is offered again, changed, mended, closed to us or refused: over real HTTP against the sandbox."""

from __future__ import annotations

import contextlib
from collections import Counter
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from exports.delivery.deliver import deliver
from exports.intake.collect import collect
from exports.models import Attempt, Document, Event, ExportJob, ExportRecord, Receipt
from exports.planning.prepare import prepare
from integration import sandbox as sandbox_package
from integration.clock import clock as real_clock
from integration.errors import TryLater
from integration.intacct.gateway import gateway_for
from integration.models import Connection, EntityConfiguration, IntacctCredentials
from integration.pleo.client import PleoClient, client_for
from integration.sandbox import http, receipts
from integration.sandbox.http import Fault
from integration.sandbox.intacct import service
from integration.sandbox.intacct.refusals import refuse
from integration.sandbox.sandbox import Sandbox
from integration.sandbox.world import COMPANY_ID, CONFIGURATION, UK_COMPANY_ID, USER_ID, entry_id, load_demo_world
from tests.conftest import Clock
from tests.functional.journey import (
    expire,
    export,
    files_fetched,
    job,
    journal_of,
    offer,
    record,
    status,
    told,
    told_one,
)

assert sandbox_package  # its submodules are used below


@pytest.fixture
def sandbox() -> Sandbox:
    """Both systems with the demo world, and nothing offered yet."""
    return Sandbox(world=lambda books, now: load_demo_world(books, now, with_jobs=False), now=datetime.now(UTC))


def uk() -> EntityConfiguration:
    return EntityConfiguration.objects.select_related("connection").get(intacct_entity="UK01")


def us() -> EntityConfiguration:
    return EntityConfiguration.objects.select_related("connection").get(intacct_entity="US01")


def reexport(*labels: str) -> str:
    said = StringIO()
    call_command("reexport", *(entry_id(label) for label in labels), stdout=said)
    return said.getvalue()


class TestExportingTwice:
    def test_writes_nothing_to_either_system(self, connected, sandbox):
        offer(sandbox, "UK-01", "UK-06", "UK-45", "UK-46")
        export()
        before = sandbox.counts()

        with contextlib.suppress(CommandError):
            call_command("export_now", stdout=StringIO(), stderr=StringIO())

        after = sandbox.counts()
        assert before["intacct_writes"] and before["pleo_writes"]
        assert (after["intacct_writes"], after["pleo_writes"]) == (before["intacct_writes"], before["pleo_writes"])
        assert after["requests"] > before["requests"]

    def test_reports_what_is_in_the_ledger_at_once_when_a_new_job_offers_it(self, connected, sandbox):
        labels = ("UK-01", "UK-02", "UK-06", "UK-11", "UK-38", "UK-45")
        first = offer(sandbox, *labels)
        export()
        writes, fetched = sandbox.intacct.writes(), files_fetched(sandbox)

        second = offer(sandbox, *labels)
        export()

        assert sandbox.intacct.writes() == writes
        assert files_fetched(sandbox) == fetched == 6
        assert len(sandbox.intacct.ledger()) == 5
        assert status(sandbox, second) == "completed"
        ids = {entry: item.get("externalId") for entry, item in told(sandbox, first).items()}
        assert {entry: item.get("externalId") for entry, item in told(sandbox, second).items()} == ids
        assert {item["status"] for item in told(sandbox, second).values()} == {"successful"}

    def test_stops_what_comes_back_with_another_amount_and_names_the_document(self, connected, sandbox):
        offer(sandbox, "UK-01")
        export()
        writes, (standing,) = sandbox.intacct.writes(), sandbox.intacct.ledger()

        sandbox.pleo.change_entry(entry_id("UK-01"), amount=13_000)
        second = offer(sandbox, "UK-01")
        export()

        assert sandbox.intacct.writes() == writes
        assert sandbox.intacct.ledger() == [standing]
        assert record("UK-01").status == "REVIEW"
        item = told_one(sandbox, second, "UK-01")
        assert item["status"] == "failed"
        assert standing["reference"] in item["failureReason"]
        assert f"journal entry {standing['recordno']} " in item["failureReason"]
        assert status(sandbox, second) == "failed"

    @pytest.mark.parametrize(
        "changes",
        [
            {"account": "6200"},
            {"tags": {"DEPARTMENT": "200"}},
            {"tax": None},
            {"date": "2025-06-30T12:00:00Z"},
            {"supplier": {"name": "Northern Rail", "country": "GB", "categoryCode": "5999", "code": "V-RAIL"}},
        ],
        ids=lambda changes: next(iter(changes)),
    )
    def test_stops_what_comes_back_with_other_content_that_matters(self, connected, sandbox, changes):
        offer(sandbox, "UK-01")
        export()
        writes = sandbox.intacct.writes()

        sandbox.pleo.change_entry(entry_id("UK-01"), **changes)
        offer(sandbox, "UK-01")
        export()

        assert record("UK-01").status == "REVIEW"
        assert sandbox.intacct.writes() == writes

    def test_lets_pass_what_comes_back_with_another_note(self, connected, sandbox):
        offer(sandbox, "UK-01")
        export()
        writes = sandbox.intacct.writes()

        sandbox.pleo.change_entry(entry_id("UK-01"), note="Now with a note")
        second = offer(sandbox, "UK-01")
        export()

        assert told_one(sandbox, second, "UK-01")["status"] == "successful"
        assert sandbox.intacct.writes() == writes

    def test_reports_success_again_once_the_content_is_the_original_one(self, connected, sandbox):
        first = offer(sandbox, "UK-01")
        export()
        sandbox.pleo.change_entry(entry_id("UK-01"), amount=13_000)
        offer(sandbox, "UK-01")
        export()
        writes = sandbox.intacct.writes()

        sandbox.pleo.change_entry(entry_id("UK-01"), amount=12_000)
        third = offer(sandbox, "UK-01")
        export()

        assert told_one(sandbox, third, "UK-01")["externalId"] == told_one(sandbox, first, "UK-01")["externalId"]
        assert status(sandbox, third) == "completed"
        assert record("UK-01").status == "POSTED"
        assert sandbox.intacct.writes() == writes

    def test_adds_files_that_come_after_posting_to_the_attachment_of_the_entry(self, connected, sandbox):
        offer(sandbox, "UK-01")
        export()
        (before,) = sandbox.intacct.ledger()

        sandbox.pleo.change_entry(entry_id("UK-01"), files=("pdf", "png"))
        second = offer(sandbox, "UK-01")
        export()
        added = sandbox.intacct.attachments()[before["supdocid"]]
        third = offer(sandbox, "UK-01")
        export()

        assert told_one(sandbox, second, "UK-01")["status"] == told_one(sandbox, third, "UK-01")["status"] == "successful"
        assert sandbox.intacct.ledger() == [before]
        # What was there, and the two new ones: once.
        assert len(added) == len({name for name, *_ in added}) == 3
        assert sandbox.intacct.attachments()[before["supdocid"]] == added
        assert set(record("UK-01").receipts.values_list("state", flat=True)) == {"ATTACHED"}
        assert record("UK-01").status == "POSTED"

    def test_lists_files_that_come_after_an_entry_was_posted_without_an_attachment(self, connected, sandbox):
        offer(sandbox, "UK-09")
        export()
        writes = sandbox.intacct.writes()

        sandbox.pleo.change_entry(entry_id("UK-09"), files=("pdf",))
        second = offer(sandbox, "UK-09")
        export()

        assert told_one(sandbox, second, "UK-09")["status"] == "successful"
        assert sandbox.intacct.writes() == writes
        (receipt,) = record("UK-09").receipts.all()
        assert (receipt.state, "without an attachment" in receipt.fault) == ("NOT_ATTACHED", True)


class TestExportAgain:
    def test_asks_pleo_for_a_new_job_with_the_mended_item_and_posts_it(self, connected, sandbox):
        first = offer(sandbox, "UK-01", "UK-46")
        export()
        assert told_one(sandbox, first, "UK-46")["status"] == "failed"
        sandbox.pleo.change_entry(entry_id("UK-46"), account="6600")

        said = reexport("UK-46")
        export()

        (asked,) = [job for job in sandbox.pleo.jobs() if job["id"] != first]
        assert said == "1 will be asked for again.\n"
        assert asked["isInteractive"] is False
        assert asked["status"] == "completed"
        assert told_one(sandbox, asked["id"], "UK-46")["externalId"] == journal_of("UK-46").intacct_key
        assert record("UK-46").status == "POSTED"
        assert record("UK-46").export_again_at is None
        assert len(sandbox.intacct.ledger()) == 2

    def test_asks_for_all_wished_entries_in_one_job(self, connected, sandbox):
        offer(sandbox, "UK-46", "UK-47", "UK-52")
        export()
        for label in ("UK-46", "UK-52"):
            sandbox.pleo.change_entry(entry_id(label), account="6600")
        sandbox.pleo.change_entry(entry_id("UK-47"), tags={"DEPARTMENT": "300"})

        reexport("UK-46", "UK-47", "UK-52")
        export()

        assert [job["numberOfItems"] for job in sandbox.pleo.jobs()] == [3, 3]
        assert Counter(ExportRecord.objects.values_list("status", flat=True)) == {"POSTED": 3}

    def test_asks_for_nothing_without_the_wish(self, connected, sandbox):
        offer(sandbox, "UK-46")
        export()
        sandbox.pleo.change_entry(entry_id("UK-46"), account="6600")

        export()

        assert len(sandbox.pleo.jobs()) == 1
        assert sandbox.intacct.writes() == 0

    def test_leaves_alone_what_is_in_the_ledger_and_pleo_knows(self, connected, sandbox):
        offer(sandbox, "UK-01")
        export()

        said = reexport("UK-01")
        export()

        assert said.startswith("0 will be asked for again.\n1 left alone")
        assert len(sandbox.pleo.jobs()) == 1

    def test_is_there_for_what_is_in_the_ledger_when_its_job_never_heard_so(self, connected, sandbox):
        first = offer(sandbox, "UK-01")
        _collect_and_prepare()
        deliver(connected, gateway=gateway_for(connected), clock=real_clock, owner="test")
        expire(sandbox, first)
        export()
        writes = sandbox.intacct.writes()
        assert record("UK-01").status == "POSTED" and record("UK-01").reported_at is None

        reexport("UK-01")
        export()

        assert sandbox.intacct.writes() == writes
        assert len(sandbox.intacct.ledger()) == 1
        assert told_one(sandbox, sandbox.pleo.jobs()[-1]["id"], "UK-01")["status"] == "successful"

    def test_waits_while_pleo_says_that_another_job_is_open(self, connected, sandbox, monkeypatch):
        offer(sandbox, "UK-46")
        export()
        sandbox.pleo.change_entry(entry_id("UK-46"), account="6600")
        reexport("UK-46")
        other = offer(sandbox, "UK-01")

        with monkeypatch.context() as patch:  # the other job began between our list and our wish
            patch.setattr(PleoClient, "jobs", lambda *args: [])
            with pytest.raises(TryLater):
                collect(uk(), client=client_for(uk()), clock=real_clock, owner="test")
        wished = record("UK-46").export_again_at
        export()

        assert wished is not None
        assert status(sandbox, other) == "completed"
        assert record("UK-46").status == "POSTED"
        assert [job["numberOfItems"] for job in sandbox.pleo.jobs()] == [1, 1, 1]

    def test_tells_the_operator_where_pleo_does_not_accept_it(self, connected, sandbox):
        offer(sandbox, "UK-46")
        export()
        row = sandbox.pleo.entry(entry_id("UK-46"))
        sandbox.books.delete("pleo", "entry", row["id"])

        reexport("UK-46")
        export()

        assert record("UK-46").export_again_at is None
        event = Event.objects.get(record=record("UK-46"), what="export again was refused by Pleo")
        assert "export it there" in event.why

    def test_asks_once_only_when_the_item_cannot_be_read(self, connected, sandbox):
        offer(sandbox, "UK-46")
        export()
        sandbox.pleo.change_entry(entry_id("UK-46"), type="")

        reexport("UK-46")
        export()

        assert len(sandbox.pleo.jobs()) == 2
        assert record("UK-46").first_problem_code == "malformed_item"
        assert record("UK-46").export_again_at is None

    def test_dry_run_asks_for_nothing(self, connected, sandbox):
        offer(sandbox, "UK-46")
        export()
        said = StringIO()

        call_command("reexport", "--needs-you", "--dry-run", stdout=said)

        assert "would be asked for" in said.getvalue()
        assert not ExportRecord.objects.wished().exists()


def _collect_and_prepare() -> None:
    collect(uk(), client=client_for(uk()), clock=real_clock, owner="test")
    prepare(uk(), clock=real_clock)


class TestOpenJob:
    def test_alone_lets_an_entry_be_posted_for_the_first_time(self, connected, sandbox):
        clock = Clock()
        first = offer(sandbox, "UK-01", "UK-02")
        _collect_and_prepare()
        expire(sandbox, first)
        clock.forward(hours=2)

        delivered = deliver(connected, gateway=gateway_for(connected), clock=clock, owner="test")

        assert delivered.sent == 0
        assert sandbox.intacct.writes() == 0

    def test_that_pleo_ended_leaves_its_records_waiting_until_they_are_offered_again(self, connected, sandbox):
        clock = Clock()
        first = offer(sandbox, "UK-01", "UK-46")
        _collect_and_prepare()
        expire(sandbox, first)
        clock.forward(hours=2)

        export(clock)

        assert job(first).state == "ENDED_BY_PLEO"
        assert job(first).failure_type == "job_expired"
        assert record("UK-01").first_problem.startswith("Pleo ended the export job before this expense was posted")
        assert record("UK-01").may_be_exported_again
        assert record("UK-46").first_problem_code == "account_unknown"
        assert sandbox.intacct.writes() == 0
        assert {item["status"] for item in told(sandbox, first).values()} == {"abandoned"}

        second = offer(sandbox, "UK-01")
        export(clock)

        assert told_one(sandbox, second, "UK-01")["status"] == "successful"
        assert len(sandbox.intacct.ledger()) == 1

    def test_that_expires_before_it_is_started_is_written_down_as_ended(self, connected, sandbox):
        first = offer(sandbox, "UK-01", expires_in=30)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("exports.intake.collect._start", lambda *args: None)
            collect(uk(), client=client_for(uk()), clock=real_clock, owner="test")
        expire(sandbox, first)

        export()

        assert job(first).state == "ENDED_BY_PLEO"
        assert not ExportRecord.objects.exists()

    def test_that_expires_while_items_are_reported_is_ended_without_an_error(self, connected, sandbox):
        first = offer(sandbox, "UK-01")
        _collect_and_prepare()
        deliver(connected, gateway=gateway_for(connected), clock=real_clock, owner="test")
        expire(sandbox, first)

        export()

        assert job(first).state == "ENDED_BY_PLEO"
        assert record("UK-01").status == "POSTED"
        assert record("UK-01").reported_at is None

    def test_found_in_progress_is_resumed_without_a_second_started(self, connected, sandbox):
        first = offer(sandbox, "UK-01")
        client_for(uk()).send_event(first, "started")

        export()

        events = [request for request in sandbox.pleo.requests if request["path"] == "/v3/export-job-events"]
        assert [event["status"] for event in events] == [202, 202]
        assert status(sandbox, first) == "completed"

    def test_is_kept_alive_while_intacct_is_to_be_tried_later(self, connected, sandbox):
        clock = Clock()
        first = offer(sandbox, "UK-01", expires_in=3600)
        sandbox.intacct.inject(Fault(http.THROTTLE, times=1000, writes_only=True))
        export(clock)
        assert told_one(sandbox, first, "UK-01")["status"] == "pending"

        clock.forward(seconds=2500)
        export(clock)

        assert told_one(sandbox, first, "UK-01")["status"] == "in_progress"
        assert job(first).expires_at > clock.now
        sandbox.intacct.faults.clear()
        clock.forward(seconds=1000)
        export(clock)
        assert told_one(sandbox, first, "UK-01")["status"] == "successful"


class TestClosedConnection:
    @pytest.fixture
    def wrong_password(self, connected):
        stored = IntacctCredentials.objects.get()
        stored.user_password = "wrong"
        stored.save()

    def test_tries_a_wrong_password_once_and_tells_pleo(self, wrong_password, sandbox):
        refused_before = _refused_sign_ins(sandbox)
        first = offer(sandbox, "UK-01", "UK-02", "UK-46")

        export()
        export()

        assert _refused_sign_ins(sandbox) - refused_before == 1
        connection = Connection.objects.get()
        assert connection.closed_at and "Sign-in information is incorrect" in connection.closed_reason
        item = told_one(sandbox, first, "UK-01")
        assert (item["status"], item["failureReasonType"]) == ("failed", "accounting_system_authentication_failure")
        assert told_one(sandbox, first, "UK-46")["failureReasonType"] == "account_unknown"
        assert sandbox.intacct.writes() == 0

    def test_answers_a_new_job_with_failed(self, wrong_password, sandbox):
        offer(sandbox, "UK-01")
        export()

        second = offer(sandbox, "UK-02")
        export()

        (row,) = [each for each in sandbox.pleo.jobs() if each["id"] == second]
        assert (row["status"], row["failureReasonType"]) == ("failed", "accounting_system_authentication_failure")
        assert {item["status"] for item in told(sandbox, second).values()} == {"abandoned"}

    def test_keeps_unknown_outcomes_unknown_and_unreported(self, connected, sandbox):
        clock = Clock()
        first = offer(sandbox, "UK-01", "UK-09")
        sandbox.intacct.inject(Fault(http.RESET_AFTER, matching="<GLBATCH>"))
        export(clock)
        assert record("UK-01").status == "UNKNOWN"
        stored = IntacctCredentials.objects.get()
        stored.user_password = "wrong"
        stored.save()

        clock.forward(minutes=30)
        export(clock)

        assert Connection.objects.get().closed_at
        assert Document.objects.filter(state="UNKNOWN").exists()
        assert record("UK-01").status == "UNKNOWN"
        assert told_one(sandbox, first, "UK-01")["status"] in ("pending", "in_progress")

        call_command("import_configuration", str(CONFIGURATION), stdout=StringIO())
        clock.forward(minutes=2)
        export(clock)

        assert Connection.objects.get().closed_at is None
        assert told_one(sandbox, first, "UK-01")["status"] == "successful"
        assert len(sandbox.intacct.ledger()) == 2

    def test_keeps_a_wish_until_it_can_be_granted(self, wrong_password, sandbox):
        offer(sandbox, "UK-01")
        export()

        reexport("UK-01")
        export()

        assert len(sandbox.pleo.jobs()) == 1
        assert record("UK-01").export_again_at is not None

    def test_opens_again_when_credentials_are_saved_and_posts_what_is_offered_again(self, wrong_password, sandbox):
        offer(sandbox, "UK-01")
        export()

        call_command("import_configuration", str(CONFIGURATION), stdout=StringIO())
        reexport("UK-01")
        export()

        assert Connection.objects.get().closed_at is None
        assert record("UK-01").status == "POSTED"

    def test_closes_only_the_entity_that_refuses_us(self, connected, sandbox):
        company = sandbox.books.get("intacct", "COMPANY", "DEMO")
        sandbox.books.put("intacct", "COMPANY", "DEMO", company | {"ENTITY_ACCESS": {USER_ID: ["UK01"]}})
        ours, theirs = offer(sandbox, "UK-01"), offer(sandbox, "US-01")

        export()

        assert Connection.objects.get().closed_at is None
        assert uk().closed_at is None
        assert us().closed_at and "US01" in us().closed_reason
        assert told_one(sandbox, ours, "UK-01")["status"] == "successful"
        assert told_one(sandbox, theirs, "US-01")["failureReasonType"] == "accounting_system_authentication_failure"
        assert {entry["entity"] for entry in sandbox.intacct.ledger()} == {"UK01"}

    def test_stays_open_when_only_a_permission_is_missing(self, connected, sandbox):
        company = sandbox.books.get("intacct", "COMPANY", COMPANY_ID)
        sandbox.books.put("intacct", "COMPANY", COMPANY_ID, {**company, "DENIED": ["CREATE GLBATCH"]})
        first = offer(sandbox, "UK-09")

        export()

        assert Connection.objects.get().closed_at is None
        item = told_one(sandbox, first, "UK-09")
        assert item["failureReasonType"] == "accounting_system_validation_failure"
        assert "You do not have permission for API operation CREATE on objects of type GLBATCH" in item["failureReason"]
        assert journal_of("UK-09").state == "REJECTED"

    def test_closes_the_configuration_whose_pleo_key_is_refused(self, connected, sandbox):
        offer(sandbox, "UK-01")
        credentials = uk().pleo_credentials
        credentials.api_key = "gone"
        credentials.save()

        export()

        assert "API key" in uk().closed_reason
        assert us().closed_at is None
        assert Connection.objects.get().closed_at is None


def _refused_sign_ins(sandbox: Sandbox) -> int:
    return sum(request["outcome"] == "authentication failure" for request in sandbox.intacct.requests)


class TestTryLater:
    def test_is_given_up_after_the_configured_hours_and_told_as_unreachable(self, connected, sandbox, settings):
        clock = Clock()
        first = offer(sandbox, "UK-01", expires_in=100_000)
        sandbox.intacct.inject(Fault(http.THROTTLE, times=1000, writes_only=True))
        export(clock)
        clock.forward(hours=settings.TRY_LATER_HOURS - 1)
        export(clock)
        assert told_one(sandbox, first, "UK-01")["status"] in ("pending", "in_progress")

        clock.forward(hours=1.1)
        export(clock)

        item = told_one(sandbox, first, "UK-01")
        assert (item["status"], item["failureReasonType"]) == ("failed", "accounting_system_unreachable")
        assert "6 hours" in item["failureReason"]
        assert sandbox.intacct.ledger() == []

    def test_begins_its_hours_anew_when_the_entry_is_offered_again(self, connected, sandbox, settings):
        clock = Clock()
        offer(sandbox, "UK-01", expires_in=100_000)
        sandbox.intacct.inject(Fault(http.THROTTLE, times=1000, writes_only=True))
        export(clock)
        clock.forward(hours=settings.TRY_LATER_HOURS + 0.1)
        export(clock)
        assert record("UK-01").status == "NEEDS_FIX"

        second = offer(sandbox, "UK-01", expires_in=100_000)
        export(clock)
        assert told_one(sandbox, second, "UK-01")["status"] == "pending"
        sandbox.intacct.faults.clear()
        clock.forward(minutes=20)
        export(clock)

        assert told_one(sandbox, second, "UK-01")["status"] == "successful"
        ids = [control_id for control_id in sandbox.intacct.control_ids() if not control_id.startswith("folder")]
        assert len(sandbox.intacct.ledger()) == 1
        assert {control_id.rpartition(".")[2] for control_id in ids} == {"1"}


class TestReceipts:
    def states(self, label: str) -> list[str]:
        return list(record(label).receipts.order_by("number").values_list("state", flat=True))

    def test_are_fetched_anew_when_their_links_have_expired(self, connected, sandbox, monkeypatch):
        first = offer(sandbox, "UK-06")
        sandbox.pleo.settings.link_seconds = -1
        handle = sandbox.pleo.handle

        def heal(request: Any, now: datetime) -> Any:
            if request.path.startswith("/files/"):
                sandbox.pleo.settings.link_seconds = 3600
            return handle(request, now)

        monkeypatch.setattr(sandbox.pleo, "handle", heal)

        export()

        assert self.states("UK-06") == ["ATTACHED", "ATTACHED"]
        assert told_one(sandbox, first, "UK-06")["status"] == "successful"
        assert not record("UK-06").without_receipt

    def test_that_stay_expired_are_listed_as_unreachable(self, connected, sandbox):
        offer(sandbox, "UK-06")
        sandbox.pleo.settings.link_seconds = -1

        export()

        assert self.states("UK-06") == ["UNREACHABLE", "UNREACHABLE"]
        assert record("UK-06").status == "POSTED"
        assert record("UK-06").without_receipt

    def test_one_of_two_that_cannot_be_fetched_leaves_the_other_attached(self, connected, sandbox):
        offer(sandbox, "UK-06")
        sandbox.pleo.inject(Fault(http.OFFLINE, times=10, matching=".jpg"))

        export()

        assert self.states("UK-06") == ["ATTACHED", "UNREACHABLE"]
        (files,) = sandbox.intacct.attachments().values()
        assert [extension for _, extension, _ in files] == ["pdf"]
        assert "Receipt 2 was left out" in " ".join(record("UK-06").notes)

    @pytest.mark.parametrize(
        ("content", "state"), [(b"", "EMPTY"), (b"\x00 no picture", "WRONG_TYPE"), (b"%PDF-1.4 " + b"x" * 3000, "TOO_LARGE")]
    )
    def test_that_are_unusable_are_listed_and_the_expense_is_posted(self, connected, sandbox, settings, monkeypatch, content, state):
        settings.MAX_RECEIPT_MEGABYTES = 0.002
        monkeypatch.setattr(receipts, "content", lambda *args: content)
        offer(sandbox, "UK-01")

        export()

        assert self.states("UK-01") == [state]
        assert record("UK-01").status == "POSTED"
        assert record("UK-01").without_receipt
        assert record("UK-01").receipts.get().fault
        assert sandbox.intacct.attachments() == {}

    @pytest.mark.parametrize(("content", "reason"), [(b"", "receipt_download_failure"), (b"\x00 no picture", "receipt_conversion_failure")])
    def test_that_are_unusable_stop_the_expense_where_the_policy_says_so(self, connected, sandbox, monkeypatch, content, reason):
        EntityConfiguration.objects.update(unusable_receipt="refuse")
        monkeypatch.setattr(receipts, "content", lambda *args: content)
        first = offer(sandbox, "UK-01")

        export()

        assert record("UK-01").status == "NEEDS_FIX"
        item = told_one(sandbox, first, "UK-01")
        assert (item["status"], item["failureReasonType"]) == ("failed", reason)
        assert "receipt" in item["failureReason"].lower()
        assert sandbox.intacct.writes() == 0

    def test_with_the_same_content_are_attached_once(self, connected, sandbox, monkeypatch):
        monkeypatch.setattr(receipts, "content", lambda *args: b"%PDF-1.4 the same\n%%EOF\n")
        offer(sandbox, "UK-06")

        export()

        assert sorted(self.states("UK-06")) == ["ATTACHED", "DUPLICATE"]
        (files,) = sandbox.intacct.attachments().values()
        assert len(files) == 1

    def test_refused_by_intacct_are_left_out_where_the_policy_says_warn(self, connected, sandbox, monkeypatch):
        _refuse_attachments(monkeypatch)
        first = offer(sandbox, "UK-01", "UK-09")

        export()

        assert told_one(sandbox, first, "UK-01")["status"] == "successful"
        assert record("UK-01").status == "POSTED"
        assert record("UK-01").without_receipt
        assert self.states("UK-01") == ["WRONG_TYPE"]
        assert "Attachment type" in record("UK-01").receipts.get().fault
        assert len(sandbox.intacct.ledger()) == 2
        assert {entry["supdocid"] for entry in sandbox.intacct.ledger()} == {""}

    def test_refused_by_intacct_stop_the_expense_where_the_policy_says_refuse(self, connected, sandbox, monkeypatch):
        EntityConfiguration.objects.update(unusable_receipt="refuse")
        _refuse_attachments(monkeypatch)
        first = offer(sandbox, "UK-01", "UK-09")

        export()

        assert record("UK-01").status == "NEEDS_FIX"
        assert told_one(sandbox, first, "UK-01")["status"] == "failed"
        assert "Attachment type" in told_one(sandbox, first, "UK-01")["failureReason"]
        assert told_one(sandbox, first, "UK-09")["status"] == "successful"
        assert len(sandbox.intacct.ledger()) == 1


def _refuse_attachments(monkeypatch: pytest.MonkeyPatch) -> None:
    def create(*args: Any) -> Any:
        raise refuse("file_type", value="pdf")

    monkeypatch.setitem(service._SINGLE, "create_supdoc", create)


class TestBatches:
    LABELS = tuple(f"UK-{number:02d}" for number in range(1, 33))

    def test_hold_at_most_25_documents_with_the_attachment_before_what_names_it(self, connected, sandbox):
        offer(sandbox, *self.LABELS)

        export()

        sends = Attempt.objects.filter(purpose="SEND")
        sizes = [attempt.parts.count() for attempt in sends]
        assert sum(sizes) == Document.objects.filter(state="CONFIRMED").count() > 50
        assert max(sizes) == 25 and len(sizes) == -(-sum(sizes) // 25)
        order = sandbox.intacct.control_ids()
        for entry in Document.objects.exclude(names=None):
            assert order.index(entry.names.control_id) < order.index(entry.control_id)

    def test_with_one_poisoned_body_are_halved_until_it_stands_alone(self, connected, sandbox):
        first = offer(sandbox, *self.LABELS)
        _collect_and_prepare()
        Document.objects.filter(pk=journal_of("UK-17").pk).update(body=b"<create><GLBATCH>&#0;</GLBATCH></create>")

        export()

        refused = journal_of("UK-17")
        assert refused.state == "REJECTED"
        assert refused.parts.last().attempt.parts.count() == 1
        assert Counter(ExportRecord.objects.values_list("status", flat=True)) == {"POSTED": 31, "NEEDS_FIX": 1}
        assert len(sandbox.intacct.ledger()) == 31
        assert told_one(sandbox, first, "UK-17")["status"] == "failed"
        carried = Counter(entry["reference"] for entry in sandbox.intacct.ledger())
        assert set(carried.values()) == {1}

    def test_are_made_for_one_entity_each(self, connected, sandbox):
        offer(sandbox, "UK-01", "UK-02")
        offer(sandbox, "US-01", "US-02")

        export()

        for attempt in Attempt.objects.filter(purpose="SEND"):
            assert set(attempt.parts.values_list("document__entity", flat=True)) == {attempt.entity}
        assert Counter(entry["entity"] for entry in sandbox.intacct.ledger()) == {"UK01": 2, "US01": 2}


class TestPreparationGuard:
    def test_keeps_one_bad_item_from_stopping_the_others(self, connected, sandbox, monkeypatch):
        from exports.planning import prepare as module

        plan = module.plan_posting

        def broken(item: Any, *rest: Any) -> Any:
            if item.entry_id == entry_id("UK-02"):
                raise RuntimeError("nobody expected this")
            return plan(item, *rest)

        monkeypatch.setattr(module, "plan_posting", broken)
        first = offer(sandbox, "UK-01", "UK-02", "UK-03")

        export()

        assert told_one(sandbox, first, "UK-02")["failureReasonType"] == "unexpected_failure"
        assert "nobody expected" not in told_one(sandbox, first, "UK-02")["failureReason"]
        assert len(sandbox.intacct.ledger()) == 2
        assert ExportJob.objects.get().final_event == "completed_with_errors"
        assert Receipt.objects.filter(record=record("UK-02"), state="FETCHED").exists()

    def test_stops_a_record_that_crashed_the_process_three_times(self, connected, sandbox):
        offer(sandbox, "UK-01", "UK-02")
        collect(uk(), client=client_for(uk()), clock=real_clock, owner="test")
        ExportRecord.objects.filter(entry_id=entry_id("UK-01")).update(preparations=3)

        export()

        assert record("UK-01").first_problem_code == "unexpected_error"
        assert record("UK-02").status == "POSTED"
        assert str(record("UK-02").configuration.pleo_company_id) == UK_COMPANY_ID


class TestLargeReceipts:
    def test_of_twelve_megabytes_arrive_whole_and_travel_alone(self, connected, sandbox, monkeypatch):
        large = b"%PDF-1.4\n" + bytes(range(256)) * (12 * 4096) + b"\n%%EOF\n"
        small = receipts.content
        rail = lambda receipt: receipt.merchant == "Northern Rail"  # noqa: E731
        monkeypatch.setattr(receipts, "content", lambda file_id, receipt: large if rail(receipt) else small(file_id, receipt))
        offer(sandbox, "UK-01", "UK-02", "UK-06")

        export()

        assert record("UK-01").status == "POSTED" and not record("UK-01").without_receipt
        found = [content for files in sandbox.intacct.attachments().values() for _, _, content in files if len(content) > 1_000_000]
        assert found == [large]
        (request,) = [row for row in sandbox.intacct.requests if _is_of(row, "UK-01")]
        assert len(request["functions"]) == 1


def _is_of(row: dict[str, Any], label: str) -> bool:
    key = Document.objects.get(record__entry_id=entry_id(label), kind="attachment").key
    return any(function["control_id"].startswith(key) for function in row["functions"])
