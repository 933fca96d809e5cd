"""Whole jobs of mutated items, from Pleo's answer to the plan and its preview: each ends with a status and a sentence, and a good
neighbour in every job is planned."""

from __future__ import annotations

import json
import time
import uuid
from collections import Counter
from functools import wraps
from random import Random

import pytest
from django.db import transaction

from exports.intake import collect as collecting
from exports.intake import receipts
from exports.models import ExportJob, ExportRecord
from exports.planning import prepare as preparing
from exports.planning.preview import preview
from integration.intacct.gateway import gateway_for
from integration.models import EntityConfiguration
from integration.pleo.client import PleoClient
from integration.sandbox.world import ENTRIES, UK
from tests.odd import LONG, RUNS, SEED, mutated

pytestmark = pytest.mark.django_db
IN_A_JOB = 100
GOOD = [entry for entry in ENTRIES["UK"] if not entry.problem and not entry.skipped]
FILE = {"url": "https://files.example/receipt.pdf?signed=1", "type": "application/pdf", "size": 9}
# A second for an item, on a machine that does five other things at once.
SECONDS_AT_MOST = 5.0


class OddPleo(PleoClient):
    """A Pleo that offers one job, and whose items are written as JSON here."""

    def __init__(self, items: dict[str, bytes]) -> None:
        super().__init__("https://external.pleo.io", "key")
        self.items, self.job_id, self.status = items, str(uuid.uuid4()), "pending"

    def _exchange(self, method, path, query, body):
        return 200, {}, self._answered(method, path, body)

    def _answered(self, method, path, body):
        if method == "POST":
            self.status = "in_progress" if body["event"] == "started" else self.status
            return b"{}"
        page = b'], "pagination": {"hasNextPage": false}}'
        if path == "v3/export-items":
            return b'{"data": [' + b", ".join(self.items.values()) + page
        if path.endswith("/items"):
            rows = [{"accountingEntryId": each, "status": "pending"} for each in self.items]
            return b'{"data": [' + ", ".join(map(json.dumps, rows)).encode() + page
        job = {"id": self.job_id, "companyId": UK.id, "status": self.status, "numberOfItems": len(self.items), "expiresIn": 7200}
        return json.dumps({"data": job if path != "v3/export-jobs" else [job]}).encode()


@pytest.fixture
def slowest(monkeypatch):
    """How long the slowest took, by what was done with it: each item is kept by itself, and planned by itself."""
    found = Counter()

    def timed(owner, name):
        act = getattr(owner, name)

        @wraps(act)
        def measured(*arguments):
            began = time.perf_counter()
            try:
                return act(*arguments)
            finally:
                found[name] = max(found[name], time.perf_counter() - began)

        monkeypatch.setattr(owner, name, measured)

    timed(collecting, "_keep_item")
    timed(preparing._Work, "prepared")
    return found


@pytest.fixture
def company(connected, sandbox, monkeypatch):
    """The configuration of Acme UK, and its good items as Pleo writes them, with a receipt that is there."""
    fetch = receipts.fetch_receipt
    monkeypatch.setattr(receipts, "fetch_receipt", lambda url, **limits: b"%PDF-1.4\n" if url == FILE["url"] else fetch(url, **limits))
    items = [sandbox.pleo.entry(entry.id)["item"] | {"files": [FILE] if entry.files else []} for entry in GOOD]
    return EntityConfiguration.objects.select_related("connection").get(pleo_company_id=UK.id), items


class TestAJobOfOddItems:
    def test_leaves_each_with_a_status_and_a_sentence_and_plans_its_good_neighbour(self, company, clock, slowest):
        configuration, items = company
        ended = Counter()
        for number in range(max(1, RUNS // IN_A_JOB)):
            chance = Random(f"{SEED}.{number}")
            offered, good = {}, str(uuid.UUID(int=chance.getrandbits(128), version=4))
            for _ in range(IN_A_JOB - 1):
                entry_id = str(uuid.UUID(int=chance.getrandbits(128), version=4))
                offered[entry_id] = mutated({**chance.choice(items), "accountingEntryId": entry_id}, chance)
            offered[good] = json.dumps({**items[number % len(items)], "accountingEntryId": good}).encode()
            try:
                with transaction.atomic():
                    ended += exported(configuration, dict(chance.sample(sorted(offered.items()), IN_A_JOB)), good, clock)
                    transaction.set_rollback(True)
            except Exception as error:
                error.add_note(f"Job {number} of seed {SEED}")
                raise

        assert sum(ended.values()) == max(1, RUNS // IN_A_JOB) * IN_A_JOB
        assert {status for status, _ in ended} >= {"WAITING", "NEEDS_FIX"}
        assert not [code for _, code in ended if code == "unexpected_error"], ended
        assert not LONG or max(slowest.values()) < SECONDS_AT_MOST, slowest
        if LONG:
            print(dict(ended), dict(slowest))


def exported(configuration, offered, good, clock):
    """Collect, plan and preview one job; return how often each (status, code of the first problem) came."""
    client = OddPleo(offered)
    job = collecting.collect(configuration, client=client, clock=clock, owner="test")
    assert job.state == ExportJob.State.COLLECTED

    preparing.prepare(configuration, clock=clock, gateway=gateway_for(configuration.connection))

    records = {str(record.entry_id): record for record in ExportRecord.objects.prefetch_related("documents")}
    assert set(records) == set(offered)
    for record in records.values():
        planned = [document.kind for document in record.documents.all() if document.state == "PLANNED"]
        assert record.status in ("WAITING", "NEEDS_FIX", "SKIPPED") and not record.plan_wanted, record.status
        assert bool(planned) == (record.status == "WAITING"), (record.status, planned)
        assert record.status != "NEEDS_FIX" or len(record.first_problem.split()) > 5, record.first_problem
    assert records[good].status == "WAITING"
    shown = {str(each.record.entry_id): each for each in preview([configuration], clock())}
    assert set(shown) == {entry_id for entry_id, record in records.items() if record.status != "SKIPPED"}
    for entry_id, each in shown.items():
        assert bool(each.problems) == (records[entry_id].status == "NEEDS_FIX"), (entry_id, each.problems)
    return Counter((record.status, record.first_problem_code) for record in records.values())
