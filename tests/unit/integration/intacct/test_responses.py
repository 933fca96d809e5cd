from __future__ import annotations

from pathlib import Path

import pytest

from integration.errors import IntegrationError, OutcomeUnknown, Rejected, RequestRefused, SignInRefused, TryLater
from integration.intacct.answers import Confirmation, DuplicateRefused, GatewayError, RefusedAgain, Result, SessionEnded
from integration.intacct.responses import judge_read, judge_write, masked, message, page_of, read_answer, row_of

RECORDINGS = Path(__file__).parents[3] / "recordings" / "intacct"


def recording(name):
    return (RECORDINGS / f"{name}.xml").read_bytes()


def answered(name, control_id="fn-1"):
    return read_answer(recording(name), signed_in_by="session").results.get(control_id)


def kind_of(call, *arguments, **named):
    """Return the class of what comes back or is raised."""
    try:
        return type(call(*arguments, **named))
    except IntegrationError as error:
        return type(error)


# recording, how we signed in, class, whose refusal, code
REFUSED_WHOLE = [
    ("control-XL03000003-schema", "session", RequestRefused, "", "XL03000003"),
    ("control-XL03000006-sender", "login", SignInRefused, "sender", "XL03000006"),
    ("control-XL03000006-sender", "session", SignInRefused, "sender", "XL03000006"),
    ("control-XL03000006-policy", "session", SignInRefused, "sender", "XL03000006"),
    ("control-XMLGW_JPP0002-sign-in", "login", SignInRefused, "user", "XMLGW_JPP0002"),
    ("control-invalidRequest", "login", SignInRefused, "user", "invalidRequest"),
    ("control-GW-0011-tenant", "login", SignInRefused, "sender", "GW-0011"),
    ("control-PL04000055-demo-expired", "login", SignInRefused, "user", "PL04000055"),
    ("control-xml-gateway-not-subscribed", "login", SignInRefused, "user", ""),
    ("control-GW-0010-rate-limit", "session", TryLater, "", "GW-0010"),
    ("control-rate-limit-text-only", "session", TryLater, "", ""),
    ("control-unjudged", "session", RequestRefused, "", "ZZ00000001"),
    ("auth-XL03000006-sign-in", "login", SignInRefused, "user", "XL03000006"),
    ("auth-XL03000006-sign-in", "entity", SignInRefused, "entity", "XL03000006"),
    # No credentials were in that request, so it is the session that is wrong.
    ("auth-XL03000006-sign-in", "session", SessionEnded, "", "XL03000006"),
    ("auth-XL03000006-sender-not-authorised", "login", SignInRefused, "sender", "XL03000006"),
    ("auth-XL03000006-sender-not-authorised", "entity", SignInRefused, "sender", "XL03000006"),
    ("auth-XL03000006-sender-not-authorised", "session", SignInRefused, "sender", "XL03000006"),
    ("auth-XL03000006-invalid-session", "session", SessionEnded, "", "XL03000006"),
    ("auth-XL03000006-invalid-session", "entity", SessionEnded, "", "XL03000006"),
    ("auth-xml-gateway-not-subscribed", "login", SignInRefused, "user", ""),
    ("auth-GW-0010-rate-limit", "login", TryLater, "", "GW-0010"),
    ("auth-GW-0010-rate-limit", "session", TryLater, "", "GW-0010"),
]
UNREADABLE = [path.stem for path in sorted(RECORDINGS.glob("unreadable-*.xml"))]

