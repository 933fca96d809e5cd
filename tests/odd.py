"""Odd values in items and answers, for the tests that throw them at what reads them. The same seed makes the same ones."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from random import Random
from typing import Any

from lxml import etree

RUNS = int(os.environ.get("FUZZ_RUNS", "500"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
# In the suite, beside others on a busy machine, only what is read alone is timed.
LONG = RUNS > 500
# As JSON is written.
ODD = (
    "null", "true", "-1", "0", "1e999999", "-1E-999999", "0e999999", "1E+20", "1e30", "9" * 5_000, "NaN", "-Infinity", '""', '"\\u0000"',
    '"\\ud800"', '"9999-12-31T23:59:59-14:00"', '"0001-01-01T00:00:00+14:00"', '"sNaN"', '"https://[::1/x"', "[]", "{}", "[[]]",
    '[{"a": 1}]',
    "[" * 5_000 + "]" * 5_000, '{"a":' * 300 + "1" + "}" * 300, '"' + "x" * 100_000 + '"', '"\N{SUPERSCRIPT TWO}"', "10000000000000000000",
)  # fmt: skip
ODD_TEXTS = (
    "", " ", "-1", "0", "9" * 5_000, "9" * 18, "9" * 19, "4294967296", "\N{SUPERSCRIPT TWO}", "\N{ARABIC-INDIC DIGIT THREE}", "NaN", "sNaN",
    "Infinity", "1e999999", "1E+20", "-1e30", "1_000", "x" * 100_000, "x" * 300, "12/31/9999", "00/00/0000", "2026-02-30", "true", "T",
    "null",
    "\N{ZERO WIDTH SPACE}", "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}" * 60, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    "<&>'\"", "a b", "\N{LATIN SMALL LETTER SHARP S}" * 40, "success", "failure", "Paid", "1,234.56", "\N{PILE OF POO}",
)  # fmt: skip


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(place for step, inner in steps for place in places(inner, (*way, step)))]


def mutated(value: Any, chance: Random) -> bytes:
    """Put one to three odd values into a copy, as JSON is written."""
    changed = json.loads(json.dumps(value))
    marks = {}
    for nth in range(chance.randint(1, 3)):
        *way, last = chance.choice(places(changed)[1:])
        here = changed
        for step in way:
            here = here[step]
        if chance.random() < 0.15:
            here.pop(last)
            if not changed:
                break
        else:
            here[last] = f"@@{nth}@@"
            marks[f'"@@{nth}@@"'] = chance.choice(ODD)
    text = json.dumps(changed)
    for mark, odd in marks.items():
        text = text.replace(mark, odd)
    return text.encode()


def mutated_xml(raw: bytes, chance: Random, *, within: str = "data") -> bytes:
    """Change one to three of the elements within the elements of this name: another text, gone, twice, called otherwise, or nested."""
    root = etree.fromstring(raw)
    for _ in range(chance.randint(1, 3)):
        inner = [each for data in root.iter(within) for each in data.iter() if isinstance(each.tag, str)]
        if not inner:
            break
        here = chance.choice(inner)
        parent, what = here.getparent(), chance.random()
        if here.attrib and what < 0.3:
            here.set(chance.choice(list(here.attrib)), chance.choice(ODD_TEXTS))
        elif what < 0.75 or parent is None:
            here.text = chance.choice(ODD_TEXTS)
        elif what < 0.85:
            parent.remove(here)
        elif what < 0.9:
            parent.append(etree.fromstring(etree.tostring(here)))
        elif what < 0.95:
            here.tag = chance.choice(("x", "RECORDNO", "data", "result", "STATE", "error"))
        else:
            here.append(etree.fromstring("<a>" * 100 + "</a>" * 100))
    return etree.tostring(root)


def soon(run: int, act: Callable[[Random], object]) -> None:
    """Do one run with the chance that is its own, and see that it took no second."""
    began = time.monotonic()
    try:
        act(Random(f"{SEED}.{run}"))
    except Exception as error:
        error.add_note(f"Run {run} of seed {SEED}")
        raise
    assert time.monotonic() - began < 1, f"run {run} of seed {SEED}"
