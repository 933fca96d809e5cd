"""Preferences of the company's modules, as get_companyprefs tells them.

No public source names the preferences of payables, general ledger and cash: all names here but DISABLEENTITYSLIDEIN
are the sandbox's own, and nothing may be concluded from them about a real company.
"""

from __future__ import annotations

from integration.sandbox.books import Books
from integration.sandbox.intacct.objects import SIDE, find

APPLICATIONS = ("GEN", "ME", "GL", "CM", "AP", "AR", "EE", "PO", "SO", "INV", "PA", "CS")
# Application -> preference -> value of a company that has set nothing.
DEFAULTS = {
    "ME": {"DISABLEENTITYSLIDEIN": "false"},
    "AP": {
        "BILL_APPROVAL": "false",  # every bill; a vendor's own need is VENDOR._APPROVAL
        "PAYMENT_APPROVAL": "false",
        "BILL_SEQUENCING": "false",  # true: a bill without RECORDID gets the next number
        "ALLOW_DUPLICATE_BILLNO": "false",
        "ACCOUNT_LABELS": "false",  # true: bill lines name an ACCOUNTLABEL in place of an ACCOUNTNO
        "USER_NAMED_SUMMARIES": "false",  # true: a bill needs PRBATCH
        "OVERRIDE_POSTING_DATE": "false",  # true: WHENPOSTED may differ from WHENCREATED
        "PAYABLES_ACCOUNT": "",  # "": the account whose ALTERNATIVEACCOUNT is "Payables account"
        "GAIN_LOSS_ACCOUNT": "",  # where a payment at another exchange rate than its bill's puts the difference
    },
    "GL": {
        "JOURNAL_APPROVAL": "false",  # every journal entry is submitted, and posted when somebody approves it
        "JOURNAL_DRAFTS": "false",  # a rule that keeps every journal entry as a draft, whatever it was sent as
    },
    "CM": {"ALLOW_JOURNAL_TO_BANK": "true"},
}


def set_preference(books: Books, application: str, name: str, value: str) -> None:
    row = {"APPLICATION": application, "PREFERENCE": name, "PREFVALUE": value}
    books.put(SIDE, "COMPANYPREF", f"{application}|{name}", row)


def preferences(books: Books, application: str) -> dict[str, str]:
    """Value by name: the defaults, and what was set."""
    own = {row["PREFERENCE"]: str(row["PREFVALUE"]) for row in books.all(SIDE, "COMPANYPREF") if row["APPLICATION"] == application}
    return {**DEFAULTS.get(application, {}), **own}


def preference(books: Books, application: str, name: str) -> str:
    return preferences(books, application).get(name, "")


def chosen(books: Books, application: str, name: str) -> bool:
    return preference(books, application, name).lower() in ("true", "t")


def multi_currency(books: Books) -> bool:
    """Whether the company keeps several currencies: its entities have several base currencies, or it has exchange rates."""
    return len({row.get("CURRENCY", "") for row in books.all(SIDE, "LOCATIONENTITY")}) > 1 or bool(books.all(SIDE, "RATE"))


def payables_account(books: Books) -> str:
    """The control account that bills are owed on, "" if none is set up."""
    number = preference(books, "AP", "PAYABLES_ACCOUNT")
    if not number:
        rows = books.all(SIDE, "GLACCOUNT")
        number = next((row["ACCOUNTNO"] for row in rows if row.get("ALTERNATIVEACCOUNT") == "Payables account"), "")
    return number if number and find(books, "GLACCOUNT", number) else ""
