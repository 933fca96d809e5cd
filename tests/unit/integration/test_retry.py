from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.retry import LONGEST_WAIT, LOOKS, next_look, next_try

NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
TWENTY_MINUTES = timedelta(minutes=20)


def seconds(moment):
    return (moment - NOW).total_seconds()


class TestNextTry:
    # With chance 1 the wait is the ceiling: 10 seconds after the first try, doubling up to 15 minutes.
    @pytest.mark.parametrize(("tries", "wait"), [(1, 10), (2, 20), (3, 40), (7, 640), (8, 900), (9, 900), (500, 900)])
    def test_doubles_up_to_fifteen_minutes(self, tries, wait):
        assert seconds(next_try(NOW, tries=tries, chance=1.0)) == wait

    def test_jitters_over_the_whole_wait(self):
        assert seconds(next_try(NOW, tries=8, chance=0.5)) == 450

    def test_waits_a_second_at_least(self):
        assert seconds(next_try(NOW, tries=1, chance=0.0)) == 1

    def test_waits_as_long_as_it_is_asked_to(self):
        assert seconds(next_try(NOW, tries=1, chance=0.1, after=75)) == 75

    def test_does_not_hurry_because_it_is_asked_for_less(self):
        assert seconds(next_try(NOW, tries=8, chance=1.0, after=2)) == 900

    @given(tries=st.integers(1, 10_000), chance=st.floats(0, 1))
    def test_lies_ahead_and_within_the_longest_wait(self, tries, chance):
        assert 1 <= seconds(next_try(NOW, tries=tries, chance=chance)) <= LONGEST_WAIT


class TestNextLook:
    @pytest.mark.parametrize(("looks", "minutes"), [(0, 1), (1, 3), (2, 7)])
    def test_looks_at_one_three_and_seven_minutes(self, looks, minutes):
        assert next_look(NOW, NOW, looks=looks, horizon=TWENTY_MINUTES) == NOW + timedelta(minutes=minutes)

    @pytest.mark.parametrize("looks", [3, 4, 40])
    def test_looks_last_just_behind_the_horizon(self, looks):
        assert next_look(NOW, NOW, looks=looks, horizon=TWENTY_MINUTES) == NOW + TWENTY_MINUTES + timedelta(seconds=1)

    def test_keeps_the_proportion_to_another_horizon(self):
        assert next_look(NOW, NOW, looks=1, horizon=timedelta(seconds=20)) == NOW + timedelta(seconds=3)

    @pytest.mark.parametrize("looks", range(len(LOOKS) + 2))
    def test_never_lies_in_the_past(self, looks):
        later = NOW + timedelta(hours=5)

        assert next_look(NOW, later, looks=looks, horizon=TWENTY_MINUTES) > later

    @given(looks=st.integers(0, 50), horizon=st.integers(1, 86_400))
    def test_reaches_behind_the_horizon_in_few_looks(self, looks, horizon):
        horizon = timedelta(seconds=horizon)
        now = NOW
        for number in range(len(LOOKS)):
            now = next_look(NOW, now, looks=number, horizon=horizon)

        assert now > NOW + horizon
