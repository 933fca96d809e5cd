"""Try what docs/assumptions.md rests on, on a real company: harmless reads first, then one draft where that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from integration.errors import IntegrationError, Rejected
from integration.intacct import responses, xml
from integration.intacct.answers import Page, Result
from integration.intacct.gateway import Gateway
from integration.intacct.xml import Equal, Filter

Verdict = Literal["held", "did not hold", "could not be tried"]

_MADE_UP = "PLPROBENOTTHERE000"
_BATCH_STATES = {"Draft", "Submitted", "Partially Approved", "Approved", "Posted", "Declined", "Reversal pending", "Reversed"}
# Fields we ask for or send, by object. Source: docs/reference/intacct/04-objects.md.
_FIELDS_USED = {
    "GLBATCH": ("RECORDNO", "JOURNAL", "BATCH_DATE", "BATCH_TITLE", "REFERENCENO", "STATE", "SUPDOCID", "TAXIMPLICATIONS", "VATVENDORID"),
    "GLENTRY": ("RECORDNO", "BATCHNO", "ACCOUNTNO", "TR_TYPE", "TRX_AMOUNT", "CURRENCY", "DEPARTMENT", "LOCATION", "DESCRIPTION"),
    "APBILL": ("RECORDNO", "RECORDID", "VENDORID", "WHENCREATED", "WHENPOSTED", "DOCNUMBER", "STATE", "TRX_TOTALENTERED", "TRX_TOTALDUE"),
    "TAXDETAIL": ("DETAILID", "VALUE", "TAXTYPE", "TAXSOLUTIONID", "STATUS", "REVERSECHARGE", "GLACCOUNT"),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one assumption. id: its row in docs/assumptions.md. seen: a sentence, or Intacct's own words."""

    id: str
    assumed: str
    verdict: Verdict
    seen: str


@dataclass(frozen=True, slots=True)
class _Probe:
    """attempt: (gateway, entity) -> (held; None where that cannot be told, what was seen)."""

    id: str
    assumed: str
    attempt: Callable[[Gateway, str], tuple[bool | None, str]]


def try_reads(gateway: Gateway, *, entity: str) -> Iterator[Seen]:
    """Try every assumption that reading can settle. A refusal is an answer too; raises nothing for it."""
    for probe in _PROBES:
        try:
            held, seen = probe.attempt(gateway, entity)
        except IntegrationError as error:
            yield Seen(probe.id, probe.assumed, "could not be tried", said(error))
        else:
            yield Seen(probe.id, probe.assumed, verdict(held), seen)
    for number, assumed in _UNTRIED.items():
        yield Seen(number, assumed, "could not be tried", "Only a real case shows it; the raw answers are kept.")


def verdict(held: bool | None) -> Verdict:
    return "could not be tried" if held is None else "held" if held else "did not hold"


def said(error: IntegrationError) -> str:
    return f"{type(error).__name__} {error.code}: {error.message}" if error.code else f"{type(error).__name__}: {error.message}"


def rows(
    gateway: Gateway, kind: str, fields: list[str], *, where: Filter | None = None, entity: str = "", size: int = 100, private: bool = False
) -> Page:
    """Read one page, in the order of its first field."""
    question = xml.query(kind, fields, where=where, order_by=fields[0], page_size=size, show_private=private)
    return responses.page_of(gateway.read_one(question, entity=entity))


def _shown(result: Result) -> dict[str, Mapping[str, str]]:
    """Return the fields of a lookup by their ID."""
    found = (responses.row_of(each) for each in result.data.iter() if isinstance(each.tag, str) and each.tag.lower() == "field")
    return {row["ID"]: row for row in found if row.get("ID")}


