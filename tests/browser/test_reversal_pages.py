"""What a person sees of a reversal: asking for it, what is held up, what waits for a second person, both postings linked."""

from __future__ import annotations

import os
from itertools import product
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse

from exports.models import ExportJob, ExportRecord
from tests import factories
from tests.browser.looks import CUT_OFF, OVERLAPS, TOO_WIDE
from tests.browser.test_payables_pages import COLLISIONS
from tests.functional.test_reversal import INVOICE, RAIL, journals, studio  # noqa: F401  the fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TWO_RATES = "ST-03"


def path_of(record: ExportRecord) -> str:
    return reverse("admin:exports_exportrecord_change", args=[record.pk])


@pytest.fixture
def addresses(studio):  # noqa: F811
    """A changed bill whose payment must be voided first, a reversed entry, one posted again, and a skip that waits."""
    factories.HeartbeatFactory()
    studio.changed(RAIL)
    studio.reverse(RAIL)
    studio.configuration.card_method = "journal"
    studio.configuration.save()
    studio.changed(TWO_RATES)
    studio.reverse(TWO_RATES)
    studio.changed(INVOICE, amount=60_000)
    studio.reverse(INVOICE)
    studio.post_again(INVOICE)
    record = studio.record(TWO_RATES)
    record.decide("post_again", by=studio.ada, now=studio.clock())
    return {
        "held": path_of(studio.record(RAIL)),
        "reversed": path_of(record),
        "again": path_of(studio.record(INVOICE)),
        "dashboard": reverse("admin:index"),
        "list": reverse("admin:exports_exportrecord_changelist") + "?state=second-person",
        "tie-out": reverse("admin:exports_exportjob_change", args=[ExportJob.objects.order_by("-pk")[0].pk]),
        "help": reverse("help"),
    }


class TestThePages:
    def test_of_a_reversal_fit_and_say_what_stands(self, addresses, open_page):
        said = {}
        for (name, address), width, theme in product(addresses.items(), (1280, 400), ("light", "dark")):
            page = open_page(address, width=width, theme=theme)
            assert page.wrong == [], name
            assert page.evaluate(TOO_WIDE) <= 0, name
            assert (page.evaluate(OVERLAPS), page.evaluate(CUT_OFF), page.evaluate(COLLISIONS)) == ([], [], []), name
            said[name] = page.inner_text("body")
            if folder := os.environ.get("PICTURES"):
                page.screenshot(path=str(Path(folder) / f"{name}-{width}-{theme}.png"), full_page=True)

        assert "Void payment" in said["held"] and "Try again" in said["held"]
        assert "waits for a second person" in said["reversed"] and "ada asked for it" in said["reversed"]
        assert "Reversed and posted again" in said["again"] and said["again"].count("AP bill") >= 2
        assert said["again"].count("Open in Sage Intacct") == 1, "only of what stands"
        assert "Reversed, and posted again" in said["tie-out"] and "taken back" in said["tie-out"]
        assert "Waits for a second person: 1" in said["dashboard"] and "asked for by ada" in said["dashboard"]


class TestTheWay:
    def test_from_a_changed_expense_to_its_new_version_by_two_people(self, journals, open_page):  # noqa: F811
        journals.changed(RAIL)
        page = open_page(path_of(journals.record(RAIL)))

        page.click("button:has-text('Reverse it in Sage Intacct')")
        page.fill("#answer", "Coded to the wrong account.")
        page.click("button:has-text('Reverse it in Sage Intacct')")
        journals.export()
        page.goto(page.url)
        page.click("button:has-text('Post the new version')")
        page.click("button:has-text('Post the new version')")
        waiting = page.inner_text("body")
        page.click("button:has-text('Agree')")
        page.click("button:has-text('Agree')")
        alone = page.inner_text("body")
        second = User.objects.create_user("second", password="not-used", is_staff=True)
        second.groups.add(Group.objects.get(name="operator"))
        journals.record(RAIL).agree(by=second, now=journals.clock())
        journals.export()
        page.goto(page.url)

        assert page.wrong == []
        assert "waits for a second person" in waiting and "another person has to say so too" in alone
        assert journals.record(RAIL).status == "POSTED" and "Reversed and posted again" in page.inner_text("body")
