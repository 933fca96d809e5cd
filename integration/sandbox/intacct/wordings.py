"""In which words refusals are answered: the sandbox's own, others with the same meaning, or random ones.

Most of Sage Intacct's words are not published, and those that are may change or come in another language. The numbers stay:
they are what an answer may be judged by. The other words avoid what the own ones, and readers of them, are known by.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace

from integration.sandbox.intacct.refusals import Refusal

# Makes of a refusal in the sandbox's own words what is answered.
Wording = Callable[[Refusal], Refusal]

# name -> text; there is no correction. The values are those of the own words.
OTHER_WORDS = {
    # Envelope and sign-in.
    "schema": "Document rejected by the validator ({what})",
    "sender": "Partner credentials were not recognised",
    "policy": "Transport policy {policy} is unsupported",
    "sign_in": "Credentials rejected",
    "sender_not_authorised": "Partner {sender} has no grant from company {company}",
    "session": "Please authenticate anew, the token is stale",
    "method": "HTTP verb unsupported",
    "content_type": "Media type {given} is unsupported",
    "throttled": "Too many calls from this tenant",
    "session_not_alone": "A token request stands alone",
    "offline": "Maintenance is under way",
    "unjudged": "Unexpected condition",
    # Functions in general.
    "duplicate_control_id": "Control identifier {control_id} has served its purpose",
    "rolled_back": "All changes of this batch were undone",
    "permission": "Role lacks the right {operation} for {kind}",
    "login_unknown": "Nobody signs in as {login}",
    "could_not_create": "Saving of {kind} failed",
    "too_many": "Batch limit of 100 exceeded",
    "object_unknown": "No such object: {kind}",
    "not_creatable": "No such object to add: {kind}",
    "not_updatable": "No such object to edit: {kind}",
    "could_not_update": "Editing of {kind} failed",
    "could_not_reverse": "Undoing of {kind} failed",
    "application_unknown": "No such module: {value}",
    "not_readable": "{kind} is out of reach here",
    "query_form": "Malformed question: {what}",
    "fields_unknown": "Columns of {kind} that do not exist: {fields}",
    "missing_record": "{kind} {key} was not located",
    # Form of a record.
    "element_unknown": "{kind}: {element} unexpected",
    "element_twice": "{kind}: {element} repeated",
    "element_form": "{kind}: {what}",
    "missing": "Supply {field}{where}",
    "too_long": "{field}{where} overflows: {length} of {limit}",
    "date_form": "{field}{where}: unreadable day {value}",
    "number_form": "{field}{where}: unreadable figure {value}",
    "decimals": "{field}{where}: at most {decimals} digits after the point, got {value}",
    "negative": "{field}{where}: minus sign unwelcome in {value}",
    "choice": "{field}{where}: {value} is outside {choices}",
    "sandbox_cannot": "{field}{where} is out of the sandbox's scope",
    # Journal entries.
    "two_lines": "One side of the entry is wanting",
    "unbalanced": "{currency}: {debit} against {credit}",
    "unbalanced_base": "Base {currency}: {debit} against {credit}",
    "account_invalid": "Ledger account {account} unknown{where}",
    "account_inactive": "Ledger account {account} switched off{where}",
    "account_control": "Ledger account {account} belongs to a subledger{where}",
    "account_requires": "{dimension} wanted with {account}{where}",
    "journal_invalid": "No book called {journal}",
    "journal_inactive": "The book {journal} is switched off",
    "dimension_invalid": "{dimension} {value} unknown{where}",
    "dimension_inactive": "{dimension} {value} unusable{where} ({status})",
    "location_missing": "Supply a place of an entity{where}",
    "location_other_entity": "Place {value} is {entity}'s{where}",
    "several_entities": "Mixed entities: {entities}",
    "closed_period": "The ledger takes nothing before {first}, got {date}",
    "attachment_missing": "Document {value} was not located",
    "closed_payables": "Payables take nothing before {first}, got {date}",
    "closed_cash": "Cash takes nothing before {first}, got {date}",
    "smart_rule": "{message} [{rule}]",
    "currency_missing": "Supply a currency, entry {number}",
    "rate_missing": "Supply a rate or its type for {currency}{where}",
    "rate_both": "Rate and rate type clash{where}",
    "rate_type": "Rate type {value} unknown{where}",
    "rate_unknown": "{currency} to {base}: nothing quoted for {date}{where}",
    "currency_invalid": "{currency} is switched off{where}",
    # Tax on journal entries.
    "tax_no_solution": "{field} unwelcome{where}: {entity} levies nothing",
    "tax_solution": "Levy scheme {value} unusable",
    "tax_solution_missing": "Supply a levy scheme at the root",
    "tax_implications": "Say which way the levy goes{where}",
    "tax_vendor": "Supply the supplier of the levy",
    "tax_customer": "Supply the customer of the levy",
    "tax_entries": "{count} levies{where}, one is the limit",
    "tax_detail": "Levy {value} unusable{where}: {why}",
    # Attachments.
    "folder_missing": "Container {value} was not located",
    "folder_exists": "Container {value} is taken",
    "supdoc_exists": "Identifier {value} is taken",
    "file_name": "{value} is no usable name",
    "file_twice": "{value} repeated",
    "file_type": "{value} is no usable ending",
    "file_data": "{value}: unreadable bytes",
    # Bills.
    "one_line": "The bill has no body",
    "bill_number": "Supply a number of the bill",
    "bill_exists": "{vendor} has billed {number}",
    "bill_total": "{total} is no sum to owe",
    "posting_date": "{value} must equal the day of the bill here",
    "summary_missing": "Supply PRBATCH",
    "payables_account": "Nothing is set up to owe on",
    "term_invalid": "Term {value} unknown",
    "base_currency": "{value} is not what {base} books in",
    "vendor_invalid": "Supplier {vendor} unknown",
    "vendor_inactive": "Supplier {vendor} switched off",
    "vendor_on_hold": "Supplier {vendor} is held",
    "vendor_entity": "Supplier {vendor} is out of reach in {entity}",
    "account_control_bill": "Ledger account {account} belongs to a subledger{where}",
    "account_of_bank": "{account} is a {kind}'s{where}",
    "label_needed": "Supply ACCOUNTLABEL{where}",
    "label_unused": "Supply ACCOUNTNO{where}",
    "label_invalid": "Label {label} unknown{where}",
    "tax_solution_in_entity": "A levy scheme is for the root alone",
    "tax_entries_one": "{count} levies of {solution}{where}, one is the limit",
    "tax_twice": "Levy repeated{where}",
    "tax_amount": "{detail} cannot come to {value}{where}",
    "gross_differs": "{given} is not {sum}{where}",
    "reverse_pair": "Supply both halves of the levy{where}",
    "reverse_sum": "The halves of the levy leave {sum}{where}",
    "partial_exempt": "{entity} recovers everything{where}",
    "partial_reverse": "Both at once are out of the sandbox's scope{where}",
    "partial_untaxed": "Nothing to recover{where}",
    # Changing bills.
    "transaction_gone": "{key} was not located",
    "state_invalid": "Impossible while {state}",
    "reversal_date": "Undoing on {date} comes before {first}",
    # Payments.
    "one_detail": "Nothing to pay",
    "payment_method": "Way of paying unusable",
    "payment_zero": "No sum to pay{where}",
    "bank_invalid": "Bank {bank} unknown",
    "bank_inactive": "Bank {bank} switched off",
    "bank_entity": "Bank {bank} is out of reach in {entity}",
    "bank_currency": "Bank {bank} keeps {has}, not {currency}",
    "bill_not_posted": "{key} cannot be settled while {state}{where}",
    "bill_of_vendor": "{key} is {vendor}'s{where}",
    "bill_on_hold": "{key} is held{where}",
    "bill_currency": "{key} is owed in {has}, not {currency}{where}",
    "payment_date": "Settling on {date} comes before {first}{where}",
    "overpaid": "{amount} is more than the {due} owed{where}",
    "gain_loss_account": "Nothing is set up for differences of rates",
}

# What random words are taken from. Refusals of every kind consist of such words.
WORDS = (
    "the", "a", "of", "for", "transaction", "record", "Pleo", "value", "table", "is", "was", "not", "cannot", "must", "be", "processed",
    "valid", "invalid", "found", "does not exist", "there is no", "supdoc", "GLBATCH", "number", "key", "with", "user", "role", "locked",
    "differs", "overridden", "02/03/2031", "session", "balance", "(4711)", "'INV-1'", "—", "%", "<b>", "",
)  # fmt: skip


def random_words(chance: random.Random, words: Iterable[str] = WORDS) -> str:
    """Return a text that means nothing."""
    return f"{' '.join(chance.choices(tuple(words), k=chance.randint(1, 14)))} {chance.randint(0, 9999)}".strip()


def own(refusal: Refusal) -> Refusal:
    return refusal


def other(refusal: Refusal) -> Refusal:
    """What a test has worded itself stays as it is."""
    if not refusal.name:
        return refusal
    values = {**refusal.values, "where": str(refusal.values.get("where", "")).replace(" on line ", ", entry ")}
    return replace(refusal, text=OTHER_WORDS[refusal.name].format(**values), correction="")


def randomly(seed: int) -> Wording:
    """Return a wording that says something else each time."""
    chance, lock = random.Random(seed), threading.Lock()  # noqa: S311  words, no secret

    def said(refusal: Refusal) -> Refusal:
        if not refusal.name:
            return refusal
        with lock:
            return replace(refusal, text=random_words(chance), correction="")

    return said


NAMES = ("own", "other", "random")


def named(name: str, seed: int = 1) -> Wording:
    return {"own": own, "other": other, "random": randomly(seed)}[name]
