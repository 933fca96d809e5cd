"""Each demand that a published page makes is enforced by the sandbox, and by nothing more than its breach."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from integration.sandbox.demands import page
from integration.sandbox.intacct.demands import ALL, RECORDS, Demand
from integration.sandbox.intacct.refusals import NAMES
from tests.contracts import section
from tests.unit.integration.sandbox.demand_cases import SAMPLES, SPECIAL, alike, of_form

DOCUMENT = Path(__file__).parents[4] / "docs" / "demands.md"
# Not demands of a request: what was undone beside another failure, what answers to load or trouble, what sums up, and the
# rules that a company has written itself.
NO_DEMANDS = {
    "rolled_back", "throttled", "offline", "unjudged", "could_not_create", "could_not_update", "could_not_reverse", "element_form",
    "missing_record", "not_readable", "not_updatable", "smart_rule",
}  # fmt: skip


class TestTheTable:
    def test_names_a_source_for_every_row_and_no_row_twice(self):
        assert len({each.id for each in ALL}) == len(ALL) >= 150
        assert [each.id for each in ALL if not each.source] == []

    def test_has_a_row_for_every_refusal_and_a_refusal_for_every_row(self):
        assert {each.refusal for each in ALL} == NAMES - NO_DEMANDS

    def test_breaks_no_demand_that_does_not_stand_in_it(self):
        assert set(SPECIAL) <= {each.id for each in ALL}

    def test_is_the_page_of_the_documentation(self):
        assert DOCUMENT.read_text() == page(), "write it anew: python -m integration.sandbox.demands > docs/demands.md"

    @pytest.mark.parametrize("number", ["5.1", "5.2", "5.3", "5.5"])
    def test_knows_every_element_that_the_reference_names_in_its_tables(self, number):
        text = section("intacct/05-writes.md", number)
        cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("|")]
        named = {name for cell in cells for name in re.findall(r"\b(?:[A-Z][A-Z0-9_]{4,}|supdoc\w+|attachment\w+)\b", cell)}
        known = {name for each in RECORDS for name in (each.on, *each.elements)}

        # GLDIM… is a company's own; TAXENTRY stands in the table under the line it belongs to.
        assert named - known <= {"GLDIM", "TAXENTRY", "supdocfolder"}


class TestAValidRequest:
    @pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.on)
    def test_is_taken(self, record):
        assert SAMPLES[record.on].case(record.demands[0]).send() == []


class TestADemand:
    @pytest.mark.parametrize("demand", ALL, ids=lambda demand: demand.id)
    def test_is_what_refuses_its_breach(self, demand: Demand):
        case = SAMPLES[demand.on].case(demand)
        if demand.id in SPECIAL:
            SPECIAL[demand.id](case)
        elif demand.of_form:
            of_form(case)
        else:
            assert alike(case), f"nothing breaks the demand '{demand.id}' yet: add the change to demand_cases.py"

        refused = case.send()

        assert demand.refusal in refused
