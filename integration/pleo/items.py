"""An export item as Pleo hands it over, as an immutable value.

Source: Pleo Export API v3, schema ExportItemV3.
"""

from __future__ import annotations

import hashlib
import json
import re
import reprlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from integration.money import Money

_CURRENCY = re.compile("[A-Z]{3}")
# Bounds of what is worked with: beyond them no day is in every time zone, no sum fits a column, no product is exact.
_YEARS = range(1900, 2200)
_MINOR_UNITS_AT_MOST = 10**15
_RATE_AT_MOST = 100
_DECIMALS_AT_MOST = 20
_NUMBER_LENGTH = 60
_CURRENCY_LENGTHS = {"inWalletCurrency": 3, "inSupplierCurrency": 10}  # where it is not known, Pleo writes UNDEFINED


def without_invisible(text: str) -> str:
    """Return `text` without format characters (Unicode's category Cf), which come along when a text is copied."""
    return text if text.isascii() else "".join(each for each in text if unicodedata.category(each) != "Cf")


class MalformedItem(ValueError):
    """The item does not have the shape Pleo promises; the message names the field."""


@dataclass(frozen=True, slots=True)
class ItemFile:
    """A receipt: a link that dies after 24 hours; type and size (bytes) as Pleo says, either may be missing."""

    url: str
    type: str
    size: int | None


@dataclass(frozen=True, slots=True)
class ItemTag:
    group_code: str
    code: str


@dataclass(frozen=True, slots=True)
class ItemTax:
    """rate: percent (20 means 20 %), turned from Pleo's 0.2. type: inclusive, exclusive or reverse. Accounts may be ""."""

    code: str
    rate: Decimal
    type: str
    amount: Money
    input_account: str = ""
    output_account: str = ""


@dataclass(frozen=True, slots=True)
class ItemLine:
    """amount: the line's gross in wallet currency; net: Pleo's netAmount in wallet currency."""

    id: str
    account_code: str
    account_name: str
    amount: Money
    net: Money
    tax: ItemTax | None
    tags: tuple[ItemTag, ...]


@dataclass(frozen=True, slots=True)
class ItemVendor:
    """country: two letters, "" where Pleo does not say."""

    name: str
    code: str
    external_id: str
    country: str = ""


@dataclass(frozen=True, slots=True)
class ItemInvoice:
    number: str
    invoice_date: datetime
    due_date: datetime | None
    payment_date: datetime | None
    status: str


@dataclass(frozen=True, slots=True)
class ExportItem:
    """An accounting entry with all data needed to post it. Amounts are signed as Pleo signs them."""

    entry_id: str
    company_id: str
    type: str
    sub_type: str
    booked_at: datetime
    amount: Money
    supplier_amount: Money
    lines: tuple[ItemLine, ...]
    reconciliation_id: str
    merchant: str = ""
    supplier_code: str = ""
    supplier_country: str = ""
    vendor: ItemVendor | None = None
    method: str = ""
    employee_name: str = ""
    employee_code: str = ""
    team_name: str = ""
    team_code: str = ""
    note: str = ""
    attendees: tuple[str, ...] = ()
    invoice: ItemInvoice | None = None
    contra_account_code: str = ""
    files: tuple[ItemFile, ...] = ()
    link: str = ""

    @property
    def currency(self) -> str:
        return self.amount.currency

    @property
    def supplier_currency(self) -> str:
        """What the supplier charged in; "" where Pleo does not know it (its word for that is UNDEFINED)."""
        currency = self.supplier_amount.currency
        return currency if _CURRENCY.fullmatch(currency) else ""

    def fingerprint(self) -> str:
        """Return what of this item matters for its posting, as a hash of 64 hex digits.

        Not in it: Pleo's own ids, invoice status, links, files, note, names (docs/design.md, section 4).
        """
        invoice = self.invoice
        matters = [
            self.type,
            self.sub_type,
            self.booked_at.isoformat(),
            _plain(self.amount),
            _plain(self.supplier_amount),
            [
                [
                    _plain(line.amount),
                    _plain(line.net),
                    line.account_code,
                    sorted([tag.group_code.casefold(), tag.code.casefold()] for tag in line.tags),
                    [line.tax.code, str(line.tax.rate.normalize()), line.tax.type, _plain(line.tax.amount)] if line.tax else None,
                ]
                for line in self.lines
            ],
            (self.vendor.code or self.vendor.external_id) if self.vendor else self.supplier_code,
            [
                invoice.number,
                invoice.invoice_date.isoformat(),
                invoice.due_date.isoformat() if invoice.due_date else None,
                invoice.payment_date.isoformat() if invoice.payment_date and self.type == "invoice_payment" else None,
            ]
            if invoice
            else None,
        ]
        return hashlib.sha256(json.dumps(matters, ensure_ascii=True).encode()).hexdigest()


