"""In which currency a document stands beside the entity's own, and by which rate it becomes that.

Source: Sage Intacct XML API, Journal Entries, Bills, AP Payments (CURRENCY, BASECURR, EXCH_RATE_DATE, EXCH_RATE_TYPE_ID).
"""

from __future__ import annotations

from exports.posting.context import PostingContext
from exports.posting.dates import PostingDay
from integration.intacct.documents import ExchangeRate
from integration.pleo.items import ExportItem


def is_foreign(item: ExportItem, context: PostingContext) -> bool:
    return item.currency != context.base_currency


def exchange_rate(item: ExportItem, day: PostingDay, context: PostingContext) -> ExchangeRate | None:
    """Return the rate that every line, bill and payment of `item` names; None in a company of one currency.

    A company of several wants it in the base currency too. It is of the day the money was spent, also where the posting
    date was moved.
    """
    if not context.multi_currency and not is_foreign(item, context):
        return None
    return ExchangeRate(day.original, context.exchange_rate_type)
