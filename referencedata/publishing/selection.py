"""What of our copy is to stand in Pleo for one entity configuration. Asks no other system."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import F

from integration.models import Connection, EntityConfiguration
from integration.pleo.published import ChartAccount, Tag, TagGroup, TaxCode
from referencedata import models as copy
from referencedata.kinds.registry import DIMENSION_MODELS, KINDS
from referencedata.publishing import eligibility
from referencedata.publishing.eligibility import Choice, Note
from referencedata.reverse_charges import proposals

_STATUS: dict[str, Literal["active", "non_posting", "inactive"]] = {
    copy.Status.ACTIVE: "active",
    copy.Status.NON_POSTING: "non_posting",
    copy.Status.INACTIVE: "inactive",
}
_KIND_OF = {name: kind.name for kind in KINDS for name in kind.objects}
ENTITIES, TAX_CODES, ACCOUNTS, BANK_ACCOUNTS, DIMENSIONS = "entities", "tax_codes", "accounts", "bank_accounts", "dimensions"


@dataclass(frozen=True, slots=True)
class Groups:
    """The tag groups to stand in Pleo, in their order. kept: codes of groups that stay as they are, whatever they are."""

    wanted: tuple[TagGroup, ...]
    kept: frozenset[str]
    notes: tuple[Note, ...]


def read_whole(connection: Connection) -> frozenset[str]:
    """Return the kinds that were read whole at least once: only of these does a missing value mean anything."""
    return frozenset(copy.SyncRun.objects.filter(connection=connection).read_whole().values_list("kind", flat=True))


def groups_of(configuration: EntityConfiguration) -> Groups:
    """Return a group for each chosen dimension that can be used, with the dimension's object name as code."""
    known = {row.object_name.upper(): row for row in copy.Dimension.objects.present().filter(connection=configuration.connection)}
    certain = DIMENSIONS in read_whole(configuration.connection)
    wanted, kept, notes = [], set(), []
    for mapping in configuration.dimension_mappings.all():
        row = known.get(mapping.dimension.upper())
        fault, stays = _fault(row, certain=certain)
        if row is not None and not fault:
            wanted.append(TagGroup(row.object_name, row.label or row.object_name))
            continue
        where = f"Entity configurations › {configuration.intacct_entity} › Dimensions"
        notes.append(Note(f"Dimension {mapping.dimension}", f"Not published: {fault} Or choose another here ({where}).", to_do=True))
        if stays:
            kept.add(mapping.dimension)
    return Groups(tuple(wanted), frozenset(kept), tuple(notes))


def tags_of(configuration: EntityConfiguration, group: TagGroup) -> tuple[Choice[Tag], bool]:
    """Return the tags of one group, and whether what is not among them may be archived."""
    rows = _dimension_rows(configuration.connection, group.code)
    choice = eligibility.tags(group.code, group.name, rows, configuration.intacct_entity)
    return choice, _KIND_OF.get(group.code, group.code) in read_whole(configuration.connection)


def tax_codes_of(configuration: EntityConfiguration) -> tuple[Choice[TaxCode], bool]:
    """Return the tax codes of the entity, and whether others that Intacct knows may be archived."""
    connection, code = configuration.connection, configuration.intacct_entity
    entity = _live_last(copy.Entity.objects.filter(connection=connection, code=code)).last()
    if entity is None:
        sentence = f"{code} is not known in Sage Intacct, so nobody can say which tax codes it uses. Sync with Sage Intacct."
        return Choice((), (Note("Tax codes", sentence, to_do=True),), alone=True), False
    solution = copy.TaxSolution.objects.present().filter(connection=connection, name=entity.tax_solution).first()
    choice = eligibility.tax_codes(
        _details(connection),
        solution=entity.tax_solution,
        method=solution.method if solution else copy.TaxSolution.VAT_OR_GST,
        entity=code,
        pairs=dict(configuration.tax_code_pairs),
    )
    return choice, {ENTITIES, TAX_CODES} <= read_whole(connection)


