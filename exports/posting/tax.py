"""The tax of a line: what Pleo says is checked and kept, never computed again.

Source: reference/posting-examples.md 1.3; Sage Intacct XML API, Journal Entries, TAXENTRIES.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exports.posting.context import PostingContext, TaxDetail
from exports.posting.findings import Findings
from integration.intacct.documents import TaxEntry
from integration.money import Money, minor_units, rounded
from integration.pleo.items import ItemLine, ItemTax

# How much more tax than net x rate is still taken for rounding on a receipt with several rows.
TOLERANCE = Decimal("0.05")

_CODES = "Taxes › Tax details"
_IN_PLEO = "Choose another tax code for this expense in Pleo"


@dataclass(frozen=True, slots=True)
class TaxedLine:
    """A line's gross, taken apart: `net` plus the amount of `entry` is always exactly the gross, with its sign.

    text: what the line's description has to say about tax; "" where the tax entry says it.
    """

    net: Money
    entry: TaxEntry | None = None
    text: str = ""


def net_and_tax(gross: Money, rate: Decimal) -> tuple[Money, Money]:
    """Split a tax-inclusive amount into (net, tax).

    The tax is rounded half up to the minor unit and the net takes the rest, so net + tax is always exactly `gross`.

    rate: percent, as Intacct holds it on a tax detail (20 means 20 %).

    Source: Sage Intacct XML API, Tax Details, field VALUE.
    """
    tax = Money(rounded(gross.amount * rate / (100 + rate), gross.currency), gross.currency)
    return gross - tax, tax


def most_tax(net: Money, rate: Decimal) -> Decimal:
    """Return the largest tax, without sign, that `rate` (percent) explains on `net`.

    A zero rate explains none. Else five hundredths are allowed for rounding, or one minor unit where that is more
    (10 % of JPY 909 is 90.9; a receipt says 91).
    """
    if not rate:
        return Decimal(0)
    return abs(net.amount) * rate / 100 + max(TOLERANCE, Decimal(1).scaleb(-minor_units(net.currency)))


def taxed(line: ItemLine, place: str, *, takes_default: bool, has_receipt: bool, context: PostingContext, findings: Findings) -> TaxedLine:
    """Return the net and the tax entry of `line` for a journal line; problems and notes go to `findings`.

    takes_default: the default tax code stands in where Pleo gives no tax (purchases; never fees).
    has_receipt: a receipt that can be attached is there; a default code with a rate splits nothing without it.

    An entity without tax solution: gross, no tax entry, the tax in the text. Where a problem is found the line comes
    back gross, so that the rest of the item can still be read.
    """
    gross = TaxedLine(line.amount)
    if line.tax is None:
        return _defaulted(line, place, has_receipt, context, findings) if takes_default and context.default_tax_code else gross
    if line.tax.type == "reverse":
        findings.problem(
            "reverse_charge_on_journal",
            f"Tax code {line.tax.code or '(none)'} is a reverse charge, which a Sage Intacct journal entry cannot hold. Choose another "
            "tax code for this expense in Pleo, or post it by hand in Sage Intacct as a bill (Accounts Payable › Bills).",
            place=place, kind="tax code", value=line.tax.code,
        )  # fmt: skip
        return gross
    if line.tax.type != "inclusive":
        findings.problem(
            "tax_type_not_supported",
            f"Tax code {line.tax.code or '(none)'} is of type {line.tax.type or '(none)'}, but every amount in Pleo includes its tax: "
            "Pleo does not support exclusive tax codes. Make the code inclusive in Pleo (Settings › Tax codes).",
            place=place, kind="tax code", value=line.tax.code,
        )  # fmt: skip
        return gross
    if not context.tax_solution:
        return TaxedLine(line.amount, text=f"incl. VAT {line.tax.amount}" if line.tax.amount else "")
    detail = _usable(line.tax.code, place, context, findings)
    if detail is None or not _figures_hold(line, line.tax, detail, place, findings):
        return gross
    return TaxedLine(line.net, TaxEntry(detail.id, line.tax.amount))


def _figures_hold(line: ItemLine, tax: ItemTax, detail: TaxDetail, place: str, findings: Findings) -> bool:
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
    if abs(tax.amount.amount) > most_tax(line.net, detail.rate):
        findings.problem(
            "tax_exceeds_rate",
            f"VAT {tax.amount} is more than tax code {detail.id} ({_percent(detail.rate)}) allows on {line.net} net. "
            "Correct the VAT, or choose another tax code, for this expense in Pleo.",
            place=place, kind="tax code", value=detail.id,
        )  # fmt: skip
        return False
    return True


def _usable(code: str, place: str, context: PostingContext, findings: Findings) -> TaxDetail | None:
    """Return the tax detail Pleo's code names, or None with the problem noted.

    Codes are compared exactly, capitals and blanks included: they were published from Intacct as they are, and two
    details of one company may differ in nothing but a capital.
    """
    detail = context.tax_details.get(code) if code else None
    fault = _fault(code, detail, context)
    if fault is None:
        return detail
    problem, sentence = fault
    findings.problem(problem, sentence, place=place, kind="tax code", value=code)
    return None


def _fault(code: str, detail: TaxDetail | None, context: PostingContext) -> tuple[str, str] | None:
    if not code:
        return "tax_code_missing", f"The tax of this line has no tax code. {_IN_PLEO}."
    if detail is None:
        return (
            "tax_code_unknown",
            f"Tax code {code} does not exist in Sage Intacct. {_IN_PLEO}, or create it in Sage Intacct ({_CODES}) and sync.",
        )
    if not detail.active:
        return "tax_code_inactive", f"Tax code {code} is not active in Sage Intacct. {_IN_PLEO}, or activate it ({_CODES})."
    if detail.solution != context.tax_solution:
        return (
            "tax_code_other_solution",
            f"Tax code {code} belongs to {detail.solution or 'no tax solution'}, but {context.entity} uses {context.tax_solution}. "
            f"{_IN_PLEO}.",
        )
    if detail.reverse_charge or detail.rate < 0:
        return (
            "reverse_charge_on_journal",
            f"Tax code {code} is a reverse charge, which a Sage Intacct journal entry cannot hold. {_IN_PLEO}, or post it by hand in "
            "Sage Intacct as a bill (Accounts Payable › Bills).",
        )
    if not detail.purchase:
        return "tax_code_for_sales", f"Tax code {code} is for sales and cannot stand on an expense. {_IN_PLEO}."
    return None


def _defaulted(line: ItemLine, place: str, has_receipt: bool, context: PostingContext, findings: Findings) -> TaxedLine:
    gross = TaxedLine(line.amount)
    if not context.tax_solution:
        return gross
    code = context.default_tax_code
    detail = context.tax_details.get(code)
    fault = _fault(code, detail, context)
    if fault is not None or detail is None:
        findings.problem(
            "default_tax_code_unusable",
            f"The default tax code {code} cannot be used in {context.entity}: it is {_why(fault)}. "
            f"Choose another one here (Entity configurations › {context.entity} › Taxes › Default tax code).",
            place="", kind="tax code", value=code,
        )  # fmt: skip
        return gross
    if not detail.rate:
        findings.note(f"Pleo gave no tax: default tax code {code} was used, with no VAT.")
        return TaxedLine(line.amount, TaxEntry(code, Money.zero(line.amount.currency)))
    if not context.default_tax_splits_gross:
        findings.note(f"Pleo gave no tax, and default tax code {code} ({_percent(detail.rate)}) may not split it: posted without VAT.")
        return gross
    if not has_receipt:
        findings.note(f"Pleo gave no tax, and there is no receipt to split the amount by default tax code {code}: posted without VAT.")
        return gross
    net, tax = net_and_tax(line.amount, detail.rate)
    findings.note(f"Pleo gave no tax: default tax code {code} ({_percent(detail.rate)}) split {line.amount} into {net} and VAT {tax}.")
    return TaxedLine(net, TaxEntry(code, tax))


_WHY = {
    "tax_code_unknown": "unknown in Sage Intacct",
    "tax_code_inactive": "not active in Sage Intacct",
    "tax_code_other_solution": "a code of another tax solution",
    "reverse_charge_on_journal": "a reverse charge",
    "tax_code_for_sales": "a code for sales",
}


def _why(fault: tuple[str, str] | None) -> str:
    return _WHY[fault[0]] if fault else "unknown in Sage Intacct"


def _percent(rate: Decimal) -> str:
    return f"{rate.normalize():f} %"
