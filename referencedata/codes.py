"""Is this code usable here? The codes a configuration names, as our copy or Intacct itself knows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Upper

from integration.connecting.configuration_file.rows import values_of
from integration.connecting.configuration_file.values import EntityValues
from integration.errors import Rejected, SignInRefused
from integration.intacct.gateway import Gateway
from integration.models import Connection, EntityConfiguration
from referencedata.code_checks import BUILT_IN_RATE_TYPE, Codes, Finding, findings
from referencedata.kinds.registry import BY_NAME, DIMENSION_MODELS, DIMENSIONS
from referencedata.models import Mirror, SyncRun, UserDefinedValue
from referencedata.syncing.company_discovery import look_around
from referencedata.syncing.paging import pages

__all__ = ["Codes", "Finding", "findings", "findings_for", "has_copy", "held_codes", "read_codes"]

_ACCOUNTS = ("out_of_pocket_account", "employee_receivable_account", "external_reimbursement_account", "wallet_transfer_account")
_VENDORS = ("card_default_vendor", "reimbursement_vat_vendor", "invoice_default_vendor")


def findings_for(configuration: EntityConfiguration) -> list[Finding]:
    """Return what is wrong with a stored configuration by our copy, [] if it may be used. Asks no other system."""
    if not has_copy(configuration.connection):
        return [_not_synced(configuration)]
    values = values_of(configuration)
    return findings(values, held_codes(configuration.connection, [values]))


def has_copy(connection: Connection) -> bool:
    """Tell whether accounts and entities were ever read whole; before that nothing can be said about a code."""
    whole = SyncRun.objects.filter(connection=connection, kind__in=("entities", "accounts")).read_whole()
    return whole.values("kind").distinct().count() == 2


def held_codes(connection: Connection, mentioned: Sequence[EntityValues]) -> Codes:
    """Return what our copy knows of the codes that `mentioned` name. About one query per kind."""
    read = set(SyncRun.objects.filter(connection=connection).read_whole().values_list("kind", flat=True))
    said = dict(SyncRun.objects.filter(connection=connection).newest().values_list("kind", "error"))
    found: dict[str, Any] = {}
    unread = {}
    for name, wanted in _mentioned(mentioned).items():
        kind = BY_NAME[name]
        if name not in read:
            unread[name] = said.get(name) or f"{kind.label} have not been copied from Sage Intacct yet. Sync with Sage Intacct."
        rows = kind.model.objects.filter(connection=connection)
        found[name] = _by_code(kind.model, rows if wanted is None else rows.coded(wanted))
    return Codes(**found, values=_held_values(connection, mentioned), unread=MappingProxyType(unread))


def read_codes(gateway: Gateway, mentioned: Sequence[EntityValues]) -> Codes:
    """Ask Intacct for the codes that `mentioned` name, and keep them in memory only.

    Raises TryLater if Intacct cannot be reached and SignInRefused; what else is refused is unread.
    """
    company = look_around(gateway)
    found: dict[str, Any] = {}
    unread = {}
    for name, wanted in _mentioned(mentioned).items():
        kind = BY_NAME[name]
        rows: list[Mirror] = []
        try:
            for page in pages(kind, company=company, gateway=gateway, field=kind.code if wanted is not None else "", values=wanted or ()):
                for row in page.rows:
                    key, columns = kind.read(row)
                    rows.append(kind.model(intacct_key=key, **columns))
        except SignInRefused:
            raise
        except (Rejected, ValueError) as error:
            unread[name] = f"Sage Intacct does not show the {kind.label.lower()}: {error}"
        found[name] = _by_code(kind.model, rows)
    return Codes(**found, unread=MappingProxyType(unread))


def _not_synced(configuration: EntityConfiguration) -> Finding:
    return Finding(
        "", f"Nothing has been copied from Sage Intacct yet. Choose “Sync with Sage Intacct” on the connection {configuration.connection}."
    )


def _mentioned(values: Iterable[EntityValues]) -> dict[str, set[str] | None]:
    """Return the codes named, by kind; None for kinds that are small and wanted whole."""
    codes: dict[str, set[str] | None] = {DIMENSIONS.name: None, "tax_solutions": None}
    named: dict[str, set[str]] = {
        name: set() for name in ("entities", "locations", "accounts", "journals", "bank_accounts", "vendors", "tax_codes")
    }
    for each in values:
        named["entities"].add(each.intacct_entity)
        named["locations"].add(each.intacct_entity)
        named["accounts"].update(getattr(each, name) for name in _ACCOUNTS)
        named["accounts"].update(each.balance_accounts.values())
        named["journals"].update((each.card_journal, each.reimbursement_journal))
        named["bank_accounts"].update((*each.card_bank_accounts.values(), *each.invoice_bank_accounts.values()))
        named["vendors"].update(getattr(each, name) for name in _VENDORS)
        named["tax_codes"].update((each.default_tax_code, each.default_tax_code_foreign))
        named["tax_codes"].update((*each.tax_code_pairs.keys(), *each.tax_code_pairs.values()))
        # Intacct's own type is there always, and never listed.
        if each.exchange_rate_type != BUILT_IN_RATE_TYPE:
            named.setdefault("exchange_rate_types", set()).add(each.exchange_rate_type)
    return {**codes, **{name: wanted - {""} for name, wanted in named.items()}}


def _by_code(model: type[Mirror], rows: Iterable[Mirror]) -> Mapping[str, Any]:
    """Return the rows by code. Where a code was deleted and made anew, the one that can be used counts."""
    ordered = sorted(rows, key=lambda row: (row.active, row.retired_at is None))
    return MappingProxyType({getattr(row, model.CODE): row for row in ordered})


def _held_values(connection: Connection, mentioned: Sequence[EntityValues]) -> Mapping[tuple[str, str], Mirror]:
    """Return the dimension values that team defaults name, found without case as tags are."""
    wanted: dict[str, set[str]] = {}
    for values in mentioned:
        for defaults in values.team_defaults.values():
            for name, code in defaults.items():
                wanted.setdefault(name, set()).add(code)
    found: dict[tuple[str, str], Mirror] = {}
    for name, codes in wanted.items():
        model = DIMENSION_MODELS.get(name.upper(), UserDefinedValue)
        rows: QuerySet[Any] = model.objects.filter(connection=connection)
        if model is UserDefinedValue:
            rows = rows.filter(dimension=name)
        # In upper case on both sides; and as written, because SQLite folds only ASCII by itself.
        same = Q(folded__in={code.upper() for code in codes}) | Q(**{f"{model.CODE}__in": codes})
        matching = rows.annotate(folded=Upper(model.CODE)).filter(same)
        found |= {(name.upper(), code.upper()): row for code, row in _by_code(model, matching).items()}
    return MappingProxyType(found)
