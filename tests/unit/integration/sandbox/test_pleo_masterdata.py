"""Tags, tax codes, companies, employees and installations."""

from __future__ import annotations

import uuid
from typing import ClassVar

import pytest

from integration.sandbox.books import Books
from integration.sandbox.pleo import PleoSandbox
from integration.sandbox.world import ORGANISATION_ID, UK, US, load_demo_world
from tests.unit.integration.sandbox.pleo_caller import NOW, Caller

OURS = {"company_id": UK.id}


@pytest.fixture
def call():
    books = Books()
    load_demo_world(books, NOW, with_jobs=False)
    return Caller(PleoSandbox(books))


@pytest.fixture
def group(call):
    status, made = call("POST", "/v0/tag-groups", OURS, {"name": "Class", "code": "CLASS", "archived": False})
    assert status == 201
    return made["data"]["id"]


def tag(call, group, code, archived=False, name="A tag"):
    return call("POST", f"/v0/tag-groups/{group}/tags", body={"code": code, "name": name, "archived": archived})


class TestTagGroups:
    def test_are_listed_archived_ones_on_request(self, call, group):
        body = {"name": "Class", "code": "CLASS", "archived": True, "metadata": {"by": "us"}}
        assert call("PUT", f"/v0/tag-groups/{group}", body=body)[0] == 200

        active = [row["code"] for row in call("GET", "/v0/tag-groups", OURS)[1]["data"]]
        everything = {row["code"]: row for row in call("GET", "/v0/tag-groups", OURS | {"include_archived": "true"})[1]["data"]}

        assert active == ["DEPARTMENT", "PROJECT", "REGION"]
        assert everything["CLASS"]["metadata"] == {"by": "us"}

    def test_need_metadata_to_be_changed(self, call, group):
        assert call("PUT", f"/v0/tag-groups/{group}", body={"name": "C", "code": "CLASS", "archived": False})[0] == 400

    def test_have_codes_of_their_own(self, call, group):
        assert call("POST", "/v0/tag-groups", OURS, {"name": "x", "code": "class", "archived": False})[0] == 409
        body = {"name": "x", "code": "Department", "archived": False, "metadata": {}}
        assert call("PUT", f"/v0/tag-groups/{group}", body=body)[0] == 409

    def test_are_asked_for_by_company(self, call):
        assert call("GET", "/v0/tag-groups")[0] == 400
        assert call("GET", "/v0/tag-groups", {"organization_id": ORGANISATION_ID})[0] == 403
        assert call("GET", "/v0/tag-groups", {"company_id": US.id})[0] == 403
        assert call("GET", "/v0/tag-groups", {"companyId": UK.id})[0] == 400

    def test_disappear_with_their_tags(self, call, group):
        made = tag(call, group, "C-10")[1]["data"]["id"]

        assert call("DELETE", f"/v0/tag-groups/{group}")[0] == 204
        assert call("GET", f"/v0/tag-groups/{group}")[0] == 404
        assert call("GET", f"/v0/tags/{made}")[0] == 404


class TestTags:
    def test_are_created_changed_and_archived(self, call, group):
        status, made = tag(call, group, "C-10")
        tag_id = made["data"]["id"]
        assert status == 201
        assert call("PUT", f"/v0/tags/{tag_id}", body={"code": "C-11", "name": "New", "archived": False})[0] == 200
        assert tag(call, group, "C-10")[0] == 201

        body = {"companyId": UK.id, "tagIds": [tag_id], "archived": True}
        status, archived = call("POST", "/v0/tags/archive", body=body)

        assert status == 200 and archived["data"][0]["code"] == "C-11" and archived["data"][0]["archived"]
        listed = call("GET", f"/v0/tag-groups/{group}/tags")[1]["data"]
        everything = call("GET", f"/v0/tag-groups/{group}/tags", {"include_archived": "true"})[1]["data"]
        assert [row["code"] for row in listed] == ["C-10"] and len(everything) == 2

    def test_have_codes_of_their_own_without_case(self, call, group):
        tag(call, group, "C-10")
        other = tag(call, group, "C-20")[1]["data"]["id"]

        assert tag(call, group, "c-10")[0] == 409
        assert call("PUT", f"/v0/tags/{other}", body={"code": "C-10", "archived": False})[0] == 409
        assert call("PUT", f"/v0/tags/{uuid.uuid4()}", body={"code": "C-10", "archived": False})[0] == 404

    def test_fill_a_group(self, call, group):
        call.pleo.settings.max_active_tags = 1
        tag(call, group, "C-10")

        assert tag(call, group, "C-20")[0] == 400
        assert tag(call, group, "C-20", archived=True)[0] == 201

    def test_are_found(self, call, group):
        for number in range(25):
            tag(call, group, f"C-{number}", name=f"Name {number}", archived=number == 7)

        first = call("POST", "/v0/tags:search", OURS, {"tagGroupIds": [group], "includeArchived": True})[1]
        archived = call("POST", "/v0/tags:search", OURS, {"archived": True})[1]
        named = call("POST", "/v0/tags:search", OURS | {"limit": 100}, {"textSearch": "name 2"})[1]

        assert len(first["data"]) == 20 and first["pagination"]["total"] == 25
        assert [row["code"] for row in archived["data"]] == ["C-7"]
        assert len(named["data"]) == 6
        assert call("GET", "/v0/tags", OURS | {"tag_group_id": [group]})[1]["pagination"]["total"] == 24

    @pytest.mark.parametrize("count", [0, 101])
    def test_are_archived_by_the_hundred(self, call, count):
        body = {"companyId": UK.id, "archived": True, "tagIds": [str(uuid.uuid4())] * count}

        assert call("POST", "/v0/tags/archive", body=body)[0] == 400

    def test_are_deleted(self, call, group):
        ids = [tag(call, group, code)[1]["data"]["id"] for code in ("A", "B", "C")]

        assert call("DELETE", f"/v0/tags/{ids[0]}")[0] == 204
        assert call("DELETE", "/v0/tags", body={"companyId": UK.id, "tagIds": ids[1:]})[0] == 204
        assert call("GET", f"/v0/tag-groups/{group}/tags")[1]["data"] == []


