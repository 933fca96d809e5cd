from __future__ import annotations

import pytest

from integration.sandbox.books import Books
from integration.sandbox.intacct.objects import SIDE, delete_object, put_object
from integration.sandbox.world import load_demo_world
from integration.sandbox.world.more import LISTS, fill_lists
from tests.unit.integration.sandbox.intacct_kit import FOLDER, NOW, Client, create, elements, new_client, supdoc, taxed


@pytest.fixture
def client() -> Client:
    return new_client()


def query(kind: str = "GLACCOUNT", fields: str = "ACCOUNTNO", where: str = "", order: str = "ACCOUNTNO", more: str = "") -> str:
    selected = "".join(f"<field>{name}</field>" for name in fields.split())
    ordered = f"<orderby><order><field>{order}</field><ascending/></order></orderby>" if order else ""
    filtered = f"<filter>{where}</filter>" if where else ""
    return f"<query><object>{kind}</object><select>{selected}</select>{filtered}{ordered}{more}</query>"


def test(operator: str, field: str, *values: str) -> str:
    return f"<{operator}><field>{field}</field>{''.join(f'<value>{value}</value>' for value in values)}</{operator}>"


test.__test__ = False  # type: ignore[attr-defined]
ALL = ["1050", "2000", "2200", "2201", "6100", "6200", "6400", "6900"]


