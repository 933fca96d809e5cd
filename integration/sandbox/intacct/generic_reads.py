"""The older generic reads: readByQuery, readMore, read, readByName and inspect.

Source: docs/reference/intacct/03-reads.md, section 3.2. Their query language knows codes where `query` knows labels
(STATUS = 'T'), the rows come back under tags in small letters, and a page is followed by the id of its result.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml import etree

from integration.sandbox.books import Row
from integration.sandbox.intacct.answers import child, element, record
from integration.sandbox.intacct.fields import CODES, FIELDS, Field, fields_of
from integration.sandbox.intacct.objects import ID_FIELDS, SIDE, user_dimensions
from integration.sandbox.intacct.query import Source, comparable
from integration.sandbox.intacct.refusals import Refused, refuse
from integration.sandbox.intacct.sessions import Context

MOST_ROWS = 1000
MOST_KEYS = 100
DEFAULT_ROWS = 100
# Header -> the lines that `read` gives along with it: (their list, their object, the field that names the header).
_OWNED = {
    "GLBATCH": ("ENTRIES", "GLENTRY", "BATCHNO"),
    "APBILL": ("APBILLITEMS", "APBILLITEM", "RECORDKEY"),
    "APPYMT": ("APPYMTDETAILS", "APPYMTDETAIL", "PAYMENTKEY"),
}
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:\\.|[^'\\])*')|(?P<operator><=|>=|<>|!=|[<>=(),])|(?P<word>[\w.\-]+))", re.DOTALL
)  # fmt: skip
_COMPARISONS = {
    "=": lambda mine, value: mine == value,
    "<>": lambda mine, value: mine != value,
    "!=": lambda mine, value: mine != value,
    "<": lambda mine, value: mine < value,
    "<=": lambda mine, value: mine <= value,
    ">": lambda mine, value: mine > value,
    ">=": lambda mine, value: mine >= value,
}
Test = Callable[[Row], bool]


def _wrong(what: str) -> Refused:
    return refuse("query_form", what=what)


# The functions


def read_by_query(node: etree._Element, context: Context) -> etree._Element:
    parts = _parts(node, required=("object", "fields", "query"), allowed=("pagesize", "returnFormat", "docparid"))
    source = _source(parts["object"], context)
    size = _page_size(parts.get("pagesize", ""))
    names = _fields(parts["fields"], source)
    test = _Condition(parts["query"], source).test() if parts["query"].strip() else None
    rows = sorted(
        (row for row in source.visible(context, show_private=False) if test is None or test(row)), key=lambda row: int(row["RECORDNO"])
    )
    keys = [str(row["RECORDNO"]) for row in rows]
    result = f"{secrets.token_hex(8)}"
    context.books.put(SIDE, "RESULT", result, {"kind": source.kind, "keys": keys, "names": names, "size": size, "next": size})
    return _page(source, rows[:size], names, total=len(rows), remaining=max(0, len(rows) - size), result=result)


def read_more(node: etree._Element, context: Context) -> etree._Element:
    """Only by `resultId`: the other ways name a result that the session may have several of."""
    parts = _parts(node, required=("resultId",), allowed=("object", "view", "reportId"))
    result = context.books.get(SIDE, "RESULT", parts["resultId"])
    if result is None:
        raise _wrong(f"there is no result {parts['resultId']}")
    source = _source(result["kind"], context)
    start, end = result["next"], result["next"] + result["size"]
    context.books.put(SIDE, "RESULT", parts["resultId"], {**result, "next": end})
    rows = [row for key in result["keys"][start:end] if (row := context.books.get(SIDE, source.kind, key))]
    total = len(result["keys"])
    return _page(source, rows, result["names"], total=total, remaining=max(0, total - end), result=parts["resultId"])


def read(node: etree._Element, context: Context) -> etree._Element:
    """By record numbers, headers with the lines they own."""
    return _by_keys(node, context, "RECORDNO")


def read_by_name(node: etree._Element, context: Context) -> etree._Element:
    """By the ids people use; the same fields as `read`, without lines."""
    return _by_keys(node, context, "")


def inspect(node: etree._Element, context: Context) -> etree._Element:
    """Without detail: the objects there are, or the names of one object's fields."""
    names = [str(each.tag) for each in node]
    if names not in (["object"], ["name"]):
        raise _wrong("inspect holds one object (or name)")
    kind = (node[0].text or "").strip()
    data = element("data", listtype="All")
    if kind == "*":
        kinds = [*FIELDS, *(row["objectName"] for row in user_dimensions(context.books))]
        for each in kinds:
            child(data, "Type", each).set("typename", each)
        data.set("count", str(len(kinds)))
        return data
    known = fields_of(context.books, kind)
    if known is None:
        raise refuse("object_unknown", kind=kind)
    data.set("count", "1")
    shown = child(data, "Type")
    shown.set("Name", kind)
    fields = child(shown, "Fields")
    for name in known:
        child(fields, "Field", name)
    return data


