"""How fast all workers together may call Pleo."""

import random
import threading
from datetime import timedelta

import pytest
from django.db import connection as database

from integration.errors import TryLater
from integration.models import Lease, LeaseLost, Pace
from integration.pleo.pacing import TimeIsUp, Turns

NAME = "http://pleo.example"


def most_in_a_minute(turns):
    return max(sum(start <= each < start + timedelta(seconds=60) for each in turns) for start in turns)


@pytest.mark.django_db
class TestTakeTurn:
    def test_lets_some_through_at_once_and_the_others_evenly(self, clock):
        now = clock()

        turns = [Pace.take_turn(NAME, now, a_minute=450) for _ in range(100)]

        assert turns[:30] == [now] * 30
        assert turns[30] - now == timedelta(seconds=60) / 420
        assert turns[99] - turns[98] == timedelta(seconds=60) / 420

    def test_never_gives_more_than_its_number_in_any_minute(self, clock):
        seed = random.randrange(10**6)
        print(f"seed {seed}")
        chance = random.Random(seed)
        turns = []
        for _ in range(700):
            if chance.random() < 0.1:
                clock.forward(seconds=chance.random() * 20)
            turns.append(Pace.take_turn(NAME, clock(), a_minute=90))

        assert most_in_a_minute(turns) <= 90, f"seed {seed}"
        assert len(turns) == 700

    def test_knows_addresses_apart(self, clock):
        for _ in range(50):
            Pace.take_turn("elsewhere", clock(), a_minute=450)

        assert Pace.take_turn(NAME, clock(), a_minute=450) == clock()

    def test_of_a_pause_comes_after_it_for_everybody(self, clock):
        Pace.take_turn(NAME, clock(), a_minute=450)

        Pace.hold_back(NAME, clock(), seconds=30, a_minute=450)

        first, second = (Pace.take_turn(NAME, clock(), a_minute=450) for _ in range(2))
        assert first == clock() + timedelta(seconds=30)
        assert second > first


@pytest.mark.django_db(transaction=True)
class TestTakeTurnTogether:
    def test_gives_no_turn_twice_and_loses_none(self, clock):
        now, taken = clock(), []
        Pace.take_turn(NAME, now, a_minute=20)

        def work():
            try:
                taken.extend(Pace.take_turn(NAME, now, a_minute=20) for _ in range(20))
            finally:
                database.close()

        workers = [threading.Thread(target=work) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

        assert len(taken) == len(set(taken)) == 80
        assert max(taken) - now == timedelta(seconds=60) / 19 * 80


@pytest.mark.django_db
class TestWait:
    @pytest.fixture
    def lease(self, clock):
        return Lease.take("publish:1", owner="me", now=clock())

    def turns(self, clock, **more):
        return Turns(NAME + "/", clock=clock, sleep=lambda seconds: clock.forward(seconds=seconds), **more)

    def test_sleeps_until_its_turn_and_counts(self, clock, settings):
        settings.PLEO_CALLS_A_MINUTE = 60
        turns, began = self.turns(clock), clock()

        for _ in range(64):
            turns.wait()

        assert (clock() - began).total_seconds() == pytest.approx(60 * 60 / 56, abs=0.1)
        assert turns.calls == 64

    def test_keeps_the_lease_alive_and_stops_where_it_is_lost(self, clock, lease):
        turns = self.turns(clock, lease=lease)
        turns.wait()
        Lease.objects.update(owner="another")

        with pytest.raises(LeaseLost):
            turns.wait()

        assert turns.calls == 1

    def test_does_not_sleep_for_minutes(self, clock):
        turns = self.turns(clock)
        turns.wait()
        turns.hold_back(300)

        with pytest.raises(TryLater) as late:
            turns.wait()

        assert 299 <= late.value.after <= 301

    def test_stops_when_the_time_is_up(self, clock):
        with pytest.raises(TimeIsUp):
            self.turns(clock, stop_at=0.0).wait()
