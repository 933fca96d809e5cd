from __future__ import annotations

from datetime import timedelta

import pytest
from lxml import etree

from integration.sandbox.intacct.objects import SIDE, change_object
from tests.contracts import reference
from tests.unit.integration.sandbox.intacct_kit import (
    BASE,
    FOLDER,
    LOGIN,
    NOW,
    Client,
    Reply,
    control,
    create,
    envelope,
    new_client,
    supdoc,
)
from tests.unit.integration.sandbox.payables_kit import bill, payment, reversal, update

SESSION = '<function controlid="s"><getAPISession/></function>'
READ = '<function controlid="r"><getDimensions/></function>'


@pytest.fixture
def client() -> Client:
    return new_client()


def entering(location: str) -> str:
    return f'<function controlid="s"><getAPISession>{location}</getAPISession></function>'


class TestEnvelope:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"not xml",
            b"<request>",
            b"<other/>",
            b"<request/>",
            f'<!DOCTYPE request [<!ENTITY a "b">]>{envelope(READ)[38:]}',
            f'<!DOCTYPE request SYSTEM "http://127.0.0.1/x.dtd">{envelope(READ)[38:]}',
            envelope(READ).replace("<controlid>c</controlid>", ""),
            envelope(READ).replace("<controlid>c</controlid>", "<controlid/>"),
            envelope(READ).replace("<controlid>c</controlid>", f"<controlid>{'c' * 257}</controlid>"),
            envelope(READ, head=control().replace("<senderid>sender</senderid>", "") ),
            envelope(READ).replace("<uniqueid>false", "<uniqueid>no"),
            envelope(READ).replace("<dtdversion>3.0", "<dtdversion>9"),
            envelope(READ).replace("<uniqueid>false</uniqueid>", "").replace("</dtdversion>", "</dtdversion><uniqueid>false</uniqueid>"),
            envelope(READ).replace("</control>", "<colour/></control>"),
            envelope(READ).replace("</control>", "words</control>"),
            envelope(READ).replace('transaction="false"', 'transaction="maybe"'),
            envelope(READ).replace('transaction="false"', 'kind="x"'),
            envelope(READ, authentication=""),
            envelope(READ, authentication=LOGIN + "<sessionid>x</sessionid>"),
            envelope(READ, authentication=LOGIN.replace("<companyid>TEST</companyid>", "")),
            envelope(READ, authentication="<login><companyid>TEST</companyid><userid>ws</userid><password>x</password></login>"),
            envelope(""),
            envelope("<getDimensions/>"),
            envelope("<function><getDimensions/></function>"),
            envelope(f'<function controlid="{"f" * 257}"><getDimensions/></function>'),
            envelope('<function controlid="f"/>'),
            envelope('<function controlid="f"><getDimensions/><getDimensions/></function>'),
            envelope('<function controlid="f"><doMagic/></function>'),
            envelope('<function controlid="f"><create/></function>'),
            envelope('<function controlid="f"><get object="supdoc"/></function>'),
            envelope('<function controlid="f"><get_list object="supdoc" colour="x"/></function>'),
            envelope(f'<function controlid="f">{supdoc().replace("supdocfoldername", "foldername")}</function>'),
            envelope('<function controlid="f"><create_supdoc><supdocname>a</supdocname><supdocid>a</supdocid></create_supdoc></function>'),
            envelope(f'<function controlid="f">{supdoc(files="<attachment><attachmenttype>a</attachmenttype></attachment>")}</function>'),
            envelope('<function controlid="f"><create_supdoc><supdocid>a</supdocid><attachments/></create_supdoc></function>'),
            envelope(READ).replace("<getDimensions/>", "<getDimensions/>&#11;"),
        ],
    )  # fmt: skip
    def test_is_a_control_failure_when_it_does_not_match_the_schema(self, client, body):
        reply = Reply(client.post(body))

        assert reply.answer.status == 200
        assert reply.text("control/status") == "failure"
        assert reply.numbers == ["XL03000003"]
        assert reply.xml.find("operation") is None

    @pytest.mark.parametrize(("method", "content_type"), [("GET", "application/xml"), ("POST", "text/xml"), ("POST", "")])
    def test_is_a_post_of_application_xml(self, client, method, content_type):
        reply = Reply(client.post(envelope(READ), method=method, content_type=content_type))

        assert reply.answer.status == 400
        assert reply.numbers == ["invalidRequest"]

    def test_accepts_every_optional_part(self, client):
        head = control(debug="false", includewhitespace="false").replace(
            "</control>", "<showadditionalerrorinfo>true</showadditionalerrorinfo></control>"
        )

        reply = Reply(client.post(envelope(READ, head=head), content_type="application/xml; charset=utf-8"))

        assert reply.statuses == ["success"]
        assert b"\n  " not in reply.answer.body

    def test_refuses_a_transport_policy(self, client):
        reply = Reply(client.post(envelope(READ, head=control(policyid="async"))))

        assert (reply.text("control/status"), reply.numbers) == ("failure", ["XL03000006"])

    def test_never_opens_an_entity(self, client, tmp_path):
        secret = tmp_path / "secret"
        secret.write_text("hidden")
        body = f'<!DOCTYPE request [<!ENTITY a SYSTEM "file://{secret}">]>' + envelope(READ)[38:].replace(
            "<controlid>c<", "<controlid>&a;<"
        )

        assert b"hidden" not in client.post(body).body

    def test_agrees_with_the_official_schema(self, client):
        schema = etree.XMLSchema(etree.parse(reference("intacct", "schema", "api-v3.0.xsd")))
        functions = [
            "<getAPISession><locationid>UK01</locationid></getAPISession>", create(), FOLDER, supdoc(), "<getDimensions/>",
            '<get object="supdoc" key="A1"><fields><field>supdocid</field></fields></get>',
            '<get_list object="supdocfolder" maxitems="5"/>',
            '<get_companyprefs application="ME"/>', "<getFinancialSetup/>", bill(), payment(), update(RECORDNO="1"), reversal(),
        ]  # fmt: skip
        body = client.body(*functions)

        schema.assertValid(etree.fromstring(body.encode()))
        assert Reply(client.post(body)).text("control/status") == "success"


