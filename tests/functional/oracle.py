"""What must stand in the demo company's ledger for one Pleo item, worked out from the item and docs/reference/posting-examples.md alone.

Independent on purpose: it reads the raw item that Pleo holds, knows the demo world by heart, and calls none of our rules.
Amounts are Decimal with two digits; a debit is positive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from integration.sandbox import receipts
from integration.sandbox.sandbox import Sandbox
from integration.sandbox.world import UK_COMPANY_ID, US_COMPANY_ID

INPUT_VAT = "2200"
OWED_TO_EMPLOYEES = "2050"
ZERO_RATE = "UK Purchase Goods Zero Rate"  # the default tax code of demo.yaml
VENDORS = {"V-PLEO", "V-CLOUD", "V-MASON", "V-RAIL", "V-PAPER", "V-HOTEL", "V-STUDIO", "V-USOFF"}
EMPLOYEES = {"E-17", "E-18", "E-19", "E-30", "E-31"}
PURCHASES = {"card_purchase", "card_invoice", "out_of_pocket"}
_TAG_FIELDS = {"DEPARTMENT": "department", "CLASS": "class", "PROJECT": "project", "LOCATION": "location", "VENDOR": "vendor"}
_DIMENSION_FIELDS = ("department", "location", "class", "project", "employee", "vendor", "customer", "item")


@dataclass(frozen=True, slots=True)
class Company:
    entity: str
    zone: str
    base: str
    wallets: Mapping[str, str]
    has_vat: bool


COMPANIES = {
    UK_COMPANY_ID: Company("UK01", "Europe/London", "GBP", {"GBP": "1050", "EUR": "1051"}, has_vat=True),
    US_COMPANY_ID: Company("US01", "America/New_York", "USD", {"USD": "1060"}, has_vat=False),
}

# (account, signed net, tax detail, tax or None, dimensions, whether Intacct added it as tax)
Line = tuple[str, Decimal, str, Decimal | None, tuple[tuple[str, str], ...], bool]


@dataclass(frozen=True)
class Expected:
    """lines: every posting of the entry, the tax postings among them. tax: input VAT of the whole entry, signed."""

    entity: str
    journal: str
    date: str
    currency: str
    gross: Decimal
    tax: Decimal
    vat_vendor: str
    tax_implications: str
    document: str
    lines: Counter[Line]
    files: Counter[bytes]


def expected_entry(sandbox: Sandbox, entry_id: str) -> Expected | None:
    """Return what the ledger must hold for this entry; None where there is nothing to post."""
    row = sandbox.pleo.entry(entry_id)
    item = row["item"]
    company = COMPANIES[row["companyId"]]
    wallet = item["amount"]["inWalletCurrency"]
    lines: Counter[Line] = Counter()
    taxed, vat = False, Decimal(0)
    parts: list[Decimal] = []
    for line in item["accountingEntryLines"]:
        gross = _money(line["lineAmount"])
        if not gross:
            continue
        dimensions = _dimensions(sandbox, line, company)
        detail, tax = _tax(item["type"], line, company)
        lines[(line["account"]["code"], gross - (tax or 0), detail, tax, dimensions, False)] += 1
        parts += [part for part in (gross - (tax or 0), tax) if part]
        if tax is not None:
            taxed = True
            vat += tax
        if tax:
            lines[(INPUT_VAT, tax, detail, None, dimensions, True)] += 1
    if not lines:
        return None
    owed = item["type"] == "out_of_pocket"
    payee = item["user"].get("code", "")
    offset = {"location": company.entity} | ({"employee": payee} if owed and payee in EMPLOYEES else {})
    account = OWED_TO_EMPLOYEES if owed else company.wallets[wallet["currency"]]
    # Abroad each net and each tax has its own amount on the other side, so that both become the same base amount.
    for part in [_money(item["amount"])] if wallet["currency"] == company.base else parts:
        lines[(account, -part, "", None, tuple(sorted(offset.items())), False)] += 1
    information = item["additionalInformation"]
    number = information.get("invoiceInformation", {}).get("invoiceNumber") if item["type"] == "card_invoice" else None
    return Expected(
        entity=company.entity,
        journal="PLRE" if owed else "PLEO",
        date=_local_day(item["date"], company),
        currency=wallet["currency"],
        gross=_money(item["amount"]),
        tax=vat,
        vat_vendor=_vat_vendor(item) if taxed else "",
        tax_implications="Inbound" if taxed else "None",
        document=number or information["reconciliationId"],
        lines=lines,
        files=files_of(sandbox, row),
    )


def standing_entry(sandbox: Sandbox, entry: Mapping[str, Any]) -> Expected:
    """Return what the ledger does hold, in the same form."""
    lines: Counter[Line] = Counter()
    for line in entry["lines"]:
        if line["is_tax"] and not line["amount"]:
            continue
        dimensions = {name: line[name] for name in _DIMENSION_FIELDS if line[name]} | {
            f"udd {key}": value for key, value in line["udd"].items()
        }
        signed = line["amount"] if line["side"] == "debit" else -line["amount"]
        tax = None if line["tax"] is None else line["tax"] * (1 if line["side"] == "debit" else -1)
        lines[(line["account"], signed, line["tax_detail"], tax, tuple(sorted(dimensions.items())), line["is_tax"])] += 1
    offset = [line for line in entry["lines"] if not line["is_tax"]][-1]
    gross = -sum(signed for account, signed, *_ in lines.elements() if account == offset["account"])
    stored = sandbox.intacct.attachments()[entry["supdocid"]] if entry["supdocid"] else []
    return Expected(
        entity=entry["entity"],
        journal=entry["journal"],
        date=entry["date"],
        currency=entry["currency"],
        gross=gross,
        tax=sum((amount for _, amount, _, _, _, is_tax in lines.elements() if is_tax), Decimal(0)),
        vat_vendor=entry["vat_vendor"],
        tax_implications=entry["tax_implications"],
        document=offset["document"],
        lines=lines,
        files=Counter(content for _, _, content in stored),
    )


def files_of(sandbox: Sandbox, row: Mapping[str, Any]) -> Counter[bytes]:
    """Return the bytes of an entry's receipts, as Pleo's file host gives them."""
    found = ((file_id, sandbox.books.get("pleo", "file", file_id)) for file_id in row["files"])
    return Counter(receipts.content(file_id, receipts.Receipt.from_row(file["receipt"])) for file_id, file in found if file)


def _money(both: Mapping[str, Any]) -> Decimal:
    return Decimal(both["inWalletCurrency"]["value"]) / 100


def _local_day(stamp: str, company: Company) -> str:
    return datetime.fromisoformat(stamp.replace("Z", "+00:00")).astimezone(ZoneInfo(company.zone)).strftime("%m/%d/%Y")


def _tax(kind: str, line: Mapping[str, Any], company: Company) -> tuple[str, Decimal | None]:
    """Pleo's own figure, never one worked out; an entity without tax solution has none; no tax on a purchase: the default code."""
    if not company.has_vat:
        return "", None
    if line["tax"]:
        assert line["tax"]["type"] == "inclusive"
        return line["tax"]["code"], _money(line["tax"]["amount"])
    return (ZERO_RATE, Decimal(0)) if kind in PURCHASES else ("", None)


def _dimensions(sandbox: Sandbox, line: Mapping[str, Any], company: Company) -> tuple[tuple[str, str], ...]:
    found = {"location": company.entity}
    for tag in line["tags"]:
        group, code = tag["groupCode"], tag["code"].upper()
        if group == "COST_CENTRE":
            (row,) = [each for each in sandbox.books.all("intacct", "COST_CENTRE") if each["name"] == code]
            found["udd GLDIMCOST_CENTRE"] = row["id"]
        else:
            found[_TAG_FIELDS[group]] = code
    return tuple(sorted(found.items()))


def _vat_vendor(item: Mapping[str, Any]) -> str:
    named = (item.get("supplier") or {}).get("code", "")
    return named if named in VENDORS else "V-PLEO"
