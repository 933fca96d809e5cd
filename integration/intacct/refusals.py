"""What a refusal of a document is about: a closed period, a posting date of its own, how the document stands."""

from __future__ import annotations

import re
from datetime import date, timedelta

from integration.errors import IntegrationError
from integration.intacct import xml

# How Intacct says that a date lies in closed books; its numbers are not published. Source: error catalogue 6.6.
_OPENS_ON = re.compile(r"on or after (\d{2}/\d{2}/\d{4})")


def says_closed(refusal: IntegrationError) -> bool:
    """Tell whether a document was refused because its date lies in a closed period."""
    said = refusal.message.lower()
    return ("period" in said and "closed" in said) or "must be on or after" in said


def refuses_own_posting_date(refusal: IntegrationError) -> bool:
    """Tell whether a bill was refused because it is posted on another day than its own. The text is not published: A14."""
    said = refusal.message.lower()
    return "posting date" in said and ("overrid" in said or "differs" in said)


def refuses_state(refusal: IntegrationError) -> bool:
    """Tell whether a document was refused a change because of how it stands: a paid bill. Source: error catalogue 6.6."""
    return refusal.code == "BL03000215"


def first_open_day(refusal: IntegrationError, refused: date) -> date:
    """Return the day from which the books are open: named by the refusal, else the first of the next month.

    refused: the day that was refused; periods are taken to be calendar months.
    """
    days = [xml.parse_date(day) for day in _OPENS_ON.findall(refusal.message)]
    return max((day for day in days if day > refused), default=(refused.replace(day=1) + timedelta(days=32)).replace(day=1))
