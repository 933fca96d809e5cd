"""Random faults on both sides, killed workers and two workers at once, over random small jobs, until everything settles.

FAULT_SECONDS (default 20) and FAULT_SEED (default 1) choose the budget and the chances; what happened is printed.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter

import pytest

from integration.sandbox import http
from integration.sandbox.http import Answer, Fault, Request
from integration.sandbox.world import EXPECTED_PROBLEMS, UK, US, entry_id, random_item
from tests.faults.nursery import Nursery
from tests.faults.rig import Rig, kill

SECONDS = float(os.environ.get("FAULT_SECONDS", "20"))
SEED = int(os.environ.get("FAULT_SEED", "1"))

INTACCT_KINDS = (
    http.RESET_BEFORE, http.RESET_AFTER, http.TRUNCATE_AFTER, http.HTML_BEFORE, http.HTML_AFTER, http.TIMEOUT_524_AFTER, http.LATE,
    http.THROTTLE, http.SESSION_EXPIRED, http.UNJUDGED_REFUSAL, http.OFFLINE, http.EMPTY_BODY_AFTER, http.MISSING_RESULT_AFTER,
)  # fmt: skip
PLEO_KINDS = (
    http.RESET_BEFORE, http.RESET_AFTER, http.TRUNCATE_AFTER, http.HTML_BEFORE, http.HTML_AFTER, http.TIMEOUT_524_AFTER, http.LATE,
    http.THROTTLE, http.OFFLINE, http.EMPTY_BODY_AFTER,
)  # fmt: skip
BAD = [entry_id(label) for label in ("UK-46", "UK-47", "UK-48")]


class Campaign:
    """One world, one source of chance, and what has been done so far."""

    def __init__(self, rig: Rig, nursery: Nursery, seed: int) -> None:
        self.rig, self.nursery, self.chance = rig, nursery, random.Random(seed)
        self.did: Counter[str] = Counter()
        self.number = 0

    # What happens

    def job(self) -> None:
        """Offer a few entries, new ones and some that were offered before."""
        company = UK if self.chance.random() < 0.7 else US
        ids = []
        for _ in range(self.chance.randint(1, 5)):
            self.number += 1
            item, files = random_item(self.chance, self.number, company, self.rig.clock())
            ids.append(self.rig.sandbox.pleo.add_entry(company.id, item, files))
        again = [each for each in self.known() if self.owner(each) == company.id]
        ids += self.chance.sample(again, min(len(again), self.chance.randint(0, 3)))
        if company is UK and self.chance.random() < 0.3:
            ids.append(self.chance.choice(BAD))
        if not any(job["companyId"] == company.id and job["id"] in self.rig.open_jobs() for job in self.rig.sandbox.pleo.jobs()):
            self.rig.offer_entries(dict.fromkeys(ids), company=company.id)
            self.did["jobs"] += 1

    def faults(self) -> None:
        for _ in range(self.chance.randint(0, 4)):
            # What comes later than the horizon is outside what is promised; test_intacct.py tries that by itself.
            skip, late = self.chance.randint(0, 5), self.chance.choice((3, 15, 40))
            if self.chance.random() < 0.6:
                matching = self.chance.choice(("", "", "<GLBATCH>", "create_supdoc>", "GLBATCH"))
                kind = self.chance.choice(INTACCT_KINDS)
                self.rig.sandbox.intacct.inject(Fault(kind, matching=matching, skip=skip if not matching else skip % 2, seconds=late))
                self.did[f"intacct {kind}"] += 1
            else:
                kind = self.chance.choice(PLEO_KINDS)
                self.rig.sandbox.pleo.inject(Fault(kind, skip=skip, seconds=late, writes_only=self.chance.random() < 0.4))
                self.did[f"pleo {kind}"] += 1

    def work(self) -> None:
        """One or two workers; now and then one is killed after some request."""
        order = {"ahead": self.rig.ahead.total_seconds(), "documents": self.chance.choice((2, 5, 25)), "items": self.chance.choice((2, 10))}
        what = self.chance.choice(("rounds", "tasks"))
        if self.chance.random() < 0.3:
            self.work_and_die(what, order)
            return
        pids = [self.nursery.start(what, **order) for _ in range(self.chance.choice((1, 1, 2)))]
        self.did["workers"] += len(pids)
        for pid in pids:
            assert self.nursery.wait(pid) == 0, self.nursery.errors()

    def work_and_die(self, what: str, order: dict[str, float]) -> None:
        known, pids = threading.Event(), []

        def die(name: str, request: Request, answer: Answer) -> Answer:
            known.wait(10)
            kill(pids[0])
            return Answer(0, drop=True)

        self.rig.forget()
        self.rig.after("*", self.chance.randint(1, 12), die)
        pids.append(self.nursery.start(what, **order))
        known.set()
        self.did["workers"] += 1
        ended = self.nursery.wait(pids[0])
        self.rig.forget_hooks()
        assert ended in (0, -9), self.nursery.errors()
        self.did["killed"] += ended == -9

    def time_goes_by(self) -> None:
        self.rig.forward(self.chance.choice((1, 3, 10, 35, 60, 200)))
        if self.chance.random() < 0.2:
            self.rig.sandbox.intacct.run_late(self.rig.clock())

    def reopen(self) -> None:
        """A person presses "Test connection" where a refused sign-in has closed something."""
        for each in [self.rig.connection, *self.rig.configurations()]:
            self.did["reopened"] += each.reopen()

    # Until everything is settled

    def settle(self) -> None:
        self.rig.sandbox.intacct.faults.clear()
        self.rig.sandbox.pleo.faults.clear()
        self.reopen()
        self.rig.sandbox.intacct.run_late(self.rig.clock())
        self.rig.settle(step=40, at_most=200, run=lambda: self.nursery.run(ahead=self.rig.ahead.total_seconds()))

    def export_the_rest_again(self) -> None:
        """A person frees what is to be reviewed, and exports again what Pleo does not hold as successful."""
        from exports.models import Document, ExportRecord

        for document in Document.objects.filter(state=Document.State.REVIEW).select_related("record"):
            assert document.key not in self.rig.references()
            document.release(self.rig.clock())
            document.record.refresh_status(self.rig.clock())
            self.did["released"] += 1
        records = ExportRecord.objects.exclude(entry_id__in=EXPECTED_PROBLEMS)
        told = [record.pk for record in records if self.is_told(str(record.entry_id))]
        records.exclude(pk__in=told).export_again(by=None, now=self.rig.clock())
        self.settle()
        seen = {str(entry) for entry in ExportRecord.objects.values_list("entry_id", flat=True)}
        for company in (UK, US):
            unseen = [entry for entry in self.known() if entry not in seen and self.owner(entry) == company.id]
            if unseen:
                self.rig.offer_entries(unseen, company=company.id)
                self.did["offered by hand"] += len(unseen)
        self.settle()

    def is_told(self, entry: str) -> bool:
        return any(self.rig.told(job["id"]).get(entry) == "successful" for job in self.rig.sandbox.pleo.jobs())

    def known(self) -> list[str]:
        return sorted({entry for ids in self.rig.offered.values() for entry in ids if entry not in BAD})

    def owner(self, entry: str) -> str:
        return str(self.rig.sandbox.pleo.entry(entry)["companyId"])

    def check(self) -> None:
        """Every entry once in the ledger, and Pleo knows it; what must fail is not there."""
        from exports.models import ExportRecord

        self.rig.check()
        for entry in self.known():
            record = ExportRecord.objects.get(entry_id=entry)
            assert record.status == "POSTED", (record.status, record.first_problem, self.rig.state())
            assert self.is_told(entry), record
        assert sum(self.rig.references().values()) == len(self.known())


@pytest.mark.campaign
class TestACampaignOfFaults:
    def test_posts_every_entry_exactly_once_and_tells_Pleo_the_truth(self, shared_rig, nursery, capsys):
        deadline = time.monotonic() + SECONDS
        campaign, rounds = Campaign(shared_rig, nursery, SEED), 0

        while time.monotonic() < deadline or not rounds:
            rounds += 1
            campaign.job()
            for _ in range(campaign.chance.randint(1, 5)):
                campaign.faults()
                campaign.work()
                campaign.time_goes_by()
            if campaign.chance.random() < 0.5:
                campaign.reopen()
            if not rounds % 5:
                campaign.settle()
                shared_rig.check()
        campaign.settle()
        shared_rig.check()
        for _ in range(3):
            campaign.export_the_rest_again()

        with capsys.disabled():
            ledger = sum(shared_rig.references().values())
            print(f"\ncampaign: seed {SEED}, {SECONDS:g} s, {rounds} rounds, {len(campaign.known())} entries, {ledger} in the ledger")
            print("  " + ", ".join(f"{name} {times}" for name, times in sorted(campaign.did.items())))
        campaign.check()
