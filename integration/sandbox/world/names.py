"""Who is who in the demo world: credentials, ids, and the names of its environment variables."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

_NAMESPACE = uuid.UUID("0f3c6f0e-5a1d-5c0b-9a53-3f1f5b1d7a10")


def fixed_id(text: str) -> str:
    """A UUID that is the same for the same text in every world."""
    return str(uuid.uuid5(_NAMESPACE, text))


COMPANY_ID = "DEMO"
SENDER_ID = "PleoMPP"
SENDER_PASSWORD = "demo-sender-password"  # noqa: S105  a sandbox's
USER_ID = "pleo_ws"
USER_PASSWORD = "demo-user-password"  # noqa: S105

ORGANISATION_ID = fixed_id("organisation Acme")
UK_COMPANY_ID = fixed_id("company Acme UK Ltd")
US_COMPANY_ID = fixed_id("company Acme US Inc")
UK_API_KEY = "demo-pleo-key-uk"
US_API_KEY = "demo-pleo-key-us"

# What demo.yaml reads, but for the two addresses, which only the running server knows:
# SANDBOX_INTACCT_URL (…/ia/xml/xmlgw.phtml) and SANDBOX_PLEO_URL (…/pleo).
ENVIRONMENT = {
    "SANDBOX_USER_PASSWORD": USER_PASSWORD,
    "SANDBOX_SENDER_PASSWORD": SENDER_PASSWORD,
    "SANDBOX_PLEO_KEY_UK": UK_API_KEY,
    "SANDBOX_PLEO_KEY_US": US_API_KEY,
}

UK_SOLUTION = "United Kingdom - VAT"
IRISH_SOLUTION = "Ireland - VAT"
FIRST_POSTING_DATE = date(2025, 1, 1)  # as in demo.yaml; the ledgers are open from that day


@dataclass(frozen=True, slots=True)
class Company:
    """A Pleo company, and the entity it posts into. contra: account code by wallet currency, as mapped in Pleo."""

    id: str
    prefix: str
    name: str
    country: str
    registration: str
    currency: str
    entity: str
    api_key: str
    contra: dict[str, str]


UK = Company(UK_COMPANY_ID, "UK", "Acme UK Ltd", "GB", "09876543", "GBP", "UK01", UK_API_KEY, {"GBP": "1050", "EUR": "1051"})
US = Company(US_COMPANY_ID, "US", "Acme US Inc", "US", "84-1234567", "USD", "US01", US_API_KEY, {"USD": "1060"})
# Only in the world of all kinds: card expenses as AP bills, wallets in two currencies.
ST = Company(fixed_id("company Acme Studio Ltd"), "ST", "Acme Studio Ltd", "GB", "10987654", "GBP", "UK02", "demo-pleo-key-st",
             {"GBP": "1070", "EUR": "1071"})  # fmt: skip
# Only in the world of that name.
IE = Company(
    fixed_id("company Acme Ireland DAC"), "IE", "Acme Ireland DAC", "IE", "654321", "EUR", "IE01", "demo-pleo-key-ie", {"EUR": "1051"}
)
COMPANIES = (UK, US)
ALL_COMPANIES = (UK, US, ST)
ENVIRONMENT_ALL = {**ENVIRONMENT, "SANDBOX_PLEO_KEY_ST": ST.api_key}
ENVIRONMENT_IRELAND = {**ENVIRONMENT, "SANDBOX_PLEO_KEY_IE": IE.api_key}


@dataclass(frozen=True, slots=True)
class Person:
    """A Pleo user. code: the employee's id in Intacct, "" where nobody entered one. team: (name, code)."""

    first: str
    last: str
    code: str
    team: tuple[str, str]

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def id(self) -> str:
        return fixed_id(f"user {self.name}")


PEOPLE = {
    "ada": Person("Ada", "Holm", "E-17", ("Sales", "SAL")),
    "ben": Person("Ben", "Okafor", "E-18", ("Engineering", "ENG")),
    "chloe": Person("Chloé", "Martin", "E-19", ("Operations", "OPS")),
    "dev": Person("Dev", "Anand", "", ("Engineering", "")),
    "erin": Person("Erin", "Walsh", "E-30", ("US sales", "USS")),
    "frank": Person("Frank", "Ortiz", "E-31", ("US office", "USO")),
    "gia": Person("Gia", "Romano", "E-50", ("Studio", "STU")),
    "hugo": Person("Hugo", "Lind", "E-51", ("Studio", "STU")),
}
STAFF = {"UK": ("ada", "ben", "chloe", "dev"), "US": ("erin", "frank")}
ALL_STAFF = {**STAFF, "ST": ("gia", "hugo"), "IE": ("ada",)}

# Short name in the tables -> (Intacct tax detail, rate in percent, Pleo's type).
TAXES = {
    "goods": ("UK Purchase Goods Standard Rate", 20, "inclusive"),
    "svc": ("UK Purchase Services Standard Rate", 20, "inclusive"),
    "red": ("UK Purchase Goods Reduced Rate", 5, "inclusive"),
    "zero": ("UK Purchase Goods Zero Rate", 0, "inclusive"),
    "rc": ("UK Purchase Services Reverse Charge Input", 20, "reverse"),
    "ie": ("IE Purchase Standard Rate", 23, "inclusive"),
    "iezero": ("IE Purchase Zero Rate", 0, "inclusive"),
}
# Short name in the tables -> tag group code, which is the dimension's object name.
DIMENSIONS = {
    "dep": "DEPARTMENT",
    "cls": "CLASS",
    "prj": "PROJECT",
    "loc": "LOCATION",
    "cc": "COST_CENTRE",
    "ven": "VENDOR",
}
ACCOUNT_NAMES = {
    "2000": "Trade payables",
    "6100": "Travel",
    "6150": "Mileage",
    "6200": "Software",
    "6210": "Project costs",
    "6300": "Meals",
    "6400": "Utilities",
    "6500": "Books",
    "6600": "Office supplies",
    "6700": "Bank fees",
    "6800": "Training",
    "6900": "Old account",
    "6999": "Sundries",
}
