"""Attachments and their folders: legacy functions, whose child order the envelope has already checked."""

from __future__ import annotations

import base64
import binascii

from lxml import etree

from integration.sandbox.books import Books, Row
from integration.sandbox.intacct.answers import child, element
from integration.sandbox.intacct.demands import Record
from integration.sandbox.intacct.demands.attachments import CREATE_SUPDOC, CREATE_SUPDOCFOLDER, UPDATE_SUPDOC
from integration.sandbox.intacct.objects import SIDE, timestamp
from integration.sandbox.intacct.refusals import Refusal, Refused, refusal, refuse
from integration.sandbox.intacct.sessions import Context

_LONGEST_NAME, _LONGEST_TYPE = 4000, 20  # nominal. Source: docs/reference/intacct/07-limits-setup-formats-rest.md, section 7.3
_HEADER = ("recordno", "supdocid", "supdocname", "supdocfoldername", "supdocdescription", "creationdate", "createdby")
_FOLDER = ("recordno", "supdocfoldername", "supdocfolderdescription", "supdocparentfoldername", "creationdate")


def files_of(books: Books, supdocid: str) -> list[tuple[str, str, bytes]]:
    """(name, type, content) of every file, in the order they were added."""
    row = books.get(SIDE, "SUPDOC", supdocid)
    found = (books.get(SIDE, "SUPDOCFILE", f"{supdocid}|{number}") for number in range(1, row["files"] + 1)) if row else ()
    return [(file["name"], file["type"], base64.b64decode(file["data"])) for file in found if file]


def _texts(node: etree._Element, record: Record, problems: list[Refusal]) -> dict[str, str]:
    """The order of the elements is the envelope's matter; here it is what they hold."""
    values = {str(each.tag): (each.text or "").strip() for each in node if each.tag != "attachments"}
    for name, demanded in record.elements.items():
        if demanded.required and not values.get(name):
            problems.append(refusal("missing", field=name))
        if len(values.get(name, "")) > demanded.length:
            problems.append(refusal("too_long", field=name, length=len(values[name]), limit=demanded.length))
    return values


def _read_files(node: etree._Element, taken: set[str], problems: list[Refusal]) -> list[dict[str, str]]:
    files = []
    for each in node.iterfind("./attachments/attachment"):
        name = (each.findtext("attachmentname") or "").strip()
        extension = (each.findtext("attachmenttype") or "").strip()
        data = "".join((each.findtext("attachmentdata") or "").split())
        if not name or "." in name or len(name) > _LONGEST_NAME:
            problems.append(refusal("file_name", value=name))
        elif name in taken:
            problems.append(refusal("file_twice", value=name))
        taken.add(name)
        if not (extension.isascii() and extension.isalnum() and len(extension) <= _LONGEST_TYPE):
            problems.append(refusal("file_type", value=extension))
        try:
            content = base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError):
            content = b""
        if not content:
            problems.append(refusal("file_data", value=name))
        files.append({"name": name, "type": extension, "data": data})
    return files


def _store(context: Context, row: Row, files: list[dict[str, str]]) -> None:
    for file in files:
        row["files"] += 1
        context.books.put(SIDE, "SUPDOCFILE", f"{row['supdocid']}|{row['files']}", dict(file))
    context.books.put(SIDE, "SUPDOC", row["supdocid"], row)


def create(node: etree._Element, context: Context) -> etree._Element:
    problems: list[Refusal] = []
    values = _texts(node, CREATE_SUPDOC, problems)
    if not values["supdocid"]:
        problems.append(refusal("missing", field="supdocid"))
    if context.books.get(SIDE, "SUPDOC", values["supdocid"]):
        problems.append(refusal("supdoc_exists", value=values["supdocid"]))
    folder = values.get("supdocfoldername", "")
    if folder and context.books.get(SIDE, "SUPDOCFOLDER", folder) is None:
        problems.append(refusal("folder_missing", value=folder))
    files = _read_files(node, set(), problems)
    if problems:
        raise Refused(*problems, refusal("could_not_create", kind="supdoc"))
    row: Row = {
        **values,
        "recordno": str(context.books.next_number("RECORDNO SUPDOC")),
        "creationdate": timestamp(context.now),
        "createdby": context.user_id,
        "entity": context.entity,
        "files": 0,
    }
    _store(context, row, files)
    return element("key", values["supdocid"])


def update(node: etree._Element, context: Context) -> etree._Element:
    """Change the header and add files; a file that is there is never replaced."""
    problems: list[Refusal] = []
    values = _texts(node, UPDATE_SUPDOC, problems)
    row = context.books.get(SIDE, "SUPDOC", values["supdocid"])
    if row is None:
        raise refuse("attachment_missing", value=values["supdocid"])
    folder = values.get("supdocfoldername")
    if folder and context.books.get(SIDE, "SUPDOCFOLDER", folder) is None:
        problems.append(refusal("folder_missing", value=folder))
    taken = {name for name, _, _ in files_of(context.books, values["supdocid"])}
    files = _read_files(node, taken, problems)
    if problems:
        raise Refused(*problems)
    _store(context, {**row, **values}, files)
    return element("key", values["supdocid"])


