"""The accounting entries of the demo world: what was bought, by whom, and which of it must not be posted."""

from __future__ import annotations

from integration.sandbox.world.build import Entry as E

_CARD, _POCKET = "card_purchase", "out_of_pocket"

# fmt: off
UK_ENTRIES = (
    # Everyday purchases at the three rates.
    E("UK-01", _CARD, "Northern Rail", "ada", 28, "6100 120.00 svc dep=100 cls=C-10 loc=LDN", "pdf", "Client visit in York"),
    E("UK-02", _CARD, "Quill & Paper <Leeds>", "ben", 28, "6600 99.99 goods=16.66 dep=200", "jpg", "The receipt rounds the VAT down"),
    E("UK-03", _CARD, "Bean Counter Café", "chloe", 27, "6300 8.40 svc dep=300", "png", "Café crème à emporter"),
    E("UK-04", _CARD, "Harbour Energy", "chloe", 27, "6400 105.00 red dep=300 loc=MAN cc=CC20", "pdf", "Office electricity"),
    E("UK-05", _CARD, "Folio Books", "ben", 26, "6500 34.95 zero dep=200 prj=P-100", "pdf"),
    E("UK-06", _CARD, "Harbour Hotel", "ada", 26, "6100 240.00 svc dep=100 prj=P-200", "pdf jpg", "Two nights"),
    E("UK-07", _CARD, "Cloudlane", "dev", 25, "6200 59.00 svc dep=200 cc=CC10", "pdf", "Monthly plan", supplier="V-CLOUD"),
    E("UK-08", _CARD, "Fenwick Hardware", "chloe", 25, "6600 17.31 goods dep=300 loc=MAN", "png"),
    E("UK-09", _CARD, "City Cabs", "ada", 24, "6100 23.50 - dep=100 loc=LDN", "", "No VAT receipt"),
    E("UK-10", _CARD, "Bean Counter Café", "dev", 24, "6300 0.03 svc dep=200", "", "Card check of three pence"),
    # Splits.
    E("UK-11", _CARD, "Market Hall", "chloe", 23,
      "6300 96.00 svc dep=300 | 6400 42.00 red dep=300 | 6500 12.00 zero dep=300", "pdf", "Three rates on one receipt"),
    E("UK-12", _CARD, "Quill & Paper", "ada", 23,
      "6600 50.01 goods dep=100 cls=C-10 | 6600 50.01 goods dep=200 cls=C-20", "pdf", "Shared by two departments"),
    E("UK-13", _CARD, "Cloudlane", "ben", 22,
      "6200 33.33 svc dep=200 prj=P-100 | 6200 33.33 svc dep=200 prj=P-200 | 6200 33.34 svc dep=200 prj=P-300",
      "pdf png", "Split over three projects"),
    E("UK-14", _CARD, "Market Hall", "chloe", 22,
      "6300 60.00 svc dep=300 | 6300 -12.00 svc dep=300", "jpg", "With a voucher: the second line is a discount"),
    E("UK-15", _CARD, "Harbour Hotel", "ada", 21,
      "6100 180.00 svc dep=100 loc=LDN | 6300 24.60 svc dep=100 loc=LDN | 6300 6.00 - dep=100 loc=LDN", "pdf pdf jpg",
      "Room, dinner, tip"),
    # Charged in another currency than the wallet's.
    E("UK-16", _CARD, "Skyhook Hosting", "dev", 21,
      "6200 79.40 - dep=200 cc=CC10", "pdf", "Build servers", charged="100.00 USD", country="US"),
    E("UK-17", _CARD, "Boulangerie Perrin", "ada", 20, "6300 21.37 - dep=100", "jpg", "Déjeuner, 24 €", charged="24.90 EUR", country="FR"),
    E("UK-18", _CARD, "東京堂書店", "ben", 20, "6500 18.02 - dep=200", "png", "A book from Tokyo 📚", charged="24.31 USD", country="JP"),
    E("UK-19", _CARD, "Nordlys Hotell", "ada", 19, "6100 150.00 - dep=100 | 6300 30.11 - dep=100", "pdf",
      "Oslo", charged="2401.00 NOK", country="NO"),
    # Notes, people, places.
    E("UK-20", _CARD, "The Copper Kettle", "ada", 19, "6300 156.00 svc dep=100", "jpg", "Dinner with the client 🍝",
      attendees=("Zoë Brandt", "Seán Ó Briain", "Ada Holm")),
    E("UK-21", _CARD, "Fenwick Hardware", "chloe", 18, "6600 42.00 goods dep=300", "png", "Copied\x0bfrom a\x07 spreadsheet\x1f\ttab"),
    E("UK-22", _CARD, "Quill & Paper", "ben", 18, "6600 12.49 goods dep=200", "pdf", "5 < 6 && \"quoted\" ]]> 'so'"),
    E("UK-23", _CARD, "Lantern Studios", "dev", 17, "6800 480.00 svc dep=200 cls=C-20", "pdf", "Course " + "very " * 60 + "long"),
    E("UK-24", _CARD, "Nightline Buses", "ada", 17, "6100 4.80 zero dep=100", "", "Last bus", at="23:30"),
    E("UK-25", _CARD, "Early Bird Bakery", "chloe", 16, "6300 6.20 zero dep=300", "png", "", at="00:05"),
    E("UK-26", _CARD, "Mason & Daughters", "ben", 16, "6210 1250.00 svc dep=200 prj=P-300", "pdf", "Site survey", vendor="V-MASON"),
    E("UK-27", _CARD, "Post Office", "chloe", 15, "6600 7.65 zero", "", "Stamps, no department"),
    E("UK-28", _CARD, "Cloudlane", "dev", 15, "6200 1199.88 svc dep=200 cc=CC30", "pdf", "Annual plan"),
    E("UK-29", _CARD, "Petrol Express", "ada", 14, "6100 61.20 goods=8.00 dep=100", "jpg", "Part of it was food: less VAT than the rate"),
    E("UK-30", _CARD, "City Parking", "ada", 14, "6100 12.00 svc dep=100 loc=MAN", "png"),
    E("UK-31", _CARD, "Loom Fabrics", "chloe", 13, "6600 1000000.00 goods dep=300 loc=MAN cc=CC20", "pdf", "One million"),
    E("UK-32", _CARD, "Harbour Hotel", "ben", 13, "6100 88.00 svc dep=200 cls=c-10", "pdf", "Tag code in lower case"),
    # Card invoices and fees.
    E("UK-33", "card_invoice", "Mason & Daughters", "ben", 12, "6210 600.00 svc dep=200 prj=P-200", "pdf", "Invoice by card",
      invoice=("MD-2031", 15), supplier="V-MASON"),
    E("UK-34", "card_invoice", "Lantern Studios", "chloe", 12,
      "6800 360.00 svc dep=300 | 6500 45.00 zero dep=300", "pdf", "Course and books",
      invoice=("LS/88-17", 14)),
    E("UK-35", "fee", "Pleo", "ada", 11, "6700 11.50 -", "", "Monthly subscription"),
    E("UK-36", "fee", "Pleo", "ada", 11, "6700 3.27 -", "", "Interest on the overdraft", sub_type="interest"),
    E("UK-37", "fee", "Pleo", "ben", 10, "6700 1.99 -", "", "Foreign exchange fee"),
    # Paid by people themselves.
    E("UK-38", _POCKET, "Harbour Hotel", "ada", 10, "6100 240.00 svc dep=100", "pdf", "Hotel, paid privately"),
    E("UK-39", _POCKET, "Northern Rail", "ben", 9, "6100 64.30 zero dep=200 prj=P-100", "png jpg", "There and back"),
    E("UK-40", _POCKET, "Market Hall", "chloe", 9, "6300 18.00 svc dep=300 | 6500 9.99 zero dep=300", "jpg", "Workshop"),
    E("UK-41", _POCKET, "Bean Counter Café", "dev", 8, "6300 5.25 svc dep=200", "", "Dev has no employee code"),
    E("UK-42", _POCKET, "Pensión Sol", "ada", 8, "6100 71.18 - dep=100", "pdf", "Madrid – año nuevo", charged="83.00 EUR", country="ES"),
    E("UK-43", _POCKET, "City Cabs", "ada", 7, "6100 31.00 - dep=100 loc=LDN", "png"),
    E("UK-44", _POCKET, "Folio Books", "ben", 7, "6500 22.22 zero dep=200 | 6500 -2.22 zero dep=200", "pdf", "With a discount"),
    # Nothing to post, and still successful.
    E("UK-45", _CARD, "Cloudlane", "dev", 6, "6200 0.00 svc dep=200", "", "Free month", skipped=True),
    # These must fail, each for a reason of its own.
    E("UK-46", _CARD, "Corner Shop", "ada", 6, "6999 14.00 goods dep=100", "png", "", problem="unknown account"),
    E("UK-47", _CARD, "Quill & Paper", "chloe", 5, "6600 28.00 goods dep=900", "pdf", "", problem="inactive department"),
    E("UK-48", _CARD, "Market Hall", "chloe", 5, "6300 40.00 svc dep=300 | 6500 10.00 zero dep=300", "jpg", "",
      total="50.01", problem="lines do not add up"),
    E("UK-49", _CARD, "Hotel am Markt", "ada", 4, "6100 119.00 - dep=100", "pdf", "Berlin", wallet="EUR", country="DE",
      problem="no account for EUR"),
    E("UK-50", _CARD, "Skyhook Hosting", "dev", 4, "6200 100.00 rc dep=200", "pdf", "", country="US", problem="reverse charge"),
    E("UK-51", _CARD, "Northern Rail", "ada", 0, "6100 55.00 zero dep=100", "png", "Found in a coat", day="2024-12-28",
      problem="before the first posting date"),
    E("UK-52", _CARD, "Fenwick Hardware", "chloe", 3, "6900 19.20 goods dep=300", "", "", problem="inactive account"),
    E("UK-53", _CARD, "Mason & Daughters", "ben", 3, "6210 300.00 svc dep=200", "pdf", "", problem="account requires a project"),
    E("UK-54", _POCKET, "City Cabs", "ada", 2, "2000 16.00 - dep=100", "png", "", problem="control account"),
)

