"""The companies that the sandbox can be: one table, by name. What a world does not say is as in the first one.

A company is one connection in Sage Intacct. `several-bases` is the one that tests of posting run in where they name none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from integration.sandbox.books import Books
from integration.sandbox.intacct.objects import SIDE, change_object
from integration.sandbox.intacct.permissions import PERMISSIONS, RIGHTS, WRITTEN
from integration.sandbox.intacct.preferences import set_preference
from integration.sandbox.world.names import COMPANY_ID

_SEVERAL = {"UK01": "GBP", "US01": "USD", "FR01": "EUR"}


@dataclass(frozen=True, slots=True)
class World:
    """bases: base currency by entity. foreign: whether it keeps other currencies, with exchange rates.

    preferences: (application, name, value). flags: what an account demands, by its number. rules: the company's own, which
    nobody can read: (account, element of a line, what it says). denied: operations that the Web Services user may not.
    """

    name: str
    what: str
    bases: Mapping[str, str] = field(default_factory=lambda: _SEVERAL)
    foreign: bool = True
    preferences: tuple[tuple[str, str, str], ...] = ()
    flags: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[tuple[str, str, str], ...] = ()
    denied: tuple[str, ...] = ()


_KINDS = (
    World("several-bases", "Entities in GBP, USD and EUR, each with foreign currencies; UK VAT in one of them"),
    World("one-base", "Three entities, all in GBP, which post in foreign currencies too", dict.fromkeys(_SEVERAL, "GBP")),
    World("single-currency", "One entity in GBP; no currency but that, and no exchange rates", {"UK01": "GBP"}, foreign=False),
    World("ireland", "One entity in EUR with Irish VAT, a tax solution that the company has set up itself", {"IE01": "EUR"}),
    World("journal-approval", "Every journal entry waits for somebody's approval", preferences=(("GL", "JOURNAL_APPROVAL", "true"),)),
    World("payables-approval", "Every bill and every payment waits for somebody's approval",
          preferences=(("AP", "BILL_APPROVAL", "true"), ("AP", "PAYMENT_APPROVAL", "true"))),
    World("required-dimensions", "Accounts that demand a department or a class, and rules of the company's own about projects",
          flags={"6200": "REQUIREDEPT", "6300": "REQUIRECLASS"}, rules=(("6800", "PROJECTID", "Training is booked on a project"),)),
)  # fmt: skip
_WORDS = {"QUERY": "read", "CREATE": "add", "UPDATE": "change"}
_WITHOUT = tuple(
    World(f"without-{_WORDS[operation]}-{name.lower().replace(' ', '-')}",
          f"The Web Services user may not {_WORDS[operation]} {name.lower()} ({application})",
          denied=tuple(f"{operation} {kind}" for kind in kinds))
    for (application, name), kinds in PERMISSIONS.items() for operation in RIGHTS if operation == "QUERY" or name in WRITTEN
)  # fmt: skip
DEFAULT = "several-bases"
WORLDS: Mapping[str, World] = {world.name: world for world in (*_KINDS, *_WITHOUT)}
# Those that differ in more than a permission.
COMPANIES = tuple(world.name for world in _KINDS)
PERMISSION_WORLDS = tuple(world.name for world in _WITHOUT)


def settle_in(books: Books, world: World, now: datetime) -> None:
    """Set what the world says on a ledger that is filled."""
    for application, name, value in world.preferences:
        set_preference(books, application, name, value)
    for number, flag in world.flags.items():
        change_object(books, "GLACCOUNT", number, now=now, **{flag: "true"})
    for account, element, message in world.rules:
        rule = {"RULE": f"R-{account}", "ACCOUNTNO": account, "ELEMENT": element, "MESSAGE": message}
        books.put(SIDE, "SMARTRULE", rule["RULE"], rule)
    deny(books, *world.denied)


def deny(books: Books, *operations: str) -> None:
    """Take from the Web Services user what he may do, e.g. "QUERY VENDOR"; none gives everything back."""
    company = books.get(SIDE, "COMPANY", COMPANY_ID) or {}
    books.put(SIDE, "COMPANY", COMPANY_ID, {**company, "DENIED": list(operations)})
