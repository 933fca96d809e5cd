"""A valid call for each record of Pleo's demands, and the smallest change of it that breaks one demand alone.

What a rule of form says is broken by its kind; what it says about Pleo's rows is broken by the change that stands here under its id.
"""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from integration.sandbox.books import Books
from integration.sandbox.http import Answer, Request
from integration.sandbox.pleo import PleoSandbox
from integration.sandbox.pleo.demands import RECORDS, Demand
from integration.sandbox.pleo.service import register_key
from tests.unit.integration.sandbox.pleo_caller import NOW

OURS, OTHERS = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
ORGANISATION, NOBODY = "33333333-3333-4333-8333-333333333333", "99999999-9999-4999-8999-999999999999"
ADA, BOB = "44444444-4444-4444-8444-444444444401", "44444444-4444-4444-8444-444444444402"
ENTRIES = tuple(f"55555555-5555-4555-8555-5555555555{number:02d}" for number in range(1, 4))
_KEYS = {OURS: "ours", OTHERS: "others"}
_BODIES = {record.on: record.body for record in RECORDS}
Row = dict[str, Any]


def small_books() -> Books:
    """Two companies; ours has two entries in the queue and one of the other company stands in its own."""
    books = Books()
    for company, who in ((OURS, ADA), (OTHERS, BOB)):
        contra = {"GBP": {"id": NOBODY, "name": "Pleo", "code": "1050"}}
        row = {"id": company, "name": "Acme", "organizationId": ORGANISATION, "address": {"country": "GB"}, "contraAccounts": contra}
        books.put("pleo", "company", company, row)
        books.put("pleo", "employee", who, {"id": who, "companyId": company, "email": "a@acme.example", "firstName": "A", "lastName": "B"})
        register_key(books, _KEYS[company], company)
    return books


def entry(sandbox: PleoSandbox, entry_id: str, company: str = OURS) -> None:
    amount = {side: {"currency": "GBP", "value": 1200} for side in ("inWalletCurrency", "inSupplierCurrency")}
    line = {"accountingEntryLineId": entry_id, "lineAmount": amount, "netAmount": amount, "tags": []}
    line["account"] = {"id": NOBODY, "name": "Travel", "code": "6100"}
    item = {"accountingEntryId": entry_id, "type": "card_purchase", "date": "2026-07-01T10:00:00Z", "amount": amount}
    item |= {"accountingEntryLines": [line], "additionalInformation": {"reconciliationId": "1"}}
    sandbox.add_entry(company, item)


