from datetime import date
from decimal import Decimal

import pytest
from lxml import etree

from referencedata.kinds.company_shapes import dimension_rows, fields_shown, rows_of_dimensions
from referencedata.kinds.registry import BY_NAME, DIMENSIONS, KINDS, user_defined


class TestQuestion:
    def test_asks_for_optional_fields_only_where_lookup_shows_them(self):
        fields, order_by = BY_NAME["accounts"].question({"RECORDNO", "ACCOUNTNO", "REQUIREDEPT"})

        assert "REQUIREDEPT" in fields
        assert "REQUIREPROJECT" not in fields
        assert {"TITLE", "STATUS", "ACCOUNTTYPE"} <= set(fields)
        assert order_by == "RECORDNO"

    def test_orders_by_code_where_there_is_no_record_number(self):
        fields, order_by = BY_NAME["journals"].question({"SYMBOL", "TITLE"})

        assert (fields, order_by) == (("SYMBOL", "TITLE"), "SYMBOL")

    def test_never_selects_a_record_number_of_a_custom_object(self):
        assert user_defined("COST_CENTRE", "Cost centre").question(("id", "name")) == (("id", "name"), "id")


class TestRead:
    def test_takes_an_account_with_all_its_flags(self):
        row = {
            "RECORDNO": "12", "ACCOUNTNO": "2000", "TITLE": "Trade payables", "ACCOUNTTYPE": "balancesheet", "NORMALBALANCE": "credit",
            "STATUS": "active", "SUBLEDGERCONTROLON": "true", "ALTERNATIVEACCOUNT": "Payables account", "REQUIREDEPT": "true",
            "REQUIREPROJECT": "false", "REQUIRECLASS": "T", "MEGAENTITYID": "UK01",
        }  # fmt: skip

        key, columns = BY_NAME["accounts"].read(row)

        assert key == "12"
        assert columns == {
            "number": "2000", "title": "Trade payables", "account_type": "BALANCE_SHEET", "normal_balance": "CREDIT", "category": "",
            "control": True, "alternative_account": "Payables account", "required_dimensions": ["DEPARTMENT", "CLASS"],
            "status": "ACTIVE", "owner": "UK01",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("said", "status"),
        [("active", "ACTIVE"), ("active non-posting", "NON_POSTING"), ("inactive", "INACTIVE"), ("Not configured", "INACTIVE")],
    )
    def test_keeps_apart_what_may_be_posted_to(self, said, status):
        _, columns = BY_NAME["departments"].read({"RECORDNO": "1", "DEPARTMENTID": "100", "TITLE": "Sales", "STATUS": said})

        assert columns["status"] == status

    def test_reads_the_first_open_day_as_month_day_year(self):
        _, columns = BY_NAME["entities"].read({"RECORDNO": "1", "LOCATIONID": "UK01", "STARTOPEN": "02/01/2026"})

        assert columns["start_open_date"] == date(2026, 2, 1)

    @pytest.mark.parametrize(("said", "value"), [("20", "20"), ("-20.00", "-20"), ("8.875", "8.875"), ("0", "0")])
    def test_reads_a_rate_exactly(self, said, value):
        _, columns = BY_NAME["tax_codes"].read({"RECORDNO": "1", "DETAILID": "X", "VALUE": said})

        assert columns["value"] == Decimal(value)

    @pytest.mark.parametrize(
        ("kind", "row", "names"),
        [
            ("tax_codes", {"RECORDNO": "1", "DETAILID": "X", "VALUE": ""}, "X"),
            ("tax_codes", {"RECORDNO": "1", "DETAILID": "X", "VALUE": "NaN"}, "X"),
            ("entities", {"RECORDNO": "1", "LOCATIONID": "UK01", "STARTOPEN": "2026-02-01"}, "UK01"),
            ("accounts", {"RECORDNO": "77", "ACCOUNTNO": ""}, "77"),
            ("accounts", {"RECORDNO": "77", "ACCOUNTNO": "9" * 41}, "9" * 41),
        ],
    )
    def test_refuses_what_it_cannot_rely_on(self, kind, row, names):
        with pytest.raises(ValueError, match=names):
            BY_NAME[kind].read(row)

    def test_cuts_a_name_and_never_a_code(self):
        _, columns = BY_NAME["vendors"].read({"RECORDNO": "1", "VENDORID": "V-1", "NAME": "x" * 300})

        assert len(columns["name"]) == 255

    def test_gives_columns_that_the_model_has(self):
        for kind in KINDS:
            row = {kind.code: "A", "RECORDNO": "1", "VALUE": "1", **({"OBJECTNAME": "A"} if kind is DIMENSIONS else {})}
            _, columns = kind.read(row)
            kind.model(**columns)

    def test_knows_a_value_of_an_own_dimension_by_its_integer_id(self):
        key, columns = user_defined("COST_CENTRE", "Cost centre").read({"ID": "10007", "NAME": "CC10"})

        assert (key, columns["name"], columns["dimension"]) == ("10007", "CC10", "COST_CENTRE")


