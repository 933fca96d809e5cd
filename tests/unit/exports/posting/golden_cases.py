"""What the golden files show: every kind in every way it can be posted, the worked examples, and what is special."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from exports.posting.context import PostingContext, RecordFacts
from tests.unit.exports.posting.posting_kit import (
    CONTEXT,
    PAYABLES,
    REDUCED,
    REVERSE,
    STANDARD,
    ZERO,
    context,
    held,
    invoice,
    line,
    payables,
    raw_item,
    receipt,
)

INVOICE = {"invoiceNumber": "INV-4711", "invoiceDate": "2026-02-20T00:00:00Z", "dueDate": "2026-03-22T00:00:00Z", "status": "paid"}


@dataclass(frozen=True)
class Case:
    """name: of the files. file: of the item's, where several cases share one."""

    name: str
    item: dict[str, Any]
    context: PostingContext = CONTEXT
    record: RecordFacts = field(default_factory=RecordFacts)
    file: str = ""

    @property
    def item_file(self) -> str:
        return self.file or self.name


def hotel(**more: Any) -> dict[str, Any]:
    return raw_item(line(24000, tax=4000), type="out_of_pocket", merchant="Hilton", note="Two nights", employee_code="E-17", **more)


# Kind, sub type, account, whether it can have tax, the sign Pleo gives it.
KINDS: list[tuple[str, str | None, str, bool, int]] = [
    ("card_purchase", None, "6100", True, 1),
    ("card_invoice", None, "6200", True, 1),
    ("fee", None, "7900", True, 1),
    ("refund", None, "6100", True, -1),
    ("chargeback", None, "6100", True, -1),
    ("cashback", None, "7900", False, -1),
    ("out_of_pocket", None, "6100", True, 1),
    ("mileage", None, "6150", True, 1),
    ("per_diem", None, "6300", False, 1),
    ("direct_reimbursement", None, "", False, 1),
    ("direct_reimbursement", "reimbursement_to_employee_refund", "", False, -1),
    ("direct_reimbursement", "reimbursement_to_company", "", False, -1),
    ("external_reimbursement", None, "", False, 1),
    ("atm_withdrawal", None, "", False, 1),
    ("personal_spend", None, "", False, 1),
    ("invoice", None, "6200", True, 1),
    ("invoice_payment", None, "", False, 1),
    ("wallet_topup", None, "", False, -1),
    ("wallet_unload", None, "", False, 1),
]
# Kinds that the method of the configuration changes; all others are the same with both.
BY_METHOD = ("card_purchase", "card_invoice", "refund", "chargeback")
WITH_INVOICE = ("card_invoice", "invoice", "invoice_payment")


def every_way() -> Iterator[Case]:
    """Each kind with and without tax, in the base currency and another one, by both methods."""
    for (kind, sub_type, account, taxable, sign), currency in itertools.product(KINDS, ("GBP", "EUR")):
        for taxed in (False, True) if taxable else (False,):
            amounts = {"minor": sign * 12000, "tax": sign * 2000 if taxed else None}
            fields: dict[str, Any] = {"type": kind, "sub_type": sub_type, "currency": currency, "merchant": "Trainline", "note": None}
            if kind in WITH_INVOICE:
                fields["invoice"] = invoice()
            raw = raw_item(line(**amounts, account=account or None, currency=currency), employee_code="E-17", **fields)
            record = RecordFacts(bills=(held(12000, currency=currency),)) if kind == "invoice_payment" else RecordFacts()
            name = "-".join((sub_type or kind, "vat" if taxed else "plain", currency.lower()))
            if kind in BY_METHOD:
                yield Case(f"{name}.journal", raw, CONTEXT, record, file=name)
                yield Case(f"{name}.payables", raw, PAYABLES, record, file=name)
            else:
                yield Case(name, raw, CONTEXT, record)


