"""Our Pleo client speaks to a mock that a published tool makes of Pleo's own descriptions: it judges every request by them.

What the mock answers is the schema's example, so only the form is looked at: each call is taken, and its answer can be read.
"""

from __future__ import annotations

import itertools
import socket
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from integration.errors import Rejected
from integration.pleo.client import ItemResult, PleoClient
from integration.pleo.published import ChartAccount, Tag, TagGroup, TaxCode
from integration.pleo.reference import ReferenceClient
from tests.contracts import reference

INSTALLED = Path(__file__).parents[2] / ".peers"
ID = "6f0c2c1e-0000-4000-8000-000000000001"
NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
pytestmark = pytest.mark.peers

Call = Callable[[Any], Any]
RESULTS = [
    ItemResult(ID, "in_progress"),
    ItemResult(ID, "successful", exported_at=NOW, external_id="4711", external_url="https://www.intacct.com/ia/acct/ur.phtml?.r=1"),
    ItemResult(ID, "failed", failure_type="account_unknown", failure_reason="Account 6900 is not active in UK01."),
]
CALLS: dict[str, dict[str, Call]] = {
    "pleo-export-v3.yml": {
        "jobs of a company": lambda pleo: pleo.jobs(ID, ["pending", "in_progress"]),
        "one job": lambda pleo: pleo.job(ID),
        "a new job": lambda pleo: pleo.create_job(ID, [ID], vendor_based=True),
        "a job's items": lambda pleo: list(pleo.job_items(ID)),
        "export items": lambda pleo: list(pleo.export_items(ID)),
        "item results": lambda pleo: pleo.update_items(ID, RESULTS),
        "started": lambda pleo: pleo.send_event(ID, "started"),
        "completed": lambda pleo: pleo.send_event(ID, "completed"),
        "completed with errors": lambda pleo: pleo.send_event(ID, "completed_with_errors"),
        "failed": lambda pleo: pleo.send_event(ID, "failed", failure_type="validation_failure", failure_reason="None could be posted."),
    },
    "pleo-installations.yml": {
        "the installation": lambda pleo: pleo.installation(),
        "a new installation": lambda pleo: pleo.install(),
        "activation": lambda pleo: pleo.activate(),
    },
    "pleo-companies-employees.yml": {"the company": lambda pleo: pleo.company(ID)},
    "pleo-tags.yml": {
        "groups": lambda pleo: pleo.groups(),
        "a new group": lambda pleo: pleo.create_group(TagGroup("DEPARTMENT", "Department")),
        "a changed group": lambda pleo: pleo.change_group(TagGroup("DEPARTMENT", "Departments", id=ID)),
        "tags": lambda pleo: list(pleo.tags(ID)),
        "a new tag": lambda pleo: pleo.create_tag(ID, Tag("100", "Sales")),
        "a changed tag": lambda pleo: pleo.change_tag(Tag("100", "Sales", archived=True, id=ID)),
        "tags archived together": lambda pleo: pleo.archive_tags([Tag("100", "Sales", id=ID)]),
    },
    "pleo-tax-codes.yml": {
        "tax codes": lambda pleo: list(pleo.tax_codes()),
        "a new tax code": lambda pleo: pleo.create_tax_code(TaxCode("UK Standard", "Standard", Decimal("17.5"), "inclusive")),
        "a changed tax code": lambda pleo: pleo.change_tax_code(TaxCode("UK Standard", "Standard", Decimal(20), "reverse", id=ID)),
    },
    "pleo-chart-of-accounts.yml": {
        "accounts": lambda pleo: list(pleo.accounts()),
        "new accounts": lambda pleo: pleo.create_accounts([ChartAccount("6100", "6100", "Travel")]),
        "a changed account": lambda pleo: pleo.change_account(ChartAccount("6100", "6100", "Travel", archived=True, id=ID)),
    },
}


def description(name: str, folder: Path) -> Path:
    """Return a copy of one of Pleo's descriptions from which the tool can make answers that keep to it, pages that end included."""
    text = yaml.safe_load(reference("pleo", "openapi", name).read_text())
    for part in _parts(text):
        if isinstance(part.get("hasNextPage"), dict):
            part["hasNextPage"]["enum"] = [False]
        if str(part.get("pattern", "")).lower().startswith("yyyy"):
            del part["pattern"]  # a format in words, which the tool would take for a regular expression
        if part.get("maxLength") == 2:
            part["enum"] = ["GB"]  # the tool's own example is longer than it allows
    copy = folder / name
    copy.write_text(yaml.safe_dump(text, sort_keys=False))
    return copy


def _parts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _parts(part)


def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


@pytest.fixture(scope="module", params=list(CALLS))
def mock(request, tmp_path_factory) -> Iterator[tuple[str, str]]:
    """(name of the description, address of its mock)"""
    name, port = request.param, free_port()
    file = description(name, tmp_path_factory.mktemp("mock"))
    command = [str(INSTALLED / "node_modules" / ".bin" / "prism"), "mock", "--errors", "-h", "127.0.0.1", "-p", str(port), str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            said = itertools.takewhile(lambda line: "is listening" not in line, process.stdout)
            list(said)
            yield name, f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


class AtOnce:
    """Turns that never have to be waited for."""

    def wait(self) -> None: ...

    def hold_back(self, seconds: float) -> None:
        raise AssertionError("The mock limits nobody.")


def client(address: str) -> ReferenceClient:
    return ReferenceClient(address, "a-key", company_id=ID, turns=AtOnce(), total_seconds=20)


class TestTheGeneratedMock:
    def test_takes_every_call_of_ours(self, mock):
        name, address = mock
        faults = {}

        for what, call in CALLS[name].items():
            try:
                call(client(address))
            except Exception as error:
                faults[what] = f"{type(error).__name__}: {error}"

        assert faults == {}

    def test_judges_requests(self, mock):
        """Else the test above could not fail: an event without its name is refused."""
        name, address = mock
        if name != "pleo-export-v3.yml":
            return

        with pytest.raises(Rejected):
            PleoClient(address, "a-key", total_seconds=20)._call("POST", "v3/export-job-events", body={"jobId": ID})
