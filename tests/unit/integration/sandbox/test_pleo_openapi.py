"""The sandbox held against Pleo's OpenAPI files: its calls and bodies, and what it answers.

Every answer of every test is held against the files (see conftest.py); here are the calls that no other test makes.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from integration.sandbox.books import Books
from integration.sandbox.http import Answer, Request
from integration.sandbox.pleo import PleoSandbox
from integration.sandbox.pleo.demands import ALL, PAGES
from integration.sandbox.pleo.demands.left_out import LEFT_OUT, LEFT_OUT_CALLS
from integration.sandbox.pleo.routes import ROUTES
from integration.sandbox.world import ALL_COMPANIES, UK, load_demo_world
from tests import contracts
from tests.contracts import answer_faults, body_faults, reference
from tests.unit.integration.sandbox.pleo_caller import NOW, Caller

IDS = [route.record.on for route in ROUTES]
# Demanded though the file does not say so: what the status 413, the text of a parameter or the types of an error tell.
BESIDE_THE_FILES = {
    "PUT /v3/export-jobs/{jobId}/items body at most 100",
    "GET /v3/export-items ?job_id required",
    "GET /v3/export-job-items ?accounting_entry_id required",
    "POST /v1/chart-of-accounts/batch items[].name shortest 1",
}
# minLength and the like at a list of ids stand for the list, and a bound of 0 is none.
LIMITS = {
    "string": {"minLength": "shortest", "maxLength": "longest"},
    "array": {"minItems": "at least", "maxItems": "at most", "minLength": "at least", "maxLength": "at most"},
    "number": {"minimum": "at least", "maximum": "at most"},
    "integer": {"minimum": "at least", "maximum": "at most"},
}


@pytest.fixture(autouse=True)
def files():
    reference("pleo", "openapi")


def operation(route):
    return contracts.operation(route.method, route.path.replace("{", "").replace("}", ""))


def kind_of(schema, kind):
    """Return the kind of the table that a schema is, "" for any text."""
    if "enum" in schema:
        return ""
    if kind == "array":
        inner = schema["items"]
        return "objects" if inner["type"] == "object" else f"list of {'uuid' if inner.get('format') == 'uuid' else 'text'}s"
    if kind == "object" and "additionalProperties" in schema:
        return f"map of {'texts' if schema['additionalProperties']['type'] == 'string' else 'objects'}"
    text = schema.get("format") or "text"
    return {"string": text, "boolean": "true or false", "integer": "whole number"}.get(kind, kind)


def rows_of(schema, element, required):
    """Yield "element rule value" of everything that a schema demands of an element and of what stands in it."""
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    kind = next(each for each in types if each != "null")
    if element.startswith("?") and kind == "array":
        yield from rows_of(schema["items"], element, required)
        return
    if required:
        yield f"{element} required"
    known = kind_of(schema, kind)
    if known and not (element.startswith("?") and known == "text"):
        yield f"{element} {known}"
    if "enum" in schema:
        yield f"{element} one of {'|'.join(schema['enum'])}"
    if schema.get("uniqueItems"):
        yield f"{element} unique"
    if "pattern" in schema:
        yield f"{element} pattern {schema['pattern']}"
    yield from (
        f"{element} {rule} {schema[name]}" for name, rule in LIMITS.get(kind, {}).items() if schema.get(name) or name == "minimum" in schema
    )
    inner, parent = (schema["items"], f"{element}[].") if known == "objects" else (schema, f"{element}.")
    parent = parent.removeprefix("body.").replace("body[]", "[]")
    for name, each in inner.get("properties", {}).items():
        yield from rows_of(each, parent + name, name in inner.get("required", ()))


def demanded(route):
    """Return what the file demands of a call, and the elements that may be null."""
    described = operation(route)
    rows = []
    for each in described.described.get("parameters", ()):
        if each["in"] == "query":
            rows += rows_of(contracts.resolved(each["schema"], described.file), f"?{each['name']}", each.get("required", False))
    body = described.body_schema()
    if body is not None:
        rows += rows_of(contracts.resolved(body, described.file), "body", described.described["requestBody"].get("required", False))
    return set(rows)


def held(route):
    """Return the rows of form of a call, those of pages with it; sure ones and those that Pleo leaves open."""
    rows = [each for record in (route.record, *([PAGES] if route.paged else [])) for each in record if each.of_form]
    texts = {each: " ".join(filter(None, (each.element, each.rule, each.value))) for each in rows}
    return {texts[each] for each in rows if each.sure}, {texts[each] for each in rows if not each.sure}


class TestTheTable:
    @pytest.mark.parametrize("route", ROUTES, ids=IDS)
    def test_has_everything_that_the_file_demands_and_nothing_else(self, route):
        file, (sure, unsure) = demanded(route), held(route)
        # Some files leave the pattern of a cursor and the bounds of a page out.
        pages = {f"?{name} pattern ^[A-Z2-7=~]+$" for name in ("before", "after")} | {f"?{name} at least 0" for name in ("offset", "limit")}
        # A body with required elements is required itself, whether the file says so or not.
        implied = {"body required"} if any(row.endswith(" required") and row[0] != "?" for row in sure) else set()

        assert file - sure == set()
        beside = {row.removeprefix(route.record.on).strip() for row in BESIDE_THE_FILES if row.startswith(f"{route.record.on} ")}
        assert sure - file - pages - implied == beside
        assert unsure & file == set()

    @pytest.mark.parametrize("route", ROUTES, ids=IDS)
    def test_takes_null_where_the_file_does(self, route):
        described = operation(route)
        body = described.body_schema()
        if body is None:
            return
        schema = contracts.resolved(body, described.file)
        schema = schema["items"] if schema["type"] == "array" else schema

        nullable = {name for name, each in schema["properties"].items() if "null" in each["type"]}
        assert {name for name, each in route.record.body.fields.items() if each.nullable} == nullable

    @pytest.mark.parametrize("route", ROUTES, ids=IDS)
    def test_knows_the_parameters_of_the_file(self, route):
        file = operation(route).file
        described = {each["name"]: each for each in operation(route).described.get("parameters", ()) if each["in"] == "query"}
        lists = {name for name, each in described.items() if contracts.resolved(each["schema"], file)["type"] == "array"}

        assert set(route.query) == set(described)
        assert {name for name, each in route.query.items() if each.many} == lists
        assert {each["in"] for each in operation(route).described.get("parameters", ())} <= {"query", "path"}

    def test_names_a_source_that_describes_the_call(self):
        for route in ROUTES:
            assert {each.source.partition(" ")[0] for each in route.record if each.of_form} <= {operation(route).file}

    def test_tells_of_every_call_that_is_left_out(self):
        every = {(each.file, f"{each.method} {each.path}") for _, each in contracts.operations()}
        answered = {(operation(route).file, route.record.on) for route in ROUTES}

        assert set(LEFT_OUT_CALLS) == every - answered

    def test_uses_or_leaves_out_every_section_of_the_reference(self):
        text = (contracts.PAGES / "pleo-api.md").read_text()
        sections = set(re.findall(r"^###? (\d+(?:\.\d+)?)\.? ", text, re.MULTILINE))
        said = [each.source for each in ALL] + [what for what, _ in LEFT_OUT]
        named = {
            number for each in said for run in re.findall(r"pleo-api ([\d., ]+)", each) for number in re.findall(r"\d+(?:\.\d+)?", run)
        }

        assert sections - named == {"4", "6"}  # headings over the sections below them
        assert named <= sections


def check(call, route_path, method, path, query=None, body=None):
    """Make a call, which must be that of the path as the file writes it. Returns the answer's body."""
    assert contracts.operation(method, path).path == route_path
    return call(method, path, query, body)[1]


