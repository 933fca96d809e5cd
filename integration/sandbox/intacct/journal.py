"""The form of a journal entry (GLBATCH): element names, required fields, formats, lengths. No look into the books."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from lxml import etree

from integration.sandbox.intacct.fields import STANDARD_DIMENSIONS
from integration.sandbox.intacct.forms import Form

# Source: reference 7.3. DESCRIPTION is the cautious reading: a real company may allow more.
LENGTHS = {
    "JOURNAL": 4,
    "BATCH_TITLE": 80,
    "REFERENCENO": 20,
    "HISTORY_COMMENT": 1000,
    "SUPDOCID": 20,
    "VATVENDORID": 20,
    "VATCUSTOMERID": 20,
    "VATCONTACTID": 200,
    "TAXSOLUTIONID": 100,
    "BASELOCATION_NO": 20,
    "ACCOUNTNO": 24,
    "CURRENCY": 3,
    "EXCH_RATE_TYPE_ID": 100,
    "DOCUMENT": 30,
    "DESCRIPTION": 80,
    "DEPARTMENT": 20,
    "LOCATION": 20,
    "PROJECTID": 30,
    "TASKID": 20,
    "COSTTYPEID": 30,
    "CUSTOMERID": 20,
    "VENDORID": 20,
    "EMPLOYEEID": 20,
    "ITEMID": 30,
    "CLASSID": 30,
    "CONTRACTID": 100,
    "WAREHOUSEID": 40,
    "DETAILID": 100,
}
_HEADER = {
    "JOURNAL", "BATCH_DATE", "BATCH_TITLE", "REVERSEDATE", "HISTORY_COMMENT", "REFERENCENO", "BASELOCATION_NO", "SUPDOCID",
    "STATE", "TRANSACTIONSOURCE", "TAXIMPLICATIONS", "VATVENDORID", "VATCUSTOMERID", "VATCONTACTID", "TAXSOLUTIONID", "ENTRIES",
}  # fmt: skip
_LINE = {
    "ACCOUNTNO", "TR_TYPE", "TRX_AMOUNT", "CURRENCY", "EXCH_RATE_DATE", "EXCH_RATE_TYPE_ID", "EXCHANGE_RATE", "BILLABLE",
    "DOCUMENT", "DESCRIPTION", "ALLOCATION", "SPLIT", "TAXENTRIES", *STANDARD_DIMENSIONS,
}  # fmt: skip
_TAX = {"DETAILID", "TRX_TAX"}
_SANDBOX_CANNOT = ("REVERSEDATE", "BASELOCATION_NO", "TRANSACTIONSOURCE", "ALLOCATION", "SPLIT", "BILLABLE")


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

    lengths = LENGTHS
    cannot = frozenset(_SANDBOX_CANNOT)

    def _tax(self, node: etree._Element, line: Line) -> None:
        entries = list(node)
        if any(each.tag != "TAXENTRY" for each in entries):
            self.note("element_form", kind="GLENTRY", what=f"TAXENTRIES holds TAXENTRY only{line.where}")
        if len(entries) != 1:
            self.note("tax_entries", count=len(entries), where=line.where)
        for each in entries[:1]:
            values = self._values(each, "TAXENTRY", _TAX, set(), line.where)
            self._require(values, ("DETAILID", "TRX_TAX"), line.where)
            line.tax_detail = values.get("DETAILID", "")
            line.tax = self._number(values.get("TRX_TAX", "0"), "TRX_TAX", 2, line.where)

    def _line(self, node: etree._Element, number: int) -> Line:
        where = f" on line {number}"
        values = self._values(node, "GLENTRY", _LINE - set(STANDARD_DIMENSIONS) | self.dimensions, {"TAXENTRIES", "SPLIT"}, where)
        self._require(values, ("ACCOUNTNO", "TR_TYPE", "TRX_AMOUNT"), where)
        self._choice(values, "TR_TYPE", ("1", "-1"), where)
        line = Line(number, values)
        if "TRX_AMOUNT" in values:
            line.amount = self._number(values["TRX_AMOUNT"], "TRX_AMOUNT", 2, where)
        if "EXCHANGE_RATE" in values:
            line.rate = self._number(values["EXCHANGE_RATE"], "EXCHANGE_RATE", 4, where)
            if "EXCH_RATE_TYPE_ID" in values:
                self.note("rate_both", where=where)
        line.rate_date = self._date(values, "EXCH_RATE_DATE", where)
        taxes = node.find("TAXENTRIES")
        if taxes is not None:
            self._tax(taxes, line)
        return line

    def read(self, node: etree._Element) -> Entry:
        entry = Entry(self._values(node, "GLBATCH", _HEADER, {"ENTRIES"}))
        self._require(entry.values, ("JOURNAL", "BATCH_DATE", "BATCH_TITLE"))
        self._choice(entry.values, "STATE", ("Posted", "Draft"))
        self._choice(entry.values, "TAXIMPLICATIONS", ("None", "Inbound", "Outbound"))
        entry.day = self._date(entry.values, "BATCH_DATE")
        for number, each in enumerate(node.findall("./ENTRIES/*"), start=1):
            if each.tag != "GLENTRY":
                self.note("element_unknown", kind="ENTRIES", element=each.tag)
                continue
            entry.lines.append(self._line(each, number))
        if len(entry.lines) < 2:
            self.note("two_lines")
        return entry
