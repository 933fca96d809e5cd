"""What a person decides about an expense. Each ends with the wish that Pleo offers the entry again, so that Pleo hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction

from exports.models.documents import Document
from exports.models.record_columns import RecordColumns
from exports.models.trail import Event
from integration.models import Connection


class Decisions(RecordColumns):
    """The decisions about one expense. by: the user who decides."""

    class Meta:
        abstract = True

    @property
    def decisions(self) -> tuple[str, ...]:
        """Which decisions make sense now, by the names of their mutators."""
        codes = {problem["code"] for problem in self.problems}
        possible = []
        if self.status == self.Status.NEEDS_FIX and "sign_unexpected" in codes:
            possible.append("confirm_direction")
        if self.status == self.Status.NEEDS_FIX and "bill_exists" in codes:
            possible.append("adopt_bill")
        if self.status == self.Status.REVIEW and "intacct_disagrees" in codes:
            possible.append("adopt")
        if self.status == self.Status.NEEDS_FIX and self.posted_at:
            possible += ["try_again", "settled_by_hand"]
        if self.status == self.Status.REVIEW and "vanished_in_intacct" in codes:
            possible.append("try_again")
        if self.status == self.Status.NEEDS_FIX and "before_first_posting_date" in codes:
            possible.append("allow_date")
        if self.status == self.Status.REVIEW and "content_changed" in codes:
            possible.append("keep")
        if self.status == self.Status.REVIEW and not codes & {"content_changed", "vanished_in_intacct"}:
            possible.append("release")
        stopped = self.status in (self.Status.NEEDS_FIX, self.Status.REVIEW) or bool(self.awaited_bill)
        if stopped and self.posted_at is None:
            possible.append("skip")
        return tuple(possible)

    def allow_date(self, *, by: Any, now: datetime) -> None:
        """A person says that no other integration has posted this expense, although it is dated before the first posting date."""
        self._decide("its date was allowed", "", by, now, date_allowed_at=now, date_allowed_by=by)

    def keep(self, *, by: Any, now: datetime) -> None:
        """A person says that what stands in the ledger is right, although Pleo's content has changed."""
        self._decide("what is posted was kept", "", by, now, accepted_fingerprint=self.offered_fingerprint)

    def skip(self, reason: str, *, by: Any, now: datetime) -> None:
        """A person has booked it by hand, and says how.

        Raises ValueError without a reason, while a document is in doubt, and where it is in the ledger meanwhile.
        """
        if not reason.strip():
            raise ValueError("Say how this expense was booked.")
        with self._locked():
            if self.documents.in_doubt().exists():
                raise ValueError("Sage Intacct is still being asked about this expense. Wait for that first.")
            if any(each.is_principal and each.state == Document.State.CONFIRMED for each in self.documents.all()):
                raise ValueError("It has been posted meanwhile. Reverse what you booked by hand.")
            for document in self.documents.exclude(state__in=(Document.State.CONFIRMED, Document.State.CANCELLED)).order_by("-position"):
                document.cancel(f"Skipped by {by}: {reason}"[:500])
            self._decide("skipped", reason, by, now, skipped_reason=reason[:300], skipped_at=now, skipped_by=by)

    def confirm_direction(self, *, by: Any, now: datetime) -> None:
        """A person says which way entries of this kind and sign go; the answer holds for the whole connection."""
        sign = 1 if (self.amount_minor or 0) > 0 else -1
        with transaction.atomic():
            Connection.objects.select_for_update().get(pk=self.configuration.connection_id).confirm_direction(
                self.type, self.sub_type, sign
            )
            self._decide("the direction of this kind was confirmed", f"{self.type} {self.sub_type} {sign:+}", by, now)

    def adopt_bill(self, *, by: Any, now: datetime) -> None:
        """A person says that the bill Intacct has under this vendor and number is this very invoice: it is not posted again."""
        found = next(problem for problem in self.problem_values() if problem.code == "bill_exists")
        self._decide(f"bill {found.value} of Sage Intacct was adopted", "", by, now, adopted_bill=found.value)

    def adopt(self, *, by: Any, now: datetime) -> None:
        """A person says that what Intacct has under our reference is this expense.

        Raises ValueError where no look-up has found exactly one thing there.
        """
        with self._locked():
            disputed = list(self.documents.filter(state=Document.State.REVIEW))
            if not disputed or any(not document.found_key for document in disputed):
                raise ValueError(
                    "No look-up has found exactly one document of it in Sage Intacct. Delete the extra ones there, then look it up."
                )
            for document in disputed:
                document.adopt(document.found_key, now=now)
            self._decide("what Sage Intacct has was adopted", "", by, now)

    def try_again(self, *, by: Any, now: datetime) -> None:
        """A person has mended what kept a follow-up from Intacct: it is looked up, and sent where it is not there."""
        with self._locked():
            for document in self.documents.exclude(principal=None):
                if document.state == Document.State.REJECTED and document.absence_proven:
                    document.send_again(now)
                elif document.state == Document.State.REJECTED:
                    document.look_before_planning(now)
            # The bill is read first: what is due decides whether its payment can be sent.
            self.documents.have_state_read(now)
            Event.note(record=self, what="trying again was asked for", by=by, now=now)
            self.refresh_status(now, by=by)

    def settled_by_hand(self, reason: str, *, by: Any, now: datetime) -> None:
        """A person has settled the bill in Intacct, or attached the files there: the follow-ups that stand out are not sent.

        Raises ValueError without a reason or while a document is in doubt.
        """
        if not reason.strip():
            raise ValueError("Say how it was settled.")
        with self._locked():
            if self.documents.in_doubt().exists():
                raise ValueError("Sage Intacct is still being asked about this expense. Wait for that first.")
            for document in self.documents.exclude(principal=None).filter(state__in=(Document.State.PLANNED, Document.State.REJECTED)):
                document.cancel(f"Settled by {by}: {reason}"[:500])
            Event.note(record=self, what="settled by hand", why=reason, by=by, now=now)
            self.refresh_status(now, by=by)

    def release(self, *, by: Any, now: datetime) -> None:
        """A person has looked, and Sage Intacct does not have what we disagreed about: it may be sent again."""
        with self._locked():
            for document in self.documents.filter(state=Document.State.REVIEW):
                document.release(now)
            self._decide("released: it is not in Sage Intacct", "", by, now)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One commit, with the expense locked before its documents, as everybody does, and as it is in the database now."""
        with transaction.atomic():
            type(self)._base_manager.select_for_update().get(pk=self.pk)
            self.refresh_from_db()
            yield

    def _decide(self, what: str, why: str, by: Any, now: datetime, **columns: Any) -> None:
        with transaction.atomic():
            Event.note(record=self, what=what, why=why, by=by, now=now)
            self._write(**columns, export_again_at=now, export_again_by=by)
            self.refresh_status(now, by=by)
