"""The rows of the reference pages, walked one by one: what each marks as required, conditional, an enumeration, a format or a length
stands in the table of demands, or in the list of what is left out, with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from integration.sandbox.intacct.demands import ALL, RECORDS
from integration.sandbox.intacct.demands.left_out import LEFT_OUT_ROWS
from tests.contracts import PAGES, section

# Which records of the table a table of a page speaks of: page, section, which of its tables -> records.
TABLES = {
    ("01-protocol", "1.2", 0): ("control", "login", "operation", "function"),
    ("03-reads", "3.1", 0): ("query",),
    ("05-writes", "5.1", 0): ("APBILL",),
    ("05-writes", "5.1", 1): ("APBILLITEM", "TAXENTRY of APBILLITEM"),
    ("05-writes", "5.2", 0): ("APPYMT", "APPYMTDETAIL"),
    ("05-writes", "5.3", 0): ("GLENTRY", "TAXENTRY of GLENTRY"),
    ("05-writes", "5.5", 0): ("create_supdoc", "update_supdoc", "attachment", "create_supdocfolder"),
}
# Of the objects that are written: what is required (!) and what is an enumeration ({…}).
OBJECTS = {
    "4.3": {"GLBATCH": ("GLBATCH",), "GLENTRY": ("GLENTRY",)},
    "4.4": {
        "APBILL": ("APBILL",), "APBILLITEM": ("APBILLITEM",), "APPYMT": ("APPYMT",), "APPYMTDETAIL": ("APPYMTDETAIL",),
    },
}  # fmt: skip
# Fields of 7.3 -> the elements that are so long, where the page names them in words.
LENGTHS = {
    "bill number (RECORDID / billno)": ("APBILL RECORDID",),
    "ponumber / DOCNUMBER": ("APBILL DOCNUMBER", "APPYMT DOCNUMBER"),
    "header description": ("APBILL DESCRIPTION",),
    "line memo / ENTRYDESCRIPTION": ("APBILLITEM ENTRYDESCRIPTION",),
    "BATCH_TITLE": ("GLBATCH BATCH_TITLE",),
    "REFERENCENO": ("GLBATCH REFERENCENO",),
    "GLENTRY DOCUMENT": ("GLENTRY DOCUMENT",),
    "GLENTRY DESCRIPTION": ("GLENTRY DESCRIPTION",),
    "payment documentnumber / checkno": ("APPYMT DOCNUMBER",),
    "paymentdescription": ("APPYMT DESCRIPTION",),
    "journal symbol": ("GLBATCH JOURNAL",),
    "GL account number": ("GLENTRY ACCOUNTNO", "APBILLITEM ACCOUNTNO"),
    "project, item, class ID": tuple(f"{on} {name}" for on in ("GLENTRY", "APBILLITEM") for name in ("PROJECTID", "ITEMID", "CLASSID")),
    "task ID": ("GLENTRY TASKID", "APBILLITEM TASKID"),
    "contract ID": ("GLENTRY CONTRACTID", "APBILLITEM CONTRACTID"),
    "warehouse ID": ("GLENTRY WAREHOUSEID", "APBILLITEM WAREHOUSEID"),
    "VENDORID, CUSTOMERID": (
        "APBILL VENDORID", "APPYMT VENDORID", "GLBATCH VATVENDORID", "GLBATCH VATCUSTOMERID",
        *(f"{on} {name}" for on in ("GLENTRY", "APBILLITEM") for name in ("VENDORID", "CUSTOMERID")),
    ),
    "currency": ("GLENTRY CURRENCY", "APBILL CURRENCY", "APBILL BASECURR", "APPYMT CURRENCY", "APPYMT BASECURR"),
    "exchange rate type": ("GLENTRY EXCH_RATE_TYPE_ID", "APBILL EXCH_RATE_TYPE_ID", "APPYMT EXCH_RATE_TYPE_ID"),
    "supdocid": ("create_supdoc supdocid", "GLBATCH SUPDOCID", "APBILL SUPDOCID"),
    "supdocname": ("create_supdoc supdocname", "update_supdoc supdocname"),
    "supdocfoldername": ("create_supdoc supdocfoldername", "create_supdocfolder supdocfoldername"),
    "supdocdescription": ("create_supdoc supdocdescription", "update_supdoc supdocdescription"),
    "attachmentname": ("attachment attachmentname",),
    "attachmenttype": ("attachment attachmenttype",),
    "control/function controlid": ("control controlid", "function @controlid"),
}  # fmt: skip
# Tables of facts, whose rows are sentences: page, section, which table, and the demand (or record) that each row with a bound became.
FACTS: dict[tuple[str, str, int], dict[str, str]] = {
    ("01-protocol", "1.1", 0): {"Method": "HTTP method", "Request content type": "HTTP content.type", "Request encoding": "HTTP body"},
    ("01-protocol", "1.4", 0): {
        "date in generic functions": "GLBATCH BATCH_DATE date",
        "date in legacy functions": "create_bill datecreated year, month and day as elements",
        "decimal / currency": "GLENTRY TRX_AMOUNT decimals 2",
        "boolean": "APBILL ONHOLD one of true|false",
    },
    ("02-sessions-idempotency", "2.2", 0): {
        "A user may be restricted to some entities;": "login locationid must be an active entity the user may enter",
        "TAXSOLUTIONID is required only at the top": "GLBATCH TAXSOLUTIONID required at the top level where taxes are stated",
        "At top level each line needs a LOCATIONID": "APBILLITEM LOCATIONID required in a company of several entities",
        "JE at top level whose entries do not balan": "GLBATCH its lines must lie in one entity",
    },
    ("03-reads", "3.1", 1): {
        "equalto, notequalto": "query filter a known operator",
        "lessthan, lessthanorequalto, greaterthan,": "query filter a known operator",
        "between": "query filter a known operator",
        "in, notin": "query filter one to a thousand values of in",
        "like, notlike": "query filter a known operator",
        "isnull, isnotnull": "query filter a known operator",
    },
    ("03-reads", "3.2", 0): {
        "readByQuery": "readByQuery pagesize 1 to 1000",
        "readMore": "readMore resultId required",
        "read": "read keys at most 100",
        "lookup": "lookup object must exist",
    },
    ("07-limits-setup-formats-rest", "7.1", 0): {
        "Page size": "query pagesize 1 to 2000",
        "Records per generic create/update, keys pe": "create at most 100 records",
    },
    ("07-limits-setup-formats-rest", "7.3", 1): {
        "date": "GLBATCH BATCH_DATE date",
        "amounts": "GLENTRY EXCHANGE_RATE decimals 4",
        "boolean": "APBILL ONHOLD one of true|false",
        "debit/credit": "GLENTRY TR_TYPE one of 1|-1",
    },
}  # fmt: skip
NAMES = ("01-protocol", "02-sessions-idempotency", "03-reads", "04-objects", "05-writes", "07-limits-setup-formats-rest")
# Tables that say what comes back, what people prepare, or what is read.
DEMAND_NOTHING = {
    ("01-protocol", "1.6"), ("02-sessions-idempotency", "2.3"), ("03-reads", "3.4"), ("03-reads", "3.5"),
    ("04-objects", "4.1"), ("04-objects", "4.2"), ("04-objects", "4.5"), ("04-objects", "4.6"),
    ("07-limits-setup-formats-rest", "7.2"), ("07-limits-setup-formats-rest", "7.4"),
}  # fmt: skip
_CUT = 42  # of the first cell of a row of facts
_NAME = r"[A-Z][A-Z0-9_]{3,}"
_FORMAT = {
    "date": ("mm/dd/yyyy",), "number": ("integer", "decimals", "absolute value", "1..2000", ">= 0"), "name": ("without dot",),
    "data": ("base64",), "order": ("order:",),
}  # fmt: skip


@dataclass(frozen=True)
class Mark:
    """One thing that a page says of one element."""

    page: str
    number: str
    element: str
    kind: str
    on: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page} {self.number}: {self.element}, {self.kind.partition(' ')[0]}"


def tables(page: str, number: str) -> list[list[list[str]]]:
    """Return the tables of a section, each a list of rows without its head."""
    found: list[list[list[str]]] = [[]]
    for line in section(f"intacct/{page}.md", number).splitlines():
        if line.startswith("|"):
            found[-1].append([cell.strip().replace("`", "").replace("*", "") for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
        elif found[-1]:
            found.append([])
    return [rows[2:] for rows in found if rows]


def _sections(page: str) -> list[str]:
    return re.findall(r"^## (\d+\.\d+) ", (PAGES / "intacct" / f"{page}.md").read_text(), re.MULTILINE)


def marks() -> Iterator[Mark]:
    """What the pages mark, row by row."""
    for (page, number, nth), on in TABLES.items():
        for row in tables(page, number)[nth]:
            yield from _of_row(page, number, row, on)
    for number, objects in OBJECTS.items():
        for name, fields in (row[:2] for row in tables("04-objects", number)[0]):
            if name in objects:
                yield from (
                    Mark("04-objects", number, f"{name}/{each}", "required", objects[name]) for each in re.findall(rf"({_NAME})!", fields)
                )
                yield from (
                    Mark("04-objects", number, f"{name}/{each}", "choice", objects[name]) for each in re.findall(rf"({_NAME}) \{{", fields)
                )
    for row in tables("07-limits-setup-formats-rest", "7.3")[0]:
        yield from (Mark("07-limits", "7.3", row[at], f"length {row[at + 1]}", ()) for at in (0, 2))
    for (page, number, nth), demands in FACTS.items():
        for row in tables(page, number)[nth]:
            named = row[0][:_CUT].strip()
            yield Mark(page, number, named, "fact", (demands.get(named, ""),))


def _of_row(page: str, number: str, row: list[str], on: tuple[str, ...]) -> Iterator[Mark]:
    names = _names(row[0], on)
    needed, said = (row[1], row[2]) if number in ("1.2", "5.1", "5.2", "5.3") else (row[0], f"{row[0]} {row[1]}")
    if number in ("3.1", "5.5"):  # rows of facts, whose own words say it
        needed = "yes" if re.search(r"\brequired\b|at least|exactly", said) else "no"
    only = re.match(rf"({_NAME}): ", needed)
    if not re.match(r"no\b|optional|$", needed):
        yield from (Mark(page, number, name, "required", on) for name in names if not only or name == only[1])
    choice = r"true/false|(\w[\w ]*(\(.*?\))?, ){3}|Submit.*Draft|1 debit"
    if re.search(choice, said) and number != "5.5":
        yield from (Mark(page, number, name, "choice", on) for name in names)
    for kind, words in _FORMAT.items():
        which = {"data": ["attachmentdata"], "number": [name for name in names if not name.endswith("_TYPE_ID")]}.get(kind, names)
        if any(word in said for word in words):
            yield from (Mark(page, number, name, kind, on) for name in which)
    for told in re.findall(rf"({_NAME})(?: and ({_NAME}))?,? (?:both )?required", said):
        yield from (Mark(page, number, name, "required", on) for name in told if name)


def _names(cell: str, on: tuple[str, ...]) -> list[str]:
    known = {name.lstrip("@").lower(): name for record in RECORDS if record.on in on for name in record.elements}
    words = re.findall(r"[A-Za-z_*]+(?:/@?[A-Za-z]+)?", cell)
    return [word for word in words if word.rpartition("/")[2].lstrip("@").lower() in known or re.fullmatch(_NAME, word)]


def demanded(mark: Mark) -> bool:
    """Whether the table of demands says so too."""
    if mark.kind == "fact":
        return any(mark.on[0] and f"{each.id} ".startswith(f"{mark.on[0]} ") for each in ALL)
    if mark.kind.startswith("length"):
        size = max(map(int, re.findall(r"(?<!in )\b\d+\b", mark.kind)))
        return mark.element in LENGTHS and all(_length(each) <= size for each in LENGTHS[mark.element])
    name = mark.element.rpartition("/")[2].lstrip("@")
    rules = [each.rule for each in ALL if each.on in mark.on and each.element.lstrip("@").lower() == name.lower()]
    whole = [each.rule for each in ALL if each.on in mark.on and (not each.element or name in each.rule)]
    words = {
        "required": ("required", "at least", "exactly one", "is not carried out"),
        "choice": ("one of", "true or false", "exactly one", "is not carried out", "only", "ascending", "a known operator"),
        "date": ("date",),
        "number": ("number", "decimals", "absolute", "1 to", "not below zero", "must be a bill"),
        "name": ("without dot",),
        "data": ("base64",),
        "order": ("in this order",),
    }[mark.kind]
    return any(word in rule for rule in (*rules, *whole) for word in words)


def _length(place: str) -> float:
    """How long the table of demands lets this element be."""
    on, _, element = place.partition(" ")
    bounds = [
        int(found[1])
        for each in ALL
        if (each.on, each.element) == (on, element) and (found := re.search(r"(?:length|at most|1 to) (\d+)", f"{each.rule} {each.value}"))
    ]
    return min(bounds, default=float("inf"))


class TestThePages:
    def test_mark_nothing_that_neither_stands_in_the_table_nor_is_left_out_with_a_reason(self):
        found = list(marks())

        assert len(found) > 150
        assert sorted({str(mark) for mark in found if not demanded(mark)} - set(LEFT_OUT_ROWS)) == []

    def test_still_mark_everything_that_is_left_out(self):
        assert sorted(set(LEFT_OUT_ROWS) - {str(mark) for mark in marks() if not demanded(mark)}) == []

    def test_have_no_other_table_of_what_is_demanded(self):
        """A table that is added to a page is walked too, or said to demand nothing of a request."""
        read = {(page, number) for page, number, _ in (*TABLES, *FACTS)}
        read |= {("04-objects", number) for number in OBJECTS}
        there = {(page, number) for page in NAMES for number in _sections(page) if tables(page, number)}

        assert there - read == DEMAND_NOTHING
