"""Writing plans down: from what the rules made of expenses to their documents, for many expenses in one commit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from exports.models import Document, Event, ExportRecord, Receipt, ValueUse
from exports.models.documents import STATE_EVERY
from exports.models.together import save_together
from exports.posting.banks import BillWanted
from exports.posting.plan import PostingPlan
from exports.posting.uses import Use
from integration.errors import Problem
from integration.intacct import xml
from integration.intacct.documents import AddedFiles, Attachment, Bill, IntacctDocument

# What a plan rests on of the record itself: Pleo's newest item, and what people have decided.
_DECIDED = ("offered_fingerprint", "skipped_at", "adopted_bill", "posting_number", "date_allowed_at")
_NOT_SENT = (Document.State.PLANNED, Document.State.REJECTED)
_OPEN = (Document.State.IN_FLIGHT, Document.State.UNKNOWN, Document.State.REVIEW)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What came of preparing an expense: documents to write with their bytes, or problems; neither where all stays as it is.

    record: with its receipts, as of when they were planned. fingerprint: of the item that was planned. plan: None with problems.
    awaited: the bill without which it cannot be posted yet, where that is its only problem. uses: the values of the reference
    data it uses; None where they stay as they are.
    """

    record: ExportRecord
    fingerprint: str
    plan: PostingPlan | None = None
    documents: tuple[tuple[IntacctDocument, bytes | None], ...] = ()
    problems: tuple[Problem, ...] = ()
    awaited: BillWanted | None = None
    uses: frozenset[Use] | None = None

    @classmethod
    def of_plan(cls, record: ExportRecord, fingerprint: str, plan: PostingPlan, used: frozenset[Use]) -> Prepared:
        # An adopted bill is there already, and may name files of its own: ours are listed, not hung to it.
        values = (value for value in plan.documents if not (record.adopted_bill and isinstance(value, Attachment)))
        return cls(record, fingerprint, plan, tuple((value, xml.planned(value)) for value in values), uses=used)

    def take(self, now: datetime) -> None:
        """Let the record take in what came of it; it is written with its status."""
        if self.plan:
            self.record.planned(
                notes=self.plan.notes,
                without_receipt=self.plan.without_receipt,
                moved_from=self.plan.moved_from,
                skipped=self.plan.skipped,
                beyond=self.plan.beyond,
            )
        elif self.awaited:
            self.record.await_bill(self.awaited.vendor, self.awaited.number, self.problems, look_at=now + STATE_EVERY)
        elif self.problems:
            self.record.stop(self.problems)
        else:
            self.record.plan_stands()


def write_plans(prepared: Sequence[Prepared], now: datetime) -> None:
    """Write all of it in one commit, or nothing where the database takes one of them not.

    The number of queries does not grow with expenses that had no documents before. Left out is what another worker has
    planned meanwhile, and what Pleo has offered anew: its newest item decides.
    """
    with transaction.atomic():
        writings = _read_documents([_Writing(each, now) for each in _still_wanted(prepared)])
        # What names another comes after it, and a payment after its bill: first of each the first document, then the second.
        for rank in range(max((len(each.prepared.documents) for each in writings), default=0)):
            Document.objects.bulk_create([row for each in writings if (row := each.row(rank))])
            _save_again([each.again.pop() for each in writings if each.again])
            for each in writings:
                each.written(rank)
        Receipt.objects.bulk_update([receipt for each in writings for receipt in each.named], ["document", "name"])
        events = [event for each in writings if (event := each.end())]
        Event.objects.bulk_create(events)
        ValueUse.replace({each.prepared.record.pk: each.prepared.uses for each in writings if each.prepared.uses is not None})
        ExportRecord.save_taken([each.prepared.record for each in writings])


def _still_wanted(prepared: Sequence[Prepared]) -> list[Prepared]:
    """Lock the records; return those whose plan is still to be made, and of which nothing was offered or decided since."""
    # One worker at a time: two that plan the same record at once would both make its documents.
    locked = ExportRecord.objects.select_for_update().filter(pk__in=[each.record.pk for each in prepared], plan_wanted=True)
    wanted = {pk: decided for pk, *decided in locked.order_by("pk").values_list("pk", *_DECIDED)}
    return [each for each in prepared if wanted.get(each.record.pk) == [getattr(each.record, name) for name in _DECIDED]]


