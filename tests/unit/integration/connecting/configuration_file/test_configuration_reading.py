from datetime import date
from pathlib import Path

import pytest
import yaml

from integration.connecting.configuration_file.reading import read
from integration.connecting.configuration_file.writing import write

COMPANY = "6f0c2c1e-93a4-4f0e-8a55-0c6a2c6f9d11"
ENVIRON = {"USER_PASSWORD": "s3cret-user", "SENDER_PASSWORD": "s3cret-sender", "PLEO_KEY": "s3cret-key", "EMPTY": ""}


def content():
    """A file with only what must be in one; each test changes it."""
    return {
        "connections": [
            {
                "name": "Acme",
                "intacct": {
                    "company_id": "acme",
                    "user_id": "pleo_ws",
                    "user_password": "env:USER_PASSWORD",
                    "sender_id": "PleoMPP",
                    "sender_password": "env:SENDER_PASSWORD",
                },
                "entities": [
                    {
                        "pleo_company_id": COMPANY,
                        "pleo_api_key": "env:PLEO_KEY",
                        "intacct_entity": "UK01",
                        "card": {"pleo_balance_account": {"GBP": "1050"}, "journal": "PLEO"},
                    }
                ],
            }
        ]
    }


def read_text(text, folder=Path("/nowhere")):
    return read(text, environ=ENVIRON, folder=folder)


def changed(change):
    """Read the file after `change` has been at its connection and its entity."""
    made = content()
    connection = made["connections"][0]
    change(connection, connection["entities"][0])
    return read_text(yaml.safe_dump(made))


def mistakes(found):
    return {mistake.path: mistake.sentence for mistake in found.mistakes}


