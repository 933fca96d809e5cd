"""Which connections or expenses a command is about, and who says so."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError, CommandParser
from django.db.models import Q

from exports.models import ExportJob, ExportRecord
from integration.management.names import no_such
from integration.models import Connection, EntityConfiguration
from integration.models.connections import ConnectionQuerySet

DECIDES = "exports.operate_exportrecord"


def add_names(parser: CommandParser) -> None:
    parser.add_argument("connection", nargs="*", help="Names of connections; all if none is given.")


def connections(names: Sequence[str]) -> list[Connection]:
    """Return those that are switched on. Raises CommandError for a name that no connection has, or one that is switched off."""
    chosen = _named(names)
    if names and (off := chosen.filter(active=False)):
        raise CommandError(f"Switched off (Set-up › Connections › Active): {', '.join(map(str, off))}.")
    return list(chosen.filter(active=True))


def _named(names: Sequence[str]) -> ConnectionQuerySet:
    try:
        return Connection.objects.named(names)
    except ValueError as error:
        raise CommandError(str(error)) from error


def configurations(names: Sequence[str]) -> list[EntityConfiguration]:
    """Return those that are switched on, or have an open job all the same.

    Raises CommandError for a name that no connection has, or of one where nothing is switched on.
    """
    chosen = _named(names)
    on = Q(active=True, connection__active=True) | Q(pk__in=ExportJob.objects.open().values("configuration"))
    found = list(EntityConfiguration.objects.filter(on, connection__in=chosen).select_related("connection"))
    if names and (off := [each.name for each in chosen if each.pk not in {one.connection_id for one in found}]):
        raise CommandError(f"No entity configuration is switched on (Set-up › Connections): {', '.join(off)}.")
    return found


def expenses(entry_ids: Sequence[str]) -> Any:
    """Return the expenses of these entries of Pleo. Raises CommandError for what is no id, or was never offered."""
    try:
        ids = {uuid.UUID(each) for each in entry_ids}
    except ValueError as error:
        raise CommandError(f"An entry id looks like 6f0c2c1e-0000-4000-8000-000000000001: {error}") from error
    records = ExportRecord.objects.filter(entry_id__in=ids)
    missing = ids - set(records.values_list("entry_id", flat=True))
    if missing:
        raise CommandError(f"Never offered by Pleo: {', '.join(sorted(map(str, missing)))}. Nothing was asked for.")
    return records.select_related("configuration__connection").order_by("pk")


def add_person(parser: CommandParser) -> None:
    parser.add_argument("--by", help="Who decides: the name of an account here. Needed where it takes two people.")


def person(name: str | None) -> Any:
    """Return who decides. Raises CommandError for an account that is not there, or may not decide in the browser either."""
    if not name:
        return None
    accounts = get_user_model().objects
    user = accounts.filter(username=name, is_active=True).first()
    if user is None:
        raise CommandError(no_such("account that may decide", name, {each.username for each in accounts.with_perm(DECIDES)}))
    if not user.has_perm(DECIDES):
        raise CommandError(
            f"{name} may not decide about expenses: an administrator makes that account an operator (System › Users › Role)."
        )
    return user


def decide_each(command: Any, records: Any, name: str, decide: Callable[[ExportRecord], bool], *, dry_run: bool) -> None:
    """Carry a decision out on each expense, say what became of it, and fail at the end where any was refused.

    name: of the decision, which has to arise for an expense now.
    """
    refused = 0
    for record in records:
        said = f"{record.entry_id}  {record}  "
        if name not in record.decisions:
            refused += 1
            command.stderr.write(f"{said}left alone: it is {record.get_status_display()}, and this does not arise for it now.")
            continue
        if dry_run:
            two = " It takes two people." if record.takes_two(name) else ""
            command.stdout.write(f"{said}would be decided.{two}")
            continue
        try:
            done = decide(record)
        except ValueError as why:
            refused += 1
            command.stderr.write(f"{said}left alone: {why}")
        else:
            command.stdout.write(f"{said}{'decided' if done else 'waits for a second person'}.")
    if refused:
        raise CommandError(f"{refused} left alone.")
