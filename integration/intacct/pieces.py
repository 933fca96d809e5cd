"""What the XML of journal entries, bills and payments has in common: rates, taxes, dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from lxml import etree

from integration.intacct.documents import Dimension, ExchangeRate, TaxEntry
from integration.intacct.formats import Unreadable, add, parse, parse_date, text_of, written_amount, written_date
from integration.money import Money

# Standard dimensions by their element; two of them are spelled differently on bills. Source: Journal Entries, Bills.
_OBJECT_NAMES = {
    "LOCATION": "LOCATION",
    "DEPARTMENT": "DEPARTMENT",
    **{
        f"{name}ID": name
        for name in (
            *("LOCATION", "DEPARTMENT", "CLASS", "PROJECT", "TASK", "COSTTYPE", "CUSTOMER", "VENDOR", "EMPLOYEE", "ITEM"),
            *("CONTRACT", "WAREHOUSE"),
        )
    },
}
_USER_DEFINED = "GLDIM"


def created(body: bytes, name: str) -> etree._Element:
    root = parse(body)
    found = root.find(name)
    if root.tag != "create" or found is None:
        raise Unreadable(f"this creates no {name}")
    return found


def write_rate(parent: etree._Element, rate: ExchangeRate) -> None:
    add(parent, "EXCH_RATE_DATE", written_date(rate.on_date))
    add(parent, "EXCH_RATE_TYPE_ID", rate.rate_type)


def read_rate(parent: etree._Element) -> ExchangeRate | None:
    if parent.find("EXCH_RATE_TYPE_ID") is None:
        return None
    return ExchangeRate(parse_date(text_of(parent, "EXCH_RATE_DATE")), text_of(parent, "EXCH_RATE_TYPE_ID"))


def write_taxes(parent: etree._Element, taxes: tuple[TaxEntry, ...]) -> None:
    if taxes:
        entries = etree.SubElement(parent, "TAXENTRIES")
        for each in taxes:
            entry = etree.SubElement(entries, "TAXENTRY")
            add(entry, "DETAILID", each.detail)
            add(entry, "TRX_TAX", written_amount(each.amount))


def read_taxes(parent: etree._Element, currency: str) -> tuple[TaxEntry, ...]:
    return tuple(
        TaxEntry(text_of(entry, "DETAILID"), Money(Decimal(text_of(entry, "TRX_TAX")), currency))
        for entry in parent.iterfind("TAXENTRIES/TAXENTRY")
    )


def read_dimensions(parent: etree._Element, object_names: Mapping[str, str]) -> tuple[Dimension, ...]:
    return tuple(
        Dimension(_object_name(str(child.tag), object_names), child.text or "", str(child.tag))
        for child in parent
        if str(child.tag) in _OBJECT_NAMES or str(child.tag).startswith(_USER_DEFINED) or str(child.tag) in object_names
    )


def _object_name(element: str, object_names: Mapping[str, str]) -> str:
    return object_names.get(element) or _OBJECT_NAMES.get(element) or element.removeprefix(_USER_DEFINED)
