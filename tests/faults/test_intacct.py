"""What happens when Sage Intacct, or the way to it, goes wrong in the middle of a delivery."""

from __future__ import annotations

import pytest

from integration.intacct import transport
from integration.sandbox import http
from integration.sandbox.http import Fault
from integration.sandbox.intacct.objects import SIDE
from integration.sandbox.world import entry_id
from tests.faults.rig import GOOD, HORIZON, LEASE, SMALL, Rig, no_answer

# The request that holds the journal entries.
ENTRIES = "<GLBATCH>"
LAST_POSSIBLE_SEND = LEASE * 13 / 15
SETTLED = LAST_POSSIBLE_SEND + HORIZON + 2


def statuses(rig: Rig, labels=GOOD) -> set[str]:
    return {rig.record(label).status for label in labels}


class TestAnAnswerThatCannotBeRead:
    @pytest.mark.parametrize(
        "kind", [http.RESET_AFTER, http.TRUNCATE_AFTER, http.HTML_AFTER, http.TIMEOUT_524_AFTER, http.EMPTY_BODY_AFTER, http.SLOW]
    )
    def test_shows_unknown_is_looked_up_and_ends_posted_once(self, rig, monkeypatch, kind):
        monkeypatch.setattr(transport, "READ_SECONDS", 0.6)
        job = rig.offer(*SMALL)
        rig.sandbox.intacct.inject(Fault(kind, matching=ENTRIES, seconds=1.2))

        rig.run()
        first = statuses(rig), rig.told(job), sum(rig.references().values())
        rig.settle()

        assert first == ({"UNKNOWN"}, dict.fromkeys(map(entry_id, SMALL), "pending"), len(GOOD))
        rig.check()
        assert statuses(rig) == {"POSTED"}
        assert rig.count("send") == 1
        assert rig.told(job) == {entry_id(label): "successful" if label in GOOD else "failed" for label in SMALL}

    def test_leaves_no_doubt_about_what_it_does_say(self, rig):
        rig.offer(*SMALL)
        rig.sandbox.intacct.inject(Fault(http.MISSING_RESULT_AFTER, matching=ENTRIES))

        rig.run()
        first = [rig.record(label).status for label in GOOD]
        rig.settle()

        assert sorted(first) == ["POSTED", "POSTED", "POSTED", "UNKNOWN"]
        rig.check()
        assert rig.count("send") == 1

    def test_makes_the_event_and_the_request_say_so(self, rig):
        rig.offer("UK-09")
        rig.sandbox.intacct.inject(Fault(http.RESET_AFTER, matching=ENTRIES))

        rig.settle()

        record = rig.record("UK-09")
        assert [event.what for event in record.events.all() if "Intacct" in event.what] == ["Being checked in Intacct"]
        assert [str(each.purpose) for each in rig.document("UK-09").attempts.order_by("pk")] == ["SEND", "LOOK"]
        assert rig.document("UK-09").attempts.filter(completed_at=None).count() == 0


class TestARequestThatIsCarriedOutLate:
    def test_is_waited_for_and_never_sent_again(self, rig):
        rig.offer("UK-09", "UK-01")
        rig.sandbox.intacct.inject(Fault(http.LATE, matching=ENTRIES, seconds=3600))

        rig.run()
        for _ in range(4):
            rig.forward((LAST_POSSIBLE_SEND + HORIZON) / 5)
            rig.run()
        looks, before = rig.count("look up"), statuses(rig, ("UK-09", "UK-01"))
        rig.sandbox.intacct.run_late(rig.clock())
        rig.settle()

        assert looks >= 2
        assert before == {"UNKNOWN"}
        rig.check()
        assert rig.count("send") == 1
        assert statuses(rig, ("UK-09", "UK-01")) == {"POSTED"}

    @pytest.mark.parametrize("answered_with", ["the refusal of a repeated id", "a refusal nobody has judged"])
    def test_behind_the_horizon_is_not_doubled_by_the_resend(self, rig, answered_with):
        rig.offer("UK-09")
        rig.sandbox.intacct.inject(Fault(http.LATE, matching=ENTRIES, seconds=3600))
        if answered_with == "a refusal nobody has judged":
            rig.sandbox.intacct.inject(Fault(http.UNJUDGED_REFUSAL, matching=ENTRIES))
        rig.before("send", 2, lambda *_: rig.sandbox.intacct.run_late(rig.clock()))

        rig.run()
        rig.forward(SETTLED)
        rig.run()
        doubt = rig.document("UK-09").doubt
        rig.settle()

        assert doubt == ("REFUSED_AGAIN" if answered_with == "a refusal nobody has judged" else "DUPLICATE")
        rig.check()
        assert rig.count("send") == 2
        assert rig.record("UK-09").status == "POSTED"
        assert rig.document("UK-09").revision == 1


