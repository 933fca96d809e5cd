from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exports.delivery.deliver import deliver
from exports.management import selection
from exports.models import Document
from exports.planning.preview import OUTCOMES, preview, totals
from integration.clock import clock
from integration.intacct.gateway import gateway_for
from integration.models import Connection, EntityConfiguration, LeaseBusy, LeaseLost, owner


class Command(BaseCommand):
    help = "Send what is planned to Sage Intacct, and look up what is in doubt."

    def add_arguments(self, parser: CommandParser) -> None:
        selection.add_names(parser)
        parser.add_argument(
            "--dry-run", action="store_true", help="List what would be posted, what not and why, with totals; send nothing."
        )

    def handle(self, *, connection: list[str], dry_run: bool, **options: Any) -> None:
        failed = 0
        for each in selection.connections(connection):
            if dry_run:
                self._list(each)
                continue
            if each.closed_at:
                failed += 1
                self.stderr.write(f"{each} is closed: {each.closed_reason}")
                continue
            try:
                done = deliver(each, gateway=gateway_for(each), clock=clock, owner=owner())
            except (LeaseBusy, LeaseLost) as busy:
                failed += 1
                self.stderr.write(f"{each}: another worker is at it ({busy}).")
                continue
            self.stdout.write(f"{each}: {done.sent} sent, {done.confirmed} confirmed, {done.looked_up} looked up.")
            if stopped := [*done.troubles.values(), *([done.stopped] if done.stopped else [])]:
                failed += 1
                self.stderr.write(f"{each}: {' '.join(stopped)}")
        if failed:
            raise CommandError(f"{failed} connection(s) stopped before the end.")

    def _list(self, connection: Connection) -> None:
        """Print the whole queue of one connection as it would be posted now, and the totals."""
        found = list(preview(EntityConfiguration.objects.filter(connection=connection, active=True).select_related("connection"), clock()))
        for each in found:
            entity = each.record.configuration.intacct_entity
            for document in each.documents:
                self.stdout.write(f"{entity} {each.record}: {document.kind} {document.where} of {document.date:%-d %b %Y}")
            for problem in each.problems:
                self.stdout.write(f"{entity} {each.record}: {each.outcome.lower()}. {problem.sentence}")
        for total in totals(each for each in found if not each.problems):
            self.stdout.write(
                f"{total.entity} {f'{total.account} {total.name}'.strip():<45} Dr {total.debit!s:>18}  Cr {total.credit!s:>18}"
            )
        counts = Counter(each.outcome for each in found)
        said = ", ".join(f"{counts[outcome]} {outcome.lower()}" for outcome in OUTCOMES if counts[outcome]) or "nothing waits"
        in_doubt = Document.objects.to_look_up(connection.company_id, clock()).count()
        doubtful = f" {in_doubt} documents in doubt would be looked up." if in_doubt else ""
        self.stdout.write(f"{connection}: {said}.{doubtful} Nothing was sent.")
