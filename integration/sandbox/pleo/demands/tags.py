"""Tag groups and tags."""

from __future__ import annotations

from integration.sandbox.pleo.demands.table import record

_FILE = "pleo-tags.yml"
_READ = ": needs the scope tags:read (unknown) [pleo-api 2]"
_WRITE = ": needs the scope tags:write (unknown) [pleo-api 2]"
_GROUP = "{groupId}: must exist as group_unknown; must be of the key's company as forbidden.group (unknown)"
_TAG = "{tagId}: must exist as tag_unknown; must be of the key's company as forbidden.group (unknown)"
_GROUPS, _ONE_GROUP, _TAGS = "/v0/tag-groups", "/v0/tag-groups/{groupId}", "/v0/tag-groups/{groupId}/tags"
_ONE_TAG = "/v0/tags/{tagId}"

LIST_GROUPS = record(
    f"GET {_GROUPS}",
    f"{_FILE} GET {_GROUPS}",
    f"""
    ?company_id: uuid; it or organization_id is required as form.company; must be the key's as forbidden.company
    ?organization_id: uuid; only with a key of the organisation as forbidden.organisation
    ?include_archived: true or false
    ?include_tags_count: true or false
    {_READ}
    """,
)

CREATE_GROUP = record(
    f"POST {_GROUPS}",
    f"{_FILE} POST {_GROUPS}, pleo-api 6.1",
    f"""
    ?company_id: uuid; required as form.company (unknown); must be the key's as forbidden.company
    body: required; object
    archived: required; true or false
    code: required; text; shortest 1 (unknown); one group of a code, without regard to case, as group_exists (unknown)
    metadata: map of texts
    name: required; text
    {_WRITE}
    """,
)

GET_GROUP = record(f"GET {_ONE_GROUP}", f"{_FILE} GET {_ONE_GROUP}", f"{_GROUP}\n{_READ}")

UPDATE_GROUP = record(
    f"PUT {_ONE_GROUP}",
    f"{_FILE} PUT {_ONE_GROUP}, pleo-api 6.1",
    f"""
    {_GROUP}
    body: required; object
    archived: required; true or false
    code: required; text; shortest 1 (unknown); one group of a code, without regard to case, as group_exists (unknown)
    metadata: required; map of texts
    name: required; text
    {_WRITE}
    """,
)

DELETE_GROUP = record(f"DELETE {_ONE_GROUP}", f"{_FILE} DELETE {_ONE_GROUP}", f"{_GROUP}\n{_WRITE}")

LIST_TAGS = record(
    f"GET {_TAGS}",
    f"{_FILE} GET {_TAGS}",
    f"""
    {_GROUP}
    ?include_archived: true or false
    {_READ}
    """,
)

CREATE_TAG = record(
    f"POST {_TAGS}",
    f"{_FILE} POST {_TAGS}, pleo-api 6.1",
    f"""
    {_GROUP}
    body: required; object
    archived: required; true or false
    code: required; text; shortest 1 (unknown); one tag of a code in its group, without regard to case, as tag_exists
    name: text
    otherDimensionValues: list of texts
    : not more active tags in a group than Pleo takes (its number is unknown) as tag_limit
    {_WRITE}
    """,
)

SEARCH_TAGS_BY_QUERY = record(
    "GET /v0/tags",
    f"{_FILE} GET /v0/tags",
    f"""
    ?company_id: uuid; must be the key's as forbidden.company
    ?text_search:
    ?tag_group_id: many; uuid
    ?include_archived: true or false
    {_READ}
    """,
)

DELETE_TAGS = record(
    "DELETE /v0/tags",
    f"{_FILE} DELETE /v0/tags",
    f"""
    body: required; object
    companyId: required; uuid; must be the key's as forbidden.company
    tagIds: required; list of uuids; at least 1; at most 100; must exist as tag_unknown
    {_WRITE}
    """,
)

ARCHIVE_TAGS = record(
    "POST /v0/tags/archive",
    f"{_FILE} POST /v0/tags/archive, pleo-api 6.1",
    f"""
    body: required; object
    archived: required; true or false
    companyId: required; uuid; must be the key's as forbidden.company
    tagIds: required; list of uuids; at least 1; at most 100; must exist as tag_unknown
    : not more active tags in a group than Pleo takes (its number is unknown) as tag_limit (unknown)
    {_WRITE}
    """,
)

GET_TAG = record(f"GET {_ONE_TAG}", f"{_FILE} GET {_ONE_TAG}", f"{_TAG}\n{_READ}")

UPDATE_TAG = record(
    f"PUT {_ONE_TAG}",
    f"{_FILE} PUT {_ONE_TAG}, pleo-api 6.1",
    f"""
    {_TAG}
    body: required; object
    archived: required; true or false
    code: required; text; shortest 1 (unknown); one tag of a code in its group, without regard to case, as tag_exists
    name: text
    otherDimensionValues: list of texts
    : not more active tags in a group than Pleo takes (its number is unknown) as tag_limit (unknown)
    {_WRITE}
    """,
)

DELETE_TAG = record(f"DELETE {_ONE_TAG}", f"{_FILE} DELETE {_ONE_TAG}", f"{_TAG}\n{_WRITE}")

SEARCH_TAGS = record(
    "POST /v0/tags:search",
    f"{_FILE} POST /v0/tags:search",
    f"""
    ?company_id: uuid; must be the key's as forbidden.company
    ?organization_id: uuid; only with a key of the organisation as forbidden.organisation
    body: object
    archived: true or false
    includeArchived: true or false
    tagGroupIds: list of uuids; unique
    tagIds: list of uuids; unique
    textSearch: text
    {_READ}
    """,
)
