"""The lines of an item, read: each with its account, its tax and its dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from exports.posting import accounts, dimensions, tax, texts
from exports.posting.context import Account, PostingContext, RecordFacts
from exports.posting.dimensions import On
from exports.posting.findings import Findings
from exports.posting.kinds import Rule
from exports.posting.tax_codes import TaxedLine
from integration.intacct.documents import Dimension
from integration.money import Money
from integration.pleo.items import ExportItem, ItemLine

# Intacct rounds what has more decimals, and the entry would not balance. Source: XML API, parameter formats.
AMOUNT_DECIMALS = 2


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line of the item, read: amounts signed as Pleo signs them, gross = net + tax."""

    line: ItemLine
    account: Account
    taxed: TaxedLine
    dimensions: tuple[Dimension, ...]


def is_zero(line: ItemLine) -> bool:
    """Say whether there is nothing to post: no amount and no tax."""
    return not line.amount and not (line.tax and line.tax.amount)


def read_lines(
    item: ExportItem,
    rule: Rule,
    on: On,
    offset: Account | None,
    context: PostingContext,
    record: RecordFacts,
    findings: Findings,
    *,
    later: frozenset[str] = frozenset(),
) -> list[ReadLine]:
    """Return the lines that are not zero; problems and notes go to `findings`, and a line without account is left out.

    on: what they are for. offset: the account on the other side, where there is one. later: dimensions that the lines get
    when all are read, so that the caller asks whether an account that requires them has them.

    Lines on an account of the configuration carry the entity's location, and their tags only where the configuration
    mirrors dimensions; lines on employees' accounts carry the employee.
    """
    has_receipt = any(receipt.file for receipt in record.receipts)
    own = accounts.placed(rule.main, item.currency, context, findings) if rule.main != "line" else None
    who = dimensions.employee(item, context, findings) if rule.main in ("owed_to", "owed_by") else ()
    read = []
    for number, line in enumerate(item.lines, start=1):
        place = f"line {number}"
        if is_zero(line):
            findings.note(f"Line {number} is zero and was left out.")
            continue
        account = accounts.expense_account(line, place, offset, context, findings) if rule.main == "line" else own
        taxed = tax.taxed(item, line, place, on=on, takes=rule.tax, has_receipt=has_receipt, context=context, findings=findings)
        if not taxed.net and not any(entry.amount for entry in taxed.entries):
            # A tax without an amount, where no tax is posted.
            findings.note(f"Line {number} is zero and was left out.")
            continue
        check_decimals((taxed.net, *(entry.amount for entry in taxed.entries)), place, findings)
        tagged = rule.main == "line" or context.offset_per_line
        those = dimensions.line_dimensions(item, line, place, on, context, findings) if tagged else dimensions.own_location(context, on)
        if who:
            those = dimensions.in_order([*who, *those])
        if account:
            required = replace(account, required=account.required - later)
            dimensions.check_required(required, those, place if tagged else "", context, findings)
            read.append(ReadLine(line, account, taxed, those))
    for lost in texts.lost_ids(item, on_bill=on == "bill"):
        findings.note(f"The id {lost} is too long for {'the bill' if on == 'bill' else 'the journal entry'} and was left out.")
    return read


def vendor_tags(read: Sequence[ReadLine]) -> tuple[str, ...]:
    """Return the vendors on the lines, as often as they stand there."""
    return tuple(each.value for line in read for each in line.dimensions if each.object_name == "VENDOR")


def check_decimals(amounts: Sequence[Money], place: str, findings: Findings) -> None:
    """Note a problem for the first amount that Intacct cannot keep."""
    for amount in amounts:
        if amount.amount != amount.amount.quantize(Decimal(1).scaleb(-AMOUNT_DECIMALS)):
            findings.problem(
                "too_many_decimals",
                f"{amount} has more decimals than Sage Intacct keeps ({AMOUNT_DECIMALS}): it would post another amount. "
                "Post this expense by hand in Sage Intacct (General Ledger › Journal entries), and skip it here with the reason.",
                place=place, kind="currency", value=amount.currency,
            )  # fmt: skip
            return


@dataclass(frozen=True, slots=True)
class Beyond:
    """Why the tax of a document is not Pleo's: Pleo's tax - became_cost + by_default + worked_out = the document's.

    became_cost: of Pleo's tax, what is not recovered, or was left out. by_default: what the default tax code took out.
    worked_out: of reverse charges, where Pleo gives none. turned: Pleo signs this kind the other way round than the
    ledger, so Pleo's tax counts with the opposite sign; the other figures have the ledger's.
    """

    became_cost: Decimal = Decimal(0)
    by_default: Decimal = Decimal(0)
    worked_out: Decimal = Decimal(0)
    turned: bool = False

    def turn(self) -> Beyond:
        return Beyond(-self.became_cost, -self.by_default, -self.worked_out, turned=True)


NOTHING_BEYOND = Beyond()


def beyond(read: Sequence[ReadLine]) -> Beyond:
    """Return why the tax of these lines is not Pleo's. A line has one reason: what Pleo gave for it tells which."""
    became_cost = by_default = worked_out = Decimal(0)
    for each in read:
        given = each.line.tax
        if given and given.amount:
            became_cost -= each.taxed.beyond
        elif given:
            worked_out += each.taxed.beyond
        else:
            by_default += each.taxed.beyond
    return Beyond(became_cost, by_default, worked_out)


def check_contra_account(item: ExportItem, context: PostingContext, findings: Findings) -> None:
    """Note a problem where Pleo names another account for the wallet than the configuration does."""
    given, ours = item.contra_account_code, context.card.balance_accounts.get(item.currency, "")
    if given and ours and given != ours:
        findings.problem(
            "contra_account_differs",
            f"Pleo's account for {item.currency} is {given}, but {context.entity} uses {ours}. Choose the same account in Pleo "
            f"(Settings › Accounting › Contra accounts) and here (Entity configurations › {context.entity} › Card expenses › Pleo balance "
            f"account for {item.currency}).",
            kind="account", value=given,
        )  # fmt: skip
