"""The demands of Sage Intacct as a part of the page that people read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from integration.sandbox.demand_lines import told
from integration.sandbox.intacct.demands import ALL, RECORDS
from integration.sandbox.intacct.demands.left_out import LEFT_OUT, LEFT_OUT_ROWS

_HEAD = f"""\
# What Sage Intacct demands of a request

{len(ALL)} demands that the published pages make, as the sandbox enforces them: its forms are checked from this table, and each row has a
test that breaks it and is refused by it. *Source* is a page and section in `docs/reference/`. **?** behind a demand: the page leaves it
open, and the strict reading is enforced. The last column is the name under which the sandbox's log says that it was not met.

This page is made by `python -m integration.sandbox.demands`; a test holds it against the tables. What Pleo demands stands further down.
"""


# The short names by which the rows give their sources, with the page of each.
PAGES = {
    "01-protocol": "reference/intacct/01-protocol.md",
    "02-sessions": "reference/intacct/02-sessions-idempotency.md",
    "03-reads": "reference/intacct/03-reads.md",
    "04-objects": "reference/intacct/04-objects.md",
    "05-writes": "reference/intacct/05-writes.md",
    "06-errors": "reference/intacct/06-errors.md",
    "07-limits": "reference/intacct/07-limits-setup-formats-rest.md",
    "posting-examples": "reference/posting-examples.md",
}


def page() -> str:
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    for record in RECORDS:
        yield f"## {record.on}\n"
        if record.ordered:
            yield "A legacy part: its elements come in the order of the schema.\n"
        yield "| element | demand | source | refused as |"
        yield "| --- | --- | --- | --- |"
        for each in record:
            demand = told(each.rule, each.value, sure=each.sure)
            yield f"| {each.element or '(the whole)'} | {demand} | {_linked(each.source)} | {each.refusal} |"
        yield ""
    yield "## Left out\n"
    yield "A test walks the tables of the reference row by row: what neither stands above nor here fails it.\n"
    yield "| of the reference | why |"
    yield "| --- | --- |"
    for what, why in (*LEFT_OUT, *LEFT_OUT_ROWS.items()):
        yield f"| {_linked(what)} | {why} |"


def _linked(source: str) -> str:
    return re.sub("|".join(PAGES), lambda name: f"[{name.group()}]({PAGES[name.group()]})", source)
