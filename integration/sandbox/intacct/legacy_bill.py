"""`create_bill`, the older way to write a bill, which the official packages still take: strict order, then the same bill.

Source: api-v3.0-2025.xsd, create_bill and lineitem. What it cannot say in generic elements is refused, not left out.
"""

from __future__ import annotations

from lxml import etree

from integration.sandbox.intacct import bills
from integration.sandbox.intacct.answers import child, element
from integration.sandbox.intacct.legacy import DATES, split_date, text_of
from integration.sandbox.intacct.refusals import refuse
from integration.sandbox.intacct.sessions import Context

# Legacy element -> generic element; "" for what this company does nothing with.
_HEADER = {
    "vendorid": "VENDORID",
    "datecreated": "WHENCREATED",
    "dateposted": "WHENPOSTED",
    "datedue": "WHENDUE",
    "termname": "TERMNAME",
    "action": "ACTION",
    "billno": "RECORDID",
    "ponumber": "DOCNUMBER",
    "onhold": "ONHOLD",
    "description": "DESCRIPTION",
    "externalid": "",
    "basecurr": "BASECURR",
    "currency": "CURRENCY",
    "exchratedate": "EXCH_RATE_DATE",
    "exchratetype": "EXCH_RATE_TYPE_ID",
    "exchrate": "EXCHANGE_RATE",
    "supdocid": "SUPDOCID",
    "inclusivetax": "INCLUSIVETAX",
    "taxsolutionid": "TAXSOLUTIONID",
}
_LINE = {
    "accountlabel": "ACCOUNTLABEL",
    "glaccountno": "ACCOUNTNO",
    "amount": "TRX_AMOUNT",
    "memo": "ENTRYDESCRIPTION",
    "item1099": "FORM1099",
    "totaltrxamount": "TOTALTRXAMOUNT",
    "partialexempt": "PARTIALEXEMPT",
    **{
        name: name.upper()
        for name in (
            "locationid", "departmentid", "projectid", "taskid", "costtypeid", "customerid", "vendorid", "employeeid", "itemid", "classid",
            "contractid", "warehouseid", "billable",
        )
    },
}  # fmt: skip


def create(node: etree._Element, context: Context) -> etree._Element:
    """Write the bill and answer with its key alone, as legacy functions do."""
    bill = element("APBILL")
    for each in node:
        tag = str(each.tag)
        if tag == "billitems":
            _lines(each, child(bill, "APBILLITEMS"))
        elif tag in DATES:
            child(bill, _HEADER[tag], split_date(each))
        elif tag not in _HEADER:
            raise refuse("sandbox_cannot", field=tag)
        elif _HEADER[tag] and text_of(each):
            child(bill, _HEADER[tag], text_of(each))
    if (action := bill.find("ACTION")) is not None:
        action.text = (action.text or "").capitalize()
    made = bills.create(bill, context)
    return element("key", made.findtext("RECORDNO"))


def _lines(node: etree._Element, items: etree._Element) -> None:
    for each in node:
        line = child(items, "APBILLITEM")
        for part in each:
            tag = str(part.tag)
            if tag == "taxentries":
                _taxes(part, child(line, "TAXENTRIES"))
            elif tag in _LINE and text_of(part):
                child(line, _LINE[tag], text_of(part))
            elif tag not in _LINE:
                raise refuse("sandbox_cannot", field=tag)


def _taxes(node: etree._Element, entries: etree._Element) -> None:
    for each in node:
        entry = child(entries, "TAXENTRY")
        for part in each:
            child(entry, str(part.tag).upper(), text_of(part))
