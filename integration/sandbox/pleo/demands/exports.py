"""Export jobs, their items and events."""

from __future__ import annotations

from integration.sandbox.pleo.demands.table import record

_FILE = "pleo-export-v3.yml"
_JOB_STATUSES = "pending|in_progress|failed|completed|completed_with_errors"
_ITEM_STATUSES = "pending|in_progress|failed|successful|abandoned"
_ITEM_FAILURES = (
    "receipt_upload_failure|receipt_download_failure|receipt_file_size_limit_exceeded|receipt_conversion_failure|unexpected_failure"
    "|invalid_configuration|missing_configuration|accounting_system_authentication_failure|accounting_system_rate_limit"
    "|accounting_system_unreachable|validation_failure|accounting_system_validation_failure|authorization_failure"
    "|accounting_system_timeout|vendor_unknown|account_unknown|tax_code_unknown|tag_unknown"
)
_JOB_FAILURES = (
    "invalid_configuration|missing_configuration|authentication_failure|accounting_system_authentication_failure|pleo_rate_limit"
    "|accounting_system_rate_limit|service_unreachable|accounting_system_unreachable|validation_failure|authorization_failure"
    "|integration_unusable|job_expired|service_timeout|accounting_system_timeout|canceled_by_user"
)
_JOB = "{jobId}: must exist as job_unknown; must be of the key's company as forbidden.job (unknown)"

LIST_JOBS = record(
    "GET /v3/export-jobs",
    f"{_FILE} GET /v3/export-jobs, pleo-api 3, 4.2",
    f"""
    ?company_id: uuid; required where there are several as form.company (unknown); must be the key's as forbidden.company
    ?statuses: many; one of {_JOB_STATUSES}
    : needs the scope export-jobs:read [pleo-api 2]
    """,
)

CREATE_JOB = record(
    "POST /v3/export-jobs",
    f"{_FILE} POST /v3/export-jobs",
    """
    body: required; object
    companyId: required; uuid; must be the key's as forbidden.company
    accountingEntryIds: required; list of uuids; at least 1 (unknown); must exist as entry_unknown
        [pleo-export-v3.yml POST /v3/export-jobs, pleo-api 3]
    employeeId: uuid; or null
    isInteractive: true or false; or null
    options: object; or null
    options.vendorBasedBookkeeping: true or false; or null
    : no other job of the company may be open as in_progress
        every wallet currency needs its contra account as contra_accounts
    : needs the scope export-jobs:write [pleo-api 2]
    """,
)

GET_JOB = record(
    "GET /v3/export-jobs/{jobId}",
    f"{_FILE} GET /v3/export-jobs/{{jobId}}",
    f"""
    {_JOB}
    : needs the scope export-jobs:read [pleo-api 2]
    """,
)

LIST_ITEMS = record(
    "GET /v3/export-jobs/{jobId}/items",
    f"{_FILE} GET /v3/export-jobs/{{jobId}}/items",
    f"""
    {_JOB}
    ?status: one of {_ITEM_STATUSES}
    : needs the scope export-jobs:read [pleo-api 2]
    """,
)

UPDATE_ITEMS = record(
    "PUT /v3/export-jobs/{jobId}/items",
    f"{_FILE} PUT /v3/export-jobs/{{jobId}}/items, pleo-api 4.2",
    f"""
    {_JOB}
    body: required; objects; at most 100 as too_many_items
    [].accountingEntryId: required; uuid; must be in the job as item_error
    [].status: required; one of {_ITEM_STATUSES}
    [].exportedAt: date-time
    [].externalId: text
    [].externalUrl: text
    [].failureReason: text
    [].failureReasonType: one of {_ITEM_FAILURES}
    : the job must be open as job_finished
    : needs the scope export-jobs:write [pleo-api 2]
    """,
)

EXPORT_ITEMS = record(
    "GET /v3/export-items",
    f"{_FILE} GET /v3/export-items, pleo-api 4.2",
    """
    ?job_id: required; uuid; must exist as job_unknown; must be of the key's company as forbidden.job (unknown)
    : the job must be open as job_finished; every wallet currency needs its contra account as contra_accounts
    : needs the scope export-items:read [pleo-api 2]
    """,
)

CREATE_EVENT = record(
    "POST /v3/export-job-events",
    f"{_FILE} POST /v3/export-job-events, pleo-api 4.1, 4.2",
    f"""
    body: required; object
    jobId: required; uuid; must exist as job_unknown; must be of the key's company as forbidden.job (unknown)
    event: required; one of started|failed|completed|completed_with_errors
        started only once, while the job is pending, as status_change.started
        failed only while the job is open as status_change.failed
        completed, with errors or without, only after started as status_change.completed
        completed only where every item is final as status_change.not_final (unknown)
        completed only where every item is successful as status_change.not_all (unknown)
        completed_with_errors only where some item is not as status_change.all_good (unknown)
    failureReason: text; only with failed as form.reason (unknown); required with failed as form.no_reason (unknown)
    failureReasonType: one of {_JOB_FAILURES}
        only with failed as form.type (unknown); required with failed as form.no_type (unknown)
    : needs the scope export-jobs:write [pleo-api 2]
    """,
)

ITEM_OF_ENTRY = record(
    "GET /v3/export-job-items",
    f"{_FILE} GET /v3/export-job-items",
    """
    ?company_id: uuid; must be the key's as forbidden.company
    ?accounting_entry_id: required; uuid; must be in a job as entry_unknown
    : needs the scope export-jobs:read [pleo-api 2]
    """,
)

SEARCH_ITEMS = record(
    "POST /v3/export-job-items:search",
    f"{_FILE} POST /v3/export-job-items:search",
    f"""
    ?company_id: uuid; must be the key's as forbidden.company
    body: required; object
    accountingEntryIds: required; list of uuids
    status: one of {_ITEM_STATUSES}
    : needs the scope export-jobs:read [pleo-api 2]
    """,
)
