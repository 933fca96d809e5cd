"""Items nobody thought of: the plan names its problems, or is right to the minor unit and reads back the same."""

from collections import Counter
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.exports.posting.campaign import run
from tests.unit.exports.posting.checks import judge
from tests.unit.exports.posting.generator import make


class TestGeneratedItems:
    @settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(st.randoms(use_true_random=False))
    def test_are_posted_to_the_minor_unit_or_name_their_problems(self, chance):
        judge(*make(chance))

    def test_are_so_ten_thousand_times_over(self):
        came_of_it = run(Random(2026), items=10_000)

        # Both ends are well tried, whatever the generator becomes.
        assert sum(came_of_it.values()) == 10_000
        assert came_of_it["posted"] > 3_000
        assert came_of_it["refused"] > 2_000

    def test_are_the_same_for_the_same_seed(self):
        assert [make(Random(7))[0] for _ in range(2)] == [make(Random(7))[0]] * 2

    def test_reach_every_form(self):
        counts = Counter(make(Random(number))[0]["type"] for number in range(500))

        assert len(counts) > 16
