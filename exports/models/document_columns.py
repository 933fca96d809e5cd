"""The columns of a document, and what they say of themselves."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Self

from django.db import models

from exports.models.trail import Attempt
from integration.intacct.documents import AddedFiles, Attachment, Bill, IntacctDocument, JournalEntry, LateAttachment, Payment

# What Intacct calls a document that is in its books, by kind: nobody has to approve or post it any more.
# Source: docs/reference/intacct/04-objects.md, sections 4.3 and 4.4, STATE of GLBATCH and APBILL, DISPLAYSTATE of APPYMT.
IN_THE_BOOKS = {
    "journal_entry": ("Posted", "Reversal pending"),
    "bill": ("Posted", "Paid", "Partially Paid", "Selected"),
    "payment": ("Confirmed", "Complete", "Delivered", "Quick Delivery"),
}
DRAFT = "Draft"


ROUNDS, FILES_ROUNDS = 3, 10


class DocumentColumns(models.Model):
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
        REFUSED = "REFUSED", "refused"
        REFUSED_AGAIN = "REFUSED_AGAIN", "refused when it was sent again"

    record = models.ForeignKey("exports.ExportRecord", on_delete=models.PROTECT, related_name="documents")
    intacct_company_id = models.CharField(max_length=40, editable=False)
    kind = models.CharField(max_length=15, choices=Kind)
    posting_number = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveSmallIntegerField(default=0, help_text="Order of sending within the record.")
    names = models.ForeignKey(
        "exports.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="named_by", help_text="The attachment it names."
    )
    principal = models.ForeignKey(
        "exports.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="follow_ups", help_text="Set on follow-ups."
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
    vendor = models.CharField(max_length=40, blank=True)
    bill_number = models.CharField(max_length=45, blank=True, help_text="Of the bill, or of the bill it pays.")
    bill_record = models.CharField(
        "Intacct's number of the bill",
        max_length=40,
        blank=True,
        help_text="Of the bill it pays or hangs on, or of what it reverses; empty until that reads Posted.",
    )
    due_minor = models.BigIntegerField("still due", null=True, blank=True, help_text="Of a bill, as last read in Intacct.")

    body = models.BinaryField(null=True)
    body_hash = models.CharField(max_length=64, blank=True)
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, null=True, related_name="+")
    sent_hash = models.CharField(max_length=64, blank=True, help_text="Hash of the bytes last sent under this revision.")
    sent_at = models.DateTimeField("last sent", null=True)
    last_possible_send_at = models.DateTimeField(null=True)
    sent_boot = models.CharField(max_length=36, blank=True, help_text="Which start of its host the worker that sent it ran in.")
    sent_uptime = models.PositiveBigIntegerField(default=0, help_text="Seconds since then, when it was sent.")
    alone = models.BooleanField(default=False, help_text="Is sent in a request of its own.")
    due_at = models.DateTimeField(null=True, help_text="When to send, to look, or to read its state in Intacct next.")
    state_wanted_at = models.DateTimeField(
        null=True, help_text="Offered again since then: how it stands in Intacct is read before Pleo is answered."
    )
    tries = models.PositiveSmallIntegerField(default=0)
    first_try_later_at = models.DateTimeField(null=True)
    looks = models.PositiveSmallIntegerField(default=0)
    rounds = models.PositiveSmallIntegerField(default=0, help_text="How often its outcome has been unknown.")
    doubt = models.CharField(max_length=15, choices=Doubt, blank=True)
    held_code = models.CharField(max_length=60, blank=True, help_text="Which problem keeps a follow-up from being sent.")
    held_reason = models.TextField(blank=True)
    found_key = models.CharField(max_length=100, blank=True, help_text="What a look found under our reference, and is in dispute.")
    absence_proven = models.BooleanField(default=False, help_text="Refused, and a look-up found nothing of it in Intacct.")

    intacct_key = models.CharField("Intacct's number", max_length=100, blank=True)
    intacct_url = models.URLField(max_length=500, blank=True)
    intacct_state = models.CharField(max_length=40, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    refusal = models.TextField(blank=True)
    refusal_code = models.CharField(max_length=60, blank=True)
    reason = models.TextField(blank=True, help_text="Why it was cancelled or is to be reviewed.")

    principal_id: int | None
    receipts: Any  # refer to it

    class Meta:
        abstract = True

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
    def has_state(self) -> bool:
        """Whether Intacct has it, and says how it stands in its books: an attachment has no state there."""
        return self.state == self.State.CONFIRMED and self.kind in IN_THE_BOOKS

    @property
    def in_the_books(self) -> bool:
        """Whether it read as posted there when it was last asked for."""
        return self.has_state and self.intacct_state in IN_THE_BOOKS[self.kind]

    @property
    def by_us(self) -> bool:
        """Whether it was, or is to be, carried out by bytes of ours; a reversal may have been made in Intacct by hand."""
        return bool(self.body_hash)

    @property
    def reverses_bill(self) -> bool:
        """Whether this is the reversal of a bill: a function of its own, which Intacct answers with the bill's number."""
        return self.kind == self.Kind.REVERSAL and self.by_us and b"<reverse_bill" in bytes(self.body or b"")[:20]

    @property
    def bill_record_reversed(self) -> str:
        """What stands for Intacct's number of a reversed bill's reversal, which has none of its own."""
        return f"bill {self.bill_record}"

    @property
    def takes_back_in_doubt(self) -> bool:
        """Whether this is a reversal of which nobody knows yet whether it is needed, or possible: its posting is read first."""
        return self.kind == self.Kind.REVERSAL and self.state == self.State.PLANNED and not self.bill_record and not self.held_code

    @property
    def is_draft(self) -> bool:
        """Whether it lies in Intacct as a draft, made so on purpose or by a rule there, and waits to be posted."""
        return self.has_state and self.intacct_state == DRAFT

    @property
    def awaits_approval(self) -> bool:
        """Whether Intacct has it and somebody there must still act, or its state has not been read yet."""
        return self.has_state and not self.in_the_books and not self.is_draft

    @property
    def sent_as_draft(self) -> bool:
        return b"<STATE>Draft</STATE>" in bytes(self.body or b"") or b"<ACTION>Draft</ACTION>" in bytes(self.body or b"")

    @property
    def carries_files(self) -> bool:
        """Whether it holds files and posts nothing. Sent again it does no harm: Intacct takes no id and no name of a file twice."""
        return self.kind == self.Kind.ATTACHMENT or self.adds_files

    @property
    def adds_files(self) -> bool:
        """Whether its files are added to the attachment it names, which a posted document names already."""
        return self.kind == self.Kind.LATE_ATTACHMENT and not self.bill_record

    @property
    def rounds_allowed(self) -> int:
        """How often its outcome may be unknown, or files may be refused, before a person is asked."""
        return FILES_ROUNDS if self.carries_files else ROUNDS

    @property
    def may_come_late(self) -> bool:
        """Whether a send of it may still be carried out: one that was answered with a refusal is not, if it was the first of its id."""
        if self.doubt == self.Doubt.DUPLICATE:
            return self.tries > 1
        return self.doubt != self.Doubt.REFUSED

    @property
    def refused(self) -> bool:
        """Whether Intacct said no. In the words of a duplicate only where this was the first send: that cannot repeat itself."""
        in_other_words = self.doubt in (self.Doubt.REFUSED, self.Doubt.REFUSED_AGAIN)
        return in_other_words or (self.doubt == self.Doubt.DUPLICATE and self.tries <= 1)

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
        names: Self | None,
        now: datetime,
        principal: Self | None = None,
    ) -> Self:
        """Return the row, not saved yet, of a document that no plan had before. principal: set on a follow-up."""
        return cls(
            record=record,
            intacct_company_id=record.intacct_company_id,
            kind=value.kind,
            key=value.key,
            posting_number=record.posting_number,
            position=position,
            names=names,
            principal=principal,
            fingerprint=fingerprint,
            due_at=now,
            **columns_of(value),
            **bytes_of(body),
        )


