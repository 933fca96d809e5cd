"""What a published page demands of a request: a row each, with its source, read from lines that people can read too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from integration.sandbox.demand_lines import joined

# Rules about the form of one element, which the sandbox checks straight from the rows -> the refusal that says so.
FORM_RULES = {
    "required": "missing",
    "length": "too_long",
    "date": "date_form",
    "number": "number_form",
    "decimals": "decimals",
    "absolute": "negative",
    "one of": "choice",
    "not with": "rate_both",
}


@dataclass(frozen=True, slots=True)
class Demand:
    """One demand of one element.

    on: the record or function it stands in ("GLENTRY"). element: its name, "" for the record as a whole. rule: a key of
    FORM_RULES, or a sentence about the books ("must exist"). value: of the rule (a length, choices, another element).
    refusal: the name of what refuses it. sure: False where the page leaves it open and the strict reading is enforced.
    """

    on: str
    element: str
    rule: str
    value: str
    refusal: str
    source: str
    sure: bool = True

    @property
    def id(self) -> str:
        return " ".join(filter(None, (self.on, self.element, self.rule, self.value)))

    @property
    def of_form(self) -> bool:
        return self.rule in FORM_RULES


@dataclass(frozen=True, slots=True)
class Element:
    """What the rows demand of the form of one element. kind: text, date, number, or holds for one that has children."""

    required: bool = False
    length: int = 4000
    kind: str = "text"
    decimals: int = 10
    signed: bool = True
    choices: tuple[str, ...] = ()
    excludes: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """The rows of one record or function, and the elements it knows; any other element is refused.

    ordered: a legacy function, whose elements come in the order of the rows.
    """

    on: str
    elements: dict[str, Element]
    demands: tuple[Demand, ...]
    ordered: bool = False

    def __iter__(self) -> Iterator[Demand]:
        return iter(self.demands)

    def children(self) -> tuple[str, ...]:
        """The elements in order, with `!` behind what the schema requires; attributes and what is looked into deeper left out."""
        required = {each.element for each in self.demands if (each.rule, each.refusal) == ("required", "schema")}
        return tuple(f"{name}{'!' if name in required else ''}" for name in self.elements if not name.startswith("@"))


_LINE = re.compile(r"^(?P<element>[\w*.@]*)\s*:\s*(?P<rules>.*?)\s*(?:\[(?P<source>[^\]]+)\])?$")
_RULE = re.compile(r"^(?P<rule>.*?)(?: as (?P<refusal>\w+))?(?P<unsure> \(unknown\))?$")


def record(on: str, source: str, text: str, *, ordered: bool = False) -> Record:
    """Read the rows of one record.

    text: a line an element: `NAME: rule; rule; rule [source]`, a colon alone for what is demanded of the whole; lines indented
    further go on with its rules. A rule of form
    is `required`, `length 20`, `date`, `number`, `decimals 2`, `absolute`, `one of A|B`, `not with OTHER`, `holds` (it has
    children, no demand of its own); any other rule is a sentence that names its refusal: `must exist as journal_invalid`.
    `(unknown)` behind a rule: the page leaves it open, and the strict reading is enforced.
    """
    elements: dict[str, Element] = {}
    demands: list[Demand] = []
    for line in joined(text):
        found = _LINE.match(line)
        if not found:
            raise ValueError(f"{on}: cannot read '{line}'")
        name, where = found["element"], found["source"] or source
        facts: dict[str, object] = {}
        for rule in filter(None, (each.strip() for each in found["rules"].split(";"))):
            demand = _demand(on, name, rule, where)
            facts |= _fact(rule, demand)
            if rule != "holds":
                demands.append(demand)
        if name:
            elements[name] = Element(**facts)  # type: ignore[arg-type]
    return Record(on, elements, tuple(demands), ordered)


def _demand(on: str, element: str, text: str, source: str) -> Demand:
    found = _RULE.match(text)
    if not found:
        raise ValueError(f"{on} {element}: cannot read '{text}'")
    rule, value = found["rule"], ""
    for known in FORM_RULES:
        if rule == known or (rule.startswith(f"{known} ") and known in ("length", "decimals", "one of", "not with")):
            rule, value = known, rule.removeprefix(known).strip()
    refusal = found["refusal"] or FORM_RULES.get(rule, "")
    if not refusal and rule != "holds":
        raise ValueError(f"{on} {element}: '{text}' names no refusal")
    return Demand(on, element, rule, value, refusal, source, sure=not found["unsure"])


def _fact(rule: str, demand: Demand) -> dict[str, object]:
    match demand.rule:
        case "required":
            return {"required": True}
        case "length":
            return {"length": int(demand.value)}
        case "date" | "number":
            return {"kind": demand.rule}
        case "decimals":
            return {"decimals": int(demand.value)}
        case "absolute":
            return {"signed": False}
        case "one of":
            return {"choices": tuple(demand.value.split("|"))}
        case "not with":
            return {"excludes": demand.value}
        case "holds":
            return {"kind": "holds"}
    return {}
