"""`make test` says what it leaves out before anything runs, and again at the end."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = ["everything on PostgreSQL", "others' clients", "the official schemas"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Only tests/run, on a machine where there is nothing else: no database server, no schemas, nothing to install."""
    (tmp_path / "tests" / "peers").mkdir(parents=True)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "run", tmp_path / "tests")
    (tmp_path / "tests" / "environment").touch()
    for path, text in (("tests/peers/install", "echo no network; exit 1"), (".venv/bin/python", '[ "$1" = -m ] && echo "RAN $*"')):
        (tmp_path / path).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / path).chmod(0o755)
    return tmp_path


def run(tree: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    """Return the exit code, and what was printed in its order."""
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "TEST_POSTGRESQL_URL")}
    done = subprocess.run(
        ["tests/run", *arguments], cwd=tree, env=kept | {"REFERENCE_DIR": "/nowhere"} | variables,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def test_says_first_and_last_what_it_leaves_out(tree):
    code, said = run(tree)

    first, last = said.split("RAN ", 1)
    assert "== SQLite ==" in first
    for each in LEFT_OUT:
        assert each in first.split("== SQLite ==")[0]
        assert each in last
    assert code == 0


def test_fails_for_it_in_ci(tree):
    assert run(tree, CI="true")[0] == 1


def test_says_so_too_where_only_some_tests_are_asked_for(tree):
    code, said = run(tree, "tests/unit")

    first, last = said.split("RAN -m pytest tests/unit", 1)
    assert "the official schemas" in first
    assert "the official schemas" in last
    assert code == 0