def _fields_are_there(gateway: Gateway, entity: str) -> tuple[bool | None, str]:
    answers = gateway.read([xml.lookup(kind) for kind in _FIELDS_USED], entity=entity)
    faults = []
    for (kind, used), found in zip(_FIELDS_USED.items(), answers, strict=True):
        if isinstance(found, IntegrationError):
            faults.append(f"{kind}: {said(found)}")
        elif missing := [name for name in used if name not in _shown(found)]:
            faults.append(f"{kind} has no {', '.join(missing)}")
    return not faults, "; ".join(faults) or f"{', '.join(_FIELDS_USED)} show all fields used"


def _journal_object(gateway: Gateway, entity: str) -> tuple[bool | None, str]:
    names = ("JOURNAL", "GLJOURNAL")
    answers = gateway.read([xml.query(name, ["SYMBOL"], order_by="SYMBOL", page_size=1) for name in names], entity=entity)
    known = [name for name, found in zip(names, answers, strict=True) if not isinstance(found, IntegrationError)]
    refused = [f"{name}: {said(found)}" for name, found in zip(names, answers, strict=True) if isinstance(found, IntegrationError)]
    return bool(known), f"known: {', '.join(known) or 'neither'}" + (f" ({'; '.join(refused)})" if refused else "")


def _reverse_charge(gateway: Gateway, entity: str) -> tuple[bool | None, str]:
    page = rows(gateway, "TAXDETAIL", ["DETAILID", "VALUE", "REVERSECHARGE", "TAXSOLUTIONID", "STATUS"], size=xml.MAX_PAGE_SIZE)
    if not page.rows:
        return None, "the company has no tax details"
    words = {row.get("REVERSECHARGE", "") for row in page.rows}
    return words <= {"true", "false", "T", "F", ""}, f"REVERSECHARGE reads {', '.join(sorted(words - {''})) or 'empty'}"


def _reverse_charge_pairs(gateway: Gateway, entity: str) -> tuple[bool | None, str]:
    page = rows(gateway, "TAXDETAIL", ["DETAILID", "VALUE", "REVERSECHARGE", "TAXSOLUTIONID", "STATUS"], size=xml.MAX_PAGE_SIZE)
    flagged = [row for row in page.rows if row.get("REVERSECHARGE", "").lower() in ("true", "t") and row.get("STATUS") != "inactive"]
    if not flagged:
        return None, "the company has no reverse-charge tax detail"
    outputs = [(row["TAXSOLUTIONID"], Decimal(row["VALUE"])) for row in flagged if Decimal(row["VALUE"]) < 0]
    inputs = [row for row in flagged if Decimal(row["VALUE"]) >= 0]
    lonely = [row["DETAILID"] for row in inputs if outputs.count((row["TAXSOLUTIONID"], -Decimal(row["VALUE"]))) != 1]
    return not lonely, f"{len(inputs) - len(lonely)} of {len(inputs)} have one partner" + (f"; not {', '.join(lonely)}" if lonely else "")


def _private_records(gateway: Gateway, entity: str) -> tuple[bool | None, str]:
    shared, everything = (rows(gateway, "GLACCOUNT", ["ACCOUNTNO"], size=1, private=private).total for private in (False, True))
    return everything >= shared, f"{shared} accounts at the top level, {everything} with the entities' own"


def _dimension_elements(gateway: Gateway, entity: str) -> tuple[bool | None, str]:
    dimensions, lines = gateway.read([xml.get_dimensions(), xml.lookup("GLENTRY")], entity=entity)
    for found in (dimensions, lines):
        if isinstance(found, IntegrationError):
            raise found
    assert isinstance(dimensions, Result) and isinstance(lines, Result)
    listed = [responses.row_of(each) for each in dimensions.data.iter() if isinstance(each.tag, str) and each.tag.lower() == "dimension"]
    own = [row["OBJECTNAME"] for row in listed if row.get("USERDEFINEDDIMENSION", "").lower() == "true"]
    elements = {name.upper() for name in _shown(lines) if name.upper().startswith("GLDIM")}
    missing = [name for name in own if f"GLDIM{name.upper()}" not in elements]
    seen = f"own dimensions: {', '.join(own) or 'none'}; elements: {', '.join(sorted(elements)) or 'none'}"
    return (not missing if own else None), seen


