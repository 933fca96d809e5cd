"""Items nobody thought of: the plan names its problems, or balances to the minor unit and reads back the same."""

import json
from collections import Counter
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exports.posting.context import PostingContext, RecordFacts
from exports.posting.plan import CannotPost, PostingPlan, plan_posting
from exports.posting.reasons import REASONS
from integration.intacct import xml
from integration.intacct.documents import Attachment, JournalEntry
from integration.money import Money
from integration.pleo.items import ExportItem, parse_item
from tests.unit.exports.posting.posting_kit import CONTEXT, REDUCED, STANDARD, ZERO, bad_receipt, context, line, raw_item, receipt

RATES = {STANDARD: 20, REDUCED: 5, ZERO: 0}
CURRENCIES = ("GBP", "GBP", "EUR", "JPY")
TEXTS = st.text(max_size=100) | st.sampled_from(["", "😀" * 90, "]]>", "a\x00b", "\u202ex", "\ud800", "Café & <Söhne>"])


@st.composite
def good_lines(draw, currency, *, sign=1):
    minor = sign * draw(st.integers(0, 10**7))
    code = draw(st.sampled_from([None, None, *RATES]))
    tags = draw(st.sampled_from([{}, {"DEPARTMENT": "200"}, {"LOCATION": "London", "COST_CENTRE": "events"}, {"vendor": "V-100"}]))
    account = draw(st.sampled_from(["6100", "6200", "6300"]))
    if code is None:
        return line(minor, account, tags=tags, currency=currency)
    most = abs(minor) * RATES[code] // (100 + RATES[code])
    tax = sign * draw(st.integers(0, most))
    return line(minor, account, tax=tax, code=code, rate=str(Decimal(RATES[code]) / 100), tags=tags, currency=currency)


@st.composite
def good_items(draw):
    currency = draw(st.sampled_from(CURRENCIES))
    lines = draw(st.lists(good_lines(currency), min_size=1, max_size=6))
    room = sum(each["lineAmount"]["inWalletCurrency"]["value"] for each in lines)
    discount = draw(good_lines(currency, sign=-1))
    if -discount["lineAmount"]["inWalletCurrency"]["value"] <= room:
        lines.append(discount)
    kind, sub_type = draw(st.sampled_from([("card_purchase", None), ("card_invoice", None), ("fee", "interest"), ("out_of_pocket", None)]))
    return raw_item(
        *lines,
        type=kind,
        sub_type=sub_type,
        currency=currency,
        book_id=draw(TEXTS),
        merchant=draw(TEXTS),
        note=draw(TEXTS),
        employee=draw(TEXTS),
        employee_code=draw(st.sampled_from([None, "E-17", "E-99"])),
        supplier_amount=draw(st.sampled_from([None, ("USD", 10000)])),
        date=draw(st.sampled_from(["2026-03-09T12:00:00Z", "2026-03-31T23:30:00Z"])),
    )


def _spoil(draw, raw):
    """Make up to three things wrong with an item, at any line."""
    for _ in range(draw(st.integers(0, 3))):
        each = draw(st.sampled_from(raw["accountingEntryLines"]))
        how = draw(st.integers(0, 7))
        if how == 0:
            each["account"] = draw(st.sampled_from([None, {"code": "6900"}, {"code": "2000"}, {"code": "1050"}, {"code": "6600"}]))
        elif how == 1:
            each["tags"].append({"groupCode": "DEPARTMENT", "code": draw(st.sampled_from(["900", "300", "gone"]))})
        elif how == 2 and each["tax"]:
            each["tax"]["code"] = draw(st.sampled_from(["gone", "FR Standard", None]))
        elif how == 3 and each["tax"]:
            each["tax"]["type"] = draw(st.sampled_from(["reverse", "exclusive", "strange"]))
        elif how == 4:
            each["netAmount"]["inWalletCurrency"] = {**each["netAmount"]["inWalletCurrency"], "value": draw(st.integers(-500, 500))}
        elif how == 5:
            raw["amount"]["inWalletCurrency"] = {**raw["amount"]["inWalletCurrency"], "value": draw(st.integers(-500, 500))}
        elif how == 6:
            raw["type"] = draw(st.sampled_from(["refund", "unheard of", "card_purchase", "fee"]))
        else:
            each["lineAmount"]["inWalletCurrency"] = {**each["lineAmount"]["inWalletCurrency"], "currency": "SEK"}
    return raw


any_items = st.composite(lambda draw: _spoil(draw, draw(good_items())))()
good_contexts = st.builds(
    context,
    offset_per_line=st.booleans(),
    draft=st.booleans(),
    tax_solution=st.sampled_from([CONTEXT.tax_solution, ""]),
    default_tax_code=st.sampled_from(["", ZERO, STANDARD]),
    default_tax_splits_gross=st.booleans(),
    open_from=st.sampled_from([None, CONTEXT.today]),
    closed_period=st.sampled_from(["first_open_day", "today"]),
)
records = st.builds(RecordFacts, receipts=st.sampled_from([(), (receipt(),), (receipt(), bad_receipt(2)), (bad_receipt(),)]))
SETTINGS = settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _item(raw) -> ExportItem:
    return parse_item(json.loads(json.dumps(raw), parse_float=Decimal))


def check(item: ExportItem, within: PostingContext, plan: PostingPlan) -> None:
    """Compare the plan with the item, line by line, without using any of the rules."""
    if plan.skipped:
        assert not any(each.amount.minor for each in item.lines)
        return
    entry = plan.principal
    assert isinstance(entry, JournalEntry)
    expected: Counter[str] = Counter()
    for each in item.lines:
        expected[each.account_code] += each.amount.minor
    paid_from = "2050" if item.type == "out_of_pocket" else within.card.balance_accounts[item.currency]
    expected[paid_from] -= item.amount.minor
    posted: Counter[str] = Counter()
    for each in entry.lines:
        gross = each.amount.minor + (each.tax.amount.minor if each.tax else 0)
        posted[each.account] += gross if each.side == "debit" else -gross
        assert within.accounts[each.account].active
        assert sum(dimension.element == "LOCATION" for dimension in each.dimensions) == 1
        assert bool(each.exchange_rate) == (item.currency != within.base_currency)
    assert posted == expected
    assert sum(posted.values()) == 0
    if within.tax_solution and not within.default_tax_code:
        assert entry.tax_total().minor == sum(each.tax.amount.minor for each in item.lines if each.tax)
    elif not within.tax_solution:
        assert entry.tax_total() == Money.zero(item.currency)
    assert entry == _read_back(xml.function(entry), within)
    for each in plan.documents:
        if isinstance(each, Attachment):
            xml.parse(xml.function(each, {file.content_hash: b"x" for file in each.files}))


def _read_back(body: bytes, within: PostingContext) -> JournalEntry:
    return xml.parse_journal_entry(body, entity=within.entity, base_currency=within.base_currency)


class TestGeneratedItems:
    @SETTINGS
    @given(good_items(), good_contexts, records)
    def test_that_are_good_are_posted_to_the_minor_unit(self, raw, within, record):
        item = _item(raw)

        check(item, within, plan_posting(item, within, record))

    @SETTINGS
    @given(any_items, good_contexts, records)
    def test_that_are_not_name_their_problems(self, raw, within, record):
        item = _item(raw)

        try:
            plan = plan_posting(item, within, record)
        except CannotPost as error:
            assert error.problems
            assert {problem.code for problem in error.problems} <= set(REASONS)
            assert all(problem.sentence.endswith(".") for problem in error.problems)
        else:
            check(item, within, plan)
