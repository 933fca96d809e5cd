"""Days in answers are read as the user we sign in as has set them: over real HTTP against the sandbox, with one outcome in every format."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from integration.clock import clock
from integration.intacct import xml
from integration.intacct.day_formats import DateFormat
from integration.intacct.gateway import Gateway, gateway_for
from integration.intacct.responses import page_of
from integration.intacct.transport import post
from integration.models import EntityConfiguration
from integration.sandbox import http
from integration.sandbox.http import Fault
from integration.sandbox.intacct.objects import SIDE, set_first_open_day
from integration.sandbox.sandbox import Sandbox
from integration.sandbox.world import COMPANY_ID, ST, USER_ID
from referencedata.models import Entity, SyncRun
from referencedata.syncing.sync import sync_all
from tests.functional.journey import all_companies, all_kinds_in_the_queue
from tests.functional.test_gateway import accounts, credentials, entry, gateway
from tests.functional.test_payables import RAIL, Studio

__all__ = ["credentials", "gateway"]
pytestmark = pytest.mark.django_db(transaction=True)

FEE = "ST-15"
# The third of February, or the second of March.
OPEN_FROM = date(2025, 2, 3)
# By name: what people have set for the user, and how the days then come.
WORLDS: dict[str, dict[str, Any]] = {
    "dd/mm/yyyy": {"FORMATTING": {USER_ID: "/dmY"}},
    "yyyy-mm-dd with a time": {"FORMATTING": {USER_ID: "-Ymd"}, "TIMED": [USER_ID]},
    "d.m.yy": {"FORMATTING": {USER_ID: ".dmy"}, "UNPADDED": [USER_ID]},
}


def set_up(sandbox: Sandbox, **company: Any) -> None:
    """Have somebody change how the company, or its user, is set."""
    sandbox.books.put(SIDE, "COMPANY", COMPANY_ID, {**sandbox.books.get(SIDE, "COMPANY", COMPANY_ID), **company})


@pytest.fixture(params=WORLDS)
def studio(request, monkeypatch, settings):
    """The studio company, whose days come in one of the formats."""
    settings.LEASE_SECONDS, settings.LATE_COMMIT_HORIZON_SECONDS = 30, 20
    sandbox = all_kinds_in_the_queue()
    set_up(sandbox, **WORLDS[request.param])
    set_first_open_day(sandbox.books, "UK02", OPEN_FROM)
    with all_companies(sandbox, monkeypatch):
        yield Studio(sandbox, EntityConfiguration.objects.select_related("connection").get(pleo_company_id=ST.id))


def day_that_is_no_other(after: date) -> date:
    """Return a day behind `after` and before today that is not another one of them where day and month change places."""
    days = [after + timedelta(days=number) for number in range(1, (datetime.now(UTC).date() - after).days)]
    swapped = {(day.day, day.month) for day in days if day.day != day.month}
    return next(day for day in reversed(days) if (day.month, day.day) not in swapped)


class TestEveryFormat:
    def test_has_the_outcome_of_the_documented_one(self, studio):
        """A first open day copied; answers lost and looked up; a refusal that names a first open day; states at night."""
        assert Entity.objects.get(code="UK02").start_open_date == OPEN_FROM
        booked = (datetime.now(UTC) - timedelta(days=24)).date()
        opens = day_that_is_no_other(booked)
        studio.configuration.closed_period = "first_open_day"
        studio.configuration.save()
        for module in ("AP", "CM"):
            set_first_open_day(studio.sandbox.books, "UK02", opens, module)
        studio.sandbox.intacct.inject(Fault(http.TRUNCATE_AFTER, matching="<create><APPYMT>"))

        jobs = [studio.export(RAIL)]
        studio.sandbox.intacct.inject(Fault(http.RESET_AFTER, matching="<GLBATCH>"))
        jobs.append(studio.export(FEE))
        for _ in range(6):
            studio.later(hours=0.02)
        studio.later(hours=25)

        assert not studio.sandbox.intacct.faults._waiting, "a fault met no request"
        assert [(studio.record(each).status, studio.record(each).first_problem) for each in (RAIL, FEE)] == [("POSTED", "")] * 2
        assert [set(studio.told(job).values()) for job in jobs] == [{"successful"}] * 2
        (bill,), (payment,) = studio.bills(), studio.payments()
        assert bill["posting_date"] == payment["date"] == f"{opens:%m/%d/%Y}" and bill["state"] == "Paid"
        assert len(studio.sandbox.intacct.ledger("GL")) == 1


class TestTheFormat:
    def test_is_asked_for_once_in_a_session_along_with_the_first_question(self, gateway, sandbox):
        for _ in range(3):
            gateway.read([accounts()], entity="UK01")
        gateway.carry_out([entry(0)], entity="UK01")
        gateway.sign_in()
        for _ in range(2):
            gateway.read([accounts()])

        names = [[function["name"] for function in request["functions"]] for request in sandbox.intacct.requests]
        along = ["query", "readUserFormatting"]
        assert names == [["getAPISession"]] * 2 + [along, ["query"], ["query"], ["create"], ["getAPISession"], along, ["query"]]

    def test_is_not_an_answer_to_what_was_asked(self, gateway):
        (found,) = gateway.read([accounts()])

        assert found.function == "query" and gateway.dates == DateFormat("/", "mdY", told=True)

    def test_holds_for_all_who_share_the_session(self, gateway, sandbox):
        set_up(sandbox, FORMATTING={USER_ID: "-Ymd"})

        gateway.reading_for("COPY").read([accounts()])

        assert gateway.dates == DateFormat("-", "Ymd", told=True)

    def test_is_asked_for_again_when_a_session_has_ended(self, gateway, sandbox):
        gateway.read([accounts()])
        set_up(sandbox, FORMATTING={USER_ID: "/dmY"})
        sandbox.intacct.inject(Fault(http.SESSION_EXPIRED))

        for _ in range(2):
            gateway.read([accounts()])

        assert gateway.dates.order == "dmY"

    @pytest.mark.parametrize("form", ["~dmY", "/dmY+", "/dmm"])
    def test_that_is_not_known_is_asked_for_once_and_days_are_read_as_documented(self, gateway, sandbox, form):
        set_up(sandbox, FORMATTING={USER_ID: form})

        for _ in range(3):
            gateway.read([accounts()])

        assert gateway.dates == DateFormat("/", "mdY")
        assert sum("readUserFormatting" in request["body"] for request in sandbox.intacct.requests) == 1

    def test_that_is_refused_is_asked_for_three_times_and_spoils_nothing(self, gateway, sandbox):
        sandbox.intacct.inject(Fault(http.REFUSED_AFTER, matching="<readUserFormatting>", times=9))

        found = [gateway.read([accounts()])[0] for _ in range(5)]

        assert {result.status for result in found} == {"success"} and gateway.dates == DateFormat("/", "mdY")
        assert sum("readUserFormatting" in request["body"] for request in sandbox.intacct.requests) == 3

    def test_that_is_refused_in_passing_is_told_to_the_next_question(self, gateway, sandbox):
        sandbox.intacct.inject(Fault(http.MISSING_RESULT_AFTER, matching="<readUserFormatting>"))

        for _ in range(2):
            gateway.read([accounts()])

        assert gateway.dates.told

    def test_that_a_company_cannot_be_asked_for_keeps_no_question_from_being_answered(self, credentials, sandbox):
        refused = (
            b"<response><control><status>failure</status><controlid>%s</controlid></control><errormessage><error><errorno>XL03000003</errorno>"
            b"<description2>There was something wrong with the XML in the request.</description2></error></errormessage></response>"
        )

        def knows_no_formatting(url: str, body: bytes, seconds: float) -> tuple[int, bytes]:
            if b"<readUserFormatting>" in body:
                (number,) = [each.text for each in xml.parse(body).iterfind("control/controlid")]
                return 200, refused % str(number).encode()
            return post(url, body, seconds)

        gateway = Gateway(credentials, total_seconds=10, transport=knows_no_formatting)

        assert [gateway.read([accounts()])[0].status for _ in range(2)] == ["success"] * 2

    @pytest.mark.parametrize("kind", [http.HTML_BEFORE, http.EMPTY_BODY_AFTER, http.RESET_AFTER, http.MISSING_RESULT_AFTER])
    def test_that_a_company_cannot_bear_keeps_no_question_from_being_answered_either(self, gateway, sandbox, kind):
        """Each answer to a request that asks for it is of no use."""
        sandbox.intacct.inject(Fault(kind, matching="<readUserFormatting>", times=99))

        found = [gateway.read([accounts()])[0] for _ in range(5)]

        assert {result.status for result in found} == {"success"} and not gateway.dates.told
        assert sum("readUserFormatting" in request["body"] for request in sandbox.intacct.requests) <= 3
        assert gateway.dates == DateFormat("/", "mdY")


class TestADayOfAnotherFormat:
    def test_is_a_day_for_nobody(self, gateway, sandbox):
        """The user's format was changed behind our back: 2025-02-03 is not read as what it might be."""
        question = xml.query("LOCATIONENTITY", ["LOCATIONID", "STARTOPEN"], page_size=1)
        set_up(sandbox, FORMATTING={USER_ID: "-Ymd"})
        gateway.read([accounts()])
        set_up(sandbox, FORMATTING={USER_ID: "/dmY"})

        (row,) = page_of(gateway.read_one(question)).rows
        assert row["STARTOPEN"] == "01/01/2025 (no day written yyyy-mm-dd)"

    @pytest.mark.parametrize("studio", ["dd/mm/yyyy"], indirect=True)
    def test_of_an_entity_is_named_and_moves_nothing(self, studio):
        connection = studio.configuration.connection
        set_up(studio.sandbox, FORMATTING={USER_ID: "-Ymd"})

        sync_all(connection, gateway=gateway_for(connection), clock=clock)

        assert Entity.objects.get(code="UK02").start_open_date == OPEN_FROM
        run = SyncRun.objects.filter(kind="entities").latest("pk")
        assert "UK01: '2025-01-01 (no day written dd/mm/yyyy)' is not a date" in run.error
