"""Questions to Intacct: queries with their filters, and the older reading functions.

Source: docs/reference/intacct/03-reads.md; the official XSD for legacy functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from integration.intacct.formats import Value, add, to_bytes, written

IN_VALUES = 1000
MAX_PAGE_SIZE = 2000


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


def MoreThan(field: str, value: Value) -> Filter:
    return Comparison("greaterthan", field, (value,))


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
    any_case: bool = False,
) -> bytes:
    """Return a query for one page. Without `order_by` Intacct's order is undefined, so there is always one.

    show_private: at the top level, also records that belong to an entity. any_case: find texts also in other capitals;
    Intacct compares them to the letter by itself, people do not.
    """
    if not fields or not order_by or not 0 < page_size <= MAX_PAGE_SIZE or offset < 0:
        raise ValueError(f"query of {object_name}: fields, order, a page size up to {MAX_PAGE_SIZE} and an offset are needed")
    root = etree.Element("query")
    add(root, "object", object_name)
    select = etree.SubElement(root, "select")
    for name in fields:
        add(select, "field", name)
    if where is not None:
        _write_filter(etree.SubElement(root, "filter"), where)
    order = etree.SubElement(etree.SubElement(root, "orderby"), "order")
    add(order, "field", order_by)
    etree.SubElement(order, "ascending")
    if any_case or show_private:
        options = etree.SubElement(root, "options")
        add(options, "caseinsensitive", "true" if any_case else "")
        add(options, "showprivate", "true" if show_private else "")
    add(root, "pagesize", str(page_size))
    add(root, "offset", str(offset))
    return to_bytes(root)


def _write_filter(parent: etree._Element, where: Filter) -> None:
    element = etree.SubElement(parent, where.operator)
    if isinstance(where, Group):
        for part in where.parts:
            _write_filter(element, part)
        return
    add(element, "field", where.field)
    for value in where.values:
        # An empty value is a value here, so _add, which leaves empty elements out, will not do.
        etree.SubElement(element, "value").text = written(value)


def get_api_session(location_id: str | None) -> bytes:
    """Return the sign-in function, alone in its request. None: the level of the credentials; "": the top level."""
    root = etree.Element("getAPISession")
    if location_id is not None:
        etree.SubElement(root, "locationid").text = location_id
    return to_bytes(root)


def lookup(object_name: str) -> bytes:
    root = etree.Element("lookup")
    add(root, "object", object_name)
    return to_bytes(root)


def get_dimensions() -> bytes:
    return to_bytes(etree.Element("getDimensions"))


def read_user_formatting(user_id: str) -> bytes:
    """Ask how days and times are written for the user who signs in so."""
    root = etree.Element("readUserFormatting")
    add(root, "userId", user_id)
    return to_bytes(root)


def get_financial_setup() -> bytes:
    return to_bytes(etree.Element("getFinancialSetup"))


def get_preferences(application: str) -> bytes:
    """Return the question for a module's preferences. application: ME, GL, CM, AP …"""
    return to_bytes(etree.Element("get_companyprefs", {"application": application}))


def get(object_name: str, key: str, fields: Sequence[str] = ()) -> bytes:
    """Return a legacy get. Name the fields of a supdoc: without them it answers with the files' data."""
    root = etree.Element("get", {"object": object_name, "key": key})
    _write_fields(root, fields)
    return to_bytes(root)


def get_list(
    object_name: str,
    fields: Sequence[str] = (),
    *,
    one_of: tuple[str, Sequence[str]] | None = None,
    max_items: int = 100,
    start: int = 0,
    show_private: bool = False,
) -> bytes:
    """Return a legacy get_list. start: counted from 0. one_of: a field, and the values of which it must have one."""
    attributes = {"object": object_name, "maxitems": str(max_items), "start": str(start)}
    root = etree.Element("get_list", attributes | ({"showprivate": "true"} if show_private else {}))
    if one_of:
        field, values = one_of
        where = etree.SubElement(root, "filter")
        if len(values) > 1:  # a logical joins two expressions at least
            where = etree.SubElement(where, "logical", {"logical_operator": "or"})
        for value in values:
            expression = etree.SubElement(where, "expression")
            for name, text in (("field", field), ("operator", "="), ("value", value)):
                add(expression, name, text)
    _write_fields(root, fields)
    return to_bytes(root)


def _write_fields(parent: etree._Element, fields: Sequence[str]) -> None:
    if fields:
        element = etree.SubElement(parent, "fields")
        for name in fields:
            add(element, "field", name)
