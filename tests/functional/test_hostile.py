"""Awkward expenses of every kind, in each world of the sandbox and with each wording, over real HTTP.

The ledger refuses none that could have been known, and what is decided does not depend on words. The long form is
`make test-worlds`: WORLDS_COUNT expenses in each world with each wording.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from integration.sandbox.intacct import wordings
from integration.sandbox.intacct.permissions import PERMISSIONS
from integration.sandbox.sandbox import Sandbox
from integration.sandbox.server import serve
from integration.sandbox.world import COMPANY_WORLDS, DEFAULT, PERMISSION_WORLDS, WORLDS, deny
from tests.faults.rig import Rig
from tests.functional import hostile

pytestmark = pytest.mark.django_db

COUNT = int(os.environ.get("WORLDS_COUNT", "0"))
SEED = int(os.environ.get("WORLDS_SEED", "10"))
LONG = COUNT > 0
# The short form: so many expenses, in one wording by turns; in two where a refusal decides.
SHORT = {DEFAULT: 36}
SHORT_ELSEWHERE = 12
REFUSING = ("required-dimensions",)
# What the short form withdraws, one after another: what posting rests on.
SHORT_PERMISSIONS = (
    "without-read-journal-entries", "without-add-journal-entries", "without-add-payments", "without-add-attachments",
)  # fmt: skip
# Refusals that nobody can know before: the company's own rules, and what sums up.
UNKNOWABLE = {"smart_rule", "could_not_create"}

# World -> (application, what it is about), as sentences name a permission.
NAMED = {
    f"without-{word}-{name.lower().replace(' ', '-')}": (application, {"Terms": "ap terms"}.get(name, name.lower()))
    for application, name in PERMISSIONS
    for word in ("read", "add", "change")
}

Decisions = dict[str, tuple[str, str]]


def said_in(world: str) -> tuple[str, ...]:
    """The wordings that a world is tried with."""
    if LONG:
        return wordings.NAMES
    turn = (COMPANY_WORLDS.index(world) + SEED) % len(wordings.NAMES)
    return tuple(dict.fromkeys((wordings.NAMES[turn], *(("own", "random") if world in REFUSING else ()))))


class Company:
    """A world that is filled and connected."""

    def __init__(self, rig: Rig, group: hostile.Group, now: datetime) -> None:
        self.rig, self.group, self.now, self.chance = rig, group, now, Random(SEED)

    @property
    def sandbox(self) -> Sandbox:
        return self.rig.sandbox

    def offer(self, entry_ids: set[str] | None = None) -> None:
        """Click Export in each company of Pleo. entry_ids: for those alone."""
        for entity, items in self.group.items.items():
            ids = [each for each in items if entry_ids is None or each in entry_ids]
            self.chance.shuffle(ids)
            if ids:
                company = hostile.COMPANIES[entity].id
                self.sandbox.pleo.make_job(company, ids, now=self.rig.clock(), vendor_based=entity != "US01")

    def sync(self) -> None:
        from integration.intacct.gateway import gateway_for
        from referencedata.syncing.sync import sync_all

        self.rig.connection.refresh_from_db()
        sync_all(self.rig.connection, gateway=gateway_for(self.rig.connection), clock=self.rig.clock)

    def try_again(self) -> None:
        """Press the button at what follows on what is posted already: no job offers that."""
        from exports.models import ExportRecord

        for record in ExportRecord.objects.filter(status="NEEDS_FIX", documents__kind="payment", documents__state="REJECTED"):
            record.try_again(by=None, now=self.rig.clock())

    def approve_all(self) -> int:
        """What people do in Sage Intacct; returns how much there was to approve."""
        waiting = [
            (kind, row["RECORDNO"])
            for kind in ("GLBATCH", "APBILL", "APPYMT")
            for row in self.sandbox.books.all("intacct", kind)
            if row["STATE"] == "Submitted"
        ]
        for kind, number in waiting:
            self.sandbox.intacct.approve(kind, number, self.rig.clock())
        return len(waiting)

    def refused(self) -> Counter[str]:
        """Every refusal of what writes, by its name."""
        return Counter(
            name
            for row in self.sandbox.intacct.requests
            if any(function["writes"] for function in row["functions"])
            for name in row.get("refused", ())
        )

    def decided(self) -> Decisions:
        from exports.models import ExportRecord

        return {str(record.entry_id): (record.status, record.first_problem_code) for record in ExportRecord.objects.all()}

    def unposted(self) -> dict[str, str]:
        from exports.models import ExportRecord

        return {str(each.entry_id): f"{each.status} {each.first_problem}" for each in ExportRecord.objects.exclude(status="POSTED")}


Begin = Callable[..., Any]


@pytest.fixture
def company(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Begin:
    """Returns a context in which a world exists; what it left in the database is gone afterwards."""
    now = datetime.now(UTC)

    @contextmanager
    def begin(world: str, wording: str, count: int, *, first_kind: int = 0, lacking: tuple[str, ...] = ()) -> Iterator[Company]:
        from integration.models import Connection

        sandbox = Sandbox()
        sandbox.intacct.wording = wordings.named(wording, SEED)
        with sandbox.books.transaction():
            group = hostile.fill(sandbox.books, now, seed=SEED, count=count, world=world, first_kind=first_kind)
            deny(sandbox.books, *lacking)
        with serve(sandbox) as running, transaction.atomic():
            path, environment = hostile.configuration(tmp_path, group)
            for name, value in environment.items():
                monkeypatch.setenv(name, value)
            monkeypatch.setenv("SANDBOX_INTACCT_URL", f"{running.address}/ia/xml/xmlgw.phtml")
            monkeypatch.setenv("SANDBOX_PLEO_URL", f"{running.address}/pleo")
            call_command("import_configuration", str(path), verbosity=0)
            made = Company(Rig(sandbox, Connection.objects.get()), group, now)
            made.sync()
            yield made
            transaction.set_rollback(True)

    return begin


class TestHostileExpenses:
    @pytest.mark.parametrize("world", COMPANY_WORLDS)
    def test_are_posted_in_each_world_with_no_refusal_that_could_have_been_known(self, company, world):
        count = COUNT or SHORT.get(world, SHORT_ELSEWHERE)
        first_kind = 0 if LONG else COMPANY_WORLDS.index(world) * 7
        decided: dict[str, list[Decisions]] = {}

        for wording in said_in(world):
            with company(world, wording, count, first_kind=first_kind) as acme:
                decided[wording] = self.export(acme)
                self.check(acme, count)

        first = next(iter(decided.values()))
        for wording, found in decided.items():
            for before, after in zip(first, found, strict=True):
                assert {each: (before.get(each), after[each]) for each in after if before.get(each) != after[each]} == {}, wording

    def export(self, acme: Company) -> list[Decisions]:
        """Export everything, and approve it as often as there is something to approve; returns what was decided each time."""
        acme.offer()
        acme.rig.run()
        decided = [acme.decided()]
        for _ in range(6):
            if not acme.approve_all():
                break
            acme.rig.forward(2 * 3600)
            acme.rig.run()
            acme.rig.forward(2 * 3600)
            acme.rig.run()
            decided.append(acme.decided())
        return decided

    def check(self, acme: Company, count: int) -> None:
        from exports.models import Document, ExportRecord

        group = acme.group
        assert set(acme.refused()) <= UNKNOWABLE
        refused = set(Document.objects.exclude(refusal="").values_list("record__entry_id", flat=True))
        assert {group.unposted.get(str(each)) for each in refused} <= {"the company's own rule"}
        unposted = acme.unposted()
        assert {each: (group.unposted.get(each), unposted.get(each)) for each in set(unposted) ^ set(group.unposted)} == {}
        assert ExportRecord.objects.count() == count
        if count >= 240:
            expected = {"returned payment", "missing bill", "supplier's number too long"}
            expected |= {"required dimension"} if group.world.flags else set()
            expected |= {"the company's own rule"} if group.world.rules else set()
            assert set(Counter(group.unposted.values())) == expected
            assert len(group.unposted) < count / (6 if not group.world.flags else 2)

        # Every entry of the ledger balances in both currencies, and each currency occurs as a foreign one.
        for entry in acme.sandbox.intacct.ledger():
            for amount in ("amount", "base_amount"):
                signed = sum(line[amount] if line["side"] == "debit" else -line[amount] for line in entry["lines"])
                assert signed == 0 or amount == "amount", entry
        if count >= 240:
            foreign = {(e["entity"], e["currency"]) for e in acme.sandbox.intacct.ledger() if e["currency"] != e["base_currency"]}
            assert foreign == {(entity, c) for entity, base in group.bases.items() for c in group.currencies if c != base}

        # Wallets, costs and VAT are what the items alone say.
        for entity in group.bases:
            held = defaultdict(Decimal)
            for entry in acme.sandbox.intacct.ledger():
                for line in entry["lines"] if entry["entity"] == entity else ():
                    held[line["account"], entry["currency"]] += line["amount"] if line["side"] == "debit" else -line["amount"]
            expected = {key: Decimal(minor) / 100 for key, minor in group.balances(entity).items() if minor}
            assert {key: held[key] for key in expected} == expected, entity


class TestAPermission:
    """The Web Services user lacks one permission at a time, while expenses go on coming."""

    def test_that_is_lacking_is_named_and_nothing_is_lost(self, company):
        names = PERMISSION_WORLDS if LONG else SHORT_PERMISSIONS
        # Three companies: the short form's first kinds are posted as entries in two of them, as paid bills in the third.
        each = max(COUNT // len(names) // 3 * 3, 3)
        decided: dict[str, list[Decisions]] = {}

        for wording in wordings.NAMES if LONG else ("own", "random"):
            with company(DEFAULT, wording, each * len(names)) as acme:
                decided[wording] = self.one_after_another(acme, names, each)

        first = next(iter(decided.values()))
        for wording, found in decided.items():
            for name, before, after in zip(names, first, found, strict=False):
                assert {key: (before.get(key), after[key]) for key in after if before.get(key) != after[key]} == {}, (wording, name)
            assert first[-1] == found[-1], wording

    def one_after_another(self, acme: Company, names: tuple[str, ...], each: int) -> list[Decisions]:
        """Returns what was decided while each was lacking, and in the end."""
        decided = []
        lists = [list(items) for items in acme.group.items.values()]
        in_turn = [entry_id for entries in zip(*lists, strict=True) for entry_id in entries]
        for number, name in enumerate(names):
            since = len(acme.sandbox.intacct.requests)
            deny(acme.sandbox.books, *WORLDS[name].denied)
            if LONG:  # of what posting itself asks for and adds, nothing is copied
                acme.sync()
            acme.offer(set(in_turn[number * each : (number + 1) * each]))
            acme.rig.settle(step=600)
            decided.append(acme.decided())
            self.check_named(acme, name, since)
            deny(acme.sandbox.books)
        acme.rig.forward(3600)
        acme.rig.run()
        # The first time it is looked up, the second time it is sent.
        for _ in range(2):
            acme.try_again()
            acme.rig.run()
        acme.offer(set(acme.unposted()))
        acme.rig.settle(step=600)
        assert {each: why for each, why in acme.unposted().items() if each not in acme.group.unposted} == {}
        assert set(acme.unposted()) == set(acme.group.unposted)
        assert not [reference for reference, times in acme.rig.references().items() if times > 1]
        return [*decided, acme.decided()]

    def check_named(self, acme: Company, name: str, since: int) -> None:
        """Whatever came to nothing for want of it names the permission, whatever the words of the refusal.

        since: how many requests there were before it was taken away.
        """
        from exports.models import ExportRecord
        from exports.pages.expense import next_step
        from referencedata.models import SyncRun

        lacked = [row for row in acme.sandbox.intacct.requests[since:] if "permission" in row.get("refused", ())]
        said = {run.error for run in SyncRun.objects.exclude(error="")}
        for record in ExportRecord.objects.all():
            said |= {record.first_problem, *record.notes, next_step(record, list(record.documents.all()), [], acme.rig.clock())}
        application, what = NAMED[name]
        named = [text for text in said if application in text and what in text.lower() and "role of the web services user" in text.lower()]
        assert named or not lacked, (name, sorted(said))
        # What is always asked, or always met by the kinds of the short form.
        assert lacked or LONG, name
