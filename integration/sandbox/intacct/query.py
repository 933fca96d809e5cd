"""The `query` function: select, filter, order, page."""

from __future__ import annotations

import random
import re
from bisect import bisect_right
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

from integration.sandbox.books import Books, Row
from integration.sandbox.intacct.aggregates import AGGREGATES, grouped
from integration.sandbox.intacct.answers import element, record
from integration.sandbox.intacct.days import Days
from integration.sandbox.intacct.fields import RELATIONS, Field, fields_of
from integration.sandbox.intacct.objects import SIDE, as_date, as_text, find, first_open_day
from integration.sandbox.intacct.refusals import Refused, refuse
from integration.sandbox.intacct.sessions import Context

_ONE_VALUE = {
    "equalto", "notequalto", "lessthan", "lessthanorequalto", "greaterthan", "greaterthanorequalto", "like", "notlike",
}  # fmt: skip
_MOST_VALUES = {"between": (2, 2), "in": (1, 1000), "notin": (1, 1000), "isnull": (0, 0), "isnotnull": (0, 0)}
Test = Callable[[Row], bool]


def _wrong(what: str) -> Refused:
    return refuse("query_form", what=what)


def comparable(text: str, field: Field, *, fold: bool) -> Any:
    """Return something that compares as this field's type does. Raises Refused for a value of another form."""
    try:
        if field.datatype in ("INTEGER", "DECIMAL", "CURRENCY", "PERCENT"):
            if not (number := Decimal(text)).is_finite():
                raise ValueError
            return number
        if field.datatype == "DATE":
            return as_date(text)
        if field.datatype == "TIMESTAMP":
            day, _, clock = text.partition(" ")
            moment = datetime.strptime(clock or "00:00:00", "%H:%M:%S")  # noqa: DTZ007 - the text has no zone
            return datetime.combine(as_date(day), moment.time())
    except (ValueError, InvalidOperation):
        raise _wrong(f"'{text}' is not a value of {field.name} ({field.datatype})") from None
    if field.labels and text not in field.labels and not (fold and text.lower() in {each.lower() for each in field.labels}):
        raise _wrong(f"'{text}' is not a value of {field.name}: {', '.join(field.labels)}")
    return text.lower() if fold or field.datatype == "BOOLEAN" else text


class Source:
    """The rows of one object, and how a field of them is read, also across relationships."""

    def __init__(self, books: Books, kind: str, days: Days) -> None:
        self.books = books
        self.kind = kind
        self.days = days
        known = fields_of(books, kind)
        if known is None:
            raise refuse("object_unknown", kind=kind)
        self.fields = known
        self._related: dict[tuple[str, str], Row] = {}

    def field(self, name: str) -> Field:
        if name in self.fields:
            return self.fields[name]
        path, dot, rest = name.partition(".")
        if dot:
            for relation in RELATIONS.get(self.kind, ()):
                target = fields_of(self.books, relation.kind) or {}
                if relation.path == path and rest in target:
                    return Field(name, target[rest].datatype, target[rest].labels)
        raise refuse("fields_unknown", fields=name, kind=self.kind)

    def read(self, row: Row, name: str) -> str:
        if name in self.fields:
            if self.kind == "LOCATIONENTITY" and name == "STARTOPEN":
                opened = first_open_day(self.books, row["LOCATIONID"])
                return as_text(opened) if opened else ""
            return str(row.get(name, "") or "")
        path, _, rest = name.partition(".")
        relation = next(each for each in RELATIONS[self.kind] if each.path == path)
        key = (relation.kind, str(row.get(relation.by, "")))
        if key not in self._related:
            self._related[key] = find(self.books, *key) or {}
        return str(self._related[key].get(rest, "") or "")

    def shown(self, row: Row, name: str) -> str:
        """Return a value as the user who asks reads it; `read` returns it as it is kept."""
        return self.days.shown(self.read(row, name), self.field(name).datatype)

    def visible(self, context: Context, *, show_private: bool) -> list[Row]:
        owners = {"", context.entity}
        rows = self.books.all(SIDE, self.kind)
        if not context.entity and show_private:
            return rows
        return [row for row in rows if row.get("MEGAENTITYID", "") in owners]


