"""What editors and commit hooks are told is what `make lint` asks."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def linters() -> list[str]:
    """Return the commands of `make lint`, without the settings before them."""
    recipe = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe
    return [re.search(r"\$\(BIN\)/(.+)", line)[1] for line in recipe[1].splitlines()]


class TestTheHooks:
    def test_ask_what_make_lint_asks(self):
        hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
        entries = [each["entry"] for each in hooks]
        # A hook is given files where `make lint` says "all", and puts into form what that only judges.
        asked = [re.sub(r" (\.|--check \.)$", "", command) for command in linters()]

        assert len(asked) == len(entries) == 5
        assert [command for command, entry in zip(asked, entries, strict=True) if command not in entry] == []


class TestTheEditor:
    def test_is_told_the_length_of_lines(self):
        lengths = re.findall(r"^max_line_length = (\d+)$", (ROOT / ".editorconfig").read_text(), re.MULTILINE)

        assert lengths
        assert {int(each) for each in lengths} == {PROJECT["tool"]["ruff"]["line-length"]}


class TestTheProject:
    def test_names_files_that_are_there(self):
        named = [PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]]

        assert [name for name in named if not (ROOT / name).is_file()] == []
