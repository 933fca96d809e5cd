"""What the books say about a journal entry: references, periods, entities, taxes, balance."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

from integration.sandbox.books import Row
from integration.sandbox.intacct.journal import Entry, Line
from integration.sandbox.intacct.objects import DAILY_RATE, SIDE, exchange_rate, find, find_visible, true
from integration.sandbox.intacct.preferences import multi_currency
from integration.sandbox.intacct.references import References


class Check(References):
    """Checks one entry that is well-formed."""

    def run(self, entry: Entry) -> None:
        entities = self.books.all(SIDE, "LOCATIONENTITY")
        if entities and not self.entity:
            self.entity_from_lines(entry.lines)
        home = self.home()
        self._journal(entry)
        self.period(entry.day, "GL")
        for line in entry.lines:
            self.account(line)
            self.dimension_values(line, multi_entity=bool(entities))
            self._currency(line, entry.day)
        self._tax(entry, home)
        self.attachment(entry.values.get("SUPDOCID"))
        if not self.form.problems:
            self._balance(entry)

    def _journal(self, entry: Entry) -> None:
        symbol = entry.values.get("JOURNAL", "")
        row = find_visible(self.books, "JOURNAL", symbol, self.context.entity)
        if row is None:
            self.note("journal_invalid", journal=symbol)
        elif row.get("STATUS", "active") != "active":
            self.note("journal_inactive", journal=symbol)

    def _currency(self, line: Line, day: date | None) -> None:
        """A company of several currencies wants currency and rate of every line, its base currency's too."""
        several = multi_currency(self.books)
        if several and "CURRENCY" not in line.values:
            self.note("currency_missing", number=line.number)
            return
        currency = line.values.get("CURRENCY", self.base)
        kind = line.values.get("EXCH_RATE_TYPE_ID")
        if not self.currency_enabled(currency, several):
            self.note("currency_invalid", currency=currency, where=line.where)
            return
        if kind and kind != DAILY_RATE and find(self.books, "EXCHANGERATETYPES", kind) is None:
            self.note("rate_type", value=kind, where=line.where)
        if several and not kind and line.rate is None:
            self.note("rate_missing", currency=currency, where=line.where)
            return
        if currency == self.base:
            line.rate = Decimal(1)
            return
        if line.rate is not None:
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
            self.tax_solution(solution, given)
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
        why = self.tax_detail(row, solution, kind)
        if not why and row and true(row.get("REVERSECHARGE")):
            why = "reverse charge needs two tax entries"
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