def examples() -> Iterator[Case]:
    """The numbers of docs/reference/posting-examples.md, section 1.5, one by one."""
    reverse = line(10000, "6200", tax=2000, code=REVERSE, tax_type="reverse", tax_accounts=("2200", "2201"))
    split = (
        line(9600, "6300", tax=1600),
        line(4200, "6400", tax=200, code=REDUCED, rate="0.05"),
        line(1200, "6500", tax=0, code=ZERO, rate="0"),
    )
    owner: dict[str, Any] = {"employee_code": "E-17", "merchant": None, "note": None}
    supply: dict[str, Any] = {"merchant": "Adobe", "note": None, "vendor": {"id": "v", "name": "Adobe", "code": "V-100"}}
    bill = raw_item(line(120000, "6200", tax=20000), type="invoice", invoice=invoice(), **supply)
    yield from both_methods("example-1", raw_item(line(12000, tax=2000)))
    yield from both_methods("example-1-cents", raw_item(line(9999, tax=1666)))
    yield from both_methods("example-2", raw_item(*split))
    yield Case("example-3.payables", raw_item(reverse, **supply), PAYABLES, file="example-3")
    yield Case("example-3.bill", raw_item(reverse, **supply), context(reverse_charge_on_journals="bill"), file="example-3")
    own = context(reverse_charge_on_journals="accounts", tax_solution="")
    yield Case("example-3.accounts", raw_item(reverse, **supply), own, file="example-3")
    yield Case("example-4a", raw_item(line(7940), supplier_amount=("USD", 10000)))
    yield from both_methods("example-4b", raw_item(line(11900, currency="EUR"), currency="EUR"))
    yield from both_methods("example-4c", raw_item(*(line(minor, currency="EUR") for minor in (3333, 3333, 5234)), currency="EUR"))
    yield from both_methods("example-5", raw_item(line(-4800, tax=-800), type="refund"))
    yield Case("example-6-hotel", raw_item(line(24000, tax=4000), type="out_of_pocket", **owner | {"merchant": "Hilton"}))
    yield Case("example-6-mileage", raw_item(line(4500, "6150", tax=250), type="mileage", **owner))
    yield Case("example-6-payout", raw_item(line(28500, None), type="direct_reimbursement", **owner))
    back = "reimbursement_to_employee_refund"
    yield Case("example-6-payout-returned", raw_item(line(-28500, None), type="direct_reimbursement", sub_type=back, **owner))
    yield Case("example-7", raw_item(line(28500, None), type="external_reimbursement", **owner))
    yield Case("example-8-bill", bill)
    paid = raw_item(line(120000, None), type="invoice_payment", invoice=invoice(), **supply)
    yield Case("example-8-payment", paid, record=RecordFacts(bills=(held(),)))
    closed = context(open_from=date(2026, 3, 1), closed_period="first_open_day")
    yield Case("example-8-closed.override", bill, replace(closed, own_posting_date=True), file="example-8-bill")
    yield Case("example-8-closed.without", bill, replace(closed, own_posting_date=False), file="example-8-bill")


def both_methods(name: str, raw: dict[str, Any], **changes: Any) -> Iterator[Case]:
    yield Case(f"{name}.journal", raw, context(**changes), file=name)
    yield Case(f"{name}.payables", raw, payables(**changes), file=name)


