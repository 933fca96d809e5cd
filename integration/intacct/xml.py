"""Intacct's XML, written and read: pure functions from values to bytes and back.

Source: reference/intacct 01-protocol (envelope, formats), 03-reads, 05-writes; the official XSD for legacy functions.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType

from lxml import etree

from integration.intacct.documents import (
    Attachment,
    Dimension,
    ExchangeRate,
    IntacctDocument,
    JournalEntry,
    JournalLine,
    Side,
    TaxEntry,
)
from integration.money import Money

DTD_VERSION = "3.0"
AMOUNT_DECIMALS = 2
IN_VALUES = 1000
MAX_PAGE_SIZE = 2000
MAX_BYTES = 64 * 1024 * 1024

# showadditionalerrorinfo would give stabler error ids, but its place in <control> is not documented and the official
# XSD does not know it: a gateway that reads strictly would refuse every request. Turned on after a tenant has shown it.
SHOW_ADDITIONAL_ERROR_INFO = False

# Standard dimensions by their element on a journal line. Source: XML API, Journal Entries.
_OBJECT_NAMES = {
    "LOCATION": "LOCATION",
    "DEPARTMENT": "DEPARTMENT",
    **{
        f"{name}ID": name
        for name in ("CLASS", "PROJECT", "TASK", "COSTTYPE", "CUSTOMER", "VENDOR", "EMPLOYEE", "ITEM", "CONTRACT", "WAREHOUSE")
    },
}
_USER_DEFINED = "GLDIM"


class Unreadable(ValueError):
    """The bytes are not the XML we can rely on; of a write nobody can say then whether it was carried out."""


# ---------------------------------------------------------------- documents


def function(document: IntacctDocument, contents: Mapping[str, bytes] = MappingProxyType({})) -> bytes:
    """Return the function that creates `document`: the same bytes for the same document, always.

    contents: the bytes of an attachment's files by their hash. Raises KeyError where one is missing.
    """
    if isinstance(document, Attachment):
        return _bytes(_create_supdoc(document, contents))
    return _bytes(_create_journal_entry(document))


def parse_journal_entry(
    body: bytes, *, entity: str, base_currency: str, object_names: Mapping[str, str] = MappingProxyType({})
) -> JournalEntry:
    """Read back what `function` wrote of a journal entry; the value is equal to the one written.

    entity: the session it is made in. base_currency: of lines that name no currency. Neither stands in the XML.
    object_names: of user-defined dimensions, by element; without it the element's own name without GLDIM.

    Raises Unreadable for anything else.
    """
    root = parse(body)
    batch = root.find("GLBATCH")
    if root.tag != "create" or batch is None:
        raise Unreadable("this is no journal entry")
    try:
        return JournalEntry(
            key=_text(batch, "REFERENCENO"),
            entity=entity,
            journal=_text(batch, "JOURNAL"),
            posting_date=parse_date(_text(batch, "BATCH_DATE")),
            title=_text(batch, "BATCH_TITLE"),
            lines=tuple(_read_line(entry, base_currency, object_names) for entry in batch.iterfind("ENTRIES/GLENTRY")),
            vat_vendor=_text(batch, "VATVENDORID"),
            attachment_key=_text(batch, "SUPDOCID"),
            draft=_text(batch, "STATE") == "Draft",
        )
    except (ValueError, ArithmeticError) as error:
        raise Unreadable(f"this is no journal entry: {error}") from error


def _create_journal_entry(entry: JournalEntry) -> etree._Element:
    create = etree.Element("create")
    batch = etree.SubElement(create, "GLBATCH")
    _add(batch, "JOURNAL", entry.journal)
    _add(batch, "BATCH_DATE", written_date(entry.posting_date))
    _add(batch, "BATCH_TITLE", entry.title)
    _add(batch, "REFERENCENO", entry.key)
    _add(batch, "STATE", "Draft" if entry.draft else "Posted")
    _add(batch, "SUPDOCID", entry.attachment_key)
    if entry.vat_vendor:
        _add(batch, "TAXIMPLICATIONS", "Inbound")
        _add(batch, "VATVENDORID", entry.vat_vendor)
    entries = etree.SubElement(batch, "ENTRIES")
    for line in entry.lines:
        _write_line(etree.SubElement(entries, "GLENTRY"), line)
    return create


def _write_line(parent: etree._Element, line: JournalLine) -> None:
    _add(parent, "DOCUMENT", line.document)
    _add(parent, "ACCOUNTNO", line.account)
    _add(parent, "TR_TYPE", "1" if line.side == "debit" else "-1")
    _add(parent, "TRX_AMOUNT", written_amount(line.amount))
    if line.exchange_rate:
        _add(parent, "CURRENCY", line.amount.currency)
        _add(parent, "EXCH_RATE_DATE", written_date(line.exchange_rate.on_date))
        _add(parent, "EXCH_RATE_TYPE_ID", line.exchange_rate.rate_type)
    for dimension in line.dimensions:
        _add(parent, dimension.element, dimension.value)
    _add(parent, "DESCRIPTION", line.description)
    if line.tax:
        tax = etree.SubElement(etree.SubElement(parent, "TAXENTRIES"), "TAXENTRY")
        _add(tax, "DETAILID", line.tax.detail)
        _add(tax, "TRX_TAX", written_amount(line.tax.amount))


def _read_line(entry: etree._Element, base_currency: str, object_names: Mapping[str, str]) -> JournalLine:
    currency = _text(entry, "CURRENCY") or base_currency
    tax = entry.find("TAXENTRIES/TAXENTRY")
    return JournalLine(
        account=_text(entry, "ACCOUNTNO"),
        side=_read_side(_text(entry, "TR_TYPE")),
        amount=Money(Decimal(_text(entry, "TRX_AMOUNT")), currency),
        tax=TaxEntry(_text(tax, "DETAILID"), Money(Decimal(_text(tax, "TRX_TAX")), currency)) if tax is not None else None,
        dimensions=tuple(
            Dimension(_object_name(str(child.tag), object_names), child.text or "", str(child.tag))
            for child in entry
            if str(child.tag) in _OBJECT_NAMES or str(child.tag).startswith(_USER_DEFINED) or str(child.tag) in object_names
        ),
        description=_text(entry, "DESCRIPTION"),
        document=_text(entry, "DOCUMENT"),
        exchange_rate=ExchangeRate(parse_date(_text(entry, "EXCH_RATE_DATE")), _text(entry, "EXCH_RATE_TYPE_ID"))
        if entry.find("CURRENCY") is not None
        else None,
    )


def _read_side(text: str) -> Side:
    if text not in ("1", "-1"):
        raise ValueError(f"TR_TYPE is {text!r}")
    return "debit" if text == "1" else "credit"


def _object_name(element: str, object_names: Mapping[str, str]) -> str:
    return object_names.get(element) or _OBJECT_NAMES.get(element) or element.removeprefix(_USER_DEFINED)


def _create_supdoc(attachment: Attachment, contents: Mapping[str, bytes]) -> etree._Element:
    # A legacy function: the order of its elements is mandatory.
    root = etree.Element("create_supdoc")
    _add(root, "supdocid", attachment.key)
    _add(root, "supdocname", attachment.key)
    _add(root, "supdocfoldername", attachment.folder)
    _add(root, "supdocdescription", attachment.description)
    files = etree.SubElement(root, "attachments")
    for file in attachment.files:
        each = etree.SubElement(files, "attachment")
        _add(each, "attachmentname", file.name)
        _add(each, "attachmenttype", file.type)
        _add(each, "attachmentdata", base64.b64encode(contents[file.content_hash]).decode())
    return root


def create_folder(name: str) -> bytes:
    """Return the function that makes an attachment folder."""
    root = etree.Element("create_supdocfolder")
    _add(root, "supdocfoldername", name)
    return _bytes(root)


# ---------------------------------------------------------------- reading functions

Value = str | int | Decimal | date | datetime


@dataclass(frozen=True, slots=True)
class Comparison:
    """One operator on one field. Enumerations are compared by their labels (active, Posted), not by code."""

    operator: str
    field: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Group:
    operator: str
    parts: tuple[Filter, ...]


Filter = Comparison | Group


def Equal(field: str, value: Value) -> Filter:
    return Comparison("equalto", field, (value,))


def NotEqual(field: str, value: Value) -> Filter:
    return Comparison("notequalto", field, (value,))


def AtLeast(field: str, value: Value) -> Filter:
    return Comparison("greaterthanorequalto", field, (value,))


def AtMost(field: str, value: Value) -> Filter:
    return Comparison("lessthanorequalto", field, (value,))


def Like(field: str, pattern: str) -> Filter:
    """`%` stands for any text, `_` for one character."""
    return Comparison("like", field, (pattern,))


def In(field: str, values: Sequence[Value]) -> Filter:
    """Raises ValueError for no value, or more than the 1,000 Intacct takes."""
    if not 0 < len(values) <= IN_VALUES:
        raise ValueError(f"{field}: in takes 1 to {IN_VALUES} values, not {len(values)}")
    return Comparison("in", field, tuple(values))


def IsNull(field: str) -> Filter:
    return Comparison("isnull", field, ())


def And(*parts: Filter) -> Filter:
    return _group("and", parts)


def Or(*parts: Filter) -> Filter:
    return _group("or", parts)


def _group(operator: str, parts: tuple[Filter, ...]) -> Filter:
    # <and> and <or> need two children at least.
    if not parts:
        raise ValueError(f"{operator} of nothing")
    return parts[0] if len(parts) == 1 else Group(operator, parts)


def query(
    object_name: str,
    fields: Sequence[str],
    *,
    where: Filter | None = None,
    order_by: str = "RECORDNO",
    page_size: int = 1000,
    offset: int = 0,
    show_private: bool = False,
) -> bytes:
    """Return a query for one page. Without `order_by` Intacct's order is undefined, so there is always one.

    show_private: at the top level, also records that belong to an entity.
    """
    if not fields or not order_by or not 0 < page_size <= MAX_PAGE_SIZE or offset < 0:
        raise ValueError(f"query of {object_name}: fields, order, a page size up to {MAX_PAGE_SIZE} and an offset are needed")
    root = etree.Element("query")
    _add(root, "object", object_name)
    select = etree.SubElement(root, "select")
    for name in fields:
        _add(select, "field", name)
    if where is not None:
        _write_filter(etree.SubElement(root, "filter"), where)
    order = etree.SubElement(etree.SubElement(root, "orderby"), "order")
    _add(order, "field", order_by)
    etree.SubElement(order, "ascending")
    if show_private:
        _add(etree.SubElement(root, "options"), "showprivate", "true")
    _add(root, "pagesize", str(page_size))
    _add(root, "offset", str(offset))
    return _bytes(root)


def _write_filter(parent: etree._Element, where: Filter) -> None:
    element = etree.SubElement(parent, where.operator)
    if isinstance(where, Group):
        for part in where.parts:
            _write_filter(element, part)
        return
    _add(element, "field", where.field)
    for value in where.values:
        # An empty value is a value here, so _add, which leaves empty elements out, will not do.
        etree.SubElement(element, "value").text = _written(value)


def get_api_session(location_id: str | None) -> bytes:
    """Return the sign-in function, alone in its request. None: the level of the credentials; "": the top level."""
    root = etree.Element("getAPISession")
    if location_id is not None:
        etree.SubElement(root, "locationid").text = location_id
    return _bytes(root)


def lookup(object_name: str) -> bytes:
    root = etree.Element("lookup")
    _add(root, "object", object_name)
    return _bytes(root)


def get_dimensions() -> bytes:
    return _bytes(etree.Element("getDimensions"))


def get_financial_setup() -> bytes:
    return _bytes(etree.Element("getFinancialSetup"))


def get(object_name: str, key: str, fields: Sequence[str] = ()) -> bytes:
    """Return a legacy get. Name the fields of a supdoc: without them it answers with the files' data."""
    root = etree.Element("get", {"object": object_name, "key": key})
    _write_fields(root, fields)
    return _bytes(root)


