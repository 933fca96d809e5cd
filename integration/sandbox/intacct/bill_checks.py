"""What the books say about an AP bill: vendor, number, dates, accounts, currency, taxes, approval."""

from __future__ import annotations

from decimal import Decimal

from integration.sandbox.books import Books, Row
from integration.sandbox.intacct.bill_form import Bill, BillLine
from integration.sandbox.intacct.bill_tax import check_taxes
from integration.sandbox.intacct.objects import DAILY_RATE, SIDE, entity_of_location, exchange_rate, find, find_visible, true
from integration.sandbox.intacct.preferences import chosen, multi_currency, payables_account
from integration.sandbox.intacct.references import References

_BANKS = {"CHECKINGACCOUNT": "Bank account", "SAVINGSACCOUNT": "Bank account", "CREDITCARD": "Credit Card"}


def number_key(vendor: str, number: str) -> str:
    """The row of kind BILLNUMBER that knows the bill of this vendor and number."""
    return f"{vendor}|{number}"


def needs_approval(books: Books, vendor: Row) -> bool:
    return chosen(books, "AP", "BILL_APPROVAL") or true(vendor.get("_APPROVAL"))


def usable_vendor(check: References, vendor_id: str) -> Row:
    """Return the vendor, or {} after noting why it may not be used here."""
    row = find_visible(check.books, "VENDOR", vendor_id, check.entity)
    if row is None:
        check.note("vendor_invalid", vendor=vendor_id)
        return {}
    allowed = row.get("RESTRICTEDLOCATIONS", "").split("#~#")
    restriction = row.get("OBJECTRESTRICTION", "Unrestricted")
    if (restriction == "RootOnly" and check.entity) or (restriction == "Restricted" and check.entity not in allowed):
        check.note("vendor_entity", vendor=vendor_id, entity=check.entity)
    if row.get("STATUS", "active") != "active":
        check.note("vendor_inactive", vendor=vendor_id)
    if true(row.get("ONHOLD")):
        check.note("vendor_on_hold", vendor=vendor_id)
    return row


class BillCheck(References):
    """Checks one bill that is well-formed. A draft is not checked beyond the references it gives."""

    control_refusal = "account_control_bill"

    def run(self, bill: Bill) -> None:
        values = bill.values
        entities = self.books.all(SIDE, "LOCATIONENTITY")
        if entities and not self.entity:
            self.entity_from_lines(bill.lines)
        home = self.home()
        self.vendor = usable_vendor(self, values["VENDORID"]) if "VENDORID" in values else {}
        if not bill.draft:
            self._number(values)
            self._dates(bill)
            if chosen(self.books, "AP", "USER_NAMED_SUMMARIES") and "PRBATCH" not in values:
                self.note("summary_missing")
            if not payables_account(self.books):
                self.note("payables_account")
        if values.get("TERMNAME") and find(self.books, "APTERM", values["TERMNAME"]) is None:
            self.note("term_invalid", value=values["TERMNAME"])
        self.attachment(values.get("SUPDOCID"))
        self._currency(bill)
        for line in bill.lines:
            if self._labelled(line):
                self.account(line)
                self._bank_account(line)
            self.dimension_values(line, multi_entity=bool(entities))
        check_taxes(bill, self, home)
        if not self.form.problems and bill.total <= 0 and not bill.draft:
            self.note("bill_total", total=bill.total)

    def _number(self, values: dict[str, str]) -> None:
        number = values.get("RECORDID")
        if not number:
            if not chosen(self.books, "AP", "BILL_SEQUENCING"):
                self.note("bill_number")
            return
        if chosen(self.books, "AP", "ALLOW_DUPLICATE_BILLNO"):
            return
        if self.books.get(SIDE, "BILLNUMBER", number_key(values.get("VENDORID", ""), number)):
            self.note("bill_exists", number=number, vendor=values.get("VENDORID"))

    def _dates(self, bill: Bill) -> None:
        created, posted = bill.dates["WHENCREATED"], bill.dates["WHENPOSTED"]
        if posted and created and posted != created and not chosen(self.books, "AP", "OVERRIDE_POSTING_DATE"):
            self.note("posting_date", value=bill.values["WHENPOSTED"])
        self.period(bill.posting_day, "AP", "GL")

    def _currency(self, bill: Bill) -> None:
        values = bill.values
        several = multi_currency(self.books)
        for name in ("CURRENCY", "BASECURR") if several else ():
            if name not in values:
                self.note("missing", field=name)
        currency, kind = values.get("CURRENCY", self.base), values.get("EXCH_RATE_TYPE_ID") or DAILY_RATE
        if values.get("BASECURR", self.base) != self.base:
            self.note("base_currency", value=values["BASECURR"], base=self.base)
        if not self.currency_enabled(currency, several):
            self.note("currency_invalid", currency=currency)
            return
        if kind != DAILY_RATE and find(self.books, "EXCHANGERATETYPES", kind) is None:
            self.note("rate_type", value=kind)
        if currency == self.base:
            bill.rate = Decimal(1)
        elif bill.rate is None:
            on = bill.dates["EXCH_RATE_DATE"] or bill.dates["WHENCREATED"]
            bill.rate = exchange_rate(self.books, currency, self.base, on) if on else None
            if bill.rate is None and not bill.draft:
                self.note("rate_unknown", currency=currency, base=self.base, date=on)

    def _labelled(self, line: BillLine) -> bool:
        """Whether the line has an account to check; a label is replaced by the account that it stands for."""
        labels = chosen(self.books, "AP", "ACCOUNT_LABELS")
        if labels != ("ACCOUNTLABEL" in line.values) or ("ACCOUNTNO" in line.values and "ACCOUNTLABEL" in line.values):
            self.note("label_needed" if labels else "label_unused", where=line.where)
            return False
        if labels:
            row = find(self.books, "APACCOUNTLABEL", line.values["ACCOUNTLABEL"])
            if row is None or row.get("STATUS", "active") != "active":
                self.note("label_invalid", label=line.values["ACCOUNTLABEL"], where=line.where)
                return False
            line.values["ACCOUNTNO"] = row["GLACCOUNTNO"]
        return True

    def _bank_account(self, line: BillLine) -> None:
        for kind, name in _BANKS.items():
            if any(row.get("GLACCOUNTNO") == line.values.get("ACCOUNTNO") for row in self.books.all(SIDE, kind)):
                self.note("account_of_bank", account=line.values["ACCOUNTNO"], kind=name, where=line.where)
                return


def bank_in_entity(books: Books, bank: Row, entity: str) -> bool:
    """A bank account without location serves every entity."""
    location = bank.get("LOCATIONID", "")
    return not location or not entity or entity_of_location(books, location) == entity
