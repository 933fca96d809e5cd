"""What is wrong with the codes of one entity configuration. Looks at nothing but its arguments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from zoneinfo import available_timezones

from integration.connecting.configuration_file.values import BASE_CURRENCY, EntityValues
from integration.models import EntityConfiguration
from referencedata.models import (
    Account,
    CheckingAccount,
    Dimension,
    Entity,
    ExchangeRateType,
    Journal,
    Location,
    Mirror,
    TaxDetail,
    TaxSolution,
    Vendor,
)

MOST_DIMENSIONS = 5
# Source: Sage Intacct XML API, Exchange rates.
BUILT_IN_RATE_TYPE = "Intacct Daily Rate"

_WALLET_LABELS = {
    "balance_accounts": "Pleo balance account",
    "card_bank_accounts": "bank account for card bills",
    "invoice_bank_accounts": "bank account for invoices",
}
_ACCOUNT_SETTINGS = ("out_of_pocket_account", "employee_receivable_account", "external_reimbursement_account", "wallet_transfer_account")
_VENDOR_SETTINGS = ("card_default_vendor", "reimbursement_vat_vendor", "invoice_default_vendor")


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a configuration cannot be used as it is.

    field: the field of EntityConfiguration, for accounts by wallet currency with it, like `balance_accounts.GBP`; "" for
    the whole. `configuration_file.values.path_of` gives its place in a file. sentence: what is wrong and what mends it.
    """

    field: str
    sentence: str


