"""Publishing to Pleo in the admin: what was published, and the button that asks for it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from exports.models import Event
from integration.models import EntityConfiguration, PleoCredentials
from referencedata.models import PublishRun
from tests import factories

LIST = "admin:integration_entityconfiguration_changelist"
RUNS = "admin:referencedata_publishrun_changelist"


@pytest.fixture
def rung(monkeypatch):
    calls = []
    monkeypatch.setattr("integration.admin.configurations.async_task", lambda name, *args, **options: calls.append((name, *args)))
    return calls


def ask(client, *rows, **more):
    return client.post(reverse(LIST), {"action": "publish", "_selected_action": [row.pk for row in rows], **more})


def confirm(client, *rows):
    return ask(client, *rows, confirm="yes", asked_about=",".join(str(row.pk) for row in rows))


def a_run(configuration, outcome="PARTLY", **columns):
    run = PublishRun.objects.create(configuration=configuration, started_at=timezone.now(), **columns)
    if outcome != "RUNNING":
        run.finish(outcome, now=timezone.now(), error=columns.get("error", ""))
    return run


def page_of(client, configuration):
    return client.get(reverse("admin:integration_entityconfiguration_change", args=[configuration.pk])).content.decode()


class TestPublish:
    def test_asks_first_and_says_what_is_left_alone(self, world, signed_in, rung):
        off = factories.EntityConfigurationFactory(intacct_entity="US01", active=False)
        without = factories.EntityConfigurationFactory(intacct_entity="UK02")

        page = ask(signed_in("operator"), world.configuration, off, without)

        assert page.context["explanation"].chosen == [world.configuration]
        assert [why for _, why in page.context["explanation"].left_alone] == ["The Pleo API key is not saved yet.", "It is switched off."]
        assert not rung

    def test_writes_the_wish_and_rings_the_worker(self, world, signed_in, rung):
        assert confirm(signed_in("operator"), world.configuration).status_code == 302

        assert EntityConfiguration.objects.get().publish_wanted_at
        assert rung == [("referencedata.tasks.publish_configuration", world.configuration.pk)]
        assert Event.objects.filter(connection=world.connection, who="operator", what__contains="publishing to Pleo").exists()

    def test_is_refused_to_viewers_and_does_nothing_on_get(self, world, signed_in, rung):
        confirm(signed_in("viewer"), world.configuration)
        signed_in("operator").get(reverse(LIST), {"action": "publish", "_selected_action": world.configuration.pk, "confirm": "yes"})

        assert not rung and not EntityConfiguration.objects.get().publish_wanted_at


class TestConfigurationPage:
    def test_shows_how_far_it_is(self, world, signed_in):
        a_run(world.configuration, "RUNNING", planned=1_200, done=340, doing="DEPARTMENT 100")

        text = page_of(signed_in("viewer"), world.configuration)

        assert "340 of 1,200 written: DEPARTMENT 100" in text
        assert "Publish to Pleo" not in text

    def test_names_what_was_left_out_and_escapes_it(self, world, signed_in):
        a_run(
            world.configuration,
            created=3,
            notes=[{"about": "Tax code <b>Gold</b>", "sentence": "Not published: it has no partner.", "to_do": True}],
        )

        text = page_of(signed_in("operator"), world.configuration)

        assert "Tax code &lt;b&gt;Gold&lt;/b&gt;" in text and "it has no partner" in text and "3 created" in text
        assert 'name="action" value="publish"' in text

    def test_says_what_failed(self, world, signed_in):
        a_run(world.configuration, "FAILED", error="Pleo is limiting how often it may be asked.")

        assert "Pleo is limiting how often it may be asked." in page_of(signed_in("viewer"), world.configuration)

    def test_opens_where_nothing_was_published_yet(self, world, signed_in):
        assert "Nothing was published yet." in page_of(signed_in("viewer"), world.configuration)

    def test_switches_what_is_published(self, world, signed_in):
        text = page_of(signed_in("administrator"), world.configuration)

        assert all(f'name="publish_{what}"' in text for what in ("tags", "tax_codes", "accounts"))


class TestPublishRunPages:
    def test_name_what_was_left_out_and_escape_it(self, world, signed_in):
        run = a_run(world.configuration, notes=[{"about": "<i>Gold</i>", "sentence": "Not published.", "to_do": True}])
        client = signed_in("viewer")

        texts = [
            client.get(address).content.decode()
            for address in (reverse(RUNS), reverse("admin:referencedata_publishrun_change", args=[run.pk]))
        ]

        assert all("&lt;i&gt;Gold&lt;/i&gt;" in text for text in texts)

    def test_are_only_to_look_at(self, world, signed_in):
        run = a_run(world.configuration)
        client = signed_in("administrator")

        assert client.get(reverse("admin:referencedata_publishrun_add")).status_code == 403
        client.post(reverse("admin:referencedata_publishrun_change", args=[run.pk]), {"created": 99})
        assert PublishRun.objects.get().created == 0

    def test_are_filtered_by_configuration(self, world, signed_in):
        run = a_run(world.configuration)
        a_run(factories.EntityConfigurationFactory(intacct_entity="UK02"))

        page = signed_in("viewer").get(reverse(RUNS), {"configuration": world.configuration.pk})

        assert list(page.context["cl"].result_list) == [run]

    def test_ask_a_constant_number_of_queries(self, world, signed_in):
        client = signed_in("viewer")

        def count():
            with CaptureQueriesContext(connection) as captured:
                assert client.get(reverse(RUNS)).status_code == 200
            return len(captured)

        a_run(world.configuration)
        count()
        few = count()
        for number in range(6):
            a_run(factories.EntityConfigurationFactory(intacct_entity=f"UK{number}"))

        assert count() == few

    def test_show_no_secret(self, world, signed_in):
        run = a_run(world.configuration)

        text = signed_in("administrator").get(reverse("admin:referencedata_publishrun_change", args=[run.pk])).content.decode()

        assert PleoCredentials.objects.get().api_key not in text
