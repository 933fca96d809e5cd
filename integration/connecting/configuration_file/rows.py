"""Between the values of a configuration file and our rows, both ways. Calls no other system."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.db import transaction

from integration.connecting.configuration_file.values import (
    BY_CURRENCY,
    PLACES,
    ConnectionValues,
    EntityValues,
    Mistake,
    Wallet,
    path_of,
)
from integration.models import Connection, DimensionMapping, EntityConfiguration, IntacctCredentials, PleoCredentials, WalletAccount

# What is a column of EntityConfiguration itself; the rest has rows of its own.
_COLUMNS = tuple(place.field for place in PLACES if place.field not in {"pleo_api_key", "dimensions", *BY_CURRENCY})
_CONNECTION_COLUMNS = ("company_id", "endpoint", "pleo_base_url", "attachment_folder", "second_person", "second_person_above")


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one connection or entity configuration. changed: names of settings, never their values."""

    what: str
    created: bool
    changed: tuple[str, ...]

    def __str__(self) -> str:
        if self.created:
            return f"{self.what}: created"
        return f"{self.what}: changed {', '.join(self.changed)}" if self.changed else f"{self.what}: as it was"


def values_of(
    configuration: EntityConfiguration,
    *,
    wallets: Iterable[WalletAccount] | None = None,
    dimensions: Iterable[str] | None = None,
) -> EntityValues:
    """Return what a configuration says, without its secret.

    wallets, dimensions: as a form has them, where they are not saved yet; None reads the rows.
    """
    if wallets is None:
        wallets = configuration.wallet_accounts.all()
    if dimensions is None:
        dimensions = configuration.dimension_mappings.values_list("dimension", flat=True)
    accounts = list(wallets)
    return EntityValues(
        **{name: getattr(configuration, name) for name in _COLUMNS},
        balance_accounts=_by_currency(accounts, "balance_account"),
        card_bank_accounts=_by_currency(accounts, "card_bank_account"),
        invoice_bank_accounts=_by_currency(accounts, "invoice_bank_account"),
        dimensions=tuple(dimensions),
    )


def connection_values(connection: Connection) -> ConnectionValues:
    """Return a connection with its entity configurations, without secrets."""
    credentials = IntacctCredentials.objects.filter(connection=connection).defer("user_password", "sender_password").first()
    return ConnectionValues(
        name=connection.name,
        **{name: getattr(connection, name) for name in _CONNECTION_COLUMNS},
        user_id=credentials.user_id if credentials else "",
        sender_id=credentials.sender_id if credentials else "",
        confirmed_directions=list(connection.confirmed_directions),
        entities=tuple(values_of(each) for each in connection.entityconfiguration_set.order_by("intacct_entity", "pk")),
    )


def conflicts(connections: Sequence[ConnectionValues], *, installation_sender: str) -> list[Mistake]:
    """Return what cannot be applied to the rows we have.

    installation_sender: the sender id from the settings, "" where there is none.
    """
    mistakes: list[Mistake] = []
    for index, values in enumerate(connections):
        here = f"connections[{index}]"
        held = Connection.objects.filter(name=values.name).first()
        mistakes += _connection_conflicts(values, held, here)
        mistakes += _sender_conflicts(values, held, f"{here}.intacct", installation_sender)
        for number, entity in enumerate(values.entities):
            mistakes += _entity_conflicts(entity, values.name, f"{here}.entities[{number}]")
    return mistakes


def apply(connections: Sequence[ConnectionValues], *, because: str, dry_run: bool = False) -> list[Applied]:
    """Create or update everything in one transaction, and tell what became of each.

    Settings left out take their defaults; secrets left out stay as stored. Entity configurations that the connection has
    and the file does not are left alone. Credentials given reopen what a refused sign-in had closed. because: for the history.
    """
    applied: list[Applied] = []
    with transaction.atomic():
        for values in connections:
            connection, outcome = _apply_connection(values, because)
            applied.append(outcome)
            applied.extend(_apply_entity(connection, entity, because) for entity in values.entities)
        if dry_run:
            transaction.set_rollback(True)
    return applied


def _connection_conflicts(values: ConnectionValues, held: Connection | None, here: str) -> Iterable[Mistake]:
    if held and values.company_id and held.company_id != values.company_id:
        # Never moved: what was copied and posted belongs to the company it came from.
        yield Mistake(
            f"{here}.intacct.company_id",
            f"The connection {held} leads to the company {held.company_id}. Give another company another name.",
        )
    other = Connection.objects.filter(company_id=values.company_id).exclude(name=values.name).first()
    if other:
        yield Mistake(f"{here}.intacct.company_id", f"The connection {other} leads to this company already.")
    if values.user_password is None and not (held and IntacctCredentials.objects.filter(connection=held).exists()):
        yield Mistake(f"{here}.intacct.user_password", "This value is missing, and none is stored.")


