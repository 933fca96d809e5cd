"""What we ask Sage Intacct's payables to create: bills, their payments, and attachments that come later.

Source: Sage Intacct XML API, Bills and AP Payments.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from integration.intacct.parts import (
    BILL_DESCRIPTION_LENGTH,
    BILL_LINE_DESCRIPTION_LENGTH,
    BILL_NUMBER_LENGTH,
    PAYMENT_DESCRIPTION_LENGTH,
    TITLE_LENGTH,
    Dimension,
    ExchangeRate,
    Kind,
    TaxEntry,
    at_most,
    check_key,
    check_rate,
    each_once,
)
from integration.money import Money, total


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line of a bill. amount: net, signed: negative is a discount.

    account: its number, or where `labelled` the account label, which stands for it.

    taxes: none, one, or the two of a reverse charge (input, output), which add up to zero. partially_exempt: the tax is
    subject to the entity's partial exemption. not_on_1099: kept out of the 1099 forms of the United States.

    Raises ValueError where Intacct would refuse the line whatever the company's data are.
    """

    account: str
    amount: Money
    taxes: tuple[TaxEntry, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    description: str = ""
    partially_exempt: bool = False
    not_on_1099: bool = False
    labelled: bool = False

    def __post_init__(self) -> None:
        if not self.account:
            raise ValueError("a line needs an account")
        if self.taxes and self.taxes[0].amount.amount * self.amount.amount < 0:
            raise ValueError(f"{self.account}: the tax {self.taxes[0].amount} has another sign than the line {self.amount}")
        if len(self.taxes) > 2 or (len(self.taxes) == 2 and self.taxes[0].amount + self.taxes[1].amount):
            raise ValueError(f"{self.account}: a line has one tax entry, or two that add up to zero")
        if len({entry.detail for entry in self.taxes}) != len(self.taxes):
            raise ValueError(f"{self.account}: a tax detail stands twice on the line")
        if self.partially_exempt and len(self.taxes) != 1:
            raise ValueError(f"{self.account}: partial exemption is for a line with one tax entry")
        at_most(self.description, BILL_LINE_DESCRIPTION_LENGTH, "description")
        each_once(self.account, self.dimensions)

    def gross(self) -> Money:
        """Return what the line adds to the bill: net plus tax; the two halves of a reverse charge cancel out."""
        return total((self.amount, *(entry.amount for entry in self.taxes)), self.amount.currency)


@dataclass(frozen=True, slots=True)
class Bill:
    """An AP bill (APBILL in the XML API). Its lines are net; what is owed is always positive.

    number: the bill number (RECORDID), the supplier's own or, for card purchases, the key. bill_date: of the document
    (WHENCREATED). posting_date: in the ledger (WHENPOSTED). base_currency: of the entity, "" where nobody knows it.
    exchange_rate: where the company has several currencies. on_hold: not to be paid in Intacct. summary: the AP summary's title, where the
    company names them itself.
    """

    key: str
    entity: str
    vendor: str
    number: str
    bill_date: date
    posting_date: date
    due_date: date
    description: str
    lines: tuple[BillLine, ...]
    attachment_key: str = ""
    exchange_rate: ExchangeRate | None = None
    base_currency: str = ""
    on_hold: bool = False
    draft: bool = False
    summary: str = ""

    def __post_init__(self) -> None:
        check_key(self.key)
        if self.attachment_key:
            check_key(self.attachment_key)
        if not self.vendor or not self.number.strip():
            raise ValueError(f"{self.key}: a bill needs a vendor and a number")
        at_most(self.number, BILL_NUMBER_LENGTH, "bill number")
        at_most(self.description, BILL_DESCRIPTION_LENGTH, "description")
        at_most(self.summary, TITLE_LENGTH, "summary")
        if not self.lines:
            raise ValueError(f"{self.key}: a bill has at least one line")
        if len({line.amount.currency for line in self.lines}) != 1:
            raise ValueError(f"{self.key}: one bill has one currency")
        if self.due_date < self.bill_date:
            raise ValueError(f"{self.key}: due on {self.due_date}, before the bill's date {self.bill_date}")
        check_rate(self.key, self.currency, self.exchange_rate, self.base_currency)
        if self.total().amount <= 0:
            raise ValueError(f"{self.key}: a bill is above zero, not {self.total()}")

    @property
    def kind(self) -> Kind:
        return "bill"

    @property
    def currency(self) -> str:
        return self.lines[0].amount.currency

    def total(self) -> Money:
        """Return what is owed to the vendor."""
        return total((line.gross() for line in self.lines), self.currency)

    def tax_total(self) -> Money:
        """Return the input tax of all lines, that of a reverse charge included; tax on negative lines counts negative."""
        return total((line.taxes[0].amount for line in self.lines if line.taxes), self.currency)


@dataclass(frozen=True, slots=True)
class Payment:
    """An AP payment (APPYMT in the XML API) of one bill, whole.

    bank: the checking account it is paid from. bill_number: the bill's number, for people. bill_key: the key of our bill
    that is paid, where it is planned together with it; "" where the bill was there before. bill_record: Intacct's
    record number of the bill; "" until our bill is confirmed: only then, after `of_bill`, can the payment be sent.
    """

    key: str
    entity: str
    vendor: str
    bank: str
    method: str
    payment_date: date
    amount: Money
    description: str
    bill_number: str
    bill_key: str = ""
    bill_record: str = ""
    exchange_rate: ExchangeRate | None = None
    base_currency: str = ""
    draft: bool = False

    def __post_init__(self) -> None:
        check_key(self.key)
        if not self.vendor or not self.bank or not self.method:
            raise ValueError(f"{self.key}: a payment needs a vendor, a bank account and a method")
        at_most(self.description, PAYMENT_DESCRIPTION_LENGTH, "description")
        if self.amount.amount <= 0:
            raise ValueError(f"{self.key}: a payment is above zero, not {self.amount}")
        if self.bill_key:
            check_key(self.bill_key)
        if not self.bill_key and not self.bill_record:
            raise ValueError(f"{self.key}: nobody knows which bill is paid")
        if self.bill_record and not (self.bill_record.isascii() and self.bill_record.isdigit()):
            raise ValueError(f"{self.key}: {self.bill_record!r} is no record number")
        check_rate(self.key, self.currency, self.exchange_rate, self.base_currency)

    @property
    def kind(self) -> Kind:
        return "payment"

    @property
    def currency(self) -> str:
        return self.amount.currency

    @property
    def complete(self) -> bool:
        """Say whether it can be sent: Intacct's record number of the bill is known."""
        return bool(self.bill_record)

    def of_bill(self, record: str, *, posted_on: date) -> Payment:
        """Return the payment of the bill with this record number, never dated before the day that bill was posted on."""
        return replace(self, bill_record=record, payment_date=max(self.payment_date, posted_on))

    def total(self) -> Money:
        return self.amount

    def tax_total(self) -> Money:
        return Money.zero(self.currency)


@dataclass(frozen=True, slots=True)
class LateAttachment:
    """An attachment hung to a bill that is in Intacct already; other lines and fields of the bill stay as they are.

    Journal entries cannot get one: their update replaces every line.
    """

    key: str
    entity: str
    bill_record: str
    attachment_key: str

    def __post_init__(self) -> None:
        check_key(self.key)
        check_key(self.attachment_key)
        if not (self.bill_record.isascii() and self.bill_record.isdigit()):
            raise ValueError(f"{self.key}: {self.bill_record!r} is no record number")

    @property
    def kind(self) -> Kind:
        return "late_attachment"