@dataclass
class Case:
    """One call about to be made. ids: what was put there for it, by name. query: parameters; a list is repeated."""

    sandbox: PleoSandbox
    demand: Demand
    method: str
    path: str
    ids: Row = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    key: str = "ours"
    repeat: int = 1

    # What a change may do

    def place(self) -> tuple[Any, str]:
        """Return what holds the demand's element, and its name there."""
        holder, name = (self.query, self.demand.element[1:]) if self.demand.element[:1] == "?" else (self.body, self.demand.element)
        *parents, last = name.removeprefix("[].").replace("[].", ".").split(".")
        holder = holder[0] if isinstance(holder, list) else holder
        for each in parents:
            holder = holder[each][0] if isinstance(holder[each], list) else holder[each]
        return holder, last

    def set(self, value: Any, name: str = "") -> None:
        if self.demand.element == "body" and not name:
            self.body = value
            return
        holder, last = self.place()
        holder[name or last] = value

    def get(self) -> Any:
        if self.demand.element == "body":
            return self.body
        holder, last = self.place()
        return holder[last]

    def drop(self) -> None:
        if self.demand.element == "body":
            self.body = None
            return
        holder, last = self.place()
        del holder[last]

    def call(self, method: str, path: str, body: Any = None, query: Row | None = None) -> Any:
        """Make another call before it, as the same company, and return its data."""
        other = Case(self.sandbox, self.demand, method, path, query=query or {}, body=body)
        answer = other.answer()
        assert answer.status < 300, answer.body
        return json.loads(answer.body).get("data") if answer.body else None

    def event(self, event: str, **more: Any) -> None:
        reason = {"failureReason": "No.", "failureReasonType": "validation_failure"} if event == "failed" else {}
        self.call("POST", "/v3/export-job-events", {"jobId": self.ids["jobId"], "event": event} | reason | more)

    def results(self, *statuses: str) -> None:
        rows = [{"accountingEntryId": each, "status": status} for each, status in zip(ENTRIES, statuses, strict=False)]
        self.call("PUT", f"/v3/export-jobs/{self.ids['jobId']}/items", rows)

    def change_company(self, **fields: Any) -> None:
        books = self.sandbox.books
        books.put("pleo", "company", OURS, books.get("pleo", "company", OURS) | fields)

    def for_others(self, kind: str, key: str) -> None:
        """Let a row be the other company's."""
        books = self.sandbox.books
        books.put("pleo", kind, key, books.get("pleo", kind, key) | {"companyId": OTHERS})

    # The call itself

    def answer(self) -> Answer:
        path = self.path
        for name, value in self.ids.items():
            path = path.replace("{" + name + "}", value)
        query = {name: tuple(map(str, each)) if isinstance(each, list) else (str(each),) for name, each in self.query.items()}
        data = self.raw if self.raw is not None else b"" if self.body is None else json.dumps(self.body).encode()
        headers = {"authorization": "Basic " + base64.b64encode(f"{self.key}:".encode()).decode()}
        headers |= {"content-type": "application/json;charset=UTF-8"} if data else {}
        return self.sandbox.handle(Request(self.method, path, query, headers | self.headers, data), NOW)

    def send(self) -> tuple[Answer, list[str]]:
        """Return the answer and the ids of the demands that were not met."""
        for _ in range(self.repeat):
            answer = self.answer()
        return answer, self.sandbox.requests[-1]["refused"]


@dataclass(frozen=True)
class Sample:
    """A valid call. build: puts there what it needs; returns the ids that its path, query and body may name."""

    build: Callable[[Case], Row] = lambda case: {}
    query: Row = field(default_factory=dict)
    body: Any = None
    on: str = ""

    def case(self, demand: Demand) -> Case:
        sandbox = PleoSandbox(small_books())
        method, path = (self.on or demand.on).split(" ")
        case = Case(sandbox, demand, method, path)
        case.ids = self.build(case)
        case.query, case.body = _filled(copy.deepcopy(self.query), case.ids), _filled(copy.deepcopy(self.body), case.ids)
        return case


def _filled(value: Any, ids: Row) -> Any:
    """Put ids where they are named: "{jobId}"."""
    if isinstance(value, dict):
        return {name: _filled(each, ids) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, ids) for each in value]
    return ids.get(value[1:-1], value) if isinstance(value, str) and value.startswith("{") else value


def _queue(case: Case) -> Row:
    for each in ENTRIES[:2]:
        entry(case.sandbox, each)
    return {}


def _job(case: Case) -> Row:
    _queue(case)
    return {"jobId": case.sandbox.make_job(OURS, ENTRIES[:2], now=NOW)}


def _installed(case: Case) -> Row:
    case.call("POST", "/v1/installations/me", {})
    return {}


def _group(case: Case) -> Row:
    made = case.call("POST", "/v0/tag-groups", {"code": "CLASS", "name": "Class", "archived": False}, {"company_id": OURS})
    return {"groupId": made["id"]}


def _tag(case: Case) -> Row:
    ids = _group(case)
    made = case.call("POST", f"/v0/tag-groups/{ids['groupId']}/tags", {"code": "C", "archived": False})
    return ids | {"tagId": made["id"]}


def _archived(case: Case) -> Row:
    ids = _tag(case)
    case.call("PUT", f"/v0/tags/{ids['tagId']}", {"code": "C", "archived": True})
    return ids


TAX_CODE = {
    "archived": False, "companyId": OURS, "code": "UK", "name": "Standard", "rate": 0.2, "type": "inclusive",
    "ingoingTaxAccount": "2200", "outgoingTaxAccount": "2201",
}  # fmt: skip
ACCOUNT = {"archived": False, "code": "6100", "externalId": "6100", "metadata": {"a": {}}, "name": "Travel", "taxCodeExternalId": "UK"}
CHANGED = {name: value for name, value in ACCOUNT.items() if name != "externalId"}


