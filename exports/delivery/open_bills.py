"""Card bills that stay open on purpose: Pleo has paid them, and somebody settles them in Sage Intacct."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Sum
from django.db.models.functions import Coalesce

from exports.models import Document
from exports.models.standing import VANISHED
from integration.money import Money

CARD_TYPES = ("card_purchase", "card_invoice")


@dataclass(frozen=True, slots=True)
class OpenBills:
    """How many card bills of one entity configuration are open, and what is due on them by currency, as last read."""

    number: int
    due: dict[str, Decimal]


def open_card_bills() -> QuerySet[Document]:
    """Return the card bills that no payment of ours settles and on which something is due, as last read in Sage Intacct."""
    paid_by_us = Document.objects.filter(principal=OuterRef("pk"), kind=Document.Kind.PAYMENT)
    bills = Document.objects.filter(kind=Document.Kind.BILL, state=Document.State.CONFIRMED, record__type__in=CARD_TYPES)
    return bills.filter(~Exists(paid_by_us)).exclude(due_minor=0).exclude(intacct_state__in=VANISHED)


def by_configuration() -> dict[int, OpenBills]:
    """Return what is open by the primary key of the entity configuration, in one query."""
    found: dict[int, OpenBills] = {}
    rows = (
        open_card_bills()
        .order_by()
        .values_list("record__configuration", "currency")
        .annotate(number=Count("pk"), due=Sum(Coalesce(F("due_minor"), F("amount_minor"))))
    )
    for configuration, currency, number, minor in rows:
        before = found.get(configuration, OpenBills(0, {}))
        found[configuration] = OpenBills(before.number + number, {**before.due, currency: Money.of_minor(minor, currency).amount})
    return found