class TestAnswers:
    @pytest.fixture
    def call(self):
        books = Books()
        load_demo_world(books, NOW)
        return Caller(PleoSandbox(books))

    @pytest.mark.parametrize("company", ALL_COMPANIES, ids=lambda company: company.prefix)
    @pytest.mark.parametrize("vendor_based", [False, True])
    def test_give_items_as_documented(self, company, vendor_based):
        books = Books()
        load_demo_world(books, NOW, with_jobs=False, kinds="all")
        call = Caller(PleoSandbox(books), company.api_key)
        job = call.pleo.make_job(company.id, now=NOW, vendor_based=vendor_based)

        body = check(call, "/v3/export-items", "GET", "/v3/export-items", {"job_id": job, "limit": 100})

        assert len(body["data"]) == call.pleo.jobs()[0]["numberOfItems"]
        for item in body["data"]:
            assert body_faults(item, {"$ref": "#/components/schemas/ExportItemV3"}, "pleo-export-v3.yml") == []

    def test_agree_through_the_job_cycle(self, call):
        job = check(call, "/v3/export-jobs", "GET", "/v3/export-jobs", {"company_id": UK.id})["data"][0]["id"]
        items_path = "/v3/export-jobs/{jobId}/items"
        real_path = f"/v3/export-jobs/{job}/items"
        check(call, "/v3/export-jobs/{jobId}", "GET", f"/v3/export-jobs/{job}")
        check(call, "/v3/export-job-events", "POST", "/v3/export-job-events", body={"jobId": job, "event": "started"})
        check(call, "/v3/export-job-events", "POST", "/v3/export-job-events", body={"jobId": job, "event": "started"})
        items = check(call, items_path, "GET", real_path, {"limit": 100})["data"]
        changes = [{"accountingEntryId": item["accountingEntryId"], "status": "successful"} for item in items]
        check(call, items_path, "PUT", real_path, body=[*changes, changes[0] | {"accountingEntryId": job}])
        check(call, items_path, "PUT", real_path, body=changes * 2)
        check(
            call,
            "/v3/export-job-items",
            "GET",
            "/v3/export-job-items",
            {"accounting_entry_id": items[0]["accountingEntryId"]},
        )
        check(
            call,
            "/v3/export-job-items:search",
            "POST",
            "/v3/export-job-items:search",
            body={"accountingEntryIds": [items[0]["accountingEntryId"]]},
        )
        check(call, "/v3/export-job-events", "POST", "/v3/export-job-events", body={"jobId": job, "event": "completed"})
        check(call, items_path, "PUT", real_path, body=changes)
        check(call, "/v3/export-items", "GET", "/v3/export-items", {"job_id": job})
        again = {"companyId": UK.id, "accountingEntryIds": [items[0]["accountingEntryId"]]}
        check(call, "/v3/export-jobs", "POST", "/v3/export-jobs", body=again)
        check(call, "/v3/export-jobs", "POST", "/v3/export-jobs", body=again)

    def test_agree_for_master_data(self, call):
        ours = {"company_id": UK.id}
        group = check(call, "/v0/tag-groups", "POST", "/v0/tag-groups", ours, {"name": "C", "code": "CLASS", "archived": False})["data"][
            "id"
        ]
        check(call, "/v0/tag-groups", "GET", "/v0/tag-groups", ours | {"include_tags_count": "true"})
        check(call, "/v0/tag-groups/{groupId}", "GET", f"/v0/tag-groups/{group}")
        tags = "/v0/tag-groups/{groupId}/tags"
        tag = check(call, tags, "POST", f"/v0/tag-groups/{group}/tags", body={"code": "C", "archived": False})["data"]["id"]
        check(call, tags, "POST", f"/v0/tag-groups/{group}/tags", body={"code": "C", "archived": False})
        check(call, tags, "GET", f"/v0/tag-groups/{group}/tags")
        check(call, "/v0/tags/{tagId}", "PUT", f"/v0/tags/{tag}", body={"code": "D", "archived": False})
        check(
            call,
            "/v0/tags/archive",
            "POST",
            "/v0/tags/archive",
            body={"companyId": UK.id, "archived": True, "tagIds": [tag]},
        )
        check(call, "/v0/tags:search", "POST", "/v0/tags:search", ours, {"includeArchived": True})
        code = {"companyId": UK.id, "name": "S", "rate": 0.2, "type": "inclusive", "archived": False}
        made = check(call, "/v0/tax-codes", "POST", "/v0/tax-codes", body=code)["data"]["id"]
        check(call, "/v0/tax-codes/{taxCodeId}", "PUT", f"/v0/tax-codes/{made}", body=code)
        check(call, "/v0/tax-codes:search", "POST", "/v0/tax-codes:search", ours, {})
        chart, one, account = "/v1/chart-of-accounts", "/v1/chart-of-accounts/{accountId}", {"externalId": "6100", "name": "Travel"}
        account |= {"code": "6100", "archived": False}
        made = check(call, chart, "POST", chart, body=account | {"companyId": UK.id})["data"]["id"]
        check(call, chart, "POST", chart, body=account | {"companyId": UK.id})
        check(
            call, chart + "/batch", "POST", chart + "/batch", body={"companyId": UK.id, "items": [account, account | {"externalId": "1"}]}
        )
        check(call, one, "GET", f"{chart}/{made}")
        check(call, one, "PUT", f"{chart}/{made}", body={"name": "Trips", "archived": True})
        search = {"companyId": UK.id, "excludeIfAssignedToCategory": False, "excludeIfAssignedToContraAccount": False}
        check(call, chart + ":search", "POST", chart + ":search", body=search)
        check(call, one, "DELETE", f"{chart}/{made}")
        check(call, "/v1/companies", "GET", "/v1/companies")
        check(call, "/v2/employees", "GET", "/v2/employees")
        me = "/v1/installations/me"
        check(call, me, "GET", me)
        check(call, me, "POST", me, body={"status": "PENDING_INTEGRATION"})
        check(call, me + ":activate", "POST", me + ":activate")
        check(call, me, "GET", me)
        check(call, me, "DELETE", me)
        check(call, me, "DELETE", me)


