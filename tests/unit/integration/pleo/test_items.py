import copy
import json
from decimal import Decimal
from typing import Any

import pytest

from integration.money import Money
from integration.pleo.items import MalformedItem, parse_item


def both(minor: int, currency: str = "GBP") -> dict[str, Any]:
    return {
        "inWalletCurrency": {"currency": currency, "value": minor},
        "inSupplierCurrency": {"currency": "USD", "value": minor + 1},
    }


ITEM: dict[str, Any] = {
    "accountingEntryId": "e-1",
    "companyId": "c-1",
    "type": "card_invoice",
    "subType": "online",
    "date": "2026-03-09T12:00:00.123Z",
    "amount": both(12000),
    "accountingEntryLines": [
        {
            "accountingEntryLineId": "l-1",
            "lineAmount": both(12000),
            "netAmount": both(10000),
            "account": {"id": "a", "name": "Travel", "code": "6100"},
            "tags": [{"id": "t", "groupCode": "DEPARTMENT", "code": "200"}],
            "tax": {"id": "x", "code": "STD", "rate": 0.2, "type": "INCLUSIVE", "amount": both(2000)},
        }
    ],
    "additionalInformation": {
        "reconciliationId": "B-1",
        "attendees": ["Grace", None, ""],
        "invoiceInformation": {"invoiceNumber": "INV-1", "invoiceDate": "2026-03-01T00:00:00Z", "dueDate": None, "status": "paid"},
    },
    "vendor": {"id": "v", "name": "Trainline", "code": None, "externalId": "V-100"},
    "supplier": None,
    "user": {"id": "u", "name": "Ada Byron"},
    "team": {"id": "t", "name": "Sales", "code": "SALES"},
    "contraAccount": {"id": "k", "name": "Wallet", "code": "1050"},
    "files": [{"url": "https://files.example/1"}, {"url": "https://files.example/2", "type": "application/pdf", "size": 12}],
    "_links": {"web": {"exportItem": {"href": "https://app.example/e-1"}}},
}


def raw(path: str = "", value: Any = None) -> dict[str, Any]:
    """ITEM as JSON gives it, with one place changed: "accountingEntryLines.0.tax" …"""
    changed = copy.deepcopy(ITEM)
    if path:
        *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        here: Any = changed
        for step in way:
            here = here[step]
        here[last] = value
    return json.loads(json.dumps(changed), parse_float=Decimal)


class TestParseItem:
    def test_reads_all_that_is_posted(self):
        item = parse_item(raw())

        assert item.amount == Money(Decimal("120.00"), "GBP")
        assert item.supplier_amount == Money(Decimal("120.01"), "USD")
        assert (item.type, item.sub_type, item.currency) == ("card_invoice", "online", "GBP")
        assert item.booked_at.isoformat() == "2026-03-09T12:00:00.123000+00:00"
        [line] = item.lines
        assert (line.account_code, line.tags[0].code, line.net) == ("6100", "200", Money(Decimal("100.00"), "GBP"))
        assert (item.vendor.external_id, item.vendor.code, item.merchant) == ("V-100", "", "")
        assert (item.invoice.number, item.invoice.due_date) == ("INV-1", None)
        assert (item.attendees, item.contra_account_code, item.link) == (("Grace",), "1050", "https://app.example/e-1")
        assert [(file.type, file.size) for file in item.files] == [("", None), ("application/pdf", 12)]

    @pytest.mark.parametrize(("rate", "percent"), [(0.2, 20), (0.08875, "8.875"), (0.135, "13.5"), (0, 0), ("0.05", 5)])
    def test_reads_a_rate_as_percent(self, rate, percent):
        tax = parse_item(raw("accountingEntryLines.0.tax.rate", rate)).lines[0].tax

        assert tax.rate == Decimal(percent)
        assert tax.type == "inclusive"

    @pytest.mark.parametrize(
        "path", ["accountingEntryLines.0.account", "accountingEntryLines.0.tax", "vendor", "user", "team", "files", "_links"]
    )
    def test_does_without_what_pleo_may_leave_out(self, path):
        parse_item(raw(path, None))

    @pytest.mark.parametrize(
        ("path", "value", "named"),
        [
            ("accountingEntryId", None, "accountingEntryId is missing"),
            ("date", "yesterday", "date is not a date-time"),
            ("date", "2026-03-09T12:00:00", "date has no time zone"),
            ("amount.inWalletCurrency.value", 120.5, "amount.inWalletCurrency"),
            ("amount.inWalletCurrency.value", "a lot", "amount.inWalletCurrency"),
            ("amount.inWalletCurrency.value", True, "amount.inWalletCurrency"),
            ("amount.inWalletCurrency.currency", "", "currency is missing"),
            ("accountingEntryLines", None, "accountingEntryLines is not a list"),
            ("accountingEntryLines.0", "line", r"accountingEntryLines\[0\] is not an object"),
            ("accountingEntryLines.0.tax.rate", None, r"accountingEntryLines\[0\].tax.rate"),
            ("additionalInformation", None, "additionalInformation is not an object"),
        ],
    )
    def test_names_what_is_wrong(self, path, value, named):
        with pytest.raises(MalformedItem, match=named):
            parse_item(raw(path, value))

    def test_refuses_a_float(self):
        with pytest.raises(MalformedItem, match="not an exact number"):
            parse_item({**ITEM, "accountingEntryLines": [ITEM["accountingEntryLines"][0]]})


