"""Who learns that a value changed in Sage Intacct: the expenses that use it."""

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from exports.planning.impact import concerning, impacts
from referencedata.models import Change
from tests.db.exports.rows import NOW, a_configuration, a_record

pytestmark = pytest.mark.django_db


@pytest.fixture
def configuration():
    return a_configuration()


def a_change(configuration, what="CLOSED", code="P-100", at=NOW, **columns):
    defaults = {"kind": "projects", "label": "project", "object_name": "PROJECT", "intacct_key": code, "code_on_lines": code}
    return Change.objects.create(connection=configuration.connection, what=what, code=code, at=at, **(defaults | columns))


def an_expense(configuration, status="WAITING", code="P-100", **columns):
    record = a_record(configuration, status=status, **columns)
    record.uses.create(object_name="PROJECT", code=code)
    return record


def sentences(configuration):
    return [each.sentence for each in impacts(Change.objects.filter(connection=configuration.connection), NOW)]


def test_a_closed_project_names_the_queued_and_the_posted_expenses(configuration):
    for _ in range(14):
        an_expense(configuration)
    an_expense(configuration, "POSTED", posted_at=NOW - timedelta(days=3))
    an_expense(configuration, "POSTED", posted_at=NOW - timedelta(days=31))
    a_change(configuration)

    assert sentences(configuration) == ["Project P-100 was closed: 14 queued expenses use it, 1 posted in the last 30 days."]


@pytest.mark.parametrize(
    ("queued", "posted", "words"),
    [
        (1, 0, "1 queued expense uses it."),
        (2, 0, "2 queued expenses use it."),
        (0, 1, "1 expense that uses it was posted in the last 30 days."),
        (0, 2, "2 expenses that use it were posted in the last 30 days."),
    ],
)
def test_says_it_in_proper_words(configuration, queued, posted, words):
    for _ in range(queued):
        an_expense(configuration)
    for _ in range(posted):
        an_expense(configuration, "POSTED", posted_at=NOW)
    a_change(configuration)

    assert sentences(configuration) == [f"Project P-100 was closed: {words}"]


def test_what_was_opened_again_or_nobody_uses_is_left_out(configuration):
    an_expense(configuration)
    a_change(configuration, at=NOW - timedelta(days=2))
    a_change(configuration, "OPENED", at=NOW - timedelta(days=1))
    a_change(configuration, "GONE", code="P-200")

    assert sentences(configuration) == []


def test_what_was_closed_stays_so_whatever_else_changes(configuration):
    an_expense(configuration)
    a_change(configuration, at=NOW - timedelta(days=2))
    a_change(configuration, "RENAMED", at=NOW - timedelta(days=1), before={"name": "A"}, after={"name": "B"})
    a_change(configuration, "OTHER", before={"parent": "1"}, after={"parent": "2"})

    assert sentences(configuration) == ["Project P-100 was closed: 1 queued expense uses it."]


def test_another_company_with_the_same_code_is_not_concerned(configuration):
    an_expense(a_configuration())
    a_change(configuration)

    assert sentences(configuration) == []


def test_what_is_used_is_found_among_many_that_nobody_uses(configuration, monkeypatch):
    monkeypatch.setattr("exports.planning.impact.CHANGES_LOOKED_AT", 5)
    an_expense(configuration)
    a_change(configuration, at=NOW - timedelta(days=1))
    for number in range(10):
        a_change(configuration, "GONE", code=f"V-{number}")

    assert sentences(configuration) == ["Project P-100 was closed: 1 queued expense uses it."]


def test_takes_two_queries_for_many_changes(configuration):
    for number in range(30):
        a_change(configuration, code=f"P-{number}")
        an_expense(configuration, code=f"P-{number}")

    with CaptureQueriesContext(database) as captured:
        assert len(sentences(configuration)) == 30
    assert len(captured) == 2


def test_an_expense_learns_of_changes_since_it_was_first_offered(configuration):
    record = an_expense(configuration)
    a_change(configuration, at=record.first_seen_at - timedelta(hours=1))
    assert concerning(record, NOW) == []

    renamed = a_change(configuration, "RENAMED", before={"name": "Launch"}, after={"name": "Launch 2027"})

    assert [each.sentence for each in concerning(record, NOW)] == ["Project P-100 was renamed from 'Launch' to 'Launch 2027'"]
    assert concerning(record, NOW) == [renamed]
