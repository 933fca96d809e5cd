"""A campaign in a company that keeps payables: bills, their payments, approvals, files that come later, invoices paid in parts.

What must stand in the ledger in the end is worked out from Pleo's items alone.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from integration.sandbox.world import EXPECTED_PROBLEMS_ALL, ST, UK, Entry, build_item, entry_id
from integration.sandbox.world.names import Company
from tests.faults.campaign import Campaign

Item = dict[str, Any]
CARD = ("card_purchase", "card_invoice")
# What does not move the wallet: money of employees, and bills before they are paid.
BESIDE_THE_WALLET = ("out_of_pocket", "invoice")
INPUT_VAT, OUTPUT_VAT = "2200", "2201"
_VENDORS = (("Northern Rail", "V-RAIL"), ("Quill & Paper", "V-PAPER"), ("Cloudlane Ltd", "V-CLOUD"), ("Lantern Studios", "V-STUDIO"))
_APPROVED = ("Slow & Sure Auditors", "V-AUDIT")  # every bill of theirs waits for approval
_TAXES = {"GBP": ("svc", "goods", "red", "zero", "-", "rc"), "EUR": ("-", "zero")}


class PayablesCampaign(Campaign):
    companies = ((ST, 0.8), (UK, 0.2))
    bad: ClassVar[dict[str, list[str]]] = {
        ST.id: [entry_id(label) for label in ("ST-38", "ST-39", "ST-40", "ST-41")],
        UK.id: [entry_id("UK-46")],
    }
    expected_problems = EXPECTED_PROBLEMS_ALL
    matching = ("", "<GLBATCH>", "create_supdoc>", "<create><APBILL>", "<create><APPYMT>", "<update><APBILL>", "<object>APBILL", "APPYMT")

    def new_entries(self, company: Company) -> list[str]:
        if company is UK:
            return super().new_entries(company)
        made = []
        for _ in range(self.chance.randint(1, 4)):
            self.number += 1
            for entry in spend(self.chance, self.number):
                item = build_item(entry, company, self.rig.clock())
                made.append(self.rig.sandbox.pleo.add_entry(company.id, item, tuple(entry.files.split())))
        # What belongs together comes together, or the payment first, or one of them much later, or never.
        self.chance.shuffle(made)
        return made[: self.chance.randint(1, len(made))]

    def some_of_before(self, company: Company) -> list[str]:
        """Some that were offered before, now and then with a file more."""
        again = super().some_of_before(company)
        for entry in again if company is ST else ():
            if self.chance.random() < 0.5:
                self.rig.sandbox.pleo.change_entry(entry, files=("pdf", self.chance.choice(("jpg", "png"))))
                self.did["files later"] += 1
        return again

    def time_goes_by(self) -> None:
        """Minutes, sometimes more than the hour after which an approval is looked for; somebody may approve meanwhile."""
        super().time_goes_by()
        if self.chance.random() < 0.3:
            self.approve(self.chance.randint(1, 3))
        if self.chance.random() < 0.15:
            self.forward(3700)

    def approve(self, at_most: int) -> None:
        for bill in [bill for bill in self.rig.sandbox.intacct.bills() if bill["state"] == "Submitted"][:at_most]:
            self.rig.sandbox.intacct.approve("APBILL", bill["recordno"], self.rig.clock())
            self.did["approved"] += 1

    def export_the_rest_again(self) -> None:
        """A person approves what waits, has what was refused tried again, and exports again what Pleo does not hold as successful."""
        from exports.models import ExportRecord

        self.approve(10_000)
        for record in ExportRecord.objects.needing_a_person():
            if "try_again" in record.decisions:
                record.try_again(by=None, now=self.rig.clock())
                self.did["tried again"] += 1
        self.rig.forward(3700)
        super().export_the_rest_again()
        self.rig.forward(3700)
        self.settle()

    # What Pleo offered, and what must have become of it

    def items(self, company: Company) -> dict[str, Item]:
        return {entry: self.rig.sandbox.pleo.entry(entry)["item"] for entry in self.known() if self.owner(entry) == company.id}

    def known(self) -> list[str]:
        """A payment whose invoice Pleo never offered waits for it, and is not in the ledger."""
        known = super().known()
        numbers = {number(self.item(entry)) for entry in known if self.item(entry)["type"] == "invoice"}
        return [entry for entry in known if self.item(entry)["type"] != "invoice_payment" or number(self.item(entry)) in numbers]

    def item(self, entry: str) -> Item:
        found: Item = self.rig.sandbox.pleo.entry(entry)["item"]
        return found

    def in_the_ledger(self) -> int:
        by_bill = sum(item["type"] in CARD for item in self.items(ST).values())
        return len(self.known()) + by_bill

    def check(self) -> None:
        super().check()
        items = self.items(ST)
        bills, payments = self.rig.sandbox.intacct.bills(), self.rig.sandbox.intacct.payments()
        assert Counter(map(worth, bills)) == Counter(offered(item) for item in items.values() if item["type"] in (*CARD, "invoice"))
        paid = Counter((payment["currency"], payment["amount"]) for payment in payments)
        assert paid == Counter(offered(item) for item in items.values() if item["type"] in (*CARD, "invoice_payment"))
        self.check_each_invoice(items, bills)
        self.check_books(items)
        self.check_files()

    def check_each_invoice(self, items: Mapping[str, Item], bills: Iterable[Mapping[str, Any]]) -> None:
        """Under the supplier's number stands one bill, of Pleo's amount, with what Pleo paid of it; a card bill is paid whole."""
        owed: dict[str, Decimal] = defaultdict(Decimal)
        for item in items.values():
            if item["type"] in ("invoice", "card_invoice"):
                owed[number(item)] += money(item["amount"]) if item["type"] == "invoice" else 0
            elif item["type"] == "invoice_payment":
                owed[number(item)] -= money(item["amount"])
        due: dict[str, Decimal] = {}
        for bill in bills:
            assert bill["number"] not in due, f"two bills are numbered {bill['number']}"
            due[bill["number"]] = bill["due"]
        assert {name: due.pop(name) for name in owed} == owed
        assert not any(due.values()), "a card bill is open"

    def check_books(self, items: Mapping[str, Item]) -> None:
        """Each wallet, each cost account and the input tax hold what the items alone give."""
        expected: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for item in items.values():
            currency = item["amount"]["inWalletCurrency"]["currency"]
            if item["type"] not in BESIDE_THE_WALLET:
                expected[ST.contra[currency], currency] -= money(item["amount"])
            for line in item["accountingEntryLines"] if item["type"] != "invoice_payment" else ():
                tax = money(line["tax"]["amount"]) if line["tax"] else Decimal(0)
                reverse = bool(line["tax"]) and line["tax"]["type"] == "reverse"
                expected[line["account"]["code"], currency] += money(line["lineAmount"]) - (0 if reverse else tax)
                expected[INPUT_VAT, currency] += tax
                expected[OUTPUT_VAT, currency] -= tax if reverse else 0
        held: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for entry in self.rig.sandbox.intacct.ledger():
            for line in entry["lines"] if entry["entity"] == ST.entity else ():
                held[line["account"], line["currency"]] += line["amount"] if line["side"] == "debit" else -line["amount"]
        assert {key: held[key] for key in expected} == expected

    def check_files(self) -> None:
        """No file of a bill is forgotten: it is in Intacct, or listed with the reason."""
        from exports.models import Receipt

        forgotten = Receipt.objects.filter(record__documents__kind="bill", record__documents__state="CONFIRMED", state="FETCHED")
        assert not forgotten.exists(), [self.rig.story((each.record.documents.get(kind="bill").key, "")) for each in forgotten]


def spend(chance: random.Random, serial: int) -> list[Entry]:
    """Entries that belong together: a purchase, something that comes back, or an invoice with its payments."""
    what = chance.choice(("card_purchase", "card_purchase", "card_invoice", "invoice", "invoice", "refund", "out_of_pocket"))
    wallet = "EUR" if what != "out_of_pocket" and chance.random() < 0.25 else "GBP"
    sign = -1 if what == "refund" else 1
    taxes = _TAXES[wallet] if what in (*CARD, "invoice") else _TAXES[wallet][:3]
    parts = [chance.randint(100, 40_000) for _ in range(chance.choice((1, 1, 2, 3)))]
    lines = " | ".join(
        f"{chance.choice(('6100', '6200', '6300', '6600', '6800'))} {Decimal(sign * part) / 100:.2f} {chance.choice(taxes)} dep=100"
        for part in parts
    )
    merchant, vendor = chance.choice((*_VENDORS, _APPROVED))
    named: dict[str, Any] = {"wallet": wallet, "merchant": merchant, "who": chance.choice(("gia", "hugo")), "vendor": vendor}
    named |= {"method": "accounts_payable", "files": chance.choice(("pdf", "pdf jpg", "")), "days": chance.randint(10, 25)}
    if what in ("card_invoice", "invoice"):
        named |= {"invoice": (f"N-{serial}", 26), "paid": 5}
    made = [Entry(label=f"ST-R{serial}", type=what, lines=lines, **named)]
    if what == "invoice":
        total = sum(parts)
        first = chance.choice((total, total, total // 2))
        named["files"] = ""
        for part, minor in enumerate(filter(None, (first, total - first))):
            payment = f"- {Decimal(minor) / 100:.2f} -"
            made.append(Entry(label=f"ST-R{serial}-{part}", type="invoice_payment", lines=payment, **named))
    return made


def number(item: Item) -> str:
    return str(item["additionalInformation"]["invoiceInformation"]["invoiceNumber"])


def money(both: Mapping[str, Any]) -> Decimal:
    return Decimal(both["inWalletCurrency"]["value"]) / 100


def offered(item: Item) -> tuple[str, Decimal]:
    return item["amount"]["inWalletCurrency"]["currency"], money(item["amount"])


def worth(bill: Mapping[str, Any]) -> tuple[str, Decimal]:
    return bill["currency"], bill["total"]
