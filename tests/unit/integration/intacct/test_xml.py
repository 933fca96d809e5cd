import base64
import hashlib
from datetime import date, datetime
from decimal import Decimal

import pytest
from lxml import etree

from integration.intacct import formats, xml
from integration.intacct.documents import (
    Attachment,
    AttachmentFile,
    Dimension,
    ExchangeRate,
    JournalEntry,
    JournalLine,
    TaxEntry,
    document_key,
)
from integration.intacct.xml import And, AtLeast, AtMost, Equal, In, IsNull, Like, NotEqual, Or
from integration.money import Money
from tests.contracts import reference

KEY = document_key("ACME", "e-1", "journal_entry")
PDF = b"%PDF-1.7\n"
PDF_HASH = hashlib.sha256(PDF).hexdigest()


def money(amount: str, currency: str = "GBP") -> Money:
    return Money(Decimal(amount), currency)


def entry(**changes) -> JournalEntry:
    lines = (
        JournalLine(
            "6100",
            "debit",
            money("1000.00"),
            TaxEntry("UK Standard", money("200.00")),
            (Dimension("LOCATION", "UK01", "LOCATION"), Dimension("PROJECT", "P-1", "PROJECTID"), Dimension("COST", "17", "GLDIMCOST")),
            "Trainline & Söhne <Leeds>",
            "PLEO-1",
        ),
        JournalLine("1050", "credit", money("1200.00")),
    )
    values = {"key": KEY, "entity": "UK01", "journal": "PLEO", "posting_date": date(2026, 3, 9), "title": "Trainline", "lines": lines}
    return JournalEntry(**values | {"vat_vendor": "V-PLEO"} | changes)


def attachment() -> Attachment:
    key = document_key("ACME", "e-1", "attachment")
    return Attachment(key, "UK01", "Pleo", "Receipts", (AttachmentFile("r-1", "pdf", PDF_HASH, len(PDF)),))


def foreign(currency: str = "EUR") -> JournalEntry:
    rate = ExchangeRate(date(2026, 3, 8), "Intacct Daily Rate")
    lines = (
        JournalLine("6100", "debit", money("119", currency), exchange_rate=rate),
        JournalLine("1051", "credit", money("119", currency), exchange_rate=rate),
    )
    return entry(lines=lines, vat_vendor="")


def enveloped(*functions: bytes, authentication=None, **more) -> bytes:
    return xml.envelope(
        [(f"f-{number}", each) for number, each in enumerate(functions)],
        **{
            "sender_id": "sender",
            "sender_password": "sender-secret",
            "control_id": "request-1",
            "authentication": authentication or xml.Session("session-secret"),
            "unique": True,
        }
        | more,
    )


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    """The official schema, with the two functions it is too old to know."""
    return etree.XMLSchema(etree.parse(reference("intacct", "schema", "api-v3.0.xsd")))


class TestFunction:
    def test_writes_a_journal_entry(self):
        assert xml.function(entry(attachment_key=attachment().key)).decode() == (
            "<create><GLBATCH><JOURNAL>PLEO</JOURNAL><BATCH_DATE>03/09/2026</BATCH_DATE><BATCH_TITLE>Trainline</BATCH_TITLE>"
            f"<REFERENCENO>{KEY}</REFERENCENO><STATE>Posted</STATE><SUPDOCID>{attachment().key}</SUPDOCID>"
            "<TAXIMPLICATIONS>Inbound</TAXIMPLICATIONS><VATVENDORID>V-PLEO</VATVENDORID><ENTRIES>"
            "<GLENTRY><DOCUMENT>PLEO-1</DOCUMENT><ACCOUNTNO>6100</ACCOUNTNO><TR_TYPE>1</TR_TYPE><TRX_AMOUNT>1000.00</TRX_AMOUNT>"
            "<CURRENCY>GBP</CURRENCY>"
            "<LOCATION>UK01</LOCATION><PROJECTID>P-1</PROJECTID><GLDIMCOST>17</GLDIMCOST>"
            "<DESCRIPTION>Trainline &amp; Söhne &lt;Leeds&gt;</DESCRIPTION>"
            "<TAXENTRIES><TAXENTRY><DETAILID>UK Standard</DETAILID><TRX_TAX>200.00</TRX_TAX></TAXENTRY></TAXENTRIES></GLENTRY>"
            "<GLENTRY><ACCOUNTNO>1050</ACCOUNTNO><TR_TYPE>-1</TR_TYPE><TRX_AMOUNT>1200.00</TRX_AMOUNT>"
            "<CURRENCY>GBP</CURRENCY></GLENTRY>"
            "</ENTRIES></GLBATCH></create>"
        )

    def test_writes_the_currency_and_its_rate_on_every_line_of_a_foreign_entry(self):
        root = xml.parse(xml.function(foreign()))

        for name, value in (("CURRENCY", "EUR"), ("EXCH_RATE_DATE", "03/08/2026"), ("EXCH_RATE_TYPE_ID", "Intacct Daily Rate")):
            assert [each.text for each in root.iter(name)] == [value, value]

    def test_writes_an_attachment_in_the_order_intacct_demands(self):
        body = xml.function(attachment(), {PDF_HASH: PDF})

        assert [element.tag for element in xml.parse(body).iter()] == [
            *("create_supdoc", "supdocid", "supdocname", "supdocfoldername", "supdocdescription", "attachments"),
            *("attachment", "attachmentname", "attachmenttype", "attachmentdata"),
        ]
        assert base64.b64decode(xml.parse(body).findtext(".//attachmentdata")) == PDF

    def test_needs_the_bytes_of_every_file(self):
        with pytest.raises(KeyError):
            xml.function(attachment())

    def test_gives_the_same_bytes_every_time(self):
        assert xml.function(entry()) == xml.function(entry())