class TestARequestThatNeverArrived:
    @pytest.mark.parametrize("kind", [http.RESET_BEFORE, http.HTML_BEFORE])
    def test_is_sent_again_with_the_same_id_when_the_horizon_has_passed(self, rig, kind):
        rig.offer("UK-01")
        rig.sandbox.intacct.inject(Fault(kind, matching=ENTRIES))

        rig.run()
        sends = []
        for _ in range(10):
            rig.forward(SETTLED / 10)
            rig.run()
            sends.append(rig.count("send"))
        rig.settle()

        rig.check()
        # Not before the horizon has passed; then each document in a request of its own.
        assert sends[:8] == [1] * 8
        assert rig.count("send") == 3
        for document in rig.record("UK-01").documents.all():
            assert (document.revision, rig.sent(document.control_id)) == (1, 2)

    def test_and_is_refused_when_sent_again_is_told_as_failed_and_not_posted(self, rig):
        job = rig.offer("UK-09")
        rig.sandbox.intacct.inject(Fault(http.RESET_BEFORE, matching=ENTRIES), Fault(http.UNJUDGED_REFUSAL, matching=ENTRIES))

        rig.run()
        rig.forward(SETTLED)
        rig.run()
        doubted = rig.record("UK-09").status, rig.told(job)[entry_id("UK-09")]
        rig.settle()

        assert doubted == ("UNKNOWN", "pending")
        rig.check()
        assert rig.record("UK-09").status == "NEEDS_FIX"
        assert rig.told(job) == {entry_id("UK-09"): "failed"}
        assert not rig.references()

    def test_three_times_goes_to_review_and_is_posted_once_after_a_person_releases_it(self, rig):
        job = rig.offer("UK-09")
        rig.sandbox.intacct.inject(Fault(http.RESET_BEFORE, matching=ENTRIES, times=3))

        rig.settle(step=SETTLED)
        record = rig.record("UK-09")
        reviewed = str(record.status), rig.count("send"), rig.told(job), record.first_problem
        rig.document("UK-09").release(rig.clock())
        record.refresh_status(rig.clock())
        rig.offer("UK-09")
        rig.settle()

        assert reviewed[:3] == ("REVIEW", 3, {entry_id("UK-09"): "failed"})
        assert "Three times" in reviewed[3]
        rig.check()
        assert rig.record("UK-09").status == "POSTED"
        assert rig.document("UK-09").revision == 2

    def test_holds_back_what_names_it(self, rig, monkeypatch):
        monkeypatch.setattr("exports.delivery.deliver.DOCUMENTS_IN_A_REQUEST", 1)
        rig.offer("UK-01", "UK-09")
        rig.sandbox.intacct.inject(Fault(http.RESET_BEFORE, matching="create_supdoc>"))

        rig.run()

        assert rig.document("UK-01", "attachment").state == "UNKNOWN"
        assert rig.document("UK-01").state == "PLANNED"
        assert rig.record("UK-09").status == "POSTED"
        rig.settle()
        rig.check()
        assert rig.record("UK-01").status == "POSTED"


class TestADuplicateRefusal:
    def test_of_a_later_send_with_nothing_there_leads_to_the_next_revision(self, rig):
        rig.offer("UK-09")
        rig.sandbox.intacct.inject(Fault(http.RESET_BEFORE, matching=ENTRIES))
        rig.run()
        first = rig.document("UK-09").control_id
        rig.sandbox.books.put(SIDE, "CONTROLID", f"DEMO|{first}", {"at": "", "function": "create"})
        rig.forward(SETTLED)

        rig.run()
        doubt = rig.document("UK-09").doubt, rig.record("UK-09").status
        rig.forward(SETTLED / 2)
        rig.run()
        too_early = rig.document("UK-09").revision, rig.count("send")
        rig.settle()

        assert doubt == ("DUPLICATE", "UNKNOWN")
        assert too_early == (1, 2)
        rig.check()
        assert rig.document("UK-09").revision == 2
        assert rig.sent(first) == 2
        assert rig.record("UK-09").status == "POSTED"

    def test_of_what_is_there_with_other_content_goes_to_review(self, rig):
        rig.offer("UK-09")
        rig.sandbox.intacct.inject(Fault(http.RESET_AFTER, matching=ENTRIES))
        rig.run()
        (row,) = rig.sandbox.books.all(SIDE, "GLBATCH")
        rig.sandbox.books.put(SIDE, "GLBATCH", row["RECORDNO"], {**row, "JOURNAL": "GJ"})

        rig.settle()

        assert rig.record("UK-09").status == "REVIEW"
        assert "journal GJ instead of PLEO" in rig.record("UK-09").first_problem
        assert rig.count("send") == 1


