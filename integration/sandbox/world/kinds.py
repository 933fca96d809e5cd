"""Entries of every type that Pleo exports, for the world of all kinds.

Signs follow one reading: money that leaves the wallet, or is owed to an employee, is positive; what comes back is
negative. No public source states it.
"""

from __future__ import annotations

from integration.sandbox.world.build import Entry as E

_CARD, _POCKET, _INVOICE, _PAYMENT, _REFUND = "card_purchase", "out_of_pocket", "invoice", "invoice_payment", "refund"
_DIRECT, _TO_EMPLOYEE = "direct_reimbursement", "reimbursement_to_employee"
_PAYABLES = "accounts_payable"

# fmt: off
UK_MORE = (
    # Money that comes back.
    E("UK-61", _REFUND, "Quill & Paper", "ben", 12, "6600 -48.00 goods dep=200", "pdf", "Returned chairs", supplier="V-PAPER", job=2),
    E("UK-62", _REFUND, "Market Hall", "chloe", 11, "6300 -24.00 svc dep=300 | 6500 -6.00 zero dep=300", "jpg", "Two rates", job=2),
    E("UK-63", "chargeback", "Skyhook Hosting", "dev", 11, "6200 -79.40 - dep=200", "", "Disputed", charged="-100.00 USD", job=2),
    E("UK-64", "cashback", "Pleo", "ada", 10, "6700 -5.12 -", "", "Cashback of the month", job=2),
    # Owed to people, and paid to them.
    E("UK-92", "fee", "Pleo", "ada", 10, "6700 -11.50 -", "", "Subscription paid twice", sub_type="pleo_invoice_refund", job=2),
    E("UK-65", "mileage", "Mileage", "ada", 10, "6150 45.00 svc=2.50 dep=100", "", "100 miles; VAT on the fuel part", job=2),
    E("UK-66", "mileage", "Mileage", "ben", 10, "6150 13.50 - dep=200", "", "30 miles", job=2),
    E("UK-67", "per_diem", "Per diem", "chloe", 9, "6100 64.00 - dep=300", "", "Two days in Oslo", job=2),
    E("UK-68", _DIRECT, "", "ada", 8, "- 285.00 -", sub_type=_TO_EMPLOYEE, settles=("UK-38", "UK-65"), job=2),
    E("UK-69", _DIRECT, "", "ben", 8, "- 64.30 -", settles=("UK-39",), job=2),
    E("UK-70", _DIRECT, "", "ben", 7, "- -64.30 -", "", "The bank sent it back", sub_type="reimbursement_to_employee_refund", job=2),
    E("UK-71", _DIRECT, "", "chloe", 7, "- -15.00 -", "", "Chloé pays in", sub_type="reimbursement_to_company", job=2),
    E("UK-72", "external_reimbursement", "", "ada", 6, "- 71.18 -", "", "With the salary", settles=("UK-42",), job=2),
    # Cash, private spend, the wallet itself.
    E("UK-73", "atm_withdrawal", "Cash machine", "ada", 6, "- 50.00 -", "", "Cash for the fair", sub_type="atm", job=2),
    E("UK-74", "personal_spend", "Corner Shop", "dev", 6, "- 12.30 -", "", "Wrong card", job=2),
    E("UK-75", "wallet_topup", "", "ada", 6, "- -5000.00 -", sub_type="load", job=2),
    E("UK-76", "wallet_unload", "", "ada", 5, "- 250.00 -", sub_type="unload", job=2),
    # Invoices and their payments.
    E("UK-77", _INVOICE, "Cloudlane Ltd", "ben", 5, "6200 1200.00 svc dep=200", "pdf", "Yearly support",
      invoice=("INV-4711", 25), paid=4, supplier="V-CLOUD", job=2),
    E("UK-78", _PAYMENT, "Cloudlane Ltd", "ben", 4, "- 1200.00 -", invoice=("INV-4711", 25), paid=4, supplier="V-CLOUD", job=2),
    E("UK-79", _INVOICE, "Skyhook Hosting", "dev", 5, "6200 100.00 rc dep=200", "pdf", "A service from abroad",
      invoice=("SKY-9", 20), paid=3, country="US", job=2),
    E("UK-91", _PAYMENT, "Skyhook Hosting", "dev", 3, "- 100.00 -", invoice=("SKY-9", 20), paid=3, country="US", job=2),
    E("UK-80", _PAYMENT, "Harbour Hotel", "ada", 3, "- 360.00 -", invoice=("HH/2044", 18), paid=3, supplier="V-HOTEL",
      waits="its bill, which the next job brings", job=2),
    E("UK-81", _INVOICE, "Slow & Sure Auditors", "ada", 5, "6800 600.00 svc dep=100", "pdf", "",
      invoice=("SSA-1", 15), paid=2, supplier="V-AUDIT", waits="approval of the bill", job=2),
    E("UK-82", _PAYMENT, "Slow & Sure Auditors", "ada", 2, "- 600.00 -", invoice=("SSA-1", 15), paid=2, supplier="V-AUDIT",
      waits="approval of the bill", job=2),
    # These must fail, each for a reason of its own.
    E("UK-83", "balance_amendment", "", "ada", 4, "- 3.00 -", problem="unknown type", job=2),
    E("UK-84", _DIRECT, "", "ada", 4, "- 9.00 -", sub_type="reimbursement_to_the_moon", problem="unknown sub type", job=2),
    E("UK-85", _CARD, "Folio Books", "ben", 4, "6500 -20.00 zero dep=200", "pdf", "", problem="unexpected sign", job=2),
    E("UK-86", _PAYMENT, "Cloudlane Ltd", "ben", 1, "- -1200.00 -", invoice=("INV-4711", 25), paid=4, supplier="V-CLOUD",
      sub_type="bill_invoice_payment_returned", problem="payment came back", job=2),
    E("UK-87", _INVOICE, "Disputed Supplies", "chloe", 4, "6600 90.00 goods dep=300", "pdf", "", invoice=("DS-1", 14), paid=2,
      supplier="V-HOLD", problem="vendor on hold", job=2),
    E("UK-88", _INVOICE, "Mason & Daughters", "ben", 4, "6600 36.00 goods dep=200", "pdf", "",
      invoice=("MD/2026/LEEDS/000000000000004711", 14), paid=2, supplier="V-MASON", problem="bill number too long", job=2),
    E("UK-89", _INVOICE, "Quill & Paper", "ben", 4, "6600 -36.00 goods dep=200", "pdf", "A credit note",
      invoice=("QP-CN-1", 14), paid=2, supplier="V-PAPER", problem="invoice not above zero", job=2),
    # Offered when all else is done.
    E("UK-90", _INVOICE, "Harbour Hotel", "ada", 4, "6100 360.00 svc dep=100", "pdf", "Its payment came first",
      invoice=("HH/2044", 18), paid=3, supplier="V-HOTEL", job=3),
)

