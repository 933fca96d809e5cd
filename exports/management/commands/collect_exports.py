from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exports.intake.collect import collect
from exports.management import selection
from exports.planning.prepare import prepare_alone
from integration.clock import clock
from integration.errors import IntegrationError
from integration.models import LeaseBusy, LeaseLost, owner
from integration.pleo.client import client_for


class Command(BaseCommand):
    help = "Take Pleo's waiting jobs: keep every expense as received, fetch receipts, plan its posting. Sends nothing to Sage Intacct."

    def add_arguments(self, parser: CommandParser) -> None:
        selection.add_names(parser)

    def handle(self, *, connection: list[str], **options: Any) -> None:
        failed = 0
        for configuration in selection.configurations(connection):
            try:
                job = collect(configuration, client=client_for(configuration), clock=clock, owner=owner())
                prepared = prepare_alone(configuration, clock=clock, owner=owner())
            except (IntegrationError, LeaseBusy, LeaseLost) as error:
                failed += 1
                self.stderr.write(f"{configuration}: {error}")
            else:
                found = f"job with {job.number_of_items} expenses {job.get_state_display()}" if job else "no job is waiting"
                self.stdout.write(f"{configuration}: {found}; {prepared} prepared.")
        if failed:
            raise CommandError(f"{failed} entity configuration(s) failed.")
