"""How both tables of demands are written: lines that people can read too, and rows of the page that is made of them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator


def joined(text: str) -> Iterator[str]:
    """Return the lines of a record, each with those that are indented further behind it: rules go on, a source in brackets ends them."""
    whole = ""
    for line in filter(str.strip, textwrap.dedent(text).splitlines()):
        if line.startswith(" "):
            whole = f"{whole}{' ' if line.strip().startswith('[') else '; '}{line.strip()}"
            continue
        if whole:
            yield whole
        whole = line.strip()
    if whole:
        yield whole


def told(rule: str, value: str, *, sure: bool) -> str:
    """Return a demand as a cell of a table: its rule with its value, and **?** where the strict reading is only one of two."""
    return " ".join(filter(None, (rule, value.replace("|", ", ")))) + ("" if sure else " **?**")
