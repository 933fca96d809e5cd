"""Tag groups and their tags. Codes are compared without case."""

from __future__ import annotations

from typing import Any

from integration.sandbox.http import Answer
from integration.sandbox.pleo.call import SIDE, Call, new_id, stamp
from integration.sandbox.pleo.pages import page

Row = dict[str, Any]


def _tag_kind(group_id: str) -> str:
    return f"tag {group_id}"


def _code_kind(group_id: str) -> str:
    return f"tag code {group_id}"


def _groups(call: Call) -> list[Row]:
    return [row for row in call.books.all(SIDE, "tag group") if row["companyId"] == call.company_id]


def _group(call: Call, group_id: str) -> Row:
    group = call.books.get(SIDE, "tag group", group_id.lower())
    if group is None:
        call.refuse("group_unknown", f"Tag group {group_id} not found")
    assert group is not None
    call.own(group["companyId"], "forbidden.group")
    return group


def _check_group_code(call: Call, code: str, group_id: str = "") -> None:
    if any(row["code"].lower() == code.lower() and row["id"] != group_id for row in _groups(call)):
        call.refuse("group_exists", f"A tag group with code {code} exists already")


def list_groups(call: Call) -> Answer:
    """Not paged, as the OpenAPI file says."""
    if "company_id" not in call.query:
        if "organization_id" not in call.query:
            call.refuse("form.company", "either company_id or organization_id must be given")
        call.refuse("forbidden.organisation", "This API key belongs to one company; name it with company_id")
    call.own(call.query["company_id"])
    rows = [row for row in _groups(call) if call.query.get("include_archived") or not row["archived"]]
    if call.query.get("include_tags_count"):
        rows = [row | {"totalTagsCount": len(call.books.all(SIDE, _tag_kind(row["id"])))} for row in rows]
    return Answer.json(200, {"data": rows})


def create_group(call: Call) -> Answer:
    company_id = call.named_company()
    _check_group_code(call, call.body["code"])
    group: Row = {"id": new_id(), "companyId": company_id, "metadata": {}, "createdAt": stamp(call.now)}
    group |= call.body | {"updatedAt": stamp(call.now)}
    call.books.put(SIDE, "tag group", group["id"], group)
    return Answer.json(201, {"data": group})


def get_group(call: Call) -> Answer:
    return Answer.json(200, {"data": _group(call, call.ids["groupId"])})


def update_group(call: Call) -> Answer:
    group = _group(call, call.ids["groupId"])
    _check_group_code(call, call.body["code"], group["id"])
    group |= call.body | {"updatedAt": stamp(call.now)}
    call.books.put(SIDE, "tag group", group["id"], group)
    return Answer.json(200, {"data": group})


def delete_group(call: Call) -> Answer:
    group = _group(call, call.ids["groupId"])
    for tag in call.books.all(SIDE, _tag_kind(group["id"])):
        _remove(call, tag)
    call.books.delete(SIDE, "tag group", group["id"])
    return Answer(204)


def _tag(call: Call, tag_id: str) -> Row:
    owner = call.books.get(SIDE, "group of tag", tag_id.lower())
    tag = call.books.get(SIDE, _tag_kind(owner["groupId"]), tag_id.lower()) if owner else None
    if tag is None:
        call.refuse("tag_unknown", f"Tag {tag_id} not found")
    assert tag is not None
    group = call.books.get(SIDE, "tag group", tag["groupId"])
    assert group is not None
    call.own(group["companyId"], "forbidden.group")
    return tag


def _put_tag(call: Call, tag: Row, old_code: str = "") -> None:
    """Raises Refusal (409) when another tag of the group has the code."""
    kind, code = _code_kind(tag["groupId"]), tag["code"].lower()
    taken = call.books.get(SIDE, kind, code)
    if taken is not None and taken["id"] != tag["id"]:
        call.refuse("tag_exists", f"A tag with code {tag['code']} exists already in this group")
    if old_code and old_code.lower() != code:
        call.books.delete(SIDE, kind, old_code.lower())
    call.books.put(SIDE, kind, code, {"id": tag["id"]})
    call.books.put(SIDE, _tag_kind(tag["groupId"]), tag["id"], tag)
    call.books.put(SIDE, "group of tag", tag["id"], {"groupId": tag["groupId"]})


