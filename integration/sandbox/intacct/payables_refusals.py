"""The refusals of bills and payments; see `refusals` for what the numbers are worth."""

from __future__ import annotations

GENERIC = "BL01001973"
_TAX_DETAILS = "Enter valid tax details"

PAYABLES: dict[str, tuple[str, str, str]] = {
    # Bills.
    "one_line": (GENERIC, "A bill needs at least one line", ""),  # guess
    "bill_number": ("BL03002128", "Enter a Bill number, and try again", ""),
    "bill_exists": (
        "BL03002185",  # low confidence
        "A transaction with this number already exists: bill {number} of vendor {vendor}",
        "Use another bill number",
    ),
    "bill_total": (GENERIC, "The total of a bill must be greater than zero, not {total}", ""),  # guess
    "posting_date": (
        GENERIC,  # guess
        "GL posting date {value} differs from the bill date; overriding it is not enabled",
        "Enable it in the Accounts Payable configuration, or leave the posting date out",
    ),
    "summary_missing": (GENERIC, "Required field PRBATCH is missing: the user names the summary", "Enter a summary title"),  # guess
    "payables_account": (GENERIC, "No payables account is set up in Accounts Payable", ""),  # guess
    "term_invalid": (GENERIC, "Term '{value}' specified is not valid.", ""),  # guess
    "base_currency": (GENERIC, "Base currency '{value}' is not the one of this entity, {base}", ""),  # guess
    "vendor_invalid": (GENERIC, "Vendor '{vendor}' specified is not valid.", ""),
    "vendor_inactive": (GENERIC, "Activate the vendor {vendor}, then try again.", ""),
    "vendor_on_hold": (GENERIC, "The vendor {vendor} is on hold", "Take the vendor off hold, then try again"),  # guess
    "vendor_entity": (GENERIC, "Vendor '{vendor}' specified is not valid: it is restricted and not allowed in {entity}", ""),  # guess
    "account_control_bill": (
        GENERIC,  # guess
        "Account {account} is not valid{where}: it is a subledger control account",
        "Use another account",
    ),
    "account_of_bank": (GENERIC, "The account number {account} is associated to the {kind}{where}", "Use another account"),
    "label_needed": (GENERIC, "Required field ACCOUNTLABEL is missing{where}: bills use account labels", ""),  # guess
    "label_unused": (GENERIC, "Enter an account number on line item{where}: account labels are not enabled", ""),  # guess
    "label_invalid": (GENERIC, "Account label '{label}' is not valid{where}", ""),  # guess
    # Tax on bills.
    "tax_solution_in_entity": (GENERIC, "TAXSOLUTIONID is for the top level only; here the entity's solution applies", ""),  # guess
    "tax_entries_one": (GENERIC, "Tax solution {solution} takes one TAXENTRY, not {count}{where}", _TAX_DETAILS),  # guess
    "tax_twice": (GENERIC, "The same tax detail occurs twice{where}", _TAX_DETAILS),  # guess
    "tax_amount": (GENERIC, "Tax {value} is not possible for tax detail '{detail}'{where}", _TAX_DETAILS),  # guess
    "gross_differs": (GENERIC, "TOTALTRXAMOUNT {given} differs from amount and taxes, {sum}{where}", ""),  # guess
    "reverse_pair": (
        GENERIC,  # guess
        "Reverse charge needs two tax entries of equal and opposite rate{where}",
        _TAX_DETAILS,
    ),
    "reverse_sum": (GENERIC, "The two tax entries of a reverse charge must add up to zero, not {sum}{where}", _TAX_DETAILS),  # guess
    "partial_exempt": (GENERIC, "PARTIALEXEMPT is not possible{where}: entity {entity} is not partially exempt", ""),  # guess
    "partial_reverse": (GENERIC, "The sandbox does not carry out PARTIALEXEMPT with reverse charge{where}", ""),
    "partial_untaxed": (GENERIC, "PARTIALEXEMPT needs tax entries{where}", ""),  # guess
    # Changing bills.
    "transaction_gone": (GENERIC, "Oops, we can't find this transaction; enter a valid transaction, and try again. ({key})", ""),
    "state_invalid": ("BL03000215", "The document state {state} is not valid for this operation", ""),
    "reversal_date": (GENERIC, "The reversal date {date} must be on or after the posting date {first}", ""),  # guess
    # Payments.
    "one_detail": (GENERIC, "A payment needs at least one bill", ""),  # guess
    "payment_method": ("BL34000094", "We can't process the request. Check the values, and try again.", ""),  # the text is a guess
    "payment_zero": (GENERIC, "The payment amount must be greater than zero{where}", ""),  # guess
    "bank_invalid": (GENERIC, "Bank account '{bank}' specified is not valid.", ""),  # guess
    "bank_inactive": (GENERIC, "Bank account '{bank}' specified is not valid: it is inactive.", ""),  # guess
    "bank_entity": (GENERIC, "Bank account '{bank}' specified is not valid: it does not belong to entity {entity}", ""),  # guess
    "bank_currency": (GENERIC, "Bank account '{bank}' has currency {has}, not {currency}", "Use a bank account in {currency}"),  # guess
    "bill_not_posted": (GENERIC, "Bill {key} cannot be paid{where}: its state is {state}", "Post the bill, then try again"),  # guess
    "bill_of_vendor": (GENERIC, "Bill {key} belongs to vendor {vendor}{where}", ""),  # guess
    "bill_on_hold": (GENERIC, "Bill {key} is on hold{where}", "Take the bill off hold, then try again"),  # guess
    "bill_currency": (GENERIC, "Bill {key} is in {has}, the payment in {currency}{where}", ""),  # guess
    "payment_date": (GENERIC, "The payment date {date} must be on or after the bill's posting date {first}{where}", ""),  # guess
    "overpaid": (GENERIC, "The payment amount {amount} exceeds total amount due ({due}){where}", ""),
    "gain_loss_account": (GENERIC, "No account for multi-currency gain and losses is set up in Accounts Payable", ""),  # guess
}
