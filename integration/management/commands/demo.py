from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_q.tasks import async_task

from integration.demo import FOLDER
from integration.sandbox.books import Books
from integration.sandbox.sandbox import Sandbox
from integration.sandbox.server import PortTaken, serve
from integration.sandbox.world import CONFIGURATION_ALL, ENVIRONMENT_ALL, load_all_kinds

USER = "admin"


class Command(BaseCommand):
    help = "Show everything on this machine: a sandbox of both systems, the first jobs exported, web server and worker. Ctrl-C stops it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Do the first export, print the tie-out, and end.")
        parser.add_argument("--keep", action="store_true", help="Go on with the data of the last demo.")

    def handle(self, *, once: bool, **options: Any) -> None:
        # Both, and from the start: a shell may have started us with Ctrl-C ignored, and nothing may be left running.
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, _interrupt)
        try:
            self._run(once)
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")

    def _run(self, once: bool) -> None:
        folder = Path(os.environ.get("DEMO_FOLDER", FOLDER))
        web_port = _port("DEMO_WEB_PORT", 8000)
        sandbox_port = _port("DEMO_SANDBOX_PORT", 8001)
        if not once:
            _check_free("DEMO_WEB_PORT", web_port)
        with ExitStack() as stack:
            sandbox = Sandbox(Books(folder / "sandbox.books"), load_all_kinds, now=datetime.now(UTC))
            try:
                server = stack.enter_context(serve(sandbox, port=0 if once else sandbox_port))
            except PortTaken as error:
                raise CommandError(f"{error} Set DEMO_SANDBOX_PORT to another one and start the demo again.") from error
            os.environ.update(
                {
                    **ENVIRONMENT_ALL,
                    "SANDBOX_INTACCT_URL": f"{server.address}/ia/xml/xmlgw.phtml",
                    "SANDBOX_PLEO_URL": f"{server.address}/pleo",
                }
            )
            self._set_up()
            if once:
                self._export()
                return
            web = ("-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{web_port}", "--threads", "4", "--no-control-socket")
            programs = [stack.enter_context(_running("web", folder, *web))]
            self._say_where(web_port, server.address)
            self._export()
            programs.append(stack.enter_context(_running("worker", folder, "manage.py", "qcluster")))
            async_task("config.schedules.tick")  # the worker's first sign of life, before its first minute is over
            self._say_where(web_port, server.address)
            self.stdout.write(f"The worker looks for new jobs every minute. Logs are in {folder}. Ctrl-C stops everything.")
            while True:
                time.sleep(1)
                for program in programs:
                    program.begin_again_if_it_ended()

    def _set_up(self) -> None:
        call_command("migrate", verbosity=0)
        call_command("ensure_roles", stdout=self.stdout)
        call_command("ensure_schedules", stdout=self.stdout)
        users = get_user_model().objects
        if not users.filter(username=USER).exists():
            users.create_superuser(USER, email="", password=os.environ["DEMO_PASSWORD"])
        call_command("import_configuration", str(CONFIGURATION_ALL), stdout=self.stdout)
        call_command("sync_reference_data", stdout=self.stdout)
        call_command("publish_reference_data", stdout=self.stdout)
        call_command("check_connections", stdout=self.stdout)

    def _export(self) -> None:
        try:
            call_command("export_now", stdout=self.stdout, stderr=self.stderr)
        except CommandError as error:
            # Some expenses of the demo are meant to fail; the export itself says so with a non-zero exit.
            self.stderr.write(str(error))

    def _say_where(self, web_port: int, sandbox: str) -> None:
        self.stdout.write("")
        self.stdout.write(self.style.SUCCESS(f"  The application    http://127.0.0.1:{web_port}/admin/"))
        self.stdout.write(self.style.SUCCESS(f"  Sign in as         {USER}  /  {os.environ['DEMO_PASSWORD']}"))
        self.stdout.write(self.style.SUCCESS(f"  The ledger         {sandbox}/"))
        self.stdout.write("")


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


def _port(name: str, default: int) -> int:
    value = os.environ.get(name, str(default))
    if not value.isdigit() or not 0 < int(value) < 65_536:
        raise CommandError(f"{name} must be a port number, not {value!r}.")
    return int(value)


def _check_free(name: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CommandError(f"Port {port} is already in use. Set {name} to another one and start the demo again.") from error


class _Program:
    """Another Python process, begun again when it ends, as systemd would do it."""

    def __init__(self, arguments: Sequence[str], log: IO[bytes]) -> None:
        self._arguments, self._log = arguments, log
        self._begin()

    def _begin(self) -> None:
        # A session of its own: Ctrl-C reaches this process only, which then stops the others in order.
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, *self._arguments], stdout=self._log, stderr=self._log, start_new_session=True
        )

    def begin_again_if_it_ended(self) -> None:
        if self._process.poll() is not None:
            self._begin()

    def end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)


@contextmanager
def _running(name: str, folder: Path, *arguments: str) -> Iterator[_Program]:
    """Run another Python process until the context is left; its output goes to a file."""
    with (folder / f"{name}.log").open("ab") as log:
        program = _Program(arguments, log)
        try:
            yield program
        finally:
            program.end()
