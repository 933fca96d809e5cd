"""An older state of our database: kept, and put back later, as people restore a backup. The two other systems go on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core import serializers
from django.db import connection, transaction


def backup() -> str:
    """Return all that is written down about exports."""
    rows = [row for model in _models() for row in model._default_manager.order_by("pk")]
    return serializers.serialize("json", rows)


def restore(kept: str) -> None:
    with transaction.atomic():
        for model in reversed(_models()):
            model._base_manager.all()._raw_delete("default")  # whatever refers to it is put back too
        for row in serializers.deserialize("json", kept):
            row.save()


def _models() -> list[Any]:
    """Those that others refer to first."""
    return list(serializers.sort_dependencies([(apps.get_app_config("exports"), None)], allow_cycles=True))


def forget_control_ids(sandbox: Any) -> None:
    """Let Intacct carry out once more what it has carried out under the same control id."""
    sandbox.books.delete_all("intacct", "CONTROLID")


class WholeDatabase:
    """A backup of the whole database, made as an operator makes one: SQLite's online copy, PostgreSQL's template."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "backup.sqlite3"
        self.kept = False

    def make(self) -> None:
        if connection.vendor == "sqlite":
            self._file.unlink(missing_ok=True)
            with closing(sqlite3.connect(self._file)) as copy:
                _raw().backup(copy)
        else:
            self._as_administrator(f'DROP DATABASE IF EXISTS "{self._copy}"', f'CREATE DATABASE "{self._copy}" TEMPLATE "{self._name}"')
        self.kept = True

    def put_back(self) -> None:
        if connection.vendor == "sqlite":
            with closing(sqlite3.connect(self._file)) as copy:
                copy.backup(_raw())
            return
        self._as_administrator(f'DROP DATABASE "{self._name}" WITH (FORCE)', f'CREATE DATABASE "{self._name}" TEMPLATE "{self._copy}"')

    def forget(self) -> None:
        if connection.vendor != "sqlite":
            self._as_administrator(f'DROP DATABASE IF EXISTS "{self._copy}"')

    @property
    def _name(self) -> str:
        return str(connection.settings_dict["NAME"])

    @property
    def _copy(self) -> str:
        return f"{self._name}_backup"

    def _as_administrator(self, *statements: str) -> None:
        import psycopg

        given = connection.settings_dict
        connection.close()  # a template is copied only where nobody uses it
        where = {"host": given["HOST"], "port": given["PORT"] or 5432, "user": given["USER"], "password": given["PASSWORD"] or None}
        with psycopg.connect(**where, dbname="postgres", autocommit=True) as administrator:
            for statement in statements:
                administrator.execute(statement)


def _raw() -> sqlite3.Connection:
    connection.ensure_connection()
    found: sqlite3.Connection = connection.connection
    return found
