"""What Pleo exports, and how each kind is posted: one row for each type and sub type.

Source: docs/design.md, section 6; Pleo Export API v3. The spelling of sub types and the signs of what is not a purchase are
inferred (docs/assumptions.md, A1 and A2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from integration.intacct.documents import Side

# Where a line stands: the line's own account, the Pleo balance of the wallet currency, or an account of the
# configuration: owed to employees, owed by employees, reimbursed outside Pleo, wallet transfers.
Place = Literal["line", "balance", "owed_to", "owed_by", "external", "transfer"]


@dataclass(frozen=True, slots=True)
class Rule:
    """How one kind of item is posted.

    name: for people, e.g. "card purchase". form: a journal entry; for cards by the method of the configuration; a bill;
    a payment of a bill; or nothing, because a person has to act.
    side: of the lines on `main`, for an amount of the expected `sign`; `offset` is the other side.
    sign: expected of the amount; sign_sure: Pleo documents it. An amount of the other sign, once confirmed, is money that
    went the other way where it is sure, and Pleo's way of writing this kind where it is not.
    tax: what the lines take: nothing, what Pleo gives, or the default tax code where Pleo gives none.
    vendor: under accounts payable its lines name the vendor. receipt: is listed when it has none.
    """

    name: str
    form: Literal["journal", "card", "bill", "payment", "by_hand"] = "journal"
    journal: Literal["card", "reimbursement"] = "card"
    side: Side = "debit"
    main: Place = "line"
    offset: Place = "balance"
    sign: Literal[1, -1] = 1
    sign_sure: bool = True
    tax: Literal["none", "given", "default"] = "none"
    vendor: bool = False
    receipt: bool = False


_CARD_PURCHASE = Rule("card purchase", form="card", tax="default", vendor=True, receipt=True)
_CARD_INVOICE = replace(_CARD_PURCHASE, name="card invoice")
_FEE = Rule("fee", tax="given")
_REFUND = Rule("refund", tax="given", vendor=True, side="credit", sign=-1, sign_sure=False)
_CHARGEBACK = replace(_REFUND, name="chargeback")
_OWED = Rule("out-of-pocket expense", journal="reimbursement", offset="owed_to", tax="given")
_OUT_OF_POCKET = replace(_OWED, tax="default", receipt=True)
_PAID_OUT = Rule("reimbursement", journal="reimbursement", main="owed_to", sign_sure=False)
_CAME_BACK = replace(_PAID_OUT, name="returned reimbursement", side="credit", sign=-1)
_PAID_IN = replace(_CAME_BACK, name="payment of an employee", main="owed_by")
_PAID_OUTSIDE = replace(_PAID_OUT, name="external reimbursement", offset="external")
_CASH = Rule("cash withdrawal", main="owed_by", sign_sure=False)
_PRIVATE = replace(_CASH, name="private spend")
_INVOICE = Rule("invoice", form="bill", tax="default", receipt=True)
_PAYMENT = Rule("invoice payment", form="payment", sign_sure=False)
_RETURNED = Rule("returned invoice payment", form="by_hand")
_TOP_UP = Rule("wallet top-up", main="transfer", side="credit", sign=-1, sign_sure=False)
_UNLOAD = Rule("wallet withdrawal", main="transfer", sign_sure=False)

# By type and sub type, as Pleo writes them in small letters; "" is no sub type.
RULES: Mapping[tuple[str, str], Rule] = {
    ("card_purchase", ""): _CARD_PURCHASE,
    ("card_purchase", "in_store"): _CARD_PURCHASE,
    ("card_purchase", "online"): _CARD_PURCHASE,
    ("card_invoice", ""): _CARD_INVOICE,
    ("card_invoice", "in_store"): _CARD_INVOICE,
    ("card_invoice", "online"): _CARD_INVOICE,
    ("fee", ""): _FEE,
    ("fee", "fee"): _FEE,
    ("fee", "interest"): replace(_FEE, name="interest"),
    ("fee", "pleo_invoice"): _FEE,
    ("fee", "pleo_invoice_refund"): replace(_FEE, name="refund of a fee", side="credit", sign=-1, sign_sure=False),
    ("refund", ""): _REFUND,
    ("refund", "in_store"): _REFUND,
    ("refund", "online"): _REFUND,
    ("chargeback", ""): _CHARGEBACK,
    ("chargeback", "in_store"): _CHARGEBACK,
    ("chargeback", "online"): _CHARGEBACK,
    ("cashback", ""): replace(_REFUND, name="cashback", tax="none", vendor=False),
    ("out_of_pocket", ""): _OUT_OF_POCKET,
    ("mileage", ""): replace(_OWED, name="mileage claim"),
    ("per_diem", ""): replace(_OWED, name="per diem", tax="none"),
    ("direct_reimbursement", ""): _PAID_OUT,
    ("direct_reimbursement", "reimbursement_to_employee"): _PAID_OUT,
    ("direct_reimbursement", "reimbursement_to_employee_refund"): _CAME_BACK,
    ("direct_reimbursement", "reimbursement_to_company"): _PAID_IN,
    ("external_reimbursement", ""): _PAID_OUTSIDE,
    ("external_reimbursement", "reimbursement_to_employee"): _PAID_OUTSIDE,
    ("atm_withdrawal", ""): _CASH,
    ("atm_withdrawal", "atm"): _CASH,
    ("atm_withdrawal", "withdrawal"): _CASH,
    ("personal_spend", ""): _PRIVATE,
    ("personal_spend", "in_store"): _PRIVATE,
    ("personal_spend", "online"): _PRIVATE,
    ("invoice", ""): _INVOICE,
    ("invoice_payment", ""): _PAYMENT,
    ("invoice_payment", "sent"): _PAYMENT,
    ("invoice_payment", "bill_invoice_payment_received"): _PAYMENT,
    ("invoice_payment", "returned"): _RETURNED,
    ("invoice_payment", "bill_invoice_payment_returned"): _RETURNED,
    ("wallet_topup", ""): _TOP_UP,
    ("wallet_topup", "load"): _TOP_UP,
    ("wallet_unload", ""): _UNLOAD,
    ("wallet_unload", "unload"): _UNLOAD,
}
