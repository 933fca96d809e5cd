from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integration.clock import clock
from integration.intacct.gateway import gateway_for
from integration.models import Connection, IntacctCredentials, LeaseBusy, LeaseLost, Usage
from referencedata.models import Mode, SyncRun
from referencedata.syncing.sync import ConnectionClosed, sync_all

# More than any company has.
HOWEVER_MUCH = 10**9


class Command(BaseCommand):
    help = "Copy entities, accounts, journals, bank accounts, vendors, dimensions and taxes from Sage Intacct."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("connection", nargs="*", metavar="NAME", help="Names of connections; all active ones if none is given.")
        parser.add_argument(
            "--kind", nargs="+", metavar="KIND", help="Only these, like accounts or vendors, or the object name of an own dimension."
        )
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--full", dest="mode", action="store_const", const=Mode.FULL, help="Read everything, not only what has changed.")
        how.add_argument("--keys", dest="mode", action="store_const", const=Mode.KEYS, help="Compare only which records there are.")
        how.add_argument(
            "--verify", dest="mode", action="store_const", const=Mode.VERIFY, help="Compare all keys and values; change nothing."
        )
        parser.add_argument("--dry-run", action="store_true", help="Say what would change; change nothing.")
        parser.add_argument("--retire", action="store_true", help="Retire everything that has vanished there, however much.")

    def handle(
        self, *, connection: list[str], kind: list[str] | None, mode: Mode | None = None, dry_run: bool, retire: bool, **options: Any
    ) -> None:
        try:
            chosen = Connection.objects.named(connection) if connection else Connection.objects.filter(active=True)
        except ValueError as error:
            raise CommandError(str(error)) from error
        failed = 0
        for each in chosen:
            self.stdout.write(f"{each}:")
            try:
                runs = sync_all(
                    each,
                    gateway=gateway_for(each, Usage.Purpose.COPY),
                    clock=clock,
                    kinds=kind,
                    mode=mode,
                    dry_run=dry_run,
                    agreed=HOWEVER_MUCH if retire else 0,
                    progress=self._say,
                )
            except (LeaseBusy, LeaseLost):
                self.stderr.write("  Another worker is syncing it now. Try again when it has finished.")
                failed += 1
            except IntacctCredentials.DoesNotExist:
                self.stderr.write("  It has no credentials to Sage Intacct yet.")
                failed += 1
            except ConnectionClosed as error:
                self.stderr.write(f"  Not asked: {error} Save the right credentials, then sync again.")
                failed += 1
            except ValueError as error:
                raise CommandError(str(error)) from error
            else:
                if not runs:
                    self.stderr.write(f"  Sage Intacct could not be asked whether it has a kind called {', '.join(kind or [])}.")
                    failed += 1
                last = {run.kind: run.outcome for run in runs}
                failed += any(outcome not in (SyncRun.Outcome.COMPLETE, SyncRun.Outcome.ABSENT) for outcome in last.values())
        if dry_run:
            self.stdout.write("Nothing was changed (--dry-run).")
        if failed:
            what = "differ from Sage Intacct, or could not be compared" if mode == Mode.VERIFY else "could not be synced completely"
            raise CommandError(f"{failed} of {len(chosen)} connections {what}.")

    def _say(self, run: SyncRun) -> None:
        if run.outcome == SyncRun.Outcome.RUNNING:
            self.stdout.write(f"  {run.label:<31} … {run.read} of {run.server_count or 'so many'}")
            self.stdout.flush()
            return
        counts = f"{run.read} read, {run.added} added, {run.changed} changed, {run.retired} gone"
        if run.mode == Mode.VERIFY:
            counts = ", ".join(f"{found['count']} {what}" for what, found in run.difference.items()) or f"{run.read} compared, all equal"
        requests = "1 request" if run.requests == 1 else f"{run.requests} requests"
        there = "" if run.server_count is None else f" {run.our_count} of {run.server_count};"
        self.stdout.write(f"  {run.label:<31} {Mode(run.mode).label.lower():<10}{there} {counts}; {requests}, {run.seconds} s")
        for what, found in run.difference.items():
            self.stdout.write(f"    {what}: {'; '.join(found['first'])}{' …' if found['count'] > len(found['first']) else ''}")
        self.stdout.flush()
        if run.error:
            self.stderr.write(f"    {run.get_outcome_display()}: {run.error}")
