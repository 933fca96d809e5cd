"""Whether an expense becomes a bill or a journal entry: by the configuration, or by Pleo's word for each expense.

Source: Pleo Export API v3, bookkeeping.method; docs/design.md, section 6.
"""

from __future__ import annotations

from collections.abc import Mapping

from exports.posting import reverse_charge
from exports.posting.context import CardMethod, PostingContext
from exports.posting.findings import Findings
from exports.posting.kinds import RULES, Rule
from integration.intacct.documents import Bill, IntacctDocument, JournalEntry
from integration.pleo.items import ExportItem

_ASKED: Mapping[str, CardMethod] = {"accounts_payable": "accounts_payable", "journal": "journal", "none": "journal"}
_CALLED: Mapping[CardMethod, str] = {"accounts_payable": "an AP bill", "journal": "a journal entry"}


def card_method(item: ExportItem, context: PostingContext) -> CardMethod:
    """Return how a card expense like `item` is posted; Pleo's word counts where the configuration says so."""
    asked = _ASKED.get(item.method) if context.card.method_from == "pleo" else None
    return asked or context.card.method


def is_billed(item: ExportItem, context: PostingContext) -> bool:
    """Say whether what Pleo has paid becomes a bill: a card expense by its method, also a fee because of a reverse charge.

    Only above zero: no bill is less.
    """
    rule = RULES.get((item.type, item.sub_type))
    if rule is None or item.amount.minor <= 0:
        return False
    if rule.form == "card" and card_method(item, context) == "accounts_payable":
        return True
    return (rule.form == "card" or item.type == "fee") and reverse_charge.wants_bill(item, context)


def note_other(item: ExportItem, rule: Rule, principal: IntacctDocument, context: PostingContext, findings: Findings) -> None:
    """Note where Pleo asks for another kind of document than the principal is."""
    made: CardMethod | None = (
        "accounts_payable" if isinstance(principal, Bill) else "journal" if isinstance(principal, JournalEntry) else None
    )
    asked = _ASKED.get(item.method)
    if asked is None or made is None or asked == made:
        return
    why = (
        f"as {context.entity} is set (Entity configurations › {context.entity} › Card expenses › Who decides for each expense)"
        if rule.form == "card" and context.card.method_from == "ours" and made == context.card.method
        else f"as every {rule.name} of this sort is"
    )
    findings.note(f"Pleo asks for {_CALLED[asked]}, but this is posted as {_CALLED[made]}, {why}.")
