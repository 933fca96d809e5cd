"""`manage.py demo` as people start it: a process of its own, in a folder of its own."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from integration.sandbox.world import ENTRIES_ALL, EXPECTED_PROBLEMS_ALL, EXPECTED_SKIPPED_ALL

# It brings a SQLite file of its own, whatever database the other tests run on.
pytestmark = pytest.mark.skipif("postgres" in os.environ.get("DATABASE_URL", ""), reason="runs once, with SQLite")

ROOT = Path(__file__).resolve().parents[2]
ITS_OWN = ("DATABASE_URL", "SECRET_KEY", "FIELD_ENCRYPTION_KEY", "ALLOW_LOOPBACK_ENDPOINTS", "HTTPS", "LOG_LEVEL")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """That of a fresh machine: nothing of the application's is set, but the folder and two free ports."""
    kept = {name: value for name, value in os.environ.items() if name not in ITS_OWN and not name.startswith("SANDBOX_")}
    web, sandbox = _free_port(), _free_port()
    return {**kept, "DEMO_FOLDER": str(tmp_path / "demo"), "DEMO_WEB_PORT": str(web), "DEMO_SANDBOX_PORT": str(sandbox)}


def demo(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "demo", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)


class TestDemoOnce:
    def test_posts_all_good_expenses_ends_with_the_tie_out_and_leaves_nothing_behind(self, environment):
        before = {path.name for path in ROOT.iterdir()}

        done = demo(environment, "--once")

        assert done.returncode == 0, done.stderr
        lines = done.stdout.strip().splitlines()
        posted, offered = map(int, re.fullmatch(r"posted (\d+) of (\d+)", lines[-1]).groups())
        # One payment waits for the approval of its bill; one came before its invoice, and counts in both jobs that offered it.
        assert posted == sum(map(len, ENTRIES_ALL.values())) - len(EXPECTED_PROBLEMS_ALL) - len(EXPECTED_SKIPPED_ALL)
        assert offered == sum(map(len, ENTRIES_ALL.values())) + 1
        assert done.stdout.count("Ties out.") == 7
        assert "DOES NOT TIE OUT" not in done.stdout
        new = {path.name for path in ROOT.iterdir()} - before
        assert not {name for name in new if name.endswith((".sqlite3", ".books", ".log")) or name == ".demo"}
        assert (Path(environment["DEMO_FOLDER"]) / "demo.sqlite3").is_file()
        assert not _processes_of(environment)

    def test_starts_afresh_each_time_and_goes_on_where_it_was_with_keep(self, environment):
        first = demo(environment, "--once")
        kept = demo(environment, "--once", "--keep")
        fresh = demo(environment, "--once")

        assert kept.returncode == 0, kept.stderr
        assert "No export job is waiting" in kept.stdout
        assert fresh.stdout.strip().splitlines()[-1] == first.stdout.strip().splitlines()[-1]


class TestDemoRefuses:
    @pytest.mark.parametrize("url", ["sqlite:////srv/books.sqlite3", "postgres://someone@db.example.org/books"])
    def test_a_database_of_somebody_else(self, environment, url):
        done = demo({**environment, "DATABASE_URL": url}, "--once")

        assert done.returncode != 0
        assert "DATABASE_URL" in done.stderr
        assert "Traceback" not in done.stderr
        assert not Path(environment["DEMO_FOLDER"]).exists()

    @pytest.mark.parametrize("name", ["DEMO_WEB_PORT", "DEMO_SANDBOX_PORT"])
    def test_a_port_that_is_taken_with_a_message_that_says_what_to_set(self, environment, name):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]

            done = demo({**environment, name: str(port)})

        assert done.returncode != 0
        assert f"{port}" in done.stderr
        assert f"Set {name}" in done.stderr
        assert "Traceback" not in done.stderr
        assert not _processes_of(environment)

    def test_a_port_that_is_no_number(self, environment):
        done = demo({**environment, "DEMO_WEB_PORT": "http"})

        assert done.returncode != 0
        assert "DEMO_WEB_PORT must be a port number" in done.stderr


class TestDemo:
    @pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
    def test_serves_application_and_ledger_until_it_is_stopped_and_leaves_no_process(self, environment, end):
        web = f"http://127.0.0.1:{environment['DEMO_WEB_PORT']}"
        ledger = f"http://127.0.0.1:{environment['DEMO_SANDBOX_PORT']}"

        with _serving(environment) as process:
            health = _until_answered(f"{web}/health/ready", process)
            page = _until_answered(f"{ledger}/", process)
            admin = _until_answered(f"{web}/admin/", process)
            process.send_signal(end)
            output, _ = process.communicate(timeout=40)

        assert '"ready"' in health
        assert "<table" in page
        assert "Northern Rail" in page
        assert "password" in admin.lower()
        assert f"{web}/admin/" in output
        assert re.search(r"^posted \d+ of \d+$", output, re.MULTILINE)
        assert process.returncode == 0
        assert not _processes_of(environment)
        for port in (environment["DEMO_WEB_PORT"], environment["DEMO_SANDBOX_PORT"]):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", int(port)))


@contextlib.contextmanager
def _serving(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "demo"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
        for pid in _processes_of(environment):
            os.kill(pid, signal.SIGKILL)


def _until_answered(url: str, process: subprocess.Popen[str], seconds: float = 100) -> str:
    """Return the page at `url` as soon as there is one with status 200."""
    deadline, last = time.monotonic() + seconds, ""
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(url, timeout=5) as answer:
                return answer.read().decode()
        except HTTPError as error:
            last = f"{error.code}: {error.read()[:300]!r}"
        except (URLError, OSError) as error:
            last = str(error)
        time.sleep(0.3)
    how = "runs" if process.poll() is None else f"ended: {process.stdout and process.stdout.read()}"
    raise AssertionError(f"{url}: {last}; the demo {how}")


def _processes_of(environment: dict[str, str]) -> list[int]:
    """Every process that was started with this demo's folder in its environment, but not ourselves."""
    mark, found = f"DEMO_FOLDER={environment['DEMO_FOLDER']}".encode(), []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
