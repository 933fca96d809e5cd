"""What people do with journal entries in Intacct itself: approve, decline, post, reverse and delete."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from integration.sandbox.intacct.objects import set_first_open_day
from integration.sandbox.intacct.preferences import set_preference
from tests.unit.integration.sandbox.intacct_kit import Client, create, new_client

NOW = datetime(2025, 4, 2, 9, 0, tzinfo=UTC)


def balances(client: Client) -> dict[str, str]:
    return {account: str(client.sandbox.account_balance("UK01", account)) for account in ("6100", "1050")}


@pytest.fixture
def client() -> Client:
    return new_client()


@pytest.fixture
def posted(client):
    assert client.send(create()).statuses == ["success"]
    return client


def states(client: Client) -> list[str]:
    return [each["state"] for each in client.sandbox.ledger()]


class TestApproval:
    def test_keeps_an_entry_out_of_the_ledger_until_it_is_given(self, client):
        set_preference(client.sandbox.books, "GL", "JOURNAL_APPROVAL", "true")
        client.send(create())
        before = states(client), balances(client)["6100"]

        client.sandbox.approve("GLBATCH", "1", NOW)

        assert before == (["Submitted"], "0") and states(client) == ["Posted"] and balances(client)["6100"] == "100.00"

    def test_that_is_refused_leaves_it_declined(self, client):
        set_preference(client.sandbox.books, "GL", "JOURNAL_APPROVAL", "true")
        client.send(create())

        client.sandbox.decline("GLBATCH", "1", NOW)

        assert states(client) == ["Declined"] and balances(client)["6100"] == "0"


class TestDrafts:
    def test_that_a_rule_makes_are_posted_by_a_person(self, client):
        set_preference(client.sandbox.books, "GL", "JOURNAL_DRAFTS", "true")
        client.send(create())
        before = states(client)

        client.sandbox.post_draft("GLBATCH", "1", NOW)

        assert (before, states(client)) == (["Draft"], ["Posted"])
        with pytest.raises(ValueError, match="not a draft"):
            client.sandbox.post_draft("GLBATCH", "1", NOW)


class TestReversing:
    def test_leaves_the_entry_with_its_opposite_beside_it(self, posted):
        number = posted.sandbox.reverse_entry("1", NOW)

        assert (number, states(posted)) == ("2", ["Reversed", "Posted"])
        assert set(balances(posted).values()) == {"0.00"}
        row = posted.sandbox.books.get("intacct", "GLBATCH", "1")
        assert (row["REVERSEDKEY"], posted.sandbox.books.get("intacct", "GLBATCH", "2")["REVERSEDFROM"]) == ("2", "1")

    def test_is_for_what_is_posted_in_an_open_period(self, posted):
        set_first_open_day(posted.sandbox.books, "UK01", date(2999, 1, 1))

        with pytest.raises(ValueError, match="closed"):
            posted.sandbox.reverse_entry("1", NOW)


class TestDeleting:
    def test_makes_an_entry_vanish_from_every_query(self, posted):
        posted.sandbox.delete("GLBATCH", "1", NOW)

        assert (states(posted), balances(posted)["6100"]) == ([], "0")
        assert not posted.sandbox.books.all("intacct", "GLENTRY")
        with pytest.raises(ValueError, match="there is no"):
            posted.sandbox.delete("GLBATCH", "1", NOW)

    def test_is_refused_for_what_was_reversed(self, posted):
        posted.sandbox.reverse_entry("1", NOW)

        with pytest.raises(ValueError, match="reads Reversed"):
            posted.sandbox.delete("GLBATCH", "1", NOW)
