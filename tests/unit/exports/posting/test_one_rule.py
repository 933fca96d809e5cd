"""Changing one rule changes exactly the golden files one expects.

Each row puts another rule in the place of one function or constant, and says which files must then differ: by their
names, or by what an accountant finds in the files as they lie on disk (an XPath). All others stay the same to the letter.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from lxml import etree

from exports.posting import (
    accounts,
    banks,
    dates,
    dimensions,
    directions,
    journal,
    kinds,
    payables,
    receipts,
    reverse_charge,
    tax,
    tax_codes,
    texts,
    vendors,
)
from exports.posting.plan import CannotPost
from exports.posting.tax_codes import TaxedLine
from integration.intacct import bill_functions, functions, pieces
from integration.money import Money
from tests.unit.exports.posting.golden_cases import CASES, Case
from tests.unit.exports.posting.golden_files import GOLDEN, rendered

ON_DISK = {case.name: (GOLDEN / f"{case.name}.xml").read_text(encoding="utf-8") for case in CASES}
TREES = {name: etree.fromstring(text) for name, text in ON_DISK.items()}


@dataclass(frozen=True)
class Change:
    """said: the rule as it is. where, what: the module and the name it has there. to: makes another rule from it."""

    said: str
    where: Any
    what: str
    to: Callable[[Any], Any]
    changes: str | set[str]

    def expected(self) -> set[str]:
        return self.changes if isinstance(self.changes, set) else holding(self.changes)


def holding(xpath: str) -> set[str]:
    """The cases in whose golden file something of that kind stands."""
    return {name for name, tree in TREES.items() if tree.xpath(xpath)}


def of_items(fits: Callable[[Case], bool]) -> set[str]:
    return {case.name for case in CASES if fits(case)}


def row_of(case: Case) -> tuple[str, str]:
    return case.item["type"], case.item.get("subType") or ""


def lines_of(case: Case) -> list[dict[str, Any]]:
    return case.item["accountingEntryLines"]


def now(case: Case) -> str:
    try:
        return rendered(case)
    except CannotPost as error:
        return f"cannot be posted: {error}"


def changed() -> set[str]:
    return {case.name for case in CASES if now(case) != ON_DISK[case.name]}


def always(value: Any) -> Callable[[Any], Callable[..., Any]]:
    return lambda rule: lambda *args, **more: value


def constant(value: Any) -> Callable[[Any], Any]:
    return lambda rule: value


def answering(change: Callable[[Any], Any]) -> Callable[[Any], Callable[..., Any]]:
    """The rule's own answer, changed."""
    return lambda rule: lambda *args, **more: change(rule(*args, **more))


def put(monkeypatch: pytest.MonkeyPatch, where: Any, what: str, other: Any) -> None:
    """Put `other` in the place of one rule, wherever a module has imported it by its name."""
    rule = getattr(where, what)
    for name, module in list(sys.modules.items()):
        if name.startswith(("exports.posting", "integration.intacct")) and getattr(module, what, None) is rule:
            monkeypatch.setattr(module, what, other)


MOVED = {"card_purchase-moved_date", "bill-moved_date", "bill-cash_closed", "example-8-closed.override", "example-8-closed.without"}
SPLIT_BY_DEFAULT = {"card_purchase-default_code-splits_gross", "bill-default_code-splits_gross"}
VENDOR_BY_TAG = {"card_purchase-dimensions", "bill-vendor_by_tag"}
VENDOR_OF_PLEO = {"example-3.payables", "example-3.bill", "example-8-bill", "example-8-closed.override", "example-8-closed.without"}
ON_TWO_DAYS = {"card_purchase-last_evening_of_march.journal", "card_purchase-last_evening_of_march.payables"}
NOT_FROM_PLEO = SPLIT_BY_DEFAULT | {"card_purchase-default_code-zero_rate", "example-3.payables", "example-3.bill"}
TAX_IS_COST = {"partial_exemption-no_recovery"}  # checked all the same
OTHER_ELEMENTS = {"LOCATION": "PLACE"}

