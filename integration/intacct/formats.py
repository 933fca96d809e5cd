"""How Intacct writes amounts, dates and elements; and the one parser of what it sends.

Source: docs/reference/intacct/01-protocol.md, section 1.4; docs/reference/intacct/07-limits-setup-formats-rest.md, section 7.3.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

from lxml import etree

from integration.intacct.day_formats import DOCUMENTED
from integration.money import Money

AMOUNT_DECIMALS = 2
MAX_BYTES = 64 * 1024 * 1024

Value = str | int | Decimal | date | datetime


class Unreadable(ValueError):
    """The bytes are not the XML we can rely on; of a write nobody can say then whether it was carried out."""


def mended(body: bytes) -> tuple[bytes, int]:
    """Return an answer with every character that XML forbids replaced, as a byte or as a reference, and how many there were.

    One stray control character, in the text of one record, would else make the whole answer unreadable.
    Source: Extensible Markup Language (XML) 1.0, section 2.2.
    """
    if b"\x00" in body[:4]:
        return body, 0  # not written byte by byte
    replaced = 0

    def replacement(found: re.Match[bytes]) -> bytes:
        nonlocal replaced
        if found[1] and _allowed(found[1].lower()):
            return found[0]
        replaced += 1
        return _REPLACED

    return _FORBIDDEN.sub(replacement, body), replaced


def _allowed(number: bytes) -> bool:
    """Whether XML allows the character that a reference names, "10" or "xa"."""
    code = int(number[1:], 16) if number.startswith(b"x") else int(number)
    return code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF


_REPLACED = "\N{REPLACEMENT CHARACTER}".encode()
# Control characters; U+FFFE, U+FFFF and lone surrogates as UTF-8 would write them; references, judged by their number.
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]|\xed[\xa0-\xbf][\x80-\xbf]|&#(x[0-9A-Fa-f]{1,8}|[0-9]{1,10});")


def parse(body: bytes) -> etree._Element:
    """Return the root of an XML answer. No DTD, no entities, no network; at most 64 MB, 256 levels, 10 MB a text.

    Raises Unreadable for anything else; its message never quotes the body.
    """
    if len(body) > MAX_BYTES:
        raise Unreadable(f"{len(body)} bytes are more than {MAX_BYTES}")
    if b"\x00" in body:
        raise Unreadable("this is not UTF-8")
    if _DOCTYPE.match(body):
        raise Unreadable("a DOCTYPE is refused")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(f"this is not XML (line {getattr(error, 'lineno', None) or 0})") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("a DOCTYPE is refused")
    return root


# A DOCTYPE stands before the root element, after nothing but a declaration, comments and processing instructions.
_DOCTYPE = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:\s|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL | re.IGNORECASE)


def written_amount(money: Money) -> str:
    """Write an amount plainly, with its currency's decimals but never more than the two Intacct keeps.

    Raises ValueError where that would lose something: Intacct would round, and the entry would not balance.
    """
    amount = money.amount
    if -amount.as_tuple().exponent > AMOUNT_DECIMALS:  # type: ignore[operator]
        amount = amount.quantize(Decimal(1).scaleb(-AMOUNT_DECIMALS))
        if amount != money.amount:
            raise ValueError(f"{money} has more than {AMOUNT_DECIMALS} decimals")
    return f"{amount:f}"


def written_date(day: date) -> str:
    return f"{day.month:02}/{day.day:02}/{day.year:04}"


def parse_date(text: str) -> date:
    """Read mm/dd/yyyy, zeros in front or not; a time after it is left out. Raises ValueError for anything else."""
    return DOCUMENTED.parse(text)


def written(value: Value) -> str:
    if isinstance(value, datetime):
        return f"{written_date(value)} {value.hour:02}:{value.minute:02}:{value.second:02}"
    if isinstance(value, date):
        return written_date(value)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def yes(value: bool) -> str:
    return "true" if value else "false"


def add(parent: etree._Element, tag: str, text: str) -> None:
    # An empty element may clear a value or count as not given: it is left out.
    if text:
        etree.SubElement(parent, tag).text = text


def text_of(parent: etree._Element, path: str) -> str:
    return parent.findtext(path) or ""


def to_bytes(element: etree._Element) -> bytes:
    return etree.tostring(element, encoding="UTF-8", xml_declaration=False)
