from __future__ import annotations

from decimal import Decimal

import pytest

from exports.models import Document, ExportRecord
from exports.tieout import as_text, tie_out
from referencedata.models import Entity
from tests.db.exports.rows import NOW, a_configuration, a_document, a_job, a_payload, a_record, an_offer

pytestmark = pytest.mark.django_db


@pytest.fixture
def job():
    configuration = a_configuration()
    seen = dict.fromkeys(("first_seen_at", "last_seen_at", "changed_at"), NOW)
    Entity.objects.create(connection=configuration.connection, intacct_key="1", code="UK01", currency="GBP", tax_solution="UK", **seen)
    return a_job(configuration, number_of_items=0)


def offered(job, status="POSTED", *, amount=12_000, tax=2_000, posted_tax=None, currency="GBP", **columns):
    record = a_record(job.configuration, status=status, amount_minor=amount, tax_minor=tax, currency=currency, **columns)
    an_offer(record, job, payload=a_payload(record, amount=amount, tax=tax, currency=currency))
    if status == "POSTED":
        a_document(record, state="CONFIRMED", amount_minor=amount, tax_minor=tax if posted_tax is None else posted_tax, currency=currency)
    job.number_of_items += 1
    job.save()
    return record


class TestTieOut:
    def test_adds_up_number_amount_and_tax_over_all_states(self, job):
        offered(job)
        offered(job, amount=4_800, tax=800)
        offered(job, "NEEDS_FIX", amount=1_999, tax=0)
        offered(job, "SKIPPED", amount=0, tax=0)
        offered(job, "UNKNOWN", amount=100, tax=0)

        result = tie_out(job)

        assert result.ties
        assert (result.offered, result.posted) == (5, 2)
        assert result.amounts == {"GBP": Decimal("188.99")}
        assert {line.status: (line.count, line.amounts["GBP"]) for line in result.lines} == {
            "POSTED": (2, Decimal("168.00")),
            "NEEDS_FIX": (1, Decimal("19.99")),
            "SKIPPED": (1, Decimal("0.00")),
            "UNKNOWN": (1, Decimal("1.00")),
        }
        assert result.pleo_tax == result.posted_tax == {"GBP": Decimal("28.00")}

    def test_keeps_currencies_apart(self, job):
        offered(job)
        offered(job, amount=11_900, tax=0, currency="EUR")

        assert tie_out(job).amounts == {"EUR": Decimal("119.00"), "GBP": Decimal("120.00")}

    def test_does_not_tie_when_an_item_is_missing(self, job):
        offered(job)
        job.number_of_items = 2

        assert not tie_out(job).counts_agree

    def test_does_not_tie_when_the_record_has_another_amount_than_the_item(self, job):
        ExportRecord.objects.filter(pk=offered(job).pk).update(amount_minor=12_001)

        assert not tie_out(job).amounts_agree

    def test_does_not_tie_when_a_cent_of_tax_is_missing(self, job):
        offered(job, posted_tax=1_999)

        result = tie_out(job)

        assert not result.taxes_agree
        assert "DOES NOT TIE OUT" in as_text(job)

    def test_counts_tax_that_the_default_code_took_out(self, job):
        offered(job, tax=0, posted_tax=2_000, default_tax_minor=2_000)

        assert tie_out(job).ties

    def test_counts_items_that_cannot_be_read(self, job):
        record = a_record(job.configuration, status="NEEDS_FIX", amount_minor=None, tax_minor=None)
        an_offer(record, job, fault="It cannot be read.")
        job.number_of_items = 1

        result = tie_out(job)

        assert result.ties
        assert result.lines[0].count == 1

    def test_takes_no_document_that_is_not_in_the_ledger(self, job):
        record = offered(job, "WAITING")
        a_document(record)

        result = tie_out(job)

        assert (result.posted, result.posted_tax) == (0, {})

    def test_of_an_entity_without_tax_solution_has_no_tax_to_compare(self, job):
        Entity.objects.update(tax_solution="")
        offered(job, posted_tax=0)

        assert tie_out(job).ties

    def test_is_readable_in_a_terminal(self, job):
        offered(job, amount=123_456_789)
        offered(job, "NEEDS_FIX")

        text = as_text(job)

        assert "GBP 1,234,687.89" in text.splitlines()[0]
        assert "Needs you" in text and text.endswith("Ties out.")
        assert Document.objects.count() == 1
