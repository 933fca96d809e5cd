from __future__ import annotations

import argparse
import contextlib
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from config.database import not_migrated
from config.guard import Guard
from config.worker import Lifeline, work

SILENT_AFTER = 180


class Command(BaseCommand):
    """In the place of django-q2's command of this name, whose workers share a queue in memory: docs/decisions.md, 84."""

    help = "Do what the queue rings for, with Q_WORKERS processes that are watched and replaced. SIGTERM ends it in order."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)  # what the guard starts
        parser.add_argument(
            "--silent-after", type=float, default=SILENT_AFTER, metavar="SECONDS", help="When a silent process counts as hanging (180)."
        )

    def handle(self, *, worker: bool, silent_after: float, **options: Any) -> None:
        limit = settings.Q_CLUSTER["timeout"]
        if worker:
            work(Lifeline(silent_after=silent_after, task_limit=limit))
            return
        # A database that is away is waited for; one that was not migrated would never do.
        with contextlib.suppress(DatabaseError):
            if why := not_migrated():
                raise CommandError(why)
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "qcluster", "--worker", "--silent-after", str(silent_after)]
        guard = Guard(command, settings.Q_CLUSTER["workers"], silent_after=silent_after, task_limit=limit)
        sys.exit(guard.run())