class TestEveryAnswer:
    JOBS = Request("GET", "/v3/export-jobs")
    GOOD = Answer.json(
        200, {"data": [], "pagination": {"hasNextPage": False, "hasPreviousPage": False, "currentRequestPagination": {"parameters": {}}}}
    )

    def test_is_held_against_the_files_in_every_test(self, pleo_answers, monkeypatch):
        books = Books()
        load_demo_world(books, NOW)
        call = Caller(PleoSandbox(books))
        call("GET", "/v3/export-jobs")
        assert pleo_answers == []

        books.put("pleo", "company", UK.id, books.get("pleo", "company", UK.id) | {"name": None})
        call("GET", f"/v1/companies/{UK.id}")

        assert pleo_answers == [f"GET /v1/companies/{UK.id} answered with 200: data/name: None is not of type 'string'"]
        pleo_answers.clear()

    @pytest.mark.parametrize(
        ("request_", "answer"),
        [
            (JOBS, Answer.json(200, {"data": [{}], "pagination": {}})),
            (JOBS, Answer.json(202, {})),
            (JOBS, replace(GOOD, content_type="text/html")),
            (JOBS, Answer(200)),
            (JOBS, Answer.json(422, {"type": "X"})),
            (JOBS, Answer.json(403, {"error": "no type"})),
            (Request("POST", "/v3/export-job-events"), Answer(202, b"{}")),
            (Request("DELETE", f"/v0/tag-groups/{UK.id}"), Answer.json(204, {})),
            (Request("GET", "/v9/nothing"), Answer.json(200, {})),
        ],
    )
    def test_would_be_found_if_it_were_wrong(self, request_, answer):
        assert answer_faults(self.JOBS, self.GOOD) == ()
        assert answer_faults(request_, answer)

    @pytest.mark.parametrize(
        ("request_", "answer"),
        [
            (JOBS, Answer.json(429, {"type": "TOO_MANY_REQUESTS"})),
            (Request("GET", "/v9/nothing"), Answer.json(404, {"type": "NOT_FOUND"})),
            (Request("POST", "/v0/tag-groups"), Answer.json(409, {"type": "TAG_GROUP_CODE_EXISTS"})),
        ],
    )
    def test_may_be_what_any_call_may_be_refused_with(self, request_, answer):
        assert answer_faults(request_, answer) == ()
