"""Receipts on their way to Sage Intacct: the folder, the attachment, the look at it, and what names it."""

from __future__ import annotations

import pytest

from integration.sandbox import http
from integration.sandbox.http import Answer, Fault
from integration.sandbox.intacct.objects import SIDE
from integration.sandbox.world import entry_id
from tests.faults.rig import GOOD, SMALL, Rig

FOLDER, FOLDER_ASKED = "create_supdocfolder", 'get_list object="supdocfolder"'
ATTACHMENT, ATTACHMENT_ASKED = "<create_supdoc>", 'get_list object="supdoc"'
ENTRIES = "<GLBATCH>"
WITH_RECEIPTS = ("UK-06", "UK-01")
UNREADABLE = (
    http.RESET_BEFORE, http.RESET_AFTER, http.TRUNCATE_AFTER, http.HTML_BEFORE, http.HTML_AFTER, http.EMPTY_BODY_AFTER,
    http.MISSING_RESULT_AFTER, http.CROSSED_AFTER,
)  # fmt: skip
REFUSED = (http.UNJUDGED_REFUSAL, http.REFUSED_AFTER)


def all_posted_with_receipts(rig: Rig, labels=GOOD) -> None:
    rig.check()
    assert {rig.record(label).status for label in labels} == {"POSTED"}, [rig.record(label).first_problem for label in labels]
    assert not any(rig.record(label).without_receipt for label in WITH_RECEIPTS)
    kept = rig.sandbox.intacct.attachments()
    for label in WITH_RECEIPTS:
        (entry,) = [each for each in rig.sandbox.intacct.ledger() if each["reference"] == rig.document(label).key]
        assert kept[entry["supdocid"]], label


class TestTheFolder:
    @pytest.mark.parametrize("kind", [*UNREADABLE, *REFUSED])
    def test_whose_making_is_answered_wrongly_is_asked_for_again_and_nobody_is_needed(self, rig, kind):
        job = rig.offer(*SMALL)
        rig.sandbox.intacct.inject(Fault(kind, matching=FOLDER))

        rig.settle()

        all_posted_with_receipts(rig)
        assert rig.told(job)[entry_id("UK-01")] == "successful"

    @pytest.mark.parametrize("kind", [*UNREADABLE, *REFUSED])
    def test_that_cannot_be_looked_for_is_not_taken_as_there_or_as_missing(self, rig, kind):
        rig.offer(*SMALL)
        rig.sandbox.intacct.inject(Fault(kind, matching=FOLDER_ASKED, times=3))

        rig.run()
        before = rig.count("make folder")
        rig.settle()

        assert before == 0
        all_posted_with_receipts(rig)

    def test_that_nobody_knows_of_holds_up_only_what_needs_it(self, rig):
        rig.offer("UK-01", "UK-09")
        rig.sandbox.intacct.inject(
            Fault(http.UNJUDGED_REFUSAL, matching=FOLDER_ASKED, times=1000, wording="There is no table SUPDOCFOLDER")
        )

        rig.run()

        assert (rig.record("UK-09").status, rig.record("UK-01").status) == ("POSTED", "WAITING")
        assert "There is no table SUPDOCFOLDER" in rig.document("UK-01", "attachment").refusal

    def test_that_somebody_deleted_is_made_again(self, rig):
        rig.offer("UK-06")
        rig.settle()
        (folder,) = rig.sandbox.books.all(SIDE, "SUPDOCFOLDER")
        rig.sandbox.books.delete(SIDE, "SUPDOCFOLDER", folder["supdocfoldername"])

        rig.offer("UK-01")
        rig.settle()

        rig.check()
        assert rig.record("UK-01").status == "POSTED"
        assert rig.sandbox.books.all(SIDE, "SUPDOCFOLDER")

    def test_is_asked_for_once(self, rig):
        rig.offer("UK-06")
        rig.settle()
        asked = rig.count("look for folder"), rig.count("make folder")
        rig.offer("UK-01")
        rig.settle()

        assert asked == (1, 1) == (rig.count("look for folder"), rig.count("make folder"))


