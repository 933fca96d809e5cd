"""Receipts, served by ourselves to those who may see the expense: never as something a browser would run."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from exports.models import Receipt

# By the type found in the content when it was fetched. What is not here is only ever downloaded.
_SHOWN = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "pdf": "application/pdf"}
_NOTHING = "default-src 'none'; frame-ancestors 'self'"


@require_safe
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the bytes of one receipt. Raises Http404 where they are not kept (any more)."""
    if not request.user.has_perm("exports.view_receipt"):
        raise PermissionDenied
    found = get_object_or_404(Receipt.objects.select_related("content"), pk=pk)
    if found.content is None or found.content.content is None:
        raise Http404("The file is not kept here any more; Sage Intacct has it.")
    kind = found.type.lower()
    response = HttpResponse(bytes(found.content.content), content_type=_SHOWN.get(kind, "application/octet-stream"))
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=kind not in _SHOWN, filename=f"{found.name}.{kind}") or "attachment"
    )
    # Chromium's PDF viewer does not start in a sandboxed page; a PDF has no origin to act in, so it goes without that word.
    response["Content-Security-Policy"] = _NOTHING if kind == "pdf" else f"{_NOTHING}; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response
