"""The demo world keeps its promises: good items are postable, bad ones are not, and both say so."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import yaml

from integration.sandbox.books import Books
from integration.sandbox.pleo import PleoSandbox
from integration.sandbox.world import (
    COMPANIES,
    CONFIGURATION,
    ENTRIES,
    ENVIRONMENT,
    EXPECTED_POSTED,
    EXPECTED_PROBLEMS,
    EXPECTED_SKIPPED,
    FIRST_POSTING_DATE,
    UK,
    UK_COMPANY_ID,
    US,
    US_COMPANY_ID,
    entry_id,
    load_demo_world,
    random_item,
)

NOW = datetime(2026, 7, 15, 9, 30, tzinfo=UTC)
ID_FIELDS = {
    "DEPARTMENT": "DEPARTMENTID",
    "CLASS": "CLASSID",
    "PROJECT": "PROJECTID",
    "LOCATION": "LOCATIONID",
    "VENDOR": "VENDORID",
}
CONFIGURED = {each["pleo_company_id"]: each for each in yaml.safe_load(CONFIGURATION.read_text())["connections"][0]["entities"]}


@pytest.fixture(scope="module")
def pleo():
    books = Books()
    load_demo_world(books, NOW)
    return PleoSandbox(books)


def wallet(amount):
    return amount["inWalletCurrency"]["value"]


def problems(books, company, item):
    """Why an item cannot be posted under demo.yaml, found without any code of the application."""
    configured, found = CONFIGURED[company.id], []
    accounts = {row["ACCOUNTNO"]: row for row in books.all("intacct", "GLACCOUNT")}
    if wallet(item["amount"]) != sum(wallet(line["lineAmount"]) for line in item["accountingEntryLines"]):
        found.append("lines do not add up")
    currency = item["amount"]["inWalletCurrency"]["currency"]
    if currency not in configured["card"]["pleo_balance_account"]:
        found.append(f"no account for {currency}")
    day = datetime.fromisoformat(item["date"]).astimezone(ZoneInfo(configured["time_zone"])).date()
    if day < FIRST_POSTING_DATE:
        found.append("before the first posting date")
    for line in item["accountingEntryLines"]:
        tags = {tag["groupCode"]: tag["code"] for tag in line["tags"]}
        account = accounts.get(line["account"]["code"]) if line["account"] else None
        if line["account"] is None:
            found.append("no account")
        elif account is None:
            found.append("unknown account")
        else:
            found += ["inactive account"] * (account["STATUS"] != "active")
            found += ["control account"] * (account["SUBLEDGERCONTROLON"] == "true")
            found += ["account requires a project"] * (account["REQUIREPROJECT"] == "true" and "PROJECT" not in tags)
        for group, code in tags.items():
            field = ID_FIELDS.get(group, "name")
            rows = [row for row in books.all("intacct", group) if row[field].lower() == code.lower()]
            assert group in configured["dimensions"] and len(rows) == 1, (group, code)
            found += [f"inactive {group.lower()}"] * (rows[0].get("STATUS", "active") != "active")
            assert group != "LOCATION" or rows[0]["PARENTID"] == company.entity
        found += _tax_problems(books, line)
    return found


def _tax_problems(books, line):
    gross, net, tax = wallet(line["lineAmount"]), wallet(line["netAmount"]), line["tax"]
    if tax is None:
        assert gross == net
        return []
    (detail,) = [row for row in books.all("intacct", "TAXDETAIL") if row["DETAILID"] == tax["code"]]
    assert (detail["STATUS"], detail["TAXTYPE"]) == ("active", "Purchase")
    assert Decimal(detail["VALUE"]) == Decimal(str(tax["rate"])) * 100
    if tax["type"] == "reverse":
        assert gross == net
        return ["reverse charge"]
    assert net + wallet(tax["amount"]) == gross
    assert abs(wallet(tax["amount"])) <= abs(net) * Decimal(str(tax["rate"])) + 5
    return []


class TestEntries:
    @pytest.mark.parametrize("company", COMPANIES, ids=lambda company: company.prefix)
    def test_have_exactly_the_problems_they_are_said_to_have(self, pleo, company):
        for entry in ENTRIES[company.prefix]:
            item = pleo.entry(entry.id)["item"]

            expected = [EXPECTED_PROBLEMS[entry.id]] if entry.id in EXPECTED_PROBLEMS else []
            assert problems(pleo.books, company, item) == expected, entry.label

    def test_are_as_many_as_was_promised(self):
        assert EXPECTED_POSTED == {UK_COMPANY_ID: 44, US_COMPANY_ID: 12}
        assert len(EXPECTED_PROBLEMS) == 11 and len(EXPECTED_SKIPPED) == 1
        total = sum(EXPECTED_POSTED.values()) + len(EXPECTED_PROBLEMS) + len(EXPECTED_SKIPPED)
        assert total == sum(len(entries) for entries in ENTRIES.values()) == 68

    def test_cover_what_the_first_issue_asks_for(self, pleo):
        items = [pleo.entry(entry.id)["item"] for entries in ENTRIES.values() for entry in entries]
        files = [len(entry.files.split()) for entries in ENTRIES.values() for entry in entries]
        notes = "".join(item["note"] or "" for item in items)

        assert {item["type"] for item in items} == {"card_purchase", "card_invoice", "fee", "out_of_pocket"}
        assert {item.get("subType") for item in items} == {None, "interest"}
        assert set(files) == {0, 1, 2, 3}
        assert "é" in notes and "🍝" in notes and "\x07" in notes
        rates = {line["tax"]["rate"] for item in items for line in item["accountingEntryLines"] if line["tax"]}
        assert rates == {0, 0.05, 0.2}

    def test_skip_nothing_but_zero(self, pleo):
        for each in EXPECTED_SKIPPED:
            item = pleo.entry(each)["item"]
            assert {wallet(line["lineAmount"]) for line in item["accountingEntryLines"]} == {0}

    def test_are_dated_in_the_last_month(self, pleo):
        for entries in ENTRIES.values():
            for entry in entries:
                day = datetime.fromisoformat(pleo.entry(entry.id)["item"]["date"])
                assert entry.day or NOW - timedelta(days=31) < day < NOW, entry.label

    def test_have_amounts_in_whole_cents_in_both_currencies(self, pleo):
        for entries in ENTRIES.values():
            for entry in entries:
                item = pleo.entry(entry.id)["item"]
                sums = {"inWalletCurrency": 0, "inSupplierCurrency": 0}
                for line in item["accountingEntryLines"]:
                    for side in sums:
                        sums[side] += line["lineAmount"][side]["value"]
                        assert isinstance(line["netAmount"][side]["value"], int)
                if "add up" not in entry.problem:
                    assert sums == {side: item["amount"][side]["value"] for side in sums}, entry.label

    def test_fall_on_another_day_where_the_company_is(self, pleo):
        moment = datetime.fromisoformat(pleo.entry(entry_id("US-04"))["item"]["date"])

        assert moment.astimezone(ZoneInfo("America/New_York")).date() == moment.date() - timedelta(days=1)

    def test_name_their_contra_account(self, pleo):
        codes = {entry_id(label): code for label, code in (("UK-01", "1050"), ("UK-49", "1051"), ("US-01", "1060"))}

        assert {each: pleo.entry(each)["item"]["contraAccount"]["code"] for each in codes} == codes
        assert "contraAccount" not in pleo.entry(entry_id("UK-38"))["item"]


class TestLoadDemoWorld:
    def test_leaves_one_job_per_company(self, pleo):
        assert [(job["companyId"], job["status"], job["numberOfItems"]) for job in pleo.jobs()] == [
            (UK.id, "pending", 54),
            (US.id, "pending", 14),
        ]

    def test_does_nothing_the_second_time(self):
        books = Books()
        load_demo_world(books, NOW)
        before = [books.all(side, kind) for side in ("pleo", "intacct") for kind in books.kinds(side)]

        load_demo_world(books, NOW + timedelta(days=1))

        assert [books.all(side, kind) for side in ("pleo", "intacct") for kind in books.kinds(side)] == before

    def test_knows_entities_of_three_base_currencies(self, pleo):
        rows = {row["LOCATIONID"]: row for row in pleo.books.all("intacct", "LOCATIONENTITY")}

        assert (rows["UK01"]["TAXSOLUTIONID"], rows["US01"]["TAXSOLUTIONID"]) == ("United Kingdom - VAT", "")
        assert {row["LOCATIONID"] for row in pleo.books.all("intacct", "LOCATION")} == {
            "UK01",
            "US01",
            "FR01",
            "LDN",
            "MAN",
            "NYC",
            "PAR",
        }
        assert {row["LOCATIONID"]: row["CURRENCY"] for row in rows.values()} == {"UK01": "GBP", "US01": "USD", "FR01": "EUR"}


class TestConfiguration:
    def test_names_the_companies_and_their_accounts(self, pleo):
        accounts = {row["ACCOUNTNO"] for row in pleo.books.all("intacct", "GLACCOUNT")}
        assert set(CONFIGURED) == {UK.id, US.id}
        for configured in CONFIGURED.values():
            assert configured["first_posting_date"] == FIRST_POSTING_DATE == date(2025, 1, 1)
            assert set(configured["card"]["pleo_balance_account"].values()) <= accounts
            assert len(configured["dimensions"]) <= 5

    def test_reads_its_secrets_from_the_environment(self):
        text = CONFIGURATION.read_text()

        assert all(f"env:{name}" in text for name in ENVIRONMENT)
        assert not any(value in text for value in ENVIRONMENT.values())


class TestRandomItem:
    def test_is_good_and_the_same_for_the_same_seed(self, pleo):
        for company in COMPANIES:
            made = [[random_item(random.Random(seed), number, company, NOW) for number in range(60)] for seed in (1, 1)]

            assert made[0] == made[1]
            for item, _ in made[0]:
                assert problems(pleo.books, company, item) == []
