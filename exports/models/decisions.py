"""What a person decides about an expense. Each ends with the wish that Pleo offers the entry again, so that Pleo hears of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction

from exports.models.documents import Document
from exports.models.record_columns import NOTHING_ASKED, RecordColumns
from exports.models.trail import Event
from exports.posting.reversal import reversal_title
from integration.intacct.documents import BILL_DESCRIPTION_LENGTH
from integration.models import Connection, why_not_second

# What has moved in Sage Intacct since it was read, a person says.
_READ_AGAIN = {"vanished_in_intacct", "reversal_waits", "still_in_intacct", "refused_by_intacct"}
_DISPUTED = {"intacct_disagrees", "intacct_unclear"}
# It stands in the ledger: offered with other content, or not taken back as a person asked or said.
_NOT_TAKEN_BACK = {"reversal_waits", "still_in_intacct", "refused_by_intacct"}
_NO_REVERSAL: dict[str, Any] = {"reversal_at": None, "reversal_by": None, "reversal_reason": "", "reversal_by_hand": False}


# What takes two people, and how that is called in what happened; the first one always does for posting again, the others above
# the limit of the connection.
_BY_TWO = {
    "post_again": "post the new version",
    "release": "it is not in Sage Intacct",
    "adopt": "it is the one in Sage Intacct",
    "adopt_bill": "adopt the bill",
    "skip": "booked by hand",
}
_ANSWERED = ("skip",)


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
        if self.status == self.Status.REVIEW and codes & _READ_AGAIN:
            possible.append("try_again")
        if self.status == self.Status.NEEDS_FIX and "before_first_posting_date" in codes:
            possible.append("allow_date")
        kept = "content_changed" in codes or (codes & _NOT_TAKEN_BACK and not codes & {"vanished_in_intacct", *_DISPUTED})
        if self.status == self.Status.REVIEW and kept:
            possible.append("keep")
        if self.status == self.Status.REVIEW and (codes & _DISPUTED or not codes & {"content_changed", *_READ_AGAIN}):
            possible.append("release")
        possible += self._about_reversal(codes)
        stopped = self.status in (self.Status.NEEDS_FIX, self.Status.REVIEW) or bool(self.awaited_bill)
        if stopped and self.posted_at is None:
            possible.append("skip")
        return tuple(possible)

    def decide(self, name: str, *answer: str, by: Any, now: datetime) -> bool:
        """Carry out a decision; where it takes two people, and this is the first, write down that it is asked for.

        name: of its mutator. True where it was carried out. Raises ValueError where it does not arise now, or where `by` is no
        second person beside the first one.
        """
        with self._locked():
            if name not in self.decisions:
                raise ValueError("This decision does not arise for it now.")
            if not self.takes_two(name):
                getattr(self, name)(*answer, by=by, now=now)
                return True
            first = self.asked_by if self.asked == name else None
            if name == "post_again":
                first = self.reversal_by or first
            if first is None or (first == by and self.asked != name):
                self._ask_second(name, answer, by, now)
                return False
            if why := why_not_second(first, by):
                raise ValueError(why)
            said = (self.asked_answer,) if self.asked == name and answer else answer
            if name != "post_again":
                Event.note(record=self, what="a second person agreed", why=f"asked for by {first.get_username()}", by=by, now=now)
            self._write(**NOTHING_ASKED)
            getattr(self, name)(*said, by=by, now=now)
            return True

    def agree(self, *, by: Any, now: datetime) -> bool:
        """A second person says that what the first one asked for is right: it is carried out. Raises ValueError as `decide` does."""
        if not self.asked:
            raise ValueError("Nothing is asked of a second person about it now.")
        return self.decide(self.asked, *([self.asked_answer] if self.asked in _ANSWERED else []), by=by, now=now)

    def withdraw(self, *, by: Any, now: datetime) -> None:
        """What was asked of a second person is not asked any more."""
        with self._locked():
            if self.asked:
                Event.note(record=self, what="what was asked of a second person was withdrawn", why=self.asked_answer, by=by, now=now)
                self._write(**NOTHING_ASKED)

    def takes_two(self, name: str) -> bool:
        """Whether a decision about it is carried out only when a second person agrees."""
        connection = self.configuration.connection
        if not connection.second_person or name not in _BY_TWO:
            return False
        if name == "post_again":
            return True
        return self.money is None or abs(self.money.amount) > connection.second_person_above

    def _ask_second(self, name: str, answer: Sequence[str], by: Any, now: datetime) -> None:
        if by is None:
            raise ValueError("It takes two people: say who asks for it.")
        if any(not each.strip() for each in answer):
            raise ValueError("Say how and why.")
        self._write(asked=name, asked_answer=" ".join(answer)[:300], asked_at=now, asked_by=by)
        Event.note(record=self, what=f"waits for a second person: {_BY_TWO[name]}", why=self.asked_answer, by=by, now=now)

    def _about_reversal(self, codes: set[str]) -> list[str]:
        if self.status == self.Status.REVERSED:
            return ["post_again"]
        if self.status != self.Status.REVIEW or codes & _DISPUTED:
            return []
        possible = []
        # A returned or wrong payment is voided in Sage Intacct by hand; nothing of ours does that.
        wrong = codes & {"content_changed", "still_in_intacct"} and not codes & {"refused_by_intacct", "vanished_in_intacct"}
        if wrong and self.type != "invoice_payment":
            possible.append("reverse")
        if codes & {"content_changed", "vanished_in_intacct", "still_in_intacct", "reversal_waits"}:
            possible.append("reversed_there")
        return possible

    def allow_date(self, *, by: Any, now: datetime) -> None:
        """A person says that no other integration has posted this expense, although it is dated before the first posting date."""
        self._decide("its date was allowed", "", by, now, date_allowed_at=now, date_allowed_by=by)

    def keep(self, *, by: Any, now: datetime) -> None:
        """A person says that what stands in the ledger is right, although Pleo's content has changed."""
        with self._locked():
            self._none_in_doubt()
            for reversal in self.documents.filter(kind=Document.Kind.REVERSAL, posting_number=self.posting_number):
                reversal.cancel(f"What is posted was kept by {by}.")
            self._decide("what is posted was kept", "", by, now, accepted_fingerprint=self.offered_fingerprint, **_NO_REVERSAL)

    def reverse(self, reason: str, *, by: Any, now: datetime) -> None:
        """A person has what is posted taken back in Sage Intacct: it is read there first, and reversed once where it still stands.

        Raises ValueError without a reason, while a document is in doubt, and where only a person can take it back.
        """
        if not reason.strip():
            raise ValueError("Say why it is reversed.")
        with self._locked():
            principal = self._to_take_back("reverse")
            if principal.kind == Document.Kind.PAYMENT:
                raise ValueError("Void the payment in Sage Intacct (Accounts Payable › Payments), then press I have reversed it there.")
            if principal.kind == Document.Kind.JOURNAL_ENTRY and (principal.found_key or not principal.body):
                raise ValueError(
                    "It was adopted as Sage Intacct has it, so its lines are not known here. Reverse it there (General Ledger › Journal "
                    "entries › Reverse), then press I have reversed it in Sage Intacct."
                )
            self._ask_reversal(principal, reason, by, now, by_hand=False)

    def reversed_there(self, reason: str, *, by: Any, now: datetime) -> None:
        """A person says that it was reversed, voided or deleted in Sage Intacct by hand. That is read there before it is believed.

        Raises ValueError without a reason and while a document is in doubt.
        """
        if not reason.strip():
            raise ValueError("Say why and how it was reversed.")
        with self._locked():
            self._ask_reversal(self._to_take_back("reversed_there"), reason, by, now, by_hand=True)

    def post_again(self, *, by: Any, now: datetime) -> None:
        """After a reversal, a person has the newest version of it posted, under the next posting number.

        Raises ValueError where nothing is reversed, and where an open job is just about to tell Pleo so.
        """
        with self._locked():
            if self.status != self.Status.REVERSED:
                raise ValueError("Nothing of it is reversed now.")
            # Planned at once where an open job offers it; else Pleo is asked for it again.
            offered_now = self.offers.untold().filter(job__state="COLLECTED", job__expires_at__gt=now).exists()
            if offered_now and self.receipts.filter(state="ATTACHED", content__content=None).exists():
                raise ValueError("An export job of Pleo that offers it is open, without its files. Try again when that has ended.")
            self._files_anew()
            why = f"posting {self.posting_number + 1}, after the reversal that {self.reversal_by or 'the system'} asked for"
            fresh: dict[str, Any] = {"posting_number": self.posting_number + 1, "posted_at": None, "reported_at": None, "opens": {}}
            fresh |= {"accepted_fingerprint": "", "adopted_bill": "", "plan_wanted": offered_now, **_NO_REVERSAL}
            self._decide("its new version is to be posted", why, by, now, **fresh)
            if offered_now:
                self._write(export_again_at=None, export_again_by=None)

    def _files_anew(self) -> None:
        """The new posting gets an attachment of its own: what is kept of the files hangs nowhere, the rest is fetched again."""
        attached = self.receipts.filter(state="ATTACHED")
        attached.exclude(content__content=None).update(state="FETCHED", document=None)
        gone = "It is not kept here any more; it is fetched again when Pleo offers the expense."
        attached.update(state="UNREACHABLE", fault=gone, document=None)

    def _to_take_back(self, name: str) -> Document:
        self._none_in_doubt()
        if name not in self.decisions:
            raise ValueError("This decision does not arise for it now.")
        return next(
            each for each in self.documents.filter(posting_number=self.posting_number, state=Document.State.CONFIRMED) if each.is_principal
        )

    def _ask_reversal(self, principal: Document, reason: str, by: Any, now: datetime, *, by_hand: bool) -> None:
        title = reversal_title(principal.key, reason, BILL_DESCRIPTION_LENGTH)
        Document.ask_reversal(principal, title=title, now=now)
        said = "it was reversed in Sage Intacct, a person says" if by_hand else "its reversal was asked for"
        Event.note(record=self, what=said, why=reason, by=by, now=now)
        self._take(reversal_at=now, reversal_by=by, reversal_reason=reason[:300], reversal_by_hand=by_hand)
        self.refresh_status(now, by=by)

    def _none_in_doubt(self) -> None:
        if self.documents.in_doubt().exists():
            raise ValueError("Sage Intacct is still being asked about this expense. Wait for that first.")

    def skip(self, reason: str, *, by: Any, now: datetime) -> None:
        """A person has booked it by hand, and says how.

        Raises ValueError without a reason, while a document is in doubt, and where it is in the ledger meanwhile.
        """
        if not reason.strip():
            raise ValueError("Say how this expense was booked.")
        with self._locked():
            self._none_in_doubt()
            posted = self.documents.filter(state=Document.State.CONFIRMED, posting_number=self.posting_number)
            if any(each.is_principal for each in posted):
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
            for reversal in self.documents.filter(kind=Document.Kind.REVERSAL, posting_number=self.posting_number):
                reversal.read_first(now)
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
            self._none_in_doubt()
            for document in self.documents.exclude(principal=None).filter(state__in=(Document.State.PLANNED, Document.State.REJECTED)):
                document.cancel(f"Settled by {by}: {reason}"[:500])
            Event.note(record=self, what="settled by hand", why=reason, by=by, now=now)
            self.refresh_status(now, by=by)

    def release(self, *, by: Any, now: datetime) -> None:
        """A person says that Sage Intacct does not have what we disagreed about: it is looked up once more.

        Only what is not found then is sent again (`released`); what is found is shown instead.
        """
        with self._locked():
            for document in self.documents.filter(state=Document.State.REVIEW):
                document.look_before_release(now)
            Event.note(record=self, what="said not to be in Sage Intacct: it is looked up first", by=by, now=now)
            self._write(export_again_by=by)
            self.refresh_status(now, by=by)

    def released(self, now: datetime) -> None:
        """What a person said not to be in Sage Intacct was looked up and is not there: Pleo is asked for the entry again."""
        Event.note(record=self, what="released: it is not in Sage Intacct", now=now)
        self._write(export_again_at=now)

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