def _tax_code(case: Case) -> Row:
    return {"taxCodeId": case.call("POST", "/v0/tax-codes", TAX_CODE)["id"]}


def _account(case: Case) -> Row:
    return _tax_code(case) | {"accountId": case.call("POST", "/v1/chart-of-accounts", ACCOUNT | {"companyId": OURS})["id"]}


_RESULT = {
    "accountingEntryId": ENTRIES[0], "status": "failed", "exportedAt": "2026-07-15T09:31:00Z", "externalId": "1", "externalUrl": "https://x",
    "failureReason": "No such account.", "failureReasonType": "account_unknown",
}  # fmt: skip
_GROUP_BODY = {"archived": False, "code": "PROJECT", "metadata": {"a": "b"}, "name": "Project"}
_TAG_BODY = {"archived": False, "code": "D", "name": "Retail", "otherDimensionValues": ["x"]}
_MANY_TAGS = {"archived": True, "companyId": OURS, "tagIds": ["{tagId}"]}
_BY_COMPANY = {"company_id": OURS}
_JOBS = Sample(_job, _BY_COMPANY | {"statuses": ["pending"]})
SAMPLES: dict[str, Sample] = {
    "every call": Sample(_group, body=_TAG_BODY, on="POST /v0/tag-groups/{groupId}/tags"),
    "every list in pages": Sample(_job, _BY_COMPANY, on="GET /v3/export-jobs"),
    "GET /v3/export-jobs": _JOBS,
    "POST /v3/export-jobs": Sample(
        _queue,
        body={
            "companyId": OURS, "accountingEntryIds": list(ENTRIES[:2]), "employeeId": ADA, "isInteractive": False,
            "options": {"vendorBasedBookkeeping": True},
        },
    ),
    "GET /v3/export-jobs/{jobId}": Sample(_job),
    "GET /v3/export-jobs/{jobId}/items": Sample(_job, {"status": "pending"}),
    "PUT /v3/export-jobs/{jobId}/items": Sample(_job, body=[_RESULT]),
    "GET /v3/export-items": Sample(_job, {"job_id": "{jobId}"}),
    "POST /v3/export-job-events": Sample(
        _job, body={"jobId": "{jobId}", "event": "failed", "failureReason": "No.", "failureReasonType": "validation_failure"}
    ),
    "GET /v3/export-job-items": Sample(_job, _BY_COMPANY | {"accounting_entry_id": ENTRIES[0]}),
    "POST /v3/export-job-items:search": Sample(_job, _BY_COMPANY, {"accountingEntryIds": [ENTRIES[0]], "status": "pending"}),
    "GET /v1/installations/me": Sample(_installed, _BY_COMPANY),
    "POST /v1/installations/me": Sample(body={"metadata": {"a": {}}, "status": "PENDING_INTEGRATION"}),
    "PUT /v1/installations/me": Sample(_installed, body={"errorCode": "AUTH_ERROR", "metadata": {"a": {}}, "status": "ERROR"}),
    "DELETE /v1/installations/me": Sample(_installed),
    "POST /v1/installations/me:activate": Sample(_installed),
    "GET /v1/companies": Sample(query={"organization_id": ORGANISATION}),
    "GET /v1/companies/{companyId}": Sample(lambda case: {"companyId": OURS}),
    "GET /v2/employees": Sample(query={"companyId": OURS, "email": "a@acme.example"}),
    "GET /v2/employees/{employeeId}": Sample(lambda case: {"employeeId": ADA}),
    "GET /v0/tag-groups": Sample(_group, _BY_COMPANY | {"include_archived": "true", "include_tags_count": "true"}),
    "POST /v0/tag-groups": Sample(_group, _BY_COMPANY, _GROUP_BODY),
    "GET /v0/tag-groups/{groupId}": Sample(_group),
    "PUT /v0/tag-groups/{groupId}": Sample(_group, body=_GROUP_BODY),
    "DELETE /v0/tag-groups/{groupId}": Sample(_group),
    "GET /v0/tag-groups/{groupId}/tags": Sample(_tag, {"include_archived": "true"}),
    "POST /v0/tag-groups/{groupId}/tags": Sample(_tag, body=_TAG_BODY),
    "GET /v0/tags": Sample(_tag, _BY_COMPANY | {"tag_group_id": ["{groupId}"], "include_archived": "true"}),
    "DELETE /v0/tags": Sample(_tag, body={name: _MANY_TAGS[name] for name in ("companyId", "tagIds")}),
    "POST /v0/tags/archive": Sample(_tag, body=_MANY_TAGS),
    "GET /v0/tags/{tagId}": Sample(_tag),
    "PUT /v0/tags/{tagId}": Sample(_tag, body=_TAG_BODY),
    "DELETE /v0/tags/{tagId}": Sample(_tag),
    "POST /v0/tags:search": Sample(
        _tag,
        _BY_COMPANY,
        {"archived": False, "includeArchived": True, "tagGroupIds": ["{groupId}"], "tagIds": ["{tagId}"], "textSearch": "a"},
    ),
    "POST /v0/tax-codes": Sample(body=TAX_CODE),
    "GET /v0/tax-codes/{taxCodeId}": Sample(_tax_code),
    "PUT /v0/tax-codes/{taxCodeId}": Sample(_tax_code, body=TAX_CODE),
    "DELETE /v0/tax-codes/{taxCodeId}": Sample(_tax_code),
    "POST /v0/tax-codes:search": Sample(
        _tax_code, _BY_COMPANY, {"archived": False, "code": "UK", "taxCodeIds": ["{taxCodeId}"], "type": "inclusive"}
    ),
    "POST /v1/chart-of-accounts": Sample(_tax_code, body=ACCOUNT | {"companyId": OURS}),
    "POST /v1/chart-of-accounts/batch": Sample(_tax_code, body={"companyId": OURS, "items": [ACCOUNT]}),
    "GET /v1/chart-of-accounts/{accountId}": Sample(_account),
    "PUT /v1/chart-of-accounts/{accountId}": Sample(_account, body=CHANGED),
    "DELETE /v1/chart-of-accounts/{accountId}": Sample(_account),
    "POST /v1/chart-of-accounts:search": Sample(
        _account,
        body={
            "companyId": OURS, "excludeIfAssignedToCategory": False, "excludeIfAssignedToContraAccount": False, "archived": False,
            "code": "6100", "codes": ["6100"], "externalId": "6100", "ids": ["{accountId}"], "name": "Travel",
        },
    ),
}  # fmt: skip

