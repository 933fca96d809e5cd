"""A valid request for each record of the demands, and the smallest change of it that breaks one demand alone.

What a rule of form says is broken by its kind; what it says about the books is broken by the change that stands here under its id.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from lxml import etree

from integration.sandbox.intacct.demands import RECORDS, Demand
from integration.sandbox.intacct.objects import SIDE, change_object, put_object, set_first_open_day
from tests.unit.integration.sandbox.intacct_kit import FOLDER, LOGIN, NOW, STANDARD, Client, create, line, offset, supdoc, tax
from tests.unit.integration.sandbox.payables_kit import RC_IN, RC_OUT, bill, item, payables_client, payment, prefer, reversal, update
from tests.unit.integration.sandbox.payables_kit import entry as taxentry
from tests.unit.integration.sandbox.test_generic_reads import legacy_bill, read_by_query

_ELEMENTS = {record.on: list(record.elements) for record in RECORDS}


@dataclass
class Case:
    """One request about to be sent. root: the whole request; node: the record the demand is about."""

    client: Client
    root: etree._Element
    node: etree._Element
    demand: Demand
    post: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None

    def set(self, text: str, name: str = "", node: etree._Element | None = None) -> None:
        """Give an element (that of the demand) this text, where its order wants it."""
        name, node = name or self.demand.element, self.node if node is None else node
        found = node.find(name)
        if found is None:
            found = etree.Element(name)
            known = _ELEMENTS.get(self.demand.on, [])
            behind = known[known.index(name) + 1 :] if name in known else []
            follower = next((each for each in node if each.tag in behind), None)
            node.insert(list(node).index(follower), found) if follower is not None else node.append(found)
        for each in list(found):
            found.remove(each)
        found.text = text

    def drop(self, name: str = "", node: etree._Element | None = None) -> None:
        node = self.node if node is None else node
        node.remove(node.find(name or self.demand.element))

    def add(self, xml: str, node: etree._Element | None = None) -> None:
        (self.node if node is None else node).append(etree.fromstring(xml))

    def change(self, kind: str, key: str, **fields: str) -> None:
        change_object(self.client.sandbox.books, kind, key, **fields)

    def put(self, kind: str, **fields: str) -> None:
        put_object(self.client.sandbox.books, kind, now=NOW, **fields)

    def close(self, day: date, module: str = "GL") -> None:
        set_first_open_day(self.client.sandbox.books, "UK01", day, module)

    def company(self, **fields: object) -> None:
        books = self.client.sandbox.books
        books.put(SIDE, "COMPANY", "TEST", books.get(SIDE, "COMPANY", "TEST") | fields)

    def top_level(self) -> None:
        self.root.find("operation/authentication/sessionid").text = payables_session(self.client, "")

    def send(self) -> list[str]:
        """Return the names of what refused it."""
        body = self.body if self.body is not None else etree.tostring(self.root)
        self.client.post(body, **self.post)
        return self.client.sandbox.requests[-1]["refused"]


def payables_session(client: Client, entity: str) -> str:
    return Client(client.sandbox).enter(entity).session


@dataclass(frozen=True)
class Sample:
    """build: the function, after what has to be there was put there. path: to the record, from the request's root.

    authentication: "" for the session the client has.
    """

    build: Callable[[Client], str]
    path: str
    authentication: str = ""

    def case(self, demand: Demand) -> Case:
        client = payables_client()
        for kind in ("TASK", "COSTTYPE", "ITEM", "CONTRACT", "WAREHOUSE"):
            shown = {"objectName": kind, "objectLabel": kind, "termLabel": kind, "userDefinedDimension": "false", "enabledInGL": "true"}
            client.sandbox.books.put(SIDE, "DIMENSION", kind, shown)
        client.send(FOLDER, supdoc("OLD"))
        root = etree.fromstring(client.body(self.build(client), authentication=self.authentication).encode())
        return Case(client, root, root if self.path == "." else root.find(self.path), demand)


def _with_bill(function: str) -> Callable[[Client], str]:
    def build(client: Client) -> str:
        assert client.send(bill()).statuses == ["success"]
        return function

    return build


def _entry(client: Client) -> str:
    first = line(TAXENTRIES=tax(), DEPARTMENT="100", PROJECTID="P-1", DOCUMENT="D", DESCRIPTION="Taxi", LOCATION="UK01")
    return create(first, offset("120.00"), TAXIMPLICATIONS="Inbound", VATVENDORID="V-1", REFERENCENO="K", SUPDOCID="OLD", STATE="Posted")


def _bill(client: Client) -> str:
    return bill(item(taxes=taxentry(), DEPARTMENTID="100"), SUPDOCID="OLD")


def _session(client: Client) -> str:
    return "<getAPISession><locationid>UK01</locationid></getAPISession>"


QUERY = (
    "<query><object>VENDOR</object><select><field>VENDORID</field></select><filter><equalto><field>STATUS</field><value>active</value>"
    "</equalto></filter><orderby><order><field>RECORDNO</field><ascending/></order></orderby><options><showprivate>true</showprivate>"
    "</options><pagesize>10</pagesize><offset>0</offset></query>"
)
READ = "<read><object>VENDOR</object><keys>1</keys><fields>NAME</fields></read>"


def _read_more(client: Client) -> str:
    data = client.send(read_by_query(pagesize="3")).xml.find("operation/result/data")
    return f"<readMore><resultId>{data.get('resultId')}</resultId></readMore>"


MORE_FOLDER = FOLDER.replace("Pleo", "More").replace("</create", "<supdocfolderdescription>d</supdocfolderdescription></create")
_F = "operation/content/function"
SAMPLES: dict[str, Sample] = {
    "HTTP": Sample(lambda client: QUERY, "."),
    "control": Sample(lambda client: QUERY, "control"),
    "operation": Sample(lambda client: QUERY, "operation"),
    "function": Sample(lambda client: QUERY, _F),
    "login": Sample(_session, "operation/authentication/login", LOGIN),
    "getAPISession": Sample(_session, f"{_F}/getAPISession"),
    "create": Sample(_entry, f"{_F}/create"),
    "query": Sample(lambda client: QUERY, f"{_F}/query"),
    "readByQuery": Sample(lambda client: read_by_query("STATUS = 'T'", pagesize="10"), f"{_F}/readByQuery"),
    "read": Sample(lambda client: READ, f"{_F}/read"),
    "readMore": Sample(_read_more, f"{_F}/readMore"),
    "lookup": Sample(lambda client: "<lookup><object>VENDOR</object></lookup>", f"{_F}/lookup"),
    "get_companyprefs": Sample(lambda client: '<get_companyprefs application="AP"/>', f"{_F}/get_companyprefs"),
    "getUserPermissions": Sample(lambda client: "<getUserPermissions><userId>ws</userId></getUserPermissions>", f"{_F}/getUserPermissions"),
    "readUserFormatting": Sample(lambda client: "<readUserFormatting><userId>ws</userId></readUserFormatting>", f"{_F}/readUserFormatting"),
    "create_bill": Sample(lambda client: legacy_bill(), f"{_F}/create_bill"),
    "GLBATCH": Sample(_entry, f"{_F}/create/GLBATCH"),
    "GLENTRY": Sample(_entry, f"{_F}/create/GLBATCH/ENTRIES/GLENTRY"),
    "TAXENTRY of GLENTRY": Sample(_entry, f"{_F}/create/GLBATCH/ENTRIES/GLENTRY/TAXENTRIES/TAXENTRY"),
    "APBILL": Sample(_bill, f"{_F}/create/APBILL"),
    "APBILLITEM": Sample(_bill, f"{_F}/create/APBILL/APBILLITEMS/APBILLITEM"),
    "TAXENTRY of APBILLITEM": Sample(_bill, f"{_F}/create/APBILL/APBILLITEMS/APBILLITEM/TAXENTRIES/TAXENTRY"),
    "update APBILL": Sample(_with_bill(update(RECORDNO="1", SUPDOCID="OLD")), f"{_F}/update/APBILL"),
    "reverse_bill": Sample(_with_bill(reversal()), f"{_F}/reverse_bill"),
    "APPYMT": Sample(_with_bill(payment()), f"{_F}/create/APPYMT"),
    "APPYMTDETAIL": Sample(_with_bill(payment()), f"{_F}/create/APPYMT/APPYMTDETAILS/APPYMTDETAIL"),
    "create_supdoc": Sample(lambda client: supdoc("NEW"), f"{_F}/create_supdoc"),
    "update_supdoc": Sample(lambda client: supdoc("OLD", name="second").replace("create_supdoc", "update_supdoc"), f"{_F}/update_supdoc"),
    "attachment": Sample(lambda client: supdoc("NEW"), f"{_F}/create_supdoc/attachments/attachment"),
    "create_supdocfolder": Sample(lambda client: MORE_FOLDER, f"{_F}/create_supdocfolder"),
}


# Rules of form, and rules that read alike wherever they stand


def of_form(case: Case) -> None:
    match case.demand.rule:
        case "required":
            if case.demand.element.startswith("@"):
                del case.node.attrib[case.demand.element[1:]]
            else:
                case.drop()
        case "length":
            case.set("9" * (int(case.demand.value) + 1))
        case "date":
            case.set("2025-03-31")
        case "number":
            case.set("1,234.00")
        case "decimals":
            case.set("1." + "1" * (int(case.demand.value) + 1))
        case "absolute":
            case.set("-1.00")
        case "one of":
            case.set("Nonsense")
        case "not with":
            case.set("Intacct Daily Rate")
            case.set("1.1", case.demand.value)


def alike(case: Case) -> bool:
    """Break it as all that read so are broken; False where the rule has to be broken in its own way."""
    rule = case.demand.rule
    if rule.startswith("must exist"):
        case.set("NO-SUCH")
    elif rule == "is not carried out here":
        case.set("1")
    elif rule.startswith("no element that"):
        case.add("<NOSUCH>1</NOSUCH>")
    elif rule.startswith("its elements come in this order"):
        first = case.node[0]
        case.node.remove(first)
        case.node.append(first)
    elif rule == "true or false":
        case.node.set("transaction", "maybe") if case.demand.element == "@transaction" else case.set("maybe")
    elif rule.startswith("needs the permission to create"):
        case.company(DENIED=[f"CREATE {rule.rpartition(' ')[2]}"])
    else:
        return False
    return True


# What has to be broken in its own way, by the id of the demand


def _value(text: str) -> Callable[[Case], None]:
    return lambda case: case.set(text)


def _without(case: Case) -> None:
    case.drop()


def _changed(kind: str, key: str, **fields: str) -> Callable[[Case], None]:
    return lambda case: case.change(kind, key, **fields)


def _closed(day: date, module: str = "GL") -> Callable[[Case], None]:
    return lambda case: case.close(day, module)


def _prefers(name: str, value: str = "true") -> Callable[[Case], None]:
    return lambda case: prefer(case.client, name, value)


def _both(*changes: Callable[[Case], None]) -> Callable[[Case], None]:
    def change(case: Case) -> None:
        for each in changes:
            each(case)

    return change


def _posted(**values: str) -> Callable[[Case], None]:
    return lambda case: case.post.update(values)


def _bytes(change: Callable[[bytes], bytes]) -> Callable[[Case], None]:
    def break_it(case: Case) -> None:
        case.body = change(etree.tostring(case.root))

    return break_it


def _twice(case: Case) -> None:
    assert case.send() == []


def _no_taxes(case: Case) -> None:
    """The entity has no tax solution any more."""
    case.change("LOCATIONENTITY", "UK01", TAXSOLUTIONID="")


def _untaxed(case: Case) -> None:
    case.drop("TAXENTRIES", case.node if case.node.find("TAXENTRIES") is not None else case.node.find("ENTRIES/GLENTRY"))


def _taxes(*entries: str) -> Callable[[Case], None]:
    def change(case: Case) -> None:
        case.drop("TAXENTRIES")
        case.add(f"<TAXENTRIES>{''.join(entries)}</TAXENTRIES>")

    return change


def _filter(xml: str) -> Callable[[Case], None]:
    def change(case: Case) -> None:
        node = case.node.find("filter")
        for each in list(node):
            node.remove(each)
        node.extend(etree.fromstring(f"<x>{xml}</x>"))

    return change


def _another_entity(case: Case) -> None:
    case.put("LOCATION", LOCATIONID="OUT", NAME="Out", STATUS="active", PARENTID="US01")
    case.set("OUT")


def _all_currencies(text: str) -> Callable[[Case], None]:
    def change(case: Case) -> None:
        for row in case.root.iter("CURRENCY"):
            row.text = text

    return change


def _base_cent(case: Case) -> None:
    """Three lines against one, in a currency whose rate leaves a cent between them."""
    for each in list(case.node.find("ENTRIES")):
        case.node.find("ENTRIES").remove(each)
    foreign = {"CURRENCY": "EUR", "EXCH_RATE_DATE": "03/10/2025"}
    for each in (line("6100", "1", "33.33", **foreign), line("6100", "1", "33.33", **foreign), line("6100", "1", "52.34", **foreign)):
        case.add(each, case.node.find("ENTRIES"))
    case.add(line("1050", "-1", "119.00", **foreign), case.node.find("ENTRIES"))


def _bill_in(case: Case, **fields: str) -> None:
    case.change("APBILL", "1", **fields)


def _label(case: Case) -> None:
    case.drop("ACCOUNTNO")
    case.set("Taxi", "ACCOUNTLABEL")


def _functions(case: Case, *more: str) -> None:
    content = case.root.find("operation/content")
    for number, each in enumerate(more):
        content.append(etree.fromstring(f'<function controlid="m{number}">{each}</function>'))


def _on_first_line(**values: str) -> Callable[[Case], None]:
    def change(case: Case) -> None:
        for name, text in values.items():
            case.set(text, name, case.node.find("ENTRIES/GLENTRY"))

    return change


SPECIAL: dict[str, Callable[[Case], None]] = {
    "HTTP method is POST": _posted(method="GET"),
    "HTTP content.type is application/xml": _posted(content_type="text/xml"),
    "HTTP body is well-formed XML": _bytes(lambda body: body[:-1]),
    "HTTP body without DOCTYPE": _bytes(lambda body: b"<!DOCTYPE request>" + body),
    "control senderid must be known": _value("nobody"),
    "control password must be the sender's": _value("wrong"),
    "control controlid 1 to 256 characters": _value("x" * 257),
    "control dtdversion is 3.0": _value("2.1"),
    "control policyid must be a policy of the company": _value("policy"),
    "login password must be the user's": _value("wrong"),
    "login locationid must be an active entity the user may enter": _value("ZZ99"),
    "login the sender must be authorised in the company": lambda case: case.set("stranger", "senderid", case.root.find("control")),
    "operation authentication exactly one of login and sessionid": lambda case: case.drop("sessionid", case.node.find("authentication")),
    "operation sessionid must be alive": lambda case: case.set("dead", node=case.node.find("authentication")),
    "operation content at least one function": lambda case: case.node.find("content").clear(),
    "function @controlid at most 256 characters": lambda case: case.node.set("controlid", "x" * 257),
    "function @controlid not executed before where uniqueid is true": _both(
        lambda case: case.set("true", "uniqueid", case.root.find("control")), _twice
    ),
    "function holds exactly one element": lambda case: case.add(QUERY),
    "function is a function that exists": lambda case: setattr(case.node[0], "tag", "no_such_function"),
    "getAPISession locationid must be an active entity the user may enter": _value("ZZ99"),
    "getAPISession must be alone in its request": lambda case: _functions(case, QUERY),
    "create at most 100 records": lambda case: case.node.extend(etree.fromstring(etree.tostring(case.node[0])) for _ in range(100)),
    "create an object that can be created": lambda case: setattr(case.node[0], "tag", "NOSUCH"),
    "query object needs the permission to read it": lambda case: case.company(DENIED=["QUERY VENDOR"]),
    "query select fields must exist": lambda case: case.add("<field>NOSUCH</field>", case.node.find("select")),
    "query select at least one field": lambda case: case.node.find("select").clear(),
    "query filter exactly one operator": _filter("<isnull><field>NAME</field></isnull><isnull><field>NAME</field></isnull>"),
    "query filter and/or with at least two conditions": _filter("<and><isnull><field>NAME</field></isnull></and>"),
    "query filter a known operator": _filter("<is><field>NAME</field><value>x</value></is>"),
    "query filter one to a thousand values of in": _filter(f"<in><field>NAME</field>{'<value>x</value>' * 1001}</in>"),
    "query filter labels of enumerations": _filter("<equalto><field>STATUS</field><value>T</value></equalto>"),
    "query filter values of the field's type": _filter("<equalto><field>WHENMODIFIED</field><value>today</value></equalto>"),
    "query orderby field, then ascending or descending": lambda case: case.drop("ascending", case.node.find("orderby/order")),
    "query options caseinsensitive, showprivate and returnformat only": lambda case: case.add("<nosuch/>", case.node.find("options")),
    "query pagesize 1 to 2000": _value("2001"),
    "query offset not below zero": _value("-1"),
    "readByQuery query a condition that can be read": _value("STATUS 'T'"),
    "readByQuery query codes of enumerations": _value("STATUS = 'active'"),
    "readByQuery pagesize 1 to 1000": _value("1001"),
    "readByQuery fields must exist": _value("NOSUCH"),
    "read keys at most 100": _value(",".join(map(str, range(101)))),
    "readMore resultId must be an open result": _value("dead"),
    "get_companyprefs @application must be known": lambda case: case.node.set("application", "NOSUCH"),
    "create_bill datecreated year, month and day as elements": _value("03/31/2025"),
    "create_bill datedue datedue or termname": _without,
    "create_bill billitems at least one lineitem": lambda case: case.node.find("billitems").clear(),
    "create_bill lineitem exactly one of accountlabel and glaccountno": lambda case: case.drop(
        "glaccountno", case.node.find("billitems/lineitem")
    ),
    "create_bill lineitem amount is required": lambda case: case.drop("amount", case.node.find("billitems/lineitem")),
    "create_bill lineitem its elements come in this order": lambda case: case.node.find("billitems/lineitem").append(
        case.node.find("billitems/lineitem")[0]
    ),
    "create_bill taxentries one or two": lambda case: case.add("<taxentries/>", case.node.find("billitems/lineitem")),
    "GLBATCH JOURNAL must be active": _value("OLD"),
    "GLBATCH BATCH_DATE must lie in an open period": _closed(date(2025, 4, 1)),
    "GLBATCH TAXIMPLICATIONS only where the entity has a tax solution": _no_taxes,
    "GLBATCH VATVENDORID required where TAXIMPLICATIONS is Inbound, and must be active": _without,
    "GLBATCH VATCUSTOMERID required where TAXIMPLICATIONS is Outbound, and must be active": lambda case: case.set(
        "Outbound", "TAXIMPLICATIONS"
    ),
    "GLBATCH TAXSOLUTIONID must be the entity's": _value("Ireland - VAT"),
    "GLBATCH TAXSOLUTIONID required at the top level where taxes are stated": Case.top_level,
    "GLBATCH ENTRIES at least two lines": lambda case: case.node.find("ENTRIES").remove(case.node.find("ENTRIES")[1]),
    "GLBATCH debits and credits must be equal in each transaction currency, taxes included": _on_first_line(TRX_AMOUNT="100.01"),
    "GLBATCH debits and credits must be equal in base currency": _base_cent,
    "GLBATCH its lines must lie in one entity": _both(Case.top_level, _on_first_line(LOCATION="US01")),
    "GLBATCH no element twice": lambda case: case.add("<JOURNAL>PLEO</JOURNAL>"),
    "GLENTRY ACCOUNTNO must be active": _value("6900"),
    "GLENTRY ACCOUNTNO must not be a control account": _value("2000"),
    "GLENTRY CURRENCY required where the company has several currencies, in base currency too": _without,
    "GLENTRY CURRENCY must be enabled": _value("gbp"),
    "GLENTRY EXCH_RATE_TYPE_ID it or EXCHANGE_RATE is required where the company has several currencies": _without,
    "GLENTRY EXCH_RATE_TYPE_ID there must be a rate of the day": _all_currencies("USD"),
    "GLENTRY DEPARTMENT must be active": _value("900"),
    "GLENTRY LOCATION required in a company of several entities": _without,
    "GLENTRY LOCATION must lie in the entity": _another_entity,
    "GLENTRY PROJECTID required where the account says so": _both(_without, lambda case: case.set("6400", "ACCOUNTNO")),
    "GLENTRY TAXENTRIES at most one on a line": _taxes(tax(), tax("UK Purchase Zero", "0.00")),
    "GLENTRY TAXENTRIES only where TAXIMPLICATIONS is set": lambda case: case.drop(
        "TAXIMPLICATIONS", case.root.find(f"{_F}/create/GLBATCH")
    ),
    "APBILL VENDORID must be active": _value("V-9"),
    "APBILL VENDORID must be allowed in the entity": _value("V-OTHER"),
    "APBILL VENDORID must not be on hold": _value("V-HOLD"),
    "APBILL WHENPOSTED may differ from WHENCREATED only where that is set up": _value("03/11/2025"),
    "APBILL WHENPOSTED must lie in an open period of payables": _closed(date(2025, 4, 1), "AP"),
    "APBILL WHENPOSTED must lie in an open period of the ledger": _closed(date(2025, 4, 1)),
    "APBILL RECORDID required where bills are not numbered by Intacct": _without,
    "APBILL RECORDID one bill of a vendor and number": _twice,
    "APBILL PRBATCH required where users name the summary": _prefers("USER_NAMED_SUMMARIES"),
    "APBILL CURRENCY required where the company has several currencies": _without,
    "APBILL CURRENCY must be enabled": _value("gbp"),
    "APBILL BASECURR required where the company has several currencies": _without,
    "APBILL BASECURR must be the entity's": _value("EUR"),
    "APBILL EXCH_RATE_TYPE_ID there must be a rate of the day": _all_currencies("USD"),
    "APBILL INCLUSIVETAX only where the entity has a tax solution": _both(
        _no_taxes,
        _value("true"),
        lambda case: case.set("100.00", "TOTALTRXAMOUNT", case.node.find("APBILLITEMS/APBILLITEM")),
        lambda case: case.drop("TAXENTRIES", case.node.find("APBILLITEMS/APBILLITEM")),
    ),
    "APBILL TAXSOLUTIONID at the top level only": _value("United Kingdom - VAT"),
    "APBILL TAXSOLUTIONID required at the top level where taxes are stated": Case.top_level,
    "APBILL TAXSOLUTIONID must be the entity's": _both(Case.top_level, _value("Ireland - VAT")),
    "APBILL APBILLITEMS at least one line": lambda case: case.node.find("APBILLITEMS").clear(),
    "APBILL the total must be above zero": _both(
        lambda case: case.set("-100.00", "TRX_AMOUNT", case.node.find("APBILLITEMS/APBILLITEM")),
        lambda case: case.set("-20.00", "TRX_TAX", next(case.node.iter("TAXENTRY"))),
    ),
    "APBILL a payables account must be set up": _changed("GLACCOUNT", "2000", ALTERNATIVEACCOUNT=""),
    "APBILLITEM ACCOUNTNO required where bills do not use labels": _without,
    "APBILLITEM ACCOUNTNO must be active": _value("6900"),
    "APBILLITEM ACCOUNTNO must not be a control account": _value("2000"),
    "APBILLITEM ACCOUNTNO must not belong to a bank or card": _value("1051"),
    "APBILLITEM ACCOUNTLABEL only where bills use labels": _value("Taxi"),
    "APBILLITEM ACCOUNTLABEL required where bills use labels": _prefers("ACCOUNT_LABELS"),
    "APBILLITEM ACCOUNTLABEL must exist and be active": _both(
        _prefers("ACCOUNT_LABELS"), _label, lambda case: case.set("Gone", "ACCOUNTLABEL")
    ),
    "APBILLITEM TRX_AMOUNT required where INCLUSIVETAX is not true": _without,
    "APBILLITEM TOTALTRXAMOUNT required where INCLUSIVETAX is true": lambda case: case.set(
        "true", "INCLUSIVETAX", case.root.find(f"{_F}/create/APBILL")
    ),
    "APBILLITEM TOTALTRXAMOUNT must be what amount and taxes make": _value("120.01"),
    "APBILLITEM LOCATIONID required in a company of several entities": _without,
    "APBILLITEM LOCATIONID must lie in the entity": _another_entity,
    "APBILLITEM DEPARTMENTID must be active": _value("900"),
    "APBILLITEM PROJECTID required where the account says so": lambda case: case.set("6400", "ACCOUNTNO"),
    "APBILLITEM PARTIALEXEMPT only in a partially exempt entity of the United Kingdom": _value("true"),
    "APBILLITEM PARTIALEXEMPT only on a line with tax": _both(
        _changed("LOCATIONENTITY", "UK01", PARTIALEXEMPT="true"), _value("true"), _untaxed
    ),
    "APBILLITEM PARTIALEXEMPT not with reverse charge": _both(
        _changed("LOCATIONENTITY", "UK01", PARTIALEXEMPT="true"), _value("true"), _taxes(taxentry(RC_IN), taxentry(RC_OUT, "-20.00"))
    ),
    "APBILLITEM TAXENTRIES only where the entity has a tax solution": _no_taxes,
    "APBILLITEM TAXENTRIES several on a line only for the United Kingdom and Australia": _both(
        lambda case: case.put("TAXSOLUTION", SOLUTIONID="Ireland - VAT", STATUS="Active", TAXMETHOD="VAT or GST"),
        _changed("LOCATIONENTITY", "UK01", TAXSOLUTIONID="Ireland - VAT"),
        lambda case: case.put(
            "TAXDETAIL", DETAILID="Irish 2", VALUE="9", TAXTYPE="Purchase", STATUS="active", TAXSOLUTIONID="Ireland - VAT", GLACCOUNT="2200"
        ),
        _taxes(taxentry("Irish"), taxentry("Irish 2", "9.00")),
    ),
    "APBILLITEM TAXENTRIES no detail twice": _taxes(taxentry(STANDARD, "10.00"), taxentry(STANDARD, "10.00")),
    "APBILLITEM TAXENTRIES reverse charge is a pair of equal and opposite rate": _taxes(taxentry(RC_IN)),
    "APBILLITEM TAXENTRIES the two of a reverse charge add up to zero": _taxes(taxentry(RC_IN), taxentry(RC_OUT, "-19.00")),
    "TAXENTRY of APBILLITEM TRX_TAX must be possible for the rate": _value("-20.00"),
    "update APBILL the bill must exist": lambda case: case.set("404", "RECORDNO"),
    "update APBILL the bill must not be paid": lambda case: case.client.send(payment()),
    "reverse_bill @key must be a bill of the entity": lambda case: case.node.set("key", "404"),
    "reverse_bill datereversed must not lie before the posting date": lambda case: case.set("1", "day", case.node.find("datereversed")),
    "reverse_bill datereversed must lie in an open period": _closed(date(2025, 4, 1)),
    "reverse_bill the bill must be posted and unpaid": lambda case: case.client.send(payment()),
    "APPYMT FINANCIALENTITY must be active": _value("CHK-OLD"),
    "APPYMT FINANCIALENTITY must belong to the entity": _both(_value("CHK-USD"), _changed("CHECKINGACCOUNT", "CHK-USD", CURRENCY="GBP")),
    "APPYMT FINANCIALENTITY must be in the payment's currency": _value("CHK-EUR"),
    "APPYMT VENDORID must be active": _value("V-9"),
    "APPYMT VENDORID must not be on hold": _value("V-HOLD"),
    "APPYMT PAYMENTDATE must not lie before the bill's posting date": _value("03/09/2025"),
    "APPYMT PAYMENTDATE must lie in an open period of cash": _closed(date(2025, 4, 1), "CM"),
    "APPYMT PAYMENTDATE must lie in an open period of payables": _closed(date(2025, 4, 1), "AP"),
    "APPYMT BASECURR required where the company has several currencies": _without,
    "APPYMT BASECURR must be the entity's": _value("EUR"),
    "APPYMT EXCH_RATE_TYPE_ID there must be a rate of the day": _all_currencies("USD"),
    "APPYMT APPYMTDETAILS at least one detail": lambda case: case.node.find("APPYMTDETAILS").clear(),
    "APPYMT another rate than the bill's needs an account for gain and loss": _both(
        _prefers("GAIN_LOSS_ACCOUNT", ""), _changed("APBILL", "1", EXCHANGE_RATE="1.1")
    ),
    "APPYMTDETAIL RECORDKEY must be a bill of the entity": _value("404"),
    "APPYMTDETAIL RECORDKEY must be posted": lambda case: _bill_in(case, STATE="Submitted"),
    "APPYMTDETAIL RECORDKEY must be of the vendor": lambda case: case.set("V-2", "VENDORID", case.root.find(f"{_F}/create/APPYMT")),
    "APPYMTDETAIL RECORDKEY must not be on hold": lambda case: _bill_in(case, ONHOLD="true"),
    "APPYMTDETAIL RECORDKEY must be in the payment's currency": lambda case: _bill_in(case, CURRENCY="EUR"),
    "APPYMTDETAIL TRX_PAYMENTAMOUNT must be above zero": _value("0.00"),
    "APPYMTDETAIL TRX_PAYMENTAMOUNT must not exceed what is due": _value("120.01"),
    "create_supdoc supdocid must not exist yet": _value("OLD"),
    "create_supdoc attachments must not be empty": lambda case: case.node.find("attachments").clear(),
    "update_supdoc attachments no file of a name that is there already": lambda case: case.set(
        "receipt", "attachmentname", case.node.find("attachments/attachment")
    ),
    "attachment attachmentname without dot and extension, and not empty": _value("receipt.pdf"),
    "attachment attachmentname at most 4000 characters": _value("n" * 4001),
    "attachment attachmenttype at most 20 characters": _value("p" * 21),
    "attachment attachmentname once in an attachment": lambda case: case.node.getparent().append(
        etree.fromstring(etree.tostring(case.node))
    ),
    "attachment attachmenttype the extension without dot": _value(".pdf"),
    "attachment attachmentdata base64, not empty": _value("***"),
    "create_supdocfolder supdocfoldername must not exist yet": _value("Pleo"),
}
