"""What a page of the documentation says of the code: files, and the names in them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
_NAMED = re.compile(r"`([\w/]+\.py)`((?:(?:,| and)? ?`[A-Za-z_][\w.]*`)+)")


@cache
def names(path: str) -> frozenset[str]:
    """Return every name a file defines: functions, methods, classes, and what is assigned in modules and classes."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return frozenset(found)


def paths(text: str) -> list[str]:
    """Return the files and folders of ours that a text names in backticks."""
    return re.findall(r"`((?:config|integration|referencedata|exports|templates|static|tests|docs)/[\w./-]*)`", text)


def claims(text: str) -> Iterator[tuple[str, str]]:
    """Yield (file, name) for each name in backticks that follows a file at once."""
    for path, following in _NAMED.findall(text):
        for dotted in re.findall(r"`([\w.]+)`", following):
            if not dotted.endswith(".py"):
                yield from ((path, name) for name in dotted.split("."))
