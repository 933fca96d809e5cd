"""From the text of a configuration file to values, with all its mistakes at once. Asks no database and no other system."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, cast
from zoneinfo import available_timezones

import yaml
from django.db import models

from integration.connecting.configuration_file.nodes import Node
from integration.connecting.configuration_file.values import BY_CURRENCY, PLACES, ConnectionValues, EntityValues, Mistake
from integration.endpoints import check_intacct_endpoint, check_pleo_base_url
from integration.models import Connection, EntityConfiguration, IntacctCredentials, WalletAccount
from integration.models.connections import DEFAULT_ENDPOINT, DEFAULT_PLEO_BASE_URL

MOST_DIMENSIONS = 5
_NAMES = {"balance_accounts": "balance_account", "card_bank_accounts": "card_bank_account", "invoice_bank_accounts": "invoice_bank_account"}


@dataclass(frozen=True, slots=True)
class Read:
    """What a file says. Where there are mistakes the values are what could be read, good only for finding more of them."""

    connections: tuple[ConnectionValues, ...]
    mistakes: tuple[Mistake, ...]

    def has_mistakes_at(self, path: str) -> bool:
        return any(mistake.path.startswith(path) for mistake in self.mistakes)


class _Loader(yaml.SafeLoader):
    """As SafeLoader, but a key that stands twice is a mistake, not the second one in silence."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        found = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in found:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key.value} stands there twice", key.start_mark)
            found.add(key.value)
        return super().construct_mapping(node, deep=deep)


def read(text: str, *, environ: Mapping[str, str], folder: Path) -> Read:
    """Read a file.

    environ: what `env:NAME` is looked up in. folder: where the relative paths of `file:PATH` begin.
    """
    mistakes: list[Mistake] = []
    try:
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 a SafeLoader
    except yaml.MarkedYAMLError as error:
        where = f"line {error.problem_mark.line + 1}" if error.problem_mark else ""
        return Read((), (Mistake(where, f"This is not YAML: {error.problem or error.context}."),))
    except yaml.YAMLError:
        return Read((), (Mistake("", "This is not YAML."),))
    root = Node(content, "", mistakes, _resolver(environ, folder))
    connections = tuple(_connection(node) for node in root.children("connections", required=isinstance(content, Mapping)))
    root.end()
    _twice(connections, mistakes)
    return Read(connections, tuple(mistakes))


def _connection(node: Node) -> ConnectionValues:
    intacct, pleo = node.child("intacct"), node.child("pleo")
    sender_id = _text(intacct, IntacctCredentials, "sender_id")
    values = ConnectionValues(
        name=_text(node, Connection, "name", required=True),
        company_id=_text(intacct, Connection, "company_id", required=True).upper(),
        endpoint=_address(intacct, "endpoint", "endpoint", DEFAULT_ENDPOINT, check_intacct_endpoint),
        pleo_base_url=_address(pleo, "base_url", "pleo_base_url", DEFAULT_PLEO_BASE_URL, check_pleo_base_url),
        attachment_folder=_text(intacct, Connection, "attachment_folder") or "Pleo",
        user_id=_text(intacct, IntacctCredentials, "user_id", required=True),
        user_password=intacct.secret("user_password"),
        sender_id=sender_id,
        sender_password=intacct.secret("sender_password"),
        entities=tuple(_entity(each) for each in node.children("entities", required=True)),
        confirmed_directions=node.directions("confirmed_directions"),
        second_person=node.flag("second_person", True),
        second_person_above=node.amount("second_person_above", Decimal(1000)),
    )
    if values.sender_password and not sender_id:
        intacct.note("sender_id", "A sender_password needs the sender_id it belongs to.")
    for each in (intacct, pleo, node):
        each.end()
    return values


