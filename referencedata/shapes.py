"""What the answers to `lookup` and `getDimensions` say. Pure: elements in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Row = Mapping[str, str]

# Elements of a standard dimension on (journal lines, bill lines), where they are not its name with ID. Source: reference, 3.4.
_SPELT_DIFFERENTLY = {"LOCATION": ("LOCATION", "LOCATIONID"), "DEPARTMENT": ("DEPARTMENT", "DEPARTMENTID")}


def fields_shown(data: Any) -> dict[str, str]:
    """Return label by field ID from the answer to `lookup`."""
    return {row["ID"]: row.get("LABEL", "") for row in _records(data, "field") if row.get("ID")}


def rows_of_dimensions(data: Any) -> tuple[Row, ...]:
    """Return the rows of `getDimensions` as they came."""
    return tuple(row for row in _records(data, "dimension") if row.get("OBJECTNAME"))


def own_elements(fields: Mapping[str, str]) -> dict[str, str]:
    """Return label by field of those that carry a dimension which the customer defined."""
    return {element: label for element, label in fields.items() if element.upper().startswith("GLDIM")}


def dimension_rows(listed: Iterable[Row], journal_fields: Mapping[str, str], bill_fields: Mapping[str, str]) -> list[Row]:
    """Return each of these rows of `getDimensions` with the elements that carry it on journal lines and on bill lines.

    journal_fields, bill_fields: label by field of GLENTRY and APBILLITEM in this company. The element of a
    user-defined dimension is the GLDIM… field that bears its object name, else the one with its label; "" if none does.
    """
    return [
        {**row, "JOURNALELEMENT": _element(row, journal_fields, place=0), "BILLELEMENT": _element(row, bill_fields, place=1)}
        for row in listed
    ]


def _element(row: Row, fields: Mapping[str, str], *, place: int) -> str:
    name = row["OBJECTNAME"]
    if row.get("USERDEFINEDDIMENSION", "").lower() != "true":
        return _SPELT_DIFFERENTLY.get(name, (f"{name}ID", f"{name}ID"))[place]
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