class TestSignIn:
    def test_answers_a_session_its_endpoint_and_its_entity(self, client):
        reply = Reply(client.post(envelope(entering("<locationid>UK01</locationid>"))))

        assert reply.statuses == ["success"]
        assert len(reply.text("operation/result/data/api/sessionid")) > 20
        assert reply.text("operation/result/data/api/endpoint") == f"{BASE}/ia/xml/xmlgw.phtml"
        assert reply.text("operation/result/data/api/locationid") == "UK01"
        assert reply.text("operation/authentication/sessiontimeout") == "2025-03-31T14:00:00+00:00"

    @pytest.mark.parametrize(
        ("signed_in_at", "asked", "entity"),
        [
            ("<locationid>UK01</locationid>", "", "UK01"),
            ("<locationid>UK01</locationid>", "<locationid/>", ""),
            ("<locationid>UK01</locationid>", "<locationid>US01</locationid>", "US01"),
            ("<locationid/>", "", ""),
            ("", "", ""),
        ],
    )
    def test_keeps_the_level_unless_another_is_asked_for(self, client, signed_in_at, asked, entity):
        login = LOGIN.replace("</login>", f"{signed_in_at}</login>")

        reply = Reply(client.post(envelope(entering(asked), authentication=login)))

        assert reply.text("operation/result/data/api/locationid") == entity

    def test_switches_the_entity_of_a_session(self, client):
        reply = client.send("<getAPISession><locationid>US01</locationid></getAPISession>")

        assert reply.text("operation/authentication/locationid") == "UK01"
        assert reply.text("operation/result/data/api/locationid") == "US01"

    @pytest.mark.parametrize(("asked", "status"), [("<locationid/>", "success"), ("<locationid>UK01</locationid>", "success"),
                                                   ("<locationid>US01</locationid>", "failure")])  # fmt: skip
    def test_keeps_a_restricted_user_in_its_entity(self, client, asked, status):
        reply = Reply(client.post(envelope(entering(asked), authentication=LOGIN.replace("ws", "uk-only"))))

        assert reply.statuses == [status]
        assert reply.text("operation/result/data/api/locationid") == ("UK01" if status == "success" else "")

    @pytest.mark.parametrize("location", ["XX99", "LDN"])
    def test_refuses_an_entity_as_if_the_credentials_were_wrong(self, client, location):
        derived = client.send(f"<getAPISession><locationid>{location}</locationid></getAPISession>")
        login = LOGIN.replace("</login>", f"<locationid>{location}</locationid></login>")
        direct = Reply(client.post(envelope(READ, authentication=login)))

        assert derived.statuses == ["failure"]
        assert direct.text("operation/authentication/status") == "failure"
        assert derived.numbers == direct.numbers == ["XL03000006"]
        assert derived.errors == direct.errors == ["Sign-in information is incorrect"]

    def test_refuses_an_inactive_entity(self, client):
        change_object(client.sandbox.books, "LOCATIONENTITY", "US01", STATUS="inactive")

        assert client.send("<getAPISession><locationid>US01</locationid></getAPISession>").numbers == ["XL03000006"]

    @pytest.mark.parametrize(
        ("old", "new", "level", "text"),
        [
            ("<password>sender-secret", "<password>wrong", "control", "Incorrect Intacct XML Partner ID or password."),
            ("<senderid>sender", "<senderid>Sender", "control", "Incorrect Intacct XML Partner ID or password."),
            ("<password>user-secret", "<password>wrong", "operation/authentication", "Sign-in information is incorrect"),
            ("<password>user-secret", "<password>", "operation/authentication", "Sign-in information is incorrect"),
            ("<userid>ws", "<userid>someone", "operation/authentication", "Sign-in information is incorrect"),
            ("<companyid>TEST", "<companyid>OTHER", "operation/authentication", "Sign-in information is incorrect"),
            ("<senderid>sender", "<senderid>stranger", "operation/authentication", "Invalid Web Services Authorization"),
        ],
    )
    def test_refuses_wrong_credentials_at_their_level(self, client, old, new, level, text):
        reply = Reply(client.post(envelope(SESSION).replace(old, new)))

        assert reply.text(f"{level}/status") == "failure"
        assert reply.numbers == ["XL03000006"]
        assert reply.errors[0].startswith(text)
        assert reply.xml.find(".//result") is None

    def test_is_alone_in_its_request(self, client):
        reply = client.send("<getAPISession/>", "<getDimensions/>")

        assert reply.statuses == ["failure", "success"]


class TestSession:
    def test_slides_with_each_request_and_then_ends(self, client):
        def asked(hours: float) -> str:
            return client.send("<getDimensions/>", now=NOW + timedelta(hours=hours)).text("operation/authentication/status")

        assert [asked(1.5), asked(3), asked(4.9), asked(7)] == ["success", "success", "success", "failure"]

    def test_is_refused_when_unknown(self, client):
        client.session = "made-up"

        reply = client.send("<getDimensions/>")

        assert (reply.numbers, reply.errors[0][:15]) == (["XL03000006"], "Invalid session")

    def test_ends_with_its_user(self, client):
        company = client.sandbox.books.get(SIDE, "COMPANY", "TEST")
        client.sandbox.books.put(SIDE, "COMPANY", "TEST", {**company, "USERS": {}})

        assert client.send("<getDimensions/>").numbers == ["XL03000006"]

    def test_is_kept_with_the_books(self, client):
        again = Client(type(client.sandbox)(client.sandbox.books), client.session)

        assert again.send("<getDimensions/>").statuses == ["success"]
