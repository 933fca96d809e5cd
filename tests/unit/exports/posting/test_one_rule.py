"""Changing one rule changes exactly the golden files one expects."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from exports.posting import kinds
from exports.posting.plan import plan_posting
from integration.intacct.documents import JournalEntry
from integration.pleo.items import parse_item
from tests.unit.exports.posting.golden_cases import CASES, Case


def planned(case: Case):
    return plan_posting(parse_item(json.loads(json.dumps(case.item), parse_float=Decimal)), case.context, case.record)


def of(case: Case) -> tuple[str, str]:
    return case.item["type"], case.item.get("subType") or ""


BEFORE = {case.name: planned(case) for case in CASES}
JOURNALS = [case for case in CASES if isinstance(BEFORE[case.name].principal, JournalEntry)]


@pytest.mark.parametrize("row", sorted({of(case) for case in JOURNALS}), ids="-".join)
def test_the_other_side_turns_round_the_entries_of_that_row_alone(row, monkeypatch):
    rule = kinds.RULES[row]
    monkeypatch.setitem(kinds.RULES, row, replace(rule, side="credit" if rule.side == "debit" else "debit"))

    changed = {case.name for case in CASES if planned(case) != BEFORE[case.name]}

    assert changed == {case.name for case in JOURNALS if of(case) == row}
