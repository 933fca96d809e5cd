"""What takes two people, and who counts as a second one."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from exports.models import Event, ExportRecord
from integration.models import AccountChange, Connection, why_not_second
from tests.db.exports.rows import NOW, a_configuration, a_document, a_record

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def people(django_user_model: Any) -> Any:
    return [django_user_model.objects.create(username=name) for name in ("ada", "ben", "cleo")]


def stopped(amount: int = 200_000, **connection: Any) -> ExportRecord:
    """An expense of 2,000.00 that needs a person, above the limit of its connection."""
    configuration = a_configuration()
    Connection.objects.filter(pk=configuration.connection_id).update(**connection)
    configuration.connection.refresh_from_db()
    return a_record(configuration, status="NEEDS_FIX", amount_minor=amount)


class TestDecide:
    def test_waits_for_a_second_person_above_the_limit(self, people):
        ada, ben, _ = people
        record = stopped()

        first = record.decide("skip", "Booked as JE 12.", by=ada, now=NOW)
        waiting = ExportRecord.objects.get()
        second = ExportRecord.objects.get().decide("skip", "Yes.", by=ben, now=LATER)

        assert (first, waiting.status, waiting.asked, waiting.asked_by, waiting.asked_at) == (False, "NEEDS_FIX", "skip", ada, NOW)
        done = ExportRecord.objects.get()
        assert second and (done.status, done.skipped_reason, done.skipped_by, done.asked) == ("SKIPPED", "Booked as JE 12.", ben, "")
        assert "asked for by ada" in Event.objects.get(what="a second person agreed").why

    @pytest.mark.parametrize(("amount", "connection"), [(100_000, {}), (200_000, {"second_person": False})])
    def test_is_done_at_once_up_to_the_limit_and_for_teams_of_one(self, people, amount, connection):
        record = stopped(amount, **connection)

        assert record.decide("skip", "Booked as JE 12.", by=people[0], now=NOW)

        assert ExportRecord.objects.get().status == "SKIPPED"

    @pytest.mark.parametrize("name", ["release", "adopt", "adopt_bill"])
    def test_takes_two_for_all_that_says_what_is_in_intacct(self, people, name):
        record = stopped()
        codes = {"release": "intacct_unclear", "adopt": "intacct_disagrees", "adopt_bill": "bill_exists"}
        problem = {"code": codes[name], "sentence": "It is there.", "place": "", "kind": "document", "value": "7"}
        status = "NEEDS_FIX" if name == "adopt_bill" else "REVIEW"
        if status == "REVIEW":
            a_document(record, "REVIEW", found_key="7" if name == "adopt" else "", reason="It is there.")
        ExportRecord.objects.filter(pk=record.pk).update(status=status, problems=[problem], first_problem_code=problem["code"])

        alone = ExportRecord.objects.get().decide(name, by=people[0], now=NOW)
        waiting = ExportRecord.objects.get()
        with pytest.raises(ValueError, match="another person"):
            waiting.agree(by=people[0], now=LATER)
        together = ExportRecord.objects.get().agree(by=people[1], now=LATER)

        assert (alone, waiting.status, waiting.asked, together) == (False, status, name, True)
        assert ExportRecord.objects.get().asked == "" and Event.objects.filter(what="a second person agreed").exists()

    def test_is_not_agreed_to_by_the_person_who_asked(self, people):
        record = stopped()
        record.decide("skip", "Booked as JE 12.", by=people[0], now=NOW)

        with pytest.raises(ValueError, match="another person"):
            record.agree(by=people[0], now=LATER)
        with pytest.raises(ValueError, match="another person"):
            record.decide("skip", "Booked as JE 12.", by=people[0], now=LATER)

        assert ExportRecord.objects.get().status == "NEEDS_FIX"

    @pytest.mark.parametrize("what", AccountChange.What.values)
    def test_is_not_agreed_to_by_an_account_of_the_first_person(self, people, what):
        ada, ben, cleo = people
        AccountChange.note(ben, what, by=ada, now=NOW)
        record = stopped()
        record.decide("skip", "Booked as JE 12.", by=ada, now=NOW)

        with pytest.raises(ValueError, match="ada made the account of ben"):
            record.agree(by=ben, now=LATER)

        assert record.agree(by=cleo, now=LATER)

    def test_can_be_withdrawn(self, people):
        record = stopped()
        record.decide("skip", "Booked as JE 12.", by=people[0], now=NOW)

        record.withdraw(by=people[1], now=LATER)

        assert ExportRecord.objects.get().asked == ""
        with pytest.raises(ValueError, match="Nothing is asked"):
            record.agree(by=people[1], now=LATER)

    def test_is_not_asked_any_more_once_it_stands_otherwise(self, people):
        record = stopped()
        record.decide("skip", "Booked as JE 12.", by=people[0], now=NOW)

        record.planned(notes=(), without_receipt=False, moved_from=None, skipped="")
        record.refresh_status(LATER)

        assert (ExportRecord.objects.get().status, ExportRecord.objects.get().asked) == ("WAITING", "")


class TestPostAgain:
    def reversed_by(self, person: Any, **connection: Any) -> ExportRecord:
        record = stopped(1_000, **connection)
        principal = a_document(record, "CONFIRMED", fingerprint="f" * 64)
        a_document(record, "CONFIRMED", "reversal", principal=principal, body_hash="b" * 64)
        ExportRecord.objects.filter(pk=record.pk).update(reversal_by=person, reversal_reason="Wrong account.", reversal_at=NOW)
        record.refresh_from_db()
        record.refresh_status(NOW)
        assert record.status == "REVERSED"
        return record

    def test_takes_another_person_than_the_one_who_reversed_it_whatever_the_amount(self, people):
        ada, ben, _ = people
        record = self.reversed_by(ada)

        by_herself = record.decide("post_again", by=ada, now=LATER)
        asked = ExportRecord.objects.get().asked
        by_ben = record.decide("post_again", by=ben, now=LATER)

        done = ExportRecord.objects.get()
        assert (by_herself, asked, by_ben) == (False, "post_again", True)
        assert (done.posting_number, done.status, done.export_again_by, done.reversal_by, done.posted_at) == (2, "WAITING", ben, None, None)

    def test_takes_one_person_in_a_team_of_one(self, people):
        record = self.reversed_by(people[0], second_person=False)

        assert record.decide("post_again", by=people[0], now=LATER)

        assert ExportRecord.objects.get().posting_number == 2

    def test_is_not_done_by_an_account_of_the_person_who_reversed_it(self, people):
        ada, ben, _ = people
        AccountChange.note(ben, "MADE", by=ada, now=NOW)
        record = self.reversed_by(ada)

        with pytest.raises(ValueError, match="ada made the account of ben"):
            record.decide("post_again", by=ben, now=LATER)


class TestWhyNotSecond:
    def test_counts_whoever_can_sign_in_as_the_other_as_the_same(self, people):
        ada, ben, cleo = people
        AccountChange.note(ben, "MADE", by=ada, now=NOW)
        AccountChange.note(cleo, "PASSWORD", by=ben, now=NOW)

        assert why_not_second(ada, ben) and why_not_second(ben, ada), "ada may have asked as ben"
        assert why_not_second(ada, cleo), "through ben"
        assert why_not_second(ada, ada) and why_not_second(None, ada) and why_not_second(ada, None)

    def test_takes_two_accounts_that_have_nothing_to_do_with_each_other(self, people):
        ada, ben, cleo = people
        AccountChange.note(ben, "MADE", by=ada, now=NOW)

        assert why_not_second(ben, cleo) == why_not_second(cleo, ada) == ""

    def test_forgets_nothing_of_a_deleted_account_in_between(self, people):
        ada, ben, cleo = people
        AccountChange.note(ben, "MADE", by=ada, now=NOW)
        AccountChange.note(cleo, "MADE", by=ben, now=NOW)
        ben.delete()

        assert why_not_second(ada, cleo)

    def test_writes_nothing_down_where_somebody_changes_an_account_of_his_own(self, people):
        AccountChange.note(people[0], "PASSWORD", by=people[0], now=NOW)

        assert not AccountChange.objects.exists()


class TestSettings:
    def test_two_people_by_default_above_a_thousand(self):
        connection = a_configuration().connection

        assert (connection.second_person, connection.second_person_above) == (True, Decimal(1000))
