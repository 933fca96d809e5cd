from __future__ import annotations

import contextlib
import http.client
import json
import socket
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from integration.sandbox import http as sandbox_http
from integration.sandbox.books import Books
from integration.sandbox.http import Fault, Request
from integration.sandbox.sandbox import Sandbox
from integration.sandbox.server import PortTaken, main, serve
from integration.sandbox.world import UK_COMPANY_ID, load_demo_world
from tests.unit.integration.sandbox.intacct_kit import (
    BASE,
    FOLDER,
    LOGIN,
    NOW,
    Client,
    create,
    envelope,
    line,
    offset,
    small_company,
    supdoc,
    taxed,
)

READ = '<function controlid="r"><getDimensions/></function>'
XML = {"Content-Type": "application/xml"}


@pytest.fixture
def sandbox() -> Sandbox:
    made = Sandbox()
    small_company(made.books)
    return made


@pytest.fixture
def demo() -> Sandbox:
    return Sandbox(world=load_demo_world, now=NOW)


def page(sandbox: Sandbox, **query: str) -> str:
    answer = sandbox.handle(Request("GET", "/", {name: (value,) for name, value in query.items()}, base_url=BASE), NOW)
    assert (answer.status, answer.content_type) == (200, "text/html;charset=UTF-8")
    return answer.body.decode()


def control(sandbox: Sandbox, method: str, path: str, value: object = None) -> tuple[int, object]:
    body = b"" if value is None else json.dumps(value).encode()
    answer = sandbox.handle(Request(method, f"/_sandbox/{path}", body=body, base_url=BASE), NOW)
    return answer.status, json.loads(answer.body)


class TestServer:
    def test_serves_both_systems_and_keeps_the_connection(self, sandbox):
        with serve(sandbox) as running:
            connection = http.client.HTTPConnection(urlsplit(running.address).netloc, timeout=5)
            answers = []
            for method, path, body in (("POST", "/ia/xml/xmlgw.phtml", envelope(READ)), ("GET", "/", None), ("GET", "/pleo/v3/x", None)):
                connection.request(method, path, body, XML)
                answer = connection.getresponse()
                answers.append((answer.status, answer.read()[:14], connection.sock is not None))
            connection.close()

        assert answers[0] == (200, b"<?xml version=", True)
        assert answers[1] == (200, b"<!doctype html", True)
        assert answers[2][0] in (401, 404)

    def test_gives_its_own_address_as_endpoint(self, sandbox):
        with serve(sandbox) as running:
            connection = http.client.HTTPConnection(urlsplit(running.address).netloc, timeout=5)
            connection.request("POST", "/ia/xml/xmlgw.phtml", envelope('<function controlid="s"><getAPISession/></function>'), XML)
            body = connection.getresponse().read().decode()
            connection.close()

        assert f"<endpoint>{running.address}/ia/xml/xmlgw.phtml</endpoint>" in body

    @pytest.mark.parametrize(
        ("kind", "error"),
        [
            (sandbox_http.RESET_AFTER, ConnectionError),
            (sandbox_http.RESET_BEFORE, ConnectionError),
            (sandbox_http.TRUNCATE_AFTER, http.client.IncompleteRead),
        ],
    )
    def test_breaks_the_connection_where_a_fault_says_so(self, sandbox, kind, error):
        sandbox.intacct.inject(Fault(kind))
        with serve(sandbox) as running:
            connection = http.client.HTTPConnection(urlsplit(running.address).netloc, timeout=5)
            connection.request("POST", "/ia/xml/xmlgw.phtml", envelope(READ), XML)
            with pytest.raises(error):
                connection.getresponse().read()
            connection.close()
            connection.request("POST", "/ia/xml/xmlgw.phtml", envelope(READ), XML)
            again = connection.getresponse().status
            connection.close()

        assert again == 200

    def test_says_when_its_port_is_taken(self, sandbox, capsys):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(PortTaken, match=f"Port {port} on 127.0.0.1 is already in use"):
                serve(sandbox, port=port)
            assert main(["--port", str(port), "--empty"]) == 1
        assert "already in use" in capsys.readouterr().err

    def test_refuses_a_body_of_unknown_length(self, sandbox):
        with serve(sandbox) as running:
            connection = http.client.HTTPConnection(urlsplit(running.address).netloc, timeout=5)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the answer may come before the body has left
                connection.request("POST", "/ia/xml/xmlgw.phtml", iter([b"x"]), XML, encode_chunked=True)
            assert connection.getresponse().status == 411
            connection.close()


