"""What changed in Sage Intacct is said where it matters: on the dashboard, on the expenses, on the value itself."""

import pytest
from django.urls import reverse
from django.utils import timezone

from referencedata.models import Account, Change

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(world):
    """Account 6100, which the stopped expense uses, was closed a moment ago."""
    account = Account.objects.get(connection=world.connection, number="6100")
    world.stopped.uses.create(object_name="GLACCOUNT", code="6100")
    return Change.objects.create(
        connection=world.connection, kind="accounts", label="account", object_name="GLACCOUNT", intacct_key=account.intacct_key,
        code="6100", code_on_lines="6100", what="CLOSED", at=timezone.now(), before={"status": "ACTIVE"}, after={"status": "INACTIVE"},
    )  # fmt: skip


def page(client, name, *args):
    return client.get(reverse(f"admin:{name}", args=args)).content.decode()


def test_the_dashboard_names_it_and_leads_to_the_expenses(world, signed_in, closed):
    shown = page(signed_in("operator"), "index")

    assert "Account 6100 was closed: 1 queued expense uses it." in shown
    address = reverse("admin:exports_exportrecord_changelist") + "?uses=GLACCOUNT%3A6100"
    assert address in shown
    listed = signed_in("viewer").get(address).content.decode()
    assert "Fenwick Hardware" in listed
    assert "Northern Rail" not in listed


def test_the_expense_says_it(world, signed_in, closed):
    client = signed_in("operator")

    assert "Account 6100 was closed in Sage Intacct" in page(client, "exports_exportrecord_change", world.stopped.pk)
    assert "Account 6100 was closed" not in page(client, "exports_exportrecord_change", world.posted.pk)


def test_the_value_shows_its_changes_and_who_uses_it(world, signed_in, closed):
    account = Account.objects.get(connection=world.connection, number="6100")

    shown = page(signed_in("viewer"), "referencedata_account_change", account.pk)

    assert "Account 6100 was closed" in shown
    assert "1 expense, 1 of them not in the ledger yet" in shown