class TestTaxCodes:
    BODY = {"companyId": UK.id, "name": "Standard", "code": "S", "rate": 0.2, "type": "inclusive", "archived": False}

    def test_are_created_replaced_and_deleted(self, call):
        status, made = call("POST", "/v0/tax-codes", body=self.BODY)
        path = f"/v0/tax-codes/{made['data']['id']}"
        assert status == 201 and made["data"]["rate"] == 0.2

        bare = {name: value for name, value in self.BODY.items() if name != "code"}
        assert call("PUT", path, body=bare)[0] == 200

        assert "code" not in call("GET", path)[1]["data"]
        assert call("DELETE", path)[0] == 204
        assert call("GET", path)[0] == 404

    @pytest.mark.parametrize("change", [{"rate": 20}, {"rate": "0.2"}, {"type": "exclusive"}, {"type": "other"}, {"taxRate": 1}])
    def test_are_refused(self, call, change):
        assert call("POST", "/v0/tax-codes", body=self.BODY | change)[0] == 400

    def test_belong_to_a_company(self, call):
        assert call("POST", "/v0/tax-codes", body=self.BODY | {"companyId": US.id})[0] == 403

    def test_are_found(self, call):
        call("POST", "/v0/tax-codes", body=self.BODY | {"type": "reverse", "archived": True})

        found = [
            call("POST", "/v0/tax-codes:search", OURS, body)[1]["data"]
            for body in ({}, {"archived": False}, {"type": "reverse"}, {"code": "S"})
        ]

        assert [len(rows) for rows in found] == [3, 2, 1, 1]


class TestInstallation:
    def test_is_made_activated_changed_and_removed(self, call):
        me = "/v1/installations/me"
        assert call("GET", me)[0] == 400
        assert call("POST", me + ":activate")[0] == 400

        status, made = call("POST", me, body={"metadata": {"connection": {"name": "Acme"}}})
        assert (status, made["status"], made["resource"]) == (200, "AUTHORIZED", f"urn:pleo:company:{UK.id}")
        assert call("POST", me, body={})[0] == 400
        assert call("POST", me + ":activate")[1]["status"] == "ACTIVATED"
        assert call("PUT", me, body={"status": "ERROR", "errorCode": "AUTH_ERROR"})[1]["errorCode"] == "AUTH_ERROR"
        assert call("PUT", me, body={"metadata": {}})[0] == 400
        assert call("GET", me, OURS)[1]["metadata"] == {"connection": {"name": "Acme"}}
        assert call("DELETE", me)[0] == 204
        assert call("DELETE", me)[0] == 404

    def test_may_be_missed_with_404(self, call):
        call.pleo.settings.missing_installation = 404

        assert call("GET", "/v1/installations/me")[0] == 404


