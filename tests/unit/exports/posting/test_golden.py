"""What is sent, as files an accountant can read: the item beside the XML it becomes.

After a rule was changed on purpose: GOLDEN_UPDATE=1, then look at every difference.
"""

import json
import os
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from exports.posting.context import PostingContext, RecordFacts
from exports.posting.plan import PostingPlan, plan_posting
from integration.intacct import xml
from integration.pleo.items import parse_item
from tests.unit.exports.posting.posting_kit import CONTEXT, REDUCED, STANDARD, ZERO, context, line, raw_item, receipt

GOLDEN = Path(__file__).parents[3] / "golden"
CONTENTS = {"a" * 64: b"%PDF-1.7 a", "b" * 64: b"\x89PNG b"}
INVOICE = {"invoiceNumber": "INV-4711", "invoiceDate": "2026-02-20T00:00:00Z", "dueDate": "2026-03-22T00:00:00Z", "status": "paid"}


@dataclass(frozen=True)
class Case:
    name: str
    item: dict[str, Any]
    context: PostingContext = CONTEXT
    record: RecordFacts = field(default_factory=lambda: RecordFacts(receipts=()))


def hotel(**more: Any) -> dict[str, Any]:
    return raw_item(line(24000, tax=4000), type="out_of_pocket", merchant="Hilton", note="Two nights", employee_code="E-17", **more)


CASES = [
    Case("card_purchase-vat-20", raw_item(line(12000, tax=2000))),
    Case("card_purchase-receipt_vat_wins", raw_item(line(9999, tax=1666))),
    Case(
        "card_purchase-split-mixed_rates",
        raw_item(
            line(9600, "6300", tax=1600, tags={"DEPARTMENT": "200"}),
            line(4200, "6400", tax=200, code=REDUCED, rate="0.05", tags={"DEPARTMENT": "300"}),
            line(1200, "6500", tax=0, code=ZERO, rate="0"),
            merchant="Costco",
            note="Away day",
        ),
    ),
    Case("card_purchase-no_tax", raw_item(line(12000))),
    Case("card_purchase-default_code-zero_rate", raw_item(line(12000)), context(default_tax_code=ZERO)),
    Case(
        "card_purchase-default_code-splits_gross",
        raw_item(line(1000)),
        context(default_tax_code=STANDARD, default_tax_splits_gross=True),
        RecordFacts(receipts=(receipt(),)),
    ),
    Case("card_purchase-entity_without_tax", raw_item(line(12000, tax=2000)), context(tax_solution="")),
    Case("card_purchase-supplier_currency", raw_item(line(7940), supplier_amount=("USD", 10000))),
    Case("card_purchase-wallet_eur", raw_item(line(11900, currency="EUR"), currency="EUR")),
    Case(
        "card_purchase-wallet_eur-split",
        raw_item(*(line(minor, currency="EUR") for minor in (3333, 3333, 5234)), currency="EUR"),
    ),
    Case("card_purchase-wallet_jpy", raw_item(line(1000, currency="JPY"), currency="JPY")),
    Case("card_purchase-discount", raw_item(line(12000, tax=2000), line(-2400, "6200", tax=-400))),
    Case("card_purchase-total_zero", raw_item(line(1000, tags={"DEPARTMENT": "200"}), line(-1000, tags={"DEPARTMENT": "300"}))),
    Case(
        "card_purchase-dimensions",
        raw_item(line(12000, tax=2000, tags={"location": "london", "project": "P-1", "cost_centre": "events", "vendor": "v-100"})),
    ),
    Case(
        "card_purchase-offset_per_line",
        raw_item(line(10000, tags={"DEPARTMENT": "200"}), line(2000, "6200", tags={"DEPARTMENT": "300"})),
        context(offset_per_line=True),
    ),
    Case("card_purchase-two_receipts", raw_item(), record=RecordFacts(receipts=(receipt(1, "a"), receipt(2, "b", "png")))),
    Case("card_purchase-moved_date", raw_item(), context(open_from=date(2026, 4, 1), closed_period="first_open_day")),
    Case("card_purchase-draft", raw_item(), context(draft=True)),
    Case(
        "card_purchase-hostile_texts",
        raw_item(
            line(100, name="]]> <b>"),
            merchant="\x00Café ☕️ & Söhne <Ltd>",
            note="\ud800" + "long note " * 400,
            employee="\u202eevil",
            attendees=["Grace", "  "],
            book_id="BOOK-" + "9" * 40,
        ),
    ),
    Case("card_invoice-vat-20", raw_item(line(120000, "6200", tax=20000), type="card_invoice", invoice=INVOICE)),
    Case("fee", raw_item(line(500, "7900"), type="fee", merchant="Pleo", note="Subscription", employee=None)),
    Case(
        "fee-interest-vat", raw_item(line(1200, "7900", tax=200), type="fee", sub_type="interest", merchant=None, note=None, employee=None)
    ),
    Case("out_of_pocket-vat-20", hotel()),
    Case(
        "out_of_pocket-own_vat_vendor-unknown_employee",
        {**hotel(), "user": {"id": "u", "name": "Ada Byron", "code": "E-99"}},
        context(reimbursements=replace(CONTEXT.reimbursements, vat_vendor="V-200")),
    ),
    Case("out_of_pocket-wallet_eur", raw_item(line(4500, currency="EUR"), type="out_of_pocket", currency="EUR", employee_code="E-17")),
]


def canonical(planned: PostingPlan) -> str:
    """The functions in sending order, indented, one element a line."""
    root = etree.Element("functions")
    for document in planned.documents:
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

        assert text == golden(f"{case.name}.json", text)

    def test_hold_what_is_sent_for_it(self, case):
        item = parse_item(json.loads(json.dumps(case.item), parse_float=Decimal))

        text = canonical(plan_posting(item, case.context, case.record))

        assert text == golden(f"{case.name}.xml", text)


class TestGoldenFolder:
    def test_holds_nothing_that_no_case_makes(self):
        ours = {f"{case.name}.{ending}" for case in CASES for ending in ("json", "xml")}

        assert {path.name for path in GOLDEN.glob("*.json")} | {path.name for path in GOLDEN.glob("*.xml")} == ours