class TestQuery:
    def read(self, client: Client, *arguments: str, **named: str) -> list[str]:
        reply = client.send(query(*arguments, **named))
        assert reply.statuses == ["success"], reply.errors
        return [each[0].text or "" for each in reply.xml.find("operation/result/data")]

    @pytest.mark.parametrize(
        ("where", "found"),
        [
            ("", ALL),
            (test("equalto", "ACCOUNTNO", "6100"), ["6100"]),
            (test("notequalto", "STATUS", "active"), ["6900"]),
            (test("equalto", "STATUS", "inactive"), ["6900"]),
            (test("lessthan", "ACCOUNTNO", "2000"), ["1050"]),
            (test("lessthanorequalto", "ACCOUNTNO", "2000"), ["1050", "2000"]),
            (test("greaterthan", "ACCOUNTNO", "6400"), ["6900"]),
            (test("greaterthanorequalto", "ACCOUNTNO", "6400"), ["6400", "6900"]),
            (test("between", "ACCOUNTNO", "2000", "2200"), ["2000", "2200"]),
            (test("in", "ACCOUNTNO", "6100", "6200", "7"), ["6100", "6200"]),
            (test("notin", "ACCOUNTNO", *ALL[1:]), ["1050"]),
            (test("like", "TITLE", "%VAT"), ["2200", "2201"]),
            (test("like", "TITLE", "%vat"), []),
            (test("notlike", "ACCOUNTNO", "6_00"), ["1050", "2000", "2200", "2201"]),
            (test("isnull", "REQUIREPROJECT"), [each for each in ALL if each != "6400"]),
            (test("isnotnull", "REQUIREPROJECT"), ["6400"]),
            (test("equalto", "REQUIREPROJECT", "true"), ["6400"]),
            (test("greaterthanorequalto", "WHENMODIFIED", "03/31/2025 12:00:00"), ALL),
            (test("greaterthan", "WHENMODIFIED", "03/31/2025 12:00:00"), []),
            (test("lessthan", "RECORDNO", "10"), ALL),
            (f"<or>{test('equalto', 'ACCOUNTNO', '6100')}{test('equalto', 'ACCOUNTNO', '6200')}</or>", ["6100", "6200"]),
            (f"<and>{test('like', 'ACCOUNTNO', '6%')}<or>{test('equalto', 'STATUS', 'inactive')}"
             f"{test('isnotnull', 'REQUIREPROJECT')}</or></and>",
             ["6400", "6900"]),
        ],
    )  # fmt: skip
    def test_filters(self, client, where, found):
        assert self.read(client, where=where) == found

    def test_compares_without_case_on_request(self, client):
        found = self.read(client, where=test("like", "TITLE", "%vat"), more="<options><caseinsensitive>true</caseinsensitive></options>")

        assert found == ["2200", "2201"]

    @pytest.mark.parametrize(
        ("function", "text"),
        [
            (query("NOTHING"), "Object definition NOTHING not found"),
            (query("glaccount"), "Object definition glaccount not found"),
            (query(fields="ACCOUNTNO COLOUR SIZE"), "Invalid fields list: COLOUR, SIZE"),
            (query(fields="*"), "Invalid fields list: *"),
            (query(fields=""), "select needs at least one field"),
            (query(where=test("equalto", "COLOUR", "x")), "Invalid fields list: COLOUR"),
            (query(order="COLOUR"), "Invalid fields list: COLOUR"),
            (query("LOCATIONENTITY", "MEGAENTITYID", order=""), "Invalid fields list: MEGAENTITYID"),
            (query("COST_CENTRE", "RECORDNO", order="id"), "Invalid fields list: RECORDNO"),
            (query("GLBATCH", "JOURNAL.COLOUR", order=""), "Invalid fields list: JOURNAL.COLOUR"),
            (query("GLENTRY", "_TAX", order=""), "Invalid fields list: _TAX"),
            (query(where=test("equalto", "STATUS", "T")), "'T' is not a value of STATUS: active, inactive"),
            (query(where=test("equalto", "WHENMODIFIED", "2025-03-31")), "'2025-03-31' is not a value of WHENMODIFIED"),
            (query(where=test("equalto", "RECORDNO", "one")), "'one' is not a value of RECORDNO"),
            (query(where=f"<and>{test('isnull', 'TITLE')}</and>"), "'and' needs at least two conditions"),
            (query(where=test("isnull", "TITLE") * 2), "filter holds exactly one operator"),
            (query(where=test("equals", "TITLE", "x")), "operator 'equals' is not known"),
            (query(where=test("equalto", "TITLE")), "takes 1 to 1 values, not 0"),
            (query(where=test("between", "TITLE", "x")), "takes 2 to 2 values, not 1"),
            (query(where=test("in", "TITLE", *["x"] * 1001)), "takes 1 to 1000 values"),
            (query(more="<pagesize>2001</pagesize>"), "pagesize '2001' is not a number from 1 to 2000"),
            (query(more="<pagesize>0</pagesize>"), "pagesize '0'"),
            (query(more="<offset>-1</offset>"), "offset '-1'"),
            (query(more="<options><colour>x</colour></options>"), "option colour is not known"),
            (query(more="<options><returnformat>json</returnformat></options>"), "xml only"),
            (query(more="<colour/>"), "element colour is not known in query"),
            ("<query><object>GLACCOUNT</object></query>", "query needs select"),
            (query(order="").replace("</query>", "<orderby><order><field>TITLE</field></order></orderby></query>"), "orderby holds order"),
        ],
    )  # fmt: skip
    def test_refuses(self, client, function, text):
        reply = client.send(function)

        assert (reply.statuses, reply.numbers) == (["failure"], ["Query Failed"])
        assert text in reply.errors[0]

    def test_pages_in_the_order_asked_for(self, client):
        reply = client.send(query(more="<pagesize>3</pagesize><offset>3</offset>"))
        data = reply.xml.find("operation/result/data")

        assert dict(data.attrib) == {"listtype": "GLACCOUNT", "totalcount": "8", "offset": "3", "count": "3", "numremaining": "2"}
        assert [each.findtext("ACCOUNTNO") for each in data] == ["2201", "6100", "6200"]

    def test_sorts_numbers_as_numbers_and_downwards(self, client):
        for _ in range(3):
            client.send(*[create()] * 4)
        function = query("GLBATCH", "RECORDNO", order="").replace(
            "</query>", "<orderby><order><field>RECORDNO</field><descending/></order></orderby></query>"
        )

        assert client.send(function).texts(".//RECORDNO") == [str(number) for number in range(12, 0, -1)]

    def test_has_no_order_of_its_own(self, client):
        assert len({tuple(self.read(client, order="")) for _ in range(20)}) > 1

    def test_answers_an_empty_list(self, client):
        data = client.send(query("APBILL", "RECORDNO", order="RECORDNO")).xml.find("operation/result/data")

        assert (data.get("totalcount"), data.get("count"), data.get("numremaining"), len(data)) == ("0", "0", "0", 0)

    def test_returns_at_most_a_hundred_unless_told(self, client):
        for number in range(120):
            put_object(client.sandbox.books, "VENDOR", now=NOW, VENDORID=f"X-{number}", STATUS="active")

        assert len(self.read(client, "VENDOR", "VENDORID", order="VENDORID")) == 100

    def test_reads_related_and_dotted_fields(self, client):
        client.send(create())

        reply = client.send(query("GLBATCH", "JOURNAL.SYMBOL JOURNAL.TITLE", test("equalto", "JOURNAL.SYMBOL", "PLEO"), "RECORDNO"))
        names = self.read(client, "EMPLOYEE", "PERSONALINFO.CONTACTNAME", order="EMPLOYEEID")

        assert reply.texts(".//JOURNAL.SYMBOL") == ["PLEO"]
        assert names == ["Ann"]

    def test_finds_journal_entries_by_reference_and_their_lines(self, client):
        client.send(create(REFERENCENO="A"), taxed(REFERENCENO="B"))
        dated, there = test("equalto", "BATCH_DATE", "03/31/2025"), test("equalto", "JOURNAL", "PLEO")
        where = f"<and>{test('in', 'REFERENCENO', 'B', 'C')}{dated}{there}</and>"

        (number,) = self.read(client, "GLBATCH", "RECORDNO", where, "RECORDNO")
        lines = client.send(query("GLENTRY", "ACCOUNTNO TR_TYPE TRX_AMOUNT", test("equalto", "BATCHNO", number), "LINE_NO"))

        assert number == "2"
        assert lines.texts(".//ACCOUNTNO") == ["6100", "1050", "2200"]
        assert lines.texts(".//TR_TYPE") == ["1", "-1", "1"]
        assert lines.texts(".//TRX_AMOUNT") == ["100.00", "120.00", "20.00"]

    def test_counts_and_sums(self, client):
        client.send(create(), create())
        select = "<select><field>ACCOUNTNO</field><sum>TRX_AMOUNT</sum><count>RECORDNO</count></select>"

        reply = client.send(
            f"<query><object>GLENTRY</object>{select}{'<filter>' + test('equalto', 'ACCOUNTNO', '6100') + '</filter>'}</query>"
        )

        assert (reply.texts(".//SUM.TRX_AMOUNT"), reply.texts(".//COUNT.RECORDNO")) == (["200.00"], ["2"])

    def test_shows_a_session_what_its_entity_may_see(self, client):
        american = Client(client.sandbox).enter("US01")
        top = Client(client.sandbox).enter("")
        private = "<options><showprivate>true</showprivate></options>"

        assert "6150" not in self.read(client)
        assert "6150" in self.read(american)
        assert "6150" not in self.read(top)
        assert "6150" in self.read(top, more=private)
        assert "6150" not in self.read(client, more=private)

    def test_reads_values_of_a_user_defined_dimension(self, client):
        assert client.send(query("COST_CENTRE", "id name", order="id")).texts(".//name") == ["Marketing"]

    def test_knows_the_first_open_day(self, client):
        assert self.read(client, "LOCATIONENTITY", "STARTOPEN", order="LOCATIONID") == ["01/01/2025"] * 2

    PRIVATE = "<options><showprivate>true</showprivate></options><pagesize>3</pagesize>"

    @pytest.mark.parametrize("entity", ["", "UK01"])  # the one and the other way of finding a page
    def test_pages_by_what_lies_behind_a_number_also_while_rows_come_and_go(self, entity):
        client = new_client(entity)
        accounts = [each for each in client.sandbox.books.all(SIDE, "GLACCOUNT") if not entity or each["ACCOUNTNO"] != "6150"]
        numbers = [each["RECORDNO"] for each in accounts]
        first = self.read(client, fields="RECORDNO", order="RECORDNO", more=self.PRIVATE)
        delete_object(client.sandbox.books, "GLACCOUNT", "1050", now=NOW)
        put_object(client.sandbox.books, "GLACCOUNT", now=NOW, ACCOUNTNO="0001", TITLE="New", STATUS="active")

        reply = client.send(query(fields="RECORDNO", order="RECORDNO", where=test("greaterthan", "RECORDNO", first[-1]), more=self.PRIVATE))

        data = reply.xml.find("operation/result/data")
        assert [first, [each[0].text for each in data]] == [sorted(numbers, key=int)[:3], sorted(numbers, key=int)[3:6]]
        assert data.get("totalcount") == str(len(numbers) - 3 + 1)

    @pytest.mark.parametrize("entity", ["", "UK01"])
    def test_combines_such_a_page_with_other_conditions(self, entity):
        client = new_client(entity)
        behind = f"<and>{test('greaterthan', 'RECORDNO', '2')}{test('equalto', 'STATUS', 'inactive')}</and>"

        assert self.read(client, order="RECORDNO", where=behind, more=self.PRIVATE) == ["6900"]

    def test_tells_of_what_was_deleted_in_the_audit_history_alone(self, client):
        number = next(each["RECORDNO"] for each in client.sandbox.books.all(SIDE, "VENDOR") if each["VENDORID"] == "V-9")
        delete_object(client.sandbox.books, "VENDOR", "V-9", now=NOW)

        told = client.send(query("AUDITHISTORY", "OBJECTTYPE OBJECTKEY ACCESSMODE ACCESSTIME", order="RECORDNO"))

        (row,) = told.xml.find("operation/result/data")
        assert [each.text for each in row] == ["vendor", number, "D", "03/31/2025 12:00:00"]
        assert self.read(client, "VENDOR", "VENDORID", order="VENDORID") == ["V-1"]

    def test_is_refused_without_permission(self, client):
        company = client.sandbox.books.get(SIDE, "COMPANY", "TEST")
        client.sandbox.books.put(SIDE, "COMPANY", "TEST", {**company, "DENIED": ["QUERY GLACCOUNT", "CREATE GLBATCH"]})

        assert "permission for API operation QUERY on objects of type GLACCOUNT" in client.send(query()).errors[0]
        assert "permission for API operation CREATE on objects of type GLBATCH" in client.send(create()).errors[0]


