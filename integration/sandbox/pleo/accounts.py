"""The chart of accounts. What tells accounts apart is the external id; a code may occur twice."""

from __future__ import annotations

from typing import Any

from integration.sandbox.http import Answer
from integration.sandbox.pleo.call import SIDE, Call, new_id
from integration.sandbox.pleo.pages import page
from integration.sandbox.pleo.shapes import Refusal, bad_request

Row = dict[str, Any]
_KIND = "account"
_LONGEST = 255


def _ours(call: Call) -> list[Row]:
    return [row for row in call.books.all(SIDE, _KIND) if row["companyId"] == call.company_id]


def _account(call: Call) -> Row:
    row = call.books.get(SIDE, _KIND, call.ids["accountId"].lower())
    if row is None:
        raise Refusal(404, "ACCOUNT_NOT_FOUND", "Account not found")
    call.own(row["companyId"])
    return row


def _faults(body: Row) -> list[str]:
    """Return what is wrong with the texts of one account, in Pleo's words."""
    found = []
    if "externalId" in body and not body["externalId"]:
        found.append("EXTERNAL_ID_EMPTY")
    if len(body.get("externalId") or "") > _LONGEST:
        found.append("EXTERNAL_ID_TOO_LONG")
    if not body["name"]:
        found.append("NAME_EMPTY")
    if len(body["name"]) > _LONGEST:
        found.append("NAME_TOO_LONG")
    if len(body.get("code") or "") > _LONGEST:
        found.append("CODE_TOO_LONG")
    return found


def _check_tax_code(call: Call, body: Row) -> None:
    code = body.get("taxCodeExternalId")
    known = {row.get("code") for row in call.books.all(SIDE, "tax code") if row["companyId"] == call.company_id}
    if code and code not in known:
        raise bad_request(f"tax code {code} does not exist in Pleo")


def _store(call: Call, body: Row) -> Row:
    row = {"id": new_id()} | body | {"companyId": call.company_id}
    call.books.put(SIDE, _KIND, row["id"], row)
    return row


def create_account(call: Call) -> Answer:
    """The file has 200 for "matched existing" and 409 for the same external id: equal content is the first, other content the second."""
    call.own(call.body["companyId"])
    if faults := _faults(call.body):
        raise bad_request(", ".join(faults))
    _check_tax_code(call, call.body)
    for row in _ours(call):
        if row["externalId"] == call.body["externalId"]:
            if all(row.get(name) == value for name, value in call.body.items() if name != "companyId"):
                return Answer.json(200, {"data": row})
            raise Refusal(409, "ACCOUNT_EXISTS", f"An account with external id {call.body['externalId']} exists already")
    return Answer.json(201, {"data": _store(call, call.body)})


def create_accounts(call: Call) -> Answer:
    """Each account alone: those that can be are created, the others come back with their reasons."""
    call.own(call.body["companyId"])
    items = call.body["items"]
    taken = {row["externalId"] for row in _ours(call)}
    created: list[Row] = []
    failed: list[Row] = []
    for item in items:
        reasons = _faults(item)
        if item["externalId"] in taken:
            reasons.append("EXTERNAL_ID_ALREADY_EXISTS")
        try:
            _check_tax_code(call, item)
        except Refusal:
            reasons.append("OTHER")
        if reasons:
            failed.append({"reasons": reasons, "request": item})
        else:
            taken.add(item["externalId"])
            created.append(_store(call, item))
    return Answer.json(201, {"data": {"created": created, "failed": failed}})


def get_account(call: Call) -> Answer:
    return Answer.json(200, {"data": _account(call)})


def update_account(call: Call) -> Answer:
    """Replaces all but the external id: what the body leaves out is gone."""
    held = _account(call)
    if faults := _faults(call.body):
        raise bad_request(", ".join(faults))
    _check_tax_code(call, call.body)
    row = {name: held[name] for name in ("id", "companyId", "externalId")} | call.body
    call.books.put(SIDE, _KIND, row["id"], row)
    return Answer.json(200, {"data": row})


def delete_account(call: Call) -> Answer:
    account = _account(call)
    entries = call.books.all(SIDE, "entry")
    lines = (line for entry in entries if entry["companyId"] == call.company_id for line in entry["item"]["accountingEntryLines"])
    if any((line.get("account") or {}).get("code") == account.get("code") for line in lines):
        raise Refusal(409, "ACCOUNT_IN_USE", "The account is linked to accounting entries; archive it instead")
    call.books.delete(SIDE, _KIND, account["id"])
    return Answer(204)


def search_accounts(call: Call) -> Answer:
    body = call.body
    call.own(body["companyId"])
    contra = {each["code"] for each in ((call.books.get(SIDE, "company", call.company_id) or {}).get("contraAccounts") or {}).values()}

    def keep(row: Row) -> bool:
        named = all(row.get(name) == body[name] for name in ("archived", "code", "externalId", "name") if body.get(name) is not None)
        among = all(row.get(name) in body[many] for name, many in (("code", "codes"), ("id", "ids")) if body.get(many))
        return named and among and not (body["excludeIfAssignedToContraAccount"] and row.get("code") in contra)

    return Answer.json(200, page(call, _ours(call), of="accounts", keep=keep))
