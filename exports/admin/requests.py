"""Requests: what was asked of Sage Intacct, and what it answered, secrets masked."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from config.admin_base.classes import ReadOnlyAdmin
from exports.models import Attempt
from exports.pages.expense import pretty_xml


@admin.register(Attempt)
class RequestAdmin(ReadOnlyAdmin):
    list_display = ("begun", "purpose_shown", "entity", "documents_in_it", "outcome", "code", "took")
    list_filter = ("purpose", "connection")
    list_select_related = ("connection",)
    search_fields = ("parts__control_id", "code")
    search_help_text = "Control id, reference, or Sage Intacct's error number"
    date_hierarchy = "begun_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        return super().get_queryset(request).defer("answer").annotate(document_count=Count("parts"))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        attempt = Attempt.objects.select_related("connection").filter(pk=object_id).first() if object_id.isdigit() else None
        if attempt is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, attempt):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": str(attempt),
            "opts": self.opts,
            "original": attempt,
            "media": self.media,
            "attempt": attempt,
            "parts": attempt.parts.select_related("document__record").defer("document__body"),
            "answer": pretty_xml(attempt.answer.encode()),
        }
        return TemplateResponse(request, "exports/request.html", context)

    @admin.display(description="begun", ordering="begun_at")
    def begun(self, attempt: Attempt) -> str:
        return f"{timezone.localtime(attempt.begun_at):%-d %b %Y %H:%M:%S}"

    @admin.display(description="what for", ordering="purpose")
    def purpose_shown(self, attempt: Attempt) -> str:
        return attempt.get_purpose_display().capitalize()

    @admin.display(description="documents", ordering="document_count")
    def documents_in_it(self, attempt: Any) -> SafeString:
        return SafeString(f'<span class="amount">{int(attempt.document_count)}</span>')

    @admin.display(description="seconds")
    def took(self, attempt: Attempt) -> str:
        return f"{(attempt.completed_at - attempt.begun_at).total_seconds():.1f}" if attempt.completed_at else "no answer yet"