class TestUserPermissions:
    def test_name_the_rights_that_are_left(self, client):
        company = client.sandbox.books.get(SIDE, "COMPANY", "TEST")
        user = next(iter(company["USERS"]))
        client.sandbox.books.put(SIDE, "COMPANY", "TEST", {**company, "DENIED": ["QUERY VENDOR", "CREATE GLBATCH"]})

        answer = client.send(f"<getUserPermissions><userId>{user}</userId></getUserPermissions>")

        rights = {policy.findtext("policyName"): policy.findtext("rights") for policy in answer.xml.iter("policy")}
        assert (rights["Accounts"], rights["Vendors"], rights["Journal entries"]) == ("List|View|Add|Edit", "Add|Edit", "List|View|Edit")

    def test_of_nobody_are_refused(self, client):
        assert "Login ID nobody" in client.send("<getUserPermissions><userId>nobody</userId></getUserPermissions>").errors[0]


class TestUserFormatting:
    def test_names_how_the_user_reads_days(self, client):
        company = client.sandbox.books.get(SIDE, "COMPANY", "TEST")
        user = next(iter(company["USERS"]))
        question = f"<readUserFormatting><userId>{user}</userId></readUserFormatting>"
        documented = client.send(question).xml.findtext(".//userformatting/dateformat")
        client.sandbox.books.put(SIDE, "COMPANY", "TEST", {**company, "FORMATTING": {user: ".dmY"}})

        assert (documented, client.send(question).xml.findtext(".//userformatting/dateformat")) == ("/mdY", ".dmY")

    def test_of_nobody_is_refused(self, client):
        assert "Login ID nobody" in client.send("<readUserFormatting><userId>nobody</userId></readUserFormatting>").errors[0]


