"""docs/assumptions.md names real code, and the probes name its rows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from integration.connecting import probe_draft, probes
from tests.named_code import names

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "assumptions.md").read_text()
TABLE = (re.split(r"\s*\|\s*", line.strip("| ")) for line in PAGE.splitlines() if re.match(r"\| [ADP]\d", line))
ROWS = {cells[0]: cells for cells in TABLE}


def places(text):
    """Yield (file, name) for each name that follows a file in backticks."""
    path = None
    for quoted in re.findall(r"`([^`]+)`", text):
        if quoted.endswith(".py"):
            path = quoted
        else:
            yield path, quoted


class TestAssumptions:
    def test_have_all_five_columns(self):
        assert {number for number, cells in ROWS.items() if len(cells) != 5 or not all(cells)} == set()

    def test_count_on_without_a_gap(self):
        for letter in "DPA":
            numbers = [int(number[1:]) for number in ROWS if number[0] == letter]
            assert numbers == list(range(1, len(numbers) + 1))

    @pytest.mark.parametrize("number", ROWS)
    def test_name_code_that_is_there(self, number):
        where = list(places(ROWS[number][3]))

        assert where
        assert [(path, name) for path, name in where if path is None or name not in names(path)] == []

    def test_are_what_the_probes_try(self):
        tried = {probe.id for probe in probes._PROBES} | set(probes._UNTRIED)
        tried |= set(re.findall(r'Seen\("([ADP]\d+)"', Path(probe_draft.__file__).read_text()))

        assert tried <= ROWS.keys()

    def test_are_all_that_the_code_mentions(self):
        mentioned = set()
        for app in ("integration", "referencedata", "exports", "config"):
            for path in (ROOT / app).rglob("*.py"):
                for line in path.read_text().splitlines():
                    if "assumptions.md" in line:
                        mentioned |= set(re.findall(r"\b[ADP]\d+\b", line))

        assert mentioned
        assert mentioned <= ROWS.keys()
