"""A reverse charge: tax that the buyer owes and takes back, so that it adds nothing to the amount.

On a bill it is a pair of tax entries, +t under the input code and -t under its output code. A journal line holds one
entry, so there the configuration says what happens.
Source: docs/reference/posting-examples.md, section 1.3; docs/assumptions.md, A3, A5, A6, A21.
"""

from __future__ import annotations

from decimal import Decimal

from exports.posting import tax_codes
from exports.posting.context import Account, PostingContext, TaxDetail
from exports.posting.countries import country_of
from exports.posting.dimensions import On
from exports.posting.findings import Findings
from exports.posting.tax_codes import OwnTax, TaxedLine, percent
from integration.intacct.documents import TaxEntry
from integration.money import Money, minor_units, rounded
from integration.pleo.items import ExportItem, ItemLine, ItemTax
from referencedata.reverse_charges import NoPartner, partner_of

# Where a line of a bill takes several tax entries. Source: Sage Intacct XML API, Bills, TAXENTRIES.
_SEVERAL_ENTRIES = frozenset(("GB", "AU"))


def wants_bill(item: ExportItem, context: PostingContext) -> bool:
    """Say whether an item that would be a journal entry is posted as bill and payment because of a reverse charge."""
    return context.reverse_charge_on_journals == "bill" and any(line.tax and line.tax.type == "reverse" for line in item.lines)


def reversed_line(
    item: ExportItem, line: ItemLine, tax: ItemTax, place: str, on: On, context: PostingContext, findings: Findings
) -> TaxedLine:
    """Return a line whose tax Pleo calls reverse: whole, with its pair of entries or its two own postings."""
    whole = TaxedLine(line.amount)
    if line.net != line.amount:
        findings.problem(
            "reverse_net_differs",
            f"Tax code {tax.code or '(none)'} is a reverse charge, which adds nothing to the amount, but Pleo's net {line.net} is not the "
            f"line's {line.amount}. Correct the VAT of this expense in Pleo.",
            place=place, kind="tax code", value=tax.code,
        )  # fmt: skip
        return whole
    if tax.amount.minor * line.amount.minor < 0:
        findings.problem(
            "tax_sign",
            f"VAT {tax.amount} does not go with a line of {line.amount}. Correct the VAT of this expense in Pleo.",
            place=place, kind="tax code", value=tax.code,
        )  # fmt: skip
        return whole
    if on == "bill":
        return _on_bill(line, tax, place, context, findings)
    return _on_journal(item, line, tax, place, context, findings)


def _amount(line: ItemLine, tax: ItemTax, rate: Decimal, place: str, findings: Findings) -> Money | None:
    """Return the tax of the line: rate x net where Pleo gives none; else Pleo's, or None with the problem noted.

    Nothing on a receipt says what a reverse charge is, so another amount than the rate gives is a mistake: it would stand
    in two boxes of the VAT return. Pleo's may differ by what rounding explains.

    rate: percent.
    """
    due = Money(rounded(line.amount.amount * rate / 100, line.amount.currency), line.amount.currency)
    if not tax.amount:
        return due
    if abs(tax.amount.amount - due.amount) <= max(tax_codes.TOLERANCE, Decimal(1).scaleb(-minor_units(due.currency))):
        return tax.amount
    findings.problem(
        "reverse_tax_differs",
        f"Tax code {tax.code or '(none)'} is a reverse charge of {percent(rate)}, which is {due} of {line.amount}, but Pleo gives "
        f"{tax.amount}. Correct the VAT of this expense in Pleo: none, or {due}.",
        place=place, kind="tax code", value=tax.code,
    )  # fmt: skip
    return None


def _on_bill(line: ItemLine, tax: ItemTax, place: str, context: PostingContext, findings: Findings) -> TaxedLine:
    whole = TaxedLine(line.amount)
    if not context.tax_solution:
        return TaxedLine(line.amount, text=f"reverse charge VAT {tax.amount}" if tax.amount else "")
    detail = context.tax_details.get(tax.code) if tax.code else None
    fault = tax_codes.fault(tax.code, detail, context)
    if fault or detail is None:
        findings.problem(*(fault or ("", "")), place=place, kind="tax code", value=tax.code)
        return whole
    output = _output(detail, place, context, findings)
    amount = _amount(line, tax, detail.rate, place, findings) if output else None
    if output is None or amount is None:
        return whole
    if not _takes_a_pair(context):
        findings.problem(
            "reverse_charge_two_entries",
            f"Tax code {tax.code} is a reverse charge, which takes two tax entries on a line; Sage Intacct documents those for the United "
            f"Kingdom and Australia only, and {context.entity} uses {context.tax_solution}. Post this expense by hand in Sage Intacct "
            "(Accounts Payable › Bills), and skip it here with the reason. Or, once the probe has shown that it takes them, say so here "
            f"(Entity configurations › {context.entity} › Taxes › Two tax entries on a line).",
            place=place, kind="tax code", value=tax.code,
        )  # fmt: skip
        return whole
    if context.partially_exempt and amount:
        findings.problem(
            "reverse_charge_partially_exempt",
            f"{context.entity} is partially exempt, and tax code {tax.code} is a reverse charge: how Sage Intacct treats both together "
            "is not known. Post this expense by hand in Sage Intacct (Accounts Payable › Bills), and skip it here with the reason.",
            place=place, kind="tax code", value=tax.code,
        )  # fmt: skip
        return whole
    _note_worked_out(tax, amount, detail.rate, place, findings)
    entries = (TaxEntry(detail.id, amount), TaxEntry(output.id, -amount))
    return TaxedLine(line.amount, entries, beyond=amount.amount - tax.amount.amount)


