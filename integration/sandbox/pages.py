"""The page at the root: what stands in the ledger, and how Pleo's jobs fare."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

from integration.sandbox.http import Answer, Request
from integration.sandbox.intacct import ledger
from integration.sandbox.intacct.objects import SIDE
from integration.sandbox.look import STYLE
from integration.sandbox.payables_page import decision, payables_section

if TYPE_CHECKING:
    from integration.sandbox.sandbox import Sandbox

PAGE_SIZE = 50
_SHOWN_DIMENSIONS = ("location", "department", "class", "project", "employee", "vendor", "customer", "item")
# Colour of a status; what is not named here stays grey.
_TONES = {
    "successful": "good", "completed": "good", "failed": "bad", "abandoned": "bad", "completed_with_errors": "warn",
    "in_progress": "busy", "pending": "busy", "Draft": "warn", "Submitted": "warn", "Posted": "good",
    "Declined": "bad", "Reversed": "",
}  # fmt: skip


def _from(kind: str) -> Callable[[dict[str, Any], str], bool]:
    return lambda entry, number: entry["source"].split()[:2] == [kind, number]


_SINGLE: dict[str, Callable[[dict[str, Any], str], bool]] = {
    "entry": lambda entry, number: entry["recordno"] == number,
    "bill": _from("APBILL"),
    "payment": _from("APPYMT"),
}


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}" if amount >= 0 else f"−{-amount:,.2f}"


def _badge(status: str, text: str = "") -> str:
    return f'<span class="badge {_TONES.get(status, "")}">{escape(text or status.replace("_", " "))}</span>'


def _cell(amount: Decimal) -> str:
    return f'<td class="number">{_money(amount) if amount else ""}</td>'


def ledger_page(sandbox: Sandbox, request: Request) -> Answer:
    """?entry=N shows one ledger entry alone, ?bill=N and ?payment=N what these posted, ?page=N and ?bills=N older ones."""
    books = sandbox.books
    titles = {row["ACCOUNTNO"]: row.get("TITLE", "") for row in books.all(SIDE, "GLACCOUNT")}
    entries = ledger.entries(books)
    files: dict[str, list[tuple[str, str]]] = {}
    for row in books.all(SIDE, "SUPDOC"):
        stored = (books.get(SIDE, "SUPDOCFILE", f"{row['supdocid']}|{number}") for number in range(1, row["files"] + 1))
        files[row["supdocid"]] = [(file["name"], file["type"]) for file in stored if file]
    parts = [_head(sandbox, entries)]
    name, wanted = next(((name, number) for name in _SINGLE if (number := _number(request, name))), ("", 0))
    if wanted:
        chosen = [entry for entry in entries if _SINGLE[name](entry, str(wanted))]
        shown = "".join(_entry(entry, titles, files) for entry in chosen)
        shown = shown or f'<p class="empty">There is no entry {"" if name == "entry" else f"of {name} "}{wanted}.</p>'
        parts.append(f'<section class="single"><p><a href="/">← The whole ledger</a></p>{shown}</section>')
    else:
        payables = payables_section(sandbox, titles, files, _number(request, "bills") or 1)
        parts += [_jobs(sandbox), _balances(sandbox, titles), payables, _journal(entries, titles, files, _number(request, "page") or 1)]
    body = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sandbox ledger</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<style>{STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>"
    )
    return Answer(200, body.encode(), "text/html;charset=UTF-8")


def _number(request: Request, name: str) -> int:
    text = request.query.get(name, ("",))[0]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _head(sandbox: Sandbox, entries: list[dict[str, Any]]) -> str:
    company = ", ".join(row["COMPANYID"] for row in sandbox.books.all(SIDE, "COMPANY"))
    counts = sandbox.counts()
    facts = [
        (sum(entry["module"] == "GL" for entry in entries), "journal entries"),
        (len(sandbox.books.all(SIDE, "APBILL")), "bills"),
        (len(sandbox.books.all(SIDE, "APPYMT")), "payments"),
        (len(sandbox.books.all(SIDE, "SUPDOC")), "attachments"),
        (counts["intacct_writes"], "writing requests to Intacct"),
        (counts["pleo_writes"], "writing requests to Pleo"),
    ]
    shown = "".join(f"<div><dt>{escape(name)}</dt><dd>{number:,}</dd></div>" for number, name in facts)
    return (
        f'<header><p class="kicker">Sandbox · company {escape(company or "(none)")}</p><h1>Ledger</h1>'
        "<p>Stands in for Sage Intacct and Pleo on this machine. Everything below was sent over their APIs; nothing here"
        f' is real money.</p><dl class="facts">{shown}</dl></header>'
    )


def _jobs(sandbox: Sandbox) -> str:
    companies = sandbox.companies()
    cards = []
    for company, name in companies.items():
        jobs = list(reversed(sandbox.pleo.jobs(company)))
        shown = "".join(_job(sandbox, job, newest=number == 0) for number, job in enumerate(jobs))
        cards.append(
            f'<article class="card"><div class="row"><h3>{escape(name)}</h3>'
            '<form method="post" action="/_sandbox/jobs">'
            f'<input type="hidden" name="company_id" value="{escape(company)}">'
            f"<button>Make Pleo export a new job</button></form></div>{shown or '<p class=empty>No export job yet.</p>'}</article>"
        )
    if not cards:
        return ""
    return f'<section><h2>Export jobs in Pleo</h2><div class="cards">{"".join(cards)}</div></section>'


def _job(sandbox: Sandbox, job: dict[str, Any], *, newest: bool) -> str:
    items = sandbox.pleo.items(job["id"])
    counts = Counter(item["status"] for item in items)
    badges = " ".join(_badge(status, f"{count} {status.replace('_', ' ')}") for status, count in sorted(counts.items()))
    failed = [item for item in items if item.get("failureReason")]
    reasons = "".join(
        f"<li><b>{escape(_name_of(sandbox, item['accountingEntryId']))}</b><span>{escape(item['failureReason'])}</span></li>"
        for item in failed
    )
    title = f"{len(failed)} failure reason{'' if len(failed) == 1 else 's'}"
    details = f"<details{' open' if newest else ''}><summary>{title}</summary><ul>{reasons}</ul></details>" if failed else ""
    reason = f'<p class="bad-text">{escape(job["failureReason"])}</p>' if job.get("failureReason") else ""
    created = job["createdAt"].replace("T", " ").removesuffix("Z")
    return (
        f'<div class="job"><p class="row"><span>{escape(created)} UTC · {len(items)} items</span>{_badge(job["status"])}</p>'
        f'<p class="badges">{badges}</p>{reason}{details}</div>'
    )


def _name_of(sandbox: Sandbox, entry_id: str) -> str:
    """What a person knows an item by: supplier, or else the employee or the type."""
    item = (sandbox.books.get("pleo", "entry", entry_id) or {}).get("item", {})
    for holder in ("supplier", "vendor", "user"):
        if (item.get(holder) or {}).get("name"):
            return str(item[holder]["name"])
    return str(item.get("type", entry_id)).replace("_", " ")


def _balances(sandbox: Sandbox, titles: dict[str, str]) -> str:
    by_entity: dict[str, dict[str, tuple[Decimal, Decimal]]] = defaultdict(dict)
    for (entity, account), sums in ledger.balances(sandbox.books).items():
        by_entity[entity][account] = sums
    tables = []
    for row in sandbox.books.all(SIDE, "LOCATIONENTITY"):
        accounts = by_entity.get(row["LOCATIONID"], {})
        heading = f"<h3>{escape(row['LOCATIONID'])} · {escape(row.get('NAME', ''))} <small>{escape(row.get('CURRENCY', ''))}</small></h3>"
        if not accounts:
            tables.append(f'<article class="card">{heading}<p class="empty">Nothing posted yet.</p></article>')
            continue
        lines = "".join(
            f'<tr><td>{_account(number, titles)}</td>{_cell(debit)}{_cell(credit)}<td class="number">{_money(debit - credit)}</td></tr>'
            for number, (debit, credit) in sorted(accounts.items())
        )
        debit, credit = (sum((each[side] for each in accounts.values()), Decimal(0)) for side in (0, 1))
        equal = _badge("successful", "debits equal credits") if debit == credit else _badge("failed", "out of balance")
        tables.append(
            f'<article class="card"><div class="row">{heading}{equal}</div><table class="balance"><thead>'
            "<tr><th>Account</th><th>Debit</th><th>Credit</th><th>Balance</th></tr>"
            f"</thead><tbody>{lines}</tbody><tfoot><tr><td>Total</td>"
            f'<td class="number">{_money(debit)}</td><td class="number">{_money(credit)}</td>'
            f'<td class="number">{_money(debit - credit)}</td></tr></tfoot></table></article>'
        )
    return f'<section><h2>Trial balance</h2><div class="cards">{"".join(tables)}</div></section>' if tables else ""


def _account(number: str, titles: dict[str, str]) -> str:
    return f'<span class="account">{escape(number)}</span> {escape(titles.get(number, ""))}'


def _journal(entries: list[dict[str, Any]], titles: dict[str, str], files: dict[str, list[tuple[str, str]]], page: int) -> str:
    newest = list(reversed(entries))
    pages = max(1, -(-len(newest) // PAGE_SIZE))
    page = min(page, pages)
    shown = newest[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    body = "".join(_entry(entry, titles, files) for entry in shown) or '<p class="empty">No journal entry yet.</p>'
    links = ""
    if pages > 1:
        newer = f'<a href="/?page={page - 1}#journal">← Newer</a>' if page > 1 else "<span></span>"
        older = f'<a href="/?page={page + 1}#journal">Older →</a>' if page < pages else "<span></span>"
        links = f'<nav class="row">{newer}<span>Page {page} of {pages}</span>{older}</nav>'
    return f'<section id="journal"><h2>General ledger <small>newest first</small></h2>{body}{links}</section>'


def _entry(entry: dict[str, Any], titles: dict[str, str], files: dict[str, list[tuple[str, str]]]) -> str:
    lines = entry["lines"]
    debit = sum((line["amount"] for line in lines if line["side"] == "debit"), Decimal(0))
    credit = sum((line["amount"] for line in lines if line["side"] == "credit"), Decimal(0))
    foreign = entry["currency"] != entry["base_currency"]
    rows = "".join(_line(line, titles, foreign=entry["base_currency"] if foreign else "") for line in lines)
    facts: Iterable[str] = (
        f"{entry['journal']} #{entry['recordno']}", entry["entity"], entry["date"], entry["reference"],
        f"VAT vendor {entry['vat_vendor']}" if entry["vat_vendor"] else "",
    )  # fmt: skip
    attached = files.get(entry["supdocid"], [])
    links = "".join(
        f'<a class="file" href="/attachments/{escape(entry["supdocid"])}/{number}">{escape(name)}.{escape(extension)}</a>'
        for number, (name, extension) in enumerate(attached, start=1)
    )
    return (
        f'<article class="card entry" id="entry-{escape(entry["recordno"])}"><div class="row">'
        f'<h3><a href="/?entry={escape(entry["recordno"])}">{escape(entry["title"])}</a></h3>{_badge(entry["state"])}</div>'
        f'<p class="meta">{" · ".join(escape(fact) for fact in facts if fact)}</p>'
        f"<table><thead><tr><th>Account</th><th>Debit</th><th>Credit</th></tr></thead><tbody>{rows}</tbody>"
        f'<tfoot><tr><td>Total {escape(entry["currency"])}</td><td class="number">{_money(debit)}</td>'
        f'<td class="number">{_money(credit)}</td></tr></tfoot></table>'
        f"{f'<p class=files>{links}</p>' if links else ''}{'' if entry['source'] else decision('GLBATCH', entry)}</article>"
    )


def _line(line: dict[str, Any], titles: dict[str, str], *, foreign: str) -> str:
    named = [f"{name} {line[name]}" for name in _SHOWN_DIMENSIONS if line[name]]
    named += [f"{element.removeprefix('GLDIM').replace('_', ' ').lower()} {value}" for element, value in line["udd"].items()]
    notes = []
    if line["is_tax"]:
        notes.append(f'<span class="badge tax">tax</span> {escape(line["tax_detail"])}')
    elif line["tax_detail"]:
        notes.append(escape(f"{line['tax_detail']}: tax {_money(line['tax'] or Decimal(0))}"))
    if line["description"] and not line["is_tax"]:
        notes.append(f"<q>{escape(line['description'])}</q>")
    if foreign:
        notes.append(escape(f"{foreign} {_money(line['base_amount'])}"))
    notes.append(escape(" · ".join(named)))
    below = "".join(f"<small>{note}</small>" for note in notes if note)
    debit = line["amount"] if line["side"] == "debit" else Decimal(0)
    credit = line["amount"] if line["side"] == "credit" else Decimal(0)
    tax = ' class="tax"' if line["is_tax"] else ""
    return f"<tr{tax}><td>{_account(line['account'], titles)}{below}</td>{_cell(debit)}{_cell(credit)}</tr>"
