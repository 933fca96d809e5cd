"""What an answer of the XML gateway means: one table, and nothing else decides.

Source: docs/reference/intacct/01-protocol.md, section 1.6 (form); docs/reference/intacct/06-errors.md.
Where the catalogue says *inferred* or *not found*, docs/assumptions.md names the row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from integration.errors import IntegrationError, OutcomeUnknown, Rejected, RequestRefused, SignInRefused, TryLater
from integration.intacct import xml
from integration.intacct.answers import Answer, Confirmation, DuplicateRefused, GatewayError, Page, RefusedAgain, Result, SessionEnded
from integration.intacct.day_formats import DateFormat, date_format
from integration.intacct.formats import written

# Numbers and texts that say nothing was changed and the same request may be sent again.
# Source: docs/reference/intacct/06-errors.md, section 6.2. Texts in small letters, compared without case.
_TRY_LATER_NUMBERS = {"GW-0010": "rate limit reached"}
_TRY_LATER_TEXTS = ("api rate limit exceeded", "please try again later")

# Says "off-line" from inside a result: for a write nobody knows how far it came. Source: docs/reference/intacct/06-errors.md, section 6.2.
_UNKNOWN_TEXTS = ("temporarily off-line", "temporarily offline")

# How the gateway may say that this id was carried out before. The number of the refusal of a repeated control id and of
# a repeated supdocid is not published (docs/assumptions.md, D1); any other refusal of a repetition is caught by the
# rule for later sends.
_DUPLICATE_TEXTS = ("already exists", "already been used", "previously executed", "already executed", "was executed before", "duplicate")
_DUPLICATE_NUMBERS = {"BL34000061", "BL03002185"}

# Companions that explain nothing where another error stands beside them. Source: docs/reference/intacct/06-errors.md, section 6.3.
_GENERIC = {"BL01001973", "XL03000009", "BL03000018"}

_SUPPORT_ID = re.compile(r"\s*\[?%?5?B?Support(?:\s|%20)ID:?.*?(?:\]|%5D|$)", re.IGNORECASE)
_SESSION_ID = re.compile(r"(<sessionid>)[^<]*", re.IGNORECASE)
_RAW_LENGTH = 20_000
_COUNT_LENGTH, _NUMBER_LENGTH, _KEY_LENGTH = 9, 18, 60
_YEARS = range(2000, 2101)


def masked(body: bytes) -> str:
    """Return an answer as text that may be kept: without session ids, cut to 20,000 characters, no character 0."""
    text = body.decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    text = _SESSION_ID.sub(r"\1…", text)
    return text if len(text) <= _RAW_LENGTH else text[:_RAW_LENGTH] + "…"


def read_answer(body: bytes, *, signed_in_by: str, asked: str = "") -> Answer:
    """Read a whole answer.

    signed_in_by: "login", "session" or "entity" (a session being derived for an entity); tells whose refusal a failed
    authentication is. asked: the control id of the request, which its answer repeats; an answer that names another one
    belongs to another request, and says nothing about this one.

    Raises SignInRefused, SessionEnded, TryLater or RequestRefused where no function ran, and OutcomeUnknown where the
    answer cannot be read: then anything may have happened.
    """
    body, replaced = xml.mended(body)
    try:
        root = xml.parse(body)
    except ValueError as error:
        raise OutcomeUnknown(f"Sage Intacct's answer cannot be read: {error}") from error
    if _name(root) != "response":
        raise OutcomeUnknown(f"Sage Intacct answered with <{_name(root)}>, not with a response.")
    control = _child(root, "control")
    if control is None:
        raise OutcomeUnknown("Sage Intacct's answer has no control part.")
    # A refusal at the gate may come without it.
    if asked and _text(control, "controlid") not in ("", asked):
        raise OutcomeUnknown("Sage Intacct's answer belongs to another request.", code="crossed")
    if _said_no(control, "control"):
        raise _control_refusal(_errors(root))
    operation = _child(root, "operation")
    if operation is None:
        raise OutcomeUnknown("Sage Intacct's answer has no operation.")
    authentication = _child(operation, "authentication")
    if authentication is None:
        raise OutcomeUnknown("Sage Intacct's answer has no authentication part.")
    if _said_no(authentication, "authentication"):
        raise _authentication_refusal(_errors(operation), signed_in_by)
    results = [_result(element) for element in operation if _name(element) == "result"]
    return Answer(
        results=MappingProxyType({result.control_id: result for result in results}),
        entity=_text(authentication, "locationid"),
        server_time=_moment(_text(authentication, "sessiontimestamp")),
        raw=masked(body) + (f"\n[{replaced} characters that XML forbids were replaced]" if replaced else ""),
        replaced=replaced,
    )


def understood(status: int, raw: bytes, signed_in_by: str, asked: str = "") -> Answer:
    """Return the answer that came with this HTTP status. Raises TryLater where nothing was done, OutcomeUnknown where nobody can say."""
    if status == 429:
        raise TryLater("Sage Intacct is limiting how often it may be asked.", code="GW-0010")
    if status >= 500:
        # The gateway may have cut a request that Intacct goes on with (524, 502, …): nobody can say.
        raise OutcomeUnknown(f"Sage Intacct answered with HTTP {status}.", code=f"HTTP {status}")
    if status == 200 or raw.lstrip().startswith(b"<"):
        try:
            return read_answer(raw, signed_in_by=signed_in_by, asked=asked)
        except OutcomeUnknown as error:
            raise OutcomeUnknown(error.message, code=error.code or f"HTTP {status}") from error
    raise OutcomeUnknown(f"Sage Intacct answered with HTTP {status}.", code=f"HTTP {status}")


def judge_write(result: Result | None, *, sent_before: bool) -> Confirmation | IntegrationError:
    """Tell what became of one function that writes.

    sent_before: a request with this control id left us earlier and is not proven "not executed". Then a refusal may be
    the gateway's way of saying that the first one was carried out, so it is OutcomeUnknown, never Rejected.
    """
    if result is None:
        return OutcomeUnknown("Sage Intacct's answer says nothing about this document.")
    if result.status == "success":
        return _confirmation(result)
    if result.status == "aborted":
        return RequestRefused(message(result.errors), code=_number(result.errors))
    if result.status != "failure":
        return OutcomeUnknown(f"Sage Intacct's answer says neither success nor failure but '{result.status}'.")
    refusal = _refusal(result)
    if sent_before and not isinstance(refusal, OutcomeUnknown | TryLater):
        return RefusedAgain(refusal.message, code=refusal.code, correction=refusal.correction)
    return refusal


def judge_read(result: Result | None) -> Result:
    """Return the result of a function that reads.

    Raises TryLater where nothing usable came, Rejected where Intacct refuses the question.
    """
    if result is None:
        raise TryLater("Sage Intacct's answer left out a result.")
    if result.status == "success":
        return result
    if result.status != "failure":
        raise TryLater(f"Sage Intacct's answer says neither success nor failure but '{result.status}'.")
    refusal = _refusal(result)
    if isinstance(refusal, DuplicateRefused):
        raise Rejected(refusal.message, code=refusal.code)
    if isinstance(refusal, OutcomeUnknown):
        raise TryLater(refusal.message, code=refusal.code)
    raise refusal


def page_of(result: Result) -> Page:
    """Read the rows of a query."""
    data = result.data
    if data is None:
        raise TryLater("Sage Intacct answered a query without data.")
    rows = tuple(_with_days_as_documented(row_of(element), result.dates) for element in _children(data))
    return Page(rows, total=_count(data, "totalcount", len(rows)), offset=_count(data, "offset", 0))


# The fields in which we read a day, and a moment.
_DAYS = ("BATCH_DATE", "WHENCREATED", "WHENPOSTED", "STARTOPEN")
_MOMENT = "WHENMODIFIED"


def _with_days_as_documented(row: Mapping[str, str], dates: DateFormat) -> Mapping[str, str]:
    """Return a row with its days written as documented, whatever the user we sign in as prefers.

    What is no day in that format is never taken for one in another: it says so, and whoever reads it finds no day.
    """
    found = {name: _as_documented(row[name], dates, timed=name == _MOMENT) for name in (*_DAYS, _MOMENT) if row.get(name)}
    return MappingProxyType({**row, **found}) if found else row


def _as_documented(text: str, dates: DateFormat, *, timed: bool) -> str:
    try:
        moment = dates.moment(text)
    except ValueError:
        return f"{text} (no day written {dates})" if dates.told else text
    return written(moment if timed else moment.date())


def date_format_of(result: Result) -> DateFormat | None:
    """Return how the answer to readUserFormatting says that days are written; None where it does not say so in a way we know."""
    rows = () if result.data is None else tuple(row_of(element) for element in _children(result.data))
    return date_format(rows[0].get("DATEFORMAT", "")) if len(rows) == 1 else None


def list_of(result: Result, key: str) -> tuple[Mapping[str, str], ...]:
    """Read the rows of a `get_list`. key: the field, in capitals, without which a row says nothing.

    Raises TryLater where the list is not whole: what it leaves out would be taken for absent.
    """
    return tuple(row_of(element) for element in _listed(result, key))


def file_names(result: Result) -> Mapping[str, frozenset[str]]:
    """Read the names of the files of a `get_list` of attachments, by the attachment's id in small letters; raises as `list_of`."""
    found = {}
    for element in _listed(result, "SUPDOCID"):
        names = (each.text or "" for each in element.iter() if isinstance(each.tag, str) and _name(each) == "attachmentname")
        found[row_of(element)["SUPDOCID"].casefold()] = frozenset(name.strip() for name in names)
    return MappingProxyType(found)


