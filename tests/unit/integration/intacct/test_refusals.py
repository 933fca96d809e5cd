from datetime import UTC, date, datetime, timedelta

import pytest

from integration.errors import Rejected
from integration.intacct.day_formats import DOCUMENTED, DateFormat
from integration.intacct.refusals import first_open_day, lacks_permission, may_be_a_slip, refuses_file

REFUSED, TODAY = date(2026, 1, 15), date(2026, 4, 2)
DAY_FIRST = DateFormat("/", "dmY", told=True)
MONTH_FIRST = DateFormat("/", "mdY", told=True)


def opens(text, *, code="BL01001973", refused=REFUSED, today=TODAY, dates=DOCUMENTED):
    return first_open_day(Rejected(text, code=code), refused, today=today, dates=dates)


class TestFirstOpenDay:
    @pytest.mark.parametrize(
        ("text", "day"),
        [
            ("Date must be on or after 3/1/2026", date(2026, 3, 1)),
            ("Date 01/15/2026 must be on or after 03/01/2026: Accounts Payable is closed for earlier dates.", date(2026, 3, 1)),
            ("Date 1/15/2026 must be on or after 3/1/2026. Open the period, or use a date on or after 3/1/2026.", date(2026, 3, 1)),
            ("Use a date on or after 03/01/2026 00:00:00.", date(2026, 3, 1)),
            # Periods are calendar months where the refusal says only that ours is closed, and names our day.
            ("Periods are closed. Your transaction date (1/15/2026) is within a period that's been closed.", date(2026, 2, 1)),
        ],
    )
    def test_is_the_one_the_refusal_names(self, text, day):
        assert opens(text) == day

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("Smart Rule AP_DUP violated: the period is closed, ask the controller", "BL04002055"),
            ("Smart Rule AP_DUP violated: period closed, use a date on or after 03/01/2026", "BL01001973"),
            ("This period of our project is closed (ask Joe), use a date on or after 03/01/2026", "BL04002055"),
            ("Project 12 is closed for this period.", "BL01001973"),
            ("Periods are closed. Your transaction date (02/15/2026) is within a period that's been closed.", "BL01001973"),
            ("Vendor 'V-1' specified is not valid.", "BL01001973"),
            ("Date must be on or after 13/13/2026", "BL01001973"),
            ("Date must be on or after 03-01-2026", "BL01001973"),
            ("Date must be on or after 01/15/2026", "BL01001973"),  # the very day that was refused
        ],
    )
    def test_is_unknown_where_no_date_of_the_answer_says_so(self, text, code):
        assert opens(text, code=code) is None

    @pytest.mark.parametrize(
        "text",
        [
            "Date must be on or after 4/3/2026",
            "Periods are closed. Your transaction date (4/1/2026) is within a period that's been closed.",
        ],
    )
    def test_is_never_in_the_future(self, text):
        assert opens(text, refused=date(2026, 4, 1)) is None

    def test_is_read_as_the_user_writes_dates(self):
        assert opens("Date must be on or after 01/03/2026", dates=DAY_FIRST) == date(2026, 3, 1)

    def test_is_not_guessed_where_it_may_be_either_of_two_days(self):
        assert opens("Date must be on or after 02/03/2026", dates=DAY_FIRST) is None
        assert opens("Date must be on or after 02/03/2026", dates=DAY_FIRST, refused=date(2026, 2, 20)) == date(2026, 3, 2)

    def test_is_not_guessed_where_nobody_said_how_the_user_reads_days(self):
        assert opens("Date must be on or after 02/03/2026", dates=MONTH_FIRST) == date(2026, 2, 3)
        assert opens("Date must be on or after 02/03/2026", dates=DOCUMENTED) is None
        assert opens("Date must be on or after 01/03/2026", dates=DOCUMENTED) == date(2026, 3, 1)  # 3 January was refused

    @pytest.mark.parametrize(
        ("named", "text"),
        [("-Ymd", "2026-03-02"), (".dmY", "2.3.2026"), (".dmy", "02.03.26"), ("/Ymd", "2026/3/2"), ("-mdY", "03-02-2026 00:00:00")],
    )
    def test_is_read_in_whatever_format_the_user_has(self, named, text):
        dates = DateFormat(named[0], named[1:], told=True)

        assert opens(f"Date must be on or after {text}: it is closed before.", dates=dates) == date(2026, 3, 2)


class TestLacksPermission:
    @pytest.mark.parametrize(
        ("code", "said", "lacks"),
        [
            ("PL04000005", "You do not have permission for API operation CREATE on objects of type SUPDOC", True),
            ("PL04000005", "Dafür reicht die Rolle nicht", True),
            ("BL01001973", "You do not have permission for API operation CREATE on objects of type SUPDOC", True),
            ("BL01001973", "Account 6100 is not valid", False),
            ("", "", False),
        ],
    )
    def test_is_told_by_the_number_and_where_that_is_a_general_one_by_the_words(self, code, said, lacks):
        assert lacks_permission(code, said) is lacks

    def test_is_no_fault_of_a_file_whatever_the_words(self):
        assert not refuses_file(Rejected("Attachment type of the role", code="PL04000005"))
        assert refuses_file(Rejected("Attachment type xyz is not valid", code="BL01001973"))


class TestASlip:
    SINCE = datetime(2026, 3, 9, 12, tzinfo=UTC)

    @pytest.mark.parametrize(("minutes", "slip"), [(0, True), (9, True), (10, False), (600, False), (-600, False)])
    def test_is_believed_for_ten_minutes(self, minutes, slip):
        refusal = Rejected("Not today", code="BL01001973")

        assert may_be_a_slip(refusal, self.SINCE, self.SINCE + timedelta(minutes=minutes)) is slip

    @pytest.mark.parametrize(
        "refusal",
        [
            Rejected("You do not have permission for API operation QUERY", code="BL01001973"),
            Rejected("No way", code="PL04000005"),
            Rejected("Bill 7 has no readable amount or date."),
        ],
    )
    def test_is_not_what_only_a_person_mends(self, refusal):
        assert not may_be_a_slip(refusal, self.SINCE, self.SINCE)
