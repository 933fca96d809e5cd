"""One accounting entry, whatever job offers it, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q

from exports.models.documents import Document
from exports.models.jobs import ExportJobItem
from exports.models.trail import Event
from integration.errors import Problem
from integration.models import EntityConfiguration
from integration.money import Money
from integration.pleo.items import ExportItem

CRASHES_ALLOWED = 3
AWAITING = ("Submitted", "Partially Approved")
_OF_DOCUMENTS = ("content_changed", "refused_by_intacct", "intacct_disagrees")


class ExportRecordQuerySet(models.QuerySet["ExportRecord"]):
    def needing_a_person(self) -> ExportRecordQuerySet:
        return self.filter(status__in=(ExportRecord.Status.NEEDS_FIX, ExportRecord.Status.REVIEW))

    def to_prepare(self, now: datetime) -> ExportRecordQuerySet:
        """Return the records an open job offers whose plan is to be made or made again."""
        offered = ExportJobItem.objects.untold().filter(record=OuterRef("pk"), job__state="COLLECTED", job__expires_at__gt=now)
        looked_up = Document.objects.filter(record=OuterRef("pk"), state=Document.State.REJECTED, absence_proven=False)
        return self.filter(Exists(offered), ~Exists(looked_up), plan_wanted=True).exclude(
            status__in=(ExportRecord.Status.SENDING, ExportRecord.Status.UNKNOWN, ExportRecord.Status.REVIEW)
        )

    def wished(self) -> ExportRecordQuerySet:
        return self.exclude(export_again_at=None)

    def export_again(self, *, by: Any, now: datetime) -> tuple[list[ExportRecord], list[ExportRecord]]:
        """Write down the wish that Pleo offers these entries again; return (wished, left alone).

        Left alone: what is under way, in a job already, or in the ledger with Pleo knowing it.
        """
        done: list[ExportRecord] = []
        skipped: list[ExportRecord] = []
        for record in self.select_related("configuration"):
            if record.may_be_exported_again:
                ExportRecord.objects.filter(pk=record.pk).update(export_again_at=now, export_again_by=by)
                Event.note(record=record, what="export again was asked for", by=by, now=now)
                done.append(record)
            else:
                skipped.append(record)
        return done, skipped

    def look_up(self, *, by: Any, now: datetime) -> tuple[list[ExportRecord], list[ExportRecord]]:
        """Have the documents in doubt, or refused, looked up in Sage Intacct now; return (to be looked up, left alone)."""
        done: list[ExportRecord] = []
        skipped: list[ExportRecord] = []
        for record in self.select_related("configuration"):
            documents = record.documents.filter(state__in=(Document.State.UNKNOWN, Document.State.REJECTED))
            if documents.update(due_at=now):
                Event.note(record=record, what="a look-up was asked for", by=by, now=now)
                done.append(record)
            else:
                skipped.append(record)
        return done, skipped


class ExportRecord(models.Model):
    """One per Intacct company and accounting entry of Pleo. Users read *expense*."""

    class Status(models.TextChoices):
        WAITING = "WAITING", "Waiting"
        SENDING = "SENDING", "Being sent"
        UNKNOWN = "UNKNOWN", "Being checked in Intacct"
        AWAITING_APPROVAL = "AWAITING_APPROVAL", "Waiting for approval in Intacct"
        POSTED = "POSTED", "In the ledger"
        NEEDS_FIX = "NEEDS_FIX", "Needs you"
        REVIEW = "REVIEW", "To be reviewed"
        REVERSED = "REVERSED", "Reversed"
        SKIPPED = "SKIPPED", "Skipped"

    configuration = models.ForeignKey(EntityConfiguration, on_delete=models.PROTECT, verbose_name="entity configuration")
    intacct_company_id = models.CharField(max_length=40)
    entry_id = models.UUIDField("Pleo's entry id")
    status = models.CharField(max_length=20, choices=Status, default=Status.WAITING)
    status_changed_at = models.DateTimeField()

    type = models.CharField("kind", max_length=60, blank=True)
    sub_type = models.CharField(max_length=60, blank=True)
    merchant = models.CharField(max_length=300, blank=True)
    employee = models.CharField(max_length=200, blank=True)
    date = models.DateField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    amount_minor = models.BigIntegerField(null=True, blank=True)
    tax_minor = models.BigIntegerField(null=True, blank=True, help_text="Pleo's tax on all lines.")
    default_tax_minor = models.BigIntegerField(default=0, help_text="Taken out by the default tax code where Pleo gave none.")
    invoice_number = models.CharField(max_length=200, blank=True)
    link = models.URLField("in Pleo", max_length=500, blank=True)

    posting_number = models.PositiveSmallIntegerField(default=1)
    offered_fingerprint = models.CharField(max_length=64, blank=True, help_text="Of the newest item.")
    accepted_fingerprint = models.CharField(max_length=64, blank=True, help_text="Other content that a person let stand (keep).")
    plan_wanted = models.BooleanField(default=False)
    preparations = models.PositiveSmallIntegerField(default=0, help_text="Begun and not ended: a sign of a crash.")
    problems = models.JSONField(default=list, blank=True)
    first_problem_code = models.CharField(max_length=60, blank=True)
    first_problem = models.TextField(blank=True)
    notes = models.JSONField(default=list, blank=True)
    without_receipt = models.BooleanField("posted without receipt", default=False)
    moved_from = models.DateField("moved from", null=True, blank=True)
    date_allowed_at = models.DateTimeField(null=True, blank=True)
    date_allowed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    skipped_reason = models.CharField(max_length=300, blank=True)
    skipped_at = models.DateTimeField("skipped by a person", null=True, blank=True)
    skipped_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    export_again_at = models.DateTimeField("export again asked for", null=True, blank=True)
    export_again_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    first_seen_at = models.DateTimeField()
    posted_at = models.DateTimeField("in the ledger since", null=True, blank=True)
    reported_at = models.DateTimeField("Pleo was told", null=True, blank=True)

    objects = ExportRecordQuerySet.as_manager()

    class Meta:
        ordering = ("-date", "-pk")
        verbose_name = "expense"
        permissions = [("operate_exportrecord", "Can export again and look up expenses")]
        indexes = [models.Index(fields=("status", "-date")), models.Index(fields=("first_problem_code",))]
        constraints = [
            models.UniqueConstraint(fields=("intacct_company_id", "entry_id"), name="one_record_per_entry"),
            models.CheckConstraint(condition=~Q(status="NEEDS_FIX") | ~Q(first_problem=""), name="needs_fix_says_why"),
            models.CheckConstraint(condition=~Q(status="SKIPPED") | ~Q(skipped_reason=""), name="skipped_says_why"),
            models.CheckConstraint(condition=~Q(status="POSTED") | Q(posted_at__isnull=False), name="posted_says_when"),
        ]

    def __str__(self) -> str:
        return f"{self.merchant or 'Expense'} {self.money or ''}".strip()

    @property
    def money(self) -> Money | None:
        return Money.of_minor(self.amount_minor, self.currency) if self.amount_minor is not None and self.currency else None

    @property
    def may_be_exported_again(self) -> bool:
        """Whether asking Pleo for this entry again makes sense: not under way, and not in the ledger with Pleo knowing it."""
        if self.status in (self.Status.NEEDS_FIX, self.Status.REVIEW, self.Status.REVERSED):
            return not self.in_open_job
        if self.status in (self.Status.POSTED, self.Status.SKIPPED, self.Status.AWAITING_APPROVAL):
            return self.reported_at is None and not self.in_open_job
        return self.status == self.Status.WAITING and not self.in_open_job

    @property
    def in_open_job(self) -> bool:
        return self.offers.filter(job__state__in=("SEEN", "STARTED", "COLLECTED", "REPORTED")).exists()

    def newest_offer(self) -> ExportJobItem | None:
        return self.offers.select_related("job").order_by("-received_at", "-pk").first()

    def problem_values(self) -> tuple[Problem, ...]:
        return tuple(Problem(**problem) for problem in self.problems)

    @classmethod
    def of_entry(cls, configuration: EntityConfiguration, entry_id: str, now: datetime) -> ExportRecord:
        """Return the record of an accounting entry, made if this is the first time it is offered."""
        company_id = configuration.connection.company_id
        record, _ = cls.objects.get_or_create(
            intacct_company_id=company_id,
            entry_id=entry_id,
            defaults={"configuration": configuration, "first_seen_at": now, "status_changed_at": now},
        )
        return record

    def describe(self, item: ExportItem) -> None:
        """Copy what lists and filters show from the newest item."""
        tax = sum((line.tax.amount.minor for line in item.lines if line.tax), 0)
        self._write(
            type=item.type[:60],
            sub_type=item.sub_type[:60],
            merchant=_shown(item.merchant or (item.vendor.name if item.vendor else ""), 300),
            employee=_shown(item.employee_name, 200),
            date=item.booked_at.astimezone(self.configuration.zone).date(),
            currency=item.currency,
            amount_minor=item.amount.minor,
            tax_minor=tax,
            invoice_number=_shown(item.invoice.number if item.invoice else "", 200),
            link=item.link[:500] if item.link.startswith("https://") else "",
            offered_fingerprint=item.fingerprint(),
        )

    def want_plan(self) -> None:
        """A new offer or a resolved doubt: the plan is to be made again."""
        self._write(plan_wanted=True, export_again_at=None, export_again_by=None)

    def begin_preparation(self) -> bool:
        """Count the beginning, so that a crash of the process is seen. False if it crashed three times already."""
        if self.preparations >= CRASHES_ALLOWED:
            return False
        ExportRecord.objects.filter(pk=self.pk).update(preparations=F("preparations") + 1)
        return True

    def planned(
        self, *, notes: Sequence[str], without_receipt: bool, moved_from: Any, skipped: str, default_tax: Decimal = Decimal(0)
    ) -> None:
        """A plan was made; its documents are written in the same transaction, and `refresh_status` follows in it."""
        self._write(
            plan_wanted=False,
            preparations=0,
            notes=list(notes),
            without_receipt=without_receipt,
            moved_from=moved_from,
            default_tax_minor=Money(default_tax, self.currency).minor if default_tax else 0,
        )
        # Not written yet: a status that needs a problem or a reason changes together with it, in refresh_status.
        self.skipped_reason = skipped
        for name, value in _problem_columns(()).items():
            setattr(self, name, value)

    def plan_stands(self) -> None:
        """It is in the ledger already: nothing is planned anew."""
        self._write(plan_wanted=False, preparations=0)

    def stop(self, problems: Iterable[Problem]) -> None:
        """It cannot be posted until a person mends this."""
        self._write(plan_wanted=False, preparations=0, **_problem_columns(tuple(problems)))
        self.skipped_reason = ""  # written by refresh_status, with the status that needs it

    # What a person decides. Each ends with the wish that Pleo offers the entry again, so that Pleo hears of it.

    @property
    def decisions(self) -> tuple[str, ...]:
        """Which decisions make sense now: allow_date, skip, keep, release."""
        codes = {problem["code"] for problem in self.problems}
        possible = []
        if self.status == self.Status.NEEDS_FIX and "before_first_posting_date" in codes:
            possible.append("allow_date")
        if self.status == self.Status.REVIEW and "content_changed" in codes:
            possible.append("keep")
        if self.status == self.Status.REVIEW and "content_changed" not in codes:
            possible.append("release")
        if self.status in (self.Status.NEEDS_FIX, self.Status.REVIEW) and self.posted_at is None:
            possible.append("skip")
        return tuple(possible)

    def allow_date(self, *, by: Any, now: datetime) -> None:
        """A person says that no other integration has posted this expense, although it is dated before the first posting date."""
        self._decide("its date was allowed", "", by, now, date_allowed_at=now, date_allowed_by=by)

    def keep(self, *, by: Any, now: datetime) -> None:
        """A person says that what stands in the ledger is right, although Pleo's content has changed."""
        self._decide("what is posted was kept", "", by, now, accepted_fingerprint=self.offered_fingerprint)

    def skip(self, reason: str, *, by: Any, now: datetime) -> None:
        """A person has booked it by hand, and says how. Raises ValueError without a reason or while a document is in doubt."""
        if not reason.strip():
            raise ValueError("Say how this expense was booked.")
        if self.documents.in_doubt().exists():
            raise ValueError("Sage Intacct is still being asked about this expense. Wait for that first.")
        with transaction.atomic():
            for document in self.documents.exclude(state__in=(Document.State.CONFIRMED, Document.State.CANCELLED)).order_by("-position"):
                document.cancel(f"Skipped by {by}: {reason}"[:500])
            self._decide("skipped", reason, by, now, skipped_reason=reason[:300], skipped_at=now, skipped_by=by)

    def release(self, *, by: Any, now: datetime) -> None:
        """A person has looked, and Sage Intacct does not have what we disagreed about: it may be sent again."""
        with transaction.atomic():
            for document in self.documents.filter(state=Document.State.REVIEW):
                document.release(now)
            self._decide("released: it is not in Sage Intacct", "", by, now)

    def _decide(self, what: str, why: str, by: Any, now: datetime, **columns: Any) -> None:
        with transaction.atomic():
            Event.note(record=self, what=what, why=why, by=by, now=now)
            self._write(**columns, export_again_at=now, export_again_by=by)
            self.refresh_status(now, by=by)

    def was_reported(self, now: datetime) -> None:
        self._write(reported_at=now)

    def refresh_status(self, now: datetime, *, why: str = "", by: Any = None) -> str:
        """Work the status out of documents and problems and write it; the only place that does. Returns the status."""
        # Asked anew, not of what was prefetched: the documents have just changed.
        documents = list(Document.objects.filter(record=self, posting_number=self.posting_number))
        problems = list(self.problem_values())
        principal = next((each for each in documents if each.is_principal and each.state == Document.State.CONFIRMED), None)
        changed = principal and self.offered_fingerprint not in ("", principal.fingerprint, self.accepted_fingerprint)
        if changed and principal:
            problems = [content_changed(principal)]
        elif self.skipped_at and not principal:
            problems = []  # a person has booked it by hand
        elif all(problem.code in _OF_DOCUMENTS for problem in problems):
            problems = []  # these follow from the documents, which may have moved on
        status = _status(self, documents, principal, problems, bool(changed))
        if status in (self.Status.NEEDS_FIX, self.Status.REVIEW) and not problems:
            problems = [document_problem(each) for each in documents if each.state in (Document.State.REJECTED, Document.State.REVIEW)]
        columns: dict[str, Any] = {**_problem_columns(tuple(problems)), "skipped_reason": self.skipped_reason}
        if principal:
            columns["posted_at"] = principal.confirmed_at
        if status != self.status:
            columns |= {"status": status, "status_changed_at": now}
            label = self.Status(status).label
            Event.note(record=self, what=label, why=why or columns["first_problem"], by=by, now=now)
        self._write(**columns)
        return status

    def _write(self, **columns: Any) -> None:
        for name, value in columns.items():
            setattr(self, name, value)
        self.save(update_fields=list(columns))


