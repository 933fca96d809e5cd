from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exports.management import selection
from exports.models import ExportJob, ExportJobItem, ExportRecord
from exports.reporting.tieout import as_text
from exports.run_cycle import export_until_nothing_is_due, in_doubt
from integration.clock import clock
from integration.models import owner


class Command(BaseCommand):
    help = "Take Pleo's export jobs to the ledger, in the foreground, until nothing is due now; print the tie-out."

    def add_arguments(self, parser: CommandParser) -> None:
        selection.add_names(parser)
        parser.add_argument("--wait", action="store_true", help="Also wait for what is being checked in Intacct, or tried again later.")

    def handle(self, *, connection: list[str], wait: bool, **options: Any) -> None:
        configurations = selection.configurations(connection)
        began = clock()
        errors = export_until_nothing_is_due(configurations, clock=clock, owner=owner(), say=self.stdout.write)
        while wait and in_doubt(configurations):
            time.sleep(1)
            errors = export_until_nothing_is_due(configurations, clock=clock, owner=owner(), say=self.stdout.write)
        jobs = ExportJob.objects.filter(configuration__in=configurations, seen_at__gte=began) | ExportJob.objects.open().filter(
            configuration__in=configurations
        )
        self._print(list(jobs.select_related("configuration__connection").order_by("pk")))
        for error in errors:
            self.stderr.write(error)
        needing = ExportRecord.objects.filter(configuration__in=configurations).needing_a_person().count()
        waiting = in_doubt(configurations)
        if errors or needing or waiting:
            raise CommandError(
                f"{needing} expense(s) need a person, {waiting} wait for Sage Intacct, {len(errors)} error(s). See Needs you in the admin."
            )

    def _print(self, jobs: list[ExportJob]) -> None:
        if not jobs:
            self.stdout.write("No export job is waiting in Pleo.")
            return
        for job in jobs:
            self.stdout.write("")
            self.stdout.write(as_text(job))
        # An expense that Pleo has offered in two of these jobs is one expense.
        records = ExportRecord.objects.filter(offers__job__in=jobs).distinct()
        repeated = ExportJobItem.objects.filter(job__in=jobs).count() - records.count()
        posted = records.in_ledger().count()
        self.stdout.write(f"posted {posted} of {sum(job.number_of_items for job in jobs) - repeated}")
