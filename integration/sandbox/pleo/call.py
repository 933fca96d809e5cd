"""One authenticated call, as its handler sees it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from integration.sandbox.books import Books
from integration.sandbox.pleo.shapes import Refusal

SIDE = "pleo"


@dataclass(slots=True)
class Settings:
    """What Pleo decides by itself; tests may change it while the sandbox runs.

    expires_in, link_seconds: seconds. rate_limit: requests in any 60 seconds, None for no limit. Pleo's own is 600.
    max_active_tags: per group, None for no limit (Pleo's own number is unknown).
    missing_installation: status of GET installations/me when there is none. The OpenAPI file documents 200, 400 and
    500 for that call, so 400 stands for "none"; 404 is what a reader would expect, and a client should take both.
    """

    page_size: int = 20
    max_page_size: int = 100
    expires_in: int = 3600
    link_seconds: int = 24 * 3600
    rate_limit: int | None = None
    max_active_tags: int | None = None
    missing_installation: int = 400


@dataclass(frozen=True, slots=True)
class Call:
    """query: parameters that were given, read into their types. company_id: the one the key belongs to."""

    books: Books
    settings: Settings
    company_id: str
    now: datetime
    base_url: str
    ids: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None

    def own(self, company_id: str | None) -> str:
        """Return the company asked for, or the key's own if none is named. Raises Refusal (403) for any other."""
        if company_id is not None and company_id.lower() != self.company_id:
            raise Refusal(403, "FORBIDDEN", f"This API key has no permission for company {company_id}")
        return self.company_id


def stamp(moment: datetime) -> str:
    """A moment as Pleo writes it: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def new_id() -> str:
    return str(uuid.uuid4())
