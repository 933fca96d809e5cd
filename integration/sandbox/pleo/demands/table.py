"""What Pleo's published pages demand of a call: a row each, with its source, read from lines that people can read too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from integration.sandbox.demand_lines import joined

# What a refusal is answered with: name -> (status, type). The types that Pleo's pages name stand as they are; where they name none, the
# type is ours, and nothing may be judged by it. Source: docs/reference/pleo-api.md, section 3, and the responses of each call.
REFUSALS: Mapping[str, tuple[int, str]] = {
    "form": (400, "BAD_REQUEST"),
    "content_type": (415, "UNSUPPORTED_MEDIA_TYPE"),
    "unauthorized": (401, "UNAUTHORIZED"),
    "forbidden": (403, "FORBIDDEN"),
    "not_found": (404, "NOT_FOUND"),
    "method": (405, "METHOD_NOT_ALLOWED"),
    "throttled": (429, "TOO_MANY_REQUESTS"),
    "job_unknown": (404, "EXPORT_NOT_FOUND"),
    "entry_unknown": (404, "EXPORT_ENTRY_NOT_FOUND"),
    "contra_accounts": (400, "MISSING_CONTRA_ACCOUNTS"),
    "in_progress": (409, "EXPORT_ALREADY_IN_PROGRESS"),
    "too_many_items": (413, "EXPORT_JOB_ITEMS_UPDATE_LIMIT"),
    "job_finished": (422, "EXPORT_JOB_STATUS_UNPROCESSABLE"),
    "status_change": (422, "INVALID_EXPORT_JOB_STATUS_CHANGE"),
    "item_error": (200, "ACCOUNTING_ENTRY_DOES_NOT_EXIST"),
    "not_installed": (400, "INSTALLATION_NOT_FOUND"),
    "nothing_to_remove": (404, "INSTALLATION_NOT_FOUND"),
    "company_unknown": (404, "COMPANY_NOT_FOUND"),
    "employee_unknown": (404, "EMPLOYEE_NOT_FOUND"),
    "group_unknown": (404, "TAG_GROUP_NOT_FOUND"),
    "group_exists": (409, "TAG_GROUP_CODE_EXISTS"),
    "tag_unknown": (404, "TAG_NOT_FOUND"),
    "tag_exists": (409, "TAG_CODE_EXISTS"),
    "tag_limit": (400, "TAG_LIMIT_REACHED"),
    "tax_code_unknown": (404, "TAX_CODE_NOT_FOUND"),
    "account_unknown": (404, "ACCOUNT_NOT_FOUND"),
    "account_exists": (409, "ACCOUNT_EXISTS"),
    "account_in_use": (409, "ACCOUNT_IN_USE"),
    "batch_external_id_exists": (201, "EXTERNAL_ID_ALREADY_EXISTS"),
    "batch_external_id_empty": (201, "EXTERNAL_ID_EMPTY"),
    "batch_external_id_long": (201, "EXTERNAL_ID_TOO_LONG"),
    "batch_name_empty": (201, "NAME_EMPTY"),
    "batch_name_long": (201, "NAME_TOO_LONG"),
    "batch_code_long": (201, "CODE_TOO_LONG"),
    "batch_other": (201, "OTHER"),
}

KINDS = (
    "text",
    "uuid",
    "date-time",
    "true or false",
    "number",
    "whole number",
    "object",
    "objects",
    "map of objects",
    "map of texts",
    "list of uuids",
    "list of texts",
)
_VALUED = ("one of", "at least", "at most", "shortest", "longest", "pattern")
_PLAIN = ("required", "unique")


@dataclass(frozen=True, slots=True)
class Demand:
    """One demand of a call.

    on: the call ("POST /v3/export-jobs"). element: a parameter ("?limit"), a part of the path ("{jobId}"), a header ("@authorization"),
    or where it stands in the body ("options.vendorBasedBookkeeping", "[].status"); "" for the call as a whole. rule: a kind or rule of
    form, or a sentence about what Pleo holds ("must exist"). refusal: a key of REFUSALS, behind a dot the name of the row within its
    call. sure: False where Pleo leaves it open; then the strict reading is enforced, until a world relaxes it.
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
        return self.rule in KINDS or self.rule in _VALUED or self.rule in _PLAIN

    @property
    def answer(self) -> tuple[int, str]:
        return REFUSALS[self.refusal.partition(".")[0]]


