"""Counts, sums and the like in the answer to a query, by group."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from integration.sandbox.books import Row

AGGREGATES = ("avg", "count", "min", "max", "sum")


def grouped(rows: list[Row], chosen: list[tuple[str, str]], read: Callable[[Row, str], str]) -> list[list[tuple[str, str]]]:
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        key = tuple(read(row, name) for function, name in chosen if not function)
        groups.setdefault(key, []).append(row)
    if not groups and all(function for function, _ in chosen):
        groups[()] = []
    answers = []
    for key, members in groups.items():
        plain = iter(key)
        answers.append(
            [
                (name, next(plain))
                if not function
                else (f"{function.upper()}.{name}", str(_aggregate(function, [read(row, name) for row in members])))
                for function, name in chosen
            ]
        )
    return answers


def _aggregate(function: str, texts: list[str]) -> object:
    numbers = [Decimal(text) for text in texts if text] if function in ("avg", "sum") else []
    match function:
        case "count":
            return sum(1 for text in texts if text)
        case "sum":
            return sum(numbers, Decimal(0))
        case "avg":
            return sum(numbers, Decimal(0)) / len(numbers) if numbers else ""
        case "min":
            return min((text for text in texts if text), default="")
        case _:
            return max((text for text in texts if text), default="")
