"""What is sent, as files an accountant can read: the item beside the XML it becomes.

After a rule was changed on purpose: GOLDEN_UPDATE=1, then look at every difference.
"""

import json
import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from exports.posting.plan import PostingPlan, plan_posting
from integration.intacct import xml
from integration.intacct.documents import Bill, Payment
from integration.pleo.items import parse_item
from tests.unit.exports.posting.golden_cases import BY_METHOD, CASES, every_way
from tests.unit.exports.posting.posting_kit import PAYABLES

GOLDEN = Path(__file__).parents[3] / "golden"
CONTENTS = {"a" * 64: b"%PDF-1.7 a", "b" * 64: b"\x89PNG b"}


def canonical(planned: PostingPlan) -> str:
    """The functions in sending order, indented, one element a line. A bill of ours gets the record number 4711 from Intacct."""
    root = etree.Element("functions")
    for document in planned.documents:
        if isinstance(document, Payment) and isinstance(planned.principal, Bill):
            document = document.of_bill("4711", posted_on=planned.principal.posting_date)
        root.append(etree.fromstring(xml.function(document, CONTENTS)))
    etree.indent(root)
    return etree.tostring(root, encoding="unicode") + "\n"


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
        item = parse_item(json.loads(json.dumps(case.item), parse_float=Decimal))

        text = canonical(plan_posting(item, case.context, case.record))

        assert text == golden(f"{case.name}.xml", text)


class TestMethod:
    @pytest.mark.parametrize("case", [each for each in every_way() if each.item["type"] not in BY_METHOD], ids=lambda case: case.name)
    def test_changes_nothing_for_the_other_kinds(self, case):
        item = parse_item(json.loads(json.dumps(case.item), parse_float=Decimal))

        assert plan_posting(item, replace(PAYABLES), case.record) == plan_posting(item, case.context, case.record)


class TestGoldenFolder:
    def test_holds_nothing_that_no_case_makes(self):
        ours = {f"{case.name}.xml" for case in CASES} | {f"{case.item_file}.json" for case in CASES}

        assert {path.name for path in GOLDEN.glob("*.json")} | {path.name for path in GOLDEN.glob("*.xml")} == ours
