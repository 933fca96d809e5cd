"""What must be true of every plan, worked out from the item alone, without using any of the rules."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from exports.posting.context import PostingContext, RecordFacts
from exports.posting.plan import CannotPost, PostingPlan, plan_posting
from exports.posting.reasons import REASONS
from integration.intacct import xml
from integration.intacct.documents import Attachment, Bill, BillLine, IntacctDocument, JournalEntry, JournalLine, Payment
from integration.money import minor_units, rounded
from integration.pleo.items import ExportItem, parse_item

OWED_TO, OWED_BY, OUTSIDE, TRANSFERS = "2050", "2055", "2060", "1099"
OWN_TAX = {"2200", "2201"}
# Hundred-millionths of the base currency, some with all their digits.
RATES = (85371400, 79401273, 100000001, 117135434, 653)
# What money leaves for ("" is the line's account), and where it comes from ("" is the Pleo balance), for a positive amount.
WAYS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("card_purchase", "card_invoice", "fee", "refund", "chargeback", "cashback"), ("", "")),
    **dict.fromkeys(("out_of_pocket", "mileage", "per_diem"), ("", OWED_TO)),
    "direct_reimbursement": (OWED_TO, ""),
    "external_reimbursement": (OWED_TO, OUTSIDE),
    "atm_withdrawal": (OWED_BY, ""),
    "personal_spend": (OWED_BY, ""),
    "wallet_topup": (TRANSFERS, ""),
    "wallet_unload": (TRANSFERS, ""),
}
# Kinds whose sign Pleo documents: another sign is money that went the other way. For all others the direction is the
# kind's, whatever the sign; here the sign of an amount that goes out.
DOCUMENTED = ("card_purchase", "card_invoice", "fee", "out_of_pocket", "mileage", "per_diem")
COMES_IN = (
    *(
        ("refund", ""),
        ("refund", "in_store"),
        ("refund", "online"),
        ("chargeback", ""),
        ("chargeback", "in_store"),
        ("chargeback", "online"),
    ),
    *(("cashback", ""), ("fee", "pleo_invoice_refund"), ("wallet_topup", ""), ("wallet_topup", "load")),
    *(("direct_reimbursement", f"reimbursement_to_{whom}") for whom in ("employee_refund", "company")),
)


def judge(raw: dict[str, Any], within: PostingContext, record: RecordFacts) -> str:
    """Plan one item, check what came of it, and return "posted", "skipped" or "refused"."""
    item = parse_item(raw)
    try:
        plan = plan_posting(item, within, record)
    except CannotPost as error:
        assert error.problems
        assert {problem.code for problem in error.problems} <= set(REASONS), error.problems
        assert all(problem.sentence.endswith((".", "?")) for problem in error.problems)
        return "refused"
    check(item, within, plan)
    return "skipped" if plan.skipped else "posted"


def check(item: ExportItem, within: PostingContext, plan: PostingPlan) -> None:
    """Compare the plan with the item, line by line."""
    if plan.skipped:
        assert not any(each.amount.minor for each in item.lines)
        return
    attachments = [each for each in plan.documents if isinstance(each, Attachment)]
    postings = [each for each in plan.documents if not isinstance(each, Attachment)]
    assert plan.principal is postings[0]
    assert len({each.key for each in plan.documents}) == len(plan.documents)
    for made in attachments:
        xml.parse(xml.function(made, {file.content_hash: b"x" for file in made.files}))
    if isinstance(plan.principal, JournalEntry):
        assert len(postings) == 1
        _check_entry(item, within, plan, plan.principal)
    elif isinstance(plan.principal, Bill):
        _check_bill(item, within, plan, plan.principal)
        for payment in postings[1:]:
            assert isinstance(payment, Payment)
            assert (payment.bill_key, payment.vendor, payment.complete) == (plan.principal.key, plan.principal.vendor, False)
            assert payment.payment_date >= plan.principal.posting_date
            _check_payment(item, within, payment)
    else:
        assert isinstance(plan.principal, Payment)
        assert plan.principal.complete
        _check_payment(item, within, plan.principal)
    for each in postings:
        read_back(each, within)


def _check_entry(item: ExportItem, within: PostingContext, plan: PostingPlan, entry: JournalEntry) -> None:
    key = (item.type, item.sub_type)
    factor = 1
    if item.type not in DOCUMENTED or key in COMES_IN:
        factor = -1 if item.amount.minor and (item.amount.minor < 0) != (key in COMES_IN) else 1
    main, paid_from = WAYS[item.type]
    if item.sub_type == "reimbursement_to_company":
        main = OWED_BY
    if main == OWED_BY and not within.reimbursements.employee_receivable_account:
        main = OWED_TO
    expected: Counter[str] = Counter()
    for each in item.lines:
        expected[main or each.account_code] += factor * each.amount.minor
    expected[paid_from or within.card.balance_accounts[item.currency]] -= factor * item.amount.minor
    posted: Counter[str] = Counter()
    for line in entry.lines:
        gross = line.amount.minor + (line.tax.amount.minor if line.tax else 0)
        posted[line.account] += gross if line.side == "debit" else -gross
        _check_line(line, line.amount.currency, within, "LOCATION")
        assert bool(line.exchange_rate) == (within.multi_currency or item.currency != within.base_currency)
    _check_base(entry)
    own = sum(posted.pop(account, 0) for account in OWN_TAX)
    assert own == 0
    assert {account: amount for account, amount in posted.items() if amount} == {
        account: amount for account, amount in expected.items() if amount
    }
    _check_tax(item, within, plan, entry)


def _check_base(entry: JournalEntry) -> None:
    """Both sides agree in base currency too, by any rate: each amount stands on both, as a line of its own or as a tax."""
    for rate in RATES:
        sides = {"debit": 0, "credit": 0}
        for line in entry.lines:
            for amount in (line.amount, *((line.tax.amount,) if line.tax else ())):
                sides[line.side] += (2 * amount.minor * rate + 10**8) // (2 * 10**8)
        assert sides["debit"] == sides["credit"] or not entry.lines[0].exchange_rate or entry.currency == "GBP", rate


def _check_bill(item: ExportItem, within: PostingContext, plan: PostingPlan, bill: Bill) -> None:
    reverse = any(each.tax and each.tax.type == "reverse" for each in item.lines)
    assert item.type in ("card_purchase", "card_invoice", "invoice") or (item.type == "fee" and reverse)
    assert bill.total() == item.amount
    assert bill.number == (bill.key if item.type in ("card_purchase", "fee") else item.invoice and item.invoice.number)
    expected: Counter[str] = Counter()
    posted: Counter[str] = Counter()
    for each in item.lines:
        expected[each.account_code] += each.amount.minor
    for line in bill.lines:
        posted[line.account] += line.gross().minor
        _check_line(line, item.currency, within, "LOCATIONID")
        assert not within.accounts[line.account].bank
    assert +posted == +expected
    vendor = within.vendors[bill.vendor]
    assert vendor.active
    assert not vendor.on_hold
    assert bool(bill.exchange_rate) == (within.multi_currency or item.currency != within.base_currency)
    assert bill.base_currency == within.base_currency
    assert bill.bill_date <= bill.posting_date
    left_open = within.card.method == "accounts_payable" and within.card.settlement == "leave_open"
    assert bill.on_hold == (item.type not in ("invoice", "fee") and left_open)
    assert len([each for each in plan.documents if isinstance(each, Payment)]) == (item.type != "invoice" and not bill.on_hold)
    _check_tax(item, within, plan, bill)


def _check_payment(item: ExportItem, within: PostingContext, payment: Payment) -> None:
    assert payment.amount == abs(item.amount)
    assert within.banks[payment.bank].currency == item.currency
    assert within.banks[payment.bank].account == within.card.balance_accounts[item.currency]


def _check_line(line: JournalLine | BillLine, currency: str, within: PostingContext, location: str) -> None:
    account = within.accounts[line.account]
    assert line.amount
    assert account.active
    assert not account.control
    assert line.amount.currency == currency
    elements = [dimension.element for dimension in line.dimensions]
    assert elements.count(location) == 1
    assert account.required <= {dimension.object_name for dimension in line.dimensions}


def _check_tax(item: ExportItem, within: PostingContext, plan: PostingPlan, document: JournalEntry | Bill) -> None:
    """The documents' tax is Pleo's with what the plan says it differs by; without a tax solution there is none."""
    given = sum(each.tax.amount.amount for each in item.lines if each.tax)
    posted = document.tax_total().amount
    if within.tax_solution:
        why = plan.beyond
        assert posted == (-given if why.turned else given) - why.became_cost + why.by_default + why.worked_out
        if not within.default_tax_code and not within.partially_exempt and isinstance(document, Bill):
            assert posted == given + why.worked_out
            for line in document.lines:
                if len(line.taxes) == 2:
                    rate = within.tax_details[line.taxes[0].detail].rate
                    due = rounded(abs(line.amount.amount) * rate / 100, line.amount.currency)
                    unit = Decimal(1).scaleb(-minor_units(line.amount.currency))
                    assert abs(abs(line.taxes[0].amount.amount) - due) <= max(unit, Decimal("0.05"))
                    assert line.taxes[0].amount == -line.taxes[1].amount
    else:
        assert posted == 0


def read_back(document: IntacctDocument, within: PostingContext) -> None:
    """The XML of a document reads back to the same value."""
    names: dict[str, Any] = {"entity": within.entity}
    if isinstance(document, JournalEntry):
        assert xml.parse_journal_entry(xml.function(document), **names, base_currency=within.base_currency) == document
    elif isinstance(document, Bill):
        assert xml.parse_bill(xml.function(document), **names, base_currency=within.base_currency) == document
    elif isinstance(document, Payment):
        names |= {"bill_number": document.bill_number, "bill_key": document.bill_key}
        body = xml.planned(document)
        assert body
        assert xml.parse_payment(body, **names) == document
        whole = document.of_bill("4711", posted_on=document.payment_date)
        assert xml.parse_payment(xml.function(whole), **names) == whole