def _test(node: etree._Element, source: Source, *, fold: bool) -> Test:
    operator = str(node.tag)
    if operator in ("and", "or"):
        tests = [_test(each, source, fold=fold) for each in node]
        if len(tests) < 2:
            raise _wrong(f"'{operator}' needs at least two conditions")
        combine = all if operator == "and" else any
        return lambda row: combine(test(row) for test in tests)
    if operator not in _ONE_VALUE and operator not in _MOST_VALUES:
        raise _wrong(f"operator '{operator}' is not known")
    if not len(node) or node[0].tag != "field" or any(each.tag != "value" for each in list(node)[1:]):
        raise _wrong(f"'{operator}' takes one field and then its values")
    field = source.field((node[0].text or "").strip())
    least, most = _MOST_VALUES.get(operator, (1, 1))
    if not least <= len(node) - 1 <= most:
        raise _wrong(f"'{operator}' takes {least} to {most} values, not {len(node) - 1}")
    texts = [each.text or "" for each in list(node)[1:]]

    def is_null(row: Row) -> bool:
        return source.read(row, field.name) == ""

    if operator == "isnull":
        return is_null
    if operator == "isnotnull":
        return lambda row: not is_null(row)
    if operator in ("like", "notlike"):
        pattern = "".join({"%": ".*", "_": "."}.get(sign, re.escape(sign)) for sign in texts[0])
        matcher = re.compile(pattern, re.DOTALL | (re.IGNORECASE if fold else 0))
        wanted = operator == "like"
        return lambda row: bool(matcher.fullmatch(source.read(row, field.name))) is wanted
    values = [comparable(text, field, fold=fold) for text in texts]

    def compare(row: Row) -> bool:
        text = source.read(row, field.name)
        if text == "":
            return operator in ("notequalto", "notin")
        mine = comparable(text, Field(field.name, field.datatype), fold=fold)
        match operator:
            case "equalto" | "in":
                return mine in values
            case "notequalto" | "notin":
                return mine not in values
            case "lessthan":
                return bool(mine < values[0])
            case "lessthanorequalto":
                return bool(mine <= values[0])
            case "greaterthan":
                return bool(mine > values[0])
            case "greaterthanorequalto":
                return bool(mine >= values[0])
            case _:
                return bool(values[0] <= mine <= values[1])

    return compare


def _parts(node: etree._Element) -> dict[str, etree._Element]:
    found: dict[str, etree._Element] = {}
    for each in node:
        tag = str(each.tag)
        if tag not in ("object", "select", "docparid", "filter", "orderby", "options", "pagesize", "offset"):
            raise _wrong(f"element {tag} is not known in query")
        if tag in found:
            raise _wrong(f"element {tag} occurs twice in query")
        found[tag] = each
    for name in ("object", "select"):
        if name not in found:
            raise _wrong(f"query needs {name}")
    return found


def _number(parts: dict[str, etree._Element], name: str, default: int, least: int, most: int) -> int:
    if name not in parts:
        return default
    text = (parts[name].text or "").strip()
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise _wrong(f"{name} '{text}' is not a number from {least} to {most}")
    return int(text)


def _options(parts: dict[str, etree._Element]) -> tuple[bool, bool]:
    """Return (case insensitive, show private)."""
    given = {}
    for each in parts.get("options", ()):
        if each.tag not in ("caseinsensitive", "showprivate", "returnformat"):
            raise _wrong(f"option {each.tag} is not known")
        given[str(each.tag)] = (each.text or "").strip()
    if given.get("returnformat", "xml") != "xml":
        raise _wrong("the sandbox answers in xml only")
    for name in ("caseinsensitive", "showprivate"):
        if given.get(name, "false") not in ("true", "false"):
            raise _wrong(f"option {name} is true or false")
    return given.get("caseinsensitive") == "true", given.get("showprivate") == "true"


