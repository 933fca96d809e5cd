"""Comparing all keys and values with what Sage Intacct shows now, and changing nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from integration.errors import IntegrationError
from referencedata.kinds.registry import Kind, Row
from referencedata.models import Mode, SyncRun
from referencedata.syncing.company_discovery import Company
from referencedata.syncing.connection_sync import Round
from referencedata.syncing.first_questions import answered_at_once
from referencedata.syncing.paging import everything, portions

NAMED = 50

Outcome = SyncRun.Outcome


def verify(round_: Round, names: Collection[str] | None) -> Iterator[SyncRun]:
    """Compare every value of these kinds with Intacct's, and yield what differs; our copy stays as it is."""
    started_at = round_.clock()
    company, kinds = round_.look(names, anew=True)
    for number, kind in enumerate(kinds):
        run = round_.begin(kind, Mode.VERIFY, None if number else started_at)
        if company is None or round_.stopped:
            yield round_.failed(run, kind, round_.stopped)
            continue
        try:
            _verify(round_, kind, company, run)
        except IntegrationError as error:
            round_.failed(run, kind, error)
        yield run


def _verify(round_: Round, kind: Kind, company: Company, run: SyncRun) -> None:
    rows = kind.model.objects.filter(connection=round_.connection, **kind.scope).present()
    comparison = _Comparison(kind, dict(rows.values_list("intacct_key", "pk")))
    run.our_count = len(comparison.left)
    if kind.objects:
        # Only here are all our keys held in memory: what is left of them in the end is what Intacct does not show.
        for portion in portions(everything(kind, company), round_.gateway, round_.clock):
            run.requests += 1
            run.server_count = portion.count if portion.count is not None else run.server_count
            comparison.compare(portion.rows)
    else:
        portion, requests = answered_at_once(kind, company, round_.gateway)
        run.requests += requests
        run.server_count = portion.count
        comparison.compare(portion.rows)
    run.read = comparison.read
    run.difference = comparison.difference()
    said = _said(run, kind)
    run.finish(Outcome.INCOMPLETE if said else Outcome.COMPLETE, now=round_.clock(), error=said)


@dataclass(slots=True)
class _Comparison:
    """What differs between Intacct's rows and ours.

    left: primary keys of our rows by Intacct's key, without those that were shown. missing, different, unreadable: how
    many and the first of them by name.
    """

    kind: Kind
    left: dict[str, int]
    read: int = 0
    missing: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: {"missing": 0, "different": 0, "unreadable": 0})

    def compare(self, rows: Sequence[Row]) -> None:
        read = {}
        for row in rows:
            try:
                key, columns = self.kind.read(row)
            except ValueError as error:
                self._note("unreadable", self.unreadable, str(error))
            else:
                read[key] = columns
        self.read += len(read)
        pks = {self.left.pop(key): key for key in read if key in self.left}
        names = list(next(iter(read.values()), ()))
        ours = {pks[row["pk"]]: row for row in self.kind.model.objects.filter(pk__in=pks).values("pk", *names)}
        for key, columns in read.items():
            called = str(columns[self.kind.model.CODE])
            if key not in ours:
                self._note("missing", self.missing, called)
                continue
            changed = [name for name, value in columns.items() if ours[key][name] != value]
            if changed:
                there = ", ".join(f"{name} is {columns[name]!r} there and {ours[key][name]!r} here" for name in changed)
                self._note("different", self.different, f"{called}: {there}")

    def difference(self) -> dict[str, dict[str, Any]]:
        """Return how many of each differ, and the first of them by name; {} where all is equal."""
        extra = list(self.left.values())[:NAMED]
        named = self.kind.model.objects.filter(pk__in=extra).order_by(self.kind.model.CODE)
        found = {
            "missing here": (self.counts["missing"], self.missing),
            "extra here": (len(self.left), [str(getattr(row, self.kind.model.CODE)) for row in named]),
            "different": (self.counts["different"], self.different),
            "not understood": (self.counts["unreadable"], self.unreadable),
        }
        return {what: {"count": count, "first": first} for what, (count, first) in found.items() if count}

    def _note(self, what: str, named: list[str], said: str) -> None:
        self.counts[what] += 1
        if len(named) < NAMED:
            named.append(said)


def _said(run: SyncRun, kind: Kind) -> str:
    """Return what differs as a sentence, "" where nothing does."""
    if not run.difference:
        if run.server_count == run.read:
            return ""
        return f"Sage Intacct counts {run.server_count} {kind.label.lower()} and showed {run.read}. Verify again when nobody changes them."
    parts = (
        f"{found['count']} {what} ({'; '.join(found['first'][:3])}{' …' if found['count'] > 3 else ''})"
        for what, found in run.difference.items()
    )
    return (
        f"{kind.label} differ from Sage Intacct: {'; '.join(parts)}. Nothing was changed. Make them equal with: "
        f'manage.py sync_reference_data "{run.connection}" --kind {kind.name} --full'
    )
