"""One authenticated call, as its handler sees it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from integration.sandbox.books import Books
from integration.sandbox.pleo.demands import ALL, EVERY_CALL, PAGES, Demand, Record
from integration.sandbox.pleo.shapes import Refusal

SIDE = "pleo"


@dataclass(slots=True)
class Settings:
    """What Pleo decides by itself; tests may change it while the sandbox runs.

    expires_in, link_seconds: seconds. rate_limit: requests in any 60 seconds, None for no limit. Pleo's own is 600.
    max_active_tags: per group, None for no limit (Pleo's own number is unknown).
    missing_installation: status of GET installations/me when there is none. The OpenAPI file documents 200, 400 and
    500 for that call, so 400 stands for "none"; 404 is what a reader would expect, and a client should take both.
    relaxed: ids of demands that are not enforced, of those that Pleo leaves open; see `relax`.
    """

    page_size: int = 20
    max_page_size: int = 100
    expires_in: int = 3600
    link_seconds: int = 24 * 3600
    rate_limit: int | None = None
    max_active_tags: int | None = None
    missing_installation: int = 400
    relaxed: set[str] = field(default_factory=set)

    def relax(self, *ids: str) -> None:
        """Take the kinder reading of these demands. Raises ValueError for one that is published, or that there is not."""
        open_ones = {each.id for each in ALL if not each.sure}
        if not set(ids) <= open_ones:
            raise ValueError(f"no demand that Pleo leaves open: {', '.join(sorted(set(ids) - open_ones))}")
        self.relaxed |= set(ids)

    def unmet(self, demand: Demand, message: str, headers: Mapping[str, str] | None = None) -> None:
        """Raises Refusal for a demand that was not met; returns where it is relaxed."""
        if demand.id not in self.relaxed:
            status, kind = demand.answer
            raise Refusal(status, kind, message, headers, demand.id)

    def unmet_by_every_call(self, name: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        """The same by the name of the refusal, for what holds for every call."""
        demand = EVERY_CALL.named(name)
        assert demand is not None, name
        self.unmet(demand, message, headers)


@dataclass(frozen=True, slots=True)
class Call:
    """query: parameters that were given, read into their types. company_id: the one the key belongs to.

    noted: demands that were not met and are told of in a good answer.
    """

    record: Record
    books: Books
    settings: Settings
    company_id: str
    now: datetime
    base_url: str
    ids: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    noted: list[str] = field(default_factory=list)

    def _demand(self, name: str) -> Demand:
        demand = self.record.named(name) or PAGES.named(name)
        assert demand is not None, f"{self.record.on} has no row, or several, for {name}"
        return demand

    def refuse(self, name: str, message: str) -> None:
        """Say no for the row of this call that has this refusal. Raises Refusal; returns where the row is relaxed."""
        self.settings.unmet(self._demand(name), message)

    def note(self, name: str) -> tuple[str, ...]:
        """Write down that a row was not met which the answer itself tells of, and return its type; nothing where it is relaxed."""
        demand = self._demand(name)
        if demand.id in self.settings.relaxed:
            return ()
        self.noted.append(demand.id)
        return (demand.answer[1],)

    def own(self, company_id: str | None, name: str = "forbidden.company") -> str:
        """Return the company asked for, or the key's own if none is named. Raises Refusal (403) for any other."""
        if company_id is not None and company_id.lower() != self.company_id:
            self.refuse(name, f"This API key has no permission for company {company_id}")
        return self.company_id

    def named_company(self) -> str:
        """The same for the query parameter company_id, which may have to be given."""
        if "company_id" not in self.query:
            self.refuse("form.company", "query parameter company_id is required")
        return self.own(self.query.get("company_id"))


def stamp(moment: datetime) -> str:
    """A moment as Pleo writes it: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def new_id() -> str:
    return str(uuid.uuid4())
