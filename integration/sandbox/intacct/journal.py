"""A journal entry as it is sent, read by its rows of the demands. No look into the books."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from lxml import etree

from integration.sandbox.intacct.demands.journal_entry import GLBATCH, GLENTRY, TAXENTRY
from integration.sandbox.intacct.forms import Form, day_of, number_of


@dataclass(slots=True)
class Line:
    number: int
    values: dict[str, str]
    amount: Decimal = Decimal(0)
    tax_detail: str = ""
    tax: Decimal | None = None
    rate: Decimal | None = None
    rate_date: date | None = None

    @property
    def where(self) -> str:
        return f" on line {self.number}"

    @property
    def debit(self) -> bool:
        return self.values.get("TR_TYPE") == "1"

    @property
    def gross(self) -> Decimal:
        return self.amount + (self.tax or 0)


@dataclass(slots=True)
class Entry:
    values: dict[str, str]
    lines: list[Line] = field(default_factory=list)
    day: date | None = None


class JournalForm(Form):
    """Reads one GLBATCH element."""

    def read(self, node: etree._Element) -> Entry:
        entry = Entry(self.take(node, GLBATCH))
        entry.day = day_of(entry.values, "BATCH_DATE")
        for number, each in enumerate(node.findall("./ENTRIES/*"), start=1):
            if each.tag != "GLENTRY":
                self.note("element_unknown", kind="ENTRIES", element=each.tag)
                continue
            entry.lines.append(self._line(each, number))
        if len(entry.lines) < 2:
            self.note("two_lines")
        return entry

    def _line(self, node: etree._Element, number: int) -> Line:
        line = Line(number, {})
        line.values = self.take(node, GLENTRY, line.where, line=True)
        line.amount = abs(number_of(line.values, "TRX_AMOUNT") or Decimal(0))
        line.rate = number_of(line.values, "EXCHANGE_RATE")
        line.rate_date = day_of(line.values, "EXCH_RATE_DATE")
        taxes = node.find("TAXENTRIES")
        if taxes is not None:
            self._tax(taxes, line)
        return line

    def _tax(self, node: etree._Element, line: Line) -> None:
        entries = list(node)
        if any(each.tag != "TAXENTRY" for each in entries):
            self.note("element_form", kind="GLENTRY", what=f"TAXENTRIES holds TAXENTRY only{line.where}")
        if len(entries) != 1:
            self.note("tax_entries", count=len(entries), where=line.where)
        for each in entries[:1]:
            values = self.take(each, TAXENTRY, line.where)
            line.tax_detail = values.get("DETAILID", "")
            line.tax = abs(number_of(values, "TRX_TAX") or Decimal(0))
