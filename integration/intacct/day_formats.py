"""How days are written in Intacct's answers: as the user who asks has set it there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class DateFormat:
    """How Intacct writes days in its answers: a separator, and the order of m (month), d (day) and Y (year, y with two digits).

    told: whether Intacct said so. Only then two digits can be a year: nobody else knows which of three numbers it is.
    Source: Sage Intacct XML API, readUserFormatting, dateformat: "/mdY" is mm/dd/yyyy.
    """

    separator: str
    order: str
    told: bool = False

    def __str__(self) -> str:
        return self.separator.join({"m": "mm", "d": "dd", "Y": "yyyy", "y": "yy"}[part] for part in self.order)

    def parse(self, text: str) -> date:
        """Read a day, zeros in front or not; a time after it is left out. Raises ValueError for anything else."""
        return self.moment(text).date()

    def moment(self, text: str) -> datetime:
        """Read a day with the time after it, 00:00 where there is none; its zone is not read. Raises ValueError for anything else."""
        found = _MOMENT.fullmatch(text.strip())
        if not found or found["separator"] != self.separator:
            raise ValueError(f"{text[:_SHOWN]!r} is no day written {self}")
        parts = dict(zip(self.order.lower(), (found["first"], found["second"], found["third"]), strict=True))
        short = len(parts["y"]) == 2
        if len(parts["m"]) > 2 or len(parts["d"]) > 2 or not (len(parts["y"]) == 4 or (short and self.told)):
            raise ValueError(f"{text[:_SHOWN]!r} is no day written {self}")
        hour = int(found["hour"] or 0)
        if found["half"]:
            if not 1 <= hour <= 12:
                raise ValueError(f"{text[:_SHOWN]!r} has no time of a clock with twelve hours")
            hour = hour % 12 + (12 if found["half"].lower() == "p" else 0)
        year = int(parts["y"]) + (2000 if short else 0)
        return datetime(year, int(parts["m"]), int(parts["d"]), hour, int(found["minute"] or 0), int(found["second_"] or 0))  # noqa: DTZ001


_SHOWN = 60
_MOMENT = re.compile(
    r"(?P<first>\d{1,4})(?P<separator>[^\w\s])(?P<second>\d{1,2})(?P=separator)(?P<third>\d{1,4})"
    r"(?:[ T]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second_>\d{2})(?:\.\d+)?)?\s?(?:(?P<half>[AaPp])\.?[Mm]\.?)?"
    r"\s?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)
# How we write days, and how Intacct's pages say it does. Source: XML API, parameter formats.
DOCUMENTED = DateFormat("/", "mdY")
# The other one that looks the same.
DAY_FIRST = DateFormat("/", "dmY")
_NAMED = re.compile(r"([/.-])([mdYy]{3})")


def date_format(named: str) -> DateFormat | None:
    """Return the format that readUserFormatting names so, "/mdY"; None for what is not known: nothing is guessed from it."""
    found = _NAMED.fullmatch(named.strip())
    return DateFormat(found[1], found[2], told=True) if found and sorted(found[2].lower()) == ["d", "m", "y"] else None
