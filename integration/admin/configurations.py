"""Entity configurations: the form that says how one Pleo company posts into one entity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets
from django.db import models
from django.http import HttpRequest
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_q.tasks import async_task

from config.admin_base.actions import Explanation, confirmed_action
from config.admin_base.badges import passed_badge
from config.admin_base.classes import HistoryAdmin, TabularInline, textarea_widget
from exports.models import Event
from integration.admin.codes import FIELDS, codes, names
from integration.admin.forms import CodesForm, ConfigurationForm
from integration.admin.ready import steps
from integration.models import DimensionMapping, EntityConfiguration, PleoCredentials, WalletAccount
from referencedata.codes import findings_for
from referencedata.models import PublishRun
from referencedata.publishing.selection import proposed_pairs

FIELDSETS: Any = (
    (
        "General",
        {
            "fields": (
                "connection",
                "pleo_company_id",
                "pleo_api_key",
                "intacct_entity",
                "active",
                "time_zone",
                "midnight_is_a_day",
                "first_posting_date",
                "post_as",
                "wallet_transfer_account",
            )
        },
    ),
    (
        "Card expenses",
        {
            "fields": (
                "card_method",
                "card_method_from",
                "card_journal",
                "card_default_vendor",
                "card_settlement",
                "offset_lines",
                "exchange_rate_type",
            )
        },
    ),
    (
        "Reimbursements",
        {
            "fields": (
                "out_of_pocket_account",
                "employee_receivable_account",
                "external_reimbursement_account",
                "reimbursement_journal",
                "reimbursement_vat_vendor",
            )
        },
    ),
    ("Invoices", {"fields": ("invoice_default_vendor", "invoice_payment_method")}),
    (
        "Bills",
        {
            "fields": ("name_bill_summaries", "account_labels"),
            "description": "Two choices of Accounts Payable › Setup › Configuration that Sage Intacct does not tell us.",
        },
    ),
    ("Dimensions", {"fields": ("team_defaults",), "description": "Which dimensions Pleo users tag with stands at the end of the form."}),
    (
        "Taxes",
        {
            "fields": (
                "default_tax_code",
                "default_tax_code_foreign",
                "default_tax_splits_gross",
                "reverse_charge_on_journals",
                "partial_exemption_on_journals",
                "tax_code_pairs",
                "two_tax_entries",
            )
        },
    ),
    ("Policies", {"fields": ("closed_period", "unusable_receipt")}),
    (
        "Published to Pleo",
        {
            "fields": ("publish_tags", "publish_tax_codes", "publish_accounts"),
            "description": "What Pleo's users choose from. What is switched off stays in Pleo as it is.",
        },
    ),
)


def _explain_publish(queryset: Any) -> Explanation:
    faults = [(each, _why_not_published(each)) for each in queryset.select_related("connection")]
    return Explanation(
        "Pleo is made equal to our copy of Sage Intacct, in the background: the tags of the chosen dimensions, the tax codes and the "
        "accounts, as each configuration says. What differs is created, changed or archived there, never deleted.",
        [each for each, fault in faults if not fault],
        [(each, fault) for each, fault in faults if fault],
    )


def _why_not_published(configuration: EntityConfiguration) -> str:
    if not configuration.may_post:
        return configuration.closed_reason or configuration.connection.closed_reason or "It is switched off."
    if not configuration.publishes:
        return "Nothing is to be published: tags, tax codes and accounts are switched off."
    return "" if PleoCredentials.objects.filter(configuration=configuration).exists() else "The Pleo API key is not saved yet."


def _explain_pairs(queryset: Any) -> Explanation:
    proposed = {each: proposed_pairs(each) for each in queryset.select_related("connection")}
    return Explanation(
        f"From now on these codes are posted together, on one line of a bill: {_listed(proposed)}. Confirm it where both report the same "
        "kind of purchase (domestic, from the EC, from elsewhere): Sage Intacct puts them into the VAT return by their codes alone.",
        [each for each, pairs in proposed.items() if pairs],
        [(each, "No pair waits to be confirmed.") for each, pairs in proposed.items() if not pairs],
        said=_listed(proposed),
    )


def _listed(proposed: Mapping[EntityConfiguration, Mapping[str, str]]) -> str:
    return "; ".join(f"{one} with {other}" for pairs in proposed.values() for one, other in sorted(pairs.items()))


class _CodesInline(TabularInline):
    form = CodesForm

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        kwargs["form"] = type("CodesOfOneForm", (self.form,), {"configuration": obj})
        return super().get_formset(request, obj, **kwargs)


class WalletAccountInline(_CodesInline):
    model = WalletAccount
    verbose_name_plural = "Accounts by wallet currency"
    fields = ("currency", "balance_account", "card_bank_account", "invoice_bank_account")


class DimensionMappingInline(_CodesInline):
    model = DimensionMapping
    verbose_name_plural = "Dimensions that Pleo users tag with, at most five"
    fields = ("position", "dimension")
    max_num = 5


@admin.register(EntityConfiguration)
class EntityConfigurationAdmin(HistoryAdmin):
    operate = "integration.operate_connection"
    form = ConfigurationForm
    formfield_overrides = {models.JSONField: {"widget": textarea_widget(rows="3")}}
    inlines = (WalletAccountInline, DimensionMappingInline)
    list_display = ("name", "pleo_company", "card_method", "state")
    list_filter = ("connection",)
    list_select_related = ("connection",)
    search_fields = ("pleo_company_name", "intacct_entity")
    actions = ("publish", "confirm_pairs")
    change_form_outer_after_template = "integration/configuration_foot.html"

    def get_urls(self) -> list[Any]:
        return [path("codes/", self.admin_site.admin_view(codes), name="integration_codes"), *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: EntityConfiguration | None = None) -> Any:
        if self.has_change_permission(request, obj) if obj else self.has_add_permission(request):
            return FIELDSETS
        # Who may only look sees the name beside every code, and never a field for the key.
        named = {name: _named(name) for name in flatten_fieldsets(FIELDSETS) if name in FIELDS}
        return [
            (title, {**rest, "fields": [named.get(name, name) for name in rest["fields"] if name != "pleo_api_key"]})
            for title, rest in FIELDSETS
        ]

    def save_model(self, request: HttpRequest, obj: EntityConfiguration, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if key := form.cleaned_data.get("pleo_api_key"):
            PleoCredentials.objects.update_or_create(configuration=obj, defaults={"api_key": key})
            Event.note(
                connection=obj.connection, what=f"the Pleo API key of {obj.intacct_entity} was saved", by=request.user, now=timezone.now()
            )
            if obj.reopen():
                self.message_user(request, f"{obj} was closed and is open again.")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        found = findings_for(form.instance)
        if found:
            said = (
                f"Saved, but {len(found)} {'thing keeps' if len(found) == 1 else 'things keep'} it from exporting. "
                "See “Ready to export?” at the end of the page."
            )
            self.message_user(request, said, messages.WARNING)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        configuration = context.get("original")
        if configuration is not None:
            # Read again: a form with mistakes has already written its values to this one.
            ready = steps(EntityConfiguration.objects.select_related("connection").get(pk=configuration.pk))
            context |= {
                "ready_steps": ready,
                "missing": sum(not step.done for step in ready),
                "pairs": configuration.tax_code_pairs,
                "proposed": proposed_pairs(configuration),
                "may_confirm": self.has_change_permission(request),
                "publishing": PublishRun.objects.filter(configuration=configuration.pk).first(),
                "may_publish": self.has_operate_permission(request),
                "list_url": reverse("admin:integration_entityconfiguration_changelist"),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    @confirmed_action("Publish to Pleo", permissions=["operate"], explain=_explain_publish)
    def publish(self, request: HttpRequest, queryset: Any) -> None:
        for configuration in queryset.select_related("connection"):
            now = timezone.now()
            configuration.want_publishing(now)
            what = f"publishing to Pleo was asked for, for {configuration.intacct_entity}"
            Event.note(connection=configuration.connection, what=what, by=request.user, now=now)
            async_task("referencedata.tasks.publish_configuration", configuration.pk, group="referencedata")
        self.message_user(request, f"{len(queryset)} will be published in the background. Published to Pleo shows how far it is.")

    @confirmed_action("Confirm reverse charges", permissions=["change"], explain=_explain_pairs)
    def confirm_pairs(self, request: HttpRequest, queryset: Any) -> None:
        proposed = {each: proposed_pairs(each) for each in queryset.select_related("connection")}
        if request.POST.get("said") != _listed(proposed):
            self.message_user(request, "Nothing was confirmed: the tax codes have changed meanwhile. Look at them again.", messages.WARNING)
            return
        for configuration, pairs in proposed.items():
            configuration.confirm_pairs(pairs)
            what, why = f"reverse charges of {configuration.intacct_entity} were confirmed", _listed({configuration: pairs})
            Event.note(connection=configuration.connection, what=what, why=why, by=request.user, now=timezone.now())
        self.message_user(request, f"{sum(map(len, proposed.values()))} confirmed. Export what waited for it again.")

    @admin.display(description="entity configuration", ordering="intacct_entity")
    def name(self, configuration: EntityConfiguration) -> str:
        return str(configuration)

    @admin.display(description="Pleo company", ordering="pleo_company_name")
    def pleo_company(self, configuration: EntityConfiguration) -> str:
        return configuration.pleo_company_name or str(configuration.pleo_company_id)

    @admin.display(description="state")
    def state(self, configuration: EntityConfiguration) -> SafeString:
        if configuration.closed_at:
            return passed_badge(False, "Closed")
        return passed_badge(configuration.active, "Open" if configuration.active else "Switched off")


def _named(field: str) -> Callable[[EntityConfiguration], str]:
    def shown(configuration: EntityConfiguration) -> str:
        code = str(getattr(configuration, field))
        name = names(configuration.connection_id, FIELDS[field], [code]).get(code, "")
        return format_html("{} <span class='quiet'>{}</span>", code, name) if code else "–"

    shown.__name__ = field
    shown.short_description = EntityConfiguration._meta.get_field(field).verbose_name  # type: ignore[attr-defined, union-attr]
    return shown
