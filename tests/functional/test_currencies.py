"""Companies of one and of several currencies, over real HTTP: what stands in the ledger, and what is found there again."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import yaml
from django.core.management import call_command

from exports.models import Attempt, Document, ExportRecord
from integration.clock import clock as real_clock
from integration.intacct.gateway import gateway_for
from integration.models import Connection, EntityConfiguration
from integration.sandbox import http
from integration.sandbox.http import Fault
from integration.sandbox.sandbox import Sandbox
from integration.sandbox.server import serve
from integration.sandbox.world import (
    CONFIGURATION,
    ENVIRONMENT,
    EXPECTED_PROBLEMS,
    EXPECTED_SKIPPED,
    UK,
    UK_COMPANY_ID,
    Entry,
    build_item,
    load_demo_world,
    load_single_currency,
)
from referencedata.syncing.sync import sync_all
from tests.functional.journey import export
from tests.functional.oracle import expected_entry, standing_entry

pytestmark = pytest.mark.django_db(transaction=True)


def connect(running, monkeypatch, tmp_path, **card):
    """Configure Acme UK alone, with changes of its card settings, and copy what Intacct knows."""
    content = yaml.safe_load(CONFIGURATION.read_text())
    (connection,) = content["connections"]
    connection["entities"] = connection["entities"][:1]
    connection["entities"][0]["card"] |= card
    path = tmp_path / "acme.yaml"
    path.write_text(yaml.safe_dump(content))
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SANDBOX_INTACCT_URL", f"{running.address}/ia/xml/xmlgw.phtml")
    monkeypatch.setenv("SANDBOX_PLEO_URL", f"{running.address}/pleo")
    call_command("import_configuration", str(path), verbosity=0)
    sync_all(Connection.objects.get(), gateway=gateway_for(Connection.objects.get()), clock=real_clock)
    return EntityConfiguration.objects.get()


class TestACompanyOfOneCurrency:
    def test_takes_every_good_expense_without_exchange_rates(self, monkeypatch, tmp_path):
        sandbox = Sandbox(world=load_single_currency, now=datetime.now(UTC))
        with serve(sandbox) as running:
            connect(running, monkeypatch, tmp_path)

            export()

        posted = set(map(str, ExportRecord.objects.filter(status="POSTED").values_list("entry_id", flat=True)))
        assert posted == {row["id"] for row in sandbox.books.all("pleo", "entry")} - set(EXPECTED_PROBLEMS) - EXPECTED_SKIPPED
        for document in Document.objects.filter(kind="journal_entry", state="CONFIRMED"):
            body = bytes(document.body).decode()
            assert re.findall("<CURRENCY>(.*?)</CURRENCY>", body) == ["GBP"] * body.count("<GLENTRY>")
            assert "EXCH_RATE" not in body
        assert {line["base_amount"] == line["amount"] for entry in sandbox.intacct.ledger() for line in entry["lines"]} == {True}


# In euros, with a restaurant's VAT on both rates, a discount, and amounts that no rate divides evenly.
ABROAD = (
    Entry("UK-E1", "card_purchase", "Hotel am Markt", "ada", 9, "6100 119.99 svc dep=100 cls=C-10", "pdf", wallet="EUR"),
    Entry("UK-E2", "card_purchase", "Kantine", "ben", 8, "6300 33.33 svc dep=200 | 6300 33.34 red dep=300 | 6500 52.34 zero", wallet="EUR"),
    Entry("UK-E3", "out_of_pocket", "Bahn", "ada", 7, "6100 60.01 svc dep=100 | 6100 -12.03 svc dep=100", "png", wallet="EUR"),
    Entry("UK-E4", "fee", "Pleo", "ada", 6, "6700 0.01 -", wallet="EUR"),
    Entry("UK-E5", "card_invoice", "Mason & Daughters", "ben", 5, "6210 0.03 svc dep=200 prj=P-200", "pdf", wallet="EUR",
          invoice=("MD-9", 9), supplier="V-MASON"),
)  # fmt: skip


@pytest.fixture
def abroad(monkeypatch, tmp_path):
    """A company of several currencies; expenses in a foreign one are offered."""
    now = datetime.now(UTC)
    sandbox = Sandbox(world=lambda books, at: load_demo_world(books, at, with_jobs=False), now=now)
    for entry in ABROAD:
        sandbox.pleo.add_entry(UK_COMPANY_ID, build_item(entry, UK, now), tuple(entry.files.split()))
    sandbox.pleo.make_job(UK_COMPANY_ID, [entry.id for entry in ABROAD], now=now)
    with serve(sandbox) as running:
        connect(running, monkeypatch, tmp_path, pleo_balance_account={"GBP": "1050", "EUR": "1051"})
        yield sandbox


def as_the_oracle_says(sandbox):
    standing = {entry["lines"][0]["document"]: standing_entry(sandbox, entry) for entry in sandbox.intacct.ledger()}
    expected = [expected_entry(sandbox, entry.id) for entry in ABROAD]
    assert standing == {each.document: each for each in expected}
    assert len(sandbox.intacct.ledger()) == len(ABROAD)
    return True


class TestAForeignWallet:
    def test_stands_in_the_ledger_as_the_oracle_says_and_balances_in_base_currency(self, abroad):
        export()

        assert as_the_oracle_says(abroad)
        for entry in abroad.intacct.ledger():
            signed = [line["base_amount"] if line["side"] == "debit" else -line["base_amount"] for line in entry["lines"]]
            assert sum(signed) == Decimal(0) and entry["base_currency"] == "GBP"

    def test_is_found_again_where_the_answer_was_lost(self, abroad, settings):
        settings.LATE_COMMIT_HORIZON_SECONDS = 20
        abroad.intacct.inject(*[Fault(http.RESET_AFTER, matching="<GLBATCH>")] * 3)

        for minutes in range(12):
            export(lambda ahead=minutes: real_clock() + timedelta(minutes=ahead))

        assert as_the_oracle_says(abroad)
        assert set(Document.objects.values_list("state", flat=True)) == {"CONFIRMED"}
        assert Attempt.objects.filter(purpose="LOOK").exists()
