"""Every page, for every role: it opens, asks a constant number of queries, shows what it should and never a secret."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.navigation import _GROUPS
from exports.admin.expenses import ExpenseAdmin
from exports.pages.buttons import BUTTONS
from exports.posting.reasons import REASONS
from integration.admin.configurations import FIELDSETS
from integration.models import EntityConfiguration
from tests import factories

ROLES = ("viewer", "operator", "administrator")
LISTS = [
    "exports_exportrecord",
    "exports_exportjob",
    "exports_attempt",
    "integration_connection",
    "integration_entityconfiguration",
    "referencedata_entity",
    "referencedata_account",
    "referencedata_journal",
    "referencedata_checkingaccount",
    "referencedata_vendor",
    "referencedata_dimension",
    "referencedata_department",
    "referencedata_dimensionclass",
    "referencedata_project",
    "referencedata_location",
    "referencedata_employee",
    "referencedata_userdefinedvalue",
    "referencedata_task",
    "referencedata_costtype",
    "referencedata_customer",
    "referencedata_item",
    "referencedata_warehouse",
    "referencedata_contract",
    "referencedata_savingsaccount",
    "referencedata_paymentterm",
    "referencedata_exchangeratetype",
    "referencedata_companysetting",
    "referencedata_taxdetail",
    "referencedata_taxsolution",
    "referencedata_change",
    "referencedata_syncrun",
    "referencedata_publishrun",
    "django_q_task",
]
CANARIES = ("intacct-password-canary", "sender-password-canary", "pleo-api-key-canary", "signature-canary")


def queries(client, address):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = client.get(address)
    assert response.status_code == 200
    return len(captured)


class TestLists:
    @pytest.mark.parametrize("role", ROLES)
    @pytest.mark.parametrize("name", LISTS)
    def test_opens(self, world, signed_in, name, role):
        response = signed_in(role).get(reverse(f"admin:{name}_changelist"))

        assert response.status_code == 200

    def test_of_users_is_for_administrators(self, world, signed_in):
        address = reverse("admin:auth_user_changelist")

        assert [signed_in(role).get(address).status_code for role in ROLES] == [403, 403, 200]

    def test_has_what_needs_attention_first(self, world, signed_in):
        page = signed_in("viewer").get(reverse("admin:exports_exportrecord_changelist"))

        assert [record.status for record in page.context["cl"].result_list] == ["NEEDS_FIX", "UNKNOWN", "POSTED"]

    @pytest.mark.parametrize(
        ("query", "merchants"),
        [
            ("state=needs-you", ["Fenwick Hardware"]),
            ("state=POSTED", ["Northern Rail"]),
            ("state=under-way", ["City Cabs"]),
            ("cause=account_inactive", ["Fenwick Hardware"]),
            ("month=2026-02", []),
            ("moved=yes", []),
            ("receipt=without", []),
            ("kind=card_purchase&state=UNKNOWN", ["City Cabs"]),
            ("q=19.20", ["Fenwick Hardware"]),
            ("q=cabs+ada", ["City Cabs"]),
            ("q=nothing", []),
        ],
    )
    def test_finds(self, world, signed_in, query, merchants):
        page = signed_in("viewer").get(f"{reverse('admin:exports_exportrecord_changelist')}?{query}")

        assert [record.merchant for record in page.context["cl"].result_list] == merchants

    def test_finds_by_the_ids_of_both_systems(self, world, signed_in):
        client, address = signed_in("viewer"), reverse("admin:exports_exportrecord_changelist")
        document = world.posted.documents.get()

        for words in (str(world.posted.entry_id), document.key, document.intacct_key):
            found = client.get(address, {"q": words}).context["cl"].result_list
            assert [record.pk for record in found] == [world.posted.pk], words

    @pytest.mark.parametrize("name", ["exports_exportrecord", "exports_exportjob", "exports_attempt", "integration_entityconfiguration"])
    def test_asks_a_constant_number_of_queries(self, world, signed_in, name):
        client, address = signed_in("operator"), reverse(f"admin:{name}_changelist")
        queries(client, address)
        few = queries(client, address)

        for number in range(5):
            other = factories.EntityConfigurationFactory(intacct_entity=f"U{number}")
            job = factories.ExportJobFactory(configuration=other)
            record = factories.ExportRecordFactory(configuration=other, posted=True)
            factories.ExportJobItemFactory(job=job, record=record)
            factories.AttemptDocumentFactory(document=record.documents.get())

        assert queries(client, address) == few


class TestPages:
    @pytest.mark.parametrize("role", ROLES)
    def test_opens(self, world, signed_in, role):
        client = signed_in(role)
        for name, pk in (
            ("exports_exportrecord", world.posted.pk),
            ("exports_exportrecord", world.stopped.pk),
            ("exports_exportrecord", world.doubtful.pk),
            ("exports_exportjob", world.job.pk),
            ("exports_attempt", world.attempt.pk),
            ("integration_connection", world.connection.pk),
            ("integration_entityconfiguration", world.configuration.pk),
            ("referencedata_account", world.connection.account_set.first().pk),
            ("referencedata_syncrun", world.connection.syncrun_set.first().pk),
        ):
            response = client.get(reverse(f"admin:{name}_change", args=[pk]))
            assert response.status_code == 200, name

    def test_of_a_job_shows_all_times_in_the_zone_of_its_entity_and_names_it(self, world, signed_in):
        type(world.configuration).objects.update(time_zone="America/New_York")
        moment = datetime(2026, 7, 2, 1, 30, tzinfo=UTC)
        type(world.job).objects.update(seen_at=moment, state="FINISHED", ended_at=moment)
        type(world.posted.events.first()).objects.update(job=world.job, record=None, at=moment)

        text = signed_in("viewer").get(reverse("admin:exports_exportjob_change", args=[world.job.pk])).content.decode()

        assert "Job of 1 Jul 2026 21:30 EDT" in text
        assert "times in America/New_York" in text
        assert "2 Jul 2026" not in text
        assert "01:30" not in text

    @pytest.mark.parametrize("role", ROLES)
    def test_never_shows_a_secret(self, world, signed_in, role):
        client = signed_in(role)
        addresses = [reverse("admin:index"), reverse("help"), *(reverse(f"admin:{name}_changelist") for name in LISTS)]
        addresses += [reverse("admin:exports_exportrecord_change", args=[record.pk]) for record in (world.posted, world.stopped)]
        for name, pk in (("connection", world.connection.pk), ("entityconfiguration", world.configuration.pk)):
            addresses += [reverse(f"admin:integration_{name}_{page}", args=[pk]) for page in ("change", "history")]

        for address in addresses:
            text = client.get(address).content.decode()
            assert not [canary for canary in CANARIES if canary in text], address

    def test_of_nobody_is_refused(self, world, signed_in):
        client = signed_in("nobody")

        assert client.get(reverse("admin:exports_exportrecord_changelist")).status_code == 403
        assert client.get(reverse("admin:exports_exportrecord_change", args=[world.posted.pk])).status_code == 403
        assert "no role" in client.get(reverse("admin:index")).content.decode()

    def test_without_signing_in_leads_to_signing_in(self, world, client):
        for name in LISTS:
            assert client.get(reverse(f"admin:{name}_changelist")).status_code == 302

    def test_of_django_are_not_there(self):
        shown = {model._meta.label for model in admin.site._registry}

        assert not shown & {"integration.IntacctCredentials", "integration.PleoCredentials", "exports.ReceiptContent", "django_q.OrmQ"}


class TestExpensePage:
    def page(self, client, record):
        return client.get(reverse("admin:exports_exportrecord_change", args=[record.pk])).content.decode()

    def test_shows_the_entry_with_the_tax_line_that_intacct_adds(self, world, signed_in):
        text = self.page(signed_in("viewer"), world.posted)

        for words in (
            "What is posted",
            "6100",
            "Travel",
            "1050",
            "Pleo wallet GBP",
            "2200",
            "Input VAT",
            "added by Sage Intacct",
            "100.00",
            "Sales",
        ):
            assert words in text

    def test_shows_problems_with_who_mends_them(self, world, signed_in):
        text = self.page(signed_in("viewer"), world.stopped)

        assert "Account 6900" in text and "you, in Pleo" in text and "#accounts" in text
        assert "What Pleo offers" in text

    def test_hides_the_signature_of_links(self, world, signed_in):
        assert "https://files.pleo.io/receipt?…" in self.page(signed_in("viewer"), world.posted)

    def test_asks_a_constant_number_of_queries(self, world, signed_in):
        client, address = signed_in("viewer"), reverse("admin:exports_exportrecord_change", args=[world.posted.pk])
        queries(client, address)
        few = queries(client, address)

        for number in range(4):
            factories.ReceiptFactory(record=world.posted, number=10 + number)
            factories.EventFactory(record=world.posted)
            factories.ExportJobItemFactory(job=factories.ExportJobFactory(configuration=world.configuration), record=world.posted)
            factories.AttemptDocumentFactory(document=world.posted.documents.get())

        assert queries(client, address) == few


class TestDashboard:
    def test_groups_what_needs_a_person_and_links_to_exactly_those(self, world, signed_in):
        factories.ExportRecordFactory(configuration=world.configuration, needs_fix=True)
        client = signed_in("viewer")

        causes = client.get(reverse("admin:index")).context["causes"]

        assert [cause.count for cause in causes] == [2]
        found = client.get(causes[0].see).context["cl"].result_list
        assert {record.first_problem_code for record in found} == {"account_inactive"} and len(found) == 2

    def test_is_calm_where_nothing_needs_a_person(self, db, signed_in):
        configuration = factories.EntityConfigurationFactory()
        record = factories.ExportRecordFactory(configuration=configuration, posted=True)
        factories.ExportJobItemFactory(job=factories.ExportJobFactory(configuration=configuration), record=record)

        text = signed_in("viewer").get(reverse("admin:index")).content.decode()

        assert "Nothing needs you." in text and "1 of 1 in the ledger" in text

    def test_says_that_no_worker_is_running(self, db, signed_in):
        factories.EntityConfigurationFactory()

        assert "No worker is running" in signed_in("viewer").get(reverse("admin:index")).content.decode()

    def test_shows_one_entity(self, world, signed_in):
        other = factories.EntityConfigurationFactory(intacct_entity="US01")
        factories.ExportRecordFactory(configuration=other, posted=True)
        client = signed_in("viewer")

        assert client.get(reverse("admin:index")).context["posted_today"] == 2
        assert client.get(reverse("admin:index"), {"entity": other.pk}).context["posted_today"] == 1

    def test_counts_and_adds_up_card_bills_left_open_and_links_to_exactly_those(self, world, signed_in):
        configuration = factories.EntityConfigurationFactory(
            intacct_entity="UK02", card_method="accounts_payable", card_settlement="leave_open"
        )
        for due, currency in ((12_000, "GBP"), (4_050, "GBP"), (1_190, "EUR"), (None, "GBP"), (0, "GBP")):
            factories.BillFactory(record__configuration=configuration, due_minor=due, record__currency=currency)
        factories.BillFactory(record__configuration=configuration, record__type="invoice", due_minor=700)
        factories.BillFactory(record__configuration=configuration, intacct_state="Reversed", due_minor=700)
        client = signed_in("viewer")

        ((shown, bills, link),) = client.get(reverse("admin:index")).context["open_card_bills"]

        assert (shown, bills.number) == (configuration, 4)  # one was not read yet: all of it is due
        assert {currency: str(due) for currency, due in bills.due.items()} == {"GBP": "280.50", "EUR": "11.90"}
        found = client.get(link).context["cl"].result_list
        assert {record.documents.get().due_minor for record in found} == {12_000, 4_050, 1_190, None}

    def test_says_nothing_of_open_bills_where_none_is_left_open(self, world, signed_in):
        assert "Card bills left open" not in signed_in("viewer").get(reverse("admin:index")).content.decode()

    def test_asks_a_constant_number_of_queries(self, world, signed_in):
        client, address = signed_in("operator"), reverse("admin:index")
        queries(client, address)
        few = queries(client, address)

        for _ in range(5):
            record = factories.ExportRecordFactory(configuration=world.configuration, needs_fix=True)
            factories.ExportJobItemFactory(job=world.job, record=record)

        assert queries(client, address) == few


class TestHelp:
    @pytest.fixture
    def help_text(self, db, signed_in):
        return signed_in("viewer").get(reverse("help")).content.decode()

    def test_has_an_anchor_for_every_reason(self, db, signed_in):
        text = signed_in("viewer").get(reverse("help")).content.decode()

        assert not [reason.help for reason in REASONS.values() if f'id="{reason.help}"' not in text]

    def test_names_the_button_that_a_problem_names_first(self, help_text):
        missing = []
        for code, reason in REASONS.items():
            (section,) = re.findall(rf'<div id="{reason.help}">(.*?)</div>', help_text)
            for name in {reason.first, reason.then} - {"", "export_again"}:
                if f"“{BUTTONS[name][0]}”" not in section:
                    missing.append(f"{code}: {BUTTONS[name][0]}")

        assert missing == []

    def test_promises_no_button_setting_or_page_that_is_not_there(self, help_text):
        policies = {str(label) for field in EntityConfiguration._meta.fields for _, label in field.choices or ()}
        there = {label for label, _ in BUTTONS.values()} | policies | {"Ready to export?"}
        sections = {title for title, _ in FIELDSETS} | {"Reverse charges"}
        entries = {f"{group} › {title}" for group, items in _GROUPS for title, *_ in items}
        ours = re.findall(r"\(((?:Set-up|System) › [^)]*)\)", help_text)

        assert set(re.findall("“([^”]*)”", help_text)) - there == set()
        assert set(re.findall(r"entity configuration \(([^)]*)\)", help_text)) - sections == set()
        assert ours
        assert {" › ".join(place.split(" or ")[0].split(" › ")[:2]) for place in ours} <= entries

    def test_tells_how_to_reverse_with_the_buttons_there_are(self, help_text):
        changed = re.findall(r'<div id="changed">(.*?)</div>', help_text)[0]

        for name in ("keep", "reverse", "reversed_there", "post_again"):
            assert f"“{BUTTONS[name][0]}”" in changed
            assert name in ExpenseAdmin.actions
