"""A small Intacct company and the requests that tests send it. Used by the test modules beside it."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from lxml import etree

from integration.sandbox.books import Books
from integration.sandbox.http import Answer, Request
from integration.sandbox.intacct import IntacctSandbox
from integration.sandbox.intacct.objects import SIDE, put_object, put_rate, set_first_open_day

NOW = datetime(2025, 3, 31, 12, 0, tzinfo=UTC)
BASE = "http://127.0.0.1:9999"
UK_VAT = "United Kingdom - VAT"
STANDARD = "UK Purchase Standard"
LOGIN = "<login><userid>ws</userid><companyid>TEST</companyid><password>user-secret</password></login>"


def _account(books: Books, number: str, title: str, **more: str) -> None:
    put_object(books, "GLACCOUNT", now=NOW, ACCOUNTNO=number, TITLE=title, STATUS=more.pop("STATUS", "active"), **more)


def small_company(books: Books) -> None:
    company = {
        "COMPANYID": "TEST",
        "USERS": {"ws": "user-secret", "uk-only": "user-secret"},
        "SENDERS": {"sender": "sender-secret", "stranger": "sender-secret"},
        "AUTHORISED_SENDERS": ["sender"],
        "ENTITY_ACCESS": {"uk-only": ["UK01"]},
    }
    books.put(SIDE, "COMPANY", "TEST", company)
    for entity, currency, solution in (("UK01", "GBP", UK_VAT), ("US01", "USD", "")):
        put_object(
            books, "LOCATIONENTITY", now=NOW, LOCATIONID=entity, NAME=entity, STATUS="active", CURRENCY=currency, TAXSOLUTIONID=solution
        )
        put_object(books, "LOCATION", now=NOW, LOCATIONID=entity, NAME=entity, STATUS="active", PARENTID="")
        set_first_open_day(books, entity, date(2025, 1, 1))
    for location, parent, status in (("LDN", "UK01", "active"), ("NYC", "US01", "active"), ("HALL", "UK01", "active non-posting")):
        put_object(books, "LOCATION", now=NOW, LOCATIONID=location, NAME=location, STATUS=status, PARENTID=parent)
    for number, title in (("6100", "Travel"), ("6200", "Software"), ("1050", "Pleo wallet"), ("2200", "Input VAT"), ("2201", "Output VAT")):
        _account(books, number, title)
    _account(books, "6900", "Old account", STATUS="inactive")
    _account(books, "2000", "Payables", SUBLEDGERCONTROLON="true")
    _account(books, "6400", "Projects", REQUIREPROJECT="true")
    _account(books, "6150", "American", MEGAENTITYID="US01")
    for symbol, status in (("PLEO", "active"), ("OLD", "inactive")):
        put_object(books, "JOURNAL", now=NOW, SYMBOL=symbol, TITLE=symbol, STATUS=status)
    for department, status in (("100", "active"), ("900", "inactive")):
        put_object(books, "DEPARTMENT", now=NOW, DEPARTMENTID=department, TITLE=department, STATUS=status)
    put_object(books, "PROJECT", now=NOW, PROJECTID="P-1", NAME="One", STATUS="active")
    put_object(books, "EMPLOYEE", now=NOW, EMPLOYEEID="E-17", STATUS="active", **{"PERSONALINFO.CONTACTNAME": "Ann"})
    for vendor, status in (("V-1", "active"), ("V-9", "inactive")):
        put_object(books, "VENDOR", now=NOW, VENDORID=vendor, NAME=vendor, STATUS=status)
    put_object(books, "CUSTOMER", now=NOW, CUSTOMERID="C-1", NAME="C", STATUS="active")
    put_object(books, "COST_CENTRE", now=NOW, id="10017", name="Marketing")
    for kind in ("DEPARTMENT", "LOCATION", "PROJECT", "EMPLOYEE", "VENDOR", "CLASS", "CUSTOMER"):
        row = {
            "objectName": kind,
            "objectLabel": kind,
            "termLabel": kind.capitalize(),
            "userDefinedDimension": "false",
            "enabledInGL": "true",
        }
        books.put(SIDE, "DIMENSION", kind, row)
    row = {"objectName": "COST_CENTRE", "objectLabel": "Cost centre", "termLabel": "Cost centre", "userDefinedDimension": "true"}
    books.put(SIDE, "DIMENSION", "COST_CENTRE", row | {"enabledInGL": "true", "FIELD": "GLDIMCOST_CENTRE"})
    put_object(books, "TAXSOLUTION", now=NOW, SOLUTIONID=UK_VAT, STATUS="Active", TAXMETHOD="VAT or GST")
    details = {
        STANDARD: {},
        "UK Purchase Zero": {"VALUE": "0"},
        "UK Sale": {"TAXTYPE": "Sale", "GLACCOUNT": "2201"},
        "UK Old": {"STATUS": "inactive"},
        "Irish": {"TAXSOLUTIONID": "Ireland - VAT"},
        "UK Reverse": {"REVERSECHARGE": "true"},
    }
    for detail, more in details.items():
        plain = {
            "VALUE": "20",
            "TAXTYPE": "Purchase",
            "STATUS": "active",
            "TAXSOLUTIONID": UK_VAT,
            "GLACCOUNT": "2200",
            "REVERSECHARGE": "false",
        }
        put_object(books, "TAXDETAIL", now=NOW, DETAILID=detail, **{**plain, **more})
    put_rate(books, "EUR", "GBP", date(2025, 3, 1), "0.8537")


@dataclass
class Reply:
    answer: Answer
    xml: etree._Element = field(init=False)

    def __post_init__(self) -> None:
        self.xml = etree.fromstring(self.answer.body)

    def text(self, path: str) -> str:
        return (self.xml.findtext(path) or "").strip()

    def texts(self, path: str) -> list[str]:
        return [(each.text or "").strip() for each in self.xml.iterfind(path)]

    @property
    def statuses(self) -> list[str]:
        return self.texts("operation/result/status")

    @property
    def errors(self) -> list[str]:
        return [(each.text or "") for each in self.xml.iter("description2")]

    @property
    def numbers(self) -> list[str]:
        return [(each.text or "") for each in self.xml.iter("errorno")]


@dataclass
class Client:
    """Sends XML in process. `unique` is the uniqueid of control."""

    sandbox: IntacctSandbox
    session: str = ""
    count: int = 0

    def post(self, body: str | bytes, *, now: datetime = NOW, content_type: str = "application/xml", method: str = "POST") -> Answer:
        raw = body.encode() if isinstance(body, str) else body
        return self.sandbox.handle(
            Request(method, "/ia/xml/xmlgw.phtml", headers={"content-type": content_type}, body=raw, base_url=BASE), now
        )

    def send(
        self, *functions: str, ids: list[str] | None = None, unique: bool = False, transaction: bool = False,
        authentication: str = "", now: datetime = NOW,
    ) -> Reply:  # fmt: skip
        return Reply(self.raw(*functions, ids=ids, unique=unique, transaction=transaction, authentication=authentication, now=now))

    def raw(
        self, *functions: str, ids: list[str] | None = None, unique: bool = False, transaction: bool = False,
        authentication: str = "", now: datetime = NOW,
    ) -> Answer:  # fmt: skip
        return self.post(self.body(*functions, ids=ids, unique=unique, transaction=transaction, authentication=authentication), now=now)

    def body(
        self, *functions: str, ids: list[str] | None = None, unique: bool = False, transaction: bool = False, authentication: str = ""
    ) -> str:
        if ids is None:
            self.count += 1
            ids = [f"f-{self.count}-{number}" for number, _ in enumerate(functions)]
        authentication = authentication or f"<sessionid>{self.session}</sessionid>"
        content = "".join(f'<function controlid="{key}">{each}</function>' for key, each in zip(ids, functions, strict=True))
        return envelope(content, authentication=authentication, unique=unique, transaction=transaction)

    def enter(self, entity: str = "UK01") -> Client:
        reply = self.send(f"<getAPISession><locationid>{entity}</locationid></getAPISession>", authentication=LOGIN)
        self.session = reply.text("operation/result/data/api/sessionid")
        return self


def control(unique: bool = False, **more: str) -> str:
    values = {
        "senderid": "sender",
        "password": "sender-secret",
        "controlid": "c",
        "uniqueid": str(unique).lower(),
        "dtdversion": "3.0",
        **more,
    }
    order = ("senderid", "password", "controlid", "uniqueid", "dtdversion", "policyid", "debug", "includewhitespace")
    return "<control>" + "".join(f"<{name}>{values[name]}</{name}>" for name in order if name in values) + "</control>"


def envelope(content: str, *, authentication: str = LOGIN, unique: bool = False, transaction: bool = False, head: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><request>{head or control(unique)}'
        f'<operation transaction="{str(transaction).lower()}"><authentication>{authentication}</authentication>'
        f"<content>{content}</content></operation></request>"
    )


def elements(**values: str | None) -> str:
    return "".join(f"<{name}>{value}</{name}>" for name, value in values.items() if value is not None)


def tax(detail: str = STANDARD, amount: str | None = "20.00") -> str:
    return f"<TAXENTRY>{elements(DETAILID=detail, TRX_TAX=amount)}</TAXENTRY>"


# Base currency by location, where it is not GBP.
BASES = {"US01": "USD", "NYC": "USD", "ZA01": "ZAR"}


def line(account: str = "6100", side: str = "1", amount: str = "100.00", **more: str | None) -> str:
    """In the base currency, with the rate that a company of several currencies wants all the same."""
    money = {"CURRENCY": BASES.get(more.get("LOCATION") or "", "GBP")}
    if "EXCHANGE_RATE" not in more:
        money["EXCH_RATE_TYPE_ID"] = "Intacct Daily Rate"
    values = {"ACCOUNTNO": account, "TR_TYPE": side, "TRX_AMOUNT": amount, "LOCATION": "UK01", **money, **more}
    return f"<GLENTRY>{elements(**values)}</GLENTRY>"


def offset(amount: str = "100.00", **more: str | None) -> str:
    return line("1050", "-1", amount, **more)


def glbatch(*lines: str, extra: str = "", **header: str | None) -> str:
    values = {"JOURNAL": "PLEO", "BATCH_DATE": "03/31/2025", "BATCH_TITLE": "Expenses", **header}
    return f"<GLBATCH>{elements(**values)}{extra}<ENTRIES>{''.join(lines)}</ENTRIES></GLBATCH>"


def create(*lines: str, extra: str = "", **header: str | None) -> str:
    return f"<create>{glbatch(*(lines or (line(), offset())), extra=extra, **header)}</create>"


def taxed(detail: str = STANDARD, amount: str | None = "20.00", **header: str | None) -> str:
    header = {"TAXIMPLICATIONS": "Inbound", "VATVENDORID": "V-1", **header}
    return create(line(TAXENTRIES=tax(detail, amount)), offset("120.00"), **header)


def supdoc(
    supdocid: str = "A1", *, folder: str = "Pleo", name: str = "receipt", kind: str = "pdf", data: bytes | str = b"%PDF-", files: str = ""
) -> str:
    text = base64.b64encode(data).decode() if isinstance(data, bytes) else data
    files = files or f"<attachment>{elements(attachmentname=name, attachmenttype=kind, attachmentdata=text)}</attachment>"
    head = elements(supdocid=supdocid, supdocname=supdocid, supdocfoldername=folder)
    return f"<create_supdoc>{head}<attachments>{files}</attachments></create_supdoc>"


FOLDER = "<create_supdocfolder><supdocfoldername>Pleo</supdocfoldername></create_supdocfolder>"


def single_currency(client: Client) -> Client:
    """Make the company one of one currency: entities in GBP alone, and no exchange rates."""
    books = client.sandbox.books
    for row in [row for row in books.all(SIDE, "LOCATIONENTITY") if row["CURRENCY"] != "GBP"]:
        books.delete(SIDE, "LOCATIONENTITY", row["RECORDNO"])
    for day in (1, 20):
        books.delete(SIDE, "RATE", f"EUR,GBP,{date(2025, 3, day).isoformat()}")
    return client


def new_client(entity: str = "UK01") -> Client:
    books = Books()
    small_company(books)
    return Client(IntacctSandbox(books)).enter(entity)
