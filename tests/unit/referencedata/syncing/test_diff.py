import pytest

from referencedata.syncing.diff import diff, needs_a_person


class TestDiff:
    def test_tells_new_from_changed_from_unchanged(self):
        held = {"1": {"name": "Sales"}, "2": {"name": "Support"}}
        read = {"1": {"name": "Sales"}, "2": {"name": "Service"}, "3": {"name": "Legal"}}

        changes = diff(held, read)

        assert (changes.added, changes.changed, changes.unchanged) == (("3",), ("2",), ("1",))

    def test_says_nothing_about_rows_that_the_page_does_not_show(self):
        changes = diff({"1": {"name": "Sales"}}, {})

        assert (changes.added, changes.changed, changes.unchanged) == ((), (), ())

    def test_counts_a_row_that_came_back_as_changed(self):
        changes = diff({"1": {"name": "Sales"}}, {"1": {"name": "Sales"}}, retired=["1"])

        assert changes.changed == ("1",)


class TestNeedsAPerson:
    # More than 5 % and more than ten, or more than half.
    @pytest.mark.parametrize(
        ("held", "gone", "asks"),
        [
            (0, 0, False),
            (100, 0, False),
            (100, 10, False),
            (100, 11, True),
            (220, 11, False),
            (219, 11, True),
            (10_000, 500, False),
            (10_000, 501, True),
            (12, 6, False),
            (12, 7, True),
            (10, 9, True),
            (3, 3, True),
            (1, 1, True),
        ],
    )
    def test_asks_before_much_is_retired(self, held, gone, asks):
        assert needs_a_person(held, gone) is asks


def test_a_person_has_agreed_to_so_many_and_no_more():
    assert not needs_a_person(60, 40, agreed=40)
    assert needs_a_person(60, 41, agreed=40)
    assert not needs_a_person(1_000, 5, agreed=0)
