from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from integration.sandbox import server


class Command(BaseCommand):
    help = "Run Sage Intacct and Pleo as local servers, with a demo company in both. Its books are a file."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8001)
        parser.add_argument("--books", default="sandbox.sqlite3", help="The file that both systems remember everything in.")
        parser.add_argument("--empty", action="store_true", help="Start with empty books, without the demo company.")
        parser.add_argument("--values", type=int, default=0, help="So many values of dimensions, vendors and accounts besides.")
        parser.add_argument("--kinds", choices=("first", "all"), default="first", help="all: entries of every kind, in further jobs.")

    def handle(self, *, port: int, books: str, empty: bool, kinds: str, values: int, **options: Any) -> None:
        arguments = ["--port", str(port), "--books", books, "--kinds", kinds, "--values", str(values), *(["--empty"] if empty else [])]
        raise SystemExit(server.main(arguments))
