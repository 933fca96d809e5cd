"""The first button on the page of an expense, and of its cause on the dashboard, is the one that the problem's sentence names."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from exports.models import ExportRecord
from exports.pages.buttons import BUTTONS, sensible_actions
from tests import factories
from tests.named_actions import NAMED

pytestmark = pytest.mark.django_db

DISPUTED = {"intacct_disagrees", "intacct_unclear"}
IN_REVIEW = {*DISPUTED, "vanished_in_intacct", "content_changed", "reversal_waits", "still_in_intacct"}
WAITING = {"bill_missing", "bill_not_posted"}


def a_stopped_record(code, *, posted):
    """An expense whose one problem has this code, and no open job offers it."""
    status = "REVERSED" if code == "reversed" else "REVIEW" if code in IN_REVIEW else "NEEDS_FIX"
    problem = {"code": code, "sentence": f"What {code} says.", "place": "", "kind": "document", "value": "1"}
    record = factories.ExportRecordFactory(posted=posted)
    columns = {"status": status, "problems": [problem], "first_problem_code": code, "first_problem": problem["sentence"]}
    ExportRecord.objects.filter(pk=record.pk).update(**columns, reported_at=None)
    record.refresh_from_db()
    return record


def flavours():
    for code, (first, then) in NAMED.items():
        if code in WAITING:
            continue
        if code not in IN_REVIEW - DISPUTED:
            yield code, False, first
        if code in IN_REVIEW or then != first:
            yield code, True, then


class TestExpensePage:
    @pytest.mark.parametrize(("code", "posted", "named"), list(flavours()))
    def test_begins_with_what_the_problem_names(self, code, posted, named):
        record = a_stopped_record(code, posted=posted)

        first, *others = sensible_actions(record, list(record.documents.all()))

        assert (first["name"], first["main"]) == (named, True)
        assert not any(each["main"] for each in others)

    def test_of_a_returned_payment_says_so_from_top_to_bottom(self, signed_in):
        record = a_stopped_record("payment_returned", posted=False)

        page = signed_in("operator").get(reverse("admin:exports_exportrecord_change", args=[record.pk])).content.decode()

        assert re.findall(r'name="action" value="(\w+)"', page)[:2] == ["skip", "export_again"]
        assert re.findall(r'class="button button-main">.*?</span>(.*?)</button>', page) == ["Skip: booked by hand"]
        assert "Do what stands under Problems, then press Skip: booked by hand." in page


class TestDashboard:
    def test_begins_each_cause_with_what_it_names(self, signed_in, monkeypatch):
        monkeypatch.setattr("config.dashboard.CAUSES_SHOWN", 1000)
        wanted = {}
        for code, posted, named in flavours():
            record = a_stopped_record(code, posted=posted)
            if record.status == "REVERSED":
                continue  # needs nobody: it may be the end of it
            sentence = f"What {code} says, posted: {posted}."
            ExportRecord.objects.filter(pk=record.pk).update(first_problem=sentence)
            wanted[sentence] = named

        page = signed_in("operator").get(reverse("admin:index")).content.decode()

        causes = page[page.index('<ul class="causes">') :].split('<a class="count"')[1:]
        found = {re.search(r"<p>(What .*?)</p>", each)[1]: each for each in causes}
        assert set(found) == set(wanted)
        for sentence, named in wanted.items():
            label = "Try these again" if named == "export_again" else BUTTONS[named][0]
            assert re.findall(r'class="button[^"]*"[^>]*>([^<]+)<', found[sentence])[:2] == [label, "See 1"], sentence
            assert re.search(r'name="action" value="(\w+)"', found[sentence])[1] == named, sentence

    def test_shows_no_button_to_somebody_who_may_not_press_it(self, signed_in):
        a_stopped_record("payment_returned", posted=False)

        page = signed_in("viewer").get(reverse("admin:index")).content.decode()

        assert 'value="skip"' not in page