def create_folder(node: etree._Element, context: Context) -> etree._Element:
    problems: list[Refusal] = []
    values = _texts(node, CREATE_SUPDOCFOLDER, problems)
    name = values["supdocfoldername"]
    if not name:
        problems.append(refusal("missing", field="supdocfoldername"))
    elif context.books.get(SIDE, "SUPDOCFOLDER", name):
        problems.append(refusal("folder_exists", value=name))
    parent = values.get("supdocparentfoldername")
    if parent and context.books.get(SIDE, "SUPDOCFOLDER", parent) is None:
        problems.append(refusal("folder_missing", value=parent))
    if problems:
        raise Refused(*problems)
    number = str(context.books.next_number("RECORDNO SUPDOCFOLDER"))
    context.books.put(SIDE, "SUPDOCFOLDER", name, {**values, "recordno": number, "creationdate": timestamp(context.now)})
    return element("key", name)


def _wanted(node: etree._Element, allowed: tuple[str, ...]) -> list[str]:
    fields = node.find("fields")
    if fields is None:
        return list(allowed)
    names = [(each.text or "").strip() for each in fields]
    if not names or any(each.tag != "field" for each in fields):
        raise refuse("query_form", what="fields holds field elements")
    unknown = [name for name in names if name not in allowed]
    if unknown:
        raise refuse("fields_unknown", fields=", ".join(unknown), kind=node.get("object"))
    return names


def _show(context: Context, kind: str, row: Row, names: list[str]) -> etree._Element:
    made = element(kind)
    for name in names:
        if name != "attachments":
            child(made, name, context.days.shown(row.get(name, ""), "TIMESTAMP" if name == "creationdate" else "TEXT"))
            continue
        listed = child(made, "attachments")
        for file, extension, content in files_of(context.books, row["supdocid"]):
            attachment = child(listed, "attachment")
            child(attachment, "attachmentname", file)
            child(attachment, "attachmenttype", extension)
            child(attachment, "attachmentdata", base64.b64encode(content).decode())
    return made


def _kind(node: etree._Element) -> tuple[str, str, tuple[str, ...]]:
    kind = node.get("object", "")
    if kind == "supdoc":
        return kind, "SUPDOC", (*_HEADER, "attachments")
    if kind == "supdocfolder":
        return kind, "SUPDOCFOLDER", _FOLDER
    raise refuse("not_readable", kind=kind)


def get(node: etree._Element, context: Context) -> etree._Element:
    """One supdoc or folder. Left out of `fields`, `attachments` (the files) is not sent."""
    kind, stored, allowed = _kind(node)
    names = _wanted(node, allowed)
    row = context.books.get(SIDE, stored, node.get("key", ""))
    if row is None:
        # Whether a real gateway answers with a failure or an empty list is not known: both can be had.
        if context.options.get("missing_get") == "empty":
            return element("data", listtype=kind, count=0)
        raise refuse("missing_record", kind=kind, key=node.get("key"))
    data = element("data", listtype=kind, count=1)
    data.append(_show(context, kind, row, names))
    return data


def _expression(node: etree._Element, allowed: tuple[str, ...], row: Row) -> bool:
    if node.tag == "logical":
        if len(node) < 2 or node.get("logical_operator") not in ("and", "or"):
            raise refuse("query_form", what="logical joins two expressions at least, with the logical_operator and or or")
        combine = all if node.get("logical_operator") == "and" else any
        return combine([_expression(each, allowed, row) for each in node])
    if node.tag != "expression" or [each.tag for each in node] != ["field", "operator", "value"]:
        raise refuse("query_form", what="an expression holds field, operator and value, in this order")
    parts = {str(each.tag): (each.text or "").strip() for each in node}
    field, operator = parts.get("field", ""), parts.get("operator", "")
    if field not in allowed or operator not in ("=", "!=", "like"):
        raise refuse("query_form", what=f"filter by {field} {operator} is not possible")
    mine = str(row.get(field, ""))
    if operator == "like":
        wanted = parts.get("value", "")
        return mine.startswith(wanted[:-1]) if wanted.endswith("%") else mine == wanted
    return (mine == parts.get("value", "")) is (operator == "=")


def get_list(node: etree._Element, context: Context) -> etree._Element:
    kind, stored, allowed = _kind(node)
    names = _wanted(node, allowed)
    if node.find("sorts") is not None or node.find("additional_parameters") is not None:
        raise refuse("query_form", what="the sandbox does not sort attachments")
    rows = context.books.all(SIDE, stored)
    for test in node.iterfind("./filter/*"):
        rows = [row for row in rows if _expression(test, allowed, row)]
    try:
        start, most = int(node.get("start", "0")), int(node.get("maxitems", "100"))
    except ValueError:
        raise refuse("query_form", what="start and maxitems are numbers") from None
    page = rows[start : start + most]
    data = element("data", listtype=kind, start=start, end=max(start, start + len(page) - 1), total=len(rows), count=len(page))
    data.extend(_show(context, kind, row, names) for row in page)
    return data
