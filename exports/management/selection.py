"""Which connections a command is about."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.management.base import CommandError, CommandParser

from integration.models import Connection, EntityConfiguration


def add_names(parser: CommandParser) -> None:
    parser.add_argument("connection", nargs="*", help="Names of connections; all if none is given.")


def connections(names: Sequence[str]) -> list[Connection]:
    try:
        return list(Connection.objects.named(names).filter(active=True))
    except ValueError as error:
        raise CommandError(str(error)) from error


def configurations(names: Sequence[str]) -> list[EntityConfiguration]:
    """Raises CommandError for a name that no connection has."""
    chosen = connections(names)
    return list(EntityConfiguration.objects.filter(connection__in=chosen, active=True).select_related("connection"))
