"""What syncs and publishing did, and what changed: to look at, and to ask for again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django_q.tasks import async_task

from config.admin_base.actions import Explanation, confirmed_action
from config.admin_base.badges import publish_badge, sync_badge
from config.admin_base.classes import ChosenFilter, ReadOnlyAdmin
from exports.models import Event
from exports.planning.impact import impacts
from integration.models import Connection, EntityConfiguration
from referencedata import models

_RUNS = reverse_lazy("admin:referencedata_syncrun_changelist")


def _explain_again(queryset: Any) -> Explanation:
    return _explain(queryset, "What has changed of them is read from Sage Intacct, in the background. Nothing is written there.")


def _explain_verify(queryset: Any) -> Explanation:
    return _explain(
        queryset,
        "Every record and every value is compared with Sage Intacct, in the background, page by page. Nothing is changed, here or "
        "there; the run that follows names what differs.",
    )


def _explain_retire(queryset: Any) -> Explanation:
    """Only what a person was asked about: the newest run of its kind, held."""
    held = [each for each in queryset if each.waits_for_a_person]
    return _explain(
        queryset.filter(pk__in=[each.pk for each in held]),
        "Each record that Sage Intacct did not show is asked for once more. What it still does not show is marked as gone here, if that "
        "is no more than the run says; it can be chosen no more, and its tags in Pleo are archived. Records that come back are taken back.",
        [(each, "It does not wait for a person.") for each in queryset if each not in held],
    )


def _explain(queryset: Any, happens: str, alone: list[tuple[Any, str]] | None = None) -> Explanation:
    runs = list(queryset.select_related("connection"))
    closed = [each for each in runs if not each.connection.active or each.connection.closed_at]
    left_alone = [*(alone or []), *((each, each.connection.closed_reason or "Its connection is switched off.") for each in closed)]
    return Explanation(happens, [each for each in runs if each not in closed], left_alone)


@admin.register(models.Change)
class ChangeAdmin(ReadOnlyAdmin):
    list_display = ("at", "code", "details_shown")
    list_filter = ("what", "kind", "connection")
    list_select_related = ("connection",)
    search_fields = ("code",)
    fields = ("at", "connection", "label", "code", "what", "details_shown")
    readonly_fields = ("details_shown",)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return (*self.list_display, "connection") if Connection.objects.count() > 1 else self.list_display

    @admin.display(description="what")
    def details_shown(self, change: models.Change) -> str:
        return change.details


@admin.register(models.SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    operate = "integration.operate_connection"
    actions = ("sync_again", "verify", "retire_gone")
    change_form_before_template = "referencedata/run_head.html"
    list_display = ("started_at", "label", "mode", "badge", "server_count", "our_count", "added", "changed", "retired", "error_shown")
    list_filter = ("outcome", "mode", "kind", "connection")
    list_select_related = ("connection",)
    search_fields = ("label", "error")
    fields = (
        "connection",
        "label",
        "mode",
        "badge",
        "error",
        "differences",
        "impact",
        "started_at",
        "finished_at",
        "server_count",
        "our_count",
        "read",
        "added",
        "changed",
        "retired",
        "gone",
        "requests",
        "seconds",
        "watermark",
    )
    readonly_fields = ("badge", "differences", "impact")

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return (*self.list_display, "connection") if Connection.objects.count() > 1 else self.list_display

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any) -> Any:
        run = options.get("obj")
        held = run is not None and run.waits_for_a_person
        more = {"run": run, "held": held, "may_operate": self.has_operate_permission(request), "list_url": _RUNS}
        return super().render_change_form(request, {**context, **more}, *args, **options)

    @confirmed_action("Sync again", permissions=["operate"], explain=_explain_again)
    def sync_again(self, request: HttpRequest, queryset: Any) -> None:
        self._wish("will be read again", request, queryset)

    @confirmed_action("Verify", permissions=["operate"], explain=_explain_verify)
    def verify(self, request: HttpRequest, queryset: Any) -> None:
        self._wish("will be compared", request, queryset, mode=models.Mode.VERIFY)

    @confirmed_action("Retire what is gone", permissions=["operate"], explain=_explain_retire)
    def retire_gone(self, request: HttpRequest, queryset: Any) -> None:
        self._wish("will be compared, and what is gone marked", request, queryset, mode=models.Mode.KEYS, agreed=True)

    def _wish(self, will: str, request: HttpRequest, queryset: Any, *, mode: str = "", agreed: bool = False) -> None:
        now, runs = timezone.now(), list(queryset.select_related("connection"))
        for run in runs:
            models.SyncWish.want(run.connection, run.kind, mode=mode, agreed=run.gone if agreed else 0, now=now)
            Event.note(connection=run.connection, what=f"{run.label} {will}, as was asked for", by=request.user, now=now)
        for pk in {run.connection_id for run in runs}:
            async_task("referencedata.tasks.fulfil_wishes", pk, group="sync")
        self.message_user(request, f"{len(runs)} {will} in the background. Sync history shows how far it is.")

    @admin.display(description="which expenses it concerns")
    def impact(self, run: models.SyncRun) -> SafeString:
        changes = models.Change.objects.filter(connection=run.connection_id, kind=run.kind, at__gte=run.started_at)
        found = impacts(changes.filter(at__lte=run.finished_at) if run.finished_at else changes, timezone.now())
        return format_html_join("", '<p class="wrapped">{}</p>', ((each.sentence,) for each in found)) or SafeString("–")

    @admin.display(description="outcome", ordering="outcome")
    def badge(self, run: models.SyncRun) -> SafeString:
        return sync_badge(run.outcome)

    @admin.display(description="what differs")
    def differences(self, run: models.SyncRun) -> SafeString:
        """Return how many of each differ, and the first of them by name."""
        found = [(f"{each['count']:,} {what}", named) for what, each in run.difference.items() for named in each["first"] or ("",)]
        return format_html_join("", "<div>{}: {}</div>", found) or SafeString("–")

    @admin.display(description="what to do")
    def error_shown(self, run: models.SyncRun) -> str:
        return run.error or ""


class ConfigurationFilter(ChosenFilter):
    title, parameter_name = "entity configuration", "configuration"

    def options(self, request: HttpRequest) -> Iterable[tuple[Any, Any]]:
        return [(each.pk, str(each)) for each in EntityConfiguration.objects.select_related("connection")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value() or ""
        return queryset.filter(configuration=int(chosen)) if chosen.isdigit() else queryset


@admin.register(models.PublishRun)
class PublishRunAdmin(ReadOnlyAdmin):
    list_display = ("started_at", "configuration", "badge", "progress", "what_to_do")
    list_filter = ("outcome", ConfigurationFilter)
    list_select_related = ("configuration__connection",)
    search_fields = ("error", "notes")
    fields = (
        "configuration",
        "badge",
        "error",
        "left_out_shown",
        "progress",
        "started_at",
        "finished_at",
        "due_at",
        "wanted",
        "there",
        "unchanged",
        *models.PublishRun.COUNTS,
        "left_out",
        "requests",
    )
    readonly_fields = ("badge", "progress", "left_out_shown")

    @admin.display(description="outcome", ordering="outcome")
    def badge(self, run: models.PublishRun) -> SafeString:
        return publish_badge(run.outcome)

    @admin.display(description="written")
    def progress(self, run: models.PublishRun) -> str:
        doing = f": {run.doing}" if run.doing else ""
        return f"{run.done:,} of {run.planned:,}{doing}"

    @admin.display(description="what to do")
    def what_to_do(self, run: models.PublishRun) -> SafeString:
        named = [note["about"] for note in run.notes if note["to_do"]]
        more = f" and {len(named) - 1} more" if len(named) > 1 else ""
        return format_html('<span class="wrapped">{}</span>', run.error or (f"{named[0]}{more}" if named else ""))

    @admin.display(description="what was left out")
    def left_out_shown(self, run: models.PublishRun) -> SafeString:
        notes = ((note["about"], note["sentence"]) for note in run.notes)
        return format_html_join("", '<p class="wrapped"><strong>{}</strong><br>{}</p>', notes) or SafeString("–")