def columns_of(value: IntacctDocument) -> dict[str, Any]:
    if isinstance(value, Attachment):
        return {"entity": value.entity, "title": value.description, "folder": value.folder}
    if isinstance(value, AddedFiles):
        return {"entity": value.entity, "title": "Receipts", "bill_record": ""}
    if isinstance(value, LateAttachment):
        return {"entity": value.entity, "title": "Receipts", "bill_record": value.bill_record}
    columns: dict[str, Any] = {
        "entity": value.entity,
        "currency": value.currency,
        "amount_minor": value.total().minor,
        "tax_minor": value.tax_total().minor,
    }
    if isinstance(value, JournalEntry):
        return columns | {"title": value.title, "journal": value.journal, "posting_date": value.posting_date}
    columns |= {"title": value.description, "vendor": value.vendor}
    if isinstance(value, Bill):
        return columns | {"posting_date": value.posting_date, "bill_number": value.number}
    if isinstance(value, Payment):
        return columns | {"posting_date": value.payment_date, "bill_number": value.bill_number, "bill_record": value.bill_record}
    raise TypeError(f"a {value.kind} is no document that is sent")


def bytes_of(body: bytes | None) -> dict[str, Any]:
    return {"body": body, "body_hash": hashlib.sha256(body).hexdigest() if body is not None else ""}
