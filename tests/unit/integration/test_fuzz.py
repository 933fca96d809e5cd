"""Mutated items and answers: whatever they hold, only the errors that their callers expect come out, and soon."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from exports.intake.collect import _as_text
from integration.bodies import read_json
from integration.errors import IntegrationError
from integration.intacct import responses
from integration.pleo.client import ItemResult, PleoClient
from integration.pleo.items import MalformedItem, parse_item
from tests.odd import RUNS, mutated, soon
from tests.unit.integration.pleo.test_items import ITEM

ID = "48b4c91e-6f68-50e4-a62f-763b7fc2fedc"
JOB = {"id": ID, "companyId": ID, "status": "pending", "numberOfItems": 3, "createdAt": "2026-01-01T00:00:00Z", "expiresIn": 3600}
PAGE = {"hasNextPage": False, "endCursor": "x"}
LIST = {"data": [JOB], "pagination": PAGE}
ITEMS = {"data": [{"accountingEntryId": ID, "status": "pending"}], "pagination": PAGE}
ERRORS = {"errors": [{"accountingEntryId": ID, "type": "X", "message": "m"}]}
XML = (
    b"<response><control><status>success</status><controlid>c</controlid></control><operation><authentication><status>success</status>"
    b"<locationid>UK01</locationid><sessiontimestamp>2026-01-01T00:00:00+00:00</sessiontimestamp></authentication><result>"
    b'<status>success</status><function>query</function><controlid>f</controlid><data totalcount="1" offset="0"><GLBATCH>'
    b"<RECORDNO>12</RECORDNO><STATE>Posted</STATE></GLBATCH></data></result></operation></response>"
)


class Answered(PleoClient):
    def __init__(self, raw: bytes) -> None:
        super().__init__("https://external.pleo.io", "key")
        self._raw = raw

    def _exchange(self, *_: Any) -> Any:
        return 200, {"Retry-After": "1e999"}, self._raw


def an_item(chance: Random) -> None:
    raw = read_json(mutated(ITEM, chance))
    try:
        parse_item(raw).fingerprint()
        parse_item(read_json(_as_text(raw).encode())).fingerprint()
    except MalformedItem as error:
        assert 5 < len(str(error)) < 300


def an_answer_of_pleo(chance: Random) -> None:
    ask, answer = chance.choice([
        (lambda pleo: pleo.jobs(ID, ("pending",)), LIST),
        (lambda pleo: pleo.job(ID), {"data": JOB}),
        (lambda pleo: pleo.create_job(ID, [ID]), {"data": JOB}),
        (lambda pleo: list(pleo.job_items(ID)), ITEMS),
        (lambda pleo: list(pleo.export_items(ID)), {"data": [ITEM], "pagination": PAGE}),
        (lambda pleo: pleo.update_items(ID, [ItemResult(ID, "successful")]), ERRORS),
    ])  # fmt: skip
    try:
        ask(Answered(mutated(answer, chance)))
    except IntegrationError as error:
        assert str(error)


def an_answer_of_intacct(chance: Random) -> None:
    raw = bytearray(XML)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(raw))
        odd = (b"", b"<", b"-1", b"9" * 30, "²".encode(), b"&#0;", b"\xff", b"<a>" * 300, bytes([chance.randrange(256)]))
        raw[at : at + chance.randint(0, 3)] = chance.choice(odd)
    try:
        answer = responses.understood(200, bytes(raw), "session", "c")
        result = answer.results.get("f")
        responses.judge_write(result, sent_before=chance.random() < 0.5)
        responses.numbered(responses.page_of(responses.judge_read(result)).rows)
    except IntegrationError as error:
        assert str(error)


@pytest.mark.parametrize("of", [an_item, an_answer_of_pleo, an_answer_of_intacct])
def test_what_is_odd_raises_nothing_else_and_takes_no_second(of):
    for run in range(RUNS):
        soon(run, of)