class TestAnAttachment:
    @pytest.mark.parametrize("kind", REFUSED)
    def test_refused_in_words_that_nobody_knows_is_sent_again_and_nothing_is_posted_bare(self, rig, kind):
        rig.offer(*SMALL)
        rig.sandbox.intacct.inject(Fault(kind, matching=ATTACHMENT, times=3, wording="The cupboard is locked"))

        rig.settle()

        all_posted_with_receipts(rig)

    def test_that_is_always_refused_holds_its_expense_back_and_gives_a_person_the_words(self, rig):
        job = rig.offer("UK-01", "UK-09")
        rig.sandbox.intacct.inject(Fault(http.UNJUDGED_REFUSAL, matching=ATTACHMENT, times=1000, wording="The cupboard is locked"))

        rig.settle(step=120)

        record = rig.record("UK-01")
        assert (record.status, record.first_problem_code) == ("NEEDS_FIX", "refused_by_intacct")
        assert "The cupboard is locked" in record.first_problem
        assert [document.state for document in record.documents.filter(kind="journal_entry")] == ["PLANNED"]
        assert rig.told(job) == {entry_id("UK-01"): "failed", entry_id("UK-09"): "successful"}
        assert rig.count("send") <= 12

    def test_that_was_refused_is_sent_when_its_expense_is_exported_again(self, rig):
        rig.offer("UK-01")
        rig.sandbox.intacct.inject(Fault(http.UNJUDGED_REFUSAL, matching=ATTACHMENT, times=1000))
        rig.settle(step=120)
        rig.sandbox.intacct.faults.clear()

        rig.offer("UK-01")
        rig.settle()

        rig.check()
        assert rig.record("UK-01").status == "POSTED"
        assert not rig.record("UK-01").without_receipt

    @pytest.mark.parametrize(
        "wording", ["Attachment type 'pdf' is not valid", "The file is too large.", "Illegal format for attachmentdata: it is empty"]
    )
    @pytest.mark.parametrize("policy", ["warn", "refuse"])
    def test_refused_for_its_file_again_and_again_follows_the_policy(self, rig, wording, policy):
        configuration = rig.configurations()[0]
        configuration.unusable_receipt = policy
        configuration.save()
        rig.offer("UK-01")
        rig.sandbox.intacct.inject(Fault(http.UNJUDGED_REFUSAL, matching=ATTACHMENT, times=1000, wording=wording))

        rig.settle()

        record = rig.record("UK-01")
        assert record.status == ("POSTED" if policy == "warn" else "NEEDS_FIX"), record.first_problem
        assert wording.rstrip(".") in (" ".join(record.notes) if policy == "warn" else record.first_problem)
        assert record.without_receipt is (policy == "warn")

    @pytest.mark.parametrize(
        "wording",
        [
            "The folder 'Pleo' does not exist.",
            "You do not have permission for API operation CREATE on objects of type SUPDOC",
            "Attachment folder 'Pleo' does not exist",
        ],
    )
    def test_refused_for_anything_else_is_never_left_out(self, rig, wording):
        rig.offer("UK-01")
        rig.sandbox.intacct.inject(Fault(http.UNJUDGED_REFUSAL, matching=ATTACHMENT, times=1000, wording=wording))

        rig.settle(step=120)

        assert (rig.record("UK-01").status, rig.references()) == ("NEEDS_FIX", {})
        assert wording.rstrip(".") in rig.record("UK-01").first_problem


class TestALookAtAttachments:
    @pytest.mark.parametrize("missing", ["failure", "empty"])
    def test_that_are_not_there_ends_by_itself(self, rig, missing):
        """However a `get` would be refused: the list that is asked for is empty."""
        rig.sandbox.intacct.missing_get = missing
        rig.offer(*SMALL)
        rig.sandbox.intacct.inject(Fault(http.RESET_BEFORE, matching=ATTACHMENT))

        rig.settle()

        all_posted_with_receipts(rig)

    def test_asks_for_all_in_one_question(self, rig, monkeypatch):
        monkeypatch.setattr("exports.delivery.deliver.DOCUMENTS_IN_A_REQUEST", 4)
        rig.offer("UK-06", "UK-01")
        rig.sandbox.intacct.inject(Fault(http.RESET_AFTER, matching=ATTACHMENT))
        asked = []
        rig.after("look up", 1, lambda name, request, answer: asked.append(request.body.count(b"<get_list")) or answer)

        rig.settle()

        all_posted_with_receipts(rig, WITH_RECEIPTS)
        assert asked == [1]

    def test_asks_for_each_where_intacct_refuses_a_question_about_several(self, rig):
        rig.offer("UK-06", "UK-01")
        rig.sandbox.intacct.inject(Fault(http.RESET_BEFORE, matching=ATTACHMENT))
        rig.sandbox.intacct.inject(Fault(http.UNJUDGED_REFUSAL, matching="logical_operator", times=1000))

        rig.settle()

        all_posted_with_receipts(rig, WITH_RECEIPTS)

    def test_believes_no_list_that_is_not_whole(self, rig):
        rig.offer("UK-01")
        rig.sandbox.intacct.inject(Fault(http.RESET_AFTER, matching=ATTACHMENT))

        def cut(name, request, answer):
            listed = answer.body.replace(b'total="0"', b'total="7"')
            start, end = listed.find(b"<supdoc>"), listed.find(b"</supdoc>")
            return Answer(200, listed if start < 0 else listed[:start] + listed[end + len(b"</supdoc>") :], answer.content_type)

        for nth in (1, 2, 3):
            rig.after("look up", nth, cut)

        rig.settle()

        rig.check()
        assert rig.record("UK-01").status == "POSTED"
        assert rig.sent(rig.document("UK-01", "attachment").control_id) == 1

    def test_that_intacct_refuses_for_good_ends_with_a_person(self, rig):
        job = rig.offer("UK-01")
        rig.sandbox.intacct.inject(Fault(http.RESET_BEFORE, matching=ATTACHMENT))
        rig.sandbox.intacct.inject(
            Fault(http.UNJUDGED_REFUSAL, matching=ATTACHMENT_ASKED, times=10_000, wording="There is no table SUPDOC")
        )

        rig.settle(step=20)

        record = rig.record("UK-01")
        assert (record.status, rig.told(job)) == ("REVIEW", {entry_id("UK-01"): "failed"})
        assert "There is no table SUPDOC" in record.first_problem
        assert rig.count("look up") <= 40


