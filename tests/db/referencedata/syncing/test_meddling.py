"""Rows come, go and change their names while a run pages, and workers die: nothing is missed and nothing is doubled.

Each run has a seed, printed where it fails; SYNC_SEED=n repeats one, SYNC_RUNS=500 (make test-sync) makes more of them.
"""

import os
import random
from collections import Counter

import pytest

from integration.models import Lease
from integration.sandbox.intacct import fields
from integration.sandbox.intacct.objects import put_object
from referencedata.models import CompanyShape, Department, Journal, Mode, SyncRun, SyncState, UserDefinedValue
from referencedata.syncing.sync import sync_all
from tests.db.referencedata.wire import in_process

pytestmark = pytest.mark.django_db

RUNS, BATCH = int(os.environ.get("SYNC_RUNS", "100")), 25
BATCHES = [range(first, min(first + BATCH, RUNS)) for first in range(0, RUNS, BATCH)]
if "SYNC_SEED" in os.environ:
    BATCHES = [range(int(os.environ["SYNC_SEED"]), int(os.environ["SYNC_SEED"]) + 1)]
KINDS = ("departments", "journals", "COST_CENTRE")
# Object -> our model, the field with its code, the field that is renamed, the field by which we know it.
OBJECTS = {
    "DEPARTMENT": (Department, "DEPARTMENTID", "TITLE", "RECORDNO"),  # has a record number and a time of change
    "JOURNAL": (Journal, "SYMBOL", "TITLE", "SYMBOL"),  # here it shows neither: known by its code
    "COST_CENTRE": (UserDefinedValue, "name", "name", "id"),  # an own dimension: its id, and no time of change
}


class Killed(BaseException):
    """The worker dies: nothing of ours catches it."""


class World:
    """Sage Intacct while people work in it. lived: every value a row has had since `watch`, by object and key."""

    def __init__(self, chance, sandbox, clock):
        self.chance, self.books, self.clock = chance, sandbox.books, clock
        self.number = 0
        self.watch()
        for kind in OBJECTS:
            for row in self.books.all("intacct", kind):
                self.books.delete("intacct", kind, row["RECORDNO"])
            for _ in range(chance.randint(0, 15)):
                self.add(kind)

    def watch(self):
        self.lived = {kind: {self.key(kind, row): {self.value(kind, row)} for row in self.books.all("intacct", kind)} for kind in OBJECTS}
        self.untouched = {kind: set(lived) for kind, lived in self.lived.items()}

    def key(self, kind, row):
        return str(row[OBJECTS[kind][3]])

    def value(self, kind, row):
        return row[OBJECTS[kind][1]], row[OBJECTS[kind][2]]

    def now(self, kind):
        return {self.key(kind, row): self.value(kind, row) for row in self.books.all("intacct", kind)}

    def add(self, kind):
        self.number += 1
        _, code, name, _ = OBJECTS[kind]
        # A code may sort before those that were read already.
        made = f"{self.chance.choice('ABMZ')}{self.number:03}"
        row = put_object(self.books, kind, now=self.clock(), **{code: made, name: made, **({} if name == code else {"STATUS": "active"})})
        self.lived[kind].setdefault(self.key(kind, row), set()).add(self.value(kind, row))

    def act(self):
        """Somebody adds, deletes or renames something."""
        kind = self.chance.choice(list(OBJECTS))
        rows = self.books.all("intacct", kind)
        what = self.chance.choice(("add", "delete", "rename"))
        if what == "add" or not rows:
            self.add(kind)
            return
        row = self.chance.choice(rows)
        self.untouched[kind].discard(self.key(kind, row))
        if what == "delete":
            self.books.delete("intacct", kind, row["RECORDNO"])
            return
        self.number += 1
        row = put_object(self.books, kind, now=self.clock(), RECORDNO=row["RECORDNO"], **{OBJECTS[kind][2]: f"Name {self.number}"})
        self.lived[kind].setdefault(self.key(kind, row), set()).add(self.value(kind, row))


