"""One definition of "in the ledger": every place that counts it, of the same expenses, says the same number."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from exports.management.commands import export_now
from exports.models import ExportRecord
from exports.reporting.tieout import as_text, tie_out
from tests import factories

pytestmark = pytest.mark.django_db

# How the documents of each expense read in Intacct: (kind, state of ours, state there).
ENTRY, BILL, PAYMENT = "journal_entry", "bill", "payment"
IN_THE_LEDGER = [
    [(ENTRY, "CONFIRMED", "Posted")],
    [(ENTRY, "CONFIRMED", "Posted")],
    [(BILL, "CONFIRMED", "Paid"), (PAYMENT, "CONFIRMED", "Confirmed")],
]
NOT_IN_THE_LEDGER = [
    [],
    [(ENTRY, "PLANNED", "")],
    [(ENTRY, "CONFIRMED", "")],
    [(ENTRY, "CONFIRMED", "Draft")],
    [(ENTRY, "CONFIRMED", "Submitted")],
    [(ENTRY, "CONFIRMED", "Partially Approved")],
    [(ENTRY, "CONFIRMED", "Approved")],
    [(ENTRY, "CONFIRMED", "Declined")],
    [(ENTRY, "CONFIRMED", "Reversed")],
    [(ENTRY, "CONFIRMED", "gone")],
    [(BILL, "CONFIRMED", "Draft")],
    [(BILL, "CONFIRMED", "Submitted")],
    [(BILL, "CONFIRMED", "Posted"), (PAYMENT, "CONFIRMED", "Submitted")],
    [(BILL, "CONFIRMED", "Posted"), (PAYMENT, "CONFIRMED", "Draft")],
    [(BILL, "CONFIRMED", "Posted"), (PAYMENT, "REJECTED", "")],
    [(BILL, "CONFIRMED", "Posted"), (PAYMENT, "CONFIRMED", "Voided")],
]


@pytest.fixture
def job():
    """One export job with an expense of each kind; it has ended today."""
    configuration = factories.EntityConfigurationFactory(time_zone="Pacific/Auckland")
    job = factories.ExportJobFactory(configuration=configuration, open=True, number_of_items=len(IN_THE_LEDGER) + len(NOT_IN_THE_LEDGER))
    now = timezone.now()
    for documents in IN_THE_LEDGER + NOT_IN_THE_LEDGER:
        offer = factories.ExportJobItemFactory(job=job)
        for kind, state, there in documents:
            columns = {"kind": kind, "state": state, "intacct_state": there, "due_minor": 0 if there == "Paid" else None}
            columns |= {"refusal": "No."} if state == "REJECTED" else {}
            document = factories.DocumentFactory(record=offer.record, **columns, **({"confirmed": True} if state == "CONFIRMED" else {}))
            assert document.intacct_state == there
        offer.record.refresh_status(now)
    return job


def test_every_place_counts_the_same(job, signed_in, monkeypatch):
    monkeypatch.setattr(export_now, "export_until_nothing_is_due", lambda *args, **options: [])
    client = signed_in("operator")
    listed = reverse("admin:exports_exportrecord_changelist")
    dashboard = client.get(reverse("admin:index")).context
    month = dashboard["posted_this_month"]
    metrics = client.get("/metrics").content.decode()
    page = client.get(reverse("admin:exports_exportjob_change", args=[job.pk])).context["tie_out"]
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("export_now", stdout=said, stderr=StringIO())
    console = re.search(r"^posted (\d+) of (\d+)$", said.getvalue(), re.MULTILINE)
    by_badge = re.search(r"^  In the ledger +(\d+)", as_text(job), re.MULTILINE)

    counts = {
        "query": ExportRecord.objects.in_ledger().count(),
        "tie-out": tie_out(job).posted,
        "line of the tie-out": next(line.count for line in tie_out(job).lines if line.status == "POSTED"),
        "tie-out as text": int(by_badge[1]),
        "console": int(console[1]),
        "page of the job": page.posted,
        "dashboard today": dashboard["posted_today"],
        "dashboard this month": month,
        "dashboard's latest job": dashboard["jobs"][0][1].posted,
        "metrics": int(float(re.search(r"^pleo_intacct_in_ledger (\S+)", metrics, re.MULTILINE)[1])),
        "metrics by state": int(float(re.search(r'^pleo_intacct_expenses{status="POSTED"} (\S+)', metrics, re.MULTILINE)[1])),
        "list by state": client.get(listed, {"state": "POSTED"}).context["cl"].result_count,
        "list of the job": client.get(listed, {"state": "POSTED", "job": job.pk}).context["cl"].result_count,
        "list of today": client.get(dashboard["today_list"]).context["cl"].result_count,
    }

    assert counts == dict.fromkeys(counts, len(IN_THE_LEDGER))


def test_counts_what_two_jobs_offer_once(job, monkeypatch):
    monkeypatch.setattr(export_now, "export_until_nothing_is_due", lambda *args, **options: [])
    other = factories.EntityConfigurationFactory()
    again = factories.ExportJobFactory(configuration=other, open=True, number_of_items=2)
    for record in (ExportRecord.objects.in_ledger()[0], ExportRecord.objects.exclude(status="POSTED")[0]):
        factories.ExportJobItemFactory(job=again, record=record)
    said = StringIO()

    with pytest.raises(CommandError):
        call_command("export_now", stdout=said, stderr=StringIO())

    assert tie_out(again).posted == 1
    assert said.getvalue().endswith(f"posted {len(IN_THE_LEDGER)} of {len(IN_THE_LEDGER) + len(NOT_IN_THE_LEDGER)}\n")


def test_says_what_is_in_intacct_and_not_in_the_ledger_yet(job, signed_in):
    result = tie_out(job)

    assert result.not_yet == 8 and "8 in Sage Intacct, not in the ledger yet" in as_text(job)
    page = signed_in("viewer").get(reverse("admin:exports_exportjob_change", args=[job.pk])).content.decode()
    assert "8 are in Sage Intacct and not in the ledger yet" in page and "Draft, not in the ledger" in page


def test_is_since_the_day_on_which_all_of_it_was_posted(job):
    record = ExportRecord.objects.get(documents__intacct_state="Submitted", documents__kind=ENTRY)
    before = record.in_ledger_at
    record.documents.update(intacct_state="Posted")
    moment = timezone.now()

    record.refresh_status(moment)

    assert before is None and record.in_ledger_at == moment and record.posted_at < moment
