"""Refusals in words that nobody has published: our own triggers among them, in any order."""

from __future__ import annotations

import random

from integration.sandbox.intacct.wordings import WORDS, random_words

# What is read for "was carried out before", "the books are closed" or "not our date" where no number tells.
_TRIGGERS = (
    "duplicate", "already exists", "already executed", "period", "closed", "books", "posting date", "must be on or after", "sender id",
)  # fmt: skip
# What says that it was not carried out, or that nobody knows, and what is about files: each has a way of its own.
_TELLING = (
    "please try again later",
    "temporarily off-line",
    "api rate limit exceeded",
    "file type",
    "attachment size",
    "folder",
    "permission",
)


def wording(chance: random.Random, *, telling: bool = False) -> str:
    """Return a refusal's text. telling: also with words that mean something to us beyond a no."""
    return random_words(chance, WORDS + _TRIGGERS + (_TELLING if telling else ()))
