"""What a person may do: asked first, by POST only, by those who may, and only where it makes sense."""

from __future__ import annotations

import pytest
from django.urls import reverse

from exports.models import Document, Event, ExportRecord
from integration.models import Connection, ConnectionCheck
from tests import factories

EXPENSES = "admin:exports_exportrecord_changelist"
CONNECTIONS = "admin:integration_connection_changelist"


@pytest.fixture
def rung(monkeypatch):
    """The tasks that were rung, instead of a queue."""
    calls = []
    for place in ("exports.tasks.async_task", "integration.admin.connections.async_task"):
        monkeypatch.setattr(place, lambda name, *args, **options: calls.append((name, *args)))
    return calls


def ask(client, action, *rows, page=EXPENSES, **more):
    return client.post(reverse(page), {"action": action, "_selected_action": [row.pk for row in rows], **more})


def confirm(client, action, *rows, page=EXPENSES, **more):
    return ask(client, action, *rows, page=page, confirm="yes", asked_about=",".join(str(row.pk) for row in rows), **more)


class TestExportAgain:
    def test_asks_first_and_says_what_is_left_alone(self, world, signed_in, rung):
        page = ask(signed_in("operator"), "export_again", world.stopped, world.posted)

        assert page.context["explanation"].chosen == [world.stopped]
        assert [(record.pk, why) for record, why in page.context["explanation"].left_alone] == [
            (world.posted.pk, "It is in the ledger, and Pleo knows.")
        ]
        assert not ExportRecord.objects.wished().exists() and not rung

    def test_writes_the_wish_and_rings_the_collector(self, world, signed_in, rung):
        response = confirm(signed_in("operator"), "export_again", world.stopped)

        assert response.status_code == 302
        assert [record.pk for record in ExportRecord.objects.wished()] == [world.stopped.pk]
        assert rung == [("exports.tasks.run_configuration", world.configuration.pk)]
        assert Event.objects.filter(record=world.stopped, who="operator").exists()

    def test_acts_only_on_what_was_asked_about(self, world, signed_in, rung):
        newer = factories.ExportRecordFactory(configuration=world.configuration, needs_fix=True)

        ask(signed_in("operator"), "export_again", world.stopped, select_across="1", confirm="yes", asked_about=str(world.stopped.pk))

        newer.refresh_from_db()
        assert newer.export_again_at is None

    def test_goes_back_to_the_list_as_it_was_filtered(self, world, signed_in, rung):
        back = reverse(EXPENSES) + "?state=needs-you"

        assert confirm(signed_in("operator"), "export_again", world.stopped, back=back)["Location"] == back

    def test_goes_back_to_no_other_site(self, world, signed_in, rung):
        response = confirm(signed_in("operator"), "export_again", world.stopped, back="https://elsewhere.example/")

        assert response["Location"] == reverse(EXPENSES)

    def test_is_refused_to_viewers(self, world, signed_in, rung):
        confirm(signed_in("viewer"), "export_again", world.stopped)

        assert not ExportRecord.objects.wished().exists() and not rung

    def test_does_nothing_on_get(self, world, signed_in, rung):
        signed_in("operator").get(reverse(EXPENSES), {"action": "export_again", "_selected_action": world.stopped.pk, "confirm": "yes"})

        assert not ExportRecord.objects.wished().exists()

    def test_needs_the_token_of_the_form(self, world, signed_in, rung):
        client = signed_in("operator")
        client.handler.enforce_csrf_checks = True

        assert confirm(client, "export_again", world.stopped).status_code == 403


class TestLookUp:
    def test_makes_the_look_due_now_and_rings_the_lane(self, world, signed_in, rung):
        before = Document.objects.get(record=world.doubtful).due_at

        confirm(signed_in("operator"), "look_up", world.doubtful)

        assert Document.objects.get(record=world.doubtful).due_at < before
        assert rung == [("exports.tasks.run_lane", world.connection.pk)]

    def test_leaves_alone_what_is_not_in_doubt(self, world, signed_in):
        page = ask(signed_in("operator"), "look_up", world.posted)

        assert not page.context["explanation"].chosen


class TestDecisions:
    def test_booked_by_hand_needs_an_answer(self, world, signed_in, rung):
        client = signed_in("operator")

        page = confirm(client, "skip", world.stopped, answer=" ")

        assert page.status_code == 200 and "How and where" in page.content.decode()
        world.stopped.refresh_from_db()
        assert world.stopped.status == "NEEDS_FIX"

    def test_booked_by_hand_keeps_the_answer(self, world, signed_in, rung):
        confirm(signed_in("operator"), "skip", world.stopped, answer="Journal PLEO, entry 77")

        world.stopped.refresh_from_db()
        assert (world.stopped.status, world.stopped.skipped_reason) == ("SKIPPED", "Journal PLEO, entry 77")

    def test_arise_only_where_they_make_sense(self, world, signed_in):
        client = signed_in("operator")

        for name in ("allow_date", "keep", "release"):
            assert not ask(client, name, world.stopped).context["explanation"].chosen, name


class TestButtons:
    @pytest.mark.parametrize(("role", "there"), [("viewer", False), ("operator", True), ("administrator", True)])
    def test_of_an_expense_are_for_those_who_may(self, world, signed_in, role, there):
        text = signed_in(role).get(reverse("admin:exports_exportrecord_change", args=[world.stopped.pk])).content.decode()

        assert ("Export again</button>" in text) is there
        assert "Look up in Sage Intacct</button>" not in text  # nothing of it is in doubt

    def test_of_a_posted_expense_are_absent(self, world, signed_in):
        text = signed_in("operator").get(reverse("admin:exports_exportrecord_change", args=[world.posted.pk])).content.decode()

        assert "Export again</button>" not in text

    @pytest.mark.parametrize(("role", "there"), [("viewer", False), ("operator", True), ("administrator", True)])
    def test_of_a_connection_are_for_those_who_may(self, world, signed_in, role, there):
        text = signed_in(role).get(reverse("admin:integration_connection_change", args=[world.connection.pk])).content.decode()

        assert ("Test connection</button>" in text) is there
        assert ('name="user_password"' in text) is (role == "administrator")


class TestSync:
    def test_is_written_down_and_rung(self, world, signed_in, rung):
        confirm(signed_in("operator"), "sync", world.connection, page=CONNECTIONS)

        assert Connection.objects.get().sync_wanted_at is not None
        assert rung == [("referencedata.tasks.sync_connection", world.connection.pk)]

    def test_leaves_a_closed_connection_alone(self, world, signed_in, rung):
        world.connection.close("Wrong password.", now=world.job.seen_at)

        page = ask(signed_in("operator"), "sync", world.connection, page=CONNECTIONS)

        assert not page.context["explanation"].chosen


class TestTestConnection:
    def test_says_how_many_checks_need_somebody(self, world, signed_in, monkeypatch):
        failed = ConnectionCheck(label="Sage Intacct can be reached", passed=False, remedy="Check the address.")
        monkeypatch.setattr("integration.connecting.connection_checks.check_connection", lambda *args, **options: [failed])

        client = signed_in("operator")
        response = client.post(
            reverse(CONNECTIONS),
            {"action": "test", "_selected_action": 0, "select_across": 1, "confirm": "yes", "asked_about": world.connection.pk},
            follow=True,
        )

        assert "1 checks need you" in response.content.decode() or "1 check needs you" in response.content.decode()
