"""Filters for templates; each hands over to the function of its name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils.safestring import SafeString

from config.admin_base import badges
from config.admin_base import shown as show
from exports.ledger.restoring import horizon
from exports.models import RestoreMode
from integration.money import Money

register = template.Library()

for name in ("state_badge", "document_badge", "job_badge", "receipt_badge", "sync_badge", "publish_badge", "passed_badge"):
    register.filter(name, getattr(badges, name))


@register.filter
def amount(money: Money | None) -> SafeString:
    return show.amount(money)


@register.filter
def bare_amount(money: Money | None) -> str:
    """The number alone, for a column whose heading names the currency. Nothing where there is no amount."""
    return show.number(money) if money is not None else ""


@register.filter
def ago(moment: datetime | None) -> SafeString:
    return show.ago(moment)


@register.filter
def sums(amounts: Mapping[str, Decimal]) -> str:
    return show.sums(amounts) or "–"


@register.inclusion_tag("shown/restoring.html", takes_context=True)
def restore_banner(context: Mapping[str, Any]) -> dict[str, Any]:
    """Say above every page to which companies nothing is sent now, because an older backup was put back."""
    request = context.get("request")
    if request is None or not request.user.has_perm("exports.view_exportrecord"):
        return {"modes": []}
    modes = list(RestoreMode.objects.filter(ended_at=None).select_related("connection"))
    for mode in modes:
        mode.ends = mode.ends_at(horizon())  # type: ignore[attr-defined]
    return {"modes": modes}


@register.filter
def get(mapping: Mapping[Any, Any], key: Any) -> Any:
    return mapping.get(key)


@register.filter
def kept_filters(request: HttpRequest) -> str:
    """The filters of the list this page was reached from, as Django keeps them in the address."""
    kept = request.GET.get("_changelist_filters", "")
    return f"?{kept}" if kept else ""


@register.filter
def list_address(opts: Any) -> str:
    return f"admin:{opts.app_label}_{opts.model_name}_changelist"


@register.filter
def without(request: HttpRequest, parameter: str) -> str:
    """The address of this list without one of its filters."""
    query = request.GET.copy()
    query.pop(parameter, None)
    return f"?{query.urlencode()}"
