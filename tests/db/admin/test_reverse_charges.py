"""Pairs of reverse charges in the admin: each is shown, and confirmed once by a person."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from exports.models import Event
from integration.models import EntityConfiguration
from referencedata.models import TaxDetail
from referencedata.publishing.selection import proposed_pairs

LIST = "admin:integration_entityconfiguration_changelist"
UK = "United Kingdom - VAT"
SAID = "EC Services Input with EC Services Output"


@pytest.fixture
def charged(world):
    seen = dict.fromkeys(("first_seen_at", "last_seen_at", "changed_at"), timezone.now())
    for number, (name, rate, columns) in enumerate(
        (
            ("EC Services Input", 20, {}),
            ("EC Services Output", -20, {}),
            ("Theirs Input", 20, {"owner": "US01"}),
            ("Theirs Output", -20, {"owner": "US01"}),
            ("French Input", 20, {"solution": "France - VAT"}),
            ("French Output", -20, {"solution": "France - VAT"}),
        )
    ):
        defaults = {"solution": UK, "tax_type": "PURCHASE", "reverse_charge": True, **seen}
        TaxDetail.objects.create(
            connection=world.connection, intacct_key=f"rc{number}", detail_id=name, value=Decimal(rate), **(defaults | columns)
        )
    return world


def ask(client, configuration, **more):
    return client.post(reverse(LIST), {"action": "confirm_pairs", "_selected_action": [configuration.pk], **more})


def confirm(client, configuration, said=SAID):
    return ask(client, configuration, confirm="yes", asked_about=str(configuration.pk), said=said)


def page_of(client, configuration):
    return client.get(reverse("admin:integration_entityconfiguration_change", args=[configuration.pk])).content.decode()


class TestConfirmPairs:
    def test_shows_every_pair_that_waits_for_a_person(self, charged, signed_in):
        page = page_of(signed_in("administrator"), charged.configuration)

        assert "EC Services Input" in page and "looks like it goes with EC Services Output" in page
        assert "Confirm these pairs" in page and "Theirs Output" not in page and "French Output" not in page

    def test_asks_first_and_names_the_pairs(self, charged, signed_in):
        page = ask(signed_in("administrator"), charged.configuration)

        assert SAID in page.content.decode() and page.context["explanation"].chosen == [charged.configuration]
        assert EntityConfiguration.objects.get().tax_code_pairs == {}

    def test_is_done_once_and_remembered_with_who_did_it(self, charged, signed_in):
        client = signed_in("administrator")

        confirm(client, charged.configuration)

        stored = EntityConfiguration.objects.get()
        assert stored.tax_code_pairs == {"EC Services Input": "EC Services Output"} and proposed_pairs(stored) == {}
        event = Event.objects.filter(what__contains="were confirmed").get()
        assert event.why == SAID and event.user.username == "administrator"
        page = page_of(client, stored)
        assert "with EC Services Output" in page and "Confirm these pairs" not in page

    def test_confirms_nothing_but_what_the_page_said(self, charged, signed_in):
        confirm(signed_in("administrator"), charged.configuration, said="Another with One")

        assert EntityConfiguration.objects.get().tax_code_pairs == {}

    def test_leaves_what_a_person_has_named(self, charged, signed_in):
        EntityConfiguration.objects.update(tax_code_pairs={"EC Services Input": "Something else"})

        page = ask(signed_in("administrator"), charged.configuration)

        assert [why for _, why in page.context["explanation"].left_alone] == ["No pair waits to be confirmed."]

    @pytest.mark.parametrize("role", ["viewer", "operator"])
    def test_is_for_those_who_may_change_the_configuration(self, charged, signed_in, role):
        client = signed_in(role)

        confirm(client, charged.configuration)

        assert EntityConfiguration.objects.get().tax_code_pairs == {}
        assert "Confirm these pairs" not in page_of(client, charged.configuration)