def _sender_conflicts(values: ConnectionValues, held: Connection | None, here: str, installation: str) -> Iterable[Mistake]:
    if not values.sender_id and not installation:
        yield Mistake(f"{here}.sender_id", "This value is missing: the installation has no INTACCT_SENDER_ID of its own.")
    if values.sender_id and values.sender_password is None and values.sender_id != installation:
        stored = IntacctCredentials.objects.filter(connection=held, sender_id=values.sender_id).first() if held else None
        if stored is None or not stored.sender_password:
            yield Mistake(f"{here}.sender_password", "This value is missing, and none is stored for this sender.")


def _entity_conflicts(entity: EntityValues, name: str, here: str) -> Iterable[Mistake]:
    if entity.pleo_company_id is None:
        return
    held = EntityConfiguration.objects.filter(pleo_company_id=entity.pleo_company_id).select_related("connection").first()
    if held and held.connection.name != name:
        yield Mistake(f"{here}.pleo_company_id", f"This Pleo company belongs to the connection {held.connection}.")
    if entity.pleo_api_key is None and not (held and PleoCredentials.objects.filter(configuration=held).exists()):
        yield Mistake(f"{here}.pleo_api_key", "This value is missing, and none is stored.")


def _apply_connection(values: ConnectionValues, because: str) -> tuple[Connection, Applied]:
    connection = Connection.objects.filter(name=values.name).first()
    created = connection is None
    connection = connection or Connection(name=values.name)
    columns = {name: getattr(values, name) for name in _CONNECTION_COLUMNS}
    if values.confirmed_directions is not None:
        columns["confirmed_directions"] = values.confirmed_directions
    changed = _set(connection, columns, created=created, because=because)
    credentials = IntacctCredentials.objects.filter(connection=connection).first() or IntacctCredentials(connection=connection)
    given = {"user_id": values.user_id, "sender_id": values.sender_id}
    if values.user_password is not None:
        given["user_password"] = values.user_password
    if values.sender_password is not None or values.sender_id != credentials.sender_id:
        given["sender_password"] = values.sender_password or ""
    changed += _set(credentials, given, created=credentials.pk is None, because=because)
    if values.user_password is not None or values.sender_password is not None:
        connection.reopen()
    return connection, Applied(str(connection), created, changed)


def _apply_entity(connection: Connection, values: EntityValues, because: str) -> Applied:
    assert values.pleo_company_id is not None  # a file without it has a mistake
    configuration = EntityConfiguration.objects.filter(pleo_company_id=values.pleo_company_id).first()
    created = configuration is None
    configuration = configuration or EntityConfiguration(connection=connection)
    before = None if created else values_of(configuration)
    # Frozen maps are for us; a column takes a dict.
    changed = _set(configuration, {name: _plain(getattr(values, name)) for name in _COLUMNS}, created=created, because=because)
    if before is None or before.wallets() != values.wallets():
        _set_wallets(configuration, values.wallets())
        changed += tuple(name for name in sorted(BY_CURRENCY) if before and getattr(before, name) != getattr(values, name))
    if before is None or before.dimensions != values.dimensions:
        configuration.dimension_mappings.all().delete()
        DimensionMapping.objects.bulk_create(
            DimensionMapping(configuration=configuration, dimension=dimension, position=position)
            for position, dimension in enumerate(values.dimensions, start=1)
        )
        changed += ("dimensions",)
    if values.pleo_api_key is not None:
        credentials = PleoCredentials.objects.filter(configuration=configuration).first() or PleoCredentials(configuration=configuration)
        changed += _set(credentials, {"api_key": values.pleo_api_key}, created=credentials.pk is None, because=because)
        configuration.reopen()
    what = f"{connection} · {configuration.intacct_entity}"
    return Applied(what, created, tuple("pleo_api_key" if name == "api_key" else path_of(name) for name in changed))


def _set_wallets(configuration: EntityConfiguration, wallets: Sequence[Wallet]) -> None:
    configuration.wallet_accounts.exclude(currency__in=[wallet.currency for wallet in wallets]).delete()
    for wallet in wallets:
        WalletAccount.objects.update_or_create(
            configuration=configuration,
            currency=wallet.currency,
            defaults={
                "balance_account": wallet.balance_account,
                "card_bank_account": wallet.card_bank_account,
                "invoice_bank_account": wallet.invoice_bank_account,
            },
        )


def _set(row: Any, values: Mapping[str, Any], *, created: bool, because: str) -> tuple[str, ...]:
    """Give a row these values, save it if that changes anything, and return the names of what changed."""
    changed = tuple(name for name, value in values.items() if getattr(row, name) != value)
    for name in changed:
        setattr(row, name, values[name])
    row._change_reason = because[:100]  # where the row has a history, it stands there
    if created:
        row.save(force_insert=True)
    elif changed:
        row.save(update_fields=changed)
    return changed


def _by_currency(accounts: Sequence[WalletAccount], name: str) -> Mapping[str, str]:
    return MappingProxyType({each.currency: getattr(each, name) for each in accounts if getattr(each, name)})


def _plain(value: Any) -> Any:
    return {key: _plain(each) for key, each in value.items()} if isinstance(value, Mapping) else value
