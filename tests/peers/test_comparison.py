"""The XML of the official package beside ours: each difference stands in docs/peer-comparison.md, with its reason."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from integration.intacct import xml
from integration.intacct.documents import Attachment, AttachmentFile, Dimension, ExchangeRate, JournalEntry, JournalLine, Payment
from integration.money import Money
from tests.peers.test_clients import official, sandbox, server

__all__ = ["sandbox", "server"]  # fixtures
pytestmark = pytest.mark.peers

PAGE = Path(__file__).parents[2] / "docs" / "peer-comparison.md"
TODAY = datetime.now(UTC).date()
KEY = "PLABCDEFGHIJKLMNOP"
CONTENT = b"%PDF-1.4"
HASH = "1" * 64


def gbp(text: str) -> Money:
    return Money(Decimal(text), "GBP")


def ours(record: str) -> dict[str, bytes]:
    rate = ExchangeRate(TODAY, "Intacct Daily Rate")
    place = (Dimension("LOCATION", "UK01", "LOCATION"),)
    lines = (
        JournalLine("6100", "debit", gbp("12.34"), None, place, "one", "", rate),
        JournalLine("2050", "credit", gbp("12.34"), None, place, "two", "", rate),
    )
    entry = JournalEntry(KEY, "UK01", "PLEO", TODAY, "From us", lines, attachment_key=KEY)
    attachment = Attachment(KEY, "UK01", "Peers", "Receipts", (AttachmentFile("receipt-1", "pdf", HASH, len(CONTENT)),))
    payment = Payment(
        KEY, "UK01", "V-CLOUD", "CHK-PLEO", "EFT", TODAY, gbp("12.34"), "From us", "OFFICIAL-1", bill_record=record, exchange_rate=rate,
        base_currency="GBP",
    )  # fmt: skip
    return {
        "folder": xml.create_folder("Peers"),
        "attachment": xml.function(attachment, {HASH: CONTENT}),
        "entry": xml.function(entry),
        "payment": xml.function(payment),
    }


def flat(node: etree._Element, path: str = "") -> list[tuple[str, str]]:
    """(path, text) of every leaf, in order."""
    if not len(node):
        return [(path, (node.text or "").strip())]
    return [leaf for each in node for leaf in flat(each, f"{path}/{each.tag}".strip("/"))]


def differences(mine: bytes, theirs: str) -> set[tuple[str, str]]:
    """(element, difference) as the page names them; legacy functions are compared in order, generic ones are not."""
    root = etree.fromstring(theirs)
    function = next(iter(root.iter("function")))[0]
    left, right = flat(etree.fromstring(mine)), flat(function)
    found: set[tuple[str, str]] = set()
    counted = Counter(path for path, _ in left), Counter(path for path, _ in right)
    for path in {*counted[0], *counted[1]}:
        name = path.rpartition("/")[2]
        if counted[0][path] > counted[1][path]:
            found.add((name, "only ours"))
        elif counted[0][path] < counted[1][path]:
            found.add((name, "only theirs"))
        elif sorted(text for at, text in left if at == path) != sorted(text for at, text in right if at == path):
            found.add((name, "other value"))
    if function.tag not in ("create", "update"):
        shared = [path for path, _ in left if counted[0][path] == counted[1][path]]
        if shared != [path for path, _ in right if counted[0][path] == counted[1][path]]:
            found.add((str(function.tag), "other order"))
    return found


def stands_on_the_page() -> set[tuple[str, str, str]]:
    rows = re.findall(r"^\| (\w+) \| (\w+) \| ([\w ]+) \| .+ \|$", PAGE.read_text(), re.MULTILINE)
    return {row for row in rows if row[0] != "function"}


class TestTheOfficialPackage:
    def test_writes_what_we_write_but_for_what_the_page_explains(self, server):
        facts = {"reference": KEY, "attachment": KEY, "attachment_name": KEY, "title": "From us", "file_content": CONTENT.decode()}
        done = official(server, **facts)

        found = {
            (name, *difference)
            for name, mine in ours(done["written"]["bill"]).items()
            for difference in differences(mine, done["built"][name])
        }

        assert found == stands_on_the_page()
