"""What holds for every call, and for every list that comes in pages."""

from __future__ import annotations

from integration.sandbox.pleo.demands.table import record

EVERY_CALL = record(
    "every call",
    "pleo-api 2",
    """
    @authorization: must be Basic as unauthorized.basic; the key as user name, without a password, as unauthorized.password
        a key that Pleo has given out as unauthorized.key; a key that has not expired as unauthorized.expired
    path: must be described as not_found.path [paths of the files]
    method: must be described for the path as method [paths of the files]
    {id}: must be a UUID as form.path [path parameters of the files]
    query: no parameter that is not described as form.parameter (unknown); none twice but those that are lists as form.twice (unknown)
        [query parameters of the files]
    @content-type: must be application/json in UTF-8, and say so, where there is a body as content_type (unknown)
        [requestBody of the files, pleo-api 3]
    payload: must be JSON in UTF-8 as form.json
        none where none is described as form.payload (unknown); no element that is not described as form.element (unknown)
        [requestBody of the files]
    : no more than 600 in a minute as throttled [pleo-api 3]
    """,
)

PAGES = record(
    "every list in pages",
    "pleo-api 3, query parameters of the files",
    """
    ?before: pattern ^[A-Z2-7=~]+$; a cursor that was given out, of this list, as form.before
    ?after: pattern ^[A-Z2-7=~]+$; a cursor that was given out, of this list, as form.after
    ?offset: whole number; at least 0
    ?limit: whole number; at least 0; not above what Pleo takes (100) as form.limit (unknown)
    ?sorting_keys: many; must be a field of the rows as form.sorting_key (unknown)
    ?sorting_order: many; one of ASC|ASC_NULLS_FIRST|ASC_NULLS_LAST|DESC|DESC_NULLS_FIRST|DESC_NULLS_LAST
        as many as sorting_keys as form.sorting_order
    : only one of before, after and offset as form.paging
    """,
)
