"""One accounting entry, whatever job offers it, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from exports.models.decisions import Decisions
from exports.models.documents import STATE_EVERY, Document
from exports.models.jobs import ExportJobItem
from exports.models.record_columns import problem_columns
from exports.models.standing import IN_LEDGER, TOLD_ELSEWHERE, Status
from exports.models.together import save_together
from exports.models.trail import Event
from exports.posting.dates import day_of
from exports.posting.reading import NOTHING_BEYOND, Beyond
from integration.clock import due_by
from integration.errors import Problem
from integration.models import EntityConfiguration
from integration.money import Money
from integration.pleo.items import ExportItem

CRASHES_ALLOWED = 3
# Bound to each other by the constraints of the model.
_LINKED = ("status", "problems", "first_problem", "first_problem_code", "skipped_reason", "posted_at", "in_ledger_at")
_NO_BILL: dict[str, Any] = {"awaited_bill": "", "awaited_vendor": "", "awaited_due_at": None}


class ExportRecordQuerySet(models.QuerySet["ExportRecord"]):
    def needing_a_person(self) -> ExportRecordQuerySet:
        return self.filter(status__in=(ExportRecord.Status.NEEDS_FIX, ExportRecord.Status.REVIEW))

    def in_ledger(self) -> ExportRecordQuerySet:
        """Return what is in the ledger, by the one definition: each count of it, on pages, in the terminal, for monitors, is of these."""
        return self.filter(status=IN_LEDGER)

    def in_ledger_since(self, day: date, zone: tzinfo) -> ExportRecordQuerySet:
        """Return what is in the ledger, and has come into it on this day of `zone` or later."""
        return self.in_ledger().filter(in_ledger_at__gte=datetime.combine(day, time.min, zone))

    def to_prepare(self, now: datetime) -> ExportRecordQuerySet:
        """Return the records an open job offers whose plan is to be made or made again."""
        offered = ExportJobItem.objects.untold().filter(record=OuterRef("pk"), job__state="COLLECTED", job__expires_at__gt=now)
        looked_up = Document.objects.filter(record=OuterRef("pk"), state=Document.State.REJECTED, absence_proven=False)
        return self.filter(Exists(offered), ~Exists(looked_up), plan_wanted=True).exclude(
            status__in=(ExportRecord.Status.SENDING, ExportRecord.Status.UNKNOWN, ExportRecord.Status.REVIEW)
        )

    def waiting_for_a_bill(self, company_id: str, now: datetime) -> ExportRecordQuerySet:
        """Return the invoice payments whose bill is to be looked for now."""
        due = due_by("awaited_due_at", now, within=STATE_EVERY)
        return self.filter(due, intacct_company_id=company_id, status=Status.WAITING).exclude(awaited_bill="")

    def look_for_bills_now(self, company_id: str, numbers: Collection[str], now: datetime) -> None:
        """Have the bills of these numbers (without case) looked for now, that invoice payments wait for."""
        waiting = self.filter(intacct_company_id=company_id, awaited_due_at__isnull=False).exclude(awaited_bill="")
        ready = [pk for pk, number in waiting.values_list("pk", "awaited_bill") if number.casefold() in numbers]
        waiting.filter(pk__in=ready).update(awaited_due_at=now)

    def wished(self) -> ExportRecordQuerySet:
        return self.exclude(export_again_at=None)

    def lock_for(self, documents: Iterable[Document]) -> list[ExportRecord]:
        """Lock the expenses of these documents before the documents themselves, and return them as they are now.

        Everybody keeps this order, records by number and then documents: no two workers can wait for each other.
        """
        return list(self.filter(pk__in={each.record_id for each in documents}).order_by("pk").select_for_update())

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


class ExportRecord(Decisions):
    """One per Intacct company and accounting entry of Pleo. Users read *expense*."""

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
            date=day_of(item.booked_at, self.configuration.zone, midnight_is_a_day=self.configuration.midnight_is_a_day),
            currency=item.currency,
            amount_minor=item.amount.minor,
            tax_minor=tax,
            invoice_number=_shown(item.invoice.number if item.invoice else "", 200),
            link=item.link[:500] if item.link.startswith("https://") else "",
            offered_fingerprint=item.fingerprint(),
        )

    def want_plan(self) -> None:
        """A new offer or a resolved doubt: the plan is to be made again."""
        fresh: dict[str, Any] = {"export_again_at": None, "export_again_by": None, "opens": {}, "unread_since": None, "preparations": 0}
        self._write(plan_wanted=True, **fresh, **_NO_BILL)

    def could_not_be_read(self, now: datetime) -> None:
        """What its plan has to know of Intacct could not be asked: it is planned later."""
        self._write(unread_since=min(self.unread_since or now, now))

    def look_before_sending(self, why: str, now: datetime) -> int:
        """Have all that is planned looked up in Sage Intacct, and planned anew where it is not there; return how many documents."""
        planned = self.documents.filter(state=Document.State.PLANNED, principal=None, posting_number=self.posting_number)
        count = sum(document.look_before_sending(why, TOLD_ELSEWHERE, now) for document in planned)
        self._take(plan_wanted=True)
        return count

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
        self, *, notes: Sequence[str], without_receipt: bool, moved_from: Any, skipped: str, beyond: Beyond = NOTHING_BEYOND
    ) -> None:
        """A plan was made. Written by `refresh_status`, in the transaction that writes its documents."""
        self._take(
            plan_wanted=False,
            preparations=0,
            unread_since=None,
            **_NO_BILL,
            **problem_columns(()),
            notes=list(notes),
            without_receipt=without_receipt,
            moved_from=moved_from,
            default_tax_minor=self._minor(beyond.by_default),
            cost_tax_minor=self._minor(beyond.became_cost),
            worked_out_tax_minor=self._minor(beyond.worked_out),
            tax_turned=beyond.turned,
            skipped_reason=skipped,
        )

    def _minor(self, amount: Decimal) -> int:
        return Money(amount, self.currency).minor if amount else 0

    def plan_stands(self) -> None:
        """It is in the ledger already, or booked by hand: nothing is planned anew. Written by `refresh_status`."""
        self._take(plan_wanted=False, preparations=0, **problem_columns(()))

    def stop(self, problems: Iterable[Problem]) -> None:
        """It cannot be posted until a person mends this. Written by `refresh_status`, with the status that needs it."""
        # How a person booked it by hand stays, whatever Pleo offers.
        skipped = self.skipped_reason if self.skipped_at else ""
        why = problem_columns(tuple(problems))
        self._take(plan_wanted=False, unread_since=None, preparations=0, skipped_reason=skipped, **_NO_BILL, **why)

    def was_reported(self, now: datetime) -> None:
        self._write(reported_at=now)

    def was_told_failed(self) -> None:
        """What Pleo knows last counts: it does not know of it as posted, whatever it was told before."""
        if self.reported_at:
            self._write(reported_at=None)

    @staticmethod
    def refresh_together(records: Sequence[ExportRecord], now: datetime, *, why: str = "") -> None:
        """Work out the status of each, as `refresh_status` does, in a number of queries that does not grow with them."""
        held: dict[int, list[Document]] = {record.pk: [] for record in records}
        for document in Document.objects.filter(record__in=held).defer("body").order_by("position", "pk"):
            held[document.record_id].append(document)
        events = [
            event
            for record in records
            if (event := record.stand([each for each in held[record.pk] if each.posting_number == record.posting_number], now, why=why))
        ]
        Event.objects.bulk_create(events)
        ExportRecord.save_taken(records)

    @staticmethod
    def save_taken(records: Sequence[ExportRecord]) -> None:
        """Write what was taken in on these records, in a number of queries that does not grow with them."""
        save_together(records, {name for record in records for name in record.taken}, linked=_LINKED)
        for record in records:
            record.taken.clear()


def _shown(text: str, length: int) -> str:
    """Make a text fit for a column: PostgreSQL takes neither NUL nor lone surrogates."""
    clean = "".join(character for character in text if character.isprintable())
    return clean if len(clean) <= length else clean[: length - 1] + "…"
