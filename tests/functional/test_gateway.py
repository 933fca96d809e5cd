"""The gateway over real HTTP, against the sandbox and against servers that misbehave."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import structlog

from integration.errors import IntegrationError, OutcomeUnknown, Rejected, RequestRefused, SignInRefused, TryLater
from integration.intacct import transport, xml
from integration.intacct.answers import Confirmation
from integration.intacct.documents import Dimension, ExchangeRate, JournalEntry, JournalLine
from integration.intacct.gateway import Credentials, Function, Gateway
from integration.money import Money
from integration.sandbox import http
from integration.sandbox.books import Books
from integration.sandbox.http import Fault
from integration.sandbox.world import COMPANY_ID, SENDER_ID, SENDER_PASSWORD, USER_ID, USER_PASSWORD
from tests.functional.canned import canned

ENTITY = "UK01"
CARRIED_OUT_UNHEARD = [http.RESET_AFTER, http.TRUNCATE_AFTER, http.HTML_AFTER, http.TIMEOUT_524_AFTER, http.EMPTY_BODY_AFTER]
SECRETS = (USER_PASSWORD, SENDER_PASSWORD)


@pytest.fixture
def credentials(server):
    return Credentials(
        company_id=COMPANY_ID,
        endpoint=f"{server.address}/ia/xml/xmlgw.phtml",
        user_id=USER_ID,
        user_password=USER_PASSWORD,
        sender_id=SENDER_ID,
        sender_password=SENDER_PASSWORD,
    )


@pytest.fixture
def gateway(credentials):
    return Gateway(credentials, total_seconds=10)


def entry(number, account="6100", state="posted"):
    """One journal entry of 12.00, as a function under its own control id."""
    amount = Money(Decimal("12.00"), "GBP")
    place = (Dimension("LOCATION", ENTITY, "LOCATION"),)
    document = JournalEntry(
        key=f"PL{'ABCDEFGHIJKLMNOP'[:15]}{chr(ord('A') + number)}",
        entity=ENTITY,
        journal="PLEO",
        posting_date=date.today(),
        title=f"Test {number}",
        lines=tuple(
            JournalLine(number, side, amount, dimensions=place, exchange_rate=ExchangeRate(date.today(), "Intacct Daily Rate"))
            for number, side in ((account, "debit"), ("1050", "credit"))
        ),
    )
    return Function(f"{document.key}.1", xml.function(document))


def accounts():
    return xml.query("GLACCOUNT", ["ACCOUNTNO"], page_size=5)


def outcome(gateway, function):
    """Return what became of one function, whether it was returned or raised."""
    try:
        return gateway.carry_out([function], entity=ENTITY).outcomes[function.control_id]
    except IntegrationError as error:
        return error


class TestSessions:
    def test_signs_in_once_and_derives_the_entity(self, gateway, sandbox):
        for _ in range(3):
            gateway.read([accounts()], entity=ENTITY)

        names = [[function["name"] for function in request["functions"]] for request in sandbox.intacct.requests]
        assert names == [["getAPISession"], ["getAPISession"], ["query", "readUserFormatting"], ["query"], ["query"]]
        bodies = [request["body"] for request in sandbox.intacct.requests]
        assert ["<login>" in body for body in bodies] == [True, False, False, False, False]

    def test_works_in_the_entity_asked_for(self, gateway, sandbox):
        gateway.read([accounts()], entity=ENTITY)
        gateway.read([accounts()])

        assert [request["entity"] for request in sandbox.intacct.requests if request["functions"][0]["name"] == "query"] == [ENTITY, ""]

    def test_renews_a_session_that_has_ended(self, gateway, sandbox):
        gateway.read([accounts()], entity=ENTITY)
        sandbox.intacct.inject(Fault(http.SESSION_EXPIRED, writes_only=True))

        assert isinstance(outcome(gateway, entry(0)), Confirmation)
        assert len(sandbox.intacct.ledger()) == 1

    def test_renews_the_session_above_the_entity(self, gateway, sandbox):
        gateway.sign_in()
        sandbox.intacct.inject(Fault(http.SESSION_EXPIRED, matching="getAPISession"))

        gateway.enter(ENTITY)

        assert "<login>" in sandbox.intacct.requests[-2]["body"]

    def test_gives_up_where_every_session_ends_at_once(self, gateway, sandbox):
        gateway.enter(ENTITY)
        sandbox.intacct.inject(Fault(http.SESSION_EXPIRED, times=2, matching="<query>"))

        with pytest.raises(TryLater):
            gateway.read([accounts()], entity=ENTITY)

    @pytest.mark.parametrize(
        ("wrong", "of"),
        [
            ({"user_password": "wrong"}, "user"),
            ({"user_id": "nobody"}, "user"),
            ({"company_id": "NOWHERE"}, "user"),
            ({"sender_password": "wrong"}, "sender"),
            ({"sender_id": "stranger"}, "sender"),
        ],
    )
    def test_tells_whose_sign_in_was_refused(self, credentials, wrong, of):
        with pytest.raises(SignInRefused) as raised:
            Gateway(replace(credentials, **wrong)).sign_in()

        assert raised.value.of == of

    def test_tells_a_refused_entity_from_a_refused_user(self, gateway):
        with pytest.raises(SignInRefused) as raised:
            gateway.enter("NOWHERE")

        assert raised.value.of == "entity"
        gateway.enter(ENTITY)

    def test_tells_a_sender_that_is_not_authorised(self, credentials, sandbox):
        books: Books = sandbox.books
        books.put("intacct", "COMPANY", COMPANY_ID, books.get("intacct", "COMPANY", COMPANY_ID) | {"AUTHORISED_SENDERS": []})

        with pytest.raises(SignInRefused) as raised:
            Gateway(credentials).sign_in()

        assert raised.value.of == "sender"

    def test_asks_a_refused_user_once_only(self, credentials, sandbox):
        with pytest.raises(SignInRefused):
            Gateway(replace(credentials, user_password="wrong")).read([accounts()], entity=ENTITY)

        assert len(sandbox.intacct.requests) == 1


class TestCarryOut:
    def test_confirms_what_was_created(self, gateway, sandbox):
        functions = [entry(0), entry(1)]

        answer = gateway.carry_out(functions, entity=ENTITY)

        ledger = {row["REFERENCENO"]: row["RECORDNO"] for row in sandbox.books.all("intacct", "GLBATCH")}
        assert {key.partition(".")[0]: each.key for key, each in answer.outcomes.items()} == ledger

    def test_matches_answers_by_control_id(self, gateway, sandbox):
        functions = [entry(0), entry(1, account="9999"), entry(2)]

        outcomes = gateway.carry_out(functions, entity=ENTITY).outcomes

        kinds = [type(outcomes[function.control_id]) for function in functions]
        assert kinds == [Confirmation, Rejected, Confirmation]
        assert "9999" in outcomes[functions[1].control_id].message

    def test_sends_with_uniqueid_and_reads_without(self, gateway, sandbox):
        gateway.carry_out([entry(0)], entity=ENTITY)
        gateway.read([accounts()])

        assert [request["unique_id"] for request in sandbox.intacct.requests] == [False, False, True, False]

    def test_does_not_take_a_repetition_for_a_refusal(self, gateway, sandbox):
        outcome(gateway, entry(0))

        assert isinstance(outcome(gateway, replace(entry(0), sent_before=True)), OutcomeUnknown)
        assert len(sandbox.intacct.ledger()) == 1

    @pytest.mark.parametrize("kind", CARRIED_OUT_UNHEARD)
    def test_does_not_know_what_became_of_a_write_without_answer(self, gateway, sandbox, kind):
        gateway.enter(ENTITY)
        sandbox.intacct.inject(Fault(kind, writes_only=True))

        assert type(outcome(gateway, entry(0))) is OutcomeUnknown
        assert len(sandbox.intacct.ledger()) == 1

    @pytest.mark.parametrize("kind", [http.RESET_BEFORE, http.HTML_BEFORE, http.LATE])
    def test_does_not_guess_that_nothing_happened(self, gateway, sandbox, kind):
        gateway.enter(ENTITY)
        sandbox.intacct.inject(Fault(kind, writes_only=True, seconds=60))

        assert type(outcome(gateway, entry(0))) is OutcomeUnknown

    def test_does_not_know_where_a_result_is_missing(self, gateway, sandbox):
        gateway.enter(ENTITY)
        sandbox.intacct.inject(Fault(http.MISSING_RESULT_AFTER, writes_only=True))
        functions = [entry(0), entry(1)]

        outcomes = gateway.carry_out(functions, entity=ENTITY).outcomes

        assert [type(outcomes[function.control_id]) for function in functions] == [Confirmation, OutcomeUnknown]

    def test_tries_later_what_was_throttled(self, gateway, sandbox):
        gateway.enter(ENTITY)
        sandbox.intacct.inject(Fault(http.THROTTLE, writes_only=True))

        assert type(outcome(gateway, entry(0))) is TryLater
        assert sandbox.intacct.ledger() == []

    @pytest.mark.parametrize(("sent_before", "expected"), [(False, Rejected), (True, OutcomeUnknown)])
    def test_judges_an_unknown_refusal_by_whether_it_was_sent_before(self, gateway, sandbox, sent_before, expected):
        gateway.enter(ENTITY)
        sandbox.intacct.inject(Fault(http.UNJUDGED_REFUSAL, writes_only=True))

        assert isinstance(outcome(gateway, replace(entry(0), sent_before=sent_before)), expected)

    def test_refuses_a_request_that_does_not_match_the_schema_as_a_whole(self, gateway, sandbox):
        bad = Function("BAD.1", b"<create_supdoc><supdocname>x</supdocname></create_supdoc>")

        with pytest.raises(RequestRefused) as raised:
            gateway.carry_out([entry(0), bad], entity=ENTITY)

        assert raised.value.code == "XL03000003"
        assert sandbox.intacct.ledger() == []

    def test_keeps_the_raw_answer_of_a_refusal_as_a_whole(self, gateway):
        with pytest.raises(RequestRefused) as raised:
            gateway.carry_out([Function("BAD.1", b"<nonsense/>")], entity=ENTITY)

        assert "XL03000003" in raised.value.raw

    def test_keeps_the_raw_answer(self, gateway):
        answer = gateway.carry_out([entry(0)], entity=ENTITY)

        assert "RECORDNO" in answer.raw


class TestRead:
    def test_returns_answers_and_refusals_in_order(self, gateway):
        found = gateway.read([accounts(), xml.query("NONSENSE", ["RECORDNO"]), accounts()])

        assert [isinstance(each, Rejected) for each in found] == [False, True, False]

    @pytest.mark.parametrize("kind", CARRIED_OUT_UNHEARD)
    def test_is_asked_again_later_where_no_answer_can_be_read(self, gateway, sandbox, kind):
        gateway.read([accounts()])  # how days are written is known: the next question goes alone
        sandbox.intacct.inject(Fault(kind))

        with pytest.raises(TryLater):
            gateway.read([accounts()])

    def test_is_asked_again_later_where_a_result_is_missing(self, gateway, sandbox):
        gateway.read([accounts()])
        sandbox.intacct.inject(Fault(http.MISSING_RESULT_AFTER))

        (found,) = gateway.read([accounts()])

        assert isinstance(found, TryLater)

    def test_is_asked_again_later_while_intacct_is_off_line(self, gateway, sandbox):
        gateway.sign_in()
        sandbox.intacct.inject(Fault(http.OFFLINE))

        with pytest.raises(TryLater):
            gateway.read_one(accounts())

    def test_reads_all_pages_in_order(self, gateway, sandbox):
        pages = list(gateway.pages("GLACCOUNT", ["RECORDNO", "ACCOUNTNO"], page_size=5))

        numbers = [int(row["RECORDNO"]) for page in pages for row in page.rows]
        assert numbers == sorted(numbers)
        assert len(numbers) == pages[0].total == len(sandbox.books.all("intacct", "GLACCOUNT"))

    def test_goes_over_the_wire_compressed_or_not(self, gateway):
        assert gateway.read_one(accounts()).status == "success"


class TestAnAnswerToAnotherRequest:
    """A proxy or a gateway that mixes answers up: what it says of another request is nothing about this one."""

    def test_is_no_answer_to_a_question(self, gateway, sandbox):
        gateway.read([xml.query("GLACCOUNT", ["RECORDNO"], where=xml.Equal("ACCOUNTNO", "6100"))])
        sandbox.intacct.inject(Fault(http.CROSSED_AFTER))

        with pytest.raises(TryLater) as raised:
            gateway.read([accounts()])

        assert raised.value.code == "crossed"

    def test_leaves_the_outcome_of_a_write_unknown(self, gateway, sandbox):
        gateway.carry_out([entry(0)], entity=ENTITY)
        sandbox.intacct.inject(Fault(http.CROSSED_AFTER))

        with pytest.raises(OutcomeUnknown):
            gateway.carry_out([entry(1)], entity=ENTITY)

        assert len(sandbox.intacct.ledger()) == 2

    def test_signs_nobody_in_and_refuses_nobody(self, gateway, sandbox, credentials):
        with pytest.raises(SignInRefused):
            Gateway(replace(credentials, user_password="wrong"), total_seconds=10).sign_in()
        sandbox.intacct.inject(Fault(http.CROSSED_AFTER))

        with pytest.raises(TryLater):
            gateway.sign_in()


class TestTransport:
    def answers(self, address, **changes):
        credentials = Credentials("DEMO", f"{address}/ia/xml/xmlgw.phtml", "u", "user-secret", "s", "sender-secret")
        return Gateway(credentials, **{"total_seconds": 5, **changes})

    def test_never_follows_a_redirect(self):
        with canned() as elsewhere, canned(status=302, headers={"Location": elsewhere.address}) as server:
            with pytest.raises(TryLater):
                self.answers(server.address).sign_in()

            assert (len(server.received), len(elsewhere.received)) == (1, 0)

    def test_reads_no_answer_without_end(self, monkeypatch):
        monkeypatch.setattr(transport, "ANSWER_LIMIT", 100_000)
        with canned(parts=(b"<response>" + b" " * 200_000,)) as server, pytest.raises(TryLater) as raised:
            self.answers(server.address).sign_in()

        assert raised.value.code == "too large"

    def test_reads_no_compressed_answer_without_end(self, monkeypatch):
        import gzip

        monkeypatch.setattr(transport, "ANSWER_LIMIT", 100_000)
        bomb = gzip.compress(b"<response>" + b" " * 5_000_000)
        with canned(parts=(bomb,), headers={"Content-Encoding": "gzip"}) as server, pytest.raises(TryLater) as raised:
            self.answers(server.address).sign_in()

        assert raised.value.code == "too large"

    def test_waits_no_longer_than_its_budget_for_the_first_byte(self, gateway, credentials, sandbox):
        slow = Gateway(credentials, total_seconds=0.6)
        slow.enter(ENTITY)
        sandbox.intacct.inject(Fault(http.SLOW, seconds=3, writes_only=True))
        started = time.monotonic()

        assert type(outcome(slow, entry(0))) is OutcomeUnknown
        assert time.monotonic() - started < 2

    def test_waits_no_longer_than_its_budget_for_an_answer_that_drips(self):
        # Each byte comes well within the read time-out, and the whole never ends.
        with canned(parts=tuple(b" " for _ in range(40)), pause=0.1) as server:
            started = time.monotonic()
            with pytest.raises(TryLater):
                self.answers(server.address, total_seconds=0.5).sign_in()

            assert time.monotonic() - started < 2

    def test_knows_that_nothing_left_where_nobody_listens(self):
        with socket.socket() as reserved:
            reserved.bind(("127.0.0.1", 0))
            gateway = self.answers(f"http://127.0.0.1:{reserved.getsockname()[1]}")

            with pytest.raises(TryLater) as raised:
                gateway.sign_in()

        assert raised.value.code == "connect"

    def test_takes_no_credentials_or_proxies_of_the_host(self, monkeypatch, tmp_path):
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login host password host-secret\n")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        with canned(parts=(b"<x/>",)) as server, pytest.raises(TryLater):
            self.answers(server.address).sign_in()

        (_, _, headers, _) = server.received[0]
        assert "Authorization" not in headers


SESSION = """<?xml version="1.0"?><response><control><status>success</status></control><operation><authentication>
<status>success</status></authentication><result><status>success</status><function>getAPISession</function><controlid>session</controlid>
<data><api><sessionid>STOLEN</sessionid><endpoint>{endpoint}</endpoint><locationid>{entity}</locationid></api></data></result></operation>
</response>"""


class TestEndpoints:
    @pytest.mark.parametrize(
        "endpoint",
        [
            "https://intacct.com.evil.example/ia/xml/xmlgw.phtml",
            "https://evilintacct.com/",
            "http://na12.intacct.com/ia/xml/xmlgw.phtml",
            "https://user:password@na12.intacct.com/",
            "https://na12.intacct.com:8443/",
            "https://10.0.0.8/",
            "ftp://na12.intacct.com/",
            "//na12.intacct.com/",
        ],
    )
    def test_refuses_a_session_that_leads_elsewhere(self, endpoint):
        with canned(parts=(SESSION.format(endpoint=endpoint, entity="").encode(),)) as server:
            credentials = Credentials("DEMO", f"{server.address}/", "u", "user-secret", "s", "sender-secret")

            with pytest.raises(RequestRefused):
                Gateway(credentials, total_seconds=5).read([accounts()])

            assert len(server.received) == 1

    @pytest.mark.parametrize("endpoint", ["http://api.intacct.com/", "https://intacct.example/", "file:///etc/passwd", ""])
    def test_sends_nothing_to_an_address_that_is_not_intacct(self, credentials, endpoint):
        sent = []
        gateway = Gateway(replace(credentials, endpoint=endpoint), transport=lambda *request: sent.append(request))

        with pytest.raises(RequestRefused):
            gateway.sign_in()
        assert sent == []

    def test_asks_loopback_only_where_that_is_allowed(self, credentials, settings):
        settings.ALLOW_LOOPBACK_ENDPOINTS = False

        with pytest.raises(RequestRefused):
            Gateway(credentials).sign_in()

    def test_refuses_a_session_in_another_entity(self):
        answers = iter([SESSION.format(endpoint="", entity=""), SESSION.format(endpoint="", entity="US01")])
        credentials = Credentials("DEMO", "https://api.intacct.com/ia/xml/xmlgw.phtml", "u", "p", "s", "p")
        gateway = Gateway(credentials, transport=lambda *request: (200, next(answers).encode()))

        with pytest.raises(SignInRefused) as raised:
            gateway.enter("UK01")

        assert raised.value.of == "entity"


class TestSecrets:
    def test_stand_in_no_representation(self, gateway, credentials):
        gateway.enter(ENTITY)

        shown = f"{credentials!r} {gateway!r} {vars(gateway)!r} {credentials}"
        assert not any(secret in shown for secret in SECRETS)
        assert not any(session.id in shown for session in gateway._sessions.values())

    def test_stand_in_no_log_line(self, credentials, sandbox, caplog, capfd):
        caplog.set_level("DEBUG")
        with structlog.testing.capture_logs() as lines:
            gateway = Gateway(credentials, total_seconds=5)
            gateway.carry_out([entry(0)], entity=ENTITY)
            ids = [session.id for session in gateway._sessions.values()]
            sandbox.intacct.inject(Fault(http.HTML_AFTER, writes_only=True))
            outcome(gateway, entry(1))
            with pytest.raises(SignInRefused):
                Gateway(replace(credentials, user_password="not-" + USER_PASSWORD)).sign_in()

        written = repr(lines) + caplog.text + "".join(capfd.readouterr())
        assert "intacct_request" in written
        assert not any(secret in written for secret in (*SECRETS, *ids))

    def test_stand_in_no_error(self, credentials):
        with pytest.raises(SignInRefused) as raised:
            Gateway(replace(credentials, sender_password="not-" + SENDER_PASSWORD)).sign_in()

        assert SENDER_PASSWORD not in f"{raised.value!r} {raised.value.raw} {vars(raised.value)}"

    def test_stand_in_no_raw_answer(self, gateway):
        gateway.enter(ENTITY)
        ids = [session.id for session in gateway._sessions.values()]

        raw = gateway.carry_out([entry(0)], entity=ENTITY).raw

        assert not any(each in raw for each in (*ids, *SECRETS))


class TestConcurrency:
    def test_opens_one_session_for_many_threads(self, gateway, sandbox):
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: gateway.read([accounts()], entity=ENTITY), range(16)))

        opened = [row for row in sandbox.intacct.requests if row["functions"][0]["name"] == "getAPISession"]
        assert len(opened) == 2

    def test_survives_sessions_that_live_briefly(self, gateway, sandbox):
        sandbox.intacct.session_lifetime = timedelta(seconds=0.3)
        for _ in range(3):
            gateway.read([accounts()], entity=ENTITY)
            time.sleep(0.35)

        assert gateway.read_one(accounts(), entity=ENTITY).status == "success"