US_MORE = (
    E("US-21", _REFUND, "Hudson Diner", "erin", 9, "6300 -21.60 - dep=100", "jpg", job=2),
    E("US-22", "chargeback", "Metro Cabs", "erin", 9, "6100 -27.35 - dep=100", job=2),
    E("US-23", "cashback", "Pleo", "frank", 8, "6700 -2.50 -", job=2),
    E("US-24", "mileage", "Mileage", "frank", 8, "6150 33.50 - dep=300", job=2),
    E("US-25", "external_reimbursement", "", "frank", 7, "- 52.25 -", settles=("US-12", "US-24"), job=2),
    E("US-26", "atm_withdrawal", "Cash machine", "erin", 7, "- 100.00 -", sub_type="atm", job=2),
    E("US-27", "personal_spend", "Bridge Hotel", "erin", 6, "- 40.00 -", job=2),
    E("US-28", "wallet_topup", "", "frank", 6, "- -2500.00 -", sub_type="load", job=2),
    E("US-29", _INVOICE, "Liberty Office Depot", "frank", 6, "6600 980.00 - dep=300", "pdf", "",
      invoice=("LOD-55200", 22), paid=5, supplier="V-USOFF", job=2),
    E("US-30", _PAYMENT, "Liberty Office Depot", "frank", 5, "- 980.00 -", invoice=("LOD-55200", 22), paid=5, supplier="V-USOFF", job=2),
    E("US-31", _CARD, "Skyhook Hosting", "erin", 4, "6200 100.00 rc dep=200", "pdf", "", tax_accounts=True, job=2,
      problem="reverse charge"),
)

