from dataclasses import replace

import pytest

from exports.posting.context import Account
from tests.unit.exports.posting.posting_kit import CONTEXT, PAYABLES, carried, codes, context, entry, item, line, plan, sentences


class TestLineDimensions:
    def test_follow_the_tags_without_case(self):
        posted = entry(item(line(100, tags={"Department": "200", "cost_centre": "events", "PROJECT": "p-1"})))

        assert carried(posted, 0) == {"LOCATION": "UK01", "DEPARTMENT": "200", "PROJECTID": "P-1", "GLDIMCOST_CENTRE": "10017"}

    def test_of_an_unmapped_group_are_left_out_with_a_note(self):
        planned = plan(item(line(100, tags={"MOOD": "good"})))

        assert carried(planned.principal, 0) == {"LOCATION": "UK01"}
        assert "Tag good of group MOOD is no dimension of UK01: it was left out." in planned.notes

    @pytest.mark.parametrize(
        ("tags", "found"),
        [
            ({"DEPARTMENT": "777"}, "dimension_value_unknown"),
            ({"DEPARTMENT": "900"}, "dimension_value_inactive"),
            ({"DEPARTMENT": "000"}, "dimension_value_non_posting"),
            ({"DEPARTMENT": "FR1"}, "dimension_value_other_entity"),
            ({"LOCATION": "PARIS"}, "location_other_entity"),
            ({"LOCATION": "WORLD"}, "location_other_entity"),
            ({"TASK": "T-1"}, "task_without_project"),
            ({"COSTTYPE": "C-1", "PROJECT": "P-1"}, "task_without_project"),
        ],
    )
    def test_must_be_usable(self, tags, found):
        assert codes(item(line(100, tags=tags))) == [found]

    def test_are_named_with_what_mends_them(self):
        assert sentences(item(line(100, tags={"DEPARTMENT": "900"}))) == [
            "Department 900 'Closed' is inactive in Sage Intacct. Choose another Department for this expense in Pleo, "
            "or activate it in Sage Intacct."
        ]

    def test_hold_task_and_cost_type_with_what_they_need(self):
        posted = entry(item(line(100, tags={"PROJECT": "P-1", "TASK": "T-1", "COSTTYPE": "C-1"})))

        assert carried(posted, 0) == {"LOCATION": "UK01", "PROJECTID": "P-1", "TASKID": "T-1", "COSTTYPEID": "C-1"}

    def test_must_not_be_given_twice_unless_they_agree(self):
        assert codes(item(line(100, tag_list=[("DEPARTMENT", "200"), ("department", "200")]))) == []
        assert codes(item(line(100, tag_list=[("DEPARTMENT", "200"), ("DEPARTMENT", "300")]))) == ["dimension_twice"]

    def test_take_a_location_inside_the_entity_and_leave_the_offset_at_the_entitys_own(self):
        posted = entry(item(line(100, tags={"LOCATION": "london"})))

        assert [carried(posted, number)["LOCATION"] for number in (0, 1)] == ["LONDON", "UK01"]

    def test_need_no_location_in_a_company_without_entities(self):
        assert carried(entry(item(line(100)), context(entity="")), 0) == {}


class TestTeamDefaults:
    WITHIN = context(team_defaults={"SALES": {"DEPARTMENT": "200", "PROJECT": "p-1"}})
    TEAM = {"id": "t", "name": "Sales", "code": "sales"}

    def test_fill_in_where_there_is_no_tag(self):
        posted = entry(item(line(100, tags={"DEPARTMENT": "300"}), team=self.TEAM), self.WITHIN)

        assert carried(posted, 0) == {"LOCATION": "UK01", "DEPARTMENT": "300", "PROJECTID": "P-1"}

    def test_stay_off_the_offset(self):
        assert carried(entry(item(line(100), team=self.TEAM), self.WITHIN), 1) == {"LOCATION": "UK01"}

    def test_work_for_a_standard_dimension_that_is_no_tag_group(self):
        slots = {code: slot for code, slot in CONTEXT.dimensions.items() if code != "DEPARTMENT"}

        assert carried(entry(item(line(100), team=self.TEAM), replace(self.WITHIN, dimensions=slots)), 0)["DEPARTMENT"] == "200"

    @pytest.mark.parametrize(
        ("defaults", "found"), [({"DEPARTMENT": "900"}, "dimension_value_inactive"), ({"GLDIMNONE": "1"}, "team_default_unknown")]
    )
    def test_that_cannot_be_used_name_the_setting(self, defaults, found):
        within = context(team_defaults={"SALES": defaults})

        assert codes(item(line(100), line(200), team=self.TEAM), within) == [found]
        assert "› Dimensions › Team defaults" in sentences(item(line(100), team=self.TEAM), within)[0]


class TestRequiredDimensions:
    def test_are_asked_for_on_the_expense_line(self):
        found = sentences(item(line(100, "6600", tags={"PROJECT": "P-1"})))

        assert found == ["Account 6600 'Projects' requires a Department. Choose a Department for this expense in Pleo."]

    def test_are_asked_for_on_the_line_of_a_bill(self):
        assert codes(item(line(100, "6600", tags={"PROJECT": "P-1"})), PAYABLES) == ["dimension_required"]

    @pytest.mark.parametrize(("default", "found"), [("V-PLEO", []), ("", ["dimension_required", "dimension_required"])])
    def test_are_met_by_the_vendor_that_a_refund_gets_under_payables(self, default, found):
        within = replace(
            PAYABLES,
            accounts={**CONTEXT.accounts, "6100": Account("6100", "Travel", required=frozenset({"VENDOR"}))},
            card=replace(PAYABLES.card, default_vendor=default),
        )

        assert codes(item(line(-100), line(-200), type="refund"), within) == found
        assert codes(item(line(-100, tags={"VENDOR": "V-100"}), line(-200, tags={"VENDOR": "V-200"}), type="refund"), within) == []

    def test_are_asked_for_on_the_offset_line(self):
        within = context(accounts={**CONTEXT.accounts, "1050": Account("1050", "Wallet", required=frozenset({"DEPARTMENT"}))})

        assert codes(item(line(100, tags={"DEPARTMENT": "200"})), within) == ["dimension_required"]

    def test_are_met_by_a_mirrored_offset_line(self):
        within = context(
            accounts={**CONTEXT.accounts, "1050": Account("1050", "Wallet", required=frozenset({"DEPARTMENT", "LOCATION"}))},
            offset_per_line=True,
        )

        assert codes(item(line(100, tags={"DEPARTMENT": "200"})), within) == []


class TestEmployee:
    @pytest.mark.parametrize(("code", "noted"), [(None, "no employee code"), ("E-99", "E-99 is not active"), ("E-1", "E-1 is unknown")])
    def test_that_is_not_active_is_left_out_with_a_note(self, code, noted):
        planned = plan(item(line(100), type="out_of_pocket", employee_code=code))

        assert "EMPLOYEEID" not in carried(planned.principal, 1)
        assert any(noted in note for note in planned.notes)

    def test_does_not_stand_on_a_card_purchase(self):
        assert "EMPLOYEEID" not in carried(entry(item(line(100), employee_code="E-17")), 1)
