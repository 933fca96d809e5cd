"""Days in Intacct's answers: how a format is named, and what is read by it."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from lxml import etree

from exports.ledger.comparing import compare
from integration.errors import Rejected
from integration.intacct.answers import Result
from integration.intacct.day_formats import DOCUMENTED, DateFormat, date_format
from integration.intacct.documents import JournalEntry, JournalLine
from integration.intacct.refusals import first_open_day
from integration.intacct.responses import date_format_of, page_of
from integration.money import Money

NINTH = date(2026, 3, 9)


def told(named: str) -> DateFormat:
    found = date_format(named)
    assert found is not None
    return found


def row(dates: DateFormat = DOCUMENTED, **fields: str) -> dict[str, str]:
    """What is read of one row of a query with these fields."""
    data = etree.Element("data")
    record = etree.SubElement(data, "GLBATCH")
    for name, text in fields.items():
        etree.SubElement(record, name).text = text
    (found,) = page_of(Result("c", "query", "success", "", data, (), dates)).rows
    return dict(found)


def formatting(*texts: str) -> Result:
    data = etree.Element("data")
    for text in texts:
        etree.SubElement(etree.SubElement(data, "userformatting"), "dateformat").text = text
    return Result("c", "readUserFormatting", "success", "", data, ())


class TestTheFormat:
    @pytest.mark.parametrize(
        ("named", "shown"), [("/mdY", "mm/dd/yyyy"), ("/dmY", "dd/mm/yyyy"), ("-Ymd", "yyyy-mm-dd"), (".dmy", "dd.mm.yy")]
    )
    def test_is_what_intacct_names(self, named, shown):
        dates = date_format_of(formatting(named))

        assert dates == DateFormat(named[0], named[1:], told=True) and str(dates) == shown

    @pytest.mark.parametrize("texts", [(), ("",), ("mdY",), ("/mdYY",), ("/mmY",), ("/mYy",), ("%m/%d/%Y",), ("/mdY", "/dmY")])
    def test_is_not_made_up_from_anything_else(self, texts):
        assert date_format_of(formatting(*texts)) is None
        assert date_format_of(Result("c", "readUserFormatting", "success", "", None, ())) is None


class TestADay:
    @pytest.mark.parametrize(
        ("named", "text"),
        [
            ("/mdY", "3/9/2026"),
            ("/mdY", "03/09/2026 00:00:00"),
            ("/mdY", "3/9/2026 12:00:00 AM"),
            ("/mdY", "3/9/26"),
            ("/dmY", "09/03/2026"),
            ("/dmY", "9/3/2026 10:15"),
            ("-Ymd", "2026-03-09"),
            ("-Ymd", "2026-3-9"),
            ("-Ymd", "2026-03-09T23:59:59Z"),
            ("-Ymd", "26-03-09"),
            (".dmy", "09.03.26"),
            (".dmy", "9.3.2026"),
        ],
    )
    def test_is_read_by_the_users_format(self, named, text):
        assert told(named).parse(text) == NINTH

    @pytest.mark.parametrize(
        ("named", "text"),
        [
            ("/mdY", "2026-03-09"),
            ("/mdY", "13/09/2026"),
            ("/mdY", "2026/03/09"),
            ("/mdY", "3/9/126"),
            ("/mdY", "003/9/2026"),
            ("/mdY", "3/9/2026 noon"),
            ("/mdY", "3/9/2026 25:00:00"),
            ("/mdY", "3/9/2026 13:00 PM"),
            ("/mdY", "3/9-2026"),
            ("/mdY", "٣/٩/٢٠٢٦"),
            ("/dmY", "31/02/2026"),
            ("-Ymd", "09-03-2026"),
            ("-Ymd", ""),
            ("-Ymd", "2026-03-09 " * 1000),
        ],
    )
    def test_of_another_form_is_none(self, named, text):
        with pytest.raises(ValueError):
            told(named).parse(text)

    def test_with_two_digits_for_the_year_is_one_only_where_its_format_was_told(self):
        assert told("/mdY").parse("3/9/26") == NINTH
        with pytest.raises(ValueError):
            DOCUMENTED.parse("3/9/26")

    @pytest.mark.parametrize(("text", "hour"), [("3/9/2026 02:05:06 PM", 14), ("3/9/2026 12:05:06 pm", 12), ("3/9/2026 12:05:06 AM", 0)])
    def test_has_its_time_by_either_clock(self, text, hour):
        assert told("/mdY").moment(text) == datetime(2026, 3, 9, hour, 5, 6)


class TestARowOfAnAnswer:
    @pytest.mark.parametrize("name", ["BATCH_DATE", "WHENCREATED", "WHENPOSTED", "STARTOPEN"])
    def test_has_its_days_as_documented(self, name):
        assert row(told("/dmY"), **{name: "9/3/2026 00:00:00"}) == {name: "03/09/2026"}
        assert row(told("-Ymd"), **{name: "2026-03-09"}) == {name: "03/09/2026"}

    def test_has_its_moments_as_documented(self):
        assert row(told("-Ymd"), WHENMODIFIED="2026-03-09 02:05:06 PM") == {"WHENMODIFIED": "03/09/2026 14:05:06"}

    def test_says_where_a_day_is_written_otherwise_than_told(self):
        """Day and month may have changed places: whoever reads it finds no day."""
        found = row(told("-Ymd"), STARTOPEN="03/04/2026")["STARTOPEN"]

        assert found == "03/04/2026 (no day written yyyy-mm-dd)"
        with pytest.raises(ValueError):
            DOCUMENTED.parse(found)

    def test_is_as_it_stands_where_no_format_was_told_and_none_fits(self):
        assert row(STARTOPEN="2026-03-09") == {"STARTOPEN": "2026-03-09"}
        assert row(told("/dmY"), STARTOPEN="", TITLE="9/3/2026") == {"STARTOPEN": "", "TITLE": "9/3/2026"}


class TestWhatOthersReport:
    def test_a_first_open_day_without_zeros_in_front(self):
        """Case 07 of the reported ones."""
        refusal = Rejected("Date must be on or after 3/1/2026", code="BL01001973")

        for dates in (DOCUMENTED, told("/mdY")):
            assert first_open_day(refusal, date(2026, 1, 15), today=date(2026, 4, 2), dates=dates) == date(2026, 3, 1)

    @pytest.mark.parametrize("dates", [DOCUMENTED, told("/mdY")])
    @pytest.mark.parametrize("text", ["3/9/2026", "03/09/2026 00:00:00"])
    def test_a_day_read_back_without_zeros_in_front_or_with_a_time(self, text, dates):
        """Case 08 of the reported ones: sent as 03/09/2026."""
        lines = [JournalLine("6100", "debit", Money.of_minor(100, "GBP")), JournalLine("1050", "credit", Money.of_minor(100, "GBP"))]
        entry = JournalEntry("PLAAAAAAAAAAAAAAAA", "UK01", "PLEO", NINTH, "Taxi", tuple(lines))
        theirs = [
            {"BATCHNO": "7", "ACCOUNTNO": line.account, "TR_TYPE": "1" if line.side == "debit" else "-1", "TRX_AMOUNT": "1.00"}
            for line in lines
        ]

        assert compare(entry, [row(dates, RECORDNO="7", JOURNAL="PLEO", BATCH_DATE=text)], theirs).verdict == "equal"
