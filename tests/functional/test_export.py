"""The first job of the demo world, over real HTTP: what stands in the ledger and what Pleo was told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from exports.models import Document, ExportJob, ExportRecord
from exports.reporting.tieout import tie_out
from integration.sandbox.sandbox import Sandbox
from integration.sandbox.server import serve
from integration.sandbox.world import ENTRIES, EXPECTED_POSTED, EXPECTED_PROBLEMS, EXPECTED_SKIPPED, entry_id, load_demo_world
from tests.conftest import connect
from tests.functional.oracle import expected_entry, standing_entry

pytestmark = pytest.mark.django_db

# What a person in Pleo has to read in the reason: the thing it is about. And the type Pleo gets.
REASONS = {
    "UK-46": (("6999", "does not exist"), "account_unknown"),
    "UK-47": (("Department", "900", "inactive"), "tag_unknown"),
    "UK-48": (("50.00", "50.01"), "validation_failure"),
    "UK-49": (("EUR", "UK01", "balance account"), "missing_configuration"),
    "UK-50": (("Reverse Charge", "reverse charge"), "validation_failure"),
    "UK-51": (("28 Dec 2024", "first posting date"), "validation_failure"),
    "UK-52": (("6900", "not active"), "account_unknown"),
    "UK-53": (("6210", "requires a Project"), "validation_failure"),
    "UK-54": (("2000", "control account"), "validation_failure"),
    "US-13": (("No account",), "missing_configuration"),
    "US-14": (("V-OLD", "inactive"), "tag_unknown"),
}
ALL = {entry.id: entry for entries in ENTRIES.values() for entry in entries}
SHOULD_POST = sorted(set(ALL) - set(EXPECTED_PROBLEMS) - EXPECTED_SKIPPED)


@pytest.fixture(scope="module")
def world() -> Sandbox:
    return Sandbox(world=load_demo_world, now=datetime.now(UTC))


@pytest.fixture(scope="module")
def exported(django_db_setup: None, django_db_blocker: Any, world: Sandbox) -> Iterator[Any]:
    """Run the whole cycle once, with the command that operators use; the tests here only look at what came of it."""
    said, complained = StringIO(), StringIO()
    code = 0
    with serve(world) as server, pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        connect(server, patch)
        try:
            call_command("export_now", stdout=said, stderr=complained)
        except CommandError:
            code = 1
        yield SimpleNamespace(said=said.getvalue(), complained=complained.getvalue(), code=code)
        transaction.set_rollback(True)


def told_of(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    return {item["accountingEntryId"]: item for job in sandbox.pleo.jobs() for item in sandbox.pleo.items(job["id"])}


def by_document(sandbox: Sandbox) -> dict[str, list[dict[str, Any]]]:
    """Return the ledger's entries by the id that people find them by."""
    found = defaultdict(list)
    for entry in sandbox.intacct.ledger():
        (document,) = {line["document"] for line in entry["lines"]}
        found[document].append(entry)
    return found