def content_changed(principal: Document) -> Problem:
    """Offered again with other content than what stands in the ledger."""
    return Problem(
        "content_changed",
        f"This expense was changed after it was posted. Sage Intacct holds the former content in {principal.get_kind_display()} "
        f"{principal.intacct_key} (reference {principal.key}). Compare both, then keep what is posted or reverse it.",
        kind="document",
        value=principal.key,
    )


def document_problem(document: Document) -> Problem:
    """What a person has to know of a document that Intacct refused or that we disagree about."""
    if document.state == Document.State.REVIEW:
        return Problem("intacct_disagrees", document.reason, kind="document", value=document.key)
    return Problem(
        "refused_by_intacct",
        f"Sage Intacct refused the {document.get_kind_display()}: {document.refusal} Mend what it names, then export the expense again.",
        kind="document",
        value=document.refusal_code,
    )


def _status(record: ExportRecord, documents: list[Document], principal: Document | None, problems: list[Problem], changed: bool) -> str:
    status, state = ExportRecord.Status, Document.State
    live = [each for each in documents if each.state != state.CANCELLED]
    states = {each.state for each in live}
    if state.UNKNOWN in states:
        return status.UNKNOWN
    if state.IN_FLIGHT in states:
        return status.SENDING
    if state.REVIEW in states or changed:
        return status.REVIEW
    if record.skipped_reason and not principal:
        return status.SKIPPED
    if problems or state.REJECTED in states:
        return status.NEEDS_FIX
    if principal and all(each.state == state.CONFIRMED for each in live):
        return status.AWAITING_APPROVAL if principal.intacct_state in AWAITING else status.POSTED
    return status.WAITING


def _problem_columns(problems: tuple[Problem, ...]) -> dict[str, Any]:
    return {
        "problems": [asdict(problem) for problem in problems],
        "first_problem_code": problems[0].code[:60] if problems else "",
        "first_problem": problems[0].sentence if problems else "",
    }


def _shown(text: str, length: int) -> str:
    """Make a text fit for a column: PostgreSQL takes neither NUL nor lone surrogates."""
    clean = "".join(character for character in text if character.isprintable())
    return clean if len(clean) <= length else clean[: length - 1] + "…"
