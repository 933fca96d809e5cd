"""Whether a company keeps several currencies, as our copy tells."""

import pytest

from integration.sandbox.sandbox import Sandbox
from integration.sandbox.world import load_single_currency
from referencedata.currencies import is_multi_currency
from referencedata.models import CompanySetting, Entity, ExchangeRateType
from referencedata.syncing.sync import sync_all
from tests.db.referencedata.wire import in_process

pytestmark = pytest.mark.django_db

SAID = ("Several currencies", "Several base currencies")
ROW = {"first_seen_at": "2026-03-09T12:00:00Z", "last_seen_at": "2026-03-09T12:00:00Z", "changed_at": "2026-03-09T12:00:00Z"}


def tell(connection, currencies="false", bases="false"):
    for name, value in zip(SAID, (currencies, bases), strict=True):
        CompanySetting.objects.create(connection=connection, intacct_key=name, source="Company", name=name, value=value, **ROW)


def entities(connection, *currencies):
    for number, currency in enumerate(currencies):
        Entity.objects.create(connection=connection, intacct_key=str(number), code=f"E{number}", currency=currency, **ROW)


class TestIsMultiCurrency:
    @pytest.mark.parametrize(
        ("said", "bases", "several"),
        [
            (("true", "false"), ("GBP",), True),
            (("false", "true"), ("GBP",), True),
            (("false", "false"), ("GBP", "GBP"), False),
            (("false", "false"), ("GBP", ""), False),
            (("false", "false"), ("GBP", "EUR"), True),
            (("not readable", "not readable"), ("GBP",), True),
            (("False", "not readable"), ("GBP",), False),
        ],
    )
    def test_follows_set_up_and_base_currencies(self, connection, said, bases, several):
        tell(connection, *said)
        entities(connection, *bases)

        assert is_multi_currency(connection) == several

    def test_follows_exchange_rate_types(self, connection):
        tell(connection)
        ExchangeRateType.objects.create(connection=connection, intacct_key="1", name="Corporate Rate", **ROW)

        assert is_multi_currency(connection)
        ExchangeRateType.objects.update(retired_at="2026-03-10T12:00:00Z")
        assert not is_multi_currency(connection)

    def test_is_yes_before_anything_was_copied(self, connection):
        assert is_multi_currency(connection)

    def test_is_read_from_both_worlds(self, connection, gateway, clock):
        sync_all(connection, gateway=gateway, clock=clock)
        assert is_multi_currency(connection)

    def test_is_no_in_the_world_of_one_currency(self, connection, clock):
        single = Sandbox(world=load_single_currency, now=clock())

        sync_all(connection, gateway=in_process(single, clock), clock=clock)

        assert not is_multi_currency(connection)