class TestLookup:
    def test_shows_fields_types_and_relations(self, client):
        reply = client.send("<lookup><object>GLBATCH</object></lookup>")
        fields = {each.findtext("ID"): each for each in reply.xml.iter("Field")}

        assert fields["BATCH_DATE"].findtext("DATATYPE") == "DATE"
        assert fields["BATCH_TITLE"].findtext("REQUIRED") == "true"
        assert [each.text for each in fields["TAXIMPLICATIONS"].iter("VALIDVALUE")] == ["None", "Inbound", "Outbound"]
        assert reply.texts(".//Relationship/OBJECTPATH") == ["JOURNAL"]

    def test_shows_only_the_dimensions_of_this_company(self, client):
        fields = client.send("<lookup><object>GLENTRY</object></lookup>").texts(".//Field/ID")

        assert {"DEPARTMENT", "LOCATION", "PROJECTID", "GLDIMCOST_CENTRE"} <= set(fields)
        assert not {"ITEMID", "TASKID", "LOCATIONID"} & set(fields)

    @pytest.mark.parametrize("function", ["<lookup><object>NOTHING</object></lookup>", "<lookup/>"])
    def test_refuses_what_is_not_there(self, client, function):
        assert client.send(function).numbers == ["Query Failed"]


class TestSetup:
    def test_lists_dimensions(self, client):
        reply = client.send("<getDimensions/>")

        assert reply.texts(".//objectName")[0] == "DEPARTMENT"
        assert reply.texts(".//userDefinedDimension").count("true") == 1

    def test_shows_currencies_and_entities(self, client):
        reply = client.send("<getFinancialSetup/>", '<get_companyprefs application="ME"/>')

        assert (reply.text(".//baseCurrency"), reply.text(".//multiBaseCurrency"), reply.text(".//multiEntityShared")) == (
            "",
            "true",
            "true",
        )
        assert (reply.text(".//preference"), reply.text(".//prefvalue")) == ("DISABLEENTITYSLIDEIN", "false")


