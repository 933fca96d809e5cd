"""The Intacct side of a world: a UK entity that knows VAT, a US and a French one without tax, or an Irish one with Irish VAT."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from integration.sandbox.books import Books
from integration.sandbox.intacct.objects import put_object, put_rate
from integration.sandbox.world.names import (
    ACCOUNT_NAMES,
    COMPANY_ID,
    FIRST_POSTING_DATE,
    IRISH_SOLUTION,
    PEOPLE,
    SENDER_ID,
    SENDER_PASSWORD,
    STAFF,
    UK_SOLUTION,
    USER_ID,
    USER_PASSWORD,
    Person,
)

_SIDE = "intacct"
# number, title, normal balance, flags
_BALANCE_SHEET: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("1000", "Bank current account", "debit", {}),
    ("1050", "Pleo wallet GBP", "debit", {}),
    ("1051", "Pleo wallet EUR", "debit", {}),
    ("1060", "Pleo wallet USD", "debit", {}),
    ("1099", "Pleo clearing", "debit", {}),
    ("1200", "Trade receivables", "debit", {"SUBLEDGERCONTROLON": "true", "ALTERNATIVEACCOUNT": "Receivables account"}),
    ("2000", "Trade payables", "credit", {"SUBLEDGERCONTROLON": "true", "ALTERNATIVEACCOUNT": "Payables account"}),
    ("2050", "Owed to employees", "credit", {}),
    ("2055", "Owed by employees", "debit", {}),
    ("2060", "External reimbursements", "credit", {}),
    ("2200", "Input VAT", "debit", {}),
    ("2201", "Output VAT", "credit", {}),
)
_INCOME_STATEMENT = ("6100", "6150", "6200", "6210", "6300", "6400", "6500", "6600", "6700", "6800", "6900")
_DEPARTMENTS = (
    ("100", "Sales", "active"),
    ("200", "Engineering", "active"),
    ("300", "Operations", "active"),
    ("400", "All marketing", "active non-posting"),
    ("900", "Closed", "inactive"),
)
_CLASSES = (("C-10", "Retail", "active"), ("C-20", "Wholesale", "active"), ("C-90", "Export", "inactive"))
_PROJECTS = (
    ("P-100", "Website", "active"),
    ("P-200", "Warehouse move", "active"),
    ("P-300", "Client Alpha", "active"),
    ("P-900", "Old shop", "inactive"),
)
_COST_CENTRES = ("CC10", "CC20", "CC30")
_VENDORS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("V-PLEO", "Pleo (card purchases)", {}),
    ("V-CLOUD", "Cloudlane Ltd", {"TAXID": "GB111222333"}),
    ("V-MASON", "Mason & Daughters", {"TAXID": "GB444555666"}),
    ("V-RAIL", "Northern Rail", {}),
    ("V-PAPER", "Quill & Paper", {}),
    ("V-HOTEL", "Harbour Hotel", {}),
    ("V-STUDIO", "Lantern Studios", {}),
    ("V-USOFF", "Liberty Office Depot", {"CURRENCY": "USD"}),
    ("V-HOLD", "Disputed Supplies", {"ONHOLD": "true"}),
    ("V-OLD", "Closed Supplier", {"STATUS": "inactive"}),
)
# id, tax type, percent, account, flags
_TAX_DETAILS: tuple[tuple[str, str, str, str, dict[str, str]], ...] = (
    ("UK Purchase Goods Standard Rate", "Purchase", "20", "2200", {}),
    ("UK Purchase Services Standard Rate", "Purchase", "20", "2200", {}),
    ("UK Purchase Goods Reduced Rate", "Purchase", "5", "2200", {}),
    ("UK Purchase Goods Zero Rate", "Purchase", "0", "2200", {}),
    ("UK Purchase Services Reverse Charge Input", "Purchase", "20", "2200", {"REVERSECHARGE": "true"}),
    ("UK Purchase Services Reverse Charge Output", "Purchase", "-20", "2201", {"REVERSECHARGE": "true"}),
    ("UK Purchase Goods Old Rate", "Purchase", "17.5", "2200", {"STATUS": "inactive"}),
    ("UK Sale Goods Standard Rate", "Sale", "20", "2201", {}),
    ("UK Sale Goods Zero Rate", "Sale", "0", "2201", {}),
)
_IRISH_DETAILS: tuple[tuple[str, str, str, str, dict[str, str]], ...] = (
    ("IE Purchase Standard Rate", "Purchase", "23", "2200", {}),
    ("IE Purchase Reduced Rate", "Purchase", "13.5", "2200", {}),
    ("IE Purchase Second Reduced Rate", "Purchase", "9", "2200", {}),
    ("IE Purchase Zero Rate", "Purchase", "0", "2200", {}),
    ("IE Sale Standard Rate", "Sale", "23", "2201", {}),
)
# As real tables have them: with more decimals than a cent of the base currency follows from.
_RATES = (
    ("EUR", "GBP", "0.853714"), ("USD", "GBP", "0.7940127"), ("GBP", "USD", "1.25942"), ("EUR", "USD", "1.075213"),
    ("GBP", "EUR", "1.17135434"), ("USD", "EUR", "0.930048"),
)  # fmt: skip
_COUNTRIES = {"GBP": "United Kingdom", "USD": "United States", "EUR": "France"}
# id -> (name, tax solution, country)
_ENTITIES = {
    "UK01": ("Acme UK Ltd", UK_SOLUTION, "United Kingdom"),
    "US01": ("Acme US Inc", "", "United States"),
    "FR01": ("Acme France SAS", "", "France"),
    "IE01": ("Acme Ireland DAC", IRISH_SOLUTION, "Ireland"),
}
_STANDARD_DIMENSIONS = ("DEPARTMENT", "LOCATION", "CLASS", "PROJECT", "CUSTOMER", "VENDOR", "EMPLOYEE", "ITEM")
# The lines of a journal entry spell two of them without ID.
_LINE_FIELDS = {"DEPARTMENT": "DEPARTMENT", "LOCATION": "LOCATION"}


def fill_ledger(books: Books, now: datetime, bases: Mapping[str, str], *, foreign: bool = True) -> None:
    """bases: base currency by entity. foreign: with exchange rates; else a company of one currency."""

    def put(kind: str, **fields: str) -> None:
        put_object(books, kind, now=now, **fields)

    _company(books)
    for entity, currency in bases.items():
        name, solution, country = _ENTITIES[entity]
        entity_row(books, now, entity, name, currency, solution, country)
    for location, name, entity in (
        ("LDN", "London", "UK01"),
        ("MAN", "Manchester", "UK01"),
        ("NYC", "New York", "US01"),
        ("PAR", "Paris", "FR01"),
        ("DUB", "Dublin", "IE01"),
    ):
        if entity not in bases:
            continue
        put(
            "LOCATION",
            LOCATIONID=location,
            NAME=name,
            PARENTID=entity,
            STATUS="active",
            CURRENCY="",
            LOCATIONTYPE="N",
            ENTITY=entity,
        )

    for number, title, normal, flags in _BALANCE_SHEET:
        account_row(books, now, number, title, "balancesheet", normal, flags)
    for number in _INCOME_STATEMENT:
        flags = {"6900": {"STATUS": "inactive"}, "6210": {"REQUIREPROJECT": "true"}}.get(number, {})
        account_row(books, now, number, ACCOUNT_NAMES[number], "incomestatement", "debit", flags)
    for symbol, title in (("PLEO", "Pleo cards"), ("PLRE", "Pleo reimbursements"), ("GJ", "General journal")):
        put("JOURNAL", SYMBOL=symbol, TITLE=title, STATUS="active")
    for bank, account, currency, entity in (
        ("CHK-PLEO", "1050", "GBP", "UK01"),
        ("CHK-EUR", "1051", "EUR", "UK01"),
        ("CHK-USD", "1060", "USD", "US01"),
        ("CHK-IE", "1051", "EUR", "IE01"),
    ):
        if entity in bases:
            bank_row(books, now, bank, account, currency, entity)
    _dimension_values(books, now)
    _taxes(books, now, irish="IE01" in bases)
    if foreign:
        _rates(books, now)


def entity_row(books: Books, now: datetime, entity: str, name: str, currency: str, solution: str, country: str = "") -> None:
    def put(kind: str, **fields: str) -> None:
        put_object(books, kind, now=now, **fields)

    fields = {"LOCATIONID": entity, "NAME": name, "STATUS": "active", "CURRENCY": currency}
    put(
        "LOCATIONENTITY",
        **fields,
        OPCOUNTRY=country or _COUNTRIES[currency],
        TAXSOLUTIONID=solution,
        PARTIALEXEMPT="false",
        ACCOUNTINGTYPE="Entity",
        STARTOPEN=FIRST_POSTING_DATE.strftime("%m/%d/%Y"),
        FIRSTMONTH="January",
    )
    put("LOCATION", **fields, PARENTID="", LOCATIONTYPE="E", ENTITY=entity)
    books.put(_SIDE, "PERIOD", entity, {"LOCATIONID": entity, "GL_OPEN_FROM": FIRST_POSTING_DATE.isoformat()})


def bank_row(books: Books, now: datetime, bank: str, account: str, currency: str, entity: str) -> None:
    put_object(
        books,
        "CHECKINGACCOUNT",
        now=now,
        BANKACCOUNTID=bank,
        BANKNAME="Pleo",
        BANKACCOUNTNO=f"00{account}",
        BANKACCOUNTTYPE="checking",
        GLACCOUNTNO=account,
        CURRENCY=currency,
        STATUS="active",
        LOCATIONID=entity,
    )


def employee_row(books: Books, now: datetime, person: Person, entity: str) -> None:
    contact = {"PERSONALINFO.CONTACTNAME": person.name, "PERSONALINFO.PRINTAS": person.name}
    put_object(books, "EMPLOYEE", now=now, EMPLOYEEID=person.code, STATUS="active", LOCATIONID=entity, DEPARTMENTID="", **contact)


def _company(books: Books) -> None:
    books.put(
        _SIDE,
        "COMPANY",
        COMPANY_ID,
        {
            "COMPANYID": COMPANY_ID,
            "USERS": {USER_ID: USER_PASSWORD},
            "SENDERS": {SENDER_ID: SENDER_PASSWORD},
            "authorised senders": [SENDER_ID],
        },
    )
    for name in _STANDARD_DIMENSIONS:
        row = {
            "objectName": name,
            "objectLabel": name.title(),
            "termLabel": name.title(),
            "userDefinedDimension": "false",
            "enabledInGL": "true",
            "FIELD": _LINE_FIELDS.get(name, f"{name}ID"),
        }
        books.put(_SIDE, "DIMENSION", name, row)
    row = {
        "objectName": "COST_CENTRE",
        "objectLabel": "Cost centre",
        "termLabel": "Cost centre",
        "userDefinedDimension": "true",
        "enabledInGL": "true",
        "FIELD": "GLDIMCOST_CENTRE",
    }
    books.put(_SIDE, "DIMENSION", "COST_CENTRE", row)


def account_row(books: Books, now: datetime, number: str, title: str, kind: str, normal: str, flags: dict[str, str]) -> None:
    requires = ("DEPT", "LOC", "PROJECT", "CUSTOMER", "VENDOR", "EMPLOYEE", "ITEM", "CLASS")
    fields = {
        "ACCOUNTNO": number,
        "TITLE": title,
        "ACCOUNTTYPE": kind,
        "NORMALBALANCE": normal,
        "CLOSINGTYPE": "non-closing account" if kind == "balancesheet" else "closed to account",
        "STATUS": "active",
        "CATEGORY": "",
        "TAXABLE": "false",
        "ALTERNATIVEACCOUNT": "None",
        "SUBLEDGERCONTROLON": "false",
    }
    fields |= {f"REQUIRE{each}": "false" for each in requires}
    put_object(books, "GLACCOUNT", now=now, **(fields | flags))


def _dimension_values(books: Books, now: datetime) -> None:
    def put(kind: str, **fields: str) -> None:
        put_object(books, kind, now=now, **fields)

    for code, title, status in _DEPARTMENTS:
        put("DEPARTMENT", DEPARTMENTID=code, TITLE=title, STATUS=status, PARENTID="")
    for code, name, status in _CLASSES:
        put("CLASS", CLASSID=code, NAME=name, STATUS=status, PARENTID="")
    for code, name, status in _PROJECTS:
        put(
            "PROJECT",
            PROJECTID=code,
            NAME=name,
            PROJECTCATEGORY="Contract",
            PROJECTSTATUS="In Progress",
            STATUS=status,
            CUSTOMERID="",
            PARENTID="",
            PREVENTEXPENSE="false",
            PREVENTAPPO="false",
        )
    people = [(PEOPLE[who], "UK01" if prefix == "UK" else "US01") for prefix, names in STAFF.items() for who in names]
    for person, entity in people:
        if person.code:
            employee_row(books, now, person, entity)
    left = {"PERSONALINFO.CONTACTNAME": "Gus Left", "PERSONALINFO.PRINTAS": "Gus Left"}
    put("EMPLOYEE", EMPLOYEEID="E-40", STATUS="inactive", LOCATIONID="UK01", DEPARTMENTID="", **left)
    for code, name, flags in _VENDORS:
        fields = {"VENDORID": code, "NAME": name, "STATUS": "active", "ONHOLD": "false", "DONOTCUTCHECK": "false"}
        put("VENDOR", **(fields | {"CURRENCY": "", "TAXID": ""} | flags))
    for name in _COST_CENTRES:
        put("COST_CENTRE", name=name)


def _taxes(books: Books, now: datetime, *, irish: bool) -> None:
    """irish: the Irish solution is in use, and has its details."""
    for solution, status in ((UK_SOLUTION, "Active"), (IRISH_SOLUTION, "Active" if irish else "Inactive")):
        put_object(
            books,
            "TAXSOLUTION",
            now=now,
            SOLUTIONID=solution,
            DESCRIPTION=solution,
            TYPE="Standard",
            TAXMETHOD="VAT or GST",
            STATUS=status,
            SHOWMULTILINETAX="true",
            GLACCOUNTPURCHASE="2200",
            GLACCOUNTSALE="2201",
        )
    details = [(UK_SOLUTION, detail) for detail in _TAX_DETAILS] + [(IRISH_SOLUTION, detail) for detail in _IRISH_DETAILS if irish]
    for solution, (detail, kind, percent, account, flags) in details:
        fields = {
            "DETAILID": detail,
            "DESCRIPTION": detail,
            "TAXTYPE": kind,
            "VALUE": percent,
            "TAXSOLUTIONID": solution,
            "STATUS": "active",
            "REVERSECHARGE": "false",
            "GLACCOUNT": account,
        }
        put_object(books, "TAXDETAIL", now=now, **(fields | flags))


def _rates(books: Books, now: datetime) -> None:
    put_object(books, "EXCHANGERATETYPES", now=now, NAME="Corporate Rate", ISDEFAULT="false")
    days = [FIRST_POSTING_DATE, *((now - timedelta(days=7 * weeks)).date() for weeks in range(9, -1, -1))]
    for day in days:  # a day without a rate takes the last one before it
        for currency, base, rate in _RATES:
            put_rate(books, currency, base, day, rate)
