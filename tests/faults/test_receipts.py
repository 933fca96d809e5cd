"""A host of receipts that hangs, or goes on failing: it holds up its job for a bounded time, seen by people, and no other company."""

from __future__ import annotations

import time

import pytest

from exports.intake import receipts
from exports.models import ExportJob, Receipt
from integration.models import LeaseLost
from integration.pleo import receipt_links
from integration.sandbox import http
from integration.sandbox.http import Answer, Fault
from integration.sandbox.intacct.attachments import files_of
from integration.sandbox.intacct.objects import SIDE

WITH_FILES = ("UK-01", "UK-02", "UK-03", "UK-04", "UK-05", "UK-06", "UK-07", "UK-08", "UK-10", "UK-11", "UK-12")


@pytest.fixture
def quick(monkeypatch):
    """A host may be silent for half a second; a job may lose two."""
    monkeypatch.setattr(receipt_links, "READ_SECONDS", 0.5)
    monkeypatch.setattr(receipts, "SECONDS_IN_VAIN", 2, raising=False)
    monkeypatch.setattr(receipts, "SHORT_TRY_SECONDS", 0.2, raising=False)


@pytest.mark.usefixtures("quick")
class TestAHangingHost:
    def hang(self, rig):
        rig.sandbox.pleo.inject(Fault(http.SLOW, matching="/files/", seconds=2, times=10_000))

    def test_loses_no_lease_and_the_expenses_are_posted_without_their_receipts(self, rig, settings):
        settings.LEASE_SECONDS = 1.5
        rig.offer(*WITH_FILES)
        self.hang(rig)

        began = time.monotonic()
        errors = rig.run()
        took = time.monotonic() - began

        settings.LEASE_SECONDS = 30
        assert not [error for error in errors if "another worker" in error], errors
        assert set(Receipt.objects.values_list("state", flat=True)) == {"UNREACHABLE"}
        assert ExportJob.objects.get().state not in ("SEEN", "STARTED")
        assert took < 120
        rig.settle()
        assert all(rig.record(label).without_receipt for label in WITH_FILES)
        rig.check()

    def test_stops_the_expenses_where_the_policy_says_so(self, rig):
        from integration.models import EntityConfiguration

        EntityConfiguration.objects.update(unusable_receipt="refuse")
        rig.offer("UK-01", "UK-06")
        self.hang(rig)

        rig.settle()

        assert {rig.record(label).first_problem_code for label in ("UK-01", "UK-06")} == {"receipt_unreachable"}

    def test_keeps_its_tries_where_the_worker_loses_its_lease(self, rig, monkeypatch):
        rig.offer("UK-01", "UK-06")
        self.hang(rig)
        monkeypatch.setattr(receipts, "SECONDS_IN_VAIN", 1000)

        def tried():
            return sum(Receipt.objects.values_list("tries", flat=True))

        counts = [0]

        def lost(lease, now):
            if tried() > counts[-1]:
                raise LeaseLost(lease.name)

        with monkeypatch.context() as patch:
            patch.setattr("integration.models.Lease.hold", lost)
            for _ in range(2):
                rig.run()
                counts.append(tried())
        rig.settle()

        assert 0 < counts[1] < counts[2]
        assert set(Receipt.objects.values_list("tries", flat=True)) == {receipts.TRIES}
        rig.check()

    def test_is_shown_as_what_stops_the_entity_until_it_is_over(self, rig, monkeypatch):
        from exports.tasks import run_configuration
        from integration.models import EntityConfiguration

        (uk,) = EntityConfiguration.objects.filter(intacct_entity="UK01")
        rig.offer("UK-01", "UK-06")
        self.hang(rig)
        monkeypatch.setattr(receipts, "SECONDS_IN_VAIN", 1000)
        with monkeypatch.context() as patch:
            patch.setattr("exports.intake.receipts._fetch_all", first_round_only(receipts._fetch_all))
            run_configuration(uk.pk)
        uk.refresh_from_db()

        assert "receipts could not be fetched yet" in uk.trouble
        rig.sandbox.pleo.faults.clear()
        run_configuration(uk.pk)
        uk.refresh_from_db()
        assert uk.trouble == ""


# As others have reported them; the first three byte by byte.
ORDINARY = {
    "text with non-breaking spaces": ("txt", "Taxi Paris\nTotal 12,50\u00a0€\nTVA 10\u00a0% 1,14\u00a0€\n".encode()),
    "text with a byte order mark": ("txt", b"\xef\xbb\xbfTotal 12.50\r\n"),
    "PDF behind other bytes": ("pdf", b"Content-Type: application/pdf\r\n\r\n%PDF-1.4\n%\xe2\xe3"),
    "text of Windows": ("txt", "Café Nørrebro 12,50 €".encode("cp1252")),
    "text of two bytes a letter": ("txt", "Summe 12,00 €\r\n".encode("utf-16")),
}


class TestAnOrdinaryFile:
    def test_hangs_in_sage_intacct_as_it_came(self, rig):
        labels = ("UK-01", "UK-02", "UK-03", "UK-04", "UK-05")  # a file each
        for nth, (_, content) in enumerate(ORDINARY.values(), start=1):
            rig.after("receipt", nth, lambda name, request, answer, content=content: Answer(200, content, "application/octet-stream"))
        rig.offer(*labels)

        rig.settle()

        books = rig.sandbox.books
        there = [file[1:] for row in books.all(SIDE, "SUPDOC") for file in files_of(books, row["supdocid"])]
        assert sorted(there) == sorted(ORDINARY.values())
        assert not any(rig.record(label).without_receipt for label in labels)
        rig.check()


def first_round_only(fetch_all):
    """As where the time is up after the first tries."""

    def fetch(*arguments):
        fetch_all(*arguments)
        return False

    return fetch
