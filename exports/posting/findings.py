"""What the rules find on one item while they read it: problems stop it, notes go with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from exports.posting.texts import cleaned
from integration.errors import Problem


@dataclass(slots=True)
class Findings:
    """Gathers in the order of the item; the same problem at the same place, and the same note, is kept once.

    Sentences quote what Pleo sent, so they are cleaned: a lone surrogate in a tag could not be stored or reported.
    """

    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def problem(self, code: str, sentence: str, *, place: str = "", kind: str = "", value: str = "") -> None:
        found = Problem(code, cleaned(sentence), place=place, kind=kind, value=cleaned(value))
        if found not in self.problems:
            self.problems.append(found)

    def note(self, sentence: str) -> None:
        if cleaned(sentence) not in self.notes:
            self.notes.append(cleaned(sentence))
