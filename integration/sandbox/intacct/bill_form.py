"""An AP bill as it is sent, read by its rows of the demands. No look into the books."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from lxml import etree

from integration.sandbox.intacct.demands.payables import APBILL, APBILLITEM, BILL_TAXENTRY
from integration.sandbox.intacct.forms import Form, day_of, number_of

# Where a bill line spells a dimension in another way than a journal line.
SPELLED = {"LOCATIONID": "LOCATION", "DEPARTMENTID": "DEPARTMENT"}
_SPELLED_BACK = {name: spelled for spelled, name in SPELLED.items()}
_DATES = ("WHENCREATED", "WHENPOSTED", "WHENDUE", "RECPAYMENTDATE", "EXCH_RATE_DATE")


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

    def __init__(self, dimensions: set[str]) -> None:
        super().__init__({_SPELLED_BACK.get(name, name) for name in dimensions})

    def read(self, node: etree._Element) -> Bill:
        bill = Bill(self.take(node, APBILL, draft=node.findtext("ACTION") == "Draft"))
        bill.dates = {name: day_of(bill.values, name) for name in _DATES}
        bill.rate = number_of(bill.values, "EXCHANGE_RATE")
        for number, each in enumerate(node.findall("./APBILLITEMS/*"), start=1):
            if each.tag == "APBILLITEM":
                bill.lines.append(self._line(each, number, inclusive=bill.inclusive))
            else:
                self.note("element_unknown", kind="APBILLITEMS", element=each.tag)
        if not bill.lines:
            self.note("one_line")
        return bill

    def _line(self, node: etree._Element, number: int, *, inclusive: bool) -> BillLine:
        line = BillLine(number, {})
        values = self.take(node, APBILLITEM, line.where, line=True)
        line.values = {SPELLED.get(name, name): value for name, value in values.items()}
        if "ACCOUNTNO" not in values and "ACCOUNTLABEL" not in values:
            self.note("missing", field="ACCOUNTNO", where=line.where)
        amount = "TOTALTRXAMOUNT" if inclusive else "TRX_AMOUNT"
        if amount not in values:
            self.note("missing", field=amount, where=line.where)
        if not inclusive:  # ignored where the lines give gross amounts
            line.amount = number_of(values, "TRX_AMOUNT") or Decimal(0)
        line.gross = number_of(values, "TOTALTRXAMOUNT")
        for each in node.findall("./TAXENTRIES/*"):
            self._tax(each, line)
        if "TAXENTRIES" in values and not line.taxes:
            self.note("element_form", kind="APBILLITEM", what=f"TAXENTRIES without TAXENTRY{line.where}")
        return line

    def _tax(self, node: etree._Element, line: BillLine) -> None:
        if node.tag != "TAXENTRY":
            self.note("element_form", kind="APBILLITEM", what=f"TAXENTRIES holds TAXENTRY only{line.where}")
            return
        values = self.take(node, BILL_TAXENTRY, line.where)
        line.taxes.append(TaxEntry(values.get("DETAILID", ""), number_of(values, "TRX_TAX")))
