"""Our copy of what Sage Intacct knows, to look at: nothing here is edited, it is mended there and synced."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlencode

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from config.admin_base.badges import mirror_badge
from config.admin_base.classes import ChosenFilter, KeyPaginator, ReadOnlyAdmin
from config.admin_base.shown import day
from exports.admin.filters import use_word
from exports.models import ExportRecord
from exports.planning.impact import QUEUED
from integration.models import Connection
from referencedata import models
from referencedata.syncing.audit import on_lines

_GONE = "GONE"
_CHANGES_SHOWN = 20
# Where the values of a dimension stand.
_OWN_VALUES = "userdefinedvalue"
_VALUES = {
    "DEPARTMENT": "department",
    "CLASS": "dimensionclass",
    "PROJECT": "project",
    "LOCATION": "location",
    "EMPLOYEE": "employee",
    "VENDOR": "vendor",
    "TASK": "task",
    "COSTTYPE": "costtype",
    "CUSTOMER": "customer",
    "ITEM": "item",
    "WAREHOUSE": "warehouse",
    "CONTRACT": "contract",
}


class StatusFilter(ChosenFilter):
    title, parameter_name = "status", "status"

    def options(self, request: HttpRequest) -> Iterable[tuple[Any, Any]]:
        return [*models.Status.choices, (_GONE, "Gone from Sage Intacct")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case None | "":
                return queryset
            case "GONE":
                return queryset.exclude(retired_at=None)
            case status:
                return queryset.filter(status=status, retired_at=None)


class UsableInFilter(ChosenFilter):
    title, parameter_name = "entity", "entity"

    def options(self, request: HttpRequest) -> Iterable[tuple[Any, Any]]:
        return [(code, f"Usable in {code}") for code in models.Entity.objects.order_by("code").values_list("code", flat=True).distinct()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(owner__in=("", self.value())) if self.value() else queryset


class ConnectionFilter(ChosenFilter):
    title, parameter_name = "connection", "connection"

    def options(self, request: HttpRequest) -> Iterable[tuple[Any, Any]]:
        return Connection.objects.values_list("pk", "name")

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value() or ""
        return queryset.filter(connection=int(chosen)) if chosen.isdigit() else queryset


class MirrorAdmin(ReadOnlyAdmin):
    """A list of one kind, found by code and name. columns: what this kind has besides."""

    columns: tuple[str, ...] = ()
    filters: tuple[Any, ...] = ()
    list_select_related = ("connection",)
    sortable_by = ()
    paginator = KeyPaginator
    show_full_result_count = False  # a second count of all values for every search

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        # As the index has it, so that no page sorts all values.
        return ("connection_id", *self.model.SCOPE, self.model.CODE)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        name = () if self.model.NAME == self.model.CODE else (self.model.NAME,)
        several = ("connection",) if Connection.objects.count() > 1 else ()
        return (self.model.CODE, *name, *self.columns, "owner", "badge", *several)

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        return (StatusFilter, UsableInFilter, *self.filters, ConnectionFilter)

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.model.CODE, self.model.NAME)))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        own = (field.name for field in self.model._meta.concrete_fields if field.editable and field.name not in ("id", "status", "owner"))
        last = ("connection", "intacct_key", "first_seen_at", "last_seen_at", "changed_at", "retired_at")
        return (*(name for name in own if name not in last), "badge", "owner", "used_by", *last, "changes")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("badge", "used_by", "changes", *super().get_readonly_fields(request, obj))

    @admin.display(description="status")
    def badge(self, row: Any) -> SafeString:
        return mirror_badge(row.status, gone=row.retired_at is not None)

    @admin.display(description="used by")
    def used_by(self, row: Any) -> SafeString:
        name, code = on_lines(row)
        users = ExportRecord.objects.filter(uses__object_name=name, uses__code=code, configuration__connection=row.connection_id)
        count, waiting = users.count(), users.filter(status__in=QUEUED).count()
        if not count:
            return SafeString("No expense uses it.")
        address = f"{reverse('admin:exports_exportrecord_changelist')}?{urlencode({'uses': use_word(name, code)})}"
        words = f"{count} {'expense' if count == 1 else 'expenses'}, {waiting} of them not in the ledger yet"
        return format_html('<a href="{}">{}</a>', address, words)

    @admin.display(description="its changes")
    def changes(self, row: Any) -> SafeString:
        of_kind = {"kind": row.dimension} if isinstance(row, models.UserDefinedValue) else {"object_name": on_lines(row)[0]}
        found = models.Change.objects.filter(connection=row.connection_id, intacct_key=row.intacct_key, **of_kind)[:_CHANGES_SHOWN]
        lines = format_html_join("", "<li>{}: {}</li>", ((day(change.at), change.details) for change in found))
        return format_html('<ul class="plain-list">{}</ul>', lines) if found else SafeString("None since it was first seen.")


@admin.register(models.Entity)
class EntityAdmin(MirrorAdmin):
    columns = ("currency", "tax_solution", "start_open_date")


@admin.register(models.Account)
class AccountAdmin(MirrorAdmin):
    columns = ("account_type", "control", "bank")
    filters = ("account_type", "control")

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Account]:
        return super().get_queryset(request).with_bank()  # type: ignore[attr-defined, no-any-return]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return tuple("required" if name == "required_dimensions" else name for name in super().get_fields(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("required", *super().get_readonly_fields(request, obj))

    @admin.display(description="required dimensions")
    def required(self, account: models.Account) -> str:
        return ", ".join(account.required_dimensions) or "–"

    @admin.display(description="bank account")
    def bank(self, account: Any) -> str:
        return account.bank or "–"


@admin.register(models.CheckingAccount, models.SavingsAccount)
class BankAccountAdmin(MirrorAdmin):
    columns = ("gl_account", "currency")


@admin.register(models.Vendor)
class VendorAdmin(MirrorAdmin):
    columns = ("on_hold",)
    filters = ("on_hold",)


@admin.register(models.TaxDetail)
class TaxCodeAdmin(MirrorAdmin):
    columns = ("rate", "tax_type", "solution", "reverse_charge", "gl_account")
    filters = ("tax_type", "solution")

    @admin.display(description="rate")
    def rate(self, detail: models.TaxDetail) -> str:
        return f"{detail.value.normalize():f} %"


@admin.register(models.Dimension)
class DimensionAdmin(MirrorAdmin):
    columns = ("user_defined", "values_link")

    @admin.display(description="values")
    def values_link(self, dimension: models.Dimension) -> SafeString:
        page, query = (
            (_OWN_VALUES, f"?dimension={quote(dimension.object_name)}")
            if dimension.user_defined
            else (_VALUES.get(dimension.object_name), "")
        )
        return (
            format_html('<a href="{}">Show them</a>', reverse(f"admin:referencedata_{page}_changelist") + query)
            if page
            else SafeString("–")
        )


@admin.register(models.Location)
class LocationAdmin(MirrorAdmin):
    columns = ("entity_code", "parent")


@admin.register(models.Department, models.DimensionClass, models.Customer)
class TreeAdmin(MirrorAdmin):
    columns = ("parent",)


@admin.register(models.Project)
class ProjectAdmin(MirrorAdmin):
    columns = ("project_status", "parent")


@admin.register(models.Employee)
class EmployeeAdmin(MirrorAdmin):
    columns = ("location",)


@admin.register(models.UserDefinedValue)
class OwnValueAdmin(MirrorAdmin):
    columns = ("dimension",)
    filters = ("dimension",)


@admin.register(models.Task)
class TaskAdmin(MirrorAdmin):
    columns = ("project", "task_status")


@admin.register(models.CostType)
class CostTypeAdmin(MirrorAdmin):
    columns = ("project", "task")


@admin.register(models.Item)
class ItemAdmin(MirrorAdmin):
    columns = ("item_type",)


@admin.register(models.Warehouse)
class WarehouseAdmin(MirrorAdmin):
    columns = ("location",)


@admin.register(models.Contract)
class ContractAdmin(MirrorAdmin):
    columns = ("customer", "state")


@admin.register(models.ExchangeRateType)
class RateTypeAdmin(MirrorAdmin):
    columns = ("default",)


@admin.register(models.CompanySetting)
class SettingAdmin(MirrorAdmin):
    columns = ("source", "value")
    filters = ("source",)


@admin.register(models.Journal, models.TaxSolution, models.PaymentTerm)
class PlainAdmin(MirrorAdmin):
    pass
