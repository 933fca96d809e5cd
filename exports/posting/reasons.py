"""What a problem means to others: Pleo's failure reason, the help page, and who mends it.

Source: Pleo Export API v3, ExportJobItemFailureReasonType.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from exports.posting.texts import cut
from integration.errors import Problem

Mender = Literal["you, in Pleo", "you, in Sage Intacct", "you, here"]

TEXT_LENGTH = 500

_PLEO: Mender = "you, in Pleo"
_INTACCT: Mender = "you, in Sage Intacct"
_HERE: Mender = "you, here"


@dataclass(frozen=True, slots=True)
class Reason:
    """type: Pleo's failure reason. help: anchor of the help page. mends: who can mend it, most likely.

    first: the button that the problem's sentence names, by the name of its action; "" where it mends itself. then: the one
    where the posting is in the ledger already and something after it failed; "" where that is the same.
    """

    type: str
    help: str
    mends: Mender
    first: str = "export_again"
    then: str = ""

    def button(self, *, posted: bool) -> str:
        """Return the name of the action that comes first. posted: its posting is in the ledger already."""
        return self.then if posted and self.then else self.first


REASONS: Mapping[str, Reason] = {
    # what it is
    "unknown_kind": Reason("validation_failure", "kinds", _HERE, first="skip"),
    "sub_type_unknown": Reason("validation_failure", "kinds", _HERE, first="skip"),
    "sign_unexpected": Reason("validation_failure", "signs", _HERE, first="confirm_direction"),
    "malformed_item": Reason("validation_failure", "malformed", _HERE),
    # amounts
    "lines_do_not_add_up": Reason("validation_failure", "amounts", _PLEO),
    "currency_mixed": Reason("validation_failure", "amounts", _PLEO),
    "too_many_decimals": Reason("validation_failure", "amounts", _INTACCT, first="skip"),
    # accounts
    "account_missing": Reason("missing_configuration", "accounts", _PLEO),
    "account_unknown": Reason("account_unknown", "accounts", _PLEO),
    "account_inactive": Reason("account_unknown", "accounts", _PLEO),
    "account_other_entity": Reason("account_unknown", "accounts", _PLEO),
    "account_is_balance_account": Reason("validation_failure", "accounts", _PLEO),
    "account_is_offset_account": Reason("validation_failure", "accounts", _PLEO),
    "account_is_control": Reason("validation_failure", "accounts", _PLEO),
    "account_belongs_to_bank": Reason("validation_failure", "accounts", _PLEO),
    "contra_account_differs": Reason("invalid_configuration", "contra-account", _HERE),
    # settings of the entity configuration
    "balance_account_missing": Reason("missing_configuration", "settings", _HERE),
    "out_of_pocket_account_missing": Reason("missing_configuration", "settings", _HERE),
    "configured_account_unusable": Reason("invalid_configuration", "settings", _HERE),
    "external_reimbursement_account_missing": Reason("missing_configuration", "settings", _HERE),
    "wallet_transfer_account_missing": Reason("missing_configuration", "settings", _HERE),
    "account_label_missing": Reason("missing_configuration", "settings", _HERE),
    "accounts_equal": Reason("invalid_configuration", "settings", _HERE),
    "bank_account_missing": Reason("missing_configuration", "settings", _HERE),
    "bank_account_unusable": Reason("invalid_configuration", "settings", _HERE),
    "journal_missing": Reason("missing_configuration", "settings", _HERE),
    "journal_unusable": Reason("invalid_configuration", "settings", _HERE),
    "vat_vendor_missing": Reason("missing_configuration", "vendors", _HERE),
    "default_tax_code_unusable": Reason("invalid_configuration", "default-tax-code", _HERE),
    "team_default_unknown": Reason("invalid_configuration", "team-defaults", _HERE),
    # tax
    "tax_code_missing": Reason("tax_code_unknown", "tax", _PLEO),
    "tax_code_unknown": Reason("tax_code_unknown", "tax", _PLEO),
    "tax_code_inactive": Reason("tax_code_unknown", "tax", _PLEO),
    "tax_code_other_solution": Reason("tax_code_unknown", "tax", _PLEO),
    "tax_code_for_sales": Reason("tax_code_unknown", "tax", _PLEO),
    "tax_type_not_supported": Reason("validation_failure", "tax", _PLEO),
    "tax_does_not_add_up": Reason("validation_failure", "tax", _PLEO),
    "tax_sign": Reason("validation_failure", "tax", _PLEO),
    "tax_exceeds_rate": Reason("validation_failure", "tax", _PLEO),
    "tax_method_not_supported": Reason("validation_failure", "sales-tax", _PLEO),
    "reverse_charge_on_journal": Reason("validation_failure", "reverse-charge", _PLEO),
    "reverse_charge_as_inclusive": Reason("invalid_configuration", "reverse-charge", _PLEO),
    "reverse_charge_partially_exempt": Reason("validation_failure", "partial-exemption", _INTACCT, first="skip"),
    "reverse_charge_by_hand": Reason("validation_failure", "reverse-charge", _INTACCT, first="skip"),
    "reverse_charge_two_entries": Reason("validation_failure", "reverse-charge", _INTACCT, first="skip"),
    "reverse_tax_differs": Reason("validation_failure", "reverse-charge", _PLEO),
    "reverse_net_differs": Reason("validation_failure", "reverse-charge", _PLEO),
    "tax_code_pair_missing": Reason("missing_configuration", "reverse-charge", _HERE),
    "tax_code_pair_unconfirmed": Reason("missing_configuration", "reverse-charge", _HERE),
    "tax_code_pair_unusable": Reason("invalid_configuration", "reverse-charge", _HERE),
    "tax_account_unusable": Reason("invalid_configuration", "reverse-charge", _PLEO),
    "partial_exemption_on_journal": Reason("invalid_configuration", "partial-exemption", _HERE),
    # vendors
    "vendor_unknown": Reason("vendor_unknown", "vendors", _PLEO),
    "vendor_inactive": Reason("vendor_unknown", "vendors", _INTACCT),
    "vendor_on_hold": Reason("vendor_unknown", "vendors", _INTACCT),
    "vendor_other_entity": Reason("vendor_unknown", "vendors", _PLEO),
    "vendor_missing": Reason("vendor_unknown", "vendors", _PLEO),
    "vendors_differ": Reason("vendor_unknown", "vendors", _PLEO),
    # bills and payments
    "invoice_number_missing": Reason("validation_failure", "invoices", _PLEO),
    "invoice_number_too_long": Reason("validation_failure", "invoices", _PLEO),
    "invoice_not_positive": Reason("validation_failure", "invoices", _INTACCT, first="skip"),
    "bill_exists": Reason("validation_failure", "adoption", _HERE, first="adopt_bill"),
    "bill_of_another_expense": Reason("validation_failure", "adoption", _PLEO, first="skip"),
    "bill_unreadable": Reason("accounting_system_validation_failure", "payments", _INTACCT, then="try_again"),
    "adopted_bill_differs": Reason("validation_failure", "adoption", _INTACCT),
    "bills_unreadable": Reason("authorization_failure", "sign-in", _INTACCT),
    "bill_missing": Reason("validation_failure", "waiting-for-bill", _PLEO, first=""),
    "bill_not_posted": Reason("accounting_system_validation_failure", "waiting-for-bill", _INTACCT, first=""),
    "bill_ambiguous": Reason("validation_failure", "payments", _INTACCT, first="skip"),
    "bill_already_paid": Reason("validation_failure", "payments", _HERE, first="skip", then="settled_by_hand"),
    "bill_partly_paid": Reason("validation_failure", "payments", _INTACCT, then="try_again"),
    "bill_overpaid": Reason("validation_failure", "payments", _INTACCT, then="try_again"),
    "bill_underpaid": Reason("validation_failure", "payments", _INTACCT, then="try_again"),
    "bill_unusable": Reason("validation_failure", "payments", _INTACCT, then="try_again"),
    "payment_currency": Reason("validation_failure", "payments", _INTACCT, then="try_again"),
    "payment_returned": Reason("validation_failure", "payments", _INTACCT, first="skip"),
    # dimensions
    "dimension_value_unknown": Reason("tag_unknown", "dimensions", _PLEO),
    "dimension_value_inactive": Reason("tag_unknown", "dimensions", _PLEO),
    "dimension_value_non_posting": Reason("tag_unknown", "dimensions", _PLEO),
    "dimension_value_other_entity": Reason("tag_unknown", "dimensions", _PLEO),
    "location_other_entity": Reason("tag_unknown", "dimensions", _PLEO),
    "dimension_twice": Reason("validation_failure", "dimensions", _PLEO),
    "dimension_required": Reason("validation_failure", "dimensions", _PLEO),
    "task_without_project": Reason("validation_failure", "dimensions", _PLEO),
    # dates
    "before_first_posting_date": Reason("validation_failure", "first-posting-date", _HERE, first="allow_date"),
    "period_closed": Reason("accounting_system_validation_failure", "closed-period", _INTACCT),
    # receipts
    "receipt_unreachable": Reason("receipt_download_failure", "receipts", _PLEO),
    "receipt_empty": Reason("receipt_download_failure", "receipts", _PLEO),
    "receipt_too_large": Reason("receipt_file_size_limit_exceeded", "receipts", _PLEO),
    "receipt_wrong_type": Reason("receipt_conversion_failure", "receipts", _PLEO),
    # after planning
    "refused_by_intacct": Reason("accounting_system_validation_failure", "refused", _INTACCT, then="try_again"),
    "intacct_disagrees": Reason("accounting_system_validation_failure", "review", _HERE, first="adopt"),
    "intacct_unclear": Reason("accounting_system_validation_failure", "review", _HERE, first="release"),
    "vanished_in_intacct": Reason("accounting_system_validation_failure", "review", _INTACCT, first="try_again"),
    "state_unreadable": Reason("accounting_system_validation_failure", "review", _INTACCT),
    "content_changed": Reason("validation_failure", "changed", _HERE, first="keep"),
    "reversed": Reason("validation_failure", "reversed", _HERE, first="post_again"),
    "reversal_waits": Reason("accounting_system_validation_failure", "reversed", _INTACCT, first="try_again"),
    "still_in_intacct": Reason("accounting_system_validation_failure", "reversed", _INTACCT, first="try_again"),
    "sign_in_refused": Reason("accounting_system_authentication_failure", "sign-in", _HERE),
    "switched_off": Reason("invalid_configuration", "switched-off", _HERE),
    "told_elsewhere": Reason("unexpected_failure", "told-elsewhere", _HERE, first="skip"),
    "job_ended": Reason("unexpected_failure", "job-ended", _HERE),
    "intacct_unreachable": Reason("accounting_system_unreachable", "unreachable", _HERE),
    "unexpected_error": Reason("unexpected_failure", "unexpected", _HERE),
}
_UNJUDGED = Reason("unexpected_failure", "unexpected", _HERE)


def reason(code: str) -> Reason:
    """Return what a problem's code means to others; a code without a row of its own is our mistake, and says so."""
    return REASONS.get(code, _UNJUDGED)


def pleo_reason(*problems: Problem) -> tuple[str, str]:
    """Return (failure reason type, text) for Pleo: the type of the first problem, the sentences of all.

    The text has at most 500 characters, cut with "…". Raises ValueError without a problem.
    """
    if not problems:
        raise ValueError("no problem, no reason")
    sentences = dict.fromkeys(_placed(problem) for problem in problems)
    return reason(problems[0].code).type, cut(" ".join(sentences), TEXT_LENGTH)


def _placed(problem: Problem) -> str:
    return f"{problem.place.capitalize()}: {problem.sentence}" if problem.place else problem.sentence


def cause(code: str) -> str:
    """Return a problem's code as people read it in a list or a filter: "account_inactive" is "Account inactive"."""
    words = code.replace("_", " ").replace("intacct", "Sage Intacct")
    return words[:1].upper() + words[1:]
