from __future__ import annotations

import logging
import os
import signal
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

from integration import demo
from integration.sandbox.books import Books
from integration.sandbox.sandbox import Sandbox
from integration.sandbox.server import PortTaken, serve
from integration.sandbox.world import CONFIGURATION_ALL, ENVIRONMENT_ALL, load_all_kinds

USER = "admin"


class Command(BaseCommand):
    help = "Show everything on this machine: a sandbox of both systems, the first jobs exported, web server and worker. Ctrl-C stops it."

    def add_arguments(self, parser: CommandParser) -> None:
        demo.add_arguments(parser)

    def handle(self, *, once: bool, keep: bool, **options: Any) -> None:
        # Both, and from the start: a shell may have started us with Ctrl-C ignored, and nothing may be left running.
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, _interrupt)
        try:
            self._run(Path(os.environ["DEMO_FOLDER"]), once, keep)
        except demo.CannotStart as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")

    def _run(self, folder: Path, once: bool, keep: bool) -> None:
        web_port, sandbox_port = demo.port("DEMO_WEB_PORT"), demo.port("DEMO_SANDBOX_PORT")
        with ExitStack() as stack:
            lock = stack.enter_context(demo.claim(folder, keep=keep, serves=not once))
            stack.enter_context(_log_to(folder / "demo.log"))
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
            programs = [stack.enter_context(_running("web", folder, lock, *web))]
            self._say_where(web_port, server.address)
            self._export()
            programs.append(stack.enter_context(_running("worker", folder, lock, "manage.py", "qcluster")))
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


@contextmanager
def _log_to(path: Path) -> Iterator[None]:
    """Write this process's log lines to a file, so that only what the demo says stands on the terminal."""
    with path.open("a") as file:
        handlers = [handler for handler in logging.getLogger().handlers if isinstance(handler, logging.StreamHandler)]
        before = [handler.setStream(file) for handler in handlers]
        try:
            yield
        finally:
            for handler, stream in zip(handlers, before, strict=True):
                handler.setStream(stream)


class _Program:
    """Another Python process, begun again when it ends, as systemd would do it.

    lock: of the demo's folder. The process has it open too: should only we be killed, the folder is still not free.
    """

    def __init__(self, arguments: Sequence[str], log: IO[bytes], lock: IO[str]) -> None:
        self._arguments, self._log, self._lock = arguments, log, lock
        self._begin()

    def _begin(self) -> None:
        # A session of its own: Ctrl-C reaches this process only, which then stops the others in order.
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, *self._arguments],
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
            pass_fds=(self._lock.fileno(),),
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
def _running(name: str, folder: Path, lock: IO[str], *arguments: str) -> Iterator[_Program]:
    """Run another Python process until the context is left; its output goes to a file."""
    with (folder / f"{name}.log").open("ab") as log:
        program = _Program(arguments, log, lock)
        try:
            yield program
        finally:
            program.end()
