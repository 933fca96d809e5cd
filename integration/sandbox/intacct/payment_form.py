"""The form of an AP payment: element names, required fields, formats, lengths. No look into the books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from lxml import etree

from integration.sandbox.intacct.forms import Form

METHODS = (
    "Printed Check", "Joint Check", "Cash", "EFT", "Credit Card", "ACH", "Check Delivery", "WF Check", "WF Domestic ACH", "WF USD Wire",
)  # fmt: skip
CONFIRMED_AT_ONCE = ("EFT", "Cash")
_HEADER = {
    "FINANCIALENTITY", "PAYMENTMETHOD", "VENDORID", "PAYMENTDATE", "CURRENCY", "BASECURR", "EXCH_RATE_DATE", "EXCH_RATE_TYPE_ID",
    "EXCHANGE_RATE", "AMOUNTTOPAY", "DOCNUMBER", "DESCRIPTION", "PAYMENTREQUESTMETHOD", "GROUPPAYMENTS", "PAYMENTCONTACT", "ACTION",
    "APPYMTDETAILS",
}  # fmt: skip
_DETAIL = {
    "RECORDKEY", "ENTRYKEY", "TRX_PAYMENTAMOUNT", "DISCOUNTDATE", "DISCOUNTTOAPPLY", "CREDITTOAPPLY", "POSADJKEY", "ADJUSTMENTKEY",
    "ADVANCEKEY", "INLINEKEY",
}  # fmt: skip


@dataclass(slots=True)
class Detail:
    number: int
    key: str
    amount: Decimal

    @property
    def where(self) -> str:
        return f" on detail {self.number}"


class PaymentForm(Form):
    lengths: ClassVar = {
        "FINANCIALENTITY": 20, "VENDORID": 20, "DOCNUMBER": 20, "DESCRIPTION": 500, "CURRENCY": 3, "EXCH_RATE_TYPE_ID": 100,
    }  # fmt: skip
    cannot = frozenset((_DETAIL - {"RECORDKEY", "TRX_PAYMENTAMOUNT"}) | {"AMOUNTTOPAY", "GROUPPAYMENTS", "PAYMENTCONTACT"})

    def header(self, node: etree._Element) -> dict[str, str]:
        values = self._values(node, "APPYMT", _HEADER, {"APPYMTDETAILS"})
        self._require(values, ("FINANCIALENTITY", "VENDORID", "PAYMENTDATE", "CURRENCY"))
        if "PAYMENTMETHOD" not in values:
            self.note("payment_method")
        self._choice(values, "PAYMENTMETHOD", METHODS)
        if values.get("PAYMENTMETHOD") in METHODS and values["PAYMENTMETHOD"] not in CONFIRMED_AT_ONCE:
            self.note("sandbox_cannot", field=f"PAYMENTMETHOD {values['PAYMENTMETHOD']}")
        self._choice(values, "ACTION", ("Submit", "Draft"))
        self._choice(values, "PAYMENTREQUESTMETHOD", ("vendorpref", "bill", "vendor", "payto"))
        if "EXCH_RATE_TYPE_ID" in values and "EXCHANGE_RATE" in values:
            self.note("rate_both")
        return values

    def details(self, node: etree._Element) -> list[Detail]:
        found = []
        for number, each in enumerate(node.findall("./APPYMTDETAILS/*"), start=1):
            if each.tag != "APPYMTDETAIL":
                self.note("element_unknown", kind="APPYMTDETAILS", element=each.tag)
                continue
            where = f" on detail {number}"
            values = self._values(each, "APPYMTDETAIL", _DETAIL, set(), where)
            self._require(values, ("RECORDKEY", "TRX_PAYMENTAMOUNT"), where)
            amount = self._number(values.get("TRX_PAYMENTAMOUNT", "0"), "TRX_PAYMENTAMOUNT", 2, where)
            if "TRX_PAYMENTAMOUNT" in values and not amount:
                self.note("payment_zero", where=where)
            found.append(Detail(number, values.get("RECORDKEY", ""), amount))
        if not found:
            self.note("one_detail")
        return found

    def day(self, values: dict[str, str], name: str) -> date | None:
        return self._date(values, name)

    def rate(self, values: dict[str, str]) -> Decimal | None:
        return self._number(values["EXCHANGE_RATE"], "EXCHANGE_RATE", 10, "") if "EXCHANGE_RATE" in values else None