class TestParseJournalEntry:
    @pytest.mark.parametrize(
        "written",
        [entry(), entry(draft=True), entry(attachment_key=KEY), foreign(), foreign("JPY"), foreign("KWD")],
        ids=lambda each: each.currency,
    )
    def test_reads_back_what_was_written(self, written):
        assert xml.parse_journal_entry(xml.function(written), entity="UK01", base_currency="GBP") == written

    def test_knows_user_defined_dimensions_by_the_names_it_is_given(self):
        [line, offset] = entry().lines
        dimensions = (Dimension("cost_centre", "17", "GLDIMCOST"),)
        written = entry(lines=(JournalLine(line.account, "debit", line.amount, line.tax, dimensions), offset))

        read = xml.parse_journal_entry(xml.function(written), entity="UK01", base_currency="GBP", object_names={"GLDIMCOST": "cost_centre"})

        assert read == written

    @pytest.mark.parametrize(
        "body",
        [
            b"<create><APBILL/></create>",
            b"<update><GLBATCH/></update>",
            b"<create><GLBATCH/></create>",
            xml.function(entry()).replace(b"03/09/2026", b"2026-03-09"),
            xml.function(entry()).replace(b"1200.00", b"1200.01"),
            xml.function(entry()).replace(b"1200.00", b"much"),
            xml.function(entry()).replace(b">-1<", b">0<"),
        ],
    )
    def test_refuses_anything_else(self, body):
        with pytest.raises(xml.Unreadable):
            xml.parse_journal_entry(body, entity="UK01", base_currency="GBP")


class TestQuery:
    def test_is_ordered_and_paged(self):
        body = xml.query("VENDOR", ["RECORDNO", "NAME"], where=Equal("STATUS", "active"), offset=1000, show_private=True)

        assert body.decode() == (
            "<query><object>VENDOR</object><select><field>RECORDNO</field><field>NAME</field></select>"
            "<filter><equalto><field>STATUS</field><value>active</value></equalto></filter>"
            "<orderby><order><field>RECORDNO</field><ascending/></order></orderby>"
            "<options><showprivate>true</showprivate></options><pagesize>1000</pagesize><offset>1000</offset></query>"
        )

    @pytest.mark.parametrize(
        ("where", "written"),
        [
            (NotEqual("A", "x"), "<notequalto><field>A</field><value>x</value></notequalto>"),
            (AtMost("A", 3), "<lessthanorequalto><field>A</field><value>3</value></lessthanorequalto>"),
            (AtLeast("A", date(2026, 3, 9)), "<greaterthanorequalto><field>A</field><value>03/09/2026</value></greaterthanorequalto>"),
            (
                AtLeast("A", datetime(2026, 3, 9, 8, 5, 1)),
                "<greaterthanorequalto><field>A</field><value>03/09/2026 08:05:01</value></greaterthanorequalto>",
            ),
            (In("A", ["x", ""]), "<in><field>A</field><value>x</value><value></value></in>"),
            (Like("A", "PL%"), "<like><field>A</field><value>PL%</value></like>"),
            (IsNull("A"), "<isnull><field>A</field></isnull>"),
            (And(Equal("A", "x")), "<equalto><field>A</field><value>x</value></equalto>"),
            (
                Or(IsNull("A"), And(IsNull("B"), IsNull("C"))),
                "<or><isnull><field>A</field></isnull><and><isnull><field>B</field></isnull><isnull><field>C</field></isnull></and></or>",
            ),
        ],
    )
    def test_writes_filters(self, where, written):
        assert f"<filter>{written}</filter>" in xml.query("X", ["A"], where=where).decode()

    @pytest.mark.parametrize(
        "wrong",
        [
            lambda: xml.query("X", []),
            lambda: xml.query("X", ["A"], order_by=""),
            lambda: xml.query("X", ["A"], page_size=2001),
            lambda: xml.query("X", ["A"], offset=-1),
            lambda: In("A", []),
            lambda: In("A", ["x"] * 1001),
            And,
        ],
    )
    def test_refuses_what_intacct_would(self, wrong):
        with pytest.raises(ValueError, match=r"needed|takes|nothing"):
            wrong()


