"""From two lists to the differences between them."""

import random
from dataclasses import replace
from decimal import Decimal

import pytest

from integration.pleo.published import ChartAccount, Tag, TagGroup, TaxCode
from referencedata.publishing.differences import ArchiveTags, CreateAccounts, account_writes, group_writes, tag_writes, tax_code_writes

VAT20 = TaxCode("Goods", "Goods", Decimal(20), "inclusive")


def said(writes):
    return [(write.does, str(write), write.size) for write in writes]


class TestGroupWrites:
    def test_create_unarchive_and_archive_by_code_in_any_case(self):
        there = [TagGroup("department", "Abteilung", id="1"), TagGroup("PROJECT", "Project", True, "2"), TagGroup("CLASS", "Class", id="3")]

        writes = group_writes(
            [TagGroup("DEPARTMENT", "Department"), TagGroup("PROJECT", "P"), TagGroup("VENDOR", "Vendor")], there, ours={"3"}
        )

        assert said(writes) == [
            ("archived", "Tag group CLASS", 1),
            ("unarchived", "Tag group PROJECT", 1),
            ("created", "Tag group VENDOR", 1),
        ]
        assert writes[1].target.name == "Project"

    def test_leave_alone_what_we_neither_made_nor_adopted_and_what_is_in_doubt(self):
        there = [TagGroup("REGION", "By hand", id="1"), TagGroup("CLASS", "Class", id="2")]

        assert group_writes([], there, ours={"2"}, kept={"class"}) == []

    def test_send_back_what_others_keep_there(self):
        (write,) = group_writes([TagGroup("CLASS", "Class")], [TagGroup("CLASS", "K", True, "1", {"by": "them"})], ours=())

        assert write.target == TagGroup("CLASS", "K", False, "1", {"by": "them"})

    def test_of_two_of_ours_with_one_code_keep_one(self):
        there = [TagGroup("CLASS", "Class", id="1"), TagGroup("CLASS", "Class", id="2")]

        assert [(write.does, write.target.id) for write in group_writes([TagGroup("CLASS", "Class")], there, ours={"1", "2"})] == [
            ("archived", "2")
        ]


class TestTagWrites:
    def test_are_differences_only_with_room_made_first(self):
        there = [Tag("100", "Sales", id="1"), Tag("200", "Old name", id="2"), Tag("800", "Gone", id="3"), Tag("300", "Ops", True, "4")]
        wanted = [Tag("100", "Sales"), Tag("200", "Engineering"), Tag("300", "Operations"), Tag("500", "New")]

        writes = tag_writes("DEPARTMENT", wanted, there, may_archive=True)

        assert said(writes) == [
            ("archived", "DEPARTMENT 800", 1),
            ("renamed", "DEPARTMENT 200", 1),
            ("unarchived", "DEPARTMENT 300", 1),
            ("created", "DEPARTMENT 500", 1),
        ]
        assert writes[2].target == Tag("300", "Operations", False, "4")

    def test_are_none_where_nothing_differs(self):
        assert tag_writes("D", [Tag("100", "Sales")], [Tag("100", "Sales", id="1"), Tag("9", "Gone", True, "2")], may_archive=True) == []

    def test_archive_nothing_where_our_copy_was_not_read_whole(self):
        assert tag_writes("D", [], [Tag("100", "Sales", id="1")], may_archive=False) == []

    def test_keep_one_of_several_with_the_same_code(self):
        there = [Tag("100", "Wrong", id="1"), Tag("100", "Sales", True, "2"), Tag("100", "Sales", id="3")]

        assert tag_writes("D", [Tag("100", "Sales")], there, may_archive=False) == [ArchiveTags("D", (there[0],))]

    def test_archive_a_hundred_at_once(self):
        there = [Tag(str(number), "x", id=str(number)) for number in range(250)]

        assert [write.size for write in tag_writes("D", [], there, may_archive=True)] == [100, 100, 50]


