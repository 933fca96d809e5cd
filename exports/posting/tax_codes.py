"""Which tax codes a line may carry, and how much tax they explain."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exports.posting.context import PostingContext, TaxDetail
from exports.posting.dimensions import On
from exports.posting.findings import Findings
from integration.intacct.documents import TaxEntry
from integration.money import Money, minor_units, rounded
from integration.pleo.items import ItemTax

# How much more tax than net x rate is still taken for rounding on a receipt with several rows.
TOLERANCE = Decimal("0.05")

_CODES = "Taxes › Tax details"
_IN_PLEO = "Choose another tax code for this expense in Pleo"
_BY_BILL = "post it by hand in Sage Intacct as a bill (Accounts Payable › Bills)"


@dataclass(frozen=True, slots=True)
class OwnTax:
    """A reverse charge posted by ourselves: `amount` on the input account, the same on the output account's other side."""

    input_account: str
    output_account: str
    amount: Money


@dataclass(frozen=True, slots=True)
class TaxedLine:
    """A line's gross, taken apart: `net` plus the amounts of `entries` is always exactly the gross, with its sign.

    entries: none, one, or on a bill the two of a reverse charge. text: what the line's description has to say about tax;
    "" where the entries say it. beyond: the tax posted less the tax Pleo gave: of the default tax code, worked out
    where Pleo gave zero, or negative where tax became cost. own: on a journal entry, a reverse charge without tax solution.
    """

    net: Money
    entries: tuple[TaxEntry, ...] = ()
    text: str = ""
    beyond: Decimal = Decimal(0)
    partially_exempt: bool = False
    own: OwnTax | None = None

    @property
    def entry(self) -> TaxEntry | None:
        return self.entries[0] if self.entries else None


def most_tax(net: Money, rate: Decimal, gross: Money | None = None) -> Decimal:
    """Return the largest tax, without sign, that `rate` (percent) explains on `net`, as a part of `gross` where that is given.

    A zero rate explains none. Else five hundredths are allowed for rounding, or one minor unit where that is more
    (10 % of JPY 909 is 90.9; a receipt says 91), but never more than the rate of the whole gross: of a few pence the
    allowance for rounding would be all.
    """
    if not rate:
        return Decimal(0)
    most = abs(net.amount) * rate / 100 + max(TOLERANCE, Decimal(1).scaleb(-minor_units(net.currency)))
    return most if gross is None else min(most, rounded(abs(gross.amount) * rate / 100, gross.currency))


def exceeds(net: Money, tax: ItemTax, detail: TaxDetail, place: str, findings: Findings, *, gross: Money | None = None) -> bool:
    """Say whether the tax is more than the code's rate explains on `net`, and note that problem.

    gross: net plus tax, where the tax is a part of the amount.
    """
    if abs(tax.amount.amount) <= most_tax(net, detail.rate, gross):
        return False
    findings.problem(
        "tax_exceeds_rate",
        f"VAT {tax.amount} is more than tax code {detail.id} ({percent(detail.rate)}) allows on {net} net. "
        "Correct the VAT, or choose another tax code, for this expense in Pleo.",
        place=place, kind="tax code", value=detail.id,
    )  # fmt: skip
    return True


def fault(code: str, detail: TaxDetail | None, context: PostingContext) -> tuple[str, str] | None:
    """Return (code of the problem, sentence) for a tax code that no purchase may carry here; None where it may.

    Codes are compared with their capitals, without blanks around them: two details of one company may differ in nothing
    but a capital.
    """
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
    if not detail.purchase and not detail.reverse_charge:
        return "tax_code_for_sales", f"Tax code {code} is for sales and cannot stand on an expense. {_IN_PLEO}."
    return None


def reverse_fault(code: str, detail: TaxDetail | None, on: On) -> tuple[str, str] | None:
    """Return the fault of a reverse charge that Pleo calls inclusive; None for any other code."""
    if detail is None or not (detail.reverse_charge or detail.rate < 0):
        return None
    if on == "journal":
        return reverse_on_journal(code)
    return (
        "reverse_charge_as_inclusive",
        f"Tax code {code} is a reverse charge in Sage Intacct, but included in the amount in Pleo. Make it a reverse code in Pleo "
        "(Settings › Tax codes), or choose another one for this expense.",
    )


def reverse_on_journal(code: str, why: str = "") -> tuple[str, str]:
    """Return the fault of a reverse charge in a journal entry. why: what about this item adds to it, as a sentence."""
    return (
        "reverse_charge_on_journal",
        f"Tax code {code or '(none)'} is a reverse charge, which a Sage Intacct journal entry cannot hold. {why}{_IN_PLEO}, or {_BY_BILL}.",
    )


_WHY = {
    "tax_code_unknown": "unknown in Sage Intacct",
    "tax_code_inactive": "not active in Sage Intacct",
    "tax_code_other_solution": "a code of another tax solution",
    "reverse_charge_on_journal": "a reverse charge",
    "reverse_charge_as_inclusive": "a reverse charge",
    "tax_code_for_sales": "a code for sales",
}


def why(fault: tuple[str, str] | None) -> str:
    """Say a fault in a few words, for a code that is not on the item."""
    return _WHY[fault[0]] if fault else "unknown in Sage Intacct"


def percent(rate: Decimal) -> str:
    return f"{rate.normalize():f} %"
