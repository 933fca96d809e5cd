"""docs/field-cases.md names tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "field-cases.md").read_text()
ROWS = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in PAGE.splitlines() if re.match(r"\| \d", line)]


@cache
def defined_in(path):
    """Return every test a file defines, with its class before it."""
    found = set()
    for node in ast.parse((ROOT / path).read_text()).body:
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = (node.name,) if isinstance(node, ast.ClassDef) else ()
        found |= {(*prefix, each.name) for each in inside if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")}
    return found


class TestFieldCases:
    def test_are_forty_at_least_and_counted_without_a_gap(self):
        assert [row[0] for row in ROWS] == [str(number) for number in range(1, len(ROWS) + 1)]
        assert len(ROWS) >= 40

    def test_have_all_six_columns(self):
        assert [row[0] for row in ROWS if len(row) != 6 or not all(row[:5]) or row[5] not in ("", "yes")] == []

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
    def test_name_a_test_that_is_there(self, row):
        path, *name = row[4].strip("`").split("::")

        assert tuple(name) in defined_in(path)
