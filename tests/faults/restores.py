"""A random restore: a backup made in mid-export, a world that went on without it, and Pleo's users who queue everything again."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from integration.intacct.gateway import Gateway
from integration.pleo.client import PleoClient
from integration.sandbox.world import ST, UK, US, build_item, random_item
from tests.faults.backup import WholeDatabase, forget_control_ids
from tests.faults.payables import spend
from tests.faults.rig import Rig

HOUR = 3700


class Died(BaseException):
    """The worker of the lost world dies here."""


class Restores:
    """One restore in a world of journals and payables. counted: requests to both systems since the last `count_from_here`."""

    def __init__(self, rig: Rig, database: WholeDatabase, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rig, self.database, self.chance = rig, database, random.Random(seed)
        self.company = self.chance.choice((ST, ST, UK, US))
        self.forgotten = self.chance.random() < 0.5
        self.number = seed * 1000
        self.entries: list[str] = []
        self.counted = 0
        self.back_up_at = self.die_at = 0
        self.did: Counter[str] = Counter()
        self.stood: Counter[str] = Counter()
        self.lost = 0
        for door in (Gateway, PleoClient):
            self._count(door, monkeypatch)

    def _count(self, door: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        exchange = door._exchange

        def counting(itself: Any, *given: Any, **named: Any) -> Any:
            self.counted += 1
            after = self.chance.random() < 0.5
            if self.counted == self.back_up_at and not after:
                self.database.make()
            if self.counted == self.die_at and not after:
                raise Died
            answer = exchange(itself, *given, **named)
            if self.counted == self.back_up_at and after:
                self.database.make()
            if self.counted == self.die_at and after:
                raise Died
            return answer

        monkeypatch.setattr(door, "_exchange", counting)

    # What happens

    def run(self) -> None:
        """Some history, an export in which the backup is made, what came after it, the restore, and everything queued again."""
        for _ in range(self.chance.randint(0, 2)):
            self.offer_new()
            self.settle()
        self.offer_new()
        self.counted, self.back_up_at = 0, self.chance.randint(1, 14)
        if self.chance.random() < 0.4:
            self.die_at = self.back_up_at + self.chance.randint(1, 8)
        self.go_on()
        if not self.database.kept:
            self.database.make()
        if not self.did["died"]:
            for _ in range(self.chance.randint(0, 2)):
                self.offer_new()
                self.settle()
        self.back_up_at = self.die_at = 0
        self.stood = self.rig.references()
        if self.forgotten:
            forget_control_ids(self.rig.sandbox)
        self.database.put_back()
        self.lost = sum(self.stood.values()) - self.known()
        self.rig.forward(self.chance.choice((5, 60, HOUR)))
        self.did["restored"] += 1
        self.queue_again()

    def go_on(self) -> None:
        try:
            self.settle()
        except Died:
            self.did["died"] += 1

    def queue_again(self) -> None:
        """The worker starts; users queue all that Pleo has, new entries too, as soon as no job of theirs is open."""
        self.settle()
        new = self.make()
        for entries in (self.chance.sample(self.entries, len(self.entries)), new):
            self.rig.offer_entries(dict.fromkeys(entries), company=self.company.id)
            self.settle()
        for _ in range(3):
            self.approve()
            self.rig.forward(HOUR)
            self.settle()
        self.entries += new

    def offer_new(self) -> None:
        made = self.make()
        self.entries += made
        self.rig.offer_entries(made, company=self.company.id)

    def make(self) -> list[str]:
        """Make a few entries in Pleo: what belongs together comes together."""
        made = []
        for _ in range(self.chance.randint(1, 4)):
            self.number += 1
            if self.company is ST:
                for entry in spend(self.chance, self.number):
                    item = build_item(entry, ST, self.rig.clock())
                    made.append(self.rig.sandbox.pleo.add_entry(ST.id, item, tuple(entry.files.split())))
            else:
                item, files = random_item(self.chance, self.number, self.company, self.rig.clock())
                made.append(self.rig.sandbox.pleo.add_entry(self.company.id, item, files))
        return made

    def approve(self) -> None:
        for bill in [bill for bill in self.rig.sandbox.intacct.bills() if bill["state"] == "Submitted"]:
            self.rig.sandbox.intacct.approve("APBILL", bill["recordno"], self.rig.clock())
            self.did["approved"] += 1

    def settle(self) -> None:
        self.rig.settle(step=20)

    def known(self) -> int:
        from exports.models import Document

        return Document.objects.filter(state="CONFIRMED", kind__in=("journal_entry", "bill", "payment")).count()

    # What must hold

    def check(self) -> None:
        """Nothing twice, everything in Intacct known here, everything in the ledger, and normal work again."""
        from exports.models import ExportRecord, RestoreMode, Unaccounted

        twice = {reference: times for reference, times in self.rig.references().items() if times > 1}
        assert not twice, f"posted twice: {[self.rig.story((each, '')) for each in twice]}"
        self.rig.check()
        assert self.stood.keys() <= self.rig.references().keys()
        stuck = [self.rig.stories(record) for record in ExportRecord.objects.exclude(status__in=("POSTED", "SKIPPED"))]
        assert not stuck, "\n".join(stuck)
        assert ExportRecord.objects.count() == len(self.entries)
        assert not RestoreMode.objects.filter(ended_at=None).exists()
        assert not Unaccounted.objects.exists()
        self.did["restore modes"] += RestoreMode.objects.count()
        self.did["taken over"] += sum(RestoreMode.objects.values_list("adopted", flat=True))

    def told(self) -> str:
        ids = "forgotten" if self.forgotten else "remembered"
        stood = f"{sum(self.stood.values())} documents stood there, {self.lost} of them unknown to the backup"
        return f"{self.company.entity}, control ids {ids}, {len(self.entries)} entries, {stood}, {dict(self.did)}"
