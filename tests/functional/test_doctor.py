"""The checks of a connection, and the probes, against the sandbox over real HTTP."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pytest
from django.core.management import CommandError, call_command

from integration.connecting import probe_draft
from integration.connecting.connection_checks import activate_installations, check_connection
from integration.connecting.probe_draft import TITLE, probe_key, zone_difference
from integration.errors import Rejected
from integration.intacct.answers import Page
from integration.intacct.gateway import gateway_for
from integration.models import Connection, ConnectionCheck, EntityConfiguration, IntacctCredentials, Lease, PleoCredentials, WalletAccount
from integration.pleo.client import PleoClient
from integration.sandbox import http
from integration.sandbox.http import Fault
from integration.sandbox.pleo.demands import RECORDS
from integration.sandbox.pleo.service import register_key
from integration.sandbox.world import COMPANY_ID, SENDER_ID, SENDER_PASSWORD, UK, US, USER_ID, USER_PASSWORD
from referencedata.currencies import SEVERAL_CURRENCIES
from referencedata.models import CompanySetting

pytestmark = pytest.mark.django_db(transaction=True)

SIGN_IN = ["intacct_reachable", "sender_accepted", "web_services", "sender_authorised", "user_accepted"]
SEEN = dict.fromkeys(("first_seen_at", "last_seen_at", "changed_at"), "2026-03-09T12:00:00Z")
PLEO = ["pleo_reachable", "pleo_key", "pleo_company", "pleo_jobs", "pleo_lists", "pleo_installation"]

# Everything that a key of Pleo may be allowed.
SCOPES = {record.scope for record in RECORDS if record.scope}


@pytest.fixture
def connection(server):
    made = Connection.objects.create(
        name="Acme", company_id=COMPANY_ID, endpoint=f"{server.address}/ia/xml/xmlgw.phtml", pleo_base_url=f"{server.address}/pleo"
    )
    IntacctCredentials.objects.create(
        connection=made, user_id=USER_ID, user_password=USER_PASSWORD, sender_id=SENDER_ID, sender_password=SENDER_PASSWORD
    )
    for company in (UK, US):
        configuration = EntityConfiguration.objects.create(
            connection=made,
            pleo_company_id=company.id,
            intacct_entity=company.entity,
            card_journal="PLEO",
            card_default_vendor="V-PLEO",
            out_of_pocket_account="2050",
        )
        PleoCredentials.objects.create(configuration=configuration, api_key=company.api_key)
        WalletAccount.objects.create(
            configuration=configuration, currency=company.currency, balance_account=company.contra[company.currency]
        )
    return made


@pytest.fixture
def uk(connection):
    return connection.entityconfiguration_set.get(intacct_entity="UK01")


def check(connection, clock, **named):
    """Return the checks by (entity, name)."""
    checks = check_connection(Connection.objects.get(pk=connection.pk), clock=clock, **named)
    return {(each.configuration.intacct_entity if each.configuration else "", each.name): each for each in checks}


def failed(checks):
    return sorted(key for key, each in checks.items() if not each.passed)


def change_company(sandbox, **values):
    sandbox.books.put("intacct", "COMPANY", COMPANY_ID, sandbox.books.get("intacct", "COMPANY", COMPANY_ID) | values)


class TestCheckConnection:
    def test_passes_where_all_is_well(self, connection, clock):
        checks = check(connection, clock)

        assert failed(checks) == []
        assert [name for entity, name in checks if not entity][:5] == SIGN_IN
        assert [name for entity, name in checks if entity == "UK01"] == ["entity", "attachment_folder", *PLEO]

    def test_says_of_every_failure_what_mends_it_and_where(self, connection, clock, sandbox):
        IntacctCredentials.objects.update(user_password="wrong")
        PleoCredentials.objects.update(api_key="wrong")

        checks = check(connection, clock)

        assert failed(checks)
        for each in checks.values():
            assert each.passed or "(" in each.remedy or each.remedy.startswith("Mend this first")
            assert "successfully" not in each.message + each.remedy

    def test_writes_nothing_to_intacct(self, connection, clock, sandbox):
        check(connection, clock)

        assert sandbox.intacct.writes() == 0

    def test_reads_every_object_in_one_request(self, connection, clock, sandbox):
        check(connection, clock)

        (asked,) = [request["functions"] for request in sandbox.intacct.requests if request["functions"][0]["name"] == "query"]
        assert [each["name"] for each in asked] == ["query"] * 15 + ["readUserFormatting"]

    def test_keeps_the_newest_result_only(self, connection, clock):
        for _ in range(2):
            checks = check(connection, clock)

        assert ConnectionCheck.objects.count() == len(checks)
        assert set(ConnectionCheck.objects.values_list("checked_at", flat=True)) == {clock.now}

    def test_learns_the_name_of_the_pleo_company(self, connection, clock, uk):
        check(connection, clock)

        uk.refresh_from_db()
        assert uk.pleo_company_name == UK.name

    @pytest.mark.parametrize(
        ("wrong", "name"),
        [
            ({"user_password": "wrong"}, "user_accepted"),
            ({"sender_password": "wrong"}, "sender_accepted"),
        ],
    )
    def test_names_the_part_of_the_sign_in_that_failed_and_closes_the_connection(self, connection, clock, wrong, name):
        IntacctCredentials.objects.update(**wrong)

        checks = check(connection, clock)

        assert not checks["", name].passed
        assert checks["", name].message != "Not tried."
        assert checks["", "intacct_reachable"].passed
        connection.refresh_from_db()
        assert connection.closed_at == clock.now
        assert "refused the sign-in" in connection.closed_reason

    def test_names_the_sender_that_is_not_authorised(self, connection, clock, sandbox):
        change_company(sandbox, AUTHORISED_SENDERS=[])

        checks = check(connection, clock)

        assert "not authorized" in checks["", "sender_authorised"].message
        assert "Web Services authorizations" in checks["", "sender_authorised"].remedy
        assert checks["", "sender_accepted"].passed

    def test_opens_the_connection_when_the_sign_in_works_again(self, connection, clock):
        connection.close("Sage Intacct refused the sign-in.", clock())

        check(connection, clock)

        connection.refresh_from_db()
        assert connection.closed_at is None

    def test_closes_nothing_for_a_host_that_does_not_answer(self, connection, clock, sandbox):
        sandbox.intacct.inject(Fault(http.HTML_BEFORE))

        checks = check(connection, clock)

        assert checks["", "intacct_reachable"].message == "Sage Intacct answered with HTTP 502."
        connection.refresh_from_db()
        assert connection.closed_at is None

    def test_leaves_no_old_good_result_standing(self, connection, clock):
        check(connection, clock)
        IntacctCredentials.objects.update(user_password="wrong")

        checks = check(connection, clock)

        assert not checks["UK01", "entity"].passed
        assert not ConnectionCheck.objects.filter(name="read_GLACCOUNT").exists()

    def test_says_which_objects_may_not_be_read(self, connection, clock, sandbox):
        change_company(sandbox, DENIED=["QUERY VENDOR", "QUERY GLBATCH"])

        checks = check(connection, clock)

        assert failed(checks) == [("", "read_GLBATCH"), ("", "read_VENDOR")]
        assert "Accounts Payable" in checks["", "read_VENDOR"].remedy

    def test_closes_the_configuration_of_an_entity_that_may_not_be_entered(self, connection, clock, sandbox, uk):
        EntityConfiguration.objects.filter(pk=uk.pk).update(intacct_entity="UK99")

        checks = check(connection, clock)

        assert failed(checks) == [("UK99", "attachment_folder"), ("UK99", "entity")]
        uk.refresh_from_db()
        connection.refresh_from_db()
        assert uk.closed_at is not None
        assert connection.closed_at is None
        assert connection.entityconfiguration_set.get(intacct_entity="US01").closed_at is None

    def test_opens_a_configuration_when_entity_and_key_work_again(self, connection, clock, uk):
        uk.close("Pleo refused the API key.", clock())

        check(connection, clock)

        uk.refresh_from_db()
        assert uk.closed_at is None

    def test_says_that_the_folder_will_be_made(self, connection, clock, sandbox):
        for answer in ("failure", "empty"):
            sandbox.intacct.missing_get = answer

            folder = check(connection, clock)["UK01", "attachment_folder"]

            assert folder.passed
            assert "is made with the first receipt" in folder.message

    def test_closes_the_configuration_of_a_refused_key(self, connection, clock, uk):
        PleoCredentials.objects.filter(configuration=uk).update(api_key="wrong")

        checks = check(connection, clock)

        assert failed(checks) == [("UK01", name) for name in sorted(PLEO[1:])]
        uk.refresh_from_db()
        assert "Pleo refused the API key" in uk.closed_reason

    def test_says_that_a_key_belongs_to_another_company(self, connection, clock, uk):
        PleoCredentials.objects.filter(configuration=uk).update(api_key=US.api_key)

        checks = check(connection, clock)

        assert {"pleo_company", "pleo_jobs", "pleo_lists", "pleo_installation"} == {name for _, name in failed(checks)}
        assert "another Pleo company" in checks["UK01", "pleo_installation"].message

    @pytest.mark.parametrize("missing", [400, 404])
    def test_makes_a_missing_installation_once(self, connection, clock, sandbox, missing):
        sandbox.pleo.settings.missing_installation = missing
        for _ in range(2):
            checks = check(connection, clock)

        assert checks["UK01", "pleo_installation"].message == "Installed; it is activated after the first complete sync."
        made = [request["path"] for request in sandbox.pleo.requests if request["method"] == "POST"]
        assert [path for path in made if "installations" in path] == ["/v1/installations/me"] * 2  # one per company

    @pytest.mark.parametrize(
        ("tags", "tax_codes", "asked"),
        [(True, True, ["v0/tag-groups", "v0/tax-codes:search"]), (True, False, ["v0/tag-groups"]), (False, False, [])],
    )
    def test_tries_whether_the_key_may_see_what_is_published(self, connection, clock, uk, monkeypatch, tags, tax_codes, asked):
        EntityConfiguration.objects.filter(pk=uk.pk).update(publish_tags=tags, publish_tax_codes=tax_codes)
        call, paths = PleoClient._call, []

        def refusing(self, method, path, **options):
            if path.startswith("v0/"):
                paths.append(path)
                if path == asked[-1]:
                    raise Rejected("The API key may not do this in Pleo.", code="403")
            return call(self, method, path, **options)

        monkeypatch.setattr(PleoClient, "_call", refusing)
        EntityConfiguration.objects.exclude(pk=uk.pk).update(publish_tags=False, publish_tax_codes=False)

        checks = check(connection, clock)

        assert paths == asked
        assert failed(checks) == ([("UK01", "pleo_lists")] if asked else [])
        assert ("UK01", "pleo_lists") in checks or not asked

    @pytest.mark.parametrize(
        ("scope", "check_name"),
        [
            ("companies:read", "pleo_company"),
            ("export-jobs:read", "pleo_jobs"),
            ("tags:read", "pleo_lists"),
            ("tax-codes:read", "pleo_lists"),
        ],
    )
    def test_names_the_permission_that_a_key_lacks(self, connection, clock, sandbox, scope, check_name):
        register_key(sandbox.books, UK.api_key, UK.id, scopes=SCOPES - {scope})

        checks = check(connection, clock)

        assert failed(checks) == [("UK01", check_name)]
        assert scope in checks["UK01", check_name].message

    @pytest.mark.parametrize(
        ("status", "error", "remedy"), [("INACTIVE", "", "Switch the integration on"), ("ERROR", "NOT_ENTITLED", "Ask Pleo")]
    )
    def test_says_why_an_installation_does_not_work(self, connection, clock, sandbox, uk, status, error, remedy):
        check(connection, clock)
        row = sandbox.books.get("pleo", "installation", UK.id) | {"status": status, "errorCode": error}
        sandbox.books.put("pleo", "installation", UK.id, row)

        checks = check(connection, clock)

        assert failed(checks) == [("UK01", "pleo_installation")]
        assert checks["UK01", "pleo_installation"].remedy.startswith(remedy)

    def test_tells_what_is_wrong_with_the_settings(self, connection, clock):
        @dataclass
        class Finding:
            sentence: str

        def findings(configuration):
            return [Finding("Journal PLEO is gone.")] if configuration.intacct_entity == "UK01" else []

        checks = check(connection, clock, findings=findings)

        assert failed(checks) == [("UK01", "settings")]
        assert checks["UK01", "settings"].message == "Journal PLEO is gone."

    def test_says_that_credentials_are_missing(self, connection, clock):
        IntacctCredentials.objects.all().delete()
        PleoCredentials.objects.all().delete()

        checks = check(connection, clock)

        assert checks["", "user_accepted"].message == "No credentials are saved for this connection."
        assert checks["UK01", "pleo_key"].message == "No API key is saved."

    def test_says_that_the_key_of_the_secrets_is_gone(self, connection, clock):
        from django.db import connection as database

        with database.cursor() as cursor:
            cursor.execute("UPDATE integration_intacctcredentials SET user_password = 'gAAAAAB-not-ours'")
            cursor.execute("UPDATE integration_pleocredentials SET api_key = 'gAAAAAB-not-ours'")

        checks = check(connection, clock)

        assert "FIELD_ENCRYPTION_KEY" in checks["", "user_accepted"].remedy
        assert "FIELD_ENCRYPTION_KEY" in checks["UK01", "pleo_key"].remedy

    def test_holds_no_transaction_open_while_others_work(self, connection, clock, sandbox, monkeypatch):
        from django.db import connection as database

        inside = []
        handle = sandbox.handle
        monkeypatch.setattr(sandbox, "handle", lambda *request: inside.append(database.in_atomic_block) or handle(*request))

        check(connection, clock)

        assert inside
        assert not any(inside)

    def test_shows_no_secret(self, connection, clock):
        IntacctCredentials.objects.update(user_password="canary-user-password")
        PleoCredentials.objects.update(api_key="canary-api-key")

        checks = check(connection, clock)

        assert "canary" not in "".join(f"{each.message}{each.remedy}{each.label}" for each in checks.values())


class TestActivateInstallations:
    def test_activates_what_waits_for_the_first_sync(self, connection, clock, sandbox):
        check(connection, clock)

        checks = activate_installations(connection, clock=clock)

        assert [(each.name, each.passed, each.message) for each in checks] == [("pleo_installation", True, "")] * 2
        assert {row["status"] for row in sandbox.books.all("pleo", "installation")} == {"ACTIVATED"}

    def test_asks_for_it_once_only(self, connection, clock, sandbox):
        for _ in range(3):
            activate_installations(connection, clock=clock)

        activated = [request for request in sandbox.pleo.requests if request["path"].endswith(":activate")]
        assert len(activated) == 2

    def test_leaves_the_other_checks_alone(self, connection, clock):
        before = len(check(connection, clock))

        activate_installations(connection, clock=clock)

        assert ConnectionCheck.objects.count() == before

    def test_leaves_a_closed_configuration_alone(self, connection, clock, sandbox, uk):
        uk.close("A test.", clock())

        activate_installations(connection, clock=clock)

        assert sandbox.books.get("pleo", "installation", UK.id) is None

    def test_does_not_stop_at_one_that_fails(self, connection, clock, sandbox, uk):
        PleoCredentials.objects.filter(configuration=uk).update(api_key="wrong")

        checks = activate_installations(connection, clock=clock)

        assert [each.passed for each in checks] == [False, True]


def run(name, *arguments, **options):
    out = io.StringIO()
    try:
        call_command(name, *arguments, stdout=out, no_color=True, **options)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), ""


class TestCheckConnectionsCommand:
    def test_prints_every_check(self, connection):
        out, error = run("check_connections", "Acme")

        assert "✓ Sage Intacct accepts the Web Services user" in out
        assert "✓ Pleo accepts the API key" in out
        # Nothing was synced yet, and that is the one thing to say.
        assert error == "2 check(s) failed."
        assert "✗ The settings agree with Sage Intacct" in out

    def test_prints_what_mends_a_failure_and_fails(self, connection):
        IntacctCredentials.objects.update(user_password="wrong")

        out, error = run("check_connections")

        assert "✗ Sage Intacct accepts the Web Services user: Sign-in information is incorrect" in out
        assert "Company › Admin › Web Services users" in out
        assert error.endswith("check(s) failed.")

    def test_activates_after_a_sync(self, connection, sandbox, clock):
        from referencedata.syncing.sync import sync_all

        sync_all(connection, gateway=gateway_for(connection), clock=clock)

        run("check_connections", "Acme")

        assert {row["status"] for row in sandbox.books.all("pleo", "installation")} == {"ACTIVATED"}

    def test_knows_no_connection_of_another_name(self, connection):
        assert run("check_connections", "Nobody")[1] == "There is no connection called Nobody. There are: Acme."


class TestProbe:
    def test_tries_what_can_be_read_and_writes_nothing(self, connection, sandbox):
        out, error = run("probe", "Acme", entity="UK01")

        assert error == ""
        assert "✗" not in out
        assert out.count("✓") >= 10
        assert sandbox.intacct.writes() == 0

    @pytest.mark.parametrize(("form", "shown", "faults"), [("/dmY", "written dd/mm/yyyy", 0), ("~dmY", "are written as ~dmY", 1)])
    def test_says_how_the_days_of_the_user_are_read(self, connection, sandbox, form, shown, faults):
        company = sandbox.books.get("intacct", "COMPANY", COMPANY_ID)
        sandbox.books.put("intacct", "COMPANY", COMPANY_ID, company | {"FORMATTING": {USER_ID: form}})

        out, _ = run("probe", "Acme", entity="UK01")

        assert shown in out and out.count("✗") == faults

    def test_writes_one_draft_and_learns_what_a_repetition_is_answered(self, connection, sandbox, uk):
        out, error = run("probe", "Acme", entity="UK01", write_draft=True)

        assert error == ""
        assert "already executed" in out
        (entry,) = sandbox.books.all("intacct", "GLBATCH")
        assert (entry["BATCH_TITLE"], entry["STATE"], entry["REFERENCENO"]) == (TITLE, "Draft", probe_key(uk))
        assert sandbox.intacct.control_ids() == [f"{probe_key(uk)}.1"] * 2

    def test_never_makes_a_second_draft(self, connection, sandbox):
        for _ in range(2):
            out, _ = run("probe", "Acme", entity="UK01", write_draft=True)

        assert "still there" in out
        assert len(sandbox.books.all("intacct", "GLBATCH")) == 1

    def test_learns_that_a_control_id_outlives_its_entry(self, connection, sandbox):
        run("probe", "Acme", entity="UK01", write_draft=True)
        for kind in ("GLBATCH", "GLENTRY"):
            for row in sandbox.books.all("intacct", kind):
                sandbox.books.delete("intacct", kind, row["RECORDNO"])

        out, error = run("probe", "Acme", entity="UK01", write_draft=True)

        assert "D2" in out
        assert error == ""
        assert sandbox.intacct.ledger() == []

    def test_settles_that_the_company_keeps_several_currencies(self, connection, sandbox):
        out, error = run("probe", "Acme", entity="UK01", write_draft=True)

        assert error == ""
        (line,) = [line for line in out.splitlines() if "D52" in line]
        assert "✓" in line and "several currencies" in line
        assert "CURRENCY GBP" in out and "EXCH_RATE_TYPE_ID Intacct Daily Rate" in out

    def test_is_refused_where_the_copy_takes_it_for_a_company_of_one_currency(self, connection, sandbox):
        for name in SEVERAL_CURRENCIES:
            CompanySetting.objects.create(connection=connection, intacct_key=name, source="Company", name=name, value="false", **SEEN)

        out, error = run("probe", "Acme", entity="UK01", write_draft=True)

        assert "did not hold" in error
        assert "✗ D28" in out and "EXCH_RATE_TYPE_ID" in out
        assert sandbox.books.all("intacct", "GLBATCH") == []

    @pytest.mark.parametrize(
        ("shown", "sign"), [((), "–"), (({"LINE_NO": "1", "ACCOUNTNO": "1050", "TR_TYPE": "1", "TRX_AMOUNT": "0.01"},), "✗")]
    )
    def test_learns_nothing_of_currencies_from_lines_that_do_not_show_them(self, connection, sandbox, monkeypatch, shown, sign):
        rows = probe_draft.rows
        hidden = Page(shown, total=len(shown), offset=0)
        monkeypatch.setattr(
            probe_draft, "rows", lambda gateway, name, *args, **named: hidden if name == "GLENTRY" else rows(gateway, name, *args, **named)
        )

        out, _ = run("probe", "Acme", entity="UK01", write_draft=True)

        assert f"{sign} D52" in out

    def test_shows_how_tax_on_a_credit_line_is_taken(self, connection, sandbox):
        code = "UK Purchase Goods Standard Rate"

        out, error = run("probe", "Acme", entity="UK01", write_draft=True, tax_code=code, account="6100")

        assert error == ""
        assert "A4" in out
        assert "2200 Cr 0.20" in out

    def test_says_that_a_repetition_was_carried_out(self, connection, sandbox, monkeypatch):
        get = sandbox.books.get
        monkeypatch.setattr(sandbox.books, "get", lambda side, kind, key: None if kind == "CONTROLID" else get(side, kind, key))

        out, error = run("probe", "Acme", entity="UK01", write_draft=True)

        assert "do not go live" in out
        assert "did not hold" in error

    def test_writes_only_as_holder_of_the_lane(self, connection, sandbox, clock):
        lane = Lease.take(connection.lane, owner="another worker", now=clock())

        _, error = run("probe", "Acme", entity="UK01", write_draft=True)

        assert "Another worker is writing" in error
        assert sandbox.intacct.writes() == 0
        lane.give_back()
        assert run("probe", "Acme", entity="UK01", write_draft=True)[1] == ""
        assert not Lease.objects.exclude(owner="").exists()

    def test_does_not_know_without_an_answer(self, connection, sandbox):
        sandbox.intacct.inject(Fault(http.RESET_AFTER, writes_only=True))

        out, _ = run("probe", "Acme", entity="UK01", write_draft=True)

        assert "look for reference PL" in out
        assert len(sandbox.intacct.control_ids()) == 1

    def test_asks_which_entity(self, connection):
        assert "choose one with --entity (UK01, US01)" in run("probe", "Acme")[1]

    def test_does_not_sign_in_to_a_closed_connection(self, connection, clock, sandbox):
        connection.close("Sage Intacct refused the sign-in.", clock())

        assert "is closed" in run("probe", "Acme", entity="UK01")[1]
        assert sandbox.intacct.requests == []


class TestZoneDifference:
    @pytest.mark.parametrize(
        ("written", "said"),
        [("03/09/2025 10:00:00", "+0.0 hours"), ("03/09/2025 02:00:00", "-8.0 hours"), ("", "cannot be read"), ("now", "cannot be read")],
    )
    def test_compares_with_the_clock_of_the_session(self, written, said):
        assert said in zone_difference("<sessiontimestamp>2025-03-09T10:00:00+00:00</sessiontimestamp>", written)