class TestRead:
    def test_takes_the_smallest_file_with_the_defaults(self):
        found = read_text(yaml.safe_dump(content()))

        (connection,) = found.connections
        (entity,) = connection.entities
        assert found.mistakes == ()
        assert (connection.company_id, connection.user_password, connection.sender_password) == ("ACME", "s3cret-user", "s3cret-sender")
        assert connection.endpoint == "https://api.intacct.com/ia/xml/xmlgw.phtml"
        assert (entity.time_zone, entity.post_as, entity.closed_period, entity.card_method) == ("UTC", "posted", "fail", "journal")
        assert entity.balance_accounts == {"GBP": "1050"}
        assert entity.pleo_api_key == "s3cret-key"

    def test_takes_what_is_published_and_writes_it_back(self):
        def published(connection, entity):
            entity["publish"] = {"tags": False, "accounts": True}

        (default,), (found,) = (read.connections[0].entities for read in (changed(lambda c, e: None), changed(published)))

        assert (default.publish_tags, default.publish_tax_codes, default.publish_accounts) == (True, True, False)
        assert (found.publish_tags, found.publish_tax_codes, found.publish_accounts) == (False, True, True)
        written = yaml.safe_load(write(changed(published).connections))["connections"][0]["entities"][0]
        assert written["publish"] == {"tags": False, "tax_codes": True, "accounts": True}

    def test_shows_no_secret(self):
        assert "s3cret" not in repr(read_text(yaml.safe_dump(content())))

    @pytest.mark.parametrize(
        ("change", "path", "says"),
        [
            (lambda c, e: c.update(nmae="x"), "connections[0].nmae", "Did you mean name?"),
            (lambda c, e: e.update(publish={"vendors": True}), "connections[0].entities[0].publish.vendors", ""),
            (lambda c, e: e.update(jornal="x"), "connections[0].entities[0].jornal", "not known"),
            (lambda c, e: e["card"].update(jornal="x"), "connections[0].entities[0].card.jornal", "Did you mean journal?"),
            (lambda c, e: c["intacct"].pop("user_id"), "connections[0].intacct.user_id", "missing"),
            (lambda c, e: e["card"].pop("journal"), "connections[0].entities[0].card.journal", "missing"),
            (lambda c, e: e["card"].pop("pleo_balance_account"), "connections[0].entities[0].card.pleo_balance_account", "missing"),
            (lambda c, e: e.pop("pleo_company_id"), "connections[0].entities[0].pleo_company_id", "missing"),
            (lambda c, e: e.update(pleo_company_id="x"), "connections[0].entities[0].pleo_company_id", "not a Pleo company id"),
            (lambda c, e: c.update(entities=[]), "connections[0].entities", "At least one"),
            (lambda c, e: e["card"].update(pleo_balance_account=1050), "connections[0].entities[0].card.pleo_balance_account", "in quotes"),
            (lambda c, e: e["card"].update(pleo_balance_account={"gbp": "1"}),
             "connections[0].entities[0].card.pleo_balance_account.gbp", "three capital letters"),
            (lambda c, e: e["card"].update(journal="J" * 25), "connections[0].entities[0].card.journal", "longer than 24"),
            (lambda c, e: e["card"].update(method="cash"), "connections[0].entities[0].card.method", "journal, accounts_payable"),
            (lambda c, e: e.update(card="journal"), "connections[0].entities[0].card", "Keys with values"),
            (lambda c, e: e.update(default_tax_splits_gross="yes"), "connections[0].entities[0].default_tax_splits_gross", "true or false"),
            (lambda c, e: e.update(first_posting_date="1 May"), "connections[0].entities[0].first_posting_date", "2026-01-31"),
            (lambda c, e: e.update(time_zone="London"), "connections[0].entities[0].time_zone", "Europe/London"),
            (lambda c, e: e.update(dimensions=list("ABCDEF")), "connections[0].entities[0].dimensions", "At most 5"),
            (lambda c, e: e.update(dimensions=["A", "A"]), "connections[0].entities[0].dimensions[1]", "twice"),
            (lambda c, e: e.update(dimensions="A"), "connections[0].entities[0].dimensions", "A list"),
            (lambda c, e: e.update(reimbursements={"out_of_pocket_account": "2050"}),
             "connections[0].entities[0].reimbursements.journal", "Out-of-pocket"),
            (lambda c, e: e.update(reverse_charge_on_journals="bill"), "connections[0].entities[0].card.default_vendor", "default vendor"),
            (lambda c, e: c["intacct"].update(endpoint="http://api.intacct.com/x"), "connections[0].intacct.endpoint", "https://"),
            (lambda c, e: c["intacct"].update(endpoint="https://evil.example/x"), "connections[0].intacct.endpoint", "Sage Intacct"),
            (lambda c, e: c.update(pleo={"base_url": "http://external.pleo.io"}), "connections[0].pleo.base_url", "https://"),
            (lambda c, e: c["intacct"].update(user_password="env:MISSING"), "connections[0].intacct.user_password", "MISSING is not set"),
            (lambda c, e: c["intacct"].update(user_password="env:EMPTY"), "connections[0].intacct.user_password", "env:EMPTY is empty"),
            (lambda c, e: c["intacct"].update(user_password="file:no/such"),
             "connections[0].intacct.user_password", "no/such cannot be read"),
            (lambda c, e: c["intacct"].pop("sender_id"), "connections[0].intacct.sender_id", "sender_id it belongs to"),
            (lambda c, e: c.update(confirmed_directions=["x"]), "connections[0].confirmed_directions[0]", "a sub type (or '') and 1 or -1"),
            (lambda c, e: c["entities"].append(dict(e)), "connections[0].entities[1].pleo_company_id", "is also at"),
        ],
    )  # fmt: skip
    def test_names_the_place_and_the_mistake(self, change, path, says):
        found = mistakes(changed(change))

        assert list(found) == [path]
        assert says in found[path]

    def test_names_all_mistakes_at_once_and_no_secret(self):
        def spoil(connection, entity):
            connection["intacct"]["endpoint"] = "http://evil.example"
            connection["colour"] = "red"
            entity["card"].pop("journal")
            entity["pleo_api_key"] = "x" * 10 + "\n"
            entity["dimensions"] = list("ABCDEF")

        found = changed(spoil)

        assert len(found.mistakes) == 4
        assert not any("s3cret" in str(mistake) or "xxx" in str(mistake) for mistake in found.mistakes)

    def test_takes_a_secret_from_a_file_beside_it(self, tmp_path):
        (tmp_path / "password").write_text("from a file\n")
        made = content()
        made["connections"][0]["intacct"]["user_password"] = "file:password"

        found = read_text(yaml.safe_dump(made), folder=tmp_path)

        assert found.connections[0].user_password == "from a file"

    def test_takes_a_single_code_for_the_base_currency(self):
        found = changed(lambda connection, entity: entity["card"].update(pleo_balance_account="1050", bank_account={"EUR": "CHK"}))

        (entity,) = found.connections[0].entities
        wallets = entity.in_base_currency("GBP").wallets()
        assert found.mistakes == ()
        assert [(wallet.currency, wallet.balance_account, wallet.card_bank_account) for wallet in wallets] == [
            ("GBP", "1050", ""),
            ("EUR", "", "CHK"),
        ]

    def test_takes_codes_without_the_blanks_around_them(self):
        found = changed(
            lambda connection, entity: entity.update(
                default_tax_code=" Zero ", tax_code_pairs={" In ": " Out "}, team_defaults={" T1 ": {" DEPARTMENT ": " 0100 "}}
            )
        )

        (entity,) = found.connections[0].entities
        assert (found.mistakes, entity.default_tax_code, entity.tax_code_pairs) == ((), "Zero", {"In": "Out"})
        assert entity.team_defaults == {"T1": {"DEPARTMENT": "0100"}}

    def test_takes_null_as_left_out(self):
        found = changed(lambda connection, entity: entity.update(default_tax_code=None, reimbursements=None, first_posting_date=None))

        assert found.mistakes == ()

    def test_reads_a_date_written_plainly(self):
        found = changed(lambda connection, entity: entity.update(first_posting_date=date(2026, 1, 1)))

        assert found.connections[0].entities[0].first_posting_date == date(2026, 1, 1)

    @pytest.mark.parametrize(
        "text", ["", "[]", "connections: []", "a: b: c", "connections: 5", "- 1", "\x00", "connections:\n- &a {b: *a}", "? [1]\n: 2"]
    )
    def test_finds_a_mistake_in_anything_else(self, text):
        assert read_text(text).mistakes

    def test_refuses_a_key_that_stands_twice(self):
        (mistake,) = read_text("connections: []\nconnections: []\n").mistakes

        assert (mistake.path, "twice" in mistake.sentence) == ("line 2", True)


class TestWrite:
    def test_is_read_back_as_the_same_without_secrets(self):
        first = changed(
            lambda connection, entity: entity.update(
                reimbursements={"out_of_pocket_account": "2050", "journal": "PLRE"},
                dimensions=["DEPARTMENT"],
                team_defaults={"T1": {"DEPARTMENT": "0100"}},
                tax_code_pairs={"In": "Out"},
                default_tax_code="UK Purchase Goods Zero Rate",
                first_posting_date=date(2026, 1, 1),
            )
        )

        text = write(first.connections)

        again = read_text(text)
        assert first.mistakes == again.mistakes == ()
        assert "s3cret" not in text
        assert write(again.connections) == text
        assert again.connections[0].entities[0].team_defaults == {"T1": {"DEPARTMENT": "0100"}}
