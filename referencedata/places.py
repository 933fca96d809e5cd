"""In which entity a location lies."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def entity_of(location: str, *, parents: Mapping[str, str], entities: Collection[str]) -> str:
    """Go up from a location until an entity is met; "" if none is, or if the way leads in a circle.

    parents: parent by location, "" or absent at the top. An entity lies in itself.
    """
    passed: set[str] = set()
    while location and location not in passed:
        if location in entities:
            return location
        passed.add(location)
        location = parents.get(location, "")
    return ""
