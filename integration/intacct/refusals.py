"""What a refusal of a document is about: a closed period, a posting date of its own, how the document stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from integration import retry
from integration.errors import IntegrationError
from integration.intacct.day_formats import DAY_FIRST, DOCUMENTED, DateFormat

_DAY = re.compile(r"(?<!\d)\d{1,4}([^\w\s])\d{1,2}\1\d{1,4}(?!\d)")
# The rules a customer has written himself, in his own words. Source: docs/reference/intacct/06-errors.md, section 6.5.
_SMART_RULE = "BL04002055"
# Source: docs/reference/intacct-xml-api.md (public client code and reports); the words: docs/reference/intacct/06-errors.md, section 6.6.
_NO_PERMISSION = "PL04000005"


def lacks_permission(code: str, said: str) -> bool:
    """Tell whether a refusal is about what the user's role may do: by its number, or where that is a general one, by its words."""
    return code == _NO_PERMISSION or bool(re.search(r"permission|privilege", said, re.IGNORECASE))


def may_be_a_slip(refusal: IntegrationError, since: datetime, now: datetime) -> bool:
    """Tell whether a question that Intacct refused is asked again before anybody hears of it: for ten minutes from `since` on.

    Not where it names a permission, which only a person can mend, nor where it carries no number: then it is not Intacct's refusal,
    but an answer that nobody can read.
    """
    return bool(refusal.code) and not lacks_permission(refusal.code, refusal.message) and abs(now - since) < retry.SLIP


def refuses_own_posting_date(refusal: IntegrationError) -> bool:
    """Tell whether a bill was refused because it is posted on another day than its own. The text is not published: A14."""
    said = refusal.message.lower()
    return not _by_smart_rule(refusal) and "posting date" in said and ("overrid" in said or "differs" in said)


# What makes a file unfit by itself, as far as words can tell: nobody has published them (docs/assumptions.md, D21).
_UNFIT_FILE = re.compile(
    r"attachment(?:type|data|name)\b"
    r"|\b(?:file|attachment|image)(?:'s)? (?:name|type|extension|format|size|content|data)\b"
    r"|\b(?:type|extension|format|size|content|data) of (?:the |an |a )?(?:file|attachment|image)\b"
    r"|\b(?:file|attachment|image)\b[^.]{0,60}\b(?:too large|too big|empty|corrupt|not supported|unsupported)\b"
    r"|\bbase ?64\b",
    re.IGNORECASE,
)


def refuses_file(refusal: IntegrationError) -> bool:
    """Tell whether an attachment was refused for a fault of the files themselves, and not of its folder or of a permission.

    Only then may an expense be posted without its receipts: any other refusal holds it back.
    """
    said = refusal.message
    if lacks_permission(refusal.code, said):
        return False
    return bool(_UNFIT_FILE.search(said)) and not re.search(r"folder", said, re.IGNORECASE)


def refuses_state(refusal: IntegrationError) -> bool:
    """Tell whether a document was refused a change because of how it stands: a paid bill.

    Source: docs/reference/intacct/06-errors.md, section 6.6.
    """
    return refusal.code == "BL03000215"


def first_open_day(refusal: IntegrationError, refused: date, *, today: date, dates: DateFormat) -> date | None:
    """Return the day from which the books are open, by a refusal that says so with a date; None for any other refusal.

    It names that day ("on or after"), or our day as lying in a closed period: then it is the first of the next month. It
    is never in the future, and never one of two days that a text like 02/03/2026 may mean.

    refused: the day that was refused. dates: how the user we sign in as reads days; whether the texts of refusals are
    written so, or as documented, nobody has published (docs/assumptions.md, D28). Source: docs/reference/intacct/06-errors.md, section 6.6.
    """
    said = refusal.message
    lower = said.lower()
    if _by_smart_rule(refusal):
        return None
    named = [_days(text, dates) for text in _texts_of_days(said, after="on or after ")]
    if named:
        possible = [{day for day in days if refused < day <= today} for days in named]
        return max(set.union(*possible), default=None) if all(len(days) < 2 for days in possible) else None
    ours = any(refused in _days(text, dates) for text in _texts_of_days(said))
    following = (refused.replace(day=1) + timedelta(days=32)).replace(day=1)
    return following if ours and "period" in lower and "closed" in lower and following <= today else None


def _by_smart_rule(refusal: IntegrationError) -> bool:
    return refusal.code == _SMART_RULE or "smart rule" in refusal.message.lower()


def _texts_of_days(said: str, after: str = "") -> Iterator[str]:
    """Return what looks like a day, right behind `after` where that is given."""
    for found in _DAY.finditer(said):
        if said[: found.start()].lower().endswith(after):
            yield found.group()


def _days(text: str, dates: DateFormat) -> set[date]:
    """Return the days a text may mean: as the user reads it, and as documented. Where nobody said how he does, with the day first too."""
    found = set()
    for each in {dates, DOCUMENTED} | (set() if dates.told else {DAY_FIRST}):
        try:
            found.add(each.parse(text))
        except ValueError:
            continue
    return found
