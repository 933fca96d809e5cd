from decimal import Decimal
from io import StringIO

import pytest
import yaml
from django.core.management import CommandError, call_command

from integration.connecting.configuration_file.rows import values_of
from integration.intacct.gateway import gateway_for
from integration.models import (
    Connection,
    DimensionMapping,
    EntityConfiguration,
    IntacctCredentials,
    PleoCredentials,
    WalletAccount,
)
from integration.sandbox import http as faults
from integration.sandbox.http import Fault
from integration.sandbox.world import CONFIGURATION, ENVIRONMENT, UK_COMPANY_ID, USER_PASSWORD
from referencedata.codes import findings_for
from referencedata.models import Account
from referencedata.syncing.sync import sync_all

pytestmark = pytest.mark.django_db

SECRETS = tuple(ENVIRONMENT.values())


@pytest.fixture
def waits():
    """How many seconds were waited, one after the other; nobody really waits."""
    return []


@pytest.fixture
def importer(server, monkeypatch, tmp_path, waits):
    """Run import_configuration on the demo file as `change` left it; returns (exit message, what was printed)."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SANDBOX_INTACCT_URL", f"{server.address}/ia/xml/xmlgw.phtml")
    monkeypatch.setenv("SANDBOX_PLEO_URL", f"{server.address}/pleo")
    monkeypatch.setattr("integration.management.commands.import_configuration.sleep", waits.append)

    def run(change=lambda connection, uk: None, **options):
        content = yaml.safe_load(CONFIGURATION.read_text())
        connection = content["connections"][0]
        change(connection, connection["entities"][0])
        path = tmp_path / "configuration.yaml"
        path.write_text(yaml.safe_dump(content))
        return command("import_configuration", str(path), **options)

    return run


def command(*arguments, **options):
    out = StringIO()
    try:
        call_command(*arguments, stdout=out, stderr=out, **options)
    except CommandError as error:
        return str(error), out.getvalue()
    return "", out.getvalue()


def everything():
    """All that an import could have written."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (Connection, IntacctCredentials, EntityConfiguration, WalletAccount, DimensionMapping, PleoCredentials)
    ]