# Their parts


def _parts(node: etree._Element, *, required: tuple[str, ...], allowed: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in node:
        tag = str(each.tag)
        if tag not in (*required, *allowed) or tag in found or len(each):
            raise _wrong(f"element {tag} is not expected in {node.tag}")
        found[tag] = (each.text or "").strip()
    for name in required:
        if name not in found:
            raise _wrong(f"{node.tag} needs {name}")
    if found.get("returnFormat", "xml") not in ("xml", ""):
        raise _wrong("the sandbox answers in xml only")
    return found


def _source(kind: str, context: Context) -> Source:
    source = Source(context.books, kind, context.days)
    if f"QUERY {kind}" in context.company.get("DENIED", []):
        raise refuse("permission", operation="READ", kind=kind)
    return source


def _page_size(text: str) -> int:
    if not text:
        return DEFAULT_ROWS
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_ROWS):
        raise _wrong(f"pagesize '{text}' is not a number from 1 to {MOST_ROWS}")
    return int(text)


def _fields(text: str, source: Source) -> list[str]:
    names = [name.strip() for name in text.split(",")] if text != "*" else list(source.fields)
    unknown = [name for name in names if name not in source.fields and "." not in name]
    if unknown:
        raise refuse("fields_unknown", fields=", ".join(unknown), kind=source.kind)
    for name in names:
        source.field(name)
    return names


def _page(source: Source, rows: list[Row], names: list[str], *, total: int, remaining: int, result: str) -> etree._Element:
    data = element(
        "data", listtype=source.kind.lower(), count=len(rows), totalcount=total, numremaining=remaining, resultId=result
    )  # fmt: skip
    data.extend(_row(source, row, names, tag=source.kind.lower()) for row in rows)
    return data


def _row(source: Source, row: Row, names: list[str], *, tag: str) -> etree._Element:
    return record(tag, [(name, source.shown(row, name)) for name in names])


def _by_keys(node: etree._Element, context: Context, field: str) -> etree._Element:
    parts = _parts(node, required=("object", "keys", "fields"), allowed=("returnFormat", "docparid"))
    source = _source(parts["object"], context)
    names = _fields(parts["fields"], source)
    keys = [key.strip() for key in parts["keys"].split(",") if key.strip()]
    if not 1 <= len(keys) <= MOST_KEYS:
        raise _wrong(f"{node.tag} takes 1 to {MOST_KEYS} keys, not {len(keys)}")
    field = field or ID_FIELDS.get(source.kind, "RECORDNO")
    visible = {str(row.get(field, "")): row for row in source.visible(context, show_private=True)}
    data = element("data", listtype=source.kind)
    for key in keys:
        if key in visible:
            made = _row(source, visible[key], names, tag=source.kind)
            if str(node.tag) == "read" and parts["fields"] == "*":
                _add_lines(made, source.kind, visible[key], context)
            data.append(made)
    data.set("count", str(len(data)))
    return data


def _add_lines(made: etree._Element, kind: str, row: Row, context: Context) -> None:
    if kind not in _OWNED:
        return
    holder, lines, names = _OWNED[kind]
    listed = child(made, holder)
    source = Source(context.books, lines, context.days)
    for line in context.books.all(SIDE, lines):
        if str(line.get(names, "")) == str(row["RECORDNO"]):
            listed.append(_row(source, line, list(source.fields), tag=lines))


