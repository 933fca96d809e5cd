"""Random restores of an older backup in mid-export: nothing twice, everything taken over, normal work again by itself.

RESTORES (default 2) and RESTORE_SEED (default 1) choose how many and which; what happened is printed.
"""

from __future__ import annotations

import os

import pytest

from tests.faults.backup import WholeDatabase
from tests.faults.restores import Restores

COUNT = int(os.environ.get("RESTORES", "2"))
FIRST = int(os.environ.get("RESTORE_SEED", "1"))


class TestARestoredBackup:
    @pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
    def test_doubles_nothing_and_takes_everything_over(self, payables_rig, seed, tmp_path, monkeypatch, capsys):
        database = WholeDatabase(tmp_path)
        restores = Restores(payables_rig, database, seed, monkeypatch)
        try:
            restores.run()
            restores.check()
        finally:
            database.forget()
            with capsys.disabled():
                print(f"\nrestore: seed {seed}, {restores.told()}")
