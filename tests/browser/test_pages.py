"""The pages in a real browser: nothing cut off, nothing overlapping, nothing from elsewhere, wide and narrow, light and dark."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from integration.connecting.configuration_file.rows import apply, connection_values
from referencedata.models import PublishRun
from tests import factories
from tests.browser.looks import CUT_OFF, OVERLAPS, TOO_WIDE
from tests.samples import copy_of_intacct

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZES = [pytest.param(1280, id="wide"), pytest.param(400, id="narrow")]
THEMES = ["light", "dark"]


@pytest.fixture
def world(transactional_db):
    configuration = factories.EntityConfigurationFactory()
    factories.IntacctCredentialsFactory(connection=configuration.connection)
    copy_of_intacct(configuration.connection)
    factories.HeartbeatFactory()
    job = factories.ExportJobFactory(configuration=configuration)
    records = {
        "posted": factories.ExportRecordFactory(configuration=configuration, posted=True, merchant="Quill & Paper <Leeds>"),
        "stopped": factories.ExportRecordFactory(
            configuration=configuration, needs_fix=True, merchant="Donaudampfschifffahrtsgesellschaft Wien"
        ),
        "doubtful": factories.ExportRecordFactory(configuration=configuration, status="UNKNOWN", amount_minor=123_456_789, tax_minor=0),
    }
    factories.DocumentFactory(record=records["doubtful"], unknown=True)
    for name, there in (("draft", "Draft"), ("gone", "gone")):
        records[name] = factories.ExportRecordFactory(configuration=configuration, reported_at=timezone.now())
        factories.DocumentFactory(record=records[name], confirmed=True, intacct_state=there)
        records[name].refresh_status(timezone.now())
    factories.ReceiptFactory(record=records["posted"])
    for record in records.values():
        factories.EventFactory(record=record)
        factories.ExportJobItemFactory(job=job, record=record)
    values = connection_values(configuration.connection)
    apply([replace(values, attachment_folder="Receipts of " + "A" * 60)], because="import_configuration acme.yaml")
    publishing = PublishRun.objects.create(
        configuration=configuration,
        started_at=timezone.now(),
        created=1_204,
        planned=1_205,
        done=1_204,
        notes=[
            {
                "about": "Tax code UK Purchase Services Reverse Charge Standard Rate Input",
                "sentence": "Not published: " + "why " * 40,
                "to_do": True,
            },
            {"about": "PROJECT " + "P" * 80, "sentence": "Pleo refused it.", "to_do": True},
        ],
    )
    publishing.finish("PARTLY", now=timezone.now())
    return {
        "publishing": reverse("admin:referencedata_publishrun_change", args=[publishing.pk]),
        "publishings": reverse("admin:referencedata_publishrun_changelist"),
        "dashboard": reverse("admin:index"),
        "list": reverse("admin:exports_exportrecord_changelist"),
        "job": reverse("admin:exports_exportjob_change", args=[job.pk]),
        "connection": reverse("admin:integration_connection_change", args=[configuration.connection_id]),
        "configuration": reverse("admin:integration_entityconfiguration_change", args=[configuration.pk]),
        "history": reverse("admin:integration_connection_history", args=[configuration.connection_id]),
        "accounts": reverse("admin:referencedata_account_changelist"),
        "help": reverse("help"),
        **{name: reverse("admin:exports_exportrecord_change", args=[record.pk]) for name, record in records.items()},
    }


class TestPages:
    @pytest.mark.parametrize("theme", THEMES)
    @pytest.mark.parametrize("width", SIZES)
    @pytest.mark.parametrize(
        "name",
        [
            "dashboard",
            "list",
            "posted",
            "stopped",
            "doubtful",
            "draft",
            "gone",
            "job",
            "connection",
            "configuration",
            "history",
            "accounts",
            "help",
            "publishing",
            "publishings",
        ],
    )
    def test_fits_and_is_whole(self, world, open_page, live_server, name, width, theme):
        page = open_page(world[name], width=width, theme=theme)

        assert page.evaluate(TOO_WIDE) <= 0
        assert page.evaluate(OVERLAPS) == []
        assert page.evaluate(CUT_OFF) == []
        assert page.wrong == []
        assert page.hosts - {""} == {urlsplit(live_server.url).netloc}
        assert ("dark" in (page.locator("html").get_attribute("class") or "")) is (theme == "dark")


class TestJourney:
    def test_from_the_dashboard_to_asking_again_by_keyboard(self, world, open_page):
        page = open_page(world["dashboard"])

        page.get_by_role("button", name="Try these again").focus()
        page.keyboard.press("Enter")
        page.get_by_text("Pleo is asked for one new export job").wait_for()
        page.wait_for_function("() => document.activeElement.name === 'confirm'")
        page.keyboard.press("Enter")

        page.get_by_text("1 will be asked for again.").wait_for()
        assert page.url.endswith(world["dashboard"])

    def test_going_back_keeps_the_filter(self, world, open_page):
        page = open_page(world["list"] + "?state=needs-you")

        page.get_by_role("link", name="Donaudampfschifffahrtsgesellschaft Wien").click()
        page.get_by_role("link", name="Back to the list").click()

        assert page.url.endswith("?state=needs-you")

    def test_shows_the_picture_of_a_receipt(self, world, open_page):
        page = open_page(world["posted"])

        assert page.evaluate("() => document.querySelector('.receipt img').naturalWidth") == 1

    def test_chooses_a_code_by_name(self, world, open_page):
        User.objects.filter(username="operator").update(is_superuser=True)
        page = open_page(world["configuration"])

        page.fill("#id_out_of_pocket_account", "wallet")
        page.wait_for_selector("#codes-id_out_of_pocket_account option[value='1050']", state="attached")
        page.fill("#id_out_of_pocket_account", "1050")

        page.wait_for_function("() => document.getElementById('id_out_of_pocket_account_name').textContent === 'Pleo wallet GBP'")