# fmt: off
CHANGES = [
    # Bills.
    Change("a bill falls due when the invoice does", payables, "_due_day", always(None), "//APBILL[WHENDUE != WHENCREATED]"),
    Change("an invoice keeps the supplier's number", payables, "_number", always("OTHER-1"), "//APBILL[RECORDID != DOCNUMBER]"),
    Change("a bill line stands on the line's account", payables, "_bill_line",
           answering(lambda line: replace(line, account="6999")), "//APBILL"),
    Change("lines of a bill are net", bill_functions, "LINES_INCLUDE_TAX", constant(True), "//APBILL[.//TAXENTRY]"),
    Change("an invoice is dated as it is printed", dates, "printed_day", answering(lambda day: day.replace(year=day.year + 1)),
           "//APBILL[RECORDID != DOCNUMBER] | //APPYMT[not(//APBILL)]"),
    Change("what is left open says so", texts, "DO_NOT_PAY", constant("Pay it"), {"bill-leave_open"}),
    # Payments.
    Change("a bill is paid from the bank of its currency", banks, "bank_account",
           answering(lambda bank: replace(bank, code="CHK-OTHER")), "//APPYMT"),
    Change("a card bill is paid as a transfer", payables, "CARD_PAYMENT_METHOD", constant("Cash"), "//APPYMT[//APBILL]"),
    Change("a payment says the supplier's number", texts, "payment_description", always(""), "//APPYMT"),
    # Vendors.
    Change("what names a vendor goes before the default", vendors, "_named", always(""),
           VENDOR_BY_TAG | VENDOR_OF_PLEO | {"bill-vendor_of_supplier"}),
    Change("a vendor tag goes before Pleo's vendor", vendors, "_named",
           lambda rule: lambda item, tagged, context: rule(item, (), context), VENDOR_BY_TAG),
    Change("the default vendor takes the rest", vendors, "default_vendor", always(("V-200", "")),
           "//APBILL[VENDORID = 'V-PLEO'] | //GLENTRY[VENDORID = 'V-PLEO']"),
    Change("a refund names the vendor under payables", vendors, "line_vendor", always("V-200"), "//GLENTRY[VENDORID = 'V-PLEO']"),
    Change("VAT in a journal entry has a vendor", vendors, "vat_vendor", always("V-HOLD"), "//GLBATCH[.//TAXENTRY]"),
    # Tax.
    Change("tax in a journal entry is input tax", functions, "TAX_IMPLICATIONS", constant("Outbound"), "//GLBATCH[.//TAXENTRY]"),
    Change("a tax code is a detail of the entity", tax_codes, "fault", always(("tax_code_unknown", "Unknown.")),
           holding("//DETAILID") | TAX_IS_COST),
    Change("Pleo's tax is checked and kept", tax, "_figures_hold", always(False),
           holding("//DETAILID") - NOT_FROM_PLEO | TAX_IS_COST),
    Change("a default code splits the gross", tax, "net_and_tax",
           lambda rule: lambda gross, rate: (gross, Money.zero(gross.currency)), SPLIT_BY_DEFAULT),
    Change("a default code stands where Pleo gives none", tax, "_defaulted", lambda rule: lambda line, *_: TaxedLine(line.amount),
           SPLIT_BY_DEFAULT | {"card_purchase-default_code-zero_rate"}),
    Change("partial exemption is marked, or cost", tax, "_exempted", lambda rule: lambda line, found, *_: found,
           {"partial_exemption-full.payables", "partial_exemption-no_recovery"}),
    Change("a reverse charge on a bill is a pair", reverse_charge, "_on_bill", lambda rule: lambda line, *_: TaxedLine(line.amount),
           {"example-3.payables", "example-3.bill"}),
    Change("a reverse charge can make a bill", reverse_charge, "wants_bill", always(False), {"example-3.bill"}),
    Change("a reverse charge without solution has accounts", reverse_charge, "_on_journal",
           lambda rule: lambda line, *_: TaxedLine(line.amount), {"example-3.accounts", "refund-reverse-accounts"}),
    # Accounts and ways.
    Change("a line stands on its account", accounts, "expense_account", answering(lambda account: replace(account, number="6999")),
           of_items(lambda case: kinds.RULES[row_of(case)].main == "line" and kinds.RULES[row_of(case)].form != "payment")),
    Change("each wallet has its balance account", accounts, "_balance", answering(lambda setting: replace(setting, number="2060")),
           "//GLENTRY[starts-with(ACCOUNTNO, '105')]"),
    Change("a confirmed sign is Pleo's way of writing it", directions, "direction",
           lambda rule: lambda item, of, *_: of.sign, {"refund-written_positive"}),
    # Dates.
    Change("a closed period moves the date", dates, "_first_open", always(("ledger", None)), MOVED),
    Change("cash and payables close by themselves", dates, "_first_open",
           lambda rule: lambda books, context: rule("ledger", context), {"bill-cash_closed"}),
    Change("a purchase is of the local day", dates, "local_day", lambda rule: lambda item, context: item.booked_at.date(), ON_TWO_DAYS),
    # Currency.
    Change("every line has a rate where there are several currencies", journal, "_at_rate", lambda rule: lambda lines, *_: tuple(lines),
           "//GLENTRY[EXCH_RATE_TYPE_ID]"),
    Change("a rate has its day and type", pieces, "write_rate", always(None), "//EXCH_RATE_TYPE_ID"),
    Change("the supplier's currency stands in the text", texts, "supplier_amount", always(""),
           {"card_purchase-supplier_currency", "example-4a"}),
    # Dimensions.
    Change("tags become dimensions", dimensions, "_by_tags", always({}),
           of_items(lambda case: any(line["tags"] for line in lines_of(case)))),
    Change("a line without location has the entity's", dimensions, "own_location", always(()),
           "//GLENTRY[LOCATION = 'UK01'] | //APBILLITEM[LOCATIONID = 'UK01']"),
    Change("a bill line calls it LOCATIONID", dimensions, "BILL_ELEMENTS", lambda rule: {**rule, **OTHER_ELEMENTS},
           "//APBILLITEM[LOCATIONID = 'UK01']"),
    Change("a journal line calls it LOCATION", dimensions, "JOURNAL_ELEMENTS", lambda rule: {**rule, **OTHER_ELEMENTS},
           "//GLENTRY[LOCATION = 'UK01']"),
    Change("an offset mirrors its lines where it must", journal, "_mirrored", lambda rule: lambda read, item, context: [(item.amount, ())],
           {"card_purchase-offset_per_line", "card_purchase-wallet_eur-split", "example-4c.journal", "refund-wallet_eur-split"}
           | holding("//GLBATCH[.//CURRENCY = 'EUR'][.//TAXENTRY]")),
    Change("an employee's account names the employee", dimensions, "employee", always(()), "//GLENTRY[EMPLOYEEID]"),
    # Receipts and texts.
    Change("receipts go into one attachment", receipts, "attachment", always(None), "//SUPDOCID"),
    Change("a file is named after Pleo's book id", receipts, "_named_files",
           answering(lambda files: tuple(replace(file, name=f"x-{file.name}") for file in files)), "//attachment"),
    Change("a line's document is Pleo's book id", texts, "line_document", always(""), "//GLENTRY[DOCUMENT]"),
    Change("what was cut is marked", texts, "MARK", constant("~"),
           {"card_purchase-hostile_texts", "bill-hostile_texts", "bill-leave_open"}),
]
# fmt: on


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.said.replace(" ", "_"))
def test_another_rule_in_its_place_changes_the_files_that_show_it(change, monkeypatch):
    put(monkeypatch, change.where, change.what, change.to(getattr(change.where, change.what)))

    assert change.expected()
    assert changed() == change.expected()


