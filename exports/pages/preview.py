"""The page "What would be posted", and the same as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from exports.planning.preview import OUTCOMES, Preview, preview, totals
from integration.models import EntityConfiguration

SHOWN = 200
_HEAD = (
    "Company",
    "Entity",
    "Expense",
    "Outcome",
    "Amount",
    "Currency",
    "Document",
    "Posting date",
    "Account",
    "Debit",
    "Credit",
    "Tax code",
    "Why not",
)


def queue() -> Iterator[Preview]:
    configurations = EntityConfiguration.objects.filter(active=True).select_related("connection")
    return preview(configurations, timezone.now())


def page(request: HttpRequest, *, site_context: dict[str, Any]) -> HttpResponse:
    """Show the queue as it would be posted now; all of it is counted and added up, the first 200 of each part are listed."""
    found = list(queue())
    parts = [(outcome, [each for each in found if each.outcome == outcome]) for outcome in OUTCOMES]
    context = {
        **site_context,
        "title": "What would be posted",
        "count": len(found),
        "parts": [(outcome, some[:SHOWN], len(some)) for outcome, some in parts],
        "totals": totals(each for each in found if not each.problems),
    }
    return TemplateResponse(request, "exports/preview.html", context)


def as_csv(request: HttpRequest) -> StreamingHttpResponse:
    response = StreamingHttpResponse(csv_lines(queue()), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="what-would-be-posted.csv"'
    return response


def csv_lines(previews: Iterable[Preview]) -> Iterator[str]:
    """Return one line for each posting, one for each expense that has none, which says why, and the totals at the end."""
    yield _written(_HEAD)
    counted = []
    for each in previews:
        counted.append(each)
        record, configuration = each.record, each.record.configuration
        head = (str(configuration.connection), configuration.intacct_entity, str(record.merchant or record.entry_id), each.outcome)
        amount = (str(record.money.amount), record.currency) if record.money else ("", "")
        why = " ".join(problem.sentence for problem in each.problems) or " ".join(each.notes)
        if not each.documents:
            yield _written((*head, *amount, "", "", "", "", "", "", why))
        for document in each.documents:
            for line in document.lines:
                sides = tuple(str(side.amount) if side else "" for side in (line.debit, line.credit))
                yield _written((*head, *amount, document.kind, document.date.isoformat(), line.account, *sides, line.tax, why))
    for total in totals(each for each in counted if not each.problems):
        account = f"{total.account} {total.name}".strip()
        amounts = (str(total.debit.amount), str(total.credit.amount))
        yield _written((total.company, total.entity, "", "Total", "", total.currency, "", "", account, *amounts, "", ""))


def _written(row: Iterable[str]) -> str:
    """A cell that a spreadsheet would take for a formula gets an apostrophe; amounts are no such cells."""
    safe = (
        f"'{cell}" if cell.startswith(("=", "@", "+", "\t")) or (cell.startswith("-") and not cell[1:2].isdigit()) else cell for cell in row
    )
    text = io.StringIO()
    csv.writer(text).writerow(safe)
    return text.getvalue()
