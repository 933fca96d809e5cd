"""What code and documents refer to is there: every mention of a page, its section, and every link; and nothing is mentioned otherwise."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from integration.connecting.configuration_file.reading import read
from integration.connecting.configuration_file.values import PLACES
from integration.sandbox.intacct.demands import ALL
from integration.sandbox.intacct.demands.left_out import LEFT_OUT
from integration.sandbox.intacct.demands.page import PAGES
from tests.named_code import claims, names, paths

ROOT = Path(__file__).parents[2]
FOLDERS = ("config", "integration", "referencedata", "exports", "templates", "tests", "docs")
APPS = ("config", "integration", "referencedata", "exports")
SMALL = {"management", "formats"}  # commands, and what Django looks for: one sentence is enough
KINDS = {".py", ".md", ".html", ".yaml", ".css", ".js", ""}
HISTORY = ("CHANGELOG.md", "docs/decisions.md")  # they speak of what was
SHORT_NAMES = "integration/sandbox/intacct/demands/"  # the rows of a table; their page links each

# docs/design.md, section 5; docs/reference/intacct/05-writes.md, sections 5.1 and 5.2; docs/assumptions.md, A1; docs/decisions.md, 84
_NUMBER = r"[ADP]?\d+(?:\.\d+)?\b"
_MENTION = re.compile(rf"docs/([\w/-]+\.md)(?:`?, (?:sections? )?({_NUMBER}(?:(?:, | and ){_NUMBER})*))?")
_OTHERWISE = re.compile(
    r"\bDESIGN\b|\b(?:STYLE|UX)\.md|\(UX\b|\.md`? (?:section )?\d|\breference,? \d|\bcatalogue \d|\bposting-examples(?!\.md)\b"
    r"|(?<![\w/(])reference/[\w/-]+|\bdecision \d"
)
_LINK = re.compile(r"\]\(([^)\s#]*)(#[^)\s]+)?\)")


def files() -> Iterator[Path]:
    yield from (path for path in sorted(ROOT.iterdir()) if path.is_file() and path.suffix in KINDS and path.name != ".git")
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and path.suffix in KINDS and "migrations" not in path.parts and path != Path(__file__):
                yield path


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


TEXTS = {named(path): path.read_text() for path in files()}
MARKDOWN = [name for name in TEXTS if name.endswith(".md")]


@cache
def numbers_of(page: str) -> frozenset[str]:
    """Return what can be referred to in a page of docs/: the numbers of its headings, and the ids of its rows."""
    text = TEXTS.get(f"docs/{page}", "")
    headings = re.findall(r"^#+ (\d+(?:\.\d+)?)\b", text, re.MULTILINE)
    return frozenset([*headings, *re.findall(r"^\| ([ADP]\d+) \|", text, re.MULTILINE)])


@cache
def anchors_of(name: str) -> frozenset[str]:
    headings = re.findall(r"^#+ (.+)$", TEXTS.get(name, ""), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings)


def faults(text: str) -> list[str]:
    """Return the mentions in a text that lead nowhere. A mention may go on in the next line."""
    joined = re.sub(r"\n\s*(?:# )?", " ", text)
    found = []
    for page, numbers in _MENTION.findall(joined):
        if f"docs/{page}" not in TEXTS:
            found.append(f"there is no docs/{page}")
        found += [f"docs/{page} has no {each}" for each in re.findall(_NUMBER, numbers) if each not in numbers_of(page)]
    return found


class TestMentions:
    def test_are_many(self):
        assert sum(len(_MENTION.findall(text)) for text in TEXTS.values()) > 100

    def test_lead_to_a_page_and_a_section(self):
        assert {name: found for name, text in TEXTS.items() if (found := faults(text))} == {}

    def test_have_one_form(self):
        found = {name: _OTHERWISE.findall(text) for name, text in TEXTS.items() if not name.startswith((SHORT_NAMES, "docs/demands"))}

        assert {name: each for name, each in found.items() if each} == {}

    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            ("Source: docs/nowhere.md.", "there is no docs/nowhere.md"),
            ("(docs/design.md, section 99)", "docs/design.md has no 99"),
            ("# docs/reference/posting-examples.md,\n# sections 1.1 and 9.9", "docs/reference/posting-examples.md has no 9.9"),
            ("`docs/assumptions.md, A999`", "docs/assumptions.md has no A999"),
        ],
    )
    def test_that_lead_nowhere_are_found(self, text, fault):
        assert faults(text) == [fault]

    @pytest.mark.parametrize("text", ["DESIGN section 5", "posting-examples 1.4", "reference 7.3", "docs/design.md 5", "decision 80"])
    def test_of_another_form_are_found(self, text):
        assert _OTHERWISE.search(text)


class TestLinks:
    @pytest.mark.parametrize("name", MARKDOWN)
    def test_lead_to_a_file_and_a_heading(self, name):
        for path, anchor in _LINK.findall(re.sub(r"```.*?```", "", TEXTS[name], flags=re.DOTALL)):
            if path.startswith(("http://", "https://", "mailto:")):
                continue
            there = ((ROOT / name).parent / path).resolve() if path else ROOT / name
            assert there.exists(), f"{name}: {path}"
            assert not anchor or anchor[1:] in anchors_of(named(there)), f"{name}: {path}{anchor}"


class TestCode:
    @pytest.mark.parametrize("name", [each for each in MARKDOWN if each not in HISTORY])
    def test_that_a_page_names_is_there(self, name):
        assert [path for path in paths(TEXTS[name]) if not (ROOT / path).exists()] == []
        assert [(path, each) for path, each in claims(TEXTS[name]) if each not in names(path)] == []

    def test_is_named_by_the_walk_and_by_the_questions(self):
        assert len(list(claims(TEXTS["docs/architecture.md"]))) > 60
        assert len(list(claims(TEXTS["CONTRIBUTING.md"]))) >= 12

    @pytest.mark.parametrize("text", ["`exports/nowhere.py`", "`docs/nowhere/`"])
    def test_that_is_not_there_is_found(self, text):
        assert [(ROOT / path).exists() for path in paths(text)] == [False]

    def test_of_another_name_is_found(self):
        found = list(claims("`exports/delivery/deliver.py` `deliver`, `nothing`; `exports/models/documents.py` `Document.vanish`"))

        assert [each for path, each in found if each not in names(path)] == ["nothing", "vanish"]


class TestPackages:
    @pytest.mark.parametrize("folder", sorted(path.parent for app in APPS for path in (ROOT / app).rglob("__init__.py")), ids=named)
    def test_say_what_they_are(self, folder):
        if folder.name == "migrations":
            return
        said = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""

        assert said, f"{named(folder)}/__init__.py: what comes in, what goes out, what it may not touch"
        assert len(re.findall(r"\.(?=\s|$)", said)) >= (1 if SMALL & set(folder.parts) else 2), said


class TestTheDemands:
    @pytest.mark.parametrize("source", sorted({each.source for each in ALL} | {what for what, _ in LEFT_OUT}))
    def test_give_sources_that_are_there(self, source):
        parts = re.split("(" + "|".join(PAGES) + ")", source)

        assert len(parts) > 1 or source.endswith(".xsd")
        for short, behind in zip(parts[1::2], parts[2::2], strict=True):
            numbers = re.findall(r"\b\d\.\d\b", behind)
            assert numbers, f"{short} without a section"
            assert [each for each in numbers if each not in numbers_of(PAGES[short])] == []


class TestTheConfigurationFile:
    def shown(self) -> str:
        section = TEXTS["docs/design.md"].split("\n## 7. ")[1].split("\n## ")[0]
        return re.search(r"```yaml\n(.*?)```", section, re.DOTALL)[1].replace("6f0c2c1e-…", "6f0c2c1e-93a4-4f0e-8a55-0c6a2c6f9d11")

    def test_can_be_read(self, tmp_path):
        environ = dict.fromkeys(("ACME_INTACCT_PASSWORD", "SENDER_PASSWORD", "ACME_UK_PLEO_KEY"), "secret")

        assert read(self.shown(), environ=environ, folder=tmp_path).mistakes == ()

    def test_is_shown_with_every_setting(self):
        entity = yaml.safe_load(self.shown())["connections"][0]["entities"][0]
        shown = set()
        for key, value in entity.items():
            of_its_own = isinstance(value, dict) and any(place.sections[0] == key and len(place.sections) > 1 for place in PLACES)
            shown |= {f"{key}.{each}" for each in value} if of_its_own else {key}

        assert shown == {place.path for place in PLACES}
