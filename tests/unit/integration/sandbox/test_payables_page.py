"""Bills and payments on the page, and the controls with which a person decides about them."""

from __future__ import annotations

import json

import pytest

from integration.sandbox import server
from integration.sandbox.books import Books
from integration.sandbox.http import Answer, Request
from integration.sandbox.sandbox import Sandbox
from tests.unit.integration.sandbox.intacct_kit import NOW, Client, small_company
from tests.unit.integration.sandbox.payables_kit import bill, detail, entry, extend, item, payment, prefer, with_attachment


@pytest.fixture
def sandbox():
    books = Books()
    small_company(books)
    extend(books)
    return Sandbox(books)


@pytest.fixture
def client(sandbox):
    return Client(sandbox.intacct).enter()


def page(sandbox: Sandbox, **query: str) -> str:
    answer = sandbox.handle(Request("GET", "/", {name: (value,) for name, value in query.items()}), NOW)
    assert answer.status == 200
    return answer.body.decode()


def control(sandbox: Sandbox, method: str, path: str, value: object = None) -> tuple[int, object]:
    body = b"" if value is None else json.dumps(value).encode()
    answer = sandbox.handle(Request(method, f"/_sandbox/{path}", headers={"content-type": "application/json"}, body=body), NOW)
    return answer.status, json.loads(answer.body)


def press(sandbox: Sandbox, what: str, kind: str, recordno: str) -> Answer:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return sandbox.handle(Request("POST", f"/_sandbox/{what}", headers=headers, body=f"kind={kind}&recordno={recordno}".encode()), NOW)


class TestPayablesPage:
    def test_says_nothing_where_there_are_no_bills(self, sandbox):
        assert "Payables" not in page(sandbox)

    def test_shows_bills_with_state_payments_and_what_is_due(self, sandbox, client):
        with_attachment(client).send(bill(DESCRIPTION="&lt;Trains&gt;", SUPDOCID="A1", ONHOLD="false"))
        client.send(payment(detail(amount="50.00")))
        text = page(sandbox)

        assert "Partially Paid" in text and "−50.00" in text and "70.00" in text and "&lt;Trains&gt;" in text
        assert "/attachments/A1/1" in text and "1 open bill<" in text and "agrees with the ledger" in text
        assert "Box 4" in text and "UK Purchase Standard: 20.00" in text

    def test_shows_what_a_bill_and_a_payment_posted(self, sandbox, client):
        client.send(bill(), payment())

        assert "Bill INV-1" in page(sandbox, bill="1") and "Payment P000001" not in page(sandbox, bill="1")
        assert "Payment P000001" in page(sandbox, payment="1")
        assert "There is no entry of bill 9" in page(sandbox, bill="9")

    def test_turns_over(self, sandbox, client):
        client.send(*(bill(item(amount="1.00"), RECORDID=f"N{number}.") for number in range(1, 28)))

        assert "N27." in page(sandbox) and "Page 1 of 2" in page(sandbox)
        assert 'id="bill-1"' in page(sandbox, bills="2") and 'id="bill-27"' not in page(sandbox, bills="2")

    def test_lets_the_approver_decide(self, sandbox, client):
        client.send(bill(VENDORID="V-APPROVE"), bill(VENDORID="V-APPROVE", RECORDID="2"))
        assert page(sandbox).count(">Approve<") == 2

        assert (press(sandbox, "approve", "APBILL", "1").status, press(sandbox, "decline", "APBILL", "2").status) == (303, 303)

        assert [each["state"] for each in sandbox.intacct.bills()] == ["Posted", "Declined"]
        assert ">Approve<" not in page(sandbox)

    def test_shows_foreign_bills_in_both_currencies(self, sandbox, client):
        client.send(bill(item(taxes=entry()), CURRENCY="EUR", EXCH_RATE_TYPE_ID="Intacct Daily Rate"))

        assert "120.00 <small>102.44 GBP</small>" in page(sandbox)


class TestControl:
    def test_tells_about_payables(self, sandbox, client):
        client.send(bill(), payment(detail(amount="20.00")))

        status, bills = control(sandbox, "GET", "bills")
        assert (status, bills[0]["due"], bills[0]["lines"][0]["taxes"][0]["amount"]) == (200, "100.00", "20.00")
        assert control(sandbox, "GET", "payments")[1][0]["bills"] == [["1", "20.00"]]
        payables = control(sandbox, "GET", "payables")[1]
        assert payables["UK01"] == {"balance": "100.00", "open_bills": 1, "vat_boxes": {"1": "0", "4": "20.00", "6": "0", "7": "100.00"}}
        assert payables["US01"]["open_bills"] == 0

    def test_decides_and_voids(self, sandbox, client):
        prefer(client, "PAYMENT_APPROVAL")
        client.send(bill(), payment())

        assert control(sandbox, "POST", "approve", {"kind": "APPYMT", "recordno": "1"}) == (200, {})
        assert control(sandbox, "POST", "void", {"recordno": "1"}) == (200, {})
        assert sandbox.intacct.payments()[0]["state"] == "Voided"
        assert control(sandbox, "POST", "void", {"recordno": "1"})[0] == 409

    @pytest.mark.parametrize(
        "value", [None, {}, {"kind": "GLENTRY", "recordno": "1"}, {"kind": "APBILL"}, {"kind": "APBILL", "recordno": 1}]
    )
    def test_asks_for_what_is_meant(self, sandbox, value):
        assert control(sandbox, "POST", "approve", value)[0] == 400

    def test_closes_periods_of_each_module(self, sandbox, client):
        assert control(sandbox, "POST", "periods", {"entity": "UK01", "first_open": "2025-03-15", "modules": ["CM"]}) == (200, {})
        assert client.send(bill()).statuses == ["success"]
        assert "Cash Management is closed" in client.send(payment(PAYMENTDATE="03/14/2025")).errors[0]
        assert control(sandbox, "POST", "periods", {"entity": "UK01", "first_open": "2025-03-15"}) == (200, {})
        assert "closed" in client.send(bill(RECORDID="2")).errors[0]

    @pytest.mark.parametrize("value", [{}, {"entity": "UK01", "first_open": "soon"}, {"entity": "UK01", "first_open": 1}])
    def test_asks_for_a_day(self, sandbox, value):
        assert control(sandbox, "POST", "periods", value)[0] == 400

    def test_knows_only_three_modules(self, sandbox):
        value = {"entity": "UK01", "first_open": "2025-03-15", "modules": ["EE"]}
        assert control(sandbox, "POST", "periods", value)[0] == 400

    def test_knows_when_there_is_nothing_to_decide(self, sandbox):
        assert control(sandbox, "POST", "decline", {"kind": "APBILL", "recordno": "7"})[0] == 409


class TestServer:
    def test_loads_every_kind_when_asked(self, monkeypatch, tmp_path):
        loaded = {}

        def stop(sandbox, host, port):
            loaded["jobs"] = len(sandbox.pleo.jobs())
            raise server.PortTaken(98, "enough")

        monkeypatch.setattr(server, "serve", stop)
        for kinds, jobs in (("first", 2), ("all", 6)):
            assert server.main(["--books", str(tmp_path / kinds), "--kinds", kinds]) == 1
            assert loaded["jobs"] == jobs
