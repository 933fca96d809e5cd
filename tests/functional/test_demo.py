"""`manage.py demo` as people start it: a process of its own, in a folder of its own."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from integration.demo import CannotStart, claim
from integration.management.commands.demo import _Program
from integration.sandbox.world import ENTRIES_ALL, EXPECTED_PROBLEMS_ALL, EXPECTED_SKIPPED_ALL, EXPECTED_WAITING_ALL

# It brings a SQLite file of its own, whatever database the other tests run on.
pytestmark = pytest.mark.skipif("postgres" in os.environ.get("DATABASE_URL", ""), reason="runs once, with SQLite")

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
ITS_OWN = ("DATABASE_URL", "SECRET_KEY", "FIELD_ENCRYPTION_KEY", "ALLOW_LOOPBACK_ENDPOINTS", "HTTPS", "LOG_LEVEL")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """That of a fresh machine: nothing of the application's is set, but the folder and two free ports."""
    kept = {name: value for name, value in os.environ.items() if name not in ITS_OWN and not name.startswith("SANDBOX_")}
    web, sandbox = _free_port(), _free_port()
    return {**kept, "DEMO_FOLDER": str(tmp_path / "demo"), "DEMO_WEB_PORT": str(web), "DEMO_SANDBOX_PORT": str(sandbox)}


def demo(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "demo", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=400, check=False)


class TestDemoOnce:
    def test_posts_all_good_expenses_ends_with_the_tie_out_and_leaves_nothing_behind(self, environment):
        before = {path.name for path in ROOT.iterdir()}

        done = demo(environment, "--once")

        assert done.returncode == 0, done.stderr
        lines = done.stdout.strip().splitlines()
        posted, offered = map(int, re.fullmatch(r"posted (\d+) of (\d+)", lines[-1]).groups())
        # Two bills, and the payment of one, wait for an approval in Sage Intacct. What two jobs offer is one expense.
        awaited = [waits for waits in EXPECTED_WAITING_ALL.values() if waits == "approval of the bill"]
        assert posted == offered - len(EXPECTED_PROBLEMS_ALL) - len(EXPECTED_SKIPPED_ALL) - len(awaited)
        assert offered == sum(map(len, ENTRIES_ALL.values()))
        assert done.stdout.count("Ties out.") == 7
        assert "DOES NOT TIE OUT" not in done.stdout
        # README says so too; and what is logged stands in a file.
        assert re.search(rf"exports {offered} expenses of all seventeen kinds", README)
        assert not [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("{")]
        assert "INSTALLATION_NOT_FOUND" in (Path(environment["DEMO_FOLDER"]) / "demo.log").read_text()
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
        kept = _of_the_last_demo(environment)
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]

            done = demo({**environment, name: str(port)})

        assert done.returncode != 0
        assert f"{port}" in done.stderr
        assert f"Set {name}" in done.stderr
        assert "Traceback" not in done.stderr
        assert kept.read_text() == "the last demo's"
        assert not _processes_of(environment)

    def test_a_port_that_is_no_number(self, environment):
        done = demo({**environment, "DEMO_WEB_PORT": "http"})

        assert done.returncode != 0
        assert "DEMO_WEB_PORT must be a port number" in done.stderr

    @pytest.mark.parametrize("arguments", [["--help"], ["--no-such-option"]])
    def test_to_delete_anything_where_it_does_not_start(self, environment, arguments):
        kept = _of_the_last_demo(environment)

        done = demo(environment, *arguments)

        assert done.returncode == (0 if arguments == ["--help"] else 2)
        assert kept.read_text() == "the last demo's"

    @pytest.mark.parametrize("arguments", [["--once"], ["--once", "--keep"]])
    def test_a_folder_in_which_another_runs(self, environment, arguments):
        kept = _of_the_last_demo(environment)
        lock = Path(environment["DEMO_FOLDER"]) / "lock"
        with lock.open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            held.write("4711")
            held.flush()

            done = demo(environment, *arguments)

        assert done.returncode == 1
        assert "is running" in done.stderr
        assert "4711" in done.stderr
        assert "Traceback" not in done.stderr
        assert kept.read_text() == "the last demo's"
        assert lock.read_text() == "4711"


class TestClaim:
    """The folder's lock, and what a new demo deletes."""

    @pytest.fixture(autouse=True)
    def ports(self, monkeypatch):
        for name, value in {"SECRET_KEY": "new", "FIELD_ENCRYPTION_KEY": "new", "DEMO_PASSWORD": "new"}.items():
            monkeypatch.setenv(name, value)
        for name in ("DEMO_WEB_PORT", "DEMO_SANDBOX_PORT"):
            monkeypatch.setenv(name, str(_free_port()))

    def test_deletes_what_the_last_one_wrote_and_nothing_else(self, tmp_path):
        for name in ("demo.sqlite3", "demo.sqlite3-wal", "sandbox.books", "web.log", "secret_key", "thesis.txt"):
            (tmp_path / name).write_text("old")

        with claim(tmp_path, keep=False, serves=False):
            assert {path.name for path in tmp_path.iterdir()} == {"thesis.txt", "lock", "secret_key", "field_key", "password"}
            assert (tmp_path / "secret_key").read_text() == "new"
            assert (tmp_path / "secret_key").stat().st_mode & 0o77 == 0

    def test_a_program_that_outlives_it_holds_the_folder_still(self, tmp_path):
        with ExitStack() as stack:
            program = stack.enter_context(_sleeping(claim(tmp_path, keep=False, serves=False)))

            with pytest.raises(CannotStart, match="is running"):
                claim(tmp_path, keep=False, serves=False)
            program.end()
            claim(tmp_path, keep=False, serves=False).close()


class TestDemo:
    @pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
    def test_serves_application_and_ledger_until_it_is_stopped_and_leaves_no_process(self, environment, end):
        web = f"http://127.0.0.1:{environment['DEMO_WEB_PORT']}"
        ledger = f"http://127.0.0.1:{environment['DEMO_SANDBOX_PORT']}"

        with _serving(environment) as process:
            health = _until_answered(f"{web}/health/ready", process)
            page = _until_answered(f"{ledger}/", process)
            admin = _until_answered(f"{web}/admin/", process)
            second = demo({**environment, "DEMO_WEB_PORT": str(_free_port()), "DEMO_SANDBOX_PORT": str(_free_port())})
            _until_answered(f"{web}/admin/", process)
            process.send_signal(end)
            output, _ = process.communicate(timeout=120)

        assert second.returncode == 1
        assert f"A demo is running in {environment['DEMO_FOLDER']} already (process {process.pid})" in second.stderr
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


def _of_the_last_demo(environment: dict[str, str]) -> Path:
    """Make a file as the last demo left it, which the next one deletes when it starts afresh."""
    path = Path(environment["DEMO_FOLDER"]) / "demo.sqlite3"
    path.parent.mkdir()
    path.write_text("the last demo's")
    return path


@contextlib.contextmanager
def _sleeping(lock: IO[str]) -> Iterator[_Program]:
    """Start a program as the demo does, and let the lock go, as when the demo itself is killed."""
    program = _Program(("-c", "import time; time.sleep(60)"), subprocess.DEVNULL, lock)
    lock.close()
    try:
        yield program
    finally:
        program.end()


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


def _until_answered(url: str, process: subprocess.Popen[str], seconds: float = 400) -> str:
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
