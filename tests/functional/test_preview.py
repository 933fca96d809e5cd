"""What would be posted, as a command, a page and a CSV file; and that it is what then is posted."""

from __future__ import annotations

import csv
import io
import pkgutil
from collections import defaultdict
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.urls import reverse

from exports.intake.collect import collect
from exports.planning.preview import preview, totals
from integration.pleo.client import client_for
from tests.functional.test_payables import APPROVED, INVOICE, RAIL, TWO_RATES, studio  # noqa: F401  the fixture

pytestmark = pytest.mark.django_db(transaction=True)
OFFERED = (RAIL, TWO_RATES, INVOICE, "ST-04", "ST-05", "ST-21", "ST-38")


@pytest.fixture
def collected(studio):  # noqa: F811
    """Some expenses that wait for their plan; one of them cannot be posted."""
    studio.offer(*OFFERED)
    collect(studio.configuration, client=client_for(studio.configuration), clock=studio.clock, owner="test")
    studio.sandbox.intacct.requests_before = len(studio.bills()) + len(studio.payments()) + len(studio.sandbox.intacct.ledger())
    return studio


class TestPreview:
    def test_says_for_every_expense_what_would_be_posted_or_why_not(self, collected):
        found = list(preview([collected.configuration], collected.clock()))

        assert len(found) == len(OFFERED)
        stopped = [each for each in found if each.problems]
        assert [problem.code for each in stopped for problem in each.problems] == ["vendors_differ"]
        kinds = {str(each.record.entry_id): [document.kind for document in each.documents] for each in found}
        assert sorted(kinds.values()) == sorted([["AP bill", "AP payment"]] * 4 + [["AP bill"], ["Journal entry"], []]), kinds

    def test_adds_up_to_what_then_stands_in_the_ledger(self, collected):
        from tests.functional.test_kinds import lines_of

        found = [each for each in preview([collected.configuration], collected.clock()) if not each.problems]
        expected = defaultdict(Decimal)
        for total in totals(found):
            if total.account.startswith("Tax: "):
                account = "2201" if "Output" in total.account else "2200"
            else:
                account = "2000" if total.account == "Accounts payable" else total.account
            expected[account, total.currency] += total.debit.amount - total.credit.amount

        collected.export()

        held = lines_of(collected.sandbox, "UK02")
        assert {key: value for key, value in held.items() if value} == {key: value for key, value in expected.items() if value}

    @pytest.mark.parametrize("place", ["planning.posting_context.posting_context", "planning.preview.bill_wanted"])
    def test_shows_the_others_where_one_breaks_unexpectedly(self, collected, monkeypatch, place):
        whole = list(preview([collected.configuration], collected.clock()))
        odd, works = whole[0].record, pkgutil.resolve_name(f"exports.{place}")

        def breaks(*args):
            items = args[1] if place.endswith("posting_context") else args[:1]
            if str(odd.entry_id) in {item.entry_id for item in items}:
                raise RuntimeError("a secret detail")
            return works(*args)

        monkeypatch.setattr(f"exports.{place}", breaks)

        found = list(preview([collected.configuration], collected.clock()))

        assert [problem.code for problem in found[0].problems] == ["unexpected_error"]
        assert "secret" not in found[0].problems[0].sentence and str(odd.entry_id) == found[0].problems[0].value
        assert [each.outcome for each in found[1:]] == [each.outcome for each in whole[1:]]

    def test_writes_nothing_and_asks_nobody(self, collected, django_assert_max_num_queries):
        from exports.models import Document

        with django_assert_max_num_queries(40):
            list(preview([collected.configuration], collected.clock()))

        assert not Document.objects.exists() and not collected.bills()

    def test_takes_a_number_of_queries_that_does_not_grow_with_the_expenses(self, studio):  # noqa: F811
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        counts = []
        for labels in ((RAIL,), (TWO_RATES, INVOICE, "ST-05", "ST-21", APPROVED)):
            studio.export(*())
            studio.offer(*labels)
            collect(studio.configuration, client=client_for(studio.configuration), clock=studio.clock, owner="test")
            with CaptureQueriesContext(
                connection,
            ) as seen:
                list(preview([studio.configuration], studio.clock()))
            counts.append(len(seen))
            studio.export()

        assert counts[1] <= counts[0] + 2, counts

    def test_is_a_command_that_sends_nothing(self, collected):
        said = io.StringIO()

        call_command("deliver", "--dry-run", stdout=said)

        text = said.getvalue()
        assert (
            "5 would be posted, 1 would be looked for in sage intacct first, 1 would not be posted." in text.lower()
            and "Nothing was sent." in text
            and "AP payment CHK-ST-GBP" in text
        )
        assert "The lines name several vendors" in text and not collected.bills()

    def test_is_a_page_and_a_csv_that_balances(self, collected, admin_client):
        page = admin_client.get(reverse("admin:exports_preview"))
        answer = admin_client.get(reverse("admin:exports_preview_csv"))

        text = page.content.decode()
        assert "The lines name several vendors" in text and "Accounts payable" in text and "Northern Rail" in text
        rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
        postings = [row for row in rows if row["Outcome"] != "Total"]
        sums = {(row["Company"], row["Entity"], row["Currency"]) for row in rows if row["Outcome"] == "Total"}
        assert ("Acme (sandbox)", "UK02", "GBP") in sums and sum(row["Outcome"].endswith("first") for row in postings) > 0
        debit, credit = (sum(Decimal(row[side] or 0) for row in postings if row["Currency"] == "GBP") for side in ("Debit", "Credit"))
        assert debit == credit > 0 and any("several vendors" in row["Why not"] for row in rows)


class TestTotals:
    @pytest.mark.django_db
    def test_keep_two_companies_with_the_same_codes_apart(self):
        from datetime import date

        from exports.planning.preview import Line, Planned, Preview
        from referencedata.models import Account
        from tests.db.exports.rows import NOW, a_record, gbp

        records = [a_record(), a_record()]
        for record, title in zip(records, ("Wallet", "Till"), strict=True):
            seen = {"first_seen_at": NOW, "last_seen_at": NOW, "changed_at": NOW}
            connection = record.configuration.connection
            Account.objects.create(connection=connection, intacct_key="1", number="1050", title=title, **seen)
        document = Planned("Journal entry", date(2026, 3, 1), "PLEO", (Line("1050", None, gbp("120.00")),))

        found = totals(Preview(record, (document,)) for record in records)

        assert {(total.name, total.credit) for total in found} == {("Wallet", gbp("120.00")), ("Till", gbp("120.00"))}