def _none() -> Mapping[Any, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Codes:
    """The records that configurations name, by code: rows of our copy, or unsaved ones read just now.

    dimensions: all of the company, by object name. values: dimension values by object name and code in capitals; None
    where they were not asked for. unread: by kind, why nothing is known of it.
    """

    entities: Mapping[str, Entity] = field(default_factory=_none)
    locations: Mapping[str, Location] = field(default_factory=_none)
    accounts: Mapping[str, Account] = field(default_factory=_none)
    journals: Mapping[str, Journal] = field(default_factory=_none)
    bank_accounts: Mapping[str, CheckingAccount] = field(default_factory=_none)
    vendors: Mapping[str, Vendor] = field(default_factory=_none)
    tax_solutions: Mapping[str, TaxSolution] = field(default_factory=_none)
    tax_codes: Mapping[str, TaxDetail] = field(default_factory=_none)
    exchange_rate_types: Mapping[str, ExchangeRateType] = field(default_factory=_none)
    dimensions: Mapping[str, Dimension] = field(default_factory=_none)
    values: Mapping[tuple[str, str], Mirror] | None = None
    unread: Mapping[str, str] = field(default_factory=_none)

    def base_currency(self, entity: str) -> str:
        """Return the entity's base currency, "" where it is unknown."""
        return self.entities[entity].currency if entity in self.entities else ""


def findings(values: EntityValues, codes: Codes) -> list[Finding]:
    """Return everything that is wrong, in the order of the form. Settings that are empty are not looked up."""
    values = values.in_base_currency(codes.base_currency(values.intacct_entity))
    return list(_Checker(values, codes).all())


class _Checker:
    def __init__(self, values: EntityValues, codes: Codes) -> None:
        self.values = values
        self.codes = codes
        self.entity = values.intacct_entity

    def all(self) -> Iterator[Finding]:
        yield from self.entity_and_time_zone()
        yield from self.wallets()
        for name in ("card_journal", "reimbursement_journal"):
            yield from self.known(name, self.setting(name), _label(name), "journals", "General Ledger › Journals")
        for name in _ACCOUNT_SETTINGS:
            yield from self.account(name, self.setting(name), _label(name))
        for name in _VENDOR_SETTINGS:
            yield from self.vendor(name, self.setting(name), _label(name))
        yield from self.taxes()
        yield from self.rate_type()
        yield from self.dimensions()

    def setting(self, name: str) -> str:
        return str(getattr(self.values, name))

    def entity_and_time_zone(self) -> Iterator[Finding]:
        if not self.entity:
            return
        yield from self.known("intacct_entity", self.entity, "entity", "entities", "Company › Entities")
        location = self.codes.locations.get(self.entity)
        if location and not location.active and self.entity in self.codes.entities:
            yield Finding(
                "intacct_entity",
                f"The location {location}, which lines without a location tag carry, is {_state(location)}. "
                "Activate it in Sage Intacct (Company › Locations).",
            )
        if self.values.time_zone not in available_timezones():
            yield Finding("time_zone", f"{self.values.time_zone} is not a time zone. Choose one like Europe/London.")

    def wallets(self) -> Iterator[Finding]:
        if not self.values.balance_accounts:
            yield Finding("balance_accounts", "There is no Pleo balance account yet. Choose one for each wallet currency.")
        for wallet in self.values.wallets():
            if wallet.currency == BASE_CURRENCY:
                if self.entity in self.codes.entities:
                    yield Finding(
                        "balance_accounts",
                        f"{self.entity} has no base currency of its own in Sage Intacct, so say which currency each account is for.",
                    )
                continue
            where = f"balance_accounts.{wallet.currency}"
            label = f"{_WALLET_LABELS['balance_accounts']} for {wallet.currency}"
            yield from self.account(where, wallet.balance_account, label)
            banks = {"card_bank_accounts": wallet.card_bank_account, "invoice_bank_accounts": wallet.invoice_bank_account}
            if any(banks.values()) and not wallet.balance_account:
                yield Finding(where, f"There is a bank account for {wallet.currency} but no {label}. Choose that too.")
            for name, code in banks.items():
                yield from self.bank_account(f"{name}.{wallet.currency}", code, name, wallet.currency, wallet.balance_account)
            if self.pays_card_bills() and wallet.balance_account and not wallet.card_bank_account:
                yield Finding(
                    f"card_bank_accounts.{wallet.currency}",
                    f"Card expenses may be posted as paid AP bills, but there is no bank account for {wallet.currency}. Choose the "
                    f"checking account whose GL account is {wallet.balance_account}, or leave card bills open.",
                )

    def pays_card_bills(self) -> bool:
        billed = (
            self.values.card_method == EntityConfiguration.Method.ACCOUNTS_PAYABLE
            or self.values.card_method_from == EntityConfiguration.MethodFrom.PLEO
        )
        return billed and self.values.card_settlement == EntityConfiguration.Settlement.PAYMENT

    def account(self, where: str, code: str, label: str) -> Iterator[Finding]:
        yield from self.known(where, code, label, "accounts", "General Ledger › Accounts")
        account = self.codes.accounts.get(code)
        if account is None or not account.active:
            return
        if account.control:
            yield Finding(
                where,
                f"The {label}, {account}, is a control account of a subledger, which no journal entry may use. Choose another account.",
            )
        elif account.account_type == Account.Type.INCOME_STATEMENT:
            yield Finding(where, f"The {label}, {account}, is not a balance sheet account. Choose one that is.")

    def bank_account(self, where: str, code: str, name: str, currency: str, balance_account: str) -> Iterator[Finding]:
        label = f"{_WALLET_LABELS[name]} in {currency}"
        yield from self.known(where, code, label, "bank_accounts", "Cash Management › Checking accounts")
        bank = self.codes.bank_accounts.get(code)
        if bank is None or not bank.active:
            return
        held_in = bank.currency or self.codes.base_currency(self.entity)
        if held_in and held_in != currency:
            yield Finding(where, f"The {label}, {bank}, is held in {held_in}. Choose one in {currency}.")
        if balance_account and bank.gl_account != balance_account:
            yield Finding(
                where,
                f"The {label}, {bank}, belongs to account {bank.gl_account or '(none)'}, not to the Pleo balance account "
                f"{balance_account}. Choose the bank account whose GL account is {balance_account}, or make it so in Sage Intacct "
                "(Cash Management › Checking accounts).",
            )

    def vendor(self, where: str, code: str, label: str) -> Iterator[Finding]:
        yield from self.known(where, code, label, "vendors", "Accounts Payable › Vendors")
        vendor = self.codes.vendors.get(code)
        if vendor and vendor.active and vendor.on_hold:
            yield Finding(
                where,
                f"The {label}, {vendor}, is on hold. Choose another vendor, or release it in Sage Intacct (Accounts Payable › Vendors).",
            )

    def taxes(self) -> Iterator[Finding]:
        for name in ("default_tax_code", "default_tax_code_foreign"):
            if code := self.setting(name):
                yield from self.tax_code(name, code, _label(name))
                yield from self.entity_takes_tax(name)
        detail = self.codes.tax_codes.get(self.values.default_tax_code_foreign)
        if detail and detail.value:
            yield Finding(
                "default_tax_code_foreign",
                f"The default tax code for purchases abroad, {detail}, has a rate, but a receipt from abroad holds no local VAT. "
                "Choose one without rate.",
            )
        for code, partner in self.values.tax_code_pairs.items():
            for each in (code, partner):
                yield from self.tax_code("tax_code_pairs", each, "reverse charge tax code")
            yield from self.pair(code, partner)

    def pair(self, code: str, partner: str) -> Iterator[Finding]:
        first, second = self.codes.tax_codes.get(code), self.codes.tax_codes.get(partner)
        if not first or not second or not (first.active and second.active) or first.solution != second.solution:
            return  # said of the code itself
        if not first.reverse_charge or not second.reverse_charge or first.value <= 0 or second.value != -first.value:
            yield Finding(
                "tax_code_pairs",
                f"The tax codes {code} and {partner} are not the two halves of a reverse charge. Both must be marked as such in Sage "
                "Intacct, the input code with a rate and the output code with its opposite. Name another pair.",
            )

    def rate_type(self) -> Iterator[Finding]:
        """Where there are several currencies every line names it, so that a wrong one would stop every expense."""
        name = self.values.exchange_rate_type
        if not name:
            yield Finding("exchange_rate_type", f"There is no exchange rate type. Choose one like {BUILT_IN_RATE_TYPE}.")
        elif name != BUILT_IN_RATE_TYPE:
            menu = "Company › Exchange rate types"
            yield from self.known("exchange_rate_type", name, _label("exchange_rate_type"), "exchange_rate_types", menu)

    def entity_takes_tax(self, where: str) -> Iterator[Finding]:
        entity = self.codes.entities.get(self.entity)
        if entity is None:
            return
        label = _label(where)
        if not entity.tax_solution:
            yield Finding(where, f"{entity} has no tax solution in Sage Intacct, so it takes no tax code. Empty the {label}.")
            return
        solution = self.codes.tax_solutions.get(entity.tax_solution)
        if solution and solution.method and solution.method != TaxSolution.VAT_OR_GST:
            yield Finding(
                where,
                f"{entity} uses the tax solution {solution} with the method {solution.method}; only VAT or GST is supported. "
                f"Empty the {label}: expenses are then posted with their gross amounts.",
            )

    def tax_code(self, where: str, code: str, label: str) -> Iterator[Finding]:
        menu = "Taxes › Tax details"
        yield from self.known(where, code, label, "tax_codes", menu)
        detail = self.codes.tax_codes.get(code)
        if detail is None or not detail.active:
            return
        entity = self.codes.entities.get(self.entity)
        if entity and entity.tax_solution and detail.solution != entity.tax_solution:
            yield Finding(
                where,
                f"The {label}, {code}, belongs to the tax solution {detail.solution or '(none)'}, but {entity} uses {entity.tax_solution}. "
                "Choose a code of that solution.",
            )
        if detail.tax_type == TaxDetail.Type.SALE:
            yield Finding(where, f"The {label}, {code}, is for sales. Choose one for purchases.")

    def dimensions(self) -> Iterator[Finding]:
        if len(self.values.dimensions) > MOST_DIMENSIONS:
            count = len(self.values.dimensions)
            yield Finding("dimensions", f"{count} dimensions are chosen; at most {MOST_DIMENSIONS} can be tagged in Pleo.")
        for name in self.values.dimensions:
            yield from self.dimension("dimensions", name)
        for team, defaults in self.values.team_defaults.items():
            for name, code in defaults.items():
                yield from self.dimension("team_defaults", name)
                yield from self.dimension_value(team, name, code)

    def dimension(self, where: str, name: str) -> Iterator[Finding]:
        if "dimensions" in self.codes.unread:
            yield self.unread(where, f"dimension {name}", "dimensions")
            return
        dimension = self.codes.dimensions.get(name)
        if dimension is None:
            like = next((each for each in self.codes.dimensions if each.upper() == name.upper()), "")
            known = f"Write it {like}." if like else f"There are: {', '.join(sorted(self.codes.dimensions)) or 'none'}."
            yield Finding(where, f"The dimension {name} is not known in Sage Intacct. {known}")
        elif not dimension.active:
            yield Finding(
                where, f"The dimension {dimension} is not enabled in the general ledger of Sage Intacct. Enable it, or choose another."
            )
        elif not dimension.journal_element:
            yield Finding(
                where, f"The dimension {dimension} is not among the fields of a journal line in Sage Intacct. Choose another one."
            )

    def dimension_value(self, team: str, name: str, code: str) -> Iterator[Finding]:
        if self.codes.values is None or name not in self.codes.dimensions:
            return
        value = self.codes.values.get((name.upper(), code.upper()))
        if value is None or not value.active:
            why = f"is {_state(value)}" if value else "is not known"
            yield Finding(
                "team_defaults", f"The default of the Pleo team {team}, {name} {code}, {why} in Sage Intacct. Choose another value."
            )

    def known(self, where: str, code: str, label: str, kind: str, menu: str) -> Iterator[Finding]:
        """Yield why a code cannot be used at all: unknown, inactive, gone, or another entity's."""
        if not code:
            return
        if kind in self.codes.unread:
            yield self.unread(where, f"{label} {code}", kind)
            return
        row: Mirror | None = getattr(self.codes, kind).get(code)
        if row is None:
            yield Finding(
                where, f"The {label}, {code}, is not known in Sage Intacct. Choose another, or create it there ({menu}) and sync."
            )
        elif not row.active:
            mend = f"restore it in Sage Intacct ({menu})" if row.retired_at else f"activate it in Sage Intacct ({menu})"
            yield Finding(where, f"The {label}, {row}, is {_state(row)}. Choose another, or {mend}.")
        elif not row.usable_in(self.entity):
            yield Finding(where, f"The {label}, {row}, belongs to {row.owner} and cannot be used in {self.entity}. Choose another.")

    def unread(self, where: str, what: str, kind: str) -> Finding:
        return Finding(where, f"The {what} could not be checked: {self.codes.unread[kind]}")


def _state(row: Mirror) -> str:
    if row.retired_at:
        return "gone from Sage Intacct"
    return {"NON_POSTING": "not for posting", "INACTIVE": "not active"}.get(row.status, row.status)


def _label(name: str) -> str:
    return str(getattr(EntityConfiguration._meta.get_field(name), "verbose_name", name))
