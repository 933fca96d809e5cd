from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integration.clock import clock
from integration.connecting.connection_checks import activate_installations, check_connection
from integration.models import Connection, ConnectionCheck
from referencedata.codes import findings_for
from referencedata.models import SyncRun
from referencedata.syncing.sync import went_through


class Command(BaseCommand):
    help = "Try everything a connection needs, and say what mends it. Makes the installation in Pleo where it is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("connection", nargs="*", help="Names of connections; all if none is given.")

    def handle(self, *, connection: list[str], **options: Any) -> None:
        try:
            chosen = list(Connection.objects.named(connection))
        except ValueError as error:
            raise CommandError(str(error)) from error
        if not chosen:
            raise CommandError("There is no connection yet: make one in the admin (Connections), or with import_configuration.")
        failed = 0
        for each in chosen:
            checks = check_connection(each, clock=clock, findings=findings_for)
            if is_synced(each):
                fresh = {check.pk: check for check in activate_installations(each, clock=clock)}
                checks = [fresh.get(check.pk, check) for check in checks]
            self.print(each, checks)
            failed += sum(not check.passed for check in checks)
        if failed:
            raise CommandError(f"{failed} check(s) failed.")

    def print(self, connection: Connection, checks: Iterable[ConnectionCheck]) -> None:
        self.stdout.write(f"\n{connection}")
        configuration = None
        for check in checks:
            if check.configuration != configuration:
                configuration = check.configuration
                self.stdout.write(f"\n{configuration}" if configuration else "")
            style = self.style.SUCCESS if check.passed else self.style.ERROR
            self.stdout.write(style(f"  {'✓' if check.passed else '✗'} {check.label}") + (f": {check.message}" if check.message else ""))
            if not check.passed:
                self.stdout.write(f"      {check.remedy}")


def is_synced(connection: Connection) -> bool:
    """Tell whether our copy was read as far as this company lets us read it."""
    newest = list(SyncRun.objects.filter(connection=connection).newest())
    return bool(newest) and went_through(newest)