def _read_documents(writings: Sequence[_Writing]) -> list[_Writing]:
    """Lock the documents; return those expenses of which none is under way, in doubt or disputed now: they are planned after that."""
    held: dict[int, list[Document]] = defaultdict(list)
    # Without the bytes: those of attachments are megabytes.
    for document in Document.objects.select_for_update().defer("body").filter(record__in=[each.prepared.record.pk for each in writings]):
        held[document.record_id].append(document)
    for each in writings:
        each.held = held[each.prepared.record.pk]
    return [each for each in writings if not any(document.state in _OPEN for document in each.held)]


def _save_again(taken: Sequence[tuple[Document, set[str]]]) -> None:
    """Write what documents took in, together those of which the same columns are written."""
    alike: dict[frozenset[str], list[Document]] = defaultdict(list)
    for document, names in taken:
        alike[frozenset(names)].append(document)
    for columns, documents in alike.items():
        save_together(documents, columns)


@dataclass(slots=True)
class _Writing:
    """One expense being written. held: its documents, those just made included. named: receipts that got a document.

    again: a document that has taken in the new plan, with the columns to write.
    """

    prepared: Prepared
    now: datetime
    held: list[Document] = field(default_factory=list)
    attachment: Document | None = None
    bill: Document | None = None
    named: list[Receipt] = field(default_factory=list)
    again: list[tuple[Document, set[str]]] = field(default_factory=list)

    def row(self, rank: int) -> Document | None:
        """Return the row to make for the document of this rank. None where it has one, which takes the plan in, or there is none."""
        if rank >= len(self.prepared.documents):
            return None
        value, body = self.prepared.documents[rank]
        fingerprint, names = self.prepared.fingerprint, self.attachment
        if document := self._of(value):
            # None taken in: an attachment with the same files is there already and is used again.
            if taken := document.take_plan(value, body, fingerprint=fingerprint, names=names, principal=self.bill, now=self.now):
                self.again.append((document, taken))
            return None
        document = Document.plan(
            self.prepared.record, value, body, fingerprint=fingerprint, position=rank, names=names, principal=self.bill, now=self.now
        )
        self.held.append(document)
        return document

    def written(self, rank: int) -> None:
        """Let what comes after the document of this rank name it."""
        value = self.prepared.documents[rank][0] if rank < len(self.prepared.documents) else None
        document = self._of(value) if value else None
        if isinstance(value, Attachment) and document:
            self.attachment = document
            self.named += name_files(self.prepared.record, value, document)
        if isinstance(value, Bill) and document:
            self.bill = document
            if self.prepared.record.adopted_bill:
                document.adopt(self.prepared.record.adopted_bill, now=self.now)

    def end(self) -> Event | None:
        """Cancel what the plan has no more, and let the record take in how it stands; return the event to save."""
        record = self.prepared.record
        if self.prepared.plan:
            self._cancel("The new plan does not need it.")
            if record.adopted_bill:
                list_files(record, "The bill was adopted as it is in Sage Intacct; attach the file there by hand.")
        elif self.prepared.problems:
            self._cancel("The expense cannot be posted as it is.")
        self.prepared.take(self.now)
        documents = sorted(self.held, key=lambda each: each.position)
        return record.stand([each for each in documents if each.posting_number == record.posting_number], self.now)

    def _cancel(self, reason: str) -> None:
        keys = {value.key for value, _ in self.prepared.documents}
        number = self.prepared.record.posting_number
        # What names another goes first, so that nothing planned ever names what is cancelled.
        for document in sorted(self.held, key=lambda each: each.position, reverse=True):
            if document.state in _NOT_SENT and document.posting_number == number and document.key not in keys:
                document.cancel(reason)

    def _of(self, value: IntacctDocument) -> Document | None:
        return next((each for each in self.held if each.key == value.key), None)


def name_files(record: ExportRecord, attachment: Attachment | AddedFiles, document: Document) -> list[Receipt]:
    """Say on the receipts which document they hang in, and by which name; return those to save."""
    names = {file.content_hash: file.name for file in attachment.files}
    named = []
    for receipt in record.receipts.all():
        if receipt.content_id in names and receipt.state in Receipt.USABLE:
            receipt.document, receipt.name = document, names[receipt.content_id]
            named.append(receipt)
    return named


def list_files(record: ExportRecord, fault: str) -> None:
    """Write on the files that hang nowhere yet what a person has to do with them."""
    record.receipts.filter(state=Receipt.State.FETCHED).update(state=Receipt.State.NOT_ATTACHED, fault=fault)
