import ast
from pathlib import Path

import pytest

import exports.posting
from exports.posting.reasons import REASONS, TEXT_LENGTH, cause, pleo_reason, reason
from integration.errors import Problem
from tests.unit.exports.posting.posting_kit import codes, item, line

# Pleo Export API v3, ExportJobItemFailureReasonType.
TYPES = {
    *("receipt_upload_failure", "receipt_download_failure", "receipt_file_size_limit_exceeded", "receipt_conversion_failure"),
    *("unexpected_failure", "invalid_configuration", "missing_configuration", "accounting_system_authentication_failure"),
    *("accounting_system_rate_limit", "accounting_system_unreachable", "validation_failure", "accounting_system_validation_failure"),
    *("authorization_failure", "accounting_system_timeout", "vendor_unknown", "account_unknown", "tax_code_unknown", "tag_unknown"),
}


def _codes_in_the_rules() -> set[str]:
    """What the rules call `problem(...)`, `refuse(...)` with, or return as a fault: every snake_case text that has a sentence after it."""
    found = set()
    for path in Path(exports.posting.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            pair = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple) else ()
            name = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else "tuple"
            if len(pair) > 1 and name in ("problem", "refuse", "tuple") and isinstance(pair[0], ast.Constant):
                code, sentence = pair[0].value, pair[1]
                spoken = isinstance(sentence, ast.JoinedStr | ast.Name) or " " in str(getattr(sentence, "value", ""))
                if isinstance(code, str) and "_" in code and spoken:
                    found.add(code)
    return found


class TestReasons:
    def test_there_is_one_for_every_problem_the_rules_find(self):
        not_codes = {"card_purchase", "out_of_pocket_account"}  # a type, a setting

        assert _codes_in_the_rules() - not_codes - set(REASONS) == set()

    def test_have_types_that_pleo_knows(self):
        assert {each.type for each in REASONS.values()} <= TYPES

    def test_of_an_unjudged_code_say_it_is_our_mistake(self):
        assert reason("never heard of").type == "unexpected_failure"


class TestPleoReason:
    def test_says_type_and_sentence(self):
        problem = Problem("account_unknown", "Account 1 does not exist.", place="line 2")

        assert pleo_reason(problem) == ("account_unknown", "Line 2: Account 1 does not exist.")

    def test_says_all_sentences_under_the_type_of_the_first(self):
        first, second = Problem("vendor_unknown", "First."), Problem("tax_sign", "Second.")

        assert pleo_reason(first, second, first) == ("vendor_unknown", "First. Second.")

    def test_is_cut_where_it_is_too_long(self):
        _, text = pleo_reason(Problem("tax_sign", "x" * 600))

        assert len(text) == TEXT_LENGTH
        assert text.endswith("…")

    def test_needs_a_problem(self):
        with pytest.raises(ValueError, match="no problem"):
            pleo_reason()

    def test_is_found_for_a_real_item(self):
        assert [reason(code).type for code in codes(item(line(100, "9999")))] == ["account_unknown"]


class TestCause:
    @pytest.mark.parametrize(
        ("code", "text"),
        [("account_inactive", "Account inactive"), ("refused_by_intacct", "Refused by Sage Intacct"), ("", "")],
    )
    def test_reads_like_words(self, code, text):
        assert cause(code) == text
