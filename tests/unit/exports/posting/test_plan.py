from datetime import date
from zoneinfo import ZoneInfo

import pytest

from exports.posting.kinds import RULES
from exports.posting.plan import CannotPost, plan_posting
from exports.posting.receipts import late_attachment
from integration.intacct.documents import Attachment, JournalEntry, document_key
from tests.unit.exports.posting.posting_kit import (
    CONTEXT,
    ENTRY,
    STANDARD,
    bad_receipt,
    carried,
    codes,
    context,
    entry,
    facts,
    item,
    line,
    plan,
    receipt,
    rows,
    sentences,
)


class TestPlanPosting:
    def test_names_every_problem_at_once(self):
        lines = line(100, "6900", tags={"DEPARTMENT": "900"}), line(200, None, tax=20, code="gone")

        with pytest.raises(CannotPost) as caught:
            plan_posting(item(*lines, amount=999), CONTEXT, facts())

        found = [(problem.code, problem.place) for problem in caught.value.problems]
        assert found == [
            ("lines_do_not_add_up", ""),
            ("account_inactive", "line 1"),
            ("dimension_value_inactive", "line 1"),
            ("account_missing", "line 2"),
            ("tax_code_unknown", "line 2"),
        ]

    def test_sends_the_attachment_before_the_entry_that_names_it(self):
        planned = plan(item())

        attachment, posted = planned.documents
        assert isinstance(attachment, Attachment)
        assert isinstance(posted, JournalEntry)
        assert planned.principal is posted
        assert posted.attachment_key == attachment.key

    def test_makes_the_same_plan_for_the_same_item(self):
        assert plan(item()) == plan(item())

    def test_gives_new_keys_after_a_reversal(self):
        first, second = (plan(item(), record=facts(receipt(), posting_number=number)) for number in (1, 2))

        assert first.principal.key == document_key("ACME", ENTRY, "journal_entry", posting_number=1)
        assert {each.key for each in first.documents}.isdisjoint(each.key for each in second.documents)

    def test_skips_an_item_that_is_zero(self):
        planned = plan(item(line(0, None), line(0, "gone")))

        assert planned.skipped == "amount is zero"
        assert planned.documents == ()
        assert planned.principal is None

    def test_refuses_lines_that_do_not_add_up(self):
        assert sentences(item(line(9500), amount=10000)) == [
            "The lines add up to GBP 95.00, but the expense is GBP 100.00. Correct the split of this expense in Pleo."
        ]

    def test_refuses_lines_in_another_currency(self):
        assert codes(item(line(100, currency="EUR"), amount=100)) == ["currency_mixed"]


class TestCodesWithBlanksAroundThem:
    def test_are_the_codes_between(self):
        tags = {" department ": " 200 "}
        posted = entry(item(line(12000, " 6100 ", tax=2000, code=f" {STANDARD} ", tags=tags), contra={"code": " 1050 "}))

        assert rows(posted)[0] == ("Dr", "6100", "100.00", "20.00")
        assert (posted.lines[0].tax.detail, carried(posted, 0)["DEPARTMENT"]) == (STANDARD, "200")

    def test_are_shown_as_they_were_looked_for(self):
        assert "Account 9999 does not exist" in sentences(item(line(100, " 9999\u200b")))[0]


class TestKinds:
    @pytest.mark.parametrize(
        ("kind", "sub_type", "account", "offset"),
        [
            ("card_purchase", None, "6100", "1050"),
            ("card_purchase", "online", "6100", "1050"),
            ("card_invoice", None, "6100", "1050"),
            ("fee", None, "7900", "1050"),
            ("fee", "interest", "7900", "1050"),
            ("out_of_pocket", None, "6100", "2050"),
        ],
    )
    def test_go_the_way_of_their_row(self, kind, sub_type, account, offset):
        planned = plan(item(line(1000, account), type=kind, sub_type=sub_type))

        assert rows(planned.principal) == [("Dr", account, "10.00", ""), ("Cr", offset, "10.00", "")]

    @pytest.mark.parametrize(("kind", "sub_type"), sorted(key for key, rule in RULES.items() if rule.form not in ("bill", "by_hand")))
    def test_with_an_unexpected_sign_wait_for_a_person(self, kind, sub_type):
        wrong = item(line(-1000 * RULES[kind, sub_type].sign, "7900"), type=kind, sub_type=sub_type)

        assert codes(wrong)[0] == "sign_unexpected"
        assert "Either Pleo writes this kind so (" in sentences(wrong)[0]

    def test_with_an_unknown_sub_type_are_never_guessed(self):
        assert codes(item(line(100), sub_type="Online")) == ["sub_type_unknown"]

    @pytest.mark.parametrize("kind", ["overdraft", "balance_amendment", "credit_note", "Refund", "unheard of"])
    def test_nobody_has_heard_of_are_a_problem(self, kind):
        assert codes(item(line(100), type=kind)) == ["unknown_kind"]


