"""What the rules read takes the same number of queries for one item as for many."""

import json
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exports.posting_context import posting_context
from integration.models import EntityConfiguration
from integration.pleo.items import parse_item
from tests.db.exports.rows import NOW, a_configuration
from tests.unit.exports.posting.posting_kit import line, raw_item

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


def test_the_context_of_many_items_takes_the_queries_of_one():
    configuration = a_configuration()

    assert queries(configuration, 1) == queries(configuration, 200) > 0
