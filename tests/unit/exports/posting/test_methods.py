from dataclasses import replace

import pytest

from exports.posting.payables import bill_wanted
from integration.intacct.documents import Bill, JournalEntry
from tests.unit.exports.posting.posting_kit import CONTEXT, PAYABLES, carried, entry, invoice, item, line, plan

BY_PLEO = {
    "journal": replace(CONTEXT, card=replace(CONTEXT.card, method_from="pleo")),
    "accounts_payable": replace(PAYABLES, card=replace(PAYABLES.card, method_from="pleo")),
}
OURS = {"journal": CONTEXT, "accounts_payable": PAYABLES}


def asking(method, *lines, **fields):
    return item(*lines, bookkeeping={"method": method} if method else None, **fields)


class TestTheMethodOfAnItem:
    """Source: Pleo Export API v3, bookkeeping.method: journal, accounts_payable, none, or no object."""

    @pytest.mark.parametrize("ours", ["journal", "accounts_payable"])
    @pytest.mark.parametrize(("asked", "made"), [("journal", JournalEntry), ("none", JournalEntry), ("accounts_payable", Bill)])
    @pytest.mark.parametrize("kind", ["card_purchase", "card_invoice"])
    def test_decides_where_the_configuration_says_so(self, kind, asked, made, ours):
        planned = plan(asking(asked, type=kind, invoice=invoice()), BY_PLEO[ours])

        assert isinstance(planned.principal, made)
        assert not any("Pleo asks for" in note for note in planned.notes)

    @pytest.mark.parametrize(("ours", "made"), [("journal", JournalEntry), ("accounts_payable", Bill)])
    @pytest.mark.parametrize("asked", ["", "something new"])
    def test_decides_nothing_where_it_is_not_given_or_unknown(self, asked, ours, made):
        assert isinstance(plan(asking(asked), BY_PLEO[ours]).principal, made)

    @pytest.mark.parametrize(
        ("ours", "asked", "made", "note"),
        [
            ("accounts_payable", "journal", Bill, "Pleo asks for a journal entry, but this is posted as an AP bill, as UK01 is set"),
            ("accounts_payable", "none", Bill, "Pleo asks for a journal entry, but this is posted as an AP bill, as UK01 is set"),
            (
                "journal",
                "accounts_payable",
                JournalEntry,
                "Pleo asks for an AP bill, but this is posted as a journal entry, as UK01 is set",
            ),
        ],
    )
    def test_is_else_named_where_it_differs(self, ours, asked, made, note):
        planned = plan(asking(asked), OURS[ours])

        assert isinstance(planned.principal, made)
        assert [each.startswith(note) for each in planned.notes if "Pleo asks" in each] == [True]

    @pytest.mark.parametrize(
        ("ours", "asked"), [("accounts_payable", "accounts_payable"), ("journal", "journal"), ("journal", "none"), ("journal", "")]
    )
    def test_is_not_named_where_it_is_the_same(self, ours, asked):
        assert not any("Pleo asks" in note for note in plan(asking(asked), OURS[ours]).notes)

    @pytest.mark.parametrize(
        ("asked", "fields"),
        [("accounts_payable", {"type": "out_of_pocket"}), ("journal", {"type": "invoice", "invoice": invoice()})],
    )
    def test_is_named_where_a_kind_is_always_posted_otherwise(self, asked, fields):
        notes = [note for note in plan(asking(asked, **fields), BY_PLEO["journal"]).notes if "Pleo asks" in note]

        assert len(notes) == 1 and "as every" in notes[0]

    def test_names_the_vendor_on_the_lines_of_a_refund(self):
        refund = asking("accounts_payable", line(-12000), type="refund")

        assert carried(entry(refund, BY_PLEO["journal"]), 0)["VENDORID"] == "V-PLEO"
        assert "VENDORID" not in carried(entry(refund), 0)

    def test_decides_whether_a_bill_is_looked_for(self):
        fields = {"type": "card_invoice", "invoice": invoice()}

        assert bill_wanted(asking("accounts_payable", **fields), BY_PLEO["journal"]) is not None
        assert bill_wanted(asking("journal", **fields), BY_PLEO["accounts_payable"]) is None

    def test_leaves_a_bill_open_where_the_configuration_does(self):
        within = replace(CONTEXT, card=replace(CONTEXT.card, method_from="pleo", settlement="leave_open"))

        planned = plan(asking("accounts_payable"), within)

        assert planned.principal.on_hold and len(planned.documents) == 2