def specials() -> Iterator[Case]:
    """What only happens with some settings, or with some items."""
    purchase = raw_item(line(12000, tax=2000))
    tagged = raw_item(line(12000, tax=2000, tags={"location": "london", "department": "200", "project": "P-1", "cost_centre": "events"}))
    receipts = RecordFacts(receipts=(receipt(1, "a"), receipt(2, "b", "png")))
    no_solution = {"tax_solution": ""}
    yield Case("bill-leave_open", purchase, payables(card=replace(PAYABLES.card, settlement="leave_open")))
    yield Case("bill-draft", purchase, payables(draft=True))
    yield Case("bill-receipts", purchase, PAYABLES, receipts)
    yield Case("bill-dimensions", tagged, PAYABLES)
    by_tag = line(12000, tax=2000, tags={"VENDOR": "V-200"})
    yield Case("bill-vendor_by_tag", raw_item(by_tag, vendor={"id": "v", "name": "Trainline", "code": "V-100"}), PAYABLES)
    yield Case("bill-vendor_of_supplier", raw_item(line(12000, tax=2000), supplier_code="V-100"), PAYABLES)
    yield from both_methods("card_purchase-last_evening_of_march", raw_item(line(12000), date="2026-03-31T23:30:00Z"))
    yield Case("bill-discount", raw_item(line(12000, tax=2000), line(-2400, "6200", tax=-400)), PAYABLES)
    yield Case("bill-entity_without_tax", purchase, payables(**no_solution))
    yield Case(
        "bill-default_code-splits_gross", raw_item(line(1000)), payables(default_tax_code=STANDARD, default_tax_splits_gross=True), receipts
    )
    yield Case("bill-moved_date", purchase, payables(open_from=date(2026, 4, 1), closed_period="first_open_day"))
    yield Case("bill-cash_closed", purchase, payables(cash_open_from=date(2026, 4, 1), closed_period="today"))
    yield Case("bill-united_states-named_summary", raw_item(), payables(in_united_states=True, user_names_summaries=True, **no_solution))
    yield Case("bill-account_labels", purchase, payables(account_labels={"6100": "Travel & hotels"}))
    yield Case("bill-hostile_texts", raw_item(line(100, name="]]> <b>"), merchant="\x00Café & <Ltd>", note="long note " * 400), PAYABLES)
    yield from both_methods("partial_exemption-full", purchase, partially_exempt=True, partial_exemption_on_journals="full")
    yield Case("partial_exemption-no_recovery", purchase, context(partially_exempt=True, partial_exemption_on_journals="no_recovery"))
    yield Case("card_purchase-came_back", raw_item(line(-12000, tax=-2000)), payables(confirmed_directions={("card_purchase", "", -1)}))
    yield Case("refund-written_positive", raw_item(line(4800, tax=800), type="refund"), context(confirmed_directions={("refund", "", 1)}))
    yield Case("refund-reverse-accounts", raw_item(
        line(-10000, tax=-2000, tax_type="reverse", tax_accounts=("2200", "2201")), type="refund"
    ), context(reverse_charge_on_journals="accounts", **no_solution))  # fmt: skip
    owed_by = context(reimbursements=replace(CONTEXT.reimbursements, employee_receivable_account="2055"))
    yield from both_methods("company_of_one_currency", purchase, multi_currency=False)
    foreign = raw_item(line(-9600, "6300", tax=-1600, currency="EUR"), line(1200, "6500", tax=0, code=ZERO, rate="0", currency="EUR"),
                       type="refund", currency="EUR")  # fmt: skip
    yield Case("refund-wallet_eur-split", foreign)
    yield Case("per_diem-tax_left_out", raw_item(line(3000, "6300", tax=500), type="per_diem", employee_code="E-17"))
    yield Case("cashback-tax_left_out", raw_item(line(-3000, "7900", tax=-500), type="cashback"))
    paid_before = {"type": "card_invoice", "invoice": invoice(invoiceDate="2026-04-02"), "date": "2026-03-30T12:00:00Z"}
    yield from both_methods("card_invoice-paid_before_its_date", raw_item(line(12000, "6200", tax=2000), **paid_before))
    yield Case("atm_withdrawal-owed_by", raw_item(line(5000, None), type="atm_withdrawal", sub_type="atm", employee_code="E-17"), owed_by)


