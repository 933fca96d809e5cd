"""What one person has asked for, and another one has to agree to: on the dashboard, in the list, and on the page of the expense."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from exports.models import ExportRecord
from integration.models import AccountChange
from tests import factories

EXPENSES = "admin:exports_exportrecord_changelist"
WHY = "Booked as JE 12."


def press(client: Any, name: str, record: ExportRecord, **more: str) -> Any:
    chosen = {"action": name, "_selected_action": [record.pk], "confirm": "yes", "asked_about": str(record.pk)}
    return client.post(reverse(EXPENSES), {**chosen, **more}, follow=True).content.decode()


@pytest.fixture
def large(db: None, monkeypatch: Any) -> ExportRecord:
    """An expense of 2,000.00 that needs a person."""
    monkeypatch.setattr("exports.tasks.async_task", lambda *arguments, **options: None)
    record: ExportRecord = factories.ExportRecordFactory(needs_fix=True, amount_minor=200_000, merchant="Grand Hotel")
    return record


@pytest.fixture
def ada(db: None) -> Any:
    return User.objects.create_user("ada", password="not-used", is_staff=True, is_superuser=True)


class TestASecondPerson:
    def test_sees_on_the_dashboard_what_waits_who_asked_and_why_and_agrees(self, large, ada, signed_in):
        large.decide("skip", WHY, by=ada, now=timezone.now())
        operator = signed_in("operator")

        dashboard = operator.get(reverse("admin:index")).content.decode()
        listed = operator.get(reverse(EXPENSES), {"state": "second-person"}).content.decode()
        page = operator.get(reverse("admin:exports_exportrecord_change", args=[large.pk])).content.decode()
        said = press(operator, "agree", large)

        assert "Waits for a second person: 1" in dashboard and "Grand Hotel" in dashboard and WHY in dashboard
        assert "asked for by ada" in dashboard and "Grand Hotel" in listed
        assert "waits for a second person" in page and 'value="agree"' in page and 'value="skip"' not in page
        large.refresh_from_db()
        assert "1 agreed to." in said and (large.status, large.skipped_reason) == ("SKIPPED", WHY)
        assert "Waits for a second person" not in operator.get(reverse("admin:index")).content.decode()

    def test_is_nobody_whose_account_the_first_one_made(self, large, ada, signed_in):
        large.decide("skip", WHY, by=ada, now=timezone.now())
        operator = signed_in("operator")
        AccountChange.note(User.objects.get(username="operator"), "MADE", by=ada, now=timezone.now())

        said = press(operator, "agree", large)

        large.refresh_from_db()
        assert "ada made the account of operator" in said and large.status == "NEEDS_FIX"

    def test_is_asked_for_where_one_presses_alone(self, large, signed_in):
        said = press(signed_in("operator"), "skip", large, answer=WHY)

        large.refresh_from_db()
        assert "1 waits for a second person" in said and (large.status, large.asked) == ("NEEDS_FIX", "skip")
