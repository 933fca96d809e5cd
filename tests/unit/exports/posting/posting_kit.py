"""A company to post into, and items as Pleo hands them over, with good defaults: a test states only what it is about."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from exports.posting.context import HeldBill, PostingContext, Receipt, RecordFacts, TaxDetail
from exports.posting.plan import CannotPost, PostingPlan, plan_posting
from integration.intacct.documents import AttachmentFile, Bill, JournalEntry
from integration.money import Money
from integration.pleo.items import ExportItem, parse_item
from tests.unit.exports.posting.company_kit import BANKS, CONTEXT, OUTPUT, PAYABLES, REDUCED, REVERSE, STANDARD, UK, ZERO

__all__ = ["BANKS", "CONTEXT", "OUTPUT", "PAYABLES", "REDUCED", "REVERSE", "STANDARD", "UK", "ZERO"]

ENTRY = "6f0c2c1e-0000-4000-8000-000000000001"


def context(**changes: Any) -> PostingContext:
    return replace(CONTEXT, **changes)


def payables(**changes: Any) -> PostingContext:
    """A company that posts card expenses as bills."""
    return replace(PAYABLES, **changes)


def invoice(number: str = "INV-4711", **more: Any) -> dict[str, Any]:
    """Pleo's data of an invoice of 20 February, due on 22 March and paid on 20 March."""
    days = {"invoiceDate": "2026-02-20", "dueDate": "2026-03-22", "paymentDate": "2026-03-20"}
    return {"invoiceNumber": number, **days, "status": "paid", **more}


def held(amount: int = 120000, *, due: int | None = None, currency: str = "GBP", **more: Any) -> HeldBill:
    """The bill of that invoice as Intacct holds it. amount, due: minor units."""
    total = Money.of_minor(amount, currency)
    facts = {"record": "4711", "vendor": "V-100", "number": "INV-4711", "state": "Posted", "posted_on": date(2026, 2, 20), "ours": True}
    return HeldBill(total=total, due=total if due is None else Money.of_minor(due, currency), **(facts | more))


def rate_context(rate: str, **changes: Any) -> PostingContext:
    """A company with one tax code, RATE, at `rate` percent."""
    return context(tax_details={"RATE": TaxDetail("RATE", Decimal(rate), UK)}, **changes)


def both(minor: int, currency: str) -> dict[str, Any]:
    amount = {"currency": currency, "value": minor}
    return {"inWalletCurrency": amount, "inSupplierCurrency": amount}


