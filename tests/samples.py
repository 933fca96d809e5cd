"""What the factories' rows hold: the default journal entry, the item as received, and our copy of what both name."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from exports.models import ExportRecord
from integration.intacct.documents import Dimension, JournalEntry, JournalLine, TaxEntry
from integration.models import Connection
from integration.money import Money
from referencedata import models as copy


def copy_of_intacct(connection: Connection) -> None:
    """Fill our copy with what the default configuration names, read whole."""
    seen = {"connection": connection, "first_seen_at": timezone.now(), "last_seen_at": timezone.now(), "changed_at": timezone.now()}
    copy.Entity.objects.create(
        intacct_key="1", code="UK01", name="Acme UK Ltd", currency="GBP", tax_solution="United Kingdom - VAT", **seen
    )
    copy.Location.objects.create(intacct_key="1", code="UK01", name="Acme UK Ltd", entity_code="UK01", **seen)
    for number, title, kind, status in (
        ("1050", "Pleo wallet GBP", "BALANCE_SHEET", "ACTIVE"),
        ("2050", "Owed to employees", "BALANCE_SHEET", "ACTIVE"),
        ("2200", "Input VAT", "BALANCE_SHEET", "ACTIVE"),
        ("6100", "Travel", "INCOME_STATEMENT", "ACTIVE"),
        ("6900", "Old account", "INCOME_STATEMENT", "INACTIVE"),
    ):
        copy.Account.objects.create(intacct_key=number, number=number, title=title, account_type=kind, status=status, **seen)
    for symbol in ("PLEO", "PLRE"):
        copy.Journal.objects.create(intacct_key=symbol, symbol=symbol, title=f"Pleo journal {symbol}", **seen)
    copy.Vendor.objects.create(intacct_key="1", code="V-PLEO", name="Pleo (card purchases)", **seen)
    copy.Department.objects.create(intacct_key="1", code="100", name="Sales", **seen)
    copy.Dimension.objects.create(
        intacct_key="DEPARTMENT", object_name="DEPARTMENT", label="Department", journal_element="DEPARTMENT", **seen
    )
    copy.TaxSolution.objects.create(intacct_key="1", name="United Kingdom - VAT", method="VAT or GST", **seen)
    tax = {"value": Decimal(20), "tax_type": "PURCHASE", "solution": "United Kingdom - VAT", "gl_account": "2200"}
    copy.TaxDetail.objects.create(intacct_key="1", detail_id="UK Purchase Goods Standard Rate", **tax, **seen)
    for kind in ("entities", "locations", "accounts", "journals", "bank_accounts", "vendors", "tax_codes", "tax_solutions", "dimensions"):
        run = copy.SyncRun.begin(connection, kind, kind.replace("_", " ").capitalize(), now=timezone.now())
        run.finish("COMPLETE", now=timezone.now())


def journal_entry(document: Any) -> JournalEntry:
    """Return the entry a document of the default expense holds: net and tax on 6100, gross on the wallet account."""
    gross, tax = (Money.of_minor(minor or 0, document.currency) for minor in (document.amount_minor, document.tax_minor))
    return JournalEntry(
        key=document.key,
        entity=document.entity,
        journal=document.journal,
        posting_date=document.posting_date,
        title=document.title[:80] or "Expense",
        lines=(
            JournalLine(
                "6100",
                "debit",
                gross - tax,
                tax=TaxEntry("UK Purchase Goods Standard Rate", tax) if tax else None,
                dimensions=(Dimension("DEPARTMENT", "100", "DEPARTMENT"),),
                description="Client visit",
            ),
            JournalLine("1050", "credit", gross, description="Client visit"),
        ),
        vat_vendor="V-PLEO" if tax else "",
    )


def item_as_received(record: ExportRecord) -> dict[str, Any]:
    """Return the item of a record as Pleo hands it over: one line, inclusive tax, one signed receipt link."""

    def money(minor: int) -> dict[str, Any]:
        value = {"value": minor, "currency": record.currency}
        return {"inWalletCurrency": value, "inSupplierCurrency": value}

    gross, tax = record.amount_minor or 0, record.tax_minor or 0
    at = datetime.combine(record.date or date(2026, 3, 9), datetime.min.time(), UTC).replace(hour=12)
    return {
        "accountingEntryId": str(record.entry_id),
        "companyId": str(record.configuration.pleo_company_id),
        "type": record.type,
        "date": at.isoformat(),
        "amount": money(gross),
        "supplier": {"name": record.merchant},
        "user": {"name": record.employee},
        "additionalInformation": {"reconciliationId": "PLEO-1"},
        "accountingEntryLines": [
            {
                "accountingEntryLineId": str(uuid.uuid4()),
                "account": {"code": "6100", "name": "Travel"},
                "lineAmount": money(gross),
                "netAmount": money(gross - tax),
                "tax": {"code": "UK Purchase Goods Standard Rate", "rate": "0.2", "type": "INCLUSIVE", "amount": money(tax)},
                "tags": [{"groupCode": "DEPARTMENT", "code": "100"}],
            }
        ],
        "files": [{"url": "https://files.pleo.io/receipt?X-Amz-Signature=signature-canary"}],
    }
