from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exports.management import selection
from exports.reporting.report import report
from integration.clock import clock
from integration.errors import IntegrationError
from integration.models import LeaseBusy, LeaseLost, owner
from integration.pleo.client import client_for


class Command(BaseCommand):
    help = "Tell Pleo what became of the expenses of its open export jobs."

    def add_arguments(self, parser: CommandParser) -> None:
        selection.add_names(parser)

    def handle(self, *, connection: list[str], **options: Any) -> None:
        failed = 0
        for configuration in selection.configurations(connection):
            try:
                told = report(configuration, client=client_for(configuration), clock=clock, owner=owner())
            except (IntegrationError, LeaseBusy, LeaseLost) as error:
                failed += 1
                self.stderr.write(f"{configuration}: {error}")
            else:
                self.stdout.write(f"{configuration}: {told.successful} successful, {told.failed} failed, {told.finished} job(s) ended.")
                if told.trouble:
                    failed += 1
                    self.stderr.write(f"{configuration}: {told.trouble}")
        if failed:
            raise CommandError(f"{failed} entity configuration(s) failed.")
