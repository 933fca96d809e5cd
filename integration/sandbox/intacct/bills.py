"""AP bills: creating, updating, approving, declining and reversing them, with their postings and tax records."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from lxml import etree

from integration.sandbox.books import Books, Row
from integration.sandbox.intacct.answers import element, record
from integration.sandbox.intacct.bill_checks import BillCheck, needs_approval, number_key
from integration.sandbox.intacct.bill_form import SPELLED, Bill, BillForm, BillLine
from integration.sandbox.intacct.bill_tax import reverse
from integration.sandbox.intacct.demands.payables import APBILL_UPDATE
from integration.sandbox.intacct.fields import CODES, enabled_dimensions
from integration.sandbox.intacct.forms import day_of
from integration.sandbox.intacct.gl import Origin, Posting, mirrored, post
from integration.sandbox.intacct.legacy import split_date
from integration.sandbox.intacct.objects import SIDE, as_date, as_text, first_open_day, put_object, timestamp, true
from integration.sandbox.intacct.preferences import payables_account
from integration.sandbox.intacct.references import cents
from integration.sandbox.intacct.refusals import Refused, refusal, refuse
from integration.sandbox.intacct.sessions import Context

RAW_STATES = {label: code for code, label in CODES["APBILL", "STATE"].items()}
POSTED = ("Posted", "Partially Paid", "Paid", "Selected")
RECOVERABLE = Decimal(60)  # percent of the tax of a partially exempt line, unless LOCATIONENTITY._RECOVERABLE says more
_STORED = ("VENDORID", "DOCNUMBER", "DESCRIPTION", "TERMNAME", "PRBATCH", "SUPDOCID", "EXCH_RATE_TYPE_ID", "TAXSOLUTIONID")
_SPELLED_BACK = {name: spelled for spelled, name in SPELLED.items()}


def create(node: etree._Element, context: Context) -> etree._Element:
    """Write one APBILL with its lines; unless it is a draft or waits for approval, with its postings too.

    Raises Refused with every problem found, and the generic one last.
    """
    books = context.books
    dimensions = enabled_dimensions(books)
    form = BillForm(set(dimensions))
    bill = form.read(node)
    check = BillCheck(context, form, dimensions)
    check.run(bill)
    if form.problems:
        raise Refused(*form.problems, refusal("could_not_create", kind="APBILL"))
    number = _write(bill, check)
    return record("apbill", [("RECORDNO", number), ("RECORD_URL", f"{context.base_url}/?bill={number}")])


def _write(bill: Bill, check: BillCheck) -> str:
    context, books, now = check.context, check.books, check.context.now
    values, rate = bill.values, bill.rate or Decimal(1)
    state = "Draft" if bill.draft else "Submitted" if needs_approval(books, check.vendor) else "Posted"
    number = values.get("RECORDID", "")
    if not number and not bill.draft:
        number = f"BILL-{books.next_number('BILL SEQUENCE'):05d}"
    lines = [_stored(line, check, rate) for line in bill.lines]
    total = sum((Decimal(line["amount"]) + sum(Decimal(tax["amount"]) for tax in line["taxes"]) for line in lines), Decimal(0))
    base = sum((Decimal(line["base"]) + sum(Decimal(tax["base"]) for tax in line["taxes"]) for line in lines), Decimal(0))
    days = {name: as_text(day) for name, day in bill.dates.items() if day}
    row = put_object(
        books,
        "APBILL",
        now=now,
        **{
            **{name: values.get(name, "") for name in _STORED},
            "VENDORNAME": check.vendor.get("NAME", ""),
            "RECORDID": number,
            "WHENCREATED": days.get("WHENCREATED", ""),
            "WHENPOSTED": days.get("WHENPOSTED", days.get("WHENCREATED", "")),
            "WHENDUE": days.get("WHENDUE", ""),
            "EXCH_RATE_DATE": days.get("EXCH_RATE_DATE", days.get("WHENCREATED", "")),
            "EXCHANGE_RATE": str(rate),
            "WHENPAID": "",
            "AUWHENCREATED": timestamp(now),
            "PAYMENTPRIORITY": values.get("PAYMENTPRIORITY", "normal"),
            "ONHOLD": values.get("ONHOLD", "false"),
            "INCLUSIVETAX": values.get("INCLUSIVETAX", "false"),
            "CURRENCY": values.get("CURRENCY", check.base),
            "BASECURR": check.base,
            "TRX_TOTALENTERED": str(cents(total)),
            "TOTALENTERED": str(cents(base)),
            "TRX_TOTALPAID": "0.00",
            "TOTALPAID": "0.00",
            "TRX_TOTALDUE": str(cents(total)),
            "TOTALDUE": str(cents(base)),
            "MEGAENTITYID": context.entity,
            "_ENTITY": check.entity,
        },
    )
    key = str(row["RECORDNO"])
    books.put(SIDE, "APBILL", key, {**row, "_LINES": lines})
    put_object(books, "APBILL", now=now, RECORDNO=key, RECORD_URL=f"{context.base_url}/?bill={key}")
    if number and "VENDORID" in values:
        books.put(SIDE, "BILLNUMBER", number_key(values["VENDORID"], number), {"bill": key})
    _items(books, key, lines, now)
    set_state(books, key, state, now)
    if state == "Posted":
        post_bill(books, key, now, context.base_url)
    return key


def _stored(line: BillLine, check: BillCheck, rate: Decimal) -> dict[str, Any]:
    """What is needed to post the line, now or after its approval. Amounts as text, signed as the line is."""
    home = check.home()
    share = Decimal(home.get("_RECOVERABLE") or RECOVERABLE) / 100 if line.partial else Decimal(1)
    taxes = []
    for tax in line.taxes:
        row = check.details[tax.detail]
        taxes.append(
            {
                "detail": tax.detail,
                "account": row["GLACCOUNT"],
                "solution": row["TAXSOLUTIONID"],
                "amount": str(cents(tax.amount)),
                "recoverable": str(cents(tax.amount * share)),
                "base": str(cents(tax.amount * rate)),
                "output": reverse(check, tax.detail) and Decimal(row["VALUE"]) < 0,
            }
        )
    return {"values": line.values, "amount": str(cents(line.amount)), "base": str(cents(line.amount * rate)), "taxes": taxes}


def _items(books: Books, bill: str, lines: list[dict[str, Any]], now: datetime) -> None:
    """The lines in order, then their tax lines, which name the line they belong to."""
    position = 0
    rows = []
    for line in lines:
        position += 1
        carried = {name: text for name, text in line["values"].items() if name not in ("TAXENTRIES", "TOTALTRXAMOUNT")}
        values = {_SPELLED_BACK.get(name, name): text for name, text in carried.items()}
        row = put_object(
            books, "APBILLITEM", now=now,
            **{**values, "RECORDKEY": bill, "LINE_NO": str(position), "TRX_AMOUNT": line["amount"], "AMOUNT": line["base"]},
        )  # fmt: skip
        rows.append((row, line))
    for row, line in rows:
        for tax in line["taxes"]:
            position += 1
            put_object(
                books, "APBILLITEM", now=now, RECORDKEY=bill, LINE_NO=str(position), ACCOUNTNO=tax["account"], TRX_AMOUNT=tax["amount"],
                AMOUNT=tax["base"], ENTRYDESCRIPTION=tax["detail"], LOCATIONID=row.get("LOCATIONID", ""), SUBTOTAL="T",
                PARENTENTRY=str(row["RECORDNO"]), DETAILID=tax["detail"],
            )  # fmt: skip


def bill_of(books: Books, key: str) -> Row | None:
    return books.get(SIDE, "APBILL", key) if key.isascii() and key.isdigit() else None


def set_state(books: Books, key: str, state: str, now: datetime, **more: str) -> None:
    put_object(books, "APBILL", now=now, RECORDNO=key, STATE=state, RAWSTATE=RAW_STATES.get(state, ""), **more)


def _origin(row: Row, title: str, source: str) -> Origin:
    return Origin(
        journal="APJ", title=title, source=source, entity=row["_ENTITY"], owner=row["MEGAENTITYID"], currency=row["CURRENCY"],
        base_currency=row["BASECURR"], rate=Decimal(row["EXCHANGE_RATE"]), supdocid=row.get("SUPDOCID", ""),
    )  # fmt: skip


def post_bill(books: Books, key: str, now: datetime, base_url: str = "") -> None:
    """Debit the lines and their taxes, credit the payables account; write the tax records."""
    row = books.get(SIDE, "APBILL", key)
    assert row is not None
    rate = Decimal(row["EXCHANGE_RATE"])
    postings = []
    for line in row["_LINES"]:
        values = line["values"]
        stated = sum((Decimal(tax["amount"]) for tax in line["taxes"]), Decimal(0)) if line["taxes"] else None
        detail = ", ".join(tax["detail"] for tax in line["taxes"])
        postings.append(Posting(values["ACCOUNTNO"], Decimal(line["amount"]), Decimal(line["base"]), values, detail, stated))
        for tax in line["taxes"]:
            amount, base, good = Decimal(tax["amount"]), Decimal(tax["base"]), Decimal(tax["recoverable"])
            good_base = base if good == amount else cents(good * rate)
            if good:
                postings.append(Posting(tax["account"], good, good_base, values, tax["detail"], tax=True))
            if good != amount:  # tax that cannot be recovered is cost
                postings.append(Posting(values["ACCOUNTNO"], amount - good, base - good_base, values, tax["detail"], tax=True))
    total, base = (sum((getattr(each, name) for each in postings), Decimal(0)) for name in ("amount", "base"))
    location = row["_ENTITY"] or row["_LINES"][0]["values"].get("LOCATION", "")
    owed = {"LOCATION": location, "VENDORID": row["VENDORID"], "ENTRYDESCRIPTION": row.get("DESCRIPTION", "")}
    postings.append(Posting(payables_account(books), -total, -base, owed))
    title = f"Bill {row['RECORDID']} · {row.get('VENDORNAME') or row['VENDORID']}"
    number = post(books, now, _origin(row, title, f"APBILL {key}"), as_date(row["WHENPOSTED"]), postings, base_url)
    _tax_records(books, row, number, now)


def _tax_records(books: Books, row: Row, batch: str, now: datetime, sign: int = 1) -> None:
    """Tax counts in its own direction: the output side of a reverse charge is tax due, although it stands negative on the bill.

    _NET marks the records whose net counts; a line with two input taxes has its net counted once.
    """
    rate = Decimal(row["EXCHANGE_RATE"])
    for line in row["_LINES"]:
        counted: set[bool] = set()
        for tax in line["taxes"]:
            turned = -sign if tax["output"] else sign
            recovered = Decimal(tax["recoverable"])
            base = Decimal(tax["base"]) if recovered == Decimal(tax["amount"]) else cents(recovered * rate)
            put_object(
                books, "TAXRECORD", now=now, TAXTYPE="Output Tax" if tax["output"] else "Input Tax", STATE="Posted",
                DETAILID=tax["detail"], TAXSOLUTIONID=tax["solution"], TRX_TAX=str(turned * recovered), TAX=str(turned * base),
                TRX_AMOUNT=str(sign * Decimal(line["amount"])), AMOUNT=str(sign * Decimal(line["base"])), RECORDKEY=str(row["RECORDNO"]),
                GLBATCHKEY=batch, ENTRY_DATE=row["WHENPOSTED"], MEGAENTITYID=row["MEGAENTITYID"], _ENTITY=row["_ENTITY"],
                _NET="" if tax["output"] in counted else "true",
            )  # fmt: skip
            counted.add(tax["output"])


def approve(books: Books, key: str, now: datetime) -> None:
    """As an approver does. Raises ValueError for a bill that does not wait for approval."""
    _waiting(books, key)
    set_state(books, key, "Posted", now)
    post_bill(books, key, now)


def decline(books: Books, key: str, now: datetime) -> None:
    """Raises ValueError for a bill that does not wait for approval."""
    _waiting(books, key)
    set_state(books, key, "Declined", now)


def _waiting(books: Books, key: str) -> None:
    row = bill_of(books, key)
    if row is None or row["STATE"] != "Submitted":
        raise ValueError(f"bill {key} does not wait for approval")


def update(node: etree._Element, context: Context) -> etree._Element:
    """Change header fields of a bill; an empty element clears none of them here."""
    form = BillForm(set())
    values = form.take(node, APBILL_UPDATE)
    if due := day_of(values, "WHENDUE"):
        values["WHENDUE"] = as_text(due)
    key = values.get("RECORDNO", "")
    row = bill_of(context.books, key)
    if key and (row is None or context.entity not in ("", row["_ENTITY"])):
        form.note("transaction_gone", key=key)
    elif row is not None:
        locked = row["STATE"] == "Paid" and not true(context.options.get("paid_bills_open"))
        if locked or row["STATE"] in ("Reversed", "Declined"):
            form.note("state_invalid", state=row["STATE"])
        supdoc = values.get("SUPDOCID")
        if supdoc and context.books.get(SIDE, "SUPDOC", supdoc) is None:
            form.note("attachment_missing", value=supdoc)
    if form.problems:
        raise Refused(*form.problems, refusal("could_not_update", kind="APBILL"))
    put_object(context.books, "APBILL", now=context.now, **values)
    return record("apbill", [("RECORDNO", key)])


def reverse_bill(node: etree._Element, context: Context) -> etree._Element:
    """Post the opposite of an unpaid bill on `datereversed`. Raises Refused."""
    books, key = context.books, node.get("key", "")
    row = bill_of(books, key)
    if row is None or context.entity not in ("", row["_ENTITY"]):
        raise refuse("transaction_gone", key=key)
    day = as_date(split_date(node[0]))
    if row["STATE"] != "Posted" or Decimal(row["TRX_TOTALPAID"]):
        raise Refused(refusal("state_invalid", state=row["STATE"]), refusal("could_not_reverse", kind="bill"))
    if day < as_date(row["WHENPOSTED"]):
        raise refuse("reversal_date", date=as_text(day), first=row["WHENPOSTED"])
    for module, name in (("AP", "closed_payables"), ("GL", "closed_period")):
        opened = first_open_day(books, row["_ENTITY"], module)
        if opened and day < opened:
            raise refuse(name, date=as_text(day), first=as_text(opened))
    turned = mirrored(books, f"APBILL {key}")
    title = f"Reversal of bill {row['RECORDID']} · {row['VENDORID']}"
    number = post(books, context.now, _origin(row, title, f"APBILL {key} reversal"), day, turned, context.base_url)
    _tax_records(books, {**row, "WHENPOSTED": as_text(day)}, number, context.now, sign=-1)
    set_state(books, key, "Reversed", context.now, TRX_TOTALDUE="0.00", TOTALDUE="0.00")
    books.delete(SIDE, "BILLNUMBER", number_key(row["VENDORID"], row["RECORDID"]))
    return element("key", key)
