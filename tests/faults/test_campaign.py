"""Random faults on both sides, killed workers and two workers at once, over random small jobs, until everything settles.

FAULT_SECONDS (default 20, for each campaign) and FAULT_SEED (default 1) choose the budget and the chances; what happened
is printed.
"""

from __future__ import annotations

import os

import pytest

from tests.faults.campaign import Campaign
from tests.faults.payables import PayablesCampaign

SECONDS = float(os.environ.get("FAULT_SECONDS", "20"))
SEED = int(os.environ.get("FAULT_SEED", "1"))


@pytest.mark.campaign
class TestACampaignOfFaults:
    def test_posts_every_entry_exactly_once_and_tells_Pleo_the_truth(self, shared_rig, nursery, capsys):
        campaign = Campaign(shared_rig, nursery, SEED)

        happened = campaign.run(SECONDS)

        with capsys.disabled():
            print(f"\ncampaign: seed {SEED}, {SECONDS:g} s, {happened}")
        campaign.check()

    def test_makes_and_pays_every_bill_once_for_what_Pleo_offered(self, payables_rig, nursery, capsys):
        campaign = PayablesCampaign(payables_rig, nursery, SEED)

        happened = campaign.run(SECONDS)

        with capsys.disabled():
            print(f"\npayables campaign: seed {SEED}, {SECONDS:g} s, {happened}")
        campaign.check()
