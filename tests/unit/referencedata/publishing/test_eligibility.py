"""Which values of our copy Pleo's users may choose from."""

from decimal import Decimal

import pytest

from integration.pleo.published import Tag
from referencedata.publishing.eligibility import Detail, LedgerAccount, Value, accounts, tags, tax_codes

SOLUTION = "United Kingdom - VAT"


def detail(code, rate, *, reverse=False, **more):
    return Detail(code, code, Decimal(rate), SOLUTION, reverse_charge=reverse, **more)


def published(*details, pairs=None, **more):
    return tax_codes(details, **({"solution": SOLUTION, "method": "VAT or GST", "entity": "UK01", "pairs": pairs or {}} | more))


class TestTags:
    def test_are_the_active_values_with_their_names(self):
        choice = tags("DEPARTMENT", "Department", [Value("100", " Sales "), Value("900", "Closed", "inactive"), Value("CC1", "")], "UK01")

        assert choice.values == (Tag("100", "Sales"), Tag("CC1", "CC1"))
        assert (choice.notes, choice.left_out) == ((), 0)

    def test_leave_out_what_only_sums_up_others_and_say_so(self):
        choice = tags("DEPARTMENT", "Department", [Value("100", "Sales"), Value("400", "All", "non_posting")], "UK01")

        assert [tag.code for tag in choice.values] == ["100"]
        assert "only sum up others in Sage Intacct: 400." in choice.notes[0].sentence
        assert choice.left_out == 1

    @pytest.mark.parametrize(
        ("dimension", "entity", "found"),
        [
            ("PROJECT", "", True),
            ("PROJECT", "UK01", True),
            ("PROJECT", "US01", False),
            ("LOCATION", "UK01", True),
            ("LOCATION", "US01", False),
            ("LOCATION", "", False),
        ],
    )
    def test_are_those_that_the_entity_may_use(self, dimension, entity, found):
        assert bool(tags(dimension, "X", [Value("P", "P", entity=entity)], "UK01").values) is found

    @pytest.mark.parametrize(("first", "last"), [("p-1", "P-1"), ("P-1", "p-1")])
    def test_of_codes_that_differ_in_capitals_are_the_last_as_the_posting_rules_find_it(self, first, last):
        choice = tags("PROJECT", "Project", [Value(first, "Old"), Value(last, "New")], "UK01")

        assert choice.values == (Tag(last, "New"),)
        assert f"{first} and {last} differ in nothing but capitals" in choice.notes[0].sentence

    def test_are_none_where_the_last_of_a_code_is_inactive(self):
        choice = tags("PROJECT", "Project", [Value("P-1", "Old"), Value("P-1", "New", "inactive")], "UK01")

        assert (choice.values, choice.notes) == ((), ())


