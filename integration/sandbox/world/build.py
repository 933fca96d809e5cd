"""From one readable line of a table to an export item as Pleo gives it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from integration.sandbox.pleo.call import stamp
from integration.sandbox.world.names import ACCOUNT_NAMES, DIMENSIONS, PEOPLE, STAFF, TAXES, Company, fixed_id

Row = dict[str, Any]
_WITHOUT_SUPPLIER = frozenset(
    ("fee", "cashback", "mileage", "per_diem", "direct_reimbursement", "external_reimbursement", "wallet_topup", "wallet_unload")
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One accounting entry of the tables.

    days, at: how many days before now, and the time of that day in UTC; `day` (yyyy-mm-dd) replaces days.
    lines: "account gross tax key=value …", set apart by " | ". Account "-" is no category; tax "-" is none, and
    "svc=16.66" states its amount where the receipt differs from the rate. Keys are those of names.DIMENSIONS.
    files: extensions. charged: what the merchant took, "100.00 USD", if not the wallet amount.
    wallet: its currency if not the company's own. total: in place of the sum of the lines.
    supplier, vendor: their codes; method: Pleo's bookkeeping method; journal only with a vendor. invoice: (number, days before now);
    paid: how many days before now. settles: labels of the expenses that a reimbursement pays. tax_accounts: Pleo names
    the accounts of a reverse charge. job: which of the company's jobs offers it, from 1.
    problem: why it must not be posted; waits: what it waits for before it can be; skipped: nothing to post, and yet
    successful.
    """

    label: str
    type: str
    merchant: str
    who: str
    days: int
    lines: str
    files: str = ""
    note: str = ""
    at: str = "12:00"
    day: str = ""
    sub_type: str = ""
    charged: str = ""
    wallet: str = ""
    total: str = ""
    supplier: str = ""
    vendor: str = ""
    invoice: tuple[str, int] | None = None
    attendees: tuple[str, ...] = ()
    country: str = ""
    method: str = "journal"
    paid: int | None = None
    settles: tuple[str, ...] = ()
    tax_accounts: bool = False
    job: int = 1
    problem: str = ""
    waits: str = ""
    skipped: bool = False

    @property
    def id(self) -> str:
        return entry_id(self.label)


def entry_id(label: str) -> str:
    """The accounting entry id of an entry of the tables, e.g. of "UK-07"."""
    return fixed_id(f"entry {label}")


def minor(amount: str) -> int:
    """An amount with two decimals in minor units."""
    return int(Decimal(amount) * 100)