def _listed(result: Result, key: str) -> list[Any]:
    data = result.data
    if data is None:
        raise TryLater("Sage Intacct answered a list without data.")
    elements = list(_children(data))
    total = _count(data, "total", len(elements))
    if total > len(elements) or not all(row_of(each).get(key) for each in elements):
        raise TryLater(f"Sage Intacct's list is not whole: {len(elements)} of {total} are in it, or they do not say which they are.")
    return elements


def _count(data: Any, name: str, default: int) -> int:
    text = data.get(name) or ""
    if text and not (text.isascii() and text.isdigit() and len(text) <= _COUNT_LENGTH):
        raise TryLater(f"Sage Intacct's answer counts {text[:50]!r} rows.")
    return int(text) if text else default


def row_of(element: Any) -> Mapping[str, str]:
    """Return the fields of one record, names in capitals (the gateway changes their case between calls)."""
    return MappingProxyType({_name(child).upper(): (child.text or "").strip() for child in element if isinstance(child.tag, str)})


def number_of(row: Mapping[str, str]) -> int:
    """Return the record number of a row. Raises ValueError where it has none."""
    text = row.get("RECORDNO", "")
    if not _is_number(text):
        raise ValueError("a row without a record number")
    return int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _NUMBER_LENGTH


def numbered(rows: Sequence[Mapping[str, str]]) -> Sequence[Mapping[str, str]]:
    """Return the rows as they are. Raises TryLater where one has no record number: it may be the one that is looked for."""
    try:
        for row in rows:
            number_of(row)
    except ValueError:
        raise TryLater("Sage Intacct's answer has a row without a record number.") from None
    return rows


