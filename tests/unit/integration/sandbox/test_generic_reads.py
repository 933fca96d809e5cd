"""The older generic reads, and the older way to write a bill."""

from __future__ import annotations

import pytest

from integration.sandbox.intacct.objects import SIDE
from tests.unit.integration.sandbox.intacct_kit import Client, create, elements, new_client
from tests.unit.integration.sandbox.payables_kit import extend


@pytest.fixture
def client() -> Client:
    made = new_client()
    extend(made.sandbox.books)
    return made


ALL = ["1050", "2000", "2200", "2201", "6100", "6200", "6900", "6400", "1051", "1060", "6300", "7900"]


def read_by_query(where: str = "", *, kind: str = "GLACCOUNT", fields: str = "ACCOUNTNO", pagesize: str | None = None) -> str:
    return f"<readByQuery>{elements(object=kind, fields=fields, query=where, pagesize=pagesize)}</readByQuery>"


class TestReadByQuery:
    @pytest.mark.parametrize(
        ("where", "found"),
        [
            ("ACCOUNTNO = '6100'", ["6100"]),
            ("ACCOUNTNO != '6100' AND ACCOUNTNO &gt;= '6100'", ["6200", "6900", "6400", "6300", "7900"]),
            ("STATUS = 'F'", ["6900"]),
            ("STATUS = 'T' and (ACCOUNTNO = '6100' or ACCOUNTNO = '6200')", ["6100", "6200"]),
            ("ACCOUNTNO in ('6100', '6200', '7')", ["6100", "6200"]),
            ("ACCOUNTNO not in ('1050', '2000', '2200', '2201', '6100', '6200')", ALL[6:]),
            ("TITLE like '%VAT'", ["2200", "2201"]),
            ("TITLE not like '%a%' and ACCOUNTNO &lt; '2200'", []),
            ("REQUIREPROJECT is not null", ["6400"]),
            ("TITLE = 'Pleo wallet'", ["1050"]),
            ("", ALL),
            (r"TITLE = 'O\'Neill'", []),
        ],
    )
    def test_finds(self, client, where, found):
        reply = client.send(read_by_query(where))

        assert reply.statuses == ["success"], reply.errors
        assert sorted(reply.texts("operation/result/data/glaccount/ACCOUNTNO")) == sorted(found)

    @pytest.mark.parametrize(
        "where",
        ["STATUS = 'active'", "ACCOUNTNO 6100", "ACCOUNTNO = '6100", "(ACCOUNTNO = '6100'", "NONE = '1'", "ACCOUNTNO = '1' '2'", "NOT"],
    )
    def test_refuses_what_is_no_condition(self, client, where):
        assert client.send(read_by_query(where)).statuses == ["failure"]

    def test_hands_out_pages_by_the_id_of_the_result(self, client):
        reply = client.send(read_by_query(pagesize="3"))
        data = reply.xml.find("operation/result/data")
        numbers = reply.texts("operation/result/data/glaccount/ACCOUNTNO")
        while int(data.get("numremaining")):
            reply = client.send(f"<readMore><resultId>{data.get('resultId')}</resultId></readMore>")
            data = reply.xml.find("operation/result/data")
            numbers += reply.texts("operation/result/data/glaccount/ACCOUNTNO")

        assert len(numbers) == len(set(numbers)) == int(data.get("totalcount")) == len(ALL)

    @pytest.mark.parametrize("size", ["0", "1001", "x"])
    def test_refuses_a_page_size(self, client, size):
        assert client.send(read_by_query(pagesize=size)).statuses == ["failure"]

    def test_hides_what_belongs_to_another_entity(self, client):
        assert client.send(read_by_query("ACCOUNTNO = '6150'")).xml.find("operation/result/data").get("count") == "0"


class TestRead:
    def test_gives_the_lines_of_an_entry(self, client):
        number = client.send(create(), ids=["e"]).text("operation/result/data/glbatch/RECORDNO")

        reply = client.send(f"<read>{elements(object='GLBATCH', keys=number, fields='*')}</read>")

        assert len(reply.xml.findall("operation/result/data/GLBATCH/ENTRIES/GLENTRY")) == 2

    def test_refuses_more_keys_than_a_hundred(self, client):
        keys = ",".join(str(number) for number in range(101))
        assert client.send(f"<read>{elements(object='GLBATCH', keys=keys, fields='*')}</read>").statuses == ["failure"]

    def test_by_name_finds_ids(self, client):
        reply = client.send(f"<readByName>{elements(object='VENDOR', keys='V-1,V-404', fields='NAME')}</readByName>")

        assert reply.texts("operation/result/data/VENDOR/NAME") == ["V-1"]


class TestInspect:
    def test_lists_objects_and_fields(self, client):
        assert "GLBATCH" in client.send("<inspect><object>*</object></inspect>").texts("operation/result/data/Type")
        assert "SYMBOL" in client.send("<inspect><object>JOURNAL</object></inspect>").texts("operation/result/data/Type/Fields/Field")


def day(name: str, text: str = "2025-03-31") -> str:
    year, month, date = text.split("-")
    return f"<{name}>{elements(year=year, month=month, day=date)}</{name}>"


LINE = f"<lineitem>{elements(glaccountno='6100', amount='100.00', memo='One', locationid='UK01')}</lineitem>"


def legacy_bill(*parts: str, lines: str = LINE) -> str:
    parts = parts or ("<vendorid>V-1</vendorid>", day("datecreated"), day("datedue"), "<billno>B-1</billno>")
    currency = elements(basecurr="GBP", currency="GBP", exchratetype="Intacct Daily Rate")
    return f"<create_bill>{''.join(parts)}{currency}<billitems>{lines}</billitems></create_bill>"


class TestCreateBill:
    def test_writes_the_bill_and_answers_with_its_key(self, client):
        reply = client.send(legacy_bill())

        assert reply.statuses == ["success"], reply.errors
        row = client.sandbox.books.get(SIDE, "APBILL", reply.text("operation/result/key"))
        assert (row["RECORDID"], row["TRX_TOTALENTERED"], row["WHENCREATED"]) == ("B-1", "100.00", "03/31/2025")

    @pytest.mark.parametrize(
        "broken",
        [
            legacy_bill(day("datecreated"), "<vendorid>V-1</vendorid>", day("datedue")),  # out of order
            legacy_bill("<vendorid>V-1</vendorid>", day("datecreated"), "<billno>B-1</billno>"),  # neither due date nor term
            legacy_bill("<vendorid>V-1</vendorid>", "<datecreated>03/31/2025</datecreated>", day("datedue")),  # a date in one piece
            legacy_bill(lines=LINE.replace("<amount>100.00</amount>", "")),
            legacy_bill(lines=""),
            legacy_bill(lines=LINE.replace("<memo>One</memo>", "").replace("<amount>", "<memo>One</memo><amount>")),  # order on a line
        ],
    )
    def test_refuses_what_the_schema_refuses(self, client, broken):
        reply = client.send(broken)

        assert (reply.numbers, reply.statuses) == (["XL03000003"], [])
