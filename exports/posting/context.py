"""Everything the posting rules need besides the item, as one immutable value.

The maps hold what the items at hand mention, in capitals where a code is compared without case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from integration.intacct.documents import AttachmentFile
from integration.money import Money

# The only method of a tax solution that is used. Source: Sage Intacct XML API, TAXSOLUTION, TAXMETHOD.
VAT_OR_GST = "VAT or GST"

CardMethod = Literal["journal", "accounts_payable"]
Status = Literal["active", "non_posting", "inactive"]


@dataclass(frozen=True, slots=True)
class Account:
    """bank: the bank or card account it belongs to, "" where none. required: dimension object names a line must carry.

    entity: its owner, "" for the top level (usable everywhere).
    """

    number: str
    title: str
    active: bool = True
    control: bool = False
    bank: str = ""
    required: frozenset[str] = frozenset()
    entity: str = ""


@dataclass(frozen=True, slots=True)
class DimensionSlot:
    """A dimension of the tenant: how Pleo, the operator and Intacct's two kinds of lines call it.

    journal_element, bill_element: e.g. DEPARTMENT and DEPARTMENTID, or GLDIM… for both.
    """

    object_name: str
    label: str
    journal_element: str
    bill_element: str
    user_defined: bool = False


@dataclass(frozen=True, slots=True)
class DimensionValue:
    """key: what a line carries: the ID, for a user-defined dimension the integer id.

    entity: for a location the entity it lies in; for others the owner, "" for the top level.
    """

    object_name: str
    code: str
    name: str
    key: str
    status: Status = "active"
    entity: str = ""


@dataclass(frozen=True, slots=True)
class TaxDetail:
    """rate: percent as Intacct holds it (20 means 20 %, -20 the output side of a reverse charge)."""

    id: str
    rate: Decimal
    solution: str
    active: bool = True
    purchase: bool = True
    reverse_charge: bool = False


@dataclass(frozen=True, slots=True)
class Vendor:
    id: str
    name: str
    active: bool = True
    on_hold: bool = False
    entity: str = ""


@dataclass(frozen=True, slots=True)
class BankAccount:
    """A checking account that bills are paid from. account: its general ledger account. entity: its owner."""

    code: str
    name: str
    account: str
    currency: str
    active: bool = True
    entity: str = ""


@dataclass(frozen=True, slots=True)
class HeldBill:
    """A bill as Sage Intacct holds it. record: its record number. state: Intacct's word, e.g. Posted.

    key: its reference (DOCNUMBER); of a bill of ours the document key. ours: this connection made it, by our own records.
    """

    record: str
    vendor: str
    number: str
    state: str
    total: Money
    due: Money
    posted_on: date
    key: str = ""
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """A file as fetched. file: None where it cannot be attached; then `fault` says why, as a sentence for the operator.

    fault_code: receipt_unreachable, receipt_empty, receipt_too_large or receipt_wrong_type.
    """

    number: int
    file: AttachmentFile | None
    fault: str = ""
    fault_code: str = ""


@dataclass(frozen=True, slots=True)
class CardRules:
    """balance_accounts: Pleo balance account by wallet currency. bank_accounts: checking account by wallet currency.

    method_from: whose method counts, ours or the one that Pleo gives an item.
    """

    method: CardMethod
    balance_accounts: Mapping[str, str]
    bank_accounts: Mapping[str, str]
    settlement: Literal["payment", "leave_open"]
    journal: str
    default_vendor: str
    method_from: Literal["ours", "pleo"] = "ours"


@dataclass(frozen=True, slots=True)
class ReimbursementRules:
    out_of_pocket_account: str
    employee_receivable_account: str
    external_reimbursement_account: str
    journal: str
    vat_vendor: str


@dataclass(frozen=True, slots=True)
class InvoiceRules:
    """bank_accounts: checking account by wallet currency."""

    bank_accounts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    default_vendor: str = ""
    payment_method: str = "EFT"


@dataclass(frozen=True, slots=True)
class PostingContext:
    """One entity configuration with the reference data its items mention.

    open_from: first day the entity's ledger is open, None where unknown; payables_open_from, cash_open_from: the same of
    payables and cash, learnt from refusals. today: in the configuration's time zone. own_posting_date: whether payables
    let a bill be posted on another day than its own, None where that cannot be read. user_names_summaries: whether
    payables want the title of the summary a bill goes to. account_labels: the label that stands on bills in an account's
    place, by account number; empty where payables name accounts. midnight_is_a_day: 00:00:00 in UTC is a day without a time.
    multi_currency: the company keeps its books in several currencies: then each line names its rate, in base currency too.
    tax_solution: "" where the entity has none; then gross is posted and no tax field is sent. tax_method: of that
    solution. default_tax_code_foreign: for purchases abroad. country: of the entity, two letters, "" where nobody can say.
    tax_code_pairs: the output detail of an input detail, as a person has confirmed it. two_tax_entries: a line of a bill
    takes two here, although Intacct's pages do not say so.
    partially_exempt: the entity recovers only a part of its input tax. in_united_states: decides about 1099 forms.
    confirmed_directions: (type, sub type, sign) that a person has confirmed for this connection; sign is 1 or -1.
    dimensions: by Pleo group code in capitals. values: by (object name, code in capitals). team_defaults: by Pleo team
    code in capitals, then object name: a value's code.
    employees: active or not by employee id. accounts, tax_details, vendors: by exact code, without blanks around it.
    """

    company_id: str
    entity: str
    entity_name: str
    base_currency: str
    time_zone: ZoneInfo
    today: date
    card: CardRules
    reimbursements: ReimbursementRules
    attachment_folder: str
    invoices: InvoiceRules = field(default_factory=InvoiceRules)
    wallet_transfer_account: str = ""
    first_posting_date: date | None = None
    open_from: date | None = None
    payables_open_from: date | None = None
    cash_open_from: date | None = None
    own_posting_date: bool | None = None
    midnight_is_a_day: bool = True
    user_names_summaries: bool = False
    account_labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    draft: bool = False
    offset_per_line: bool = False
    multi_currency: bool = True
    exchange_rate_type: str = "Intacct Daily Rate"
    tax_solution: str = ""
    tax_method: str = VAT_OR_GST
    partially_exempt: bool = False
    in_united_states: bool = False
    country: str = ""
    two_tax_entries: bool = False
    tax_code_pairs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    confirmed_directions: frozenset[tuple[str, str, int]] = frozenset()
    default_tax_code: str = ""
    default_tax_code_foreign: str = ""
    default_tax_splits_gross: bool = False
    reverse_charge_on_journals: Literal["fail", "bill", "accounts"] = "fail"
    partial_exemption_on_journals: Literal["fail", "full", "no_recovery"] = "fail"
    closed_period: Literal["fail", "first_open_day", "today"] = "fail"
    unusable_receipt: Literal["warn", "refuse"] = "warn"
    accounts: Mapping[str, Account] = field(default_factory=lambda: MappingProxyType({}))
    dimensions: Mapping[str, DimensionSlot] = field(default_factory=lambda: MappingProxyType({}))
    values: Mapping[tuple[str, str], DimensionValue] = field(default_factory=lambda: MappingProxyType({}))
    team_defaults: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    tax_details: Mapping[str, TaxDetail] = field(default_factory=lambda: MappingProxyType({}))
    vendors: Mapping[str, Vendor] = field(default_factory=lambda: MappingProxyType({}))
    employees: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    journals: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    banks: Mapping[str, BankAccount] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What is known of one record besides its item.

    posting_number: rises only when a person posts again after a reversal. date_allowed: a person allowed the item's
    date although it lies before the first posting date. receipts: in Pleo's order, duplicates by content once.
    bills: what is there already under the number that `payables.bill_wanted` asks for: the bill an invoice payment pays,
    or one that a new bill would repeat. adopted_bill: record number of the bill that a person says is this very invoice.
    """

    posting_number: int = 1
    date_allowed: bool = False
    receipts: tuple[Receipt, ...] = ()
    bills: tuple[HeldBill, ...] = ()
    adopted_bill: str = ""