def get_list(object_name: str, fields: Sequence[str] = (), *, max_items: int = 100, start: int = 0, show_private: bool = False) -> bytes:
    """Return a legacy get_list. start: counted from 0."""
    attributes = {"object": object_name, "maxitems": str(max_items), "start": str(start)}
    root = etree.Element("get_list", attributes | ({"showprivate": "true"} if show_private else {}))
    _write_fields(root, fields)
    return _bytes(root)


def _write_fields(parent: etree._Element, fields: Sequence[str]) -> None:
    if fields:
        element = etree.SubElement(parent, "fields")
        for name in fields:
            _add(element, "field", name)


# ---------------------------------------------------------------- envelope


@dataclass(frozen=True, slots=True)
class Login:
    """location_id: the entity to sign in to; None: the user's own level; "": the top level."""

    user_id: str
    company_id: str
    password: str = field(repr=False)
    location_id: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    session_id: str = field(repr=False)


def envelope(
    functions: Sequence[tuple[str, bytes]],
    *,
    sender_id: str,
    sender_password: str,
    control_id: str,
    authentication: Login | Session,
    unique: bool,
    transaction: bool = False,
) -> bytes:
    """Return a whole request: (control id, function) pairs in their order, each function exactly as its bytes are.

    unique: let Intacct refuse a function whose control id it has carried out before; for writing functions.
    """
    request = etree.Element("request")
    control = etree.SubElement(request, "control")
    _add(control, "senderid", sender_id)
    _add(control, "password", sender_password)
    _add(control, "controlid", control_id)
    _add(control, "uniqueid", _yes(unique))
    _add(control, "dtdversion", DTD_VERSION)
    _add(control, "includewhitespace", "false")
    if SHOW_ADDITIONAL_ERROR_INFO:
        _add(control, "showadditionalerrorinfo", "true")
    operation = etree.SubElement(request, "operation", {"transaction": _yes(transaction)})
    _authenticate(etree.SubElement(operation, "authentication"), authentication)
    etree.SubElement(operation, "content")
    # Joined as bytes, not parsed: what is committed is what is sent, and files are larger than a text the parser takes.
    before, _, after = _bytes(request).rpartition(b"<content/>")
    inner = b"".join(_open_function(each) + body + b"</function>" for each, body in functions)
    return b'<?xml version="1.0" encoding="UTF-8"?>' + before + b"<content>" + inner + b"</content>" + after