_WRONG: Row = {
    "text": 7, "uuid": "no-uuid", "date-time": "2026-07-15", "true or false": "yes", "number": "0.2", "whole number": "1.5", "object": [],
    "objects": {}, "map of objects": {"a": "b"}, "map of texts": {"a": {}}, "list of uuids": ["no-uuid"], "list of texts": [7],
    "one of": "nonsense", "pattern": "a b",
}  # fmt: skip


def of_form(case: Case) -> None:
    """Break a rule of form, as all of its kind are broken."""
    demand = case.demand
    match demand.rule:
        case "required":
            case.drop()
        case "at least":
            case.set([] if demand.element[:1] != "?" and isinstance(case.get(), list) else int(demand.value) - 1)
        case "at most":
            case.set(case.get() * (int(demand.value) + 1) if isinstance(case.get(), list) else int(demand.value) + 1)
        case "shortest":
            case.set("")
        case "longest":
            case.set("x" * (int(demand.value) + 1))
        case "unique":
            case.set(case.get() * 2)
        case _:
            case.set(_WRONG[demand.rule])


def alike(case: Case) -> bool:
    """Break it as all that read so are broken; False where the rule has to be broken in its own way."""
    demand, rule = case.demand, case.demand.rule
    name = demand.element[1:-1]
    if rule.startswith("needs the scope "):
        scope = rule.removeprefix("needs the scope ")
        every = {
            each.rule.removeprefix("needs the scope ") for record in RECORDS for each in record if each.rule.startswith("needs the scope ")
        }
        register_key(case.sandbox.books, "ours", OURS, scopes=every - {scope})
    elif demand.element[:1] == "{" and rule.startswith("must exist"):
        case.ids[name] = NOBODY
    elif rule == "must exist":
        case.set([NOBODY] if isinstance(case.get(), list) else NOBODY)
    elif rule == "must be the key's":
        case.set(OTHERS) if demand.element[:1] != "{" else case.ids.update({name: OTHERS})
    elif rule.startswith("must be of the key's company"):
        kinds = {
            "job": "job",
            "group": "tag group",
            "tag": "tag group",
            "taxCode": "tax code",
            "account": "account",
            "employee": "employee",
        }
        kind = kinds[name.removesuffix("Id") if demand.element[:1] == "{" else "job"]
        key = "groupId" if kind == "tag group" else f"{kind.split()[0]}Id" if kind != "tax code" else "taxCodeId"
        case.for_others(kind, case.ids[key])
    elif rule.startswith("required where there are several") or (demand.refusal == "form.company" and rule == "required"):
        case.drop()
    elif rule == "must be the code of a tax code in Pleo":
        case.set("NO-SUCH")
    elif rule == "must be installed":
        case.sandbox.books.delete("pleo", "installation", OURS)
    elif rule == "only with a key of the organisation":
        case.query = {"organization_id": ORGANISATION}
    elif rule == "exclusive is not supported yet":
        case.set("exclusive")
    elif rule == "every wallet currency needs its contra account":
        case.change_company(contraAccounts={})
    elif rule == "the job must be open":
        case.event("failed")
    elif rule.startswith("one group of a code"):
        _other_group(case)
    elif rule.startswith("one tag of a code"):
        case.call("POST", f"/v0/tag-groups/{case.ids['groupId']}/tags", {"code": "d", "archived": False})
    else:
        return False
    return True


