"""Every kind of spend, from Pleo's job to the ledger, in all three companies, and the books that follow from Pleo's items alone.

What is expected is worked out here from the raw items and docs/reference/posting-examples.md; none of our rules is called.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from integration.sandbox.sandbox import Sandbox
from integration.sandbox.world import (
    ALL_COMPANIES,
    EXPECTED_PROBLEMS_ALL,
    EXPECTED_SKIPPED_ALL,
    EXPECTED_WAITING_ALL,
    ST,
    UK,
    load_all_kinds,
)

pytestmark = pytest.mark.django_db(transaction=True)

TYPES = {
    "card_purchase", "card_invoice", "fee", "refund", "chargeback", "cashback", "out_of_pocket", "mileage", "per_diem",
    "direct_reimbursement", "external_reimbursement", "atm_withdrawal", "personal_spend", "invoice", "invoice_payment",
    "wallet_topup", "wallet_unload",
}  # fmt: skip
# What does not move the wallet: money of employees, and bills before they are paid.
BESIDE_THE_WALLET = {"out_of_pocket", "mileage", "per_diem", "external_reimbursement", "invoice"}
TAKES_THE_DEFAULT_CODE = {"card_purchase", "card_invoice", "out_of_pocket", "invoice"}
INPUT_VAT, OUTPUT_VAT = "2200", "2201"
APPROVED_LATER = "approval of the bill"


@pytest.fixture
def books(monkeypatch):
    """Everything is exported; returns the sandbox."""
    from exports.run_cycle import export_until_nothing_is_due
    from integration.clock import clock
    from integration.models import EntityConfiguration
    from tests.functional.journey import all_companies

    sandbox = Sandbox(world=load_all_kinds, now=datetime.now(UTC))
    with all_companies(sandbox, monkeypatch):
        configurations = list(EntityConfiguration.objects.select_related("connection"))
        export_until_nothing_is_due(configurations, clock=clock, owner=uuid.uuid4().hex, say=lambda _: None)
        yield sandbox


def money(amount) -> Decimal:
    return Decimal(amount["inWalletCurrency"]["value"]) / 100


def waits_for_approval(entry_id: str) -> bool:
    return EXPECTED_WAITING_ALL.get(entry_id) == APPROVED_LATER


def good_items(sandbox: Sandbox, company) -> dict[str, dict]:
    """Return the raw items of a company that must stand in the ledger now, by entry id."""
    from exports.models import ExportRecord

    found = {}
    for entry_id in map(str, ExportRecord.objects.filter(configuration__pleo_company_id=company.id).values_list("entry_id", flat=True)):
        if entry_id not in EXPECTED_PROBLEMS_ALL and entry_id not in EXPECTED_SKIPPED_ALL and not waits_for_approval(entry_id):
            found[entry_id] = sandbox.pleo.entry(entry_id)["item"]
    return found


def lines_of(sandbox: Sandbox, entity: str) -> Counter[tuple[str, str]]:
    """Return what the ledger holds in an entity: signed sum of transaction amounts by account and currency; a debit is positive."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for entry in sandbox.intacct.ledger():
        for line in entry["lines"] if entry["entity"] == entity else ():
            sums[line["account"], line["currency"]] += line["amount"] if line["side"] == "debit" else -line["amount"]
    return sums


