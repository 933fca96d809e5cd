"""What every test may use: the sandbox, the connection to it, the clock."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from integration.sandbox.http import Answer, Request
from integration.sandbox.intacct import wordings
from integration.sandbox.intacct.service import IntacctSandbox
from integration.sandbox.pleo import PleoSandbox
from integration.sandbox.sandbox import Sandbox
from integration.sandbox.server import RunningServer, serve
from integration.sandbox.world import CONFIGURATION, ENVIRONMENT, load_demo_world
from tests import contracts


def pytest_report_header() -> str:
    return contracts.missing()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite tests use a file, not memory: worker processes and threads must see the same database."""
    from django.conf import settings

    default = settings.DATABASES["default"]
    if default["ENGINE"] == "django.db.backends.sqlite3":
        folder = Path(tempfile.mkdtemp(prefix="pleo-intacct-tests-"))
        default.setdefault("TEST", {})["NAME"] = str(folder / "test.sqlite3")


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> None:
    """Nobody breaks into a test: a password that takes half a second to hash would only make the people of tests slow to make."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def no_uptime(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time passes in tests because they say so; the host's own would contradict it."""
    monkeypatch.setattr("integration.clock.uptime", lambda: None)


@pytest.fixture(autouse=True)
def words_of_refusals(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse in the words that INTACCT_WORDING names (own, other, random): a run for each.

    What is marked `own_words` is about these very words: a day that a sentence names, or the sentence as people see it.
    """
    name = os.environ.get("INTACCT_WORDING", "own")
    if name != "own" and not request.node.get_closest_marker("own_words"):
        monkeypatch.setattr(IntacctSandbox, "wording", staticmethod(wordings.named(name)))


@pytest.fixture(autouse=True)
def pleo_answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Hold every answer of Pleo's sandbox against Pleo's descriptions, where these are there; yields what they have against them."""
    faults: list[str] = []
    if contracts.described():
        monkeypatch.setattr(PleoSandbox, "witness", lambda request, answer: faults.extend(answer_faults_of(request, answer)))
    yield faults
    if faults:
        pytest.fail("not as Pleo describes it:\n" + "\n".join(dict.fromkeys(faults)))


def answer_faults_of(request: Request, answer: Answer) -> tuple[str, ...]:
    """Files are no part of Pleo's API."""
    return () if request.path.startswith("/files/") else contracts.answer_faults(request, answer)


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox() -> Sandbox:
    """Both systems with the demo world, in memory."""
    return Sandbox(world=load_demo_world, now=datetime.now(UTC))


@pytest.fixture
def server(sandbox: Sandbox) -> Iterator[RunningServer]:
    """The sandbox over real HTTP, on a free port."""
    with serve(sandbox) as running:
        yield running


@pytest.fixture
def connected(db: None, server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The demo connection, imported and synced; returns its Connection."""
    return connect(server, monkeypatch)


def connect(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> Any:
    from django.core.management import call_command

    from integration.clock import clock as real_clock
    from integration.intacct.gateway import gateway_for
    from integration.models import Connection
    from referencedata.syncing.sync import sync_all

    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SANDBOX_INTACCT_URL", f"{server.address}/ia/xml/xmlgw.phtml")
    monkeypatch.setenv("SANDBOX_PLEO_URL", f"{server.address}/pleo")
    call_command("import_configuration", str(CONFIGURATION), verbosity=0)
    connection = Connection.objects.get()
    sync_all(connection, gateway=gateway_for(connection), clock=real_clock)
    return connection
