"""Refusals in words that nobody has published: our own triggers among them, in any order."""

from __future__ import annotations

import random

_WORDS = (
    "the", "a", "of", "for", "transaction", "record", "Pleo", "value", "table", "is", "was", "not", "cannot", "must", "be", "processed",
    "valid", "invalid", "found", "does not exist", "there is no", "supdoc", "GLBATCH", "number", "key", "with", "user", "role", "locked",
    "duplicate", "already exists", "already executed", "period", "closed", "books", "posting date", "differs", "overridden",
    "must be on or after", "02/03/2031", "session", "sender id", "balance", "(4711)", "'INV-1'", "—", "%", "<b>", "",
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
    words = chance.choices(_WORDS + (_TELLING if telling else ()), k=chance.randint(1, 14))
    return f"{' '.join(words)} {chance.randint(0, 9999)}".strip()