class TestEveryKind:
    def test_that_is_good_is_posted_and_every_other_says_why(self, books):
        from exports.models import ExportRecord

        types = set()
        for record in ExportRecord.objects.all():
            entry_id = str(record.entry_id)
            said = (record.type, record.sub_type, record.merchant, str(record.money), record.first_problem)
            if entry_id in EXPECTED_PROBLEMS_ALL:
                assert record.status == "NEEDS_FIX" and record.first_problem, said
            elif entry_id in EXPECTED_SKIPPED_ALL:
                assert record.status == "SKIPPED", said
            elif waits_for_approval(entry_id):
                assert record.status == ("WAITING" if record.type == "invoice_payment" else "AWAITING_APPROVAL"), said
            else:
                assert record.status == "POSTED", said
                types.add(record.type)

        assert types == TYPES
        assert {offer.told_status for record in ExportRecord.objects.all() for offer in record.offers.all()} == {"successful", "failed"}

    def test_carries_a_reference_of_its_own_once(self, books):
        from exports.models import Document

        held = Counter(entry["reference"] for entry in books.intacct.ledger("GL"))
        held += Counter(bill["reference"] for bill in books.intacct.bills())
        held += Counter(payment["reference"] for payment in books.intacct.payments())
        ours = Document.objects.filter(kind__in=("journal_entry", "bill", "payment"), state="CONFIRMED")

        assert held == Counter(ours.values_list("key", flat=True))

    def test_makes_wallets_costs_and_vat_what_the_items_alone_give(self, books):
        for company in ALL_COMPANIES:
            ledger = lines_of(books, company.entity)
            wallet: dict[str, Decimal] = defaultdict(Decimal)
            cost: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
            vat: dict[str, Decimal] = defaultdict(Decimal)
            for item in good_items(books, company).values():
                currency = item["amount"]["inWalletCurrency"]["currency"]
                if item["type"] not in BESIDE_THE_WALLET:
                    wallet[currency] -= money(item["amount"])
                for line in item["accountingEntryLines"]:
                    if (line.get("account") or {}).get("code"):
                        tax = line.get("tax") if company.entity != "US01" else None
                        inclusive = money(tax["amount"]) if tax and tax["type"] == "inclusive" else Decimal(0)
                        cost[line["account"]["code"], currency] += money(line["lineAmount"]) - inclusive
                        if tax and tax["type"] == "reverse":
                            vat[INPUT_VAT] += money(tax["amount"])
                            vat[OUTPUT_VAT] -= money(tax["amount"])
                        vat[INPUT_VAT] += inclusive
            for currency, balance in wallet.items():
                assert ledger[company.contra[currency], currency] == balance, (company.entity, currency)
            for (account, currency), amount in cost.items():
                assert ledger[account, currency] == amount, (company.entity, account, currency)
            for account, amount in vat.items():
                assert sum(value for (number, _), value in ledger.items() if number == account) == amount, (company.entity, account)
            assert sum(ledger.values()) == 0, company.entity

    def test_leaves_no_card_bill_open_and_payables_equal_to_the_open_bills(self, books):
        from integration.sandbox.intacct.payables import open_bills, payables_balance

        for company in ALL_COMPANIES:
            open_now = open_bills(books.books, company.entity)
            owed = Counter()
            for item in good_items(books, company).values():
                if item["type"] in ("invoice", "invoice_payment"):
                    sign = 1 if item["type"] == "invoice" else -1
                    owed[item["amount"]["inWalletCurrency"]["currency"]] += sign * money(item["amount"])
            assert Counter({c: sum(b["due"] for b in open_now if b["currency"] == c) for c in owed}) == owed, company.entity
            assert payables_balance(books.books, company.entity) == sum(bill["base_due"] for bill in open_now)
            assert not [bill for bill in open_now if bill["number"] == bill["reference"]], "a card bill is open"

    def test_fills_the_boxes_of_the_vat_return(self, books):
        from integration.sandbox.intacct.payables import vat_boxes

        for company in (UK, ST):
            boxes: dict[int, Decimal] = defaultdict(Decimal)
            for item in good_items(books, company).values():
                base = item["amount"]["inWalletCurrency"]["currency"] == "GBP"
                for line in item["accountingEntryLines"]:
                    tax, gross = line.get("tax"), money(line["lineAmount"])
                    if tax and tax["type"] == "inclusive":
                        boxes[4] += money(tax["amount"])
                        boxes[7] += (gross - money(tax["amount"])) if base else 0
                    elif tax:
                        boxes[1] += money(tax["amount"])
                        boxes[4] += money(tax["amount"])
                        boxes[6] += gross
                        boxes[7] += gross
                    elif item["type"] in TAKES_THE_DEFAULT_CODE:
                        boxes[7] += gross if base else 0
            held = vat_boxes(books.books, company.entity)
            wanted = (1, 4, 6, 7) if company is UK else (1, 4, 6)  # the wallet in EUR makes box 7 a matter of its rates
            assert {box: held[box] for box in wanted} == {box: boxes[box] for box in wanted}, company.entity
