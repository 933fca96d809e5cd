"""The worker is killed over a reversal, and over the new version: what stood is taken back once, and the new version is there once."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from integration.sandbox.intacct import ledger, payables
from integration.sandbox.world import ST, UK, entry_id
from integration.sandbox.world.names import Company
from tests.faults.killer import Killer
from tests.faults.rig import Rig

TRAIN, INVOICE = "UK-01", "ST-33"

# Reading how the posting stands; the reversal itself; looking it up; asking Pleo again; the new version; telling Pleo.
OF_AN_ENTRY = [
    [("look up", 1)],
    [("send", 1)],
    [("send", 1), ("look up lines", 1)],
    [("look up", 1), ("send", 1), ("look up", 1)],
]
OF_A_BILL = [[("read bills", 1)], [("send", 1)], [("send", 1), ("look up", 1)]]
AFTERWARDS = [[("create job", 1)], [("send", 1)], [("send", 1), ("look up", 1)], [("update items", 1)]]


@pytest.fixture
def person(django_user_model: Any) -> Any:
    return django_user_model.objects.create(username="ada")


def changed(rig: Rig, killer: Killer, label: str, company: Company) -> None:
    """Post it, have it changed in Pleo and offered again."""
    rig.offer_entries([entry_id(label)], company=company.id)
    rig.settle(run=killer.run)
    rig.sandbox.pleo.change_entry(entry_id(label), amount=60_000)
    rig.offer_entries([entry_id(label)], company=company.id)
    rig.settle(run=killer.run)
    assert rig.record(label).status == "REVIEW"


def die(rig: Rig, killer: Killer, places: list[tuple[str, int]]) -> None:
    for place, nth in places:
        killer.run_and_kill(place, nth)
        rig.forward(35)  # its leases run out
    rig.settle(run=killer.run)


def reversed_once(rig: Rig, label: str, entity: str) -> None:
    assert rig.record(label).status == "REVERSED", rig.stories(rig.record(label))
    assert not {account for account, (debit, credit) in ledger.balances(rig.sandbox.books).items() if debit != credit}
    assert set(payables.vat_boxes(rig.sandbox.books, entity).values()) == {Decimal("0.00")}
    assert set(rig.carried_out().values()) == {1}


class TestAWorkerKilledOverAReversal:
    @pytest.mark.parametrize("places", OF_AN_ENTRY, ids=str)
    def test_of_a_journal_entry_takes_it_back_once(self, shared_rig, nursery, person, places):
        killer = Killer(shared_rig, nursery)
        changed(shared_rig, killer, TRAIN, UK)

        shared_rig.record(TRAIN).reverse("Wrong account.", by=person, now=shared_rig.clock())
        die(shared_rig, killer, places)

        reversed_once(shared_rig, TRAIN, "UK01")
        assert len(shared_rig.sandbox.intacct.ledger("GL")) == 2

    @pytest.mark.parametrize("places", OF_A_BILL, ids=str)
    def test_of_a_bill_takes_it_back_once(self, payables_rig, nursery, person, places):
        killer = Killer(payables_rig, nursery)
        changed(payables_rig, killer, INVOICE, ST)

        payables_rig.record(INVOICE).reverse("Wrong account.", by=person, now=payables_rig.clock())
        die(payables_rig, killer, places)

        reversed_once(payables_rig, INVOICE, "UK02")
        assert [bill["state"] for bill in payables_rig.sandbox.intacct.bills()] == ["Reversed"]

    @pytest.mark.parametrize("places", AFTERWARDS, ids=str)
    def test_and_afterwards_posts_the_new_version_once(self, shared_rig, nursery, person, places):
        killer = Killer(shared_rig, nursery)
        changed(shared_rig, killer, TRAIN, UK)
        shared_rig.record(TRAIN).reverse("Wrong account.", by=person, now=shared_rig.clock())
        shared_rig.settle(run=killer.run)

        shared_rig.record(TRAIN).post_again(by=person, now=shared_rig.clock())
        die(shared_rig, killer, places)
        shared_rig.forward(130)
        shared_rig.settle(run=killer.run)

        record = shared_rig.record(TRAIN)
        assert (record.status, record.posting_number) == ("POSTED", 2), shared_rig.stories(record)
        entries = shared_rig.sandbox.intacct.ledger("GL")
        assert len(entries) == 3 and max(Counter(entry["reference"] for entry in entries).values()) == 1
        assert ledger.balances(shared_rig.sandbox.books)["UK01", "1050"][1] == Decimal("720.00")
        assert set(shared_rig.carried_out().values()) == {1}
        told = [shared_rig.told(job["id"])[entry_id(TRAIN)] for job in shared_rig.sandbox.pleo.jobs()]
        assert told == ["successful", "failed", "successful"]