def _authenticate(parent: etree._Element, authentication: Login | Session) -> None:
    if isinstance(authentication, Session):
        _add(parent, "sessionid", authentication.session_id)
        return
    login = etree.SubElement(parent, "login")
    _add(login, "userid", authentication.user_id)
    _add(login, "companyid", authentication.company_id)
    _add(login, "password", authentication.password)
    if authentication.location_id is not None:
        etree.SubElement(login, "locationid").text = authentication.location_id


def _open_function(control_id: str) -> bytes:
    return _bytes(etree.Element("function", {"controlid": control_id})).removesuffix(b"/>") + b">"


# ---------------------------------------------------------------- reading answers


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


# ---------------------------------------------------------------- formats


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
    month, day, year = text.partition(" ")[0].split("/")
    return date(int(year), int(month), int(day))


def _written(value: Value) -> str:
    if isinstance(value, datetime):
        return f"{written_date(value)} {value.hour:02}:{value.minute:02}:{value.second:02}"
    if isinstance(value, date):
        return written_date(value)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _yes(value: bool) -> str:
    return "true" if value else "false"


def _add(parent: etree._Element, tag: str, text: str) -> None:
    # An empty element may clear a value or count as not given: it is left out.
    if text:
        etree.SubElement(parent, tag).text = text


def _text(parent: etree._Element, path: str) -> str:
    return parent.findtext(path) or ""


def _bytes(element: etree._Element) -> bytes:
    return etree.tostring(element, encoding="UTF-8", xml_declaration=False)
