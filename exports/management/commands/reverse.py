from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exports.management.selection import add_person, decide_each, expenses, person
from integration.clock import clock


class Command(BaseCommand):
    help = "Take back in Sage Intacct what is posted of expenses that were changed afterwards. The next delivery does it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("entry", nargs="+", help="Pleo's entry ids.")
        parser.add_argument("--reason", default="", help="Why; it stands in the text of the reversal.")
        parser.add_argument(
            "--there", action="store_true", help="It was reversed in Sage Intacct by hand: that is read there before it is believed."
        )
        add_person(parser)
        parser.add_argument("--dry-run", action="store_true", help="Say which; decide nothing.")

    def handle(self, *, entry: list[str], reason: str, there: bool, by: str | None, dry_run: bool, **options: Any) -> None:
        if not reason.strip() and not dry_run:
            raise CommandError("Say why with --reason.")
        name, who = "reversed_there" if there else "reverse", person(by)
        records = expenses(entry)
        if who is None and not dry_run and any(record.configuration.connection.second_person for record in records):
            raise CommandError("Posting again takes two people, so say with --by who has it reversed.")
        decide_each(self, records, name, lambda record: record.decide(name, reason, by=who, now=clock()), dry_run=dry_run)
