"""AP payments: checks, what they do to the bills, and their postings."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal

from lxml import etree

from integration.sandbox.books import Books, Row
from integration.sandbox.intacct.answers import record
from integration.sandbox.intacct.bill_checks import bank_in_entity, usable_vendor
from integration.sandbox.intacct.bills import POSTED, bill_of, set_state
from integration.sandbox.intacct.forms import day_of, number_of
from integration.sandbox.intacct.gl import Origin, Posting, mirrored, post
from integration.sandbox.intacct.objects import DAILY_RATE, SIDE, as_date, as_text, exchange_rate, find, find_visible, put_object, true
from integration.sandbox.intacct.payment_form import Detail, PaymentForm
from integration.sandbox.intacct.preferences import chosen, multi_currency, payables_account, preference
from integration.sandbox.intacct.references import References, cents
from integration.sandbox.intacct.refusals import Refused, refusal
from integration.sandbox.intacct.sessions import Context


class _PaymentCheck(References):
    def run(self, values: dict[str, str], details: list[Detail], day: date | None, rate_day: date | None, rate: Decimal | None) -> None:
        self.bills: dict[str, Row] = {}
        self._bills(values, details, day)
        if not self.entity:
            self.entity = next((row["_ENTITY"] for row in self.bills.values()), "")
        self.home()
        self.period(day, "AP", "CM", "GL")
        if "VENDORID" in values:
            usable_vendor(self, values["VENDORID"])
        self.bank: Row = {}
        if "FINANCIALENTITY" in values:
            self._bank(values)
        self.rate = Decimal(1)
        currency = values.get("CURRENCY", self.base)
        if multi_currency(self.books) and "BASECURR" not in values:
            self.note("missing", field="BASECURR")
        if values.get("BASECURR", self.base) != self.base:
            self.note("base_currency", value=values["BASECURR"], base=self.base)
        kind = values.get("EXCH_RATE_TYPE_ID") or DAILY_RATE
        if kind != DAILY_RATE and find(self.books, "EXCHANGERATETYPES", kind) is None:
            self.note("rate_type", value=kind)
        on = rate_day or day
        if currency != self.base and on:
            found = rate or exchange_rate(self.books, currency, self.base, on)
            if found is None:
                self.note("rate_unknown", currency=currency, base=self.base, date=on)
            self.rate = found or Decimal(1)

    def _bank(self, values: dict[str, str]) -> None:
        name = values["FINANCIALENTITY"]
        rows = (find_visible(self.books, kind, name, self.entity) for kind in ("CHECKINGACCOUNT", "SAVINGSACCOUNT"))
        row = next((each for each in rows if each), None)
        if row is None:
            self.note("bank_invalid", bank=name)
            return
        self.bank = row
        if row.get("STATUS", "active") != "active":
            self.note("bank_inactive", bank=name)
        if not bank_in_entity(self.books, row, self.entity):
            self.note("bank_entity", bank=name, entity=self.entity)
        if "CURRENCY" in values and row.get("CURRENCY") and row["CURRENCY"] != values["CURRENCY"]:
            self.note("bank_currency", bank=name, has=row["CURRENCY"], currency=values["CURRENCY"])

    def _bills(self, values: dict[str, str], details: list[Detail], day: date | None) -> None:
        wanted: dict[str, Decimal] = defaultdict(Decimal)
        for each in details:
            row = bill_of(self.books, each.key)
            if row is None or self.entity not in ("", row["_ENTITY"]):
                self.note("transaction_gone", key=each.key)
                continue
            self.bills[each.key] = row
            wanted[each.key] += each.amount
            if row["STATE"] not in POSTED:
                self.note("bill_not_posted", key=each.key, state=row["STATE"], where=each.where)
                continue
            if row["VENDORID"] != values.get("VENDORID"):
                self.note("bill_of_vendor", key=each.key, vendor=row["VENDORID"], where=each.where)
            if true(row.get("ONHOLD")):
                self.note("bill_on_hold", key=each.key, where=each.where)
            if "CURRENCY" in values and row["CURRENCY"] != values["CURRENCY"]:
                self.note("bill_currency", key=each.key, has=row["CURRENCY"], currency=values["CURRENCY"], where=each.where)
            if day and day < as_date(row["WHENPOSTED"]):
                self.note("payment_date", date=as_text(day), first=row["WHENPOSTED"], where=each.where)
            left = Decimal(row["TRX_TOTALDUE"]) - Decimal(row.get("_SELECTED") or 0)
            if wanted[each.key] > left:
                self.note("overpaid", amount=wanted[each.key], due=left or 0, where=each.where)


def create(node: etree._Element, context: Context) -> etree._Element:
    """Write one APPYMT with its details. By EFT or cash, submitted and without approval, it is confirmed at once.

    Raises Refused with every problem found, and the generic one last.
    """
    form = PaymentForm(set())
    values = form.header(node)
    details = form.details(node)
    day, rate_day, rate = day_of(values, "PAYMENTDATE"), day_of(values, "EXCH_RATE_DATE"), number_of(values, "EXCHANGE_RATE")
    check = _PaymentCheck(context, form, {})
    check.run(values, details, day, rate_day, rate)
    differs = any(Decimal(row["EXCHANGE_RATE"]) != check.rate for row in check.bills.values())
    if not form.problems and differs and not preference(context.books, "AP", "GAIN_LOSS_ACCOUNT"):
        form.note("gain_loss_account")
    if form.problems or day is None:
        raise Refused(*form.problems, refusal("could_not_create", kind="APPYMT"))
    number = _write(values, details, day, check)
    return record("appymt", [("RECORDNO", number), ("RECORD_URL", f"{context.base_url}/?payment={number}")])


def _write(values: dict[str, str], details: list[Detail], day: date, check: _PaymentCheck) -> str:
    books, now = check.books, check.context.now
    state = "Draft" if values.get("ACTION") == "Draft" else "Submitted" if chosen(books, "AP", "PAYMENT_APPROVAL") else "Confirmed"
    total = sum((each.amount for each in details), Decimal(0))
    kept = ("FINANCIALENTITY", "PAYMENTMETHOD", "VENDORID", "DOCNUMBER", "DESCRIPTION", "CURRENCY", "EXCH_RATE_TYPE_ID")
    row = put_object(
        books,
        "APPYMT",
        now=now,
        **{
            **{name: values.get(name, "") for name in kept},
            "PAYMENTREQUESTMETHOD": values.get("PAYMENTREQUESTMETHOD", "vendorpref"),
            "WHENCREATED": as_text(day),
            "WHENPAID": "",
            "BASECURR": check.base,
            "EXCHANGE_RATE": str(check.rate),
            "EXCH_RATE_DATE": values.get("EXCH_RATE_DATE", as_text(day)),
            "TRX_TOTALENTERED": str(cents(total)),
            "TOTALENTERED": str(cents(total * check.rate)),
            "TRX_TOTALPAID": "0.00",
            "TRX_TOTALDUE": str(cents(total)),
            "MEGAENTITYID": check.context.entity,
            "_ENTITY": check.entity,
            "_ACCOUNT": check.bank.get("GLACCOUNTNO", ""),
        },
    )
    key = str(row["RECORDNO"])
    put_object(books, "APPYMT", now=now, RECORDNO=key, RECORDID=f"P{int(key):06d}", RECORD_URL=f"{check.context.base_url}/?payment={key}")
    _set_state(books, key, state, now)
    numbers = []
    for each in details:
        made = put_object(
            books, "APPYMTDETAIL", now=now, RECORDKEY=each.key, PAYMENTKEY=key, PAYMENTDATE=as_text(day), CURRENCY=values["CURRENCY"],
            TRX_PAYMENTAMOUNT=str(cents(each.amount)), PAYMENTAMOUNT=str(cents(each.amount * check.rate)),
        )  # fmt: skip
        numbers.append(str(made["RECORDNO"]))
        if state == "Submitted":  # taken from what others may pay
            bill = check.books.get(SIDE, "APBILL", each.key) or {}
            put_object(books, "APBILL", now=now, RECORDNO=each.key, _SELECTED=str(Decimal(bill.get("_SELECTED") or 0) + each.amount))
    books.put(SIDE, "APPYMT", key, {**(books.get(SIDE, "APPYMT", key) or {}), "_DETAILS": numbers})
    if state == "Confirmed":
        confirm(books, key, now, check.context.base_url)
    return key


def _set_state(books: Books, key: str, state: str, now: datetime, **more: str) -> None:
    put_object(books, "APPYMT", now=now, RECORDNO=key, STATE=state, DISPLAYSTATE=state, **more)


def details_of(books: Books, payment: str) -> list[Row]:
    numbers = (books.get(SIDE, "APPYMT", payment) or {}).get("_DETAILS", [])
    return [row for row in (books.get(SIDE, "APPYMTDETAIL", number) for number in numbers) if row]


def confirm(books: Books, key: str, now: datetime, base_url: str = "") -> None:
    """Debit payables at the bills' rate, credit the bank at the payment's, and put the difference to gain and loss."""
    row = books.get(SIDE, "APPYMT", key)
    assert row is not None
    shared = {"LOCATION": row["_ENTITY"], "VENDORID": row["VENDORID"], "ENTRYDESCRIPTION": row.get("DESCRIPTION", "")}
    rate, paid = Decimal(row["EXCHANGE_RATE"]), Decimal(0)
    postings = []
    for detail in details_of(books, key):
        amount = Decimal(detail["TRX_PAYMENTAMOUNT"])
        same_rate = Decimal((bill_of(books, detail["RECORDKEY"]) or {})["EXCHANGE_RATE"]) == rate
        base = _settle(books, detail["RECORDKEY"], amount, now, row["WHENCREATED"])
        # At the bill's own rate nothing is won or lost, however its lines were rounded.
        mine = base if same_rate else cents(amount * rate)
        paid += mine
        put_object(books, "APPYMTDETAIL", now=now, RECORDNO=detail["RECORDNO"], _BASE=str(base), PAYMENTAMOUNT=str(mine))
        postings.append(Posting(payables_account(books), amount, base, shared))
    total, settled = (sum((getattr(each, name) for each in postings), Decimal(0)) for name in ("amount", "base"))
    postings.append(Posting(row["_ACCOUNT"], -total, -paid, shared))
    if paid != settled:
        postings.append(Posting(preference(books, "AP", "GAIN_LOSS_ACCOUNT"), Decimal(0), paid - settled, shared))
    origin = Origin(
        journal="CDJ", title=f"Payment {row['RECORDID']} · {row['VENDORID']}", source=f"APPYMT {key}", entity=row["_ENTITY"],
        owner=row["MEGAENTITYID"], currency=row["CURRENCY"], base_currency=row["BASECURR"], rate=Decimal(row["EXCHANGE_RATE"]),
    )  # fmt: skip
    post(books, now, origin, as_date(row["WHENCREATED"]), postings, base_url)
    put_object(books, "APPYMT", now=now, RECORDNO=key, TOTALENTERED=str(paid))
    _set_state(books, key, "Confirmed", now, WHENPAID=row["WHENCREATED"], TRX_TOTALPAID=str(total), TRX_TOTALDUE="0.00")


def _settle(books: Books, bill_key: str, amount: Decimal, now: datetime, day: str, base: Decimal | None = None) -> Decimal:
    """Move `amount` from due to paid and return its base amount at the bill's rate. Negative: a payment was voided.

    The last part of a bill takes what rounding has left of its base amount.
    """
    row = books.get(SIDE, "APBILL", bill_key)
    assert row is not None
    due, due_base = Decimal(row["TRX_TOTALDUE"]), Decimal(row["TOTALDUE"])
    if base is None:
        base = due_base if amount == due else cents(due_base * amount / due)
    due, due_base = due - amount, due_base - base
    entered = Decimal(row["TRX_TOTALENTERED"])
    state = "Paid" if not due else "Posted" if due == entered else "Partially Paid"
    set_state(
        books, bill_key, state, now, TRX_TOTALDUE=str(due), TOTALDUE=str(due_base), WHENPAID=day if not due else "",
        TRX_TOTALPAID=str(entered - due), TOTALPAID=str(Decimal(row["TOTALENTERED"]) - due_base),
    )  # fmt: skip
    return base


def approve(books: Books, key: str, now: datetime) -> None:
    """Raises ValueError for a payment that does not wait for approval."""
    _release(books, key, now)
    confirm(books, key, now)


def decline(books: Books, key: str, now: datetime) -> None:
    """Raises ValueError for a payment that does not wait for approval."""
    _release(books, key, now)
    _set_state(books, key, "Declined", now)


def _release(books: Books, key: str, now: datetime) -> None:
    row = books.get(SIDE, "APPYMT", key)
    if row is None or row["STATE"] != "Submitted":
        raise ValueError(f"payment {key} does not wait for approval")
    for detail in details_of(books, key):
        bill = books.get(SIDE, "APBILL", detail["RECORDKEY"]) or {}
        left = Decimal(bill.get("_SELECTED") or 0) - Decimal(detail["TRX_PAYMENTAMOUNT"])
        put_object(books, "APBILL", now=now, RECORDNO=detail["RECORDKEY"], _SELECTED=str(left))


def void(books: Books, key: str, now: datetime) -> None:
    """As a person does in Intacct when a payment came back: the bill is due again. Raises ValueError unless it is confirmed."""
    row = books.get(SIDE, "APPYMT", key)
    if row is None or row["STATE"] != "Confirmed":
        raise ValueError(f"payment {key} is not confirmed")
    for detail in details_of(books, key):
        _settle(books, detail["RECORDKEY"], -Decimal(detail["TRX_PAYMENTAMOUNT"]), now, "", -Decimal(detail["_BASE"]))
    origin = Origin(
        journal="CDJ", title=f"Void of payment {row['RECORDID']} · {row['VENDORID']}", source=f"APPYMT {key} void", entity=row["_ENTITY"],
        owner=row["MEGAENTITYID"], currency=row["CURRENCY"], base_currency=row["BASECURR"], rate=Decimal(row["EXCHANGE_RATE"]),
    )  # fmt: skip
    post(books, now, origin, as_date(row["WHENCREATED"]), mirrored(books, f"APPYMT {key}"))
    _set_state(books, key, "Voided", now)