def _entity(node: Node) -> EntityValues:
    sections: dict[tuple[str, ...], Node] = {(): node}
    found: dict[str, Any] = {}
    for place in PLACES:
        *way, key = place.sections
        for depth in range(len(way)):
            path = tuple(way[: depth + 1])
            if path not in sections:
                sections[path] = sections[path[:-1]].child(path[-1])
        found[place.field] = _setting(sections[tuple(way)], key, place.field, required=place.required)
    for each in sections.values():
        each.end()
    reimbursements = sections[("reimbursements",)]
    if found["out_of_pocket_account"] and not found["reimbursement_journal"]:
        reimbursements.note("journal", "Out-of-pocket expenses need the journal they are posted in.")
    if found["time_zone"] not in available_timezones():
        node.note("time_zone", "This is not a time zone, like Europe/London.")
    if found["reverse_charge_on_journals"] == EntityConfiguration.ReverseCharge.BILL and not found["card_default_vendor"]:
        sections[("card",)].note("default_vendor", "Reverse charge as bill needs a default vendor.")
    return EntityValues(**found)


def _setting(node: Node, key: str, name: str, *, required: bool) -> Any:
    """Read one setting in the form that its column has."""
    if name == "pleo_api_key":
        return node.secret(key)
    if name == "dimensions":
        too_many = f"At most {MOST_DIMENSIONS} dimensions can be tagged in Pleo."
        return node.texts(key, most=MOST_DIMENSIONS, too_many=too_many)
    if name == "team_defaults":
        return node.maps(key)
    if name in BY_CURRENCY:
        return node.by_currency(key, required=required, longest=_column(WalletAccount, _NAMES[name]).max_length)
    column = _column(EntityConfiguration, name)
    match column:
        case models.UUIDField():
            return node.uuid(key, required=required)
        case models.DateField():
            return node.day(key)
        case models.BooleanField():
            return node.flag(key, bool(column.default))
        case models.JSONField():
            return node.text_map(key)
    default = str(column.get_default() or "")
    if column.choices:
        return node.choice(key, [str(value) for value, _ in column.choices], default)
    return node.text(key, required=required, default=default, longest=column.max_length)


def _column(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    return cast("models.Field[Any, Any]", model._meta.get_field(name))


def _text(node: Node, model: type[models.Model], name: str, *, required: bool = False) -> str:
    return node.text(name, required=required, longest=_column(model, name).max_length)


def _address(node: Node, key: str, name: str, default: str, check: Callable[[str], None]) -> str:
    url = node.text(key, default=default, longest=_column(Connection, name).max_length)
    try:
        check(url)
    except ValueError as error:
        node.note(key, str(error))
    return url


def _resolver(environ: Mapping[str, str], folder: Path) -> Callable[[str], str]:
    def resolve(text: str) -> str:
        kind, colon, rest = text.partition(":")
        if colon and kind == "env":
            if rest not in environ:
                raise ValueError(f"The environment variable {rest} is not set.")
            return environ[rest]
        if colon and kind == "file":
            try:
                return (folder / rest).read_text(encoding="utf-8")
            except (OSError, ValueError) as error:
                raise ValueError(f"The file {rest} cannot be read ({type(error).__name__}).") from None
        return text

    return resolve


def _twice(connections: tuple[ConnectionValues, ...], mistakes: list[Mistake]) -> None:
    """Note what may occur only once in a file."""
    names: dict[str, str] = {}
    companies: dict[str, str] = {}
    pleo: dict[object, str] = {}
    for index, connection in enumerate(connections):
        here = f"connections[{index}]"
        for known, value, path, what in (
            (names, connection.name, f"{here}.name", "name"),
            (companies, connection.company_id, f"{here}.intacct.company_id", "Intacct company"),
        ):
            if value and value in known:
                mistakes.append(Mistake(path, f"This {what} is also at {known[value]}."))
            known.setdefault(value, path)
        for number, entity in enumerate(connection.entities):
            path = f"{here}.entities[{number}].pleo_company_id"
            if entity.pleo_company_id and entity.pleo_company_id in pleo:
                mistakes.append(Mistake(path, f"This Pleo company is also at {pleo[entity.pleo_company_id]}."))
            pleo.setdefault(entity.pleo_company_id, path)
