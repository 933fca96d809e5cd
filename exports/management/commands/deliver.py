from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exports.deliver import deliver
from exports.management import selection
from exports.models import Document
from exports.tasks import owner
from integration.clock import clock
from integration.intacct.gateway import gateway_for
from integration.models import LeaseBusy, LeaseLost


class Command(BaseCommand):
    help = "Send what is planned to Sage Intacct, and look up what is in doubt."

    def add_arguments(self, parser: CommandParser) -> None:
        selection.add_names(parser)
        parser.add_argument("--dry-run", action="store_true", help="List what would be sent; send nothing.")

    def handle(self, *, connection: list[str], dry_run: bool, **options: Any) -> None:
        failed = 0
        for each in selection.connections(connection):
            if dry_run:
                self._list(each.name, each.company_id)
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
            if done.stopped:
                failed += 1
                self.stderr.write(f"{each}: {done.stopped}")
        if failed:
            raise CommandError(f"{failed} connection(s) stopped before the end.")

    def _list(self, name: str, company_id: str) -> None:
        waiting = Document.objects.sendable(company_id, clock()).select_related("record")
        for document in waiting:
            self.stdout.write(f"{name} {document.entity}: {document} for {document.record}")
        self.stdout.write(f"{name}: {len(waiting)} would be sent. Nothing was sent.")
