"""The tax of a line: what Pleo says is checked and kept, never computed again.

Source: docs/reference/posting-examples.md, section 1.3; Sage Intacct XML API, Journal Entries and Bills, TAXENTRIES.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Literal

from exports.posting import reverse_charge, tax_codes
from exports.posting.context import VAT_OR_GST, PostingContext, TaxDetail
from exports.posting.dimensions import On
from exports.posting.findings import Findings
from exports.posting.tax_codes import TaxedLine, exceeds, percent
from integration.intacct.documents import TaxEntry
from integration.money import Money, rounded
from integration.pleo.items import ExportItem, ItemLine, ItemTax


def net_and_tax(gross: Money, rate: Decimal) -> tuple[Money, Money]:
    """Split a tax-inclusive amount into (net, tax).

    The tax is rounded half up to the minor unit and the net takes the rest, so net + tax is always exactly `gross`.

    rate: percent, as Intacct holds it on a tax detail (20 means 20 %).

    Source: Sage Intacct XML API, Tax Details, field VALUE.
    """
    tax = Money(rounded(gross.amount * rate / (100 + rate), gross.currency), gross.currency)
    return gross - tax, tax


def taxed(
    item: ExportItem,
    line: ItemLine,
    place: str,
    *,
    on: On,
    takes: Literal["none", "given", "default"],
    has_receipt: bool,
    context: PostingContext,
    findings: Findings,
) -> TaxedLine:
    """Return the net and the tax entries of `line`; problems and notes go to `findings`.

    on: what the line stands in. takes: nothing, what Pleo gives, or the default tax code where Pleo gives no tax
    (purchases; never fees). has_receipt: a receipt that can be attached is there; a default code with a rate splits
    nothing without it, and nothing of a purchase abroad.

    An entity without tax solution: gross, no tax entry, the tax in the text. Where a problem is found the line comes
    back gross, so that the rest of the item can still be read.
    """
    tax = line.tax
    if takes == "none":
        return _untaxed(line, place, context, findings)
    if tax is None:
        foreign = why_foreign(item, context)
        code, setting = _default(foreign, context)
        if takes != "default" or not code or not context.tax_solution or context.tax_method != VAT_OR_GST:
            return TaxedLine(line.amount)
        return _defaulted(line, code, setting, place, on, has_receipt, foreign, context, findings)
    if tax.type not in ("inclusive", "reverse"):
        findings.problem(
            "tax_type_not_supported",
            f"Tax code {tax.code or '(none)'} is of type {tax.type or '(none)'}, but every amount in Pleo includes its tax: "
            "Pleo does not support exclusive tax codes. Make the code inclusive in Pleo (Settings › Tax codes).",
            place=place, kind="tax code", value=tax.code,
        )  # fmt: skip
        return TaxedLine(line.amount)
    if context.tax_solution and context.tax_method != VAT_OR_GST:
        findings.problem(
            "tax_method_not_supported",
            f"{context.entity} uses {context.tax_solution}, whose method is {context.tax_method}: sales tax of the United States cannot be "
            "posted. Remove the tax code from this expense in Pleo; the whole amount is then cost.",
            place=place, kind="tax code", value=tax.code,
        )  # fmt: skip
        return TaxedLine(line.amount)
    if tax.type == "reverse":
        return reverse_charge.reversed_line(item, line, tax, place, on, context, findings)
    if not context.tax_solution:
        return TaxedLine(line.amount, text=f"incl. VAT {tax.amount}" if tax.amount else "")
    detail = _usable(tax.code, place, on, context, findings)
    if detail is None or not _figures_hold(line, tax, detail, place, findings):
        return TaxedLine(line.amount)
    return _exempted(line, TaxedLine(line.net, (TaxEntry(detail.id, tax.amount),)), place, on, context, findings)


def why_foreign(item: ExportItem, context: PostingContext) -> str:
    """Return why `item` is a purchase abroad, in words that follow "because"; "" where it is one here.

    Its supplier is in another country, or it was paid in another currency: a foreign receipt holds no local VAT. Where
    nobody knows the entity's country, every supplier with a country is abroad.
    """
    for country in (item.supplier_country, item.vendor.country if item.vendor else ""):
        if country and country != context.country:
            return f"its supplier is in {country}"
    for currency in (item.supplier_currency, item.currency):
        if currency and context.base_currency and currency != context.base_currency:
            return f"it was paid in {currency}"
    return ""


def _default(foreign: str, context: PostingContext) -> tuple[str, str]:
    """Return the default tax code of a purchase and the name of its setting."""
    if foreign and context.default_tax_code_foreign:
        return context.default_tax_code_foreign, "Default tax code for purchases abroad"
    return context.default_tax_code, "Default tax code"


def _untaxed(line: ItemLine, place: str, context: PostingContext, findings: Findings) -> TaxedLine:
    tax = line.tax.amount if line.tax else None
    if not tax:
        return TaxedLine(line.amount)
    findings.note(f"{place.capitalize()}: VAT {tax} was left out, because this kind of entry has none.")
    return TaxedLine(line.amount, beyond=-tax.amount)


def _exempted(line: ItemLine, found: TaxedLine, place: str, on: On, context: PostingContext, findings: Findings) -> TaxedLine:
    """Return `found` as an entity with partial exemption posts it: marked on a bill, by the configuration on a journal.

    Source: Sage Intacct XML API, Bills, PARTIALEXEMPT, which journal entries do not have.
    """
    tax = found.entry
    if not context.partially_exempt or not tax or not tax.amount:
        return found
    if on == "bill":
        return replace(found, partially_exempt=True)
    if context.partial_exemption_on_journals == "full":
        return found
    if context.partial_exemption_on_journals == "no_recovery":
        findings.note(f"{place.capitalize()}: VAT {tax.amount} is cost, because {context.entity} is partially exempt.")
        given = line.tax.amount.amount if line.tax else Decimal(0)
        return TaxedLine(line.amount, text=f"incl. VAT {tax.amount}", beyond=-given)
    findings.problem(
        "partial_exemption_on_journal",
        f"{context.entity} is partially exempt, and a Sage Intacct journal entry cannot hold VAT {tax.amount} of tax code {tax.detail} as "
        f"such. Choose here what is recovered (Entity configurations › {context.entity} › Taxes › Partial exemption on journals), or post "
        "card expenses as bills (› Card expenses › Method).",
        place=place, kind="tax code", value=tax.detail,
    )  # fmt: skip
    return TaxedLine(line.amount)


def _figures_hold(line: ItemLine, tax: ItemTax, detail: TaxDetail, place: str, findings: Findings) -> bool:
    """Say whether Pleo's figures can be posted under `detail`: net + tax = gross, of one sign, not above the rate."""
    if line.net + tax.amount != line.amount:
        findings.problem(
            "tax_does_not_add_up",
            f"Net {line.net} and VAT {tax.amount} do not make the line's {line.amount}. Correct the VAT of this expense in Pleo.",
            place=place, kind="tax code", value=tax.code,
        )  # fmt: skip
        return False
    if any(part.minor * line.amount.minor < 0 or (part and not line.amount) for part in (line.net, tax.amount)):
        findings.problem(
            "tax_sign",
            f"VAT {tax.amount} does not go with a line of {line.amount}. Correct the VAT of this expense in Pleo.",
            place=place, kind="tax code", value=tax.code,
        )  # fmt: skip
        return False
    return not exceeds(line.net, tax, detail, place, findings, gross=line.amount)


