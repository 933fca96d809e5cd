"""Tax codes."""

from __future__ import annotations

from integration.sandbox.pleo.demands.table import record

_FILE, _ONE = "pleo-tax-codes.yml", "/v0/tax-codes/{taxCodeId}"
_TYPES = "inclusive|exclusive|reverse"
_READ = ": needs the scope tax-codes:read (unknown) [pleo-api 2]"
_WRITE = ": needs the scope tax-codes:write (unknown) [pleo-api 2]"
_TAX_CODE = "{taxCodeId}: must exist as tax_code_unknown; must be of the key's company as forbidden.tax_code (unknown)"
# A rate above 1 is a percentage written where Pleo wants a decimal: 20 instead of 0.2.
_BODY = f"""
body: required; object
archived: required; true or false
companyId: required; uuid; must be the key's as forbidden.company
code: text; or null
ingoingTaxAccount: text; or null
name: required; text; shortest 1 (unknown)
outgoingTaxAccount: text; or null
rate: required; number; at least 0 (unknown); at most 1 (unknown)
type: required; one of {_TYPES}; exclusive is not supported yet as form.exclusive (unknown)
"""

CREATE_TAX_CODE = record("POST /v0/tax-codes", f"{_FILE} POST /v0/tax-codes, pleo-api 6.2", f"{_BODY}\n{_WRITE}")

GET_TAX_CODE = record(f"GET {_ONE}", f"{_FILE} GET {_ONE}", f"{_TAX_CODE}\n{_READ}")

UPDATE_TAX_CODE = record(f"PUT {_ONE}", f"{_FILE} PUT {_ONE}, pleo-api 6.2", f"{_TAX_CODE}\n{_BODY}\n{_WRITE}")

DELETE_TAX_CODE = record(f"DELETE {_ONE}", f"{_FILE} DELETE {_ONE}", f"{_TAX_CODE}\n{_WRITE}")

SEARCH_TAX_CODES = record(
    "POST /v0/tax-codes:search",
    f"{_FILE} POST /v0/tax-codes:search, pleo-api 6.2",
    f"""
    ?company_id: uuid; required where there are several as form.company (unknown); must be the key's as forbidden.company
    body: object
    archived: true or false
    code: text
    taxCodeIds: list of uuids; unique
    type: one of {_TYPES}
    {_READ}
    """,
)
