"""What the XML gateway answers, as immutable values, and the refusals that are its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from integration.errors import IntegrationError, OutcomeUnknown
from integration.intacct.day_formats import DOCUMENTED, DateFormat


class SessionEnded(IntegrationError):
    """The session is over; nothing was carried out. Sign in again once and repeat."""


class DuplicateRefused(OutcomeUnknown):
    """Refused because something with this id is there already: look it up, it may be ours."""


class RefusedAgain(OutcomeUnknown):
    """Refused on a later send: perhaps because the first one was carried out after all."""


@dataclass(frozen=True, slots=True)
class GatewayError:
    """One <error> of an answer; the texts without the support id."""

    number: str
    text: str
    correction: str


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What Intacct gives back for a created document. key: record number, for an attachment its id. url: may be empty."""

    key: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one function. status: success, failure or aborted. data: the <data> element, None where there is none.

    dates: how days are written in it.
    """

    control_id: str
    function: str
    status: str
    key: str
    data: Any
    errors: tuple[GatewayError, ...]
    dates: DateFormat = DOCUMENTED


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a query: field name in capitals to text, days as documented. total: how many the server says there are in all."""

    rows: tuple[Mapping[str, str], ...]
    total: int
    offset: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a whole request brought: results by control id, the entity it ran in, and the raw text without secrets.

    server_time: Intacct's own clock, with its zone; None where the answer does not say. replaced: how many characters that XML
    forbids were replaced to read it.
    """

    results: Mapping[str, Result]
    entity: str
    server_time: datetime | None = None
    raw: str = field(repr=False, default="")
    replaced: int = 0


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """What became of each function, and the answer's raw text without secrets."""

    outcomes: Mapping[str, Confirmation | IntegrationError]
    raw: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of each question, in the same order, and Intacct's clock at that moment; None where it did not say."""

    found: tuple[Result | IntegrationError, ...]
    server_time: datetime | None
