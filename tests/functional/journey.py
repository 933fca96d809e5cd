"""Small steps that the functional tests here are told in: offer, export, look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management import call_command

from exports.models import Document, ExportJob, ExportRecord
from exports.run_cycle import export_until_nothing_is_due
from integration.clock import clock as real_clock
from integration.intacct.gateway import gateway_for
from integration.models import Connection, EntityConfiguration
from integration.sandbox.sandbox import Sandbox
from integration.sandbox.server import serve
from integration.sandbox.world import CONFIGURATION_ALL, ENVIRONMENT_ALL, UK_COMPANY_ID, US_COMPANY_ID, entry_id, load_demo_world
from referencedata.syncing.sync import sync_all


def all_kinds_in_the_queue() -> Sandbox:
    """Both systems with every kind of entry, none of them offered yet: each test offers what it is about."""
    return Sandbox(world=lambda books, now: load_demo_world(books, now, kinds="all", with_jobs=False), now=datetime.now(UTC))


@contextmanager
def all_companies(sandbox: Sandbox, monkeypatch: Any) -> Iterator[Connection]:
    """Serve a world of all kinds, with its three companies configured and their reference data copied."""
    with serve(sandbox) as running:
        for name, value in ENVIRONMENT_ALL.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("SANDBOX_INTACCT_URL", f"{running.address}/ia/xml/xmlgw.phtml")
        monkeypatch.setenv("SANDBOX_PLEO_URL", f"{running.address}/pleo")
        call_command("import_configuration", str(CONFIGURATION_ALL), verbosity=0)
        connection = Connection.objects.get()
        sync_all(connection, gateway=gateway_for(connection), clock=real_clock)
        yield connection


def offer(sandbox: Sandbox, *labels: str, expires_in: int | None = None) -> str:
    """Have Pleo export these entries of the demo world in a new job, and return its id."""
    company = UK_COMPANY_ID if labels[0].startswith("UK") else US_COMPANY_ID
    return sandbox.pleo.make_job(company, [entry_id(label) for label in labels], now=datetime.now(UTC), expires_in=expires_in)


def export(clock: Callable[[], datetime] = real_clock) -> list[str]:
    """Run the whole cycle until nothing is due now; return what went wrong."""
    configurations = list(EntityConfiguration.objects.select_related("connection").order_by("pk"))
    return export_until_nothing_is_due(configurations, clock=clock, owner="test", say=lambda text: None)


def record(label: str) -> ExportRecord:
    return ExportRecord.objects.get(entry_id=entry_id(label))


def journal_of(label: str) -> Document:
    return Document.objects.get(record__entry_id=entry_id(label), kind="journal_entry")


def job(job_id: str) -> ExportJob:
    return ExportJob.objects.get(pleo_job_id=job_id)


def told(sandbox: Sandbox, job_id: str) -> dict[str, dict[str, Any]]:
    """Return what Pleo knows of the items of a job, by entry id."""
    return {item["accountingEntryId"]: item for item in sandbox.pleo.items(job_id)}


def told_one(sandbox: Sandbox, job_id: str, label: str) -> dict[str, Any]:
    return told(sandbox, job_id)[entry_id(label)]


def status(sandbox: Sandbox, job_id: str) -> str:
    (found,) = [job["status"] for job in sandbox.pleo.jobs() if job["id"] == job_id]
    return str(found)


def expire(sandbox: Sandbox, job_id: str) -> None:
    """Let the time of an open job run out at Pleo."""
    row = sandbox.books.get("pleo", "job", job_id)
    assert row
    long_ago = datetime.now(UTC) - timedelta(seconds=row["expiresIn"] + 1)
    sandbox.books.put("pleo", "job", job_id, row | {"lastUpdatedAt": long_ago.strftime("%Y-%m-%dT%H:%M:%SZ")})


def files_fetched(sandbox: Sandbox) -> int:
    return sum(request["path"].startswith("/files/") for request in sandbox.pleo.requests)
