"""What we send to Pleo about reference data, and what the sandbox answers, held against Pleo's OpenAPI files."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from integration.pleo.client import PleoClient
from integration.pleo.pacing import Turns
from integration.pleo.published import ChartAccount, Tag, TagGroup, TaxCode
from integration.pleo.reference import ReferenceClient
from integration.sandbox.world import UK
from tests.contracts import body_faults, operation

pytestmark = pytest.mark.django_db


@pytest.fixture
def exchanged(server, sandbox, monkeypatch, clock):
    """Every call of the client about reference data: (request, answer), over real HTTP."""
    exchanges = []
    handle = sandbox.handle

    def noted(request, now):
        answer = handle(request, now)
        exchanges.append((request, answer))
        return answer

    monkeypatch.setattr(sandbox, "handle", noted)
    client = ReferenceClient(f"{server.address}/pleo", UK.api_key, company_id=UK.id, turns=Turns(server.address, clock=clock))
    group = client.create_group(TagGroup("CLASS", "Class"))
    client.change_group(replace(group, archived=False, metadata={"kept": "yes"}))
    client.groups()
    tag = client.create_tag(group.id, Tag("C-10", "Retail ☕"))
    client.change_tag(replace(tag, name="Shops"))
    client.archive_tags([tag])
    list(client.tags(group.id))
    code = client.create_tax_code(TaxCode("Odd", "Odd rate", Decimal("17.5"), "reverse"))
    client.change_tax_code(replace(code, archived=True, ingoing_account="2200"))
    list(client.tax_codes())
    client.create_accounts([ChartAccount("6100", "6100", "Travel"), ChartAccount("6100", "6100", "Travel")])
    (account,) = client.accounts()
    client.change_account(replace(account, name="Trips"))
    return exchanges


class TestRequests:
    def test_are_all_described(self, exchanged):
        for request, _ in exchanged:
            described = operation(request.method, request.path.removeprefix("/pleo"))
            assert set(request.query) <= described.query_names

    def test_have_bodies_as_described(self, exchanged):
        bodies = 0
        for request, _ in exchanged:
            described = operation(request.method, request.path.removeprefix("/pleo"))
            if request.method == "GET":
                assert not request.body
                continue
            bodies += 1
            assert request.headers["content-type"] == "application/json;charset=UTF-8"
            assert body_faults(json.loads(request.body), described.body_schema(), described.file) == []
        assert bodies == 11

    def test_use_every_call_the_client_has(self):
        called = {"groups", "create_group", "change_group", "tags", "create_tag", "change_tag", "archive_tags"}
        called |= {"tax_codes", "create_tax_code", "change_tax_code", "accounts", "create_accounts", "change_account"}

        assert {name for name in vars(ReferenceClient) if not name.startswith("_")} == called
        assert not called & {name for name in vars(PleoClient) if not name.startswith("_")}

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("POST", "/v0/tag-groups", {"code": "CLASS", "name": "Class"}),
            ("PUT", f"/v0/tag-groups/{UK.id}", {"code": "CLASS", "name": "Class", "archived": True}),
            ("POST", "/v0/tax-codes", {"companyId": UK.id, "name": "Odd", "rate": "0.2", "type": "reverse", "archived": False}),
            ("POST", "/v1/chart-of-accounts/batch", {"companyId": UK.id, "items": []}),
        ],
    )
    def test_would_be_found_if_they_were_wrong(self, method, path, body):
        described = operation(method, path)

        assert body_faults(body, described.body_schema(), described.file)


class TestAnswersOfTheSandbox:
    def test_are_as_described(self, exchanged):
        for request, answer in exchanged:
            described = operation(request.method, request.path.removeprefix("/pleo"))
            schema = described.answer_schema(answer.status)
            assert answer.status < 300
            if schema is not None:
                assert body_faults(json.loads(answer.body), schema, described.file) == []
