"""Ways through the rows of a kind: what is asked, and how the next page follows from the last. Nothing is written here.

The next page is what lies behind the last key, never an offset: rows that come, go or change their name meanwhile can
then neither push a row past us nor show it twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from integration.clock import Clock
from integration.errors import IntegrationError, TryLater
from integration.intacct import xml
from integration.intacct.answers import Asked, Page, Result
from integration.intacct.gateway import Gateway
from integration.intacct.responses import page_of
from referencedata.kinds.kind import is_key
from referencedata.kinds.registry import Kind, Row
from referencedata.syncing.company_discovery import Company

PAGE_SIZE = xml.MAX_PAGE_SIZE
# First pages of all kinds travel in one answer, so they must not all be long.
CHANGES_AT_FIRST = 500
# The zone of WHENMODIFIED is not published (docs/assumptions.md, D13); a day covers every zone there is.
OVERLAP = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Portion:
    """One page. total: how many rows the question had left, these among them. last: the key of the last one.

    count: how many records of this kind Intacct has in all; None where that was not asked. watermark: every change
    before it was there to be seen.
    """

    rows: tuple[Row, ...]
    total: int
    last: str
    count: int | None = None
    watermark: datetime | None = None

    @property
    def more(self) -> bool:
        return bool(self.rows) and self.total > len(self.rows)


@dataclass(frozen=True, slots=True)
class Question:
    """One way through rows of a kind. key: what they are ordered by. numbers: whether keys compare as numbers."""

    object_name: str
    fields: tuple[str, ...]
    key: str
    numbers: bool
    where: xml.Filter | None
    size: int

    def page(self, after: str, *, size: int = 0) -> bytes:
        """Return the question for the rows behind this key, "" for the first ones. size: 0 asks for a whole page."""
        parts = [part for part in (self.where, xml.MoreThan(self.key, after) if after else None) if part]
        where = xml.And(*parts) if parts else None
        return self._query(self.fields, where, size or self.size)

    def count(self) -> bytes:
        """Return the question how many records there are in all. One row comes with it: a page has at least one."""
        return self._query((self.key,), None, 1)

    def portion(self, asked: Asked, after: str, now: datetime | None, *, counted: bool) -> Portion:
        """Read one page. counted: the count was asked behind it. now: our clock; None where no watermark is wanted.

        Raises what became of the question where it was refused, and TryLater where the page does not lie behind `after`.
        """
        page = self.read(asked.found[0])
        name = self.key.upper()
        # A row without a key that we can keep is named by whoever reads it; the next page is what lies behind the last of the others.
        rows = tuple(row if row.get(name) else {**row, name: ""} for row in page.rows)
        keys = [row[name] for row in rows if is_key(name, row[name])]
        if (rows and not keys and page.total > len(rows)) or (after and keys and not self._behind(keys, after)):
            raise TryLater(f"Sage Intacct's page of {self.object_name} does not follow the one before it.")
        count = self.read(asked.found[1]).total if counted else None if after or self.where else page.total
        return Portion(rows, page.total, keys[-1] if keys else after, count, watermark_of(asked, now))

    @staticmethod
    def read(found: Result | IntegrationError) -> Page:
        if isinstance(found, IntegrationError):
            raise found
        return page_of(found)

    def _behind(self, keys: Sequence[str], after: str) -> bool:
        if self.numbers and all(_is_number(key) for key in (after, *keys)):
            return min(map(int, keys)) > int(after)
        return after not in keys

    def _query(self, fields: Sequence[str], where: xml.Filter | None, size: int) -> bytes:
        return xml.query(self.object_name, fields, where=where, order_by=self.key, page_size=size, show_private=True)


def _is_number(key: str) -> bool:
    return key.isascii() and key.isdigit()


def everything(kind: Kind, company: Company, *, where: xml.Filter | None = None) -> Question:
    """Return the way through all values, also those that belong to an entity. Raises Rejected where the company shows none."""
    name, shown = company.object_of(kind)
    fields, key = kind.question(shown)
    return Question(name, fields, key, key != kind.code, where, PAGE_SIZE)


def changes(kind: Kind, company: Company, since: datetime) -> Question:
    """Return the way through what was changed since then. since: with zone; Intacct is told it in UTC."""
    stamp = company.stamp_of(kind)
    return everything(kind, company, where=xml.AtLeast(stamp, since.astimezone(UTC)))


def keys_only(kind: Kind, company: Company) -> Question:
    whole = everything(kind, company)
    return Question(whole.object_name, (whole.key,), whole.key, whole.numbers, None, PAGE_SIZE)


def portions(question: Question, gateway: Gateway, clock: Clock, *, after: str = "", remaining: int | None = None) -> Iterator[Portion]:
    """Go through the rows behind `after`, one request a page. The count comes with the page that should be the last.

    remaining: how many rows should be left; None where nobody knows.
    """
    while True:
        counted = bool(after or question.where) and (remaining is None or remaining <= question.size)
        now = clock()
        asked = gateway.ask([question.page(after), *([question.count()] if counted else [])])
        portion = question.portion(asked, after, now, counted=counted)
        yield portion
        if not portion.more:
            return
        after, remaining = portion.last, portion.total - len(portion.rows)


def pages_of(kind: Kind, keys: Sequence[str], *, company: Company, gateway: Gateway) -> Iterator[Page]:
    """Ask for exactly these records by Intacct's keys; raises as the gateway does. One request per thousand."""
    _, key = kind.question(company.object_of(kind)[1])
    yield from pages(kind, company=company, gateway=gateway, field=key, values=keys)


def pages(kind: Kind, *, company: Company, gateway: Gateway, field: str = "", values: Collection[str] = ()) -> Iterator[Page]:
    """Read the rows of a kind with one of these values in a field, all where no field is named; nothing else is asked.

    Raises Rejected where the company does not know or not show it, TryLater or SignInRefused as the gateway does.
    """
    if not kind.objects:
        if "getDimensions" in company.refusals:
            raise company.refusals["getDimensions"]
        yield Page(company.dimensions, total=len(company.dimensions), offset=0)
        return
    ordered = sorted(values)
    chunks = (ordered[start : start + xml.IN_VALUES] for start in range(0, len(ordered), xml.IN_VALUES))
    for where in (xml.In(field, chunk) for chunk in chunks) if field else (None,):
        question = everything(kind, company, where=where)
        after, more = "", True
        while more:
            asked = gateway.ask([question.page(after)])
            portion = question.portion(asked, after, None, counted=False)
            yield Page(portion.rows, portion.total, 0)
            after, more = portion.last, portion.more


def watermark_of(asked: Asked, now: datetime | None) -> datetime | None:
    """Return until when every change was there to be seen: Intacct's clock, or ours if earlier, less an overlap.

    None where Intacct does not say its time: the next reading is a whole one then.
    """
    if asked.server_time is None or now is None:
        return None
    return min(asked.server_time, now) - OVERLAP
