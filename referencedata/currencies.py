"""Whether a company keeps its books in several currencies: what has to stand on everything that is sent to it depends on that."""

from __future__ import annotations

from integration.models import Connection
from referencedata.models import CompanySetting, Entity, ExchangeRateType

# As `getFinancialSetup` says it, in the words of our copy.
SEVERAL_CURRENCIES = ("Several currencies", "Several base currencies")


def is_multi_currency(connection: Connection) -> bool:
    """Say, from our copy, whether the company keeps its books in several currencies.

    It does where the financial set-up says so, where its entities have several base currencies, or where it has a type of
    exchange rates of its own. It does not where none of that is so and the set-up says no. Where the set-up cannot be read
    it counts as one of several: such a company refuses a line without rate type, while the best-known open connector
    sends the element to every company (docs/assumptions.md, D52).
    """
    settings = CompanySetting.objects.present().filter(connection=connection, source="Company", name__in=SEVERAL_CURRENCIES)
    said = {value.lower() for value in settings.values_list("value", flat=True)}
    bases = set(Entity.objects.present().filter(connection=connection).exclude(currency="").values_list("currency", flat=True))
    if "true" in said or len(bases) > 1:
        return True
    return "false" not in said or ExchangeRateType.objects.present().filter(connection=connection).exists()
