"""What all legacy functions have in common: children in the order of the schema, and dates in three elements."""

from __future__ import annotations

from lxml import etree

from integration.sandbox.intacct.objects import as_date, as_text
from integration.sandbox.intacct.refusals import refuse


def in_order(parent: etree._Element, order: tuple[str, ...], *, attributes: set[str] | None = None) -> dict[str, etree._Element]:
    """Check that children come in this order, once each, and that nothing else is there; return them by name.

    order: names, with `!` behind a required one. attributes: likewise, in no order.
    """
    allowed = {name.rstrip("!") for name in attributes or ()}
    for name in attributes or ():
        if name.endswith("!") and name[:-1] not in parent.attrib:
            raise refuse("schema", what=f"attribute {name[:-1]} of {parent.tag} is missing")
    for name in map(str, parent.attrib):
        if name not in allowed:
            raise refuse("schema", what=f"attribute {name} of {parent.tag} is not known")
    if (parent.text or "").strip() or any((each.tail or "").strip() for each in parent):
        raise refuse("schema", what=f"text inside {parent.tag}")
    names = [name.rstrip("!") for name in order]
    found: dict[str, etree._Element] = {}
    position = 0
    for each in parent:
        tag = str(each.tag)
        if tag not in names:
            raise refuse("schema", what=f"element {tag} is not expected in {parent.tag}")
        if tag in found:
            raise refuse("schema", what=f"element {tag} occurs twice in {parent.tag}")
        if names.index(tag) < position:
            raise refuse("schema", what=f"element {tag} is out of order in {parent.tag}")
        position = names.index(tag)
        found[tag] = each
    for name in order:
        if name.endswith("!") and name[:-1] not in found:
            raise refuse("schema", what=f"element {name[:-1]} of {parent.tag} is missing")
    return found


def text_of(node: etree._Element) -> str:
    if len(node):
        raise refuse("schema", what=f"element {node.tag} holds text only")
    return (node.text or "").strip()


def split_date(node: etree._Element) -> str:
    """Return mm/dd/yyyy of `<year/><month/><day/>`, in this order. Source: docs/reference/intacct/01-protocol.md, section 1.4."""
    parts = in_order(node, ("year!", "month!", "day!"))
    year, month, day = (text_of(parts[name]) for name in ("year", "month", "day"))
    try:
        return as_text(as_date(f"{month}/{day}/{year}"))
    except ValueError:
        raise refuse("date_form", field=node.tag, value=f"{year}-{month}-{day}") from None


DATES = ("datecreated", "dateposted", "datedue", "exchratedate")
BILL_LINE_ORDER = (
    "accountlabel", "glaccountno", "offsetglaccountno", "amount!", "allocationid", "memo", "locationid", "departmentid", "item1099",
    "form1099type", "form1099box", "key", "totalpaid", "totaldue", "customfields", "revrectemplate", "defrevaccount", "revrecstartdate",
    "revrecenddate", "projectid", "taskid", "costtypeid", "customerid", "vendorid", "employeeid", "itemid", "classid", "contractid",
    "warehouseid", "billable", "totaltrxamount", "partialexempt", "paymenttaxcapture", "taxentries",
)  # fmt: skip


def check_bill(node: etree._Element) -> None:
    """Check what the order of create_bill's children does not say. Source: api-v3.0-2025.xsd, create_bill, lineitem, taxentries."""
    if node.find("datedue") is None and node.find("termname") is None:
        raise refuse("schema", what="create_bill holds datedue or termname")
    for name in DATES:
        if (day := node.find(name)) is not None:
            in_order(day, ("year!", "month!", "day!"))
    items = node.find("billitems")
    if items is None or not len(items):
        raise refuse("schema", what="billitems without lineitem")
    for line in items:
        if line.tag != "lineitem":
            raise refuse("schema", what=f"element {line.tag} is not expected in billitems")
        parts = in_order(line, BILL_LINE_ORDER)
        if ("accountlabel" in parts) == ("glaccountno" in parts):
            raise refuse("schema", what="lineitem holds exactly one of accountlabel and glaccountno")
        entries = list(parts.get("taxentries", ()))
        if "taxentries" in parts and not 1 <= len(entries) <= 2:
            raise refuse("schema", what="taxentries holds one or two of taxentry")
        for entry in entries:
            if entry.tag != "taxentry":
                raise refuse("schema", what=f"element {entry.tag} is not expected in taxentries")
            in_order(entry, ("detailid!", "trx_tax"))
