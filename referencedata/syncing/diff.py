"""What changed between our copy and what Intacct shows now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

# A row as column name to value, without the columns that only say when we saw it.
Columns = Mapping[str, object]

_SHARE_WITHOUT_ASKING = 20  # one in twenty, 5 %
_NUMBER_WITHOUT_ASKING = 10


@dataclass(frozen=True, slots=True)
class Changes:
    """Keys of the rows that are new, that differ from ours or had been retired, and that are as we have them."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]


def diff(held: Mapping[str, Columns], read: Mapping[str, Columns], *, retired: Collection[str] = ()) -> Changes:
    """Compare what was read with what is held, both by Intacct's key.

    held: may hold more keys than were read: a page says nothing about the others. retired: keys in `held` that had
    vanished; read again, they count as changed.
    """
    added, changed, unchanged = [], [], []
    for key, columns in read.items():
        ours = held.get(key)
        if ours is None:
            added.append(key)
        elif key in retired or any(ours.get(name) != value for name, value in columns.items()):
            changed.append(key)
        else:
            unchanged.append(key)
    return Changes(tuple(added), tuple(changed), tuple(unchanged))


def needs_a_person(held: int, gone: int, *, agreed: int = 0) -> bool:
    """Tell whether so many vanished that a person has to agree: more than 5 % and more than ten, or more than half.

    agreed: how many a person has agreed to already; more than these are another question. However few: an empty or half
    empty answer is more often a lost permission than an emptied list.
    """
    if gone <= agreed:
        return False
    if gone * 2 > held:
        return True
    return gone > _NUMBER_WITHOUT_ASKING and gone * _SHARE_WITHOUT_ASKING > held