ST_ENTRIES = (
    # Cards become bills that are paid at once.
    E("ST-01", _CARD, "Northern Rail", "gia", 24, "6100 120.00 svc dep=100", "pdf", "Client visit", sub_type="in_store",
      vendor="V-RAIL", method=_PAYABLES),
    E("ST-02", _CARD, "Quill & Paper", "hugo", 24, "6600 99.99 goods=16.66 dep=200", "jpg", "", vendor="V-PAPER", method=_PAYABLES),
    E("ST-03", _CARD, "Market Hall", "gia", 23,
      "6300 96.00 svc dep=300 | 6400 42.00 red dep=300 | 6500 12.00 zero dep=300", "pdf", "Three rates"),
    E("ST-04", _CARD, "Skyhook Hosting", "hugo", 23, "6200 100.00 rc dep=200", "pdf", "", country="US", tax_accounts=True),
    E("ST-05", _CARD, "Hotel am Markt", "gia", 22, "6100 119.00 - dep=100", "pdf", "Berlin", wallet="EUR", country="DE"),
    E("ST-06", _CARD, "Druckerei Nord", "hugo", 22, "6600 33.33 - dep=100 | 6600 33.33 - dep=200 | 6600 52.34 - dep=300", "pdf", "Posters",
      wallet="EUR", country="DE"),
    E("ST-07", _CARD, "Eurostar", "gia", 21, "6100 60.00 zero dep=100", "png", "", wallet="EUR"),
    E("ST-08", "card_invoice", "Mason & Daughters", "hugo", 21, "6210 600.00 svc dep=200 prj=P-200", "pdf", "",
      invoice=("MD-3001", 24), vendor="V-MASON", method=_PAYABLES),
    E("ST-09", _CARD, "Skyhook Hosting", "hugo", 20, "6200 79.40 - dep=200", "pdf", "", charged="100.00 USD", country="US",
      sub_type="online"),
    E("ST-10", _CARD, "Market Hall", "gia", 20, "6300 60.00 svc dep=300 | 6300 -12.00 svc dep=300", "jpg", "With a voucher"),
    E("ST-11", _CARD, "Quill & Paper", "gia", 19, "6600 24.00 goods dep=100 ven=V-PAPER", "pdf", "Vendor by tag"),
    E("ST-12", _CARD, "Slow & Sure Auditors", "gia", 19, "6800 240.00 svc dep=100", "pdf", "", vendor="V-AUDIT", method=_PAYABLES,
      waits="approval of the bill"),
    E("ST-13", _CARD, "Folio Books", "hugo", 18, "6500 20.00 zero dep=200 | 6500 -20.00 zero dep=100", "pdf", "Moved between departments"),
    E("ST-14", _CARD, "Cloudlane", "hugo", 18, "6200 0.00 svc dep=200", "", "Free month", skipped=True),
    # The same journals as everywhere.
    E("ST-15", "fee", "Pleo", "gia", 17, "6700 11.50 -", "", "Subscription"),
    E("ST-16", "fee", "Pleo", "gia", 17, "6700 2.00 -", "", "", sub_type="interest", wallet="EUR"),
    E("ST-17", _REFUND, "Northern Rail", "gia", 16, "6100 -48.00 svc dep=100", "pdf", "", sub_type="in_store", vendor="V-RAIL",
      method=_PAYABLES),
    E("ST-18", _REFUND, "Eurostar", "gia", 16, "6100 -60.00 zero dep=100", "png", "", wallet="EUR"),
    E("ST-19", "chargeback", "Druckerei Nord", "hugo", 15, "6600 -52.34 - dep=300", "", "", wallet="EUR"),
    E("ST-20", "cashback", "Pleo", "gia", 15, "6700 -3.00 -"),
    E("ST-21", _POCKET, "Harbour Hotel", "gia", 14, "6100 240.00 svc dep=100", "pdf", "Hotel, paid privately"),
    E("ST-22", "mileage", "Mileage", "gia", 14, "6150 45.00 svc=2.50 dep=100"),
    E("ST-23", "per_diem", "Per diem", "hugo", 13, "6100 64.00 - dep=200"),
    E("ST-24", _DIRECT, "", "gia", 12, "- 285.00 -", sub_type=_TO_EMPLOYEE, settles=("ST-21", "ST-22")),
    E("ST-25", _DIRECT, "", "gia", 11, "- -285.00 -", "", "The bank sent it back", sub_type="reimbursement_to_employee_refund"),
    E("ST-26", _DIRECT, "", "hugo", 11, "- -18.00 -", sub_type="reimbursement_to_company", wallet="EUR"),
    E("ST-27", "external_reimbursement", "", "hugo", 10, "- 64.00 -", sub_type=_TO_EMPLOYEE, settles=("ST-23",)),
    E("ST-28", "atm_withdrawal", "Geldautomat", "hugo", 10, "- 100.00 -", sub_type="atm", wallet="EUR"),
    E("ST-29", "personal_spend", "Corner Shop", "gia", 10, "- 9.99 -", sub_type="online"),
    E("ST-30", "wallet_topup", "", "gia", 27, "- -10000.00 -", sub_type="load", method="none"),
    E("ST-31", "wallet_topup", "", "gia", 27, "- -4000.00 -", sub_type="load", wallet="EUR", method="none"),
    E("ST-32", "wallet_unload", "", "gia", 9, "- 500.00 -", sub_type="unload", method="none"),
    # Invoices in both wallets; one is paid in two parts.
    E("ST-33", _INVOICE, "Lantern Studios", "gia", 9, "6800 480.00 svc dep=100 | 6500 60.00 zero dep=100", "pdf", "",
      invoice=("LS/99-1", 20), paid=8, vendor="V-STUDIO", method=_PAYABLES),
    E("ST-34", _PAYMENT, "Lantern Studios", "gia", 8, "- 300.00 -", invoice=("LS/99-1", 20), paid=8, vendor="V-STUDIO", method=_PAYABLES,
      sub_type="sent"),
    E("ST-35", _PAYMENT, "Lantern Studios", "gia", 7, "- 240.00 -", invoice=("LS/99-1", 20), paid=7, vendor="V-STUDIO", method=_PAYABLES,
      sub_type="bill_invoice_payment_received"),
    E("ST-36", _INVOICE, "Cloudlane Ltd", "hugo", 9, "6200 1190.00 - dep=200", "pdf", "", invoice=("CL-EU-7", 19), paid=6, wallet="EUR",
      vendor="V-CLOUD", method=_PAYABLES),
    E("ST-37", _PAYMENT, "Cloudlane Ltd", "hugo", 6, "- 1190.00 -", invoice=("CL-EU-7", 19), paid=6, wallet="EUR",
      vendor="V-CLOUD", method=_PAYABLES),
    # These must fail, each for a reason of its own.
    E("ST-38", _CARD, "Market Hall", "gia", 5, "6600 12.00 goods dep=100 ven=V-PAPER | 6600 12.00 goods dep=100 ven=V-RAIL", "pdf", "",
      problem="two vendors"),
    E("ST-39", _CARD, "Disputed Supplies", "gia", 5, "6600 12.00 goods dep=100 ven=V-HOLD", "pdf", "", problem="vendor on hold"),
    E("ST-40", _CARD, "Cash & Carry", "hugo", 5, "1050 12.00 - dep=200", "pdf", "", problem="account of a bank"),
    E("ST-41", _CARD, "Mason & Daughters", "hugo", 4, "6210 30.00 svc dep=200", "pdf", "", vendor="V-MASON", method=_PAYABLES,
      problem="account requires a project"),
    E("ST-42", _PAYMENT, "Lantern Studios", "gia", 3, "- 1.00 -", invoice=("LS/99-1", 20), paid=3, vendor="V-STUDIO", method=_PAYABLES,
      problem="more than is due"),
)
# fmt: on
