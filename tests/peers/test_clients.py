"""Others' clients speak to the sandbox: what they take for granted of Sage Intacct has to be there."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from integration.sandbox.sandbox import Sandbox
from integration.sandbox.server import RunningServer, serve
from integration.sandbox.world import COMPANY_ID, SENDER_ID, SENDER_PASSWORD, USER_ID, USER_PASSWORD, load_all_kinds

HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / ".peers"
TODAY = datetime.now(UTC).strftime("%m/%d/%Y")
pytestmark = pytest.mark.peers


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(world=load_all_kinds)


@pytest.fixture
def server(sandbox: Sandbox) -> Iterator[RunningServer]:
    with serve(sandbox) as running:
        yield running


def sign_in(**more: Any) -> str:
    known = {
        "sender": SENDER_ID, "sender_password": SENDER_PASSWORD, "user": USER_ID, "company": COMPANY_ID, "password": USER_PASSWORD,
        "entity": "UK01", "vendor": "V-CLOUD", "day": TODAY,
    }  # fmt: skip
    return json.dumps({**known, **more})


def run(*command: str, **environment: str) -> dict[str, Any]:
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, **environment}, check=False)
    assert ran.returncode == 0, ran.stderr[-3000:]
    answer: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return answer


class TestThePublishedPythonClient:
    def test_signs_in_reads_and_writes(self, sandbox, server):
        python = str(INSTALLED / "python" / "bin" / "python")

        done = run(python, str(HERE / "python_client.py"), server.address, sign_in())

        books = sandbox.books
        assert len(done["read"]) >= 15
        assert done["read"]["accounts"] == len(books.all("intacct", "GLACCOUNT"))
        assert done["read"]["one_vendor"] == done["read"]["filtered_accounts"] == 1
        assert books.get("intacct", "GLBATCH", done["entry"])["SUPDOCID"] == "PEER-1"
        assert books.get("intacct", "APBILL", done["bill"])["SUPDOCID"] == "PEER-1"


def official(server: RunningServer, **more: Any) -> dict[str, Any]:
    facts = {
        "kinds": ["GLACCOUNT", "VENDOR", "DEPARTMENT", "LOCATION", "LOCATIONENTITY", "CLASS", "PROJECT", "CUSTOMER", "ITEM", "EMPLOYEE",
                  "TASK", "COSTTYPE", "TAXDETAIL", "TAXSOLUTION", "CHECKINGACCOUNT", "APTERM", "JOURNAL", "EXCHANGERATETYPES"],
        "folder": "Peers", "attachment": "PEER-2", "attachment_name": "Receipts", "file_content": "%PDF-1.4", "title": "From a peer",
        "reference": "PEER-REF", "bank": "CHK-PLEO",
        "lines": [{"account": "6100", "amount": 12.34, "memo": "one"}, {"account": "2050", "amount": -12.34, "memo": "two"}],
    }  # fmt: skip
    return run(
        "node", str(HERE / "official_client.js"), server.address, sign_in(**(facts | more)), NODE_PATH=str(INSTALLED / "node_modules")
    )


class TestTheOfficialPackage:
    def test_signs_in_reads_and_writes(self, sandbox, server):
        done = official(server)

        books = sandbox.books
        assert len(done["read"]) >= 15
        assert done["read"]["GLACCOUNT"] == len(books.all("intacct", "GLACCOUNT"))
        assert done["lines"] == 2
        assert books.get("intacct", "GLBATCH", done["written"]["entry"])["REFERENCENO"] == "PEER-REF"
        assert books.get("intacct", "APBILL", done["written"]["bill"])["STATE"] == "Paid"
