"""The sandbox with entries in Pleo's queue but no job, a lease and a horizon of seconds, and worker processes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from integration.sandbox.sandbox import Sandbox
from integration.sandbox.server import RunningServer, serve
from integration.sandbox.world import load_demo_world
from tests.conftest import connect
from tests.faults.nursery import Nursery
from tests.faults.rig import HORIZON, LEASE, Rig
from tests.functional.journey import all_companies

# Half an hour under real workers has its own target, `make test-soak`.
collect_ignore = [] if "SOAK_SECONDS" in os.environ else ["test_soak.py"]


@pytest.fixture
def short_times(settings: Any) -> None:
    settings.LEASE_SECONDS, settings.LATE_COMMIT_HORIZON_SECONDS = LEASE, HORIZON


@pytest.fixture
def sandbox() -> Sandbox:
    """Both systems with the demo world; a test clicks Export itself."""
    return Sandbox(world=lambda books, now: load_demo_world(books, now, with_jobs=False), now=datetime.now(UTC))


@pytest.fixture
def server(sandbox: Sandbox) -> Iterator[RunningServer]:
    with serve(sandbox) as running:
        yield running


@pytest.fixture
def rig(db: None, short_times: None, sandbox: Sandbox, server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """For tests that work in this process."""
    return _rig(sandbox, server, monkeypatch)


@pytest.fixture
def shared_rig(transactional_db: None, short_times: None, sandbox: Sandbox, server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """For tests with threads or other processes: what is written is committed."""
    return _rig(sandbox, server, monkeypatch)


def _rig(sandbox: Sandbox, server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> Rig:
    return Rig(sandbox, connect(server, monkeypatch))


@pytest.fixture
def payables_rig(transactional_db: None, short_times: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """The world of all kinds, whose third company keeps payables; for tests with other processes."""
    sandbox = Sandbox(world=lambda books, now: load_demo_world(books, now, with_jobs=False, kinds="all"), now=datetime.now(UTC))
    with all_companies(sandbox, monkeypatch) as connection:
        yield Rig(sandbox, connection)


@pytest.fixture(scope="session")
def worker_environment(django_db_setup: None) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": database_url(), "LEASE_SECONDS": str(LEASE), "LATE_COMMIT_HORIZON_SECONDS": str(HORIZON)}


@pytest.fixture(scope="session")
def nursery(worker_environment: dict[str, str]) -> Iterator[Nursery]:
    nursery = Nursery(worker_environment)
    yield nursery
    nursery.stop()


def database_url() -> str:
    """The test database as a worker process has to name it."""
    from django.db import connection

    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    password = f":{quote(given['PASSWORD'], safe='')}" if given["PASSWORD"] else ""
    return f"postgres://{given['USER']}{password}@{given['HOST']}:{given['PORT'] or 5432}/{given['NAME']}"
