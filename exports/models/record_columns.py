"""The columns of an expense, and how it stands by them (docs/design.md, section 4)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.functional import cached_property

from exports.models.documents import Document
from exports.models.jobs import ExportJobItem
from exports.models.standing import (
    IN_LEDGER,
    NOT_YET_IN_LEDGER,
    UNREADABLE_ITEM,
    Status,
    content_changed,
    document_problem,
    live_reversal,
    reversed_problem,
    standing,
    vanished,
)
from exports.models.trail import Event
from integration.errors import Problem
from integration.models import EntityConfiguration
from integration.money import Money

NOTHING_ASKED: dict[str, Any] = {"asked": "", "asked_answer": "", "asked_at": None, "asked_by": None}


class RecordColumns(models.Model):
    """One per Intacct company and accounting entry of Pleo. Users read *expense*."""

    Status = Status

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
    cost_tax_minor = models.BigIntegerField(default=0, help_text="Of Pleo's tax, what became cost or was left out.")
    default_tax_minor = models.BigIntegerField(default=0, help_text="Taken out by the default tax code where Pleo gave none.")
    worked_out_tax_minor = models.BigIntegerField(default=0, help_text="Of reverse charges, worked out where Pleo gave none.")
    tax_turned = models.BooleanField(default=False, help_text="Pleo signs this kind the other way round than the ledger.")
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
    awaited_bill = models.CharField(max_length=200, blank=True, help_text="Number of the bill an invoice payment waits for.")
    awaited_vendor = models.CharField(max_length=100, blank=True)
    awaited_due_at = models.DateTimeField(null=True, blank=True, help_text="When to look for that bill next.")
    unread_since = models.DateTimeField(
        null=True, blank=True, help_text="Since when Intacct could not be asked what its planning has to know."
    )
    adopted_bill = models.CharField(max_length=40, blank=True, help_text="Intacct's number of a bill that a person says is this one.")
    opens = models.JSONField(
        default=dict, blank=True, help_text="What refusals of this offer have taught, each tried once: the first open day by books."
    )
    skipped_reason = models.CharField(max_length=300, blank=True)
    skipped_at = models.DateTimeField("skipped by a person", null=True, blank=True)
    skipped_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    reversal_at = models.DateTimeField("reversal asked for", null=True, blank=True, help_text="Of the present posting.")
    reversal_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reversal_reason = models.CharField(max_length=300, blank=True)
    reversal_by_hand = models.BooleanField(default=False, help_text="A person says that it was reversed in Sage Intacct already.")
    asked = models.CharField("asked of a second person", max_length=30, blank=True, help_text="The decision that waits for one.")
    asked_answer = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    export_again_at = models.DateTimeField("export again asked for", null=True, blank=True)
    export_again_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    first_seen_at = models.DateTimeField()
    posted_at = models.DateTimeField("in Sage Intacct since", null=True, blank=True)
    in_ledger_at = models.DateTimeField("in the ledger since", null=True, blank=True, help_text="Since all of it was read as posted.")
    reported_at = models.DateTimeField("Pleo was told", null=True, blank=True)

    # What refers to it.
    documents: Any
    offers: Any
    receipts: Any

    class Meta:
        abstract = True

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
        if self.status in (IN_LEDGER, self.Status.SKIPPED, *NOT_YET_IN_LEDGER):
            return self.reported_at is None and not self.in_open_job
        return self.status == self.Status.WAITING and not self.in_open_job

    @property
    def in_ledger(self) -> bool:
        return self.status == IN_LEDGER

    @property
    def in_open_job(self) -> bool:
        return self.offers.filter(job__state__in=("SEEN", "STARTED", "COLLECTED", "REPORTED")).exists()

    def newest_offer(self) -> ExportJobItem | None:
        return self.offers.select_related("job").order_by("-received_at", "-pk").first()

    def problem_values(self) -> tuple[Problem, ...]:
        return tuple(Problem(**problem) for problem in self.problems)

    def refresh_status(self, now: datetime, *, why: str = "", by: Any = None) -> str:
        """Work the status out of documents and problems, and write it with all that was taken in before. Returns the status."""
        # Asked anew, not of what was prefetched: the documents have just changed.
        documents = list(Document.objects.filter(record_id=self.pk, posting_number=self.posting_number))
        if event := self.stand(documents, now, why=why, by=by):
            event.save(force_insert=True)
        self._write()
        return self.status

    def stand(self, documents: list[Document], now: datetime, *, why: str = "", by: Any = None) -> Event | None:
        """Take in the status that these documents and the problems make; the only place that does. Returns the event to save.

        documents: all of the present posting, as they stand in the database.
        """
        problems = list(self.problem_values())
        principal = next((each for each in documents if each.is_principal and each.state == Document.State.CONFIRMED), None)
        changed = principal and self.offered_fingerprint not in ("", principal.fingerprint, self.accepted_fingerprint)
        reversal = live_reversal(documents)
        if principal and reversal and reversal.state == Document.State.CONFIRMED:
            problems = [reversed_problem(principal, reversal, self.reversal_reason)]
        elif changed and principal:
            in_its_way = document_problem(reversal) if reversal else None
            # Where it is not there any more, nothing there holds the former content.
            problems = [*([in_its_way] if in_its_way else []), *([content_changed(principal)] if not vanished(principal) else [])]
        elif self.skipped_at and not principal:
            problems = []  # a person has booked it by hand
        elif principal:
            # It is posted: what kept it from being posted is over. That its newest item cannot be read is not.
            problems = [problem for problem in problems if problem.code == UNREADABLE_ITEM]
        elif all(problem.kind == "document" for problem in problems):
            problems = []  # these follow from the documents, which may have moved on
        status = standing(documents, principal, problems, changed=bool(changed), skipped=bool(self.skipped_reason))
        if not problems and status not in (self.Status.POSTED, self.Status.SKIPPED):
            problems = [problem for each in documents if (problem := document_problem(each))]
        self._take(**problem_columns(tuple(problems)))
        if principal:
            self._take(posted_at=principal.confirmed_at if status != self.Status.REVERSED else None)
        if status == IN_LEDGER and not self.in_ledger_at:
            self._take(in_ledger_at=now)  # kept until it is taken back, or posted anew
        elif self.in_ledger_at and (not principal or status == self.Status.REVERSED):
            self._take(in_ledger_at=None)
        if self.asked and status != self.status:
            self._take(**NOTHING_ASKED)  # it stands otherwise now than when it was asked
        if status == self.status:
            return None
        self._take(status=status, status_changed_at=now)
        return Event.about(record=self, what=self.Status(status).label, why=why or self.first_problem, by=by, now=now)

    @cached_property
    def taken(self) -> set[str]:
        """Names of the columns that were taken in and are not written yet."""
        return set()

    def _take(self, **columns: Any) -> None:
        for name, value in columns.items():
            setattr(self, name, value)
        self.taken.update(columns)

    def _write(self, **columns: Any) -> None:
        self._take(**columns)
        self.save(update_fields=list(self.taken))
        self.taken.clear()


def problem_columns(problems: tuple[Problem, ...]) -> dict[str, Any]:
    return {
        "problems": [asdict(problem) for problem in problems],
        "first_problem_code": problems[0].code[:60] if problems else "",
        "first_problem": problems[0].sentence if problems else "",
    }
