"""*It is not in Sage Intacct* is never simply believed: it is looked up again first, and what is found is shown instead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from exports.models import Document, ExportRecord
from integration.sandbox import http
from integration.sandbox.http import Fault
from integration.sandbox.intacct.objects import SIDE
from integration.sandbox.sandbox import Sandbox
from integration.sandbox.world import entry_id, load_demo_world
from tests.functional.journey import export, offer, record

pytestmark = pytest.mark.django_db
LABEL = "UK-09"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    yield Sandbox(world=lambda books, now: load_demo_world(books, now, with_jobs=False), now=datetime.now(UTC))


@pytest.fixture
def ada(django_user_model: Any) -> Any:
    return django_user_model.objects.create(username="ada")


class Later:
    """The clock, an hour ahead: behind the horizon of what was sent."""

    def __init__(self, hours: float) -> None:
        self.ahead = timedelta(hours=hours)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def disputed(sandbox: Sandbox) -> Document:
    """Post it, and have it in dispute as after three rounds in which nobody could say what became of it."""
    offer(sandbox, LABEL)
    export()
    document = Document.objects.get(record__entry_id=entry_id(LABEL))
    Document.objects.filter(pk=document.pk).update(
        state="REVIEW", intacct_key="", confirmed_at=None, reason="Three times nobody could say. Look for it, then release it."
    )
    record(LABEL).refresh_status(datetime.now(UTC))
    assert record(LABEL).status == "REVIEW"
    return document


class TestRelease:
    def test_of_what_is_there_sends_nothing_and_shows_it(self, connected, sandbox, ada):
        disputed(sandbox)
        writes = sandbox.intacct.writes()

        record(LABEL).release(by=ada, now=datetime.now(UTC))
        offer(sandbox, LABEL)
        for hours in (0, 1, 2):
            export(Later(hours))

        assert sandbox.intacct.writes() == writes and len(sandbox.intacct.ledger()) == 1
        assert record(LABEL).status == "POSTED"

    def test_of_what_is_there_with_another_amount_names_it(self, connected, sandbox, ada):
        disputed(sandbox)
        (line, *_) = sandbox.books.all(SIDE, "GLENTRY")
        sandbox.books.put(SIDE, "GLENTRY", line["RECORDNO"], {**line, "TRX_AMOUNT": "1.00"})

        record(LABEL).release(by=ada, now=datetime.now(UTC))
        export(Later(1))

        assert record(LABEL).status == "REVIEW" and len(sandbox.intacct.ledger()) == 1
        assert "carries our reference" in record(LABEL).first_problem and "adopt" in record(LABEL).decisions

    def test_of_what_is_not_there_sends_it_once(self, connected, sandbox, ada):
        disputed(sandbox)
        for kind in ("GLENTRY", "GLBATCH"):
            for row in sandbox.books.all(SIDE, kind):
                sandbox.books.delete(SIDE, kind, row["RECORDNO"])

        record(LABEL).release(by=ada, now=datetime.now(UTC))
        for hours in (0, 1, 1.1):
            export(Later(hours))

        assert record(LABEL).status == "POSTED", record(LABEL).first_problem
        assert len(sandbox.intacct.ledger()) == 1

    def test_counts_as_absent_only_behind_the_horizon(self, connected, sandbox, ada):
        document = disputed(sandbox)
        for kind in ("GLENTRY", "GLBATCH"):
            for row in sandbox.books.all(SIDE, kind):
                sandbox.books.delete(SIDE, kind, row["RECORDNO"])

        record(LABEL).release(by=ada, now=datetime.now(UTC))
        export()

        document.refresh_from_db()
        assert (document.state, record(LABEL).status) == ("REVIEW", "REVIEW") and document.due_at
        assert not ExportRecord.objects.wished().exists()

    def test_that_cannot_be_looked_up_concludes_nothing(self, connected, sandbox, ada):
        disputed(sandbox)
        writes = sandbox.intacct.writes()
        sandbox.intacct.inject(Fault(http.UNJUDGED_REFUSAL, times=50, matching="REFERENCENO"))

        record(LABEL).release(by=ada, now=datetime.now(UTC))
        for hours in range(1, 4):
            export(Later(hours))

        assert sandbox.intacct.writes() == writes and record(LABEL).status == "REVIEW"