US_ENTRIES = (
    E("US-01", _CARD, "Hudson Diner", "erin", 25,
      "6300 64.80 - dep=100 loc=NYC", "jpg", "Lunch with a prospect", attendees=("Erin Walsh", "Tomás Vega")),
    E("US-02", _CARD, "Liberty Office Depot", "frank", 24, "6600 212.45 - dep=300 ven=V-USOFF", "pdf", "Chairs"),
    E("US-03", _CARD, "Cloudlane", "frank", 22, "6200 89.00 - dep=200 ven=V-CLOUD", "pdf"),
    E("US-04", _CARD, "Metro Cabs", "erin", 20, "6100 27.35 - dep=100", "png", "Late ride: in New York still the day before", at="02:30"),
    E("US-05", _CARD, "Quill & Paper", "erin", 18, "6600 63.10 goods dep=100", "pdf", "Bought in London: foreign VAT is cost",
      charged="49.99 GBP", country="GB"),
    E("US-06", _CARD, "Hudson Diner", "frank", 16,
      "6300 33.33 - dep=100 | 6300 33.33 - dep=200 | 6300 33.34 - dep=300", "jpg", "Team lunch"),
    E("US-07", _CARD, "Bridge Hotel", "erin", 14, "6100 412.00 - dep=100 prj=P-300", "pdf png jpg"),
    E("US-08", "fee", "Pleo", "frank", 12, "6700 14.00 -", "", "Subscription"),
    E("US-09", "fee", "Pleo", "frank", 12, "6700 0.87 -", "", "", sub_type="interest"),
    E("US-10", "card_invoice", "Liberty Office Depot", "frank", 10,
      "6600 1480.00 - dep=300 ven=V-USOFF", "pdf", "Desks", invoice=("LOD-55120", 12)),
    E("US-11", _POCKET, "Bridge Hotel", "erin", 8, "6100 199.00 - dep=100", "pdf"),
    E("US-12", _POCKET, "Metro Cabs", "frank", 6, "6100 18.75 - dep=300", "png", "¿Dónde está? 🚕"),
    E("US-13", _CARD, "Corner Deli", "erin", 4, "- 11.20 - dep=100", "png", "Nobody chose a category", problem="no account"),
    E("US-14", _CARD, "Liberty Office Depot", "frank", 2, "6600 75.00 - dep=300 ven=V-OLD", "pdf", "", problem="inactive vendor"),
)

IE_ENTRIES = (
    E("IE-01", _CARD, "Liffey Rail", "ada", 20, "6100 49.20 ie dep=100 loc=DUB", "pdf", "To Cork and back"),
    E("IE-02", _CARD, "Bean Counter Café", "ada", 18, "6300 8.61 ie dep=100", "png"),
    E("IE-03", _CARD, "Folio Books", "ada", 15, "6500 24.95 iezero dep=200 | 6600 12.30 ie dep=200", "pdf", "Two rates"),
    E("IE-04", _CARD, "Cloudlane", "ada", 12, "6200 60.00 - dep=200", "pdf", "", charged="51.22 GBP", country="GB"),
    E("IE-05", _POCKET, "Harbour Hotel", "ada", 9, "6100 123.00 ie dep=100", "pdf"),
)
# fmt: on
