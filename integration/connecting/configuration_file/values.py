"""A connection and its entity configurations as they stand in a file: frozen, without rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

# The key of a code given without currency: it stands for the entity's base currency, which only Intacct knows.
BASE_CURRENCY = ""

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong in a file. path: where, like `connections[0].entities[1].card.journal`; "" for the whole file."""

    path: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}: {self.sentence}" if self.path else self.sentence


@dataclass(frozen=True, slots=True)
class Wallet:
    """The accounts of one wallet currency; "" where there is none."""

    currency: str
    balance_account: str = ""
    card_bank_account: str = ""
    invoice_bank_account: str = ""


@dataclass(frozen=True, slots=True)
class EntityValues:
    """How one Pleo company posts into one entity. Attributes are named as the fields of EntityConfiguration.

    balance_accounts, card_bank_accounts, invoice_bank_accounts: code by wallet currency.
    pleo_api_key: None keeps the stored one.
    """

    pleo_company_id: UUID | None
    intacct_entity: str
    card_journal: str = ""
    time_zone: str = "UTC"
    midnight_is_a_day: bool = True
    first_posting_date: date | None = None
    post_as: str = "posted"
    offset_lines: str = "one"
    exchange_rate_type: str = "Intacct Daily Rate"
    card_method: str = "journal"
    card_method_from: str = "ours"
    card_settlement: str = "payment"
    card_default_vendor: str = ""
    out_of_pocket_account: str = ""
    employee_receivable_account: str = ""
    external_reimbursement_account: str = ""
    reimbursement_journal: str = ""
    reimbursement_vat_vendor: str = ""
    invoice_default_vendor: str = ""
    invoice_payment_method: str = "EFT"
    name_bill_summaries: bool = False
    account_labels: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    wallet_transfer_account: str = ""
    default_tax_code: str = ""
    default_tax_code_foreign: str = ""
    default_tax_splits_gross: bool = False
    reverse_charge_on_journals: str = "fail"
    partial_exemption_on_journals: str = "fail"
    tax_code_pairs: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    two_tax_entries: bool = False
    closed_period: str = "fail"
    unusable_receipt: str = "warn"
    team_defaults: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    balance_accounts: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    card_bank_accounts: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    invoice_bank_accounts: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    dimensions: tuple[str, ...] = ()
    publish_tags: bool = True
    publish_tax_codes: bool = True
    publish_accounts: bool = False
    pleo_api_key: str | None = field(default=None, repr=False)

    def in_base_currency(self, currency: str) -> EntityValues:
        """Return the same with the codes given without currency under `currency`, unless that has one of its own."""

        def resolved(codes: Mapping[str, str]) -> Mapping[str, str]:
            if BASE_CURRENCY not in codes or not currency:
                return codes
            return MappingProxyType({currency: codes[BASE_CURRENCY], **{key: code for key, code in codes.items() if key}})

        return replace(
            self,
            balance_accounts=resolved(self.balance_accounts),
            card_bank_accounts=resolved(self.card_bank_accounts),
            invoice_bank_accounts=resolved(self.invoice_bank_accounts),
        )

    def wallets(self) -> tuple[Wallet, ...]:
        """Return one per currency that any of the three maps names, in the order they name them."""
        currencies = dict.fromkeys([*self.balance_accounts, *self.card_bank_accounts, *self.invoice_bank_accounts])
        return tuple(
            Wallet(
                currency,
                self.balance_accounts.get(currency, ""),
                self.card_bank_accounts.get(currency, ""),
                self.invoice_bank_accounts.get(currency, ""),
            )
            for currency in currencies
        )


@dataclass(frozen=True, slots=True)
class ConnectionValues:
    """One Intacct company. user_password, sender_password: None keeps the stored one. sender_id: "" for the installation's own.

    confirmed_directions: [type, sub type, sign] each; None keeps what is stored.
    """

    name: str
    company_id: str
    endpoint: str
    pleo_base_url: str
    attachment_folder: str
    user_id: str
    user_password: str | None = field(default=None, repr=False)
    sender_id: str = ""
    sender_password: str | None = field(default=None, repr=False)
    entities: tuple[EntityValues, ...] = ()
    confirmed_directions: list[list[str | int]] | None = None
    second_person: bool = True
    second_person_above: Decimal = Decimal(1000)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a setting stands in the file. sections: keys from the entity down."""

    field: str
    sections: tuple[str, ...]
    required: bool = False

    @property
    def path(self) -> str:
        return ".".join(self.sections)


def _place(name: str, path: str = "", *, required: bool = False) -> Place:
    return Place(name, tuple((path or name).split(".")), required)


# Every setting of an entity, in the order the file is written. The one table that reading, writing and messages share.
PLACES: tuple[Place, ...] = (
    _place("pleo_company_id", required=True),
    _place("pleo_api_key"),
    _place("intacct_entity", required=True),
    _place("time_zone"),
    _place("midnight_is_a_day"),
    _place("first_posting_date"),
    _place("post_as"),
    _place("offset_lines"),
    _place("exchange_rate_type"),
    _place("card_method", "card.method"),
    _place("card_method_from", "card.method_from"),
    _place("balance_accounts", "card.pleo_balance_account", required=True),
    _place("card_bank_accounts", "card.bank_account"),
    _place("card_settlement", "card.settlement"),
    _place("card_journal", "card.journal", required=True),
    _place("card_default_vendor", "card.default_vendor"),
    _place("out_of_pocket_account", "reimbursements.out_of_pocket_account"),
    _place("employee_receivable_account", "reimbursements.employee_receivable_account"),
    _place("external_reimbursement_account", "reimbursements.external_reimbursement_account"),
    _place("reimbursement_journal", "reimbursements.journal"),
    _place("reimbursement_vat_vendor", "reimbursements.vat_vendor"),
    _place("invoice_bank_accounts", "invoices.bank_account"),
    _place("invoice_default_vendor", "invoices.default_vendor"),
    _place("invoice_payment_method", "invoices.payment_method"),
    _place("name_bill_summaries"),
    _place("account_labels"),
    _place("wallet_transfer_account"),
    _place("default_tax_code"),
    _place("default_tax_code_foreign"),
    _place("default_tax_splits_gross"),
    _place("reverse_charge_on_journals"),
    _place("partial_exemption_on_journals"),
    _place("tax_code_pairs"),
    _place("two_tax_entries"),
    _place("closed_period"),
    _place("unusable_receipt"),
    _place("dimensions"),
    _place("team_defaults"),
    _place("publish_tags", "publish.tags"),
    _place("publish_tax_codes", "publish.tax_codes"),
    _place("publish_accounts", "publish.accounts"),
)
BY_CURRENCY = frozenset({"balance_accounts", "card_bank_accounts", "invoice_bank_accounts"})
_PATHS = {place.field: place.path for place in PLACES}


def path_of(setting: str) -> str:
    """Return the path in the file of a setting, like `card.pleo_balance_account.GBP` for `balance_accounts.GBP`."""
    name, dot, rest = setting.partition(".")
    return f"{_PATHS.get(name, name)}{dot}{rest}"
