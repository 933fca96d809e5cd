"""The dimensions of a line, from Pleo's tags, the team's defaults and the entity.

Source: Sage Intacct XML API, Journal Entries (elements of GLENTRY) and Bills (elements of APBILLITEM).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from exports.posting.context import Account, DimensionSlot, DimensionValue, PostingContext
from exports.posting.findings import Findings
from integration.intacct.documents import Dimension
from integration.pleo.items import ExportItem, ItemLine

# What a journal line calls each standard dimension, in the order in which we write them.
JOURNAL_ELEMENTS: Mapping[str, str] = {
    "LOCATION": "LOCATION",
    "DEPARTMENT": "DEPARTMENT",
    "CLASS": "CLASSID",
    "PROJECT": "PROJECTID",
    "TASK": "TASKID",
    "COSTTYPE": "COSTTYPEID",
    "CUSTOMER": "CUSTOMERID",
    "VENDOR": "VENDORID",
    "EMPLOYEE": "EMPLOYEEID",
    "ITEM": "ITEMID",
    "CONTRACT": "CONTRACTID",
    "WAREHOUSE": "WAREHOUSEID",
}
# A bill line spells two of them differently.
BILL_ELEMENTS: Mapping[str, str] = {**JOURNAL_ELEMENTS, "LOCATION": "LOCATIONID", "DEPARTMENT": "DEPARTMENTID"}
On = Literal["journal", "bill"]

_ORDER = {name: place for place, name in enumerate(JOURNAL_ELEMENTS)}
_NEEDS = {"TASK": ("PROJECT",), "COSTTYPE": ("PROJECT", "TASK")}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A value asked for by a tag, or by the team's default."""

    slot: DimensionSlot
    code: str
    by_team: bool = False


def line_dimensions(
    item: ExportItem, line: ItemLine, place: str, on: On, context: PostingContext, findings: Findings
) -> tuple[Dimension, ...]:
    """Return the dimensions of the line on the expense account: its tags, else the team's defaults, and its location.

    on: what the line stands in, which decides how its dimensions are spelled.

    A tag of a group that is no dimension of this configuration is left out with a note: Pleo companies use tags for
    more than the ledger. A value that cannot be used is a problem.
    """
    wanted = _by_tags(line, place, context, findings)
    for slot, code in _of_team(item, context, findings):
        wanted.setdefault(slot.object_name, _Wanted(slot, code, by_team=True))
    found = [_dimension(each, place, item, on, context, findings) for each in wanted.values()]
    dimensions = in_order([*filter(None, found), *own_location(context, on)])
    _check_needs(wanted, place, findings)
    return dimensions


def own_location(context: PostingContext, on: On = "journal") -> tuple[Dimension, ...]:
    """Return the entity's own location, which every line carries that has no other; none in a single-entity company."""
    return (Dimension("LOCATION", context.entity, _elements(on)["LOCATION"]),) if context.entity else ()


def vendor(code: str, on: On) -> tuple[Dimension, ...]:
    """Return the vendor on a line that has no vendor tag; none for ""."""
    return (Dimension("VENDOR", code, _elements(on)["VENDOR"]),) if code else ()


def tagged(item: ExportItem, object_name: str, context: PostingContext) -> tuple[str, ...]:
    """Return the values of one dimension that the lines of `item` are tagged with and Intacct knows, each once."""
    groups = {code for code, slot in context.dimensions.items() if slot.object_name == object_name}
    codes = [tag.code.upper() for line in item.lines for tag in line.tags if tag.group_code.upper() in groups]
    found = (context.values.get((object_name, code)) for code in codes)
    return tuple(dict.fromkeys(value.key for value in found if value))


def employee(item: ExportItem, context: PostingContext, findings: Findings) -> tuple[Dimension, ...]:
    """Return the employee who is owed or owes, where the user's code in Pleo is an active employee; else none, with a note."""
    code = item.employee_code
    if code and context.employees.get(code):
        return (Dimension("EMPLOYEE", code, JOURNAL_ELEMENTS["EMPLOYEE"]),)
    who = item.employee_name or "The employee"
    if not code:
        findings.note(f"{who} has no employee code in Pleo: the line stands without an employee.")
    else:
        fault = "not active" if code in context.employees else "unknown"
        findings.note(f"Employee {code} is {fault} in Sage Intacct: the line of {who} stands without an employee.")
    return ()


def in_order(dimensions: Iterable[Dimension]) -> tuple[Dimension, ...]:
    """Return one dimension of each name, the first given, standard ones before those the customer defined."""
    first: dict[str, Dimension] = {}
    for each in dimensions:
        first.setdefault(each.object_name, each)
    return tuple(sorted(first.values(), key=lambda each: (_ORDER.get(each.object_name, len(_ORDER)), each.object_name)))


