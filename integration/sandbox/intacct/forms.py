"""Reading records by the rows of the demands. Whatever is wrong is noted, so that a refusal names everything."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

from lxml import etree

from integration.sandbox.intacct.demands import Element, Record
from integration.sandbox.intacct.fields import STANDARD_DIMENSIONS
from integration.sandbox.intacct.objects import as_date
from integration.sandbox.intacct.refusals import Refusal, refusal

# How bill lines spell the two dimensions that journal lines name without ID.
_DIMENSIONS = {*STANDARD_DIMENSIONS, "LOCATIONID", "DEPARTMENTID"}


class Form:
    """Reads the elements of one record and notes everything that is wrong with them in `problems`."""

    def __init__(self, dimensions: set[str]) -> None:
        self.dimensions = dimensions  # line elements of this company, as they are spelled here, GLDIM… included
        self.problems: list[Refusal] = []

    def note(self, name: str, **values: object) -> None:
        self.problems.append(refusal(name, **values))

    def take(self, node: etree._Element, record: Record, where: str = "", *, line: bool = False, draft: bool = False) -> dict[str, str]:
        """Return the text of every child that is not empty (an empty one counts as not given), after checking it by its row.

        line: it may carry the dimensions that this company has. draft: nothing is required of it.
        """
        if node.attrib:
            self.note("element_form", kind=record.on, what=f"attributes are not allowed{where}")
        values: dict[str, str] = {}
        for each in node:
            tag = str(each.tag)
            element = self._element(record, tag, line=line)
            if element is None:
                self.note("element_unknown", kind=record.on, element=tag)
            elif tag in values:
                self.note("element_twice", kind=record.on, element=tag)
            elif element.kind == "holds":
                values[tag] = tag
            elif len(each):
                self.note("element_form", kind=record.on, what=f"{tag} holds text only{where}")
            else:
                values[tag] = (each.text or "").strip()
        values = {tag: text for tag, text in values.items() if text}
        for tag, element in record.elements.items():
            if tag in values:
                self._check(tag, values, element, where)
            elif element.required and not draft:
                self.note("missing", field=tag, where=where)
        for demand in record:
            if demand.refusal == "sandbox_cannot" and demand.element in values:
                self.note("sandbox_cannot", field=demand.element, where=where)
        return values

    def _element(self, record: Record, tag: str, *, line: bool) -> Element | None:
        if line and tag in self.dimensions:
            return record.elements.get(tag, Element())
        if line and tag in _DIMENSIONS:
            return None  # this company does not have it
        return record.elements.get(tag)

    def _check(self, tag: str, values: dict[str, str], element: Element, where: str) -> None:
        text = values[tag]
        if len(text) > element.length:
            self.note("too_long", field=tag, where=where, length=len(text), limit=element.length)
        if element.choices and text not in element.choices:
            self.note("choice", field=tag, where=where, value=text, choices=", ".join(element.choices))
        if element.excludes in values:
            self.note("rate_both", where=where)
        if element.kind == "date" and day_of(values, tag) is None:
            self.note("date_form", field=tag, where=where, value=text)
        if element.kind == "number":
            self._check_number(tag, text, element, where)

    def _check_number(self, tag: str, text: str, element: Element, where: str) -> None:
        value = _number(text)
        if value is None:
            self.note("number_form", field=tag, where=where, value=text)
            return
        if value < 0 and not element.signed:
            self.note("negative", field=tag, where=where, value=text)
        if -int(value.as_tuple().exponent) > element.decimals:
            self.note("decimals", field=tag, where=where, value=text, decimals=element.decimals)


def day_of(values: dict[str, str], name: str) -> date | None:
    """Return the date under that name; None where there is none, or none that can be read (which `take` has noted)."""
    try:
        return as_date(values[name])
    except (KeyError, ValueError):
        return None


def number_of(values: dict[str, str], name: str) -> Decimal | None:
    """Return the number under that name; None where there is none, 0 for one that cannot be read (which `take` has noted)."""
    return (_number(values[name]) or Decimal(0)) if name in values else None


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text) if set(text) <= set("0123456789.-") else None
    except InvalidOperation:
        return None
