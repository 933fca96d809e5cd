from decimal import Decimal

import pytest

from referencedata.syncing.changes import differences, what_changed


def test_differences_are_text_and_only_what_was_read():
    held = {"name": "Launch", "status": "ACTIVE", "value": Decimal("20.000000"), "on_hold": False, "start": None}
    read = {"name": "Launch", "status": "INACTIVE", "value": Decimal("23.000000"), "on_hold": True, "start": ""}

    assert differences(held, read) == (
        {"status": "ACTIVE", "value": "20", "on_hold": "no", "start": ""},
        {"status": "INACTIVE", "value": "23", "on_hold": "yes", "start": ""},
    )


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ({"status": "ACTIVE", "name": "A"}, {"status": "INACTIVE", "name": "B"}, "CLOSED"),
        ({"status": "ACTIVE"}, {"status": "NON_POSTING"}, "CLOSED"),
        ({"on_hold": "no"}, {"on_hold": "yes"}, "CLOSED"),
        ({"rate": "20", "name": "A"}, {"rate": "21", "name": "B"}, "RATE"),
        ({"name": "A"}, {"name": "B"}, "RENAMED"),
        ({"status": "INACTIVE"}, {"status": "ACTIVE"}, "OPENED"),
        ({"on_hold": "yes"}, {"on_hold": "no"}, "OPENED"),
        ({"parent": "1"}, {"parent": "2"}, "OTHER"),
        ({"status": "INACTIVE"}, {"status": "NON_POSTING"}, "OTHER"),
    ],
)
def test_the_worst_of_a_change_counts(before, after, what):
    assert what_changed(before, after, was_gone=False, usable=True) == what


def test_what_comes_back_is_back_if_it_can_be_used():
    assert what_changed({}, {}, was_gone=True, usable=True) == "BACK"
    assert what_changed({}, {"status": "INACTIVE"}, was_gone=True, usable=False) == "CLOSED"
