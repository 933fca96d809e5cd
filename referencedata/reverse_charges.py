"""Which two tax details make a reverse charge: the one rule that publishing and posting share."""

from __future__ import annotations

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
    """A reverse charge has no output half that is sure.

    named: the partner that a person chose and that cannot be used, "" where none was chosen. fitting: ids of those that
    fit, none or several.
    """

    def __init__(self, named: str = "", fitting: tuple[str, ...] = ()) -> None:
        super().__init__(named or ", ".join(fitting))
        self.named = named
        self.fitting = fitting


def partner_of(detail: Detail, details: Mapping[str, T], pairs: Mapping[str, str]) -> T:
    """Return the output half of `detail`: the one a person paired it with, else the only one that fits.

    It fits where both are active reverse charges of one solution, with the same rate of opposite sign.

    details: by id. pairs: output id by input id. Raises NoPartner.
    """
    named = pairs.get(detail.id, "")
    if named:
        output = details.get(named)
        if output and output.active and output.solution == detail.solution and output.id != detail.id:
            return output
        raise NoPartner(named=named)
    fitting = [each for each in details.values() if _fits(each, detail)] if detail.reverse_charge and detail.rate > 0 else []
    if len(fitting) == 1:
        return fitting[0]
    raise NoPartner(fitting=tuple(sorted(each.id for each in fitting)))


def outputs(details: Iterable[Detail], pairs: Mapping[str, str]) -> frozenset[str]:
    """Return the ids of all that are somebody's output half, also where more than one would fit."""
    every = list(details)
    inputs = [each for each in every if each.reverse_charge and each.rate > 0 and each.active and each.id not in pairs]
    return frozenset(pairs.values()) | {each.id for each in every if any(_fits(each, one) for one in inputs)}


def _fits(output: Detail, detail: Detail) -> bool:
    return output.active and output.reverse_charge and output.solution == detail.solution and output.rate == -detail.rate
