"""Export jobs: what Pleo handed over, whether it ties out, and what Pleo was told."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.admin_base import shown
from config.admin_base.badges import job_badge
from config.admin_base.classes import ReadOnlyAdmin
from exports.admin.filters import EntityFilter
from exports.models import ExportJob
from exports.reporting.tieout import tie_out

_FINAL = {"completed": "completed", "completed_with_errors": "completed with errors", "failed": "failed"}


@admin.register(ExportJob)
class JobAdmin(ReadOnlyAdmin):
    list_display = ("name", "company", "entity", "offered", "failed_items", "state_shown", "final_event_shown", "ended")
    list_filter = (EntityFilter, "state")
    search_fields = ("pleo_job_id",)
    search_help_text = "Pleo's job id, whole"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExportJob]:
        failed = Count("items", filter=Q(items__told_status="failed"))
        return super().get_queryset(request).select_related("configuration__connection").annotate(failed=failed)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return (queryset.filter(pleo_job_id__icontains=search_term.replace("-", "")) if search_term else queryset), False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        jobs = ExportJob.objects.select_related("configuration__connection")
        job = jobs.filter(pk=object_id).first() if object_id.isdigit() else None
        if job is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, job):
            raise PermissionDenied
        items = job.items.select_related("record").defer("payload").order_by("-record__status", "record__date", "pk")
        context = {
            **self.admin_site.each_context(request),
            "title": str(job),
            "opts": self.opts,
            "original": job,
            "media": self.media,
            "job": job,
            "final": final_event(job),
            "tie_out": tie_out(job),
            "items": sorted(items, key=lambda item: (item.told_status != "failed", item.pk)),
            "events": list(job.events.filter(record=None)),
            "zone": job.configuration.zone,
        }
        return TemplateResponse(request, "exports/job.html", context)

    @admin.display(description="job", ordering="seen_at")
    def name(self, job: ExportJob) -> str:
        return str(job)

    @admin.display(description="Pleo company", ordering="configuration__pleo_company_name")
    def company(self, job: ExportJob) -> str:
        return job.configuration.pleo_company_name or str(job.configuration.pleo_company_id)

    @admin.display(description="entity", ordering="configuration")
    def entity(self, job: ExportJob) -> str:
        return job.configuration.intacct_entity

    @admin.display(description="offered", ordering="number_of_items")
    def offered(self, job: ExportJob) -> SafeString:
        return format_html('<span class="amount">{}</span>', f"{job.number_of_items:,}")

    @admin.display(description="failed", ordering="failed")
    def failed_items(self, job: Any) -> SafeString:
        return format_html('<span class="amount">{}</span>', f"{job.failed:,}")

    @admin.display(description="state", ordering="state")
    def state_shown(self, job: ExportJob) -> SafeString:
        return job_badge(job.state)

    @admin.display(description="Pleo was told", ordering="final_event")
    def final_event_shown(self, job: ExportJob) -> str:
        return final_event(job) or "–"

    @admin.display(description="ended", ordering="ended_at")
    def ended(self, job: ExportJob) -> SafeString:
        return shown.ago(job.ended_at)


def final_event(job: ExportJob) -> str:
    """Return in words what ended the job at Pleo; "" while it is open."""
    return _FINAL.get(job.final_event.lower(), job.final_event.replace("_", " ").lower())
