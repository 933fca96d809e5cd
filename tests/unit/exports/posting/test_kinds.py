"""The table of kinds, row by row, as an accountant reads it."""

from dataclasses import replace

import pytest

from exports.posting.kinds import RULES
from tests.unit.exports.posting.posting_kit import (
    CONTEXT,
    PAYABLES,
    carried,
    codes,
    context,
    entry,
    facts,
    item,
    line,
    plan,
    rows,
    sentences,
)

E = "6100"
W, O, R, C = "1050", "2050", "2060", "1099"  # noqa: E741
TO = "reimbursement_to_employee"

# kind, sub type, sign Pleo gives it, debit, credit, journal
ROWS = [
    ("card_purchase", None, 1, E, W, "PLEO"),
    ("card_purchase", "in_store", 1, E, W, "PLEO"),
    ("card_purchase", "online", 1, E, W, "PLEO"),
    ("card_invoice", None, 1, E, W, "PLEO"),
    ("fee", None, 1, E, W, "PLEO"),
    ("fee", "fee", 1, E, W, "PLEO"),
    ("fee", "interest", 1, E, W, "PLEO"),
    ("fee", "pleo_invoice", 1, E, W, "PLEO"),
    ("fee", "pleo_invoice_refund", -1, W, E, "PLEO"),
    ("refund", None, -1, W, E, "PLEO"),
    ("refund", "online", -1, W, E, "PLEO"),
    ("chargeback", None, -1, W, E, "PLEO"),
    ("cashback", None, -1, W, E, "PLEO"),
    ("out_of_pocket", None, 1, E, O, "PLRE"),
    ("mileage", None, 1, E, O, "PLRE"),
    ("per_diem", None, 1, E, O, "PLRE"),
    ("direct_reimbursement", None, 1, O, W, "PLRE"),
    ("direct_reimbursement", TO, 1, O, W, "PLRE"),
    ("direct_reimbursement", f"{TO}_refund", -1, W, O, "PLRE"),
    ("direct_reimbursement", "reimbursement_to_company", -1, W, O, "PLRE"),
    ("external_reimbursement", None, 1, O, R, "PLRE"),
    ("external_reimbursement", TO, 1, O, R, "PLRE"),
    ("atm_withdrawal", None, 1, O, W, "PLEO"),
    ("atm_withdrawal", "atm", 1, O, W, "PLEO"),
    ("atm_withdrawal", "withdrawal", 1, O, W, "PLEO"),
    ("personal_spend", None, 1, O, W, "PLEO"),
    ("wallet_topup", None, -1, W, C, "PLEO"),
    ("wallet_topup", "load", -1, W, C, "PLEO"),
    ("wallet_unload", None, 1, C, W, "PLEO"),
    ("wallet_unload", "unload", 1, C, W, "PLEO"),
]


def sides(of):
    return {side: account for side, account, *_ in rows(of)}


