"""The form of an AP bill: element names, required fields, formats, lengths. No look into the books."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from lxml import etree

from integration.sandbox.intacct.forms import Form
from integration.sandbox.intacct.journal import LENGTHS as JOURNAL_LENGTHS

# Source: reference 7.3. DESCRIPTION is the cautious reading: one practitioner states 1000.
LENGTHS = JOURNAL_LENGTHS | {
    "RECORDID": 30,
    "DOCNUMBER": 20,
    "TERMNAME": 40,
    "PRBATCH": 80,
    "BASECURR": 3,
    "ACCOUNTLABEL": 80,
    "ENTRYDESCRIPTION": 500,
    "DEPARTMENTID": 20,
    "LOCATIONID": 20,
}
# Where a bill line spells a dimension in another way than a journal line.
SPELLED = {"LOCATIONID": "LOCATION", "DEPARTMENTID": "DEPARTMENT"}
_DATES = ("WHENCREATED", "WHENPOSTED", "WHENDUE", "RECPAYMENTDATE", "EXCH_RATE_DATE")
_HEADER = {
    *_DATES, "VENDORID", "RECORDID", "DOCNUMBER", "DESCRIPTION", "TERMNAME", "PRBATCH", "PAYMENTPRIORITY", "ONHOLD", "SUPDOCID",
    "CURRENCY", "BASECURR", "EXCH_RATE_TYPE_ID", "EXCHANGE_RATE", "INCLUSIVETAX", "TAXSOLUTIONID", "ACTION",
    "BILLTOPAYTOCONTACTNAME", "SHIPTORETURNTOCONTACTNAME", "APBILLITEMS",
}  # fmt: skip
_LINE = {
    "ACCOUNTNO", "ACCOUNTLABEL", "TRX_AMOUNT", "TOTALTRXAMOUNT", "ENTRYDESCRIPTION", "BILLABLE", "ALLOCATION", "OFFSETGLACCOUNTNO",
    "FORM1099", "FORM1099TYPE", "FORM1099BOX", "PARTIALEXEMPT", "TAXENTRIES",
}  # fmt: skip
_CANNOT = frozenset(
    ("ALLOCATION", "BILLABLE", "OFFSETGLACCOUNTNO", "FORM1099TYPE", "FORM1099BOX", "BILLTOPAYTOCONTACTNAME", "SHIPTORETURNTOCONTACTNAME")
)
_BOOLEANS = ("true", "false")
_PRIORITIES = ("urgent", "high", "normal", "low")


@dataclass(slots=True)
class TaxEntry:
    """given: TRX_TAX as sent; amount: what is posted, once the books have been asked."""

    detail: str
    given: Decimal | None
    amount: Decimal = Decimal(0)


@dataclass(slots=True)
class BillLine:
    """values: the elements under the names that journal lines use. amount: net, once the taxes are known."""

    number: int
    values: dict[str, str]
    amount: Decimal = Decimal(0)
    gross: Decimal | None = None
    taxes: list[TaxEntry] = field(default_factory=list)

    @property
    def where(self) -> str:
        return f" on line {self.number}"

    @property
    def partial(self) -> bool:
        return self.values.get("PARTIALEXEMPT") == "true"


@dataclass(slots=True)
class Bill:
    values: dict[str, str]
    lines: list[BillLine] = field(default_factory=list)
    dates: dict[str, date | None] = field(default_factory=dict)
    rate: Decimal | None = None

    @property
    def draft(self) -> bool:
        return self.values.get("ACTION") == "Draft"

    @property
    def inclusive(self) -> bool:
        return self.values.get("INCLUSIVETAX") == "true"

    @property
    def posting_day(self) -> date | None:
        return self.dates.get("WHENPOSTED") or self.dates.get("WHENCREATED")

    @property
    def total(self) -> Decimal:
        """What is owed: the lines and their taxes."""
        return sum((line.amount + sum(tax.amount for tax in line.taxes) for line in self.lines), Decimal(0))


class BillForm(Form):
    """Reads one APBILL element."""

    lengths = LENGTHS
    cannot = _CANNOT

    def read(self, node: etree._Element) -> Bill:
        bill = Bill(self._values(node, "APBILL", _HEADER, {"APBILLITEMS"}))
        values = bill.values
        self._choice(values, "ACTION", ("Submit", "Draft"))
        self._choice(values, "PAYMENTPRIORITY", _PRIORITIES)
        for name in ("ONHOLD", "INCLUSIVETAX"):
            self._choice(values, name, _BOOLEANS)
        if not bill.draft:
            self._require(values, ("VENDORID", "WHENCREATED", "WHENDUE"))
        bill.dates = {name: self._date(values, name) for name in _DATES}
        if "EXCHANGE_RATE" in values:
            bill.rate = self._number(values["EXCHANGE_RATE"], "EXCHANGE_RATE", 10, "")
            if "EXCH_RATE_TYPE_ID" in values:
                self.note("rate_both")
        for number, each in enumerate(node.findall("./APBILLITEMS/*"), start=1):
            if each.tag == "APBILLITEM":
                bill.lines.append(self._line(each, number, inclusive=bill.inclusive))
            else:
                self.note("element_unknown", kind="APBILLITEMS", element=each.tag)
        if not bill.lines:
            self.note("one_line")
        return bill

    def _line(self, node: etree._Element, number: int, *, inclusive: bool) -> BillLine:
        where = f" on line {number}"
        allowed = _LINE | (self.dimensions - set(SPELLED.values())) | set(SPELLED)
        values = self._values(node, "APBILLITEM", allowed, {"TAXENTRIES"}, where)
        if "ACCOUNTNO" not in values and "ACCOUNTLABEL" not in values:
            self._require(values, ("ACCOUNTNO",), where)
        for name in ("FORM1099", "PARTIALEXEMPT"):
            self._choice(values, name, _BOOLEANS, where)
        line = BillLine(number, {SPELLED.get(name, name): value for name, value in values.items()})
        self._require(values, ("TOTALTRXAMOUNT" if inclusive else "TRX_AMOUNT",), where)
        if "TRX_AMOUNT" in values and not inclusive:  # ignored where the lines give gross amounts
            line.amount = self._number(values["TRX_AMOUNT"], "TRX_AMOUNT", 2, where, signed=True)
        if "TOTALTRXAMOUNT" in values:
            line.gross = self._number(values["TOTALTRXAMOUNT"], "TOTALTRXAMOUNT", 2, where, signed=True)
        for each in node.findall("./TAXENTRIES/*"):
            self._tax(each, line)
        if "TAXENTRIES" in values and not line.taxes:
            self.note("element_form", kind="APBILLITEM", what=f"TAXENTRIES without TAXENTRY{where}")
        return line

    def _tax(self, node: etree._Element, line: BillLine) -> None:
        if node.tag != "TAXENTRY":
            self.note("element_form", kind="APBILLITEM", what=f"TAXENTRIES holds TAXENTRY only{line.where}")
            return
        values = self._values(node, "TAXENTRY", {"DETAILID", "TRX_TAX"}, set(), line.where)
        self._require(values, ("DETAILID",), line.where)
        given = self._number(values["TRX_TAX"], "TRX_TAX", 2, line.where, signed=True) if "TRX_TAX" in values else None
        line.taxes.append(TaxEntry(values.get("DETAILID", ""), given))
