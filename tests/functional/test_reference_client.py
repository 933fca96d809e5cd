"""Tag groups, tags, tax codes and accounts, written to and read from the sandbox's Pleo over real HTTP."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from integration.bodies import written
from integration.errors import OutcomeUnknown, Rejected, TryLater
from integration.pleo.pacing import Turns
from integration.pleo.published import ChartAccount, Tag, TagGroup, TaxCode
from integration.pleo.reference import ReferenceClient
from integration.sandbox import http as faults
from integration.sandbox.http import Fault
from integration.sandbox.world import UK, UK_API_KEY

pytestmark = pytest.mark.django_db

VAT = TaxCode("Odd rate", "An odd rate", Decimal("17.123456"), "inclusive")


@pytest.fixture
def slept():
    return []


@pytest.fixture
def client(server, clock, slept, settings):
    settings.PLEO_CALLS_A_MINUTE = 60_000

    def sleep(seconds):
        slept.append(seconds)
        clock.forward(seconds=seconds)

    turns = Turns(server.address, clock=clock, sleep=sleep)
    return ReferenceClient(f"{server.address}/pleo", UK_API_KEY, company_id=UK.id, turns=turns)


def group_of(client, code):
    return next(group for group in client.groups() if group.code == code)


class TestGroupsAndTags:
    def test_are_created_changed_and_read_back(self, client):
        made = client.create_group(TagGroup("CLASS", "Class"))
        tag = client.create_tag(made.id, Tag("C-10", "Retail ☕"))
        client.change_tag(replace(tag, name="Shops"))
        client.change_group(replace(made, archived=True, metadata={"kept": "yes"}))

        group = group_of(client, "CLASS")
        assert (group.archived, dict(group.metadata)) == (True, {"kept": "yes"})
        assert list(client.tags(group.id)) == [Tag("C-10", "Shops", False, tag.id)]

    def test_are_read_from_every_page(self, client, sandbox):
        group = client.create_group(TagGroup("CLASS", "Class"))
        for number in range(45):
            client.create_tag(group.id, Tag(f"C-{number}", "x"))
        sandbox.pleo.settings.max_page_size = 7

        # More than Pleo gives: asked again without a limit of ours, in pages of the size Pleo likes.
        sandbox.pleo.settings.page_size = 7
        assert len({tag.code for tag in client.tags(group.id)}) == 45

    def test_are_archived_many_in_one_call(self, client, sandbox):
        group = client.create_group(TagGroup("CLASS", "Class"))
        made = [client.create_tag(group.id, Tag(f"C-{number}", "x")) for number in range(3)]
        before = sandbox.pleo.writes()

        client.archive_tags(made[:2])

        assert [tag.archived for tag in client.tags(group.id)] == [True, True, False]
        assert sandbox.pleo.writes() == before + 1

    def test_that_are_there_already_are_refused(self, client):
        with pytest.raises(Rejected):
            client.create_tag(group_of(client, "DEPARTMENT").id, Tag("100", "Again"))


class TestTaxCodes:
    def test_keep_their_rate_to_the_last_decimal(self, client):
        made = client.create_tax_code(VAT)

        assert next(code for code in client.tax_codes() if code.code == "Odd rate") == replace(VAT, id=made.id)

    @pytest.mark.parametrize("percent", ["20", "0", "8.875", "17.123456", "29", "0.000001"])
    def test_are_sent_with_their_rate_digit_by_digit(self, client, monkeypatch, percent):
        sent = []
        monkeypatch.setattr(client, "_transport", lambda method, path, query, body: sent.append(written(body)) or (201, {}, b"{}"))

        with pytest.raises(OutcomeUnknown):
            client.create_tax_code(replace(VAT, rate=Decimal(percent).quantize(Decimal("0.000001"))))

        assert json.loads(sent[0], parse_float=Decimal, parse_int=Decimal)["rate"] == Decimal(percent) / 100

    def test_are_replaced_whole_with_what_a_person_gave(self, client):
        made = client.create_tax_code(replace(VAT, ingoing_account="2200"))

        client.change_tax_code(replace(made, name="Other"))

        assert next(code for code in client.tax_codes() if code.code == "Odd rate").ingoing_account == "2200"


class TestAccounts:
    def test_are_created_together_and_those_refused_are_named(self, client):
        first = client.create_accounts([ChartAccount("6100", "6100", "Travel")])
        second = client.create_accounts([ChartAccount("6100", "6100", "Travel"), ChartAccount("6200", "6200", "Software")])

        assert (first.created, dict(first.refused)) == (1, {})
        assert (second.created, dict(second.refused)) == (1, {"6100": "EXTERNAL_ID_ALREADY_EXISTS"})
        assert {account.code for account in client.accounts()} == {"6100", "6200"}

    def test_are_changed_but_for_their_external_id(self, client):
        client.create_accounts([ChartAccount("6100", "6100", "Travel", tax_code="UK Purchase Goods Standard Rate")])
        (held,) = client.accounts()

        client.change_account(replace(held, name="Trips", archived=True))

        assert list(client.accounts()) == [replace(held, name="Trips", archived=True)]


class TestAnswers:
    def test_that_limit_us_are_obeyed_and_the_call_made_once(self, client, sandbox, slept):
        sandbox.pleo.inject(Fault(faults.THROTTLE, times=2, seconds=7, writes_only=True))

        client.create_group(TagGroup("CLASS", "Class"))

        assert [round(seconds) for seconds in slept] == [7, 7]
        assert [group.code for group in client.groups()].count("CLASS") == 1

    def test_that_go_on_limiting_us_are_for_later(self, client, sandbox):
        sandbox.pleo.inject(Fault(faults.THROTTLE, times=3, seconds=1))

        with pytest.raises(TryLater):
            client.groups()

    @pytest.mark.parametrize("fault", [faults.RESET_AFTER, faults.HTML_AFTER, faults.EMPTY_BODY_AFTER, faults.TRUNCATE_AFTER])
    @pytest.mark.parametrize("what", ["group", "tag", "tax code", "accounts"])
    def test_that_are_lost_after_a_creation_leave_its_outcome_unknown(self, client, sandbox, fault, what):
        group = group_of(client, "DEPARTMENT")
        create = {
            "group": lambda: client.create_group(TagGroup("CLASS", "Class")),
            "tag": lambda: client.create_tag(group.id, Tag("500", "New")),
            "tax code": lambda: client.create_tax_code(VAT),
            "accounts": lambda: client.create_accounts([ChartAccount("6100", "6100", "Travel")]),
        }[what]
        sandbox.pleo.inject(Fault(fault))

        with pytest.raises(OutcomeUnknown):
            create()

    @pytest.mark.parametrize("fault", [faults.RESET_BEFORE, faults.OFFLINE, faults.EMPTY_BODY_AFTER, faults.TRUNCATE_AFTER])
    def test_to_a_reading_that_cannot_be_read_are_for_later(self, client, sandbox, fault):
        for read in (client.groups, lambda: list(client.tax_codes()), lambda: list(client.accounts())):
            sandbox.pleo.inject(Fault(fault))
            with pytest.raises(TryLater):
                read()
