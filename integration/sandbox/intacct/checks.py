"""What the books say about a journal entry: references, periods, entities, taxes, balance."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from integration.sandbox.books import Row
from integration.sandbox.intacct.journal import Entry, Form, Line
from integration.sandbox.intacct.objects import (
    DAILY_RATE,
    SIDE,
    entity_of_location,
    exchange_rate,
    find,
    find_visible,
    first_open_day,
    true,
)
from integration.sandbox.intacct.sessions import Context

CENT = Decimal("0.01")
_REQUIRED_BY = {
    "REQUIREDEPT": "DEPARTMENT",
    "REQUIRELOC": "LOCATION",
    "REQUIREPROJECT": "PROJECTID",
    "REQUIRECUSTOMER": "CUSTOMERID",
    "REQUIREVENDOR": "VENDORID",
    "REQUIREEMPLOYEE": "EMPLOYEEID",
    "REQUIREITEM": "ITEMID",
    "REQUIRECLASS": "CLASSID",
    "REQUIRETASK": "TASKID",
    "REQUIRECONTRACT": "CONTRACTID",
    "REQUIREWAREHOUSE": "WAREHOUSEID",
}


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


class Check:
    """Checks one entry that is well-formed, and notes every problem in the form's list."""

    def __init__(self, context: Context, form: Form, dimensions: dict[str, str]) -> None:
        self.context = context
        self.books = context.books
        self.form = form
        self.note = form.note
        self.dimensions = dimensions
        self.entity = context.entity
        self.base = ""
        self.details: dict[str, Row] = {}

    def run(self, entry: Entry) -> None:
        entities = self.books.all(SIDE, "LOCATIONENTITY")
        if entities and not self.entity:
            self._entity_from_lines(entry)
        home = find(self.books, "LOCATIONENTITY", self.entity) or {}
        self.base = home.get("CURRENCY", "") or "USD"
        self._journal(entry)
        self._period(entry)
        for line in entry.lines:
            self._account(line)
            self._dimensions(line, multi_entity=bool(entities))
            self._currency(line, entry.day)
        self._tax(entry, home)
        supdoc = entry.values.get("SUPDOCID")
        if supdoc and self.books.get(SIDE, "SUPDOC", supdoc) is None:
            self.note("attachment_missing", value=supdoc)
        if not self.form.problems:
            self._balance(entry)

    def _entity_from_lines(self, entry: Entry) -> None:
        """At the top level the lines' locations tell the entity; the sandbox posts into one entity only."""
        found = {entity_of_location(self.books, line.values.get("LOCATION", "")) for line in entry.lines} - {None}
        if len(found) > 1:
            self.note("several_entities", entities=", ".join(sorted(str(each) for each in found)))
        self.entity = next((each for each in sorted(str(each) for each in found)), "")

    def _journal(self, entry: Entry) -> None:
        symbol = entry.values.get("JOURNAL", "")
        row = find_visible(self.books, "JOURNAL", symbol, self.context.entity)
        if row is None:
            self.note("journal_invalid", journal=symbol)
        elif row.get("STATUS", "active") != "active":
            self.note("journal_inactive", journal=symbol)

    def _period(self, entry: Entry) -> None:
        opened = first_open_day(self.books, self.entity)
        if entry.day and opened and entry.day < opened:
            self.note("closed_period", date=entry.values["BATCH_DATE"], first=opened.strftime("%m/%d/%Y"))

    def _account(self, line: Line) -> None:
        number = line.values.get("ACCOUNTNO", "")
        row = find_visible(self.books, "GLACCOUNT", number, self.entity)
        if row is None:
            self.note("account_invalid", account=number, where=line.where)
            return
        if row.get("STATUS", "active") != "active":
            self.note("account_inactive", account=number, where=line.where)
        if true(row.get("SUBLEDGERCONTROLON")):
            self.note("account_control", account=number, where=line.where)
        for flag, element in _REQUIRED_BY.items():
            if true(row.get(flag)) and element not in line.values:
                self.note("account_requires", account=number, where=line.where, dimension=self._label(element))

    def _label(self, element: str) -> str:
        kind = self.dimensions.get(element, element)
        row = next((each for each in self.books.all(SIDE, "DIMENSION") if each["objectName"] == kind), {})
        return str(row.get("termLabel") or kind.capitalize())

    def _dimensions(self, line: Line, *, multi_entity: bool) -> None:
        if multi_entity and "LOCATION" not in line.values:
            self.note("location_missing", where=line.where)
        for element, kind in self.dimensions.items():
            value = line.values.get(element)
            if value is None:
                continue
            row = find_visible(self.books, kind, value, self.entity)
            if row is None:
                self.note("dimension_invalid", dimension=self._label(element), value=value, where=line.where)
                continue
            status = row.get("STATUS", row.get("status", "active")) or "active"
            if status != "active":
                self.note("dimension_inactive", dimension=self._label(element), value=value, status=status, where=line.where)
            if kind == "LOCATION" and multi_entity:
                home = entity_of_location(self.books, value)
                if home != self.entity:
                    self.note("location_other_entity", value=value, where=line.where, entity=home or "(none)")
            parent = line.values.get("PROJECTID") if kind == "TASK" else None
            if kind == "TASK" and row.get("PROJECTID") != parent:
                self.note("dimension_invalid", dimension="Task", value=value, where=line.where)

    def _currency(self, line: Line, day: date | None) -> None:
        currency = line.values.get("CURRENCY", self.base)
        kind = line.values.get("EXCH_RATE_TYPE_ID")
        if not (len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()):
            self.note("currency_invalid", currency=currency, where=line.where)
            return
        if kind and kind != DAILY_RATE and find(self.books, "EXCHANGERATETYPES", kind) is None:
            self.note("rate_type", value=kind, where=line.where)
        if currency == self.base:
            line.rate = Decimal(1)
            return
        if line.rate is not None:
            return
        if not kind:
            self.note("rate_missing", currency=currency, base=self.base, where=line.where)
            return
        on = line.rate_date or day
        line.rate = exchange_rate(self.books, currency, self.base, on) if on else None
        if line.rate is None:
            self.note("rate_unknown", currency=currency, base=self.base, date=on, where=line.where)

    def _tax(self, entry: Entry, home: Row) -> None:
        implications = entry.values.get("TAXIMPLICATIONS", "None")
        taxed = [line for line in entry.lines if line.tax is not None]
        solution = home.get("TAXSOLUTIONID", "")
        if not solution:
            if implications != "None":
                self.note("tax_no_solution", entity=self.entity or "(top level)", field="TAXIMPLICATIONS")
            for line in taxed:
                self.note("tax_no_solution", entity=self.entity or "(top level)", field="TAXENTRIES", where=line.where)
            return
        given = entry.values.get("TAXSOLUTIONID")
        if given and given != solution:
            self.note("tax_solution", value=given)
        if taxed or implications != "None":
            if not self.context.entity and not given:
                self.note("tax_solution_missing")
            row = find(self.books, "TAXSOLUTION", solution) or {}
            if row.get("STATUS") != "Active" or row.get("TAXMETHOD") != "VAT or GST":
                self.note("tax_solution", value=solution)
        if implications == "Inbound":
            self._partner("VENDOR", entry.values.get("VATVENDORID"), "tax_vendor")
        if implications == "Outbound":
            self._partner("CUSTOMER", entry.values.get("VATCUSTOMERID"), "tax_customer")
        for line in taxed:
            if implications == "None":
                self.note("tax_implications", where=line.where)
            else:
                self._detail(line, solution, "Purchase" if implications == "Inbound" else "Sale")

    def _partner(self, kind: str, value: str | None, name: str) -> None:
        row = find_visible(self.books, kind, value, self.entity) if value else None
        if row is None or row.get("STATUS", "active") != "active":
            self.note(name)

    def _detail(self, line: Line, solution: str, kind: str) -> None:
        row = find_visible(self.books, "TAXDETAIL", line.tax_detail, self.entity) if line.tax_detail else None
        why = ""
        if row is None:
            why = "it does not exist"
        elif row.get("STATUS", "active") != "active":
            why = "it is inactive"
        elif row.get("TAXSOLUTIONID") != solution:
            why = f"it belongs to tax solution {row.get('TAXSOLUTIONID')}"
        elif row.get("TAXTYPE") != kind:
            why = f"it is of type {row.get('TAXTYPE')}"
        elif true(row.get("REVERSECHARGE")):
            why = "reverse charge needs two tax entries"
        elif find(self.books, "GLACCOUNT", row.get("GLACCOUNT", "")) is None:
            why = "it has no account"
        if why or row is None:
            self.note("tax_detail", value=line.tax_detail, where=line.where, why=why)
        else:
            self.details[line.tax_detail] = row

    def _balance(self, entry: Entry) -> None:
        """In every transaction currency. The base currency is compared when the postings are known."""
        sums: dict[tuple[str, bool], Decimal] = defaultdict(Decimal)
        for line in entry.lines:
            sums[line.values.get("CURRENCY", self.base), line.debit] += line.gross
        for currency in sorted({currency for currency, _ in sums}):
            debit, credit = sums[currency, True], sums[currency, False]
            if debit != credit:
                self.note("unbalanced", currency=currency, debit=debit, credit=credit)