class TestReadingFunctions:
    @pytest.mark.parametrize(
        ("body", "written"),
        [
            (xml.get_api_session(None), "<getAPISession/>"),
            (xml.get_api_session(""), "<getAPISession><locationid></locationid></getAPISession>"),
            (xml.get_api_session("UK01"), "<getAPISession><locationid>UK01</locationid></getAPISession>"),
            (xml.lookup("VENDOR"), "<lookup><object>VENDOR</object></lookup>"),
            (xml.get_dimensions(), "<getDimensions/>"),
            (xml.get_financial_setup(), "<getFinancialSetup/>"),
            (xml.create_folder("Pleo"), "<create_supdocfolder><supdocfoldername>Pleo</supdocfoldername></create_supdocfolder>"),
            (
                xml.reverse_bill("4711", date(2026, 3, 9), "Reversal of PLX: wrong & late"),
                '<reverse_bill key="4711"><datereversed><year>2026</year><month>03</month><day>09</day></datereversed>'
                "<description>Reversal of PLX: wrong &amp; late</description></reverse_bill>",
            ),
            (xml.get("supdoc", "A", ["supdocid"]), '<get object="supdoc" key="A"><fields><field>supdocid</field></fields></get>'),
            (
                xml.get_list("supdocfolder", max_items=1, start=2, show_private=True),
                '<get_list object="supdocfolder" maxitems="1" start="2" showprivate="true"/>',
            ),
        ],
    )
    def test_are_written_as_the_reference_says(self, body, written):
        assert body.decode() == written


class TestEnvelope:
    def test_holds_the_functions_as_they_are(self):
        one, two = xml.function(attachment(), {PDF_HASH: PDF}), xml.function(entry())

        body = enveloped(one, two)

        assert b'<function controlid="f-0">' + one + b'</function><function controlid="f-1">' + two + b"</function>" in body

    def test_stands_in_the_order_intacct_demands(self):
        login = xml.Login("pleo_ws", "ACME", "user-secret", "UK01")

        root = xml.parse(enveloped(xml.get_api_session(None), authentication=login, unique=False, transaction=True))

        assert [element.tag for element in root.find("control")] == [
            *("senderid", "password", "controlid", "uniqueid", "dtdversion", "includewhitespace"),
        ]
        assert [element.tag for element in root.find("operation/authentication/login")] == ["userid", "companyid", "password", "locationid"]
        assert root.findtext("control/uniqueid") == "false"
        assert root.find("operation").get("transaction") == "true"

    @pytest.mark.parametrize(("location", "written"), [(None, None), ("", ""), ("UK01", "UK01")])
    def test_signs_in_at_the_level_it_is_told(self, location, written):
        root = xml.parse(enveloped(xml.lookup("X"), authentication=xml.Login("u", "c", "p", location)))

        assert root.findtext(".//login/locationid") == written

    @pytest.mark.parametrize("text", ["<content/>", "]]>", "a & b", "\" ' <"])
    def test_keeps_any_secret_whole(self, text):
        root = xml.parse(enveloped(xml.lookup("X"), sender_password=text, authentication=xml.Session(text)))

        assert (root.findtext("control/password"), root.findtext(".//sessionid")) == (text, text)
        assert root.findtext(".//function/lookup/object") == "X"

    def test_escapes_control_ids(self):
        body = xml.envelope([('"<&', xml.lookup("X"))], **{**ENVELOPE, "authentication": xml.Session("s")})

        assert xml.parse(body).find(".//function").get("controlid") == '"<&'

    def test_shows_no_secret_of_those_who_sign_in(self):
        assert "secret" not in repr(xml.Login("u", "c", "user-secret")) + repr(xml.Session("session-secret"))

    @pytest.mark.parametrize(
        "function",
        [
            xml.function(entry()),
            xml.function(attachment(), {PDF_HASH: PDF}),
            xml.create_folder("Pleo"),
            xml.get_api_session(None),
            xml.get_api_session("UK01"),
            xml.get_dimensions(),
            xml.get_financial_setup(),
            xml.get("supdoc", "A", ["supdocid"]),
            xml.get("supdocfolder", "A"),
            xml.get_list("supdoc", ["supdocid"], max_items=1, show_private=True),
        ],
        ids=lambda body: body[:20].decode(),
    )
    @pytest.mark.parametrize("authentication", [xml.Session("s"), xml.Login("u", "c", "p"), xml.Login("u", "c", "p", "")])
    def test_validates_against_the_official_schema(self, schema, function, authentication):
        schema.assertValid(etree.fromstring(enveloped(function, authentication=authentication)))


