from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]


class TestVersion:
    def test_is_printed_before_anything_is_set_up(self, tmp_path):
        said = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), "version"], cwd=tmp_path, env={}, capture_output=True, text=True, check=True
        ).stdout

        version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
        assert re.fullmatch(rf"Pleo to Sage Intacct {re.escape(version)} \(Django [\d.]+, Python [\d.]+\S*\)\n", said)
