"""What was published to Pleo is found again by the posting rules when an expense comes back with it."""

from __future__ import annotations

import random
import uuid

import pytest

from exports.planning.posting_context import posting_context
from exports.posting.dimensions import line_dimensions
from exports.posting.findings import Findings
from exports.posting.tax import taxed
from integration.pleo.items import parse_item
from integration.sandbox.pleo.call import SIDE
from tests.db.referencedata.publishing_kit import OWN, Rig

pytestmark = pytest.mark.django_db

VALUES = (
    ("DEPARTMENT", "100", "Sales"),
    ("DEPARTMENT", "Ünïcode & <Co>", "R&D"),
    ("PROJECT", "p-1", "Old twin"),
    ("PROJECT", "P-1", "New twin"),
    ("PROJECT", "P 2 ", "With blanks"),
    ("LOCATION", "LDN", "London"),
    ("VENDOR", "V-RAIL", "Northern Rail"),
    (OWN, "Straße 7", ""),
)


PAIRS = {"Named Input": "Called otherwise", "Services Input": "Services Output"}


@pytest.fixture
def rig(clock):
    rig = Rig(clock)
    for dimension, code, name in VALUES:
        rig.value(dimension, code, name)
    rig.value("LOCATION", "NYC", "New York", entity_code="US01")
    rig.value("DEPARTMENT", "400", "Sums up", status="NON_POSTING")
    rig.value("VENDOR", "V-US", "Theirs", owner="US01")
    for code, rate, columns in (
        ("Goods Standard ", "20", {}),
        ("goods standard ", "17.5", {}),
        ("Zero", "0", {}),
        ("Services Input", "20", {"reverse_charge": True}),
        ("Services Output", "-20", {"reverse_charge": True}),
        ("Named Input", "5", {"reverse_charge": True}),
        ("Called otherwise", "-5", {"reverse_charge": True}),
        ("Orphan", "13.5", {"reverse_charge": True}),
    ):
        rig.tax(code, rate, **columns)
    rig.choose("DEPARTMENT", "PROJECT", "LOCATION", "VENDOR", OWN, tax_code_pairs=PAIRS)
    return rig


def item_with(rig, *, tags=(), tax=None):
    """Return a card purchase as Pleo would export it: with the codes as they stand in Pleo's book."""
    money = lambda minor: {side: {"value": minor, "currency": "GBP"} for side in ("inWalletCurrency", "inSupplierCurrency")}  # noqa: E731
    amount = 0
    if tax and tax["type"] == "inclusive":
        amount = round(12_000 - 12_000 / (1 + tax["rate"]))
    elif tax:
        amount = round(12_000 * tax["rate"])
    line = {
        "accountingEntryLineId": str(uuid.uuid4()),
        "account": {"code": "6100", "name": "Travel"},
        "lineAmount": money(12_000),
        "netAmount": money(12_000 - (amount if tax and tax["type"] == "inclusive" else 0)),
        "tags": [{"groupCode": group, "code": code} for group, code in tags],
        "tax": {"code": tax["code"], "rate": str(tax["rate"]), "type": tax["type"], "amount": money(amount)} if tax else None,
    }
    return parse_item(
        {
            "accountingEntryId": str(uuid.uuid4()),
            "companyId": str(rig.configuration.pleo_company_id),
            "type": "card_purchase",
            "date": rig.clock().isoformat(),
            "amount": money(12_000),
            "additionalInformation": {"reconciliationId": "1"},
            "accountingEntryLines": [line],
        }
    )


class TestPublishedTags:
    def test_are_found_again_every_one(self, rig):
        rig.publish()
        tags = [(group, code) for group, codes in rig.tag_book().items() for code in codes]

        found = {}
        for group, code in tags:
            item = item_with(rig, tags=[(group, code)])
            context, findings = posting_context(rig.configuration, [item], rig.clock()), Findings()
            dimensions = line_dimensions(item, item.lines[0], "line 1", "bill", context, findings)
            assert (findings.problems, findings.notes) == ([], []), (group, code)
            found[group, code] = next(each.value for each in dimensions if each.object_name == group)

        assert len(tags) == 7
        assert {code for group, code in tags if group == "PROJECT"} == {"P-1", "P 2 "}
        assert all(value == code for (group, code), value in found.items() if group != OWN)
        assert found[OWN, "Straße 7"].isdigit()

    def test_are_found_in_any_case(self, rig):
        rig.publish()
        item = item_with(rig, tags=[("project", "p-1")])
        context, findings = posting_context(rig.configuration, [item], rig.clock()), Findings()

        dimensions = line_dimensions(item, item.lines[0], "line 1", "journal", context, findings)

        assert findings.problems == []
        assert "P-1" in [each.value for each in dimensions]

    def test_leave_out_what_the_posting_rules_refuse(self, rig):
        rig.publish()

        for group, code in (("LOCATION", "NYC"), ("DEPARTMENT", "400"), ("VENDOR", "V-US")):
            assert code not in rig.tags(group)
            item = item_with(rig, tags=[(group, code)])
            findings = Findings()
            line_dimensions(item, item.lines[0], "line 1", "bill", posting_context(rig.configuration, [item], rig.clock()), findings)
            assert len(findings.problems) == 1


class TestPublishedTaxCodes:
    def taxed(self, rig, tax):
        item = item_with(rig, tax=tax)
        context, findings = posting_context(rig.configuration, [item], rig.clock()), Findings()
        line = taxed(item, item.lines[0], "line 1", on="bill", takes="given", has_receipt=True, context=context, findings=findings)
        return line, [problem.code for problem in findings.problems]

    def test_are_found_again_every_one(self, rig):
        rig.publish()
        codes = [row for row in rig.books.all(SIDE, "tax code") if not row["archived"]]

        details = {}
        for code in codes:
            line, problems = self.taxed(rig, code)
            assert problems == [], code["code"]
            details[code["code"]] = [entry.detail for entry in line.entries]

        assert details == {
            "Goods Standard ": ["Goods Standard "],
            "goods standard ": ["goods standard "],
            "Zero": ["Zero"],
            "Services Input": ["Services Input", "Services Output"],
            "Named Input": ["Named Input", "Called otherwise"],
        }

    def test_leave_out_what_the_posting_rules_refuse(self, rig):
        run = rig.publish()

        _, problems = self.taxed(rig, {"code": "Orphan", "rate": 0.135, "type": "reverse"})

        assert problems == ["tax_code_pair_missing"]
        assert [note["about"] for note in run.notes if note["about"].startswith("Tax code")] == ["Tax code Orphan"]

    @pytest.mark.parametrize("seed", range(20))
    def test_agree_with_the_posting_rules_on_any_set_of_reverse_charges(self, clock, seed):
        chance, rig = random.Random(seed), Rig(clock)
        names = [f"R{number}" for number in range(8)]
        for name in names:
            rig.tax(name, chance.choice(("5", "-5", "20", "-20", "12", "0")), reverse_charge=True)
        rig.tax("R9 Input", "7", reverse_charge=True)
        rig.tax("R9 Output", "-7", reverse_charge=True)
        rig.choose(tax_code_pairs={name: chance.choice(names) for name in chance.sample(names, 4)})

        rig.publish()

        found = {code["code"]: (code["type"], self.taxed(rig, code)[1]) for code in rig.books.all(SIDE, "tax code")}
        assert found.pop("R9 Input") == ("reverse", ["tax_code_pair_unconfirmed"])
        assert all(each == ("reverse", []) for each in found.values()), f"seed {seed}: {found}"
