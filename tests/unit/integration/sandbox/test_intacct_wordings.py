"""One refusal in three wordings: the same number, other words."""

from __future__ import annotations

import re

import pytest

from integration.intacct import refusals as reading
from integration.intacct import responses
from integration.sandbox.intacct import wordings
from integration.sandbox.intacct.refusals import _TABLE, NAMES, Refusal, refusal
from tests.unit.integration.sandbox.intacct_kit import create, line, new_client, offset

_TRIGGERS = (*responses._DUPLICATE_TEXTS, *responses._TRY_LATER_TEXTS, *responses._UNKNOWN_TEXTS, "on or after", "period", "posting date",
             "smart rule", "permission", "folder", "definition", "sender id", "xml gateway", "not authorized")  # fmt: skip


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


class TestOtherWords:
    def test_are_there_for_every_refusal(self):
        assert set(wordings.OTHER_WORDS) == NAMES

    @pytest.mark.parametrize("name", sorted(NAMES))
    def test_mean_the_same_and_have_nothing_that_own_words_are_known_by(self, name):
        _, text, correction = _TABLE[name]
        other = wordings.OTHER_WORDS[name]

        assert other.lower() != text.lower()
        assert placeholders(other) <= placeholders(text) | placeholders(correction) | {"where"}
        assert not [each for each in _TRIGGERS if each in other.lower()]
        assert not reading._UNFIT_FILE.search(other)


class TestNamed:
    @pytest.mark.parametrize("name", wordings.NAMES)
    def test_answers_with_the_number_of_the_refusal(self, name):
        client = new_client()
        client.sandbox.wording = wordings.named(name)

        reply = client.send(create(line(), offset(), JOURNAL="NONE"))

        assert reply.numbers == ["BL01001973", "BL01001973"]
        assert ("Journal 'NONE' specified is not valid." in reply.errors) == (name == "own")
        assert client.sandbox.requests[-1]["refused"] == ["journal_invalid", "could_not_create"]

    @pytest.mark.parametrize("name", wordings.NAMES)
    def test_words_also_what_is_refused_at_the_gate(self, name):
        client = new_client()
        client.sandbox.wording = wordings.named(name)

        signed_out = client.send(create(), authentication="<sessionid>gone</sessionid>")
        spoiled = client.post("<request/>")

        assert signed_out.numbers == ["XL03000006"]
        assert ("Invalid session" in signed_out.errors[0]) == (name == "own")
        assert (b"does not match the schema" in spoiled.body) == (name == "own")

    def test_is_random_in_another_way_each_time_and_the_same_for_a_seed(self):
        first, again, another = wordings.named("random", 7), wordings.named("random", 7), wordings.named("random", 8)
        said = refusal("session")

        texts = [first(said).text for _ in range(5)]

        assert len(set(texts)) == 5
        assert texts == [again(said).text for _ in range(5)]
        assert texts != [another(said).text for _ in range(5)]

    @pytest.mark.parametrize("name", wordings.NAMES)
    def test_leaves_what_a_test_has_worded_itself(self, name):
        said = Refusal("BL01001973", "In the words of a test")

        assert wordings.named(name)(said) == said


class TestASmartRule:
    @pytest.mark.parametrize("name", wordings.NAMES)
    def test_refuses_what_lacks_its_dimension_by_its_own_number(self, name):
        client = new_client()
        client.sandbox.wording = wordings.named(name)
        rule = {"RULE": "OPS-7", "ACCOUNTNO": "6100", "ELEMENT": "DEPARTMENT", "MESSAGE": "Travel needs a department"}
        client.sandbox.books.put("intacct", "SMARTRULE", "OPS-7", rule)

        bare, whole = client.send(create()), client.send(create(line(DEPARTMENT="100"), offset()))

        assert bare.numbers[0] == "BL04002055"
        assert ("Smart Rule OPS-7 violated on line 1: Travel needs a department" in bare.errors) == (name == "own")
        assert whole.statuses == ["success"]