def check_required(account: Account, dimensions: Iterable[Dimension], place: str, context: PostingContext, findings: Findings) -> None:
    """Note a problem for each dimension `account` requires and the line does not carry.

    place: "" for the line on the Pleo balance or the employees' account, which Pleo's users cannot tag.
    """
    present = {dimension.object_name for dimension in dimensions}
    labels = {slot.object_name: slot.label for slot in context.dimensions.values()}
    named = f"{account.number} '{account.title}'" if account.title else account.number
    for name in sorted(account.required - present):
        label = labels.get(name) or name.capitalize()
        remedy = (
            f"Choose a {label} for this expense in Pleo."
            if place
            else f"Post the offset line by line here (Entity configurations › {context.entity} › Policies › Offset lines), or drop the "
            "requirement in Sage Intacct (General Ledger › Accounts)."
        )
        sentence = f"Account {named} requires a {label}. {remedy}"
        findings.problem("dimension_required", sentence, place=place, kind=label, value=account.number)


def _elements(on: On) -> Mapping[str, str]:
    return JOURNAL_ELEMENTS if on == "journal" else BILL_ELEMENTS


def _by_tags(line: ItemLine, place: str, context: PostingContext, findings: Findings) -> dict[str, _Wanted]:
    wanted: dict[str, _Wanted] = {}
    for tag in line.tags:
        slot = context.dimensions.get(tag.group_code.upper())
        if slot is None:
            findings.note(f"Tag {tag.code} of group {tag.group_code} is no dimension of {context.entity}: it was left out.")
            continue
        before = wanted.setdefault(slot.object_name, _Wanted(slot, tag.code))
        if before.code.upper() != tag.code.upper():
            findings.problem(
                "dimension_twice",
                f"{slot.label} is given twice, {before.code} and {tag.code}. Keep one of them for this expense in Pleo.",
                place=place, kind=slot.label, value=tag.code,
            )  # fmt: skip
    return wanted


def _of_team(item: ExportItem, context: PostingContext, findings: Findings) -> Iterable[tuple[DimensionSlot, str]]:
    slots = {slot.object_name: slot for slot in context.dimensions.values()}
    for name, code in context.team_defaults.get(item.team_code.upper(), {}).items() if item.team_code else ():
        if name in slots:
            yield slots[name], code
        elif name in JOURNAL_ELEMENTS:
            yield DimensionSlot(name, name.capitalize(), JOURNAL_ELEMENTS[name], BILL_ELEMENTS[name]), code
        else:
            findings.problem(
                "team_default_unknown",
                f"The default of team {item.team_code} is for {name}, which is no dimension of {context.entity}. Correct it here "
                f"(Entity configurations › {context.entity} › Dimensions › Team defaults).",
                kind=name, value=code,
            )  # fmt: skip


def _dimension(wanted: _Wanted, place: str, item: ExportItem, on: On, context: PostingContext, findings: Findings) -> Dimension | None:
    slot, value = wanted.slot, context.values.get((wanted.slot.object_name, wanted.code.upper()))
    fault = _fault(slot, value, context)
    if value is not None and fault is None:
        return Dimension(slot.object_name, value.key, slot.journal_element if on == "journal" else slot.bill_element)
    problem, sentence = fault or ("dimension_value_unknown", "does not exist in Sage Intacct")
    remedy = (
        f"Choose another default for team {item.team_code} here (Entity configurations › {context.entity} › Dimensions › Team defaults)"
        if wanted.by_team
        else f"Choose another {slot.label} for this expense in Pleo"
    )
    mend = {
        "dimension_value_inactive": ", or activate it in Sage Intacct",
        "dimension_value_unknown": ", or create it in Sage Intacct and sync",
    }
    named = f"{wanted.code} '{value.name}'" if value and value.name else wanted.code
    findings.problem(
        problem, f"{slot.label} {named} {sentence}. {remedy}{mend.get(problem, '')}.",
        place="" if wanted.by_team else place, kind=slot.label, value=wanted.code,
    )  # fmt: skip
    return None


def _fault(slot: DimensionSlot, value: DimensionValue | None, context: PostingContext) -> tuple[str, str] | None:
    if value is None:
        return "dimension_value_unknown", "does not exist in Sage Intacct"
    if value.status == "inactive":
        return "dimension_value_inactive", "is inactive in Sage Intacct"
    if value.status == "non_posting":
        return "dimension_value_non_posting", "only sums up others in Sage Intacct and cannot be posted to"
    if slot.object_name == "LOCATION":
        # A location of another entity would make Intacct post between entities.
        if value.entity != context.entity:
            return "location_other_entity", f"lies in {value.entity or 'no entity'}, not in {context.entity}"
    elif value.entity not in ("", context.entity):
        return "dimension_value_other_entity", f"belongs to {value.entity} and cannot be used in {context.entity}"
    return None


def _check_needs(present: Mapping[str, _Wanted], place: str, findings: Findings) -> None:
    for name, needed in _NEEDS.items():
        missing = [each for each in needed if each not in present]
        if name in present and missing:
            label = present[name].slot.label
            wanted = " and a ".join(each.capitalize() for each in missing)
            findings.problem(
                "task_without_project",
                f"{label} {present[name].code} needs a {wanted} on the same line. Choose one for this expense in Pleo.",
                place=place, kind=label, value=present[name].code,
            )  # fmt: skip