class TestKinds:
    @pytest.mark.parametrize(("kind", "sub_type", "sign", "debit", "credit", "journal"), ROWS)
    def test_go_the_way_of_their_row(self, kind, sub_type, sign, debit, credit, journal):
        posted = entry(item(line(sign * 1000), type=kind, sub_type=sub_type))

        assert sides(posted) == {"Dr": debit, "Cr": credit}
        assert {each.amount.minor for each in posted.lines} == {1000}
        assert posted.journal == journal

    @pytest.mark.parametrize(("kind", "sub_type", "sign", "debit", "credit", "journal"), ROWS)
    def test_go_the_same_way_by_both_methods_unless_they_are_purchases(self, kind, sub_type, sign, debit, credit, journal):
        of = item(
            line(sign * 1000), type=kind, sub_type=sub_type, invoice={"invoiceNumber": "1", "invoiceDate": "2026-03-01", "status": ""}
        )

        posted = plan(of, PAYABLES).principal

        if kind.startswith("card_"):
            assert posted.kind == "bill"
        else:
            assert sides(posted) == {"Dr": debit, "Cr": credit}

    @pytest.mark.parametrize(("kind", "sub_type", "sign", "debit", "credit", "journal"), ROWS)
    def test_of_the_other_sign_go_their_way_once_that_is_confirmed(self, kind, sub_type, sign, debit, credit, journal):
        """Where Pleo documents the sign it is money that went the other way; else Pleo's way of writing this kind."""
        posted = entry(
            item(line(-sign * 1000), type=kind, sub_type=sub_type),
            context(confirmed_directions={(kind, sub_type or "", -sign)}),
        )

        other_way = RULES[kind, sub_type or ""].sign_sure
        assert sides(posted) == ({"Dr": credit, "Cr": debit} if other_way else {"Dr": debit, "Cr": credit})

    def test_that_are_confirmed_for_one_sub_type_are_not_for_another(self):
        within = context(confirmed_directions={("refund", "", 1)})

        assert codes(item(line(100), type="refund"), within) == []
        assert codes(item(line(100), type="refund", sub_type="online"), within) == ["sign_unexpected"]

    def test_show_both_readings_of_an_unexpected_sign(self):
        refund, purchase = (sentences(item(line(minor), type=kind))[0] for kind, minor in (("refund", 100), ("card_purchase", -100)))

        usual = "Pleo writes this kind so (debit the Pleo balance, credit the expense's account)"
        assert f"Either {usual}, or the money went the other way (debit the expense's account, credit the Pleo balance)." in refund
        assert "Confirm here that it is the first" in refund
        assert "Confirm here that it is the second (debit the Pleo balance, credit the expense's account)" in purchase

    def test_of_what_employees_owe_stand_on_an_account_of_its_own_where_there_is_one(self):
        within = context(reimbursements=replace(CONTEXT.reimbursements, employee_receivable_account="2055"))

        assert sides(entry(item(line(100, None), type="atm_withdrawal"), within)) == {"Dr": "2055", "Cr": W}
        back = item(line(-100, None), type="direct_reimbursement", sub_type="reimbursement_to_company")
        assert sides(entry(back, within)) == {"Dr": W, "Cr": "2055"}
        assert sides(entry(item(line(100, None), type="direct_reimbursement"), within)) == {"Dr": O, "Cr": W}

    @pytest.mark.parametrize("kind", ["direct_reimbursement", "external_reimbursement", "atm_withdrawal", "personal_spend"])
    def test_of_employees_name_the_employee_on_their_account_only(self, kind):
        posted = entry(item(line(100, None), type=kind, employee_code="E-17"))

        assert [carried(posted, number).get("EMPLOYEEID") for number in (0, 1)] == ["E-17", None]

    @pytest.mark.parametrize("kind", ["external_reimbursement", "wallet_topup", "wallet_unload"])
    def test_without_their_account_name_the_setting(self, kind):
        within = context(reimbursements=replace(CONTEXT.reimbursements, external_reimbursement_account=""), wallet_transfer_account="")

        found = sentences(item(line(100 * RULES[kind, ""].sign, None), type=kind), within)

        assert len(found) == 1
        assert "Entity configurations › UK01 ›" in found[0]

    def test_that_move_money_to_the_same_account_are_a_problem(self):
        within = context(reimbursements=replace(CONTEXT.reimbursements, external_reimbursement_account="2050"))

        assert codes(item(line(100, None), type="external_reimbursement"), within) == ["accounts_equal"]

    def test_that_need_no_expense_account_do_not_look_at_it(self):
        assert codes(item(line(100, "no such account", tags={"DEPARTMENT": "900"}), type="personal_spend")) == []

    def test_on_accounts_of_the_configuration_carry_tags_only_where_they_are_mirrored(self):
        of = item(line(100, None, tags={"DEPARTMENT": "200"}), type="atm_withdrawal")

        assert "DEPARTMENT" not in carried(entry(of), 0)
        assert [carried(entry(of, context(offset_per_line=True)), number)["DEPARTMENT"] for number in (0, 1)] == ["200", "200"]

    @pytest.mark.parametrize("kind", ["cashback", "atm_withdrawal", "personal_spend", "direct_reimbursement", "wallet_topup"])
    def test_without_tax_leave_pleos_out_with_a_note(self, kind):
        sign = RULES[kind, ""].sign

        planned = plan(item(line(sign * 12000, tax=sign * 2000), type=kind))

        assert planned.principal.tax_total().minor == 0
        assert any("was left out, because this kind of entry has none" in note for note in planned.notes)
        assert planned.beyond.became_cost * 100 == sign * 2000

    @pytest.mark.parametrize(("kind", "found"), [("refund", "V-PLEO"), ("chargeback", "V-PLEO"), ("cashback", None), ("fee", None)])
    def test_of_a_supplier_name_the_vendor_under_payables(self, kind, found):
        of = item(line(RULES[kind, ""].sign * 100), type=kind)

        assert carried(entry(of, PAYABLES), 0).get("VENDORID") == found
        assert "VENDORID" not in carried(entry(of), 0)

    def test_of_a_supplier_keep_the_vendor_of_each_line(self):
        posted = entry(
            item(line(-100, tags={"VENDOR": "V-100"}), line(-100, tags={"VENDOR": "V-200"}), line(-100), type="refund"), PAYABLES
        )

        assert [carried(posted, number).get("VENDORID") for number in (0, 1, 2)] == ["V-100", "V-200", None]

    def test_of_refunds_mirror_the_tax(self):
        posted = entry(item(line(-4800, tax=-800), type="refund"))

        assert rows(posted) == [("Cr", E, "40.00", "8.00"), ("Dr", W, "48.00", "")]
        assert str(posted.tax_total()) == "GBP -8.00"

    @pytest.mark.parametrize(("kind", "without"), [("refund", False), ("mileage", False), ("wallet_topup", False), ("out_of_pocket", True)])
    def test_are_listed_without_a_receipt_only_where_they_are_purchases(self, kind, without):
        planned = plan(item(line(100 * RULES[kind, ""].sign), type=kind), CONTEXT, facts())

        assert planned.without_receipt == without
