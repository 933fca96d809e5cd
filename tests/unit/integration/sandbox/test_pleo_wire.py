"""Pages, keys, receipts, faults and counting: what is the same for every call to Pleo."""

from __future__ import annotations

import base64
import io
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

from integration.sandbox import http
from integration.sandbox.books import Books
from integration.sandbox.http import Fault, Request
from integration.sandbox.pleo import PleoSandbox
from integration.sandbox.world import UK, UK_API_KEY, US, US_API_KEY, entry_id, load_demo_world
from tests.unit.integration.sandbox.pleo_caller import NOW, Caller


@pytest.fixture
def pleo():
    books = Books()
    load_demo_world(books, NOW, with_jobs=False)
    return PleoSandbox(books)


@pytest.fixture
def call(pleo):
    return Caller(pleo)


@pytest.fixture
def job(pleo):
    return pleo.make_job(UK.id, [entry_id(f"UK-{number:02d}") for number in range(1, 6)], now=NOW)


def fetch(call, url, **headers):
    parts = urlsplit(url)
    query = {name: tuple(values) for name, values in parse_qs(parts.query).items()}
    return call.pleo.handle(Request("GET", parts.path, query, headers), call.now)


class TestPaging:
    def test_visits_every_item_once(self, call, pleo):
        job = pleo.make_job(UK.id, now=NOW)
        seen, query = [], {"job_id": job}
        while True:
            body = call("GET", "/v3/export-items", query)[1]
            assert len(body["data"]) <= 20
            seen += [item["accountingEntryId"] for item in body["data"]]
            if not body["pagination"]["hasNextPage"]:
                break
            query["after"] = body["pagination"]["endCursor"]

        assert seen == [item["accountingEntryId"] for item in pleo.items(job)]

    def test_keeps_its_place_while_items_leave_the_filter(self, call, pleo):
        job = pleo.make_job(UK.id, now=NOW)
        path, seen, query = f"/v3/export-jobs/{job}/items", [], {"status": "pending", "limit": 7}
        while True:
            body = call("GET", path, query)[1]
            ids = [item["accountingEntryId"] for item in body["data"]]
            seen += ids
            call.update(job, *({"accountingEntryId": each, "status": "successful"} for each in ids))
            if not body["pagination"]["hasNextPage"]:
                break
            query["after"] = body["pagination"]["endCursor"]

        assert len(seen) == len(set(seen)) == 54

    def test_goes_back(self, call, pleo):
        job = pleo.make_job(UK.id, now=NOW)
        path = f"/v3/export-jobs/{job}/items"
        first = call("GET", path, {"limit": 5})[1]
        second = call("GET", path, {"limit": 5, "after": first["pagination"]["endCursor"]})[1]

        back = call("GET", path, {"limit": 5, "before": second["pagination"]["startCursor"]})[1]

        assert back["data"] == first["data"]
        assert second["pagination"]["hasPreviousPage"] and not back["pagination"]["hasPreviousPage"]

    @pytest.mark.parametrize(
        "query",
        [
            {"after": "AAAA", "offset": 1},
            {"after": "AAAA"},
            {"after": "not-base32!"},
            {"limit": 101},
            {"limit": -1},
            {"limit": "many"},
            {"limit": ["1", "2"]},
            {"sorting_keys": ["status"]},
            {"sorting_keys": ["status"], "sorting_order": ["UP"]},
            {"jobId": "x"},
        ],
    )
    def test_refuses_parameters_that_make_no_sense(self, call, job, query):
        assert call("GET", f"/v3/export-jobs/{job}/items", query)[0] == 400

    def test_refuses_the_cursor_of_another_list(self, call, pleo):
        job = pleo.make_job(UK.id, now=NOW)
        cursor = call("GET", "/v3/export-items", {"job_id": job})[1]["pagination"]["endCursor"]

        assert call("GET", f"/v3/export-jobs/{job}/items", {"after": cursor})[0] == 400

    def test_sorts_as_asked(self, call, pleo):
        for minutes in (0, 1):
            pleo.make_job(UK.id, [entry_id(f"UK-0{minutes + 1}")], now=NOW + timedelta(minutes=minutes))
        ours = {"company_id": UK.id}
        query = ours | {"sorting_keys": ["createdAt"], "sorting_order": ["ASC"]}

        asked = [job["createdAt"] for job in call("GET", "/v3/export-jobs", query)[1]["data"]]
        unasked = [job["createdAt"] for job in call("GET", "/v3/export-jobs", ours)[1]["data"]]

        assert asked == sorted(asked) and unasked == sorted(unasked, reverse=True)


