"""What the answers to `lookup` and `getDimensions` say. Pure: elements in, values out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Row = Mapping[str, str]

# What the name of an element may be; anything else can carry no dimension.
_ELEMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Elements of a standard dimension on (journal lines, bill lines), where they are not its name with ID.
# Source: docs/reference/intacct/03-reads.md, section 3.4.
_SPELT_DIFFERENTLY = {"LOCATION": ("LOCATION", "LOCATIONID"), "DEPARTMENT": ("DEPARTMENT", "DEPARTMENTID")}


def fields_shown(data: Any) -> dict[str, str]:
    """Return label by field ID from the answer to `lookup`."""
    return {row["ID"]: row.get("LABEL", "") for row in _records(data, "field") if row.get("ID")}


def rows_of_dimensions(data: Any) -> tuple[Row, ...]:
    """Return the rows of `getDimensions` as they came."""
    return tuple(row for row in _records(data, "dimension") if row.get("OBJECTNAME"))


def own_elements(fields: Mapping[str, str]) -> dict[str, str]:
    """Return label by field of those that carry a dimension which the customer defined."""
    return {element: label for element, label in fields.items() if element.upper().startswith("GLDIM") and _ELEMENT.fullmatch(element)}


def dimension_rows(listed: Iterable[Row], journal_fields: Mapping[str, str], bill_fields: Mapping[str, str]) -> list[Row]:
    """Return each of these rows of `getDimensions` with the elements that carry it on journal lines and on bill lines.

    journal_fields, bill_fields: label by field of GLENTRY and APBILLITEM in this company. The element of a
    user-defined dimension is the GLDIM… field that bears its object name, else the one with its label; "" if none does.
    """
    return [
        {**row, "JOURNALELEMENT": _element(row, journal_fields, place=0), "BILLELEMENT": _element(row, bill_fields, place=1)}
        for row in listed
    ]


# What getFinancialSetup says, with the words people know it by. Source: docs/reference/intacct/03-reads.md, section 3.5.
_FINANCIAL_SETUP = {
    "BASECURRENCY": "Base currency",
    "MULTIBASECURRENCY": "Several base currencies",
    "MULTICURRENCY": "Several currencies",
    "MULTIENTITYSHARED": "Several entities",
    "MULTIBOOK": "Several books",
    "DEFAULTBOOK": "Default book",
    "FIRSTFISCALMONTH": "First fiscal month",
}
# Preferences that change how we must write, by application. No public source says what Intacct calls them: none can be read
# until a company has shown its own (docs/assumptions.md, D43).
PREFERENCES_THAT_MATTER: Mapping[str, tuple[str, ...]] = {
    "AP": (
        "Approval of bills",
        "Approval of payments",
        "Account labels on bills",
        "Summaries named by users",
        "Numbers of bills by sequence",
        "Posting date of a bill other than its date",
        "Several bills with one number",
    ),
    "GL": ("Approval of journal entries",),
    "CM": ("Journal entries on accounts of banks",),
}
NOT_READABLE = "not readable"


def setup_rows(data: Any) -> tuple[Row, ...]:
    """Return the settings in the answer to `getFinancialSetup`; one it does not hold is not readable."""
    said: dict[str, str] = {}
    for element in data.iter() if data is not None else ():
        if isinstance(element.tag, str) and not len(element):
            said[element.tag.rsplit("}", 1)[-1].upper()] = (element.text or "").strip()
    return tuple({"NAME": name, "VALUE": said.get(field, NOT_READABLE)} for field, name in _FINANCIAL_SETUP.items())


def preference_rows(data: Any, application: str) -> tuple[Row, ...]:
    """Return the preferences of one application as they came, and before them those that matter to us."""
    matter = tuple({"NAME": name, "VALUE": NOT_READABLE} for name in PREFERENCES_THAT_MATTER.get(application, ()))
    found = {row["PREFERENCE"]: row.get("PREFVALUE", "") for row in _records(data, "companypref") if row.get("PREFERENCE")}
    return (*matter, *({"NAME": name, "VALUE": value} for name, value in found.items()))


def _element(row: Row, fields: Mapping[str, str], *, place: int) -> str:
    name = row["OBJECTNAME"]
    if row.get("USERDEFINEDDIMENSION", "").lower() != "true":
        return _SPELT_DIFFERENTLY.get(name, (f"{name}ID", f"{name}ID"))[place] if _ELEMENT.fullmatch(name) else ""
    own = own_elements(fields)
    named = [element for element in own if element.upper() == f"GLDIM{name.upper()}"]
    labels = {row.get("OBJECTLABEL", ""), row.get("TERMLABEL", "")} - {""}
    labelled = [element for element, label in own.items() if label in labels]
    return next(iter(named or labelled), "")


def _records(data: Any, tag: str) -> Iterator[Row]:
    """Yield every element called `tag`, whatever stands around it and however the gateway writes its case."""
    for element in data.iter() if data is not None else ():
        if isinstance(element.tag, str) and element.tag.rsplit("}", 1)[-1].lower() == tag:
            yield {str(child.tag).rsplit("}", 1)[-1].upper(): (child.text or "").strip() for child in element if isinstance(child.tag, str)}
