"""What a person may ask of a sync: one kind again, a proof, and that what is gone is marked so."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from exports.models import Event
from integration.models import LeaseBusy
from referencedata import tasks
from referencedata.models import Change, Mode, SyncRun
from tests.db.admin.test_actions import ask, confirm

RUNS = "admin:referencedata_syncrun_changelist"


@pytest.fixture
def rung(monkeypatch):
    calls = []
    monkeypatch.setattr("referencedata.admin.runs.async_task", lambda name, *args, **options: calls.append((name, *args)))
    return calls


def a_run(world, outcome="COMPLETE", kind="projects", **columns):
    now = timezone.now()
    error = "" if outcome == "COMPLETE" else "40 of 60 projects are no longer shown."
    defaults = {"label": kind.capitalize(), "started_at": now, "finished_at": now, "error": error}
    return SyncRun.objects.create(connection=world.connection, kind=kind, outcome=outcome, **(defaults | columns))


@pytest.mark.parametrize(
    ("action", "task"), [("sync_again", "sync_kind"), ("verify", "verify_kind"), ("retire_gone", "retire_gone")]
)  # fmt: skip
def test_an_operator_asks_and_it_is_rung_and_noted(world, signed_in, rung, action, task):
    run = a_run(world, "HELD")

    confirm(signed_in("operator"), action, run, page=RUNS)

    assert rung == [(f"referencedata.tasks.{task}", run.pk)]
    assert Event.objects.filter(connection=world.connection, who="operator", what__startswith="Projects").exists()


def test_a_viewer_may_not(world, signed_in, rung):
    run = a_run(world, "HELD")

    confirm(signed_in("viewer"), "retire_gone", run, page=RUNS)

    assert not rung


def test_only_what_waits_for_a_person_now_is_retired(world, signed_in, rung):
    former, fine = a_run(world, "HELD"), a_run(world)

    page = ask(signed_in("operator"), "retire_gone", former, fine, page=RUNS)

    assert page.context["explanation"].chosen == []
    assert {why for _, why in page.context["explanation"].left_alone} == {"It does not wait for a person."}


def test_the_page_offers_it_only_where_it_makes_sense(world, signed_in):
    def page(run, client):
        return client.get(reverse("admin:referencedata_syncrun_change", args=[run.pk])).content.decode()

    held, fine = a_run(world, "HELD"), a_run(world, kind="vendors")

    client = signed_in("operator")
    assert "Retire what is gone" in page(held, client)
    assert "Verify" in page(fine, client)
    assert "Retire what is gone" not in page(fine, client)
    assert "Verify" not in page(fine, signed_in("viewer"))


def test_the_page_says_which_expenses_its_changes_concern(world, signed_in):
    run = a_run(world)
    world.stopped.uses.create(object_name="PROJECT", code="P-100")
    Change.objects.create(
        connection=world.connection, kind="projects", label="project", object_name="PROJECT", intacct_key="1", code="P-100",
        code_on_lines="P-100", what="CLOSED", at=run.started_at,
    )  # fmt: skip

    shown = signed_in("viewer").get(reverse("admin:referencedata_syncrun_change", args=[run.pk])).content.decode()

    assert "Project P-100 was closed: 1 queued expense uses it." in shown


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        (tasks.sync_kind, {"mode": None, "retire_any": False}),
        (tasks.verify_kind, {"mode": Mode.VERIFY, "retire_any": False}),
        (tasks.retire_gone, {"mode": Mode.KEYS, "retire_any": True}),
    ],
)
def test_the_task_reads_the_kind_of_the_run(world, monkeypatch, task, expected):
    asked = []
    monkeypatch.setattr(tasks, "gateway_for", lambda connection: None)
    monkeypatch.setattr(tasks, "sync_all", lambda connection, **options: asked.append((connection, options)))
    run = a_run(world, "HELD")

    task(run.pk)

    ((connection, options),) = asked
    assert connection == world.connection
    assert options["kinds"] == ["projects"]
    assert {name: options[name] for name in expected} == expected


def test_a_consent_to_what_was_read_again_since_retires_nothing(world, monkeypatch):
    monkeypatch.setattr(tasks, "sync_all", lambda *args, **options: pytest.fail("asked"))
    former = a_run(world, "HELD")
    a_run(world)

    tasks.retire_gone(former.pk)


def test_what_could_not_be_done_is_noted(world, monkeypatch):
    def busy(*args, **options):
        raise LeaseBusy("sync")

    monkeypatch.setattr(tasks, "gateway_for", lambda connection: None)
    monkeypatch.setattr(tasks, "sync_all", busy)

    tasks.verify_kind(a_run(world).pk)

    assert "Ask for it again" in Event.objects.get(connection=world.connection).why


def test_a_comparison_leaves_the_question_open(world):
    held = a_run(world, "HELD")
    a_run(world, "INCOMPLETE", mode=Mode.VERIFY)

    assert held.waits_for_a_person


def test_the_task_asks_nothing_of_a_closed_connection(world, monkeypatch):
    monkeypatch.setattr(tasks, "sync_all", lambda *args, **options: pytest.fail("asked"))
    run = a_run(world)
    world.connection.close("Wrong password.", timezone.now())

    tasks.sync_kind(run.pk)