class TestImport:
    def test_creates_everything_and_says_so(self, importer):
        failed, printed = importer()

        uk = EntityConfiguration.objects.get(intacct_entity="UK01")
        assert failed == ""
        assert printed.splitlines() == ["Acme (sandbox): created", "Acme (sandbox) · UK01: created", "Acme (sandbox) · US01: created"]
        assert str(uk.pleo_company_id) == UK_COMPANY_ID
        assert [(each.currency, each.balance_account, each.card_bank_account) for each in uk.wallet_accounts.all()] == [
            ("GBP", "1050", "CHK-PLEO")
        ]
        assert uk.dimension_mappings.values_list("position", "dimension").first() == (1, "DEPARTMENT")
        assert uk.connection.intacct_credentials.user_password == USER_PASSWORD
        assert uk.pleo_credentials.api_key == ENVIRONMENT["SANDBOX_PLEO_KEY_UK"]

    @pytest.mark.parametrize(
        ("change", "path"),
        [
            (lambda c, uk: uk.update(colour="red"), "connections[0].entities[0].colour"),
            (lambda c, uk: uk["card"].pop("journal"), "connections[0].entities[0].card.journal"),
            (lambda c, uk: uk["card"].update(journal="PLEX"), "connections[0].entities[0].card.journal"),
            (lambda c, uk: uk.update(dimensions=["DEPARTMENT", "CLASS", "PROJECT", "LOCATION", "COST_CENTRE", "VENDOR"]),
             "connections[0].entities[0].dimensions"),
            (lambda c, uk: uk["card"].update(bank_account={"GBP": "CHK-USD"}), "connections[0].entities[0].card.bank_account.GBP"),
            (lambda c, uk: c["intacct"].update(endpoint="http://intacct.example/x"), "connections[0].intacct.endpoint"),
            (lambda c, uk: uk["reimbursements"].update(out_of_pocket_account="2000"),
             "connections[0].entities[0].reimbursements.out_of_pocket_account"),
            (lambda c, uk: uk.update(default_tax_code="UK Purchase Goods Old Rate"), "connections[0].entities[0].default_tax_code"),
            (lambda c, uk: uk.update(intacct_entity="ZZ01"), "connections[0].entities[0].intacct_entity"),
            (lambda c, uk: uk["card"].update(default_vendor="V-HOLD"), "connections[0].entities[0].card.default_vendor"),
        ],
    )  # fmt: skip
    def test_changes_nothing_and_names_the_mistake(self, importer, change, path):
        failed, printed = importer(change)

        assert failed == "Nothing was changed."
        assert any(line.startswith(f"{path}: ") for line in printed.splitlines())
        assert not any(everything())

    def test_names_mistakes_in_the_file_and_in_the_codes_at_once(self, importer):
        def spoil(connection, uk):
            uk["colour"] = "red"
            uk["card"]["journal"] = "PLEX"
            uk["card"]["bank_account"] = {"GBP": "CHK-USD"}
            uk["dimensions"] = ["DEPARTMENT", "CLASS", "PROJECT", "LOCATION", "COST_CENTRE", "VENDOR"]

        failed, printed = importer(spoil)

        places = [line.partition(": ")[0].removeprefix("connections[0].entities[0].") for line in printed.splitlines()]
        assert failed == "Nothing was changed."
        assert set(places) == {"colour", "card.journal", "card.bank_account.GBP", "dimensions"}

    def test_checks_an_existing_connection_against_the_copy_and_calls_nobody(self, importer, sandbox, clock):
        importer()
        connection = Connection.objects.get()
        sync_all(connection, gateway=gateway_for(connection), clock=clock)
        Account.objects.filter(number="1050").update(status="INACTIVE")
        asked = len(sandbox.intacct.requests)

        failed, printed = importer()

        assert failed == "Nothing was changed."
        assert "card.pleo_balance_account.GBP: The Pleo balance account for GBP, 1050 Pleo wallet GBP, is not active." in printed
        assert len(sandbox.intacct.requests) == asked

    def test_changes_nothing_on_a_dry_run(self, importer):
        failed, printed = importer(dry_run=True)

        assert (failed, "Nothing was changed (--dry-run)." in printed) == ("", True)
        assert not any(everything())

    def test_says_what_it_updated_and_is_quiet_the_second_time(self, importer):
        importer()

        _, changed = importer(lambda connection, uk: uk.update(closed_period="today", dimensions=["DEPARTMENT"]))
        _, again = importer(lambda connection, uk: uk.update(closed_period="today", dimensions=["DEPARTMENT"]))

        assert "Acme (sandbox) · UK01: changed closed_period, dimensions" in changed
        assert [line.partition(": ")[2] for line in again.splitlines()] == ["as it was"] * 3
        assert list(DimensionMapping.objects.filter(configuration__intacct_entity="UK01").values_list("dimension", flat=True)) == [
            "DEPARTMENT"
        ]

    def test_switches_what_is_published(self, importer):
        importer()

        failed, printed = importer(lambda connection, uk: uk.update(publish={"accounts": True, "tags": False}))

        assert (failed, "publish.tags, publish.accounts" in printed) == ("", True), printed
        assert EntityConfiguration.objects.filter(publish_accounts=True, publish_tags=False, publish_tax_codes=True).count() == 1

    def test_keeps_stored_secrets_that_are_left_out(self, importer):
        importer()

        def without_secrets(connection, uk):
            connection["intacct"].pop("user_password")
            connection["intacct"].pop("sender_password")
            for entity in connection["entities"]:
                entity.pop("pleo_api_key")

        failed, printed = importer(without_secrets)

        assert (failed, "as it was" in printed) == ("", True)
        assert IntacctCredentials.objects.get().user_password == USER_PASSWORD

    def test_needs_the_secrets_of_a_new_connection(self, importer):
        def without_secrets(connection, uk):
            connection["intacct"].pop("user_password")
            uk.pop("pleo_api_key")

        failed, printed = importer(without_secrets)

        assert failed == "Nothing was changed."
        assert "connections[0].intacct.user_password: This value is missing, and none is stored." in printed
        assert "connections[0].entities[0].pleo_api_key: This value is missing, and none is stored." in printed

    def test_changes_nothing_when_intacct_cannot_be_reached(self, importer, sandbox):
        sandbox.intacct.inject(Fault(faults.RESET_BEFORE, times=99))

        failed, printed = importer()

        assert failed == "Nothing was changed."
        assert "could not be checked in Sage Intacct" in printed
        assert not any(everything())

    def test_asks_again_for_a_minute_where_intacct_says_try_again_later(self, importer, sandbox, waits):
        sandbox.intacct.inject(Fault(faults.THROTTLE, times=2))

        failed, printed = importer()

        assert failed == ""
        assert printed.count("Sage Intacct is asked again in") == len(waits) == 2
        assert Connection.objects.exists()

    def test_gives_up_after_a_minute(self, importer, sandbox, waits):
        sandbox.intacct.inject(Fault(faults.THROTTLE, times=99))

        failed, _ = importer()

        assert failed == "Nothing was changed."
        assert 50 < sum(waits) <= 60

    def test_asks_no_more_where_one_answer_took_longer_than_a_minute(self, importer, sandbox, waits, monkeypatch):
        times = iter(range(0, 10_000, 61))
        monkeypatch.setattr("integration.management.commands.import_configuration.monotonic", lambda: next(times))
        sandbox.intacct.inject(Fault(faults.THROTTLE, times=99))

        failed, _ = importer()

        assert failed == "Nothing was changed."
        assert waits == []

    def test_changes_nothing_on_a_wrong_password_and_does_not_show_it(self, importer, monkeypatch):
        monkeypatch.setenv("SANDBOX_USER_PASSWORD", "wr0ng-canary")

        failed, printed = importer()

        assert failed == "Nothing was changed."
        assert "wr0ng-canary" not in printed
        assert not any(everything())

    def test_resolves_a_single_code_to_the_base_currency(self, importer):
        importer(lambda connection, uk: uk["card"].update(pleo_balance_account="1050", bank_account="CHK-PLEO"))

        (wallet,) = WalletAccount.objects.filter(configuration__intacct_entity="UK01")
        assert (wallet.currency, wallet.balance_account, wallet.card_bank_account) == ("GBP", "1050", "CHK-PLEO")

    def test_opens_what_a_refused_sign_in_had_closed(self, importer, clock):
        importer()
        Connection.objects.get().close("Sign-in refused", clock())
        EntityConfiguration.objects.get(intacct_entity="UK01").close("Key refused", clock())

        importer()

        assert Connection.objects.get().closed_at is None
        assert EntityConfiguration.objects.get(intacct_entity="UK01").closed_at is None

    def test_never_moves_a_connection_or_a_pleo_company(self, importer):
        importer()

        other, other_printed = importer(lambda connection, uk: connection.update(name="Another"))
        moved, moved_printed = importer(lambda connection, uk: connection["intacct"].update(company_id="DEMO2"))

        assert (other, moved) == ("Nothing was changed.", "Nothing was changed.")
        assert "The connection Acme (sandbox) leads to this company already." in other_printed
        assert "This Pleo company belongs to the connection Acme (sandbox)." in other_printed
        assert "leads to the company DEMO" in moved_printed

    def test_shows_no_secret(self, importer):
        printed = importer()[1] + importer(lambda connection, uk: uk["card"].update(journal="PLEX"))[1]

        assert not any(secret in printed for secret in SECRETS)

    def test_says_of_a_file_that_is_not_there(self):
        failed, _ = command("import_configuration", "/no/such/file.yaml")

        assert "cannot be read" in failed


