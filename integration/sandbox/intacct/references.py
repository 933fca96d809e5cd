"""What the books say about the parts that journal entries and bills have in common: accounts, dimensions, taxes, periods."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from integration.sandbox.books import Row
from integration.sandbox.intacct.forms import Form
from integration.sandbox.intacct.objects import (
    SIDE,
    entity_of_location,
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
# Which text a closed module answers with.
_CLOSED = {"GL": "closed_period", "AP": "closed_payables", "CM": "closed_cash"}


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


class HasValues(Protocol):
    """A line as these checks see it: its elements under the names that journal lines use."""

    values: dict[str, str]

    @property
    def where(self) -> str: ...


class References:
    """Notes every problem in the form's list."""

    control_refusal = "account_control"

    def __init__(self, context: Context, form: Form, dimensions: dict[str, str]) -> None:
        self.context = context
        self.books = context.books
        self.form = form
        self.note = form.note
        self.dimensions = dimensions
        self.entity = context.entity
        self.base = ""
        self.details: dict[str, Row] = {}

    def home(self) -> Row:
        """The record of the entity; also sets the base currency."""
        found = find(self.books, "LOCATIONENTITY", self.entity) or {}
        self.base = found.get("CURRENCY", "") or "USD"
        return found

    def currency_enabled(self, currency: str, several: bool) -> bool:
        """A company of one currency takes its base currency only."""
        form = len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()
        return form and (several or currency == self.base)

    def entity_from_lines(self, lines: Iterable[HasValues]) -> None:
        """At the top level the lines' locations tell the entity; the sandbox posts into one entity only."""
        found = {entity_of_location(self.books, line.values.get("LOCATION", "")) for line in lines} - {None}
        if len(found) > 1:
            self.note("several_entities", entities=", ".join(sorted(str(each) for each in found)))
        self.entity = next((each for each in sorted(str(each) for each in found)), "")

    def period(self, day: date | None, *modules: str) -> None:
        """modules: of GL, AP and CM, those that a posting on this day touches. They close separately."""
        for module in modules:
            opened = first_open_day(self.books, self.entity, module)
            if day and opened and day < opened:
                self.note(_CLOSED[module], date=day.strftime("%m/%d/%Y"), first=opened.strftime("%m/%d/%Y"))

    def attachment(self, supdocid: str | None) -> None:
        if supdocid and self.books.get(SIDE, "SUPDOC", supdocid) is None:
            self.note("attachment_missing", value=supdocid)

    def account(self, line: HasValues) -> None:
        number = line.values.get("ACCOUNTNO", "")
        row = find_visible(self.books, "GLACCOUNT", number, self.entity)
        if row is None:
            self.note("account_invalid", account=number, where=line.where)
            return
        if row.get("STATUS", "active") != "active":
            self.note("account_inactive", account=number, where=line.where)
        if true(row.get("SUBLEDGERCONTROLON")):
            self.note(self.control_refusal, account=number, where=line.where)
        for flag, element in _REQUIRED_BY.items():
            if true(row.get(flag)) and element not in line.values:
                self.note("account_requires", account=number, where=line.where, dimension=self.label(element))
        for rule in self.books.all(SIDE, "SMARTRULE"):
            if rule["ACCOUNTNO"] == number and rule["ELEMENT"] not in line.values:
                self.note("smart_rule", rule=rule["RULE"], message=rule["MESSAGE"], where=line.where)

    def label(self, element: str) -> str:
        kind = self.dimensions.get(element, element)
        row = next((each for each in self.books.all(SIDE, "DIMENSION") if each["objectName"] == kind), {})
        return str(row.get("termLabel") or kind.capitalize())

    def dimension_values(self, line: HasValues, *, multi_entity: bool) -> None:
        if multi_entity and "LOCATION" not in line.values:
            self.note("location_missing", where=line.where)
        for element, kind in self.dimensions.items():
            value = line.values.get(element)
            if value is None:
                continue
            row = self._value(kind, value, line.values)
            if row is None:
                self.note("dimension_invalid", dimension=self.label(element), value=value, where=line.where)
                continue
            status = row.get("STATUS", row.get("status", "active")) or "active"
            if status != "active":
                self.note("dimension_inactive", dimension=self.label(element), value=value, status=status, where=line.where)
            if kind == "LOCATION" and multi_entity:
                home = entity_of_location(self.books, value)
                if home != self.entity:
                    self.note("location_other_entity", value=value, where=line.where, entity=home or "(none)")

    def _value(self, kind: str, value: str, given: dict[str, str]) -> Row | None:
        """A task is one of its project, a cost type one of its project and task; the same ID may stand under several."""
        parents = {"TASK": ("PROJECTID",), "COSTTYPE": ("PROJECTID", "TASKID")}.get(kind)
        if parents is None:
            return find_visible(self.books, kind, value, self.entity)
        rows = self.books.all(SIDE, kind)
        mine = {f"{kind}ID": value} | {name: given.get(name, "") for name in parents}
        return next((row for row in rows if all(row.get(name, "") == text for name, text in mine.items())), None)

    def tax_detail(self, row: Row | None, solution: str, kind: str) -> str:
        """Why a tax detail may not be used, "" if it may."""
        if row is None:
            return "it does not exist"
        if row.get("STATUS", "active") != "active":
            return "it is inactive"
        if row.get("TAXSOLUTIONID") != solution:
            return f"it belongs to tax solution {row.get('TAXSOLUTIONID')}"
        if row.get("TAXTYPE") != kind:
            return f"it is of type {row.get('TAXTYPE')}"
        if find(self.books, "GLACCOUNT", row.get("GLACCOUNT", "")) is None:
            return "it has no account"
        return ""

    def tax_solution(self, solution: str, given: str | None) -> None:
        """Where taxes are stated: the solution must be in use, and be named at the top level."""
        if not self.context.entity and not given:
            self.note("tax_solution_missing")
        row = find(self.books, "TAXSOLUTION", solution) or {}
        if row.get("STATUS") != "Active" or row.get("TAXMETHOD") != "VAT or GST":
            self.note("tax_solution", value=solution)