class TestCompanies:
    def test_are_those_of_the_key(self, call):
        listed = call("GET", "/v1/companies", {"organization_id": ORGANISATION_ID})[1]["data"]

        assert [row["name"] for row in listed] == ["Acme UK Ltd"]
        assert "contraAccounts" not in listed[0]
        assert call("GET", f"/v1/companies/{UK.id}")[1]["data"] == listed[0]
        assert call("GET", "/v1/companies", {"organization_id": str(uuid.uuid4())})[0] == 403
        assert call("GET", f"/v1/companies/{uuid.uuid4()}")[0] == 404

    def test_have_employees(self, call):
        rows = call("GET", "/v2/employees", {"companyId": UK.id})[1]["data"]
        (ada,) = call("GET", "/v2/employees", {"code": "E-17"})[1]["data"]

        assert len(rows) == 4 and ada["firstName"] == "Ada"
        assert call("GET", f"/v2/employees/{ada['id']}")[1]["data"] == ada
        assert call("GET", "/v2/employees", {"company_id": UK.id})[0] == 400


class TestRequests:
    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/v2/export-jobs", 404),
            ("PATCH", "/v3/export-jobs", 405),
            ("GET", "/v3/export-jobs/17", 400),
            ("GET", "/v3/export-jobs/00000000-0000-4000-8000-000000000000", 404),
            ("GET", "/v0/tags/archive", 405),
        ],
    )
    def test_are_refused_when_nothing_is_there(self, call, method, path, status):
        assert call(method, path)[0] == status

    def test_need_a_body_of_json(self, call):
        body = {"name": "x", "code": "y", "archived": False}
        assert call("POST", "/v0/tag-groups", OURS)[0] == 400
        assert call("POST", "/v0/tag-groups", OURS, body, **{"content-type": "text/plain"})[0] == 415
        assert call("GET", "/v3/export-jobs", body={})[0] == 400
        assert call("POST", "/v1/installations/me:activate", body={})[0] == 400


class TestAccounts:
    CHART = "/v1/chart-of-accounts"
    TRAVEL: ClassVar[dict] = {"externalId": "6100", "code": "6100", "name": "Travel", "archived": False}
    EVERY: ClassVar[dict] = {"companyId": UK.id, "excludeIfAssignedToCategory": False, "excludeIfAssignedToContraAccount": False}

    def batch(self, call, *items):
        return call("POST", self.CHART + "/batch", body={"companyId": UK.id, "items": list(items)})

    def held(self, call, **filters):
        return call("POST", self.CHART + ":search", body=self.EVERY | filters)[1]["data"]

    def test_are_created_many_at_once_each_alone(self, call):
        status, answer = self.batch(call, self.TRAVEL, self.TRAVEL | {"name": "Again"}, self.TRAVEL | {"externalId": "", "code": "x"})

        assert status == 201
        assert [row["name"] for row in answer["data"]["created"]] == ["Travel"]
        assert [each["reasons"] for each in answer["data"]["failed"]] == [["EXTERNAL_ID_ALREADY_EXISTS"], ["EXTERNAL_ID_EMPTY"]]
        assert len(self.held(call)) == 1

    def test_come_at_most_a_thousand_at_once(self, call):
        many = [self.TRAVEL | {"externalId": str(number)} for number in range(1001)]

        assert self.batch(call, *many)[0] == 400
        assert self.batch(call)[0] == 400
        assert self.batch(call, *many[:1000])[0] == 201

    def test_are_one_per_external_id(self, call):
        body = self.TRAVEL | {"companyId": UK.id}
        assert [call("POST", self.CHART, body=body)[0] for _ in range(2)] == [201, 200]
        assert call("POST", self.CHART, body=body | {"name": "Trips"})[0] == 409

    def test_name_a_tax_code_that_pleo_has(self, call):
        assert self.batch(call, self.TRAVEL | {"taxCodeExternalId": "20 %"})[1]["data"]["failed"][0]["reasons"] == ["OTHER"]
        assert self.batch(call, self.TRAVEL | {"taxCodeExternalId": "UK Purchase Goods Standard Rate"})[1]["data"]["failed"] == []

    def test_are_replaced_whole_but_for_the_external_id(self, call):
        made = self.batch(call, self.TRAVEL)[1]["data"]["created"][0]["id"]

        call("PUT", f"{self.CHART}/{made}", body={"name": "Trips", "archived": True})

        assert self.held(call) == [{"id": made, "companyId": UK.id, "externalId": "6100", "name": "Trips", "archived": True}]
        assert self.held(call, archived=False) == []

    def test_that_are_used_cannot_be_deleted(self, call):
        used, unused = (
            row["id"] for row in self.batch(call, self.TRAVEL, self.TRAVEL | {"externalId": "1", "code": "1"})[1]["data"]["created"]
        )

        assert call("DELETE", f"{self.CHART}/{used}")[0] == 409
        assert call("DELETE", f"{self.CHART}/{unused}")[0] == 204

    def test_belong_to_one_company(self, call):
        assert call("POST", self.CHART + ":search", body=self.EVERY | {"companyId": US.id})[0] == 403
