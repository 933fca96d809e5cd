"""The official descriptions of both systems, to hold requests and answers against.

They are the vendors' and no part of the repository: they stand beside the checkout (REFERENCE_DIR, default
../shared/reference). Where they are missing, nothing is held against anything: that is said loudly, and is a failure with
CI=true. Our own pages about both systems are in docs/reference/.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from lxml import etree

PAGES = Path(__file__).resolve().parents[1] / "docs" / "reference"
REFERENCE = Path(os.environ.get("REFERENCE_DIR") or Path(__file__).resolve().parents[2] / "shared" / "reference")
JSON = "application/json;charset=UTF-8"
# Younger than the schema of 2019, so it cannot know them. Source: docs/reference/intacct/01-protocol.md.
_TOO_YOUNG = ("query", "lookup")


def reference(*parts: str) -> Path:
    """Return a file or folder of the reference; skips the test loudly, or fails it in CI, where it is not there."""
    path = REFERENCE.joinpath(*parts)
    if path.exists():
        return path
    said = f"NOT HELD AGAINST THE OFFICIAL DESCRIPTION: there is no {path}. Set REFERENCE_DIR."
    if os.environ.get("CI") == "true":
        pytest.fail(said)
    pytest.skip(said)


def missing() -> str:
    """Return what is said before the tests where the descriptions are not there; "" where they are."""
    return "" if REFERENCE.exists() else f"NOT HELD AGAINST THE OFFICIAL DESCRIPTIONS: there is no {REFERENCE}. Set REFERENCE_DIR."


# ---------------------------------------------------------------- Sage Intacct


@cache
def _envelope_schema(path: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(path)))


def schema_faults(request: bytes) -> list[str]:
    """Return what the official schema has against a request; functions it is too old to know are left out."""
    root = etree.fromstring(request)
    for function in root.iter("function"):
        if function[0].tag in _TOO_YOUNG:
            function.replace(function[0], etree.Element("getFinancialSetup"))
    schema = _envelope_schema(reference("intacct", "schema", "api-v3.0.xsd"))
    schema.validate(root)
    return [f"line {error.line}: {error.message}" for error in schema.error_log]


def section(page: str, number: str) -> str:
    """Return one section of a page in docs/reference/, e.g. "5.3" of "intacct/05-writes.md"."""
    text = (PAGES / page).read_text()
    found = re.search(rf"^## {re.escape(number)} .*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"there is no section {number}"
    return found.group()


# ---------------------------------------------------------------- Pleo


@dataclass(frozen=True)
class Operation:
    """One call as an OpenAPI file describes it."""

    file: str
    path: str
    method: str
    described: dict[str, Any]

    @property
    def query_names(self) -> set[str]:
        return {each["name"] for each in self.described.get("parameters", ()) if each["in"] == "query"}

    def body_schema(self) -> dict[str, Any] | None:
        content = self.described.get("requestBody", {}).get("content", {})
        return content[JSON]["schema"] if content else None

    def answer_schema(self, status: int) -> dict[str, Any] | None:
        """Return the schema of an answer; None where it has no body. Fails for a status nobody described."""
        responses = self.described["responses"]
        described = responses.get(str(status)) or responses.get("default")
        assert described is not None, f"{self.method} {self.path}: {status} is not described"
        content = described.get("content", {})
        # The chart of accounts leaves the character set out.
        return (content.get(JSON) or content["application/json"])["schema"] if content else None


@cache
def _document(path: Path) -> dict[str, Any]:
    return _without_masks(yaml.safe_load(path.read_text()))


def _without_masks(value: Any) -> Any:
    """Leave out `pattern`s that are display masks (YYYY-MM-DD…), as the head of the files tells."""
    if isinstance(value, dict):
        mask = isinstance(value.get("pattern"), str) and not value["pattern"].startswith("^")
        return {name: _without_masks(each) for name, each in value.items() if not (mask and name == "pattern")}
    return [_without_masks(each) for each in value] if isinstance(value, list) else value


def operation(method: str, path: str) -> Operation:
    """Return the described call that a request is. Fails where there is none."""
    found = []
    for file in sorted(reference("pleo", "openapi").glob("*.yml")):
        for template, described in _document(file)["paths"].items():
            pattern = re.sub(r"\\\{[^}]*\\\}", "[^/:]+", re.escape(template))
            if method.lower() in described and re.fullmatch(pattern, path):
                found.append(Operation(file.name, template, method, described[method.lower()]))
    assert found, f"{method} {path} is described nowhere"
    # A literal path wins over one with a parameter in the same place.
    return min(found, key=lambda each: each.path.count("{"))


def body_faults(value: Any, schema: dict[str, Any], file: str) -> list[str]:
    whole = dict(schema) | {"components": _document(reference("pleo", "openapi", file))["components"]}
    validator = jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker())
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in validator.iter_errors(value)]
