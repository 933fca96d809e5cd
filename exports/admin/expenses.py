"""Expenses: the list, the page of one, and what an operator may do with them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.admin_base import shown
from config.admin_base.badges import state_badge
from config.admin_base.classes import ReadOnlyAdmin
from exports.admin import filters
from exports.admin.actions import ExpenseActions
from exports.models import ExportRecord
from exports.pages.expense import expense_context, kind_word, with_all_it_needs
from exports.pages.preview import as_csv as preview_csv
from exports.pages.preview import page as preview_page
from exports.pages.receipts import receipt

_ATTENTION = (ExportRecord.Status.NEEDS_FIX, ExportRecord.Status.REVIEW, ExportRecord.Status.UNKNOWN)


@admin.register(ExportRecord)
class ExpenseAdmin(ExpenseActions, ReadOnlyAdmin):
    operate = "exports.operate_exportrecord"
    list_display = ("day", "merchant_shown", "employee", "kind", "amount", "entity", "state", "first_problem_shown")
    list_display_links = ("day", "merchant_shown")
    list_filter = (
        filters.StateFilter,
        filters.CauseFilter,
        filters.EntityFilter,
        filters.KindFilter,
        filters.MonthFilter,
        filters.MovedDateFilter,
        filters.ReceiptFilter,
        filters.CardBillFilter,
        filters.PostedOnFilter,
        filters.JobFilter,
        filters.UsesFilter,
    )
    list_before_template = "exports/chosen_problem.html"
    search_fields = ("merchant",)  # says that there is a search; get_search_results does it
    search_help_text = "Merchant, employee, amount, invoice number, Pleo or Intacct id"
    actions = (
        "export_again", "look_up", "agree", "withdraw", "try_again", "allow_date", "confirm_direction", "adopt_bill", "adopt", "keep",
        "reverse", "reversed_there", "post_again", "release", "settled_by_hand", "skip",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExportRecord]:
        return super().get_queryset(request).select_related("configuration__connection")

    def get_ordering(self, request: HttpRequest) -> Any:
        first = (When(status=status, then=Value(rank)) for rank, status in enumerate(_ATTENTION))
        return (Case(*first, default=Value(9), output_field=IntegerField()), "-date", "-pk")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return filters.search(queryset, search_term), False

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("receipts/<int:pk>/", view(receipt), name="exports_receipt"),
            path("preview/", view(self.preview), name="exports_preview"),
            path("preview.csv", view(self.preview_csv), name="exports_preview_csv"),
            *super().get_urls(),
        ]

    def preview(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return preview_page(request, site_context=self.admin_site.each_context(request))

    def preview_csv(self, request: HttpRequest) -> StreamingHttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return preview_csv(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        record = with_all_it_needs().filter(pk=object_id).first() if object_id.isdigit() else None
        if record is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, record):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            **expense_context(record, may_operate=self.has_operate_permission(request), now=timezone.now()),
            "title": str(record),
            "opts": self.opts,
            "original": record,
            "media": self.media,
            "back": request.get_full_path(),
        }
        return TemplateResponse(request, "exports/expense.html", context)

    @admin.display(description="date", ordering="date")
    def day(self, record: ExportRecord) -> str:
        return f"{record.date:%-d %b %Y}" if record.date else "–"

    @admin.display(description="merchant", ordering="merchant")
    def merchant_shown(self, record: ExportRecord) -> str:
        return record.merchant or "Expense"

    @admin.display(description="kind", ordering="type")
    def kind(self, record: ExportRecord) -> str:
        return kind_word(record.type)

    @admin.display(description="amount", ordering="amount_minor")
    def amount(self, record: ExportRecord) -> SafeString:
        return shown.amount(record.money)

    @admin.display(description="entity", ordering="configuration")
    def entity(self, record: ExportRecord) -> str:
        return record.configuration.intacct_entity

    @admin.display(description="state", ordering="status")
    def state(self, record: ExportRecord) -> SafeString:
        if record.export_again_at:
            return format_html('{}<span class="asked">asked for again</span>', state_badge(record.status))
        return state_badge(record.status)

    @admin.display(description="first problem", ordering="first_problem")
    def first_problem_shown(self, record: ExportRecord) -> str:
        return format_html('<span class="clamp" title="{0}">{0}</span>', record.first_problem) if record.first_problem else ""
