"""Preparing many items takes the queries of few: what the rules read, and what is written."""

import json
import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext

from exports.models import Document, ExportRecord
from exports.planning import prepare as prepare_module
from exports.planning.posting_context import posting_context
from integration.models import EntityConfiguration
from integration.pleo.items import parse_item
from tests.db.exports.rows import NOW, a_configuration, a_job, a_receipt, a_record, an_offer
from tests.unit.exports.posting.posting_kit import CONTEXT, line, raw_item

pytestmark = pytest.mark.django_db


def an_item(number: int):
    """An item with codes of its own, so that more items also mean more codes."""
    raw = raw_item(
        line(12000, f"61{number:03}", tax=2000, code=f"Code {number}"),
        employee_code=f"E-{number}", vendor={"id": "v", "name": "Adobe", "code": f"V-{number}"},
    )  # fmt: skip
    return parse_item(json.loads(json.dumps(raw), parse_float=Decimal))


def queries(configuration: EntityConfiguration, count: int) -> int:
    fresh = EntityConfiguration.objects.select_related("connection").get(pk=configuration.pk)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        posting_context(fresh, [an_item(number) for number in range(count)], NOW)
    return len(captured)


def an_offered(configuration: EntityConfiguration, job, number: int) -> None:
    """An expense that can be posted, with a receipt where its number is odd; each third one cannot be read by its rules."""
    record = a_record(configuration, entry_id=uuid.uuid4(), plan_wanted=True, offered_fingerprint="f" * 64)
    lines = [line(12000, "9999" if number % 3 == 0 else "6100")]
    raw = {
        **raw_item(*lines),
        "accountingEntryId": str(record.entry_id),
        "companyId": str(configuration.pleo_company_id),
        "note": f"Trip {number}",
    }
    an_offer(record, job, payload=json.dumps(raw), fingerprint="f" * 64)
    if number % 2:
        a_receipt(record, content=f"%PDF-1.4 {number}".encode())


def writing(monkeypatch, count: int) -> tuple[int, int]:
    """Prepare this many expenses at once, and then once more; return the numbers of queries."""
    configuration = a_configuration()
    job = a_job(configuration, number_of_items=count)
    for number in range(count):
        an_offered(configuration, job, number)
    monkeypatch.setattr(prepare_module, "context_of_each", lambda *args: (CONTEXT, frozenset()))
    numbers = []
    for _ in range(2):
        ExportRecord.objects.filter(configuration=configuration).update(plan_wanted=True)
        with CaptureQueriesContext(connection) as captured:
            assert prepare_module.prepare(configuration, clock=lambda: NOW) == count
        numbers.append(len(captured))
    states = ExportRecord.objects.filter(configuration=configuration).values_list("status").annotate(Count("pk"))
    assert dict(states) == {"WAITING": count - (count + 2) // 3, "NEEDS_FIX": (count + 2) // 3}
    assert Document.objects.filter(record__configuration=configuration, kind="attachment").count() > 0
    first, again = numbers
    return first, again


def test_writing_many_plans_takes_the_queries_of_few(monkeypatch, settings):
    # SQLite takes a thousand values in a statement as Django asks it; a batch of rows then needs several.
    monkeypatch.setattr(connection.features, "max_query_params", None)
    monkeypatch.setattr(connection.ops, "bulk_batch_size", lambda fields, objs: len(objs))

    first, again = writing(monkeypatch, 12)

    assert first > 0
    assert (first, again) == writing(monkeypatch, 120)


def test_the_context_of_many_items_takes_the_queries_of_one():
    configuration = a_configuration()

    assert queries(configuration, 1) == queries(configuration, 200) > 0
