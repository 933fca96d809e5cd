"""A company to post into: its settings and what Intacct knows of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from exports.posting.context import (
    Account,
    BankAccount,
    CardRules,
    DimensionSlot,
    DimensionValue,
    InvoiceRules,
    PostingContext,
    ReimbursementRules,
    TaxDetail,
    Vendor,
)

UK = "United Kingdom - VAT"
STANDARD = "UK Purchase Services Standard Rate"
REDUCED = "UK Purchase Goods Reduced Rate"
ZERO = "UK Purchase Goods Zero Rate"
REVERSE = "UK Purchase Reverse Charge Input"
OUTPUT = "UK Purchase Reverse Charge Output"
BANKS = {"GBP": "CHK-PLEO", "EUR": "CHK-EUR"}


def by(key: str, *values: Any) -> dict[str, Any]:
    return {getattr(value, key): value for value in values}


def _slots() -> dict[str, DimensionSlot]:
    return {
        "DEPARTMENT": DimensionSlot("DEPARTMENT", "Department", "DEPARTMENT", "DEPARTMENTID"),
        "LOCATION": DimensionSlot("LOCATION", "Location", "LOCATION", "LOCATIONID"),
        "PROJECT": DimensionSlot("PROJECT", "Project", "PROJECTID", "PROJECTID"),
        "TASK": DimensionSlot("TASK", "Task", "TASKID", "TASKID"),
        "COSTTYPE": DimensionSlot("COSTTYPE", "Cost type", "COSTTYPEID", "COSTTYPEID"),
        "VENDOR": DimensionSlot("VENDOR", "Vendor", "VENDORID", "VENDORID"),
        "COST_CENTRE": DimensionSlot("COST_CENTRE", "Cost centre", "GLDIMCOST_CENTRE", "GLDIMCOST_CENTRE", user_defined=True),
    }


def _values() -> dict[tuple[str, str], DimensionValue]:
    values = (
        DimensionValue("DEPARTMENT", "200", "Sales", "200"),
        DimensionValue("DEPARTMENT", "300", "Marketing", "300"),
        DimensionValue("DEPARTMENT", "900", "Closed", "900", status="inactive"),
        DimensionValue("DEPARTMENT", "000", "All", "000", status="non_posting"),
        DimensionValue("DEPARTMENT", "FR1", "Ventes", "FR1", entity="FR01"),
        DimensionValue("LOCATION", "LONDON", "London", "LONDON", entity="UK01"),
        DimensionValue("LOCATION", "PARIS", "Paris", "PARIS", entity="FR01"),
        DimensionValue("LOCATION", "WORLD", "World", "WORLD"),
        DimensionValue("PROJECT", "P-1", "Launch", "P-1"),
        DimensionValue("TASK", "T-1", "Design", "T-1"),
        DimensionValue("COSTTYPE", "C-1", "Labour", "C-1"),
        DimensionValue("VENDOR", "V-100", "Trainline", "V-100"),
        DimensionValue("VENDOR", "V-200", "Hilton", "V-200"),
        DimensionValue("VENDOR", "V-HOLD", "On hold Ltd", "V-HOLD"),
        DimensionValue("COST_CENTRE", "EVENTS", "Events", "10017"),
    )
    return {(value.object_name, value.code): value for value in values}


CONTEXT = PostingContext(
    company_id="ACME",
    entity="UK01",
    entity_name="Acme UK",
    base_currency="GBP",
    time_zone=ZoneInfo("Europe/London"),
    today=date(2026, 4, 2),
    card=CardRules(
        "journal", {"GBP": "1050", "EUR": "1051", "JPY": "1052", "KWD": "1053"}, BANKS, "payment", journal="PLEO", default_vendor="V-PLEO"
    ),
    invoices=InvoiceRules(BANKS, "V-PLEO"),
    wallet_transfer_account="1099",
    reimbursements=ReimbursementRules("2050", "", "2060", "PLRE", ""),
    attachment_folder="Pleo",
    tax_solution=UK,
    tax_code_pairs={REVERSE: OUTPUT},
    country="GB",
    accounts=by(
        "number",
        *(Account(number, f"Pleo Wallet {name}") for number, name in (("1050", "GBP"), ("1051", "EUR"), ("1052", "JPY"), ("1053", "KWD"))),
        Account("2050", "Owed to employees"),
        Account("2060", "Reimbursed by payroll"),
        Account("1099", "Wallet transfers"),
        Account("2055", "Owed by employees"),
        Account("2200", "Input VAT"),
        Account("2201", "Output VAT"),
        Account("6150", "Mileage"),
        Account("6100", "Travel"),
        Account("6200", "Software"),
        Account("6300", "Meals"),
        Account("6400", "Utilities"),
        Account("6500", "Books"),
        Account("7900", "Bank charges"),
        Account("6600", "Projects", required=frozenset({"DEPARTMENT", "PROJECT"})),
        Account("6900", "Old account", active=False),
        Account("6950", "Voyages", entity="FR01"),
        Account("2000", "Accounts payable", control=True),
        Account("1000", "Bank", bank="CHK-1"),
    ),
    dimensions=_slots(),
    values=_values(),
    tax_details=by(
        "id",
        TaxDetail(STANDARD, Decimal(20), UK),
        TaxDetail(REDUCED, Decimal(5), UK),
        TaxDetail(ZERO, Decimal(0), UK),
        TaxDetail("UK Old Rate", Decimal("17.5"), UK, active=False),
        TaxDetail("UK Sale Standard", Decimal(20), UK, purchase=False),
        TaxDetail("UK Purchase Reverse", Decimal(20), UK, reverse_charge=True),
        TaxDetail("FR Standard", Decimal(20), "France - VAT"),
        TaxDetail(REVERSE, Decimal(20), UK, reverse_charge=True),
        TaxDetail(OUTPUT, Decimal(-20), UK, reverse_charge=True),
    ),
    vendors=by(
        "id",
        Vendor("V-PLEO", "Pleo"),
        Vendor("V-100", "Trainline"),
        Vendor("V-200", "Hilton"),
        Vendor("V-HOLD", "On hold Ltd", on_hold=True),
        Vendor("V-OLD", "Old Ltd", active=False),
        Vendor("V-FR", "Fournisseur", entity="FR01"),
    ),
    employees={"E-17": True, "E-99": False},
    journals={"PLEO": True, "PLRE": True, "OLD": False},
    banks=by(
        "code",
        BankAccount("CHK-PLEO", "Pleo GBP", "1050", "GBP"),
        BankAccount("CHK-EUR", "Pleo EUR", "1051", "EUR"),
        BankAccount("CHK-OTHER", "Barclays", "1000", "GBP"),
        BankAccount("CHK-OLD", "Old", "1050", "GBP", active=False),
        BankAccount("CHK-FR", "Banque", "1050", "GBP", entity="FR01"),
    ),
)
PAYABLES = replace(CONTEXT, card=replace(CONTEXT.card, method="accounts_payable"))
