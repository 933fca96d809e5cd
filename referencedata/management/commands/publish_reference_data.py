from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integration.clock import clock
from integration.models import Connection, EntityConfiguration, LeaseBusy, LeaseLost, PleoCredentials
from referencedata.models import PublishRun
from referencedata.publishing.publish import PublishingClosed, publish


class Command(BaseCommand):
    help = "Publish the tags, tax codes and accounts that Pleo's users choose from: what differs from our copy, and nothing else."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("connection", nargs="*", metavar="NAME", help="Names of connections; all active ones if none is given.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be written to Pleo; write nothing.")

    def handle(self, *, connection: list[str], dry_run: bool, **options: Any) -> None:
        try:
            chosen = Connection.objects.named(connection)
        except ValueError as error:
            raise CommandError(str(error)) from error
        on = EntityConfiguration.objects.filter(connection__in=chosen, connection__active=True, active=True)
        configurations = list(on.select_related("connection"))
        if connection and (off := [each.name for each in chosen if each.pk not in {one.connection_id for one in configurations}]):
            raise CommandError(f"No entity configuration is switched on (Set-up › Connections): {', '.join(off)}.")
        failed = sum(not self._publish(each, dry_run) for each in configurations)
        if dry_run:
            self.stdout.write("Nothing was changed (--dry-run).")
        if failed:
            raise CommandError(f"{failed} of {len(configurations)} entity configurations could not be published completely.")

    def _publish(self, configuration: EntityConfiguration, dry_run: bool) -> bool:
        self.stdout.write(f"{configuration}:")
        if not configuration.publishes:
            self.stdout.write("  Nothing is to be published.")
            return True
        try:
            run = publish(configuration, clock=clock, dry_run=dry_run, progress=self._say)
        except (LeaseBusy, LeaseLost):
            self.stderr.write("  Another worker is publishing it now. Try again when it has finished.")
        except PleoCredentials.DoesNotExist:
            self.stderr.write("  It has no API key for Pleo yet.")
        except PublishingClosed as error:
            self.stderr.write(f"  Not asked: {error}")
        else:
            self._say_end(run)
            return run.went_well
        return False

    def _say(self, run: PublishRun) -> None:
        if run.outcome == PublishRun.Outcome.RUNNING and run.pk and run.done:
            self.stdout.write(f"  {run.done:,} of {run.planned:,} written: {run.doing}")
            self.stdout.flush()

    def _say_end(self, run: PublishRun) -> None:
        counts = f"{run.created} created, {run.renamed} changed, {run.archived} archived, {run.unarchived} taken out of the archive"
        self.stdout.write(f"  {run.get_outcome_display()}: {counts}, {run.unchanged} as they were; {run.requests} requests")
        for note in run.notes:
            self.stdout.write(f"    {note['about']}: {note['sentence']}")
        if run.error:
            self.stderr.write(f"    {run.error}")
