"""Reading parameters and bodies by the rows of the demands. What they say of no element is refused."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from integration.sandbox.pleo.demands.table import Demand, Element

_DATE_TIME = re.compile(r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$")
# Raises Refusal, or returns where the demand is relaxed.
Unmet = Callable[[Demand, str], None]
# The same for a demand on every call, by the name of its refusal.
UnmetGeneral = Callable[[str, str], None]


class Refusal(Exception):
    """An answer other than 2xx: status, and Pleo's ExceptionInfo. demand: the id of the row that was not met."""

    def __init__(self, status: int, type_: str, message: str, headers: Mapping[str, str] | None = None, demand: str = "") -> None:
        super().__init__(message)
        self.status, self.type, self.message, self.headers, self.demand = status, type_, message, dict(headers or {}), demand


def is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False


_SAYS = {
    "text": "a string",
    "uuid": "a UUID",
    "date-time": "a date and time with its offset, as RFC 3339 writes it",
    "true or false": "true or false",
    "number": "a number",
    "whole number": "an integer",
    "object": "an object",
    "objects": "an array of objects",
    "map of objects": "an object of objects",
    "map of texts": "an object of strings",
    "list of uuids": "an array of UUIDs",
    "list of texts": "an array of strings",
}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_list(value: Any, of: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(of(each) for each in value)


def _is_map(value: Any, of: type | tuple[type, ...]) -> bool:
    return isinstance(value, dict) and all(isinstance(each, of) for each in value.values())


_IS: dict[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "uuid": is_uuid,
    "date-time": lambda value: isinstance(value, str) and _is_date_time(value),
    "true or false": lambda value: isinstance(value, bool),
    "number": _is_number,
    "whole number": lambda value: _is_number(value) and isinstance(value, int),
    "object": lambda value: isinstance(value, dict),
    "objects": lambda value: _is_list(value, lambda each: isinstance(each, dict)),
    "map of objects": lambda value: _is_map(value, (dict, type(None))),
    "map of texts": lambda value: _is_map(value, str),
    "list of uuids": lambda value: _is_list(value, is_uuid),
    "list of texts": lambda value: _is_list(value, lambda each: isinstance(each, str)),
}


def check(element: Element, value: Any, where: str, unmet: Unmet, general: UnmetGeneral) -> None:
    """Hold a value against its rows, and the values in it against theirs."""
    if value is None and element.nullable:
        return
    if element.kind and not _IS[element.kind](value):
        unmet(element.rules[element.kind], f"{where} must be {_SAYS[element.kind]}")
    _check_rules(element, value, where, unmet)
    if element.fields:
        for index, each in enumerate(value if element.kind == "objects" else [value]):
            _check_fields(element, each, f"{where}[{index}]" if element.kind == "objects" else where, unmet, general)


def _check_rules(element: Element, value: Any, where: str, unmet: Unmet) -> None:
    for rule, demand in element.rules.items():
        text = demand.value
        if demand.answer[0] < 300:  # told of in a good answer
            continue
        match rule:
            case "one of" if value not in text.split("|"):
                unmet(demand, f"{where} must be one of {text.replace('|', ', ')}")
            case "at least" if (len(value) if isinstance(value, list) else value) < int(text):
                unmet(demand, f"{where} must be at least {text}" if _is_number(value) else f"{where} must have at least {text} elements")
            case "at most" if (len(value) if isinstance(value, list) else value) > int(text):
                unmet(demand, f"{where} must be at most {text}" if _is_number(value) else f"{where} must have at most {text} elements")
            case "shortest" if len(value) < int(text):
                unmet(demand, f"{where} must not be empty")
            case "longest" if len(value) > int(text):
                unmet(demand, f"{where} must have at most {text} characters")
            case "unique" if len({str(each) for each in value}) != len(value):
                unmet(demand, f"{where} must not repeat an element")
            case "pattern" if not re.search(text, value):
                unmet(demand, f"{where} must match {text}")


def _check_fields(element: Element, value: Mapping[str, Any], where: str, unmet: Unmet, general: UnmetGeneral) -> None:
    for name, each in element.fields.items():
        if each.required and name not in value:
            unmet(each.rules["required"], f"{where}.{name} is required")
    for name, held in value.items():
        if name in element.fields:
            check(element.fields[name], held, f"{where}.{name}", unmet, general)
        else:
            general("form.element", f"{where}.{name} is unknown")


def parameter(element: Element, values: tuple[str, ...], name: str, unmet: Unmet, general: UnmetGeneral) -> Any:
    """Read a query parameter into its type; a list where it may be repeated."""
    where = f"query parameter {name}"
    if len(values) > 1 and not element.many:
        general("form.twice", f"{where} is given more than once")
    read = [_read(element, value) for value in values]
    for value in read:
        check(element, value, where, unmet, general)
    return read if element.many else read[0]


def _read(element: Element, value: str) -> Any:
    if element.kind == "whole number" and re.fullmatch(r"-?\d{1,18}", value):
        return int(value)
    return {"true": True, "false": False}.get(value, value) if element.kind == "true or false" else value


def _is_date_time(value: str) -> bool:
    if not _DATE_TIME.match(value):
        return False
    try:
        datetime.fromisoformat(value.upper().replace("Z", "+00:00"))
    except ValueError:
        return False
    return True
