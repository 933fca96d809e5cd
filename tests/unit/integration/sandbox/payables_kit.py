"""What bills and payments need on top of the small company, and the elements that tests send."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from integration.sandbox.books import Books
from integration.sandbox.intacct.objects import change_object, put_object, put_rate, set_first_open_day
from integration.sandbox.intacct.preferences import set_preference
from tests.unit.integration.sandbox.intacct_kit import FOLDER, NOW, STANDARD, UK_VAT, Client, Reply, elements, new_client, supdoc

RC_IN, RC_OUT = "UK Reverse Input", "UK Reverse Output"
REDUCED = "UK Purchase Reduced"


def extend(books: Books) -> None:
    """Payables account 2000, banks, a reverse-charge pair, vendors of every kind, and entities ZA01 and PX01 (partially exempt)."""
    change_object(books, "GLACCOUNT", "2000", ALTERNATIVEACCOUNT="Payables account")
    for number, title in (("1051", "Wallet EUR"), ("1060", "Wallet USD"), ("6300", "Meals"), ("7900", "Exchange differences")):
        put_object(books, "GLACCOUNT", now=NOW, ACCOUNTNO=number, TITLE=title, STATUS="active")
    for entity, currency, solution, partial in (("ZA01", "ZAR", "South Africa - VAT", "false"), ("PX01", "GBP", UK_VAT, "true")):
        put_object(
            books, "LOCATIONENTITY", now=NOW, LOCATIONID=entity, NAME=entity, STATUS="active", CURRENCY=currency,
            TAXSOLUTIONID=solution, PARTIALEXEMPT=partial,
        )  # fmt: skip
        put_object(books, "LOCATION", now=NOW, LOCATIONID=entity, NAME=entity, STATUS="active", PARENTID="")
        set_first_open_day(books, entity, date(2025, 1, 1))
    put_object(books, "TAXSOLUTION", now=NOW, SOLUTIONID="South Africa - VAT", STATUS="Active", TAXMETHOD="VAT or GST")
    for bank, account, currency, location in (
        ("CHK-GBP", "1050", "GBP", "UK01"), ("CHK-EUR", "1051", "EUR", "UK01"), ("CHK-USD", "1060", "USD", "US01"),
        ("CHK-ANY", "1050", "GBP", ""),
    ):  # fmt: skip
        put_object(
            books, "CHECKINGACCOUNT", now=NOW, BANKACCOUNTID=bank, GLACCOUNTNO=account, CURRENCY=currency, STATUS="active",
            LOCATIONID=location,
        )  # fmt: skip
    put_object(books, "CHECKINGACCOUNT", now=NOW, BANKACCOUNTID="CHK-OLD", GLACCOUNTNO="1050", CURRENCY="GBP", STATUS="inactive")
    plain = {"TAXTYPE": "Purchase", "STATUS": "active", "TAXSOLUTIONID": UK_VAT, "GLACCOUNT": "2200", "REVERSECHARGE": "false"}
    for detail, more in (
        (RC_IN, {"VALUE": "20", "REVERSECHARGE": "true"}),
        (RC_OUT, {"VALUE": "-20", "REVERSECHARGE": "true", "GLACCOUNT": "2201"}),
        ("UK Reverse Output 5", {"VALUE": "-5", "REVERSECHARGE": "true", "GLACCOUNT": "2201"}),
        (REDUCED, {"VALUE": "5"}),
        ("ZA Standard", {"VALUE": "15", "TAXSOLUTIONID": "South Africa - VAT"}),
        ("ZA Other", {"VALUE": "1", "TAXSOLUTIONID": "South Africa - VAT"}),
    ):
        put_object(books, "TAXDETAIL", now=NOW, DETAILID=detail, **{**plain, **more})
    for vendor, more in (
        ("V-2", {}),
        ("V-HOLD", {"ONHOLD": "true"}),
        ("V-US", {"MEGAENTITYID": "US01"}),
        ("V-ROOT", {"OBJECTRESTRICTION": "RootOnly"}),
        ("V-SOME", {"OBJECTRESTRICTION": "Restricted", "RESTRICTEDLOCATIONS": "UK01#~#ZA01"}),
        ("V-OTHER", {"OBJECTRESTRICTION": "Restricted", "RESTRICTEDLOCATIONS": "US01"}),
        ("V-APPROVE", {"_APPROVAL": "true"}),
    ):
        put_object(books, "VENDOR", now=NOW, VENDORID=vendor, NAME=vendor, STATUS="active", **more)
    put_object(books, "APTERM", now=NOW, NAME="30 days", STATUS="active")
    put_object(books, "APACCOUNTLABEL", now=NOW, ACCOUNTLABEL="Taxi", GLACCOUNTNO="6100", STATUS="active")
    put_object(books, "APACCOUNTLABEL", now=NOW, ACCOUNTLABEL="Gone", GLACCOUNTNO="6100", STATUS="inactive")
    put_rate(books, "EUR", "GBP", date(2025, 3, 20), "0.8600")
    set_preference(books, "AP", "GAIN_LOSS_ACCOUNT", "7900")


def payables_client(entity: str = "UK01") -> Client:
    client = new_client("")
    extend(client.sandbox.books)
    return client.enter(entity)


def prefer(client: Client, name: str, value: str = "true") -> None:
    set_preference(client.sandbox.books, "AP", name, value)


def entry(detail: str = STANDARD, amount: str | None = "20.00") -> str:
    return f"<TAXENTRY>{elements(DETAILID=detail, TRX_TAX=amount)}</TAXENTRY>"


def item(account: str | None = "6100", amount: str | None = "100.00", *, taxes: str = "", **more: str | None) -> str:
    values = {"ACCOUNTNO": account, "TRX_AMOUNT": amount, "LOCATIONID": "UK01", **more}
    return f"<APBILLITEM>{elements(**values)}{f'<TAXENTRIES>{taxes}</TAXENTRIES>' if taxes else ''}</APBILLITEM>"


def bill(*items: str, extra: str = "", base: str = "GBP", **header: str | None) -> str:
    """base: of the entity; the bill's currency unless `header` names another."""
    values = {
        "VENDORID": "V-1", "WHENCREATED": "03/10/2025", "WHENDUE": "03/31/2025", "RECORDID": "INV-1", "BASECURR": base, "CURRENCY": base,
        **header,
    }  # fmt: skip
    lines = "".join(items or (item(taxes=entry()),))
    return f"<create><APBILL>{elements(**values)}{extra}<APBILLITEMS>{lines}</APBILLITEMS></APBILL></create>"


