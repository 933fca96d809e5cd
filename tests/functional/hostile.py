"""Expenses of every kind, in any of the sandbox's worlds, that are as awkward as expenses can be and still be right.

Everything follows from a seed. Nothing here knows the rules: what must stand in the ledger is worked out from the items.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random
from typing import Any

import yaml

from integration.sandbox.books import Books
from integration.sandbox.intacct.objects import put_object, put_rate
from integration.sandbox.intacct.preferences import set_preference
from integration.sandbox.pleo.call import stamp
from integration.sandbox.pleo.entries import add_entry
from integration.sandbox.world import CONFIGURATION, DEFAULT, ENVIRONMENT, UK_COMPANY_ID, US_COMPANY_ID, WORLDS, load_demo_world
from integration.sandbox.world.ledger import account_row, bank_row
from integration.sandbox.world.names import IE, PEOPLE, Company, fixed_id
from integration.sandbox.world.pleo import put_company
from integration.sandbox.world.worlds import World

FR_VAT = "France - VAT"
GAINS = "7900"
INPUT_VAT, OUTPUT_VAT = {"UK01": "2200", "FR01": "2202", "IE01": "2200"}, "2201"
REVERSE = "UK Purchase Services Reverse Charge Input"
CURRENCIES = ("GBP", "EUR", "USD")
# Wallet accounts by entity and currency: each company has wallets in all three, where it keeps foreign currencies.
WALLETS = {
    "UK01": {"GBP": "1050", "EUR": "1051", "USD": "1052"},
    "US01": {"GBP": "1061", "EUR": "1062", "USD": "1060"},
    "FR01": {"GBP": "1071", "EUR": "1070", "USD": "1072"},
    "IE01": {"GBP": "1081", "EUR": "1080", "USD": "1082"},
}
COMPANIES = {
    "UK01": Company(UK_COMPANY_ID, "UK", "Acme UK Ltd", "GB", "09876543", "GBP", "UK01", "demo-pleo-key-uk", WALLETS["UK01"]),
    "US01": Company(US_COMPANY_ID, "US", "Acme US Inc", "US", "84-1234567", "USD", "US01", "demo-pleo-key-us", WALLETS["US01"]),
    "FR01": Company(
        fixed_id("company Acme France SAS"), "UK", "Acme France SAS", "FR", "552100554", "EUR", "FR01", "demo-pleo-key-fr", WALLETS["FR01"]
    ),
    "IE01": replace(IE, contra=WALLETS["IE01"]),
}
_SETTINGS: dict[str, dict[str, Any]] = {
    "UK01": {"offset_lines": "one", "reverse_charge_on_journals": "bill", "default_tax_code": "UK Purchase Goods Zero Rate"},
    "US01": {"offset_lines": "per_line", "default_tax_code": None, "time_zone": "America/New_York"},
    "FR01": {"offset_lines": "one", "default_tax_code": None, "tax_code_pairs": {}, "time_zone": "Europe/Paris"},
    "IE01": {"offset_lines": "one", "default_tax_code": "IE Purchase Zero Rate", "tax_code_pairs": {}, "time_zone": "Europe/Dublin"},
}
# Detail and percent; a reverse charge is for bills.
TAXES = {
    "UK01": (
        ("UK Purchase Goods Standard Rate", 20), ("UK Purchase Services Standard Rate", 20), ("UK Purchase Goods Reduced Rate", 5),
        ("UK Purchase Goods Zero Rate", 0),
    ),
    "FR01": (("FR Purchase Standard Rate", 20), ("FR Purchase Reduced Rate", Decimal("5.5")), ("FR Purchase Zero Rate", 0)),
    "IE01": (
        ("IE Purchase Standard Rate", 23), ("IE Purchase Reduced Rate", Decimal("13.5")), ("IE Purchase Second Reduced Rate", 9),
        ("IE Purchase Zero Rate", 0),
    ),
    "US01": (("UK Purchase Goods Standard Rate", 20),),  # from abroad: the entity has no tax solution
}  # fmt: skip
ACCOUNTS = ("6100", "6150", "6200", "6300", "6400", "6500", "6600", "6700", "6800", " 6100 ")
TAGS = (
    {}, {"DEPARTMENT": "100"}, {"department": "200", "PROJECT": "p-100"}, {"DEPARTMENT": " 300 ", "CLASS": "c-10"}, {"COST_CENTRE": "cc20"},
    {"CLASS": "C-20", "PROJECT": "P-300", "COST_CENTRE": "CC10"},
)  # fmt: skip
TEXTS = (
    "", " ", "Café crème à emporter", "😀" * 90, "]]>", "<b>&amp;</b>", "a\x0bb\x1f", "\u202eevil", "zero\u200bwidth\ufeff",
    "東京堂書店 📚",
    "x" * 3000, "'; drop table ledger; --", "line\r\nbreak\ttab", "\u0085\u2028", "%s {0} ${x}",
)  # fmt: skip
VENDORS = ("V-CLOUD", "V-MASON", "V-RAIL", "V-PAPER", "V-HOTEL", "V-STUDIO", "V-USOFF")
EMPLOYEES = ("E-17", "E-18", "E-40", "E-??", "", None)

# Type and sub type, whether its lines have accounts, the sign Pleo documents (0: it documents none), whether it may have tax.
KINDS: tuple[tuple[str, str, bool, int, bool], ...] = (
    *(("card_purchase", each, True, 1, True) for each in ("", "in_store", "online")),
    *(("card_invoice", each, True, 1, True) for each in ("", "in_store", "online")),
    *(("fee", each, True, 1, True) for each in ("", "fee", "interest", "pleo_invoice")),
    ("fee", "pleo_invoice_refund", True, 0, True),
    *((kind, each, True, 0, True) for kind in ("refund", "chargeback") for each in ("", "in_store", "online")),
    ("cashback", "", True, 0, True),
    ("out_of_pocket", "", True, 1, True),
    ("mileage", "", True, 1, True),
    ("per_diem", "", True, 1, True),
    *(("direct_reimbursement", each, False, 0, False) for each in (
        "", "reimbursement_to_employee", "reimbursement_to_employee_refund", "reimbursement_to_company"
    )),
    *(("external_reimbursement", each, False, 0, False) for each in ("", "reimbursement_to_employee")),
    *(("atm_withdrawal", each, False, 0, False) for each in ("", "atm", "withdrawal")),
    *(("personal_spend", each, False, 0, False) for each in ("", "in_store", "online")),
    *(("invoice", "", True, 1, True) for _ in range(5)),
    *(("invoice_payment", each, False, 1, False) for each in ("", "sent", "bill_invoice_payment_received")),
    *(("invoice_payment", each, False, 1, False) for each in ("returned", "bill_invoice_payment_returned")),
    *(("wallet_topup", each, False, 0, False) for each in ("", "load")),
    *(("wallet_unload", each, False, 0, False) for each in ("", "unload")),
)  # fmt: skip
# What a flag of an account demands, and an element of a line: dimensions, as Pleo's tag groups are called.
_DEMANDS = {"REQUIREDEPT": "DEPARTMENT", "REQUIRECLASS": "CLASS"}
_ELEMENTS = {"PROJECTID": "PROJECT"}
# Which way the wallet goes for an amount of the expected sign; beside it the kinds that do not touch it.
COMES_IN = {"refund", "chargeback", "cashback", "wallet_topup"}
COMES_IN_SUB = {"pleo_invoice_refund", "reimbursement_to_employee_refund", "reimbursement_to_company"}
BESIDE_THE_WALLET = {"out_of_pocket", "mileage", "per_diem", "external_reimbursement", "invoice"}
DOCUMENTED = {(kind, sub) for kind, sub, _, sign, _ in KINDS if sign}


@dataclass
class Group:
    """first_kind: of which kind the first entry of each entity is. items: by entity, then by id, as Pleo holds them.

    unposted: why it must not be posted, by id.
    """

    world: World
    first_kind: int = 0
    items: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    unposted: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.items = {entity: {} for entity in self.bases}

    @property
    def bases(self) -> Mapping[str, str]:
        return self.world.bases

    @property
    def currencies(self) -> tuple[str, ...]:
        return CURRENCIES if self.world.foreign else tuple(set(self.bases.values()))

    def wallets(self, entity: str) -> dict[str, str]:
        return {currency: number for currency, number in WALLETS[entity].items() if currency in self.currencies}

    def balances(self, entity: str) -> dict[tuple[str, str], int]:
        """What the items alone make of wallets, costs and VAT: minor units by (account, currency), a debit is positive."""
        found: dict[tuple[str, str], int] = defaultdict(int)
        for entry_id, item in self.items[entity].items():
            if entry_id in self.unposted:
                continue
            currency, way = item["amount"]["inWalletCurrency"]["currency"], _way(item)
            if item["type"] not in BESIDE_THE_WALLET:
                found[WALLETS[entity][currency], currency] -= way * _total(item)
            for line in item["accountingEntryLines"]:
                if line["account"]:
                    taxes, net = _taxes(entity, item["type"], line)
                    found[line["account"]["code"].strip(), currency] += way * net
                    for account, amount in taxes:
                        found[account, currency] += way * amount
        return found

    def confirmed(self) -> list[list[Any]]:
        """Every sign that Pleo does not document, confirmed as it came."""
        items = [item for each in self.items.values() for item in each.values()]
        found = {(item["type"], item.get("subType", ""), 1 if _total(item) >= 0 else -1) for item in items}
        return [[kind, sub, sign] for kind, sub, sign in sorted(found) if (kind, sub) not in DOCUMENTED]


def _total(item: dict[str, Any]) -> int:
    return int(item["amount"]["inWalletCurrency"]["value"])


def _way(item: dict[str, Any]) -> int:
    """1 where a positive amount leaves the wallet. Where Pleo documents the sign, it says the way; else the kind says it."""
    kind, sub = item["type"], item.get("subType", "")
    if (kind, sub) in DOCUMENTED:
        return 1
    goes_out = kind not in COMES_IN and sub not in COMES_IN_SUB
    return 1 if (_total(item) > 0) == goes_out else -1


def _taxes(entity: str, kind: str, line: dict[str, Any]) -> tuple[list[tuple[str, int]], int]:
    """The VAT of a line by account, and its net."""
    gross = int(line["lineAmount"]["inWalletCurrency"]["value"])
    if not line["tax"] or entity == "US01" or kind in ("per_diem", "cashback"):
        return [], gross
    tax = int(line["tax"]["amount"]["inWalletCurrency"]["value"])
    if line["tax"]["type"] == "reverse":
        return [(INPUT_VAT[entity], tax), (OUTPUT_VAT, -tax)], gross
    return [(INPUT_VAT[entity], tax)], gross - tax


def fill(books: Books, now: datetime, *, seed: int, count: int, world: str = DEFAULT, first_kind: int = 0) -> Group:
    """Fill the books with the world and `count` entries, none of them offered yet."""
    chance = Random(seed)
    load_demo_world(books, now, with_jobs=False, world=world)
    for row in books.all("pleo", "entry"):
        books.delete("pleo", "entry", row["id"])
    group = Group(WORLDS[world], first_kind=first_kind)
    _set_up(books, now, chance, group)
    add(books, now, chance, group, count)
    return group


def add(books: Books, now: datetime, chance: Random, group: Group, count: int) -> None:
    """Add so many entries, which go on with the kinds where the last ones ended."""
    entities, there = list(group.bases), sum(len(items) for items in group.items.values())
    for number in range(there, there + count):
        entity = entities[number % len(entities)]
        kind = KINDS[(group.first_kind + number // len(entities)) % len(KINDS)]
        maker = _Maker(chance, now, entity, number, group)
        raw = maker.item(kind, _payable(group, entity))
        if maker.why:
            group.unposted[raw["accountingEntryId"]] = maker.why
        files = tuple(chance.choice(("pdf", "png", "jpg")) for _ in range(chance.choice((0, 1, 1, 2))))
        add_entry(books, COMPANIES[entity].id, raw, () if kind[0].startswith(("wallet", "direct", "invoice_payment")) else files)
        group.items[entity][raw["accountingEntryId"]] = raw


def _payable(group: Group, entity: str) -> list[dict[str, Any]]:
    """The invoices that are posted and that no payment names yet."""
    paid = {
        item["additionalInformation"]["invoiceInformation"]["invoiceNumber"]
        for item in group.items[entity].values()
        if item["type"] == "invoice_payment"
    }
    return [
        item
        for entry_id, item in group.items[entity].items()
        if item["type"] == "invoice" and entry_id not in group.unposted
        and item["additionalInformation"]["invoiceInformation"]["invoiceNumber"] not in paid
    ]  # fmt: skip


def _set_up(books: Books, now: datetime, chance: Random, group: Group) -> None:
    """Wallets in all currencies, French VAT, a pair of rates for every day, and an account for exchange differences."""
    for entity in group.bases:
        wallets = group.wallets(entity)
        put_company(books, COMPANIES[entity])
        held = {row["GLACCOUNTNO"] for row in books.all("intacct", "CHECKINGACCOUNT")}
        for currency, number in wallets.items():
            if not any(row["ACCOUNTNO"] == number for row in books.all("intacct", "GLACCOUNT")):
                account_row(books, now, number, f"Pleo wallet {entity} {currency}", "balancesheet", "debit", {})
            if number not in held:
                bank_row(books, now, f"CHK-{number}", number, currency, entity)
    account_row(books, now, GAINS, "Exchange differences", "incomestatement", "debit", {})
    set_preference(books, "AP", "GAIN_LOSS_ACCOUNT", GAINS)
    set_preference(books, "AP", "OVERRIDE_POSTING_DATE", "true")
    if "FR01" in group.bases:
        _french_tax(books, now)
    if not group.world.foreign:
        return
    middle = {("EUR", "GBP"): "0.8537", ("USD", "GBP"): "0.794", ("GBP", "USD"): "1.2594", ("EUR", "USD"): "1.0752",
              ("GBP", "EUR"): "1.1713", ("USD", "EUR"): "0.93"}  # fmt: skip
    for back in range(100):
        for (currency, base), rate in middle.items():
            decimals = chance.randint(5, 10)
            moved = Decimal(rate) * (1 + Decimal(chance.randint(-300, 300)) / 10_000) + Decimal(chance.randint(1, 99)).scaleb(-decimals)
            put_rate(books, currency, base, (now - timedelta(days=back)).date(), str(round(moved, decimals)))


def _french_tax(books: Books, now: datetime) -> None:
    account_row(books, now, "2202", "TVA déductible", "balancesheet", "debit", {})
    put_object(books, "TAXSOLUTION", now=now, SOLUTIONID=FR_VAT, DESCRIPTION=FR_VAT, TYPE="Standard", TAXMETHOD="VAT or GST",
               STATUS="Active", SHOWMULTILINETAX="false", GLACCOUNTPURCHASE="2202", GLACCOUNTSALE="2201")  # fmt: skip
    for detail, percent in TAXES["FR01"]:
        put_object(books, "TAXDETAIL", now=now, DETAILID=detail, DESCRIPTION=detail, TAXTYPE="Purchase", VALUE=str(percent),
                   TAXSOLUTIONID=FR_VAT, STATUS="active", REVERSECHARGE="false", GLACCOUNT="2202")  # fmt: skip
    (row,) = [row for row in books.all("intacct", "LOCATIONENTITY") if row["LOCATIONID"] == "FR01"]
    books.put("intacct", "LOCATIONENTITY", row["RECORDNO"], {**row, "TAXSOLUTIONID": FR_VAT})


@dataclass
class _Maker:
    """Makes one item. why: why it must not be posted, "" where it must."""

    chance: Random
    now: datetime
    entity: str
    number: int
    group: Group
    why: str = ""

    def item(self, row: tuple[str, str, bool, int, bool], invoices: list[dict[str, Any]]) -> dict[str, Any]:
        """invoices: those a payment may be of."""
        chance = self.chance
        kind, sub, accounts, documented, taxable = row
        currency = chance.choice(self.group.currencies)
        sign = documented or chance.choice((1, -1))
        paid = chance.choice(invoices) if kind == "invoice_payment" and invoices and chance.randint(0, 3) else None
        if paid:
            whole = paid["amount"]["inWalletCurrency"]
            currency = whole["currency"]
            lines = [self._line(whole["value"], currency, accounts=False, taxable=False)]
        else:
            lines = self._lines(kind, sign, currency, accounts=accounts, taxable=taxable)
        total = sum(line["lineAmount"]["inWalletCurrency"]["value"] for line in lines)
        who = PEOPLE[chance.choice(list(PEOPLE))]
        code = chance.choice(EMPLOYEES)
        item: dict[str, Any] = {
            "accountingEntryId": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            "type": kind,
            "date": stamp(self._moment()),
            "amount": self._both(total, currency),
            "accountingEntryLines": lines,
            "additionalInformation": {"reconciliationId": f"PLEO-{self.number:04}"},
            "note": chance.choice(TEXTS) or None,
            "supplier": {"name": chance.choice(TEXTS), "country": COMPANIES[self.entity].country, "categoryCode": "5999"},
            "user": {"id": who.id, "name": who.name} | ({"code": code} if code is not None else {}),
            "team": {"id": fixed_id("team"), "name": chance.choice(TEXTS)},
        }
        if chance.randint(0, 3) == 0:
            item["amount"]["inSupplierCurrency"] = {"currency": chance.choice(("NOK", "JPY", "BTN")), "value": chance.randint(1, 10**9)}
        if sub:
            item["subType"] = sub
        if chance.randint(0, 2) == 0:
            vendor = chance.choice(VENDORS)
            item["vendor"] = {"id": fixed_id(vendor), "name": chance.choice(TEXTS), "code": vendor, "defaultCurrency": currency}
        if chance.randint(0, 2) == 0:
            item["supplier"]["code"] = chance.choice((*VENDORS, "5411", "no such vendor"))
        if kind in ("invoice", "invoice_payment", "card_invoice"):
            item["additionalInformation"]["invoiceInformation"] = self._invoice(kind, paid)
            if paid:
                item |= {name: paid[name] for name in ("supplier", "vendor") if name in paid}
        if sub in ("returned", "bill_invoice_payment_returned"):
            self.why = "returned payment"
        elif kind == "invoice_payment" and not paid:
            self.why = "missing bill"
        self.why = self.why or self._lacks(lines)
        return item

    def _lacks(self, lines: list[dict[str, Any]]) -> str:
        """Say what the world demands and a line does not have: what can be known before what only a refusal tells."""
        world = self.group.world
        needs = [({_DEMANDS[flag]}, "required dimension", number) for number, flag in world.flags.items()]
        needs += [({_ELEMENTS[element]}, "the company's own rule", number) for number, element, _ in world.rules]
        for kinds, why, number in needs:
            for line in lines:
                of = (line["account"] or {}).get("code", "").strip()
                tags = {tag["groupCode"].upper() for tag in line["tags"] if tag["code"].strip()}
                if of == number and line["lineAmount"]["inWalletCurrency"]["value"] and not kinds <= tags:
                    return why
        return ""

    def _lines(self, kind: str, sign: int, currency: str, *, accounts: bool, taxable: bool) -> list[dict[str, Any]]:
        chance = self.chance
        sizes = [chance.choice((chance.randint(1, 20), chance.randint(1, 10**6), 10**8)) for _ in range(chance.choice((1, 1, 2, 3, 12)))]
        lines = [self._line(sign * size, currency, accounts=accounts, taxable=taxable, kind=kind) for size in sizes]
        room = sum(sizes) - 1
        if accounts and room > 2 and chance.randint(0, 2) == 0:
            lines.append(self._line(-sign * chance.randint(1, room // 2), currency, accounts=True, taxable=taxable, kind=kind))
        if accounts and chance.randint(0, 5) == 0:
            lines.append(self._line(0, currency, accounts=True, taxable=False))
        return lines

    def _line(self, minor: int, currency: str, *, accounts: bool, taxable: bool, kind: str = "") -> dict[str, Any]:
        chance = self.chance
        taxes = TAXES[self.entity]
        tax, net = None, minor
        if taxable and chance.randint(0, 3):
            code, percent = chance.choice(taxes)
            most = int(Decimal(abs(minor)) * percent / (100 + percent))
            amount = chance.choice((most, most, most // 2, 0)) * (1 if minor >= 0 else -1)
            reverse = self.entity == "UK01" and kind in ("card_purchase", "card_invoice", "invoice") and not chance.randint(0, 3)
            if reverse:
                code, percent, amount = REVERSE, 20, int((Decimal(minor) / 5).quantize(Decimal(1), ROUND_HALF_UP))
            tax = {"id": fixed_id(code), "code": code, "rate": float(percent) / 100, "type": "reverse" if reverse else "inclusive"}
            tax["amount"] = self._both(amount, currency)
            net = minor if reverse else minor - amount
        tags = [
            {"id": fixed_id(f"tag {group}"), "groupCode": group, "code": code}
            for group, code in chance.choice(TAGS).items()
        ] if accounts else []  # fmt: skip
        account = chance.choice(ACCOUNTS)
        return {
            "accountingEntryLineId": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            "lineAmount": self._both(minor, currency),
            "netAmount": self._both(net, currency),
            "account": {"id": fixed_id(account), "name": chance.choice(TEXTS), "code": account} if accounts else None,
            "tags": tags,
            "tax": tax,
        }

    def _invoice(self, kind: str, paid: dict[str, Any] | None) -> dict[str, Any]:
        chance = self.chance
        if paid:
            known = paid["additionalInformation"]["invoiceInformation"]
            return {**known, "paymentDate": stamp(self._moment())}
        number = f"INV/{self.number} é&<{'x' * chance.randint(0, 10)}"
        by_bill = kind == "invoice" or (kind == "card_invoice" and self.entity == "FR01")
        if by_bill and chance.randint(0, 3) == 0:
            number = f"{number}{'0' * 31}"
            self.why = "supplier's number too long"
        day = self._moment().date()
        found = {"invoiceNumber": number, "invoiceDate": f"{day.isoformat()}T00:00:00Z", "status": "paid"}
        if chance.randint(0, 1):
            found["dueDate"] = f"{(day + timedelta(days=chance.randint(-3, 60))).isoformat()}T00:00:00Z"
        if kind == "invoice_payment":
            found["paymentDate"] = stamp(self._moment())
        return found

    def _moment(self) -> datetime:
        """Any second of the last eight weeks, often beside midnight or the end of a month."""
        chance = self.chance
        day = self.now - timedelta(days=chance.randint(1, 56))
        if chance.randint(0, 4) == 0:
            day = datetime.combine(date(day.year, day.month, 1) - timedelta(days=chance.randint(0, 1)), day.time(), day.tzinfo)
        hour, minute, second = chance.choice(((0, 0, 0), (0, 0, 1), (23, 59, 59), (12, 0, 0), (4, 30, 0), (21, 59, 59)))
        return day.replace(hour=hour, minute=minute, second=second, microsecond=0)

    @staticmethod
    def _both(minor: int, currency: str) -> dict[str, Any]:
        return {side: {"currency": currency, "value": minor} for side in ("inWalletCurrency", "inSupplierCurrency")}


def configuration(folder: Path, group: Group) -> tuple[Path, dict[str, str]]:
    """Write the configuration file of the world; return it and the environment it reads, but for the two addresses."""
    content = yaml.safe_load(CONFIGURATION.read_text())
    (connection,) = content["connections"]
    template = connection["entities"][0]
    connection["confirmed_directions"] = group.confirmed()
    connection["entities"] = []
    for entity in group.bases:
        company, wallets = COMPANIES[entity], group.wallets(entity)
        banks = {
            currency: {"1050": "CHK-PLEO", "1051": "CHK-EUR", "1060": "CHK-USD"}.get(number, f"CHK-{number}")
            for currency, number in wallets.items()
        }
        of_cards = {
            "method": "accounts_payable" if entity == "FR01" else "journal",
            "pleo_balance_account": wallets,
            "bank_account": banks,
        }
        connection["entities"].append(
            {
                **template,
                "pleo_company_id": company.id,
                "pleo_api_key": f"env:SANDBOX_PLEO_KEY_{entity[:2]}",
                "intacct_entity": entity,
                "card": {**template["card"], **of_cards},
                "invoices": {**template["invoices"], "bank_account": banks},
                **_SETTINGS[entity],
            }
        )
    path = folder / "hostile.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return path, ENVIRONMENT | {f"SANDBOX_PLEO_KEY_{entity[:2]}": company.api_key for entity, company in COMPANIES.items()}
