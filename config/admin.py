"""Users and background tasks, as our other pages look."""

from __future__ import annotations

from typing import Any

import django_q.admin  # noqa: F401  registers its own pages, which ours replace
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django_q.models import Failure, OrmQ, Schedule, Success, Task

from config.admin_base.badges import passed_badge
from config.admin_base.classes import AdminPasswordChangeForm, ModelAdmin, ReadOnlyAdmin, UserChangeForm, UserCreationForm
from config.admin_base.shown import day
from integration.models import AccountChange

for replaced in (User, Group, Failure, Success, Schedule, OrmQ):
    admin.site.unregister(replaced)


@admin.register(User)
class PersonAdmin(UserAdmin, ModelAdmin):
    """People and their roles. Nobody without every right gives rights of their own, or touches somebody with more."""

    form, add_form, change_password_form = UserChangeForm, UserCreationForm, AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", "roles", "is_active", "last_login")
    list_filter = ("groups", "is_active")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password", "first_name", "last_name", "email")}),
        (
            "Role",
            {
                "fields": ("groups", "is_active"),
                "description": "Viewers look, operators export again and sync, administrators also set up.",
            },
        ),
        ("History", {"fields": ("last_login", "date_joined", "account_of")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "usable_password", "password1", "password2", "groups")}),)
    readonly_fields = ("last_login", "date_joined", "account_of")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return (*fieldsets, ("Every right", {"fields": ("is_superuser",)})) if obj and request.user.is_superuser else fieldsets

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        obj.is_staff = True  # everybody here works in the admin; the role says what they may do
        super().save_model(request, obj, form, change)
        if not change:
            AccountChange.note(obj, AccountChange.What.MADE, by=request.user, now=timezone.now())

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Whoever sets the password of somebody else is no second person beside him: it is written down in the same commit."""
        with transaction.atomic():
            before = dict(User.objects.filter(pk=id).values_list("pk", "password")) if id.isdigit() else {}
            response: HttpResponse = super().user_change_password(request, id, form_url)
            for user in User.objects.filter(pk__in=before):
                if user.password != before[user.pk]:
                    AccountChange.note(user, AccountChange.What.PASSWORD, by=request.user, now=timezone.now())
        return response

    @admin.display(description="made, and password set, by")
    def account_of(self, user: User) -> str:
        changes = AccountChange.objects.filter(account_id=user.pk)
        return "; ".join(f"{each.by_name} {each.get_what_display()} on {day(each.at)}" for each in changes) or "nobody here"

    @admin.display(description="roles")
    def roles(self, user: User) -> str:
        named = [group.name for group in user.groups.all()]
        return ", ".join([*named, "every right"] if user.is_superuser else named) or "none"


@admin.register(Task)
class TaskAdmin(ReadOnlyAdmin):
    """What the workers have run. A task that failed is rung again within a minute; the rows decide what is left to do."""

    list_display = ("what", "started", "took", "outcome")
    list_filter = ("success", "group")
    search_fields = ("name", "func")
    fields = ("what", "started", "stopped", "took", "outcome", "said")
    readonly_fields = fields
    ordering = ("-started",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Task]:
        return super().get_queryset(request).defer("args", "kwargs", "result")

    @admin.display(description="what", ordering="func")
    def what(self, task: Task) -> str:
        return str(task.func).rpartition(".")[2].replace("_", " ").capitalize()

    @admin.display(description="seconds")
    def took(self, task: Task) -> str:
        return f"{(task.stopped - task.started).total_seconds():.1f}" if task.stopped else "–"

    @admin.display(description="outcome", ordering="success")
    def outcome(self, task: Task) -> SafeString:
        return passed_badge(task.success, "Done" if task.success else "Failed")

    @admin.display(description="what it said")
    def said(self, task: Task) -> str:
        return "" if task.result is None else str(task.result)[:4000]
