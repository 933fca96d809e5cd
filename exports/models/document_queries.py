"""Which documents are due: to be sent, looked up, or read again in Sage Intacct."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from exports.models.document_columns import IN_THE_BOOKS, DocumentColumns
from integration.clock import due_by
from integration.retry import LONGEST_WAIT

if TYPE_CHECKING:
    from exports.models.documents import Document  # noqa: F401  in the type of the rows

State, Kind = DocumentColumns.State, DocumentColumns.Kind

# How far ahead a document is ever put off: a send, and reading how it stands in Intacct.
SENT_AGAIN_WITHIN = timedelta(seconds=LONGEST_WAIT)
READ_AGAIN_WITHIN = timedelta(hours=25)  # until the next night, also where that is an hour longer


class DocumentQuerySet(models.QuerySet["Document"]):
    def live(self) -> DocumentQuerySet:
        return self.exclude(state=State.CANCELLED)

    def in_doubt(self) -> DocumentQuerySet:
        return self.filter(state__in=(State.IN_FLIGHT, State.UNKNOWN))

    def of_company(self, company_id: str) -> DocumentQuerySet:
        return self.filter(record__intacct_company_id=company_id)

    def sendable(self, company_id: str, now: datetime, *, jobs: Collection[int] | None = None) -> DocumentQuerySet:
        """Return what may be sent now: planned and due, what it names confirmed or about to go, offered by an open job.

        jobs: the numbers of those that Pleo says are in progress; None: as far as we know without asking. A follow-up of a
        confirmed principal needs no job; the payment of a bill goes once that bill was read as Posted, which gives it the
        bill's record number. What waits for an attachment in doubt is held back.
        """
        from exports.models.jobs import ExportJobItem

        offered = ExportJobItem.objects.untold().filter(record=OuterRef("record"), job__state="COLLECTED", job__expires_at__gt=now)
        if jobs is not None:
            offered = offered.filter(job__in=jobs)
        # A record whose plan is to be made again first: its newest item decides, not the bytes planned before.
        own = Q(principal=None, posting_number=F("record__posting_number"))
        first = own & Exists(offered) & Q(record__status="WAITING", record__plan_wanted=False)
        # What is being taken back gets nothing more; its reversal goes once it was read as standing in Intacct.
        taken_back = self.model.objects.live().filter(kind=Kind.REVERSAL, principal=OuterRef("principal"))
        follow_up = Q(principal__state=State.CONFIRMED) & ~Q(record__status="REVIEW") & ~Exists(taken_back)
        reversal = Q(principal__state=State.CONFIRMED, kind=Kind.REVERSAL)
        going = due_by("names__due_at", now, within=SENT_AGAIN_WITHIN)
        ready = Q(names=None) | Q(names__state=State.CONFIRMED) | Q(going, names__state=State.PLANNED)
        return (
            self.of_company(company_id)
            .filter(first | follow_up | reversal, ready, due_by("due_at", now, within=SENT_AGAIN_WITHIN), state=State.PLANNED)
            .exclude(kind__in=(Kind.PAYMENT, Kind.REVERSAL), bill_record="")
            .filter(record__configuration__active=True, record__configuration__connection__active=True)
            .filter(record__configuration__closed_at=None)
        )

    def put_off(self, until: datetime, now: datetime, *, message: str) -> int:
        """What these need is not certain to be there: they are sent later, for TRY_LATER_HOURS at most."""
        self.filter(first_try_later_at=None).update(first_try_later_at=now)
        return self.update(due_at=until, refusal=message)

    def to_look_up(self, company_id: str, now: datetime) -> DocumentQuerySet:
        """Return what is due for a look: outcomes unknown, refusals whose entry is offered again, disputes said not to be there."""
        longest = timedelta(seconds=settings.LATE_COMMIT_HORIZON_SECONDS + settings.LEASE_SECONDS)
        in_question = self.of_company(company_id).filter(state__in=(State.UNKNOWN, State.REJECTED, State.REVIEW))
        return in_question.filter(due_by("due_at", now, within=longest), record__configuration__closed_at=None)

    def with_state(self) -> DocumentQuerySet:
        """Return what Intacct has and says of how it stands in its books: entries, bills and payments."""
        return self.filter(state=State.CONFIRMED, kind__in=IN_THE_BOOKS)

    def to_read_again(self, company_id: str, now: datetime) -> DocumentQuerySet:
        """Return the documents whose state in Intacct is to be read now; also of what is to be taken back, before that is sent."""
        to_reverse = self.model.objects.filter(kind=Kind.REVERSAL, principal=OuterRef("pk"), state=State.PLANNED)
        is_due = due_by("due_at", now, within=READ_AGAIN_WITHIN)
        due = is_due | Exists(to_reverse.filter(is_due, bill_record=""))
        return self.of_company(company_id).with_state().filter(due, record__configuration__closed_at=None)

    # What is written to many at once. Only the state CONFIRMED is left as it is: how a document stands there is no state of ours.

    def have_state_read(self, now: datetime) -> int:
        """Have how they stand in Intacct read now, by the holder of the lane."""
        return self.with_state().update(due_at=now)

    def want_state(self, now: datetime) -> int:
        """Have how they stand in Intacct read now, before Pleo is answered about them: their entry is offered again."""
        return self.with_state().update(due_at=now, state_wanted_at=now)

    def read_as(self, intacct_state: str, *, next_at: datetime | None, due_minor: int | None = None) -> int:
        """Write down how Intacct calls them now, when they are read next, and of a bill what is still due."""
        due = {} if due_minor is None else {"due_minor": due_minor}
        return self.with_state().update(intacct_state=intacct_state[:40], due_at=next_at, refusal="", state_wanted_at=None, **due)

    def not_read(self, next_at: datetime | None, *, now: datetime, refusal: str = "") -> int:
        """Intacct does not say now how they stand. refusal: why not, where a person has to mend that."""
        self.with_state().filter(state_wanted_at__gt=now).update(state_wanted_at=now)  # by a clock that was ahead
        return self.with_state().update(due_at=next_at, refusal=refusal)