# The condition of readByQuery


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


class _Condition:
    """Reads `FIELD = 'value' AND (OTHER IN ('a', 'b') OR THIRD IS NULL)`; AND binds closer than OR."""

    def __init__(self, text: str, source: Source) -> None:
        self.source = source
        self.tokens = list(_tokens(text))
        self.position = 0

    def test(self) -> Test:
        test = self._any()
        if self.position < len(self.tokens):
            raise _wrong(f"the query does not end at '{self.tokens[self.position].text}'")
        return test

    def _word(self, *words: str) -> bool:
        """Take the next tokens where they are these words."""
        found = [token.text.upper() for token in self.tokens[self.position : self.position + len(words)] if token.kind == "word"]
        if found != list(words):
            return False
        self.position += len(words)
        return True

    def _next(self, *kinds: str) -> _Token:
        if self.position >= len(self.tokens) or self.tokens[self.position].kind not in kinds:
            raise _wrong("the query breaks off")
        self.position += 1
        return self.tokens[self.position - 1]

    def _sign(self, sign: str) -> bool:
        if self.position < len(self.tokens) and self.tokens[self.position] == _Token("operator", sign):
            self.position += 1
            return True
        return False

    def _any(self) -> Test:
        tests = [self._all()]
        while self._word("OR"):
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._word("AND"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        if self._sign("("):
            inner = self._any()
            if not self._sign(")"):
                raise _wrong("a bracket is not closed")
            return inner
        field = self.source.field(self._next("word").text)
        read = self.source.read
        if self._word("IS", "NOT", "NULL"):
            return lambda row: read(row, field.name) != ""
        if self._word("IS", "NULL"):
            return lambda row: read(row, field.name) == ""
        wanted = not self._word("NOT")
        if self._word("LIKE"):
            pattern = "".join({"%": ".*", "_": "."}.get(sign, re.escape(sign)) for sign in self._value())
            matcher = re.compile(pattern, re.DOTALL)
            return lambda row: bool(matcher.fullmatch(read(row, field.name))) is wanted
        if self._word("IN"):
            values = [self._compared(text, field) for text in self._values()]
            return lambda row: (self._mine(row, field) in values) is wanted
        if not wanted:
            raise _wrong("NOT stands before LIKE or IN")
        compare = _COMPARISONS.get(self._next("operator").text)
        if compare is None:
            raise _wrong("an operator is not known")
        value = self._compared(self._value(), field)
        return lambda row: read(row, field.name) != "" and bool(compare(self._mine(row, field), value))

    def _value(self) -> str:
        token = self._next("text", "word")
        return re.sub(r"\\(.)", r"\1", token.text[1:-1]) if token.kind == "text" else token.text

    def _values(self) -> list[str]:
        if not self._sign("("):
            raise _wrong("IN takes its values in brackets")
        values = [self._value()]
        while self._sign(","):
            values.append(self._value())
        if not self._sign(")"):
            raise _wrong("a bracket is not closed")
        return values

    def _compared(self, text: str, field: Field) -> object:
        """A value as it compares: the label for the code of an enumeration, whose labels are not known here."""
        codes = CODES.get((self.source.kind, field.name)) or (CODES["", "STATUS"] if field.name == "STATUS" and field.labels else None)
        if codes is None:
            return comparable(text, Field(field.name, field.datatype), fold=False)
        if text not in codes:
            raise _wrong(f"'{text}' is not a code of {field.name}: {', '.join(codes)}")
        return codes[text]

    def _mine(self, row: Row, field: Field) -> object:
        text = self.source.read(row, field.name)
        return comparable(text, Field(field.name, field.datatype), fold=False) if text else text


def _tokens(text: str) -> Iterator[_Token]:
    position, text = 0, text.strip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        if not found or found.end() == position:
            raise _wrong(f"the query cannot be read from '{text[position : position + 20]}'")
        position = found.end()
        kind = str(found.lastgroup)
        yield _Token(kind, found.group(kind))
