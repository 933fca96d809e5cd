"""One function to be carried out in Sage Intacct exactly once (docs/design.md, sections 4 and 5): which are due, and how each moves on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q

from exports.models.document_columns import IN_THE_BOOKS, DocumentColumns, bytes_of, columns_of
from exports.models.document_queries import DocumentQuerySet
from exports.models.trail import Attempt
from integration import clock as clocks
from integration.intacct.documents import IntacctDocument, document_key

# How often what waits for somebody in Intacct is read.
STATE_EVERY = timedelta(hours=1)
LAST = 99


class Document(DocumentColumns):
    """An attachment, journal entry, bill or payment: its bytes, its key, its state, and what Intacct calls it."""

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ("record", "posting_number", "position", "pk")
        verbose_name = "Intacct document"
        indexes = [models.Index(fields=("state", "due_at"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="CONFIRMED", intacct_key__gt="") | (~Q(state="CONFIRMED") & Q(intacct_key="")),
                name="intacct_key_means_confirmed",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("IN_FLIGHT", "UNKNOWN")) | (Q(attempt__isnull=False, body__isnull=False) & ~Q(body_hash="")),
                name="in_doubt_has_attempt_and_bytes",
            ),
            models.UniqueConstraint(
                fields=("intacct_company_id", "kind", "intacct_key"), condition=Q(intacct_key__gt=""), name="one_document_per_intacct_key"
            ),
            models.CheckConstraint(condition=~Q(state="UNKNOWN") | ~Q(doubt=""), name="unknown_says_why"),
            models.CheckConstraint(condition=~Q(state="REJECTED") | ~Q(refusal=""), name="rejected_says_why"),
            models.CheckConstraint(condition=~Q(state__in=("CANCELLED", "REVIEW")) | ~Q(reason=""), name="cancelled_says_why"),
            models.CheckConstraint(condition=Q(held_code="") | (Q(state="PLANNED") & ~Q(held_reason="")), name="held_says_why"),
            models.CheckConstraint(
                condition=Q(kind__in=("attachment", "late_attachment"), amount_minor=None)
                | (~Q(kind__in=("attachment", "late_attachment")) & Q(amount_minor__isnull=False)),
                name="postings_have_amounts",
            ),
        ]

    def take_plan(
        self,
        value: IntacctDocument,
        body: bytes | None,
        *,
        fingerprint: str,
        names: Document | None,
        now: datetime,
        principal: Document | None = None,
    ) -> set[str]:
        """Take in a new plan; return the columns to write, none of a document of which something is under way or confirmed.

        Bytes and control id stay while the plan says the same and nothing was refused; otherwise the revision rises. To be
        called, and written, while the row is locked.
        """
        if self.state not in (self.State.PLANNED, self.State.REJECTED, self.State.CANCELLED):
            return set()
        # A cancelled one that was sent before was refused (what was not carried out is never cancelled while it may be).
        refused = self.state == self.State.REJECTED or (self.state == self.State.CANCELLED and self.tries > 0)
        fresh = bytes_of(body)
        # An attachment's bytes are made when it is sent; its key holds the hashes of its files, so it never differs.
        differs = bool(self.sent_hash) and body is not None and fresh["body_hash"] != self.body_hash
        columns: dict[str, Any] = {**columns_of(value), "fingerprint": fingerprint, "names": names, "principal": principal}
        columns |= {"refusal": "", "refusal_code": "", "reason": "", "first_try_later_at": None, "held_code": "", "held_reason": ""}
        if body is not None or not self.sent_hash:
            columns |= fresh
        if refused or differs:
            columns |= {"revision": self.revision + 1, "sent_hash": "", "tries": 0}
        if refused:
            columns["rounds"] = 0
        if self.state != self.State.PLANNED or differs:
            columns |= {"state": self.State.PLANNED, "due_at": now}
        for name, new in columns.items():
            setattr(self, name, new)
        return set(columns)

    def begin(self, attempt: Attempt, body: bytes, *, now: datetime, deadline: datetime) -> bool:
        """Commit the intent to send these bytes. True if this call did it: the row was still PLANNED, with the plan they are of."""
        body_hash = hashlib.sha256(body).hexdigest()
        boot, uptime = clocks.uptime() or ("", 0)
        unchanged = Document.objects.filter(pk=self.pk, state=self.State.PLANNED, revision=self.revision, body_hash=self.body_hash)
        begun = unchanged.update(
            state=self.State.IN_FLIGHT,
            attempt=attempt,
            body=body,
            body_hash=body_hash,
            sent_at=now,
            last_possible_send_at=deadline,
            sent_boot=boot,
            sent_uptime=uptime + 1,  # whole seconds: rather a moment later than earlier
            tries=F("tries") + 1,
            absence_proven=False,
        )
        return bool(begun)

    def confirm(self, key: str, *, now: datetime, url: str = "", intacct_state: str = "") -> bool:
        """Intacct has it. From IN_FLIGHT or UNKNOWN; from REJECTED where a look-up found it there after all.

        A number that already belongs to another of our documents is no confirmation: a person looks at both.
        """
        states = (self.State.IN_FLIGHT, self.State.UNKNOWN, self.State.REJECTED, self.State.REVIEW)
        others = Document.objects.filter(intacct_company_id=self.intacct_company_id, kind=self.kind, intacct_key=key)
        if others.exclude(pk=self.pk).exists():
            reason = f"Sage Intacct's {self.get_kind_display()} {key} already belongs to another expense. "
            reason += "Compare both there. If this one is not, press It is not in Sage Intacct."
            return self._leave(states, state=self.State.REVIEW, reason=reason, due_at=None)
        return self._leave(
            states,
            state=self.State.CONFIRMED,
            intacct_key=key,
            intacct_url=url[:500],
            intacct_state=intacct_state[:40],
            confirmed_at=now,
            due_at=now if self.kind in IN_THE_BOOKS else None,  # how it stands there is read
            refusal="",
            refusal_code="",
            reason="",
        ) and self._took_back(now)

    def pays(self, bill_record: str, body: bytes, payment_date: date) -> bool:
        """The bill it pays reads Posted: now it can be sent, with these bytes."""
        return self._leave(
            (self.State.PLANNED,), bill_record=bill_record, posting_date=payment_date, held_code="", held_reason="", **bytes_of(body)
        )

    def bill_paid(self, now: datetime) -> None:
        """This payment is in Intacct: read the bill it pays again, if it is one of ours."""
        paid = Document.objects.of_company(self.intacct_company_id).filter(kind=self.Kind.BILL, state=self.State.CONFIRMED)
        paid.filter(intacct_key=self.bill_record).update(due_at=now)

    def hold_back(self, code: str, reason: str) -> bool:
        """A follow-up cannot be sent, or not yet; a person mends it, or the bill moves on."""
        return self._leave((self.State.PLANNED,), held_code=code, held_reason=reason, bill_record="")

    def send_again(self, now: datetime) -> bool:
        """A refused follow-up that a look-up did not find in Intacct: send it once more, as it was planned, under a new id."""
        return self._leave(
            (self.State.REJECTED,),
            state=self.State.PLANNED,
            due_at=now,
            revision=F("revision") + 1,
            sent_hash="",
            refusal="",
            refusal_code="",
            absence_proven=False,
            tries=0,
            alone=True,
            **self._not_read,
        )

    def reject(self, refusal: str, code: str) -> bool:
        """Intacct said no: on the first send, or it is proven absent after a later refusal."""
        return self._leave(
            (self.State.IN_FLIGHT, self.State.UNKNOWN),
            state=self.State.REJECTED,
            refusal=refusal,
            refusal_code=code[:60],
            due_at=None,
            alone=False,
        )

    def doubt_it(self, doubt: str, *, first_look_at: datetime, message: str = "", code: str = "") -> bool:
        """Nobody can say whether Intacct has it: look it up before anything else.

        What was refused for want of its attachment is in no doubt of its own: that is no round.
        """
        counts = doubt != self.Doubt.REFUSED or self.carries_files
        return self._leave(
            (self.State.IN_FLIGHT,),
            state=self.State.UNKNOWN,
            doubt=doubt,
            due_at=first_look_at,
            looks=0,
            rounds=F("rounds") + int(counts),
            alone=True,
            sent_hash=F("body_hash"),
            refusal=message,
            refusal_code=code[:60],
        )

    def wait(self, until: datetime, now: datetime, *, message: str) -> bool:
        """The request was not carried out and may be sent again later, with the same bytes under the same id."""
        return self._leave(
            (self.State.IN_FLIGHT,),
            state=self.State.PLANNED,
            due_at=until,
            first_try_later_at=min(self.first_try_later_at or now, now),
            refusal=message,
            **self._not_read,
        )

    def unsend(self, now: datetime, *, alone: bool = False) -> bool:
        """The request was refused as a whole before any function ran, or not made at all."""
        return self._leave((self.State.IN_FLIGHT,), state=self.State.PLANNED, due_at=now, alone=alone, **self._not_read)

    def absent(self, send_at: datetime, *, new_revision: bool) -> bool:
        """A look-up proved that Intacct does not have it: behind the horizon, or after a refusal of its first send.

        new_revision: after a refusal, whose id might be refused for ever.
        """
        columns: dict[str, Any] = {
            "state": self.State.PLANNED,
            "due_at": send_at,
            "alone": True,
            "doubt": "",
            "refusal": "",
            "refusal_code": "",
            **self._not_read,
        }
        if new_revision:
            columns |= {"revision": F("revision") + 1, "sent_hash": "", "tries": 0}
        return self._leave((self.State.UNKNOWN,), **columns)

    def send_ended_at(self, now: datetime) -> datetime:
        """Return when its last byte can have left, as the present clock would have told it.

        By this host's uptime, where it is the one that sent and was not started anew since: somebody may have set the clock.
        """
        ended_at = self.last_possible_send_at or now
        uptime = clocks.uptime()
        if uptime and self.sent_at and uptime[0] == self.sent_boot:
            return now - timedelta(seconds=uptime[1] - self.sent_uptime) + (ended_at - self.sent_at)
        return ended_at

    def sent_until_now(self, now: datetime) -> None:
        """It was sent by a clock that was ahead: as far as anybody knows, the last byte may just have left."""
        Document.objects.filter(pk=self.pk, state=self.State.UNKNOWN).update(sent_at=now, last_possible_send_at=now)
        self.refresh_from_db()

    def look_before_planning(self, now: datetime) -> bool:
        """Its entry is offered again: before a new plan, look whether the refused document is there after all."""
        return bool(Document.objects.filter(pk=self.pk, state=self.State.REJECTED, absence_proven=False, due_at=None).update(due_at=now))

    def look_before_sending(self, why: str, code: str, now: datetime) -> bool:
        """Others may have posted it: look it up first, as one that was refused and is offered again."""
        columns: dict[str, Any] = {"refusal": why, "refusal_code": code, "due_at": now, "absence_proven": False}
        return self._leave((self.State.PLANNED,), state=self.State.REJECTED, held_code="", held_reason="", **columns)

    def not_there(self) -> bool:
        """A refused document was looked up and is not there."""
        return self._leave((self.State.REJECTED,), absence_proven=True, due_at=None)

    def look_again(self, at: datetime) -> bool:
        return self._leave((self.State.UNKNOWN, self.State.REJECTED, self.State.REVIEW), due_at=at, looks=F("looks") + 1)

    def dispute(self, reason: str, *, found_key: str = "") -> bool:
        """Intacct and we disagree: a person decides. found_key: what Intacct has under our reference, where it is one thing."""
        states = (self.State.UNKNOWN, self.State.REJECTED, self.State.PLANNED)
        return self._leave(states, state=self.State.REVIEW, reason=reason, found_key=found_key, due_at=None, held_code="", held_reason="")

    def cancel(self, reason: str) -> bool:
        states = (self.State.PLANNED, self.State.REJECTED, self.State.REVIEW)
        return self._leave(states, state=self.State.CANCELLED, reason=reason, due_at=None, held_code="", held_reason="")

    def adopt(self, key: str, *, now: datetime, url: str = "", intacct_state: str = "") -> bool:
        """A person says that this document of Intacct's is ours. Raises ValueError where it is that of another expense."""
        others = Document.objects.filter(intacct_company_id=self.intacct_company_id, kind=self.kind, intacct_key=key)
        if others.exclude(pk=self.pk).exists():
            raise ValueError(f"Sage Intacct's {self.get_kind_display()} {key} already belongs to another expense.")
        return self._leave(
            (self.State.REVIEW, self.State.REJECTED, self.State.PLANNED),
            state=self.State.CONFIRMED,
            intacct_key=key,
            intacct_url=url[:500],
            intacct_state=intacct_state[:40],
            confirmed_at=now,
            due_at=now if self.kind in IN_THE_BOOKS else None,
            reason="",
            held_code="",
            held_reason="",
        ) and self._took_back(now)

    def look_before_release(self, now: datetime) -> bool:
        """A person says that Intacct does not have it: it is looked up once more before that is believed."""
        return self._leave((self.State.REVIEW,), due_at=now, looks=0)

    def keep_in_dispute(self, reason: str, *, found_key: str = "") -> bool:
        """What a person said not to be in Intacct was found there, or could not be looked up: a person decides again."""
        return self._leave((self.State.REVIEW,), reason=reason, found_key=found_key, due_at=None)

    def release(self, now: datetime) -> bool:
        """A person has said that Intacct does not have it, and a look has found nothing: it may be sent again, as a new revision."""
        return self._leave(
            (self.State.REVIEW,),
            state=self.State.PLANNED,
            due_at=now,
            revision=F("revision") + 1,
            sent_hash="",
            found_key="",
            reason="",
            rounds=0,
            tries=0,
            alone=True,
            **self._not_read,
        )

    # Reversals

    @classmethod
    def ask_reversal(cls, principal: Document, *, title: str, now: datetime) -> Document:
        """Return the document that takes a confirmed principal back, asked for now; the same one, however often that is.

        It has no bytes, and is not sent, before its principal was read as standing in Intacct (`bill_record` then names it).
        To be called while the record is locked. Raises ValueError while it is under way or done already.
        """
        key = document_key(
            principal.intacct_company_id, str(principal.record.entry_id), "reversal", posting_number=principal.posting_number
        )
        columns: dict[str, Any] = {"title": title, "due_at": now, "held_code": "", "held_reason": "", "bill_record": "", "alone": True}
        row = cls.objects.filter(key=key).first()
        if row is None:
            kept: tuple[str, ...] = ("record", "intacct_company_id", "posting_number", "fingerprint", "entity", "journal", "currency")
            kept += ("amount_minor", "tax_minor", "vendor", "bill_number")
            values = {name: getattr(principal, name) for name in kept}
            return cls.objects.create(kind=cls.Kind.REVERSAL, key=key, principal=principal, position=LAST, **values, **columns)
        columns |= {"reason": "", "refusal": "", "refusal_code": "", "first_try_later_at": None}
        if row.state == cls.State.CANCELLED and row.tries:  # it was refused, as in `take_plan`
            columns |= {"revision": F("revision") + 1, "sent_hash": "", "tries": 0}
        if not row._leave((cls.State.PLANNED, cls.State.CANCELLED), state=cls.State.PLANNED, **columns):
            raise ValueError("Its reversal is under way, or to be looked at, already. See under What happened.")
        return row

    def takes_back(self, number: str, body: bytes, day: date, now: datetime) -> bool:
        """Its principal was read as standing in Intacct just now: it can be sent. Bytes that may be in Intacct stay as they are."""
        fresh = {} if self.sent_hash else {**bytes_of(body), "posting_date": day}
        return self._leave((self.State.PLANNED,), bill_record=number, due_at=now, held_code="", held_reason="", **fresh)

    def taken_back_there(self, what: str, intacct_state: str, now: datetime) -> bool:
        """Somebody has reversed or deleted its principal in Intacct: nothing is sent. what: how that is found there."""
        columns: dict[str, Any] = {"intacct_key": what, "intacct_state": intacct_state[:40], "confirmed_at": now, "due_at": None}
        columns |= {**bytes_of(None), "posting_date": None}
        return self._leave((self.State.PLANNED,), state=self.State.CONFIRMED, held_code="", held_reason="", **columns) and self._took_back(
            now
        )

    def wait_to_take_back(self, code: str, reason: str, until: datetime) -> bool:
        """Its principal cannot be reversed as it stands, or could not be read (no code): it is read again then."""
        return self._leave((self.State.PLANNED,), held_code=code, held_reason=reason, due_at=until, bill_record="")

    def read_first(self, now: datetime) -> bool:
        """A person asks for it now: its principal is read, whatever was in its way."""
        return self._leave((self.State.PLANNED,), held_code="", held_reason="", due_at=now, bill_record="")

    @property
    def _not_read(self) -> dict[str, Any]:
        """What a reversal that was not carried out forgets: that its posting stands, which is read again before it is sent."""
        return {"bill_record": ""} if self.kind == self.Kind.REVERSAL else {}

    def _took_back(self, now: datetime) -> bool:
        """A confirmed reversal: what was still to follow its principal follows it no more. Always True."""
        if self.kind == self.Kind.REVERSAL and self.state == self.State.CONFIRMED and self.principal_id:
            others = Document.objects.filter(principal_id=self.principal_id).exclude(kind=self.Kind.REVERSAL)
            for follow_up in others.order_by("-position"):  # what names another first
                follow_up.cancel("What it belongs to was reversed.")
            # A bill reads Reversed now, and nothing is due on it any more.
            Document.objects.filter(pk=self.principal_id, kind=self.Kind.BILL).update(due_at=now)
        return True

    def drop_bytes(self) -> None:
        """Forget the bytes of a confirmed attachment; the hash stays. The receipts hold the files."""
        if self.carries_files:
            Document.objects.filter(pk=self.pk, state=self.State.CONFIRMED).update(body=None)

    def _leave(self, states: Sequence[str], **columns: Any) -> bool:
        # update(), not save(): the filter is what lets only one of two workers change the state.
        moved = Document.objects.filter(pk=self.pk, state__in=states).update(**columns)
        if moved:
            self.refresh_from_db()
        return bool(moved)
