"""Every kind of reference data reaches our copy, and what a company lacks or hides is shown with the permission it needs."""

from datetime import timedelta

import pytest

from integration.sandbox.intacct import fields
from integration.sandbox.intacct.objects import put_object
from integration.sandbox.intacct.preferences import set_preference
from referencedata.kinds.registry import DIMENSION_MODELS, KINDS
from referencedata.models import CompanySetting, Contract, CostType, Customer, ExchangeRateType, Item, PaymentTerm, Task, Warehouse
from referencedata.syncing.sync import sync_all, went_through
from tests.db.referencedata.wire import deny, in_process, outcomes

pytestmark = pytest.mark.django_db


class TestEveryKind:
    def test_is_copied(self, connection, gateway, clock):
        runs = sync_all(connection, gateway=gateway, clock=clock)

        assert set(outcomes(runs)) == {kind.name for kind in KINDS} | {"COST_CENTRE"}
        assert set(outcomes(runs).values()) == {"COMPLETE"}
        assert list(Customer.objects.values_list("code", "parent", "status")) == [("K-10", "", "ACTIVE"), ("K-20", "K-10", "INACTIVE")]
        assert Item.objects.get().item_type == "Non-Inventory"
        assert Warehouse.objects.get().location == "LDN"
        assert (Contract.objects.get().customer, Contract.objects.get().state) == ("K-10", "In progress")
        assert (CostType.objects.get().project, CostType.objects.get().task) == ("P-100", "T-1")
        assert list(PaymentTerm.objects.values_list("name", flat=True)) == ["Due on receipt", "Net 30"]
        assert list(ExchangeRateType.objects.values_list("name", "default")) == [("Corporate Rate", False)]

    def test_keeps_two_tasks_with_one_code_apart(self, connection, gateway, clock):
        sync_all(connection, gateway=gateway, clock=clock)

        assert list(Task.objects.values_list("project", "code", "name")) == [("P-100", "T-1", "Design"), ("P-200", "T-1", "Packing")]

    def test_of_dimension_can_be_looked_up_for_postings(self, connection, gateway, clock):
        sync_all(connection, gateway=gateway, clock=clock)

        assert {name: model.objects.present().exists() for name, model in DIMENSION_MODELS.items()} == dict.fromkeys(DIMENSION_MODELS, True)

    def test_that_a_company_lacks_or_hides_is_shown_with_the_permission_it_needs(self, connection, gateway, clock, sandbox, monkeypatch):
        for name in ("COSTTYPE", "WAREHOUSE", "CONTRACT"):
            monkeypatch.delitem(fields.FIELDS, name)
        deny(sandbox, "QUERY ITEM", "QUERY EXCHANGERATETYPES")

        runs = sync_all(connection, gateway=gateway, clock=clock)

        refused = {run.kind: run.error for run in runs if run.outcome == "ABSENT"}
        assert {run.kind for run in runs if run.outcome != "COMPLETE"} == set(refused)
        assert set(refused) == {"cost_types", "warehouses", "contracts", "items", "exchange_rate_types"}
        assert "list warehouses (Inventory Control)" in refused["warehouses"]
        assert "list exchange rate types (Company)" in refused["exchange_rate_types"]
        assert went_through(runs)

    def test_that_is_let_in_again_is_read_to_its_end_however_long_it_is(self, connection, clock, sandbox, monkeypatch):
        monkeypatch.setattr("referencedata.syncing.paging.PAGE_SIZE", 2)
        for number in range(20):
            put_object(sandbox.books, "ITEM", ITEMID=f"N{number}", NAME="More", STATUS="active", ITEMTYPE="Kit")
        deny(sandbox, "QUERY ITEM")
        sync_all(connection, gateway=in_process(sandbox, clock), clock=clock, kinds=["items"])
        deny(sandbox)

        rounds = 0
        while (rounds := rounds + 1) < 20:
            slow = in_process(sandbox, clock, before=lambda: clock.forward(seconds=60))
            *_, run = sync_all(connection, gateway=slow, clock=clock, kinds=["items"], stop_at=clock() + timedelta(seconds=180))
            if run.outcome != "PAUSED":
                break

        assert (run.outcome, run.our_count, rounds > 2) == ("COMPLETE", 21, True)


class TestSettings:
    def test_tell_the_base_currency(self, connection, gateway, clock):
        sync_all(connection, gateway=gateway, clock=clock)

        said = dict(CompanySetting.objects.filter(source="Company").values_list("name", "value"))
        assert (said["Base currency"], said["Several base currencies"], said["First fiscal month"]) == ("", "true", "1")

    def test_copy_preferences_and_say_which_that_matter_cannot_be_read(self, connection, gateway, clock, sandbox):
        set_preference(sandbox.books, "AP", "SOME_SWITCH", "true")

        sync_all(connection, gateway=gateway, clock=clock)

        said = dict(CompanySetting.objects.filter(source="Accounts Payable").values_list("name", "value"))
        assert said["SOME_SWITCH"] == "true"
        assert said["Approval of bills"] == said["Several bills with one number"] == "not readable"

    def test_follow_a_change_with_the_next_sync(self, connection, gateway, clock, sandbox):
        sync_all(connection, gateway=gateway, clock=clock)
        set_preference(sandbox.books, "ME", "DISABLEENTITYSLIDEIN", "true")

        runs = sync_all(connection, gateway=gateway, clock=clock)

        assert [run.kind for run in runs if run.changed] == ["preferences_me"]
        assert CompanySetting.objects.get(name="DISABLEENTITYSLIDEIN").value == "true"
