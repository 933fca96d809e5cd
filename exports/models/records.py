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
from django.utils.functional import cached_property

from exports.models.documents import Document
from exports.models.jobs import ExportJobItem
from exports.models.standing import Status, content_changed, document_problem, standing
from exports.models.trail import Event
from integration.errors import Problem
from integration.models import Connection, EntityConfiguration
from integration.money import Money
from integration.pleo.items import ExportItem

CRASHES_ALLOWED = 3
_NO_BILL: dict[str, Any] = {"awaited_bill": "", "awaited_vendor": "", "awaited_due_at": None}


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

    def waiting_for_a_bill(self, company_id: str, now: datetime) -> ExportRecordQuerySet:
        """Return the invoice payments whose bill is to be looked for now."""
        return self.filter(intacct_company_id=company_id, status=Status.WAITING, awaited_due_at__lte=now).exclude(awaited_bill="")

    def wished(self) -> ExportRecordQuerySet:
        return self.exclude(export_again_at=None)

    def begin_preparation(self) -> None:
        """Count the beginning for all of them at once, so that a crash of the process is seen."""
        self.update(preparations=F("preparations") + 1)

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
        self._write(plan_wanted=True, export_again_at=None, export_again_by=None, opens={}, unread_since=None, **_NO_BILL)

    def could_not_be_read(self, now: datetime) -> None:
        """What its plan has to know of Intacct could not be asked: it is planned later."""
        self._write(unread_since=self.unread_since or now)

    def learn_opening(self, books: str, opens: str) -> None:
        """Intacct refused a date as closed: plan once more, with these books open from `opens` (ISO date) on."""
        self._write(opens={**self.opens, books: opens}, plan_wanted=True)

    def learn_one_date(self) -> None:
        """Intacct refused a bill posted on another day than its own: plan once more, with both dates moved."""
        self._write(opens={**self.opens, "own_posting_date": ""}, plan_wanted=True)

    def await_bill(self, vendor: str, number: str, problems: Iterable[Problem], *, look_at: datetime) -> None:
        """An invoice payment whose bill is not there, or not posted: it waits, and is asked for again once the bill reads Posted.

        Written by `refresh_status`, as what `stop` takes in.
        """
        self.stop(problems)
        self._take(awaited_bill=number[:200], awaited_vendor=vendor[:100], awaited_due_at=look_at)

    def bill_is_there(self, now: datetime) -> None:
        """The bill it waited for reads Posted: plan it where an open job offers it, else ask Pleo for it again."""
        Event.note(record=self, what="its bill is posted in Sage Intacct", why=self.awaited_bill, now=now)
        if self.offers.untold().filter(job__state="COLLECTED", job__expires_at__gt=now).exists():
            self._write(plan_wanted=True, **_NO_BILL)
        else:
            # Which bill it waits for is kept until Pleo offers it: where Pleo refuses, it is asked again.
            self._write(export_again_at=now, export_again_by=None, awaited_due_at=None)

    def look_for_bill_again(self, at: datetime) -> None:
        self._write(awaited_due_at=at)

    def begin_preparation(self) -> bool:
        """Count the beginning, so that a crash of the process is seen. False if it crashed three times already."""
        if self.preparations >= CRASHES_ALLOWED:
            return False
        ExportRecord.objects.filter(pk=self.pk).begin_preparation()
        return True

    def planned(
        self, *, notes: Sequence[str], without_receipt: bool, moved_from: Any, skipped: str, default_tax: Decimal = Decimal(0)
    ) -> None:
        """A plan was made. Written by `refresh_status`, in the transaction that writes its documents."""
        self._take(
            plan_wanted=False,
            preparations=0,
            unread_since=None,
            **_NO_BILL,
            **_problem_columns(()),
            notes=list(notes),
            without_receipt=without_receipt,
            moved_from=moved_from,
            default_tax_minor=Money(default_tax, self.currency).minor if default_tax else 0,
            skipped_reason=skipped,
        )

    def plan_stands(self) -> None:
        """It is in the ledger already: nothing is planned anew. Written by `refresh_status`."""
        self._take(plan_wanted=False, preparations=0)

    def stop(self, problems: Iterable[Problem]) -> None:
        """It cannot be posted until a person mends this. Written by `refresh_status`, with the status that needs it."""
        problem_columns = _problem_columns(tuple(problems))
        self._take(plan_wanted=False, unread_since=None, preparations=0, skipped_reason="", **_NO_BILL, **problem_columns)

    # What a person decides. Each ends with the wish that Pleo offers the entry again, so that Pleo hears of it.

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
        """A person has booked it by hand, and says how. Raises ValueError without a reason or while a document is in doubt."""
        if not reason.strip():
            raise ValueError("Say how this expense was booked.")
        if self.documents.in_doubt().exists():
            raise ValueError("Sage Intacct is still being asked about this expense. Wait for that first.")
        with transaction.atomic():
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
        disputed = list(self.documents.filter(state=Document.State.REVIEW))
        if not disputed or any(not document.found_key for document in disputed):
            raise ValueError(
                "No look-up has found exactly one document of it in Sage Intacct. Delete the extra ones there, then look it up."
            )
        with transaction.atomic():
            for document in disputed:
                document.adopt(document.found_key, now=now)
            self._decide("what Sage Intacct has was adopted", "", by, now)

    def try_again(self, *, by: Any, now: datetime) -> None:
        """A person has mended what kept a follow-up from Intacct: it is looked up, and sent where it is not there."""
        with transaction.atomic():
            for document in self.documents.exclude(principal=None):
                if document.state == Document.State.REJECTED and document.absence_proven:
                    document.send_again(now)
                elif document.state == Document.State.REJECTED:
                    document.look_before_planning(now)
            # The bill is read first: what is due decides whether its payment can be sent.
            Document.objects.to_read_with(self).update(due_at=now)
            Event.note(record=self, what="trying again was asked for", by=by, now=now)
            self.refresh_status(now, by=by)

    def settled_by_hand(self, reason: str, *, by: Any, now: datetime) -> None:
        """A person has settled the bill in Intacct, or attached the files there: the follow-ups that stand out are not sent.

        Raises ValueError without a reason or while a document is in doubt.
        """
        if not reason.strip():
            raise ValueError("Say how it was settled.")
        if self.documents.in_doubt().exists():
            raise ValueError("Sage Intacct is still being asked about this expense. Wait for that first.")
        with transaction.atomic():
            for document in self.documents.exclude(principal=None).filter(state__in=(Document.State.PLANNED, Document.State.REJECTED)):
                document.cancel(f"Settled by {by}: {reason}"[:500])
            Event.note(record=self, what="settled by hand", why=reason, by=by, now=now)
            self.refresh_status(now, by=by)

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
        """Work the status out of documents and problems, and write it with all that was taken in before. Returns the status."""
        # Asked anew, not of what was prefetched: the documents have just changed.
        documents = list(Document.objects.filter(record=self, posting_number=self.posting_number))
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
        if changed and principal:
            problems = [content_changed(principal)]
        elif self.skipped_at and not principal:
            problems = []  # a person has booked it by hand
        elif all(problem.kind == "document" for problem in problems):
            problems = []  # these follow from the documents, which may have moved on
        status = standing(documents, principal, problems, changed=bool(changed), skipped=bool(self.skipped_reason))
        if not problems and status not in (self.Status.POSTED, self.Status.SKIPPED):
            problems = [problem for each in documents if (problem := document_problem(each))]
        self._take(**_problem_columns(tuple(problems)))
        if principal:
            self._take(posted_at=principal.confirmed_at)
        if status == self.status:
            return None
        self._take(status=status, status_changed_at=now)
        return Event.about(record=self, what=self.Status(status).label, why=why or self.first_problem, by=by, now=now)

    @staticmethod
    def save_taken(records: Sequence[ExportRecord]) -> None:
        """Write what was taken in on these records, in a number of queries that does not grow with them."""
        names = sorted({name for record in records for name in record.taken})
        same = [name for name in names if all(getattr(each, name) == getattr(records[0], name) for each in records)]
        if same:
            columns = {name: getattr(records[0], name) for name in same}
            ExportRecord.objects.filter(pk__in=[record.pk for record in records]).update(**columns)
        if varying := [name for name in names if name not in same]:
            ExportRecord.objects.bulk_update(records, varying)
        for record in records:
            record.taken.clear()

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
