"""What can go wrong with another system, named by what must happen next; and what can be wrong with an item."""

from __future__ import annotations

from dataclasses import dataclass


class IntegrationError(Exception):
    """Another system did not do what it was asked.

    code: what that system calls it (an error number, an HTTP status), for the technical part of a page.
    correction: what to do, as that system says it; may be empty.
    raw: its answer as text without secrets, for the record of the request; "" where none came.
    """

    def __init__(self, message: str, *, code: str = "", correction: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.correction = correction
        self.raw = ""


class TryLater(IntegrationError):
    """Nothing was changed there. The same request may be sent again later.

    after: seconds the other system asks us to wait; None where it does not say.
    """

    def __init__(self, message: str, *, code: str = "", correction: str = "", after: float | None = None) -> None:
        super().__init__(message, code=code, correction=correction)
        self.after = after


class Rejected(IntegrationError):
    """The answer was no, and will be until a person changes data or settings."""


class SignInRefused(Rejected):
    """The other system did not let us in: nothing was carried out, and trying again may lock the user out.

    of: "sender", "user", "entity" or "key"; decides whether the connection or only one entity configuration is closed.
    entity: which entity, where `of` is "entity".
    """

    def __init__(self, message: str, *, of: str, code: str = "", correction: str = "", entity: str = "") -> None:
        super().__init__(message, code=code, correction=correction)
        self.of = of
        self.entity = entity


class RequestRefused(Rejected):
    """The body as a whole was refused before any function ran: one bad function spoils the request."""


class OutcomeUnknown(IntegrationError):
    """The request may have been carried out. Look it up before sending again."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A reason why an item cannot be posted.

    code: groups it with its like and finds its help page and Pleo's failure reason, e.g. "account_unknown".
    sentence: for the operator: names the thing, what is wrong with it, and where it is mended.
    place: where in the item, e.g. "line 2"; "" means the whole item.
    kind, value: the thing it is about, e.g. ("account", "6900").
    """

    code: str
    sentence: str
    place: str = ""
    kind: str = ""
    value: str = ""