# recording, first write, a later write under the same id, read
RESULTS = [
    ("result-create-success", Confirmation, Confirmation, None),
    ("result-supdoc-success", Confirmation, Confirmation, None),
    ("result-success-without-key", OutcomeUnknown, OutcomeUnknown, None),
    ("result-failure-without-errormessage", Rejected, RefusedAgain, Rejected),
    ("result-status-missing", OutcomeUnknown, OutcomeUnknown, TryLater),
    ("result-missing", OutcomeUnknown, OutcomeUnknown, TryLater),
    ("result-offline", OutcomeUnknown, OutcomeUnknown, TryLater),
    ("result-offline-try-later", OutcomeUnknown, OutcomeUnknown, TryLater),
    ("result-try-later", TryLater, TryLater, TryLater),
    ("result-rate-limit-in-200", TryLater, TryLater, TryLater),
    ("result-DL02000001", Rejected, RefusedAgain, Rejected),
    ("result-BL01001973-alone", Rejected, RefusedAgain, Rejected),
    ("result-BL01001973-companion", Rejected, RefusedAgain, Rejected),
    ("result-BL34000061-exists", DuplicateRefused, DuplicateRefused, None),
    ("result-BL03002185-number-exists", DuplicateRefused, DuplicateRefused, None),
    ("result-PL05000104-exists", DuplicateRefused, DuplicateRefused, None),
    ("result-duplicate-control-id-guess", DuplicateRefused, DuplicateRefused, None),
    ("result-duplicate-account-additionalinfo", Rejected, RefusedAgain, None),
    ("result-aborted", RequestRefused, RequestRefused, None),
    ("result-culprit-of-rollback", Rejected, RefusedAgain, None),
    ("result-permission", Rejected, RefusedAgain, Rejected),
    ("result-query-failed", Rejected, RefusedAgain, Rejected),
    ("result-invalid-fields", Rejected, RefusedAgain, Rejected),
    ("result-period-closed", Rejected, RefusedAgain, None),
    ("result-BL03000018-format", Rejected, RefusedAgain, None),
    ("result-BL03000215-state", Rejected, RefusedAgain, None),
    ("result-BL34000094-payment", Rejected, RefusedAgain, None),
    ("result-BL03002073-entities", Rejected, RefusedAgain, None),
    ("result-BL03002128-number-missing", Rejected, RefusedAgain, None),
    ("result-smart-rule", Rejected, RefusedAgain, None),
    ("result-support-id-encoded", Rejected, RefusedAgain, None),
    ("result-old-description", Rejected, RefusedAgain, None),
    # One object per function, so this is never ours; a failure is never taken for a confirmation.
    ("result-partly-created", Rejected, RefusedAgain, None),
]
READS = [(row[0], row[3]) for row in RESULTS if row[3]]
FORMS = {"result-query-page", "result-query-empty", "result-get-api-session", "result-two-functions"}


class TestRecordings:
    def test_are_all_judged_here(self):
        judged = {row[0] for row in (*REFUSED_WHOLE, *RESULTS)} | set(UNREADABLE) | FORMS

        assert judged == {path.stem for path in RECORDINGS.glob("*.xml")}


class TestReadAnswer:
    @pytest.mark.parametrize(("name", "signed_in_by", "error_class", "of", "code"), REFUSED_WHOLE)
    def test_tells_what_a_refusal_as_a_whole_means(self, name, signed_in_by, error_class, of, code):
        with pytest.raises(IntegrationError) as raised:
            read_answer(recording(name), signed_in_by=signed_in_by)

        assert type(raised.value) is error_class
        assert (getattr(raised.value, "of", ""), raised.value.code) == (of, code)
        assert raised.value.message

    @pytest.mark.parametrize("name", UNREADABLE)
    @pytest.mark.parametrize("signed_in_by", ["session", "login"])
    def test_knows_that_nobody_can_tell(self, name, signed_in_by):
        assert kind_of(read_answer, recording(name), signed_in_by=signed_in_by) is OutcomeUnknown

    def test_matches_results_by_control_id(self):
        answer = read_answer(recording("result-two-functions"), signed_in_by="session")

        keys = {control_id: judge_write(result, sent_before=False).key for control_id, result in answer.results.items()}
        assert keys == {"fn-1": "1", "fn-2": "2"}

    def test_tells_the_entity_of_the_session(self):
        assert read_answer(recording("result-create-success"), signed_in_by="session").entity == "UK01"

    def test_keeps_no_session_id(self):
        answer = read_answer(recording("result-get-api-session"), signed_in_by="login")

        assert "SECRET-SESSION" not in answer.raw
        assert "SECRET-SESSION" not in repr(answer)


class TestJudgeWrite:
    @pytest.mark.parametrize(("name", "first", "later", "_read"), RESULTS)
    def test_judges_a_first_send(self, name, first, later, _read):
        assert type(judge_write(answered(name), sent_before=False)) is first

    @pytest.mark.parametrize(("name", "first", "later", "_read"), RESULTS)
    def test_never_rejects_a_later_send(self, name, first, later, _read):
        judged = judge_write(answered(name), sent_before=True)

        assert type(judged) is later
        assert isinstance(judged, Confirmation | OutcomeUnknown | TryLater | RequestRefused)

    @pytest.mark.parametrize(
        ("name", "key", "url"),
        [
            ("result-create-success", "4711", "https://www.intacct.com/ia/acct/ur.phtml?.r=abc"),
            ("result-supdoc-success", "PLABCDEFGHIJKLMNOP", ""),
        ],
    )
    def test_gives_what_intacct_calls_it(self, name, key, url):
        assert judge_write(answered(name), sent_before=False) == Confirmation(key, url)

    @pytest.mark.parametrize("number", ["Paid", "4711x", "-1", "²", "9" * 40, "1e3"])
    def test_takes_nothing_for_a_record_number_that_is_none(self, number):
        answer = answered("result-create-success")
        next(answer.data.iter("RECORDNO")).text = number

        assert isinstance(judge_write(answer, sent_before=False), OutcomeUnknown)

    @pytest.mark.parametrize(
        ("name", "code", "said"),
        [
            # The companion explains nothing where another error stands beside it.
            ("result-BL01001973-companion", "BL03000078", "The account number 6210 requires a project. Enter a project."),
            ("result-culprit-of-rollback", "BL03000018", "Illegal format for BATCH_DATE"),
            ("result-BL01001973-alone", "BL01001973", "Could not create Document record!"),
            ("result-old-description", "BL01001973", "Account 6900 is not valid Enter a valid account number"),
            ("result-failure-without-errormessage", "", "Sage Intacct refused it without saying why."),
        ],
    )
    def test_says_the_most_specific_thing(self, name, code, said):
        refusal = judge_write(answered(name), sent_before=False)

        assert refusal.code == code
        assert refusal.message.startswith(said)

    @pytest.mark.parametrize("name", ["result-support-id-encoded", "result-BL01001973-companion", "result-BL34000061-exists"])
    def test_shows_no_support_id(self, name):
        said = judge_write(answered(name), sent_before=False).message

        assert "Support" not in said
        assert "a1b2" not in said

    def test_keeps_what_to_do(self):
        assert judge_write(answered("result-period-closed"), sent_before=False).correction == "Open the period."


