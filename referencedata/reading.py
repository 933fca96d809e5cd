"""Asking an Intacct company what it knows, and reading it kind by kind. Nothing is written here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from integration.errors import IntegrationError, Rejected, TryLater
from integration.intacct import xml
from integration.intacct.gateway import Gateway
from integration.intacct.responses import Page
from referencedata.kinds import DIMENSIONS, KINDS, Kind, Row, user_defined
from referencedata.shapes import dimension_rows, fields_shown

PAGE_SIZE = 1000


@dataclass(frozen=True, slots=True)
class Company:
    """What one Intacct company shows of itself.

    fields: by object name, those it lets us look up. refusals: by object name, why it does not; the dimensions' under
    "getDimensions". dimensions: rows as the kind of that name takes them.
    """

    fields: Mapping[str, frozenset[str]]
    refusals: Mapping[str, IntegrationError]
    dimensions: tuple[Row, ...]

    def kinds(self) -> tuple[Kind, ...]:
        """Return all kinds to read, with one for each dimension the customer defined."""
        read = (DIMENSIONS.read(row)[1] for row in self.dimensions)
        own = (user_defined(str(row["object_name"]), str(row["label"])) for row in read if row["user_defined"])
        return (*KINDS, *own)


def look_around(gateway: Gateway) -> Company:
    """Ask for the dimensions and for the fields of every object, in one request.

    Raises TryLater, SignInRefused or RequestRefused for the request as a whole, and TryLater where a part of it is to
    be asked again.
    """
    objects = [*dict.fromkeys(name for kind in KINDS for name in kind.objects), "GLENTRY", "APBILLITEM"]
    dimensions, *lookups = gateway.read([xml.get_dimensions(), *(xml.lookup(name) for name in objects)])
    labels: dict[str, dict[str, str]] = {}
    refusals: dict[str, IntegrationError] = {}
    for name, found in zip(["getDimensions", *objects], [dimensions, *lookups], strict=True):
        if isinstance(found, TryLater):
            raise found
        if isinstance(found, IntegrationError):
            refusals[name] = found
        elif name != "getDimensions":
            labels[name] = fields_shown(found.data)
    rows: tuple[Row, ...] = ()
    if not isinstance(dimensions, IntegrationError):
        rows = tuple(dimension_rows(dimensions.data, labels.get("GLENTRY", {}), labels.get("APBILLITEM", {})))
    return Company(MappingProxyType({name: frozenset(fields) for name, fields in labels.items()}), MappingProxyType(refusals), rows)


def pages(kind: Kind, *, company: Company, gateway: Gateway, where: xml.Filter | None = None) -> Iterator[Page]:
    """Read all rows of a kind at the top level, also those that belong to an entity. One request a page.

    where: only some of them; not for the dimensions, which are known already.

    Raises Rejected where the company does not know or not show it, TryLater or SignInRefused as the gateway does.
    """
    if kind is DIMENSIONS:
        # Answered by look_around already; not asked a second time.
        if "getDimensions" in company.refusals:
            raise company.refusals["getDimensions"]
        yield Page(company.dimensions, total=len(company.dimensions), offset=0)
        return
    name, shown = _object(kind, company)
    fields, order_by = kind.question(shown)
    yield from gateway.pages(name, fields, where=where, order_by=order_by, page_size=PAGE_SIZE, show_private=True)


def pages_of(kind: Kind, keys: Sequence[str], *, company: Company, gateway: Gateway) -> Iterator[Page]:
    """Ask for exactly these records by Intacct's keys; raises as `pages` does. One request per thousand."""
    _, shown = _object(kind, company)
    _, key = kind.question(shown)
    for start in range(0, len(keys), PAGE_SIZE):
        yield from pages(kind, company=company, gateway=gateway, where=xml.In(key, keys[start : start + PAGE_SIZE]))


def _object(kind: Kind, company: Company) -> tuple[str, Collection[str]]:
    if kind.scope:
        return kind.objects[0], (kind.key, kind.code)  # custom objects show nothing beyond these two
    for name in kind.objects:
        if name in company.fields:
            return name, company.fields[name]
    raise company.refusals.get(kind.objects[0]) or Rejected(f"This company shows no {kind.label.lower()}.")
