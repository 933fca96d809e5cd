"""Wrong answers about folder, attachments and everything that is looked for, 30 % of the time: nobody is needed.

LOOKUP_SEEDS (default 50) and LOOKUP_FIRST (default 1) choose how many of these small worlds are tried, each with one kind of
wrong answer or with all together in turn; what happened is printed.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from tests.faults import lookups

SEEDS = int(os.environ.get("LOOKUP_SEEDS", "50"))
FIRST = int(os.environ.get("LOOKUP_FIRST", "1"))
SLICES = 4


class TestAThirdOfTheAnswersWrong:
    @pytest.mark.parametrize("part", range(min(SLICES, SEEDS)))
    def test_leaves_every_good_expense_posted_once_with_its_receipts_and_nobody_needed(self, rig, part, capsys):
        did: Counter[str] = Counter()
        for seed in range(FIRST + part, FIRST + SEEDS, SLICES):
            try:
                did += lookups.run(rig, seed, lookups.MODES[seed % len(lookups.MODES)])
            except AssertionError as failed:
                raise AssertionError(f"seed {seed}, {lookups.MODES[seed % len(lookups.MODES)]}: {failed}") from failed
        rig.check()

        with capsys.disabled():
            print(f"\nlook-ups: part {part} of {SEEDS} seeds from {FIRST}, {dict(did)}")
        assert sum(did.values()) > SEEDS // SLICES