ENVELOPE = {"sender_id": "s", "sender_password": "p", "control_id": "c", "unique": True}
BILLION = (
    b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "' + b"&b;" * 10 + b'"><!ENTITY d "' + b"&c;" * 10 + b'">]><response a="&d;">&d;</response>'
)


class TestParse:
    def test_reads_an_answer(self):
        assert xml.parse(b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- x --><response><a>1</a></response>').findtext("a") == "1"

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"   ",
            b"<html><body><br></body></html>",
            b"<response><control>",
            b"<a/><b/>",
            b"not XML",
            b"<!DOCTYPE response><response/>",
            b'<?xml version="1.0"?> <!-- x --> <?y?> <!doctype response><response/>',
            b'\xef\xbb\xbf<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
            BILLION,
            "<!DOCTYPE a><a/>".encode("utf-16"),
            b"<a>" * 300 + b"</a>" * 300,
            b"<a>" + b"x" * 10_000_001 + b"</a>",
            b"<a>&undefined;</a>",
        ],
        ids=lambda body: body[:30].decode("latin-1"),
    )
    def test_refuses_what_nobody_can_rely_on(self, body):
        with pytest.raises(xml.Unreadable):
            xml.parse(body)

    def test_refuses_more_than_it_can_hold(self, monkeypatch):
        monkeypatch.setattr(formats, "MAX_BYTES", 10)

        with pytest.raises(xml.Unreadable, match="11 bytes"):
            xml.parse(b"<a>hello</a"[:11])

    def test_never_quotes_what_it_refuses(self):
        with pytest.raises(xml.Unreadable) as caught:
            xml.parse(b"<a>secret</b>")

        assert "secret" not in str(caught.value)
        assert caught.value.__cause__ is None

    def test_is_quick_about_a_long_beginning(self):
        with pytest.raises(xml.Unreadable):
            xml.parse(b" " * 100_000 + b"<!-- x -->" * 1000 + b"nothing")


class TestWrittenAmount:
    @pytest.mark.parametrize(
        ("amount", "currency", "text"),
        [
            ("1234567.5", "GBP", "1234567.50"),
            ("1000", "JPY", "1000"),
            ("1.230", "KWD", "1.23"),
            ("0", "GBP", "0.00"),
            ("1E+3", "JPY", "1000"),
        ],
    )
    def test_is_plain(self, amount, currency, text):
        assert xml.written_amount(money(amount, currency)) == text

    def test_loses_nothing(self):
        with pytest.raises(ValueError, match="more than 2 decimals"):
            xml.written_amount(money("1.234", "KWD"))


class TestParseDate:
    @pytest.mark.parametrize("text", ["03/09/2026", "3/9/2026", "03/09/2026 10:00:00"])
    def test_reads_a_day(self, text):
        assert xml.parse_date(text) == date(2026, 3, 9)

    @pytest.mark.parametrize("text", ["", "2026-03-09", "31/12/2026"])
    def test_refuses_anything_else(self, text):
        with pytest.raises(ValueError):
            xml.parse_date(text)