def _remove(call: Call, tag: Row) -> None:
    call.books.delete(SIDE, _tag_kind(tag["groupId"]), tag["id"])
    call.books.delete(SIDE, _code_kind(tag["groupId"]), tag["code"].lower())
    call.books.delete(SIDE, "group of tag", tag["id"])


def _check_room(call: Call, group_id: str) -> None:
    most = call.settings.max_active_tags
    if most is None:
        return
    if sum(not tag["archived"] for tag in call.books.all(SIDE, _tag_kind(group_id))) >= most:
        call.refuse("tag_limit", "Tag group already contains maximum number of active tags.")


def list_tags(call: Call) -> Answer:
    group = _group(call, call.ids["groupId"])
    archived_too = call.query.get("include_archived", False)
    rows = call.books.all(SIDE, _tag_kind(group["id"]))
    keep = lambda row: archived_too or not row["archived"]  # noqa: E731
    return Answer.json(200, page(call, rows, of=f"tags-{group['id']}", keep=keep))


def create_tag(call: Call) -> Answer:
    group = _group(call, call.ids["groupId"])
    if not call.body["archived"]:
        _check_room(call, group["id"])
    tag = {"id": new_id(), "groupId": group["id"], "createdAt": stamp(call.now), "updatedAt": stamp(call.now)}
    tag |= {name: call.body[name] for name in ("archived", "code", "name") if name in call.body}
    _put_tag(call, tag)
    return Answer.json(201, {"data": tag})


def get_tag(call: Call) -> Answer:
    return Answer.json(200, {"data": _tag(call, call.ids["tagId"])})


def update_tag(call: Call) -> Answer:
    tag = _tag(call, call.ids["tagId"])
    if tag["archived"] and not call.body["archived"]:
        _check_room(call, tag["groupId"])
    changes = {name: call.body[name] for name in ("archived", "code", "name") if name in call.body}
    changed = tag | changes | {"updatedAt": stamp(call.now)}
    _put_tag(call, changed, tag["code"])
    return Answer.json(200, {"data": changed})


def delete_tag(call: Call) -> Answer:
    _remove(call, _tag(call, call.ids["tagId"]))
    return Answer(204)


def archive_tags(call: Call) -> Answer:
    call.own(call.body["companyId"])
    changed = []
    for tag_id in call.body["tagIds"]:
        tag = _tag(call, tag_id)
        if tag["archived"] and not call.body["archived"]:
            _check_room(call, tag["groupId"])
        tag |= {"archived": call.body["archived"], "updatedAt": stamp(call.now)}
        _put_tag(call, tag, tag["code"])
        changed.append(tag)
    return Answer.json(200, {"data": changed})


def delete_tags(call: Call) -> Answer:
    call.own(call.body["companyId"])
    for tag in [_tag(call, tag_id) for tag_id in call.body["tagIds"]]:
        _remove(call, tag)
    return Answer(204)


def search_tags(call: Call) -> Answer:
    """Both forms: the deprecated GET with query parameters, and the POST with a body."""
    if "company_id" not in call.query and "organization_id" in call.query:
        call.refuse("forbidden.organisation", "This API key belongs to one company; name it with company_id")
    call.own(call.query.get("company_id"))
    body = call.body or {}
    group_ids = body.get("tagGroupIds", call.query.get("tag_group_id"))
    tag_ids = body.get("tagIds")
    archived, archived_too = (
        body.get("archived"),
        body.get("includeArchived", call.query.get("include_archived", False)),
    )
    text = body.get("textSearch", call.query.get("text_search", "")).lower()

    def keep(row: Row) -> bool:
        if archived is not None and row["archived"] != archived:
            return False
        if archived is None and row["archived"] and not archived_too:
            return False
        return (tag_ids is None or row["id"] in tag_ids) and text in row.get("name", "").lower()

    groups = [row["id"] for row in _groups(call) if group_ids is None or row["id"] in group_ids]
    rows = [tag for group_id in groups for tag in call.books.all(SIDE, _tag_kind(group_id))]
    return Answer.json(200, page(call, rows, of="tags", keep=keep))
