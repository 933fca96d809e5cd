"""The import rules of docs/design.md, section 3, checked on the source; and the checker, checked on a made-up tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APPS = ("integration", "referencedata", "exports", "config")
LAYERS = ("values", "rules", "edges", "steps", "entry points")

# Told by the name of a folder first, then by the name of the file; what else a room of verbs holds is a step.
FOLDERS = {
    "sandbox": "sandbox",
    "migrations": "",
    "management": "entry points",
    "admin": "entry points",
    "pages": "entry points",
    "models": "edges",
    "posting": "rules",
    "configuration_file": "steps",
}
FILES = {
    **dict.fromkeys(("money", "errors", "items", "documents", "bills", "parts", "published", "answers", "day_formats"), "values"),
    **dict.fromkeys(("retry", "xml", "responses", "refusals", "file_types", "places", "reverse_charges"), "rules"),
    **dict.fromkeys(("formats", "pieces", "functions", "bill_functions", "queries"), "rules"),
    **dict.fromkeys(("comparing", "diff", "changes", "company_shapes", "eligibility", "differences"), "rules"),
    **dict.fromkeys(("fields", "endpoints", "kind", "registry", "columns", "gateway", "transport", "client", "clock", "bodies"), "edges"),
    **dict.fromkeys(("reference", "pacing", "receipt_links"), "edges"),
    **dict.fromkeys(("lane", "run_cycle", "code_checks", "codes", "currencies"), "steps"),
    **dict.fromkeys(("tasks", "checks", "apps", "demo"), "entry points"),
}
ROOMS = dict.fromkeys(("connecting", "kinds", "syncing", "publishing", "intake", "planning", "ledger", "delivery", "reporting"), "steps")
HTTP = ("requests", "urllib3", "httpx", "aiohttp", "http.client", "urllib.request")
MAY_SPEAK_HTTP = ("integration.intacct.transport", "integration.pleo.client", "integration.pleo.receipt_links")
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("timezone", "now")}
CLOCKS |= {("time", name) for name in ("time", "monotonic", "perf_counter", "time_ns")}


@dataclass
class Module:
    """One source file. imports: dotted names as written, ours resolved to modules."""

    name: str
    layer: str | None
    tree: ast.Module
    package: bool
    imports: set[str] = field(default_factory=set)

    @property
    def app(self) -> str:
        return self.name.split(".")[0]


def layer_of(path: Path) -> str | None:
    """Return the layer of a file (relative to the root); "" for what has none to keep, None for an unknown name."""
    app, *inner = path.with_suffix("").parts
    if app == "config":
        return "entry points"
    for part in inner:
        if part in FOLDERS:
            return FOLDERS[part]
    if inner[-1] == "__init__":
        return ""
    return FILES.get(inner[-1]) or next((ROOMS[part] for part in inner[:-1] if part in ROOMS), None)


def read(root: Path) -> dict[str, Module]:
    modules = {}
    for app in APPS:
        for path in sorted((root / app).rglob("*.py")):
            inner = path.relative_to(root)
            package = inner.stem == "__init__"
            name = ".".join((inner.parent if package else inner.with_suffix("")).parts)
            modules[name] = Module(name, layer_of(inner), ast.parse(path.read_text()), package)
    for module in modules.values():
        module.imports = set(_imports(module, modules))
    return modules


def _imports(module: Module, modules: dict[str, Module]) -> Iterator[str]:
    for node in _running(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.name.split(".")
                parts = parts[: len(parts) - node.level + module.package]
                base = ".".join([*parts, *([base] if base else [])])
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                yield whole if whole in modules else base


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk everything, also inside functions, but what only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from _running(node)


def faults(root: Path) -> list[str]:
    """Return every import and call that the layers do not allow, each as a sentence."""
    modules = read(root)
    found = [f"{module.name} has no layer: name it in {Path(__file__).name}" for module in modules.values() if module.layer is None]
    for module in modules.values():
        found += _layer_faults(module, modules)
        if module.layer in ("values", "rules"):
            found += _impurities(module)
        if module.layer != "sandbox" and module.name not in MAY_SPEAK_HTTP:
            found += [f"{module.name} imports {one}: only transport and client speak HTTP" for one in module.imports if _below(one, HTTP)]
    found += [f"a circle: {' → '.join(circle)}" for circle in _circles(modules)]
    return sorted(found)


def _layer_faults(module: Module, modules: dict[str, Module]) -> Iterator[str]:
    for name in module.imports:
        other = modules.get(name)
        if module.layer == "sandbox" and ((other and other.layer != "sandbox") or _below(name, ("django",))):
            yield f"{module.name} imports {name}: the sandbox imports nothing of ours and no Django"
        if other is None or not module.layer or module.layer not in LAYERS:
            continue
        if other.layer == "sandbox" and module.layer != "entry points":
            yield f"{module.name} imports {name}: only entry points know the sandbox"
        elif other.layer in LAYERS and LAYERS.index(other.layer) > LAYERS.index(module.layer):
            yield f"{module.name} ({module.layer}) imports {name} ({other.layer})"
        if APPS.index(other.app) > APPS.index(module.app) and module.layer != "entry points":
            yield f"{module.name} imports {name}: {other.app} stands above {module.app}"


def _impurities(module: Module) -> Iterator[str]:
    for name in module.imports:
        if _below(name, ("django", "integration.clock")):
            yield f"{module.name} ({module.layer}) imports {name}"
    for node in _running(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called = ast.unparse(node.func).split(".")
            if tuple(called[-2:]) in CLOCKS:
                yield f"{module.name} ({module.layer}) reads the clock: {'.'.join(called)}"


def _below(name: str, tops: tuple[str, ...]) -> bool:
    return any(name == top or name.startswith(top + ".") for top in tops)


def _circles(modules: dict[str, Module]) -> Iterator[list[str]]:
    done: set[str] = set()

    def visit(name: str, way: list[str]) -> Iterator[list[str]]:
        if name in way:
            yield [*way[way.index(name) :], name]
            return
        if name in done:
            return
        for other in sorted(modules[name].imports & modules.keys()):
            yield from visit(other, [*way, name])
        done.add(name)

    for name in sorted(modules):
        yield from visit(name, [])


class TestOurModules:
    def test_keep_to_their_layers(self):
        assert faults(ROOT) == []

    def test_are_all_found(self):
        modules = read(ROOT)

        assert {"integration.money", "exports.posting.plan", "referencedata.models", "config.settings"} <= modules.keys()
        assert modules["exports.posting.plan"].layer == "rules"
        assert modules["exports.models.documents"].layer == "edges"
        assert "integration.intacct.documents" in modules["exports.posting.plan"].imports


GOOD = {
    "integration/money.py": "from decimal import Decimal\n",
    "integration/retry.py": "from datetime import datetime\nfrom integration.money import Decimal\n",
    "integration/models/__init__.py": "from integration.models.one import One\n",
    "integration/models/one.py": "from django.db import models\nclass One: pass\n",
    "integration/intacct/transport.py": "import requests\nfrom integration.models import One\n",
    "integration/connecting/probes.py": "from integration.intacct.gateway import requests\n",
    "integration/sandbox/server.py": "from http.server import HTTPServer\nimport http.client\n",
    "integration/management/commands/probe.py": "from exports.intake.collect import y\nimport integration.sandbox.server\n",
    "referencedata/syncing/sync.py": "from integration.connecting.probes import x\n",
    "exports/posting/plan.py": "from integration.money import Decimal\n",
    "exports/intake/collect.py": "from referencedata.syncing.sync import z\nfrom exports.posting import plan\n",
    "config/urls.py": "from exports.intake.collect import y\n",
}
BAD = [
    ("integration/money.py", "from integration.retry import x", "integration.money (values) imports integration.retry (rules)"),
    ("integration/money.py", "from django.db import models", "integration.money (values) imports django.db"),
    ("integration/money.py", "import django", "integration.money (values) imports django"),
    ("integration/retry.py", "import requests", "integration.retry imports requests: only transport and client speak HTTP"),
    ("integration/retry.py", "def f():\n    import urllib.request", "integration.retry imports urllib.request: only transport"),
    ("integration/retry.py", "x = datetime.now()", "integration.retry (rules) reads the clock: datetime.now"),
    ("integration/retry.py", "import datetime as d\nx = d.datetime.now(None)", "integration.retry (rules) reads the clock: d.datetime.now"),
    ("exports/posting/plan.py", "import time\nx = time.time()", "exports.posting.plan (rules) reads the clock: time.time"),
    ("exports/posting/plan.py", "from datetime import date\nx = date.today()", "exports.posting.plan (rules) reads the clock: date.today"),
    ("exports/posting/plan.py", "from exports.intake.collect import y", "exports.posting.plan (rules) imports exports."),
    ("integration/models/one.py", "from integration.connecting import probes", "integration.models.one (edges) imports"),
    ("integration/models/one.py", "from ..connecting.probes import x", "integration.models.one (edges) imports integration.connecting."),
    ("integration/models/one.py", "import httpx", "integration.models.one imports httpx: only transport and client speak HTTP"),
    ("integration/connecting/probes.py", "def f():\n    from referencedata.syncing.sync import z", "integration.connecting.probes imports"),
    ("referencedata/syncing/sync.py", "import exports.intake.collect", "referencedata.syncing.sync imports exports."),
    ("exports/intake/collect.py", "import config.urls", "exports.intake.collect (steps) imports config.urls (entry points)"),
    ("exports/intake/collect.py", "import integration.sandbox.server", "exports.intake.collect imports integration.sandbox.server:"),
    ("integration/sandbox/server.py", "import django.conf", "integration.sandbox.server imports django.conf:"),
    ("integration/sandbox/server.py", "from integration.money import x", "integration.sandbox.server imports integration.money:"),
    ("integration/models/one.py", "from integration.models import One", "a circle: integration.models → integration.models.one →"),
    ("integration/helpers.py", "", "integration.helpers has no layer"),
]  # fmt: skip


class TestFaults:
    @pytest.fixture
    def tree(self, tmp_path):
        for name, text in GOOD.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    def test_are_none_in_a_good_tree(self, tree):
        assert faults(tree) == []

    @pytest.mark.parametrize(("name", "line", "said"), BAD)
    def test_are_found(self, tree, name, line, said):
        path = tree / name
        path.write_text((path.read_text() if path.exists() else "") + line + "\n")

        assert any(fault.startswith(said) for fault in faults(tree)), faults(tree)

    def test_are_not_what_only_a_type_checker_reads(self, tree):
        path = tree / "integration/money.py"
        path.write_text("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from integration.connecting.probes import x\n")

        assert faults(tree) == []
