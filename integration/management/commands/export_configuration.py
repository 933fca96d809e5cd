from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integration.connecting.configuration_file.rows import connection_values
from integration.connecting.configuration_file.writing import write
from integration.models import Connection


class Command(BaseCommand):
    help = "Write connections and their entity configurations as YAML, without passwords and keys."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("connection", nargs="*", metavar="NAME", help="Names of connections; all if none is given.")

    def handle(self, *, connection: list[str], **options: Any) -> None:
        try:
            chosen = Connection.objects.named(connection)
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(write([connection_values(each) for each in chosen]), ending="")
