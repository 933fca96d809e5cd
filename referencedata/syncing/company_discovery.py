"""What one Intacct company shows of itself: asked once, remembered, and asked anew where it has changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from django.db import transaction

from integration.errors import IntegrationError, Rejected, TryLater
from integration.intacct import xml
from integration.intacct.gateway import Gateway
from integration.models import Connection, Lease
from referencedata.kinds.company_shapes import dimension_rows, fields_shown, own_elements, rows_of_dimensions
from referencedata.kinds.registry import DIMENSIONS, KINDS, Kind, Row, user_defined
from referencedata.models import CompanyShape

LINES = ("GLENTRY", "APBILLITEM")
_ASKED_FOR = "getDimensions"
_RELEVANT = {
    name: frozenset().union(*(kind.relevant() for kind in KINDS if name in kind.objects)) for kind in KINDS for name in kind.objects
}


@dataclass(frozen=True, slots=True)
class Company:
    """What one Intacct company shows of itself.

    fields: by object name, those it lets us look up and that matter to us. refusals: by object name, why it does not;
    the dimensions' under "getDimensions". listed: the rows of `getDimensions` as they came. labels: label by
    own-dimension field, of journal lines and of bill lines. fresh: asked just now, not remembered.
    """

    fields: Mapping[str, frozenset[str]]
    refusals: Mapping[str, IntegrationError]
    listed: tuple[Row, ...]
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    fresh: bool = True

    @property
    def dimensions(self) -> tuple[Row, ...]:
        """Return the dimensions as the kind of that name takes them."""
        return tuple(dimension_rows(self.listed, *(self.labels.get(name, {}) for name in LINES)))

    def kinds(self) -> tuple[Kind, ...]:
        """Return all kinds to read, with one for each dimension the customer defined.

        A dimension that cannot be read has none; the reading of the dimensions names it.
        """
        kinds = {kind.name.lower(): kind for kind in KINDS}
        for row in self.dimensions:
            try:
                read = DIMENSIONS.read(row)[1]
            except ValueError:
                continue
            if read["user_defined"]:
                kinds.setdefault(str(read["object_name"]).lower(), user_defined(str(read["object_name"]), str(read["label"])))
        return tuple(kinds.values())

    def object_of(self, kind: Kind) -> tuple[str, Collection[str]]:
        """Return (Intacct's name of the object, the fields it shows). Raises Rejected where the company does not show it."""
        if kind.custom:
            return kind.objects[0], (kind.key, kind.code)
        for name in kind.objects:
            if name in self.fields:
                return name, self.fields[name]
        raise self.refusals.get(kind.objects[0]) or Rejected(f"This company shows no {kind.label.lower()}.")

    def hides(self, kind: Kind) -> bool:
        return bool(kind.objects) and not kind.custom and not any(name in self.fields for name in kind.objects)

    def stamp_of(self, kind: Kind) -> str:
        """Return the field by which changes of this kind are found, "" where it is read whole every time."""
        return "" if not kind.objects or self.hides(kind) else kind.stamp(self.object_of(kind)[1])


def look_around(gateway: Gateway) -> Company:
    """Ask for the dimensions and for the fields of every object, in one request.

    Raises TryLater, SignInRefused or RequestRefused for the request as a whole, and TryLater where a part of it is to
    be asked again.
    """
    objects = [*_RELEVANT, *LINES]
    dimensions, *lookups = gateway.read([xml.get_dimensions(), *(xml.lookup(name) for name in objects)])
    fields: dict[str, frozenset[str]] = {}
    labels: dict[str, Mapping[str, str]] = {}
    refusals: dict[str, IntegrationError] = {}
    for name, found in zip([_ASKED_FOR, *objects], [dimensions, *lookups], strict=True):
        if isinstance(found, TryLater):
            raise found
        if isinstance(found, IntegrationError):
            refusals[name] = found
        elif name in LINES:
            labels[name] = own_elements(fields_shown(found.data))
        elif name != _ASKED_FOR:
            fields[name] = frozenset(fields_shown(found.data)) & _RELEVANT[name]
    listed = () if isinstance(dimensions, IntegrationError) else rows_of_dimensions(dimensions.data)
    return Company(MappingProxyType(fields), MappingProxyType(refusals), listed, MappingProxyType(labels))


def remembered(connection: Connection) -> Company | None:
    """Return what the company showed when it was last asked; None if it never was."""
    shape = CompanyShape.objects.filter(connection=connection).first()
    if shape is None:
        return None
    refusals: dict[str, IntegrationError] = {name: Rejected(said, code=code) for name, (said, code) in shape.refusals.items()}
    fields = {name: frozenset(shown) for name, shown in shape.fields.items()}
    return Company(fields, refusals, tuple(shape.dimensions), shape.labels, fresh=False)


def remember(company: Company, connection: Connection, *, lease: Lease, now: datetime) -> None:
    """Keep it for the next sync. Raises LeaseLost."""
    shape: dict[str, object] = {
        "fields": {name: sorted(shown) for name, shown in company.fields.items()},
        "refusals": {name: [error.message, error.code] for name, error in company.refusals.items()},
        "dimensions": [dict(row) for row in company.listed],
        "labels": {name: dict(labels) for name, labels in company.labels.items()},
        "looked_at": now,
    }
    with transaction.atomic():
        lease.hold(now)
        CompanyShape.objects.update_or_create(connection=connection, defaults=shape)


def lists_others(company: Company, listed: Sequence[Row]) -> bool:
    """Tell whether `getDimensions` answers otherwise than remembered."""
    return [dict(row) for row in company.listed] != [dict(row) for row in listed]


def unknown(known: Sequence[Kind], names: Collection[str]) -> list[str]:
    """Return the names that none of these kinds has, in small letters."""
    return sorted({name.lower() for name in names} - {kind.name.lower() for kind in known})


def chosen(known: Sequence[Kind], names: Collection[str] | None, *, complete: bool) -> tuple[Kind, ...]:
    """Return the kinds of these names, whatever their case; raise ValueError for others.

    complete: False where the customer's own dimensions could not be asked for; then other names may be theirs.
    """
    if names is None:
        return tuple(known)
    strange = unknown(known, names)
    if strange and complete:
        raise ValueError(f"There is no kind called {', '.join(strange)}. There are: {', '.join(kind.name for kind in known)}.")
    wanted = {name.lower() for name in names}
    return tuple(kind for kind in known if kind.name.lower() in wanted)
