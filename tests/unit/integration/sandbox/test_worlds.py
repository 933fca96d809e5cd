"""Each world is what its row says, and all of them have a name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from integration.sandbox.books import Books
from integration.sandbox.intacct.permissions import PERMISSIONS
from integration.sandbox.intacct.preferences import multi_currency, preference
from integration.sandbox.world import COMPANY_WORLDS, DEFAULT, PERMISSION_WORLDS, WORLDS, load_demo_world

NOW = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)


def filled(name: str) -> Books:
    books = Books()
    load_demo_world(books, NOW, world=name)
    return books


class TestAWorld:
    @pytest.mark.parametrize("name", COMPANY_WORLDS)
    def test_is_what_its_row_says(self, name):
        world, books = WORLDS[name], filled(name)

        entities = {row["LOCATIONID"]: row["CURRENCY"] for row in books.all("intacct", "LOCATIONENTITY")}
        assert entities == world.bases
        assert multi_currency(books) == world.foreign
        assert all(preference(books, application, what) == value for application, what, value in world.preferences)
        flags = {row["ACCOUNTNO"]: row for row in books.all("intacct", "GLACCOUNT")}
        assert all(flags[number][flag] == "true" for number, flag in world.flags.items())
        assert {(row["ACCOUNTNO"], row["ELEMENT"], row["MESSAGE"]) for row in books.all("intacct", "SMARTRULE")} == set(world.rules)
        # Pleo's companies are those whose entity is there, each with entries in a job.
        assert {row["name"] for row in books.all("pleo", "company")} == {
            name
            for entity, name in {"UK01": "Acme UK Ltd", "US01": "Acme US Inc", "IE01": "Acme Ireland DAC"}.items()
            if entity in entities
        }
        assert len(books.all("pleo", "job")) == len(books.all("pleo", "company"))

    def test_of_ireland_has_irish_taxes_in_use(self):
        books = filled("ireland")

        (solution,) = [row["SOLUTIONID"] for row in books.all("intacct", "TAXSOLUTION") if row["SOLUTIONID"].startswith("Ireland")]
        rates = {row["VALUE"] for row in books.all("intacct", "TAXDETAIL") if row["TAXSOLUTIONID"] == solution}
        assert rates == {"23", "13.5", "9", "0"}

    @pytest.mark.parametrize("name", PERMISSION_WORLDS)
    def test_without_a_permission_lacks_just_that(self, name):
        (company,) = filled(name).all("intacct", "COMPANY")

        assert company["DENIED"] == list(WORLDS[name].denied) != []


class TestTheTable:
    def test_has_several_base_currencies_by_default_and_each_permission_in_turn(self):
        assert set(WORLDS[DEFAULT].bases.values()) == {"GBP", "USD", "EUR"}
        denied = {operation for name in PERMISSION_WORLDS for operation in WORLDS[name].denied}
        assert denied >= {f"QUERY {kind}" for kinds in PERMISSIONS.values() for kind in kinds}
        assert denied >= {f"CREATE {kind}" for kind in ("GLBATCH", "APBILL", "APPYMT", "SUPDOC", "SUPDOCFOLDER")}
        assert all(world.name == name and world.what for name, world in WORLDS.items())
