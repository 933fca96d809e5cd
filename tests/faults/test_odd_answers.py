"""Answers of Sage Intacct that are mutated while expenses are delivered: nothing stops but what they are about, and when the answers are
good again every expense ends with a status, and a sentence where it needs somebody."""

from __future__ import annotations

from random import Random

import pytest
from structlog.testing import capture_logs

from exports.models import ExportRecord
from integration.models import Connection
from integration.sandbox.http import Answer
from integration.sandbox.world import ENTRIES
from tests.odd import LONG, RUNS, SEED, mutated_xml

GOOD = [entry.label for entry in ENTRIES["UK"] if not entry.problem and not entry.skipped]
AT_A_TIME = 3
ROUNDS = 4


class Meddler:
    """Mutates most answers that have a result, while it is on. meddled: how many."""

    def __init__(self, sandbox, chance: Random) -> None:
        self.on, self.meddled, self._chance, self._answered = False, 0, chance, sandbox.handle
        sandbox.handle = self.handle

    def handle(self, request, now):
        answer = self._answered(request, now)
        if not self.on or b"<result>" not in answer.body or self._chance.random() < 0.4:
            return answer
        self.meddled += 1
        return Answer(answer.status, mutated_xml(answer.body, self._chance, within="result"), answer.content_type)


@pytest.mark.parametrize("number", range(max(1, RUNS // 500)))
class TestOddAnswersToADelivery:
    def test_stop_nothing_but_what_they_are_about(self, rig, number):
        chance = Random(f"{SEED}.{number}")
        meddler, labels = Meddler(rig.sandbox, chance), chance.sample(GOOD, 24 if LONG else 12)
        for first in range(0, len(labels), AT_A_TIME):
            rig.offer(*labels[first : first + AT_A_TIME])
            meddler.on = True
            with capture_logs() as logged:
                for _ in range(ROUNDS):
                    rig.run()
                    rig.forward(30)
            meddler.on = False
            assert [row for row in logged if row.get("exc_info") or row["event"] == "step_stopped"] == [], f"{number} of seed {SEED}"
            Connection.objects.update(closed_at=None, closed_reason="")
            rig.settle(step=600, at_most=100)
        for _ in range(2):  # a state that was told wrongly is read again within the hour
            rig.forward(2 * 3600)
            rig.run()

        records = list(ExportRecord.objects.all())
        assert len(records) == len(labels) and meddler.meddled > 5
        for record in records:
            assert record.status in ("POSTED", "NEEDS_FIX", "REVIEW", "SKIPPED"), rig.stories(record)
            assert record.status == "POSTED" or len(record.first_problem.split()) > 5, rig.stories(record)
        assert sum(record.status == "POSTED" for record in records) > len(labels) / 2
