from dataclasses import replace

import pytest

from tests.unit.exports.posting.posting_kit import CONTEXT, carried, codes, context, entry, item, line, plan, sentences

NO_DEFAULT = context(card=replace(CONTEXT.card, default_vendor=""))
OWN = context(reimbursements=replace(CONTEXT.reimbursements, vat_vendor="V-200"))


def taxed(**more):
    return line(12000, tax=2000, **more)


def vendor(code=None, external_id=None):
    return {"id": "v", "name": "Trainline", "code": code, "externalId": external_id}


class TestVatVendor:
    def test_is_the_vendor_tag(self):
        posted = entry(item(taxed(tags={"vendor": "v-100"}), vendor=vendor("V-200")))

        assert posted.vat_vendor == "V-100"
        assert carried(posted, 0)["VENDORID"] == "V-100"

    def test_is_the_vendor_tag_of_the_lines_that_have_one(self):
        assert entry(item(taxed(tags={"VENDOR": "V-100"}), taxed())).vat_vendor == "V-100"

    def test_is_not_a_tag_where_the_lines_disagree(self):
        planned = plan(item(taxed(tags={"VENDOR": "V-100"}), taxed(tags={"VENDOR": "V-200"})))

        assert planned.principal.vat_vendor == "V-PLEO"
        assert any("several vendors" in note for note in planned.notes)

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            (vendor("V-100", "V-200"), "V-100"),
            (vendor("nobody", "V-200"), "V-200"),
            (vendor(None, "V-200"), "V-200"),
            (vendor(), "V-PLEO"),
        ],
    )
    def test_is_pleos_vendor_by_code_then_external_id(self, given, expected):
        assert entry(item(taxed(), vendor=given)).vat_vendor == expected

    @pytest.mark.parametrize(("code", "expected"), [("V-100", "V-100"), ("5411", "V-PLEO")])
    def test_is_the_supplier_only_where_its_code_is_a_vendor(self, code, expected):
        assert entry(item(taxed(), supplier_code=code)).vat_vendor == expected

    @pytest.mark.parametrize(
        ("kind", "within", "expected"),
        [
            ("card_purchase", CONTEXT, "V-PLEO"),
            ("card_purchase", OWN, "V-PLEO"),
            ("out_of_pocket", CONTEXT, "V-PLEO"),
            ("out_of_pocket", OWN, "V-200"),
        ],
    )
    def test_is_else_the_default(self, kind, within, expected):
        assert entry(item(taxed(), type=kind), within).vat_vendor == expected

    def test_is_missing_where_there_is_none_at_all(self):
        found = sentences(item(taxed()), NO_DEFAULT)

        assert len(found) == 1
        assert "Entity configurations › UK01 › Card expenses › Default vendor" in found[0]

    def test_is_not_needed_without_tax(self):
        assert entry(item(line(100)), NO_DEFAULT).vat_vendor == ""

    @pytest.mark.parametrize(
        ("code", "found"),
        [("nobody", "vendor_unknown"), ("V-OLD", "vendor_inactive"), ("V-HOLD", "vendor_on_hold"), ("V-FR", "vendor_other_entity")],
    )
    def test_must_be_usable(self, code, found):
        assert codes(item(taxed(), vendor=vendor(code))) == [found]
        assert codes(item(taxed()), context(card=replace(CONTEXT.card, default_vendor=code))) == [found]
        assert code in sentences(item(taxed(), vendor=vendor(code)))[0]

    def test_must_not_be_on_hold_as_a_tag_either(self):
        assert codes(item(taxed(tags={"VENDOR": "V-HOLD"}))) == ["vendor_on_hold"]
