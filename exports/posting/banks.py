"""From which bank account a bill is paid, and whether it can be paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exports.posting.context import BankAccount, HeldBill, PostingContext
from exports.posting.findings import Findings
from integration.errors import Problem
from integration.intacct.documents import Payment
from integration.money import Money

# States of a bill, as Intacct calls them. Source: Sage Intacct XML API, APBILL, STATE.
PAYABLE = frozenset({"Posted", "Partially Paid"})
NOT_YET = frozenset({"Draft", "Submitted", "Partially Approved", "Analyzing"})
PAID = frozenset({"Paid"})
GONE = frozenset({"Reversed", "Reversal"})

# Problems that go away by themselves: the payment waits, and is asked for again once the bill reads Posted.
WAITS_FOR_BILL = frozenset({"bill_missing", "bill_not_posted"})


@dataclass(frozen=True, slots=True)
class BillWanted:
    """A bill to look up. vendor: whose it is most likely, "" where nobody can say. number: the supplier's."""

    vendor: str
    number: str


def bank_account(currency: str, banks: Mapping[str, str], where: str, context: PostingContext, findings: Findings) -> BankAccount | None:
    """Return the checking account that bills in `currency` are paid from, or None with the problem noted.

    It must be the bank side of the Pleo balance account: only then a payment takes the money out of the wallet.

    banks: code by wallet currency, as configured. where: as the operator reads it, "Card expenses" or "Invoices".
    """
    setting = f"Bank account for {currency}"
    path = f"Entity configurations › {context.entity} › {where} › {setting}"
    code = banks.get(currency, "")
    if not code:
        findings.problem(
            "bank_account_missing",
            f"There is no bank account to pay bills in {currency} from in {context.entity}. Choose one here ({path}).",
            kind="currency", value=currency,
        )  # fmt: skip
        return None
    bank = context.banks.get(code)
    balance = context.card.balance_accounts.get(currency, "")
    if bank is None:
        fault = "does not exist in Sage Intacct"
    elif not bank.active:
        fault = f"is not active in {context.entity}"
    elif bank.entity not in ("", context.entity):
        fault = f"belongs to {bank.entity} and cannot be used in {context.entity}"
    elif bank.currency and bank.currency != currency:
        fault = f"is in {bank.currency}"
    elif not balance or bank.account != balance:
        fault = f"has the account {bank.account or '(none)'}, not the Pleo balance account {balance or '(none)'}"
    else:
        return bank
    named = f"{code} '{bank.name}'" if bank and bank.name else code
    sentence = f"{setting}: {named} {fault}. Choose another one here ({path})."
    findings.problem("bank_account_unusable", sentence, kind="bank account", value=code)
    return None


def bill_to_pay(wanted: BillWanted, amount: Money, held: Sequence[HeldBill], findings: Findings) -> HeldBill | None:
    """Return the bill an invoice payment pays, or None with the problem noted.

    A bill of ours with this number goes first, whatever vendor the payment names; then vendor and number. Of several,
    the one whose vendor the payment names; else nobody can say.
    """
    numbered = [each for each in held if each.number.casefold() == wanted.number.casefold()]
    numbered = [each for each in numbered if each.state not in GONE] or numbered
    ours = [each for each in numbered if each.ours]
    fitting = ours if len(ours) == 1 else [each for each in numbered if each.vendor == wanted.vendor]
    whose = f" of vendor {wanted.vendor}" if wanted.vendor else ""
    if not fitting:
        findings.problem(
            "bill_missing",
            f"Bill {wanted.number}{whose}, which this pays, is not in Sage Intacct yet. Export the invoice from Pleo; the payment is then "
            "asked for again by itself.",
            kind="bill", value=wanted.number,
        )  # fmt: skip
        return None
    if len(fitting) > 1:
        records = ", ".join(each.record for each in fitting)
        findings.problem(
            "bill_ambiguous",
            f"Several bills in Sage Intacct have the number {wanted.number}{whose} (records {records}): which of them this pays cannot be "
            "guessed. Pay the right one by hand in Sage Intacct, and skip this here with the reason.",
            kind="bill", value=wanted.number,
        )  # fmt: skip
        return None
    problem = payment_fault(amount, fitting[0], whole=False)
    if problem:
        findings.problem(problem.code, problem.sentence, kind=problem.kind, value=problem.value)
        return None
    return fitting[0]


def settlement_fault(payment: Payment, held: HeldBill) -> Problem | None:
    """Return why `payment` must not be sent for the bill Intacct holds; None where it may.

    Asked right before a payment is sent that was planned together with its bill.
    """
    return payment_fault(payment.amount, held, whole=True)


def payment_fault(amount: Money, held: HeldBill, *, whole: bool) -> Problem | None:
    """Return why a bill cannot be paid with `amount`; None where that is exactly what is due, or a part of it.

    whole: a part of what is due is no payment; a card bill is paid whole, an invoice may be paid in parts.

    A bill that is not posted yet is a reason to wait (see WAITS_FOR_BILL); all others need a person.
    """
    bill = f"Bill {held.number} of vendor {held.vendor} (record {held.record})"
    # whole: its bill is posted here, and this payment is to follow it.
    again = "press Try again" if whole else "export this again"
    by_hand = f"Settle the difference in Sage Intacct (Accounts Payable › Bills), then {again}."
    was_this = "press Settled by hand and say how" if whole else "skip it here with the reason"

    def said(code: str, sentence: str) -> Problem:
        return Problem(code, f"{bill} {sentence}", kind="bill", value=held.record)

    if held.state in NOT_YET:
        return said("bill_not_posted", f"reads {held.state} in Sage Intacct, not Posted. It is paid once it is approved and posted there.")
    if held.state in PAID or (held.state in PAYABLE and not held.due):
        return said("bill_already_paid", f"is paid already in Sage Intacct. If that was this payment, {was_this}.")
    if held.state not in PAYABLE:
        return said("bill_unusable", f"reads {held.state} in Sage Intacct and cannot be paid. Correct it there, then {again}.")
    if held.due.currency != amount.currency:
        return said("payment_currency", f"is in {held.due.currency}, but Pleo paid {amount}. {by_hand}")
    if held.due == amount or (not whole and amount.minor < held.due.minor):
        return None
    if held.due != held.total:
        return said("bill_partly_paid", f"has {held.due} due of {held.total}, but Pleo paid {amount}: somebody paid a part. {by_hand}")
    if held.due.minor < amount.minor:
        return said("bill_overpaid", f"is {held.due}, but Pleo paid {amount}, which is more. {by_hand}")
    return said("bill_underpaid", f"is {held.due}, but Pleo paid only {amount}. {by_hand}")
