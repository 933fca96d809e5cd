"""200 refusals in random words at each place where Intacct's words reach us: all of it ends, and what nobody knows ends with a person."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any
from zlib import crc32

import pytest
from django.db import connection

from exports.models.document_columns import FILES_ROUNDS
from integration import retry
from integration.errors import IntegrationError, OutcomeUnknown, Rejected, RequestRefused, SignInRefused, TryLater
from integration.intacct import responses
from integration.intacct.answers import DuplicateRefused, GatewayError, RefusedAgain, Result, SessionEnded
from integration.sandbox import http
from integration.sandbox.http import Fault
from integration.sandbox.intacct.answers import Result as Answered
from integration.sandbox.intacct.refusals import Refusal
from integration.sandbox.intacct.service import IntacctSandbox
from integration.sandbox.world import UK, random_item
from tests.faults.lookups import WrongAnswers
from tests.faults.rig import Rig
from tests.faults.wordings import wording

WORDINGS = [wording(random.Random(seed), telling=seed % 2 == 1) for seed in range(200)]


def refused(text: str) -> Result:
    return Result("c", "create", "failure", "", None, (GatewayError("BL01001973", text, ""),))


class TestOneAnswer:
    @pytest.mark.parametrize("sent_before", [False, True])
    def test_to_a_write_is_never_taken_for_a_yes_and_a_later_one_never_for_a_no(self, sent_before):
        judged = [responses.judge_write(refused(text), sent_before=sent_before) for text in WORDINGS]

        allowed = {TryLater, OutcomeUnknown, DuplicateRefused, RefusedAgain if sent_before else Rejected}
        assert {type(each) for each in judged} == allowed

    def test_to_a_question_is_never_taken_for_a_no_to_it(self):
        for text in WORDINGS:
            with pytest.raises((TryLater, Rejected)):
                responses.judge_read(refused(text))

    @pytest.mark.parametrize("signed_in_by", ["session", "login", "entity"])
    def test_to_a_request_as_a_whole_says_that_nothing_ran(self, signed_in_by):
        for text in WORDINGS:
            for judge in (responses._control_refusal, lambda errors: responses._authentication_refusal(errors, signed_in_by)):
                judged = judge((GatewayError("XL03009999", text, ""),))
                assert isinstance(judged, TryLater | RequestRefused | SignInRefused | SessionEnded), text
                assert isinstance(judged, IntegrationError)


@pytest.fixture
def in_many_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each function is refused in words of its own."""

    def refused(function: Any, fault: Fault) -> Answered:
        said = Refusal("BL01001973", WORDINGS[crc32(function.control_id.partition(".")[0].encode()) % len(WORDINGS)])
        return Answered(function.name, function.control_id, "failure", refusals=(said,))

    monkeypatch.setattr(IntacctSandbox, "_refused", staticmethod(refused))


@pytest.fixture
def short_patience(settings: Any) -> None:
    """Two hours until what was never carried out ends, in place of six: eight rounds at the longest wait."""
    settings.TRY_LATER_HOURS = 2