def detail(key: str = "1", amount: str | None = "120.00", **more: str | None) -> str:
    return f"<APPYMTDETAIL>{elements(**{'RECORDKEY': key, 'TRX_PAYMENTAMOUNT': amount, **more})}</APPYMTDETAIL>"


def payment(*details: str, **header: str | None) -> str:
    values = {
        "FINANCIALENTITY": "CHK-GBP", "PAYMENTMETHOD": "EFT", "VENDORID": "V-1", "PAYMENTDATE": "03/20/2025", "CURRENCY": "GBP",
        "BASECURR": "GBP", "DOCNUMBER": "PAY1", **header,
    }  # fmt: skip
    lines = "".join(details or (detail(),))
    return f"<create><APPYMT>{elements(**values)}<APPYMTDETAILS>{lines}</APPYMTDETAILS></APPYMT></create>"


def update(**values: str | None) -> str:
    return f"<update><APBILL>{elements(**values)}</APBILL></update>"


def reversal(key: str = "1", day: tuple[str, str, str] = ("2025", "03", "31")) -> str:
    year, month, number = day
    return f'<reverse_bill key="{key}"><datereversed>{elements(year=year, month=month, day=number)}</datereversed></reverse_bill>'


def with_attachment(client: Client) -> Client:
    client.send(FOLDER, supdoc("A1"))
    return client


def rows(client: Client, kind: str, *fields: str, **filters: str) -> list[dict[str, str]]:
    """Ask by `query`, as the application does."""
    tests = "".join(f"<equalto><field>{name}</field><value>{value}</value></equalto>" for name, value in filters.items())
    wrapped = f"<filter>{f'<and>{tests}</and>' if len(filters) > 1 else tests}</filter>" if filters else ""
    chosen = "".join(f"<field>{name}</field>" for name in fields)
    order = "<orderby><order><field>RECORDNO</field><ascending/></order></orderby>"
    reply: Reply = client.send(f"<query><object>{kind}</object><select>{chosen}</select>{wrapped}{order}</query>")
    assert reply.statuses == ["success"], reply.errors
    return [{each.tag: each.text or "" for each in row} for row in reply.xml.iterfind(f"operation/result/data/{kind}")]


def postings(client: Client, number: int = -1) -> list[tuple[str, str, Decimal]]:
    return [(each["account"], each["side"], each["amount"]) for each in client.sandbox.ledger()[number]["lines"]]


LATER = NOW + timedelta(hours=1)
