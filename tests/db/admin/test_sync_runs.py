"""What a person may ask of a sync: one kind again, a proof, and that what is gone is marked so."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from exports.models import Event
from integration.models import LeaseBusy
from referencedata import tasks
from referencedata.models import Change, Mode, SyncRun, SyncWish
from referencedata.syncing.sync import ConnectionClosed
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


@pytest.mark.parametrize(("action", "mode", "agreed"), [("sync_again", "", 0), ("verify", "VERIFY", 0), ("retire_gone", "KEYS", 40)])
def test_an_operator_asks_and_it_is_kept_rung_and_noted(world, signed_in, rung, action, mode, agreed):
    run = a_run(world, "HELD", gone=40)

    confirm(signed_in("operator"), action, run, page=RUNS)

    wish = SyncWish.objects.get()
    assert (wish.connection, wish.kind, wish.mode, wish.agreed) == (world.connection, "projects", mode, agreed)
    assert rung == [("referencedata.tasks.fulfil_wishes", world.connection.pk)]
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


def test_a_comparison_leaves_the_question_open(world):
    held = a_run(world, "HELD")
    a_run(world, "INCOMPLETE", mode=Mode.VERIFY)

    assert held.waits_for_a_person


class TestWishes:
    """What became of a wish, by what the sync did: it is kept until it is fulfilled."""

    @pytest.fixture
    def done(self, world, monkeypatch):
        """Let a test say what the sync does; return what it was asked."""
        asked = []

        def say(*outcomes, error=None):
            def sync_all(connection, **options):
                asked.append((connection, options["kinds"], options["mode"], options["agreed"]))
                if error:
                    raise error
                return [SyncRun(kind="projects", outcome=outcome) for outcome in outcomes]

            monkeypatch.setattr(tasks, "sync_all", sync_all)
            tasks.fulfil_wishes(world.connection.pk)
            return asked

        monkeypatch.setattr(tasks, "gateway_for", lambda connection, purpose="": None)
        return say

    def wish(self, world, mode="KEYS", agreed=40):
        SyncWish.want(world.connection, "projects", mode=mode, agreed=agreed, now=timezone.now())

    @pytest.mark.parametrize(("mode", "agreed"), [("", 0), ("VERIFY", 0), ("KEYS", 40)])
    def test_is_fulfilled_with_its_consent(self, world, done, mode, agreed):
        self.wish(world, mode, agreed)

        assert done("COMPLETE") == [(world.connection, ["projects"], Mode(mode) if mode else None, agreed)]
        assert not SyncWish.objects.exists()

    @pytest.mark.parametrize("outcome", ["HELD", "INCOMPLETE", "REFUSED"])
    def test_is_over_where_the_run_says_what_to_do(self, world, done, outcome):
        self.wish(world)

        done(outcome)

        assert not SyncWish.objects.exists()

    def test_stays_with_its_consent_while_another_sync_is_at_work_or_it_is_paused(self, world, done):
        self.wish(world)

        done(error=LeaseBusy("sync"))
        done("PAUSED")

        assert (SyncWish.objects.get().agreed, SyncWish.objects.get().due_at <= timezone.now()) == (40, True)

    def test_is_tried_again_later_where_intacct_cannot_be_reached(self, world, done):
        self.wish(world)

        done("FAILED")

        assert SyncWish.objects.get().due_at > timezone.now()
        assert len(done("COMPLETE")) == 1

    def test_that_breaks_does_not_keep_the_others_waiting(self, world, done):
        self.wish(world, "KEYS")
        self.wish(world, "VERIFY")

        with pytest.raises(RuntimeError):
            done(error=RuntimeError("A fault of ours."))

        assert [mode for _, _, mode, _ in done("COMPLETE")] == [Mode.KEYS, Mode.VERIFY]
        assert SyncWish.objects.get().mode == "KEYS"

    def test_is_kept_where_the_connection_is_closed_meanwhile(self, world, done):
        self.wish(world)

        done(error=ConnectionClosed("Closed."))

        assert SyncWish.objects.get().due_at <= timezone.now()

    def test_that_cannot_be_fulfilled_is_noted(self, world, done):
        self.wish(world)

        done(error=ValueError("There is no kind called projects."))

        assert not SyncWish.objects.exists()
        assert "no kind called projects" in Event.objects.get(connection=world.connection).why

    def test_asks_nothing_of_a_closed_connection(self, world, done):
        self.wish(world)
        world.connection.close("Wrong password.", timezone.now())

        assert done("COMPLETE") == []
        assert SyncWish.objects.exists()

    @pytest.mark.parametrize("closed", [False, True])
    def test_is_rung_by_the_tick_while_its_connection_is_open(self, world, monkeypatch, closed):
        from config import schedules

        rung = []
        monkeypatch.setattr(schedules, "async_task", lambda name, *args, **options: rung.append((name, *args)))
        self.wish(world)
        if closed:
            world.connection.close("Wrong password.", timezone.now())

        schedules.tick()

        assert (("referencedata.tasks.fulfil_wishes", world.connection.pk) in rung) is not closed
