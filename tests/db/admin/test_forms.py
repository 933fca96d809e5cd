"""Set-up: secrets go in and never come out, codes are checked against our copy, and the page says what is missing."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.forms.models import model_to_dict
from django.urls import reverse
from django.utils import timezone

from integration.admin.ready import steps
from integration.models import Connection, EntityConfiguration, IntacctCredentials, PleoCredentials
from tests import factories


def connection_form(connection, **changes):
    fields = ("name", "company_id", "endpoint", "pleo_base_url", "attachment_folder", "second_person_above")
    return {**model_to_dict(connection, fields), "active": "on", "user_id": "pleo_ws", "sender_id": "PleoMPP", **changes}


def configuration_form(configuration, **changes):
    form = {name: value for name, value in model_to_dict(configuration).items() if value is not None and name != "active"}
    form |= {"active": "on", "tax_code_pairs": "{}", "team_defaults": "{}", "pleo_api_key": ""}
    if not form.get("default_tax_splits_gross"):
        form.pop("default_tax_splits_gross", None)
    wallet = configuration.wallet_accounts.get()
    form |= {
        "wallet_accounts-TOTAL_FORMS": 1,
        "wallet_accounts-INITIAL_FORMS": 1,
        "wallet_accounts-0-id": wallet.pk,
        "wallet_accounts-0-configuration": configuration.pk,
        "wallet_accounts-0-currency": wallet.currency,
        "wallet_accounts-0-balance_account": wallet.balance_account,
        "dimension_mappings-TOTAL_FORMS": 0,
        "dimension_mappings-INITIAL_FORMS": 0,
    }
    return {**form, **changes}


class TestConnectionForm:
    def save(self, client, connection, **changes):
        return client.post(reverse("admin:integration_connection_change", args=[connection.pk]), connection_form(connection, **changes))

    def test_keeps_the_password_where_none_is_entered(self, world, signed_in):
        response = self.save(signed_in("administrator"), world.connection, name="Acme Group")

        assert response.status_code == 302
        assert Connection.objects.get().name == "Acme Group"
        assert IntacctCredentials.objects.get().user_password == "intacct-password-canary"

    def test_stores_a_new_password_and_opens_a_closed_connection(self, world, signed_in):
        world.connection.close("Wrong password.", now=timezone.now())

        self.save(signed_in("administrator"), world.connection, user_password="another")

        assert IntacctCredentials.objects.get().user_password == "another"
        assert Connection.objects.get().closed_at is None

    def test_wants_the_password_of_another_user(self, world, signed_in):
        response = self.save(signed_in("administrator"), world.connection, user_id="somebody_else")

        assert "Another user has another password." in response.content.decode()

    def test_refuses_an_address_that_is_not_intacct(self, world, signed_in):
        response = self.save(signed_in("administrator"), world.connection, endpoint="https://intacct.example.com/")

        assert response.status_code == 200
        assert Connection.objects.get().endpoint != "https://intacct.example.com/"

    @pytest.mark.parametrize("role", ["viewer", "operator"])
    def test_is_only_for_administrators(self, world, signed_in, role):
        assert self.save(signed_in(role), world.connection, name="Mine").status_code == 403


class TestConfigurationForm:
    def save(self, client, configuration, **changes):
        address = reverse("admin:integration_entityconfiguration_change", args=[configuration.pk])
        return client.post(address, configuration_form(configuration, **changes))

    def test_saves(self, world, signed_in):
        response = self.save(signed_in("administrator"), world.configuration, post_as="draft")

        assert response.status_code == 302, response.context["errors"]
        assert EntityConfiguration.objects.get().post_as == "draft"
        assert PleoCredentials.objects.get().api_key == "pleo-api-key-canary"

    def test_takes_an_emptied_map_as_empty_and_refuses_what_is_no_map(self, world, signed_in):
        client = signed_in("administrator")

        stored = self.save(client, world.configuration, account_labels='{"6100": "Travel"}').status_code, _labels()
        emptied = self.save(client, world.configuration, account_labels="", tax_code_pairs="", team_defaults="").status_code, _labels()
        refused = self.save(client, world.configuration, account_labels='["6100"]')

        assert stored == (302, {"6100": "Travel"}) and emptied == (302, {})
        assert "Write it as pairs in braces" in refused.content.decode() and _labels() == {}

    def test_takes_the_codes_in_a_map_without_the_blanks_around_them(self, world, signed_in):
        self.save(
            signed_in("administrator"), world.configuration,
            account_labels='{" 6100 ": " Travel "}', team_defaults='{" T1": {"DEPARTMENT ": " 100"}}',
        )  # fmt: skip

        stored = EntityConfiguration.objects.get()
        assert (stored.account_labels, stored.team_defaults) == ({"6100": "Travel"}, {"T1": {"DEPARTMENT": "100"}})

    def test_refuses_a_changed_code_that_cannot_be_used(self, world, signed_in):
        response = self.save(signed_in("administrator"), world.configuration, card_journal="NONE")

        assert "The journal for card expenses, NONE, is not known in Sage Intacct." in response.content.decode()

    def test_marks_a_code_that_became_unusable_but_saves_the_rest(self, world, signed_in):
        world.connection.journal_set.filter(symbol="PLEO").update(status="INACTIVE")
        client = signed_in("administrator")

        assert self.save(client, world.configuration, post_as="draft").status_code == 302
        text = client.get(reverse("admin:integration_entityconfiguration_change", args=[world.configuration.pk])).content.decode()
        assert text.count("is not active") >= 2  # where it stands, and in the list at the end

    def test_stores_the_key_to_pleo_and_opens_what_was_closed(self, world, signed_in):
        world.configuration.close("Pleo refused the API key.", now=timezone.now())

        self.save(signed_in("administrator"), world.configuration, pleo_api_key="another-key")

        assert PleoCredentials.objects.get().api_key == "another-key"
        assert EntityConfiguration.objects.get().closed_at is None


def _labels():
    return EntityConfiguration.objects.get().account_labels


class TestCodes:
    def ask(self, client, world, **query):
        return client.get(reverse("admin:integration_codes"), {"connection": world.connection.pk, "entity": "UK01", **query}).json()

    def test_offers_what_may_be_chosen(self, world, signed_in):
        found = self.ask(signed_in("viewer"), world, kind="balance_accounts")["codes"]

        assert [row["code"] for row in found] == ["1050", "2050", "2200"]

    def test_finds_by_name_and_says_what_was_typed(self, world, signed_in):
        client = signed_in("viewer")

        assert [row["code"] for row in self.ask(client, world, kind="vendors", q="card")["codes"]] == ["V-PLEO"]
        assert self.ask(client, world, kind="accounts", q="6900")["said"] == "Old account · not active in Sage Intacct"
        assert self.ask(client, world, kind="accounts", q="7777")["said"] == "Not known in Sage Intacct."

    def test_is_not_for_nobody(self, world, signed_in):
        assert signed_in("nobody").get(reverse("admin:integration_codes"), {"kind": "accounts", "connection": 1}).status_code == 403


class TestSteps:
    def test_names_what_is_missing(self, db):
        configuration = factories.EntityConfigurationFactory()

        missing = [step.what for step in steps(configuration) if not step.done]

        assert missing == [
            "The credentials for Sage Intacct are saved.",
            "The Pleo API key is saved.",
            "Accounts, dimensions and taxes are copied from Sage Intacct, whole.",
            "The connection was tested, and everything was let in.",
            "Every code can be used.",
        ]

    def test_is_green_but_for_the_test_of_the_connection(self, world):
        missing = [step.what for step in steps(world.configuration) if not step.done]

        assert missing == ["The connection was tested, and everything was let in."]


class TestUsers:
    def test_are_not_changed_by_administrators_where_they_have_every_right(self, world, signed_in):
        chief = User.objects.create_superuser("chief", password="secret-enough")
        client = signed_in("administrator")

        response = client.post(reverse("admin:auth_user_password_change", args=[chief.pk]), {"password1": "x", "password2": "x"})

        assert response.status_code == 403

    def test_get_no_right_but_a_role_from_administrators(self, world, signed_in):
        person = User.objects.create_user("person", password="secret-enough")
        client = signed_in("administrator")

        client.post(reverse("admin:auth_user_change", args=[person.pk]), {"username": "person", "is_active": "on", "is_superuser": "on"})

        person.refresh_from_db()
        assert not person.is_superuser and person.is_staff
