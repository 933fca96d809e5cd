from datetime import UTC, datetime, timedelta, timezone

import pytest
from lxml import etree

from integration.errors import TryLater
from integration.intacct.answers import Asked, Result
from referencedata.kinds.company_shapes import preference_rows, setup_rows
from referencedata.kinds.registry import BY_NAME
from referencedata.syncing.paging import Question, watermark_of

NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)


def asked(*keys, total=None, field="RECORDNO", server_time=NOW):
    data = etree.Element("data", totalcount=str(total if total is not None else len(keys)))
    for key in keys:
        etree.SubElement(etree.SubElement(data, "VENDOR"), field).text = key
    return Asked((Result("r0", "query", "success", "", data, ()),), server_time)


def question(key="RECORDNO", numbers=True):
    return Question("VENDOR", (key,), key, numbers, None, 3)


class TestQuestion:
    def test_asks_for_what_lies_behind_the_last_key(self):
        body = question().page("17").decode()

        assert "<greaterthan><field>RECORDNO</field><value>17</value></greaterthan>" in body
        assert "<orderby><order><field>RECORDNO</field><ascending/></order></orderby>" in body
        assert "<offset>0</offset>" in body

    def test_reads_on_while_rows_are_left(self):
        first, last = (question().portion(asked("18", "19", total=total), "17", NOW, counted=False) for total in (3, 2))

        assert (first.last, first.more, last.more) == ("19", True, False)

    def test_knows_the_count_from_the_first_page_alone(self):
        assert question().portion(asked("1", "2", total=7), "", NOW, counted=False).count == 7
        assert question().portion(asked("3", "4", total=5), "2", NOW, counted=False).count is None

    # As numbers 9 < 10, as texts it is the other way.
    @pytest.mark.parametrize(("keys", "after", "total"), [(("9", "10"), "9", 2), (("7",), "9", 1), (("",), "9", 2)])
    def test_refuses_a_page_that_does_not_follow(self, keys, after, total):
        with pytest.raises(TryLater, match="does not follow"):
            question().portion(asked(*keys, total=total), after, NOW, counted=False)

    @pytest.mark.parametrize("odd", ["", "9" * 19, "9" * 5_000, "sNaN", "\N{SUPERSCRIPT TWO}", "-1"])
    def test_asks_for_what_lies_behind_the_last_key_that_is_one(self, odd):
        portion = question().portion(asked("18", odd, total=9), "17", NOW, counted=False)

        assert (portion.last, portion.more, len(portion.rows)) == ("18", True, 2)
        assert question().portion(asked(odd), "17", NOW, counted=False).last == "17"

    def test_takes_codes_in_whatever_order_the_server_has(self):
        portion = question("SYMBOL", numbers=False).portion(asked("b", "C", field="SYMBOL"), "a", NOW, counted=False)

        assert portion.last == "C"
        with pytest.raises(TryLater):
            question("SYMBOL", numbers=False).portion(asked("a", "C", field="SYMBOL"), "a", NOW, counted=False)


class TestWatermarkOf:
    def test_is_a_day_before_the_earlier_clock(self):
        late = NOW + timedelta(hours=3)

        assert watermark_of(asked(), late) == NOW - timedelta(days=1)
        assert watermark_of(asked(server_time=late), NOW) == NOW - timedelta(days=1)

    def test_minds_the_zone_of_the_server(self):
        there = datetime(2026, 3, 9, 4, 0, tzinfo=timezone(timedelta(hours=-8)))

        assert watermark_of(asked(server_time=there), NOW + timedelta(hours=1)) == NOW - timedelta(days=1)

    def test_is_none_where_the_server_does_not_say_its_time(self):
        assert watermark_of(asked(server_time=None), NOW) is None


class TestStamp:
    def test_is_known_only_where_lookup_shows_it(self):
        assert BY_NAME["vendors"].stamp({"RECORDNO", "WHENMODIFIED"}) == "WHENMODIFIED"
        assert BY_NAME["vendors"].stamp({"RECORDNO"}) == ""

    def test_is_not_trusted_for_entities(self):
        assert BY_NAME["entities"].stamp({"RECORDNO", "WHENMODIFIED", "STARTOPEN"}) == ""


class TestSettings:
    def test_of_the_company_are_not_readable_where_the_answer_leaves_them_out(self):
        data = etree.fromstring(
            "<data><financialSetup><baseCurrency>GBP</baseCurrency><multiBook>false</multiBook></financialSetup></data>"
        )

        said = {row["NAME"]: row["VALUE"] for row in setup_rows(data)}

        assert (said["Base currency"], said["Several books"], said["First fiscal month"]) == ("GBP", "false", "not readable")

    def test_that_matter_are_listed_beside_all_that_came(self):
        row = "<companypref><application>AP</application><preference>ANYTHING</preference><prefvalue>T</prefvalue></companypref>"

        said = {each["NAME"]: each["VALUE"] for each in preference_rows(etree.fromstring(f"<data>{row}</data>"), "AP")}

        assert said.pop("ANYTHING") == "T"
        assert set(said.values()) == {"not readable"}
        assert "Account labels on bills" in said
