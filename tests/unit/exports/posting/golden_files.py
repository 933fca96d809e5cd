"""The golden files on disk, and what the rules make of a case now."""

import json
from decimal import Decimal
from pathlib import Path

from lxml import etree

from exports.posting.plan import PostingPlan, plan_posting
from integration.intacct import xml
from integration.intacct.documents import Bill, Payment
from integration.pleo.items import ExportItem, parse_item
from tests.unit.exports.posting.golden_cases import Case

GOLDEN = Path(__file__).parents[3] / "golden"
CONTENTS = {"a" * 64: b"%PDF-1.7 a", "b" * 64: b"\x89PNG b"}


def item_of(case: Case) -> ExportItem:
    return parse_item(json.loads(json.dumps(case.item), parse_float=Decimal))


def rendered(case: Case) -> str:
    """What is sent for a case, as its golden file holds it."""
    return canonical(plan_posting(item_of(case), case.context, case.record))


def canonical(planned: PostingPlan) -> str:
    """The functions in sending order, indented, one element a line. A bill of ours gets the record number 4711 from Intacct."""
    root = etree.Element("functions")
    for document in planned.documents:
        if isinstance(document, Payment) and isinstance(planned.principal, Bill):
            document = document.of_bill("4711", posted_on=planned.principal.posting_date)
        root.append(etree.fromstring(xml.function(document, CONTENTS)))
    etree.indent(root)
    return etree.tostring(root, encoding="unicode") + "\n"
