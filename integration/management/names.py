"""What a command says of a name that there is not: which ones there are."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

MOST = 40


def no_such(what: str, name: str, known: Collection[str]) -> str:
    """Say that no `what` has this name, and list those there are; of very many, the most alike."""
    if not known:
        return f"There is no {what} called {name}, and no other."
    if len(known) <= MOST:
        return f"There is no {what} called {name}. There are: {', '.join(sorted(known))}."
    alike = get_close_matches(name, sorted(known), n=MOST, cutoff=0)
    return f"There is no {what} called {name}. Of {len(known)} the most alike: {', '.join(alike)}."
