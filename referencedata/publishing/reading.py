"""Read one Pleo company and say what has to be written there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings

from integration.clock import Clock
from integration.errors import Rejected, SignInRefused
from integration.models import EntityConfiguration
from integration.pleo.published import TagGroup
from integration.pleo.reference import ReferenceClient
from referencedata.models import PublishedGroup, UnansweredCreate
from referencedata.publishing import differences, selection
from referencedata.publishing.differences import PutGroup, PutTaxCode, Write
from referencedata.publishing.eligibility import Choice, Note


@dataclass(slots=True)
class Plan:
    """What differs in one part, in the order in which it is written.

    held_back: creations without an answer that Pleo may still carry out; they are not sent again before waits_until.
    wanted, there: values to stand in Pleo, and those that stand there. unread: why Pleo did not show this part.
    """

    writes: list[Write] = field(default_factory=list)
    held_back: list[Write] = field(default_factory=list)
    waits_until: datetime | None = None
    wanted: int = 0
    there: int = 0
    left_out: int = 0
    notes: list[Note] = field(default_factory=list)
    unread: str = ""

    @property
    def size(self) -> int:
        return sum(write.size for write in self.writes)

    @property
    def unchanged(self) -> int:
        changed = sum(write.size for write in [*self.writes, *self.held_back] if write.does != "archived")
        return max(self.wanted - changed, 0)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of Pleo that is read and written by itself. always: others need what reading it finds."""

    name: str
    read: Callable[[Plan], None]
    always: bool = False

    def plan(self) -> Plan:
        """Read Pleo and return the differences. What Pleo does not show stays as it is.

        Raises TryLater, SignInRefused and what waiting for a turn raises.
        """
        plan = Plan()
        try:
            self.read(plan)
        except SignInRefused:
            raise
        except Rejected as error:
            said = (
                f"Pleo does not show the {self.name}: {error.message} They stay as they are. Check the permissions of the API key in Pleo."
            )
            return Plan(unread=said, notes=[Note(self.name[:1].upper() + self.name[1:], said, to_do=True)])
        return plan


class Reader:
    """Reads Pleo for one entity configuration, part by part. group_ids: of Pleo's tag groups by code in capitals.

    store: remember which groups are ours; False for a dry run.
    """

    def __init__(self, configuration: EntityConfiguration, client: ReferenceClient, clock: Clock, *, store: bool) -> None:
        self._configuration = configuration
        self._client = client
        self._clock = clock
        self._store = store
        self.group_ids: dict[str, str] = {}

    def parts(self) -> list[Part]:
        """Return what is published: tax codes before the accounts that may name them, groups before their tags."""
        chosen, parts = self._configuration, []
        if chosen.publish_tax_codes:
            parts.append(Part("tax codes", self._tax_codes))
        if chosen.publish_accounts:
            parts.append(Part("accounts", self._accounts))
        if chosen.publish_tags:
            groups = selection.groups_of(chosen)
            parts.append(Part("tag groups", partial(self._groups, groups), always=True))
            parts += [Part(f"tags of {group.name}", partial(self._tags, group)) for group in groups.wanted]
        return parts

    def _tax_codes(self, plan: Plan) -> None:
        choice, may_archive = selection.tax_codes_of(self._configuration)
        if choice.alone:
            plan.notes += choice.notes
            return
        there = list(self._client.tax_codes())
        known = selection.known_tax_codes(self._configuration.connection)
        _count(plan, choice, there, "Tax codes", may_archive)
        self._add(plan, differences.tax_code_writes(choice.values, there, known=known, may_archive=may_archive), PutTaxCode)

    def _accounts(self, plan: Plan) -> None:
        choice, may_archive = selection.accounts_of(self._configuration)
        there = list(self._client.accounts())
        known = selection.known_accounts(self._configuration.connection)
        _count(plan, choice, there, "Accounts", may_archive)
        plan.writes += differences.account_writes(choice.values, there, known=known, may_archive=may_archive)

    def _groups(self, groups: selection.Groups, plan: Plan) -> None:
        there = self._client.groups()
        ours = self._ours(there, groups)
        held = [each for each in (differences.matching(group, there, ours=ours) for group in groups.wanted) if each]
        self.group_ids = {each.code.upper(): each.id for each in held}
        for each in held:
            self._adopt(each)
        _count(plan, Choice(groups.wanted, groups.notes), held, "Tag groups", may_archive=True)
        self._add(plan, differences.group_writes(groups.wanted, there, ours=ours, kept=groups.kept), PutGroup)

    def _tags(self, group: TagGroup, plan: Plan) -> None:
        group_id = self.group_ids.get(group.code.upper(), "")
        there = list(self._client.tags(group_id)) if group_id else []
        choice, may_archive = selection.tags_of(self._configuration, group)
        _count(plan, choice, there, group.name, may_archive)
        if group_id or not self._store:  # without its group, whose creation was refused or is in doubt, no tag can be made
            plan.writes += differences.tag_writes(group.code, choice.values, there, may_archive=may_archive)

    def _ours(self, there: Sequence[TagGroup], groups: selection.Groups) -> frozenset[str]:
        """Return the ids of the groups that we made or adopted; forget those that are let go of and out of sight."""
        ours = {str(pk) for pk in PublishedGroup.objects.filter(configuration=self._configuration).values_list("pleo_id", flat=True)}
        needed = {group.code.upper() for group in groups.wanted} | {code.upper() for code in groups.kept}
        shown = {each.id for each in there if not each.archived or each.code.upper() in needed}
        if self._store:
            PublishedGroup.forget(self._configuration, ours - shown)
        return frozenset(ours & shown)

    def _adopt(self, held: TagGroup) -> None:
        if self._store:
            PublishedGroup.keep(self._configuration, held.id, held.code, adopted=True, now=self._clock())

    def _add(self, plan: Plan, writes: Sequence[Write], kind: type[PutGroup | PutTaxCode]) -> None:
        """Add the writes of one part but for creations whose answer is still outstanding.

        Pleo takes such a creation twice, and may carry it out late: while that may be, it is looked for, not sent again.
        """
        now = self._clock()
        sent = UnansweredCreate.since(self._configuration, now)
        until = now - timedelta(seconds=settings.LATE_COMMIT_HORIZON_SECONDS)
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


def _count(plan: Plan, choice: Choice[Any], there: Collection[Any], name: str, may_archive: bool) -> None:
    plan.wanted += len(choice.values)
    plan.there += sum(not each.archived for each in there)
    plan.left_out += choice.left_out
    plan.notes += choice.notes
    if not may_archive:
        sentence = "Nothing of it is archived in Pleo before it was read whole from Sage Intacct. Sync with Sage Intacct."
        plan.notes.append(Note(name, sentence, to_do=True))
