"""Which values of our copy Pleo's users may choose from, and what is left out and why. Pure.

What is published is what the posting rules find again when an expense comes back, and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, Literal, TypeVar

from integration.pleo.published import ChartAccount, Tag, TaxCode
from referencedata.reverse_charges import NoPartner, outputs, partner_of

# The only method of a tax solution that is used. Source: Sage Intacct XML API, TAXSOLUTION, TAXMETHOD.
VAT_OR_GST = "VAT or GST"
NAMED = 10  # how many codes a sentence names before it says "and others"


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Note:
    """What was left out, or could not be done. about: the thing. sentence: why, and what mends it; for the operator.

    to_do: a person has to do something about it.
    """

    about: str
    sentence: str
    to_do: bool = False


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """What is to stand in Pleo. left_out: how many that a person might look for are not. alone: Pleo's own are not touched."""

    values: tuple[T, ...]
    notes: tuple[Note, ...] = ()
    left_out: int = 0
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A dimension value. entity: for a location the one it lies in, for others the owner, "" for the top level."""

    code: str
    name: str
    status: Literal["active", "non_posting", "inactive"] = "active"
    entity: str = ""


@dataclass(frozen=True, slots=True)
class Detail:
    """A tax detail. rate: percent (20 means 20 %). entity: its owner, "" for the top level."""

    id: str
    name: str
    rate: Decimal
    solution: str
    active: bool = True
    purchase: bool = True
    reverse_charge: bool = False
    entity: str = ""


@dataclass(frozen=True, slots=True)
class LedgerAccount:
    """A general ledger account. closed: belongs to a subledger or to a bank, so that no expense may stand on it."""

    number: str
    title: str
    active: bool = True
    closed: bool = False
    entity: str = ""


def tags(dimension: str, label: str, values: Iterable[Value], entity: str) -> Choice[Tag]:
    """Return the tags of one dimension in one entity.

    values: those that were deleted or are old before those that count; of values that differ in nothing but capitals,
    which Pleo does not tell apart, the last one is what the posting rules find.
    """
    last: dict[str, Value] = {}
    twins: list[tuple[str, str]] = []
    for value in values:
        before = last.pop(value.code.upper(), None)
        if before and before.code != value.code and "inactive" not in (before.status, value.status):
            twins.append((before.code, value.code))
        last[value.code.upper()] = value
    mine = [each for each in last.values() if _lies_in(each, dimension, entity)]
    sums = [each.code for each in mine if each.status == "non_posting"]
    notes = [
        Note(f"{label} {code}", f"{code} and {kept} differ in nothing but capitals, which Pleo does not tell apart: {kept} was published.")
        for code, kept in twins
    ]
    if sums:
        notes.append(Note(label, f"Not published, because they only sum up others in Sage Intacct: {_listed(sums)}."))
    return Choice(
        tuple(Tag(each.code, _called(each.name, each.code)) for each in mine if each.status == "active"),
        tuple(notes),
        len(twins) + len(sums),
    )


def tax_codes(details: Iterable[Detail], *, solution: str, method: str, entity: str, pairs: Mapping[str, str]) -> Choice[TaxCode]:
    """Return the tax codes of one entity: of its solution, for purchases, a reverse charge once under its input code.

    solution, method: of the entity, "" where it has none. pairs: output id by input id, as a person named them.
    """
    if not solution:
        return Choice((), (Note("Tax codes", f"{entity} has no tax solution: no tax codes are published."),), alone=True)
    if method != VAT_OR_GST:
        sentence = f"{entity} uses {solution}, whose method is {method or 'unknown'}: sales tax of the United States is not published."
        return Choice((), (Note("Tax codes", sentence),), alone=True)
    by_id = {each.id: each for each in details}
    halves = outputs(by_id.values(), pairs)
    found: list[TaxCode] = []
    notes: list[Note] = []
    left_out = 0
    for each in by_id.values():
        if not each.active or not each.purchase or each.solution != solution or each.entity not in ("", entity) or each.id in halves:
            continue
        kind = "reverse" if each.reverse_charge or each.id in pairs else "inclusive"
        fault, published = _fault(each, kind, by_id, pairs, entity)
        if fault:
            notes.append(Note(f"Tax code {each.id}", fault, to_do=True))
        if published:
            found.append(TaxCode(each.id, _called(each.name, each.id), each.rate, kind))
        else:
            left_out += 1
    return Choice(tuple(found), tuple(notes), left_out)


def accounts(rows: Iterable[LedgerAccount], *, entity: str, balance_accounts: Collection[str]) -> Choice[ChartAccount]:
    """Return the accounts an expense may stand on, and the Pleo balance accounts, which Pleo asks for by code."""
    last = {each.number: each for each in rows}
    chosen = [
        each
        for each in last.values()
        if each.active and each.entity in ("", entity) and (not each.closed or each.number in balance_accounts)
    ]
    return Choice(tuple(ChartAccount(each.number, each.number, _called(each.title, each.number)) for each in chosen))


def _called(name: str, code: str) -> str:
    """Return what people read: the name without blanks around it, which Pleo may cut off; codes are never touched."""
    return name.strip() or code


def _lies_in(value: Value, dimension: str, entity: str) -> bool:
    # A location of another entity would make Intacct post between entities.
    return value.entity == entity if dimension == "LOCATION" else value.entity in ("", entity)


def _fault(detail: Detail, kind: str, details: Mapping[str, Detail], pairs: Mapping[str, str], entity: str) -> tuple[str, bool]:
    """Return what a person has to do about a tax code, "" for nothing, and whether it is published all the same."""
    where = f"Entity configurations › {entity} › Taxes › Tax code pairs"
    name_it = f"Name its partner here ({where}); then it is published."
    if detail.rate < 0:
        return (
            "Not published: it is the output side of a reverse charge, and no input code goes with it. Where it has one, name both here "
            f"({where}).",
            False,
        )
    if kind == "inclusive":
        return "", True
    try:
        partner_of(detail, details, pairs)
    except NoPartner as missing:
        if missing.named:
            return (
                f"Not published: it and its partner {missing.named} are not the two halves of a reverse charge: both marked so, active, of "
                f"one tax solution and of opposite rate. {name_it}",
                False,
            )
        if missing.proposed:
            return f"Nothing is posted with it until a person has confirmed its partner {missing.proposed} here ({where}).", True
        if missing.fitting:
            fitting = _listed(missing.fitting)
            return f"Not published: it is a reverse charge, and which code is its output side is not sure ({fitting}). {name_it}", False
        return f"Not published: it is a reverse charge, and no code is its output side. {name_it}", False
    return "", True


def _listed(codes: Collection[str]) -> str:
    named = sorted(codes)[:NAMED]
    return ", ".join(named) + (f" and {len(codes) - NAMED} more" if len(codes) > NAMED else "")
