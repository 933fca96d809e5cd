"""Which connections a command is about."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.management.base import CommandError, CommandParser
from django.db.models import Q

from exports.models import ExportJob
from integration.models import Connection, EntityConfiguration
from integration.models.connections import ConnectionQuerySet


def add_names(parser: CommandParser) -> None:
    parser.add_argument("connection", nargs="*", help="Names of connections; all if none is given.")


def connections(names: Sequence[str]) -> list[Connection]:
    return list(_named(names).filter(active=True))


def _named(names: Sequence[str]) -> ConnectionQuerySet:
    try:
        return Connection.objects.named(names)
    except ValueError as error:
        raise CommandError(str(error)) from error


def configurations(names: Sequence[str]) -> list[EntityConfiguration]:
    """Return those that are switched on, or have an open job all the same. Raises CommandError for a name that no connection has."""
    chosen = _named(names)
    on = Q(active=True, connection__active=True) | Q(pk__in=ExportJob.objects.open().values("configuration"))
    return list(EntityConfiguration.objects.filter(on, connection__in=chosen).select_related("connection"))
