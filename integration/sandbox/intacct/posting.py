"""Creating a journal entry: form, checks, and then its postings, with the tax that the system adds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from lxml import etree

from integration.sandbox.intacct.answers import record
from integration.sandbox.intacct.checks import Check
from integration.sandbox.intacct.fields import enabled_dimensions
from integration.sandbox.intacct.journal import Entry, JournalForm, Line
from integration.sandbox.intacct.objects import as_text, put_object, timestamp
from integration.sandbox.intacct.preferences import chosen
from integration.sandbox.intacct.references import cents
from integration.sandbox.intacct.refusals import Refused, refusal
from integration.sandbox.intacct.sessions import Context

_NOT_ON_LINE = {"TAXENTRIES", "TR_TYPE", "TRX_AMOUNT", "ACCOUNTNO", "EXCHANGE_RATE", "EXCH_RATE_DATE"}


@dataclass(slots=True)
class _Posting:
    line: Line
    account: str
    amount: Decimal
    base: Decimal
    tax: bool = False


def create(node: etree._Element, context: Context) -> etree._Element:
    """Write one GLBATCH with its GLENTRYs and TAXRECORDs, and return the element of the answer.

    Raises Refused with every problem found, and the generic one last.
    """
    dimensions = enabled_dimensions(context.books)
    form = JournalForm(set(dimensions))
    entry = form.read(node)
    check = Check(context, form, dimensions)
    check.run(entry)
    postings = [] if form.problems else _postings(entry, check)
    if form.problems or entry.day is None:
        raise Refused(*form.problems, refusal("could_not_create", kind="GLBATCH"))
    number = _write(entry, postings, check)
    return record("glbatch", [("RECORDNO", number), ("RECORD_URL", f"{context.base_url}/?entry={number}")])


def _postings(entry: Entry, check: Check) -> list[_Posting]:
    """The lines in order, then the tax postings on the side of their line. Each is turned into base currency and rounded
    half up for itself; where they do not balance then, not even a cent is settled here: the entry is refused.
    """
    postings = [_Posting(line, line.values["ACCOUNTNO"], line.amount, cents(line.amount * (line.rate or 1))) for line in entry.lines]
    for line in entry.lines:
        if line.tax:
            account = check.details[line.tax_detail]["GLACCOUNT"]
            postings.append(_Posting(line, account, line.tax, cents(line.tax * (line.rate or 1)), tax=True))
    debit = sum((each.base for each in postings if each.line.debit), Decimal(0))
    credit = sum((each.base for each in postings if not each.line.debit), Decimal(0))
    if debit != credit:
        check.note("unbalanced_base", currency=check.base, debit=debit, credit=credit)
    return postings


def _write(entry: Entry, postings: list[_Posting], check: Check) -> str:
    context, books = check.context, check.books
    owner = context.entity
    state = _first_state(entry.values.get("STATE", "Posted"), check)
    day = as_text(entry.day) if entry.day else ""
    header = {name: value for name, value in entry.values.items() if name not in ("ENTRIES", "HISTORY_COMMENT")}
    batch = put_object(
        books,
        "GLBATCH",
        now=context.now,
        **{
            **header,
            "BATCH_DATE": day,
            "STATE": state,
            "TAXIMPLICATIONS": entry.values.get("TAXIMPLICATIONS", "None"),
            "MODULE": "2.GL",
            "MEGAENTITYID": owner,
            "WHENCREATED": timestamp(context.now),
            "_ENTITY": check.entity,
        },
    )
    number = str(batch["RECORDNO"])
    put_object(books, "GLBATCH", now=context.now, RECORDNO=number, BATCHNO=number, RECORD_URL=f"{context.base_url}/?entry={number}")
    for position, each in enumerate(postings, start=1):
        line = each.line
        carried = {name: value for name, value in line.values.items() if name not in _NOT_ON_LINE}
        put_object(
            books,
            "GLENTRY",
            now=context.now,
            **{
                **carried,
                "BATCHNO": number,
                "LINE_NO": str(position),
                "TR_TYPE": line.values["TR_TYPE"],
                "ACCOUNTNO": each.account,
                "TRX_AMOUNT": str(cents(each.amount)),
                "AMOUNT": str(each.base),
                "CURRENCY": line.values.get("CURRENCY", check.base),
                "BASECURR": check.base,
                "EXCHANGE_RATE": str(line.rate or 1),
                "EXCH_RATE_DATE": as_text(line.rate_date) if line.rate_date else day,
                "ENTRY_DATE": day,
                "STATE": state,
                "MEGAENTITYID": owner,
                "_TAX": "true" if each.tax else "",
                "_LINE": str(line.number),
                "_DETAILID": line.tax_detail,
                "_TRX_TAX": "" if line.tax is None or each.tax else str(cents(line.tax)),
            },
        )
    for line in entry.lines:
        if line.tax is not None:
            _tax_record(
                entry, line, number, state, check, sum((each.base for each in postings if each.tax and each.line is line), Decimal(0))
            )
    return number


def _first_state(wished: str, check: Check) -> str:
    if wished == "Draft" or chosen(check.books, "GL", "JOURNAL_DRAFTS"):
        return "Draft"
    return "Submitted" if chosen(check.books, "GL", "JOURNAL_APPROVAL") else "Posted"


def _tax_record(entry: Entry, line: Line, number: str, state: str, check: Check, base: Decimal) -> None:
    """Amounts count in the direction of the tax: a credit line of a purchase takes input tax back.

    base: of the tax, as it was posted.
    """
    inbound = entry.values.get("TAXIMPLICATIONS") == "Inbound"
    sign = 1 if line.debit == inbound else -1
    tax, rate = line.tax or Decimal(0), line.rate or Decimal(1)
    put_object(
        check.books,
        "TAXRECORD",
        now=check.context.now,
        TAXTYPE="Input Tax" if inbound else "Output Tax",
        STATE="Posted" if state == "Posted" else "Submitted",
        DETAILID=line.tax_detail,
        TAXSOLUTIONID=check.details[line.tax_detail]["TAXSOLUTIONID"],
        TRX_TAX=str(cents(sign * tax)),
        TAX=str(cents(sign * base)),
        TRX_AMOUNT=str(cents(sign * line.amount)),
        AMOUNT=str(cents(sign * line.amount * rate)),
        GLBATCHKEY=number,
        ENTRY_DATE=as_text(entry.day) if entry.day else "",
        MEGAENTITYID=check.context.entity,
        _ENTITY=check.entity,
        _NET="true",
    )