def held(kind):
    model = OBJECTS[kind][0]
    rows = model.objects.present().values_list("intacct_key", model.CODE, model.NAME)
    assert max(Counter(key for key, *_ in rows).values(), default=1) == 1, f"{kind}: a row is doubled"
    return {key: (code, name) for key, code, name in rows}


def start(connection, sandbox, clock, before, **how):
    """Run until it comes to its end, however often the worker is killed; return the last runs."""
    while True:
        try:
            return sync_all(connection, gateway=in_process(sandbox, clock, before=before), clock=clock, kinds=KINDS, **how)
        except Killed:
            # The lease of the dead runs out before another worker takes over.
            clock.forward(seconds=301)


def one_run(seed, connection, sandbox, clock):
    chance = random.Random(seed)
    for model in (Department, Journal, UserDefinedValue, SyncRun, SyncState, CompanyShape, Lease):
        model.objects.all().delete()
    world = World(chance, sandbox, clock)
    if chance.random() < 0.6:
        start(connection, sandbox, clock, lambda: None)
        clock.forward(hours=chance.choice((1, 6, 30)))
        for _ in range(chance.randint(0, 10)):
            world.act()
    world.watch()
    before_it = {kind: held(kind) for kind in OBJECTS}
    mode = chance.choice((None, None, Mode.FULL, Mode.KEYS))
    deadly = chance.random() < 0.4

    def meddle():
        clock.forward(seconds=1)
        while chance.random() < 0.35:
            world.act()
        if deadly and chance.random() < 0.15:
            raise Killed

    runs = start(connection, sandbox, clock, meddle, mode=mode)

    # Under way: what was there all the time is here once, as it was at some moment; what never was there is not here.
    last = {run.kind: run for run in runs}
    for kind, name in zip(OBJECTS, KINDS, strict=True):
        ours = held(kind)
        assert world.untouched[kind] <= set(ours), f"{kind}: missed {world.untouched[kind] - set(ours)}"
        never = set(ours) - set(world.lived[kind]) - set(before_it[kind])
        assert not never, f"{kind}: {never} were never there"
        if mode != Mode.KEYS or kind == "COST_CENTRE":
            wrong = {key for key in world.untouched[kind] if ours[key] not in world.lived[kind][key]}
            assert mode == Mode.KEYS or not wrong, f"{kind}: {wrong} have values they never had"
        if last[name].outcome == "COMPLETE":
            assert last[name].server_count == last[name].our_count == len(ours), f"{kind}: complete, though the counts disagree"

    # In peace: the copy is Intacct's, but for what waits for a person.
    for how in ({"mode": mode if mode == Mode.FULL else None}, {"mode": Mode.KEYS, "agreed": 10**9}, {}):
        runs = start(connection, sandbox, clock, lambda: None, **how)
    for kind in OBJECTS:
        assert held(kind) == world.now(kind), kind
    assert {run.outcome for run in {run.kind: run for run in runs}.values()} == {"COMPLETE"}
    assert {
        run.outcome for run in sync_all(connection, gateway=in_process(sandbox, clock), clock=clock, kinds=KINDS, mode=Mode.VERIFY)
    } == {"COMPLETE"}


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr("referencedata.syncing.paging.PAGE_SIZE", 4)
    monkeypatch.setattr("referencedata.syncing.first_questions.CHANGES_AT_FIRST", 3)
    bare = tuple(each for each in fields.FIELDS["JOURNAL"] if each.name not in ("RECORDNO", "WHENMODIFIED"))
    monkeypatch.setitem(fields.FIELDS, "JOURNAL", bare)


@pytest.mark.parametrize("batch", BATCHES, ids=lambda batch: f"from-{batch[0]}")
def test_nothing_is_missed_and_nothing_doubled(batch, small_pages, connection, sandbox, clock):
    for seed in batch:
        try:
            one_run(seed, connection, sandbox, clock)
        except BaseException:
            print(f"SYNC_SEED={seed}")
            raise
