"""Companies, employees, and the record that this app is installed for a company."""

from __future__ import annotations

from typing import Any

from integration.sandbox.http import Answer
from integration.sandbox.pleo.call import SIDE, Call, new_id, stamp
from integration.sandbox.pleo.pages import page
from integration.sandbox.pleo.shapes import Refusal

Row = dict[str, Any]
APPLICATION_ID = "5a9dbb0e-0000-4000-8000-000000000001"
_COMPANY = ("id", "name", "address", "organizationId", "registrationNumber")


def _public(company: Row) -> Row:
    return {name: company[name] for name in _COMPANY if name in company}


def list_companies(call: Call) -> Answer:
    """A key of one company sees that one, and no other organisation."""
    company = call.books.get(SIDE, "company", call.company_id)
    assert company is not None
    if call.query.get("organization_id", company["organizationId"]) != company["organizationId"]:
        call.refuse("forbidden.organisation", "User lacks the necessary permissions")
    return Answer.json(200, page(call, [_public(company)], of="companies"))


def get_company(call: Call) -> Answer:
    company = call.books.get(SIDE, "company", call.ids["companyId"].lower())
    if company is None:
        call.refuse("company_unknown", "Company with given ID not found")
    assert company is not None
    call.own(company["id"])
    return Answer.json(200, {"data": _public(company)})


def list_employees(call: Call) -> Answer:
    company_id = call.own(call.query.get("companyId"))
    rows = [row for row in call.books.all(SIDE, "employee") if row["companyId"] == company_id]
    filters = {name: call.query[name] for name in ("email", "code") if name in call.query}
    keep = lambda row: all(row.get(name) == value for name, value in filters.items())  # noqa: E731
    return Answer.json(200, page(call, rows, of="employees", keep=keep))


def get_employee(call: Call) -> Answer:
    row = call.books.get(SIDE, "employee", call.ids["employeeId"].lower())
    if row is None:
        call.refuse("employee_unknown", "Employee with given ID not found")
    assert row is not None
    call.own(row["companyId"], "forbidden.employee")
    return Answer.json(200, {"data": row})


def _installation(call: Call) -> Row:
    row = call.books.get(SIDE, "installation", call.company_id)
    if row is None:
        call.refuse("not_installed", "This application is not installed for the company")
    assert row is not None
    return row


def get_installation(call: Call) -> Answer:
    call.own(call.query.get("company_id"))
    try:
        return Answer.json(200, _installation(call))
    except Refusal as refusal:
        refusal.status = call.settings.missing_installation
        raise


def create_installation(call: Call) -> Answer:
    if call.books.get(SIDE, "installation", call.company_id) is not None:
        call.refuse("form.installed", "This application is installed for the company already")
    row = {
        "id": new_id(),
        "applicationId": APPLICATION_ID,
        "resource": f"urn:pleo:company:{call.company_id}",
        "status": call.body.get("status", "AUTHORIZED"),
        "metadata": call.body.get("metadata", {}),
        "createdAt": stamp(call.now),
        "updatedAt": stamp(call.now),
    }
    call.books.put(SIDE, "installation", call.company_id, row)
    return Answer.json(200, row)


def update_installation(call: Call) -> Answer:
    row = _installation(call)
    row.pop("errorCode", None)
    row |= call.body | {"updatedAt": stamp(call.now)}
    call.books.put(SIDE, "installation", call.company_id, row)
    return Answer.json(200, row)


def delete_installation(call: Call) -> Answer:
    if call.books.get(SIDE, "installation", call.company_id) is None:
        call.refuse("nothing_to_remove", "Installation does not exist")
    call.books.delete(SIDE, "installation", call.company_id)
    return Answer(204)


def activate_installation(call: Call) -> Answer:
    row = _installation(call) | {"status": "ACTIVATED", "updatedAt": stamp(call.now)}
    row.pop("errorCode", None)
    call.books.put(SIDE, "installation", call.company_id, row)
    return Answer.json(200, row)
