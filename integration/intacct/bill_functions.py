"""Bills, payments and late attachments as the functions that create them, and read back from their bytes.

Source: Sage Intacct XML API, Bills and AP Payments (docs/reference/intacct/05-writes.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from lxml import etree

from integration.intacct.documents import Bill, BillLine, LateAttachment, Payment
from integration.intacct.formats import Unreadable, add, parse_date, text_of, written_amount, written_date, yes
from integration.intacct.pieces import created, read_dimensions, read_rate, read_taxes, write_rate, write_taxes
from integration.money import Money

# Lines give net amounts, and the tax of each beside it. Source: Sage Intacct XML API, Bills, INCLUSIVETAX.
LINES_INCLUDE_TAX = False


def parse_bill(body: bytes, *, entity: str, base_currency: str, object_names: Mapping[str, str] = MappingProxyType({})) -> Bill:
    """Read back what `function` wrote of a bill; the value is equal to the one written.

    entity, base_currency, object_names: as for a journal entry. Raises Unreadable for anything else.
    """
    bill = created(body, "APBILL")
    try:
        currency = text_of(bill, "CURRENCY") or base_currency
        billed = parse_date(text_of(bill, "WHENCREATED"))
        return Bill(
            key=text_of(bill, "DOCNUMBER"),
            entity=entity,
            vendor=text_of(bill, "VENDORID"),
            number=text_of(bill, "RECORDID"),
            bill_date=billed,
            posting_date=parse_date(text_of(bill, "WHENPOSTED")) if bill.find("WHENPOSTED") is not None else billed,
            due_date=parse_date(text_of(bill, "WHENDUE")),
            description=text_of(bill, "DESCRIPTION"),
            lines=tuple(_read_bill_line(line, currency, object_names) for line in bill.iterfind("APBILLITEMS/APBILLITEM")),
            attachment_key=text_of(bill, "SUPDOCID"),
            exchange_rate=read_rate(bill),
            base_currency=text_of(bill, "BASECURR"),
            on_hold=text_of(bill, "ONHOLD") == "true",
            draft=text_of(bill, "ACTION") == "Draft",
            summary=text_of(bill, "PRBATCH"),
        )
    except (ValueError, ArithmeticError) as error:
        raise Unreadable(f"this is no bill: {error}") from error


def parse_payment(body: bytes, *, entity: str, bill_number: str, bill_key: str = "") -> Payment:
    """Read back what `function` or `planned` wrote of a payment; the value is equal to the one written.

    bill_number, bill_key: which bill it pays; neither stands in the XML. Raises Unreadable for anything else.
    """
    payment = created(body, "APPYMT")
    try:
        return Payment(
            key=text_of(payment, "DOCNUMBER"),
            entity=entity,
            vendor=text_of(payment, "VENDORID"),
            bank=text_of(payment, "FINANCIALENTITY"),
            method=text_of(payment, "PAYMENTMETHOD"),
            payment_date=parse_date(text_of(payment, "PAYMENTDATE")),
            amount=Money(Decimal(text_of(payment, "APPYMTDETAILS/APPYMTDETAIL/TRX_PAYMENTAMOUNT")), text_of(payment, "CURRENCY")),
            description=text_of(payment, "DESCRIPTION"),
            bill_number=bill_number,
            bill_key=bill_key,
            bill_record=text_of(payment, "APPYMTDETAILS/APPYMTDETAIL/RECORDKEY"),
            exchange_rate=read_rate(payment),
            base_currency=text_of(payment, "BASECURR"),
            draft=text_of(payment, "ACTION") == "Draft",
        )
    except (ValueError, ArithmeticError) as error:
        raise Unreadable(f"this is no payment: {error}") from error


def create_bill(bill: Bill) -> etree._Element:
    create = etree.Element("create")
    head = etree.SubElement(create, "APBILL")
    add(head, "WHENCREATED", written_date(bill.bill_date))
    if bill.posting_date != bill.bill_date:
        # Without AP's posting-date override Intacct may refuse the field, and the bill's own date is its default.
        add(head, "WHENPOSTED", written_date(bill.posting_date))
    add(head, "VENDORID", bill.vendor)
    add(head, "RECORDID", bill.number)
    add(head, "DOCNUMBER", bill.key)
    add(head, "WHENDUE", written_date(bill.due_date))
    add(head, "DESCRIPTION", bill.description)
    add(head, "PRBATCH", bill.summary)
    add(head, "SUPDOCID", bill.attachment_key)
    # Both currencies always, here and on payments: a company of several refuses one without them, in its base currency too.
    add(head, "BASECURR", bill.base_currency)
    add(head, "CURRENCY", bill.currency)
    if bill.exchange_rate:
        write_rate(head, bill.exchange_rate)
    if bill.on_hold:
        add(head, "ONHOLD", "true")
    if any(line.taxes for line in bill.lines):
        # In an entity's session its tax solution is known; TAXSOLUTIONID is for the top level only.
        add(head, "INCLUSIVETAX", yes(LINES_INCLUDE_TAX))
    add(head, "ACTION", "Draft" if bill.draft else "Submit")
    lines = etree.SubElement(head, "APBILLITEMS")
    for line in bill.lines:
        _write_bill_line(etree.SubElement(lines, "APBILLITEM"), line)
    return create


def _write_bill_line(parent: etree._Element, line: BillLine) -> None:
    add(parent, "ACCOUNTLABEL" if line.labelled else "ACCOUNTNO", line.account)
    add(parent, "TRX_AMOUNT", written_amount(line.amount))
    add(parent, "ENTRYDESCRIPTION", line.description)
    for dimension in line.dimensions:
        add(parent, dimension.element, dimension.value)
    if line.not_on_1099:
        add(parent, "FORM1099", "false")
    if line.partially_exempt:
        add(parent, "PARTIALEXEMPT", "true")
    write_taxes(parent, line.taxes)


def _read_bill_line(line: etree._Element, currency: str, object_names: Mapping[str, str]) -> BillLine:
    return BillLine(
        account=text_of(line, "ACCOUNTLABEL") or text_of(line, "ACCOUNTNO"),
        labelled=line.find("ACCOUNTLABEL") is not None,
        amount=Money(Decimal(text_of(line, "TRX_AMOUNT")), currency),
        taxes=read_taxes(line, currency),
        dimensions=read_dimensions(line, object_names),
        description=text_of(line, "ENTRYDESCRIPTION"),
        partially_exempt=text_of(line, "PARTIALEXEMPT") == "true",
        not_on_1099=text_of(line, "FORM1099") == "false",
    )


def create_payment(payment: Payment) -> etree._Element:
    create = etree.Element("create")
    head = etree.SubElement(create, "APPYMT")
    add(head, "FINANCIALENTITY", payment.bank)
    add(head, "PAYMENTMETHOD", payment.method)
    add(head, "VENDORID", payment.vendor)
    add(head, "DOCNUMBER", payment.key)
    add(head, "DESCRIPTION", payment.description)
    add(head, "PAYMENTDATE", written_date(payment.payment_date))
    add(head, "CURRENCY", payment.currency)
    add(head, "BASECURR", payment.base_currency)
    if payment.exchange_rate:
        write_rate(head, payment.exchange_rate)
    add(head, "ACTION", "Draft" if payment.draft else "Submit")
    detail = etree.SubElement(etree.SubElement(head, "APPYMTDETAILS"), "APPYMTDETAIL")
    add(detail, "RECORDKEY", payment.bill_record)
    add(detail, "TRX_PAYMENTAMOUNT", written_amount(payment.amount))
    return create


def update_bill(late: LateAttachment) -> etree._Element:
    # Header fields alone: an update that names lines replaces all of them.
    update = etree.Element("update")
    bill = etree.SubElement(update, "APBILL")
    add(bill, "RECORDNO", late.bill_record)
    add(bill, "SUPDOCID", late.attachment_key)
    return update


def reverse_bill(bill_record: str, day: date, description: str) -> etree._Element:
    """Post the opposite of an unpaid bill on this day. bill_record: Intacct's number of it.

    Source: api-v3.0-2025.xsd, reverse_bill: attribute key, then datereversed and description in this order.
    """
    root = etree.Element("reverse_bill", {"key": bill_record})
    reversed_on = etree.SubElement(root, "datereversed")
    for name, part in (("year", f"{day:%Y}"), ("month", f"{day:%m}"), ("day", f"{day:%d}")):
        add(reversed_on, name, part)
    add(root, "description", description)
    return root