def parse_item(raw: Mapping[str, Any]) -> ExportItem:
    """Read one element of GET /v3/export-items.

    `raw` comes from JSON read with parse_float=Decimal, or from the stored text where decimals are strings.

    Raises MalformedItem naming the first field that is missing or of the wrong form.
    """
    reader = _Reader(raw)
    extra = reader.part("additionalInformation")
    supplier, user, team, vendor = (reader.optional(name) for name in ("supplier", "user", "team", "vendor"))
    bookkeeping, contra = reader.optional("bookkeeping"), reader.optional("contraAccount")
    invoice = extra.optional("invoiceInformation")
    links = reader.optional("_links")
    return ExportItem(
        entry_id=reader.text("accountingEntryId"),
        company_id=reader.text("companyId"),
        type=reader.text("type"),
        sub_type=reader.maybe_text("subType"),
        booked_at=reader.moment("date"),
        amount=reader.part("amount").money("inWalletCurrency"),
        supplier_amount=reader.part("amount").money("inSupplierCurrency"),
        lines=tuple(_line(line) for line in reader.parts("accountingEntryLines")),
        reconciliation_id=extra.maybe_text("reconciliationId"),
        merchant=supplier.maybe_text("name") if supplier else "",
        supplier_code=supplier.maybe_code("code") if supplier else "",
        supplier_country=_country(supplier) if supplier else "",
        vendor=_vendor(vendor) if vendor else None,
        method=bookkeeping.maybe_text("method") if bookkeeping else "",
        employee_name=user.maybe_text("name") if user else "",
        employee_code=user.maybe_code("code") if user else "",
        team_name=team.maybe_text("name") if team else "",
        team_code=team.maybe_code("code") if team else "",
        note=reader.maybe_text("note"),
        attendees=extra.texts("attendees"),
        invoice=_invoice(invoice) if invoice else None,
        contra_account_code=contra.maybe_code("code") if contra else "",
        files=tuple(_file(file) for file in reader.parts("files", optional=True)),
        link=_first_link(links.optional("web") if links else None),
    )


def _line(line: _Reader) -> ItemLine:
    account, tax = line.optional("account"), line.optional("tax")
    return ItemLine(
        id=line.text("accountingEntryLineId"),
        account_code=account.maybe_code("code") if account else "",
        account_name=account.maybe_text("name") if account else "",
        amount=line.part("lineAmount").money("inWalletCurrency"),
        net=line.part("netAmount").money("inWalletCurrency"),
        tax=ItemTax(
            code=tax.maybe_code("code"),
            rate=tax.rate("rate") * 100,
            type=tax.text("type").lower(),
            amount=tax.part("amount").money("inWalletCurrency"),
            input_account=tax.maybe_code("ingoingTaxAccount"),
            output_account=tax.maybe_code("outgoingTaxAccount"),
        )
        if tax
        else None,
        tags=tuple(ItemTag(tag.code("groupCode"), tag.code("code")) for tag in line.parts("tags", optional=True)),
    )


def _invoice(invoice: _Reader) -> ItemInvoice:
    return ItemInvoice(
        number=invoice.maybe_text("invoiceNumber"),
        invoice_date=invoice.day("invoiceDate"),
        due_date=invoice.day("dueDate") if invoice.raw.get("dueDate") else None,
        payment_date=invoice.day("paymentDate") if invoice.raw.get("paymentDate") else None,
        status=invoice.maybe_text("status"),
    )


def _vendor(vendor: _Reader) -> ItemVendor:
    return ItemVendor(vendor.maybe_text("name"), vendor.maybe_code("code"), vendor.maybe_code("externalId"), _country(vendor))


def _country(of: _Reader) -> str:
    # UNDEFINED is one of Pleo's values.
    code = of.maybe_code("country").upper()
    return code if len(code) == 2 else ""


def _file(file: _Reader) -> ItemFile:
    # One published sample has only `url`; type and size are hints, the content decides.
    size = file.raw.get("size")
    return ItemFile(file.text("url"), file.maybe_text("type"), size if isinstance(size, int) else None)


def _first_link(web: _Reader | None) -> str:
    if web is None or not web.raw.get("exportItem"):
        return ""
    return web.part("exportItem").maybe_text("href") if isinstance(web.raw["exportItem"], Mapping) else web.maybe_text("exportItem")


def _plain(money: Money) -> list[str]:
    return [str(money.amount), money.currency]


def _is_short(value: Decimal) -> bool:
    return abs(int(value.as_tuple().exponent)) <= _DECIMALS_AT_MOST


def _cut(value: Any) -> str:
    """Show a value of any size in a sentence, as Python writes it."""
    return str(value) if isinstance(value, Decimal) and len(str(value)) <= _DECIMALS_AT_MOST else reprlib.repr(value)


def _storable(text: str) -> str:
    """Leave out what no column and no XML takes: control characters but tab and line ends, and lone surrogates."""
    if text.isprintable():
        return text
    return "".join(each for each in text if each in "\t\n\r" or unicodedata.category(each) not in ("Cc", "Cs"))


