"""Kill the worker before every single request of a first reading of all kinds: the copy ends as if nothing had happened."""

import pytest

from integration.models import Lease
from referencedata.kinds.registry import KINDS
from referencedata.models import CompanyShape, Mode, SyncRun, SyncState, UserDefinedValue
from referencedata.syncing.sync import sync_all
from tests.db.referencedata.wire import at_request, in_process, requests_since

pytestmark = pytest.mark.django_db

MODELS = {kind.model for kind in KINDS} | {UserDefinedValue}
WHEN = {"id", "connection", "first_seen_at", "last_seen_at", "changed_at", "seen_in"}


class Killed(BaseException):
    """The worker dies: nothing of ours catches it."""


def die():
    raise Killed


def copy():
    """Return every column of every row that does not only say when we saw it."""
    found = {}
    for model in MODELS:
        names = [field.name for field in model._meta.concrete_fields if field.name not in WHEN]
        found[model.__name__] = sorted(map(repr, model.objects.values(*names)))
    return found


def forget():
    for model in (*MODELS, SyncRun, SyncState, CompanyShape, Lease):
        model.objects.all().delete()


def read(connection, sandbox, clock, *, killed_before):
    """Read until it comes to its end; return how many requests that took, sign-in apart."""
    before, dying = len(sandbox.intacct.requests), at_request(killed_before, die)
    while True:
        try:
            sync_all(connection, gateway=in_process(sandbox, clock, before=dying), clock=clock)
        except Killed:
            clock.forward(seconds=301)  # the lease of the dead runs out
        else:
            return requests_since(sandbox, before)


def test_ends_as_an_undisturbed_run(connection, sandbox, clock, monkeypatch):
    monkeypatch.setattr("referencedata.syncing.paging.PAGE_SIZE", 4)
    asked = read(connection, sandbox, clock, killed_before=0)
    whole = copy()
    assert asked > 30

    for number in range(1, asked + 2):
        forget()
        again = read(connection, sandbox, clock, killed_before=number)
        assert copy() == whole, f"killed before request {number}"
        # What was read is not read again: of the pages none, beside them the look around and what all kinds are asked at once.
        assert again <= asked + 4, f"killed before request {number}"

    last = {run.kind: run.outcome for run in SyncRun.objects.order_by("pk")}
    assert set(last.values()) == {"COMPLETE"}
    assert {run.outcome for run in sync_all(connection, gateway=in_process(sandbox, clock), clock=clock, mode=Mode.VERIFY)} == {"COMPLETE"}