def proposed_pairs(configuration: EntityConfiguration) -> dict[str, str]:
    """Return the reverse charges of the entity that speak for themselves and wait for a person: output by input code."""
    connection, code = configuration.connection, configuration.intacct_entity
    entity = _live_last(copy.Entity.objects.filter(connection=connection, code=code)).last()
    if entity is None or not entity.tax_solution:
        return {}
    here = [each for each in _details(connection) if each.solution == entity.tax_solution and each.entity in ("", code)]
    named = {*configuration.tax_code_pairs, *configuration.tax_code_pairs.values()}
    return {one: other for one, other in proposals(here).items() if not {one, other} & named}


def known_tax_codes(connection: Connection) -> frozenset[str]:
    """Return every tax code that Intacct has or had."""
    return frozenset(copy.TaxDetail.objects.filter(connection=connection).values_list("detail_id", flat=True))


def accounts_of(configuration: EntityConfiguration) -> tuple[Choice[ChartAccount], bool]:
    """Return the accounts of the entity, and whether others that Intacct knows may be archived."""
    connection = configuration.connection
    rows = _live_last(copy.Account.objects.filter(connection=connection).with_bank())
    found = (
        eligibility.LedgerAccount(row.number, row.title, active=row.active, closed=row.control or bool(row.bank), entity=row.owner)
        for row in rows.iterator()
    )
    balance = {row.balance_account for row in configuration.wallet_accounts.all()}
    choice = eligibility.accounts(found, entity=configuration.intacct_entity, balance_accounts=balance)
    return choice, {ACCOUNTS, BANK_ACCOUNTS} <= read_whole(connection)


def known_accounts(connection: Connection) -> frozenset[str]:
    """Return every account number that Intacct has or had."""
    return frozenset(copy.Account.objects.filter(connection=connection).values_list("number", flat=True))


def _fault(row: copy.Dimension | None, *, certain: bool) -> tuple[str, bool]:
    """Return (why a dimension cannot be published, "" where it can; whether its group stays as it is all the same)."""
    if row is None and certain:
        return "Sage Intacct has no such dimension any more.", False
    if row is None:
        return "the dimensions were not read from Sage Intacct yet. Sync with Sage Intacct.", True
    if row.status != copy.Status.ACTIVE:
        return "it is not enabled in the general ledger of Sage Intacct. Enable it there (Company › Admin › Dimensions).", False
    if not row.user_defined and row.object_name not in DIMENSION_MODELS:
        return "its values are not copied from Sage Intacct.", True
    if not row.journal_element:
        return "it is not among the fields of a journal line in Sage Intacct.", True
    return "", False


def _dimension_rows(connection: Connection, name: str) -> Iterator[eligibility.Value]:
    model = DIMENSION_MODELS.get(name)
    rows: Any = (
        copy.UserDefinedValue.objects.filter(connection=connection, dimension=name)
        if model is None
        else model.objects.filter(connection=connection)
    )
    code, entity = (rows.model.CODE, "entity_code" if name == "LOCATION" else "owner")
    columns = _live_last(rows).values_list(code, "name", "status", "retired_at", entity)
    for value, called, status, retired_at, lies_in in columns.iterator():
        yield eligibility.Value(value, called, "inactive" if retired_at else _STATUS[status], lies_in)


def _details(connection: Connection) -> Iterator[eligibility.Detail]:
    for row in _live_last(copy.TaxDetail.objects.filter(connection=connection)):
        yield eligibility.Detail(
            row.detail_id,
            row.description,
            row.value,
            row.solution,
            active=row.active,
            purchase=row.tax_type == copy.TaxDetail.Type.PURCHASE,
            reverse_charge=row.reverse_charge,
            entity=row.owner,
        )


def _live_last(rows: Any) -> Any:
    """A code that was deleted and made again in Intacct has two rows: the one that is there comes last, and wins."""
    return rows.order_by(F("retired_at").asc(nulls_last=True), "pk")
