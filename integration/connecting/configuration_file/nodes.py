"""One mapping of a file, read key by key; whatever is wrong with it is noted, never raised."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from integration.connecting.configuration_file.values import BASE_CURRENCY, Mistake

_MISSING = object()
_AMOUNT = re.compile(r"[0-9]{1,10}(\.[0-9]{1,2})?\Z")
_TOO_MUCH = Decimal(10) ** 10
_YAML_WORDS = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "a group of keys", date: "a date"}

# Returns what `env:NAME` or `file:PATH` stands for; raises ValueError with a sentence that names it, never its value.
Resolve = Callable[[str], str]


class Node:
    """A mapping in the file. Each method returns the value of a key, or a harmless one once the mistake is noted."""

    def __init__(self, value: object, path: str, mistakes: list[Mistake], resolve: Resolve) -> None:
        self.path = path
        self._mistakes = mistakes
        self._resolve = resolve
        self._read: dict[str, None] = {}
        self._values: Mapping[Any, object] = {}
        self._spoilt = False
        if isinstance(value, Mapping):
            self._values = value
        else:
            self.note("", f"Keys with values are expected here, not {_kind(value)}.")
            self._spoilt = True  # and of a thing that is no group at all, nothing more is said

    def note(self, key: str, sentence: str) -> None:
        path = ".".join(part for part in (self.path, str(key)) if part)
        if not self._spoilt and not any(mistake.path == path for mistake in self._mistakes):
            self._mistakes.append(Mistake(path, sentence))

    def child(self, key: str) -> Node:
        """Return the group under `key`, an empty one where it is left out."""
        value = self._take(key)
        return Node({} if value in (_MISSING, None) else value, self._at(key), self._mistakes, self._resolve)

    def children(self, key: str, *, required: bool = False) -> list[Node]:
        value = self._take(key)
        if value in (_MISSING, None, []):
            if required:
                self.note(key, "At least one is needed.")
            return []
        if not isinstance(value, list):
            self.note(key, f"A list is expected here, not {_kind(value)}.")
            return []
        return [Node(each, f"{self._at(key)}[{index}]", self._mistakes, self._resolve) for index, each in enumerate(value)]

    def text(self, key: str, *, required: bool = False, default: str = "", longest: int | None = None) -> str:
        return self.secret(key, required=required, longest=longest) or default

    def secret(self, key: str, *, required: bool = False, longest: int | None = None) -> str | None:
        """Return the text of a key, None where it is left out. No message repeats it."""
        value = self._take(key)
        if value is _MISSING or value is None:
            if required:
                self.note(key, "This value is missing.")
            return None
        return self._text(value, key, longest)

    def choice(self, key: str, choices: Collection[str], default: str) -> str:
        value = self.text(key, default=default)
        if value not in choices:
            self.note(key, f"Choose one of {', '.join(choices)}.{_like(value, choices)}")
            return default
        return value

    def flag(self, key: str, default: bool) -> bool:
        value = self._take(key)
        if value is _MISSING or value is None:
            return default
        if not isinstance(value, bool):
            self.note(key, f"true or false is expected here, not {_kind(value)}.")
            return default
        return value

    def amount(self, key: str, default: Decimal) -> Decimal:
        """Return a whole number, or what stands in quotes: a number with a point would be read as one that is not exact."""
        value = self._take(key)
        if value is _MISSING or value is None:
            return default
        found = Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else None
        if isinstance(value, str) and _AMOUNT.match(value):
            found = Decimal(value)
        if found is None or not 0 <= found < _TOO_MUCH:
            self.note(key, 'An amount like 1000 or "1000.50" (in quotes) is expected here.')
            return default
        return found

    def day(self, key: str) -> date | None:
        value = self._take(key)
        if value is _MISSING or value is None:
            return None
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        try:
            return date.fromisoformat(value if isinstance(value, str) else "")
        except ValueError:
            self.note(key, "A date like 2026-01-31 is expected here.")
            return None

    def uuid(self, key: str, *, required: bool = False) -> UUID | None:
        text = self.secret(key, required=required)
        try:
            return UUID(text) if text else None
        except ValueError:
            self.note(key, "This is not a Pleo company id, which looks like 6f0c2c1e-93a4-4f0e-8a55-0c6a2c6f9d11.")
            return None

    def directions(self, key: str) -> list[list[str | int]] | None:
        """Return [type, sub type, sign] triples; None where the key is not there, so that what is stored stays."""
        value = self._take(key)
        if value is _MISSING or value is None:
            return None
        if not isinstance(value, list):
            self.note(key, f"A list is expected here, not {_kind(value)}.")
            return None
        found: list[list[str | int]] = []
        for index, each in enumerate(value):
            match each:
                case [str() as kind, str() | None as sub_type, 1 | -1 as sign] if kind:
                    found.append([kind, sub_type or "", sign])
                case _:
                    self.note(f"{key}[{index}]", "A type, a sub type (or '') and 1 or -1 are expected here, like [refund, '', 1].")
        return found

    def texts(self, key: str, *, most: int | None = None, too_many: str = "") -> tuple[str, ...]:
        value = self._take(key)
        if value is _MISSING or value is None:
            return ()
        if not isinstance(value, list):
            self.note(key, f"A list is expected here, not {_kind(value)}.")
            return ()
        found = tuple(self._text(each, f"{key}[{index}]", None) or "" for index, each in enumerate(value))
        if most is not None and len(found) > most:
            self.note(key, too_many)
        for index, each in enumerate(found):
            if each in found[:index]:
                self.note(f"{key}[{index}]", f"{each} is there twice.")
        return found

    def text_map(self, key: str, *, longest: int | None = None) -> dict[str, str]:
        node = self.child(key)
        found = {str(name).strip(): node.secret(name, longest=longest) or "" for name in node._values}
        node.end()
        return found

    def maps(self, key: str) -> dict[str, dict[str, str]]:
        node = self.child(key)
        found = {str(name).strip(): node.text_map(name) for name in node._values}
        node.end()
        return found

    def by_currency(self, key: str, *, required: bool = False, longest: int | None = None) -> dict[str, str]:
        """Return code by currency; a single code is under BASE_CURRENCY."""
        value = self._values.get(key)
        if isinstance(value, Mapping):
            found = self.text_map(key, longest=longest)
            for currency in found:
                if not (len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()):
                    self.note(f"{key}.{currency}", "A currency has three capital letters, like GBP.")
            if required and not found:
                self.note(key, "This value is missing.")
            return {currency: code for currency, code in found.items() if code}
        code = self.secret(key, required=required, longest=longest)
        return {BASE_CURRENCY: code} if code else {}

    def end(self) -> None:
        """Note every key that was not asked for."""
        for key in self._values:
            if key not in self._read:
                self.note(str(key), f"This key is not known.{_like(str(key), self._read)}")

    def _take(self, key: str) -> object:
        self._read[key] = None
        return self._values.get(key, _MISSING)

    def _at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def _text(self, value: object, key: str, longest: int | None) -> str | None:
        if not isinstance(value, str):
            # YAML reads 0100 as 64, 1e3 as 1000.0 and NO as false, so only what is written as text is a code.
            self.note(key, f'Text is expected here, not {_kind(value)}: write it in quotes, like "1050".')
            return None
        try:
            text = self._resolve(value).strip()
        except ValueError as error:
            self.note(key, str(error))
            return None
        if not text:
            self.note(key, "This value is empty; leave the key out instead." if value == "" else f"{value} is empty.")
            return None
        if longest and len(text) > longest:
            self.note(key, f"This value is longer than {longest} characters.")
            return None
        return text


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    return _YAML_WORDS.get(type(value), "text" if isinstance(value, str) else "this")


def _like(name: str, known: Collection[str]) -> str:
    found = difflib.get_close_matches(name, [str(each) for each in known], n=1)
    return f" Did you mean {found[0]}?" if found else ""
