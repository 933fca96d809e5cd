"""What we send and what the sandbox answers, held against the official descriptions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from integration.intacct import xml
from integration.intacct.documents import Attachment, AttachmentFile, Dimension, ExchangeRate, JournalEntry, JournalLine, TaxEntry
from integration.intacct.gateway import Credentials, Function, Gateway
from integration.money import Money
from integration.pleo.client import ItemResult, PleoClient
from integration.sandbox.http import Request
from integration.sandbox.world import COMPANY_ID, SENDER_ID, SENDER_PASSWORD, UK, USER_ID, USER_PASSWORD
from tests.contracts import body_faults, operation, schema_faults, section

GOLDEN = Path(__file__).parents[1] / "golden"
KEY = "PLABCDEFGHIJKLMNOP"

# Fields of create GLBATCH. Source: docs/reference/intacct/05-writes.md, section 5.3 (Journal Entries page);
# a test holds the lists against it.
HEADER = {
    "JOURNAL", "BATCH_DATE", "BATCH_TITLE", "REVERSEDATE", "HISTORY_COMMENT", "REFERENCENO", "BASELOCATION_NO", "SUPDOCID", "STATE",
    "TRANSACTIONSOURCE", "TAXIMPLICATIONS", "VATVENDORID", "VATCUSTOMERID", "VATCONTACTID", "TAXSOLUTIONID", "ENTRIES",
}  # fmt: skip
LINE = {
    "ACCOUNTNO", "TR_TYPE", "TRX_AMOUNT", "CURRENCY", "EXCH_RATE_DATE", "EXCH_RATE_TYPE_ID", "EXCHANGE_RATE", "DEPARTMENT", "LOCATION",
    "PROJECTID", "TASKID", "COSTTYPEID", "CUSTOMERID", "VENDORID", "EMPLOYEEID", "ITEMID", "CLASSID", "CONTRACTID", "WAREHOUSEID",
    "BILLABLE", "DOCUMENT", "DESCRIPTION", "ALLOCATION", "SPLIT", "TAXENTRIES",
}  # fmt: skip
TAX = {"DETAILID", "TRX_TAX"}
# Source: docs/reference/intacct/05-writes.md, sections 5.1 and 5.2.
BILL = {
    "VENDORID", "WHENCREATED", "WHENDUE", "WHENPOSTED", "RECORDID", "DOCNUMBER", "DESCRIPTION", "PRBATCH", "ONHOLD", "SUPDOCID",
    "CURRENCY", "BASECURR", "EXCH_RATE_DATE", "EXCH_RATE_TYPE_ID", "INCLUSIVETAX", "ACTION", "APBILLITEMS",
}  # fmt: skip
BILL_LINE = {
    "ACCOUNTNO", "ACCOUNTLABEL",
    "TRX_AMOUNT", "ENTRYDESCRIPTION", "LOCATIONID", "DEPARTMENTID", "PROJECTID", "TASKID", "COSTTYPEID", "CUSTOMERID",
    "VENDORID", "EMPLOYEEID", "ITEMID", "CLASSID", "CONTRACTID", "WAREHOUSEID", "FORM1099", "PARTIALEXEMPT", "TAXENTRIES",
}  # fmt: skip
PAYMENT = {
    "FINANCIALENTITY", "PAYMENTMETHOD", "VENDORID", "PAYMENTDATE", "CURRENCY", "BASECURR", "EXCH_RATE_DATE", "EXCH_RATE_TYPE_ID",
    "DOCNUMBER", "DESCRIPTION", "ACTION", "APPYMTDETAILS",
}  # fmt: skip
PAYMENT_LINE = {"RECORDKEY", "TRX_PAYMENTAMOUNT"}
REQUIRED = {"JOURNAL", "BATCH_DATE", "BATCH_TITLE", "ENTRIES"}
REQUIRED_ON_LINE = {"ACCOUNTNO", "TR_TYPE", "TRX_AMOUNT"}


def entry():
    place = (Dimension("LOCATION", "UK01", "LOCATION"), Dimension("DEPARTMENT", "100", "DEPARTMENT"))
    own = (*place, Dimension("COST_CENTRE", "3", "GLDIMCOST_CENTRE"), Dimension("PROJECT", "P-100", "PROJECTID"))
    rate = ExchangeRate(date(2026, 3, 9), "Intacct Daily Rate")
    detail = "UK Purchase Goods Standard Rate"
    net, tax = Money(Decimal("83.33"), "EUR"), TaxEntry(detail, Money(Decimal("16.66"), "EUR"))
    return JournalEntry(
        key=KEY,
        entity="UK01",
        journal="PLEO",
        posting_date=date(2026, 3, 9),
        title="Café & <Söhne> – 100 %",
        lines=(
            JournalLine("6100", "debit", net, tax, own, "Taxi", "REC-1", rate),
            JournalLine("1051", "credit", net + tax.amount, None, place, "", "", rate),
        ),
        vat_vendor="V-PLEO",
        attachment_key=KEY,
    )


def attachment():
    files = (AttachmentFile("receipt-1", "pdf", "1" * 64, 8), AttachmentFile("receipt-2", "png", "2" * 64, 8))
    return Attachment(key=KEY, entity="UK01", folder="Pleo", description="Receipts of REC-1", files=files)


@pytest.fixture
def sent(sandbox):
    """Everything the gateway sends: one request of each form it knows."""
    bodies = []

    def transport(url, body, seconds):
        bodies.append(body)
        headers = {"content-type": "application/xml"}
        answer = sandbox.handle(Request("POST", "/ia/xml/xmlgw.phtml", headers=headers, body=body), datetime.now(UTC))
        return answer.status, answer.body.replace(b"http://127.0.0.1/", b"https://api.intacct.com/")

    endpoint = "https://api.intacct.com/ia/xml/xmlgw.phtml"
    gateway = Gateway(Credentials(COMPANY_ID, endpoint, USER_ID, USER_PASSWORD, SENDER_ID, SENDER_PASSWORD), transport=transport)
    some = xml.And(xml.Equal("STATUS", "active"), xml.Or(xml.Like("ACCOUNTNO", "6%"), xml.In("ACCOUNTNO", ["1050"])))
    gateway.read(
        [
            xml.query("GLACCOUNT", ["RECORDNO", "ACCOUNTNO"], where=some, show_private=True),
            xml.lookup("GLENTRY"),
            xml.get_dimensions(),
            xml.get_financial_setup(),
            xml.get("supdoc", "X", ["supdocid"]),
            xml.get_list("supdocfolder", ["supdocfoldername"], max_items=5, show_private=True),
        ]
    )
    contents = {"1" * 64: b"%PDF-1.4", "2" * 64: b"\x89PNG\r\n\x1a\n"}
    functions = [
        Function("FOLDER.1", xml.create_folder("Pleo")),
        Function(f"{KEY}.1", xml.function(attachment(), contents)),
        Function(f"{KEY}.2", xml.function(entry())),
        Function(f"{KEY}.3", xml.reverse_bill("4711", date(2026, 3, 9), "Reversal")),
    ]
    gateway.carry_out(functions, entity="UK01")
    return bodies


class TestIntacctRequests:
    def test_match_the_official_schema(self, sent):
        assert [schema_faults(body) for body in sent] == [[]] * len(sent)

    def test_cover_every_function_we_send(self, sent):
        names = {function[0].tag for body in sent for function in etree.fromstring(body).iter("function")}

        written = {"getAPISession", "query", "lookup", "getDimensions", "getFinancialSetup", "get", "get_list", "readUserFormatting"}
        assert names == written | {"create_supdocfolder", "create_supdoc", "create", "reverse_bill"}

    @pytest.mark.parametrize(
        "fault",
        [
            lambda body: body.replace(b"<controlid>", b"<controlID>").replace(b"</controlid>", b"</controlID>"),
            lambda body: body.replace(b"<uniqueid>true</uniqueid>", b"<uniqueid>true</uniqueid><nonsense/>"),
            lambda body: body.replace(b"<supdocid>", b"<supdocname>x</supdocname><supdocid>", 1),
        ],
    )
    def test_would_be_found_if_they_did_not(self, sent, fault):
        assert schema_faults(fault(sent[-1]))

    def test_keep_secrets_to_the_places_for_them(self, sent):
        assert [body.count(USER_PASSWORD.encode()) for body in sent] == [1] + [0] * (len(sent) - 1)
        assert {body.count(SENDER_PASSWORD.encode()) for body in sent} == {1}


def golden_functions():
    return sorted(GOLDEN.glob("*.xml"))


def batch_faults(batch):
    """Return what the documented fields of create GLBATCH have against a batch."""
    faults = [f"header {each.tag}" for each in batch if each.tag not in HEADER]
    faults += [f"no {name}" for name in REQUIRED - {each.tag for each in batch}]
    lines = batch.findall("ENTRIES/GLENTRY")
    if len(lines) < 2:
        faults.append("fewer than two lines")
    for line in lines:
        faults += [f"line {each.tag}" for each in line if each.tag not in LINE and not each.tag.startswith("GLDIM")]
        faults += [f"no {name} on a line" for name in REQUIRED_ON_LINE - {each.tag for each in line}]
        taxes = line.findall("TAXENTRIES/TAXENTRY")
        if len(taxes) > 1 or any({each.tag for each in tax} != TAX for tax in taxes):
            faults.append("tax entries")
        if (line.findtext("TRX_AMOUNT") or "-").startswith("-") or line.findtext("TR_TYPE") not in ("1", "-1"):
            faults.append("amount or side")
    if (batch.find("ENTRIES/GLENTRY/TAXENTRIES") is not None) != (batch.findtext("TAXIMPLICATIONS") == "Inbound"):
        faults.append("TAXIMPLICATIONS")
    names = [each.tag for part in (batch, *lines) for each in part]
    faults += [f"{tag} is empty" for part in (batch, *lines) for tag in [each.tag for each in part if not len(each) and not each.text]]
    assert names
    return faults


def payable_faults(document, header, line_name, of_line):
    """Return what the documented fields of create APBILL or APPYMT have against a document."""
    lines = document.findall(line_name)
    faults = [f"header {each.tag}" for each in document if each.tag not in header]
    faults += [f"line {each.tag}" for line in lines for each in line if each.tag not in of_line and not each.tag.startswith("GLDIM")]
    faults += ["tax entries" for tax in document.iter("TAXENTRY") if {each.tag for each in tax} != TAX]
    return faults if lines else [*faults, "no line"]


def faults_of(path):
    """Return the faults of every posting in a golden file, one list for each."""
    tree = etree.parse(str(path))
    return [
        *(batch_faults(batch) for batch in tree.iter("GLBATCH")),
        *(payable_faults(bill, BILL, "APBILLITEMS/APBILLITEM", BILL_LINE) for bill in tree.iter("APBILL")),
        *(payable_faults(payment, PAYMENT, "APPYMTDETAILS/APPYMTDETAIL", PAYMENT_LINE) for payment in tree.iter("APPYMT")),
    ]


class TestJournalEntries:
    def test_have_documented_fields_only(self, sent):
        (batch,) = etree.fromstring(sent[-1]).iter("GLBATCH")

        assert batch_faults(batch) == []

    @pytest.mark.parametrize("path", golden_functions(), ids=lambda path: path.stem)
    def test_agreed_with_an_accountant_have_documented_fields_only(self, path):
        found = faults_of(path)

        assert found
        assert found == [[]] * len(found)

    def test_are_held_against_the_page_itself(self):
        page = section("intacct/05-writes.md", "5.3")

        missing = {name for name in HEADER | LINE | TAX if name not in page}
        assert missing == set()

    def test_and_bills_and_payments_too(self):
        bills, payments = section("intacct/05-writes.md", "5.1"), section("intacct/05-writes.md", "5.2")

        assert {name for name in BILL | BILL_LINE if name not in bills} == set()
        assert {name for name in PAYMENT | PAYMENT_LINE if name not in payments} == set()

    @pytest.mark.parametrize("element", ["LOCATIONID", "DEPARTMENTID", "MEMO", "AMOUNT", "INCLUSIVETAX"])
    def test_would_be_found_if_they_had_others(self, element):
        create = etree.fromstring(xml.function(entry()))
        etree.SubElement(create.find("GLBATCH/ENTRIES/GLENTRY"), element).text = "x"

        assert batch_faults(create.find("GLBATCH")) == [f"line {element}"]


@pytest.fixture
def exchanged(server, sandbox, monkeypatch):
    """Every call of the Pleo client: (request, answer), over real HTTP."""
    exchanges = []
    handle = sandbox.handle

    def noted(request, now):
        answer = handle(request, now)
        exchanges.append((request, answer))
        return answer

    monkeypatch.setattr(sandbox, "handle", noted)
    client = PleoClient(f"{server.address}/pleo", UK.api_key)
    client.install()
    client.installation()
    client.activate()
    client.company(UK.id)
    (job,) = client.jobs(UK.id, ["pending", "in_progress"])
    client.job(job.id)
    client.send_event(job.id, "started")
    entries = [entry_id for entry_id, _ in client.job_items(job.id)]
    list(client.export_items(job.id))
    at = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
    good = ItemResult(entries[0], "successful", exported_at=at, external_id="4711", external_url="https://www.intacct.com/x")
    bad = [ItemResult(each, "failed", failure_type="account_unknown", failure_reason="Account 6900 is gone.") for each in entries[1:9]]
    client.update_items(job.id, [good, *bad, ItemResult(entries[9], "in_progress")])
    client.send_event(job.id, "failed", failure_type="accounting_system_unreachable", failure_reason="Sage Intacct cannot be reached.")
    client.create_job(UK.id, entries[1:3])
    client.look_at_lists(UK.id, tags=True, tax_codes=True)
    return exchanges


class TestPleoRequests:
    def test_are_all_described(self, exchanged):
        for request, _ in exchanged:
            described = operation(request.method, request.path.removeprefix("/pleo"))
            assert set(request.query) <= described.query_names

    def test_have_bodies_as_described(self, exchanged):
        bodies = 0
        for request, _ in exchanged:
            described = operation(request.method, request.path.removeprefix("/pleo"))
            schema = described.body_schema()
            if schema is None:
                assert not request.body
                continue
            bodies += 1
            assert request.headers["content-type"] == "application/json;charset=UTF-8"
            assert body_faults(json.loads(request.body), schema, described.file) == []
        assert bodies == 6

    def test_use_every_call_the_client_has(self, exchanged):
        public = {name for name in vars(PleoClient) if not name.startswith("_")}
        called = {"install", "installation", "activate", "company", "jobs", "job", "send_event", "job_items", "export_items"}

        assert public == called | {"update_items", "create_job", "look_at_lists"}

    @pytest.mark.parametrize(
        "body",
        [
            {"jobId": "no uuid", "event": "started"},
            {"jobId": "6f0c2c1e-0000-4000-8000-000000000000", "event": "cancelled"},
            {"exportJobId": "6f0c2c1e-0000-4000-8000-000000000000", "event": "started"},
        ],
    )
    def test_would_be_found_if_they_were_wrong(self, body):
        described = operation("POST", "/v3/export-job-events")

        assert body_faults(body, described.body_schema(), described.file)

    def test_to_a_path_nobody_described_would_be_found(self):
        with pytest.raises(AssertionError):
            operation("GET", "/v3/export-jobs/1/2/3")


class TestPleoAnswersOfTheSandbox:
    def test_are_as_described(self, exchanged):
        for request, answer in exchanged:
            described = operation(request.method, request.path.removeprefix("/pleo"))
            schema = described.answer_schema(answer.status)
            if schema is None:
                assert not answer.body
            else:
                assert body_faults(json.loads(answer.body), schema, described.file) == []


class TestReference:
    def test_is_said_to_be_missing_before_the_first_test(self, tmp_path):
        command = [sys.executable, "-m", "pytest", "-p", "no:xdist", "--collect-only", "tests/unit/integration/test_money.py"]
        environment = os.environ | {"REFERENCE_DIR": str(tmp_path / "nowhere")}

        said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

        assert said.index("NOT HELD AGAINST THE OFFICIAL DESCRIPTIONS") < said.index("collected")

    @pytest.mark.parametrize(("ci", "expected"), [("true", "failed"), ("", "skipped")])
    def test_is_missed_loudly(self, ci, expected, tmp_path):
        script = (
            "import pytest\nfrom tests.contracts import reference\n"
            "try:\n    reference('pleo')\nexcept BaseException as error:\n    print(type(error).__name__, error)\n"
        )
        environment = os.environ | {"REFERENCE_DIR": str(tmp_path / "nowhere"), "CI": ci}

        said = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True).stdout

        assert said.lower().startswith(expected)
        assert "NOT HELD AGAINST THE OFFICIAL DESCRIPTION" in said
