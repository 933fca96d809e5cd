"""Which values of the reference data an expense is known to use."""

from exports.posting.context import RecordFacts
from exports.posting.plan import plan_posting
from exports.posting.uses import uses
from tests.unit.exports.posting.posting_kit import CONTEXT, PAYABLES, STANDARD, line, parse_item, raw_item


def of(raw, context=CONTEXT):
    item = parse_item(raw)
    return uses(item, plan_posting(item, context, RecordFacts()).documents, context)


def test_a_journal_entry_uses_its_accounts_tax_journal_and_dimensions_on_both_sides():
    found = of(raw_item(line(12000, "6100", tax=2000, tags={"Department": "200"})))

    balance = CONTEXT.card.balance_accounts["GBP"]
    assert {("GLACCOUNT", "6100"), ("GLACCOUNT", balance), ("TAXDETAIL", STANDARD), ("JOURNAL", CONTEXT.card.journal)} <= found
    assert {("DEPARTMENT", "200"), ("LOCATION", CONTEXT.entity)} <= found


def test_a_bill_uses_its_vendor_and_its_payment_the_bank():
    found = of(raw_item(line(12000, "6100", tax=2000)), PAYABLES)

    assert ("CHECKINGACCOUNT", PAYABLES.card.bank_accounts["GBP"]) in found
    assert any(name == "VENDOR" for name, _ in found)


def test_what_cannot_be_posted_uses_what_it_asks_for():
    item = parse_item(raw_item(line(12000, "9999", tax=2000, code="No such code"), employee_code="E-9"))

    assert uses(item, (), CONTEXT) == {("GLACCOUNT", "9999"), ("TAXDETAIL", "No such code"), ("EMPLOYEE", "E-9")}


def test_a_code_that_no_database_takes_is_left_out():
    item = parse_item(raw_item(line(12000, "61\x0000", code="\ud800"), employee_code="\ud801"))

    assert uses(item, (), CONTEXT) == {("GLACCOUNT", "6100")}, "a control character is no part of a code, half a character is none"