def _missing_attachment(gateway: Gateway, entity: str) -> tuple[bool | None, str]:
    both = xml.get_list("supdoc", ["supdocid"], one_of=("supdocid", [_MADE_UP, f"{_MADE_UP}2"]), max_items=2)
    try:
        listed = responses.list_of(gateway.read_one(both, entity=entity), "SUPDOCID")
    except Rejected as error:
        return False, f"a refusal: {said(error)}"
    return not listed, "something is listed for ids that do not exist" if listed else "an empty list"


def _attachment_without_data(gateway: Gateway, entity: str) -> tuple[bool | None, str]:
    listed = gateway.read_one(xml.get_list("supdoc", ["supdocid"], max_items=1), entity=entity)
    ids = [responses.row_of(each).get("SUPDOCID", "") for each in (listed.data if listed.data is not None else ())]
    if not ids or not ids[0]:
        return None, "there is no attachment yet"
    found = gateway.read_one(xml.get("supdoc", ids[0], ["supdocid", "supdocname"]), entity=entity)
    with_data = any(str(each.tag).lower() == "attachmentdata" and each.text for each in found.data.iter())
    return not with_data, "file data came along" if with_data else "only the fields asked for"


def _case_of_tags(gateway: Gateway, entity: str) -> tuple[bool | None, str]:
    found = gateway.read_one(xml.query("GLACCOUNT", ["ACCOUNTNO"], order_by="ACCOUNTNO", page_size=1), entity=entity)
    tags = [str(each.tag) for each in found.data.iter()][1:]
    return (not tags or {tag.upper() for tag in tags} >= {"GLACCOUNT", "ACCOUNTNO"}), f"rows read <{'> <'.join(tags) or 'none'}>"


def _page_size(gateway: Gateway, entity: str) -> tuple[bool | None, str]:
    page = rows(gateway, "GLACCOUNT", ["ACCOUNTNO"], size=xml.MAX_PAGE_SIZE, private=True)
    return len(page.rows) == min(page.total, xml.MAX_PAGE_SIZE), f"{len(page.rows)} of {page.total} accounts in one page"


def _record_url(gateway: Gateway, entity: str) -> tuple[bool | None, str]:
    page = rows(gateway, "GLBATCH", ["RECORDNO", "RECORD_URL"], entity=entity, size=1)
    if not page.rows:
        return None, "there is no journal entry yet"
    return bool(page.rows[0].get("RECORD_URL")), "there" if page.rows[0].get("RECORD_URL") else "empty"


def _batch_form(gateway: Gateway, entity: str) -> tuple[bool | None, str]:
    page = rows(gateway, "GLBATCH", ["RECORDNO", "BATCH_DATE", "STATE"], entity=entity)
    if not page.rows:
        return None, "there is no journal entry yet"
    try:
        days = [xml.parse_date(row["BATCH_DATE"]) for row in page.rows]
    except (ValueError, KeyError):
        return False, f"a date reads {page.rows[0].get('BATCH_DATE', '')!r}"
    states = {row["STATE"] for row in page.rows}
    return states <= _BATCH_STATES, f"states {', '.join(sorted(states))}; dates from {min(days)} to {max(days)}"


def _user_formatting(gateway: Gateway, entity: str) -> tuple[bool | None, str]:
    found = gateway.read_one(xml.read_user_formatting(gateway.user_id))
    dates = responses.date_format_of(found)
    if dates:
        return True, f"the user's days are written {dates}, and read so"
    forms = [responses.row_of(each).get("DATEFORMAT", "") for each in (found.data if found.data is not None else ())]
    if not forms or not forms[0]:
        return None, "the answer names no date format: days are read as mm/dd/yyyy"
    return False, (
        f"the days of {gateway.user_id} are written as {forms[0]}, which is not known, and 03/04/2026 may be taken for the other day. In "
        "Sage Intacct, set the date format in the preferences of this user to mm/dd/yyyy before anything is exported."
    )


