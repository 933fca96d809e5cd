"""The first questions about many kinds in one request, so that a sync which finds nothing new is no more than that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from integration.errors import IntegrationError, Rejected, RequestRefused
from integration.intacct import xml
from integration.intacct.answers import Asked, Result
from integration.intacct.gateway import Gateway
from referencedata.kinds.company_shapes import rows_of_dimensions
from referencedata.kinds.registry import DIMENSIONS, Kind
from referencedata.models import SyncState
from referencedata.syncing.company_discovery import Company, lists_others
from referencedata.syncing.paging import CHANGES_AT_FIRST, Portion, Question, changes, everything

# More changes than these pages hold are read whole instead: that way goes on where it stopped.
MANY_PAGES = 10


@dataclass(slots=True)
class Part:
    """What was asked about one kind, and what came.

    question: how its next page is asked for; None where everything came at once. since: only what was changed since then
    was asked for; None where all was. error: why nothing came. stale: what was remembered of the company is so no longer,
    so the kind must be read whole after asking what the company shows now.
    """

    kind: Kind
    functions: tuple[bytes, ...] = ()
    question: Question | None = None
    since: datetime | None = None
    portion: Portion | None = None
    error: IntegrationError | None = None
    stale: bool = False


def ask_together(
    kinds: Sequence[Kind], company: Company, states: Mapping[str, SyncState], gateway: Gateway, now: datetime
) -> tuple[list[Part], int]:
    """Ask the first question about each kind, and return what came and how many requests that took: one, as a rule.

    Raises TryLater or SignInRefused for the request as a whole.
    """
    parts = [_part(kind, company, states[kind.name]) for kind in kinds]
    functions = [function for part in parts for function in part.functions]
    if not functions:
        return parts, 0
    try:
        asked = gateway.ask(functions)
    except RequestRefused as error:
        return _halved(parts, company, states, gateway, now, error)
    at = 0
    for part in parts:
        if part.functions:
            mine = Asked(asked.found[at : at + len(part.functions)], asked.server_time)
            at += len(part.functions)
            _take(part, mine, company, refused_before=bool(states[part.kind.name].refused), now=now)
    return parts, 1


def _halved(
    parts: Sequence[Part], company: Company, states: Mapping[str, SyncState], gateway: Gateway, now: datetime, error: RequestRefused
) -> tuple[list[Part], int]:
    """Ask in two requests what was refused in one: it may have been too much at once, or one bad question among good ones."""
    if len(parts) == 1:
        parts[0].error = error
        return list(parts), 1
    found, requests = [], 1
    for half in (parts[: len(parts) // 2], parts[len(parts) // 2 :]):
        answered, number = ask_together([part.kind for part in half], company, states, gateway, now)
        found += answered
        requests += number
    return found, requests


def answered_at_once(kind: Kind, company: Company, gateway: Gateway) -> tuple[Portion, int]:
    """Ask for a kind that is not read by query, and return what came and how many requests that took.

    Raises as the gateway does.
    """
    if kind is DIMENSIONS:
        return known_dimensions(company), 0
    return _at_once(tuple(kind.rows(gateway.read_one(kind.function).data))), 1


def known_dimensions(company: Company) -> Portion:
    """Return the dimensions as looking around has shown them. Raises what became of the question where it was refused."""
    if "getDimensions" in company.refusals:
        raise company.refusals["getDimensions"]
    return _at_once(company.dimensions)


def _part(kind: Kind, company: Company, state: SyncState) -> Part:
    part = Part(kind)
    try:
        if kind is DIMENSIONS and company.fresh:
            part.portion = known_dimensions(company)
        elif not kind.objects:
            part.functions = (kind.function,)
        elif company.hides(kind) and not company.fresh:
            part.functions = tuple(xml.lookup(name) for name in kind.objects)
        elif company.stamp_of(kind) and state.watermark:
            part.since = state.watermark
            part.question = changes(kind, company, part.since)
            part.functions = (part.question.page("", size=CHANGES_AT_FIRST), part.question.count())
        else:
            part.question = everything(kind, company)
            part.functions = (part.question.page(""),)
    except IntegrationError as error:
        part.error = error
    return part


def _take(part: Part, mine: Asked, company: Company, *, refused_before: bool, now: datetime) -> None:
    try:
        if part.question:
            part.portion = part.question.portion(mine, "", now, counted=part.since is not None)
            part.stale = part.since is not None and part.portion.total > MANY_PAGES * part.question.size
        elif part.kind.objects:
            # Hidden from us before: one of its names may be shown by now.
            part.stale = any(isinstance(found, Result) for found in mine.found)
            if not part.stale:
                company.object_of(part.kind)
        else:
            found = mine.found[0]
            if isinstance(found, IntegrationError):
                raise found
            if part.kind is DIMENSIONS:
                part.stale = lists_others(company, rows_of_dimensions(found.data))
                part.portion = _at_once(company.dimensions)
            else:
                part.portion = _at_once(tuple(part.kind.rows(found.data)))
    except IntegrationError as error:
        part.error = error
        # A field may have gone that was there when we looked around; what is refused again stays refused.
        part.stale = isinstance(error, Rejected) and bool(part.question) and not refused_before


def _at_once(rows: tuple[Mapping[str, str], ...]) -> Portion:
    return Portion(rows, total=len(rows), last="", count=len(rows))
