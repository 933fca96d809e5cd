"""How days and times are written to a user: as he has set it at his company, whatever form they are kept in.

Source: XML API, readUserFormatting (dateformat); reference, corrections: dates and time stamps may come in that format.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from integration.sandbox.intacct.refusals import Refusal

_KEPT = re.compile(r"(?P<m>\d{2})/(?P<d>\d{2})/(?P<Y>\d{4})")
# Refusals that name days of their own; what others quote is the request's, and stays.
_NAMES_DAYS = {"closed_period", "closed_payables", "closed_cash", "reversal_date", "payment_date", "rate_unknown"}
DEFAULT = "/mdY"


@dataclass(frozen=True, slots=True)
class Days:
    """form: a separator and the order of m, d and Y or y. padded: zeros stand in front of days and months. timed: a time follows a day."""

    form: str = DEFAULT
    padded: bool = True
    timed: bool = False

    @classmethod
    def of(cls, company: Mapping[str, Any], user: str) -> Days:
        """FORMATTING: the form by login. UNPADDED, TIMED: logins whose days come without zeros, or with a time; neither is published."""
        form = company.get("FORMATTING", {}).get(user, DEFAULT)
        return cls(form, padded=user not in company.get("UNPADDED", []), timed=user in company.get("TIMED", []))

    def shown(self, text: str, datatype: str) -> str:
        """Write the value of a field of this type as the user reads it."""
        if datatype not in ("DATE", "TIMESTAMP") or not text:
            return text
        return self._in(text) + (" 00:00:00" if self.timed and datatype == "DATE" else "")

    def refusal(self, said: Refusal) -> Refusal:
        if said.name not in _NAMES_DAYS:
            return said
        return replace(said, text=self._in(said.text), correction=self._in(said.correction))

    def _in(self, text: str) -> str:
        return _KEPT.sub(self._day, text) if self != Days() else text

    def _day(self, found: re.Match[str]) -> str:
        parts = {"m": found["m"], "d": found["d"]}
        if not self.padded:
            parts = {name: str(int(number)) for name, number in parts.items()}
        parts |= {"Y": found["Y"], "y": found["Y"][2:]}
        return self.form[0].join(parts[name] for name in self.form[1:])
