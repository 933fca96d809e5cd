from __future__ import annotations

from decimal import Decimal

import pytest

from exports.models import Document, ExportRecord
from exports.reporting.tieout import as_text, tie_out
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
        assert result.tax.by_pleo == result.tax.in_ledger == {"GBP": Decimal("28.00")}

    def test_says_of_how_many_in_the_ledger_pleo_does_not_know_once_the_job_has_ended(self, job):
        offered(job, reported_at=NOW)
        offered(job)
        offered(job, "NEEDS_FIX")
        under_way = tie_out(job)
        job.state, job.ended_at = "FINISHED", NOW
        job.save()

        result = tie_out(job)

        assert (under_way.unknown_to_pleo, result.unknown_to_pleo) == (0, 1)
        assert "Pleo does not know of 1 in the ledger" in as_text(job)

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

    def test_shows_pleos_tax_as_pleo_has_it_and_what_came_off_and_to_it(self, job):
        offered(job)
        offered(job, posted_tax=0, cost_tax_minor=2_000)
        offered(job, tax=0, posted_tax=1_500, default_tax_minor=1_500)
        offered(job, tax=0, posted_tax=300, worked_out_tax_minor=300)

        tax = tie_out(job).tax

        assert tax.by_pleo == {"GBP": Decimal("40.00")}
        assert tax.became_cost == {"GBP": Decimal("20.00")}
        assert tax.by_default == {"GBP": Decimal("15.00")}
        assert tax.worked_out == {"GBP": Decimal("3.00")}
        assert tax.in_ledger == {"GBP": Decimal("38.00")}
        assert tie_out(job).ties

    def test_does_not_tie_where_the_four_figures_do_not_add_up(self, job):
        offered(job, posted_tax=0, cost_tax_minor=1_999)

        assert not tie_out(job).ties

    def test_says_the_four_figures_in_a_terminal(self, job):
        offered(job, posted_tax=0, cost_tax_minor=2_000)
        offered(job, tax=0, posted_tax=1_500, default_tax_minor=1_500)

        lines = [line.split("  ") for line in as_text(job).splitlines()]

        assert [(each[1], each[-1]) for each in lines if "ax" in each[1]] == [
            ("Pleo's tax on what is posted", "GBP 20.00"),
            ("became cost", "GBP -20.00"),
            ("taken out by the default tax code", "GBP 15.00"),
            ("Tax in the ledger", "GBP 15.00"),
        ] or as_text(job)

    def test_counts_the_tax_of_a_kind_that_pleo_signs_the_other_way_round_as_the_ledger_does(self, job):
        offered(job, amount=6_000, tax=1_000, posted_tax=-1_000, tax_turned=True)

        result = tie_out(job)

        assert result.tax.by_pleo == result.tax.in_ledger == {"GBP": Decimal("-10.00")}
        assert result.ties

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

        assert (result.posted, result.tax.in_ledger) == (0, {})

    def test_of_an_entity_without_tax_solution_has_no_tax_to_compare(self, job):
        Entity.objects.update(tax_solution="")
        offered(job, posted_tax=0)

        result = tie_out(job)

        assert result.tax is None
        assert result.ties
        assert "tax" not in as_text(job)

    def test_is_readable_in_a_terminal(self, job):
        offered(job, amount=123_456_789)
        offered(job, "NEEDS_FIX")

        text = as_text(job)

        assert "GBP 1,234,687.89" in text.splitlines()[0]
        assert "Needs you" in text and text.endswith("Ties out.")
        assert Document.objects.count() == 1