class TestAttachments:
    def test_answer_with_their_key(self, client):
        reply = client.send(FOLDER, supdoc())

        assert reply.texts("operation/result/key") == ["Pleo", "A1"]
        assert client.sandbox.attachments() == {"A1": [("receipt", "pdf", b"%PDF-")]}

    @pytest.mark.parametrize(
        ("function", "text"),
        [
            (supdoc(folder="Other"), "Attachment folder 'Other' does not exist"),
            (supdoc(folder=""), "Required field supdocfoldername is missing"),
            (supdoc(""), "Required field supdocid is missing"),
            (supdoc("x" * 21), "supdocid: 21 characters, 20 are allowed"),
            (supdoc("HERE"), "Another attachment with the given value(s) HERE already exists"),
            (supdoc(name="receipt.pdf"), "'receipt.pdf' must be without dot"),
            (supdoc(name=""), "'' must be without dot and extension, and not empty"),
            (supdoc(kind=".pdf"), "Attachment type '.pdf' is not valid"),
            (supdoc(kind=""), "Attachment type '' is not valid"),
            (supdoc(data="%%%"), "not valid base64"),
            (supdoc(data="YQ"), "not valid base64"),
            (supdoc(data=b""), "not valid base64, or empty"),
            (FOLDER, "Another attachment folder with the given value(s) Pleo already exists"),
            (FOLDER.replace("Pleo", ""), "Required field supdocfoldername is missing"),
            (FOLDER.replace("Pleo</supdocfoldername>", "B</supdocfoldername><supdocparentfoldername>C</supdocparentfoldername>"),
             "Attachment folder 'C' does not exist"),
        ],
    )  # fmt: skip
    def test_are_refused(self, client, function, text):
        client.send(FOLDER, supdoc("HERE"))

        reply = client.send(function)

        assert reply.statuses == ["failure"]
        assert text in reply.errors[0]
        assert list(client.sandbox.attachments()) == ["HERE"]

    def test_need_names_of_their_own(self, client):
        one = f"<attachment>{elements(attachmentname='a', attachmenttype='png', attachmentdata='YQ==')}</attachment>"
        client.send(FOLDER)

        assert "'a' occurs twice" in client.send(supdoc(files=one * 2)).errors[0]

    def test_take_more_files_but_never_replace_one(self, client):
        client.send(FOLDER, supdoc())

        added = client.send(supdoc(name="second").replace("create_supdoc>", "update_supdoc>"))
        again = client.send(supdoc(name="second").replace("create_supdoc>", "update_supdoc>"))

        assert (added.statuses, again.statuses) == (["success"], ["failure"])
        assert [name for name, _, _ in client.sandbox.attachments()["A1"]] == ["receipt", "second"]

    def test_are_read_with_or_without_their_files(self, client):
        client.send(FOLDER, supdoc())

        whole = client.send('<get object="supdoc" key="A1"/>')
        slim = client.send('<get object="supdoc" key="A1"><fields><field>supdocid</field><field>supdocname</field></fields></get>')

        assert whole.texts(".//attachmentdata") == ["JVBERi0="]
        assert (slim.texts(".//supdocid"), slim.texts(".//attachmentdata")) == (["A1"], [])

    def test_that_are_not_there_fail_or_are_empty_as_the_sandbox_is_set(self, client):
        function = '<get object="supdocfolder" key="Pleo"/>'

        assert client.send(function).statuses == ["failure"]
        client.sandbox.missing_get = "empty"
        assert client.send(function).xml.find("operation/result/data").get("count") == "0"

    def test_are_listed_and_filtered(self, client):
        client.send(FOLDER, supdoc("A1"), supdoc("A2"), supdoc("B1"))
        one = "<filter><expression><field>supdocid</field><operator>=</operator><value>A2</value></expression></filter>"
        fields = "<fields><field>supdocid</field></fields>"

        every = client.send(f'<get_list object="supdoc" start="1" maxitems="1">{fields}</get_list>')
        found = client.send(f'<get_list object="supdoc">{one}{fields}</get_list>')
        none = client.send(f'<get_list object="supdoc">{one.replace("A2", "ZZ")}{fields}</get_list>')

        assert (every.texts(".//supdocid"), every.xml.find(".//data").get("total")) == (["A2"], "3")
        assert (found.texts(".//supdocid"), none.xml.find(".//data").get("total")) == (["A2"], "0")

    @pytest.mark.parametrize("function", ['<get object="vendor" key="V-1"/>', '<get_list object="bill"/>',
                                          '<get object="supdoc" key="A1"><fields><field>colour</field></fields></get>'])  # fmt: skip
    def test_know_no_other_objects_and_fields(self, client, function):
        client.send(FOLDER, supdoc())

        assert client.send(function).statuses == ["failure"]

    def test_can_be_named_by_a_journal_entry(self, client):
        client.send(FOLDER, supdoc(), create(SUPDOCID="A1"))

        assert client.sandbox.ledger()[0]["supdocid"] == "A1"


class TestLargeWorld:
    def test_has_as_many_values_as_it_is_told_and_no_more_the_second_time(self):
        books = Books()
        load_demo_world(books, NOW)
        before = {kind: len(books.all(SIDE, kind)) for kind in LISTS}

        made = fill_lists(books, NOW, 45)
        fill_lists(books, NOW, 45)

        assert sum(made.values()) == 45
        assert {kind: len(books.all(SIDE, kind)) - before[kind] for kind in LISTS} == made