def _usable(code: str, place: str, on: On, context: PostingContext, findings: Findings) -> TaxDetail | None:
    """Return the tax detail Pleo's inclusive code names, or None with the problem noted."""
    detail = context.tax_details.get(code) if code else None
    fault = tax_codes.fault(code, detail, context) or tax_codes.reverse_fault(code, detail, on)
    if fault is None:
        return detail
    findings.problem(*fault, place=place, kind="tax code", value=code)
    return None


def _defaulted(
    line: ItemLine,
    code: str,
    setting: str,
    place: str,
    on: On,
    has_receipt: bool,
    foreign: str,
    context: PostingContext,
    findings: Findings,
) -> TaxedLine:
    """Return the line under a default tax code. setting: the name of the one it stands in."""
    gross = TaxedLine(line.amount)
    detail = context.tax_details.get(code)
    fault = tax_codes.fault(code, detail, context) or tax_codes.reverse_fault(code, detail, on)
    if fault is not None or detail is None:
        findings.problem(
            "default_tax_code_unusable",
            f"The {setting[0].lower()}{setting[1:]} {code} cannot be used in {context.entity}: it is {tax_codes.why(fault)}. "
            f"Choose another one here (Entity configurations › {context.entity} › Taxes › {setting}).",
            place="", kind="tax code", value=code,
        )  # fmt: skip
        return gross
    named = f"{setting[0].lower()}{setting[1:]} {code}"
    if not detail.rate:
        findings.note(f"Pleo gave no tax: {named} was used, with no VAT.")
        return TaxedLine(line.amount, (TaxEntry(detail.id, Money.zero(line.amount.currency)),))
    if foreign:
        findings.note(f"Pleo gave no tax, and {named} ({percent(detail.rate)}) does not split it, because {foreign}: posted without VAT.")
        return gross
    if not context.default_tax_splits_gross:
        findings.note(f"Pleo gave no tax, and {named} ({percent(detail.rate)}) may not split it: posted without VAT.")
        return gross
    if not has_receipt:
        findings.note(f"Pleo gave no tax, and there is no receipt to split the amount by {named}: posted without VAT.")
        return gross
    net, tax = net_and_tax(line.amount, detail.rate)
    findings.note(f"Pleo gave no tax: {named} ({percent(detail.rate)}) split {line.amount} into {net} and VAT {tax}.")
    return _exempted(line, TaxedLine(net, (TaxEntry(detail.id, tax),), beyond=tax.amount), place, on, context, findings)
