"""Building answers: the response envelope and its parts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml import etree

from integration.sandbox.http import Answer
from integration.sandbox.intacct.refusals import Refusal

CONTENT_TYPE = 'text/xml; encoding="UTF-8"'


@dataclass(slots=True)
class Control:
    sender_id: str = ""
    control_id: str = ""
    unique_id: str = "false"
    dtd_version: str = "3.0"
    whitespace: bool = True


@dataclass(slots=True)
class Result:
    """What one function answers. `parts` are `key` or `data` elements, in order."""

    function: str
    control_id: str
    status: str = "success"
    parts: list[etree._Element] = field(default_factory=list)
    refusals: tuple[Refusal, ...] = ()


@dataclass(slots=True)
class SignedIn:
    """The authentication part. Without `status` success no function has run."""

    status: str
    user_id: str = ""
    company_id: str = ""
    location_id: str = ""
    timestamp: str = ""
    timeout: str = ""


def child(parent: etree._Element, name: str, text: object = None) -> etree._Element:
    made = etree.SubElement(parent, name)
    if text is not None:
        made.text = str(text)
    return made


def element(name: str, text: object = None, **attributes: object) -> etree._Element:
    made = etree.Element(name, {key: str(value) for key, value in attributes.items()})
    if text is not None:
        made.text = str(text)
    return made


def record(name: str, fields: Iterable[tuple[str, object]]) -> etree._Element:
    made = etree.Element(name)
    for key, value in fields:
        child(made, key, value)
    return made


def _add_errors(parent: etree._Element, refusals: Iterable[Refusal]) -> None:
    message = child(parent, "errormessage")
    for each in refusals:
        error = child(message, "error")
        child(error, "errorno", each.number)
        child(error, "description", "")
        child(error, "description2", each.text)
        child(error, "correction", each.correction)


def _envelope(control: Control, status: str) -> etree._Element:
    response = etree.Element("response")
    made = child(response, "control")
    child(made, "status", status)
    child(made, "senderid", control.sender_id)
    child(made, "controlid", control.control_id)
    child(made, "uniqueid", control.unique_id)
    child(made, "dtdversion", control.dtd_version)
    return response


def _answer(response: etree._Element, control: Control, http_status: int = 200) -> Answer:
    if control.whitespace:
        etree.indent(response)
    body = etree.tostring(response, xml_declaration=True, encoding="UTF-8")
    return Answer(http_status, body, CONTENT_TYPE)


def control_failure(control: Control, *refusals: Refusal, http_status: int = 200) -> Answer:
    """Nothing was executed."""
    response = _envelope(control, "failure")
    _add_errors(response, refusals)
    return _answer(response, control, http_status)


def _operation(response: etree._Element, who: SignedIn) -> etree._Element:
    operation = child(response, "operation")
    made = child(operation, "authentication")
    child(made, "status", who.status)
    child(made, "userid", who.user_id)
    child(made, "companyid", who.company_id)
    child(made, "locationid", who.location_id)
    if who.status == "success":
        child(made, "sessiontimestamp", who.timestamp)
        child(made, "sessiontimeout", who.timeout)
    return operation


def authentication_failure(control: Control, who: SignedIn, *refusals: Refusal) -> Answer:
    """No function was executed."""
    response = _envelope(control, "success")
    _add_errors(_operation(response, who), refusals)
    return _answer(response, control)


def results(control: Control, who: SignedIn, answered: Iterable[Result]) -> Answer:
    response = _envelope(control, "success")
    operation = _operation(response, who)
    for each in answered:
        result = child(operation, "result")
        child(result, "status", each.status)
        child(result, "function", each.function)
        child(result, "controlid", each.control_id)
        result.extend(each.parts)
        if each.refusals:
            _add_errors(result, each.refusals)
    return _answer(response, control)
