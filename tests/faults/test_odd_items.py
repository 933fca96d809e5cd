"""One odd item of Pleo's: it needs a person, with a sentence, and its neighbours and the next company are posted all the same."""

from __future__ import annotations

import json
import time

import pytest

from integration.sandbox.http import Answer
from integration.sandbox.world import US, entry_id

DEEP = "[" * 5_000 + "]" * 5_000
ODD = {
    "a link that is none": {"files": [{"url": "https://[::1/x"}]},
    "a link with a null": {"files": [{"url": "https://exa\x00mple.com/x"}]},
    "an amount of 1e999999": {"amount": '{"inWalletCurrency": {"currency": "GBP", "value": 1e999999}}'},
    "an amount of 10^19": {"amount": {"inWalletCurrency": {"currency": "GBP", "value": 10**19}}},
    "an amount of 1E+20": {"amount": '{"inWalletCurrency": {"currency": "GBP", "value": 1E+20}}'},
    "an amount of 1e30": {"amount": '{"inWalletCurrency": {"currency": "GBP", "value": 1e30}}'},
    "an amount of 5,000 digits": {"amount": '{"inWalletCurrency": {"currency": "GBP", "value": %s}}' % ("9" * 5_000)},
    "no number": {"amount": '{"inWalletCurrency": {"currency": "GBP", "value": NaN}}'},
    "a day at the end of time": {"date": "9999-12-31T23:59:59-14:00"},
    "a day at the beginning of time": {"date": "0001-01-01T00:00:00+14:00"},
    "a deeply nested field": {"note": DEEP},
    "a deeply nested file": {"files": DEEP},
    "a size of 1e999999": {"files": '[{"url": "https://127.0.0.1:1/x", "size": 1e999999}]'},
    "a currency of forty letters": {"amount": {"inWalletCurrency": {"currency": "G" * 40, "value": 1}}},
    "a null in a text": {"type": "card\x00purchase\ud800"},
    "attendees that are a number": {"additionalInformation": {"attendees": 7}},
    "a text that is an object": {"team": {"name": {"a": 1}, "code": [1, 2]}},
}


def odd(changes):
    """Change the item of UK-01 in an answer; a text is JSON as it is written."""

    def hook(name, request, answer):
        page = json.loads(answer.body)
        raw = {f"@@{field}@@": value for field, value in changes.items() if isinstance(value, str) and value[:1] in "[{"}
        for row in page["data"]:
            if row["accountingEntryId"] == entry_id("UK-01"):
                for field, value in changes.items():
                    row[field] = f"@@{field}@@" if f"@@{field}@@" in raw else value
        text = json.dumps(page)
        for mark, value in raw.items():
            text = text.replace(json.dumps(mark), value)
        return Answer(200, text.encode())

    return hook


@pytest.mark.parametrize("changes", ODD.values(), ids=ODD.keys())
class TestAnOddItem:
    def test_stops_neither_its_neighbours_nor_the_next_company(self, rig, changes):
        job = rig.offer("UK-01", "UK-09")
        rig.offer("US-01", company=US.id)
        for nth in range(1, 300):
            rig.after("export items", nth, odd(changes))

        began = time.monotonic()
        rig.settle()

        assert time.monotonic() - began < 60
        record = rig.record("UK-01")
        assert record.status in ("NEEDS_FIX", "POSTED")
        assert record.status == "POSTED" or len(record.first_problem.split()) > 5
        assert {rig.record(label).status for label in ("UK-09", "US-01")} == {"POSTED"}
        assert set(rig.told(job).values()) <= {"successful", "failed"}
        rig.check()
