"""Generated items for as long as one likes: python -m tests.unit.exports.posting.campaign --minutes 60 --seed 1."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from random import Random

from tests.unit.exports.posting.checks import judge
from tests.unit.exports.posting.generator import make


def run(chance: Random, *, items: int | None = None, until: float | None = None) -> Counter[str]:
    """Make and judge items until so many are done, or until that moment (time.monotonic); return what came of them.

    Each item has a seed of its own, so that one that fails can be made again alone: the error names it.
    """
    counts: Counter[str] = Counter()
    while (items is None or counts.total() < items) and (until is None or time.monotonic() < until):
        seed = chance.getrandbits(64)
        raw, within, record = make(Random(seed))
        try:
            counts[judge(raw, within, record)] += 1
        except Exception as error:
            error.add_note(f"Item of seed {seed}, the {counts.total() + 1}th: {json.dumps(raw)}")
            raise
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    began = time.monotonic()
    counts = run(Random(arguments.seed), until=began + arguments.minutes * 60)
    said = ", ".join(f"{number:,} {what}" for what, number in sorted(counts.items()))
    print(f"Seed {arguments.seed}, {time.monotonic() - began:,.0f} seconds: {counts.total():,} items, {said}. None was wrong.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
