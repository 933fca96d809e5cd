"""Expenses: the list, the page of one, and what an operator may do with them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.admin_base import shown
from config.admin_base.actions import Explanation, confirmed_action
from config.admin_base.badges import state_badge
from config.admin_base.classes import ReadOnlyAdmin
from exports import tasks
from exports.admin import filters
from exports.models import Document, ExportRecord
from exports.views.expense import expense_context, kind_word, with_all_it_needs
from exports.views.receipts import receipt

_ATTENTION = (ExportRecord.Status.NEEDS_FIX, ExportRecord.Status.REVIEW, ExportRecord.Status.UNKNOWN)


def _explain_export_again(queryset: Any) -> Explanation:
    chosen, left_alone = [], []
    for record in queryset.select_related("configuration__connection"):
        if record.may_be_exported_again:
            chosen.append(record)
        else:
            left_alone.append((record, _why_not_again(record)))
    return Explanation(
        "Pleo is asked for one new export job with these expenses, as soon as no other export job of their company is open. "
        "Each is then checked anew and posted. What is in the ledger already is not posted a second time; Pleo only learns that it is there.",
        chosen,
        left_alone,
    )


def _why_not_again(record: ExportRecord) -> str:
    status = ExportRecord.Status
    if record.status in (status.POSTED, status.SKIPPED, status.AWAITING_APPROVAL) and record.reported_at:
        return "It is in the ledger, and Pleo knows." if record.status != status.SKIPPED else "Nothing is to be posted, and Pleo knows."
    if record.status in (status.SENDING, status.UNKNOWN):
        return "It is under way; its outcome comes first."
    return "An export job that is open now offers it already."


def _explain_look_up(queryset: Any) -> Explanation:
    in_doubt = set(
        Document.objects.filter(record__in=queryset, state__in=(Document.State.UNKNOWN, Document.State.REJECTED)).values_list(
            "record", flat=True
        )
    )
    records = list(queryset.select_related("configuration__connection"))
    return Explanation(
        "Sage Intacct is asked within the next minutes whether it has what we sent for these expenses. Nothing is written there.",
        [record for record in records if record.pk in in_doubt],
        [(record, "None of its documents is in doubt or refused.") for record in records if record.pk not in in_doubt],
    )


@admin.register(ExportRecord)
class ExpenseAdmin(ReadOnlyAdmin):
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
        filters.PostedOnFilter,
        filters.JobFilter,
    )
    list_before_template = "exports/chosen_problem.html"
    search_fields = ("merchant",)  # says that there is a search; get_search_results does it
    search_help_text = "Merchant, employee, amount, invoice number, Pleo or Intacct id"
    actions = ("export_again", "look_up")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExportRecord]:
        return super().get_queryset(request).select_related("configuration__connection")

    def get_ordering(self, request: HttpRequest) -> Any:
        first = (When(status=status, then=Value(rank)) for rank, status in enumerate(_ATTENTION))
        return (Case(*first, default=Value(9), output_field=IntegerField()), "-date", "-pk")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return filters.search(queryset, search_term), False

    def get_urls(self) -> list[Any]:
        return [path("receipts/<int:pk>/", self.admin_site.admin_view(receipt), name="exports_receipt"), *super().get_urls()]

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
        return state_badge(record.status)

    @admin.display(description="first problem", ordering="first_problem")
    def first_problem_shown(self, record: ExportRecord) -> str:
        return format_html('<span class="clamp" title="{0}">{0}</span>', record.first_problem) if record.first_problem else ""

    @confirmed_action("Export again", permissions=["operate"], explain=_explain_export_again)
    def export_again(self, request: HttpRequest, queryset: Any) -> None:
        done, skipped = queryset.export_again(by=request.user, now=timezone.now())
        tasks.wake_collectors(done)
        self.message_user(request, f"{len(done)} will be asked for again.")
        if skipped:
            self.message_user(request, f"{len(skipped)} left alone: they are under way, or in the ledger and Pleo knows.", messages.WARNING)

    @confirmed_action("Look up in Sage Intacct", permissions=["operate"], explain=_explain_look_up)
    def look_up(self, request: HttpRequest, queryset: Any) -> None:
        done, skipped = queryset.look_up(by=request.user, now=timezone.now())
        tasks.wake_lanes(done)
        self.message_user(request, f"{len(done)} will be looked up in Sage Intacct.")
        if skipped:
            self.message_user(request, f"{len(skipped)} left alone: none of their documents is in doubt or refused.", messages.WARNING)
