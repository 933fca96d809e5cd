"""The demands of Pleo as a part of the page that people read."""

from __future__ import annotations

from collections.abc import Iterator

from integration.sandbox.demand_lines import told
from integration.sandbox.pleo.demands import ALL, RECORDS
from integration.sandbox.pleo.demands.left_out import LEFT_OUT, LEFT_OUT_CALLS

_HEAD = f"""\
# What Pleo demands of a request

{len(ALL)} demands of Pleo's published files and pages, as the sandbox enforces them: parameters and bodies are read by this table, and
each row has a test that breaks it and is refused by it alone. *Element*: `?limit` is a query parameter, `{{jobId}}` a part of the path,
`@authorization` a header, any other stands in the body; `[]` is each of a list. *Source* is a file and call, or a section of
`docs/reference/pleo-api.md`. **?** behind a demand: Pleo leaves it open, and the strict reading is enforced; `settings.relax("…")` of the
sandbox takes the kinder one. The last column is the answer: its status, and the `type` of its body, which is the sandbox's own where Pleo
names none.
"""


def page() -> str:
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    for record in RECORDS:
        yield f"## {record.on}\n"
        yield "| element | demand | source | answered with |"
        yield "| --- | --- | --- | --- |"
        for each in record:
            demand = told(each.rule, each.value, sure=each.sure)
            status, kind = each.answer
            element = f"`{each.element}`" if each.element else "(the whole)"
            yield f"| {element} | {demand} | {_linked(each.source)} | {status} {kind} |"
        yield ""
    yield "## Left out of Pleo's\n"
    yield "| of the files and the reference | why |"
    yield "| --- | --- |"
    for what, why in (*LEFT_OUT, *((f"{file} {call}", why) for (file, call), why in LEFT_OUT_CALLS.items())):
        yield f"| {_linked(what)} | {why} |"


def _linked(source: str) -> str:
    return source.replace("pleo-api", "[pleo-api](reference/pleo-api.md)")
