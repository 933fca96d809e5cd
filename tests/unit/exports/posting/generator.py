"""Items nobody thought of: made by chance, good ones and spoiled ones, with a company to post them into."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from exports.posting.context import PostingContext, RecordFacts
from exports.posting.kinds import RULES
from tests.unit.exports.posting.posting_kit import (
    CONTEXT,
    REDUCED,
    REVERSE,
    STANDARD,
    ZERO,
    bad_receipt,
    context,
    held,
    invoice,
    line,
    raw_item,
    receipt,
)

RATES = {STANDARD: 20, REDUCED: 5, ZERO: 0}
KINDS = sorted(RULES)
LARGEST = 10**7
TEXTS = ("", "Trainline", "  ", "😀" * 90, "]]>", "a\x00b", "\u202ex", "\ud800", "Café & <Söhne>", "x" * 200)
TAGS: tuple[dict[str, str], ...] = (
    *({}, {}, {"DEPARTMENT": "200"}, {"LOCATION": "London", "COST_CENTRE": "events"}, {"vendor": "V-100"}),
    {"PROJECT": "P-1", "TASK": "T-1", "COSTTYPE": "C-1"},
)


def make(chance: Random) -> tuple[dict[str, Any], PostingContext, RecordFacts]:
    """Return an item as JSON, a company, and what is known besides; about a third of the items is spoiled."""
    kind, sub_type = chance.choice(KINDS)
    currency = chance.choice(("GBP", "GBP", "GBP", "EUR", "EUR", "JPY"))
    within = company(chance)
    raw = _item(chance, kind, sub_type, currency)
    if chance.randint(0, 2) == 0:
        _spoil(chance, raw)
    return raw, within, _facts(chance, raw, currency)


def company(chance: Random) -> PostingContext:
    """Return a company with settings by chance."""
    yes = lambda: chance.randint(0, 1) == 1  # noqa: E731
    confirmed = frozenset((*key, chance.choice((1, -1))) for key in KINDS) if yes() else frozenset()
    return context(
        card=replace(
            CONTEXT.card,
            method=chance.choice(("journal", "accounts_payable")),
            settlement=chance.choice(("payment", "payment", "leave_open")),
        ),
        reimbursements=replace(CONTEXT.reimbursements, employee_receivable_account=chance.choice(("", "2055"))),
        offset_per_line=yes(),
        multi_currency=chance.randint(0, 3) > 0,
        draft=yes(),
        tax_solution=chance.choice((CONTEXT.tax_solution, CONTEXT.tax_solution, "")),
        default_tax_code=chance.choice(("", ZERO, STANDARD)),
        default_tax_splits_gross=yes(),
        reverse_charge_on_journals=chance.choice(("fail", "bill", "accounts")),
        partially_exempt=chance.randint(0, 3) == 0,
        partial_exemption_on_journals=chance.choice(("fail", "full", "no_recovery")),
        open_from=chance.choice((None, None, date(2026, 4, 1))),
        payables_open_from=chance.choice((None, None, date(2026, 4, 3))),
        cash_open_from=chance.choice((None, None, date(2026, 4, 4))),
        closed_period=chance.choice(("first_open_day", "today")),
        own_posting_date=chance.choice((None, True, False)),
        user_names_summaries=yes(),
        in_united_states=yes(),
        confirmed_directions=confirmed,
    )


def _item(chance: Random, kind: str, sub_type: str, currency: str) -> dict[str, Any]:
    sign = RULES[kind, sub_type].sign * (-1 if chance.randint(0, 9) == 0 else 1)
    lines = [_line(chance, currency, sign) for _ in range(chance.choice((1, 1, 1, 2, 3, 6)))]
    room = sum(abs(_minor(each)) for each in lines)
    discount = _line(chance, currency, -sign)
    if chance.randint(0, 2) == 0 and abs(_minor(discount)) <= room:
        lines.append(discount)
    fields: dict[str, Any] = {"invoice": invoice()} if kind in ("invoice", "invoice_payment", "card_invoice") else {}
    return raw_item(
        *lines,
        type=kind,
        sub_type=sub_type or None,
        currency=currency,
        book_id=chance.choice(TEXTS),
        merchant=chance.choice(TEXTS),
        note=chance.choice(TEXTS),
        employee=chance.choice(TEXTS),
        employee_code=chance.choice((None, "E-17", "E-99")),
        supplier_amount=chance.choice((None, ("USD", 10000))),
        date=chance.choice(("2026-03-09T12:00:00Z", "2026-03-31T23:30:00Z")),
        vendor=chance.choice((None, {"id": "v", "name": "Hilton", "code": "V-200"})),
        **fields,
    )


def _line(chance: Random, currency: str, sign: int) -> dict[str, Any]:
    minor = sign * chance.choice((chance.randint(0, 100), chance.randint(0, LARGEST)))
    how: dict[str, Any] = {"account": chance.choice(("6100", "6200", "6300")), "tags": dict(chance.choice(TAGS)), "currency": currency}
    code = chance.choice((None, None, STANDARD, STANDARD, *RATES, REVERSE))
    if code is None:
        return line(minor, **how)
    if code == REVERSE:
        tax = chance.choice((0, sign * ((abs(minor) + 2) // 5), sign * chance.randint(0, abs(minor) // 5)))
        return line(minor, tax=tax, code=code, tax_type="reverse", tax_accounts=("2200", "2201"), **how)
    tax = sign * chance.randint(0, abs(minor) * RATES[code] // (100 + RATES[code]))
    return line(minor, tax=tax, code=code, rate=str(Decimal(RATES[code]) / 100), **how)


def _spoil(chance: Random, raw: dict[str, Any]) -> None:
    """Make up to three things wrong with an item, at any line."""
    for _ in range(chance.randint(1, 3)):
        each = chance.choice(raw["accountingEntryLines"])
        wallet = each["lineAmount"]["inWalletCurrency"]
        how = chance.randint(0, 9)
        if how == 0:
            each["account"] = chance.choice(
                (None, {"code": "6900"}, {"code": "2000"}, {"code": "1050"}, {"code": "1000"}, {"code": "6600"})
            )
        elif how == 1:
            each["tags"].append({"groupCode": "DEPARTMENT", "code": chance.choice(("900", "300", "gone"))})
        elif how == 2 and each["tax"]:
            each["tax"]["code"] = chance.choice(("gone", "FR Standard", REVERSE, None))
        elif how == 3 and each["tax"]:
            each["tax"]["type"] = chance.choice(("reverse", "exclusive", "strange", "inclusive"))
        elif how == 4:
            each["netAmount"]["inWalletCurrency"] = {**wallet, "value": chance.randint(-500, 500)}
        elif how == 5:
            raw["amount"]["inWalletCurrency"] = {**raw["amount"]["inWalletCurrency"], "value": chance.randint(-500, 500)}
        elif how == 6:
            raw["type"] = chance.choice(("refund", "unheard of", "card_purchase", "invoice"))
        elif how == 7:
            each["lineAmount"]["inWalletCurrency"] = {**wallet, "currency": "SEK"}
        elif how == 8:
            each["tags"].append({"groupCode": "VENDOR", "code": chance.choice(("V-200", "V-HOLD", "nobody"))})
        elif "invoiceInformation" in raw["additionalInformation"]:
            raw["additionalInformation"]["invoiceInformation"]["invoiceNumber"] = chance.choice(("", "x" * 31, "other"))


def _facts(chance: Random, raw: dict[str, Any], currency: str) -> RecordFacts:
    files = chance.choice(((), (receipt(),), (receipt(), bad_receipt(2)), (bad_receipt(),)))
    if raw["type"] not in ("invoice_payment", "invoice", "card_invoice") or chance.randint(0, 9) == 0:
        return RecordFacts(receipts=files)
    total = abs(raw["amount"]["inWalletCurrency"]["value"])
    due = chance.choice((*[total] * 8, 0, total // 2))
    state = chance.choice((*["Posted"] * 7, "Submitted", "Paid", "Reversed"))
    vendor = chance.choice(("V-100", "V-200"))
    known = held(total, due=due, currency=currency, state=state, vendor=vendor, ours=chance.randint(0, 1) == 1)
    return RecordFacts(receipts=files, bills=(known,) if raw["type"] == "invoice_payment" or chance.randint(0, 4) == 0 else ())


def _minor(raw_line: dict[str, Any]) -> int:
    return int(raw_line["lineAmount"]["inWalletCurrency"]["value"])
