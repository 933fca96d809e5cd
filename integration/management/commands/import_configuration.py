from __future__ import annotations

import os
import random
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from integration import retry
from integration.clock import clock
from integration.connecting.configuration_file.reading import read
from integration.connecting.configuration_file.rows import apply, conflicts
from integration.connecting.configuration_file.values import ConnectionValues, Mistake, path_of
from integration.errors import IntegrationError, TryLater
from integration.intacct.gateway import Credentials, Gateway
from integration.models import Connection, IntacctCredentials, Usage
from referencedata.codes import Codes, findings, has_copy, held_codes, read_codes

# For so long Intacct is asked again where it says "try again later".
SECONDS = 60.0


class Command(BaseCommand):
    help = "Create or update connections and entity configurations from a YAML file: all of it, or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="The file; its form is in docs/operations.md.")
        parser.add_argument("--dry-run", action="store_true", help="Check everything and say what would change; change nothing.")

    def handle(self, *, file: str, dry_run: bool, **options: Any) -> None:
        path = Path(file)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise CommandError(f"{file} cannot be read ({type(error).__name__}). Nothing was changed.") from None
        found = read(text, environ=os.environ, folder=path.parent)
        mistakes = list(found.mistakes)
        mistakes += [
            mistake
            for mistake in conflicts(found.connections, installation_sender=settings.INTACCT_SENDER_ID)
            if not found.has_mistakes_at(mistake.path)
        ]
        resolved = []
        for index, values in enumerate(found.connections):
            here = f"connections[{index}]"
            signs_in = not any(mistake.path.startswith(f"{here}.intacct") for mistake in mistakes)
            checked, more = self.checked(values, here, signs_in=signs_in)
            resolved.append(checked)
            mistakes += [mistake for mistake in more if not found.has_mistakes_at(mistake.path)]
        if mistakes:
            for mistake in mistakes:
                self.stderr.write(str(mistake))
            raise CommandError("Nothing was changed.")
        for outcome in apply(resolved, because=f"import_configuration {path.name}", dry_run=dry_run):
            self.stdout.write(str(outcome))
        if dry_run:
            self.stdout.write("Nothing was changed (--dry-run).")

    def checked(self, values: ConnectionValues, here: str, *, signs_in: bool) -> tuple[ConnectionValues, list[Mistake]]:
        """Hold the codes against our copy, else against Intacct, and return the values with their base currencies."""
        held = Connection.objects.filter(name=values.name, company_id=values.company_id).first()
        if held and has_copy(held):
            codes = held_codes(held, values.entities)
        elif not signs_in:
            return values, []
        else:
            try:
                codes = self.codes(values, held)
            except IntegrationError as error:
                return values, [Mistake(f"{here}.intacct", f"The codes could not be checked in Sage Intacct: {error}")]
        mistakes = [
            Mistake(f"{here}.entities[{number}].{path_of(finding.field)}", finding.sentence)
            for number, entity in enumerate(values.entities)
            for finding in findings(entity, codes)
        ]
        return in_base_currencies(values, codes), mistakes

    def codes(self, values: ConnectionValues, held: Connection | None) -> Codes:
        """Read the codes from Intacct, for a minute again and again where it says "try again later"; raises what it says then."""
        meter = partial(Usage.count, values.company_id)
        gateway = Gateway(credentials(values, held), meter=meter, purpose=Usage.Purpose.CHECK)
        waited, tries = 0.0, 0
        while True:
            asked = monotonic()
            try:
                return read_codes(gateway, values.entities)
            except TryLater as error:
                waited += monotonic() - asked  # a request that hangs takes minutes
                if waited >= SECONDS:
                    raise
                tries, now = tries + 1, clock()
                chance = random.random()  # noqa: S311  jitter, no secret
                wait = (retry.next_try(now, tries=tries, chance=chance, after=error.after) - now).total_seconds()
                seconds = min(wait, SECONDS - waited)
                self.stdout.write(f"{values.name}: {error} Sage Intacct is asked again in {seconds:.0f} s.")
                sleep(seconds)
                waited += seconds


def in_base_currencies(values: ConnectionValues, codes: Codes) -> ConnectionValues:
    return replace(values, entities=tuple(each.in_base_currency(codes.base_currency(each.intacct_entity)) for each in values.entities))


def credentials(values: ConnectionValues, held: Connection | None) -> Credentials:
    """Return what signs in: the file's, for a secret left out the stored one, for the sender the installation's."""
    stored = IntacctCredentials.objects.filter(connection=held).first() if held else None
    same_sender = stored is not None and stored.sender_id == values.sender_id
    return Credentials(
        company_id=values.company_id,
        endpoint=values.endpoint,
        user_id=values.user_id,
        user_password=values.user_password or (stored.user_password if stored else ""),
        sender_id=values.sender_id or settings.INTACCT_SENDER_ID,
        sender_password=values.sender_password
        or (stored.sender_password if stored is not None and same_sender else "")
        or settings.INTACCT_SENDER_PASSWORD,
    )
