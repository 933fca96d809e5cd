"""Bills and payments on the page at the root: what is owed, to whom, and who may still decide about it."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from integration.sandbox.sandbox import Sandbox

PAGE_SIZE = 25
_TONES = {
    "Posted": "busy", "Partially Paid": "busy", "Paid": "good", "Confirmed": "good", "Submitted": "warn", "Draft": "warn",
    "Declined": "bad", "Voided": "", "Reversed": "",
}  # fmt: skip
_BOXES = {1: "tax due", 4: "tax reclaimed", 6: "value of sales", 7: "value of purchases"}
Files = dict[str, list[tuple[str, str]]]


def _money(amount: Decimal, currency: str = "") -> str:
    return escape(f"{'−' if amount < 0 else ''}{abs(amount):,.2f} {currency}".rstrip())


def _badge(state: str, text: str = "") -> str:
    return f'<span class="badge {_TONES.get(state, "")}">{escape(text or state)}</span>'


def payables_section(sandbox: Sandbox, titles: dict[str, str], files: Files, page: int) -> str:
    """page: of the bills, newest first. Nothing at all in a company without bills."""
    bills = sandbox.intacct.bills()
    if not bills:
        return ""
    payments = {each["recordno"]: each for each in sandbox.intacct.payments()}
    newest = list(reversed(bills))
    pages = -(-len(newest) // PAGE_SIZE)
    page = min(page, pages)
    shown = "".join(_bill(each, payments, titles, files) for each in newest[(page - 1) * PAGE_SIZE : page * PAGE_SIZE])
    links = ""
    if pages > 1:
        newer = f'<a href="/?bills={page - 1}#payables">← Newer</a>' if page > 1 else "<span></span>"
        older = f'<a href="/?bills={page + 1}#payables">Older →</a>' if page < pages else "<span></span>"
        links = f'<nav class="row">{newer}<span>Page {page} of {pages}</span>{older}</nav>'
    return (
        f'<section id="payables"><h2>Payables and VAT</h2><div class="cards">{_entities(sandbox)}</div>'
        f"<h2>Bills <small>newest first</small></h2>{shown}{links}</section>"
    )


def _entities(sandbox: Sandbox) -> str:
    cards = []
    for row in sandbox.books.all("intacct", "LOCATIONENTITY"):
        entity, currency = row["LOCATIONID"], row.get("CURRENCY", "")
        open_bills = sandbox.intacct.open_bills(entity)
        balance = sandbox.intacct.payables_balance(entity)
        due = sum((bill["base_due"] for bill in open_bills), Decimal(0))
        ties = _badge("Paid", "agrees with the ledger") if due == balance else _badge("Declined", f"ledger says {_money(balance)}")
        number = f"{len(open_bills)} open bill{'' if len(open_bills) == 1 else 's'}"
        rows = f'<tr><td>{number}</td><td class="number">{_money(due)}</td></tr>'
        if row.get("TAXSOLUTIONID"):
            for box, amount in sandbox.intacct.vat_boxes(entity).items():
                rows += f'<tr><td>Box {box} <span class="soft">{_BOXES[box]}</span></td><td class="number">{_money(amount)}</td></tr>'
        cards.append(
            f'<article class="card"><div class="row"><h3>{escape(entity)} · {escape(row.get("NAME", ""))} <small>{escape(currency)}</small>'
            f"</h3>{ties}</div><table><tbody>{rows}</tbody></table></article>"
        )
    return "".join(cards)


def _bill(bill: dict[str, Any], payments: dict[str, dict[str, Any]], titles: dict[str, str], files: Files) -> str:
    currency = bill["currency"]
    facts = (
        f"#{bill['recordno']}", bill["entity"], f"dated {bill['date']}",
        f"posted {bill['posting_date']}" if bill["posting_date"] != bill["date"] else "",
        f"due {bill['due_date']}", bill["reference"], bill["summary"], bill["description"],
    )  # fmt: skip
    lines = "".join(_line(line, titles) for line in bill["lines"])
    paid = "".join(_payment(payments[number], bill) for number in dict.fromkeys(bill["payments"]))
    attached = "".join(
        f'<a class="file" href="/attachments/{escape(bill["supdocid"])}/{number}">{escape(name)}.{escape(extension)}</a>'
        for number, (name, extension) in enumerate(files.get(bill["supdocid"], []), start=1)
    )
    hold = _badge("Submitted", "on hold") if bill["on_hold"] else ""
    title = f"{escape(bill['vendor_name'] or bill['vendor'] or 'No vendor')} <small>{escape(bill['number'])}</small>"
    base = f" <small>{_money(bill['base_due'], bill['base_currency'])}</small>" if bill["due"] and currency != bill["base_currency"] else ""
    return (
        f'<article class="card entry" id="bill-{escape(bill["recordno"])}"><div class="row">'
        f'<h3><a href="/?bill={escape(bill["recordno"])}">{title}</a></h3><span class="badges">{hold}{_badge(bill["state"])}</span></div>'
        f'<p class="meta">{" · ".join(escape(fact) for fact in facts if fact)}</p>'
        f"<table><thead><tr><th>Account</th><th>Net</th><th>Tax</th></tr></thead><tbody>{lines}</tbody>"
        f'<tfoot><tr><td>Total {escape(currency)}</td><td class="number" colspan="2">{_money(bill["total"])}</td></tr>{paid}'
        f'<tr><td>Still due</td><td class="number" colspan="2">{_money(bill["due"])}{base}</td></tr></tfoot></table>'
        f"{f'<p class=files>{attached}</p>' if attached else ''}{decision('APBILL', bill)}</article>"
    )


def _line(line: dict[str, Any], titles: dict[str, str]) -> str:
    notes = [f"{escape(tax['detail'])}: {_money(tax['amount'])}" for tax in line["taxes"]]
    if line["partial_exempt"]:
        notes.append("partially exempt")
    if line["description"]:
        notes.append(f"<q>{escape(line['description'])}</q>")
    named = [f"{name} {line[name]}" for name in ("location", "department", "class", "project") if line[name]]
    notes.append(escape(" · ".join(named)))
    below = "".join(f"<small>{note}</small>" for note in notes if note)
    tax = sum((each["amount"] for each in line["taxes"]), Decimal(0))
    shown = _money(tax) if line["taxes"] else ""
    return (
        f'<tr><td><span class="account">{escape(line["account"])}</span> {escape(titles.get(line["account"], ""))}{below}</td>'
        f'<td class="number">{_money(line["amount"])}</td><td class="number">{shown}</td></tr>'
    )


def _payment(payment: dict[str, Any], bill: dict[str, Any]) -> str:
    amount = sum((part for key, part in payment["bills"] if key == bill["recordno"]), Decimal(0))
    facts = " · ".join(escape(fact) for fact in (payment["bank"], payment["method"], payment["date"], payment["reference"]) if fact)
    look, number = "payment" if payment["state"] == "Confirmed" else "payment none", escape(payment["recordno"])
    return (
        f'<tr class="{look}"><td><a href="/?payment={number}">Payment #{number}</a> '
        f"{_badge(payment['state'])}<small>{facts}</small>{decision('APPYMT', payment)}</td>"
        f'<td class="number" colspan="2">{_money(-amount)}</td></tr>'
    )


_QUIET = ' class="quiet"'
# What a person may do with it in Intacct, by its state.
_MAY: dict[str, tuple[str, ...]] = {
    "GLBATCH Submitted": ("approve", "decline"),
    "GLBATCH Draft": ("post", "delete"),
    "GLBATCH Posted": ("reverse", "delete"),
    "APBILL Submitted": ("approve", "decline"),
    "APBILL Draft": ("post", "delete"),
    "APBILL Posted": ("delete",),
    "APPYMT Submitted": ("approve", "decline"),
    "APPYMT Draft": ("post", "delete"),
    "APPYMT Confirmed": ("void",),
}


def decision(kind: str, row: dict[str, Any]) -> str:
    """The buttons for what is a person's to decide, the one that moves it on first."""
    forms = "".join(
        f'<form method="post" action="/_sandbox/{what}"><input type="hidden" name="kind" value="{kind}">'
        f'<input type="hidden" name="recordno" value="{escape(row["recordno"])}">'
        f"<button{'' if what in ('approve', 'post') else _QUIET}>{what.capitalize()}</button></form>"
        for what in _MAY.get(f"{kind} {row['state']}", ())
    )
    return f'<div class="decision">{forms}</div>' if forms else ""
