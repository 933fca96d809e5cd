"""Each demand that Pleo's pages make is enforced by the sandbox, by nothing more than its breach, and told by its name."""

from __future__ import annotations

import json

import pytest

from integration.sandbox.pleo.demands import ALL, RECORDS, Demand
from integration.sandbox.pleo.demands.table import REFUSALS, record
from integration.sandbox.pleo.routes import ROUTES
from tests.unit.integration.sandbox.pleo_demand_cases import SAMPLES, SPECIAL, Case, alike, of_form

OPEN = [each for each in ALL if not each.sure]


def broken(demand: Demand) -> Case:
    case = SAMPLES[demand.on].case(demand)
    if demand.id in SPECIAL:
        SPECIAL[demand.id](case)
    elif demand.of_form:
        of_form(case)
    else:
        assert alike(case), f"nothing breaks the demand '{demand.id}' yet: add the change to pleo_demand_cases.py"
    return case


class TestTheTable:
    def test_names_a_source_for_every_row_and_no_row_twice(self):
        assert len({each.id for each in ALL}) == len(ALL) >= 60
        assert [each.id for each in ALL if not each.source] == []

    def test_has_a_row_for_every_refusal(self):
        assert {each.refusal.partition(".")[0] for each in ALL} == set(REFUSALS)

    def test_has_the_rows_of_every_call_that_the_sandbox_answers(self):
        assert {each.record.on for each in ROUTES} == {each.on for each in RECORDS if " /" in each.on}

    def test_breaks_no_demand_that_does_not_stand_in_it(self):
        assert set(SPECIAL) <= {each.id for each in ALL}

    @pytest.mark.parametrize("text", ["name: must exist", "name must exist"])
    def test_cannot_hold_a_row_that_nobody_can_read_or_refuse(self, text):
        with pytest.raises(ValueError, match="name"):
            record("GET /x", "source", text)


class TestAValidCall:
    @pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.on)
    def test_is_taken(self, record):
        answer, refused = SAMPLES[record.on].case(record.demands[0]).send()

        assert (answer.status // 100, refused) == (2, [])


class TestADemand:
    @pytest.mark.parametrize("demand", ALL, ids=lambda demand: demand.id)
    def test_is_what_refuses_its_breach(self, demand: Demand):
        answer, refused = broken(demand).send()

        assert refused == [demand.id]
        status, kind = demand.answer
        assert answer.status == status
        # What is told of in a good answer stands somewhere in it.
        assert kind in answer.body.decode() if status < 300 else json.loads(answer.body)["type"] == kind

    @pytest.mark.parametrize("demand", OPEN, ids=lambda demand: demand.id)
    def test_that_pleo_leaves_open_can_be_relaxed(self, demand: Demand, pleo_answers):
        case = broken(demand)
        case.sandbox.settings.relax(demand.id)

        answer, refused = case.send()

        assert demand.id not in refused
        assert answer.status < 300

    def test_that_is_published_cannot_be_relaxed(self):
        case = SAMPLES["POST /v3/export-jobs"].case(ALL[0])

        with pytest.raises(ValueError, match="leaves open"):
            case.sandbox.settings.relax("POST /v3/export-jobs companyId required")
        with pytest.raises(ValueError, match="nothing"):
            case.sandbox.settings.relax("nothing")