class TestARefusalWithoutANumber:
    @pytest.mark.parametrize("said", ["The Service is Temporarily Off-line", "Maintenance is under way", "Wartung", ""])
    def test_says_of_a_write_that_nobody_knows_and_of_a_question_that_it_is_asked_again(self, said):
        result = Result("c", "create", "failure", "", None, (GatewayError("", said, ""),))

        assert type(judge_write(result, sent_before=False)) is OutcomeUnknown
        assert kind_of(judge_read, result) is TryLater


class TestJudgeRead:
    @pytest.mark.parametrize(("name", "read"), READS)
    def test_judges_a_question(self, name, read):
        assert kind_of(judge_read, answered(name)) is read

    def test_returns_the_result(self):
        assert judge_read(answered("result-query-page")).function == "query"


class TestPageOf:
    def test_reads_rows_whatever_their_case(self):
        page = page_of(answered("result-query-page"))

        assert (page.total, page.offset) == (2413, 1000)
        assert [dict(row) for row in page.rows] == [
            {"RECORDNO": "1", "ACCOUNTNO": "6100", "TITLE": "Travel & co"},
            {"RECORDNO": "2", "ACCOUNTNO": "6200", "TITLE": ""},
        ]

    def test_reads_an_empty_page(self):
        assert page_of(answered("result-query-empty")).rows == ()

    def test_wants_data(self):
        assert kind_of(page_of, answered("result-success-without-key")) is TryLater


class TestRowOf:
    def test_cannot_be_changed(self):
        row = row_of(answered("result-query-page").data[0])

        with pytest.raises(TypeError):
            row["RECORDNO"] = "2"


class TestMasked:
    def test_cuts_what_is_too_long(self):
        assert len(masked(b"x" * 50_000)) == 20_001

    def test_takes_any_bytes(self):
        assert masked(b"\xff\x00<sessionid>SECRET</sessionid>") == "��<sessionid>…</sessionid>"

    @pytest.mark.parametrize("body", [b"<SESSIONID>SECRET</SESSIONID>", b"<sessionid>\nSECRET\n</sessionid>"])
    def test_leaves_no_session_id(self, body):
        assert "SECRET" not in masked(body)

    def test_leaves_no_session_id_in_a_body_that_was_cut(self):
        assert "SECRET" not in masked(b"<api><sessionid>SECRET")


class TestMessage:
    def test_says_something_where_nothing_was_said(self):
        assert message(()) == "Sage Intacct refused it without saying why."


class TestForbiddenCharacters:
    @pytest.mark.parametrize(
        "stray", [b"\x0b", b"\x00", b"\x1f", b"&#11;", b"&#x1;", b"&#xD800;", b"&#0;", b"&#99999999;", b"\xef\xbf\xbf"]
    )
    def test_make_no_answer_unreadable_and_are_noted(self, stray):
        body = recording("result-create-success").replace(b"</controlid>", stray + b"</controlid>", 1)
        body = body.replace(b"</sessionid>", stray + b"</sessionid>")

        answer = read_answer(body, signed_in_by="session")

        assert answer.results["fn-1"].status == "success"
        assert answer.replaced >= 1
        assert f"{answer.replaced} characters that XML forbids were replaced" in answer.raw

    @pytest.mark.parametrize("fine", [b"&#13;", b"&#x20AC;", b"&#128512;", b"\xf0\x9f\x98\x80", b"\t"])
    def test_are_no_others(self, fine):
        body = recording("result-create-success").replace(b"</controlid>", fine + b"</controlid>", 1)

        assert read_answer(body, signed_in_by="session").replaced == 0