class TestASession:
    def test_that_ends_in_the_middle_is_renewed_and_the_same_request_repeated(self, rig):
        rig.offer(*SMALL)
        rig.sandbox.intacct.inject(Fault(http.SESSION_EXPIRED, matching=ENTRIES))

        rig.settle()

        rig.check()
        assert statuses(rig) == {"POSTED"}
        assert rig.count("send") == 2
        assert not any(document.rounds for label in GOOD for document in rig.record(label).documents.all())

    def test_that_ends_every_time_makes_it_wait(self, rig):
        rig.offer("UK-09")
        rig.sandbox.intacct.inject(Fault(http.SESSION_EXPIRED, matching=ENTRIES, times=2))

        errors = rig.run()
        waiting = rig.document("UK-09").state
        rig.settle()

        assert waiting == "PLANNED"
        assert any("ends every session" in error for error in errors)
        rig.check()
        assert rig.record("UK-09").status == "POSTED"

    def test_that_cannot_be_opened_in_time_does_not_hold_a_send_past_its_limit(self, rig):
        """A send not begun within 1/15 of the lease after its intent is not made, also where signing in takes long."""
        rig.offer("UK-09")
        rig.sandbox.intacct.inject(Fault(http.SESSION_EXPIRED, matching=ENTRIES))
        rig.after("sign in", 1, lambda *_: rig.wait(LEASE / 15 + 0.5))

        rig.run()
        at_once = rig.document("UK-09").state
        rig.settle()

        assert at_once == "PLANNED"
        assert rig.count("send") == 2
        rig.check()
        assert rig.record("UK-09").status == "POSTED"


class TestAThrottledSend:
    def test_waits_a_while_and_keeps_its_id(self, rig):
        job = rig.offer("UK-09")
        rig.sandbox.intacct.inject(Fault(http.THROTTLE, matching=ENTRIES))

        errors = rig.run()
        document = rig.document("UK-09")
        rig.run()
        at_once, told = rig.count("send"), rig.told(job)
        rig.settle()

        assert any("limit" in error.lower() for error in errors)
        assert (document.state, rig.record("UK-09").status) == ("PLANNED", "POSTED")
        assert 1 <= (document.due_at - document.sent_at).total_seconds() <= 15
        assert (at_once, told) == (1, {entry_id("UK-09"): "pending"})
        rig.check()
        assert rig.sent(document.control_id) == 2

    @pytest.mark.parametrize("where", ["send", "everywhere"])
    def test_gives_up_after_six_hours_and_begins_anew_when_it_is_offered_again(self, rig, where):
        first = rig.offer("UK-01", "UK-09")
        rig.sandbox.intacct.inject(Fault(http.THROTTLE, matching=ENTRIES if where == "send" else "", times=100_000))

        rig.settle(step=600, at_most=50)
        waited = rig.ahead.total_seconds() / 3600
        second = rig.offer("UK-01", "UK-09")
        rig.run()
        open_again = rig.open_jobs()
        rig.sandbox.intacct.faults.clear()
        rig.settle(step=60)

        assert 5.9 < waited < 7
        assert set(rig.told(first).values()) == {"failed"}
        assert {item["failureReasonType"] for item in rig.sandbox.pleo.items(first)} == {"accounting_system_unreachable"}
        assert open_again == [second]
        rig.check()
        assert set(rig.told(second).values()) == {"successful"}


class TestALookUpThatFails:
    @pytest.mark.parametrize("kind", [http.RESET_AFTER, http.THROTTLE, http.OFFLINE, http.UNJUDGED_REFUSAL])
    def test_is_no_information(self, rig, kind):
        rig.offer("UK-09")
        rig.sandbox.intacct.inject(Fault(http.RESET_BEFORE, matching=ENTRIES), Fault(kind, matching="<object>GLBATCH", times=1000, skip=1))

        rig.run()
        for _ in range(3):
            rig.forward(SETTLED)
            rig.deliver()
        doubted, sent = rig.record("UK-09").status, rig.count("send")
        rig.sandbox.intacct.faults.clear()
        rig.settle(step=SETTLED)

        assert (doubted, sent) == ("UNKNOWN", 1)
        rig.check()
        assert rig.record("UK-09").status == "POSTED"

    def test_at_the_lines_of_an_entry_is_no_information(self, rig):
        rig.offer("UK-09")
        rig.sandbox.intacct.inject(Fault(http.RESET_AFTER, matching=ENTRIES))
        rig.after("look up lines", 1, no_answer)

        rig.run()
        rig.forward(SETTLED)
        rig.run()
        doubted = rig.record("UK-09").status
        rig.settle()

        assert doubted == "UNKNOWN"
        rig.check()
        assert rig.count("send") == 1


