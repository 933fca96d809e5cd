"""Sign-in, sessions that slide and expire, and the entity they are in."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from integration.sandbox.books import Books, Row
from integration.sandbox.intacct.days import Days
from integration.sandbox.intacct.envelope import Envelope, Login
from integration.sandbox.intacct.objects import SIDE, find
from integration.sandbox.intacct.refusals import refuse

LIFETIME = timedelta(hours=2)
ENDPOINT_PATH = "/ia/xml/xmlgw.phtml"


@dataclass(slots=True)
class Context:
    """Who asks, where, and when. `entity` is "" at the top level."""

    books: Books
    now: datetime
    base_url: str
    company_id: str
    user_id: str
    entity: str
    expires_at: datetime
    options: dict[str, str] = field(default_factory=dict)

    @property
    def company(self) -> Row:
        return self.books.get(SIDE, "COMPANY", self.company_id) or {}

    @property
    def days(self) -> Days:
        return Days.of(self.company, self.user_id)


def _senders(company: Row) -> dict[str, str]:
    senders: dict[str, str] = company.get("SENDERS", {})
    return senders


def _authorised(company: Row) -> list[str]:
    for name in ("AUTHORISED_SENDERS", "authorised_senders", "authorised senders"):
        if name in company:
            return list(company[name])
    return list(_senders(company))


def check_sender(books: Books, envelope: Envelope) -> None:
    """A sender is known to Intacct as a whole, whatever company it asks for."""
    known = [_senders(company).get(envelope.sender_id) for company in books.all(SIDE, "COMPANY")]
    if envelope.sender_password not in [password for password in known if password]:
        raise refuse("sender")
    if envelope.policy_id:
        raise refuse("policy", policy=envelope.policy_id)


def entities_of(company: Row, user: str) -> list[str] | None:
    """The entities a user is restricted to; None if to none."""
    access = company.get("ENTITY_ACCESS", {}).get(user)
    return list(access) if access else None


def enter(books: Books, company: Row, user: str, entity: str) -> str:
    """Return the entity that a session is in when `entity` is asked for. Looks like wrong credentials if it may not."""
    allowed = entities_of(company, user)
    if not entity:
        if allowed is None:
            return ""
        if len(allowed) == 1:
            return allowed[0]
        raise refuse("sign_in")
    row = find(books, "LOCATIONENTITY", entity)
    if row is None or row.get("STATUS", "active") != "active" or (allowed is not None and entity not in allowed):
        raise refuse("sign_in")
    return entity


def sign_in(books: Books, login: Login, envelope: Envelope, now: datetime, base_url: str) -> Context:
    company = books.get(SIDE, "COMPANY", login.company_id)
    if company is None:
        raise refuse("sign_in")
    if envelope.sender_id not in _authorised(company):
        raise refuse("sender_not_authorised", sender=envelope.sender_id, company=login.company_id)
    if not login.password or company.get("USERS", {}).get(login.user_id) != login.password:
        raise refuse("sign_in")
    entity = enter(books, company, login.user_id, login.location_id or "")
    return Context(books, now, base_url, login.company_id, login.user_id, entity, now + LIFETIME)


def resume(books: Books, envelope: Envelope, now: datetime, base_url: str) -> Context:
    """Return to a session, and let it live on from now."""
    row = books.get(SIDE, "SESSION", envelope.session_id)
    if row is None or datetime.fromisoformat(row["EXPIRES"]) <= now:
        raise refuse("session")
    company = books.get(SIDE, "COMPANY", row["COMPANYID"])
    # Taking away the user or the sender ends the sessions too.
    if company is None or row["USERID"] not in company.get("USERS", {}):
        raise refuse("session")
    if envelope.sender_id not in _authorised(company):
        raise refuse("sender_not_authorised", sender=envelope.sender_id, company=row["COMPANYID"])
    lifetime = timedelta(seconds=row["LIFETIME"])
    books.put(SIDE, "SESSION", envelope.session_id, {**row, "EXPIRES": (now + lifetime).isoformat()})
    return Context(books, now, base_url, row["COMPANYID"], row["USERID"], row["LOCATIONID"], now + lifetime)


def open_session(context: Context, location: str | None, lifetime: timedelta) -> tuple[str, str]:
    """Return (session id, entity). location: None keeps the level of the sign-in, "" means the top level."""
    entity = context.entity if location is None else enter(context.books, context.company, context.user_id, location)
    session_id = secrets.token_urlsafe(24)
    context.books.put(
        SIDE,
        "SESSION",
        session_id,
        {
            "COMPANYID": context.company_id,
            "USERID": context.user_id,
            "LOCATIONID": entity,
            "LIFETIME": int(lifetime.total_seconds()),
            "EXPIRES": (context.now + lifetime).isoformat(),
        },
    )
    return session_id, entity