class TestDates:
    def test_are_days_of_the_configured_time_zone(self):
        late = item(line(100), date="2026-03-31T23:30:00Z")

        assert plan(late).principal.posting_date == date(2026, 4, 1)  # British Summer Time
        assert plan(late, context(time_zone=ZoneInfo("UTC"))).principal.posting_date == date(2026, 3, 31)
        assert plan(late, context(time_zone=ZoneInfo("America/New_York"))).principal.posting_date == date(2026, 3, 31)

    @pytest.mark.parametrize("kind", ["card_purchase", "out_of_pocket", "mileage"])
    @pytest.mark.parametrize(
        ("written", "setting", "day"),
        [
            # Pleo's samples write a day so; in New York that moment is the evening before.
            ("2026-03-09T00:00:00Z", True, date(2026, 3, 9)),
            ("2026-03-09T00:00:00.000+00:00", True, date(2026, 3, 9)),
            ("2026-03-09T00:00:00Z", False, date(2026, 3, 8)),
            ("2026-03-09T00:00:01Z", True, date(2026, 3, 8)),
            ("2026-03-09T00:00:00+02:00", True, date(2026, 3, 8)),
        ],
    )
    def test_at_midnight_in_utc_are_days_where_the_configuration_says_so(self, written, setting, day, kind):
        within = context(time_zone=ZoneInfo("America/New_York"), midnight_is_a_day=setting)

        assert plan(item(line(100), type=kind, date=written), within).principal.posting_date == day

    @pytest.mark.parametrize(
        ("first", "allowed", "found"),
        [
            (date(2026, 3, 9), False, []),
            (date(2026, 3, 10), False, ["before_first_posting_date"]),
            (date(2026, 3, 10), True, []),
        ],
    )
    def test_before_the_first_posting_date_wait_for_a_person(self, first, allowed, found):
        assert codes(item(), context(first_posting_date=first), facts(receipt(), date_allowed=allowed)) == found

    @pytest.mark.parametrize(
        ("policy", "opens", "today", "posted"),
        [
            ("first_open_day", date(2026, 4, 1), date(2026, 4, 2), date(2026, 4, 1)),
            ("today", date(2026, 4, 1), date(2026, 4, 2), date(2026, 4, 2)),
            ("today", date(2026, 5, 1), date(2026, 4, 2), date(2026, 5, 1)),
            ("fail", date(2026, 3, 9), date(2026, 4, 2), date(2026, 3, 9)),
        ],
    )
    def test_move_by_the_policy_and_say_from_where(self, policy, opens, today, posted):
        planned = plan(item(), context(closed_period=policy, open_from=opens, today=today))

        assert planned.principal.posting_date == posted
        moved = posted != date(2026, 3, 9)
        assert planned.moved_from == (date(2026, 3, 9) if moved else None)
        texts = [planned.principal.title, *(each.description for each in planned.principal.lines)]
        assert all(("moved from 9 Mar 2026" in text) == moved for text in texts)

    def test_in_a_closed_period_are_a_problem_where_nothing_else_is_set(self):
        assert codes(item(), context(open_from=date(2026, 3, 10))) == ["period_closed"]


class TestReceipts:
    def test_stand_in_one_attachment_with_names_of_their_own(self):
        attachment = plan(item(), record=facts(receipt(1, "a"), receipt(2, "b", "png"))).documents[0]

        assert [(file.name, file.type) for file in attachment.files] == [("PLEO-0042-1", "pdf"), ("PLEO-0042-2", "png")]
        assert attachment.folder == "Pleo"

    def test_of_equal_content_are_attached_once(self):
        attachment = plan(item(), record=facts(receipt(1, "a"), receipt(2, "b"), receipt(3, "a"))).documents[0]

        assert [file.content_hash[0] for file in attachment.files] == ["a", "b"]

    @pytest.mark.parametrize("book_id", ["a.b/c d", "…", "", "x" * 500])
    def test_have_names_without_dots_whatever_the_book_id_is(self, book_id):
        attachment = plan(item(book_id=book_id), record=facts(receipt(1))).documents[0]

        assert attachment.files[0].name.endswith("-1")

    def test_that_cannot_be_used_are_noted(self):
        planned = plan(item(), record=facts(receipt(1), bad_receipt(2)))

        assert not planned.without_receipt
        assert "Receipt 2 was left out: The receipt is larger than 10 MB." in planned.notes

    def test_that_cannot_be_used_are_a_problem_where_that_is_set(self):
        assert codes(item(), context(unusable_receipt="refuse"), facts(receipt(1), bad_receipt(2))) == ["receipt_too_large"]

    @pytest.mark.parametrize(
        ("kind", "record", "without"),
        [
            ("card_purchase", facts(), True),
            ("card_invoice", facts(), True),
            ("out_of_pocket", facts(), True),
            ("card_purchase", facts(bad_receipt()), True),
            ("card_purchase", facts(receipt()), False),
            ("fee", facts(), False),
            ("fee", facts(bad_receipt()), True),
        ],
    )
    def test_that_are_missing_are_listed(self, kind, record, without):
        planned = plan(item(line(100, "7900"), type=kind), record=record)

        assert planned.without_receipt == without
        assert ("Posted without a receipt." in planned.notes) == without
        assert bool(planned.principal.attachment_key) != (not record.receipts or record.receipts[0].file is None)


class TestLateAttachment:
    def test_holds_all_files_and_names_the_bill(self):
        made, update = late_attachment(item(), "4711", CONTEXT, facts(receipt(1, "a"), receipt(2, "b", "png")))

        assert len(made.files) == 2
        assert (update.bill_record, update.attachment_key) == ("4711", made.key)
        assert update.key != made.key

    def test_of_other_files_is_another_document(self):
        keys = {late_attachment(item(), "4711", CONTEXT, facts(receipt(1, content)))[1].key for content in "ab"}

        assert len(keys) == 2

    def test_needs_a_receipt(self):
        assert late_attachment(item(), "4711", CONTEXT, facts(bad_receipt())) is None
