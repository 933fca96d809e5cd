"""The world of all kinds: what it covers, that its good entries can be posted, and that its books then agree."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal as D

import pytest
import yaml

from integration.sandbox.books import Books
from integration.sandbox.http import Request
from integration.sandbox.sandbox import Sandbox
from integration.sandbox.world import (
    ALL_COMPANIES,
    CONFIGURATION,
    CONFIGURATION_ALL,
    ENTRIES,
    ENTRIES_ALL,
    ENVIRONMENT_ALL,
    EXPECTED_PROBLEMS_ALL,
    EXPECTED_SKIPPED_ALL,
    EXPECTED_WAITING_ALL,
    ST,
    UK,
    US,
    entry_id,
    load_all_kinds,
    load_demo_world,
)
from integration.sandbox.world.names import COMPANY_ID, SENDER_ID, SENDER_PASSWORD, USER_ID, USER_PASSWORD
from tests.unit.integration.sandbox.intacct_kit import Reply, control, elements, envelope

NOW = datetime(2026, 7, 15, 9, 30, tzinfo=UTC)
TYPES = {
    "card_purchase", "card_invoice", "fee", "invoice", "invoice_payment", "refund", "chargeback", "cashback", "out_of_pocket", "mileage",
    "per_diem", "direct_reimbursement", "external_reimbursement", "atm_withdrawal", "personal_spend", "wallet_topup", "wallet_unload",
}  # fmt: skip
CONFIGURED = {each["pleo_company_id"]: each for each in yaml.safe_load(CONFIGURATION_ALL.read_text())["connections"][0]["entities"]}
BASES = {"UK01": "GBP", "UK02": "GBP", "US01": "USD"}
OUTPUT = {"UK Purchase Services Reverse Charge Input": "UK Purchase Services Reverse Charge Output"}


@pytest.fixture(scope="module")
def sandbox():
    return Sandbox(world=load_all_kinds, now=NOW)


def good(company):
    return [entry for entry in ENTRIES_ALL[company.prefix] if not entry.problem and not entry.skipped]


def money(both):
    return D(both["inWalletCurrency"]["value"]) / 100


def american(stamp):
    return datetime.fromisoformat(stamp).strftime("%m/%d/%Y")


class Poster:
    """Sends what an item says, by the shortest way: no rule of the application is asked."""

    def __init__(self, sandbox, entity):
        self.sandbox = sandbox
        self.base = BASES[entity]
        self.session = ""
        login = elements(userid=USER_ID, companyid=COMPANY_ID, password=USER_PASSWORD)
        reply = self.send(f"<getAPISession><locationid>{entity}</locationid></getAPISession>", f"<login>{login}</login>")
        self.session = reply.text("operation/result/data/api/sessionid")

    def send(self, function, authentication=""):
        head = control(senderid=SENDER_ID, password=SENDER_PASSWORD)
        body = envelope(
            f'<function controlid="c">{function}</function>', head=head,
            authentication=authentication or f"<sessionid>{self.session}</sessionid>",
        )  # fmt: skip
        request = Request("POST", "/ia/xml/xmlgw.phtml", headers={"content-type": "application/xml"}, body=body.encode())
        return Reply(self.sandbox.handle(request, NOW))

    def bill(self, item, entity, vendor, number, day):
        lines = "".join(self._line(line, entity) for line in item["accountingEntryLines"])
        head = elements(
            VENDORID=vendor, WHENCREATED=day, WHENDUE=day, RECORDID=number, CURRENCY=item["amount"]["inWalletCurrency"]["currency"],
            BASECURR=BASES[entity],
        )  # fmt: skip
        reply = self.send(f"<create><APBILL>{head}<APBILLITEMS>{lines}</APBILLITEMS></APBILL></create>")
        assert reply.statuses == ["success"], (item["additionalInformation"], reply.errors)
        return reply.text("operation/result/data/apbill/RECORDNO")

    def _line(self, line, entity):
        gross, tax = money(line["lineAmount"]), line["tax"] if entity != "US01" else None
        tags = {tag["groupCode"]: tag["code"] for tag in line["tags"]}
        taxes, net = "", gross
        if tax and tax["type"] == "reverse":
            pair = ((tax["code"], money(tax["amount"])), (OUTPUT[tax["code"]], -money(tax["amount"])))
            taxes = "".join(f"<TAXENTRY>{elements(DETAILID=code, TRX_TAX=str(amount))}</TAXENTRY>" for code, amount in pair)
        elif tax:
            net = gross - money(tax["amount"])
            taxes = f"<TAXENTRY>{elements(DETAILID=tax['code'], TRX_TAX=str(money(tax['amount'])))}</TAXENTRY>"
        values = elements(
            ACCOUNTNO=line["account"]["code"], TRX_AMOUNT=str(net), LOCATIONID=entity, DEPARTMENTID=tags.get("DEPARTMENT"),
            PROJECTID=tags.get("PROJECT"),
        )  # fmt: skip
        return f"<APBILLITEM>{values}{f'<TAXENTRIES>{taxes}</TAXENTRIES>' if taxes else ''}</APBILLITEM>"

    def payment(self, item, bank, vendor, bill, day):
        amount = item["amount"]["inWalletCurrency"]
        head = elements(
            FINANCIALENTITY=bank, PAYMENTMETHOD="EFT", VENDORID=vendor, PAYMENTDATE=day, CURRENCY=amount["currency"], BASECURR=self.base,
        )  # fmt: skip
        detail = f"<APPYMTDETAIL>{elements(RECORDKEY=bill, TRX_PAYMENTAMOUNT=str(money(item['amount'])))}</APPYMTDETAIL>"
        return self.send(f"<create><APPYMT>{head}<APPYMTDETAILS>{detail}</APPYMTDETAILS></APPYMT></create>")


@pytest.fixture(scope="module")
def posted(sandbox):
    """The sandbox after every good card expense of Acme Studio, and every good invoice and payment of all, was posted."""
    invoices = {}
    for company in ALL_COMPANIES:
        poster = Poster(sandbox, company.entity)
        banks = CONFIGURED[company.id]["invoices"]["bank_account"]
        for entry in sorted(good(company), key=lambda entry: (entry.type == "invoice_payment", entry.job)):
            item = sandbox.pleo.entry(entry.id)["item"]
            total, vendor = money(item["amount"]), entry.vendor or entry.supplier or "V-PLEO"
            bank = banks.get(item["amount"]["inWalletCurrency"]["currency"])
            information = item["additionalInformation"].get("invoiceInformation")
            if entry.type == "invoice":
                number, day = information["invoiceNumber"], american(information["invoiceDate"])
                invoices[number] = poster.bill(item, company.entity, vendor, number, day)
            elif entry.type == "invoice_payment":
                key = invoices[information["invoiceNumber"]]
                reply = poster.payment(item, bank, vendor, key, american(information["paymentDate"]))
                assert reply.statuses == ["failure" if "approval" in entry.waits else "success"], reply.errors
            elif company is ST and entry.type.startswith("card_") and total > 0:
                number = information["invoiceNumber"] if information else f"KEY{entry.label}"
                day = american(information["invoiceDate"] if information else item["date"])
                key = poster.bill(item, company.entity, vendor, number, day)
                reply = poster.payment(item, bank, vendor, key, american(item["date"]))
                assert reply.statuses == ["failure" if entry.waits else "success"], reply.errors
    return sandbox


class TestWorldOfAllKinds:
    def test_has_every_type_and_both_wallets_in_its_good_entries(self):
        types = {company.prefix: {entry.type for entry in good(company)} for company in ALL_COMPANIES}

        assert set().union(*types.values()) == TYPES and types["ST"] == TYPES
        assert types["UK"] == TYPES
        assert {entry.wallet for entry in good(ST)} == {"", "EUR"}
        subs = {(entry.type, entry.sub_type) for company in ALL_COMPANIES for entry in good(company) if "reimbursement" in entry.type}
        assert {sub for _, sub in subs} == {
            "", "reimbursement_to_employee", "reimbursement_to_employee_refund", "reimbursement_to_company",
        }  # fmt: skip

    def test_leaves_the_first_jobs_as_they_are(self, sandbox):
        first = Books()
        load_demo_world(first, NOW)

        for row in first.all("pleo", "entry"):
            assert sandbox.pleo.entry(row["id"])["item"] == row["item"]
        for company in (UK, US):
            jobs = sandbox.pleo.jobs(company.id)
            assert jobs[0]["numberOfItems"] == len(ENTRIES[company.prefix])
            assert [job["vendorBasedBookkeeping"] for job in jobs] == [False] * len(jobs)
        assert [len(sandbox.pleo.jobs(company.id)) for company in ALL_COMPANIES] == [3, 2, 1]
        assert sandbox.pleo.jobs(ST.id)[0]["vendorBasedBookkeeping"] is True

    def test_labels_each_entry_once(self):
        labels = [entry.label for entries in ENTRIES_ALL.values() for entry in entries]

        assert len(labels) == len(set(labels))
        assert len(EXPECTED_PROBLEMS_ALL) == 11 + 8 + 5 and len(EXPECTED_SKIPPED_ALL) == 2 and len(EXPECTED_WAITING_ALL) == 4

    def test_adds_up(self, sandbox):
        for entries in ENTRIES_ALL.values():
            for entry in entries:
                item = sandbox.pleo.entry(entry.id)["item"]
                if "add up" not in entry.problem:
                    for side in ("inWalletCurrency", "inSupplierCurrency"):
                        total = sum(line["lineAmount"][side]["value"] for line in item["accountingEntryLines"])
                        assert total == item["amount"][side]["value"], entry.label

    def test_tells_about_invoices_and_reimbursements(self, sandbox):
        payment = sandbox.pleo.entry(entry_id("UK-78"))["item"]["additionalInformation"]["invoiceInformation"]
        assert (payment["invoiceNumber"], payment["status"]) == ("INV-4711", "paid")
        assert payment["paymentDate"].startswith("2026-07-11")
        assert sandbox.pleo.entry(entry_id("UK-68"))["item"]["additionalInformation"]["reconciledEntries"] == ["PLEO-UK-38", "PLEO-UK-65"]
        assert sandbox.pleo.entry(entry_id("ST-01"))["item"]["bookkeeping"] == {"method": "accounts_payable"}
        tax = sandbox.pleo.entry(entry_id("US-31"))["item"]["accountingEntryLines"][0]["tax"]
        assert (tax["ingoingTaxAccount"], tax["outgoingTaxAccount"]) == ("2200", "2201")

    def test_offers_a_payment_before_its_bill(self):
        jobs = {entry.label: entry.job for entry in ENTRIES_ALL["UK"]}

        assert jobs["UK-80"] < jobs["UK-90"]


class TestConfigurationOfAllKinds:
    def test_differs_by_one_company_only(self):
        first = yaml.safe_load(CONFIGURATION.read_text())["connections"][0]
        every = yaml.safe_load(CONFIGURATION_ALL.read_text())["connections"][0]

        assert every.pop("entities")[:2] == first.pop("entities") and every == first
        assert {entity["pleo_company_id"] for entity in CONFIGURED.values()} == {company.id for company in ALL_COMPANIES}

    def test_names_banks_whose_account_is_the_balance_account(self, sandbox):
        banks = {row["BANKACCOUNTID"]: row for row in sandbox.books.all("intacct", "CHECKINGACCOUNT")}
        for company in ALL_COMPANIES:
            card = CONFIGURED[company.id]["card"]
            for currency, bank in card["bank_account"].items():
                assert (banks[bank]["CURRENCY"], banks[bank]["LOCATIONID"]) == (currency, company.entity)
                assert banks[bank]["GLACCOUNTNO"] == card["pleo_balance_account"][currency] == company.contra[currency]

    def test_reads_its_secrets_from_the_environment(self):
        text = CONFIGURATION_ALL.read_text()

        assert all(f"env:{name}" in text for name in ENVIRONMENT_ALL)
        assert not any(value in text for value in ENVIRONMENT_ALL.values())


class TestBooks:
    def test_leave_nothing_open_but_what_waits(self, posted):
        assert [bill["vendor"] for bill in posted.intacct.bills() if bill["due"]] == ["V-AUDIT", "V-AUDIT"]
        for company in ALL_COMPANIES:
            assert posted.intacct.open_bills(company.entity) == []
            assert posted.intacct.payables_balance(company.entity) == 0

    def test_agree_with_what_pleo_has_paid(self, posted):
        paid = defaultdict(D)
        for entry in good(ST):
            item = posted.pleo.entry(entry.id)["item"]
            card = entry.type.startswith("card_") and money(item["amount"]) > 0
            if (card or entry.type == "invoice_payment") and not entry.waits:
                paid[item["amount"]["inWalletCurrency"]["currency"]] += money(item["amount"])
        lines = [line for each in posted.intacct.ledger("AP") if each["entity"] == "UK02" for line in each["lines"]]

        for currency, account in ST.contra.items():
            assert -sum(line["amount"] for line in lines if line["account"] == account) == -paid[currency]
        assert posted.intacct.account_balance("UK02", "7900") == 0

    def test_give_the_boxes_of_the_return(self, posted):
        boxes = dict.fromkeys((1, 4, 6, 7), D(0))
        for entry in good(ST):
            item = posted.pleo.entry(entry.id)["item"]
            card = entry.type.startswith("card_") and money(item["amount"]) > 0
            if not (card or entry.type == "invoice") or entry.waits:
                continue
            rate = D("0.853714") if entry.wallet == "EUR" else D(1)
            for line in item["accountingEntryLines"]:
                tax = line["tax"]
                if not tax:
                    continue
                amount = money(tax["amount"])
                reverse = tax["type"] == "reverse"
                boxes[4] += amount * rate
                boxes[7] += ((money(line["lineAmount"]) - (0 if reverse else amount)) * rate).quantize(D("0.01"))
                if reverse:
                    boxes[1] += amount * rate
                    boxes[6] += money(line["lineAmount"]) * rate

        assert posted.intacct.vat_boxes("UK02") == boxes
        assert boxes[1] == D("20.00")

    def test_balance_after_the_approval_too(self, posted):
        for bill in posted.intacct.bills():
            if bill["state"] == "Submitted":
                posted.intacct.approve("APBILL", bill["recordno"], NOW)

        assert posted.intacct.payables_balance("UK01") == D("600.00")
        assert posted.intacct.payables_balance("UK02") == D("240.00")
        for company in ALL_COMPANIES:
            due = sum(bill["base_due"] for bill in posted.intacct.open_bills(company.entity))
            assert due == posted.intacct.payables_balance(company.entity)
