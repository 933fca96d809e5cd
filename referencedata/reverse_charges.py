"""Which two tax details make a reverse charge: the one rule that publishing and posting share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Protocol, TypeVar


class Detail(Protocol):
    """rate: percent as Intacct holds it (20 means 20 %, -20 the output side of a reverse charge)."""

    @property
    def id(self) -> str: ...
    @property
    def rate(self) -> Decimal: ...
    @property
    def solution(self) -> str: ...
    @property
    def active(self) -> bool: ...
    @property
    def reverse_charge(self) -> bool: ...


T = TypeVar("T", bound=Detail)


class NoPartner(Exception):
    """A reverse charge has no output half that a person has confirmed.

    named: the partner that a person chose and that cannot be it, "" where none was chosen. proposed: the one that would be
    it, once a person says so. fitting: ids of those with the opposite rate, none or several.
    """

    def __init__(self, named: str = "", proposed: str = "", fitting: tuple[str, ...] = ()) -> None:
        super().__init__(named or proposed or ", ".join(fitting))
        self.named = named
        self.proposed = proposed
        self.fitting = fitting


# What tells the two halves of a pair apart in their names; the rest of their names is the same.
_HALVES = frozenset(("input", "output", "in", "out", "purchase", "purchases", "sale", "sales"))


def partner_of(detail: Detail, details: Mapping[str, T], pairs: Mapping[str, str]) -> T:
    """Return the output half of `detail`, as a person has confirmed it. Raises NoPartner.

    Both are active reverse charges of one solution, with the same rate of opposite sign. Nobody else's word makes a pair:
    an input for purchases in the EC beside the output of domestic ones would put the amount into the wrong box of the VAT
    return, and no rate tells these apart.

    details: by id. pairs: output id by input id.
    """
    named = pairs.get(detail.id, "")
    if named:
        output = details.get(named)
        if output and are_a_pair(detail, output):
            return output
        raise NoPartner(named=named)
    fitting = [each for each in details.values() if are_a_pair(detail, each)]
    raise NoPartner(proposed=proposals(details.values()).get(detail.id, ""), fitting=tuple(sorted(each.id for each in fitting)))


def are_a_pair(detail: Detail, output: Detail) -> bool:
    """Say whether these two can be the halves of one reverse charge, the input first."""
    return detail.active and detail.reverse_charge and detail.rate > 0 and _fits(output, detail)


def proposals(details: Iterable[Detail]) -> dict[str, str]:
    """Return output id by input id of the pairs that speak for themselves, for a person to confirm.

    Their names differ in nothing but the words for input and output, and no third code of the solution, active or not,
    has such a name and one of their rates.
    """
    alike: dict[tuple[str, str, Decimal], list[Detail]] = {}
    for each in details:
        if each.reverse_charge and each.rate:
            alike.setdefault((each.solution, _stem(each.id), abs(each.rate)), []).append(each)
    found = {}
    for pair in alike.values():
        pair.sort(key=lambda each: -each.rate)
        if len(pair) == 2 and are_a_pair(*pair):
            found[pair[0].id] = pair[1].id
    return found


def outputs(details: Iterable[Detail], pairs: Mapping[str, str]) -> frozenset[str]:
    """Return the ids of all that are somebody's output half, also where more than one would fit."""
    every = list(details)
    inputs = [each for each in every if each.reverse_charge and each.rate > 0 and each.active and each.id not in pairs]
    return frozenset(pairs.values()) | {each.id for each in every if any(_fits(each, one) for one in inputs)}


def _fits(output: Detail, detail: Detail) -> bool:
    return output.active and output.reverse_charge and output.solution == detail.solution and output.rate == -detail.rate


def _stem(name: str) -> str:
    return " ".join(word for word in re.findall(r"[^\W_]+", name.casefold()) if word not in _HALVES)