@dataclass(slots=True)
class Element:
    """What the rows say of the form of one element. kind: one of KINDS, "" where any value of its place will do."""

    kind: str = ""
    nullable: bool = False
    many: bool = False
    rules: dict[str, Demand] = field(default_factory=dict)
    fields: dict[str, Element] = field(default_factory=dict)

    @property
    def required(self) -> bool:
        return "required" in self.rules

    def value(self, rule: str) -> str:
        return self.rules[rule].value if rule in self.rules else ""


@dataclass(frozen=True, slots=True)
class Record:
    """The rows of one call. body: None where it takes none. scope: what the key has to be allowed, "" where nothing is said."""

    on: str
    query: dict[str, Element]
    body: Element | None
    demands: tuple[Demand, ...]
    scope: str = ""

    def __iter__(self) -> Iterator[Demand]:
        return iter(self.demands)

    def named(self, refusal: str) -> Demand | None:
        """The row that this refusal belongs to, by its full name. Several rows of one name would be none's."""
        found = [each for each in self.demands if each.refusal == refusal]
        return found[0] if len(found) == 1 else None


_LINE = re.compile(r"^(?P<element>[\w.?{}\[\]@-]*)\s*:\s*(?P<rules>.*?)\s*(?:\[(?P<source>[^\]]+)\])?$")
_RULE = re.compile(r"^(?P<rule>.*?)(?: as (?P<refusal>[\w.]+))?(?P<unsure> \(unknown\))?$")


def record(on: str, source: str, text: str) -> Record:
    """Read the rows of one call.

    text: a line an element: `name: rule; rule; rule [source]`, a colon alone for the call as a whole; lines indented further go on with
    its rules. A rule of form is one of KINDS, `required`, `one of a|b`, `at least 1`, `at most 100`, `shortest 1`, `longest 255`,
    `pattern ^x$`, `unique`; `or null` and `many` (a parameter that may be repeated) are no demands. `needs the scope x` is what the key
    has to be allowed. Any other rule names its refusal: `must exist as job_unknown`. `(unknown)` behind a rule: Pleo leaves it open.
    """
    demands: list[Demand] = []
    query: dict[str, Element] = {}
    root = Element()
    for line in joined(text):
        found = _LINE.match(line)
        if not found:
            raise ValueError(f"{on}: cannot read '{line}'")
        name, element = found["element"], Element()
        for rule in filter(None, (each.strip() for each in found["rules"].split(";"))):
            if rule in ("or null", "many"):
                element.nullable, element.many = element.nullable or rule == "or null", element.many or rule == "many"
                continue
            demand = _demand(on, name, rule, found["source"] or source)
            demands.append(demand)
            if demand.of_form:
                element.rules[demand.rule] = demand
                element.kind = demand.rule if demand.rule in KINDS else element.kind
        if name.startswith("?"):
            query[name[1:]] = element
        elif name and name[0] not in "{@":
            _place(root, name, element)
    scope = next((each.rule.removeprefix("needs the scope ") for each in demands if each.rule.startswith("needs the scope ")), "")
    body = root.fields.get("body")
    if body is not None:
        body.fields = body.fields or {name: each for name, each in root.fields.items() if name != "body"}
    return Record(on, query, body, tuple(demands), scope)


def _place(root: Element, name: str, element: Element) -> None:
    """Put an element where its name says: `items[].code` is a field of the objects in the list `items`, `[].code` of those in the body."""
    *parents, last = name.replace("[].", ".").split(".")
    for each in parents:
        root = root.fields[each or "body"]
    root.fields[last] = element


def _demand(on: str, element: str, text: str, source: str) -> Demand:
    found = _RULE.match(text)
    assert found is not None
    rule, value = found["rule"].rstrip(","), ""
    for known in _VALUED:
        if rule.startswith(f"{known} "):
            rule, value = known, rule.removeprefix(known).strip()
    demand = Demand(on, element, rule, value, found["refusal"] or "", source, sure=not found["unsure"])
    if not demand.refusal:
        if rule.startswith("needs the scope "):
            return Demand(on, element, rule, "", "forbidden.scope", source, demand.sure)
        if not demand.of_form:
            raise ValueError(f"{on} {element}: '{text}' names no refusal")
        return Demand(on, element, rule, value, "form", source, demand.sure)
    return demand