def _other_group(case: Case) -> None:
    case.call("POST", "/v0/tag-groups", _GROUP_BODY | {"code": "project"}, _BY_COMPANY)


def _authorization(scheme: str, text: str) -> Callable[[Case], None]:
    return lambda case: case.headers.update(authorization=f"{scheme} {base64.b64encode(text.encode()).decode()}")


def _expired(case: Case) -> None:
    register_key(case.sandbox.books, "ours", OURS, expires_at=NOW - timedelta(seconds=1))


def _throttled(case: Case) -> None:
    case.sandbox.settings.rate_limit = 600
    case.method, case.path, case.body, case.repeat = "GET", "/v1/installations/me", None, 601


def _full(case: Case) -> None:
    case.sandbox.settings.max_active_tags = 1
    if case.method == "POST" and case.path.endswith("/tags"):
        return
    # The tag itself is archived, and another one fills the group.
    case.call("PUT", f"/v0/tags/{case.ids['tagId']}", {"code": "C", "archived": True})
    case.call("POST", f"/v0/tag-groups/{case.ids['groupId']}/tags", {"code": "full", "archived": False})
    case.set(False, "archived")


def _foreign_cursor(name: str) -> Callable[[Case], None]:
    def change(case: Case) -> None:
        other = Case(case.sandbox, case.demand, "GET", "/v1/companies").answer()
        case.query[name] = json.loads(other.body)["pagination"]["endCursor"]

    return change


def _ended(event: str, *statuses: str) -> Callable[[Case], None]:
    """The job was started and each item has its result; then this event is sent."""

    def change(case: Case) -> None:
        case.event("started")
        case.results(*statuses)
        case.body = {"jobId": case.ids["jobId"], "event": event}

    return change


def _event(event: str, **more: Any) -> Callable[[Case], None]:
    return lambda case: setattr(case, "body", {"jobId": case.ids["jobId"], "event": event} | more)


def _started_twice(case: Case) -> None:
    case.event("started")
    _event("started")(case)


def _failed_twice(case: Case) -> None:
    case.event("failed")


def _second_job(case: Case) -> None:
    entry(case.sandbox, ENTRIES[2])
    case.sandbox.make_job(OURS, [ENTRIES[2]], now=NOW)


def _same_account(case: Case) -> None:
    case.call("POST", "/v1/chart-of-accounts", ACCOUNT | {"companyId": OURS, "name": "Trips"})


