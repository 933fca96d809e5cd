"""What the database itself refuses about connections and their configurations; what it refuses about exports is beside each model."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from integration.models import Connection, ConnectionCheck, DimensionMapping, EntityConfiguration, Usage, WalletAccount
from tests.db.exports.rows import NOW, a_configuration

pytestmark = pytest.mark.django_db


def mapping(configuration, dimension="DEPARTMENT", position=1):
    return DimensionMapping.objects.create(configuration=configuration, dimension=dimension, position=position)


def check(configuration, *, of_connection=False, **columns):
    defaults = {
        "connection": configuration.connection,
        "configuration": None if of_connection else configuration,
        "name": "sign_in",
        "checked_at": NOW,
        "passed": True,
    }
    return ConnectionCheck.objects.create(**(defaults | columns))


WRONG = {
    "company_id_in_capitals": lambda made: Connection.objects.update(company_id="acme"),
    "closed_connection_says_why": lambda made: Connection.objects.update(closed_at=NOW),
    "posted_to_an_entity_never_to_the_top_level": lambda made: EntityConfiguration.objects.update(intacct_entity=""),
    "closed_configuration_says_why": lambda made: EntityConfiguration.objects.update(closed_at=NOW),
    "one_wallet_account_per_currency": lambda made: [WalletAccount.objects.create(configuration=made, currency="GBP") for _ in range(2)],
    "a_dimension_once": lambda made: [mapping(made, position=position) for position in (1, 2)],
    "a_position_once": lambda made: [mapping(made, dimension) for dimension in ("DEPARTMENT", "CLASS")],
    "at_most_five_dimensions": lambda made: mapping(made, position=6),
    "one_result_per_check": lambda made: [check(made) for _ in range(2)],
    "one_result_per_connection_check": lambda made: [check(made, of_connection=True) for _ in range(2)],
    "one_usage_a_day": lambda made: [Usage.objects.create(company_id="Acme", day=NOW.date(), purpose="LOOK") for _ in range(2)],
    "failed_check_says_what_to_do": lambda made: check(made, passed=False, remedy=""),
}


class TestConstraints:
    @pytest.mark.parametrize("name", WRONG)
    def test_refuse_a_wrong_row(self, name):
        configuration = a_configuration()

        with pytest.raises(IntegrityError), transaction.atomic():
            WRONG[name](configuration)

    def test_are_all_tried(self):
        named = {constraint.name for model in apps.get_app_config("integration").get_models() for constraint in model._meta.constraints}

        assert named == set(WRONG)

    def test_refuse_a_second_connection_to_a_company_and_a_second_configuration_of_a_pleo_company(self):
        configuration = a_configuration()

        with pytest.raises(IntegrityError), transaction.atomic():
            Connection.objects.create(name="Other", company_id=configuration.connection.company_id)
        with pytest.raises(IntegrityError), transaction.atomic():
            a_configuration(pleo_company_id=configuration.pleo_company_id)