def whole(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def build_item(entry: Entry, company: Company, now: datetime) -> Row:
    """The ExportItemV3 of an entry, without links, files and contra account."""
    wallet = entry.wallet or company.currency
    parsed = [line.split() for line in entry.lines.split(" | ")]
    total = sum(minor(words[1]) for words in parsed) if not entry.total else minor(entry.total)
    charged, charged_currency = total, wallet
    if entry.charged:
        text, charged_currency = entry.charged.split()
        charged = minor(text)
    scale = _Scale(wallet, charged_currency, Decimal(charged) / total if total and entry.charged else Decimal(1))
    lines = [_line(entry, number, words, scale) for number, words in enumerate(parsed, start=1)]
    if entry.charged:  # what rounding left over goes to the last line
        supplier = lines[-1]["lineAmount"]["inSupplierCurrency"], lines[-1]["netAmount"]["inSupplierCurrency"]
        rest = charged - sum(line["lineAmount"]["inSupplierCurrency"]["value"] for line in lines)
        for money in supplier:
            money["value"] += rest

    person = PEOPLE[entry.who]
    team: Row = {"id": fixed_id(f"team {person.team[0]}"), "name": person.team[0]}
    user: Row = {"id": person.id, "name": person.name}
    if person.team[1]:
        team["code"] = person.team[1]
    if person.code:
        user["code"] = person.code
    supplier_row: Row = {"name": entry.merchant, "country": entry.country or company.country, "categoryCode": "5999"}
    if entry.supplier:
        supplier_row["code"] = entry.supplier
    information: Row = {"reconciliationId": f"PLEO-{entry.label}"}
    if entry.attendees:
        information["attendees"] = list(entry.attendees)
    if entry.invoice:
        number, days = entry.invoice
        information["invoiceInformation"] = {
            "invoiceNumber": number,
            "invoiceDate": stamp(_midnight(now - timedelta(days=days))),
            "dueDate": stamp(_midnight(now - timedelta(days=days - 30))),
            "status": "paid",
        }
        if entry.paid is not None:
            information["invoiceInformation"]["paymentDate"] = stamp(_midnight(now - timedelta(days=entry.paid)))
        if entry.type in ("invoice", "invoice_payment"):
            bank = {"bankName": "First Bank", "country": entry.country or company.country, "accountNumber": "12345678"}
            information["invoiceInformation"]["supplierBankAccount"] = bank
    if entry.settles:
        information["reconciledEntries"] = [f"PLEO-{label}" for label in entry.settles]
    item: Row = {
        "accountingEntryId": entry.id,
        "companyId": company.id,
        "type": entry.type,
        "date": stamp(_moment(entry, now)),
        "amount": {
            "inWalletCurrency": {"currency": wallet, "value": total},
            "inSupplierCurrency": {"currency": charged_currency, "value": charged},
        },
        "accountingEntryLines": lines,
        "additionalInformation": information,
        "note": entry.note or None,
        "supplier": None if entry.type in _WITHOUT_SUPPLIER else supplier_row,
        "user": user,
        "team": team,
    }
    if entry.sub_type:
        item["subType"] = entry.sub_type
    if entry.vendor:
        item["vendor"] = {
            "id": fixed_id(f"vendor {entry.vendor}"),
            "name": entry.merchant,
            "code": entry.vendor,
            "defaultCurrency": wallet,
        }
    if entry.vendor or entry.method != "journal":
        item["bookkeeping"] = {"method": entry.method}
    return item


@dataclass(frozen=True, slots=True)
class _Scale:
    wallet: str
    charged: str
    rate: Decimal

    def both(self, value: int) -> Row:
        return {
            "inWalletCurrency": {"currency": self.wallet, "value": value},
            "inSupplierCurrency": {"currency": self.charged, "value": whole(value * self.rate)},
        }


def _line(entry: Entry, number: int, words: Sequence[str], scale: _Scale) -> Row:
    code, gross, tax_name, *tags = words
    value = minor(gross)
    tax_name, _, stated = tax_name.partition("=")
    amount = 0
    tax: Row | None = None
    if tax_name != "-":
        detail, percent, kind = TAXES[tax_name]
        if stated:
            amount = minor(stated)
        elif kind == "reverse":
            amount = whole(Decimal(value) * percent / 100)
        else:
            amount = whole(Decimal(value) * percent / (100 + percent))
        tax = {
            "id": fixed_id(f"tax code {detail}"),
            "code": detail,
            "rate": percent / 100,  # a JSON number, as the API wants it; no money is made from it
            "type": kind,
            "amount": scale.both(amount),
        }
        if entry.tax_accounts:
            tax |= {"ingoingTaxAccount": "2200", "outgoingTaxAccount": "2201"}
    line: Row = {
        "accountingEntryLineId": fixed_id(f"line {entry.label} {number}"),
        "lineAmount": scale.both(value),
        "netAmount": scale.both(value),
        "account": None,
        "tags": [_tag(entry.label[:2], *tag.split("=")) for tag in tags],
        "tax": tax,
    }
    if tax is not None and tax["type"] == "inclusive":
        for side, money in line["netAmount"].items():
            money["value"] = line["lineAmount"][side]["value"] - tax["amount"][side]["value"]
    if code != "-":
        name = ACCOUNT_NAMES.get(code, f"Account {code}")
        line["account"] = {"id": fixed_id(f"account {code}"), "name": name, "code": code}
    return line


def _tag(prefix: str, short: str, code: str) -> Row:
    group = DIMENSIONS[short]
    return {"id": fixed_id(f"tag {prefix} {group} {code.upper()}"), "groupCode": group, "code": code}


def _moment(entry: Entry, now: datetime) -> datetime:
    hour, minute = entry.at.split(":")
    day = datetime.fromisoformat(entry.day) if entry.day else now.astimezone(UTC) - timedelta(days=entry.days)
    return day.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0, tzinfo=UTC)


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


_SHOPS = ("Quill & Paper", "Northern Rail", "Bean Counter Café", "Harbour Hotel", "Cloudlane", "Fenwick Hardware")
_ACCOUNTS = ("6100", "6200", "6300", "6400", "6500", "6600", "6800")


def random_item(rng: random.Random, number: int, company: Company, now: datetime) -> tuple[Row, tuple[str, ...]]:
    """A good item of a large world, and its files. The same number and state of `rng` give the same item."""
    lines = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        tax = rng.choice(("goods", "svc", "red", "zero", "-")) if company.prefix == "UK" else "-"
        gross = rng.randint(100, 50_000)
        department = rng.choice(("100", "200", "300"))
        lines.append(f"{rng.choice(_ACCOUNTS)} {gross // 100}.{gross % 100:02d} {tax} dep={department}")
    entry = Entry(
        label=f"{company.prefix}-R{number}",
        type=rng.choice(("card_purchase", "card_purchase", "card_purchase", "out_of_pocket")),
        merchant=rng.choice(_SHOPS),
        who=rng.choice(STAFF[company.prefix]),
        days=rng.randint(1, 30),
        lines=" | ".join(lines),
        note=f"Purchase {number}",
    )
    return build_item(entry, company, now), rng.choice((("pdf",), ("pdf",), ("png",), ()))
