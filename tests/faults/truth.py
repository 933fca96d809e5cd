"""What must hold in Intacct, in Pleo and with us whenever everything is settled, whatever went wrong before."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from exports.models import ExportRecord
    from tests.faults.rig import Rig

# How an expense may stand whose principal is in the ledger: Pleo is told successful, and its follow-ups go their own way.
_FOLLOWED = ("POSTED", "AWAITING_APPROVAL", "NEEDS_FIX", "REVIEW")


def check(rig: Rig) -> None:
    _each_once(rig)
    _the_same_on_both_sides(rig)
    _balanced(rig)
    _nothing_paid_twice(rig)
    _files_in_their_place(rig)
    _Pleo_told_the_truth(rig)
    _understood(rig)
    _tied_out()


def standing(rig: Rig) -> list[tuple[str, dict[str, Any]]]:
    """Everything in Intacct that carries a reference of ours, by the kind of our documents."""
    intacct = rig.sandbox.intacct
    return [
        *(("journal_entry", entry) for entry in intacct.ledger("GL")),
        *(("bill", bill) for bill in intacct.bills()),
        *(("payment", payment) for payment in intacct.payments()),
    ]


def _each_once(rig: Rig) -> None:
    twice = [reference for reference, times in rig.references().items() if times > 1]
    assert not twice, f"posted twice: {[rig.story((each, '')) for each in twice]}"
    assert not [control_id for control_id, times in rig.carried_out().items() if times > 1]


def _the_same_on_both_sides(rig: Rig) -> None:
    """What we hold as confirmed is there, with the number and the amount we hold; and nothing else is."""
    from exports.models import Document

    kinds = ("journal_entry", "bill", "payment")
    confirmed = Document.objects.filter(state="CONFIRMED", kind__in=kinds)
    ours = {(document.kind, document.key, document.intacct_key, _amount(document)) for document in confirmed}
    theirs = {(kind, each["reference"], each["recordno"], _total(kind, each)) for kind, each in standing(rig)}
    assert ours == theirs, "\n".join(rig.story((each[1], "")) + f" {each}" for each in sorted(ours ^ theirs))
    attached = set(Document.objects.filter(state="CONFIRMED", kind="attachment").values_list("key", flat=True))
    assert attached == set(rig.sandbox.intacct.attachments())


def _amount(document: Any) -> Decimal:
    from integration.money import Money

    return Money.of_minor(document.amount_minor, document.currency).amount


def _total(kind: str, held: dict[str, Any]) -> Decimal:
    if kind == "journal_entry":
        return sum((line["amount"] for line in held["lines"] if line["side"] == "debit"), Decimal(0))
    return Decimal(held["total"] if kind == "bill" else held["amount"])


def _balanced(rig: Rig) -> None:
    for entry in rig.sandbox.intacct.ledger():
        sides = {side: sum(line["amount"] for line in entry["lines"] if line["side"] == side) for side in ("debit", "credit")}
        assert sides["debit"] == sides["credit"], entry


def _nothing_paid_twice(rig: Rig) -> None:
    """Each payment is of one bill; what is due is what was owed less what was paid, and never less than nothing."""
    paid: Counter[str] = Counter()
    for payment in rig.sandbox.intacct.payments():
        ((bill, amount),) = payment["bills"]
        assert amount == payment["amount"], payment
        paid[bill] += amount
    for bill in rig.sandbox.intacct.bills():
        assert bill["due"] == bill["total"] - paid[bill["recordno"]] >= 0, (bill, paid[bill["recordno"]])


def _files_in_their_place(rig: Rig) -> None:
    """A bill names an attachment of its own expense, the newest where files came later."""
    from exports.models import Document

    bills = {bill["recordno"]: bill for bill in rig.sandbox.intacct.bills()}
    for document in Document.objects.filter(kind="bill", state="CONFIRMED").select_related("record", "names"):
        late = document.follow_ups.filter(kind="late_attachment", state="CONFIRMED").order_by("confirmed_at", "pk")
        named = [each.names.key for each in late if each.names] or ([document.names.key] if document.names else [""])
        assert bills[document.intacct_key]["supdocid"] in named, (rig.story((document.key, "")), named)
    for document in Document.objects.filter(kind="attachment", state="CONFIRMED"):
        assert rig.sandbox.intacct.attachments()[document.key], document


def _Pleo_told_the_truth(rig: Rig) -> None:
    from exports.models import ExportRecord

    for job in rig.sandbox.pleo.jobs():
        items = rig.sandbox.pleo.items(job["id"])
        assert {item["accountingEntryId"] for item in items} == set(rig.offered.get(job["id"], rig.told(job["id"])))
        for item in items:
            record = ExportRecord.objects.filter(entry_id=item["accountingEntryId"]).first()
            if record is None:  # its job was refused before it began, or expired before it was read
                assert item["status"] == "abandoned", item
                continue
            principal = next((each for each in record.documents.filter(state="CONFIRMED") if each.is_principal), None)
            if item["status"] == "successful":
                followed = principal is not None and principal.kind != "journal_entry"
                said = record.status in (_FOLLOWED if followed else ("POSTED", "SKIPPED"))
                assert said or (followed and _to_be_read(record)), rig.stories(record)
                assert item.get("externalId", "") == (principal.intacct_key if principal else ""), item
            elif item["status"] == "failed":
                assert item["failureReason"], item
                assert item["failureReasonType"], item


def _understood(rig: Rig) -> None:
    """Every expense is in the ledger, or says what it waits for, or what a person has to do."""
    from exports.models import ExportRecord

    for record in ExportRecord.objects.all():
        said = record.status in ("POSTED", "SKIPPED", "AWAITING_APPROVAL") or record.first_problem
        asked_again = record.status == "WAITING" and (record.awaited_bill or record.export_again_at)
        assert said or asked_again or _to_be_read(record), rig.stories(record)


def _to_be_read(record: ExportRecord) -> bool:
    """Whether all of it is in Intacct, and how it stands there could not be read yet: that is tried again within the hour."""
    documents = record.documents.exclude(state="CANCELLED")
    all_there = not documents.exclude(state="CONFIRMED").exists()
    return record.status == "SENDING" and all_there and documents.filter(intacct_state="", due_at__isnull=False).exists()


def _tied_out() -> None:
    from exports.models import ExportJob
    from exports.reporting.tieout import tie_out

    for ours in ExportJob.objects.exclude(collected_at=None):
        # An entry that was changed and offered again is counted by its newest job.
        if all(offer.fingerprint == offer.record.offered_fingerprint for offer in ours.items.all()):
            assert tie_out(ours).ties, ours
