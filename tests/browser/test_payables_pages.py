"""The pages of a company that keeps payables: a bill with its payment, what would be posted, bills left open on the dashboard."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests import factories
from tests.browser.looks import CUT_OFF, OVERLAPS, TOO_WIDE
from tests.functional.test_payables import APPROVED, FIRST_PART, INVOICE, RAIL, TWO_RATES, studio  # noqa: F401  the fixture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LEFT_OPEN = "ST-09"
# Text that lies on other text: cells of one row, and what stands beside each other in a line.
COLLISIONS = """() => {
  const found = [], rows = ["tr", ".head-line", ".head-state", ".open-bills li", ".causes li"].map((each) => `.stack ${each}`);
  for (const row of document.querySelectorAll(rows.join(","))) {
    const boxes = [...row.children].filter((each) => each.checkVisibility() && each.textContent.trim())
      .map((each) => [each, each.getBoundingClientRect()]);
    boxes.forEach(([one, a], index) => boxes.slice(index + 1).forEach(([other, b]) => {
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left), high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 1 && high > 1) found.push([one.textContent.trim(), other.textContent.trim()]);
    }));
  }
  return found;
}"""
# A cell with words that is too narrow to hold one has broken it.
BROKEN = """() => [...document.querySelectorAll(".stack td:not(.num), .stack tbody th")]
  .filter((cell) => cell.checkVisibility() && cell.innerText.trim().length > 3 && cell.clientWidth < 44).map((cell) => cell.innerText)"""


@pytest.fixture
def addresses(studio):  # noqa: F811
    """A bill that is paid, one that waits for approval, one left open, one that is planned; and a queue that is not posted yet."""
    from exports.intake.collect import collect
    from exports.planning.prepare import prepare
    from integration.pleo.client import client_for

    factories.HeartbeatFactory()
    studio.configuration.card_settlement = "leave_open"
    studio.configuration.save()
    studio.export(LEFT_OPEN)
    studio.configuration.card_settlement = "payment"
    studio.configuration.save()
    studio.export(RAIL, APPROVED)
    studio.offer(TWO_RATES, INVOICE, FIRST_PART, "ST-04", "ST-05", "ST-13", "ST-21", "ST-38", "ST-39")
    collect(studio.configuration, client=client_for(studio.configuration), clock=studio.clock, owner="test")
    prepare(studio.configuration, clock=studio.clock)
    expense = {label: reverse("admin:exports_exportrecord_change", args=[studio.record(label).pk]) for label in (RAIL, APPROVED, TWO_RATES)}
    return {
        "paid": expense[RAIL],
        "waiting": expense[APPROVED],
        "planned": expense[TWO_RATES],
        "left-open": reverse("admin:exports_exportrecord_change", args=[studio.record(LEFT_OPEN).pk]),
        "preview": reverse("admin:exports_preview"),
        "dashboard": reverse("admin:index"),
    }


def next_step(page, name):
    """What a person does next on this page; on the page of an expense the sentence that says it."""
    if name == "preview":
        return page.get_by_role("link", name="Download as CSV")
    return page.get_by_role("link", name="1 open card bills of") if name == "dashboard" else page.locator(".lead")


class TestPagesOfPayables:
    def test_fit_and_show_the_next_step_in_every_size_and_theme(self, addresses, open_page):
        for name, address in addresses.items():
            for width in (1280, 400):
                for theme in ("light", "dark"):
                    page, where = open_page(address, width=width, theme=theme), (name, width, theme)

                    assert page.evaluate(TOO_WIDE) <= 0, where
                    for question in (OVERLAPS, CUT_OFF, COLLISIONS, BROKEN):
                        assert page.evaluate(question) == [], where
                    assert page.wrong == [], where
                    assert next_step(page, name).is_visible(), where
                    if name not in ("dashboard", "preview"):
                        assert next_step(page, name).bounding_box()["y"] < 900, where
                    page.context.close()

    def test_say_what_the_bill_is_and_how_it_is_paid(self, addresses, open_page):
        said = {name: open_page(addresses[name]).locator("#content").inner_text() for name in ("paid", "planned", "left-open", "preview")}

        assert "AP bill of Northern Rail" in said["paid"] and "And its payment" in said["paid"] and "EFT" in said["paid"]
        assert "And its payment, still to be made" in said["planned"]
        assert "On hold paid by Pleo card" in said["left-open"] and "And its payment" not in said["left-open"]
        assert "Would be posted: " in said["preview"] and "Would not be posted: 2" in said["preview"]
        assert "Accounts payable" in said["preview"]
