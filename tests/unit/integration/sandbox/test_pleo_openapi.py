"""The sandbox held against Pleo's OpenAPI files: its calls and bodies, and what it answers.

Every answer of every test is held against the files (see conftest.py); here are the calls that no other test makes.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from integration.sandbox.books import Books
from integration.sandbox.http import Answer, Request
from integration.sandbox.pleo import PleoSandbox
from integration.sandbox.pleo.routes import ROUTES
from integration.sandbox.pleo.shapes import Array, Boolean, Dictionary, Nullable, Number, Object, Text
from integration.sandbox.world import ALL_COMPANIES, UK, load_demo_world
from tests import contracts
from tests.contracts import answer_faults, body_faults, reference
from tests.unit.integration.sandbox.pleo_caller import NOW, Caller

IDS = [f"{route.method} {route.path}" for route in ROUTES]


@pytest.fixture(autouse=True)
def files():
    reference("pleo", "openapi")


def operation(route):
    return contracts.operation(route.method, route.path.replace("{", "").replace("}", "")).described


def resolved(schema, file):
    return contracts.resolved(schema, file)


def assert_same(shape, schema, file, where):
    schema = resolved(schema, file)
    types = schema.get("type")
    if isinstance(shape, Nullable):
        assert "null" in types, where
        shape, types = shape.shape, [each for each in types if each != "null"]
        types = types[0] if len(types) == 1 else types
    expected = {Text: "string", Boolean: "boolean", Array: "array", Object: "object", Dictionary: "object"}
    if isinstance(shape, Number):
        assert types == ("integer" if shape.whole else "number"), where
    else:
        assert types == expected[type(shape)], where
    if isinstance(shape, Text):
        assert shape.enum == tuple(schema.get("enum", ())), where
        assert shape.format == schema.get("format", ""), where
        assert shape.pattern == schema.get("pattern", ""), where
    if isinstance(shape, Array):
        assert shape.unique == schema.get("uniqueItems", False), where
        limits = [schema.get(f"{end}Items", schema.get(f"{end}Length")) for end in ("min", "max")]
        assert [shape.minimum or None, shape.maximum] == limits, where
        assert_same(shape.items, schema["items"], file, where + "[]")
    if isinstance(shape, Object):
        assert set(shape.required) == set(schema.get("required", ())), where
        assert set(shape.required) | set(shape.optional) == set(schema["properties"]), where
        for name, each in {**shape.required, **shape.optional}.items():
            assert_same(each, schema["properties"][name], file, f"{where}.{name}")


class TestRoutes:
    @pytest.mark.parametrize("route", ROUTES, ids=IDS)
    def test_take_the_documented_parameters(self, route):
        documented = {each["name"]: each for each in operation(route).get("parameters", ()) if each["in"] == "query"}

        assert set(route.query) == set(documented)
        for name, parameter in route.query.items():
            schema = resolved(documented[name]["schema"], route.file)
            assert parameter.many == (schema["type"] == "array"), name
            inner = resolved(schema["items"], route.file) if parameter.many else schema
            if name in ("before", "after"):  # the tag and tax code files leave the pattern out
                inner = inner | {"pattern": parameter.shape.pattern}
            assert_same(parameter.shape, inner, route.file, name)

    @pytest.mark.parametrize("route", ROUTES, ids=IDS)
    def test_take_the_documented_body(self, route):
        content = operation(route).get("requestBody", {}).get("content", {})

        assert (route.body is None) == (not content)
        if content:
            assert_same(route.body, content["application/json;charset=UTF-8"]["schema"], route.file, "body")


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