class TestAuthentication:
    @pytest.mark.parametrize("value", ["", "Basic", "Basic !!", "Bearer demo-pleo-key-uk", "Basic " + base64.b64encode(b"x:").decode()])
    def test_refuses_keys_it_does_not_know(self, call, value):
        assert call("GET", "/v3/export-jobs", authorization=value)[0] == 401

    def test_refuses_a_password_beside_the_key(self, call):
        value = "Basic " + base64.b64encode(f"{UK_API_KEY}:x".encode()).decode()

        assert call("GET", "/v3/export-jobs", authorization=value)[0] == 401

    def test_keeps_companies_apart(self, pleo, call, job):
        other = Caller(pleo, US_API_KEY)

        assert other("GET", "/v3/export-jobs", {"company_id": UK.id})[0] == 403
        assert other("GET", f"/v3/export-jobs/{job}")[0] == 403
        assert other("GET", f"/v1/companies/{UK.id}")[0] == 403
        assert other("GET", "/v2/employees", {"companyId": UK.id})[0] == 403
        assert other("GET", "/v3/export-jobs", {"company_id": US.id})[1]["data"] == []

    def test_remembers_no_key(self, call, pleo):
        call("GET", "/v3/export-jobs")

        everything = str(pleo.requests) + str([pleo.books.all("pleo", kind) for kind in pleo.books.kinds("pleo")])

        assert UK_API_KEY not in everything and "Basic" not in str(pleo.requests)


class TestReceipts:
    def first_files(self, call, pleo, label):
        job = pleo.make_job(UK.id, [entry_id(label)], now=NOW)
        return call("GET", "/v3/export-items", {"job_id": job})[1]["data"][0]["files"]

    def test_are_valid_files_of_the_size_and_type_announced(self, call, pleo):
        files = self.first_files(call, pleo, "UK-15") + self.first_files(call, pleo, "UK-13")

        answers = [fetch(call, each["url"]) for each in files]

        for announced, answer in zip(files, answers, strict=True):
            assert (answer.status, answer.content_type) == (200, announced["type"])
            assert len(answer.body) == announced["size"]
        assert [each["type"] for each in files] == [
            "application/pdf",
            "application/pdf",
            "image/jpeg",
            "application/pdf",
            "image/png",
        ]
        for answer in answers:
            if answer.content_type == "application/pdf":
                assert answer.body.startswith(b"%PDF-") and answer.body.rstrip().endswith(b"%%EOF")
            else:
                Image.open(io.BytesIO(answer.body)).verify()
        assert len({answer.body for answer in answers}) == len(answers)

    def test_have_new_links_and_old_content_at_each_fetch(self, call, pleo):
        job = pleo.make_job(UK.id, [entry_id("UK-01")], now=NOW)

        one, two = (call("GET", "/v3/export-items", {"job_id": job})[1]["data"][0]["files"][0]["url"] for _ in "ab")

        assert one != two
        assert fetch(call, one).body == fetch(call, two).body

    def test_are_refused_after_a_day_or_with_a_forged_link(self, call, pleo):
        (file,) = self.first_files(call, pleo, "UK-01")

        assert fetch(call, file["url"][:-1] + ("0" if file["url"][-1] != "0" else "1")).status == 403
        assert fetch(call, file["url"].replace("expires=", "expires=9")).status == 403
        assert fetch(call, file["url"].partition("?")[0]).status == 403
        call.now = NOW + timedelta(hours=24)
        assert fetch(call, file["url"]).status == 403

    def test_notice_credentials_that_leak(self, call, pleo):
        (file,) = self.first_files(call, pleo, "UK-01")

        assert fetch(call, file["url"], **call.headers).status == 400