def _note_worked_out(tax: ItemTax, amount: Money, rate: Decimal, place: str, findings: Findings) -> None:
    if amount and not tax.amount:
        findings.note(f"{place.capitalize()}: VAT {amount} of the reverse charge was worked out ({percent(rate)}), as Pleo gives none.")


def _takes_a_pair(context: PostingContext) -> bool:
    """Say whether a line of a bill takes two tax entries here: by Intacct's pages, or as a person has seen it do."""
    return context.two_tax_entries or country_of("", context.tax_solution) in _SEVERAL_ENTRIES


def _output(detail: TaxDetail, place: str, context: PostingContext, findings: Findings) -> TaxDetail | None:
    """Return the output half of `detail`, or None with the problem noted."""
    path = f"Entity configurations › {context.entity} › Taxes › Tax code pairs"
    try:
        return partner_of(detail, context.tax_details, context.tax_code_pairs)
    except NoPartner as missing:
        if missing.named:
            findings.problem(
                "tax_code_pair_unusable",
                f"Tax code {detail.id} is paired with {missing.named}, but the two are not the halves of a reverse charge: both marked so, "
                f"active, of {context.tax_solution} and of opposite rate. Choose another one here ({path}).",
                place=place, kind="tax code", value=missing.named,
            )  # fmt: skip
        elif missing.proposed:
            findings.problem(
                "tax_code_pair_unconfirmed",
                f"A reverse charge needs an output tax code beside {detail.id}. {missing.proposed} looks like it, but nobody has confirmed "
                f"that yet: the wrong one would put amounts into the wrong box of the VAT return. Confirm it here, once (Entity "
                f"configurations › {context.entity} › Reverse charges).",
                place=place, kind="tax code", value=detail.id,
            )  # fmt: skip
        else:
            what = f"which is not sure ({', '.join(missing.fitting)})" if missing.fitting else "none fits"
            findings.problem(
                "tax_code_pair_missing",
                f"A reverse charge needs an output tax code beside {detail.id}, and {what}. Name it here ({path}).",
                place=place, kind="tax code", value=detail.id,
            )  # fmt: skip
        return None


def _takes_tax(account: Account, context: PostingContext) -> bool:
    """Say whether we may post tax to an account ourselves: never to one of a subledger, of a bank, or of the wallet."""
    kept = account.control or account.bank or account.number in context.card.balance_accounts.values()
    return account.active and not kept and account.entity in ("", context.entity)


def _on_journal(item: ExportItem, line: ItemLine, tax: ItemTax, place: str, context: PostingContext, findings: Findings) -> TaxedLine:
    whole = TaxedLine(line.amount)
    answer = context.reverse_charge_on_journals
    if answer != "accounts" or context.tax_solution:
        findings.problem(*_refused(item, line, tax, context), place=place, kind="tax code", value=tax.code)
        return whole
    amount = _amount(line, tax, tax.rate, place, findings)
    if not amount:
        return whole
    numbers = [tax.input_account, tax.output_account]
    for number, called in zip(numbers, ("ingoing", "outgoing"), strict=True):
        account = context.accounts.get(number) if number else None
        if account is None or not _takes_tax(account, context):
            what = f"account {number} cannot be used in {context.entity}" if number else "it has none"
            findings.problem(
                "tax_account_unusable",
                f"Tax code {tax.code or '(none)'} needs an {called} tax account, and {what}. Choose another one for this tax code in Pleo "
                "(Settings › Tax codes).",
                place=place, kind="account", value=number,
            )  # fmt: skip
    _note_worked_out(tax, amount, tax.rate, place, findings)
    return TaxedLine(line.amount, own=OwnTax(tax.input_account, tax.output_account, amount))


def _refused(item: ExportItem, line: ItemLine, tax: ItemTax, context: PostingContext) -> tuple[str, str]:
    """Return (code of the problem, sentence) for a reverse charge that can be no journal entry, with what a person has to do."""
    answer = context.reverse_charge_on_journals
    if answer == "bill" and item.type in ("out_of_pocket", "mileage"):
        account = context.reimbursements.out_of_pocket_account
        return (
            "reverse_charge_by_hand",
            f"Tax code {tax.code or '(none)'} is a reverse charge, which a Sage Intacct journal entry cannot hold, and what an employee "
            f"has paid cannot be a bill that Pleo pays. Post a bill of {line.amount} with this tax code by hand in Sage Intacct (Accounts "
            "Payable › Bills), settle it by an adjustment of the same vendor and amount to the account owed to employees, "
            f"{account or '(none)'} (Accounts Payable › Adjustments), and skip it here with the reason. Or choose another tax code for "
            "this expense in Pleo, and export it again.",
        )
    why = {
        "fail": "Card expenses and fees with such a code can be posted as bills "
        f"(Entity configurations › {context.entity} › Taxes › Reverse charge on journals). ",
        "bill": "The configuration asks for a bill, but this kind of entry cannot be one. ",
        "accounts": f"The configuration names accounts for it, which is only for an entity without tax solution; {context.entity} has "
        f"{context.tax_solution}. ",
    }[answer]
    return tax_codes.reverse_on_journal(tax.code, why)