def test_no_rule_changes_nothing():
    assert changed() == set()


class TestARowOfTheTable:
    """A row says how one type and sub type is posted; no other row's files follow it."""

    ROWS = sorted({row_of(case) for case in CASES})
    JOURNALS = holding("//GLBATCH")

    @pytest.mark.parametrize("row", ROWS, ids="-".join)
    @pytest.mark.parametrize("field", ["side", "journal", "offset"])
    def test_decides_about_the_entries_of_that_row_alone(self, row, field, monkeypatch):
        rule = kinds.RULES[row]
        other = {
            "side": "credit" if rule.side == "debit" else "debit",
            "journal": "card" if rule.journal == "reimbursement" else "reimbursement",
            "offset": "transfer" if rule.offset == "external" else "external",
        }
        monkeypatch.setitem(kinds.RULES, row, replace(rule, **{field: other[field]}))

        # What adds up to zero has no line on the other side.
        nothing_there = {"card_purchase-total_zero"} if field == "offset" else set()
        assert changed() == (self.JOURNALS - nothing_there) & of_items(lambda case: row_of(case) == row)

    @pytest.mark.parametrize("row", ROWS, ids="-".join)
    def test_that_takes_no_tax_changes_the_taxed_ones_alone(self, row, monkeypatch):
        took_some = kinds.RULES[row].tax != "none"
        monkeypatch.setitem(kinds.RULES, row, replace(kinds.RULES[row], tax="none"))

        with_tax = of_items(lambda case: bool(case.context.default_tax_code) or any(line["tax"] for line in lines_of(case)))
        assert changed() == (with_tax & of_items(lambda case: took_some and row_of(case) == row))

    @pytest.mark.parametrize(("row", "form"), [(("card_purchase", ""), "journal"), (("card_invoice", ""), "journal")], ids=str)
    def test_that_is_no_card_makes_no_bill(self, row, form, monkeypatch):
        monkeypatch.setitem(kinds.RULES, row, replace(kinds.RULES[row], form=form))

        assert changed() == (holding("//APBILL") & of_items(lambda case: row_of(case) == row))
