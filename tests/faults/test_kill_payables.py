"""The worker is killed right after a bill, a payment, or an attachment that came later was carried out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from integration.sandbox.world import ST, entry_id
from tests.faults.killer import Killer
from tests.faults.nursery import Nursery
from tests.faults.rig import Rig

# A card purchase, an invoice with its payments in two parts, a refund, and one that must fail.
RAIL, INVOICE, FIRST_PART, SECOND_PART, REFUND, BAD = "ST-01", "ST-33", "ST-34", "ST-35", "ST-17", "ST-39"
GOOD = (RAIL, INVOICE, FIRST_PART, SECOND_PART, REFUND)

PLACES = [
    [("read bills", 1)],
    [("read bills", 2)],
    [("read bills", 3)],
    *([("send", nth)] for nth in (1, 2, 3, 4)),
    [("update items", 1)],
    [("final event", 1)],
    [("send", 2), ("look up", 1)],
    [("send", 3), ("look up lines", 1)],
    [("send", 1), ("read bills", 1), ("send", 1), ("update items", 1)],
]


@pytest.fixture
def killer(payables_rig: Rig, nursery: Nursery) -> Killer:
    return Killer(payables_rig, nursery)


def offer(rig: Rig, *labels: str) -> str:
    return rig.offer_entries([entry_id(label) for label in labels], company=ST.id)


def told_successful(rig: Rig) -> set[str]:
    told = [rig.told(job["id"]) for job in rig.sandbox.pleo.jobs()]
    return {entry for job in told for entry, status in job.items() if status == "successful"}


class TestAWorkerKilledOverPayables:
    @pytest.mark.parametrize("places", PLACES, ids=lambda places: ", ".join(f"{name} {nth}" for name, nth in places))
    def test_leaves_each_bill_and_each_payment_once_after_the_restart(self, payables_rig, killer, places):
        offer(payables_rig, *GOOD, BAD)

        for place, nth in places:
            killer.run_and_kill(place, nth)
            payables_rig.forward(35)  # its leases run out
        payables_rig.settle(run=killer.run)
        payables_rig.forward(3700)  # a payment whose bill came too late for this job is asked for again
        payables_rig.settle(run=killer.run)

        payables_rig.check()
        assert {payables_rig.record(label).status for label in GOOD} == {"POSTED"}
        assert told_successful(payables_rig) == set(map(entry_id, GOOD))
        assert payables_rig.record(BAD).first_problem_code == "vendor_on_hold"
        bills = sorted((bill["total"], bill["due"], bill["state"]) for bill in payables_rig.sandbox.intacct.bills())
        assert bills == [(Decimal("120.00"), Decimal("0.00"), "Paid"), (Decimal("540.00"), Decimal("0.00"), "Paid")]
        assert sorted(each["amount"] for each in payables_rig.sandbox.intacct.payments()) == list(map(Decimal, (120, 240, 300)))
        assert len(payables_rig.sandbox.intacct.ledger("GL")) == 1
        assert {payables_rig.sent(control_id) for control_id in payables_rig.carried_out()} == {1}, "sent again without need"

    @pytest.mark.parametrize("nth", [1, 2])
    def test_adds_files_that_came_later_to_the_attachment_of_their_bill_once(self, payables_rig, killer, nth):
        offer(payables_rig, INVOICE)
        payables_rig.settle(run=killer.run)
        before = payables_rig.sandbox.intacct.bills()[0]["supdocid"]
        payables_rig.sandbox.pleo.change_entry(entry_id(INVOICE), files=("pdf", "jpg", "png", "pdf"))
        offer(payables_rig, INVOICE)

        killer.run_and_kill(*(("send", 1) if nth == 1 else ("update items", 1)))
        payables_rig.forward(35)
        payables_rig.settle(run=killer.run)

        payables_rig.check()
        (bill,) = payables_rig.sandbox.intacct.bills()
        assert bill["supdocid"] == before
        assert len(payables_rig.sandbox.intacct.attachments()[before]) == 1 + 4, "the file it had, and four of other content"
        assert payables_rig.record(INVOICE).status == "POSTED"
        assert {payables_rig.sent(control_id) for control_id in payables_rig.carried_out()} == {1}