class TestDimensionRows:
    DATA = etree.fromstring(
        "<data><dimensions>"
        "<dimension><objectName>DEPARTMENT</objectName><objectLabel>Department</objectLabel><termLabel>Team</termLabel>"
        "<userDefinedDimension>false</userDefinedDimension><enabledInGL>true</enabledInGL></dimension>"
        "<dimension><objectName>PROJECT</objectName><userDefinedDimension>false</userDefinedDimension>"
        "<enabledInGL>false</enabledInGL></dimension>"
        "<dimension><objectName>cost_centre</objectName><objectLabel>Cost centre</objectLabel>"
        "<userDefinedDimension>true</userDefinedDimension></dimension>"
        "<dimension><objectName>REGION</objectName><objectLabel>Sales region</objectLabel>"
        "<userDefinedDimension>true</userDefinedDimension></dimension>"
        "<dimension><objectName>GONE</objectName><objectLabel>Gone</objectLabel>"
        "<userDefinedDimension>true</userDefinedDimension></dimension>"
        "</dimensions></data>"
    )
    JOURNAL = {"DEPARTMENT": "Department", "GLDIMCOST_CENTRE": "Cost centre", "GLDIMAREA": "Sales region"}
    BILL = {"DEPARTMENTID": "Department", "GLDIMCOST_CENTRE": "Cost centre"}

    def columns(self):
        rows = dimension_rows(rows_of_dimensions(self.DATA), self.JOURNAL, self.BILL)
        return {columns["object_name"]: columns for _, columns in map(DIMENSIONS.read, rows)}

    def test_spells_standard_dimensions_as_each_kind_of_line_does(self):
        assert (self.columns()["DEPARTMENT"]["journal_element"], self.columns()["DEPARTMENT"]["bill_element"]) == (
            "DEPARTMENT",
            "DEPARTMENTID",
        )
        assert (self.columns()["PROJECT"]["journal_element"], self.columns()["PROJECT"]["bill_element"]) == ("PROJECTID", "PROJECTID")

    def test_finds_the_element_of_an_own_dimension_by_its_name_then_by_its_label(self):
        assert self.columns()["cost_centre"]["journal_element"] == "GLDIMCOST_CENTRE"
        assert (self.columns()["REGION"]["journal_element"], self.columns()["REGION"]["bill_element"]) == ("GLDIMAREA", "")
        assert self.columns()["GONE"]["journal_element"] == ""

    def test_says_what_people_call_it_and_whether_the_ledger_knows_it(self):
        assert self.columns()["DEPARTMENT"]["label"] == "Team"
        assert self.columns()["PROJECT"]["status"] == "INACTIVE"


class TestFieldsShown:
    def test_reads_a_lookup_in_whatever_case_it_is_written(self):
        data = etree.fromstring("<data><Type><Fields><Field><ID>ACCOUNTNO</ID><LABEL>Account</LABEL></Field></Fields></Type></data>")

        assert fields_shown(data) == {"ACCOUNTNO": "Account"}
