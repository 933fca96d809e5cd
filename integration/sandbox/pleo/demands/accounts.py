"""The chart of accounts."""

from __future__ import annotations

from integration.sandbox.pleo.demands.table import record

_FILE, _ALL, _ONE = "pleo-chart-of-accounts.yml", "/v1/chart-of-accounts", "/v1/chart-of-accounts/{accountId}"
_READ = ": needs the scope accounts:read [pleo-api 2]"
_WRITE = ": needs the scope accounts:write [pleo-api 2]"
_ACCOUNT = "{accountId}: must exist as account_unknown; must be of the key's company as forbidden.account (unknown)"
_TAX = "must be the code of a tax code in Pleo"

CREATE_ACCOUNT = record(
    f"POST {_ALL}",
    f"{_FILE} POST {_ALL}, pleo-api 6.4",
    f"""
    body: required; object
    archived: required; true or false
    code: text; or null; longest 255
    companyId: required; uuid; must be the key's as forbidden.company
    externalId: required; text; shortest 1; longest 255; no other account of it as account_exists
    metadata: map of objects; or null
    name: required; text; shortest 1 (unknown); longest 255
    taxCodeExternalId: text; or null; {_TAX} as form.tax_code
    {_WRITE}
    """,
)

# What is wrong with one of several accounts is said of it in the answer, and the others are created.
CREATE_ACCOUNTS = record(
    f"POST {_ALL}/batch",
    f"{_FILE} POST {_ALL}/batch, pleo-api 6.4",
    f"""
    body: required; object
    companyId: required; uuid; must be the key's as forbidden.company
    items: required; objects; at least 1; at most 1000
    items[].archived: required; true or false
    items[].code: text; or null; longest 255 as batch_code_long
    items[].externalId: required; text; shortest 1 as batch_external_id_empty; longest 255 as batch_external_id_long
        no other account of it as batch_external_id_exists
    items[].metadata: map of objects; or null
    items[].name: required; text; shortest 1 as batch_name_empty; longest 255 as batch_name_long
    items[].taxCodeExternalId: text; or null; {_TAX} as batch_other (unknown)
    {_WRITE}
    """,
)

GET_ACCOUNT = record(f"GET {_ONE}", f"{_FILE} GET {_ONE}", f"{_ACCOUNT}\n{_READ}")

UPDATE_ACCOUNT = record(
    f"PUT {_ONE}",
    f"{_FILE} PUT {_ONE}, pleo-api 6.4",
    f"""
    {_ACCOUNT}
    body: required; object
    archived: required; true or false
    code: text; or null; longest 255
    metadata: map of objects; or null
    name: required; text; shortest 1 (unknown); longest 255
    taxCodeExternalId: text; or null; {_TAX} as form.tax_code
    {_WRITE}
    """,
)

DELETE_ACCOUNT = record(
    f"DELETE {_ONE}",
    f"{_FILE} DELETE {_ONE}, pleo-api 6.4",
    f"""
    {_ACCOUNT}
    : not while accounting entries use it as account_in_use
    {_WRITE}
    """,
)

SEARCH_ACCOUNTS = record(
    f"POST {_ALL}:search",
    f"{_FILE} POST {_ALL}:search",
    f"""
    body: required; object
    companyId: required; uuid; must be the key's as forbidden.company
    excludeIfAssignedToCategory: required; true or false
    excludeIfAssignedToContraAccount: required; true or false
    archived: true or false; or null
    code: text; or null
    codes: list of texts; unique; or null
    externalId: text; or null
    ids: list of uuids; unique; or null
    name: text; or null
    {_READ}
    """,
)
