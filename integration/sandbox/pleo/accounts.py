"""The chart of accounts. What tells accounts apart is the external id; a code may occur twice."""

from __future__ import annotations

from typing import Any

from integration.sandbox.http import Answer
from integration.sandbox.pleo.call import SIDE, Call, new_id
from integration.sandbox.pleo.pages import page

Row = dict[str, Any]
_KIND = "account"


def _ours(call: Call) -> list[Row]:
    return [row for row in call.books.all(SIDE, _KIND) if row["companyId"] == call.company_id]


def _account(call: Call) -> Row:
    row = call.books.get(SIDE, _KIND, call.ids["accountId"].lower())
    if row is None:
        call.refuse("account_unknown", "Account not found")
    assert row is not None
    call.own(row["companyId"], "forbidden.account")
    return row


def _knows_tax_code(call: Call, body: Row) -> bool:
    code = body.get("taxCodeExternalId")
    known = {row.get("code") for row in call.books.all(SIDE, "tax code") if row["companyId"] == call.company_id}
    return not code or code in known


def _check_tax_code(call: Call) -> None:
    if not _knows_tax_code(call, call.body):
        call.refuse("form.tax_code", f"tax code {call.body['taxCodeExternalId']} does not exist in Pleo")


def _store(call: Call, body: Row) -> Row:
    row = {"id": new_id()} | body | {"companyId": call.company_id}
    call.books.put(SIDE, _KIND, row["id"], row)
    return row


def create_account(call: Call) -> Answer:
    """The file has 200 for "matched existing" and 409 for the same external id: equal content is the first, other content the second."""
    call.own(call.body["companyId"])
    _check_tax_code(call)
    for row in _ours(call):
        if row["externalId"] == call.body["externalId"]:
            if all(row.get(name) == value for name, value in call.body.items() if name != "companyId"):
                return Answer.json(200, {"data": row})
            call.refuse("account_exists", f"An account with external id {call.body['externalId']} exists already")
    return Answer.json(201, {"data": _store(call, call.body)})


def create_accounts(call: Call) -> Answer:
    """Each account alone: those that can be are created, the others come back with their reasons."""
    call.own(call.body["companyId"])
    items = call.body["items"]
    taken = {row["externalId"] for row in _ours(call)}
    created: list[Row] = []
    failed: list[Row] = []
    for item in items:
        reasons = _texts_of_batch(call, item)
        if item["externalId"] in taken:
            reasons += call.note("batch_external_id_exists")
        if not _knows_tax_code(call, item):
            reasons += call.note("batch_other")
        if reasons:
            failed.append({"reasons": reasons, "request": item})
        else:
            taken.add(item["externalId"])
            created.append(_store(call, item))
    return Answer.json(201, {"data": {"created": created, "failed": failed}})


def _texts_of_batch(call: Call, item: Row) -> list[str]:
    """Return what is wrong with the texts of one account, in Pleo's words, by the rows' limits."""
    reasons: list[str] = []
    assert call.record.body is not None
    for name, element in call.record.body.fields["items"].fields.items():
        text = item.get(name)
        for rule in ("shortest", "longest"):
            if rule in element.rules and isinstance(text, str):
                limit = int(element.value(rule))
                if len(text) < limit if rule == "shortest" else len(text) > limit:
                    reasons += call.note(element.rules[rule].refusal)
    return reasons


def get_account(call: Call) -> Answer:
    return Answer.json(200, {"data": _account(call)})


def update_account(call: Call) -> Answer:
    """Replaces all but the external id: what the body leaves out is gone."""
    held = _account(call)
    _check_tax_code(call)
    row = {name: held[name] for name in ("id", "companyId", "externalId")} | call.body
    call.books.put(SIDE, _KIND, row["id"], row)
    return Answer.json(200, {"data": row})


def delete_account(call: Call) -> Answer:
    account = _account(call)
    entries = call.books.all(SIDE, "entry")
    lines = (line for entry in entries if entry["companyId"] == call.company_id for line in entry["item"]["accountingEntryLines"])
    if any((line.get("account") or {}).get("code") == account.get("code") for line in lines):
        call.refuse("account_in_use", "The account is linked to accounting entries; archive it instead")
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
