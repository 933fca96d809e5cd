from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection as database

from integration.models import Heartbeat, Lease, LeaseBusy, LeaseLost

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
NAME = "intacct:ACME"


@pytest.fixture(autouse=True)
def five_minutes(settings):
    settings.LEASE_SECONDS = 300


def later(**by):
    return NOW + timedelta(**by)


class TestTake:
    def test_gives_a_token_nobody_held_before(self):
        tokens = []
        for number in range(3):
            lease = Lease.take(NAME, owner=f"worker {number}", now=later(hours=number))
            tokens.append(lease.token)

        assert tokens == [1, 2, 3]

    def test_lasts_as_long_as_is_set(self):
        assert Lease.take(NAME, owner="one", now=NOW).expires_at == later(seconds=300)

    @pytest.mark.parametrize("owner", ["two", "one"])
    def test_is_refused_while_it_is_held_even_to_its_owner(self, owner):
        Lease.take(NAME, owner="one", now=NOW)

        with pytest.raises(LeaseBusy):
            Lease.take(NAME, owner=owner, now=later(seconds=299))

    def test_succeeds_once_it_has_run_out(self):
        Lease.take(NAME, owner="one", now=NOW)

        assert Lease.take(NAME, owner="two", now=later(seconds=300)).owner == "two"

    def test_leaves_other_names_alone(self):
        Lease.take(NAME, owner="one", now=NOW)

        assert Lease.take("intacct:OTHER", owner="two", now=NOW).token == 1

    def test_keeps_the_token_growing_after_it_was_given_back(self):
        Lease.take(NAME, owner="one", now=NOW).give_back()

        assert Lease.take(NAME, owner="two", now=NOW).token == 2


class TestHold:
    def test_renews(self):
        lease = Lease.take(NAME, owner="one", now=NOW)

        lease.hold(later(seconds=200))

        assert lease.expires_at == Lease.objects.get().expires_at == later(seconds=500)

    def test_fails_once_it_has_run_out_although_nobody_else_came(self):
        lease = Lease.take(NAME, owner="one", now=NOW)

        with pytest.raises(LeaseLost):
            lease.hold(later(seconds=300))

    def test_fails_for_the_former_holder(self):
        former = Lease.take(NAME, owner="one", now=NOW)
        Lease.take(NAME, owner="two", now=later(seconds=301))

        with pytest.raises(LeaseLost):
            former.hold(later(seconds=302))

    def test_fails_for_a_former_token_of_the_same_owner(self):
        former = Lease.take(NAME, owner="one", now=NOW)
        Lease.take(NAME, owner="one", now=later(seconds=301))

        with pytest.raises(LeaseLost):
            former.hold(later(seconds=302))

    def test_fails_after_it_was_given_back(self):
        lease = Lease.take(NAME, owner="one", now=NOW)
        lease.give_back()

        with pytest.raises(LeaseLost):
            lease.hold(NOW)


class TestGiveBack:
    def test_lets_the_next_in_at_once(self):
        Lease.take(NAME, owner="one", now=NOW).give_back()

        assert Lease.take(NAME, owner="two", now=NOW).owner == "two"

    def test_does_nothing_for_a_former_holder(self):
        former = Lease.take(NAME, owner="one", now=NOW)
        held = Lease.take(NAME, owner="two", now=later(seconds=301))

        former.give_back()

        held.hold(later(seconds=302))


class TestManyAtOnce:
    @pytest.mark.django_db(transaction=True)
    def test_one_wins(self):
        won, busy = [], []
        ready = threading.Barrier(6)

        def compete(number):
            try:
                ready.wait()
                won.append(Lease.take(NAME, owner=f"worker {number}", now=NOW).owner)
            except LeaseBusy:
                busy.append(number)
            finally:
                database.close()

        threads = [threading.Thread(target=compete, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert (len(won), len(busy)) == (1, 5)
        assert Lease.objects.get().owner == won[0]


class TestHeartbeat:
    def test_keeps_the_newest_beat(self):
        for minutes in (0, 1):
            Heartbeat.beat("worker", later(minutes=minutes))

        assert Heartbeat.objects.get().beat_at == later(minutes=1)
