from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from integration.sandbox import server
from integration.sandbox.intacct import wordings
from integration.sandbox.world import DEFAULT, WORLDS, World


class Command(BaseCommand):
    help = "Run Sage Intacct and Pleo as local servers, with a demo company in both. Its books are a file."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8001)
        parser.add_argument("--books", default="sandbox.sqlite3", help="The file that both systems remember everything in.")
        parser.add_argument("--empty", action="store_true", help="Start with empty books, without the demo company.")
        parser.add_argument("--world", choices=tuple(WORLDS), default=DEFAULT, metavar="NAME", help="; ".join(map(_said, WORLDS.values())))
        parser.add_argument("--wording", choices=wordings.NAMES, default="own", help="In which words Sage Intacct refuses.")
        parser.add_argument("--values", type=int, default=0, help="So many values of dimensions, vendors and accounts besides.")
        parser.add_argument("--kinds", choices=("first", "all"), default="first", help="all: entries of every kind, in further jobs.")

    def handle(
        self, *, port: int, books: str, empty: bool, kinds: str, world: str, wording: str, values: int, **options: Any
    ) -> None:  # fmt: skip
        arguments = ["--port", str(port), "--books", books, "--kinds", kinds, "--world", world, "--wording", wording]
        arguments += ["--values", str(values), *(["--empty"] if empty else [])]
        raise SystemExit(server.main(arguments))


def _said(world: World) -> str:
    return f"{world.name}: {world.what}".replace("%", "%%")