class TestFirstExport:
    def test_stands_in_the_ledger_as_the_oracle_says(self, exported, world):
        expected = {entry: expected_entry(world, entry) for entry in SHOULD_POST}

        standing = by_document(world)

        assert Counter({document: len(entries) for document, entries in standing.items()}) == Counter(
            each.document for each in expected.values()
        )
        for entry, should in expected.items():
            (one,) = standing[should.document]
            assert standing_entry(world, one) == should, ALL[entry].label
            assert one["state"] == "Posted"
        assert len(world.intacct.ledger()) == sum(EXPECTED_POSTED.values()) == 56

    def test_leaves_no_attachment_that_no_entry_names(self, exported, world):
        named = Counter(entry["supdocid"] for entry in world.intacct.ledger() if entry["supdocid"])

        assert Counter(world.intacct.attachments().keys()) == named
        assert len(named) == sum(bool(ALL[entry].files) for entry in SHOULD_POST)

    def test_tells_pleo_the_id_of_each_posted_item(self, exported, world):
        told = told_of(world)

        for entry in SHOULD_POST:
            (standing,) = by_document(world)[expected_entry(world, entry).document]
            assert told[entry]["status"] == "successful"
            assert told[entry]["externalId"] == standing["recordno"]
            assert told[entry]["externalUrl"].endswith(f"entry={standing['recordno']}")
            assert told[entry]["exportedAt"]

    def test_tells_pleo_the_cause_of_each_failed_item(self, exported, world):
        told = told_of(world)

        assert {entry for entry, item in told.items() if item["status"] == "failed"} == set(EXPECTED_PROBLEMS)
        assert {ALL[entry].label for entry in EXPECTED_PROBLEMS} == set(REASONS)
        for label, (words, reason_type) in REASONS.items():
            item = told[entry_id(label)]
            assert all(word in item["failureReason"] for word in words), (label, item["failureReason"])
            assert item["failureReasonType"] == reason_type, label
            assert item["failureReason"].endswith((".", "…")) and len(item["failureReason"]) <= 500
            assert "externalId" not in item

    def test_reports_what_has_nothing_to_post_as_successful_without_a_document(self, exported, world):
        told = told_of(world)

        for entry in EXPECTED_SKIPPED:
            assert told[entry]["status"] == "successful"
            assert "externalId" not in told[entry]
            assert not Document.objects.filter(record__entry_id=entry).exists()

    def test_completes_each_job_with_errors_and_leaves_no_item_open(self, exported, world):
        assert [job["status"] for job in world.pleo.jobs()] == ["completed_with_errors"] * 2
        assert {item["status"] for item in told_of(world).values()} == {"successful", "failed"}
        assert set(ExportJob.objects.values_list("state", "final_event")) == {("FINISHED", "completed_with_errors")}

    def test_keeps_the_record_and_its_documents_in_agreement_with_the_ledger(self, exported, world):
        ours = dict(Document.objects.filter(kind="journal_entry", state="CONFIRMED").values_list("key", "intacct_key"))

        assert ours == {entry["reference"]: entry["recordno"] for entry in world.intacct.ledger()}
        assert Counter(ExportRecord.objects.values_list("status", flat=True)) == {"POSTED": 56, "NEEDS_FIX": 11, "SKIPPED": 1}
        assert not ExportRecord.objects.filter(status="POSTED", reported_at=None).exists()

    def test_lists_purchases_posted_without_receipt(self, exported):
        without = set(ExportRecord.objects.filter(without_receipt=True).values_list("entry_id", flat=True))

        purchases = {entry for entry in SHOULD_POST if ALL[entry].type != "fee" and not ALL[entry].files}
        assert {str(entry) for entry in without} == purchases

    def test_removes_control_characters_and_keeps_accents_and_emoji(self, exported, world):
        standing = by_document(world)
        texts = {document: entries[0]["title"] + entries[0]["lines"][0]["description"] for document, entries in standing.items()}

        assert "Café crème à emporter" in texts["PLEO-UK-03"]
        assert "🍝" in texts["PLEO-UK-20"] and "with Zoë Brandt, Seán…" in texts["PLEO-UK-20"]
        assert "東京堂書店" in texts["PLEO-UK-18"]
        assert '5 < 6 && "quoted"' in texts["PLEO-UK-22"]
        assert "USD 100.00" in texts["PLEO-UK-16"]
        assert not any(ord(character) < 32 for text in texts.values() for character in text)

    def test_needs_few_writing_requests(self, exported, world):
        # Two entities: a folder (the second is there), batches of 25 documents, attachments before what names them.
        documents = Document.objects.filter(state="CONFIRMED").count()

        assert world.intacct.writes() <= documents / 25 + 4
        assert len(world.intacct.control_ids()) == len(set(world.intacct.control_ids()))

    def test_says_that_a_person_is_needed_and_how_many_were_posted(self, exported):
        assert exported.code == 1
        assert exported.said.rstrip().splitlines()[-1] == "posted 56 of 68"
        assert exported.said.count("Ties out.") == 2
        assert exported.complained == ""


