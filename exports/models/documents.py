"""One function to be carried out in Sage Intacct exactly once (DESIGN sections 4 and 5)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from exports.models.trail import Attempt
from integration.intacct.documents import Attachment, IntacctDocument, JournalEntry


class DocumentQuerySet(models.QuerySet["Document"]):
    def live(self) -> DocumentQuerySet:
        return self.exclude(state=Document.State.CANCELLED)

    def in_doubt(self) -> DocumentQuerySet:
        return self.filter(state__in=(Document.State.IN_FLIGHT, Document.State.UNKNOWN))

    def of_company(self, company_id: str) -> DocumentQuerySet:
        return self.filter(record__intacct_company_id=company_id)

    def sendable(self, company_id: str, now: datetime) -> DocumentQuerySet:
        """Return what may be sent now: planned and due, what it names confirmed or about to go, offered by an open job.

        A follow-up of a confirmed principal needs no job. What waits for an attachment in doubt is held back.
        """
        from exports.models.jobs import ExportJobItem

        offered = ExportJobItem.objects.untold().filter(record=OuterRef("record"), job__state="COLLECTED", job__expires_at__gt=now)
        # A record whose plan is to be made again first: its newest item decides, not the bytes planned before.
        first = Q(principal=None) & Exists(offered) & Q(record__status="WAITING", record__plan_wanted=False)
        follow_up = Q(principal__state=Document.State.CONFIRMED)
        ready = Q(names=None) | Q(names__state=Document.State.CONFIRMED) | Q(names__state=Document.State.PLANNED, names__due_at__lte=now)
        return (
            self.of_company(company_id)
            .filter(first | follow_up, ready, state=Document.State.PLANNED, due_at__lte=now)
            .filter(record__configuration__active=True, record__configuration__closed_at=None)
        )

    def to_look_up(self, company_id: str, now: datetime) -> DocumentQuerySet:
        """Return what is due for a look: outcomes unknown, and refusals whose entry is offered again."""
        in_question = self.of_company(company_id).filter(state__in=(Document.State.UNKNOWN, Document.State.REJECTED), due_at__lte=now)
        return in_question.filter(record__configuration__closed_at=None)


class Document(models.Model):
    """An attachment, journal entry, bill or payment: its bytes, its key, its state, and what Intacct calls it."""

    class Kind(models.TextChoices):
        ATTACHMENT = "attachment", "attachment"
        JOURNAL_ENTRY = "journal_entry", "journal entry"
        BILL = "bill", "AP bill"
        PAYMENT = "payment", "AP payment"
        LATE_ATTACHMENT = "late_attachment", "late attachment"
        REVERSAL = "reversal", "reversal"

    class State(models.TextChoices):
        PLANNED = "PLANNED", "waiting"
        IN_FLIGHT = "IN_FLIGHT", "being sent"
        UNKNOWN = "UNKNOWN", "being checked in Intacct"
        CONFIRMED = "CONFIRMED", "in Intacct"
        REJECTED = "REJECTED", "refused by Intacct"
        REVIEW = "REVIEW", "to be reviewed"
        CANCELLED = "CANCELLED", "cancelled"

    class Doubt(models.TextChoices):
        UNREADABLE = "UNREADABLE", "no readable answer came"
        DUPLICATE = "DUPLICATE", "refused as a duplicate"
        REFUSED_AGAIN = "REFUSED_AGAIN", "refused when it was sent again"

    record = models.ForeignKey("exports.ExportRecord", on_delete=models.PROTECT, related_name="documents")
    intacct_company_id = models.CharField(max_length=40, editable=False)
    kind = models.CharField(max_length=15, choices=Kind)
    posting_number = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveSmallIntegerField(default=0, help_text="Order of sending within the record.")
    names = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="named_by", help_text="The attachment it names."
    )
    principal = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="follow_ups", help_text="Set on follow-ups."
    )
    key = models.CharField(max_length=18, unique=True)
    revision = models.PositiveSmallIntegerField(default=1)
    fingerprint = models.CharField(max_length=64)
    entity = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    title = models.CharField(max_length=1000, blank=True)
    folder = models.CharField(max_length=100, blank=True)
    journal = models.CharField(max_length=24, blank=True)
    posting_date = models.DateField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    amount_minor = models.BigIntegerField(null=True, blank=True)
    tax_minor = models.BigIntegerField(null=True, blank=True)

    body = models.BinaryField(null=True)
    body_hash = models.CharField(max_length=64, blank=True)
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, null=True, related_name="+")
    sent_hash = models.CharField(max_length=64, blank=True, help_text="Hash of the bytes last sent under this revision.")
    sent_at = models.DateTimeField("last sent", null=True)
    last_possible_send_at = models.DateTimeField(null=True)
    alone = models.BooleanField(default=False, help_text="Is sent in a request of its own.")
    due_at = models.DateTimeField(null=True, help_text="When to send or to look next.")
    tries = models.PositiveSmallIntegerField(default=0)
    first_try_later_at = models.DateTimeField(null=True)
    looks = models.PositiveSmallIntegerField(default=0)
    rounds = models.PositiveSmallIntegerField(default=0, help_text="How often its outcome has been unknown.")
    doubt = models.CharField(max_length=15, choices=Doubt, blank=True)
    absence_proven = models.BooleanField(default=False, help_text="Refused, and a look-up found nothing of it in Intacct.")

    intacct_key = models.CharField("Intacct's number", max_length=100, blank=True)
    intacct_url = models.URLField(max_length=500, blank=True)
    intacct_state = models.CharField(max_length=40, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    refusal = models.TextField(blank=True)
    refusal_code = models.CharField(max_length=60, blank=True)
    reason = models.TextField(blank=True, help_text="Why it was cancelled or is to be reviewed.")

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
            models.CheckConstraint(
                condition=Q(kind__in=("attachment", "late_attachment"), amount_minor=None)
                | (~Q(kind__in=("attachment", "late_attachment")) & Q(amount_minor__isnull=False)),
                name="postings_have_amounts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.key}"

    @property
    def control_id(self) -> str:
        """The idempotency key. A retry keeps it; a new plan changes it."""
        return f"{self.key}.{self.revision}"

    @property
    def is_principal(self) -> bool:
        return self.kind in (self.Kind.JOURNAL_ENTRY, self.Kind.BILL) or (self.kind == self.Kind.PAYMENT and self.principal_id is None)

    @property
    def sent_before(self) -> bool:
        """Whether bytes left us under this revision and their absence is not proven (a proof raises the revision or clears this)."""
        return bool(self.sent_hash)

    @classmethod
    def plan(
        cls,
        record: Any,
        value: IntacctDocument,
        body: bytes | None,
        *,
        fingerprint: str,
        position: int,
        names: Document | None,
        now: datetime,
    ) -> Document:
        """Make the row of a document that no plan had before."""
        return cls.objects.create(
            record=record,
            intacct_company_id=record.intacct_company_id,
            kind=value.kind,
            key=value.key,
            posting_number=record.posting_number,
            position=position,
            names=names,
            fingerprint=fingerprint,
            due_at=now,
            **_columns(value),
            **_bytes(body),
        )

    def plan_again(self, value: IntacctDocument, body: bytes | None, *, fingerprint: str, names: Document | None, now: datetime) -> bool:
        """Take over a new plan, if nothing of this document is under way or confirmed. True if the row is PLANNED now.

        Bytes and control id stay while the plan says the same and nothing was refused; otherwise the revision rises.
        """
        # A cancelled one that was sent before was refused (what was not carried out is never cancelled while it may be).
        refused = self.state == self.State.REJECTED or (self.state == self.State.CANCELLED and self.tries > 0)
        fresh = _bytes(body)
        # An attachment's bytes are made when it is sent; its key holds the hashes of its files, so it never differs.
        differs = bool(self.sent_hash) and body is not None and fresh["body_hash"] != self.body_hash
        columns: dict[str, Any] = {**_columns(value), "fingerprint": fingerprint, "names": names, "state": self.State.PLANNED}
        columns |= {"refusal": "", "refusal_code": "", "reason": "", "first_try_later_at": None}
        if body is not None or not self.sent_hash:
            columns |= fresh
        if refused or differs:
            columns |= {"revision": F("revision") + 1, "sent_hash": "", "tries": 0}
        if self.state != self.State.PLANNED or differs:
            columns["due_at"] = now
        return self._leave((self.State.PLANNED, self.State.REJECTED, self.State.CANCELLED), **columns)

    def begin(self, attempt: Attempt, body: bytes, *, now: datetime, deadline: datetime) -> bool:
        """Commit the intent to send these bytes. True if this call did it: the row was still PLANNED, with the plan they are of."""
        body_hash = hashlib.sha256(body).hexdigest()
        unchanged = Document.objects.filter(pk=self.pk, state=self.State.PLANNED, revision=self.revision, body_hash=self.body_hash)
        begun = unchanged.update(
            state=self.State.IN_FLIGHT,
            attempt=attempt,
            body=body,
            body_hash=body_hash,
            sent_at=now,
            last_possible_send_at=deadline,
            tries=F("tries") + 1,
            absence_proven=False,
        )
        return bool(begun)

    def confirm(self, key: str, *, now: datetime, url: str = "", intacct_state: str = "") -> bool:
        """Intacct has it. From IN_FLIGHT or UNKNOWN; from REJECTED where a look-up found it there after all.

        A number that already belongs to another of our documents is no confirmation: a person looks at both.
        """
        states = (self.State.IN_FLIGHT, self.State.UNKNOWN, self.State.REJECTED)
        others = Document.objects.filter(intacct_company_id=self.intacct_company_id, kind=self.kind, intacct_key=key)
        if others.exclude(pk=self.pk).exists():
            reason = f"Sage Intacct's {self.get_kind_display()} {key} already belongs to another expense. Compare both there."
            return self._leave(states, state=self.State.REVIEW, reason=reason, due_at=None)
        return self._leave(
            states,
            state=self.State.CONFIRMED,
            intacct_key=key,
            intacct_url=url,
            intacct_state=intacct_state,
            confirmed_at=now,
            due_at=None,
            refusal="",
            refusal_code="",
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
        """Nobody can say whether Intacct has it: look it up before anything else."""
        return self._leave(
            (self.State.IN_FLIGHT,),
            state=self.State.UNKNOWN,
            doubt=doubt,
            due_at=first_look_at,
            looks=0,
            rounds=F("rounds") + 1,
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
            first_try_later_at=self.first_try_later_at or now,
            refusal=message,
        )

    def unsend(self, now: datetime, *, alone: bool = False) -> bool:
        """The request was refused as a whole before any function ran, or not made at all."""
        return self._leave((self.State.IN_FLIGHT,), state=self.State.PLANNED, due_at=now, alone=alone)

    def absent(self, now: datetime, *, new_revision: bool) -> bool:
        """A look-up after the horizon proved that Intacct does not have it.

        new_revision: after a recognised duplicate refusal, whose id would be refused for ever.
        """
        columns: dict[str, Any] = {
            "state": self.State.PLANNED,
            "due_at": now,
            "alone": True,
            "doubt": "",
            "refusal": "",
            "refusal_code": "",
        }
        if new_revision:
            columns |= {"revision": F("revision") + 1, "sent_hash": ""}
        return self._leave((self.State.UNKNOWN,), **columns)

    def look_before_planning(self, now: datetime) -> bool:
        """Its entry is offered again: before a new plan, look whether the refused document is there after all."""
        return bool(Document.objects.filter(pk=self.pk, state=self.State.REJECTED, absence_proven=False, due_at=None).update(due_at=now))

    def not_there(self) -> bool:
        """A refused document was looked up and is not there."""
        return self._leave((self.State.REJECTED,), absence_proven=True, due_at=None)

    def look_again(self, at: datetime) -> bool:
        return self._leave((self.State.UNKNOWN, self.State.REJECTED), due_at=at, looks=F("looks") + 1)

    def dispute(self, reason: str) -> bool:
        """Intacct and we disagree: a person decides."""
        return self._leave(
            (self.State.UNKNOWN, self.State.REJECTED, self.State.PLANNED), state=self.State.REVIEW, reason=reason, due_at=None
        )

    def cancel(self, reason: str) -> bool:
        return self._leave(
            (self.State.PLANNED, self.State.REJECTED, self.State.REVIEW), state=self.State.CANCELLED, reason=reason, due_at=None
        )

    def adopt(self, key: str, *, now: datetime, url: str = "", intacct_state: str = "") -> bool:
        """A person says that this document of Intacct's is ours."""
        return self._leave(
            (self.State.REVIEW, self.State.REJECTED, self.State.PLANNED),
            state=self.State.CONFIRMED,
            intacct_key=key,
            intacct_url=url,
            intacct_state=intacct_state,
            confirmed_at=now,
            due_at=None,
        )

    def release(self, now: datetime) -> bool:
        """A person confirms that Intacct does not have it: it may be sent again, under a new revision."""
        return self._leave(
            (self.State.REVIEW,),
            state=self.State.PLANNED,
            due_at=now,
            revision=F("revision") + 1,
            sent_hash="",
            reason="",
            rounds=0,
            alone=True,
        )

    def drop_bytes(self) -> None:
        """Forget the bytes of a confirmed attachment; the hash stays. The receipts hold the files."""
        Document.objects.filter(pk=self.pk, state=self.State.CONFIRMED, kind=self.Kind.ATTACHMENT).update(body=None)

    def _leave(self, states: Sequence[str], **columns: Any) -> bool:
        # update(), not save(): the filter is what lets only one of two workers change the state.
        moved = Document.objects.filter(pk=self.pk, state__in=states).update(**columns)
        if moved:
            self.refresh_from_db()
        return bool(moved)


def last_possible_send(begun: datetime, *, lease_seconds: float) -> datetime:
    """Return when the last byte of a send begun then can have left: it must begin within 1/15 of the lease and ends after 4/5."""
    return begun + timedelta(seconds=lease_seconds * (1 / 15 + 4 / 5))


def _columns(value: IntacctDocument) -> dict[str, Any]:
    """Raises TypeError for a kind of document that the steps cannot send yet; `prepare` lets none of these through."""
    if isinstance(value, JournalEntry):
        posting_date: date = value.posting_date
        return {
            "entity": value.entity,
            "title": value.title,
            "journal": value.journal,
            "posting_date": posting_date,
            "currency": value.currency,
            "amount_minor": value.total().minor,
            "tax_minor": value.tax_total().minor,
        }
    if isinstance(value, Attachment):
        return {"entity": value.entity, "title": value.description, "folder": value.folder}
    raise TypeError(f"a {value.kind} cannot be sent yet")


def _bytes(body: bytes | None) -> dict[str, Any]:
    return {"body": body, "body_hash": hashlib.sha256(body).hexdigest() if body is not None else ""}
