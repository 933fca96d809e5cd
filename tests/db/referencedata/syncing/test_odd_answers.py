"""Odd answers of Intacct about reference data: what cannot be read is named and left, and the next good answer mends all."""

from __future__ import annotations

import pytest

from integration.models import Connection
from integration.sandbox.http import Answer
from referencedata.kinds.registry import KINDS
from referencedata.models import Department, Dimension, Mode, SyncRun, TaxDetail, UserDefinedValue
from referencedata.syncing.sync import sync_all
from tests.db.referencedata.wire import in_process, outcomes
from tests.odd import RUNS, mutated_xml, soon

pytestmark = pytest.mark.django_db
MODES = (None, None, Mode.FULL, Mode.KEYS, Mode.VERIFY)


class TestOddAnswers:
    def test_stop_no_sync_and_the_next_good_one_mends_what_they_brought(self, connection, clock, sandbox):
        meddle = []
        answered = sandbox.handle

        def handle(request, now):
            answer = answered(request, now)
            return (
                Answer(answer.status, mutated_xml(answer.body, meddle[0], within="result"))
                if meddle and b"<result>" in answer.body
                else answer
            )

        sandbox.handle = handle
        gateway = in_process(sandbox, clock)
        sync_all(connection, gateway=gateway, clock=clock)
        shown = set()

        def a_sync(chance):
            meddle[:] = [chance] if chance.random() < 0.8 else []
            kind = chance.choice(KINDS).name
            for run in sync_all(connection, gateway=gateway, clock=clock, kinds={kind}, mode=chance.choice(MODES)):
                assert run.outcome != "RUNNING"
                shown.add(run.outcome)
            Connection.objects.update(closed_at=None, closed_reason="")
            clock.forward(minutes=1)

        for run in range(RUNS // 4):
            soon(run, a_sync)
        meddle.clear()

        assert shown >= {"COMPLETE", "INCOMPLETE", "FAILED"}
        sync_all(connection, gateway=gateway, clock=clock, mode=Mode.FULL, agreed=10**6)
        assert set(outcomes(sync_all(connection, gateway=gateway, clock=clock, mode=Mode.VERIFY)).values()) == {"COMPLETE"}


def changed(sandbox, object_name, nth, **fields):
    """Let the nth row of each answer about an object have other fields."""
    from lxml import etree

    answered = sandbox.handle

    def handle(request, now):
        answer = answered(request, now)
        root = etree.fromstring(answer.body)
        rows = [each for each in root.iter() if str(each.tag).lower() == object_name.lower() and len(each)]
        if len(rows) > nth:
            for name, text in fields.items():
                for child in [each for each in rows[nth] if str(each.tag).upper() == name]:
                    if text is None:
                        rows[nth].remove(child)
                    else:
                        child.text = text
        return Answer(answer.status, etree.tostring(root))

    sandbox.handle = handle


class TestOneUnreadableRow:
    @pytest.mark.parametrize(
        ("kind", "object_name", "fields", "named"),
        [
            ("tax_codes", "TAXDETAIL", {"VALUE": "1E+20"}, "1E+20"),
            ("tax_codes", "TAXDETAIL", {"VALUE": "9" * 5_000}, "is not a number that a rate can be"),
            ("entities", "LOCATIONENTITY", {"STARTOPEN": "9" * 5_000}, "is not a date like"),
            ("departments", "DEPARTMENT", {"RECORDNO": ""}, "'' is no RECORDNO"),
            ("departments", "DEPARTMENT", {"RECORDNO": None}, "'' is no RECORDNO"),
            ("departments", "DEPARTMENT", {"RECORDNO": "9" * 400}, "is no RECORDNO"),
            ("departments", "DEPARTMENT", {"RECORDNO": "sNaN"}, "'sNaN' is no RECORDNO"),
            ("departments", "DEPARTMENT", {"DEPARTMENTID": None}, "has no DEPARTMENTID"),
        ],
    )
    def test_is_named_and_left_and_the_others_are_read(self, connection, clock, sandbox, kind, object_name, fields, named):
        changed(sandbox, object_name, 1, **fields)

        runs = sync_all(connection, gateway=in_process(sandbox, clock), clock=clock)

        said = {run.kind: run for run in runs}
        assert (said[kind].outcome, said[kind].read) == ("INCOMPLETE", said[kind].server_count - 1)
        assert named in said[kind].error and len(said[kind].error) < 1_000
        assert set(outcomes(run for run in runs if run.kind != kind).values()) == {"COMPLETE"}

    def test_of_the_dimensions_stops_no_other_kind(self, connection, clock, sandbox):
        changed(sandbox, "dimension", 0, OBJECTNAME="D" * 300)

        runs = sync_all(connection, gateway=in_process(sandbox, clock), clock=clock)

        assert outcomes(runs)["dimensions"] == "INCOMPLETE"
        assert set(outcomes(run for run in runs if run.kind != "dimensions").values()) == {"COMPLETE"}
        assert Dimension.objects.exists() and UserDefinedValue.objects.exists() and Department.objects.exists()
        assert TaxDetail.objects.exists() and SyncRun.objects.filter(outcome="RUNNING").count() == 0
