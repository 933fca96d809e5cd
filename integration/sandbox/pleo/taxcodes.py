"""Tax codes. Nothing says that a code must be unique, so two with the same code are taken."""

from __future__ import annotations

from typing import Any

from integration.sandbox.http import Answer
from integration.sandbox.pleo.call import SIDE, Call, new_id, stamp
from integration.sandbox.pleo.pages import page

Row = dict[str, Any]


def _tax_code(call: Call) -> Row:
    row = call.books.get(SIDE, "tax code", call.ids["taxCodeId"].lower())
    if row is None:
        call.refuse("tax_code_unknown", "Tax code not found")
    assert row is not None
    call.own(row["companyId"], "forbidden.tax_code")
    return row


def create_tax_code(call: Call) -> Answer:
    call.own(call.body["companyId"])
    if call.body["type"] == "exclusive":
        call.refuse("form.exclusive", "exclusive tax codes are not currently supported")
    row = {"id": new_id(), "createdAt": stamp(call.now)} | call.body | {"updatedAt": stamp(call.now)}
    row["companyId"] = call.company_id
    call.books.put(SIDE, "tax code", row["id"], row)
    return Answer.json(201, {"data": row})


def get_tax_code(call: Call) -> Answer:
    return Answer.json(200, {"data": _tax_code(call)})


def update_tax_code(call: Call) -> Answer:
    """Replaces the whole record: what the body leaves out is gone."""
    held = _tax_code(call)
    call.own(call.body["companyId"])
    if call.body["type"] == "exclusive":
        call.refuse("form.exclusive", "exclusive tax codes are not currently supported")
    row = {"id": held["id"], "createdAt": held["createdAt"]} | call.body | {"updatedAt": stamp(call.now)}
    row["companyId"] = call.company_id
    call.books.put(SIDE, "tax code", row["id"], row)
    return Answer.json(200, {"data": row})


def delete_tax_code(call: Call) -> Answer:
    call.books.delete(SIDE, "tax code", _tax_code(call)["id"])
    return Answer(204)


def search_tax_codes(call: Call) -> Answer:
    company_id = call.named_company()
    body = call.body or {}
    ids = body.get("taxCodeIds")

    def keep(row: Row) -> bool:
        named = all(row.get(name) == body[name] for name in ("archived", "code", "type") if name in body)
        return named and (ids is None or row["id"] in ids)

    rows = [row for row in call.books.all(SIDE, "tax code") if row["companyId"] == company_id]
    return Answer.json(200, page(call, rows, of="tax-codes", keep=keep))
