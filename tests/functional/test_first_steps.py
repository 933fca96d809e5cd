"""The first minutes with a fresh copy: no .env, no database, and commands that say what to do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from config.database import why_unusable
from config.management.commands import init
from manage import asks_for_help

# It brings a SQLite file of its own, whatever database the other tests run on.
pytestmark = pytest.mark.skipif("postgres" in os.environ.get("DATABASE_URL", ""), reason="runs once, with SQLite")

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("manage.py", ".env.example", "config", "integration", "referencedata", "exports", "templates", "static")
ALWAYS_THERE = ("PATH", "HOME", "LANG", "TZ", "VIRTUAL_ENV")


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the application, compiled once."""
    folder = tmp_path_factory.mktemp("application")
    for name in PARTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, copy_function=shutil.copy2)
        else:
            shutil.copy2(ROOT / name, folder)
    return folder


@pytest.fixture
def copy(application: Path) -> Path:
    """The copy as it was at first, without .env and database."""
    for path in [*application.glob(".env"), *application.glob("db.sqlite3*")]:
        path.unlink()
    return application


@pytest.fixture
def keys() -> dict[str, str]:
    return {"SECRET_KEY": "k" * 60, "FIELD_ENCRYPTION_KEY": Fernet.generate_key().decode()}


def manage(copy: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command with nothing of the application's in the environment but `variables`."""
    environment = {name: value for name, value in os.environ.items() if name in ALWAYS_THERE} | variables
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=copy, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def variables_in(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if re.match(r"[A-Z_]+=", line))


class TestHelpWithoutKeys:
    @pytest.mark.parametrize(("arguments", "expected"), [(["--help"], "export_now"), (["reexport", "--help"], "--needs-you")])
    def test_help_is_given(self, copy, arguments, expected):
        done = manage(copy, *arguments)

        assert done.returncode == 0, done.stderr
        assert expected in done.stdout
        assert "SECRET_KEY" not in done.stderr

    @pytest.mark.parametrize("arguments", [[], ["help"], ["help", "init"], ["--version"], ["deliver", "-h"], ["generate_encryption_key"]])
    def test_it_is_what_these_ask_for(self, arguments):
        assert asks_for_help(arguments)

    @pytest.mark.parametrize("arguments", [["deliver"], ["migrate", "--noinput"], ["reexport", "help"], ["post_again", "--", "-h"]])
    def test_and_not_these(self, arguments):
        assert not asks_for_help(arguments)

    def test_any_other_command_says_how_to_get_the_keys(self, copy):
        done = manage(copy, "export_now")

        assert done.returncode == 1
        assert "SECRET_KEY is not set" in done.stderr
        assert "python manage.py init" in done.stderr
        assert "Traceback" not in done.stderr


class TestInit:
    def test_writes_all_that_the_application_needs_and_never_overwrites_it(self, copy):
        done = manage(copy, "init")

        assert done.returncode == 0, done.stderr
        assert (copy / ".env").stat().st_mode & 0o777 == 0o600
        written, example = variables_in(copy / ".env"), variables_in(copy / ".env.example")
        assert {name for name in example if written[name] != example[name]} == {"SECRET_KEY", "FIELD_ENCRYPTION_KEY"}
        checked = manage(copy, "check", "--deploy", "--fail-level", "WARNING")
        assert checked.returncode == 0, checked.stderr

        again = manage(copy, "init")

        assert again.returncode == 1
        assert "is there already" in again.stderr
        assert variables_in(copy / ".env") == written

    def test_the_keys_are_fresh_each_time(self, tmp_path):
        for name in ("one", "two"):
            init.write(tmp_path / name, ROOT / ".env.example")

        one, two = variables_in(tmp_path / "one"), variables_in(tmp_path / "two")
        assert len(one["SECRET_KEY"]) >= 50
        assert one["SECRET_KEY"] != two["SECRET_KEY"]
        assert one["FIELD_ENCRYPTION_KEY"] != two["FIELD_ENCRYPTION_KEY"]
        Fernet(one["FIELD_ENCRYPTION_KEY"])

    def test_the_example_names_every_variable_that_the_settings_read(self):
        source = (ROOT / "config" / "settings.py").read_text()
        read = set(re.findall(r'(?:env\.\w+|required|whole)\(\s*"([A-Z_]+)"', source))

        assert len(read) > 20
        assert read <= set(re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


class TestDatabaseThatWasNotMigrated:
    @pytest.mark.parametrize("command", ["export_now", "qcluster", "ensure_roles"])
    def test_is_told_in_one_sentence(self, copy, keys, command):
        done = manage(copy, command, **keys)

        assert done.returncode == 1
        assert "Run `python manage.py migrate`" in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert done.stdout == ""

    def test_one_that_does_not_answer_is_named_without_its_password(self, copy, keys):
        done = manage(copy, "export_now", DATABASE_URL="postgres://nobody:no-such-word@127.0.0.1:1/none", **keys)

        assert done.returncode == 1
        assert "The database does not answer" in done.stderr
        assert "no-such-word" not in done.stderr
        assert "Traceback" not in done.stderr

    @pytest.mark.django_db
    def test_nothing_is_said_of_one_that_was(self):
        assert why_unusable() == ""

    @pytest.mark.django_db
    def test_one_step_too_few_is_noticed(self):
        ((app, last),) = MigrationLoader(connection).graph.leaf_nodes("exports")
        MigrationRecorder(connection).record_unapplied(app, last)

        assert "1 migration is missing" in why_unusable()