SINGLE = [
    Case("card_purchase-vat-20", raw_item(line(12000, tax=2000))),
    Case("card_purchase-receipt_vat_wins", raw_item(line(9999, tax=1666))),
    Case(
        "card_purchase-split-mixed_rates",
        raw_item(
            line(9600, "6300", tax=1600, tags={"DEPARTMENT": "200"}),
            line(4200, "6400", tax=200, code=REDUCED, rate="0.05", tags={"DEPARTMENT": "300"}),
            line(1200, "6500", tax=0, code=ZERO, rate="0"),
            merchant="Costco",
            note="Away day",
        ),
    ),
    Case("card_purchase-no_tax", raw_item(line(12000))),
    Case("card_purchase-default_code-zero_rate", raw_item(line(12000)), context(default_tax_code=ZERO)),
    Case(
        "card_purchase-default_code-splits_gross",
        raw_item(line(1000)),
        context(default_tax_code=STANDARD, default_tax_splits_gross=True),
        RecordFacts(receipts=(receipt(),)),
    ),
    Case("card_purchase-entity_without_tax", raw_item(line(12000, tax=2000)), context(tax_solution="")),
    Case("card_purchase-supplier_currency", raw_item(line(7940), supplier_amount=("USD", 10000))),
    Case("card_purchase-wallet_eur", raw_item(line(11900, currency="EUR"), currency="EUR")),
    Case(
        "card_purchase-wallet_eur-split",
        raw_item(*(line(minor, currency="EUR") for minor in (3333, 3333, 5234)), currency="EUR"),
    ),
    Case("card_purchase-wallet_jpy", raw_item(line(1000, currency="JPY"), currency="JPY")),
    Case("card_purchase-discount", raw_item(line(12000, tax=2000), line(-2400, "6200", tax=-400))),
    Case("card_purchase-total_zero", raw_item(line(1000, tags={"DEPARTMENT": "200"}), line(-1000, tags={"DEPARTMENT": "300"}))),
    Case(
        "card_purchase-dimensions",
        raw_item(line(12000, tax=2000, tags={"location": "london", "project": "P-1", "cost_centre": "events", "vendor": "v-100"})),
    ),
    Case(
        "card_purchase-offset_per_line",
        raw_item(line(10000, tags={"DEPARTMENT": "200"}), line(2000, "6200", tags={"DEPARTMENT": "300"})),
        context(offset_per_line=True),
    ),
    Case("card_purchase-two_receipts", raw_item(), record=RecordFacts(receipts=(receipt(1, "a"), receipt(2, "b", "png")))),
    Case("card_purchase-moved_date", raw_item(), context(open_from=date(2026, 4, 1), closed_period="first_open_day")),
    Case("card_purchase-draft", raw_item(), context(draft=True)),
    Case(
        "card_purchase-hostile_texts",
        raw_item(
            line(100, name="]]> <b>"),
            merchant="\x00Café ☕️ & Söhne <Ltd>",
            note="\ud800" + "long note " * 400,
            employee="\u202eevil",
            attendees=["Grace", "  "],
            book_id="BOOK-" + "9" * 40,
        ),
    ),
    Case("card_invoice-vat-20", raw_item(line(120000, "6200", tax=20000), type="card_invoice", invoice=INVOICE)),
    Case("fee", raw_item(line(500, "7900"), type="fee", merchant="Pleo", note="Subscription", employee=None)),
    Case(
        "fee-interest-vat", raw_item(line(1200, "7900", tax=200), type="fee", sub_type="interest", merchant=None, note=None, employee=None)
    ),
    Case("out_of_pocket-vat-20", hotel()),
    Case(
        "out_of_pocket-own_vat_vendor-unknown_employee",
        {**hotel(), "user": {"id": "u", "name": "Ada Byron", "code": "E-99"}},
        context(reimbursements=replace(CONTEXT.reimbursements, vat_vendor="V-200")),
    ),
    Case("out_of_pocket-wallet_eur", raw_item(line(4500, currency="EUR"), type="out_of_pocket", currency="EUR", employee_code="E-17")),
]

CASES = [*SINGLE, *every_way(), *examples(), *specials()]
