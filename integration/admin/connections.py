"""Connections: one Sage Intacct company each, with the checks that say what is missing."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django_q.tasks import async_task

from config.admin_base import shown
from config.admin_base.actions import Explanation, confirmed_action
from config.admin_base.badges import passed_badge
from config.admin_base.classes import HistoryAdmin
from exports.models import Event
from integration.admin.forms import ConnectionForm
from integration.clock import clock
from integration.connecting import connection_checks
from integration.models import Connection, ConnectionCheck, IntacctCredentials
from referencedata.codes import findings_for
from referencedata.models import SyncRun

_CREDENTIALS = ("user_id", "user_password", "sender_id", "sender_password")


def _explain_sync(queryset: Any) -> Explanation:
    return Explanation(
        "Accounts, journals, bank accounts, vendors, dimensions and taxes are read from Sage Intacct again, in the background. "
        "Nothing is written there. What has vanished there is marked here, never deleted.",
        [each for each in queryset if each.active and each.closed_at is None],
        [(each, each.closed_reason or "It is switched off.") for each in queryset if not each.active or each.closed_at],
    )


def _explain_test(queryset: Any) -> Explanation:
    return Explanation(
        "We sign in to Sage Intacct and to Pleo and try to read what an export needs. This takes up to a minute. Nothing is posted. "
        "Where a connection was closed, it is opened again if it is let in. Test only after you changed something: Sage Intacct "
        "locks users out.",
        list(queryset),
    )


@admin.register(Connection)
class ConnectionAdmin(HistoryAdmin):
    operate = "integration.operate_connection"
    form = ConnectionForm
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    list_display = ("name", "company_id", "state", "configurations", "last_sync")
    search_fields = ("name", "company_id")
    actions = ("sync", "test")
    change_form_outer_before_template = "integration/connection_head.html"
    change_form_outer_after_template = "integration/connection_foot.html"

    def get_fieldsets(self, request: HttpRequest, obj: Connection | None = None) -> Any:
        may_write = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        return (
            (None, {"fields": ("name", "company_id", "active")}),
            (
                "Credentials",
                {
                    "fields": _CREDENTIALS if may_write else ("credentials",),
                    "description": "The Web Services user signs in to Sage Intacct. Passwords are stored encrypted and never shown.",
                },
            ),
            ("Two people", {"fields": ("second_person", "second_person_above")}),
            ("Details", {"fields": ("attachment_folder", "endpoint", "pleo_base_url")}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Connection | None = None) -> Any:
        may_write = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        return () if may_write else ("credentials",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        count, synced = Count("entityconfiguration", distinct=True), Max("syncrun__finished_at")
        return super().get_queryset(request).annotate(configuration_count=count, synced_at=synced)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or not obj.has_records())

    def save_model(self, request: HttpRequest, obj: Connection, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.save_credentials(obj):
            Event.note(connection=obj, what="credentials were saved", by=request.user, now=timezone.now())
            if obj.reopen():
                self.message_user(request, f"{obj} was closed and is open again.")

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        connection = context.get("original")
        if connection is not None:
            found = ConnectionCheck.objects.filter(connection=connection).select_related("configuration__connection")
            checks = list(found.order_by(models.F("configuration").asc(nulls_first=True), "position"))
            context |= {
                "connection": connection,
                "checks": checks,
                "failed_checks": sum(not check.passed for check in checks),
                "passed_checks": sum(check.passed for check in checks),
                "runs": sorted(SyncRun.objects.filter(connection=connection).newest(), key=lambda run: run.label),
                "may_operate": self.has_operate_permission(request),
                "list_url": reverse("admin:integration_connection_changelist"),
                "has_credentials": IntacctCredentials.objects.filter(connection=connection).exists(),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="state")
    def state(self, connection: Connection) -> SafeString:
        if connection.closed_at:
            return passed_badge(False, "Closed")
        return passed_badge(connection.active, "Open" if connection.active else "Switched off")

    @admin.display(description="entity configurations", ordering="configuration_count")
    def configurations(self, connection: Any) -> int:
        return int(connection.configuration_count)

    @admin.display(description="last sync", ordering="synced_at")
    def last_sync(self, connection: Any) -> SafeString:
        return shown.ago(connection.synced_at)

    @admin.display(description="Credentials")
    def credentials(self, connection: Connection) -> str:
        return "Saved." if IntacctCredentials.objects.filter(connection=connection.pk).exists() else "None are saved."

    @confirmed_action("Sync with Sage Intacct", permissions=["operate"], explain=_explain_sync)
    def sync(self, request: HttpRequest, queryset: Any) -> None:
        for connection in queryset:
            connection.want_sync(timezone.now())
            Event.note(connection=connection, what="a sync was asked for", by=request.user, now=timezone.now())
            async_task("referencedata.tasks.sync_connection", connection.pk, group="sync")
        self.message_user(request, f"{len(queryset)} will be synced in the background. Sync history shows how far it is.")

    @confirmed_action("Test connection", permissions=["operate"], explain=_explain_test)
    def test(self, request: HttpRequest, queryset: Any) -> None:
        for connection in queryset:
            failed = sum(not check.passed for check in connection_checks.check_connection(connection, clock=clock, findings=findings_for))
            said = f"{connection}: {failed} checks need you; they stand below the form." if failed else f"{connection}: every check passed."
            self.message_user(request, said, messages.WARNING if failed else messages.INFO)
