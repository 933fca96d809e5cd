from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exports.management.selection import expenses
from exports.models import ExportRecord
from exports.posting.reasons import REASONS
from integration.clock import clock
from integration.management.names import no_such


class Command(BaseCommand):
    help = "Export again: ask Pleo for a new job with these expenses. The next run of export_now or of the worker takes it up."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("entry", nargs="*", help="Pleo's entry ids.")
        parser.add_argument("--needs-you", action="store_true", help="All expenses that need a person.")
        parser.add_argument("--cause", help="All expenses whose first problem has this code, like account_inactive.")
        parser.add_argument("--dry-run", action="store_true", help="Say which; ask for none.")

    def handle(self, *, entry: list[str], needs_you: bool, cause: str | None, dry_run: bool, **options: Any) -> None:
        records = self._chosen(entry, needs_you, cause)
        if dry_run:
            for record in records:
                self.stdout.write(f"{record.entry_id}  {record}  {'would be asked for' if record.may_be_exported_again else 'left alone'}")
            return
        done, skipped = records.export_again(by=None, now=clock())
        self.stdout.write(f"{len(done)} will be asked for again.")
        if skipped:
            self.stdout.write(f"{len(skipped)} left alone: they are under way, or in the ledger and Pleo knows.")

    def _chosen(self, entry: list[str], needs_you: bool, cause: str | None) -> Any:
        if not entry and not needs_you and not cause:
            raise CommandError("Name entry ids, or say --needs-you or --cause CODE.")
        records = ExportRecord.objects.all()
        if entry:
            records = expenses(entry)
        if needs_you:
            records = records.needing_a_person()
        return self._with_cause(records, cause) if cause else records

    def _with_cause(self, records: Any, cause: str) -> Any:
        there = set(ExportRecord.objects.order_by().exclude(first_problem_code="").values_list("first_problem_code", flat=True))
        if cause not in there | REASONS.keys():
            raise CommandError(no_such("cause that expenses have", cause, there))
        found = records.filter(first_problem_code=cause)
        if not found:
            self.stdout.write("No expense has this cause now.")
        return found
