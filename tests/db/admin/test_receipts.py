"""Receipts are served to those who may see them, as what they are, and never as something a browser runs."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from exports.models import ReceiptContent
from tests import factories


def get(client, receipt):
    return client.get(reverse("admin:exports_receipt", args=[receipt.pk]))


class TestReceipt:
    def test_is_shown_without_rights_of_its_own(self, world, signed_in):
        response = get(signed_in("viewer"), world.receipt)

        assert response.content == factories.PNG and response["Content-Type"] == "image/png"
        assert response["Content-Disposition"].startswith("inline")
        assert "sandbox" in response["Content-Security-Policy"] and "default-src 'none'" in response["Content-Security-Policy"]
        assert response["X-Content-Type-Options"] == "nosniff"

    @pytest.mark.parametrize("kind", ["svg", "html", "txt", "docx", ""])
    def test_is_only_downloaded_where_it_is_no_picture_or_pdf(self, world, signed_in, kind):
        content = factories.ReceiptContentFactory(content=b"<svg onload='alert(1)'/>")
        receipt = factories.ReceiptFactory(record=world.posted, number=9_000, type=kind, content=content)

        response = get(signed_in("viewer"), receipt)

        assert response["Content-Type"] == "application/octet-stream" and response["Content-Disposition"].startswith("attachment")

    def test_is_refused_to_nobody(self, world, signed_in):
        assert get(signed_in("nobody"), world.receipt).status_code == 403

    def test_is_not_found_after_its_file_was_purged(self, world, signed_in):
        ReceiptContent.objects.update(content=None, purged_at=timezone.now())

        assert get(signed_in("viewer"), world.receipt).status_code == 404
