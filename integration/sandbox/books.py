"""What both systems remember: one SQLite file of JSON rows, or memory."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class Books:
    """Rows by side ("intacct", "pleo"), kind and key. Every write outside `transaction()` commits at once.

    One lock serialises everything, so that a handler sees a consistent state, as inside a database transaction.
    """

    def __init__(self, path: str | Path = ":memory:") -> None:
        self.lock = threading.RLock()
        self._depth = 0
        self._numbered: dict[tuple[str, str], tuple[list[int], list[Row]]] = {}
        self._connection = sqlite3.connect(str(path), check_same_thread=False, isolation_level=None)
        self._connection.executescript(
            """
            PRAGMA journal_mode = WAL;
            CREATE TABLE IF NOT EXISTS row (
                number INTEGER PRIMARY KEY, side TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
                UNIQUE (side, kind, key)
            );
            CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
            """
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is kept, or nothing. May be nested; only the outermost commits."""
        with self.lock:
            name = f"level{self._depth}"
            self._connection.execute("BEGIN IMMEDIATE" if self._depth == 0 else f"SAVEPOINT {name}")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                self._numbered.clear()
                self._connection.execute("ROLLBACK" if self._depth == 0 else f"ROLLBACK TO {name}")
                raise
            self._depth -= 1
            self._connection.execute("COMMIT" if self._depth == 0 else f"RELEASE {name}")

    def put(self, side: str, kind: str, key: str, row: Row) -> None:
        with self.lock:
            self._numbered.pop((side, kind), None)
            self._connection.execute(
                "INSERT INTO row (side, kind, key, value) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (side, kind, key) DO UPDATE SET value = excluded.value",
                (side, kind, key, json.dumps(row, ensure_ascii=False)),
            )

    def get(self, side: str, kind: str, key: str) -> Row | None:
        with self.lock:
            found = self._connection.execute("SELECT value FROM row WHERE side = ? AND kind = ? AND key = ?", (side, kind, key)).fetchone()
        return json.loads(found[0]) if found else None

    def all(self, side: str, kind: str) -> list[Row]:
        """Every row of a kind, in the order they were first written."""
        with self.lock:
            rows = self._connection.execute("SELECT value FROM row WHERE side = ? AND kind = ? ORDER BY number", (side, kind)).fetchall()
        return [json.loads(value) for (value,) in rows]

    def first(self, side: str, kind: str, count: int) -> list[Row]:
        """The rows of a kind that were written first."""
        with self.lock:
            rows = self._connection.execute(
                "SELECT value FROM row WHERE side = ? AND kind = ? ORDER BY number LIMIT ?", (side, kind, count)
            ).fetchall()
        return [json.loads(value) for (value,) in rows]

    def numbered(self, side: str, kind: str, field: str) -> tuple[list[int], list[Row]]:
        """(the whole number in that field, ascending; the rows in the same order), kept until one of them changes: not to be written to.

        A kind is asked for by one field only.
        """
        with self.lock:
            if (side, kind) not in self._numbered:
                rows = sorted(self.all(side, kind), key=lambda row: int(row[field]))
                self._numbered[side, kind] = [int(row[field]) for row in rows], rows
            return self._numbered[side, kind]

    def kinds(self, side: str) -> list[str]:
        with self.lock:
            return [kind for (kind,) in self._connection.execute("SELECT DISTINCT kind FROM row WHERE side = ? ORDER BY kind", (side,))]

    def delete(self, side: str, kind: str, key: str) -> None:
        with self.lock:
            self._numbered.pop((side, kind), None)
            self._connection.execute("DELETE FROM row WHERE side = ? AND kind = ? AND key = ?", (side, kind, key))

    def delete_all(self, side: str, kind: str) -> None:
        with self.lock:
            self._numbered.pop((side, kind), None)
            self._connection.execute("DELETE FROM row WHERE side = ? AND kind = ?", (side, kind))

    def next_number(self, name: str) -> int:
        """1, 2, 3 … for each name; survives a restart."""
        with self.lock:
            self._connection.execute(
                "INSERT INTO counter (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1", (name,)
            )
            return int(self._connection.execute("SELECT value FROM counter WHERE name = ?", (name,)).fetchone()[0])

    def close(self) -> None:
        with self.lock:
            self._connection.close()