@pytest.mark.usefixtures("short_patience")
class TestAJobOfTwoHundred:
    """What is always refused in random words: every expense ends, after a bounded number of sends, and says these words."""

    def offer(self, rig: Rig, files: tuple[str, ...] = (), *, at_most: int = len(WORDINGS)) -> str:
        """On PostgreSQL a quarter: words are judged before a row is written, so the database has no influence on that."""
        chance = random.Random(1)
        number_of = min(at_most, len(WORDINGS) if connection.vendor == "sqlite" else len(WORDINGS) // 4)
        items = [random_item(chance, number, UK, rig.clock())[0] for number in range(number_of)]
        return rig.offer_entries([rig.sandbox.pleo.add_entry(UK.id, item, files) for item in items])

    def settle(self, rig: Rig) -> None:
        """By the longest wait, so that each round finds all that waits due: shorter steps would only make more rounds of less each."""
        rig.settle(step=retry.LONGEST_WAIT, at_most=60)

    @pytest.mark.parametrize("lost", [False, True])
    def test_refused_entries_end_with_a_person(self, rig, in_many_words, lost):
        """lost: the first send brings no answer, so that the refusals are those of a later one."""
        job = self.offer(rig)
        if lost:
            rig.sandbox.intacct.inject(Fault(http.RESET_BEFORE, matching="<GLBATCH>", times=8))
        rig.sandbox.intacct.inject(Fault(http.UNJUDGED_REFUSAL, matching="<GLBATCH>", times=100_000))

        self.settle(rig)

        self.ended(rig, job, most_sends=30)

    @pytest.mark.parametrize(("at_most", "rounds"), [(len(WORDINGS), 2), (16, FILES_ROUNDS)])
    def test_refused_attachments_end_with_a_person_and_nothing_is_posted_bare(self, rig, in_many_words, monkeypatch, at_most, rounds):
        """rounds: files are refused together, then alone. All that come after are as the second, so a few expenses go through all ten."""
        monkeypatch.setattr("exports.models.document_columns.FILES_ROUNDS", rounds)
        job = self.offer(rig, files=("pdf",), at_most=at_most)
        rig.sandbox.intacct.inject(Fault(http.UNJUDGED_REFUSAL, matching="<create_supdoc>", times=100_000))

        self.settle(rig)

        self.ended(rig, job, most_sends=30)

    @pytest.mark.parametrize("about", ["<query>", "<get_list "])
    def test_questions_that_are_always_refused_end_with_a_person(self, rig, about):
        job = self.offer(rig, files=("pdf",))
        rig.sandbox.intacct.inject(Fault(http.RESET_AFTER, matching="<GLBATCH>", times=100))
        chance = random.Random(7)
        rig.sandbox.intacct.faults = Always(chance, about, rig.sandbox.intacct.faults)

        self.settle(rig)

        assert set(rig.told(job).values()) <= {"failed", "successful"}

    def ended(self, rig: Rig, job: str, *, most_sends: int) -> None:
        from exports.models import Document, ExportRecord

        told = rig.told(job)
        assert set(told.values()) <= {"failed", "successful"}
        for record in ExportRecord.objects.filter(entry_id__in=told):
            posted_bare = record.status == "POSTED" and record.receipts.exists()
            assert not posted_bare or any("Sage Intacct refused the file" in each for each in record.notes), rig.stories(record)
            assert record.status in ("NEEDS_FIX", "REVIEW", "POSTED"), rig.stories(record)
        assert not Document.objects.in_doubt().exists()
        assert max(Counter(rig.sandbox.intacct.control_ids()).values()) <= most_sends
        assert not [reference for reference, times in rig.references().items() if times > 1]


class TestSentAlone:
    def test_reads_as_many_documents_for_each_of_a_large_job_as_for_each_of_a_small_one(self, rig, monkeypatch):
        """What was refused once goes alone: a request each is right, but not reading all the others before every one of them."""
        from exports.models import Document

        read: Counter[str] = Counter()

        def of_row(cls: Any, *row: Any) -> Any:
            read["documents"] += 1
            return from_db(*row)

        from_db = Document.from_db
        monkeypatch.setattr(Document, "from_db", classmethod(of_row))
        chance = random.Random(1)
        for_each = []
        for number_of in (6, 30):
            items = [random_item(chance, 100 * number_of + number, UK, rig.clock())[0] for number in range(number_of)]
            ids = [rig.sandbox.pleo.add_entry(UK.id, item) for item in items]
            job = rig.offer_entries(ids)
            rig.until_sent()
            assert Document.objects.filter(record__entry_id__in=ids).update(alone=True) == number_of
            read.clear()

            sent = rig.deliver().sent

            assert sent == number_of
            for_each.append(read["documents"] / number_of)
            rig.settle()
            assert set(rig.told(job).values()) == {"successful"}
        assert for_each[1] <= for_each[0] + 1


class Always(WrongAnswers):
    """Every question of one form is refused, in words that change each time; other faults come first."""

    def __init__(self, chance: random.Random, about: str, first: Any) -> None:
        super().__init__(chance, (http.UNJUDGED_REFUSAL,), share=1.0)
        self.about, self.first = about, first

    def take(self, request: Any, *, writes: bool) -> Fault | None:
        fault = self.first.take(request, writes=writes)
        if fault is None and self.about in request.body.decode("utf-8", "replace"):
            return Fault(http.UNJUDGED_REFUSAL, matching=self.about, wording=wording(self.chance))
        return fault
