"""The official descriptions of both systems, to hold requests and answers against.

They are the vendors' and no part of the repository: they stand beside the checkout (REFERENCE_DIR, default
../shared/reference). Where they are missing, nothing is held against anything: that is said loudly, and is a failure with
CI=true. Our own pages about both systems are in docs/reference/.
"""

from __future__ import annotations

import json
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

from integration.sandbox.http import Answer, Request

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
        return _schema(described)


def _schema(response: dict[str, Any]) -> dict[str, Any] | None:
    """Return the schema of a body. The chart of accounts leaves the character set out; a deletion has content without a schema."""
    content = response.get("content", {})
    kind = content.get(JSON) or content.get("application/json") or {}
    return kind.get("schema")


# A tenth of the time, where it was built.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def _document(path: Path) -> dict[str, Any]:
    return _without_masks(yaml.load(path.read_text(), Loader=_LOADER))


def _without_masks(value: Any) -> Any:
    """Leave out `pattern`s that are display masks (YYYY-MM-DD…), as the head of the files tells."""
    if isinstance(value, dict):
        mask = isinstance(value.get("pattern"), str) and not value["pattern"].startswith("^")
        return {name: _without_masks(each) for name, each in value.items() if not (mask and name == "pattern")}
    return [_without_masks(each) for each in value] if isinstance(value, list) else value


@cache
def operations() -> tuple[tuple[re.Pattern[str], Operation], ...]:
    """Every call that Pleo describes. A literal path comes before one with a parameter in the same place."""
    found = []
    for file in sorted(reference("pleo", "openapi").glob("*.yml")):
        for template, methods in _document(file)["paths"].items():
            pattern = re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/:]+", re.escape(template)))
            found += [(pattern, Operation(file.name, template, method.upper(), each)) for method, each in methods.items()]
    return tuple(sorted(found, key=lambda each: each[1].path.count("{")))


def operation(method: str, path: str) -> Operation:
    """Return the described call that a request is. Fails where there is none."""
    found = next((each for pattern, each in operations() if each.method == method and pattern.fullmatch(path)), None)
    assert found is not None, f"{method} {path} is described nowhere"
    return found


def resolved(schema: Any, file: str) -> Any:
    """Return a schema with all that it refers to put in its place."""
    if isinstance(schema, list):
        return [resolved(each, file) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        named = _document(reference("pleo", "openapi", file))["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        schema = named | {name: each for name, each in schema.items() if name != "$ref"}
    return {name: resolved(each, file) for name, each in schema.items()}


_validators: dict[tuple[str, str], jsonschema.Draft202012Validator] = {}


def body_faults(value: Any, schema: dict[str, Any], file: str) -> list[str]:
    key = (file, repr(schema))
    if key not in _validators:
        whole = resolved(schema, file)
        _validators[key] = jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker())
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in _validators[key].iter_errors(value)]


# What any call may be refused with. Source: docs/reference/pleo-api.md, section 3; 405 and 415 are HTTP's own.
_GENERAL = frozenset({400, 401, 403, 404, 429, 405, 415})
_NOWHERE = frozenset({401, 404, 405, 429})
# What could not be created is shown as it was sent, so its own limits do not hold there, whatever the file says.
_ECHO = re.compile(r"data/failed/\d+/request/")
_EXCEPTION_INFO = {"$ref": "#/components/schemas/ExceptionInfo"}
_held: dict[tuple[str, str, int, bytes], tuple[str, ...]] = {}


def described() -> bool:
    """Say whether Pleo's descriptions are there."""
    return REFERENCE.joinpath("pleo", "openapi").is_dir()


def answer_faults(request: Request, answer: Answer) -> tuple[str, ...]:
    """Return what Pleo's descriptions have against an answer to a request: its status, its kind of content, its body."""
    found = next((each for pattern, each in operations() if each.method == request.method and pattern.fullmatch(request.path)), None)
    key = (request.method, found.path if found else "", answer.status, answer.content_type.encode() + answer.body)
    if key not in _held:
        said = f"{request.method} {request.path} answered with {answer.status}"
        _held[key] = tuple(f"{said}: {fault}" for fault in _answer_faults(found, answer))
    return _held[key]


def _answer_faults(found: Operation | None, answer: Answer) -> list[str]:
    responses = found.described["responses"] if found else {}
    response = responses.get(str(answer.status))
    # "default" stands for every status; its schema is that of the good answer.
    if response is None and "default" not in responses and answer.status not in (_GENERAL if found else _NOWHERE):
        return ["this status is not described"]
    response = response or (responses.get("default", {}) if answer.status < 400 else {})
    schema = _schema(response)
    file = found.file if found else ""
    if schema is None:
        if not answer.body or answer.status < 400:
            return ["no body is described"] if answer.body else []
        schema, file = _EXCEPTION_INFO, "pleo-export-v3.yml"
    if answer.content_type != JSON:
        return [f"{answer.content_type} is not JSON"]
    return [each for each in body_faults(json.loads(answer.body or b"null"), schema, file) if not _ECHO.match(each)]
