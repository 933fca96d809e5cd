"""What the world of all kinds has besides on the Intacct side."""

from __future__ import annotations

from datetime import datetime

from integration.sandbox.books import Books
from integration.sandbox.intacct.objects import put_object
from integration.sandbox.intacct.preferences import set_preference
from integration.sandbox.world.ledger import account_row, bank_row, employee_row, entity_row
from integration.sandbox.world.names import ALL_STAFF, PEOPLE, UK_SOLUTION


def extend_ledger(books: Books, now: datetime) -> None:
    """Entity UK02 with two wallets, and what payables need."""
    entity_row(books, now, "UK02", "Acme Studio Ltd", "GBP", UK_SOLUTION)
    for number, title, currency in (("1070", "Studio wallet GBP", "GBP"), ("1071", "Studio wallet EUR", "EUR")):
        account_row(books, now, number, title, "balancesheet", "debit", {})
        bank_row(books, now, f"CHK-ST-{currency}", number, currency, "UK02")
    account_row(books, now, "7900", "Exchange differences", "incomestatement", "debit", {})
    set_preference(books, "AP", "GAIN_LOSS_ACCOUNT", "7900")
    for who in ALL_STAFF["ST"]:
        employee_row(books, now, PEOPLE[who], "UK02")
    fields = {"VENDORID": "V-AUDIT", "NAME": "Slow & Sure Auditors", "STATUS": "active", "ONHOLD": "false", "DONOTCUTCHECK": "false"}
    put_object(books, "VENDOR", now=now, **fields, CURRENCY="", TAXID="", _APPROVAL="true")