class _Reader:
    """Reads fields of a JSON object and names the path of what is wrong."""

    def __init__(self, raw: Any, path: str = "") -> None:
        if not isinstance(raw, Mapping):
            raise MalformedItem(f"{path or 'the item'} is not an object")
        self.raw, self._path = raw, path

    def part(self, name: str) -> _Reader:
        return _Reader(self.raw.get(name), self._at(name))

    def optional(self, name: str) -> _Reader | None:
        return self.part(name) if self.raw.get(name) is not None else None

    def parts(self, name: str, *, optional: bool = False) -> list[_Reader]:
        values = self.raw.get(name)
        if optional and values is None:
            return []
        if not isinstance(values, list):
            raise MalformedItem(f"{self._at(name)} is not a list")
        return [_Reader(value, f"{self._at(name)}[{index}]") for index, value in enumerate(values)]

    def text(self, name: str) -> str:
        value = self.raw.get(name)
        if not isinstance(value, str) or not (value := _storable(value)):
            raise MalformedItem(f"{self._at(name)} is missing")
        return value

    def maybe_text(self, name: str) -> str:
        value = self.raw.get(name)
        if isinstance(value, Mapping | list):
            raise MalformedItem(f"{self._at(name)} is not a text")
        return "" if value is None else _storable(str(value))

    def texts(self, name: str) -> tuple[str, ...]:
        values = self.raw.get(name) or []
        if not isinstance(values, list) or any(isinstance(value, Mapping | list) for value in values):
            raise MalformedItem(f"{self._at(name)} is not a list of texts")
        return tuple(_storable(str(value)) for value in values if value)

    def maybe_code(self, name: str) -> str:
        # Typed or pasted into Pleo: what stands around a code, or cannot be seen in it, is no part of it.
        return without_invisible(self.maybe_text(name)).strip()

    def code(self, name: str) -> str:
        if not (code := self.maybe_code(name)):
            raise MalformedItem(f"{self._at(name)} is missing")
        return code

    def moment(self, name: str) -> datetime:
        try:
            moment = datetime.fromisoformat(self.text(name))
        except ValueError as error:
            raise MalformedItem(f"{self._at(name)} is not a date-time: {_cut(self.raw.get(name))}") from error
        if moment.year not in _YEARS:
            raise MalformedItem(f"{self._at(name)} is not between {_YEARS[0]} and {_YEARS[-1]}: {_cut(self.raw.get(name))}")
        if moment.tzinfo is None:
            raise MalformedItem(f"{self._at(name)} has no time zone: {_cut(self.raw.get(name))}")
        return moment

    def day(self, name: str) -> datetime:
        # The schema calls them date-times, with the pattern YYYY-MM-DD: both forms are read, a day as midnight UTC.
        try:
            day = date.fromisoformat(self.text(name))
        except ValueError:
            return self.moment(name)
        if day.year not in _YEARS:
            raise MalformedItem(f"{self._at(name)} is not between {_YEARS[0]} and {_YEARS[-1]}: {_cut(self.raw.get(name))}")
        return datetime.combine(day, time(), UTC)

    def decimal(self, name: str) -> Decimal:
        value = self.raw.get(name)
        if isinstance(value, bool | float) or not isinstance(value, int | str | Decimal):
            raise MalformedItem(f"{self._at(name)} is not an exact number: {_cut(value)}")
        if isinstance(value, str) and len(value) > _NUMBER_LENGTH:
            raise MalformedItem(f"{self._at(name)} is not a number: {_cut(value)}")
        try:
            return Decimal(value)
        except (InvalidOperation, ValueError) as error:
            raise MalformedItem(f"{self._at(name)} is not a number: {_cut(value)}") from error

    def rate(self, name: str) -> Decimal:
        value = self.decimal(name)
        if not value.is_finite() or abs(value) > _RATE_AT_MOST or not _is_short(value):
            raise MalformedItem(f"{self._at(name)} is not a tax rate: {_cut(self.raw.get(name))}")
        return value

    def money(self, name: str) -> Money:
        part = self.part(name)
        value = part.decimal("value")
        # Bounded first: of a number with a million digits even the question whether it is whole takes a minute.
        if value.is_finite() and abs(value) > _MINOR_UNITS_AT_MOST:
            raise MalformedItem(f"{self._at(name)}.value is larger than any amount: {_cut(part.raw.get('value'))}")
        if not value.is_finite() or not _is_short(value) or value != value.to_integral_value():
            raise MalformedItem(f"{self._at(name)}.value is not a whole number of minor units: {_cut(part.raw.get('value'))}")
        currency = part.text("currency")
        if len(currency) > _CURRENCY_LENGTHS[name]:
            raise MalformedItem(f"{self._at(name)}.currency is not a currency: {_cut(currency)}")
        return Money.of_minor(int(value), currency)

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name
