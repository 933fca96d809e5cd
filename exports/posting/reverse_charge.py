"""A reverse charge: tax that the buyer owes and takes back, so that it adds nothing to the amount.

On a bill it is a pair of tax entries, +t under the input code and -t under its output code. A journal line holds one
entry, so there the configuration says what happens. Source: reference/posting-examples.md 1.3, A3, A5, A6, A21.
"""

from __future__ import annotations

from exports.posting import tax_codes
from exports.posting.context import Account, PostingContext, TaxDetail
from exports.posting.dimensions import On
from exports.posting.findings import Findings
from exports.posting.tax_codes import OwnTax, TaxedLine
from integration.intacct.documents import TaxEntry
from integration.pleo.items import ExportItem, ItemLine, ItemTax
from referencedata.reverse_charges import NoPartner, partner_of


def wants_bill(item: ExportItem, context: PostingContext) -> bool:
    """Say whether a card item that would be a journal entry is posted as bill and payment because of a reverse charge."""
    return context.reverse_charge_on_journals == "bill" and any(line.tax and line.tax.type == "reverse" for line in item.lines)


def reversed_line(line: ItemLine, tax: ItemTax, place: str, on: On, context: PostingContext, findings: Findings) -> TaxedLine:
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
    return _on_journal(line, tax, place, context, findings)


def _on_bill(line: ItemLine, tax: ItemTax, place: str, context: PostingContext, findings: Findings) -> TaxedLine:
    if not context.tax_solution:
        return TaxedLine(line.amount, text=f"reverse charge VAT {tax.amount}" if tax.amount else "")
    detail = context.tax_details.get(tax.code) if tax.code else None
    fault = tax_codes.fault(tax.code, detail, context)
    if fault or detail is None:
        findings.problem(*(fault or ("", "")), place=place, kind="tax code", value=tax.code)
        return TaxedLine(line.amount)
    output = _output(detail, place, context, findings)
    if output is None or tax_codes.exceeds(line.amount, tax, detail, place, findings):
        return TaxedLine(line.amount)
    if context.partially_exempt and tax.amount:
        findings.problem(
            "reverse_charge_partially_exempt",
            f"{context.entity} is partially exempt, and tax code {tax.code} is a reverse charge: how Sage Intacct treats both together "
            "is not known. Post this expense by hand in Sage Intacct (Accounts Payable › Bills), and skip it here with the reason.",
            place=place, kind="tax code", value=tax.code,
        )  # fmt: skip
        return TaxedLine(line.amount)
    return TaxedLine(line.amount, (TaxEntry(detail.id, tax.amount), TaxEntry(output.id, -tax.amount)))


def _output(detail: TaxDetail, place: str, context: PostingContext, findings: Findings) -> TaxDetail | None:
    """Return the output half of `detail`, or None with the problem noted."""
    path = f"Entity configurations › {context.entity} › Taxes › Tax code pairs"
    try:
        return partner_of(detail, context.tax_details, context.tax_code_pairs)
    except NoPartner as missing:
        if missing.named:
            findings.problem(
                "tax_code_pair_unusable",
                f"Tax code {detail.id} is paired with {missing.named}, which is not an active tax code of {context.tax_solution}. Choose "
                f"another one here ({path}).",
                place=place, kind="tax code", value=missing.named,
            )  # fmt: skip
            return None
        what = f"several codes fit ({', '.join(missing.fitting)})" if missing.fitting else "none fits"
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


def _on_journal(line: ItemLine, tax: ItemTax, place: str, context: PostingContext, findings: Findings) -> TaxedLine:
    answer = context.reverse_charge_on_journals
    if answer != "accounts" or context.tax_solution:
        why = {
            "fail": "Card expenses with such a code can be posted as bills "
            f"(Entity configurations › {context.entity} › Taxes › Reverse charge on journals). ",
            "bill": "The configuration asks for a bill, but this kind of entry cannot be one. ",
            "accounts": f"The configuration names accounts for it, which is only for an entity without tax solution; {context.entity} has "
            f"{context.tax_solution}. ",
        }[answer]
        findings.problem(*tax_codes.reverse_on_journal(tax.code, why), place=place, kind="tax code", value=tax.code)
        return TaxedLine(line.amount)
    if not tax.amount:
        return TaxedLine(line.amount)
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
    return TaxedLine(line.amount, own=OwnTax(tax.input_account, tax.output_account, tax.amount))
