"""The taxes of a bill: which entries a line may have, and what they come to."""

from __future__ import annotations

from decimal import Decimal

from integration.sandbox.books import Row
from integration.sandbox.intacct.bill_form import Bill, BillLine
from integration.sandbox.intacct.objects import find_visible, true
from integration.sandbox.intacct.references import References, cents

# Source: docs/reference/intacct/05-writes.md, section 5.1.
# Several tax entries a line in AU and GB; exactly one in ZA; other countries are not documented.
_SEVERAL = ("United Kingdom", "Australia")
_HUNDRED = Decimal(100)


def check_taxes(bill: Bill, check: References, home: Row) -> None:
    """Note what is wrong, and work out net and taxes of every line. `check.details` gets the rows of the details."""
    solution = home.get("TAXSOLUTIONID", "")
    given = bill.values.get("TAXSOLUTIONID")
    taxed = [line for line in bill.lines if line.taxes]
    entity = check.entity or "(top level)"
    if given and check.context.entity:
        check.note("tax_solution_in_entity")
    if not solution:
        for line in taxed:
            check.note("tax_no_solution", entity=entity, field="TAXENTRIES", where=line.where)
        if bill.inclusive or given:
            check.note("tax_no_solution", entity=entity, field="INCLUSIVETAX" if bill.inclusive else "TAXSOLUTIONID")
    elif given and given != solution:
        check.note("tax_solution", value=given)
    if solution and taxed:
        check.tax_solution(solution, given)
    for line in bill.lines:
        if solution:
            _details(line, check, solution)
        if line.partial:
            _partial(line, check, home)
    if not check.form.problems:
        for line in bill.lines:
            _amounts(line, check, inclusive=bill.inclusive)


def reverse(check: References, detail: str) -> bool:
    return true(check.details[detail].get("REVERSECHARGE"))


def _details(line: BillLine, check: References, solution: str) -> None:
    if len(line.taxes) > 1 and not solution.startswith(_SEVERAL):
        check.note("tax_entries_one", solution=solution, count=len(line.taxes), where=line.where)
    if len({tax.detail for tax in line.taxes}) < len(line.taxes):
        check.note("tax_twice", where=line.where)
    good = []
    for tax in line.taxes:
        row = find_visible(check.books, "TAXDETAIL", tax.detail, check.entity) if tax.detail else None
        why = check.tax_detail(row, solution, "Purchase")
        if why or row is None:
            check.note("tax_detail", value=tax.detail, where=line.where, why=why)
        else:
            check.details[tax.detail] = row
            good.append(row)
    if len(good) == len(line.taxes) and any(true(row.get("REVERSECHARGE")) for row in good):
        values = sorted(Decimal(row.get("VALUE") or 0) for row in good)
        pair = len(good) == 2 and all(true(row.get("REVERSECHARGE")) for row in good)
        if not pair or values[0] >= 0 or values[0] != -values[1]:
            check.note("reverse_pair", where=line.where)


def _partial(line: BillLine, check: References, home: Row) -> None:
    if not str(home.get("TAXSOLUTIONID", "")).startswith("United Kingdom") or not true(home.get("PARTIALEXEMPT")):
        check.note("partial_exempt", entity=check.entity, where=line.where)
    elif any(reverse(check, tax.detail) for tax in line.taxes if tax.detail in check.details):
        check.note("partial_reverse", where=line.where)
    elif not line.taxes:
        check.note("partial_untaxed", where=line.where)


def _amounts(line: BillLine, check: References, *, inclusive: bool) -> None:
    """Without TRX_TAX the tax follows from the rate; in gross lines the net is what the taxes leave.

    Which of both wins where a gross line states its TRX_TAX is not documented: here the stated tax does.
    """
    rates = {tax.detail: Decimal(check.details[tax.detail].get("VALUE") or 0) for tax in line.taxes}
    if inclusive:
        gross = line.gross or Decimal(0)
        on_top = sum((rates[tax.detail] for tax in line.taxes if tax.given is None), Decimal(0))
        stated = sum((tax.given for tax in line.taxes if tax.given is not None), Decimal(0))
        net = cents((gross - stated) * _HUNDRED / (_HUNDRED + on_top))
    else:
        net = line.amount
    for tax in line.taxes:
        tax.amount = cents(net * rates[tax.detail] / _HUNDRED) if tax.given is None else tax.given
    total = sum((tax.amount for tax in line.taxes), Decimal(0))
    if inclusive:  # what rounding leaves stays with the net
        net = (line.gross or Decimal(0)) - total
    elif line.gross is not None and line.gross != net + total:
        check.note("gross_differs", given=line.gross, sum=net + total, where=line.where)
    line.amount = net
    for tax in line.taxes:
        expected = net * (-1 if rates[tax.detail] < 0 else 1)
        if tax.amount * expected < 0 or (tax.amount and not rates[tax.detail]):
            check.note("tax_amount", value=tax.amount, detail=tax.detail, where=line.where)
    if line.taxes and reverse(check, line.taxes[0].detail) and total:
        check.note("reverse_sum", sum=total, where=line.where)
