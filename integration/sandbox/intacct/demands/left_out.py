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

# Single marks of the pages' tables, as a test reads them: page, section, the row or element, and what it is marked as.
LEFT_OUT_ROWS: dict[str, str] = {
    "01-protocol 1.1: First URL, fact": "the sandbox has an address of its own",
    "01-protocol 1.1: Later URL, fact": "what getAPISession answers; the sandbox has one address",
    "01-protocol 1.1: Compression, fact": "a client may leave it out",
    "01-protocol 1.1: Response content type in SDK mocks, fact": "of the answer",
    "01-protocol 1.1: Basic auth, bearer, cookies, fact": "nothing is read from them",
    "01-protocol 1.4: timestamp, fact": "no element that is written here is a time; in filters it is a value of the field's type",
    "01-protocol 1.4: multi-pick list, fact": "no element that is written here is one",
    "01-protocol 1.4: custom field, fact": "a company's own",
    "01-protocol 1.4: empty element, fact": "inferred only; an element that is empty counts as not given",
    "02-sessions-idempotency 2.2: Multi-entity company: top level plus entit, fact": "where entities are read from; no demand",
    "02-sessions-idempotency 2.2: readEntityDetails lists the entities the s, fact": "not read by us",
    "02-sessions-idempotency 2.2: Records created in an entity session belon, fact": "of the answer; no demand",
    "02-sessions-idempotency 2.2: At top level, entity-private records need, fact": "without it they are left out, not refused",
    "02-sessions-idempotency 2.2: Company preference DISABLEENTITYSLIDEIN (a, fact": "a preference that is read; how such a sign-in is "
    "refused is not published",
    "02-sessions-idempotency 2.2: Some transaction definitions (Purchasing/O, fact": "purchasing and order entry: nothing of ours",
    "03-reads 3.2: readByName, fact": "not sent by us nor by the clients that are tried",
    "03-reads 3.2: readRelated, fact": "of custom objects; not sent by us nor by the clients that are tried",
    "03-reads 3.2: inspect, fact": "not sent by us nor by the clients that are tried",
    "03-reads 3.2: get_list, fact": "no demand beside its object; one that the sandbox has no list of is refused",
    "03-reads 3.2: get, fact": "no demand beside its object and key; one that is not there is refused",
    "04-objects 4.4: APPYMT/WHENCREATED, required": "it is written as PAYMENTDATE, which is required",
    "04-objects 4.4: APPYMTDETAIL/CURRENCY, required": "read back only; the payment's own is required",
    "05-writes 5.2: EXCH_RATE_DATE, required": "of a payment: named for companies of several currencies, required nowhere; without it the "
    "day of the payment counts",
    "05-writes 5.2: EXCH_RATE_TYPE_ID, required": "of a payment: named for companies of several currencies, required nowhere; without it "
    "the daily rate counts",
    "07-limits-setup-formats-rest 7.1: Sync request time, fact": "the sender's own; no bound is enforced",
    "07-limits-setup-formats-rest 7.1: Async request size, fact": "nothing of ours is asynchronous",
    "07-limits-setup-formats-rest 7.1: Sync request size, attachment size, fact": "not published; the sandbox takes 64 MB",
    "07-limits-setup-formats-rest 7.1: Performance tiers (transactions per month;, fact": "over-use is charged, not refused",
    "07-limits-setup-formats-rest 7.1: What counts as a transaction, fact": "counted by us, not demanded",
    "07-limits-setup-formats-rest 7.1: XML concurrency, fact": "contradictory; a switch of the sandbox throttles",
    "07-limits-setup-formats-rest 7.3: timestamp, fact": "no element that is written here is a time",
    "07-limits 7.3: name, length": "of vendors and other records that nobody writes here",
    "07-limits 7.3: title, length": "of accounts and departments, which nobody writes here",
    "07-limits 7.3: print-as, length": "of contacts, which nobody writes here",
    "07-limits 7.3: tax ID, length": "of vendors, which nobody writes here",
    "07-limits 7.3: company ID, length": "a company that does not exist is refused, however long its id",
    "07-limits 7.3: e-mail, length": "of contacts, which nobody writes here",
    "07-limits 7.3: expensereportno, length": "of expense reports, which nobody writes here",
    "07-limits 7.3: vendor type, length": "of vendors, which nobody writes here",
}
