"""The base classes of every admin page: the one module that imports Unfold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.forms import Widget
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from simple_history.admin import SimpleHistoryAdmin
from unfold import admin as unfold
from unfold import widgets
from unfold.contrib.filters.admin import DropdownFilter
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

__all__ = [
    "AdminPasswordChangeForm",
    "ChosenFilter",
    "CodeInput",
    "HistoryAdmin",
    "KeyPaginator",
    "ModelAdmin",
    "ReadOnlyAdmin",
    "SimpleListFilter",
    "StackedInline",
    "TabularInline",
    "UserChangeForm",
    "UserCreationForm",
    "password_widget",
    "text_widget",
    "textarea_widget",
]


class ModelAdmin(unfold.ModelAdmin):
    """What all our pages have in common: who may operate, and filters that keep each other.

    operate: the permission behind `permissions=["operate"]` of an action; without it nobody may.
    """

    operate = ""
    list_per_page = 50
    list_filter_submit = True
    list_fullwidth = True
    compressed_fields = False
    empty_value_display = "–"

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return bool(self.operate) and request.user.has_perm(self.operate)


class ReadOnlyAdmin(ModelAdmin):
    """Pages to look at: nothing is added, changed or deleted there, whoever looks."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class KeyPaginator(Paginator):
    """Finds the keys of a page first, in the index alone, and reads only these rows: a late page costs little more than the first."""

    def page(self, number: int | str) -> Page[Any]:
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        keys = list(rows.values_list("pk", flat=True)[start : start + self.per_page])
        return Page(rows.filter(pk__in=keys), number, self)


class HistoryAdmin(SimpleHistoryAdmin, ModelAdmin):
    """A page with its history of changes. The history is read, never gone back to: a change is made as a change."""

    object_history_list_template = "shown/history.html"

    def revert_disabled(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def render_history_view(self, request: HttpRequest, template: str, context: dict[str, Any], **options: Any) -> Any:
        # Named by the rows of the history, the page would look for their list, which is nowhere.
        return super().render_history_view(request, template, {**context, "opts": self.model._meta}, **options)


class TabularInline(unfold.TabularInline):
    extra = 0
    tab = False


class StackedInline(unfold.StackedInline):
    extra = 0
    tab = False


class ChosenFilter(DropdownFilter):
    """A filter that is a list to choose from. `parameter_name` is what the address says; `options()` gives the choices."""

    all_option = ["", "All"]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        # A value that came with a link is kept as a choice even where no row has it any more.
        return [(str(value), str(label)) for value, label in self.options(request)]

    def options(self, request: HttpRequest) -> Iterable[tuple[Any, Any]]:
        raise NotImplementedError

    def has_output(self) -> bool:
        return True


def text_widget(**attributes: str) -> Widget:
    return widgets.UnfoldAdminTextInputWidget(attrs=attributes)


class CodeInput(widgets.UnfoldAdminTextInputWidget):
    """A text field for a code of Sage Intacct, with the name beside it and a list to choose from (static/pages.js).

    kind: which list. connection: its pk, None where it is chosen in the same form. name and findings are set by the form.
    """

    def __init__(self, kind: str, *, address: str, connection: int | None) -> None:
        attributes = {"data-codes": kind, "data-address": address, "spellcheck": "false", "autocapitalize": "off"}
        if connection:
            attributes["data-connection"] = str(connection)
        super().__init__(attrs=attributes)
        self.names: Mapping[str, str] = {}
        self.findings: Sequence[str] = ()
        self.has_copy = True

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        identity = f"{(attrs or {}).get('id', name)}_name"
        field = super().render(name, value, {**(attrs or {}), "data-name-in": identity}, renderer)
        said = (
            self.names.get(str(value or ""), "") if self.has_copy else "Type the code; there is no copy of Sage Intacct to choose from yet."
        )
        shown = format_html('<span class="code-name" id="{}" aria-live="polite">{}</span>', identity, said)
        warned = format_html_join(
            "",
            '<span class="finding"><span class="material-symbols-outlined" aria-hidden="true">error</span>{}</span>',
            ((each,) for each in self.findings),
        )
        return field + shown + warned


def textarea_widget(**attributes: str) -> Widget:
    return widgets.UnfoldAdminTextareaWidget(attrs=attributes)


def password_widget(**attributes: str) -> Widget:
    return widgets.UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password", **attributes}, render_value=False)
