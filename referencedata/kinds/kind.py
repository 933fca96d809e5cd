"""What one kind of reference data is: how it is asked for in Intacct, and how its rows become ours."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from django.db import models

from referencedata.models import KEY_LENGTH, Mirror, Status, UserDefinedValue

Row = Mapping[str, str]

RECORD_NUMBER = "RECORDNO"
STAMP = "WHENMODIFIED"

_NUMBER_LENGTH = 18
# What is left for it on a run.
_LABEL_LENGTH = 80

_STATUSES = {"": Status.ACTIVE, "active": Status.ACTIVE, "active non-posting": Status.NON_POSTING}


def is_key(name: str, key: str) -> bool:
    """Tell whether a record can be known and asked for by this value of the field `name`. Record numbers are numbers."""
    if name.upper() == RECORD_NUMBER:
        return key.isascii() and key.isdigit() and len(key) <= _NUMBER_LENGTH
    return 0 < len(key) <= KEY_LENGTH


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of reference data.

    name: what the command line and SyncRun call it. objects: Intacct's names for it, the one to prefer first; none for
    what is not read by query. code: the field without which a row is nothing. fields: asked for always, so that a
    company that does not show them is refused loudly, not read half. optional: asked for only where this company's
    `lookup` shows them, because one unknown field fails the whole query. columns: a row's own columns.
    scope: columns that are the same on all rows of this kind, where a model holds several kinds.
    permission: what the role of the Web Services user must allow.
    whole: read whole every time, because what it shows of other records changes without its WHENMODIFIED.
    needed: whether expenses cannot be exported without it; what else a company does not show is only noted.
    function, rows: where it is not read by query: the question, and the rows in the data of its answer.
    """

    name: str
    label: str
    model: type[Mirror]
    objects: tuple[str, ...]
    code: str
    fields: tuple[str, ...]
    optional: tuple[str, ...]
    columns: Callable[[Row], dict[str, object]]
    permission: str
    key: str = RECORD_NUMBER
    scope: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    whole: bool = False
    needed: bool = True
    function: bytes = b""
    rows: Callable[[Any], Sequence[Row]] = lambda data: ()

    @property
    def custom(self) -> bool:
        """Whether it is a dimension the customer defined: such objects show nothing but id and name."""
        return self.key == "id"

    def question(self, shown: Collection[str]) -> tuple[tuple[str, ...], str]:
        """Return (fields to select, field to order by).

        shown: the fields that `lookup` shows in this company. An object without record number (no lookup of JOURNAL
        was ever published) is ordered and known by its code.
        """
        key = self.key if self.key in shown or self.key != RECORD_NUMBER else self.code
        optional = (each for each in self.optional if each in shown)
        return tuple(dict.fromkeys((key, self.code, *self.fields, *optional))), key

    def stamp(self, shown: Collection[str]) -> str:
        """Return the field that says when a record was last changed, "" where this kind is read whole every time."""
        return STAMP if STAMP in shown and not self.whole else ""

    def relevant(self) -> frozenset[str]:
        """Return the fields whose presence in `lookup` makes a difference to us."""
        return frozenset((RECORD_NUMBER, STAMP, self.key, self.code, *self.fields, *self.optional))

    def read(self, row: Row) -> tuple[str, dict[str, object]]:
        """Return (Intacct's key, columns) of one row.

        Names too long for us are cut, codes never. Raises ValueError naming the row if it has no code or a value of
        another form than documented.
        """
        code = row.get(self.code.upper(), "")
        key = row.get(self.key.upper(), code)
        called = code[:KEY_LENGTH]
        if not code:
            raise ValueError(f"{self.label}: record {key[:KEY_LENGTH] or '(without number)'} has no {self.code}.")
        if not is_key(self.key if self.key.upper() in row else self.code, key):
            raise ValueError(f"{self.label}: {called}: '{key[:KEY_LENGTH]}' is no {self.key} that it can be known by.")
        try:
            columns = {**self.columns(row), **self.scope}
        except KeyError as error:
            raise ValueError(f"{self.label}: {called}: it has no {error.args[0]}.") from error
        except (ValueError, ArithmeticError) as error:
            raise ValueError(f"{self.label}: {called}: {error}") from error
        columns.setdefault("status", _STATUSES.get(row.get("STATUS", "").lower(), Status.INACTIVE))
        columns.setdefault("owner", row.get("MEGAENTITYID", ""))
        for name, value in columns.items():
            column = self.model._meta.get_field(name)
            longest = column.max_length if isinstance(column, models.CharField) else None
            if longest and len(str(value)) > longest:
                if name != self.model.NAME or name == self.model.CODE:
                    raise ValueError(f"{self.label}: {called}: {name} is longer than {longest} characters.")
                columns[name] = str(value)[:longest]
        return key, columns


def user_defined(object_name: str, label: str) -> Kind:
    """Return the kind of the values of one dimension the customer defined. Custom objects have no RECORDNO to select."""
    return Kind(
        name=object_name,
        label=f"{label[:_LABEL_LENGTH]} (own dimension)",
        model=UserDefinedValue,
        objects=(object_name,),
        code="name",
        fields=(),
        optional=(),
        columns=lambda row: {"name": row["NAME"]},
        permission=f"list {label} (Platform Services)",
        key="id",
        scope=MappingProxyType({"dimension": object_name}),
    )
