"""What is sent, as files an accountant can read: the item beside the XML it becomes.

After a rule was changed on purpose: GOLDEN_UPDATE=1, then look at every difference.
"""

import json
import os
from dataclasses import replace

import pytest

from exports.posting.plan import plan_posting
from tests.unit.exports.posting.golden_cases import BY_METHOD, CASES, every_way
from tests.unit.exports.posting.golden_files import GOLDEN, item_of, rendered
from tests.unit.exports.posting.posting_kit import PAYABLES


def golden(name: str, text: str) -> str:
    path = GOLDEN / name
    if os.environ.get("GOLDEN_UPDATE"):
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
class TestGoldenFiles:
    def test_hold_the_item(self, case):
        # ASCII, so that a control character in an item can be seen.
        text = json.dumps(case.item, indent=2) + "\n"

        assert text == golden(f"{case.item_file}.json", text)

    def test_hold_what_is_sent_for_it(self, case):
        text = rendered(case)

        assert text == golden(f"{case.name}.xml", text)


class TestMethod:
    @pytest.mark.parametrize("case", [each for each in every_way() if each.item["type"] not in BY_METHOD], ids=lambda case: case.name)
    def test_changes_nothing_for_the_other_kinds(self, case):
        item = item_of(case)

        assert plan_posting(item, replace(PAYABLES), case.record) == plan_posting(item, case.context, case.record)


class TestGoldenFolder:
    def test_holds_nothing_that_no_case_makes(self):
        ours = {f"{case.name}.xml" for case in CASES} | {f"{case.item_file}.json" for case in CASES}

        assert {path.name for path in GOLDEN.glob("*.json")} | {path.name for path in GOLDEN.glob("*.xml")} == ours
