"""A connection as a file: what is wrong with it is named, all of it; what is right comes back as it was."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

from integration.models import Connection, DimensionMapping, EntityConfiguration, IntacctCredentials, PleoCredentials, WalletAccount
from integration.sandbox.sandbox import Sandbox
from integration.sandbox.world import CONFIGURATION, ENVIRONMENT, UK_COMPANY_ID, USER_PASSWORD, load_demo_world

MODELS = (Connection, EntityConfiguration, WalletAccount, DimensionMapping)


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    """These tests only read from Intacct, so one world does for all."""
    return Sandbox(world=load_demo_world, now=datetime.now(UTC))


@pytest.fixture
def environment(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SANDBOX_INTACCT_URL", f"{server.address}/ia/xml/xmlgw.phtml")
    monkeypatch.setenv("SANDBOX_PLEO_URL", f"{server.address}/pleo")


@pytest.fixture
def content() -> dict[str, Any]:
    return yaml.safe_load(CONFIGURATION.read_text())


def run(content: Any, folder: Path, *options: str) -> tuple[str, str]:
    """Import a file with this content; return what the command said, and what it complained about."""
    file = folder / "connections.yaml"
    file.write_text(yaml.safe_dump(content, sort_keys=False))
    said, complained = StringIO(), StringIO()
    try:
        call_command("import_configuration", str(file), *options, stdout=said, stderr=complained)
    except CommandError as error:
        complained.write(str(error))
    return said.getvalue(), complained.getvalue()


def rows() -> list[Any]:
    """Return everything that the command may change, secrets too."""
    held = [list(model.objects.order_by("pk").values()) for model in MODELS]
    held.append([(each.user_id, each.user_password, each.sender_id, each.sender_password) for each in IntacctCredentials.objects.all()])
    held.append([each.api_key for each in PleoCredentials.objects.order_by("pk")])
    return held


def entity(content: dict[str, Any]) -> dict[str, Any]:
    return content["connections"][0]["entities"][0]


def _spoil(content: dict[str, Any]) -> list[str]:
    """Make every mistake of the issue in one file; return what each complaint has to name."""
    connection, uk = content["connections"][0], entity(content)
    uk["metod"] = "journal"
    del connection["intacct"]["user_id"]
    uk["card"]["journal"] = "PLOE"
    uk["dimensions"] = ["DEPARTMENT", "CLASS", "PROJECT", "LOCATION", "COST_CENTRE", "VENDOR"]
    uk["card"]["bank_account"] = {"GBP": "CHK-EUR"}
    connection["pleo"]["base_url"] = "http://pleo.example.com"
    return ["entities[0].metod", "intacct.user_id", "PLOE", "dimensions", "CHK-EUR", "pleo.base_url"]


@pytest.mark.django_db
class TestImport:
    def test_creates_what_the_demo_file_says(self, environment, content, tmp_path):
        said, complained = run(content, tmp_path)

        assert complained == ""
        assert "Acme (sandbox): created" in said
        uk = EntityConfiguration.objects.get(pleo_company_id=UK_COMPANY_ID)
        assert (uk.intacct_entity, uk.card_journal, uk.time_zone) == ("UK01", "PLEO", "Europe/London")
        assert list(uk.dimension_mappings.values_list("dimension", flat=True)) == entity(content)["dimensions"]
        assert IntacctCredentials.objects.get().user_password == USER_PASSWORD

    @pytest.mark.parametrize("held", [False, True], ids=["nothing held", "copy held"])
    def test_names_each_mistake_of_a_file_and_changes_nothing(self, environment, content, tmp_path, connected, held):
        # "nothing held": the codes are asked of Intacct in memory; "copy held": they are looked up in our copy.
        if not held:
            content["connections"][0]["name"] = "Another"
            Connection.objects.update(name="Elsewhere", company_id="ELSEWHERE")
            EntityConfiguration.objects.filter(intacct_entity="UK01").update(pleo_company_id="00000000-0000-4000-8000-000000000001")
            EntityConfiguration.objects.filter(intacct_entity="US01").update(pleo_company_id="00000000-0000-4000-8000-000000000002")
        before = rows()
        named = _spoil(content)
        if not held:
            content["connections"][0]["intacct"]["user_id"] = "pleo_ws"  # without it nobody can sign in to check the codes
            named.remove("intacct.user_id")

        _, complained = run(content, tmp_path)

        assert [name for name in named if name not in complained] == []
        assert complained.endswith("Nothing was changed.")
        assert "not to the Pleo balance account 1050" in complained
        assert rows() == before

    @pytest.mark.parametrize(
        ("spoil", "named"),
        [
            (lambda content: entity(content).update(time_zon="UTC"), ("time_zon", "not known", "Did you mean time_zone?")),
            (lambda content: content["connections"][0]["intacct"].pop("user_id"), ("intacct.user_id", "missing")),
            (lambda content: entity(content)["card"].pop("journal"), ("card.journal", "missing")),
            (lambda content: entity(content)["card"].update(journal="PLOE"), ("card.journal", "PLOE", "not known")),
            (
                lambda content: entity(content).update(dimensions=["DEPARTMENT", "CLASS", "PROJECT", "LOCATION", "VENDOR", "COST_CENTRE"]),
                ("dimensions", "At most 5"),
            ),
            (
                lambda content: entity(content)["card"].update(bank_account={"GBP": "CHK-USD"}),
                ("card.bank_account", "CHK-USD", "1060", "1050"),
            ),
            (
                lambda content: content["connections"][0]["intacct"].update(endpoint="http://intacct.example.com/ia/xml/xmlgw.phtml"),
                ("intacct.endpoint",),
            ),
            (lambda content: content["connections"][0]["pleo"].update(base_url="http://external.pleo.io"), ("pleo.base_url",)),
            (lambda content: content["connections"][0]["intacct"].update(user_password="env:NOT_SET_HERE"), ("NOT_SET_HERE",)),
            (lambda content: entity(content).update(pleo_api_key="file:gone.txt"), ("pleo_api_key", "gone.txt")),
            (
                lambda content: entity(content)["card"].update(pleo_balance_account={"GBP": 1050}),
                ("card.pleo_balance_account.GBP", "quotes"),
            ),
            (lambda content: entity(content).update(time_zone="Europe/Londn"), ("time_zone",)),
            (lambda content: entity(content).update(post_as="drafted"), ("post_as", "draft")),
            (lambda content: entity(content).update(intacct_entity="UK99"), ("intacct_entity", "UK99")),
            (lambda content: entity(content)["card"].update(pleo_balance_account={"GBP": "2000"}), ("2000", "control account")),
        ],
    )
    def test_names_a_mistake_alone(self, environment, content, tmp_path, spoil, named):
        spoil(content)

        _, complained = run(content, tmp_path)

        assert [word for word in named if word not in complained] == []
        assert complained.endswith("Nothing was changed.")
        assert not Connection.objects.exists()

    def test_of_an_unreachable_company_says_so_and_changes_nothing(self, environment, content, tmp_path, monkeypatch):
        monkeypatch.setenv("SANDBOX_INTACCT_URL", "http://127.0.0.1:9/ia/xml/xmlgw.phtml")
        monkeypatch.setattr("integration.management.commands.import_configuration.sleep", lambda seconds: None)

        _, complained = run(content, tmp_path)

        assert "could not be reached" in complained
        assert not Connection.objects.exists()

    def test_with_a_wrong_password_repeats_neither_it_nor_any_other_secret(self, environment, content, tmp_path, monkeypatch):
        monkeypatch.setenv("SANDBOX_USER_PASSWORD", "canary-password-1")

        said, complained = run(content, tmp_path)

        assert "Sign-in information is incorrect" in complained
        assert "canary" not in said + complained
        assert not Connection.objects.exists()

    def test_dry_run_says_what_would_change_and_changes_nothing(self, environment, content, tmp_path):
        said, _ = run(content, tmp_path, "--dry-run")

        assert "Nothing was changed" in said
        assert not Connection.objects.exists()

    def test_leaves_a_secret_alone_that_the_file_does_not_give(self, environment, content, tmp_path):
        run(content, tmp_path)
        del content["connections"][0]["intacct"]["user_password"]
        del entity(content)["pleo_api_key"]
        before = rows()

        _, complained = run(content, tmp_path)

        assert complained == ""
        assert rows() == before

    def test_takes_a_single_code_for_the_base_currency(self, environment, content, tmp_path):
        entity(content)["card"]["pleo_balance_account"] = "1050"

        _, complained = run(content, tmp_path)

        assert complained == ""
        assert WalletAccount.objects.get(configuration__intacct_entity="UK01", currency="GBP").balance_account == "1050"


@pytest.mark.django_db
class TestExport:
    def exported(self) -> str:
        said = StringIO()
        call_command("export_configuration", stdout=said)
        return said.getvalue()

    def test_comes_back_by_import_without_any_difference(self, environment, content, tmp_path):
        run(content, tmp_path)
        before = rows()
        text = self.exported()

        said, complained = run(yaml.safe_load(text), tmp_path)

        assert complained == ""
        assert rows() == before
        assert self.exported() == text
        assert "created" not in said

    def test_makes_the_same_configuration_elsewhere_once_the_secrets_are_added(self, environment, content, tmp_path):
        run(content, tmp_path)
        text, before = self.exported(), rows()
        IntacctCredentials.objects.all().delete()
        PleoCredentials.objects.all().delete()
        EntityConfiguration.objects.all().delete()
        Connection.objects.all().delete()
        moved = yaml.safe_load(text)
        moved["connections"][0]["intacct"] |= {
            "user_password": "env:SANDBOX_USER_PASSWORD",
            "sender_password": "env:SANDBOX_SENDER_PASSWORD",
        }
        for each, key in zip(moved["connections"][0]["entities"], ("UK", "US"), strict=True):
            each["pleo_api_key"] = f"env:SANDBOX_PLEO_KEY_{key}"

        _, complained = run(moved, tmp_path)

        assert complained == ""
        assert [_without_keys(each) for each in rows()] == [_without_keys(each) for each in before]

    def test_holds_no_secret(self, environment, content, tmp_path):
        run(content, tmp_path)

        text = self.exported()

        assert not [secret for secret in ENVIRONMENT.values() if secret in text]
        assert "UK01" in text


def _without_keys(rows: list[Any]) -> list[Any]:
    """Leave out primary and foreign keys, which are new after a move."""
    if not rows or not isinstance(rows[0], dict):
        return rows
    return [{name: value for name, value in row.items() if not name.endswith("_id") and name != "id"} for row in rows]
