"""Read one Pleo company and say what has to be written there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from integration.clock import Clock
from integration.errors import Rejected, SignInRefused
from integration.models import EntityConfiguration
from integration.pleo.published import Tag, TagGroup
from integration.pleo.reference import ReferenceClient
from referencedata import publishing, wanted
from referencedata.models import PublishedGroup, UnansweredCreate
from referencedata.publishable import Choice, Note
from referencedata.publishing import PutGroup, PutTaxCode, Write


@dataclass(slots=True)
class Plan:
    """What differs, in the order in which it is written.

    group_ids: of Pleo's tag groups by code in capitals. held_back: creations without an answer that Pleo may still carry
    out; they are not sent again before waits_until. wanted, there: values to stand in Pleo, and those that stand there.
    read: how many parts Pleo showed. unread: why it did not show others.
    """

    writes: list[Write] = field(default_factory=list)
    held_back: list[Write] = field(default_factory=list)
    waits_until: datetime | None = None
    group_ids: dict[str, str] = field(default_factory=dict)
    wanted: int = 0
    there: int = 0
    left_out: int = 0
    notes: list[Note] = field(default_factory=list)
    read: int = 0
    unread: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        return sum(write.size for write in self.writes)

    @property
    def unchanged(self) -> int:
        changed = sum(write.size for write in [*self.writes, *self.held_back] if write.does != "archived")
        return max(self.wanted - changed, 0)


class Reader:
    """Reads Pleo for one entity configuration. store: remember which groups are ours; False for a dry run."""

    def __init__(self, configuration: EntityConfiguration, client: ReferenceClient, clock: Clock, *, store: bool) -> None:
        self._configuration = configuration
        self._client = client
        self._clock = clock
        self._store = store

    def plan(self) -> Plan:
        """Return the differences: tax codes before the accounts that may name them, groups before their tags.

        A part that Pleo does not show stays as it is, and the others go on. Raises TryLater, SignInRefused and what waiting
        for a turn raises.
        """
        plan, chosen = Plan(), self._configuration
        if chosen.publish_tax_codes:
            with _unless_refused(plan, "tax codes"):
                self._tax_codes(plan)
        if chosen.publish_accounts:
            with _unless_refused(plan, "accounts"):
                self._accounts(plan)
        if chosen.publish_tags:
            with _unless_refused(plan, "tag groups"):
                self._groups(plan)
        return plan

    def _tax_codes(self, plan: Plan) -> None:
        choice, may_archive = wanted.tax_codes_of(self._configuration)
        if choice.alone:
            plan.notes += choice.notes
            return
        there = list(self._client.tax_codes())
        known = wanted.known_tax_codes(self._configuration.connection)
        _count(plan, choice, there, "Tax codes", may_archive)
        self._add(plan, publishing.tax_code_writes(choice.values, there, known=known, may_archive=may_archive), PutTaxCode)

    def _accounts(self, plan: Plan) -> None:
        choice, may_archive = wanted.accounts_of(self._configuration)
        there = list(self._client.accounts())
        known = wanted.known_accounts(self._configuration.connection)
        _count(plan, choice, there, "Accounts", may_archive)
        plan.writes += publishing.account_writes(choice.values, there, known=known, may_archive=may_archive)

    def _groups(self, plan: Plan) -> None:
        groups = wanted.groups_of(self._configuration)
        there = self._client.groups()
        plan.notes += groups.notes
        ours = self._ours(there, groups)
        self._add(plan, publishing.group_writes(groups.wanted, there, ours=ours, kept=groups.kept), PutGroup)
        for group in groups.wanted:
            held = publishing.matching(group, there, ours=ours)
            if held:
                plan.group_ids[group.code.upper()] = held.id
                self._adopt(held, group)
            _count(plan, Choice((group,)), [held] if held else [], group.name, may_archive=True)
            with _unless_refused(plan, f"tags of {group.name}"):
                self._tags(plan, group, held)

    def _tags(self, plan: Plan, group: TagGroup, held: TagGroup | None) -> None:
        there: list[Tag] = list(self._client.tags(held.id)) if held else []
        choice, may_archive = wanted.tags_of(self._configuration, group)
        _count(plan, choice, there, group.name, may_archive)
        plan.writes += publishing.tag_writes(group.code, choice.values, there, may_archive=may_archive)

    def _ours(self, there: Sequence[TagGroup], groups: wanted.Groups) -> frozenset[str]:
        """Return the ids of the groups that we made or adopted; forget those that are let go of and out of sight."""
        ours = {str(pk) for pk in PublishedGroup.objects.filter(configuration=self._configuration).values_list("pleo_id", flat=True)}
        needed = {group.code.upper() for group in groups.wanted} | {code.upper() for code in groups.kept}
        shown = {each.id for each in there if not each.archived or each.code.upper() in needed}
        if self._store:
            PublishedGroup.forget(self._configuration, ours - shown)
        return frozenset(ours & shown)

    def _adopt(self, held: TagGroup, group: TagGroup) -> None:
        if self._store:
            PublishedGroup.keep(self._configuration, held.id, group.code, adopted=True, now=self._clock())

    def _add(self, plan: Plan, writes: Sequence[Write], kind: type[PutGroup | PutTaxCode]) -> None:
        """Add the writes of one part but for creations whose answer is still outstanding.

        Pleo takes such a creation twice, and may carry it out late: while that may be, it is looked for, not sent again.
        """
        sent = UnansweredCreate.since(self._configuration)
        until = self._clock() - timedelta(seconds=settings.LATE_COMMIT_HORIZON_SECONDS)
        found = {what for what in sent if what.startswith(kind.WORD)} - {str(write) for write in writes if write.does == "created"}
        if self._store:
            UnansweredCreate.answered(self._configuration, found)
        for write in writes:
            sent_at = sent.get(str(write)) if write.does == "created" else None
            if sent_at is None or sent_at <= until:
                plan.writes.append(write)
                continue
            plan.held_back.append(write)
            due_at = sent_at + timedelta(seconds=settings.LATE_COMMIT_HORIZON_SECONDS)
            plan.waits_until = max(plan.waits_until or due_at, due_at)
            plan.notes.append(
                Note(str(write), "It was sent and no answer came. It is looked for in Pleo, and sent again once it cannot appear any more.")
            )


@contextmanager
def _unless_refused(plan: Plan, what: str) -> Iterator[None]:
    """Note that Pleo does not show one part, and let the others go on."""
    try:
        yield
    except SignInRefused:
        raise
    except Rejected as error:
        sentence = f"Pleo does not show the {what}: {error.message} They stay as they are. Check the permissions of the API key in Pleo."
        plan.unread.append(sentence)
        plan.notes.append(Note(what.capitalize(), sentence, to_do=True))
    else:
        plan.read += 1


def _count(plan: Plan, choice: Choice[Any], there: Collection[Any], name: str, may_archive: bool) -> None:
    plan.wanted += len(choice.values)
    plan.there += sum(not each.archived for each in there)
    plan.left_out += choice.left_out
    plan.notes += choice.notes
    if not may_archive:
        sentence = "Nothing of it is archived in Pleo before it was read whole from Sage Intacct. Sync with Sage Intacct."
        plan.notes.append(Note(name, sentence, to_do=True))