class TestTaxCodes:
    PAIRS = (
        detail("Services Input", "20", reverse=True),
        detail("Services Output", "-20", reverse=True),
        detail("Goods Input", "5", reverse=True),
        detail("Goods Output", "-5", reverse=True),
        detail("Works Input", "12.5", reverse=True),
        detail("Works Output", "-12.5", reverse=True),
    )
    CONFIRMED = {f"{name} Input": f"{name} Output" for name in ("Services", "Goods", "Works")}
    ORPHAN = detail("Gold Input", "13.5", reverse=True)
    IRRECOVERABLE = detail("Irrecoverable", "20")

    def test_of_three_pairs_an_orphan_and_an_irrecoverable_code_are_four_and_the_orphan_is_named(self):
        choice = published(*self.PAIRS, self.ORPHAN, self.IRRECOVERABLE, pairs=self.CONFIRMED)

        assert {(code.code, code.type, code.rate) for code in choice.values} == {
            ("Services Input", "reverse", Decimal(20)),
            ("Goods Input", "reverse", Decimal(5)),
            ("Works Input", "reverse", Decimal("12.5")),
            ("Irrecoverable", "inclusive", Decimal(20)),
        }
        assert [note.about for note in choice.notes] == ["Tax code Gold Input"]
        assert "no code is its output side. Name its partner here (Entity configurations › UK01 › Taxes" in choice.notes[0].sentence
        assert choice.left_out == 1

    def test_are_published_with_a_proposed_partner_that_waits_for_a_person(self):
        choice = published(*self.PAIRS)

        assert [code.code for code in choice.values] == ["Services Input", "Goods Input", "Works Input"]
        assert "until a person has confirmed its partner Services Output here" in choice.notes[0].sentence
        assert (len(choice.notes), all(note.to_do for note in choice.notes), choice.left_out) == (3, True, 0)

    def test_are_named_by_a_person_where_nothing_speaks_for_one(self):
        pairs = {"Red": "One", "Blue": "Two"}
        details = [detail(name, rate, reverse=True) for both in pairs.items() for name, rate in zip(both, ("20", "-20"), strict=True)]

        alone = published(*details, self.IRRECOVERABLE)
        named = published(*details, self.IRRECOVERABLE, pairs=pairs)

        assert [code.code for code in alone.values] == ["Irrecoverable"]
        assert "which code is its output side is not sure (One, Two)" in alone.notes[0].sentence
        assert [code.code for code in named.values] == ["Red", "Blue", "Irrecoverable"]
        assert named.notes == ()

    def test_name_an_output_code_that_goes_with_no_input(self):
        choice = published(detail("Lonely Output", "-7", reverse=True), self.IRRECOVERABLE)

        assert [code.code for code in choice.values] == ["Irrecoverable"]
        assert "output side of a reverse charge, and no input code goes with it" in choice.notes[0].sentence

    def test_do_not_use_a_partner_that_is_not_active(self):
        choice = published(self.ORPHAN, detail("Gold Output", "-13.5", reverse=True, active=False), pairs={"Gold Input": "Gold Output"})

        assert choice.values == ()
        assert "it and its partner Gold Output are not the two halves of a reverse charge" in choice.notes[0].sentence

    def test_publish_an_orphan_once_its_partner_is_named(self):
        choice = published(self.ORPHAN, detail("Other", "-13.5", reverse=True), pairs={"Gold Input": "Other"})

        assert [(code.code, code.type) for code in choice.values] == [("Gold Input", "reverse")]
        assert choice.notes == ()

    @pytest.mark.parametrize(
        "other",
        [
            detail("Old", "17.5", active=False),
            detail("Sale", "20", purchase=False),
            Detail("IE", "IE", Decimal(23), "Ireland - VAT"),
            detail("Private", "20", entity="UK02"),
        ],
        ids=lambda each: each.id,
    )
    def test_are_active_of_the_entitys_solution_and_of_purchases_only(self, other):
        choice = published(other, self.IRRECOVERABLE)

        assert [code.code for code in choice.values] == ["Irrecoverable"]
        assert choice.notes == ()

    @pytest.mark.parametrize(("solution", "method", "said"), [("", "", "no tax solution"), ("Avatax", "US sales tax", "sales tax of the")])
    def test_are_left_alone_where_nothing_can_be_posted(self, solution, method, said):
        choice = published(self.IRRECOVERABLE, solution=solution, method=method)

        assert (choice.values, choice.alone) == ((), True)
        assert said in choice.notes[0].sentence


class TestAccounts:
    def test_are_what_expenses_may_stand_on_and_the_balance_accounts(self):
        rows = [
            LedgerAccount("6100", "Travel"),
            LedgerAccount("6900", "Old", active=False),
            LedgerAccount("2000", "Payables", closed=True),
            LedgerAccount("1050", "Pleo wallet", closed=True),
            LedgerAccount("7000", "Elsewhere", entity="US01"),
        ]

        choice = accounts(rows, entity="UK01", balance_accounts={"1050"})

        assert [(each.external_id, each.code, each.name) for each in choice.values] == [
            ("6100", "6100", "Travel"),
            ("1050", "1050", "Pleo wallet"),
        ]
