"""Publishing as people start it: the command, and the task of the queue, over real HTTP."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django_q.models import OrmQ

from config.schedules import tick
from integration.models import EntityConfiguration, PleoCredentials
from integration.sandbox.world import UK, US
from referencedata.models import Department, PublishRun
from referencedata.tasks import publish_configuration, sync_connection

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quickly(settings):
    settings.PLEO_CALLS_A_MINUTE = 60_000


def run(*arguments, **options):
    out = StringIO()
    try:
        call_command("publish_reference_data", *arguments, stdout=out, stderr=out, **options)
    except CommandError as error:
        return str(error), out.getvalue()
    return "", out.getvalue()


def tags(sandbox, company, code):
    group = next(row for row in sandbox.books.all("pleo", "tag group") if row["companyId"] == company.id and row["code"] == code)
    return {row["code"]: row["name"] for row in sandbox.books.all("pleo", f"tag {group['id']}") if not row["archived"]}


def tax_codes(sandbox, company):
    rows = sandbox.books.all("pleo", "tax code")
    return {row["code"]: (row["rate"], row["type"]) for row in rows if row["companyId"] == company.id and not row["archived"]}


def queued(function):
    return sorted(task.args()[0] for task in OrmQ.objects.all() if task.func() == function)


class TestPublishReferenceData:
    def test_makes_pleo_what_the_configurations_choose(self, connected, sandbox):
        failed, printed = run()

        assert failed == "", printed
        assert tags(sandbox, UK, "DEPARTMENT") == {"100": "Sales", "200": "Engineering", "300": "Operations"}
        assert tags(sandbox, UK, "REGION") == {"N": "North", "S": "South"}  # made by hand
        assert tax_codes(sandbox, UK) == {
            "UK Purchase Goods Standard Rate": (0.2, "inclusive"),
            "UK Purchase Services Standard Rate": (0.2, "inclusive"),
            "UK Purchase Goods Reduced Rate": (0.05, "inclusive"),
            "UK Purchase Goods Zero Rate": (0.0, "inclusive"),
            "UK Purchase Services Reverse Charge Input": (0.2, "reverse"),
        }
        assert tax_codes(sandbox, US) == {}
        assert "US01 has no tax solution: no tax codes are published." in printed
        assert "DEPARTMENT: Not published" not in printed

    def test_writes_nothing_the_second_time(self, connected, sandbox):
        run()
        before = sandbox.pleo.writes()

        failed, printed = run()

        assert (failed, sandbox.pleo.writes()) == ("", before)
        assert "Complete: 0 created, 0 changed, 0 archived, 0 taken out of the archive," in printed

    def test_changes_nothing_on_a_dry_run(self, connected, sandbox):
        before = sandbox.pleo.writes()

        failed, printed = run(dry_run=True)

        assert (failed, sandbox.pleo.writes(), PublishRun.objects.count()) == ("", before, 0)
        assert "Nothing was changed (--dry-run)." in printed
        assert "1 archived" in printed

    def test_names_what_nobody_has_and_what_has_no_key(self, connected):
        assert "Nobody" in run("Nobody")[0]
        PleoCredentials.objects.filter(configuration__intacct_entity="US01").delete()

        failed, printed = run("Acme (sandbox)")

        assert failed == "1 of 2 entity configurations could not be published completely."
        assert "It has no API key for Pleo yet." in printed


class TestPublishConfiguration:
    def test_publishes_by_primary_key(self, connected, sandbox):
        configuration = EntityConfiguration.objects.get(intacct_entity="UK01")

        publish_configuration(configuration.pk)

        assert PublishRun.objects.get().configuration == configuration
        assert tags(sandbox, UK, "DEPARTMENT")["200"] == "Engineering"

    def test_does_nothing_twice_or_late(self, connected, sandbox, clock):
        asked = len(sandbox.pleo.requests)
        configuration = EntityConfiguration.objects.get(intacct_entity="UK01")
        configuration.close("The key was refused.", clock())

        publish_configuration(configuration.pk)
        publish_configuration(999_999)

        assert (len(sandbox.pleo.requests), PublishRun.objects.count()) == (asked, 0)

    def test_rings_itself_where_its_time_was_up(self, connected, settings):
        configuration = EntityConfiguration.objects.get(intacct_entity="UK01")
        settings.Q_CLUSTER = {**settings.Q_CLUSTER, "timeout": 0}

        publish_configuration(configuration.pk)

        assert PublishRun.objects.get().outcome == "PAUSED"
        assert queued("referencedata.tasks.publish_configuration") == [configuration.pk]


class TestAfterASync:
    def test_every_configuration_of_the_connection_is_published_to(self, connected, sandbox):
        sync_connection(connected.pk)
        for pk in queued("referencedata.tasks.publish_configuration"):
            publish_configuration(pk)
        OrmQ.objects.all().delete()
        tick()
        assert queued("referencedata.tasks.publish_configuration") == []

        Department.objects.filter(code="100").update(name="Revenue")
        sync_connection(connected.pk)
        tick()

        assert queued("referencedata.tasks.publish_configuration") == sorted(EntityConfiguration.objects.values_list("pk", flat=True))