_EVENTS = "POST /v3/export-job-events"
SPECIAL: dict[str, Callable[[Case], None]] = {
    "every call @authorization must be Basic": _authorization("Bearer", "ours:"),
    "every call @authorization the key as user name, without a password": _authorization("Basic", "ours:secret"),
    "every call @authorization a key that Pleo has given out": _authorization("Basic", "nobody:"),
    "every call @authorization a key that has not expired": _expired,
    "every call path must be described": lambda case: setattr(case, "path", "/v2/export-jobs"),
    "every call method must be described for the path": lambda case: setattr(case, "method", "PATCH"),
    "every call {id} must be a UUID": lambda case: case.ids.update(groupId="17"),
    "every call query no parameter that is not described": lambda case: case.query.update(companyId=OURS),
    "every call query none twice but those that are lists": lambda case: (
        setattr(case, "method", "GET"), setattr(case, "body", None), case.query.update(include_archived=["true", "true"]),
    ),
    "every call @content-type must be application/json in UTF-8, and say so, where there is a body": lambda case: case.headers.update(
        {"content-type": "application/json"}
    ),
    "every call payload must be JSON in UTF-8": lambda case: setattr(case, "raw", b'{"code": "D"'),
    "every call payload none where none is described": lambda case: setattr(case, "method", "GET"),
    "every call payload no element that is not described": lambda case: case.body.update(colour="red"),
    "every call no more than 600 in a minute": _throttled,
    "every list in pages ?before a cursor that was given out, of this list": _foreign_cursor("before"),
    "every list in pages ?after a cursor that was given out, of this list": _foreign_cursor("after"),
    "every list in pages ?limit not above what Pleo takes (100)": lambda case: case.query.update(limit=101),
    "every list in pages ?sorting_keys must be a field of the rows": lambda case: case.query.update(
        sorting_keys=["colour"], sorting_order=["ASC"]
    ),
    "every list in pages ?sorting_order as many as sorting_keys": lambda case: case.query.update(sorting_keys=["createdAt"]),
    "every list in pages only one of before, after and offset": lambda case: case.query.update(
        before="A", offset=1
    ),
    "POST /v3/export-jobs no other job of the company may be open": _second_job,
    "PUT /v3/export-jobs/{jobId}/items [].accountingEntryId must be in the job": lambda case: case.set(NOBODY),
    "GET /v3/export-job-items ?accounting_entry_id must be in a job": lambda case: case.set(NOBODY),
    f"{_EVENTS} event started only once, while the job is pending": _started_twice,
    f"{_EVENTS} event failed only while the job is open": _failed_twice,
    f"{_EVENTS} event completed, with errors or without, only after started": _event("completed"),
    f"{_EVENTS} event completed only where every item is final": _ended("completed", "successful"),
    f"{_EVENTS} event completed only where every item is successful": _ended("completed", "successful", "failed"),
    f"{_EVENTS} event completed_with_errors only where some item is not": _ended("completed_with_errors", "successful", "successful"),
    f"{_EVENTS} failureReason only with failed": _event("started", failureReason="No."),
    f"{_EVENTS} failureReason required with failed": Case.drop,
    f"{_EVENTS} failureReasonType only with failed": _event("started", failureReasonType="validation_failure"),
    f"{_EVENTS} failureReasonType required with failed": Case.drop,
    "POST /v1/installations/me must not be installed yet": lambda case: case.call("POST", "/v1/installations/me", {}),
    "GET /v1/companies ?organization_id must be the key's": lambda case: case.set(NOBODY),
    "GET /v2/employees/{employeeId} {employeeId} must be of the key's company": lambda case: case.ids.update(employeeId=BOB),
    "GET /v0/tag-groups ?company_id it or organization_id is required": Case.drop,
    "POST /v1/chart-of-accounts externalId no other account of it": _same_account,
    "POST /v1/chart-of-accounts/batch items[].externalId no other account of it": _same_account,
    "DELETE /v1/chart-of-accounts/{accountId} not while accounting entries use it": _queue,
}  # fmt: skip
for _on in ("POST /v0/tag-groups/{groupId}/tags", "POST /v0/tags/archive", "PUT /v0/tags/{tagId}"):
    SPECIAL[f"{_on} not more active tags in a group than Pleo takes (its number is unknown)"] = _full
