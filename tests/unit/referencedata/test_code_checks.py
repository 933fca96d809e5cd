from dataclasses import replace
from uuid import uuid4

import pytest

from integration.connecting.configuration_file.values import EntityValues, path_of
from referencedata.code_checks import Codes, findings
from referencedata.models import (
    Account,
    CheckingAccount,
    Dimension,
    Entity,
    ExchangeRateType,
    Journal,
    Location,
    TaxDetail,
    TaxSolution,
    Vendor,
)

VAT = "United Kingdom - VAT"

CODES = Codes(
    entities={"UK01": Entity(code="UK01", name="Acme UK", currency="GBP", tax_solution=VAT), "US01": Entity(code="US01", currency="USD")},
    locations={"UK01": Location(code="UK01")},
    accounts={
        each.number: each
        for each in (
            Account(number="1050", title="Wallet GBP", account_type="BALANCE_SHEET"),
            Account(number="1051", title="Wallet EUR", account_type="BALANCE_SHEET"),
            Account(number="2050", title="Owed", account_type="BALANCE_SHEET"),
            Account(number="2000", title="Payables", account_type="BALANCE_SHEET", control=True),
            Account(number="6100", title="Travel", account_type="INCOME_STATEMENT"),
            Account(number="6900", title="Old", account_type="BALANCE_SHEET", status="INACTIVE"),
            Account(number="1070", title="US only", account_type="BALANCE_SHEET", owner="US01"),
        )
    },
    journals={"PLEO": Journal(symbol="PLEO"), "PLRE": Journal(symbol="PLRE"), "OLD": Journal(symbol="OLD", status="INACTIVE")},
    bank_accounts={
        "CHK": CheckingAccount(code="CHK", gl_account="1050", currency="GBP"),
        "CHK-EUR": CheckingAccount(code="CHK-EUR", gl_account="1051", currency="EUR"),
        "SHUT": CheckingAccount(code="SHUT", gl_account="1050", currency="GBP", status="INACTIVE"),
    },
    vendors={"V": Vendor(code="V"), "HOLD": Vendor(code="HOLD", on_hold=True), "OFF": Vendor(code="OFF", status="INACTIVE")},
    tax_solutions={VAT: TaxSolution(name=VAT, method="VAT or GST")},
    tax_codes={
        **{
            name: TaxDetail(detail_id=name, value=value, tax_type="PURCHASE", solution=VAT, reverse_charge=True)
            for name, value in (("IN", 20), ("OUT", -20), ("OUT 5", -5))
        },
        "FULL": TaxDetail(detail_id="FULL", value=20, tax_type="PURCHASE", solution=VAT),
        "ZERO": TaxDetail(detail_id="ZERO", value=0, tax_type="PURCHASE", solution=VAT),
        "SALE": TaxDetail(detail_id="SALE", value=20, tax_type="SALE", solution=VAT),
        "OTHER": TaxDetail(detail_id="OTHER", value=20, tax_type="PURCHASE", solution="Australia - GST"),
        "PAST": TaxDetail(detail_id="PAST", value=17, tax_type="PURCHASE", solution=VAT, status="INACTIVE"),
    },
    exchange_rate_types={"Corporate Rate": ExchangeRateType(name="Corporate Rate")},
    dimensions={
        "DEPARTMENT": Dimension(object_name="DEPARTMENT", journal_element="DEPARTMENT"),
        "ITEM": Dimension(object_name="ITEM", journal_element="ITEMID", status="INACTIVE"),
        "REGION": Dimension(object_name="REGION", label="Region", user_defined=True),
    },
)
GOOD = EntityValues(
    pleo_company_id=uuid4(),
    intacct_entity="UK01",
    card_journal="PLEO",
    time_zone="Europe/London",
    balance_accounts={"GBP": "1050"},
    card_bank_accounts={"GBP": "CHK"},
    invoice_bank_accounts={"GBP": "CHK"},
    out_of_pocket_account="2050",
    reimbursement_journal="PLRE",
    card_default_vendor="V",
    default_tax_code="ZERO",
    dimensions=("DEPARTMENT",),
)
NO_BANKS = {"card_bank_accounts": {}, "invoice_bank_accounts": {}}