class TestTaxCodeWrites:
    def test_match_codes_to_the_letter(self):
        writes = tax_code_writes([VAT20], [replace(VAT20, code="goods", id="1")], known=(), may_archive=True)

        assert said(writes) == [("created", "Tax code Goods", 1)]

    @pytest.mark.parametrize("other", [{"rate": Decimal("17.5")}, {"type": "reverse"}, {"name": "Old"}], ids=str)
    def test_change_rate_type_and_name_and_keep_what_a_person_gave(self, other):
        held = replace(VAT20, id="1", ingoing_account="2200", **other)

        (write,) = tax_code_writes([VAT20], [held], known=(), may_archive=True)

        assert (write.does, write.target) == ("renamed", replace(VAT20, id="1", ingoing_account="2200"))

    def test_archive_what_intacct_knows_and_leave_what_a_person_made(self):
        there = [replace(VAT20, code="Old rate", id="1"), replace(VAT20, code="By hand", id="2")]

        writes = tax_code_writes([], there, known={"Old rate"}, may_archive=True)

        assert said(writes) == [("archived", "Tax code Old rate", 1)]
        assert tax_code_writes([], there, known={"Old rate"}, may_archive=False) == []

    def test_keep_one_of_two_with_the_same_code(self):
        there = [replace(VAT20, id="1", rate=Decimal(5)), replace(VAT20, id="2")]

        writes = tax_code_writes([VAT20], there, known={"Goods"}, may_archive=True)

        assert [(write.does, write.target.id) for write in writes] == [("archived", "1")]


class TestAccountWrites:
    def test_find_by_external_id_else_by_code(self):
        there = [ChartAccount("x-1", "6100", "Travel", id="1"), ChartAccount("6200", "6200", "Old", id="2", tax_code="Goods")]
        wanted = [ChartAccount("6100", "6100", "Travel"), ChartAccount("6200", "6200", "Software"), ChartAccount("6300", "6300", "Meals")]

        writes = account_writes(wanted, there, known=(), may_archive=True)

        assert said(writes) == [("renamed", "Account 6200", 1), ("created", "Account 6300", 1)]
        assert writes[0].target == ChartAccount("6200", "6200", "Software", False, "2", "Goods")

    def test_do_not_take_one_account_for_two(self):
        there = [ChartAccount("6100", "6200", "Muddled", id="1")]
        wanted = [ChartAccount("6100", "6100", "Travel"), ChartAccount("6200", "6200", "Software")]

        assert said(account_writes(wanted, there, known=(), may_archive=True)) == [
            ("renamed", "Account 6100", 1),
            ("created", "Account 6200", 1),
        ]

    def test_create_a_thousand_at_once(self):
        wanted = [ChartAccount(str(number), str(number), "x") for number in range(2100)]

        assert [write.size for write in account_writes(wanted, [], known=(), may_archive=True)] == [1000, 1000, 100]
        assert isinstance(account_writes(wanted, [], known=(), may_archive=True)[0], CreateAccounts)

    def test_archive_only_what_intacct_knows(self):
        there = [ChartAccount("6900", "6900", "Old", id="1"), ChartAccount("abc", "", "By hand", id="2")]

        assert said(account_writes([], there, known={"6900"}, may_archive=True)) == [("archived", "Account 6900", 1)]


class TestAnyTwoLists:
    @pytest.mark.parametrize("seed", range(200))
    def test_are_equal_when_the_tag_writes_are_carried_out_and_then_there_are_none(self, seed):
        chance = random.Random(seed)
        codes = [f"C{number}" for number in range(12)]
        wanted = [Tag(code, chance.choice("ab")) for code in chance.sample(codes, chance.randint(0, 12))]
        there = {
            str(number): Tag(chance.choice((str.lower, str.upper))(code), chance.choice("ab"), chance.random() < 0.3, str(number))
            for number, code in enumerate(chance.choices(codes, k=chance.randint(0, 15)))
        }
        for write in tag_writes("D", wanted, list(there.values()), may_archive=True):
            if isinstance(write, ArchiveTags):
                there |= {tag.id: replace(tag, archived=True) for tag in write.tags}
            else:
                identity = write.target.id or f"new {write.target.code}"
                assert (identity in there) == (write.does != "created"), f"seed {seed}"
                there[identity] = replace(write.target, id=identity)

        active = sorted((tag.code, tag.name) for tag in there.values() if not tag.archived)
        assert active == sorted((tag.code, tag.name) for tag in wanted), f"seed {seed}"
        assert tag_writes("D", wanted, list(there.values()), may_archive=True) == [], f"seed {seed}"
