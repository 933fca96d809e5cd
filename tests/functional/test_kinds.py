"""Every kind that becomes a journal entry, from Pleo's job to the ledger, and the books that follow from Pleo's items alone."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.management import call_command

from integration.sandbox.sandbox import Sandbox
from integration.sandbox.server import serve
from integration.sandbox.world import (
    CONFIGURATION_ALL,
    ENVIRONMENT_ALL,
    EXPECTED_PROBLEMS_ALL,
    EXPECTED_SKIPPED_ALL,
    UK,
    US,
    load_all_kinds,
)

pytestmark = pytest.mark.django_db(transaction=True)

ON_THE_WALLET = {
    "card_purchase", "card_invoice", "fee", "refund", "chargeback", "cashback", "direct_reimbursement", "atm_withdrawal",
    "personal_spend", "wallet_topup", "wallet_unload",
}  # fmt: skip
BILLS = {"invoice", "invoice_payment"}


@pytest.fixture
def books(monkeypatch):
    """Everything of the two journal companies is exported; returns the sandbox."""
    from exports.rounds import export_until_nothing_is_due
    from integration.clock import clock
    from integration.intacct.gateway import gateway_for
    from integration.models import Connection, EntityConfiguration
    from referencedata.sync import sync_all

    sandbox = Sandbox(world=load_all_kinds, now=datetime.now(UTC))
    with serve(sandbox) as running:
        for name, value in ENVIRONMENT_ALL.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("SANDBOX_INTACCT_URL", f"{running.address}/ia/xml/xmlgw.phtml")
        monkeypatch.setenv("SANDBOX_PLEO_URL", f"{running.address}/pleo")
        call_command("import_configuration", str(CONFIGURATION_ALL), verbosity=0)
        connection = Connection.objects.get()
        sync_all(connection, gateway=gateway_for(connection), clock=clock)
        journals = list(EntityConfiguration.objects.filter(pleo_company_id__in=(UK.id, US.id)).select_related("connection"))
        export_until_nothing_is_due(journals, clock=clock, owner=uuid.uuid4().hex, say=lambda _: None)
        yield sandbox


class TestEveryKind:
    def test_that_is_good_stands_in_the_ledger_once_and_the_books_agree(self, books):
        from exports.models import ExportRecord

        records = {str(record.entry_id): record for record in ExportRecord.objects.all()}
        references = [entry["reference"] for entry in books.intacct.ledger("GL")]
        wallet: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        kinds = set()
        for company in (UK, US):
            for entry_id, record in records.items():
                item = books.pleo.entry(entry_id)["item"]
                if item["companyId"] != company.id:
                    continue
                if item["type"] in BILLS:
                    assert record.first_problem_code in ("bills_not_sent", ""), record.first_problem
                    assert not record.documents.exclude(state="CANCELLED").exists()
                    continue
                if entry_id in EXPECTED_PROBLEMS_ALL or entry_id in EXPECTED_SKIPPED_ALL:
                    continue
                assert record.status == "POSTED", (item["type"], item.get("subType"), record.first_problem)
                assert references.count(record.documents.get(kind="journal_entry").key) == 1
                kinds.add(item["type"])
                money = item["amount"]["inWalletCurrency"]
                if item["type"] in ON_THE_WALLET:
                    wallet[company.entity, company.contra[money["currency"]]] -= Decimal(money["value"]) / 100

        assert kinds == ON_THE_WALLET | {"out_of_pocket", "mileage", "per_diem", "external_reimbursement"}
        for (entity, account), balance in wallet.items():
            assert books.intacct.account_balance(entity, account) == balance, (entity, account)
