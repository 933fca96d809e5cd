"""The functions that are not one record in, one element out: generic `create` and `update`, and `getAPISession`."""

from __future__ import annotations

from datetime import timedelta

from lxml import etree

from integration.sandbox.intacct import bills, payments, posting, sessions
from integration.sandbox.intacct.answers import Result, child, element
from integration.sandbox.intacct.envelope import Envelope, Function
from integration.sandbox.intacct.refusals import Refusal, Refused, refuse

_CREATORS = {"GLBATCH": posting.create, "APBILL": bills.create, "APPYMT": payments.create}
_UPDATERS = {"APBILL": bills.update}
MAX_RECORDS = 100


def write(function: Function, context: sessions.Context) -> Result:
    """`create` or `update` each object for itself: some may stand although the result is a failure, and `count` then says how many."""
    objects = list(function.element)
    if len(objects) > MAX_RECORDS:
        raise refuse("too_many")
    writers = _CREATORS if function.name == "create" else _UPDATERS
    data = element("data", listtype="objects", count=0)
    refusals: list[Refusal] = []
    for each in objects:
        kind = str(each.tag)
        try:
            with context.books.transaction():
                if f"{function.name.upper()} {kind}" in context.company.get("DENIED", []):
                    raise refuse("permission", operation=function.name.upper(), kind=kind)
                if kind not in writers:
                    raise refuse("not_creatable" if function.name == "create" else "not_updatable", kind=kind)
                data.append(writers[kind](each, context))
        except Refused as refused:
            refusals.extend(refused.refusals)
    data.set("count", str(len(data)))
    if refusals and not len(data):
        raise Refused(*refusals)
    return Result(function.name, function.control_id, "failure" if refusals else "success", [data], tuple(refusals))


def get_session(function: Function, read: Envelope, context: sessions.Context, lifetime: timedelta) -> etree._Element:
    if len(read.functions) > 1:
        raise refuse("session_not_alone")
    asked = function.element.find("locationid")
    location = None if asked is None else (asked.text or "").strip()
    session_id, entity = sessions.open_session(context, location, lifetime)
    data = element("data")
    api = child(data, "api")
    child(api, "sessionid", session_id)
    child(api, "endpoint", context.base_url + sessions.ENDPOINT_PATH)
    child(api, "locationid", entity)
    return data
