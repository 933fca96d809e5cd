"""An AP payment as it is sent, read by its rows of the demands. No look into the books."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from lxml import etree

from integration.sandbox.intacct.demands.payables import APPYMT, APPYMTDETAIL
from integration.sandbox.intacct.forms import Form, number_of

CONFIRMED_AT_ONCE = ("EFT", "Cash")


@dataclass(slots=True)
class Detail:
    number: int
    key: str
    amount: Decimal

    @property
    def where(self) -> str:
        return f" on detail {self.number}"


class PaymentForm(Form):
    def header(self, node: etree._Element) -> dict[str, str]:
        values = self.take(node, APPYMT)
        method = values.get("PAYMENTMETHOD")
        if not method:
            self.note("payment_method")
        elif method in APPYMT.elements["PAYMENTMETHOD"].choices and method not in CONFIRMED_AT_ONCE:
            self.note("sandbox_cannot", field=f"PAYMENTMETHOD {method}")
        return values

    def details(self, node: etree._Element) -> list[Detail]:
        found = []
        for number, each in enumerate(node.findall("./APPYMTDETAILS/*"), start=1):
            if each.tag != "APPYMTDETAIL":
                self.note("element_unknown", kind="APPYMTDETAILS", element=each.tag)
                continue
            where = f" on detail {number}"
            values = self.take(each, APPYMTDETAIL, where)
            amount = abs(number_of(values, "TRX_PAYMENTAMOUNT") or Decimal(0))
            if "TRX_PAYMENTAMOUNT" in values and not amount:
                self.note("payment_zero", where=where)
            found.append(Detail(number, values.get("RECORDKEY", ""), amount))
        if not found:
            self.note("one_detail")
        return found
