"""The Pleo client over real HTTP, and fetching receipts."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import structlog

from integration.errors import OutcomeUnknown, Rejected, RequestRefused, SignInRefused, TryLater
from integration.pleo import client as client_module
from integration.pleo.client import ItemResult, PleoClient
from integration.pleo.file_types import file_type
from integration.pleo.items import parse_item
from integration.pleo.receipt_links import ReceiptTooLarge, ReceiptUnreachable, fetch_receipt
from integration.sandbox import http
from integration.sandbox.http import Fault
from integration.sandbox.pleo.demands import RECORDS
from integration.sandbox.pleo.service import register_key
from integration.sandbox.world import UK, US
from tests.functional.canned import canned

MEGABYTE = 1024 * 1024


@pytest.fixture
def client(server):
    return PleoClient(f"{server.address}/pleo", UK.api_key, total_seconds=5)


@pytest.fixture
def job(client):
    (job,) = client.jobs(UK.id, ["pending"])
    return job


@pytest.fixture
def started(client, job):
    client.send_event(job.id, "started")
    return client.job(job.id)


class TestJobs:
    def test_are_found_by_state(self, client, job):
        assert (job.company_id, job.status) == (UK.id, "pending")
        assert client.jobs(UK.id, ["in_progress", "failed"]) == []

    def test_come_oldest_first(self, client, job, sandbox):
        sandbox.books.put("pleo", "job", job.id, sandbox.books.get("pleo", "job", job.id) | {"createdAt": "2026-01-02T00:00:00Z"})
        older = sandbox.books.get("pleo", "job", job.id) | {"id": "0" * 8 + job.id[8:], "createdAt": "2026-01-01T00:00:00Z"}
        sandbox.books.put("pleo", "job", older["id"], older)

        assert [each.created_at for each in client.jobs(UK.id, ["pending"])] == [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2)]

    def test_of_another_company_are_not_shown(self, client):
        with pytest.raises(Rejected) as raised:
            client.jobs(US.id, ["pending"])

        assert raised.value.code == "403"

    def test_are_read_one_by_one(self, client, job):
        assert client.job(job.id) == job

    def test_refuse_a_second_one_while_one_is_open(self, client, job):
        entry_id, _ = next(client.job_items(job.id))

        with pytest.raises(Rejected) as raised:
            client.create_job(UK.id, [entry_id])

        assert raised.value.code == "EXPORT_ALREADY_IN_PROGRESS"

    def test_are_made_for_entries(self, client, job):
        entry_id, _ = next(client.job_items(job.id))
        client.send_event(job.id, "failed", failure_type="validation_failure", failure_reason="A test.")

        made = client.create_job(UK.id, [entry_id])

        assert [each for each, _ in client.job_items(made.id)] == [entry_id]

    def test_tell_why_they_failed(self, client, job):
        client.send_event(job.id, "failed", failure_type="invalid_configuration", failure_reason="Journal PLEO is gone.")

        failed = client.job(job.id)

        assert (failed.status, failed.failure_type, failed.failure_reason) == ("failed", "invalid_configuration", "Journal PLEO is gone.")

    def test_refuse_an_event_out_of_turn(self, client, started):
        with pytest.raises(Rejected) as raised:
            client.send_event(started.id, "started")

        assert raised.value.code == "INVALID_EXPORT_JOB_STATUS_CHANGE"


class TestAKeyOfFewPermissions:
    @pytest.mark.parametrize(
        ("scope", "call"),
        [
            ("export-jobs:read", lambda client, job: client.jobs(UK.id, ["pending"])),
            ("export-jobs:read", lambda client, job: list(client.job_items(job.id))),
            ("export-jobs:write", lambda client, job: client.send_event(job.id, "started")),
            ("export-jobs:write", lambda client, job: client.update_items(job.id, [ItemResult(UK.id, "in_progress")])),
            ("export-items:read", lambda client, job: list(client.export_items(job.id))),
            ("companies:read", lambda client, job: client.company(UK.id)),
        ],
    )
    def test_is_told_which_one_it_lacks(self, client, job, sandbox, scope, call):
        every = {record.scope for record in RECORDS if record.scope}
        register_key(sandbox.books, UK.api_key, UK.id, scopes=every - {scope})

        with pytest.raises(Rejected, match=scope) as raised:
            call(client, job)

        assert raised.value.code == "403"

    def test_that_has_expired_is_refused(self, client, sandbox):
        register_key(sandbox.books, UK.api_key, UK.id, expires_at=datetime(2026, 1, 1, tzinfo=UTC))

        with pytest.raises(SignInRefused):
            client.jobs(UK.id, ["pending"])


class TestItems:
    def test_are_read_to_the_last_page(self, client, job, sandbox):
        sandbox.pleo.settings.page_size = 7
        before = len(sandbox.pleo.requests)

        items = list(client.export_items(job.id))

        assert len({item["accountingEntryId"] for item in items}) == len(items) == job.number_of_items
        assert len(sandbox.pleo.requests) - before == -(-job.number_of_items // 7)

    def test_are_listed_with_their_state(self, client, job):
        assert {status for _, status in client.job_items(job.id)} == {"pending"}

    def test_hold_exact_numbers(self, client, job):
        rates = [line["tax"]["rate"] for item in client.export_items(job.id) for line in item["accountingEntryLines"] if line.get("tax")]

        assert rates
        assert all(isinstance(rate, int | Decimal) for rate in rates)

    def test_can_all_be_parsed(self, client, job):
        assert len([parse_item(item) for item in client.export_items(job.id)]) == job.number_of_items

    def test_are_signed_anew_at_each_fetch(self, client, job):
        first, second = ([file["url"] for item in client.export_items(job.id) for file in item["files"]] for _ in range(2))

        assert not set(first) & set(second)

    @pytest.mark.parametrize("cursor", ["AAAA", ""])
    def test_are_not_trusted_where_the_list_does_not_end(self, cursor):
        page = {"data": [{"accountingEntryId": "x", "status": "pending"}], "pagination": {"hasNextPage": True, "endCursor": cursor}}
        with canned(parts=(json.dumps(page).encode(),)) as server, pytest.raises(TryLater):
            list(PleoClient(server.address, "key").job_items("job"))


class TestUpdateItems:
    def test_tells_what_was_taken_and_what_was_not(self, client, started):
        (entry_id, _), *_ = client.job_items(started.id)
        stranger = "00000000-0000-4000-8000-000000000000"

        results = [ItemResult(entry_id, "successful", external_id="4711"), ItemResult(stranger, "successful")]
        answer = client.update_items(started.id, results)

        assert list(answer.errors) == [stranger]
        assert answer.errors[stranger].is_for_good

    def test_hands_over_everything_pleo_shows(self, client, started, sandbox):
        (entry_id, _), *_ = client.job_items(started.id)
        at = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
        good = ItemResult(entry_id, "successful", exported_at=at, external_id="4711", external_url="https://www.intacct.com/x")

        client.update_items(started.id, [good])

        kept = next(item for item in sandbox.pleo.items(started.id) if item["accountingEntryId"] == entry_id)
        assert (kept["status"], kept["externalId"], kept["externalUrl"]) == ("successful", "4711", "https://www.intacct.com/x")
        assert datetime.fromisoformat(kept["exportedAt"]) == at

    def test_hands_over_why_an_item_failed(self, client, started, sandbox):
        (entry_id, _), *_ = client.job_items(started.id)

        client.update_items(started.id, [ItemResult(entry_id, "failed", failure_type="account_unknown", failure_reason="Konto 6900 – weg")])

        kept = next(item for item in sandbox.pleo.items(started.id) if item["accountingEntryId"] == entry_id)
        assert (kept["failureReasonType"], kept["failureReason"]) == ("account_unknown", "Konto 6900 – weg")

    def test_is_refused_once_the_job_has_ended(self, client, started):
        (entry_id, _), *_ = client.job_items(started.id)
        client.send_event(started.id, "failed", failure_type="validation_failure", failure_reason="A test.")

        with pytest.raises(Rejected) as raised:
            client.update_items(started.id, [ItemResult(entry_id, "successful")])

        assert raised.value.code == "EXPORT_JOB_STATUS_UNPROCESSABLE"

    def test_takes_ten_at_most(self, client, started):
        with pytest.raises(AssertionError):
            client.update_items(started.id, [ItemResult(str(number), "successful") for number in range(11)])


class TestInstallation:
    @pytest.mark.parametrize("status", [400, 404])
    def test_is_none_before_it_is_made(self, client, sandbox, status):
        sandbox.pleo.settings.missing_installation = status

        assert client.installation() is None

    def test_is_made_and_activated(self, client):
        assert client.install()["status"] == "PENDING_INTEGRATION"
        assert client.activate()["status"] == "ACTIVATED"
        assert client.installation()["resource"] == f"urn:pleo:company:{UK.id}"


class TestCompany:
    def test_has_its_name(self, client):
        assert client.company(UK.id)["name"] == UK.name


class TestAnswers:
    def test_refuse_a_wrong_key(self, server):
        with pytest.raises(SignInRefused) as raised:
            PleoClient(f"{server.address}/pleo", "wrong").jobs(UK.id, ["pending"])

        assert raised.value.of == "key"

    def test_tell_how_long_to_wait(self, client, sandbox):
        sandbox.pleo.inject(Fault(http.THROTTLE, seconds=17))

        with pytest.raises(TryLater) as raised:
            client.jobs(UK.id, ["pending"])

        assert raised.value.after == 17

    @pytest.mark.parametrize("header", ["soon", "Wed, 21 Oct 2026 07:28:00 GMT", ""])
    def test_may_tell_it_in_words_we_do_not_read(self, header):
        with canned(status=429, headers={"Retry-After": header}) as server, pytest.raises(TryLater) as raised:
            PleoClient(server.address, "key").jobs(UK.id, ["pending"])

        assert raised.value.after is None

    @pytest.mark.parametrize(
        "kind", [http.RESET_AFTER, http.TRUNCATE_AFTER, http.HTML_AFTER, http.TIMEOUT_524_AFTER, http.OFFLINE, http.RESET_BEFORE]
    )
    def test_of_questions_are_asked_for_again_later(self, client, sandbox, kind):
        sandbox.pleo.inject(Fault(kind))

        with pytest.raises(TryLater):
            client.jobs(UK.id, ["pending"])

    @pytest.mark.parametrize("kind", [http.RESET_AFTER, http.HTML_AFTER, http.TIMEOUT_524_AFTER, http.OFFLINE, http.RESET_BEFORE])
    def test_of_changes_leave_us_not_knowing(self, client, job, sandbox, kind):
        sandbox.pleo.inject(Fault(kind, writes_only=True))

        with pytest.raises(OutcomeUnknown):
            client.send_event(job.id, "started")

    def test_that_do_not_come_in_time_leave_us_not_knowing(self, server, job, sandbox):
        sandbox.pleo.inject(Fault(http.SLOW, seconds=2, writes_only=True))

        with pytest.raises(OutcomeUnknown):
            PleoClient(f"{server.address}/pleo", UK.api_key, total_seconds=0.5).send_event(job.id, "started")

    def test_without_end_are_not_read(self, monkeypatch):
        monkeypatch.setattr(client_module, "ANSWER_LIMIT", 10_000)
        with canned(parts=(b"[" + b" " * 100_000,)) as server, pytest.raises(TryLater):
            PleoClient(server.address, "key").jobs(UK.id, ["pending"])

    @pytest.mark.parametrize("status", [301, 302, 307])
    def test_that_lead_elsewhere_are_not_followed(self, status):
        with canned() as elsewhere, canned(status=status, headers={"Location": elsewhere.address}) as server:
            with pytest.raises(TryLater):
                PleoClient(server.address, "key").jobs(UK.id, ["pending"])

            assert elsewhere.received == []

    @pytest.mark.parametrize(
        "address", ["http://external.pleo.io", "https://pleo.io.evil.example", "https://evilpleo.io", "https://10.0.0.1"]
    )
    def test_are_not_asked_for_elsewhere(self, address):
        with pytest.raises(RequestRefused):
            PleoClient(address, "key").jobs(UK.id, ["pending"])


class TestSecrets:
    def test_stand_in_no_log_line_and_no_error(self, server, sandbox, job, caplog):
        caplog.set_level("DEBUG")
        with structlog.testing.capture_logs() as lines:
            client = PleoClient(f"{server.address}/pleo", UK.api_key)
            client.jobs(UK.id, ["pending"])
            sandbox.pleo.inject(Fault(http.RESET_AFTER, writes_only=True))
            with pytest.raises(OutcomeUnknown) as raised:
                client.send_event(job.id, "started")

        shown = f"{lines!r} {caplog.text} {raised.value!r} {client!r}"
        assert "pleo_request" in shown
        assert UK.api_key not in shown

    def test_stand_in_no_url(self, client, sandbox):
        client.jobs(UK.id, ["pending"])

        assert UK.api_key not in repr(sandbox.pleo.requests)


@pytest.fixture
def links(client, job):
    return [file["url"] for item in client.export_items(job.id) for file in item["files"]]


@contextmanager
def listening():
    """A port of this machine that takes one connection: yields its number, and what was heard, there when the block has ended."""
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            connection, _ = server.accept()
            connection.settimeout(2)
            with connection:
                heard.append(connection.recv(1000))

        taker = threading.Thread(target=take)
        taker.start()
        yield server.getsockname()[1], heard
        taker.join(5)


class TestFetchReceipt:
    def test_brings_the_file(self, links):
        assert {file_type(fetch_receipt(link, limit=10 * MEGABYTE)) for link in links} == {"pdf", "png", "jpg"}

    def test_reads_no_more_than_the_limit(self, links):
        with pytest.raises(ReceiptTooLarge):
            fetch_receipt(links[0], limit=100)

    def test_counts_bytes_after_unpacking(self):
        import gzip

        packed = gzip.compress(b"x" * MEGABYTE)
        with canned(parts=(packed,), headers={"Content-Encoding": "gzip"}) as server, pytest.raises(ReceiptTooLarge):
            fetch_receipt(server.address, limit=10_000)

    def test_tells_that_a_link_has_died(self, client, job, sandbox):
        sandbox.pleo.settings.link_seconds = 0
        link = next(file["url"] for item in client.export_items(job.id) for file in item["files"])

        with pytest.raises(ReceiptUnreachable) as raised:
            fetch_receipt(link, limit=MEGABYTE)

        assert raised.value.expired

    @pytest.mark.parametrize(("status", "expired"), [(403, True), (404, True), (410, True), (500, False), (503, False), (204, False)])
    def test_tells_a_dead_link_from_a_host_in_trouble(self, status, expired):
        with canned(status=status) as server, pytest.raises(ReceiptUnreachable) as raised:
            fetch_receipt(server.address, limit=MEGABYTE)

        assert raised.value.expired is expired

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_follows_no_redirect(self, status):
        with canned() as elsewhere, canned(status=status, headers={"Location": elsewhere.address}) as server:
            with pytest.raises(ReceiptUnreachable):
                fetch_receipt(server.address, limit=MEGABYTE)

            assert elsewhere.received == []

    def test_sends_no_credentials(self, monkeypatch, tmp_path):
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login host password host-secret\n")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        with canned(parts=(b"%PDF-1.4",)) as server:
            fetch_receipt(server.address, limit=MEGABYTE)

        (_, _, headers, _) = server.received[0]
        assert not {"Authorization", "Cookie", "Referer"} & set(headers)

    @pytest.mark.parametrize(
        "link",
        [
            "http://files.example.com/a.pdf",
            "ftp://files.example.com/a.pdf",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "",
            "https://user:password@files.example.com/a.pdf",
            "https://10.0.0.1/a.pdf",
            "https://172.16.0.1/a.pdf",
            "https://192.168.1.1/a.pdf",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::ffff:10.0.0.1]/a.pdf",
            "https://[fe80::1%25eth0]/a.pdf",
            "https://[fc00::1]/a.pdf",
            "https://0.0.0.0/a.pdf",
            "https://2130706433/a.pdf",
            "https://0x7f000001/a.pdf",
            "https://100.64.0.1/a.pdf",
            "https://localhost.localdomain.invalid/a.pdf",
            "https://[::1/a.pdf",
            "https://files.example.com:port/a.pdf",
        ],
    )
    def test_follows_no_link_to_a_private_or_unsafe_place(self, link):
        with pytest.raises(ReceiptUnreachable):
            fetch_receipt(link, limit=MEGABYTE)

    def test_follows_loopback_only_where_that_is_allowed(self, links, settings):
        settings.ALLOW_LOOPBACK_ENDPOINTS = False

        with pytest.raises(ReceiptUnreachable):
            fetch_receipt(links[0], limit=MEGABYTE)
        with pytest.raises(ReceiptUnreachable):
            fetch_receipt(links[0].replace("http://", "https://"), limit=MEGABYTE)

    def test_follows_no_name_that_leads_to_a_private_address(self, monkeypatch):
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.1.2.3", 443))])

        with pytest.raises(ReceiptUnreachable):
            fetch_receipt("https://files.example.com/a.pdf", limit=MEGABYTE)

    def test_sends_not_a_byte_where_a_name_leads_elsewhere_once_it_was_looked_up(self, monkeypatch, settings):
        settings.ALLOW_LOOPBACK_ENDPOINTS = False
        with listening() as (port, heard):
            addresses = iter(["93.184.215.14", "127.0.0.1"])
            look_up = lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(addresses), port))]  # noqa: E731
            monkeypatch.setattr(socket, "getaddrinfo", look_up)

            with pytest.raises(ReceiptUnreachable) as raised:
                fetch_receipt(f"https://files.example.com:{port}/a.pdf", limit=MEGABYTE)

        assert "private address" in str(raised.value)
        assert heard == [b""]

    def test_sends_not_a_byte_where_nobody_can_say_whom_it_has_reached(self, monkeypatch):
        class Unknown(socket.socket):
            def getpeername(self):
                raise OSError("not connected")

        with listening() as (port, heard):
            monkeypatch.setattr(socket, "socket", Unknown)

            with pytest.raises(ReceiptUnreachable) as raised:
                fetch_receipt(f"http://127.0.0.1:{port}/a.pdf", limit=MEGABYTE)

        assert "Nobody can say" in str(raised.value)
        assert heard == [b""]

    def test_waits_no_longer_than_its_budget_for_a_file_that_drips(self):
        with canned(parts=tuple(b"x" for _ in range(30)), pause=0.1) as server:
            started = time.monotonic()
            with pytest.raises(ReceiptUnreachable):
                fetch_receipt(server.address, limit=MEGABYTE, total_seconds=0.5)

            assert time.monotonic() - started < timedelta(seconds=2).total_seconds()