class TestExport:
    def test_writes_what_import_takes_back_unchanged(self, importer, tmp_path):
        importer()
        _, text = command("export_configuration")
        path = tmp_path / "again.yaml"
        path.write_text(text)

        failed, printed = command("import_configuration", str(path))

        assert failed == ""
        assert [line.partition(": ")[2] for line in printed.splitlines()] == ["as it was"] * 3
        assert not any(secret in text for secret in SECRETS)

    def test_keeps_who_decides_as_it_was_set(self, importer):
        importer(lambda connection, uk: connection.update(second_person=False, second_person_above="250.50"))
        read = Connection.objects.values("second_person", "second_person_above").get()

        written = yaml.safe_load(command("export_configuration")[1])["connections"][0]

        assert read == {"second_person": False, "second_person_above": Decimal("250.50")}
        assert (written["second_person"], written["second_person_above"]) == (False, "250.50")

    def test_names_a_connection_that_is_not_there(self):
        assert "Nobody" in command("export_configuration", "Nobody")[0]


class TestFindingsFor:
    def test_asks_for_a_sync_first(self, importer):
        importer()

        (finding,) = findings_for(EntityConfiguration.objects.get(intacct_entity="UK01"))

        assert "Sync with Sage Intacct" in finding.sentence

    def test_finds_nothing_in_the_demo_and_what_has_gone_wrong_since(self, importer, clock):
        importer()
        connection = Connection.objects.get()
        sync_all(connection, gateway=gateway_for(connection), clock=clock)
        uk, us = EntityConfiguration.objects.order_by("intacct_entity")
        good = findings_for(uk) + findings_for(us)
        uk.team_defaults = {"T1": {"DEPARTMENT": "100", "COST_CENTRE": "cc10"}, "T2": {"DEPARTMENT": "900"}}
        uk.save()
        Account.objects.filter(number="2050").update(retired_at=clock())

        found = {finding.field: finding.sentence for finding in findings_for(uk)}

        assert good == []
        assert set(found) == {"out_of_pocket_account", "team_defaults"}
        assert "gone from Sage Intacct" in found["out_of_pocket_account"]
        assert "T2, DEPARTMENT 900, is not active" in found["team_defaults"]

    def test_reads_an_unsaved_form_as_the_rows_it_will_be(self, importer):
        importer()
        uk = EntityConfiguration.objects.get(intacct_entity="UK01")

        values = values_of(uk, wallets=[WalletAccount(currency="EUR", balance_account="1051")], dimensions=["CLASS"])

        assert (dict(values.balance_accounts), values.dimensions) == ({"EUR": "1051"}, ("CLASS",))
