"""A name that there is not is an error that lists the right ones, in every command and option that takes names."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command, get_commands

from integration.management.names import MOST, no_such
from integration.models import Connection, EntityConfiguration
from integration.sandbox import http
from integration.sandbox.http import Fault
from tests.db.exports.rows import a_record
from tests.factories import ConnectionFactory, EntityConfigurationFactory, ExportRecordFactory

OURS = ("config", "exports", "integration", "referencedata")
# Those whose positional names are of connections.
OF_CONNECTIONS = {
    "check_connections", "collect_exports", "deliver", "export_configuration", "export_now", "probe", "publish_reference_data",
    "report", "sync_reference_data",
}  # fmt: skip
# And those that take no names, but files, entry ids (and names with an option, below), or nothing.
OTHERS = {
    "demo", "ensure_roles", "ensure_schedules", "import_configuration", "init", "post_again", "qcluster", "reexport", "reverse",
    "rotate_encryption_keys", "sandbox", "version",
}  # fmt: skip


def error_of(command: str, *arguments: str, **options: object) -> tuple[str, str]:
    """Return how the command failed, and all it printed."""
    out = StringIO()
    with pytest.raises(CommandError) as failed:
        call_command(command, *arguments, stdout=out, stderr=out, **options)
    return str(failed.value), out.getvalue()


def test_every_command_of_ours_is_known_here():
    assert {name for name, app in get_commands().items() if app in OURS} == OF_CONNECTIONS | OTHERS


class TestNoSuch:
    def test_lists_all_in_order(self):
        assert no_such("cause", "x", ["b", "a"]) == "There is no cause called x. There are: a, b."

    def test_of_very_many_lists_the_most_alike(self):
        said = no_such("account", "6100", [str(number) for number in range(1000, 9000)])

        assert said.startswith("There is no account called 6100. Of 8000 the most alike: 6100")
        assert said.count(",") == MOST - 1

    def test_says_where_there_is_none(self):
        assert no_such("cause", "x", []) == "There is no cause called x, and no other."


@pytest.mark.django_db
class TestConnections:
    @pytest.mark.parametrize("command", sorted(OF_CONNECTIONS))
    def test_an_unknown_one_is_an_error_that_lists_them(self, command):
        ConnectionFactory(name="Acme", company_id="ACME")
        ConnectionFactory(name="Bolt", company_id="BOLT")

        assert error_of(command, "Amce")[0] == "There is no connection called Amce. There are: Acme, Bolt."

    def test_where_there_is_none_that_is_said(self):
        assert error_of("deliver", "Acme")[0] == "There is no connection called Acme. There is none yet."

    @pytest.mark.parametrize("command", ["collect_exports", "deliver", "export_now", "publish_reference_data", "report"])
    def test_one_that_is_switched_off_is_an_error_too(self, command):
        configuration = EntityConfigurationFactory()
        Connection.objects.filter(pk=configuration.connection_id).update(active=False)

        said = error_of(command, configuration.connection.name)[0]

        assert "witched o" in said
        assert said.endswith(f": {configuration.connection.name}.")

    @pytest.mark.parametrize("command", ["collect_exports", "export_now", "publish_reference_data", "report"])
    def test_and_one_with_no_entity_that_is_switched_on(self, command):
        EntityConfigurationFactory()
        EntityConfiguration.objects.update(active=False)

        assert error_of(command, "Acme")[0] == "No entity configuration is switched on (Set-up › Connections): Acme."


@pytest.mark.django_db
class TestCauses:
    def test_an_unknown_one_is_an_error_that_lists_those_of_the_expenses(self):
        ExportRecordFactory(needs_fix=True)

        said = error_of("reexport", cause="account_inactiv")[0]

        assert said == "There is no cause that expenses have called account_inactiv. There are: account_inactive."

    def test_one_that_no_expense_has_now_is_said(self):
        out = StringIO()

        call_command("reexport", cause="journal_missing", dry_run=True, stdout=out)

        assert out.getvalue() == "No expense has this cause now.\n"

    def test_a_right_one_chooses(self):
        record = ExportRecordFactory(needs_fix=True)
        out = StringIO()

        call_command("reexport", cause="account_inactive", dry_run=True, stdout=out)

        assert str(record.entry_id) in out.getvalue()


@pytest.mark.django_db
class TestAccounts:
    @pytest.mark.parametrize(("command", "options"), [("reverse", {"reason": "twice"}), ("post_again", {})])
    def test_an_unknown_one_is_an_error_that_lists_those_that_may_decide(self, command, options):
        users = get_user_model().objects
        users.create_superuser("ada", password="long-enough-for-us")
        users.create_user("viewer", password="long-enough-for-us")

        said = error_of(command, str(a_record().entry_id), by="aad", **options)[0]

        assert said == "There is no account that may decide called aad. There are: ada."


@pytest.mark.django_db(transaction=True)
class TestOfSageIntacct:
    def test_a_kind_is_an_error_that_lists_them(self, connected):
        said = error_of("sync_reference_data", kind=["acounts"])[0]

        assert said.startswith("There is no kind called acounts. There are: ")
        assert "accounts" in said.split("There are: ")[1]

    def test_a_kind_that_cannot_be_asked_for_is_no_success(self, connected, sandbox):
        sandbox.intacct.inject(*[Fault(http.HTML_BEFORE)] * 5)

        said, printed = error_of("sync_reference_data", kind=["acounts"])

        assert said == "1 of 1 connections could not be synced completely."
        assert "whether it has a kind called acounts" in printed

    def test_an_entity_is_an_error_that_lists_them(self, connected):
        said = error_of("probe", "Acme (sandbox)", entity="UK1")[0]

        assert said == "There is no entity called UK1. There are: UK01, US01."

    @pytest.mark.parametrize(
        ("options", "said", "right"),
        [
            ({"tax_code": "UK Purchase", "account": "6100"}, "There is no tax code in Sage Intacct called UK Purchase.", "UK Purchase"),
            ({"tax_code": "", "account": "61"}, "There is no account in Sage Intacct called 61.", "6100"),
        ],
    )
    def test_a_code_is_an_error_that_lists_them(self, connected, options, said, right):
        options["tax_code"] = options["tax_code"] or "UK Purchase Goods Standard Rate"

        found = error_of("probe", "Acme (sandbox)", entity="UK01", write_draft=True, **options)[0]

        assert found.startswith(said)
        assert right in found.removeprefix(said)