def _sort(rows: list[Row], orderby: etree._Element, source: Source) -> None:
    for order in reversed(orderby):
        names = [str(each.tag) for each in order]
        if order.tag != "order" or not names or names[0] != "field" or names[1:] not in (["ascending"], ["descending"]):
            raise _wrong("orderby holds order elements: field, then ascending or descending")
        field = source.field((order[0].text or "").strip())

        def key(row: Row, field: Field = field) -> tuple[bool, Any]:
            text = source.read(row, field.name)
            return (text != "", comparable(text, Field(field.name, field.datatype), fold=False) if text else 0)

        rows.sort(key=key, reverse=names[1] == "descending")


def _select(parts: dict[str, etree._Element], source: Source) -> list[tuple[str, str]]:
    """Return (aggregate or "", field) in order; every unknown field is named in the one refusal."""
    chosen, unknown = [], []
    for each in parts["select"]:
        tag = str(each.tag)
        if tag != "field" and tag not in AGGREGATES:
            raise _wrong(f"element {tag} is not known in select")
        name = (each.text or "").strip()
        try:
            source.field(name)
        except Refused:
            unknown.append(name)
        chosen.append(("" if tag == "field" else tag, name))
    if unknown:
        raise refuse("fields_unknown", fields=", ".join(unknown), kind=source.kind)
    if not chosen:
        raise _wrong("select needs at least one field")
    return chosen


def run(node: etree._Element, context: Context) -> etree._Element:
    """Answer one query with its `data` element."""
    parts = _parts(node)
    source = Source(context.books, (parts["object"].text or "").strip(), context.days)
    denied = context.company.get("DENIED", [])
    if f"QUERY {source.kind}" in denied:
        raise refuse("permission", operation="QUERY", kind=source.kind)
    chosen = _select(parts, source)
    fold, show_private = _options(parts)
    size = _number(parts, "pagesize", 100, 1, 2000)
    offset = _number(parts, "offset", 0, 0, 10**9)
    test: Test | None = None
    if "filter" in parts:
        if len(parts["filter"]) != 1:
            raise _wrong("filter holds exactly one operator")
        test = _test(parts["filter"][0], source, fold=fold)
    number = _ordered_by_number(parts) if show_private and not context.entity else ""
    if number:
        source.field(number)
        rows = _behind(context.books, source.kind, number, parts.get("filter"), test)
    else:
        rows = [row for row in source.visible(context, show_private=show_private) if test is None or test(row)]
        # Without orderby the order is undefined, and each page is a query of its own: so it is, here, on purpose.
        random.shuffle(rows)
        if "orderby" in parts:
            _sort(rows, parts["orderby"], source)

    if any(function for function, _ in chosen):
        answers = grouped(rows, chosen, source.shown)
    else:
        answers = [[(name, source.shown(row, name)) for _, name in chosen] for row in rows[offset : offset + size]]
        answers = [answer for answer in answers if answer]
    total = len(answers) if any(function for function, _ in chosen) else len(rows)
    data = element(
        "data", listtype=source.kind, totalcount=total, offset=offset, count=len(answers),
        numremaining=max(0, total - offset - len(answers)),
    )  # fmt: skip
    data.extend(record(source.kind, answer) for answer in answers)
    return data


def _ordered_by_number(parts: dict[str, etree._Element]) -> str:
    """Return the field where the order is that of a record's number alone, else "": such pages are found fast in long lists."""
    orders = list(parts["orderby"]) if "orderby" in parts else []
    if len(orders) == 1 and [each.tag for each in orders[0]] == ["field", "ascending"] and orders[0][0].text in ("RECORDNO", "id"):
        return str(orders[0][0].text)
    return ""


def _behind(books: Books, kind: str, field: str, where: etree._Element | None, test: Test | None) -> list[Row]:
    """The rows that pass the test, in the order of their number; where it asks for higher numbers, only these are looked at."""
    numbers, rows = books.numbered(SIDE, kind, field)
    conditions = [] if where is None else list(where[0]) if where[0].tag == "and" else [where[0]]
    above = [each for each in conditions if each.tag == "greaterthan" and each[0].text == field and (each[1].text or "").isdigit()]
    rows = rows[max((bisect_right(numbers, int(each[1].text or "")) for each in above), default=0) :]
    return rows if test is None or len(above) == len(conditions) else [row for row in rows if test(row)]
