"""The form of the configuration file in docs/operations.md is that of the code."""

from __future__ import annotations

import re
from pathlib import Path

from integration.connecting.configuration_file.nodes import Node
from integration.connecting.configuration_file.reading import read
from integration.connecting.configuration_file.values import PLACES
from tests.unit.integration.connecting.configuration_file.form import paths_of_connection, tables

OPERATIONS = (Path(__file__).resolve().parents[5] / "docs" / "operations.md").read_text()
SECTION = OPERATIONS.split("## The configuration file\n")[1].split("\n## ")[0]
EXAMPLE = re.findall(r"```yaml\n(.*?)```", SECTION, re.DOTALL)[0]


def test_its_tables_are_those_of_the_code():
    assert tables() in SECTION


def test_its_example_can_be_read():
    found = read(EXAMPLE, environ={"ACME_PASSWORD": "p", "ACME_PLEO_KEY": "k"}, folder=Path())

    assert found.mistakes == ()
    assert found.connections[0].entities[0].balance_accounts == {"GBP": "1050"}


def test_it_names_every_key_that_is_read_and_no_other(monkeypatch):
    read_keys: set[str] = set()
    take = Node._take

    def taking(self: Node, key: str) -> object:
        read_keys.add(re.sub(r"\[\d+\]", "", self._at(key)))
        return take(self, key)

    monkeypatch.setattr(Node, "_take", taking)
    read(EXAMPLE, environ={"ACME_PASSWORD": "p", "ACME_PLEO_KEY": "k"}, folder=Path())

    documented = {f"connections.{path}" for path in paths_of_connection()} | {f"connections.entities.{place.path}" for place in PLACES}
    groups = {path[: found.start()] for path in documented for found in re.finditer(r"\.", path)}
    # Below these the keys are the operator's own: a currency here.
    assert {path for path in read_keys if not path.startswith("connections.entities.card.pleo_balance_account.")} - groups == documented