class TestFaults:
    @pytest.mark.parametrize(
        ("kind", "status", "done"),
        [
            (http.HTML_BEFORE, 502, False),
            (http.HTML_AFTER, 502, True),
            (http.TIMEOUT_524_AFTER, 524, True),
            (http.THROTTLE, 429, False),
            (http.OFFLINE, 503, False),
            (http.EMPTY_BODY_AFTER, 200, True),
        ],
    )
    def test_answer_wrongly(self, call, pleo, job, kind, status, done):
        pleo.inject(Fault(kind, writes_only=True, matching="events"))

        assert call("GET", f"/v3/export-jobs/{job}")[0] == 200
        answer = call.answer("POST", "/v3/export-job-events", body={"jobId": job, "event": "started"})

        assert answer.status == status
        assert (pleo.jobs()[0]["status"] == "in_progress") is done
        if kind == http.THROTTLE:
            assert int(answer.headers["Retry-After"]) >= 1

    @pytest.mark.parametrize(("kind", "done"), [(http.RESET_BEFORE, False), (http.RESET_AFTER, True)])
    def test_break_the_connection(self, call, pleo, job, kind, done):
        pleo.inject(Fault(kind))

        answer = call.answer("POST", "/v3/export-job-events", body={"jobId": job, "event": "started"})

        assert answer.drop
        assert (pleo.jobs()[0]["status"] == "in_progress") is done
        assert pleo.requests[-1]["status"] == 0

    def test_carry_out_late(self, call, pleo, job):
        pleo.inject(Fault(http.LATE, seconds=600))
        assert call.answer("POST", "/v3/export-job-events", body={"jobId": job, "event": "started"}).drop
        assert call("GET", f"/v3/export-jobs/{job}")[1]["data"]["status"] == "pending"

        call.now = NOW + timedelta(seconds=601)

        assert call("GET", f"/v3/export-jobs/{job}")[1]["data"]["status"] == "in_progress"

    def test_cut_or_delay(self, call, pleo, job):
        pleo.inject(Fault(http.TRUNCATE_AFTER), Fault(http.SLOW, seconds=3))

        cut, slow = (call.answer("GET", f"/v3/export-jobs/{job}") for _ in "ab")

        assert 0 < cut.send_only < len(cut.body)
        assert slow.delay == 3 and slow.status == 200

    def test_are_refused_where_pleo_does_not_have_them(self, pleo):
        with pytest.raises(ValueError, match="session_expired"):
            pleo.inject(Fault(http.SESSION_EXPIRED))


class TestCounting:
    def test_leaves_reads_out(self, call, pleo, job):
        call("GET", "/v3/export-jobs")
        call("POST", "/v0/tags:search", body={})
        call("POST", "/v3/export-job-items:search", body={"accountingEntryIds": [entry_id("UK-01")]})
        assert pleo.writes() == 0

        call.event(job, "started")

        assert pleo.writes() == 1
        assert [each["method"] for each in pleo.requests] == ["GET", "POST", "POST", "POST"]

    def test_limits_the_rate_where_it_is_set(self, call, pleo):
        pleo.settings.rate_limit = 2

        statuses = [call("GET", "/v1/companies")[0] for _ in range(3)]
        limited = call.answer("GET", "/v3/export-jobs")
        call.now = NOW + timedelta(seconds=61)

        assert statuses == [200, 200, 429]
        assert limited.headers["Retry-After"] == "61"
        assert call("GET", "/v1/companies")[0] == 200
