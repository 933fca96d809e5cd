"""The installation of this app, companies and employees."""

from __future__ import annotations

from integration.sandbox.pleo.demands.table import record

_INSTALL, _PEOPLE = "pleo-installations.yml", "pleo-companies-employees.yml"
_STATUS = "one of ACTIVATED|INACTIVE|AUTHORIZED|PENDING_INTEGRATION|ERROR"
_ME = "/v1/installations/me"

GET_INSTALLATION = record(
    f"GET {_ME}",
    f"{_INSTALL} GET {_ME}",
    """
    ?company_id: uuid; must be the key's as forbidden.company
    : must be installed as not_installed
    """,
)

CREATE_INSTALLATION = record(
    f"POST {_ME}",
    f"{_INSTALL} POST {_ME}",
    f"""
    body: required; object
    metadata: map of objects
    status: {_STATUS}
    : must not be installed yet as form.installed (unknown)
    """,
)

UPDATE_INSTALLATION = record(
    f"PUT {_ME}",
    f"{_INSTALL} PUT {_ME}",
    f"""
    body: required; object
    errorCode: one of NOT_ENTITLED|AUTH_ERROR
    metadata: map of objects
    status: required; {_STATUS}
    : must be installed as not_installed
    """,
)

DELETE_INSTALLATION = record(f"DELETE {_ME}", f"{_INSTALL} DELETE {_ME}", ": must be installed as nothing_to_remove")

ACTIVATE_INSTALLATION = record(f"POST {_ME}:activate", f"{_INSTALL} POST {_ME}:activate", ": must be installed as not_installed")

LIST_COMPANIES = record(
    "GET /v1/companies",
    f"{_PEOPLE} GET /v1/companies",
    """
    ?organization_id: uuid; must be the key's as forbidden.organisation
    : needs the scope companies:read (unknown) [pleo-api 2]
    """,
)

GET_COMPANY = record(
    "GET /v1/companies/{companyId}",
    f"{_PEOPLE} GET /v1/companies/{{companyId}}",
    """
    {companyId}: must exist as company_unknown; must be the key's as forbidden.company
    : needs the scope companies:read (unknown) [pleo-api 2]
    """,
)

LIST_EMPLOYEES = record(
    "GET /v2/employees",
    f"{_PEOPLE} GET /v2/employees",
    """
    ?companyId: uuid; must be the key's as forbidden.company
    ?email:
    ?code:
    : needs the scope users:read [pleo-api 2]
    """,
)

GET_EMPLOYEE = record(
    "GET /v2/employees/{employeeId}",
    f"{_PEOPLE} GET /v2/employees/{{employeeId}}",
    """
    {employeeId}: must exist as employee_unknown; must be of the key's company as forbidden.employee
    : needs the scope users:read [pleo-api 2]
    """,
)
