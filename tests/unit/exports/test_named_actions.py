"""The button that comes first is the one that the problem's sentence names: for every code, on the sentences as they are written."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import exports
from exports.pages.buttons import BUTTONS, first_of
from exports.posting.reasons import REASONS
from tests.named_actions import NAMED, WORDS

SOURCES = [path for path in Path(exports.__path__[0]).rglob("*.py") if "migrations" not in path.parts]


def _text(node: ast.AST, names: dict[str, str]) -> str:
    """What of a text stands in the source; names of texts in the same module stand for these."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, names) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _text(node.value, names)
    if isinstance(node, ast.Name):
        return names.get(node.id, "…")
    return "…"


def sentences() -> Iterator[tuple[str, str]]:
    """Every code that stands in the source with its sentence beside it."""
    for path in SOURCES:
        tree = ast.parse(path.read_text())
        names: dict[str, str] = {}
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.targets[0], ast.Name)
                and isinstance(node.value, ast.Constant | ast.JoinedStr)
            ):
                names[node.targets[0].id] = names.get(node.targets[0].id, "") + _text(node.value, names)
        for node in ast.walk(tree):
            pair = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple) else ()
            if len(pair) > 1 and isinstance(pair[0], ast.Constant) and pair[0].value in REASONS:
                yield pair[0].value, _text(pair[1], names)


def _named_in(sentence: str) -> set[str]:
    """The first button that a sentence names, or the two of which one is chosen when it is said."""
    found = sorted((match.start(), name) for name, words in WORDS.items() for match in re.finditer(words, sentence))
    return {found[0][1]} if found else set()


class TestNamed:
    def test_says_it_for_every_code(self):
        assert {code: (each.button(posted=False), each.button(posted=True)) for code, each in REASONS.items()} == NAMED

    @pytest.mark.parametrize(("code", "sentence"), [each for each in sentences() if _named_in(each[1])])
    def test_is_what_the_sentence_names(self, code, sentence):
        assert _named_in(sentence) <= set(NAMED[code]), sentence

    def test_finds_the_sentences(self):
        found = {code for code, sentence in sentences() if _named_in(sentence)}

        assert {"payment_returned", "bill_exists", "sign_unexpected", "content_changed", "unknown_kind"} <= found
        assert len({code for code, _ in sentences()}) > 60

    def test_is_a_button(self):
        assert {name for pair in NAMED.values() for name in pair} - {""} <= set(BUTTONS)


class TestFirstOf:
    def test_puts_a_decision_before_exporting_again(self):
        assert first_of(["account_unknown", "before_first_posting_date"], posted=False) == "allow_date"

    def test_names_none_where_it_mends_itself(self):
        assert first_of(["bill_missing"], posted=False) == first_of([], posted=False) == ""
