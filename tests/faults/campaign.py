"""What may happen in a campaign: random small jobs, faults on both sides, killed workers and two workers at once."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from integration.sandbox import http
from integration.sandbox.http import Answer, Fault, Request
from integration.sandbox.world import EXPECTED_PROBLEMS, UK, US, entry_id, random_item
from integration.sandbox.world.names import Company
from tests.faults.nursery import Nursery
from tests.faults.rig import HORIZON, LEASE, Rig, kill

INTACCT_KINDS = (
    http.RESET_BEFORE, http.RESET_AFTER, http.TRUNCATE_AFTER, http.HTML_BEFORE, http.HTML_AFTER, http.TIMEOUT_524_AFTER, http.LATE,
    http.THROTTLE, http.SESSION_EXPIRED, http.UNJUDGED_REFUSAL, http.OFFLINE, http.EMPTY_BODY_AFTER, http.MISSING_RESULT_AFTER,
)  # fmt: skip
PLEO_KINDS = (
    http.RESET_BEFORE, http.RESET_AFTER, http.TRUNCATE_AFTER, http.HTML_BEFORE, http.HTML_AFTER, http.TIMEOUT_524_AFTER, http.LATE,
    http.THROTTLE, http.OFFLINE, http.EMPTY_BODY_AFTER,
)  # fmt: skip


class Campaign:
    """One world, one source of chance, and what has been done so far.

    companies: with their share of the jobs. bad: entries of each that must fail, besides those the campaign makes itself.
    matching: what a fault of Intacct's may look for; "" is any request.
    """

    companies: tuple[tuple[Company, float], ...] = ((UK, 0.7), (US, 0.3))
    bad: ClassVar[dict[str, list[str]]] = {UK.id: [entry_id(label) for label in ("UK-46", "UK-47", "UK-48")]}
    expected_problems: Mapping[str, str] = EXPECTED_PROBLEMS
    matching: tuple[str, ...] = ("", "", "<GLBATCH>", "create_supdoc>", "GLBATCH")

    def __init__(self, rig: Rig, nursery: Nursery, seed: int) -> None:
        self.rig, self.nursery, self.chance = rig, nursery, random.Random(seed)
        self.did: Counter[str] = Counter()
        self.number = 0
        self.none_late_at = rig.clock()

    # What happens

    def job(self) -> None:
        """Offer a few entries, new ones and some that were offered before."""
        company = self.chance.choices([each for each, _ in self.companies], [share for _, share in self.companies])[0]
        ids = self.new_entries(company)
        ids += self.some_of_before(company)
        if company.id in self.bad and self.chance.random() < 0.3:
            ids.append(self.chance.choice(self.bad[company.id]))
        if not any(job["companyId"] == company.id and job["id"] in self.rig.open_jobs() for job in self.rig.sandbox.pleo.jobs()):
            self.rig.offer_entries(dict.fromkeys(ids), company=company.id)
            self.did["jobs"] += 1

    def new_entries(self, company: Company) -> list[str]:
        ids = []
        for _ in range(self.chance.randint(1, 5)):
            self.number += 1
            item, files = random_item(self.chance, self.number, company, self.rig.clock())
            ids.append(self.rig.sandbox.pleo.add_entry(company.id, item, files))
        return ids

    def some_of_before(self, company: Company) -> list[str]:
        again = [each for each in self.known() if self.owner(each) == company.id]
        return self.chance.sample(again, min(len(again), self.chance.randint(0, 3)))

    def faults(self) -> None:
        for _ in range(self.chance.randint(0, 4)):
            # How late beyond the horizon may be is tried by itself, in test_intacct.py.
            skip, late = self.chance.randint(0, 5), self.chance.choice((3, 15, 40))
            if self.chance.random() < 0.6:
                matching = self.chance.choice(self.matching)
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
        self.forward(self.chance.choice((1, 3, 10, 35, 60, 200)))

    def forward(self, seconds: float) -> None:
        """Let time pass. A request that is held back is carried out before it is late beyond the horizon: more is not promised."""
        if self.rig.clock() + timedelta(seconds=seconds) > self.none_late_at + timedelta(seconds=HORIZON + LEASE / 2):
            self.did["late"] += self.rig.sandbox.intacct.run_late(self.rig.clock())
            self.none_late_at = self.rig.clock()
        self.rig.forward(seconds)

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
        self.rig.settle(step=40, at_most=200, run=self.work_undisturbed)

    def work_undisturbed(self) -> None:
        assert self.nursery.run(ahead=self.rig.ahead.total_seconds()) == 0, self.nursery.errors()

    def export_the_rest_again(self) -> None:
        """A person frees what is to be reviewed, and exports again what Pleo does not hold as successful."""
        from exports.models import Document, ExportRecord

        for document in Document.objects.filter(state=Document.State.REVIEW).select_related("record"):
            assert document.key not in self.rig.references()
            document.release(self.rig.clock())
            document.record.refresh_status(self.rig.clock())
            self.did["released"] += 1
        records = ExportRecord.objects.exclude(entry_id__in=self.expected_problems)
        told = [record.pk for record in records if self.is_told(str(record.entry_id))]
        records.exclude(pk__in=told).export_again(by=None, now=self.rig.clock())
        self.settle()
        seen = {str(entry) for entry in ExportRecord.objects.values_list("entry_id", flat=True)}
        for company, _ in self.companies:
            unseen = [entry for entry in self.known() if entry not in seen and self.owner(entry) == company.id]
            if unseen:
                self.rig.offer_entries(unseen, company=company.id)
                self.did["offered by hand"] += len(unseen)
        self.settle()

    def is_told(self, entry: str) -> bool:
        return any(self.rig.told(job["id"]).get(entry) == "successful" for job in self.rig.sandbox.pleo.jobs())

    def known(self) -> list[str]:
        """The entries that were offered and must be in the ledger in the end."""
        bad = {entry for entries in self.bad.values() for entry in entries}
        return sorted({entry for ids in self.rig.offered.values() for entry in ids if entry not in bad})

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
        assert sum(self.rig.references().values()) == self.in_the_ledger()

    def in_the_ledger(self) -> int:
        """How many entries, bills and payments the known entries become."""
        return len(self.known())

    # All of it

    def run(self, seconds: float) -> str:
        """Let everything happen for so long, then settle it; return what happened, as a sentence or two."""
        deadline, rounds = time.monotonic() + seconds, 0
        while time.monotonic() < deadline or not rounds:
            rounds += 1
            self.job()
            for _ in range(self.chance.randint(1, 5)):
                self.faults()
                self.work()
                self.time_goes_by()
            if self.chance.random() < 0.5:
                self.reopen()
            if not rounds % 5:
                self.settle()
                self.rig.check()
        self.settle()
        self.rig.check()
        for _ in range(3):
            self.export_the_rest_again()
        ledger = sum(self.rig.references().values())
        did = ", ".join(f"{name} {times}" for name, times in sorted(self.did.items()))
        return f"{rounds} rounds, {len(self.known())} entries, {ledger} in the ledger\n  {did}"