def line(
    minor: int = 12000,
    account: str | None = "6100",
    *,
    tax: int | None = None,
    code: str | None = STANDARD,
    rate: str = "0.2",
    tax_type: str = "inclusive",
    net: int | None = None,
    tags: dict[str, str] | None = None,
    tag_list: list[tuple[str, str]] | None = None,
    currency: str = "GBP",
    name: str = "",
    tax_accounts: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """tax: minor units; None means Pleo gives no tax. net: where it is not amount less tax."""
    of_net = net if net is not None else minor - (tax or 0 if tax_type != "reverse" else 0)
    result: dict[str, Any] = {
        "accountingEntryLineId": "line",
        "lineAmount": both(minor, currency),
        "netAmount": both(of_net, currency),
        "account": {"id": "a", "name": name, "code": account} if account is not None else None,
        "tags": [{"id": "t", "groupCode": group, "code": value} for group, value in [*(tags or {}).items(), *(tag_list or [])]],
        "tax": None,
    }
    if tax is not None:
        result["tax"] = {"id": "x", "code": code, "rate": rate, "type": tax_type, "amount": both(tax, currency)}
        if tax_accounts:
            result["tax"] |= dict(zip(("ingoingTaxAccount", "outgoingTaxAccount"), tax_accounts, strict=True))
    return result


def raw_item(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """An export item as JSON. The total is the lines' sum where `amount` (minor units) is not given."""
    lines = lines or (line(tax=2000),)
    currency = fields.pop("currency", "GBP")
    minor = fields.pop("amount", None)
    minor = sum(each["lineAmount"]["inWalletCurrency"]["value"] for each in lines) if minor is None else minor
    supplier = fields.pop("supplier_amount", None)
    extra: dict[str, Any] = {"reconciliationId": fields.pop("book_id", "PLEO-0042"), "attendees": fields.pop("attendees", [])}
    if "invoice" in fields:
        extra["invoiceInformation"] = fields.pop("invoice")
    raw: dict[str, Any] = {
        "accountingEntryId": ENTRY,
        "companyId": "0b7c0000-0000-4000-8000-000000000000",
        "type": fields.pop("type", "card_purchase"),
        "date": fields.pop("date", "2026-03-09T12:00:00Z"),
        "amount": both(minor, currency),
        "accountingEntryLines": list(lines),
        "additionalInformation": extra,
        "supplier": {"name": fields.pop("merchant", "Trainline"), "code": fields.pop("supplier_code", None)},
        "user": {"id": "u", "name": fields.pop("employee", "Ada Byron"), "code": fields.pop("employee_code", None)},
        "note": fields.pop("note", "Ticket to Leeds"),
        "files": [],
        "_links": {},
    }
    if supplier:
        raw["amount"]["inSupplierCurrency"] = {"currency": supplier[0], "value": supplier[1]}
    for name, value in fields.items():
        raw[{"sub_type": "subType", "contra": "contraAccount"}.get(name, name)] = value
    return raw


def item(*lines: dict[str, Any], **fields: Any) -> ExportItem:
    return parse_item(json.loads(json.dumps(raw_item(*lines, **fields)), parse_float=Decimal))


def receipt(number: int = 1, content: str = "a", kind: str = "pdf") -> Receipt:
    return Receipt(number, AttachmentFile(f"file-{number}", kind, content * 64, 1000))


def bad_receipt(number: int = 1) -> Receipt:
    return Receipt(number, None, "The receipt is larger than 10 MB.", "receipt_too_large")


def facts(*receipts: Receipt, **changes: Any) -> RecordFacts:
    return RecordFacts(receipts=receipts, **changes)


def plan(of: ExportItem, within: PostingContext = CONTEXT, record: RecordFacts | None = None) -> PostingPlan:
    return plan_posting(of, within, record or facts(receipt()))


def entry(of: ExportItem, within: PostingContext = CONTEXT, record: RecordFacts | None = None) -> JournalEntry:
    principal = plan(of, within, record).principal
    assert isinstance(principal, JournalEntry)
    return principal


def billed(of: ExportItem, within: PostingContext = PAYABLES, record: RecordFacts | None = None) -> Bill:
    principal = plan(of, within, record).principal
    assert isinstance(principal, Bill)
    return principal


def bill_rows(of: Bill) -> list[tuple[str, ...]]:
    """The lines as an accountant writes them: (account, net, tax …)."""
    return [(each.account, str(each.amount.amount), *(str(tax.amount.amount) for tax in each.taxes)) for each in of.lines]


def rows(of: JournalEntry) -> list[tuple[str, str, str, str]]:
    """The lines as an accountant writes them: (side, account, amount, tax or "")."""
    return [
        ("Dr" if each.side == "debit" else "Cr", each.account, str(each.amount.amount), str(each.tax.amount.amount) if each.tax else "")
        for each in of.lines
    ]


def carried(of: JournalEntry | Bill, number: int) -> dict[str, str]:
    """The dimensions of one line, counted from 0, by element."""
    return {each.element: each.value for each in of.lines[number].dimensions}


def codes(of: ExportItem, within: PostingContext = CONTEXT, record: RecordFacts | None = None) -> list[str]:
    """The codes of what is wrong; empty where nothing is."""
    try:
        plan(of, within, record)
    except CannotPost as error:
        return [problem.code for problem in error.problems]
    return []


def sentences(of: ExportItem, within: PostingContext = CONTEXT, record: RecordFacts | None = None) -> list[str]:
    try:
        plan(of, within, record)
    except CannotPost as error:
        return [problem.sentence for problem in error.problems]
    return []


def gbp(amount: str) -> Money:
    return Money(Decimal(amount), "GBP")
