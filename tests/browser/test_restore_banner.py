"""What a person sees while a restored backup is being made good: the banner above every page, and a job's taxes below it."""

from __future__ import annotations

import os
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from exports.models import RestoreMode
from tests.browser.looks import CUT_OFF, OVERLAPS, TOO_WIDE
from tests.db.exports.reporting.test_tieout import job, offered  # noqa: F401  the fixture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class TestTheBanner:
    def test_fits_above_a_job_and_the_dashboard(self, job, open_page):  # noqa: F811
        offered(job, posted_tax=0, cost_tax_minor=2_000)
        offered(job, tax=0, posted_tax=1_500, default_tax_minor=1_500)
        offered(job, tax=0, posted_tax=300, worked_out_tax_minor=300)
        RestoreMode.begin(job.configuration.connection, timezone.now() - timedelta(minutes=3)).count(found=1_204, adopted=17)
        addresses = {"job": reverse("admin:exports_exportjob_change", args=[job.pk]), "dashboard": reverse("admin:index")}
        for (name, address), width, theme in product(addresses.items(), (1280, 400), ("light", "dark")):
            page = open_page(address, width=width, theme=theme)
            said = page.locator("body").inner_text()
            if folder := os.environ.get("PAGES_TO"):
                page.screenshot(path=Path(folder) / f"restore-{name}-{width}-{theme}.png", full_page=True)
            assert page.wrong == [], name
            assert page.evaluate(TOO_WIDE) <= 0, (name, width)
            assert page.evaluate(OVERLAPS) == page.evaluate(CUT_OFF) == [], (name, width)
            assert f"Restore mode: nothing is sent to {job.configuration.connection}" in said
            assert "1,204 documents of ours" in said
