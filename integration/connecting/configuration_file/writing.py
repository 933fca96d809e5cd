"""From values to the text of a configuration file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import yaml

from integration.connecting.configuration_file.values import BASE_CURRENCY, BY_CURRENCY, PLACES, ConnectionValues, EntityValues

_HEAD = """\
# Written by export_configuration, without passwords and keys. Read again by the same installation, the stored ones stay.
# For another installation add, as env:NAME or file:PATH:
#   connections[].intacct.user_password, and sender_password where a sender_id is named
#   connections[].entities[].pleo_api_key
"""


def write(connections: Sequence[ConnectionValues]) -> str:
    """Return the file. No secret is written, even where `connections` hold some."""
    content = {"connections": [_connection(each) for each in connections]}
    return _HEAD + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)


def _connection(values: ConnectionValues) -> dict[str, Any]:
    intacct = {"company_id": values.company_id, "user_id": values.user_id}
    if values.sender_id:
        intacct["sender_id"] = values.sender_id
    return {
        "name": values.name,
        "intacct": {**intacct, "endpoint": values.endpoint, "attachment_folder": values.attachment_folder},
        "confirmed_directions": values.confirmed_directions or [],
        "second_person": values.second_person,
        "second_person_above": f"{values.second_person_above:.2f}",
        "pleo": {"base_url": values.pleo_base_url},
        "entities": [_entity(each) for each in values.entities],
    }


def _entity(values: EntityValues) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for place in PLACES:
        if place.field == "pleo_api_key":
            continue
        *way, key = place.sections
        section = content
        for name in way:
            section = section.setdefault(name, {})
        value = getattr(values, place.field)
        if value == "" or value is None or (place.field in BY_CURRENCY and not value):
            continue
        section[key] = value.get(BASE_CURRENCY) or _plain(value) if place.field in BY_CURRENCY else _plain(value)
    return {key: value for key, value in content.items() if value != {} or key in ("tax_code_pairs", "team_defaults", "account_labels")}


def _plain(value: Any) -> Any:
    """Return a value in the types that YAML writes without tags."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, UUID):
        return str(value)
    return value if isinstance(value, bool | date) else str(value)