class TestFindings:
    def test_finds_nothing_wrong_with_a_good_configuration(self):
        assert findings(GOOD, CODES) == []

    @pytest.mark.parametrize(
        ("wrong", "where", "says"),
        [
            ({"intacct_entity": "XX01"}, "intacct_entity", "XX01"),
            ({"card_journal": "PLEX"}, "card_journal", "PLEX"),
            ({"card_journal": "OLD"}, "card_journal", "not active"),
            ({"reimbursement_journal": "NO"}, "reimbursement_journal", "NO"),
            ({"out_of_pocket_account": "9999"}, "out_of_pocket_account", "9999"),
            ({"employee_receivable_account": "6900"}, "employee_receivable_account", "not active"),
            ({"out_of_pocket_account": "2000"}, "out_of_pocket_account", "control account"),
            ({"wallet_transfer_account": "6100"}, "wallet_transfer_account", "balance sheet"),
            ({"external_reimbursement_account": "1070"}, "external_reimbursement_account", "US01"),
            ({"balance_accounts": {}, **NO_BANKS}, "balance_accounts", "no Pleo balance account"),
            ({"balance_accounts": {"GBP": "6100"}, **NO_BANKS}, "balance_accounts.GBP", "Travel"),
            ({"card_bank_accounts": {"GBP": "NONE"}}, "card_bank_accounts.GBP", "NONE"),
            ({"card_bank_accounts": {"GBP": "SHUT"}}, "card_bank_accounts.GBP", "not active"),
            ({"card_bank_accounts": {"GBP": "CHK-EUR"}}, "card_bank_accounts.GBP", "EUR"),
            ({"invoice_bank_accounts": {"EUR": "CHK-EUR"}}, "balance_accounts.EUR", "EUR"),
            ({"balance_accounts": {"GBP": "2050"}, "invoice_bank_accounts": {}}, "card_bank_accounts.GBP", "belongs to account 1050"),
            ({"card_bank_accounts": {}, "card_method": "accounts_payable"}, "card_bank_accounts.GBP", "1050"),
            ({"card_default_vendor": "V-X"}, "card_default_vendor", "V-X"),
            ({"card_default_vendor": "OFF"}, "card_default_vendor", "not active"),
            ({"invoice_default_vendor": "HOLD"}, "invoice_default_vendor", "on hold"),
            ({"default_tax_code": "NEW"}, "default_tax_code", "NEW"),
            ({"default_tax_code": "PAST"}, "default_tax_code", "not active"),
            ({"default_tax_code": "SALE"}, "default_tax_code", "for sales"),
            ({"default_tax_code": "OTHER"}, "default_tax_code", "Australia"),
            ({"default_tax_code_foreign": "NEW"}, "default_tax_code_foreign", "purchases abroad, NEW, is not known"),
            ({"default_tax_code_foreign": "FULL"}, "default_tax_code_foreign", "Choose one without rate"),
            ({"exchange_rate_type": "Nobody's"}, "exchange_rate_type", "exchange rate type, Nobody's, is not known"),
            ({"exchange_rate_type": ""}, "exchange_rate_type", "Intacct Daily Rate"),
            ({"tax_code_pairs": {"ZERO": "NEW"}}, "tax_code_pairs", "NEW"),
            ({"tax_code_pairs": {"FULL": "ZERO"}}, "tax_code_pairs", "not the two halves of a reverse charge"),
            ({"tax_code_pairs": {"IN": "OUT 5"}}, "tax_code_pairs", "not the two halves of a reverse charge"),
            ({"tax_code_pairs": {"OUT": "IN"}}, "tax_code_pairs", "not the two halves of a reverse charge"),
            ({"dimensions": ("COLOUR",)}, "dimensions", "COLOUR"),
            ({"dimensions": ("Department",)}, "dimensions", "Write it DEPARTMENT"),
            ({"dimensions": ("ITEM",)}, "dimensions", "not enabled"),
            ({"dimensions": ("REGION",)}, "dimensions", "not among the fields"),
            ({"dimensions": ("DEPARTMENT",) * 6}, "dimensions", "at most 5"),
            ({"team_defaults": {"T1": {"COLOUR": "RED"}}}, "team_defaults", "COLOUR"),
            ({"time_zone": "Europe/Londres"}, "time_zone", "Londres"),
        ],
    )
    def test_names_the_setting_and_the_thing(self, wrong, where, says):
        found = findings(replace(GOOD, **wrong), CODES)

        assert [finding.field for finding in found][:1] == [where]
        assert says in found[0].sentence

    def test_takes_the_two_halves_of_a_reverse_charge(self):
        assert findings(replace(GOOD, tax_code_pairs={"IN": "OUT"}), CODES) == []

    @pytest.mark.parametrize("kind", ["Corporate Rate", "Intacct Daily Rate"])
    def test_knows_the_companys_rate_types_and_the_built_in_one(self, kind):
        assert findings(replace(GOOD, exchange_rate_type=kind), CODES) == []

    def test_names_every_mistake_at_once(self):
        found = findings(replace(GOOD, card_journal="NO", card_default_vendor="NO", dimensions=("NO",)), CODES)

        assert {finding.field for finding in found} == {"card_journal", "card_default_vendor", "dimensions"}

    def test_takes_no_tax_code_for_an_entity_without_tax_solution(self):
        found = findings(replace(GOOD, intacct_entity="US01", balance_accounts={"GBP": "1050"}), CODES)

        assert [finding.field for finding in found] == ["default_tax_code"]

    def test_reads_a_code_without_currency_as_the_base_currency(self):
        values = replace(GOOD, balance_accounts={"": "1050"}, card_bank_accounts={"": "CHK-EUR"})

        assert [finding.field for finding in findings(values, CODES)] == ["card_bank_accounts.GBP"] * 2

    def test_says_of_an_unread_kind_that_nothing_is_known(self):
        found = findings(GOOD, replace(CODES, vendors={}, unread={"vendors": "No permission."}))

        assert [(finding.field, "No permission." in finding.sentence) for finding in found] == [("card_default_vendor", True)]


class TestPathOf:
    def test_gives_the_place_in_the_file(self):
        assert path_of("balance_accounts.GBP") == "card.pleo_balance_account.GBP"
        assert path_of("reimbursement_vat_vendor") == "reimbursements.vat_vendor"
