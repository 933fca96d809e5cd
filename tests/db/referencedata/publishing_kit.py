"""Our copy as rows, Pleo as the sandbox in process, and both books side by side."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from integration.bodies import written
from integration.errors import OutcomeUnknown
from integration.models import Connection, DimensionMapping, EntityConfiguration, PleoCredentials, WalletAccount
from integration.pleo.pacing import Turns
from integration.pleo.reference import ReferenceClient
from integration.sandbox.books import Books
from integration.sandbox.http import Request
from integration.sandbox.pleo import PleoSandbox
from integration.sandbox.pleo.call import SIDE
from integration.sandbox.pleo.service import register_key
from integration.sandbox.world import UK
from referencedata import models as copy
from referencedata.kinds.registry import DIMENSION_MODELS, KINDS
from referencedata.publishing.publish import publish

KEY = "key-of-acme-uk"
SOLUTION = "United Kingdom - VAT"
OWN = "COST_CENTRE"
DIMENSIONS = ("DEPARTMENT", "PROJECT", "LOCATION", "VENDOR", OWN)
_KIND_OF = {name: kind.name for kind in KINDS for name in kind.objects}


class Rig:
    """One entity configuration with an empty copy that counts as read whole, and an empty Pleo company."""

    def __init__(self, clock: Any) -> None:
        self.clock = clock
        self.books = Books()
        self.pleo = PleoSandbox(self.books)
        self.books.put(SIDE, "company", UK.id, {"id": UK.id, "name": UK.name, "organizationId": UK.id, "contraAccounts": {}})
        register_key(self.books, KEY, UK.id)
        self.connection = Connection.objects.create(name="Acme", company_id="ACME", pleo_base_url="http://127.0.0.1/pleo")
        self.configuration = EntityConfiguration.objects.create(
            connection=self.connection, pleo_company_id=UK.id, intacct_entity="UK01", card_journal="PLEO", time_zone="UTC"
        )
        WalletAccount.objects.create(configuration=self.configuration, currency="GBP", balance_account="1050")
        PleoCredentials.objects.create(configuration=self.configuration, api_key=KEY)
        self._number = 0
        self.entity = self.add(copy.Entity, code="UK01", name="Acme UK", tax_solution=SOLUTION, currency="GBP")
        self.add(copy.TaxSolution, name=SOLUTION, method="VAT or GST")
        for name in DIMENSIONS:
            own = name == OWN
            element = f"GLDIM{name}" if own else f"{name}ID"
            self.add(copy.Dimension, object_name=name, label=name.title(), user_defined=own, journal_element=element, bill_element=element)
        for kind in (
            "dimensions",
            "entities",
            "tax_codes",
            "accounts",
            "bank_accounts",
            *(_KIND_OF.get(name, name) for name in DIMENSIONS),
        ):
            self.read_whole(kind)

    # Our copy

    def add(self, model: Any, **columns: Any) -> Any:
        self._number += 1
        now = self.clock()
        stamps = {"first_seen_at": now, "last_seen_at": now, "changed_at": now}
        return model.objects.create(connection=self.connection, intacct_key=str(self._number), **stamps, **columns)

    def value(self, dimension: str, code: str, name: str, **columns: Any) -> Any:
        """Add a value of a dimension; a location lies in our entity."""
        if dimension == OWN:
            return self.add(copy.UserDefinedValue, dimension=OWN, name=code, **columns)
        if dimension == "LOCATION":
            columns = {"entity_code": "UK01", **columns}
        return self.add(DIMENSION_MODELS[dimension], code=code, name=name, **columns)

    def tax(self, code: str, rate: str, **columns: Any) -> Any:
        defaults = {"description": code, "tax_type": "PURCHASE", "solution": SOLUTION}
        return self.add(copy.TaxDetail, detail_id=code, value=Decimal(rate), **{**defaults, **columns})

    def account(self, number: str, title: str, **columns: Any) -> Any:
        return self.add(copy.Account, number=number, title=title, account_type="INCOME_STATEMENT", **columns)

    def read_whole(self, kind: str) -> None:
        run = copy.SyncRun.begin(self.connection, kind, kind, now=self.clock())
        run.finish("COMPLETE", now=self.clock())

    def choose(self, *dimensions: str, **settings: Any) -> None:
        self.configuration.dimension_mappings.all().delete()
        for position, name in enumerate(dimensions, start=1):
            DimensionMapping.objects.create(configuration=self.configuration, dimension=name, position=position)
        EntityConfiguration.objects.filter(pk=self.configuration.pk).update(**settings)
        self.configuration.refresh_from_db()

    # Publishing

    def publish(self, **options: Any) -> copy.PublishRun:
        before = options.pop("before", lambda method, path, body: None)
        return publish(
            self.configuration,
            clock=self.clock,
            connect=partial(self.connect, before=before),
            sleep=lambda seconds: self.clock.forward(seconds=seconds),
            **options,
        )

    def connect(
        self, configuration: EntityConfiguration, turns: Turns, *, before: Callable[[str, str, Any], object] = lambda *_: None
    ) -> ReferenceClient:
        """In process. before: called with every request, so that a test can see it or die there."""

        def send(method: str, path: str, query: Any, body: Any) -> Any:
            before(method, path, body)
            key = base64.b64encode(f"{configuration.pleo_credentials.api_key}:".encode()).decode()
            headers = {"authorization": f"Basic {key}", "content-type": "application/json;charset=UTF-8"}
            data = written(body) if body is not None else b""
            answer = self.pleo.handle(
                Request(method, f"/{path}", {name: (str(value),) for name, value in (query or {}).items()}, headers, data), self.clock()
            )
            if answer.drop or answer.send_only is not None:
                raise OutcomeUnknown("The connection broke.", code="reset")
            return answer.status, answer.headers, answer.body

        return ReferenceClient("http://127.0.0.1/pleo", "unused", company_id=UK.id, turns=turns, transport=send)

    # Pleo's book

    def group(self, code: str) -> dict[str, Any] | None:
        return next((row for row in self.books.all(SIDE, "tag group") if row["code"].upper() == code.upper()), None)

    def tags(self, code: str, *, archived: bool = False) -> dict[str, str]:
        """Return name by code of the tags of a group."""
        group = self.group(code)
        rows = self.books.all(SIDE, f"tag {group['id']}") if group else []
        return {row["code"]: row.get("name", "") for row in rows if row["archived"] == archived}

    def tag_book(self) -> dict[str, dict[str, str]]:
        """Return the tags of every active group."""
        return {row["code"]: self.tags(row["code"]) for row in self.books.all(SIDE, "tag group") if not row["archived"]}

    def tax_book(self) -> list[tuple[str, str, Decimal, str]]:
        rows = [row for row in self.books.all(SIDE, "tax code") if not row["archived"]]
        return sorted((row["code"], row["name"], Decimal(str(row["rate"])) * 100, row["type"]) for row in rows)

    def account_book(self) -> dict[str, str]:
        return {row["code"]: row["name"] for row in self.books.all(SIDE, "account") if not row["archived"]}

    def call(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """Do something in Pleo as a person does in its app."""
        key = base64.b64encode(f"{KEY}:".encode()).decode()
        headers = {"authorization": f"Basic {key}", "content-type": "application/json;charset=UTF-8"}
        data = written(body) if body is not None else b""
        answer = self.pleo.handle(Request(method, path, {name: (value,) for name, value in query.items()}, headers, data), self.clock())
        assert answer.status < 300, answer.body
        return json.loads(answer.body)["data"] if answer.body else None

    def make_group(self, code: str, name: str, tags: dict[str, str]) -> str:
        group = self.call("POST", "/v0/tag-groups", {"code": code, "name": name, "archived": False}, company_id=UK.id)
        for tag, called in tags.items():
            self.call("POST", f"/v0/tag-groups/{group['id']}/tags", {"code": tag, "name": called, "archived": False})
        return str(group["id"])

    def make_tax_code(self, code: str, rate: float, **more: Any) -> str:
        body = {"companyId": UK.id, "code": code, "name": code, "rate": rate, "type": "inclusive", "archived": False, **more}
        return str(self.call("POST", "/v0/tax-codes", body)["id"])