def message(errors: tuple[GatewayError, ...]) -> str:
    """Return what the errors say, the most specific first, for an operator."""
    specific = [error for error in errors if error.number not in _GENERIC] or list(errors)
    texts = []
    for error in specific:
        text = " ".join(part for part in (error.text, error.correction) if part)
        if text and text not in texts:
            texts.append(text)
    return " ".join(texts) or "Sage Intacct refused it without saying why."


def _refusal(result: Result) -> IntegrationError:
    said = message(result.errors)
    number = _number(result.errors)
    everything = " ".join(f"{error.text} {error.correction}" for error in result.errors).lower()
    if any(text in everything for text in _UNKNOWN_TEXTS):
        return OutcomeUnknown(said, code=number)  # asked first: "try again later" may stand beside it
    if any(error.number in _TRY_LATER_NUMBERS for error in result.errors) or any(text in everything for text in _TRY_LATER_TEXTS):
        return TryLater(said, code=number)
    if any(error.number in _DUPLICATE_NUMBERS for error in result.errors) or any(text in everything for text in _DUPLICATE_TEXTS):
        return DuplicateRefused(said, code=number)
    if result.errors and not number:
        return OutcomeUnknown(said)  # "off-line" comes without a number: in whatever words, nobody knows how far it came
    return Rejected(said, code=number, correction=" ".join(error.correction for error in result.errors if error.correction))


