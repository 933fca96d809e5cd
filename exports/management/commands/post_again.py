from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from exports.management.selection import add_person, decide_each, expenses, person
from integration.clock import clock


class Command(BaseCommand):
    help = "Post the new version of reversed expenses, under references of their own. Pleo is asked for them again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("entry", nargs="+", help="Pleo's entry ids.")
        add_person(parser)
        parser.add_argument("--dry-run", action="store_true", help="Say which; decide nothing.")

    def handle(self, *, entry: list[str], by: str | None, dry_run: bool, **options: Any) -> None:
        who = person(by)
        decide_each(self, expenses(entry), "post_again", lambda record: record.decide("post_again", by=who, now=clock()), dry_run=dry_run)
