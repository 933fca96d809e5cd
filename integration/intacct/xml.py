"""Intacct's XML, written and read: pure functions from values to bytes and back.

The envelope is here; documents are in `functions.py` and `bill_functions.py`, questions in `queries.py`, formats in
`formats.py`, and all of it can be had from here. Source: docs/reference/intacct/01-protocol.md, section 1.2
(envelope); docs/reference/intacct/03-reads.md; docs/reference/intacct/05-writes.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from integration.intacct.bill_functions import parse_bill, parse_payment
from integration.intacct.formats import (
    AMOUNT_DECIMALS,
    MAX_BYTES,
    Unreadable,
    Value,
    add,
    mended,
    parse,
    parse_date,
    to_bytes,
    written_amount,
    written_date,
    yes,
)
from integration.intacct.functions import create_folder, function, parse_journal_entry, planned, reverse_bill
from integration.intacct.queries import (
    IN_VALUES,
    MAX_PAGE_SIZE,
    And,
    AtLeast,
    AtMost,
    Comparison,
    Equal,
    Filter,
    Group,
    In,
    IsNull,
    Like,
    MoreThan,
    NotEqual,
    Or,
    get,
    get_api_session,
    get_dimensions,
    get_financial_setup,
    get_list,
    get_preferences,
    lookup,
    query,
    read_user_formatting,
)

__all__ = [
    "AMOUNT_DECIMALS", "IN_VALUES", "MAX_BYTES", "MAX_PAGE_SIZE", "And", "AtLeast", "AtMost", "Comparison", "Equal", "Filter",
    "Group", "In", "IsNull", "Like", "Login", "MoreThan", "NotEqual", "Or", "Session", "Unreadable", "Value", "create_folder",
    "envelope", "function", "get", "get_api_session", "get_dimensions", "get_financial_setup", "get_list", "get_preferences",
    "lookup", "mended", "parse", "parse_bill", "parse_date", "parse_journal_entry", "parse_payment", "planned", "query",
    "read_user_formatting", "reverse_bill", "written_amount", "written_date",
]  # fmt: skip

DTD_VERSION = "3.0"

# showadditionalerrorinfo would give stabler error ids, but its place in <control> is not documented and the official
# XSD does not know it: a gateway that reads strictly would refuse every request. Turned on after a tenant has shown it.
SHOW_ADDITIONAL_ERROR_INFO = False


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
    add(control, "senderid", sender_id)
    add(control, "password", sender_password)
    add(control, "controlid", control_id)
    add(control, "uniqueid", yes(unique))
    add(control, "dtdversion", DTD_VERSION)
    add(control, "includewhitespace", "false")
    if SHOW_ADDITIONAL_ERROR_INFO:
        add(control, "showadditionalerrorinfo", "true")
    operation = etree.SubElement(request, "operation", {"transaction": yes(transaction)})
    _authenticate(etree.SubElement(operation, "authentication"), authentication)
    etree.SubElement(operation, "content")
    # Joined as bytes, not parsed: what is committed is what is sent, and files are larger than a text the parser takes.
    before, _, after = to_bytes(request).rpartition(b"<content/>")
    inner = b"".join(_open_function(each) + body + b"</function>" for each, body in functions)
    return b'<?xml version="1.0" encoding="UTF-8"?>' + before + b"<content>" + inner + b"</content>" + after


def _authenticate(parent: etree._Element, authentication: Login | Session) -> None:
    if isinstance(authentication, Session):
        add(parent, "sessionid", authentication.session_id)
        return
    login = etree.SubElement(parent, "login")
    add(login, "userid", authentication.user_id)
    add(login, "companyid", authentication.company_id)
    add(login, "password", authentication.password)
    if authentication.location_id is not None:
        etree.SubElement(login, "locationid").text = authentication.location_id


def _open_function(control_id: str) -> bytes:
    return to_bytes(etree.Element("function", {"controlid": control_id})).removesuffix(b"/>") + b">"
