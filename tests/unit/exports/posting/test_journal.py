from dataclasses import replace
from datetime import date

import pytest

from exports.posting.context import Account
from tests.unit.exports.posting.posting_kit import (
    CONTEXT,
    REDUCED,
    ZERO,
    carried,
    codes,
    context,
    entry,
    item,
    line,
    plan,
    rows,
    sentences,
)


class TestWorkedExamples:
    """The numbers of docs/reference/posting-examples.md, section 1.5, one by one."""

    def test_1_a_purchase_with_vat(self):
        posted = entry(item(line(12000, "6100", tax=2000)))

        assert rows(posted) == [("Dr", "6100", "100.00", "20.00"), ("Cr", "1050", "120.00", "")]
        assert (posted.journal, posted.vat_vendor, posted.entity) == ("PLEO", "V-PLEO", "UK01")

    def test_2_a_split_at_mixed_rates(self):
        lines = line(9600, "6300", tax=1600), line(4200, "6400", tax=200, code=REDUCED), line(1200, "6500", tax=0, code=ZERO)

        posted = entry(item(*lines))

        assert rows(posted) == [
            ("Dr", "6300", "80.00", "16.00"),
            ("Dr", "6400", "40.00", "2.00"),
            ("Dr", "6500", "12.00", "0.00"),
            ("Cr", "1050", "150.00", ""),
        ]
        assert str(posted.tax_total()) == "GBP 18.00"

    def test_4a_a_supplier_in_another_currency(self):
        posted = entry(item(line(7940), supplier_amount=("USD", 10000)))

        assert rows(posted) == [("Dr", "6100", "79.40", ""), ("Cr", "1050", "79.40", "")]
        assert {each.amount.currency for each in posted.lines} == {"GBP"}
        assert all("USD 100.00" in each.description for each in posted.lines)

    def test_4b_a_wallet_in_another_currency(self):
        posted = entry(item(line(11900, currency="EUR"), currency="EUR"))

        assert rows(posted) == [("Dr", "6100", "119.00", ""), ("Cr", "1051", "119.00", "")]
        assert {(each.exchange_rate.on_date, each.exchange_rate.rate_type) for each in posted.lines} == {
            (date(2026, 3, 9), "Intacct Daily Rate")
        }

    def test_4c_a_split_wallet_in_another_currency(self):
        parts = [line(minor, currency="EUR") for minor in (3333, 3333, 5234)]

        posted = entry(item(*parts, currency="EUR"))

        assert rows(posted)[3:] == [("Cr", "1051", "33.33", ""), ("Cr", "1051", "33.33", ""), ("Cr", "1051", "52.34", "")]

    def test_6_an_out_of_pocket_hotel(self):
        posted = entry(item(line(24000, "6100", tax=4000), type="out_of_pocket", employee_code="E-17"))

        assert rows(posted) == [("Dr", "6100", "200.00", "40.00"), ("Cr", "2050", "240.00", "")]
        assert posted.journal == "PLRE"
        assert carried(posted, 1) == {"LOCATION": "UK01", "EMPLOYEEID": "E-17"}
        assert "EMPLOYEEID" not in carried(posted, 0)


class TestLines:
    def test_of_a_discount_stand_on_the_other_side(self):
        posted = entry(item(line(12000, tax=2000), line(-2400, "6200", tax=-400)))

        assert rows(posted) == [
            ("Dr", "6100", "100.00", "20.00"),
            ("Cr", "6200", "20.00", "4.00"),
            ("Cr", "1050", "96.00", ""),
        ]

    def test_that_make_nothing_together_are_posted_without_offset(self):
        assert rows(entry(item(line(1000), line(-1000, "6200")))) == [("Dr", "6100", "10.00", ""), ("Cr", "6200", "10.00", "")]

    def test_that_are_zero_are_left_out_with_a_note(self):
        planned = plan(item(line(1000), line(0, "no such account")))

        assert len(planned.principal.lines) == 2
        assert "Line 2 is zero and was left out." in planned.notes

    def test_are_mirrored_one_by_one_where_that_is_set(self):
        lines = line(12000, tax=2000, tags={"department": "200"}), line(-600, "6200", tags={"department": "300"})

        posted = entry(item(*lines), context(offset_per_line=True))

        assert rows(posted)[2:] == [("Cr", "1050", "120.00", ""), ("Dr", "1050", "6.00", "")]
        assert [carried(posted, number)["DEPARTMENT"] for number in (2, 3)] == ["200", "300"]

    def test_mirrored_for_an_employee_name_the_one_who_is_owed(self):
        slots = {
            **CONTEXT.dimensions,
            "EMPLOYEE": replace(CONTEXT.dimensions["TASK"], object_name="EMPLOYEE", journal_element="EMPLOYEEID"),
        }
        values = {**CONTEXT.values, ("EMPLOYEE", "E-1"): replace(CONTEXT.values["TASK", "T-1"], object_name="EMPLOYEE", key="E-1")}
        within = context(offset_per_line=True, dimensions=slots, values=values)

        posted = entry(item(line(100, tags={"EMPLOYEE": "E-1"}), type="out_of_pocket", employee_code="E-17"), within)

        assert [carried(posted, number)["EMPLOYEEID"] for number in (0, 1)] == ["E-1", "E-17"]

    @pytest.mark.parametrize(("minor", "currency", "account", "amount"), [(1000, "JPY", "1052", "1000"), (1230, "KWD", "1053", "1.230")])
    def test_have_the_decimals_of_their_currency(self, minor, currency, account, amount):
        assert rows(entry(item(line(minor, currency=currency), currency=currency)))[1] == ("Cr", account, amount, "")

    def test_must_not_have_more_decimals_than_intacct_keeps(self):
        assert codes(item(line(1234, currency="KWD"), currency="KWD")) == ["too_many_decimals"]

    def test_carry_the_rate_of_the_day_of_the_expense_where_the_date_is_moved(self):
        within = context(open_from=date(2026, 4, 1), closed_period="first_open_day")

        posted = entry(item(line(100, currency="EUR"), currency="EUR"), within)

        assert posted.posting_date == date(2026, 4, 1)
        assert posted.lines[0].exchange_rate.on_date == date(2026, 3, 9)