def _reference_search(gateway: Gateway, entity: str) -> tuple[bool | None, str]:
    page = rows(gateway, "GLBATCH", ["RECORDNO", "REFERENCENO"], where=Equal("REFERENCENO", _MADE_UP), entity=entity)
    return page.total == 0, f"{page.total} entries under a reference that does not exist"


def _tax_solutions(gateway: Gateway, entity: str) -> tuple[bool | None, str]:
    page = rows(gateway, "TAXSOLUTION", ["SOLUTIONID", "TAXMETHOD", "STATUS"])
    if not page.rows:
        return None, "the company has no tax solution"
    used = [row for row in page.rows if row.get("STATUS", "").lower() == "active"]
    known = all(row.get("TAXMETHOD") in ("Advanced tax", "VAT or GST", "Avalara", "None", "Simple tax") for row in used)
    return known, "; ".join(f"{row['SOLUTIONID']}: {row.get('TAXMETHOD', '')}" for row in used) or "none is active"


def _first_open_day(gateway: Gateway, entity: str) -> tuple[bool | None, str]:
    page = rows(gateway, "LOCATIONENTITY", ["LOCATIONID", "STARTOPEN", "CURRENCY"], where=Equal("LOCATIONID", entity))
    day = page.rows[0].get("STARTOPEN", "") if page.rows else ""
    return None, f"STARTOPEN of {entity} reads {day or 'empty'}: compare with General Ledger › Open books"


def _control_accounts(gateway: Gateway, entity: str) -> tuple[bool | None, str]:
    page = rows(gateway, "GLACCOUNT", ["ACCOUNTNO", "SUBLEDGERCONTROLON"], size=xml.MAX_PAGE_SIZE, private=True)
    control = [row["ACCOUNTNO"] for row in page.rows if row.get("SUBLEDGERCONTROLON", "").lower() in ("true", "t")]
    return (True if control else None), f"control accounts: {', '.join(control[:20]) or 'none is marked; compare with your chart'}"


_PROBES = (
    _Probe("D4", "a journal entry is found by its REFERENCENO", _reference_search),
    _Probe("D5", "the objects have the fields we use", _fields_are_there),
    _Probe("D6", "attachments are listed by their ids, and those that are not there leave the list empty", _missing_attachment),
    _Probe("D7", "get with fields leaves the file data out", _attachment_without_data),
    _Probe("D8", "journals are read as JOURNAL or GLJOURNAL", _journal_object),
    _Probe("D9", "REVERSECHARGE reads true or false", _reverse_charge),
    _Probe("D10", "showprivate shows the entities' own records too", _private_records),
    _Probe("D11", "an own dimension is written as GLDIM and its object name", _dimension_elements),
    _Probe("D14", "rows are the same whatever the case of their tags", _case_of_tags),
    _Probe("D15", "a page holds 2,000 rows", _page_size),
    _Probe("D16", "an entry has its RECORD_URL", _record_url),
    _Probe("D23", "tax solutions say their method in the words we know", _tax_solutions),
    _Probe("D24", "STARTOPEN is the first open day of the general ledger", _first_open_day),
    _Probe("D25", "SUBLEDGERCONTROLON marks the control accounts", _control_accounts),
    _Probe("D28", "states and dates of entries read as documented", _batch_form),
    _Probe("D57", "days are written as the user we sign in as has set it", _user_formatting),
    _Probe("A6", "a reverse-charge code has one partner with the opposite rate", _reverse_charge_pairs),
)
_UNTRIED = {
    "D3": "nothing is carried out later than 20 minutes after its request",
    "D17": "showadditionalerrorinfo stands last in control",
    "D18": "what is throttled was not carried out",
    "D21": "attachments take the types and sizes we send",
}
