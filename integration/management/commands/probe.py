from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integration.clock import clock
from integration.connecting.probe_draft import TITLE, NothingToWrite, Taxed, try_draft
from integration.connecting.probes import Seen, rows, try_reads
from integration.errors import IntegrationError
from integration.intacct.gateway import Gateway, gateway_for
from integration.intacct.xml import Equal
from integration.management.names import no_such
from integration.models import Connection, EntityConfiguration, Lease, LeaseBusy, LeaseLost, Usage
from referencedata.currencies import is_multi_currency

_SIGNS = {"held": "✓", "did not hold": "✗", "could not be tried": "–"}


class Command(BaseCommand):
    help = "Try the assumptions of docs/assumptions.md on a real company. Only reads, unless --write-draft is given."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("connection", help="Name of the connection.")
        parser.add_argument("--entity", help="Entity to try in; needed where the connection has several.")
        parser.add_argument("--write-draft", action="store_true", help=f"Also write one draft journal entry, titled “{TITLE}”.")
        parser.add_argument("--tax-code", help="With --write-draft: a tax detail for the draft, to see how tax on a credit line is taken.")
        parser.add_argument("--account", help="With --tax-code: the expense account of that line.")

    def handle(self, *, connection: str, **options: Any) -> None:
        configuration = chosen(connection, options["entity"])
        if options["tax_code"] and not (options["account"] and options["write_draft"]):
            raise CommandError("--tax-code needs --write-draft and --account.")
        gateway = gateway_for(configuration.connection, Usage.Purpose.CHECK)
        self.stdout.write(f"{configuration.connection}, in {configuration.intacct_entity}\n")
        try:
            gateway.sign_in()
            gateway.enter(configuration.intacct_entity)
            failed = self.print(try_reads(gateway, entity=configuration.intacct_entity))
            if options["write_draft"]:
                taxed = taxed_line(gateway, configuration, options["account"], options["tax_code"]) if options["tax_code"] else None
                failed += self.print(under_the_lane(gateway, configuration, taxed))
                self.stdout.write(f"\nDelete the draft “{TITLE}” in Sage Intacct (General Ledger › Journal entries).")
        except IntegrationError as error:
            raise CommandError(f"{error.message} Run check_connections: it says what mends it.") from error
        except NothingToWrite as error:
            raise CommandError(str(error)) from error
        except LeaseBusy as error:
            raise CommandError("Another worker is writing to this company just now. Try again in a few minutes.") from error
        except LeaseLost as error:
            raise CommandError("Another worker has taken over writing to this company; nothing more was sent.") from error
        if failed:
            raise CommandError(f"{failed} assumption(s) did not hold; docs/assumptions.md says what rests on each. Do not go live yet.")

    def print(self, results: Iterable[Seen]) -> int:
        """Print each as it comes; return how many did not hold."""
        failed = 0
        for each in results:
            failed += each.verdict == "did not hold"
            self.stdout.write(f"{_SIGNS[each.verdict]} {each.id:4} {each.assumed}: {each.verdict}\n       {each.seen}")
        return failed


def chosen(name: str, entity: str | None) -> EntityConfiguration:
    """Return the configuration to try with. Raises CommandError where it is not clear."""
    try:
        connection = Connection.objects.named([name]).get()
    except ValueError as error:
        raise CommandError(str(error)) from error
    if connection.closed_at:
        raise CommandError(f"{connection} is closed: {connection.closed_reason} Run check_connections first.")
    found = list(connection.entityconfiguration_set.filter(**({"intacct_entity": entity} if entity else {})))
    entities = sorted({each.intacct_entity for each in found})
    if not entities:
        known = set(connection.entityconfiguration_set.values_list("intacct_entity", flat=True))
        raise CommandError(no_such("entity", entity, known) if entity else f"{connection} has no entity configuration.")
    if len(entities) > 1:
        raise CommandError(f"{connection} has several entities: choose one with --entity ({', '.join(entities)}).")
    return found[0]


def taxed_line(gateway: Gateway, configuration: EntityConfiguration, account: str, detail: str) -> Taxed:
    tax = known_row(gateway, "TAXDETAIL", ["DETAILID", "VALUE"], detail, "tax code")
    known_row(gateway, "GLACCOUNT", ["ACCOUNTNO"], account, "account")
    try:
        rate = Decimal(tax["VALUE"])
    except InvalidOperation as error:
        raise CommandError(f"Tax code {detail} has no rate in Sage Intacct.") from error
    if not configuration.card_default_vendor:
        raise CommandError(f"Tax in a journal entry needs a default vendor in {configuration.intacct_entity}.")
    return Taxed(account, detail, rate, configuration.card_default_vendor)


def known_row(gateway: Gateway, kind: str, fields: list[str], key: str, what: str) -> Mapping[str, str]:
    """Return these fields of the object whose first field is `key`. Raises CommandError naming others where there is none."""
    if found := rows(gateway, kind, fields, where=Equal(fields[0], key)).rows:
        return found[0]
    others = rows(gateway, kind, fields[:1], size=2_000).rows
    raise CommandError(no_such(f"{what} in Sage Intacct", key, [row[fields[0]] for row in others]))


def under_the_lane(gateway: Gateway, configuration: EntityConfiguration, taxed: Taxed | None) -> Iterator[Seen]:
    """Write only as the holder of the lane, as every writing request does."""
    lane = Lease.take(configuration.connection.lane, owner=f"probe {socket.gethostname()} {os.getpid()}", now=clock())
    try:
        several = is_multi_currency(configuration.connection)
        yield from try_draft(gateway, configuration, multi_currency=several, lane=lane, clock=clock, taxed=taxed)
    finally:
        lane.give_back()
