"""What the reference pages demand of requests and the sandbox does not check, with the reason."""

from __future__ import annotations

LEFT_OUT: tuple[tuple[str, str], ...] = (
    (
        "01-protocol 1.2: debug, preferences, oauth",
        "no client here sends them; the sandbox knows no such element or ignores it as the schema does",
    ),
    (
        "01-protocol 1.2, 07-limits 7.1: asynchronous requests (policyid), 500,000 characters",
        "every policy is refused: nothing of ours is asynchronous",
    ),
    ("01-protocol 1.4: custom fields", "a company's own; only user-defined dimensions (GLDIM…) are known, and their values are looked up"),
    ("03-reads 3.4: getDimensionRelationships and its like", "not read by us; what they restrict is not enforced"),
    ("03-reads 3.5: get_applications, subscriptions", "not read by us"),
    ("05-writes 5.1: recallApBill, delete; 5.2: the older payment requests", "not sent by us nor by the clients that are tried"),
    ("05-writes 5.1: TASKID needs PROJECTID, COSTTYPEID needs both", "checked as a value: a task is looked up within its project"),
    ("05-writes 5.3: update of a journal entry, REVERSEDATE", "no entry of ours is changed; reversals are entries of their own"),
    ("05-writes 5.4: vendors", "nothing of ours creates vendors"),
    ("05-writes 5.6: bank feeds; 5.7: charge cards, expense reports", "not sent yet"),
    ("07-limits 7.1: minutes and sizes of synchronous requests", "no bound is published; the sandbox takes 64 MB"),
    ("07-limits 7.3: fields of objects that nobody writes here", "only what is written has a length to keep to"),
)