class TestFingerprint:
    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("type", "card_purchase"),
            ("date", "2026-03-10T12:00:00Z"),
            ("amount.inWalletCurrency.value", 12001),
            ("amount.inWalletCurrency.currency", "EUR"),
            ("accountingEntryLines.0.account.code", "6200"),
            ("accountingEntryLines.0.netAmount.inWalletCurrency.value", 9999),
            ("accountingEntryLines.0.tax", None),
            ("accountingEntryLines.0.tax.code", "RED"),
            ("accountingEntryLines.0.tags", []),
            ("vendor.externalId", "V-200"),
            ("additionalInformation.invoiceInformation.invoiceNumber", "INV-2"),
            ("additionalInformation.invoiceInformation.dueDate", "2026-04-01T00:00:00Z"),
        ],
    )
    def test_changes_with_what_is_posted(self, path, value):
        assert parse_item(raw(path, value)).fingerprint() != parse_item(raw()).fingerprint()

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("note", "another note"),
            ("files", []),
            ("_links", {}),
            ("user.name", "Someone"),
            ("accountingEntryLines.0.accountingEntryLineId", "l-2"),
            ("accountingEntryLines.0.account.name", "Trips"),
            ("accountingEntryLines.0.tags.0.code", "200"),
            ("accountingEntryLines.0.tags.0.groupCode", "department"),
            ("additionalInformation.invoiceInformation.status", "scheduled"),
            ("additionalInformation.invoiceInformation.paymentDate", "2026-03-20T00:00:00Z"),
        ],
    )
    def test_stays_with_the_rest(self, path, value):
        assert parse_item(raw(path, value)).fingerprint() == parse_item(raw()).fingerprint()

    def test_knows_the_payment_date_of_an_invoice_payment(self):
        payment = raw("type", "invoice_payment")
        later = copy.deepcopy(payment)
        later["additionalInformation"]["invoiceInformation"]["paymentDate"] = "2026-03-20T00:00:00Z"

        assert parse_item(payment).fingerprint() != parse_item(later).fingerprint()


class TestDays:
    @pytest.mark.parametrize(
        ("written", "read"),
        [
            ("2026-02-20", "2026-02-20T00:00:00+00:00"),
            ("2026-03-31", "2026-03-31T00:00:00+00:00"),
            ("2026-02-20T00:00:00Z", "2026-02-20T00:00:00+00:00"),
            ("2026-02-20T23:30:00+02:00", "2026-02-20T23:30:00+02:00"),
        ],
    )
    def test_of_an_invoice_may_come_without_a_time(self, written, read):
        invoice = parse_item(raw("additionalInformation.invoiceInformation.dueDate", written)).invoice

        assert invoice.due_date.isoformat() == read

    @pytest.mark.parametrize("written", ["2026-02-30", "2026-02-20T00:00:00", "20 Feb"])
    def test_must_be_days(self, written):
        with pytest.raises(MalformedItem, match=r"additionalInformation\.invoiceInformation\.invoiceDate"):
            parse_item(raw("additionalInformation.invoiceInformation.invoiceDate", written))


