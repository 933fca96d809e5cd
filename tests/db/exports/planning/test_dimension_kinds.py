from __future__ import annotations

import pytest

from exports.planning.posting_context import posting_context
from integration.models import DimensionMapping
from referencedata.kinds.registry import BY_NAME, DIMENSION_MODELS
from referencedata.models import Dimension
from tests.db.exports.rows import NOW, a_configuration

pytestmark = pytest.mark.django_db

COLUMNS = {"first_seen_at": NOW, "last_seen_at": NOW, "changed_at": NOW}


class TestPostingContext:
    @pytest.mark.parametrize("name", [name for name in DIMENSION_MODELS if name != "LOCATION"])
    @pytest.mark.parametrize(("status", "said"), [("ACTIVE", "active"), ("INACTIVE", "inactive")])
    def test_knows_the_values_of_every_standard_dimension(self, name, status, said):
        configuration = a_configuration(team_defaults={"SAL": {name: "x-1"}})
        connection = configuration.connection
        DimensionMapping.objects.create(configuration=configuration, dimension=name, position=1)
        Dimension.objects.create(
            connection=connection, intacct_key=name, object_name=name, journal_element=f"{name}ID", bill_element=f"{name}ID", **COLUMNS
        )
        DIMENSION_MODELS[name].objects.create(connection=connection, intacct_key="1", code="X-1", name="One", status=status, **COLUMNS)

        context = posting_context(configuration, [], now=NOW)

        value = context.values[name, "X-1"]
        assert (value.code, value.name, value.status) == ("X-1", "One", said)

    def test_has_a_kind_for_each_of_them(self):
        assert {kind.model for kind in BY_NAME.values()} >= set(DIMENSION_MODELS.values())
