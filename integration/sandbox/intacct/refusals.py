"""Every refusal the Intacct side knows: name -> (number, text, correction).

Numbers from the reference's error catalogue stand as they are; a comment "guess" marks a number that no public source
states and the sandbox has chosen as the most probable one. Nothing may be judged by a guessed number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from integration.sandbox.intacct.payables_refusals import GENERIC, PAYABLES


@dataclass(frozen=True, slots=True)
class Refusal:
    """One `error` element.

    name: which of those below it is, "" where a test has worded it; values: what its text was filled with. Neither is sent.
    """

    number: str
    text: str
    correction: str = ""
    name: str = ""
    values: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)


class Refused(Exception):
    """What was asked is answered with these errors, the specific ones first."""

    def __init__(self, *refusals: Refusal) -> None:
        super().__init__("; ".join(f"{each.number} {each.text}" for each in refusals))
        self.refusals = refusals


_FORMAT = "BL03000018"
_SIGN_IN = "XL03000006"

_TABLE: dict[str, tuple[str, str, str]] = {
    # Envelope and sign-in.
    "schema": ("XL03000003", "The request does not match the schema: {what}", "Provide a valid XML request"),
    "sender": (_SIGN_IN, "Incorrect Intacct XML Partner ID or password.", ""),
    "policy": (_SIGN_IN, "'{policy}' is not a valid transport policy.", ""),
    "sign_in": (_SIGN_IN, "Sign-in information is incorrect", ""),
    "sender_not_authorised": (
        _SIGN_IN,
        "Invalid Web Services Authorization: the sender ID '{sender}' is not authorized to make Web Services requests"
        " to company ID '{company}'.",
        "Contact the company administrator to grant access",
    ),
    "session": (_SIGN_IN, "Invalid session: the session has expired or is unknown", "Sign in again"),
    "method": ("invalidRequest", "Only POST is supported", ""),  # guess
    "content_type": ("invalidRequest", "The content type must be application/xml, not '{given}'", ""),  # guess
    "throttled": ("GW-0010", "API rate limit exceeded", ""),
    "session_not_alone": ("Get API Session Failed", "getAPISession must be the only function of a request", ""),  # guess
    "offline": ("", "The Service is Temporarily Off-line", "Please Try Again Later"),
    "unjudged": ("BL09990001", "Something new happened", "See your administrator"),  # guess, on purpose
    # Functions in general.
    "duplicate_control_id": (
        "XL03000010",  # guess
        "The function with controlid '{control_id}' was already executed",
        "Use another controlid",
    ),
    "rolled_back": ("XL03000009", "The entire transaction in this operation has been rolled back due to an error.", ""),
    # Source: docs/reference/intacct-xml-api.md; the words: docs/reference/intacct/06-errors.md, section 6.6.
    "permission": ("PL04000005", "You do not have permission for API operation {operation} on objects of type {kind}", ""),
    # Source: docs/reference/intacct/06-errors.md, section 6.6; what it names is not recorded.
    "login_unknown": ("BL03000025", "Login ID {login} does not exist", ""),
    "could_not_create": (GENERIC, "Could not create {kind} record.", ""),
    "too_many": (GENERIC, "No more than 100 records may be created by one function", ""),  # guess
    "object_unknown": ("Query Failed", "Object definition {kind} not found", ""),
    "not_creatable": (GENERIC, "Object definition {kind} not found, or the sandbox cannot create it", ""),  # guess
    "not_updatable": (GENERIC, "Object definition {kind} not found, or the sandbox cannot update it", ""),  # guess
    "could_not_update": (GENERIC, "Could not update {kind} record.", ""),
    "could_not_reverse": (GENERIC, "Could not reverse {kind}.", ""),  # guess
    "application_unknown": (GENERIC, "Application '{value}' is not known", ""),  # guess
    "not_readable": (GENERIC, "The sandbox does not read '{kind}' with this function", ""),  # guess
    "query_form": ("Query Failed", "{what}", "Correct the query"),
    "fields_unknown": ("Query Failed", "Invalid fields list: {fields}", "Choose fields that lookup shows for {kind}"),
    "missing_record": (GENERIC, "There is no {kind} with the key {key}", ""),  # guess
    # Form of a record.
    "element_unknown": (_FORMAT, "Illegal format for {kind}: element {element} is not known here", ""),  # guess
    "element_twice": (_FORMAT, "Illegal format for {kind}: element {element} occurs twice", ""),  # guess
    "element_form": (_FORMAT, "Illegal format for {kind}: {what}", ""),  # guess
    "missing": (GENERIC, "Required field {field} is missing{where}", ""),  # guess
    "too_long": (_FORMAT, "Illegal format for {field}{where}: {length} characters, {limit} are allowed", ""),  # guess
    "date_form": (_FORMAT, "Illegal format for {field}{where}: '{value}' is not a date as mm/dd/yyyy", ""),
    "number_form": (_FORMAT, "Illegal format for {field}{where}: '{value}' is not a number", ""),
    "decimals": (_FORMAT, "Illegal format for {field}{where}: '{value}' has more than {decimals} decimals", ""),  # guess
    "negative": (_FORMAT, "Illegal format for {field}{where}: '{value}' must be an absolute amount", ""),  # guess
    "choice": (_FORMAT, "Illegal format for {field}{where}: '{value}' is not one of {choices}", ""),  # guess
    "sandbox_cannot": (GENERIC, "The sandbox does not carry out {field}{where}", ""),
    # Journal entries.
    "two_lines": (GENERIC, "A journal entry needs at least two lines", ""),  # guess
    "unbalanced": (
        GENERIC,  # guess
        "The debits and credits of the transaction do not balance in {currency}: debits {debit}, credits {credit}",
        "Balance the entry, taxes included",
    ),
    "unbalanced_base": (
        GENERIC,  # guess
        "The debits and credits of the transaction do not balance in base currency {currency}: debits {debit}, credits {credit}",
        "",
    ),
    "account_invalid": (GENERIC, "Account {account} is not valid{where}", "Enter a valid account number"),
    "account_inactive": (GENERIC, "Account {account} is not valid{where}: it is inactive", "Activate the account"),
    "account_control": (
        GENERIC,  # guess
        "The account number {account} is a subledger control account; journal entries to it are not allowed{where}",
        "Use another account",
    ),
    "account_requires": (
        GENERIC,
        "The account number '{account}' requires a {dimension}{where}",
        "Enter a {dimension}",
    ),
    # A rule that the company has written itself, in its own words. Source: docs/reference/intacct/06-errors.md, section 6.5.
    "smart_rule": ("BL04002055", "Smart Rule {rule} violated{where}: {message}", ""),
    "journal_invalid": (GENERIC, "Journal '{journal}' specified is not valid.", ""),  # guess
    "journal_inactive": (GENERIC, "Journal '{journal}' specified is not valid: it is inactive.", ""),  # guess
    "dimension_invalid": (GENERIC, "{dimension} '{value}' specified is not valid{where}.", ""),
    "dimension_inactive": (GENERIC, "{dimension} '{value}' specified is not valid{where}: it is {status}.", "Activate it"),
    "location_missing": (
        GENERIC,
        "Use of empty Location is invalid{where}. A valid Multi-Entity Location must be specified.",
        "",
    ),
    "location_other_entity": (
        GENERIC,  # guess
        "The location '{value}' is invalid{where}: it belongs to entity {entity}",
        "Use a location of this entity",
    ),
    "several_entities": (
        GENERIC,  # guess
        "The lines belong to several entities ({entities}); inter-entity postings are not set up",
        "",
    ),
    "closed_period": (
        GENERIC,  # guess
        "Periods are closed. Your transaction date ({date}) is within a period that's been closed.",
        "Open the period, or use a date on or after {first}",
    ),
    "attachment_missing": (GENERIC, "Attachment '{value}' is not valid: it does not exist", ""),  # guess
    "closed_payables": (
        GENERIC,  # guess
        "Date {date} must be on or after {first}: Accounts Payable is closed for earlier dates.",
        "Open the period in Accounts Payable, or use a date on or after {first}",
    ),
    "closed_cash": (
        GENERIC,  # guess
        "Date {date} must be on or after {first}: Cash Management is closed for earlier dates.",
        "Open the period in Cash Management, or use a date on or after {first}",
    ),
    # The words of an independent stand-in; the number is a guess.
    "currency_missing": (GENERIC, "Currency is required on entry {number}.", "Enter a currency"),
    "rate_missing": (GENERIC, "Currency {currency} needs EXCH_RATE_TYPE_ID or EXCHANGE_RATE{where}", ""),  # guess
    "rate_both": (GENERIC, "EXCH_RATE_TYPE_ID and EXCHANGE_RATE exclude each other{where}", ""),  # guess
    "rate_type": (GENERIC, "Exchange rate type '{value}' is not valid{where}", ""),  # guess
    "rate_unknown": (GENERIC, "No exchange rate from {currency} to {base} on {date}{where}", "Enter a rate"),  # guess
    "currency_invalid": (GENERIC, "Currency '{currency}' is not valid{where}", "Enable foreign-currency transactions, and try again"),
    # Tax on journal entries.
    "tax_no_solution": (GENERIC, "Entity {entity} has no tax solution; {field} is not allowed{where}", ""),  # guess
    "tax_solution": (GENERIC, "The tax solution '{value}' is not valid here", ""),  # guess
    "tax_solution_missing": (GENERIC, "TAXSOLUTIONID is required at the top level: enter a tax solution", ""),  # guess
    "tax_implications": (GENERIC, "TAXENTRIES need TAXIMPLICATIONS Inbound or Outbound{where}", ""),  # guess
    "tax_vendor": (GENERIC, "TAXIMPLICATIONS Inbound needs a valid VATVENDORID", ""),  # guess
    "tax_customer": (GENERIC, "TAXIMPLICATIONS Outbound needs a valid VATCUSTOMERID", ""),  # guess
    "tax_entries": (GENERIC, "A journal line takes one TAXENTRY, not {count}{where}", ""),  # guess
    "tax_detail": (GENERIC, "Tax detail '{value}' is not valid{where}: {why}", ""),  # guess
    # Attachments.
    "folder_missing": (GENERIC, "Attachment folder '{value}' does not exist", "Create the folder first"),  # guess
    "folder_exists": (
        "BL34000061",
        "Another attachment folder with the given value(s) {value} already exists",
        "Use a unique value instead.",
    ),  # guess
    "supdoc_exists": (
        "BL34000061",
        "Another attachment with the given value(s) {value} already exists",
        "Use a unique value instead.",
    ),  # guess
    "file_name": (GENERIC, "Attachment name '{value}' must be without dot and extension, and not empty", ""),  # guess
    "file_twice": (GENERIC, "Attachment name '{value}' occurs twice in one attachment", ""),  # guess
    "file_type": (GENERIC, "Attachment type '{value}' is not valid", "Give the extension without the dot"),  # guess
    "file_data": (GENERIC, "The data of attachment '{value}' is not valid base64, or empty", ""),  # guess
}


_TABLE |= PAYABLES
NAMES = frozenset(_TABLE)


def refusal(name: str, **values: object) -> Refusal:
    number, text, correction = _TABLE[name]
    values.setdefault("where", "")
    return Refusal(number, text.format(**values), correction.format(**values), name, values)


def refuse(name: str, **values: object) -> Refused:
    """Return the exception to raise."""
    return Refused(refusal(name, **values))
