"""From what is to stand in Pleo and what stands there to what has to be written: differences only, in order. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, TypeVar

from integration.pleo.published import ChartAccount, Tag, TagGroup, TaxCode

T = TypeVar("T")
Does = Literal["created", "renamed", "archived", "unarchived"]

TAGS_AT_ONCE = 100  # Source: Pleo OpenAPI, tags, TagBulkUpdate: tagIds 1 to 100
ACCOUNTS_AT_ONCE = 1000  # Source: Pleo OpenAPI, accounts, BookkeepingAccountBatchCreateRequestV1


@dataclass(frozen=True, slots=True)
class PutGroup:
    """target: the group as it is to be; without an id it is created."""

    WORD: ClassVar = "Tag group "

    target: TagGroup
    does: Does
    size: int = 1

    def __str__(self) -> str:
        return f"{self.WORD}{self.target.code}"


@dataclass(frozen=True, slots=True)
class PutTag:
    group: str
    target: Tag
    does: Does
    size: int = 1

    def __str__(self) -> str:
        return f"{self.group} {self.target.code}"


@dataclass(frozen=True, slots=True)
class ArchiveTags:
    group: str
    tags: tuple[Tag, ...]
    does: Does = "archived"

    @property
    def size(self) -> int:
        return len(self.tags)

    def __str__(self) -> str:
        return f"{self.group} {self.tags[0].code}" if len(self.tags) == 1 else f"{len(self.tags)} tags of {self.group}"


@dataclass(frozen=True, slots=True)
class PutTaxCode:
    WORD: ClassVar = "Tax code "

    target: TaxCode
    does: Does
    size: int = 1

    def __str__(self) -> str:
        return f"{self.WORD}{self.target.code}"


@dataclass(frozen=True, slots=True)
class CreateAccounts:
    accounts: tuple[ChartAccount, ...]
    does: Does = "created"

    @property
    def size(self) -> int:
        return len(self.accounts)

    def __str__(self) -> str:
        return f"Account {self.accounts[0].code}" if len(self.accounts) == 1 else f"{len(self.accounts)} accounts"


@dataclass(frozen=True, slots=True)
class PutAccount:
    target: ChartAccount
    does: Does
    size: int = 1

    def __str__(self) -> str:
        return f"Account {self.target.code or self.target.external_id}"


Write = PutGroup | PutTag | ArchiveTags | PutTaxCode | CreateAccounts | PutAccount


def singles(write: Write) -> list[Write]:
    """Return a write value by value."""
    match write:
        case ArchiveTags(group=group, tags=tags):
            return [ArchiveTags(group, (tag,)) for tag in tags]
        case CreateAccounts(accounts=accounts):
            return [CreateAccounts((account,)) for account in accounts]
    return [write]


def group_writes(
    wanted: Sequence[TagGroup], there: Sequence[TagGroup], *, ours: Collection[str], kept: Collection[str] = ()
) -> list[Write]:
    """Return how the tag groups become those wanted. Names are left as people in Pleo have made them.

    ours: ids of the groups that we made or adopted; no other is archived. kept: codes of groups that stay as they are,
    because nobody can say now whether they are wanted.
    """
    writes: list[Write] = []
    used = set()
    for target in wanted:
        same = matching(target, there, ours=ours)
        if same is None:
            writes.append(PutGroup(target, "created"))
            continue
        used.add(same.id)
        if same.archived:
            writes.append(PutGroup(replace(same, archived=False), "unarchived"))
    stay = {code.upper() for code in kept}
    archived: list[Write] = [
        PutGroup(replace(each, archived=True), "archived")
        for each in there
        if each.id in ours and each.id not in used and not each.archived and each.code.upper() not in stay
    ]
    return [*archived, *writes]


def matching(wanted: TagGroup, there: Iterable[TagGroup], *, ours: Collection[str]) -> TagGroup | None:
    """Return the group in Pleo with this code, in any case; of several the active one, then one of ours."""
    same = [each for each in there if each.code.upper() == wanted.code.upper()]
    return min(same, key=lambda each: (each.archived, each.id not in ours, each.id), default=None)


def tag_writes(group: str, wanted: Sequence[Tag], there: Sequence[Tag], *, may_archive: bool) -> list[Write]:
    """Return how the tags of one group become those wanted.

    What is archived comes first and what is created last, so that a full group has room. may_archive: False where our
    copy was never read whole; then a value that we do not know is no reason to archive it.
    """
    kept, spare = _one_each(there, lambda tag: tag.code.upper(), wanted, _differs_in_name)
    names = {each.code.upper() for each in wanted}
    superfluous = [each for each in spare if each.code.upper() in names or may_archive]
    superfluous += [each for code, each in kept.items() if code not in names and may_archive]
    old = [each for each in superfluous if not each.archived]
    changed: list[Write] = []
    created: list[Write] = []
    for target in wanted:
        held = kept.get(target.code.upper())
        if held is None:
            created.append(PutTag(group, target, "created"))
        elif (held.code, held.name, held.archived) != (target.code, target.name, False):
            changed.append(PutTag(group, replace(target, id=held.id), "unarchived" if held.archived else "renamed"))
    archived = [ArchiveTags(group, tuple(old[start : start + TAGS_AT_ONCE])) for start in range(0, len(old), TAGS_AT_ONCE)]
    return [*archived, *changed, *created]


def tax_code_writes(wanted: Sequence[TaxCode], there: Sequence[TaxCode], *, known: Collection[str], may_archive: bool) -> list[Write]:
    """Return how the tax codes become those wanted. Codes are compared exactly, capitals and blanks included.

    known: all codes that Intacct has or had; a code it never had was made by a person in Pleo and is left alone.
    """
    kept, spare = _one_each(there, lambda code: code.code, wanted, _differs_in_tax)
    names = {each.code for each in wanted}
    old = [each for each in spare if each.code in names or (may_archive and each.code in known)]
    old += [each for code, each in kept.items() if code not in names and may_archive and code in known]
    writes: list[Write] = [PutTaxCode(replace(each, archived=True), "archived") for each in old if not each.archived]
    created: list[Write] = []
    for target in wanted:
        held = kept.get(target.code)
        if held is None:
            created.append(PutTaxCode(target, "created"))
        elif held.archived or _differs_in_tax(held, target):
            # Pleo replaces the whole record, so what a person gave it there is sent back.
            same = replace(held, name=target.name, rate=target.rate, type=target.type, archived=False)
            writes.append(PutTaxCode(same, "unarchived" if held.archived else "renamed"))
    return [*writes, *created]


def account_writes(
    wanted: Sequence[ChartAccount], there: Sequence[ChartAccount], *, known: Collection[str], may_archive: bool
) -> list[Write]:
    """Return how the chart of accounts becomes what is wanted.

    An account is found by its external id, else by its code: one that a person typed is taken over, not made twice.
    known: all account numbers that Intacct has or had; others are left alone.
    """
    numbers = {each.external_id for each in wanted}
    by_id = {each.external_id: each for each in there}
    # The last of a code wins: what is active, of several the first made known.
    others = sorted((each for each in there if each.external_id not in numbers), key=lambda each: (each.archived, each.id), reverse=True)
    by_code = {each.code: each for each in others if each.code}
    used: set[str] = set()
    changed: list[Write] = []
    created: list[ChartAccount] = []
    for target in wanted:
        held = by_id.get(target.external_id) or by_code.get(target.code)
        if held is None:
            created.append(target)
            continue
        used.add(held.id)
        if held.archived or (held.code, held.name) != (target.code, target.name):
            same = replace(held, code=target.code, name=target.name, archived=False)
            changed.append(PutAccount(same, "unarchived" if held.archived else "renamed"))
    archived: list[Write] = [
        PutAccount(replace(each, archived=True), "archived")
        for each in there
        if may_archive and each.id not in used and not each.archived and (each.external_id in known or each.code in known)
    ]
    batches = [CreateAccounts(tuple(created[start : start + ACCOUNTS_AT_ONCE])) for start in range(0, len(created), ACCOUNTS_AT_ONCE)]
    return [*archived, *changed, *batches]


def _one_each(
    there: Iterable[T], key: Callable[[T], str], wanted: Iterable[T], differs: Callable[[T, T], bool]
) -> tuple[dict[str, T], list[T]]:
    """Return (the one to keep of each code, the others of the same code): what is right already, then what is active."""
    targets = {key(each): each for each in wanted}

    def rank(each: Any) -> tuple[bool, bool, str]:
        target = targets.get(key(each))
        return each.archived, target is not None and differs(each, target), each.id

    kept: dict[str, T] = {}
    spare: list[T] = []
    for each in sorted(there, key=rank):
        if key(each) in kept:
            spare.append(each)
        else:
            kept[key(each)] = each
    return kept, spare


def _differs_in_name(held: Tag, target: Tag) -> bool:
    return (held.code, held.name) != (target.code, target.name)


def _differs_in_tax(held: TaxCode, target: TaxCode) -> bool:
    return (held.name, held.rate, held.type) != (target.name, target.rate, target.type)