class TestARefusalThatSoundsLikeADuplicate:
    @pytest.mark.parametrize(
        ("number", "wording"),
        [
            ("BL03002185", "Transaction with the number 'INV-4711' already exists"),
            ("BL04002055", "Smart Rule AP_DUP violated: possible duplicate invoice, ask the controller"),
            ("BL01001973", "Duplicate dimension combination on line 2"),
        ],
    )
    def test_of_a_first_send_is_looked_up_once_and_told_in_intacct_s_words(self, rig, number, wording):
        job = rig.offer("UK-09")
        rig.sandbox.intacct.inject(Fault(http.UNJUDGED_REFUSAL, matching=ENTRIES, times=1000, number=number, wording=wording))

        rig.run()

        record = rig.record("UK-09")
        assert (record.status, rig.count("send"), rig.count("look up")) == ("NEEDS_FIX", 1, 1)
        assert wording in record.first_problem
        assert rig.told(job) == {entry_id("UK-09"): "failed"}

    def test_of_what_is_there_is_taken_as_it_stands(self, rig):
        job = rig.offer("UK-09")
        rig.sandbox.intacct.inject(Fault(http.REFUSED_AFTER, matching=ENTRIES, number="BL03002185", wording="That number already exists"))

        rig.run()

        assert (rig.record("UK-09").status, rig.told(job)) == ("POSTED", {entry_id("UK-09"): "successful"})
        rig.check()


class TestFilesThatComeLate:
    @pytest.mark.parametrize("kind", [*UNREADABLE, *REFUSED])
    def test_are_added_once_whatever_is_answered(self, rig, kind):
        """They are looked for by their names before anything is sent again."""
        rig.offer("UK-01")
        rig.settle()
        (entry,) = rig.sandbox.intacct.ledger()
        before = rig.sandbox.intacct.attachments()[entry["supdocid"]]
        rig.sandbox.pleo.change_entry(entry_id("UK-01"), files=("pdf", "png"))
        rig.sandbox.intacct.inject(Fault(kind, matching="<update_supdoc>", wording="The cupboard is locked"))

        job = rig.offer("UK-01")
        rig.settle()

        rig.check()
        after = rig.sandbox.intacct.attachments()[entry["supdocid"]]
        assert after[: len(before)] == before
        assert len(after) == len({name for name, *_ in after}) == len(before) + 2
        assert rig.record("UK-01").status == "POSTED"
        assert set(rig.record("UK-01").receipts.values_list("state", flat=True)) == {"ATTACHED"}
        assert rig.told(job) == {entry_id("UK-01"): "successful"}

    def test_that_are_refused_for_good_leave_the_expense_posted_and_need_a_person(self, rig):
        rig.offer("UK-01")
        rig.settle()
        rig.sandbox.pleo.change_entry(entry_id("UK-01"), files=("pdf", "png"))
        rig.sandbox.intacct.inject(Fault(http.UNJUDGED_REFUSAL, matching="<update_supdoc>", times=1000, wording="The cupboard is locked"))

        job = rig.offer("UK-01")
        rig.settle(step=120)

        assert rig.told(job) == {entry_id("UK-01"): "successful"}
        assert rig.record("UK-01").status == "NEEDS_FIX"
        assert "The cupboard is locked" in rig.record("UK-01").first_problem

    def test_that_are_no_files_for_intacct_are_listed(self, rig):
        rig.offer("UK-01")
        rig.settle()
        rig.sandbox.pleo.change_entry(entry_id("UK-01"), files=("pdf", "png"))
        rig.sandbox.intacct.inject(Fault(http.UNJUDGED_REFUSAL, matching="<update_supdoc>", times=2, wording="The file is too large."))

        rig.offer("UK-01")
        rig.settle()

        rig.check()
        assert rig.record("UK-01").status == "POSTED"
        assert {(each.state, "too large" in each.fault) for each in rig.record("UK-01").receipts.all()} == {("NOT_ATTACHED", True)}
