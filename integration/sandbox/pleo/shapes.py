"""What a body or a query parameter may be. Everything a shape does not name is refused."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

_DATE_TIME = re.compile(r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$")


class Refusal(Exception):
    """An answer other than 2xx: status, and Pleo's ExceptionInfo."""

    def __init__(self, status: int, type_: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.type, self.message, self.headers = status, type_, message, dict(headers or {})


def bad_request(message: str) -> Refusal:
    return Refusal(400, "BAD_REQUEST", message)


class Shape(Protocol):
    def check(self, value: Any, where: str) -> None:
        """Raises Refusal (400) naming `where`."""


def is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Text:
    format: str = ""  # "", "uuid" or "date-time"
    enum: tuple[str, ...] = ()
    pattern: str = ""

    def check(self, value: Any, where: str) -> None:
        if not isinstance(value, str):
            raise bad_request(f"{where} must be a string")
        if self.enum and value not in self.enum:
            raise bad_request(f"{where} must be one of {', '.join(self.enum)}")
        if self.format == "uuid" and not is_uuid(value):
            raise bad_request(f"{where} must be a UUID")
        if self.format == "date-time" and not _is_date_time(value):
            raise bad_request(f"{where} must be a date and time with its offset, as RFC 3339 writes it")
        if self.pattern and not re.search(self.pattern, value):
            raise bad_request(f"{where} must match {self.pattern}")


@dataclass(frozen=True, slots=True)
class Boolean:
    def check(self, value: Any, where: str) -> None:
        if not isinstance(value, bool):
            raise bad_request(f"{where} must be true or false")


@dataclass(frozen=True, slots=True)
class Number:
    """A number that is not a boolean. whole: without a fraction."""

    minimum: int | None = None
    maximum: int | None = None
    whole: bool = False

    def check(self, value: Any, where: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int if self.whole else int | float):
            raise bad_request(f"{where} must be {'an integer' if self.whole else 'a number'}")
        if self.minimum is not None and value < self.minimum:
            raise bad_request(f"{where} must be at least {self.minimum}")
        if self.maximum is not None and value > self.maximum:
            raise bad_request(f"{where} must be at most {self.maximum}")


@dataclass(frozen=True, slots=True)
class Nullable:
    shape: Shape

    def check(self, value: Any, where: str) -> None:
        if value is not None:
            self.shape.check(value, where)


@dataclass(frozen=True, slots=True)
class Array:
    items: Shape
    minimum: int = 0
    maximum: int | None = None
    unique: bool = False

    def check(self, value: Any, where: str) -> None:
        if not isinstance(value, list):
            raise bad_request(f"{where} must be an array")
        if len(value) < self.minimum:
            raise bad_request(f"{where} must have at least {self.minimum} elements")
        if self.maximum is not None and len(value) > self.maximum:
            raise bad_request(f"{where} must have at most {self.maximum} elements")
        for index, each in enumerate(value):
            self.items.check(each, f"{where}[{index}]")
        if self.unique and len({str(each) for each in value}) != len(value):
            raise bad_request(f"{where} must not repeat an element")


@dataclass(frozen=True, slots=True)
class Dictionary:
    """An object with keys of the sender's own choice. Any of `values` may hold."""

    values: tuple[type, ...]

    def check(self, value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise bad_request(f"{where} must be an object")
        for name, each in value.items():
            if not isinstance(each, self.values):
                raise bad_request(f"{where}.{name} has the wrong type")


@dataclass(frozen=True, slots=True)
class Object:
    required: Mapping[str, Shape] = field(default_factory=dict)
    optional: Mapping[str, Shape] = field(default_factory=dict)

    def check(self, value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise bad_request(f"{where} must be an object")
        for name in self.required:
            if name not in value:
                raise bad_request(f"{where}.{name} is required")
        for name, each in value.items():
            shape = self.required.get(name) or self.optional.get(name)
            if shape is None:
                raise bad_request(f"{where}.{name} is unknown")
            shape.check(each, f"{where}.{name}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One query parameter. many: it may be repeated; its value is then a list."""

    shape: Shape
    many: bool = False

    def read(self, values: tuple[str, ...], name: str) -> Any:
        if len(values) > 1 and not self.many:
            raise bad_request(f"query parameter {name} is given more than once")
        read = [self._one(value, name) for value in values]
        for value in read:
            self.shape.check(value, f"query parameter {name}")
        return read if self.many else read[0]

    def _one(self, value: str, name: str) -> Any:
        if isinstance(self.shape, Number):
            if not re.fullmatch(r"-?\d{1,18}", value):
                raise bad_request(f"query parameter {name} must be an integer")
            return int(value)
        if isinstance(self.shape, Boolean):
            if value not in ("true", "false"):
                raise bad_request(f"query parameter {name} must be true or false")
            return value == "true"
        return value


def _is_date_time(value: str) -> bool:
    if not _DATE_TIME.match(value):
        return False
    try:
        datetime.fromisoformat(value.upper().replace("Z", "+00:00"))
    except ValueError:
        return False
    return True
