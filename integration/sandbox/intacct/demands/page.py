"""The demands as a page that people read: `python -m integration.sandbox.intacct.demands.page > docs/demands.md`."""

from __future__ import annotations

from collections.abc import Iterator

from integration.sandbox.intacct.demands import ALL, RECORDS
from integration.sandbox.intacct.demands.left_out import LEFT_OUT

_HEAD = f"""\
# What Sage Intacct demands of a request

{len(ALL)} demands that the published pages make, as the sandbox enforces them: its forms are checked from this table, and each row has a
test that breaks it and is refused by it. *Source* is a page and section of the reference. **?** behind a demand: the page leaves it
open, and the strict reading is enforced. The last column is the name under which the sandbox's log says that it was not met.

Made by `python -m integration.sandbox.intacct.demands.page`; a test holds this page against the table.
"""


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
            demand = " ".join(filter(None, (each.rule, each.value.replace("|", ", "))))
            yield f"| {each.element or '(the whole)'} | {demand}{'' if each.sure else ' **?**'} | {each.source} | {each.refusal} |"
        yield ""
    yield "## Left out\n"
    yield "| of the reference | why |"
    yield "| --- | --- |"
    for what, why in LEFT_OUT:
        yield f"| {what} | {why} |"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201