class TestAccounts:
    @pytest.mark.parametrize(
        ("account", "found"),
        [
            (None, "account_missing"),
            ("", "account_missing"),
            ("9999", "account_unknown"),
            ("6900", "account_inactive"),
            ("6950", "account_other_entity"),
            ("1051", "account_is_balance_account"),
            ("2000", "account_is_control"),
            ("1000", "account_belongs_to_bank"),
        ],
    )
    def test_of_an_expense_must_be_usable(self, account, found):
        assert codes(item(line(100, account))) == [found]

    def test_of_an_out_of_pocket_expense_must_not_be_what_is_owed(self):
        assert codes(item(line(100, "2050"), type="out_of_pocket")) == ["account_is_offset_account"]

    def test_are_named_with_what_mends_them(self):
        assert sentences(item(line(100, "6900"))) == [
            "Account 6900 'Old account' is not active in UK01. Choose another account for this expense in Pleo, "
            "or activate it in Sage Intacct (General Ledger › Accounts)."
        ]

    def test_of_a_currency_without_balance_account_name_currency_and_setting(self):
        found = sentences(item(line(100, currency="SEK"), currency="SEK"))

        assert found == [
            "There is no Pleo balance account for SEK in UK01. Choose one here "
            "(Entity configurations › UK01 › Card expenses › Pleo balance account for SEK)."
        ]

    def test_of_what_is_owed_must_be_configured(self):
        within = context(reimbursements=replace(CONTEXT.reimbursements, out_of_pocket_account=""))

        assert codes(item(line(100), type="out_of_pocket"), within) == ["out_of_pocket_account_missing"]

    @pytest.mark.parametrize(
        "account",
        [Account("1050", "W", active=False), Account("1050", "W", control=True), Account("1050", "W", entity="FR01"), None],
    )
    def test_that_are_configured_must_be_usable(self, account):
        accounts = {number: each for number, each in CONTEXT.accounts.items() if number != "1050"}
        within = context(accounts=accounts | ({"1050": account} if account else {}))

        found = sentences(item(line(100)), within)

        assert len(found) == 1
        assert "Pleo balance account for GBP: account 1050" in found[0]

    def test_of_the_balance_may_belong_to_a_bank(self):
        within = context(accounts={**CONTEXT.accounts, "1050": Account("1050", "W", bank="CHK-PLEO")})

        assert codes(item(line(100)), within) == []

    @pytest.mark.parametrize(
        ("kind", "contra", "found"),
        [
            ("card_purchase", {"id": "c", "code": "1050"}, []),
            ("card_purchase", {"id": "c", "code": "1055"}, ["contra_account_differs"]),
            ("fee", {"id": "c", "code": "1055"}, ["contra_account_differs"]),
            ("card_purchase", {"id": "c"}, []),
            ("card_purchase", None, []),
            ("out_of_pocket", {"id": "c", "code": "1055"}, []),
        ],
    )
    def test_of_pleo_and_here_must_be_the_same(self, kind, contra, found):
        assert codes(item(line(100), type=kind, contra=contra)) == found


class TestJournal:
    @pytest.mark.parametrize(("symbol", "found"), [("", "journal_missing"), ("NONE", "journal_unusable"), ("OLD", "journal_unusable")])
    def test_must_be_usable(self, symbol, found):
        within = context(card=replace(CONTEXT.card, journal=symbol), reimbursements=replace(CONTEXT.reimbursements, journal=symbol))

        assert codes(item(line(100)), within) == [found]
        assert codes(item(line(100), type="out_of_pocket"), within) == [found]

    def test_is_kept_as_a_draft_where_that_is_set(self):
        assert entry(item(), context(draft=True)).draft