class TestTieOut:
    def test_equals_sums_of_pleos_items_alone(self, exported, world):
        for job in ExportJob.objects.all():
            items = world.pleo.items(str(job.pleo_job_id))
            offered, of_status = _sums(world, items, lambda item: item["status"])
            tax = _tax_of_pleo(world, [item["accountingEntryId"] for item in items if item.get("externalId")], job)

            result = tie_out(job)

            assert result.ties
            assert result.offered == len(items)
            assert result.amounts == offered
            lines = {line.status: line for line in result.lines}
            assert lines["NEEDS_FIX"].amounts == of_status["failed"]
            assert lines["NEEDS_FIX"].count == sum(item["status"] == "failed" for item in items)
            assert result.posted == sum(1 for item in items if item.get("externalId"))
            assert {currency: amount for currency, amount in (result.tax.in_ledger if result.tax else {}).items() if amount} == tax

    def test_puts_pleos_tax_on_the_input_vat_account(self, exported, world):
        posted = [item["accountingEntryId"] for item in told_of(world).values() if item.get("externalId")]
        uk = [entry for entry in posted if ALL[entry].label.startswith("UK")]
        tax = sum(
            line["tax"]["amount"]["inWalletCurrency"]["value"]
            for entry in uk
            for line in world.pleo.entry(entry)["item"]["accountingEntryLines"]
            if line["tax"]
        )

        assert world.intacct.account_balance("UK01", "2200") == Decimal(tax) / 100
        assert world.intacct.account_balance("UK01", "2201") == 0
        assert world.intacct.account_balance("US01", "2200") == 0

    def test_takes_the_gross_of_card_items_from_the_wallet(self, exported, world):
        told = told_of(world)
        for prefix, entity, wallet in (("UK", "UK01", "1050"), ("US", "US01", "1060")):
            by_card = [entry.id for entry in ENTRIES[prefix] if entry.type != "out_of_pocket" and told[entry.id].get("externalId")]
            spent = sum(world.pleo.entry(entry)["item"]["amount"]["inWalletCurrency"]["value"] for entry in by_card)

            assert world.intacct.account_balance(entity, wallet) == -Decimal(spent) / 100

    def test_does_not_tie_when_a_posting_has_lost_its_tax(self, exported):
        job = ExportJob.objects.get(configuration__intacct_entity="UK01")
        Document.objects.filter(record__offers__job=job, tax_minor__gt=0).update(tax_minor=0)

        result = tie_out(job)

        assert not result.ties


def _sums(
    sandbox: Sandbox, items: list[dict[str, Any]], key: Callable[[dict[str, Any]], str]
) -> tuple[dict[str, Decimal], dict[str, dict[str, Decimal]]]:
    total: dict[str, int] = defaultdict(int)
    by_key: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for item in items:
        money = sandbox.pleo.entry(item["accountingEntryId"])["item"]["amount"]["inWalletCurrency"]
        total[money["currency"]] += money["value"]
        by_key[key(item)][money["currency"]] += money["value"]
    return _units(total), {each: _units(values) for each, values in by_key.items()}


def _units(minor: dict[str, int]) -> dict[str, Decimal]:
    return {currency: Decimal(value) / 100 for currency, value in minor.items()}


def _tax_of_pleo(sandbox: Sandbox, entries: list[str], job: ExportJob) -> dict[str, Decimal]:
    """Return the tax Pleo gives by currency; an entity without tax solution takes none."""
    tax: dict[str, int] = defaultdict(int)
    for entry in entries:
        item = sandbox.pleo.entry(entry)["item"]
        for line in item["accountingEntryLines"]:
            if line["tax"] and job.configuration.intacct_entity == "UK01":
                tax[item["amount"]["inWalletCurrency"]["currency"]] += line["tax"]["amount"]["inWalletCurrency"]["value"]
    return {currency: amount for currency, amount in _units(tax).items() if amount}