class TestControl:
    def test_injects_faults_on_either_side(self, sandbox):
        for side in ("intacct", "pleo"):
            assert control(sandbox, "POST", "faults", {"side": side, "kind": "reset_before", "times": 2}) == (200, {})
        client = Client(sandbox.intacct)

        assert client.raw("<getDimensions/>", authentication=LOGIN).drop
        assert sandbox.handle(Request("GET", "/pleo/v3/export-jobs"), NOW).drop
        assert control(sandbox, "DELETE", "faults") == (200, {})
        assert not client.raw("<getDimensions/>", authentication=LOGIN).drop

    @pytest.mark.parametrize(
        "value", [{}, {"side": "both", "kind": "late"}, {"side": "pleo", "kind": "late", "colour": 1}, [1], {"side": "pleo"}]
    )
    def test_refuses_a_fault_it_does_not_know(self, sandbox, value):
        assert control(sandbox, "POST", "faults", value)[0] == 400

    def test_shows_ledger_control_ids_and_counts(self, sandbox):
        client = Client(sandbox.intacct).enter()
        client.send(taxed(), ids=["k.1"])

        status, entries = control(sandbox, "GET", "ledger")
        assert (status, entries[0]["lines"][2]["amount"]) == (200, "20.00")
        assert control(sandbox, "GET", "control-ids") == (200, ["k.1"])
        assert control(sandbox, "GET", "counts") == (200, {"intacct_writes": 1, "pleo_writes": 0, "requests": 2})
        assert control(sandbox, "GET", "nothing")[0] == 404

    def test_makes_pleo_export_a_new_job(self, demo):
        before = len(demo.pleo.jobs())
        entries = [row["id"] for row in demo.books.all("pleo", "entry") if row["companyId"] == UK_COMPANY_ID]
        for row in demo.books.all("pleo", "entry"):
            demo.books.put("pleo", "entry", row["id"], {**row, "openJob": ""})

        by_number = control(demo, "POST", "jobs", {"company_id": UK_COMPANY_ID, "numbers": [1, 3]})
        by_id = control(demo, "POST", "jobs", {"company_id": UK_COMPANY_ID, "entry_ids": entries[4:5]})
        unknown = control(demo, "POST", "jobs", {"company_id": "x"})

        assert (by_number[0], by_id[0], unknown[0]) == (201, 201, 400)
        jobs = control(demo, "GET", "jobs")[1]
        assert [[item["accountingEntryId"] for item in job["items"]] for job in jobs[before:]] == [[entries[0], entries[2]], entries[4:5]]


class TestLedgerPage:
    def test_shows_entries_balances_and_files(self, sandbox):
        client = Client(sandbox.intacct).enter()
        client.send(FOLDER, supdoc(), taxed(SUPDOCID="A1", BATCH_TITLE="Rail &lt;b&gt;", REFERENCENO="KEY-1"))

        text = page(sandbox)

        assert "Rail &lt;b&gt;" in text and "<b>Rail" not in text
        assert "debits equal credits" in text and "KEY-1" in text and "120.00" in text
        assert 'href="/attachments/A1/1">receipt.pdf' in text
        answer = sandbox.handle(Request("GET", "/attachments/A1/1"), NOW)
        assert (answer.status, answer.content_type, answer.body) == (200, "application/pdf", b"%PDF-")
        assert sandbox.handle(Request("GET", "/attachments/A1/2"), NOW).status == 404

    def test_turns_over_after_fifty(self, sandbox):
        client = Client(sandbox.intacct).enter()
        client.send(*[create(line(), offset(), BATCH_TITLE=f"Number {number}.") for number in range(52)])

        assert "Number 51." in page(sandbox) and "Number 1." not in page(sandbox)
        assert "Number 1." in page(sandbox, page="2") and "Page 2 of 2" in page(sandbox, page="2")
        assert "Number 51." in page(sandbox, entry="52") and "Number 50." not in page(sandbox, entry="52")

    def test_lists_jobs_and_makes_new_ones(self, demo):
        text = page(demo)
        form = Request(
            "POST",
            "/_sandbox/jobs",
            headers={"content-type": "application/x-www-form-urlencoded"},
            body=f"company_id={UK_COMPANY_ID}".encode(),
        )

        answer = demo.handle(form, datetime.now(UTC))

        assert "Acme UK Ltd" in text and "Make Pleo export a new job" in text and "pending" in text
        assert (answer.status, answer.headers["Location"]) == (303, "/")

    def test_is_there_for_empty_books(self):
        assert "No journal entry yet." in page(Sandbox(Books()))