def _said_no(part: Any, name: str) -> bool:
    """Tell failure from success. Raises OutcomeUnknown where the part says neither."""
    status = _text(part, "status")
    if status not in ("success", "failure"):
        raise OutcomeUnknown(f"Sage Intacct's answer does not say whether the {name} part went well.")
    return status == "failure"


def _control_refusal(errors: tuple[GatewayError, ...]) -> IntegrationError:
    said, number = message(errors), _number(errors)
    lower = said.lower()
    if number in _TRY_LATER_NUMBERS or any(text in lower for text in _TRY_LATER_TEXTS):
        return TryLater(said, code=number)
    if number == "XL03000003":
        return RequestRefused(said, code=number)
    if number == "XL03000006" or number == "GW-0011":
        return SignInRefused(said, of="sender", code=number)
    if number in {"XMLGW_JPP0002", "invalidRequest", "PL04000055"} or "xml gateway" in lower:
        return SignInRefused(said, of="user", code=number)
    return RequestRefused(said, code=number)


def _authentication_refusal(errors: tuple[GatewayError, ...], signed_in_by: str) -> IntegrationError:
    said, number = message(errors), _number(errors)
    lower = said.lower()
    if number in _TRY_LATER_NUMBERS or any(text in lower for text in _TRY_LATER_TEXTS):
        return TryLater(said, code=number)
    if "invalid session" in lower or (signed_in_by == "session" and "session" in lower):
        return SessionEnded(said, code=number)
    if "sender id" in lower:
        return SignInRefused(said, of="sender", code=number)
    if signed_in_by == "session":
        # Credentials were not part of this request, so whatever is wrong is wrong with the session.
        return SessionEnded(said, code=number)
    return SignInRefused(said, of="entity" if signed_in_by == "entity" else "user", code=number)


def _moment(text: str) -> datetime | None:
    """Read the clock of an answer. Without a zone it says nothing. Perhaps the session's begin, never later than now: D39."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo and moment.year in _YEARS else None


def _confirmation(result: Result) -> Confirmation | IntegrationError:
    key, url = result.key, ""
    if result.data is not None:
        for record in result.data:
            row = row_of(record)
            key, url = row.get("RECORDNO") or key, row.get("RECORD_URL", "")
            if row.get("RECORDNO") and not _is_number(key):
                key = ""  # taken as one, it would be told to Pleo, and the document be asked for in vain for ever
            break
    if not key or len(key) > _KEY_LENGTH:
        return OutcomeUnknown("Sage Intacct said success but did not say what it calls the document.")
    return Confirmation(key, url)


def _result(element: Any) -> Result:
    return Result(
        control_id=_text(element, "controlid"),
        function=_text(element, "function"),
        status=_text(element, "status"),
        key=_text(element, "key"),
        data=_child(element, "data"),
        errors=_errors(element),
    )


def _errors(element: Any) -> tuple[GatewayError, ...]:
    block = _child(element, "errormessage")
    return tuple(_error(error) for error in block if _name(error) == "error") if block is not None else ()


def _error(error: Any) -> GatewayError:
    texts = (_text(error, "description2"), _text(error, "description"))
    text = " ".join(dict.fromkeys(_SUPPORT_ID.sub("", each).strip() for each in texts if each))
    return GatewayError(_text(error, "errorno"), text, _SUPPORT_ID.sub("", _text(error, "correction")).strip())


def _number(errors: tuple[GatewayError, ...]) -> str:
    specific = [error.number for error in errors if error.number not in _GENERIC]
    return (specific or [error.number for error in errors] or [""])[0]


def _children(element: Any) -> Iterator[Any]:
    return (child for child in element if isinstance(child.tag, str))


def _child(element: Any, name: str) -> Any:
    return next((child for child in _children(element) if _name(child) == name), None)


def _text(element: Any, name: str) -> str:
    child = _child(element, name)
    return (child.text or "").strip() if child is not None else ""


def _name(element: Any) -> str:
    return str(element.tag).rsplit("}", 1)[-1].lower()
