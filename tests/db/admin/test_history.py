"""The history of a connection or entity configuration: when, who and why, also where it was a command."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.urls import reverse

from integration.connecting.configuration_file.rows import apply, connection_values
from integration.models import Connection

pytestmark = pytest.mark.django_db


def cells(client, name: str, pk: int) -> list[list[str]]:
    """Return what stands in the rows of a history, newest first."""
    text = client.get(reverse(f"admin:integration_{name}_history", args=[pk])).content.decode()
    rows = re.search(r'id="change-history".*?<tbody>(.*?)</tbody>', text, re.DOTALL).group(1)
    return [
        [re.sub(r"<[^>]+>", " ", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        for row in rows.split("</tr>")[:-1]
    ]


@pytest.fixture
def imported(world):
    """The connection as a file changes it: the folder of the one, a journal of the other."""
    values = connection_values(world.connection)
    apply(
        [replace(values, attachment_folder="Receipts", entities=tuple(replace(each, card_journal="CARDS") for each in values.entities))],
        because="import_configuration acme.yaml",
    )
    return world


@pytest.mark.parametrize(("name", "changed"), [("connection", "Receipts"), ("entityconfiguration", "CARDS")])
def test_a_command_says_that_it_was_one_and_which(imported, signed_in, name, changed):
    pk = imported.connection.pk if name == "connection" else imported.configuration.pk

    when, what, who, why, changes = cells(signed_in("administrator"), name, pk)[0]

    assert re.fullmatch(r"\d+ \w+ \d{4} \d\d:\d\d UTC", when)
    assert (what, who, why) == ("Changed", "A command on the server", "import_configuration acme.yaml")
    assert changed in changes


def test_a_person_is_named(world, signed_in):
    client = signed_in("administrator")
    connection = Connection.objects.get()
    connection.name = "Acme Ltd"
    connection._history_user = client.get(reverse("admin:index")).wsgi_request.user
    connection.save()

    assert cells(client, "connection", connection.pk)[0][2:4] == ["administrator", "–"]


def test_none_is_never_written(world, signed_in):
    world.connection.save()

    rows = cells(signed_in("administrator"), "connection", world.connection.pk)

    assert rows[0][2:4] == ["Not known", "–"]
    assert "None" not in str(rows)


def test_a_long_reason_is_cut_to_its_column(world):
    values = connection_values(world.connection)

    apply([replace(values, attachment_folder="Receipts")], because="x" * 300)

    assert Connection.history.first().history_change_reason == "x" * 100
