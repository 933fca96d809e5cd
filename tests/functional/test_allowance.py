"""The meter counts what Sage Intacct charges for: functions, however many of them a request holds."""

from __future__ import annotations

from datetime import date

import pytest

from config.allowance import meters
from integration.errors import TryLater
from integration.intacct.gateway import gateway_for
from integration.models import Connection, Usage
from integration.sandbox import http
from integration.sandbox.http import Fault
from referencedata.syncing.sync import sync_all
from tests.faults.conftest import rig, sandbox, server, short_times  # noqa: F401
from tests.faults.rig import SMALL


def seen(rig, *, writes: bool) -> int:  # noqa: F811
    """How many functions the other side has seen, but for signing in."""
    functions = [function for row in rig.sandbox.intacct.requests for function in row["functions"]]
    return sum(function["writes"] == writes for function in functions if function["name"] != "getAPISession")


def counted(purpose: str, column: str = "functions") -> int:
    return sum(Usage.objects.filter(purpose=purpose).values_list(column, flat=True))


class TestTheMeter:
    def test_counts_each_function_of_a_request_for_its_purpose(self, rig):  # noqa: F811
        Usage.objects.all().delete()
        before = seen(rig, writes=False)
        requests = len(rig.sandbox.intacct.requests)
        rig.offer(*SMALL)
        rig.settle()
        looked = seen(rig, writes=False) - before

        sync_all(rig.connection, gateway=gateway_for(rig.connection, Usage.Purpose.COPY), clock=rig.clock)

        assert counted("WRITE") == seen(rig, writes=True) > counted("WRITE", "requests") > 0
        assert counted("LOOK") == looked > 0
        assert counted("COPY") == seen(rig, writes=False) - before - looked > 0
        assert sum(counted(each, "requests") for each in Usage.Purpose) == len(rig.sandbox.intacct.requests) - requests

    @pytest.mark.parametrize(("kind", "functions"), [(http.THROTTLE, 0), (http.RESET_AFTER, 1), (http.RESET_BEFORE, 1)])
    def test_counts_what_may_have_run_and_not_what_was_refused_as_a_whole(self, rig, kind, functions):  # noqa: F811
        gateway = gateway_for(rig.connection)
        next(gateway.pages("GLACCOUNT", ("ACCOUNTNO",)))  # signed in, and told how days are written
        Usage.objects.all().delete()
        rig.sandbox.intacct.inject(Fault(kind))

        with pytest.raises(TryLater):
            next(gateway.pages("GLACCOUNT", ("ACCOUNTNO",)))

        usage = Usage.objects.get()
        assert (usage.requests, usage.functions) == (1, functions)


class TestTheForecast:
    @pytest.fixture
    def connection(self, db):
        return Connection.objects.create(name="Acme", company_id="ACME")

    def used(self, day: date, functions: int, purpose: str = "WRITE", requests: int = 1) -> None:
        Usage.objects.create(company_id="ACME", day=day, purpose=purpose, functions=functions, requests=requests)

    def test_goes_on_as_since_the_beginning_of_the_month(self, connection):
        self.used(date(2026, 2, 28), 1_000_000)
        self.used(date(2026, 3, 1), 1_000, requests=40)
        self.used(date(2026, 3, 9), 2_000, "COPY", requests=60)

        (meter,) = meters([connection], date(2026, 3, 10))

        assert (meter.requests, meter.functions, meter.forecast) == (100, 3_000, 3_000 + 300 * 21)
        assert meter.by_purpose == (("copied", 2_000), ("written", 1_000))
        assert not meter.is_short

    def test_goes_on_as_since_counting_began(self, connection):
        self.used(date(2026, 3, 9), 10_000)

        (meter,) = meters([connection], date(2026, 3, 10))

        assert meter.forecast == 10_000 + 5_000 * 21
        assert meter.is_short

    def test_begins_today_where_a_clock_that_was_ahead_has_counted(self, connection):
        self.used(date(2026, 3, 11), 100)

        (meter,) = meters([connection], date(2026, 3, 10))

        assert meter.forecast == 100 + 100 * 21

    def test_of_nothing_is_nothing(self, connection):
        (meter,) = meters([connection], date(2026, 3, 31))

        assert (meter.functions, meter.requests, meter.forecast, meter.by_purpose) == (0, 0, 0, ())

    def test_is_of_each_company_alone(self, connection, django_assert_num_queries):
        other = Connection.objects.create(name="Other", company_id="OTHER")
        self.used(date(2026, 3, 10), 5)

        with django_assert_num_queries(2):
            assert [meter.functions for meter in meters([connection, other], date(2026, 3, 10))] == [5, 0]


def test_the_dashboard_shows_both_and_the_forecast(client, admin_user):
    from django.utils import timezone

    from tests.db.exports.rows import a_configuration

    configuration = a_configuration()
    Usage.objects.create(
        company_id=configuration.connection.company_id, day=timezone.now().date(), purpose="WRITE", functions=1_234, requests=50
    )
    client.force_login(admin_user)

    page = client.get("/admin/").content.decode()

    assert "1,234 of 100,000 functions this month (1,234 written) in 50 requests; about " in page