class TestHowAnEntryStands:
    @pytest.mark.parametrize("kind", [http.RESET_AFTER, http.MISSING_RESULT_AFTER, http.CROSSED_AFTER, http.UNJUDGED_REFUSAL])
    def test_is_asked_for_again_soon_where_it_cannot_be_read(self, rig, kind):
        from exports.run_cycle import in_doubt

        rig.offer("UK-09")
        rig.sandbox.intacct.inject(Fault(kind, matching="<field>STATE</field>", times=2))

        rig.run()
        for _ in range(2):
            rig.forward(60)
            rig.run()

        assert rig.record("UK-09").status == "POSTED"
        assert in_doubt(rig.configurations()) == 0

    def test_is_waited_for_by_nobody_where_intacct_never_says(self, rig):
        from exports.run_cycle import in_doubt

        job = rig.offer("UK-09")
        rig.sandbox.intacct.inject(Fault(http.UNJUDGED_REFUSAL, matching="<field>STATE</field>", times=10_000))

        rig.run()
        for _ in range(12):
            rig.forward(200)
            rig.run()

        assert rig.told(job) == {entry_id("UK-09"): "successful"}
        assert in_doubt(rig.configurations()) == 0
        assert rig.count("look up") + sum(name.startswith("read") for name in rig.names) < 60


class TestAJobThatExpires:
    def test_while_an_outcome_is_unknown_is_told_at_once_when_its_entries_are_offered_again(self, rig):
        first = rig.offer("UK-09")
        rig.sandbox.intacct.inject(Fault(http.RESET_AFTER, matching=ENTRIES))
        rig.run()

        rig.forward(3700)
        rig.run()
        rig.run()
        abandoned = rig.told(first), rig.record("UK-09").status
        writes = rig.sandbox.intacct.writes()
        second = rig.offer("UK-09")
        rig.settle()

        assert abandoned == ({entry_id("UK-09"): "abandoned"}, "POSTED")
        rig.check()
        assert rig.told(second) == {entry_id("UK-09"): "successful"}
        assert rig.sandbox.intacct.writes() == writes

    def test_before_anything_was_sent_leaves_nothing_to_be_sent(self, rig):
        rig.offer("UK-09")
        rig.sandbox.intacct.inject(Fault(http.THROTTLE, matching=ENTRIES))
        rig.run()

        rig.forward(3700)
        rig.run()
        rig.forward(60)
        rig.run()

        assert rig.count("send") == 1
        assert not rig.references()
        assert rig.record("UK-09").first_problem_code == "job_ended"

    def test_is_followed_by_the_newest_content_and_not_by_the_plan_made_before(self, rig):
        from exports.intake.collect import collect
        from integration.pleo.client import client_for

        rig.offer("UK-09")
        rig.until_sent()
        rig.forward(3700)
        rig.run()
        rig.sandbox.pleo.change_entry(entry_id("UK-09"), amount=9900)
        rig.offer("UK-09")
        configuration = rig.record("UK-09").configuration
        collect(configuration, client=client_for(configuration), clock=rig.clock, owner="one")

        rig.deliver()  # another worker's lane, before anything is planned anew
        too_early = rig.count("send")
        rig.settle()

        assert too_early == 0
        rig.check()
        (entry,) = rig.sandbox.intacct.ledger()
        assert {line["amount"] for line in entry["lines"] if line["side"] == "credit"} == {99}
        assert rig.record("UK-09").status == "POSTED"


class TestAControlCharacterInAnAnswer:
    def test_makes_nothing_unreadable_and_is_noted(self, rig):
        from exports.models import Attempt

        rig.offer("UK-09")
        rig.until_sent()
        rig.sandbox.intacct.inject(Fault(http.FORBIDDEN_CHARACTERS, matching="<GLBATCH>"))

        rig.deliver()

        assert rig.record("UK-09").status == "POSTED"
        assert "that XML forbids were replaced" in Attempt.objects.filter(purpose="SEND").last().answer
