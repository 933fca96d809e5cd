"""240 awkward expenses of every kind, in a company of several base currencies, over real HTTP: the ledger refuses none."""

from __future__ import annotations

import os
import uuid
from collections import Counter, defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

import pytest
from django.core.management import call_command

from integration.sandbox.sandbox import Sandbox
from integration.sandbox.server import serve
from tests.functional import hostile

pytestmark = pytest.mark.django_db(transaction=True)

COUNT = int(os.environ.get("HOSTILE_COUNT", "240"))
SEED = int(os.environ.get("HOSTILE_SEED", "10"))


@pytest.fixture
def exported(monkeypatch, tmp_path):
    """Everything was offered and exported; returns the sandbox and what it was filled with."""
    from exports.rounds import export_until_nothing_is_due
    from integration.clock import clock
    from integration.intacct.gateway import gateway_for
    from integration.models import Connection, EntityConfiguration
    from referencedata.sync import sync_all

    now = datetime.now(UTC)
    sandbox = Sandbox()
    with sandbox.books.transaction():
        world = hostile.fill(sandbox.books, now, seed=SEED, count=COUNT)
    with serve(sandbox) as running:
        path, environment = hostile.configuration(tmp_path, world)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("SANDBOX_INTACCT_URL", f"{running.address}/ia/xml/xmlgw.phtml")
        monkeypatch.setenv("SANDBOX_PLEO_URL", f"{running.address}/pleo")
        call_command("import_configuration", str(path), verbosity=0)
        connection = Connection.objects.get()
        sync_all(connection, gateway=gateway_for(connection), clock=clock)
        for entity, company in hostile.COMPANIES.items():
            offered = list(world.items[entity])
            Random(SEED).shuffle(offered)
            sandbox.pleo.make_job(company.id, offered, now=now, vendor_based=entity != "US01")
        configurations = list(EntityConfiguration.objects.select_related("connection"))
        export_until_nothing_is_due(configurations, clock=clock, owner=uuid.uuid4().hex, say=lambda _: None)
        yield sandbox, world


def refused(sandbox):
    """Every function that writes and was refused, as the sandbox logged it."""
    return [
        (function["name"], row["body"])
        for row in sandbox.intacct.requests
        for function, status in zip(row["functions"], row.get("results", ()), strict=False)
        if function["writes"] and status != "success"
    ]


class TestHostileExpenses:
    def test_are_posted_without_one_refusal(self, exported):
        from exports.models import Document, ExportRecord

        sandbox, world = exported

        assert refused(sandbox) == []
        assert not Document.objects.exclude(refusal="").exists()
        unposted = {
            str(record.entry_id): record.first_problem
            for record in ExportRecord.objects.exclude(status="POSTED").order_by("pk")
        }  # fmt: skip
        assert set(unposted) == set(world.unposted), [
            (each, world.unposted.get(each), unposted.get(each)) for each in set(unposted) ^ set(world.unposted)
        ]
        assert ExportRecord.objects.count() == COUNT
        if COUNT >= 240:
            assert set(Counter(world.unposted.values())) == {"returned payment", "missing bill", "supplier's number too long"}
            assert len(world.unposted) < COUNT / 6

        # Every entry of the ledger balances in both currencies, and each currency occurs as a foreign one.
        for entry in sandbox.intacct.ledger():
            for amount in ("amount", "base_amount"):
                signed = sum(line[amount] if line["side"] == "debit" else -line[amount] for line in entry["lines"])
                assert signed == 0 or amount == "amount", entry
        foreign = {(e["entity"], e["currency"]) for e in sandbox.intacct.ledger("GL") if e["currency"] != e["base_currency"]}
        assert foreign == {(entity, c) for entity, base in hostile.BASES.items() for c in hostile.CURRENCIES if c != base}

        # Wallets, costs and VAT are what the items alone say.
        for entity in hostile.COMPANIES:
            held = defaultdict(Decimal)
            for entry in sandbox.intacct.ledger():
                for line in entry["lines"] if entry["entity"] == entity else ():
                    held[line["account"], entry["currency"]] += line["amount"] if line["side"] == "debit" else -line["amount"]
            expected = {key: Decimal(minor) / 100 for key, minor in world.balances(entity).items() if minor}
            assert {key: held[key] for key in expected} == expected, entity
