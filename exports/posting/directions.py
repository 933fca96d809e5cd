"""Which way an item goes, told by its kind, and by its sign where a person has confirmed it.

Source: docs/design.md, section 6, Direction; docs/assumptions.md, A1.
"""

from __future__ import annotations

from exports.posting.context import PostingContext
from exports.posting.findings import Findings
from exports.posting.kinds import Place, Rule
from integration.pleo.items import ExportItem

_CALLED: dict[Place, str] = {
    "line": "the expense's account",
    "balance": "the Pleo balance",
    "owed_to": "what is owed to employees",
    "owed_by": "what employees owe",
    "external": "external reimbursements",
    "transfer": "wallet transfers",
}


def direction(item: ExportItem, rule: Rule, context: PostingContext, findings: Findings) -> int:
    """Return the sign of an amount that goes the rule's own way; an amount of the other sign goes the opposite way.

    That is the sign the rule expects. An unexpected sign is a problem until a person has confirmed it for this type and
    sub type; then it is money that went the other way where Pleo documents the sign, and else Pleo's way of writing it.
    """
    if item.amount.minor * rule.sign >= 0:
        return rule.sign
    sign = 1 if item.amount.minor > 0 else -1
    if (item.type, item.sub_type, sign) in context.confirmed_directions:
        return rule.sign if rule.sign_sure else -rule.sign
    usual, other = _readings(rule)
    both = f"Either Pleo writes this kind so ({usual}), or the money went the other way ({other})."
    taken = f"the second ({other})" if rule.sign_sure else f"the first ({usual})"
    findings.problem(
        "sign_unexpected",
        f"{item.amount} has an unexpected sign for this kind of entry ({rule.name}). {both} Confirm here that it is {taken}, for all "
        "entries of this kind and sign (on the page of the expense); if it is not, post it by hand in Sage Intacct, and skip it here with "
        "the reason.",
        kind="amount", value=str(item.amount.amount),
    )  # fmt: skip
    return rule.sign


def _readings(rule: Rule) -> tuple[str, str]:
    """Return the entry of the rule's own way and of the opposite way, in words."""
    if rule.form == "payment":
        return "the bill is paid", "the payment came back"
    main, offset = _CALLED[rule.main], _CALLED[rule.offset]
    ways = f"debit {main}, credit {offset}", f"debit {offset}, credit {main}"
    return ways if rule.side == "debit" else (ways[1], ways[0])
