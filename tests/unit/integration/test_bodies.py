import json
import time
from decimal import Decimal

import pytest

from integration.bodies import LEVELS_AT_MOST, read_json


class TestReadJson:
    def test_keeps_numbers_exact(self):
        assert read_json(b"[0.1, -12, 1.50, 1e3]") == [Decimal("0.1"), -12, Decimal("1.50"), Decimal(1000)]

    @pytest.mark.parametrize("number", ["1e999999", "-1E-999999", "9" * 5_000, "0." + "1" * 5_000, "NaN", "Infinity", "1E+31"])
    def test_leaves_a_number_that_is_too_long_to_work_with_as_its_text(self, number):
        assert read_json(f"[{number}, 1]".encode()) == [number, 1]

    @pytest.mark.parametrize("levels", [LEVELS_AT_MOST + 1, 900, 100_000])
    @pytest.mark.parametrize("marks", ["[]", ('{"a":', "}")])
    def test_reads_past_what_is_nested_too_deeply(self, levels, marks):
        deep = marks[0] * levels + "1" + marks[1] * levels
        began = time.monotonic()

        data = read_json(f'{{"data": [{{"a": {deep}, "b": "]}}\\"["}}, {{"c": 2}}]}}'.encode())["data"]

        assert data[0]["b"] == ']}"['
        assert data[1] == {"c": 2}
        assert "nested too deeply" in json.dumps(data[0]["a"])
        assert time.monotonic() - began < 1

    @pytest.mark.parametrize("text", ["", "{", "]", '{"a": [}', '"', "[" * 100_000, "]" * 100_000, '"' + "\\" * 100_001])
    def test_raises_a_value_error_where_it_is_no_json(self, text):
        with pytest.raises(ValueError):
            read_json(text.encode())
