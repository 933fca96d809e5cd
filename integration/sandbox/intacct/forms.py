"""Reading records: element names, formats, lengths. Whatever is wrong is noted, so that a refusal names everything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import ClassVar

from lxml import etree

from integration.sandbox.intacct.objects import as_date
from integration.sandbox.intacct.refusals import Refusal, refusal


class Form:
    """Reads the elements of one record and notes everything that is wrong with them in `problems`."""

    lengths: ClassVar[Mapping[str, int]] = {}
    cannot: ClassVar[frozenset[str]] = frozenset()  # what Intacct knows and the sandbox does not carry out

    def __init__(self, dimensions: set[str]) -> None:
        self.dimensions = dimensions  # line elements of this company, GLDIM… included
        self.problems: list[Refusal] = []

    def note(self, name: str, **values: object) -> None:
        self.problems.append(refusal(name, **values))

    def _values(self, node: etree._Element, kind: str, allowed: set[str], holders: set[str], where: str = "") -> dict[str, str]:
        """The text of every child that is not empty; an empty element counts as not given when creating."""
        if node.attrib:
            self.note("element_form", kind=kind, what=f"attributes are not allowed{where}")
        values: dict[str, str] = {}
        for each in node:
            tag = str(each.tag)
            if tag not in allowed:
                self.note("element_unknown", kind=kind, element=tag)
            elif tag in values:
                self.note("element_twice", kind=kind, element=tag)
            elif tag in holders:
                values[tag] = tag
            elif len(each):
                self.note("element_form", kind=kind, what=f"{tag} holds text only{where}")
            else:
                values[tag] = (each.text or "").strip()
        values = {tag: text for tag, text in values.items() if text}
        for tag, text in values.items():
            if len(text) > self.lengths.get(tag, 4000):
                self.note("too_long", field=tag, where=where, length=len(text), limit=self.lengths.get(tag, 4000))
            if tag in self.cannot:
                self.note("sandbox_cannot", field=tag, where=where)
        return values

    def _date(self, values: dict[str, str], name: str, where: str = "") -> date | None:
        if name not in values:
            return None
        try:
            return as_date(values[name])
        except ValueError:
            self.note("date_form", field=name, where=where, value=values[name])
            return None

    def _number(self, text: str, name: str, decimals: int, where: str, *, signed: bool = False) -> Decimal:
        """The amount; without `signed` a negative one is noted and its absolute value returned."""
        try:
            if not set(text) <= set("0123456789.-"):
                raise InvalidOperation
            value = Decimal(text)
        except InvalidOperation:
            self.note("number_form", field=name, where=where, value=text)
            return Decimal(0)
        if value < 0 and not signed:
            self.note("negative", field=name, where=where, value=text)
        if -int(value.as_tuple().exponent) > decimals:
            self.note("decimals", field=name, where=where, value=text, decimals=decimals)
        return value if signed else abs(value)

    def _choice(self, values: dict[str, str], name: str, choices: tuple[str, ...], where: str = "") -> None:
        if name in values and values[name] not in choices:
            self.note("choice", field=name, where=where, value=values[name], choices=", ".join(choices))

    def _require(self, values: dict[str, str], names: tuple[str, ...], where: str = "") -> None:
        for name in names:
            if name not in values:
                self.note("missing", field=name, where=where)
