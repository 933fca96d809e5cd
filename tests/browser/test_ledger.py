"""The sandbox's ledger page: whole at 1280 and 400 pixels, light and dark, with the button that makes a new job in sight."""

from __future__ import annotations

import pytest

from tests.functional.journey import export

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# A cell with text that is too narrow to hold a word has broken it.
BROKEN = """() => [...document.querySelectorAll("td:not(.number)")]
  .filter((cell) => cell.innerText.trim().length > 3 && cell.clientWidth < 44).map((cell) => cell.innerText)"""


class TestTheLedgerPage:
    def test_fits_and_shows_the_next_step_in_every_size_and_theme(self, connected, browser, server):
        export()
        for width in (1280, 400):
            for theme in ("light", "dark"):
                context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
                page = context.new_page()

                page.goto(server.address)

                assert page.evaluate(TOO_WIDE) <= 0, (width, theme)
                assert page.evaluate(BROKEN) == [], (width, theme)
                assert page.get_by_role("button", name="Make Pleo export a new job").first.is_visible()
                assert page.get_by_text("debits equal credits").count() == 2
                context.close()
