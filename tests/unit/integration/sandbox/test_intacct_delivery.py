"""What may be sent twice, what is undone, and what goes wrong on request."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from integration.sandbox import http
from integration.sandbox.http import Fault
from integration.sandbox.intacct import Limits
from tests.unit.integration.sandbox.intacct_kit import FOLDER, LOGIN, NOW, Client, Reply, create, new_client, offset, supdoc

BAD = create(offset(), offset())
READ = "<getDimensions/>"


@pytest.fixture
def client() -> Client:
    return new_client()


class TestUniqueId:
    def test_refuses_a_function_that_was_completed(self, client):
        first = client.send(create(), ids=["k.1"], unique=True)
        second = client.send(create(), ids=["k.1"], unique=True)

        assert (first.statuses, second.statuses) == (["success"], ["failure"])
        assert "'k.1' was already executed" in second.errors[0]
        assert second.xml.find("operation/result/data") is None
        assert len(client.sandbox.ledger()) == 1

    def test_is_the_default(self, client):
        body = client.body(create(), ids=["k.1"]).replace("<uniqueid>false</uniqueid>", "")

        assert [Reply(client.post(body)).statuses for _ in range(2)] == [["success"], ["failure"]]

    def test_lets_a_function_that_failed_come_again(self, client):
        assert client.send(BAD, ids=["k.1"], unique=True).statuses == ["failure"]
        assert client.send(create(), ids=["k.1"], unique=True).statuses == ["success"]

    def test_holds_within_one_request_and_for_reads(self, client):
        assert client.send(READ, READ, ids=["r", "r"], unique=True).statuses == ["success", "failure"]

    def test_does_not_count_what_was_sent_without_it(self, client):
        client.send(create(), ids=["k.1"])

        assert client.send(create(), ids=["k.1"], unique=True).statuses == ["success"]

    def test_lets_the_others_of_the_request_through(self, client):
        client.send(create(), ids=["k.1"], unique=True)

        assert client.send(create(), create(), ids=["k.1", "k.2"], unique=True).statuses == ["failure", "success"]


class TestTransaction:
    def test_keeps_everything_or_nothing(self, client):
        reply = client.send(FOLDER, supdoc(), BAD, create(), transaction=True, unique=True, ids=["a", "b", "c", "d"])

        assert reply.statuses == ["aborted", "aborted", "failure", "aborted"]
        assert reply.numbers.count("XL03000009") == 4
        assert (client.sandbox.ledger(), client.sandbox.attachments()) == ([], {})
        assert client.send(FOLDER, unique=True, ids=["a"]).statuses == ["success"]

    def test_answers_like_any_other_when_all_is_well(self, client):
        reply = client.send(FOLDER, supdoc(), create(SUPDOCID="A1"), transaction=True)

        assert reply.statuses == ["success"] * 3
        assert client.sandbox.ledger()[0]["supdocid"] == "A1"

    def test_false_leaves_the_functions_independent(self, client):
        assert client.send(BAD, create()).statuses == ["failure", "success"]


class TestFaults:
    @pytest.mark.parametrize(
        ("kind", "carried_out"),
        [
            (http.RESET_BEFORE, 0), (http.HTML_BEFORE, 0), (http.THROTTLE, 0), (http.SESSION_EXPIRED, 0), (http.UNJUDGED_REFUSAL, 0),
            (http.OFFLINE, 0), (http.LATE, 0), (http.RESET_AFTER, 1), (http.TRUNCATE_AFTER, 1), (http.HTML_AFTER, 1),
            (http.TIMEOUT_524_AFTER, 1), (http.SLOW, 1), (http.EMPTY_BODY_AFTER, 1), (http.MISSING_RESULT_AFTER, 1),
        ],
    )  # fmt: skip
    def test_happen_before_or_after_the_commit(self, client, kind, carried_out):
        client.sandbox.inject(Fault(kind, seconds=600, writes_only=True))

        client.raw(READ)
        client.raw(create(), ids=["k.1"])

        assert len(client.sandbox.ledger()) == carried_out
        assert client.sandbox.control_ids() == ["k.1"]
        assert client.sandbox.requests[-1]["fault"] == kind

    @pytest.mark.parametrize(
        ("kind", "status", "start"),
        [
            (http.HTML_BEFORE, 502, b"<html>"), (http.HTML_AFTER, 502, b"<html>"), (http.TIMEOUT_524_AFTER, 524, b"<html>"),
            (http.THROTTLE, 429, b"<?xml"), (http.EMPTY_BODY_AFTER, 200, b""),
        ],
    )  # fmt: skip
    def test_have_their_own_answers(self, client, kind, status, start):
        client.sandbox.inject(Fault(kind))

        answer = client.raw(create())

        assert answer.status == status
        assert answer.body[: len(start)] == start and bool(answer.body) is bool(start)

    def test_reset_slow_and_truncated_are_left_to_the_shell(self, client):
        client.sandbox.inject(Fault(http.RESET_AFTER), Fault(http.SLOW, seconds=7), Fault(http.TRUNCATE_AFTER))

        reset, slow, truncated = client.raw(create()), client.raw(create()), client.raw(create())

        assert (reset.drop, slow.delay) == (True, 7)
        assert 0 < (truncated.send_only or 0) < len(truncated.body)

    def test_throttle_names_the_rate_limit(self, client):
        client.sandbox.inject(Fault(http.THROTTLE))

        reply = client.send(create())

        assert (reply.numbers, reply.text("control/status")) == (["GW-0010"], "failure")

    def test_session_expired_ends_the_session(self, client):
        client.sandbox.inject(Fault(http.SESSION_EXPIRED))

        assert [client.send(READ).numbers for _ in range(2)] == [["XL03000006"]] * 2
        assert client.enter().send(READ).statuses == ["success"]

    def test_refuse_each_function(self, client):
        client.sandbox.inject(Fault(http.UNJUDGED_REFUSAL), Fault(http.OFFLINE))

        unjudged, offline = client.send(create(), READ), client.send(create())

        assert unjudged.statuses == ["failure", "failure"]
        assert offline.errors == ["The Service is Temporarily Off-line"]

    def test_leave_the_last_result_out(self, client):
        client.sandbox.inject(Fault(http.MISSING_RESULT_AFTER))

        assert client.send(create(), create()).statuses == ["success"]
        assert len(client.sandbox.ledger()) == 2

    def test_carry_out_late_when_told(self, client):
        client.sandbox.inject(Fault(http.LATE, seconds=600))

        assert client.raw(create()).drop
        assert client.sandbox.ledger() == []
        assert client.sandbox.run_late(NOW + timedelta(minutes=10)) == 1
        assert client.sandbox.run_late(NOW + timedelta(minutes=10)) == 0
        assert len(client.sandbox.ledger()) == 1

    def test_carry_out_late_by_themselves(self, client):
        client.sandbox.inject(Fault(http.LATE, seconds=0.05))
        client.raw(create())

        for _ in range(100):
            if client.sandbox.ledger():
                break
            threading.Event().wait(0.02)

        assert len(client.sandbox.ledger()) == 1

    def test_late_and_uniqueid_agree_with_a_resend(self, client):
        client.sandbox.inject(Fault(http.LATE, seconds=600))
        client.raw(create(), ids=["k.1"], unique=True)

        assert client.send(create(), ids=["k.1"], unique=True).statuses == ["success"]
        client.sandbox.run_late(NOW)
        assert len(client.sandbox.ledger()) == 1


class TestLimits:
    def test_refuse_what_is_too_much_in_a_minute(self, client):
        client.sandbox.limits = Limits(per_minute=2)
        client.sandbox._recent.clear()

        statuses = [client.raw(READ).status for _ in range(3)]
        later = client.raw(READ, now=NOW + timedelta(seconds=61)).status

        assert (statuses, later) == ([200, 200, 429], 200)

    def test_refuse_what_is_too_much_at_once(self, client):
        client.sandbox.limits = Limits(concurrent=1)
        client.sandbox.inject(Fault(http.SLOW, seconds=5))

        assert [client.raw(READ).status, client.raw(create()).status] == [200, 429]
        assert client.sandbox.ledger() == []
        assert client.raw(READ, now=NOW + timedelta(seconds=6)).status == 200


class TestRequests:
    def test_are_remembered_without_secrets_and_files(self, client):
        client.send(FOLDER, supdoc(data=b"receipt content"), ids=["a", "b"], unique=True)
        client.send(READ, authentication=LOGIN)

        row = client.sandbox.requests[-2]
        text = str(client.sandbox.requests)
        assert [each["name"] for each in row["functions"]] == ["create_supdocfolder", "create_supdoc"]
        assert (row["entity"], row["unique_id"], row["outcome"]) == ("UK01", True, "answered")
        assert "secret" not in text and client.session not in text
        assert "[20 characters]" in row["body"]

    def test_count_those_that_write(self, client):
        client.send(READ)
        client.send(READ, create(), ids=["r", "w"])
        client.send(BAD, ids=["x"])

        assert (client.sandbox.writes(), client.sandbox.control_ids()) == (2, ["w", "x"])

    def test_of_many_threads_are_carried_out_once_each(self, client):
        bodies = [client.body(create(), ids=[f"k{number % 10}"], unique=True) for number in range(30)]
        threads = [threading.Thread(target=client.post, args=(body,)) for body in bodies]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(client.sandbox.ledger()) == 10
        assert len(client.sandbox.requests) == 31