class TestTaxAccounts:
    def test_are_read_where_pleo_gives_them(self):
        tax = {**ITEM["accountingEntryLines"][0]["tax"], "ingoingTaxAccount": "2200", "outgoingTaxAccount": None}

        read = parse_item(raw("accountingEntryLines.0.tax", tax)).lines[0].tax

        assert (read.input_account, read.output_account) == ("2200", "")


class TestACode:
    """Typed or pasted in Pleo, with blanks around it or characters nobody sees: the code is what stands between them."""

    @pytest.mark.parametrize(
        ("path", "read"),
        [
            ("accountingEntryLines.0.account.code", lambda item: item.lines[0].account_code),
            ("accountingEntryLines.0.tax.code", lambda item: item.lines[0].tax.code),
            ("accountingEntryLines.0.tax.ingoingTaxAccount", lambda item: item.lines[0].tax.input_account),
            ("accountingEntryLines.0.tax.outgoingTaxAccount", lambda item: item.lines[0].tax.output_account),
            ("accountingEntryLines.0.tags.0.groupCode", lambda item: item.lines[0].tags[0].group_code),
            ("accountingEntryLines.0.tags.0.code", lambda item: item.lines[0].tags[0].code),
            ("vendor.code", lambda item: item.vendor.code),
            ("vendor.externalId", lambda item: item.vendor.external_id),
            ("supplier", lambda item: item.supplier_code),
            ("user.code", lambda item: item.employee_code),
            ("team.code", lambda item: item.team_code),
            ("contraAccount.code", lambda item: item.contra_account_code),
        ],
    )
    @pytest.mark.parametrize("written", [" X 1 ", "\tX 1\n", "\u00a0X 1\u200b", "\ufeffX 1"])
    def test_is_read_without_what_stands_around_it(self, path, read, written):
        value = {"name": "Trainline", "code": written} if path == "supplier" else written

        assert read(parse_item(raw(path, value))) == "X 1"

    def test_of_nothing_but_blanks_is_none(self):
        assert parse_item(raw("accountingEntryLines.0.account.code", "  ")).lines[0].account_code == ""

    def test_of_a_tag_must_not_be_blank(self):
        with pytest.raises(MalformedItem, match=r"tags\[0\].code is missing"):
            parse_item(raw("accountingEntryLines.0.tags.0.code", " "))


class TestAnOddItem:
    @pytest.mark.parametrize(
        ("path", "value", "said"),
        [
            ("amount.inWalletCurrency.value", "1e999999", "larger than any amount"),
            ("amount.inWalletCurrency.value", "1e-999999", "not a whole number"),
            ("amount.inWalletCurrency.value", "0e999999", "not a whole number"),
            ("amount.inWalletCurrency.value", 10**19, "larger than any amount"),
            ("amount.inWalletCurrency.value", "1E+20", "larger than any amount"),
            ("amount.inWalletCurrency.value", "sNaN", "not a whole number"),
            ("amount.inWalletCurrency.value", "9" * 5_000, "not a number"),
            ("amount.inWalletCurrency.currency", "G" * 40, "not a currency"),
            ("accountingEntryLines.0.tax.rate", "1e30", "not a tax rate"),
            ("accountingEntryLines.0.tax.rate", "NaN", "not a tax rate"),
            ("date", "9999-12-31T23:59:59-14:00", "date is not between 1900 and 2199"),
            ("date", "0001-01-01T00:00:00+14:00", "date is not between 1900 and 2199"),
            ("additionalInformation.invoiceInformation.invoiceDate", "9999-12-31", "invoiceDate is not between"),
            ("additionalInformation.attendees", 7, "attendees is not a list of texts"),
            ("team.name", {"a": 1}, "team.name is not a text"),
            ("files", "(nested too deeply)", "files is not a list"),
        ],
    )
    def test_is_refused_with_the_name_of_the_field(self, path, value, said):
        with pytest.raises(MalformedItem, match=said) as refused:
            parse_item(raw(path, value))

        assert len(str(refused.value)) < 150

    def test_loses_what_no_column_takes(self):
        item = parse_item(raw("user.name", "Ada\x00 \ud800Byron\n"))

        assert item.employee_name == "Ada Byron\n"
