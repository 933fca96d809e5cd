"""Which button the sentence of each problem names, and the words by which sentences name buttons."""

from __future__ import annotations

# By code: the button where nothing is posted yet, and where the posting is in the ledger and something after it failed.
NAMED: dict[str, tuple[str, str]] = {
    **dict.fromkeys((
        "malformed_item", "lines_do_not_add_up", "currency_mixed", "account_missing", "account_unknown", "account_inactive",
        "account_other_entity", "account_is_balance_account", "account_is_offset_account", "account_is_control",
        "account_belongs_to_bank", "contra_account_differs", "balance_account_missing", "out_of_pocket_account_missing",
        "configured_account_unusable", "external_reimbursement_account_missing", "wallet_transfer_account_missing",
        "account_label_missing", "accounts_equal", "bank_account_missing", "bank_account_unusable", "journal_missing",
        "journal_unusable", "vat_vendor_missing", "default_tax_code_unusable", "team_default_unknown", "tax_code_missing",
        "tax_code_unknown", "tax_code_inactive", "tax_code_other_solution", "tax_code_for_sales", "tax_type_not_supported",
        "tax_does_not_add_up", "tax_sign", "tax_exceeds_rate", "tax_method_not_supported", "reverse_charge_on_journal",
        "reverse_charge_as_inclusive", "reverse_net_differs", "tax_code_pair_missing", "tax_code_pair_unusable",
        "tax_code_pair_unconfirmed", "reverse_tax_differs",
        "tax_account_unusable",
        "partial_exemption_on_journal", "vendor_unknown", "vendor_inactive", "vendor_on_hold", "vendor_other_entity", "vendor_missing",
        "vendors_differ", "invoice_number_missing", "invoice_number_too_long", "adopted_bill_differs", "bills_unreadable",
        "dimension_value_unknown", "dimension_value_inactive", "dimension_value_non_posting", "dimension_value_other_entity",
        "location_other_entity", "dimension_twice", "dimension_required", "task_without_project", "period_closed", "receipt_unreachable",
        "receipt_empty", "receipt_too_large", "receipt_wrong_type", "sign_in_refused", "switched_off", "job_ended", "intacct_unreachable",
        "state_unreadable",
        "unexpected_error",
    ), ("export_again", "export_again")),
    **dict.fromkeys((
        "bill_missing", "bill_not_posted",
    ), ("", "")),
    **dict.fromkeys((
        "intacct_disagrees",
    ), ("adopt", "adopt")),
    **dict.fromkeys((
        "bill_exists",
    ), ("adopt_bill", "adopt_bill")),
    **dict.fromkeys((
        "before_first_posting_date",
    ), ("allow_date", "allow_date")),
    **dict.fromkeys((
        "sign_unexpected",
    ), ("confirm_direction", "confirm_direction")),
    **dict.fromkeys((
        "bill_unreadable", "bill_partly_paid", "bill_overpaid", "bill_underpaid", "bill_unusable", "payment_currency",
        "refused_by_intacct",
    ), ("export_again", "try_again")),
    **dict.fromkeys((
        "content_changed",
    ), ("keep", "keep")),
    **dict.fromkeys((
        "intacct_unclear",
    ), ("release", "release")),
    **dict.fromkeys((
        "unknown_kind", "sub_type_unknown", "too_many_decimals", "reverse_charge_partially_exempt", "reverse_charge_by_hand",
        "reverse_charge_two_entries",
        "invoice_not_positive",
        "bill_of_another_expense", "bill_ambiguous", "payment_returned", "told_elsewhere",
    ), ("skip", "skip")),
    **dict.fromkeys((
        "bill_already_paid",
    ), ("skip", "settled_by_hand")),
    **dict.fromkeys((
        "reversed",
    ), ("post_again", "post_again")),
    **dict.fromkeys((
        "vanished_in_intacct", "reversal_waits", "still_in_intacct",
    ), ("try_again", "try_again")),
}  # fmt: skip

WORDS = {
    "skip": r"[Ss]kip (it|this)( here)?|book this one by hand",
    "adopt_bill": r"adopt it here",
    "confirm_direction": r"Confirm here",
    "allow_date": r"allow its date here",
    "post_again": r"Post the new version",
    "keep": r"keep what is posted",
    "try_again": r"press Try again",
    "settled_by_hand": r"press Settled by hand",
    "adopt": r"press It is the one in Sage Intacct",
    "release": r"press It is not in Sage Intacct",
    "export_again": r"[Ee]xport (it|this|the expense) again|Correct it in Pleo",
}
