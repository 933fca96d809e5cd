"""What tests and pages ask of the Intacct side, and what people do in Intacct itself."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from integration.sandbox.books import Books, Row
from integration.sandbox.intacct import attachments, bills, ledger, payables, payments, people
from integration.sandbox.intacct.log import RequestLog
from integration.sandbox.intacct.objects import SIDE


class Findings:
    books: Books
    log: RequestLog

    @property
    def requests(self) -> list[Row]:
        """Every request received: at, functions (name, control_id, writes), entity, unique_id, outcome, fault, body (masked)."""
        return self.log.rows()

    def control_ids(self) -> list[str]:
        """Of every writing function that reached us, in order, carried out or not."""
        return [function["control_id"] for row in self.requests for function in row["functions"] if function["writes"]]

    def writes(self) -> int:
        """How many requests with a writing function have reached us."""
        return sum(1 for row in self.requests if any(function["writes"] for function in row["functions"]))

    def attachments(self) -> dict[str, list[tuple[str, str, bytes]]]:
        """(name, type, content) of the files by supdocid."""
        rows = self.books.all(SIDE, "SUPDOC")
        return {row["supdocid"]: attachments.files_of(self.books, row["supdocid"]) for row in rows}

    # The ledger.

    def ledger(self, module: str = "") -> list[dict[str, Any]]:
        """Every entry of the general ledger; module "GL": journal entries alone, "AP": what bills and payments posted."""
        return ledger.entries(self.books, module)

    def account_balance(self, entity: str, account: str) -> Decimal:
        """Debits less credits in the entity's base currency, posted entries only."""
        debit, credit = ledger.balances(self.books).get((entity, account), (Decimal(0), Decimal(0)))
        return debit - credit

    # Payables.

    def bills(self) -> list[dict[str, Any]]:
        return payables.bills(self.books)

    def payments(self) -> list[dict[str, Any]]:
        return payables.payments(self.books)

    def open_bills(self, entity: str) -> list[dict[str, Any]]:
        return payables.open_bills(self.books, entity)

    def payables_balance(self, entity: str) -> Decimal:
        """What the payables control account says is owed, in the entity's base currency."""
        return payables.payables_balance(self.books, entity)

    def vat_boxes(self, entity: str, *, year_month: str = "") -> dict[int, Decimal]:
        """Boxes 1, 4, 6 and 7; year_month: "2026-07" for one month."""
        return payables.vat_boxes(self.books, entity, year_month=year_month)

    # What people do in Intacct. All raise ValueError where the record's state does not allow it.

    def approve(self, kind: str, recordno: str, now: datetime) -> None:
        """kind: GLBATCH, APBILL or APPYMT."""
        with self.books.transaction():
            if kind == "GLBATCH":
                people.approve_entry(self.books, recordno, now)
            else:
                (bills if kind == "APBILL" else payments).approve(self.books, recordno, now)

    def decline(self, kind: str, recordno: str, now: datetime) -> None:
        with self.books.transaction():
            if kind == "GLBATCH":
                people.decline_entry(self.books, recordno, now)
            else:
                (bills if kind == "APBILL" else payments).decline(self.books, recordno, now)

    def post_draft(self, kind: str, recordno: str, now: datetime) -> None:
        with self.books.transaction():
            people.post_draft(self.books, kind, recordno, now)

    def delete(self, kind: str, recordno: str, now: datetime) -> None:
        """It vanishes from every query."""
        with self.books.transaction():
            people.delete(self.books, kind, recordno, now)

    def reverse_entry(self, recordno: str, now: datetime) -> str:
        """Return the number of the entry with the sides turned."""
        with self.books.transaction():
            return people.reverse_entry(self.books, recordno, now)

    def void_payment(self, recordno: str, now: datetime) -> None:
        """The bills are due again."""
        with self.books.transaction():
            payments.void(self.books, recordno, now)
