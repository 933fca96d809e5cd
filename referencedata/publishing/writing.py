"""Write to one Pleo company what differs there, value by value, and count what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import structlog

from integration.clock import Clock
from integration.errors import OutcomeUnknown, Rejected, SignInRefused, TryLater
from integration.pleo.pacing import TimeIsUp
from integration.pleo.reference import ReferenceClient
from referencedata.models import PublishedGroup, PublishRun, UnansweredCreate
from referencedata.publishing.differences import ArchiveTags, CreateAccounts, PutAccount, PutGroup, PutTag, PutTaxCode, Write, singles
from referencedata.publishing.reading import Plan

log = structlog.get_logger(__name__)

SHOWN_EVERY = 20
# So many unreadable answers one after the other: Pleo is not well, and asking on would help nobody.
MOST_UNREADABLE = 5
_MEND = "It is tried again at the next publishing."


class Writer:
    """Carries out plans. unsure: writes whose answer was lost in the last plan."""

    def __init__(self, client: ReferenceClient, run: PublishRun, clock: Clock) -> None:
        self._configuration = run.configuration
        self._client = client
        self._run = run
        self._clock = clock
        self._forbidden: set[type[Write]] = set()
        self.unsure: list[Write] = []

    def settle(self, plan: Plan) -> None:
        """Count the writes that were unsure and that Pleo, read again, does not need any more."""
        if plan.unread:
            return
        open_still = {each for write in (*plan.writes, *plan.held_back) for each in singles(write)}
        for each in (each for write in self.unsure for each in singles(write)):
            if each not in open_still:
                self._count(each)
        self.unsure = []

    def pretend(self, plan: Plan) -> None:
        """Count what would be written."""
        for write in plan.writes:
            self._count(write)

    def carry_out(self, plan: Plan, groups: dict[str, str], show: Callable[[], object]) -> None:
        """Write everything in order. A value that Pleo refuses is named and left; the others go on.

        groups: ids of Pleo's tag groups by code in capitals; those that are created are added.

        Raises SignInRefused, TryLater, and what waiting for a turn raises.
        """
        in_a_row = 0
        for number, write in enumerate(plan.writes):
            self._run.doing = str(write)
            if number % SHOWN_EVERY == 0:
                show()
            if type(write) in self._forbidden:
                continue
            in_a_row = in_a_row + 1 if self._one(write, groups) else 0
            if in_a_row == MOST_UNREADABLE:
                raise TryLater(f"Pleo gave no readable answer {MOST_UNREADABLE} times in a row.", code="unsure")
        show()

    def _one(self, write: Write, groups: dict[str, str]) -> bool:
        """Carry out one write. Returns whether its answer was lost."""
        try:
            refused = self._send(write, groups)
        except SignInRefused:
            raise
        except Rejected as error:
            if isinstance(write, ArchiveTags) and write.size > 1 and error.code != "403":
                # One bad tag spoils the call: each alone then.
                return sum(self._one(each, groups) for each in singles(write)) > 0
            self._refuse(write, error)
        except OutcomeUnknown:
            self.unsure.append(write)
            return True
        else:
            self._count(write, less=refused)
        return False

    def _send(self, write: Write, groups: dict[str, str]) -> int:
        """Send one write, and return how many of its values Pleo did not take although it answered well."""
        match write:
            case PutGroup(target=group, does="created"):
                with self._intent(str(write)):
                    made = self._client.create_group(group)
                    PublishedGroup.keep(self._configuration, made.id, group.code, adopted=False, now=self._clock())
                groups[group.code.upper()] = made.id
            case PutGroup(target=group):
                self._client.change_group(group)
                if group.archived:
                    PublishedGroup.forget(self._configuration, [group.id])
            case PutTag(target=tag, does="created"):
                self._client.create_tag(groups[write.group.upper()], tag)
            case PutTag(target=tag):
                self._client.change_tag(tag)
            case ArchiveTags(tags=tags):
                self._client.archive_tags(tags)
            case PutTaxCode(target=code, does="created"):
                with self._intent(str(write)):
                    self._client.create_tax_code(code)
            case PutTaxCode(target=code):
                self._client.change_tax_code(code)
            case CreateAccounts(accounts=accounts):
                return self._refused_accounts(self._client.create_accounts(accounts).refused)
            case PutAccount(target=account):
                self._client.change_account(account)
        return 0

    @contextmanager
    def _intent(self, what: str) -> Iterator[None]:
        """Write down what Pleo would take twice before it is sent; what was answered, or never left, is struck out again."""
        UnansweredCreate.begin(self._configuration, what, now=self._clock())
        try:
            yield
        except (Rejected, TryLater, TimeIsUp):
            UnansweredCreate.answered(self._configuration, [what])
            raise
        UnansweredCreate.answered(self._configuration, [what])

    def _refused_accounts(self, refused: Mapping[str, str]) -> int:
        for number, reasons in refused.items():
            self._run.note(f"Account {number}", f"Pleo refused it: {reasons}. {_MEND}", to_do=True)
        self._run.left_out += len(refused)
        return len(refused)

    def _refuse(self, write: Write, error: Rejected) -> None:
        log.warning("publishing_refused", configuration=self._configuration.pk, write=str(write), code=error.code)
        self._run.left_out += write.size
        if error.code == "403":
            self._forbidden.add(type(write))
            self._run.note(
                str(write), f"{error.message} Give the API key that permission in Pleo; others of its kind were not tried.", to_do=True
            )
        else:
            self._run.note(str(write), f"Pleo refused it: {error.message} {_MEND}", to_do=True)

    def _count(self, write: Write, *, less: int = 0) -> None:
        done = write.size - less
        setattr(self._run, write.does, getattr(self._run, write.does) + done)
        self._run.done += done
