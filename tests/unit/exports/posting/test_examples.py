"""The worked examples of docs/posting-rules.md are what the rules make."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.exports.posting.company_kit import REDUCED, STANDARD, ZERO
from tests.unit.exports.posting.posting_kit import context, entry, item, line

RULES = Path(__file__).parents[4] / "docs" / "posting-rules.md"
TO_EMPLOYEE, REFUND, TO_COMPANY = ("reimbursement_to_" + end for end in ("employee", "employee_refund", "company"))


def posting(of):
    """One posting as the page writes it: debits first; after each line the tax that Sage Intacct adds for it."""
    said = []
    sure = context(confirmed_directions={(of.type, of.sub_type, sign) for sign in (1, -1)})
    for each in entry(of, sure).lines:
        side, employee = "Dr" if each.side == "debit" else "Cr", {value.value for value in each.dimensions} & {"E-17"}
        currency = f"{each.amount.currency} " if each.amount.currency != "GBP" else ""
        said.append(f"{side} {each.account} {currency}{each.amount.amount:,}" + (" (E-17)" if employee else ""))
        if each.tax and each.tax.amount:
            said.append(f"{side} 2200 {currency}{each.tax.amount.amount:,}")
    return ", ".join(sorted(said, key=lambda each: each.startswith("Cr")))


EMPLOYEE = {"employee_code": "E-17"}
EXAMPLES = [
    ("Taxi £120.00", item(line(12000, tax=2000))),
    ("A discount inside", item(line(5000), line(-500))),
    ("Fee £5.00", item(line(500, "7900"), type="fee")),
    ("Refund or chargeback £48.00", item(line(-4800, tax=-800), type="refund")),
    ("Refund or chargeback £48.00", item(line(-4800, tax=-800), type="chargeback")),
    ("Hotel £240.00", item(line(24000, tax=4000), type="out_of_pocket", **EMPLOYEE)),
    ("Mileage £45.00", item(line(4500, "6150", tax=250), type="mileage", **EMPLOYEE)),
    ("Mileage £45.00", item(line(3000, "6300", tax=500), type="per_diem")),
    ("Payout £285.00", item(line(28500), type="direct_reimbursement", sub_type=TO_EMPLOYEE, **EMPLOYEE)),
    ("Payout £285.00", item(line(-28500), type="direct_reimbursement", sub_type=REFUND, **EMPLOYEE)),
    ("Employee pays in", item(line(-2000), type="direct_reimbursement", sub_type=TO_COMPANY, **EMPLOYEE)),
    ("Paid by payroll", item(line(28500), type="external_reimbursement", **EMPLOYEE)),
    ("Top-up £1,000.00", item(line(-100000), type="wallet_topup")),
    ("Supplier charged $100.00", item(line(7940), supplier_amount=("USD", 10000))),
    ("Euro wallet", item(line(11900, currency="EUR"), currency="EUR")),
    ("the same with 20 % VAT", item(line(12000, tax=2000, currency="EUR"), currency="EUR")),
]


@pytest.mark.parametrize(("example", "of"), EXAMPLES, ids=lambda value: value if isinstance(value, str) else value.type)
def test_says_what_is_posted(example, of):
    (row,) = [row for row in RULES.read_text().splitlines() if row.startswith("|") and example in row]

    assert posting(of) in row.replace("; ", ", "), posting(of)


def test_says_how_mixed_rates_are_split():
    split = item(line(9600, tax=1600), line(4200, tax=200, code=REDUCED, rate="0.05"), line(1200, tax=0, code=ZERO, rate="0"))

    taxed = [(str(each.amount.amount), str(each.tax.amount.amount)) for each in entry(split).lines if each.tax]

    assert f"Dr {', Dr '.join(f'{net} + {tax}' for net, tax in taxed)}, Cr 1050 150.00" in RULES.read_text()


def test_says_that_each_part_of_a_foreign_split_has_its_balance_line():
    split = item(*(line(minor, currency="EUR") for minor in (3333, 3333, 5234)), currency="EUR")

    lines = [(each.account, str(each.amount.amount)) for each in entry(split).lines]

    assert lines == [(account, amount) for account in ("6100", "1051") for amount in ("33.33", "33.33", "52.34")]
    assert "€33.33 + €33.33 + €52.34 | one line on 6100 and one on 1051 for each" in RULES.read_text()


def test_says_that_the_receipt_wins_over_the_rate():
    (main, _) = entry(item(line(9999, tax=1666, code=STANDARD))).lines

    assert f"{main.amount.amount} + {main.tax.amount.amount}: the receipt wins" in RULES.read_text()
