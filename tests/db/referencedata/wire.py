"""The way to the sandbox in process, which a test may meddle with, and what people do in Sage Intacct meanwhile."""

from urllib.parse import urlsplit

from integration.errors import OutcomeUnknown
from integration.intacct.gateway import Credentials, Gateway
from integration.sandbox.http import Request
from integration.sandbox.intacct.objects import delete_object, put_object
from integration.sandbox.world import COMPANY_ID, SENDER_ID, SENDER_PASSWORD, USER_ID, USER_PASSWORD


def in_process(sandbox, clock, *, password=USER_PASSWORD, before=lambda: None):
    def send(url, body, seconds):
        before()
        headers = {"content-type": "application/xml"}
        answer = sandbox.handle(Request("POST", urlsplit(url).path, headers=headers, body=body), clock())
        if answer.drop:
            raise OutcomeUnknown("The connection broke.", code="reset")
        return answer.status, answer.body[: answer.send_only]

    credentials = Credentials(COMPANY_ID, "http://127.0.0.1/ia/xml/xmlgw.phtml", USER_ID, password, SENDER_ID, SENDER_PASSWORD)
    return Gateway(credentials, transport=send)


def at_request(number, act, then=lambda: None):
    """Return what does something before that request, counted from the first (the sign-in)."""
    asked = []

    def before():
        asked.append(1)
        if len(asked) == number:
            act()
        then()

    return before


def outcomes(runs):
    return {run.kind: run.outcome for run in runs}


def remove(sandbox, kind, *codes):
    for code in codes:
        delete_object(sandbox.books, kind, code)


def fill_departments(sandbox, count, *, now=None):
    for number in range(count):
        put_object(
            sandbox.books, "DEPARTMENT", now=now, DEPARTMENTID=f"N{number:03}", TITLE=f"Number {number}", PARENTID="", STATUS="active"
        )


def deny(sandbox, *operations):
    """Take rights from the Web Services user, like "QUERY VENDOR"; none gives all of them back."""
    company = sandbox.books.get("intacct", "COMPANY", COMPANY_ID)
    sandbox.books.put("intacct", "COMPANY", COMPANY_ID, {**company, "DENIED": list(operations)})


def requests_since(sandbox, before):
    """Return how many requests have reached the sandbox since it had this many, sign-in apart."""
    return sum(row["functions"][0]["name"] != "getAPISession" for row in sandbox.intacct.requests[before:])
