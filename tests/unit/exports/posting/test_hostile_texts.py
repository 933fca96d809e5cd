"""Any text in any field of an item, for every rule: nothing fails, no id is cut, and what is cut is marked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from itertools import product
from typing import Any

import pytest

from exports.posting.context import RecordFacts
from exports.posting.kinds import RULES
from exports.posting.plan import CannotPost, PostingPlan, plan_posting
from exports.posting.reasons import REASONS
from integration.intacct import xml
from integration.intacct.documents import Attachment
from tests.unit.exports.posting.checks import read_back
from tests.unit.exports.posting.posting_kit import CONTEXT, PAYABLES, held, invoice, item, line, receipt

LONG = "x" * 4000
HOSTILE = {
    "emoji": "😀👩‍👩‍👧‍👦 ☕️" * 40,
    "right to left": "\u202egnp.evil\u202c ﷽ مرحبا",
    "control characters": "a\x00b\x0bc\x1f\ud800\uffff",
    "end of CDATA": "]]> <![CDATA[ & < > \" '",
    "long": LONG,
    "blanks": " \t\r\n\u00a0 ",
}
# What people write: it may be cut. Everything else is an id or a code, which is whole or not there.
FREE = {"merchant", "employee_name", "note", "attendees[0]", "lines[0].account_name"}


def full_item(kind: str, sub_type: str) -> Any:
    """An item of this kind with something in every text field that Pleo has."""
    return item(
        line(12000, tax=2000, name="Travel", tags={"DEPARTMENT": "200"}),
        type=kind, sub_type=sub_type or None, invoice=invoice(), employee_code="E-17", attendees=["Alan"], supplier_code="S-1",
        vendor={"id": "v", "name": "Adobe", "code": "V-100", "externalId": "external"}, team={"id": "t", "name": "Sales", "code": "sales"},
        contra={"id": "c", "code": "1050"}, files=[{"url": "https://files.example/1", "type": "pdf", "size": 1}],
    )  # fmt: skip


def paths(value: Any, before: str = "") -> Iterator[str]:
    """Yield where in `value` a text stands, e.g. "lines[0].tax.code"."""
    if isinstance(value, str):
        yield before
    elif isinstance(value, tuple):
        for number, each in enumerate(value):
            yield from paths(each, f"{before}[{number}]")
    elif is_dataclass(value) and type(value).__name__ != "Money":
        for each in fields(value):
            yield from paths(getattr(value, each.name), f"{before}.{each.name}" if before else each.name)


def with_text(value: Any, path: str, text: str, at: str = "") -> Any:
    """Return `value` with another text at one place."""
    if at == path:
        return text
    if not path.startswith(at):
        return value
    if isinstance(value, tuple):
        return tuple(with_text(each, path, text, f"{at}[{number}]") for number, each in enumerate(value))
    if is_dataclass(value) and type(value).__name__ != "Money":
        named = {each.name: f"{at}.{each.name}" if at else each.name for each in fields(value)}
        return replace(value, **{name: with_text(getattr(value, name), path, text, place) for name, place in named.items()})
    return value


def texts(planned: PostingPlan) -> list[str]:
    """All that the documents say."""
    return [text for document in planned.documents for text in _strings(document)]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _strings(each)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _strings(getattr(value, field.name))


# Not the entry id: it is a UUID before anything is planned, as the record it belongs to is found by it.
PATHS = [path for path in paths(full_item("card_purchase", "")) if path != "entry_id"]


class TestPaths:
    def test_reach_every_text_of_an_item(self):
        assert {*FREE, "type", "reconciliation_id", "invoice.number", "lines[0].tax.code", "lines[0].tags[0].group_code"} <= set(PATHS)
        assert with_text(full_item("fee", ""), "lines[0].tax.code", "z").lines[0].tax.code == "z"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_any_text_is_posted_or_named_for_every_rule(path, text):
    posted = 0
    for (kind, sub_type), within in product(RULES, (CONTEXT, PAYABLES)):
        hostile = with_text(full_item(kind, sub_type), path, text)
        bills = (held(12000),) if kind == "invoice_payment" else ()
        try:
            planned = plan_posting(hostile, within, RecordFacts(receipts=(receipt(),), bills=bills))
        except CannotPost as error:
            assert {problem.code for problem in error.problems} <= set(REASONS)
            for problem in error.problems:
                problem.sentence.encode()
            continue
        posted += 1
        for each in planned.documents:
            if isinstance(each, Attachment):
                xml.parse(xml.function(each, {file.content_hash: b"x" for file in each.files}))
            else:
                read_back(each, within)
        for said in texts(planned):
            said.encode()
            if "x" * 10 in said:
                assert path in FREE
                assert "x…" in said
            assert "PLEO-" not in said or "PLEO-0042" in said
        for note in planned.notes:
            note.encode()
    assert posted or path not in FREE
