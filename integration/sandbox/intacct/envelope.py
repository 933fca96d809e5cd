"""Reading a request: one hardened parser, then the envelope, element by element, in the order of the schema."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from integration.sandbox.intacct.answers import Control
from integration.sandbox.intacct.demands.attachments import ATTACHMENT, CREATE_SUPDOC, CREATE_SUPDOCFOLDER, UPDATE_SUPDOC
from integration.sandbox.intacct.demands.payables import REVERSE_BILL
from integration.sandbox.intacct.legacy import check_bill, in_order
from integration.sandbox.intacct.refusals import Refused, refuse

MAX_BODY = 64 * 1024 * 1024
MAX_CONTROL_ID = 256

READS = frozenset(
    {
        "getAPISession",
        "query",
        "readByQuery",
        "readMore",
        "read",
        "readByName",
        "inspect",
        "lookup",
        "getDimensions",
        "getFinancialSetup",
        "getUserPermissions",
        "readUserFormatting",
        "get",
        "get_list",
        "get_companyprefs",
    }
)
WRITES = frozenset({"create", "update", "create_bill", "reverse_bill", "create_supdoc", "update_supdoc", "create_supdocfolder"})

# Children of legacy functions in their order; `!` marks a required one. Source: api-v3.0.xsd.
_LEGACY_CHILDREN = {
    "create_supdoc": CREATE_SUPDOC.children(),
    "update_supdoc": UPDATE_SUPDOC.children(),
    "create_bill": (
        "vendorid!",
        "datecreated!",
        "dateposted",
        "datedue",
        "termname",
        "action",
        "batchkey",
        "billno",
        "ponumber",
        "onhold",
        "description",
        "externalid",
        "payto",
        "returnto",
        "basecurr",
        "currency",
        "exchratedate",
        "exchratetype",
        "exchrate",
        "nogl",
        "supdocid",
        "inclusivetax",
        "taxsolutionid",
        "customfields",
        "billitems!",
    ),
    "create_supdocfolder": CREATE_SUPDOCFOLDER.children(),
    "reverse_bill": REVERSE_BILL.children(),
    "getAPISession": ("locationid",),
    "getDimensions": (),
    "getFinancialSetup": (),
    "getUserPermissions": ("userId!",),
    "readUserFormatting": ("userId!",),
    "get_companyprefs": (),
    "get": ("fields",),
    "get_list": ("filter", "sorts", "fields", "additional_parameters"),
}
_ATTRIBUTES = {
    "reverse_bill": {"key!"},
    "get": {"object!", "key!", "externalkey"},
    "get_list": {"object!", "start", "maxitems", "showprivate"},
    "get_companyprefs": {"application!"},
}


@dataclass(frozen=True, slots=True)
class Login:
    user_id: str
    company_id: str
    password: str
    location_id: str | None  # None: not given


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    control_id: str
    element: etree._Element

    @property
    def writes(self) -> bool:
        return self.name not in READS


@dataclass(frozen=True, slots=True)
class Envelope:
    control: Control
    sender_id: str
    sender_password: str
    unique_id: bool
    policy_id: str
    transaction: bool
    login: Login | None
    session_id: str
    functions: tuple[Function, ...]


class NotAnEnvelope(Exception):
    """Carries what could be read of `control`, so that the refusal can echo it."""

    def __init__(self, refused: Refused, control: Control) -> None:
        super().__init__(str(refused))
        self.refused = refused
        self.control = control


def _parse(body: bytes) -> etree._Element:
    if len(body) > MAX_BODY:
        raise refuse("schema", what="the request is too large")
    if b"<!DOCTYPE" in body:
        raise refuse("schema", what="a DOCTYPE is not allowed")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=True,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise refuse("schema", what=f"it is not well-formed XML ({error})") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise refuse("schema", what="a DOCTYPE is not allowed")
    return root


def function_names(body: bytes) -> list[tuple[str, str]]:
    """(name, control id) of every function, as far as the body can be read; used before anything is judged."""
    try:
        root = _parse(body)
    except Refused:
        return []
    found = (function for function in root.iterfind("./operation/content/function"))
    return [(str(next(iter(each)).tag) if len(each) else "", each.get("controlid", "")) for each in found]


def _text(parts: dict[str, etree._Element], name: str) -> str:
    element = parts.get(name)
    if element is None:
        return ""
    if len(element) or element.attrib:
        raise refuse("schema", what=f"element {name} holds text only")
    return (element.text or "").strip()


def _choice(value: str, name: str, *choices: str) -> str:
    if value not in choices:
        raise refuse("schema", what=f"'{value}' is not a value of {name}")
    return value


def _read_control(element: etree._Element, control: Control) -> dict[str, etree._Element]:
    # showadditionalerrorinfo is younger than the schema; the reference puts it last.
    parts = in_order(
        element,
        ("senderid!", "password!", "controlid!", "uniqueid", "dtdversion!", "policyid", "debug", "includewhitespace",
         "showadditionalerrorinfo"),
    )  # fmt: skip
    control.sender_id = _text(parts, "senderid")
    control.control_id = _text(parts, "controlid")
    if not 1 <= len(control.control_id) <= MAX_CONTROL_ID:
        raise refuse("schema", what="controlid of control must have 1 to 256 characters")
    control.unique_id = _choice(_text(parts, "uniqueid") if "uniqueid" in parts else "true", "uniqueid", "true", "false")
    control.dtd_version = _choice(_text(parts, "dtdversion"), "dtdversion", "3.0")
    for name in ("debug", "includewhitespace", "showadditionalerrorinfo"):
        if name in parts:
            _choice(_text(parts, name), name, "true", "false")
    control.whitespace = _text(parts, "includewhitespace") != "false"
    return parts


def _read_function(element: etree._Element) -> Function:
    if set(element.attrib) != {"controlid"}:
        raise refuse("schema", what="a function has the attribute controlid and no other")
    control_id = element.get("controlid", "")
    if len(control_id) > MAX_CONTROL_ID:
        raise refuse("schema", what="controlid of a function is longer than 256 characters")
    if len(element) != 1 or (element.text or "").strip():
        raise refuse("schema", what="a function holds exactly one element")
    called = element[0]
    name = str(called.tag)
    if name not in READS | WRITES:
        raise refuse("schema", what=f"function {name} is not known (to the sandbox)")
    if name in _LEGACY_CHILDREN:
        parts = in_order(called, _LEGACY_CHILDREN[name], attributes=_ATTRIBUTES.get(name))
        if name == "create_bill":
            check_bill(called)
        if "attachments" in parts:
            attachments = parts["attachments"]
            if not len(attachments):
                raise refuse("schema", what="attachments without attachment")
            for each in attachments:
                if each.tag != "attachment":
                    raise refuse("schema", what=f"element {each.tag} is not expected in attachments")
                in_order(each, ATTACHMENT.children())
    elif called.attrib:
        raise refuse("schema", what=f"{name} has no attributes")
    if name in ("create", "update") and not len(called):
        raise refuse("schema", what=f"{name} without an object")
    return Function(name, control_id, called)


def read(body: bytes) -> Envelope:
    """Raises NotAnEnvelope for everything that does not match the schema."""
    control = Control()
    try:
        root = _parse(body)
        if root.tag != "request":
            raise refuse("schema", what=f"the root element is {root.tag}, not request")
        parts = in_order(root, ("control!", "operation!"))
        control_parts = _read_control(parts["control"], control)
        operation = parts["operation"]
        operation_parts = in_order(operation, ("authentication!", "preferences", "content!"), attributes={"transaction"})
        authentication = in_order(operation_parts["authentication"], ("login", "sessionid"))
        if len(authentication) != 1:
            raise refuse("schema", what="authentication holds exactly one of login and sessionid")
        login = None
        if "login" in authentication:
            fields = in_order(authentication["login"], ("userid!", "companyid!", "password!", "clientid", "locationid"))
            login = Login(
                _text(fields, "userid"), _text(fields, "companyid"), _text(fields, "password"),
                _text(fields, "locationid") if "locationid" in fields else None,
            )  # fmt: skip
        content = operation_parts["content"]
        if not len(content) or content.attrib or any(each.tag != "function" for each in content):
            raise refuse("schema", what="content holds one function or more, and nothing else")
        return Envelope(
            control=control,
            sender_id=control.sender_id,
            sender_password=_text(control_parts, "password"),
            unique_id=control.unique_id == "true",
            policy_id=_text(control_parts, "policyid"),
            transaction=_choice(operation.get("transaction", "false"), "transaction", "true", "false") == "true",
            login=login,
            session_id=_text(authentication, "sessionid"),
            functions=tuple(_read_function(each) for each in content),
        )
    except Refused as refused:
        raise NotAnEnvelope(refused, control) from None
